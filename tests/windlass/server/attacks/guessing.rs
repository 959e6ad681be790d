//! Guessing: a failed check counts for the address and for the client whom it is about, however often somebody connects anew.

use super::super::client::{Bare, upgrade_request};
use super::super::echo::Echoing;
use super::addresses::from;
use windlass::check::{Checks, Limits, Verifier, Work};
use windlass::value::{Millis, Value};

/// Passes whoever says `right` last, and is not to be had for who says `later`.
struct Door;

impl Verifier for Door {
    fn begin(&self, args: Vec<Value>, _wall: Millis) -> Work {
        let said = args.last().and_then(Value::as_text).map(|text| &**text);
        Work::Done(match said {
            Some("right") => Ok(Value::Bool(true)),
            Some("later") => Err("unavailable".into()),
            Some(_) | None => Err("wrong".into()),
        })
    }

    fn describe(&self) -> String {
        "a door".into()
    }
}

async fn start(failures: &str) -> Echoing {
    let checks = Checks::new(Limits { parallel: 2, waiting: 8 }).with("door", Door);
    Echoing::with_checks(&format!("checks: {{ failures: {failures} }}\n"), checks).await
}

/// What a check about these arguments comes to, over a connection of its own.
async fn says(echoing: &Echoing, last: u8, args: &str) -> String {
    let mut bare: Bare = from(last, echoing.server.address()).await;
    bare.write(upgrade_request("").as_bytes()).await;
    assert!(bare.head().await.starts_with("HTTP/1.1 101"));
    bare.frame().await.expect("a hello");
    let question = format!("{{\"check\":\"door\",\"args\":{args}}}");
    bare.write(&super::super::client::frame(0x81, question.as_bytes())).await;
    String::from_utf8(bare.frame().await.expect("a verdict").1).expect("text")
}

const PASSED: &str = r#"{"passed":true}"#;
const WRONG: &str = r#"{"failed":"wrong"}"#;
const BUSY: &str = r#"{"failed":"busy"}"#;

#[tokio::test]
async fn connecting_anew_brings_no_more_guesses() {
    let echoing = start("{ per_address: 3, window: 1h }").await;
    for (last, said, expected) in [
        (1, r#"["right"]"#, PASSED),
        (1, r#"["later"]"#, r#"{"failed":"unavailable"}"#),
        (1, r#"["a"]"#, WRONG),
        (1, r#"["b"]"#, WRONG),
        (1, r#"["right"]"#, PASSED),
        (1, r#"["c"]"#, WRONG),
        (1, r#"["d"]"#, BUSY),
        (1, r#"["right"]"#, BUSY),
        (2, r#"["right"]"#, PASSED),
    ] {
        assert_eq!(says(&echoing, last, said).await, expected, "127.0.0.{last} {said}");
    }
    assert_eq!(echoing.server.counters().guarded.get(), 2);
}

#[tokio::test]
async fn a_thousand_addresses_bring_no_more_guesses_about_one_client() {
    let echoing = start("{ per_client: 3, window: 1h }").await;
    for last in 1..=3 {
        assert_eq!(says(&echoing, last, r#"["ada","a guess"]"#).await, WRONG);
    }
    assert_eq!(says(&echoing, 4, r#"["ada","a guess"]"#).await, BUSY);
    assert_eq!(says(&echoing, 5, r#"["ada","right"]"#).await, BUSY, "whether the guess is right is not told");
    assert_eq!(says(&echoing, 5, r#"["bob","right"]"#).await, PASSED);
}
