//! Tokens that PyJWT made (`tests/fixtures/check/jwt/make.py`): those that count, and every way not to.

use super::{text, type_of, verdict, why};
use crate::fixtures;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value as Json;
use std::path::PathBuf;
use std::time::Duration;
use windlass::check::Secret;
use windlass::check::jwt::{Algorithm, Jwt, Key, KeySet, Keys, NOT_A_TOKEN, Place, Shape, SigningKey, Terms, sign};
use windlass::value::{Millis, Value};

/// Between the tokens' `iat` and their `exp`.
const NOW: Millis = 1_767_226_000_000;
const EXPIRES: Millis = 1_767_229_200_500;
const CLAIMS: &str = r#"{ sub: client, role: "keeper" | "guest", level: int(1..9), team: text?, roles: list(text)?, nick: text?, exp: time }"#;

fn file(name: &str) -> PathBuf {
    fixtures::root().join("tests/fixtures/check/jwt").join(name)
}

fn read(name: &str) -> String {
    std::fs::read_to_string(file(name)).expect("a fixture")
}

fn tokens() -> Json {
    serde_json::from_str(&read("tokens.json")).expect("JSON")
}

fn shared() -> Secret {
    Secret::new(read("shared.key").trim_end())
}

fn algorithm(name: &str) -> Algorithm {
    name.parse().expect("an algorithm")
}

fn pair(name: &str) -> &'static str {
    match name {
        "ES256" => "p256",
        "ES384" => "p384",
        "EdDSA" => "ed25519",
        _ => "rsa",
    }
}

fn key(name: &str) -> Key {
    let made = match name.starts_with("HS") {
        true => Key::shared(algorithm(name), &shared(), None),
        false => Key::public(algorithm(name), read(&format!("{}.pub.pem", pair(name))).as_bytes(), None),
    };
    made.expect("a key")
}

fn terms() -> Terms {
    Terms { issuer: "https://id.example.org".into(), audience: vec!["windlass".into()], leeway: 10_000 }
}

fn shape() -> Shape {
    let names = [("team", "https://example.org/team"), ("roles", "/realm/roles")];
    let names = names.into_iter().map(|(field, claim)| (field.into(), claim.into())).collect();
    Shape::new(type_of(CLAIMS), names).expect("a shape")
}

fn with(keys: Keys) -> Jwt {
    Jwt::new(keys, terms(), shape())
}

fn by(names: &[&str]) -> Jwt {
    with(Keys::Fixed(names.iter().map(|name| key(name)).collect()))
}

fn each<'made>(made: &'made Json, part: &str) -> impl Iterator<Item = (&'made str, &'made str)> {
    let found = made[part].as_object().expect("tokens").iter();
    found.map(|(name, token)| (name.as_str(), token.as_str().expect("a token")))
}

#[tokio::test]
async fn each_algorithm_counts_for_its_own_key_and_no_other() {
    let made = tokens();
    let all: Vec<&str> = each(&made, "good").map(|(name, _)| name).collect();
    assert_eq!(all.len(), 12);
    for (signed, token) in each(&made, "good") {
        for configured in &all {
            let verdict = verdict(&by(&[configured]), vec![text(token)], NOW).await;
            assert_eq!(verdict.is_ok(), signed == *configured, "{signed} with a key for {configured}: {verdict:?}");
        }
    }
}

#[tokio::test]
async fn claims_become_the_value_that_the_rules_declare() {
    let made = tokens();
    let token = made["good"]["ES256"].as_str().expect("a token");
    let Ok(Value::Json(value)) = verdict(&by(&["ES256"]), vec![super::secret(token)], NOW).await else {
        panic!("a token that counts");
    };
    let wanted = format!(
        r#"{{"sub":"ada","role":"keeper","level":3,"team":"blue","roles":["talk","listen"],"nick":null,"exp":{EXPIRES}}}"#
    );
    assert_eq!(value.as_str(), wanted, "and nothing that is not declared");
    let subject = Shape::new(type_of("text"), Default::default()).expect("a shape");
    let jwt = Jwt::new(Keys::Fixed(vec![key("ES256")]), terms(), subject);
    assert_eq!(verdict(&jwt, vec![text(token)], NOW).await, Ok(text("ada")));
}

#[tokio::test]
async fn what_is_no_token_of_ours_is_told_nothing_else() {
    let made = tokens();
    let jwt = by(&["RS256", "ES256", "EdDSA", "HS256"]);
    for (what, token) in each(&made, "refused") {
        // another order of keys changes nothing
        assert_eq!(why(verdict(&jwt, vec![text(token)], NOW).await), NOT_A_TOKEN, "{what}");
        assert_eq!(why(verdict(&by(&["RS256"]), vec![text(token)], NOW).await), NOT_A_TOKEN, "{what}");
    }
    let good = made["good"]["ES256"].as_str().expect("a token");
    let (half, long) = (&good[..good.len() / 2], format!("{good}{}", "A".repeat(20_000)));
    for odd in ["", ".", "..", "a.b.c", "e30.e30.", half, &long, &format!("{good}."), &format!(" {good}")] {
        assert_eq!(why(verdict(&jwt, vec![text(odd)], NOW).await), NOT_A_TOKEN, "{odd}");
    }
    assert_eq!(why(verdict(&jwt, vec![], NOW).await), NOT_A_TOKEN);
    assert_eq!(why(verdict(&jwt, vec![Value::Int(1)], NOW).await), NOT_A_TOKEN);
}

/// The head of a token says how it was signed and where its key is; nobody here believes it.
#[tokio::test]
async fn a_header_chooses_nothing() {
    let made = tokens();
    let good = made["good"]["ES256"].as_str().expect("a token");
    let parts: Vec<&str> = good.split('.').collect();
    let own = serde_json::to_string(&made["foreign"]["jwk"]).expect("JSON");
    let long = format!(r#"{{"alg":"ES256","kid":"{}"}}"#, "k".repeat(1 << 20));
    let heads = [
        r#"{"alg":"none"}"#,
        r#"{"alg":"None"}"#,
        r#"{"alg":"NONE"}"#,
        r#"{"alg":"nOnE"}"#,
        r#"{"alg":""}"#,
        r#"{"alg":null}"#,
        r#"{"alg":["ES256"]}"#,
        r#"{"alg":"es256"}"#,
        r#"{"alg":"HS256"}"#,
        r#"{"alg":"ES256K"}"#,
        r#"{"typ":"JWT"}"#,
        r#"{"alg":"ES256","kid":"../../../../dev/null"}"#,
        r#"{"alg":"ES256","kid":"' OR 1=1 --"}"#,
        r#"{"alg":"ES256","jku":"http://127.0.0.1:1/keys.json"}"#,
        r#"{"alg":"ES256","x5u":"http://127.0.0.1:1/chain.pem"}"#,
        &long,
        &format!(r#"{{"alg":"ES256","jwk":{own}}}"#),
    ];
    let jwt = by(&["RS256", "ES256", "EdDSA", "HS256"]);
    for head in heads {
        let head = URL_SAFE_NO_PAD.encode(head);
        for signature in ["", parts[2], "AAAA"] {
            let token = format!("{head}.{}.{signature}", parts[1]);
            assert_eq!(why(verdict(&jwt, vec![text(&token)], NOW).await), NOT_A_TOKEN, "{token:.100}");
        }
    }
    // well signed, by the key that the head brings along or says where to find
    for (what, token) in each(&made["foreign"], "tokens") {
        assert_eq!(why(verdict(&jwt, vec![text(token)], NOW).await), NOT_A_TOKEN, "{what}");
    }
}

#[tokio::test]
async fn terms_that_a_token_must_keep() {
    let made = tokens();
    let jwt = by(&["ES256", "HS256"]);
    let mut told = String::new();
    for (what, token) in each(&made, "terms") {
        let outcome = match verdict(&jwt, vec![text(token)], NOW).await {
            Ok(_) => "passed".to_owned(),
            Err(why) => why.to_string(),
        };
        told.push_str(&format!("{what}: {outcome}\n"));
    }
    fixtures::expect_beside(&file("tokens.json"), &told);
}

#[tokio::test]
async fn a_token_ends_when_it_says() {
    let made = tokens();
    let (jwt, token) = (by(&["ES256"]), made["good"]["ES256"].as_str().expect("a token"));
    for (wall, passes) in
        [(0, true), (EXPIRES, true), (EXPIRES + 9_999, true), (EXPIRES + 10_000, false), (u64::MAX, false)]
    {
        let verdict = verdict(&jwt, vec![text(token)], wall).await;
        assert_eq!(verdict.is_ok(), passes, "{wall}: {verdict:?}");
    }
    let exact = Jwt::new(Keys::Fixed(vec![key("ES256")]), Terms { leeway: 0, ..terms() }, shape());
    for (wall, passes) in [(EXPIRES - 1, true), (EXPIRES, false), (EXPIRES + 1_000, false)] {
        let verdict = verdict(&exact, vec![text(token)], wall).await;
        assert_eq!(verdict.is_ok(), passes, "{wall}: {verdict:?}");
    }
}

#[tokio::test]
async fn keys_that_cannot_be() {
    let short = Key::shared(Algorithm::HS256, &Secret::new("too short"), None);
    assert_eq!(short.expect_err("no key"), "a key for HS256 has at least 32 bytes, and this one has 9");
    let private = Key::public(Algorithm::ES256, read("p256.pem").as_bytes(), None);
    assert_eq!(
        private.expect_err("no key"),
        "this is a private key, which nobody needs who only checks: give the public one"
    );
    for (name, pem) in
        [("RS256", "p256.pub.pem"), ("ES256", "rsa.pub.pem"), ("EdDSA", "p256.pub.pem"), ("ES256", "shared.key")]
    {
        let wrong = Key::public(algorithm(name), read(pem).as_bytes(), None);
        assert!(wrong.is_err(), "{name} of {pem}");
    }
    assert!(!format!("{:?}", key("HS256")).contains("example"), "a key is not shown");
}

/// A set in a file that another set takes the place of, as an issuer does that changes its keys.
#[tokio::test(start_paused = true)]
async fn keys_of_a_set_come_and_go() {
    let made = tokens();
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().join("keys.json");
    let put = |name: &str| std::fs::copy(file(name), &place).expect("a copy");
    let jwt = with(Keys::Set(Box::new(KeySet::new(Place::File(place.clone()), Duration::from_secs(600)))));
    let told =
        async |name: &str| match verdict(&jwt, vec![text(made["named"][name].as_str().expect("a token"))], NOW).await {
            Ok(_) => "passed".to_owned(),
            Err(why) => why.to_string(),
        };
    assert_eq!(told("first").await, "unavailable", "there is no set yet");
    put("first.jwks.json");
    assert_eq!(told("first").await, "unavailable", "it was tried a moment ago");
    tokio::time::advance(Duration::from_secs(31)).await;
    for (name, wanted) in [
        ("first", "passed"),
        ("no name", "passed"),
        ("PS256 as the set says", "passed"),
        ("RS256 though the set says PS256", NOT_A_TOKEN),
        ("a shared key of the set", NOT_A_TOKEN),
        ("a key for something else", NOT_A_TOKEN),
        ("second", NOT_A_TOKEN),
    ] {
        assert_eq!(told(name).await, wanted, "{name}");
    }
    put("second.jwks.json");
    assert_eq!(told("second").await, NOT_A_TOKEN, "the set was read a moment ago");
    tokio::time::advance(Duration::from_secs(31)).await;
    assert_eq!(told("second").await, "passed", "a key that is not known has the set read anew");
    assert_eq!(told("unknown").await, NOT_A_TOKEN);
    std::fs::write(&place, "no set").expect("a file");
    tokio::time::advance(Duration::from_secs(601)).await;
    assert_eq!(told("second").await, "passed", "a set that cannot be read anew counts for a while");
    tokio::time::advance(Duration::from_secs(3600)).await;
    assert_eq!(told("second").await, "unavailable", "and then no more");
}

#[tokio::test]
async fn what_is_signed_here_counts_here() {
    let claims: serde_json::Map<String, Json> = serde_json::from_value(tokens()["claims"].clone()).expect("claims");
    for name in ["HS256", "HS384", "HS512", "RS256", "PS384", "ES256", "ES384", "EdDSA"] {
        let private = if name.starts_with("HS") { shared() } else { Secret::new(read(&format!("{}.pem", pair(name)))) };
        let signing = SigningKey::new(algorithm(name), &private, Some("mine".into())).expect("a key");
        let token = sign(&claims, &signing).expect("a token");
        assert!(verdict(&by(&[name]), vec![text(&token)], NOW).await.is_ok(), "{name}");
    }
    assert!(SigningKey::new(Algorithm::ES256, &shared(), None).is_err());
}
