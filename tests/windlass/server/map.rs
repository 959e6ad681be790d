//! The data map: sockets, clients and rooms, each leading to the next, over the API and by the command.

use super::client::Client;
use super::serving::Serving;
use serde_json::{Value, json};

const RULES: &str = "entry lobby\nroom lobby public { doors hall after 1h -> drop \"too long\" limit 5 per 1s }\n\
    room hall {\n    requires name\n    posts to members, audit\n    receives news\n    doors lobby\n    limit 5 per 1s\n    after 1h -> drop \"too long\"\n    on { text: text(1..9) } as m { post m }\n}\n\
    lock name gives text {\n    attempts 2\n    after 1m -> fail \"too slow\"\n    state asking { on { word: text(1..64) } as m -> checking(m.word) }\n\
    \x20   state checking(word: text(1..64)) { check code(word) within 5s passed who { identify who -> resolve who } failed _ -> retry asking }\n}\n\
    group audit { client \"ada\" }\ngroup news\n";

async fn greeted(serving: &Serving) -> Client {
    let mut client = Client::connect(serving.address).await;
    client.expect_start("{\"hello\"").await;
    client.expect_start("{\"moved\"").await;
    client
}

#[tokio::test]
async fn it_leads_from_sockets_to_clients_to_rooms_to_groups() {
    let yaml = super::serving::settings() + "checks: { code: { codes: { ada: a word } } }\n";
    let files = [("rules.room", RULES), ("windlass.yaml", &*yaml)];
    let serving = Serving::start_in(super::serving::directory(&files), "", &["--no-watch"]);
    let mut ada = greeted(&serving).await;
    ada.send(r#"{"to":"room:hall","id":1}"#).await;
    ada.send(r#"{"word":"a word"}"#).await;
    ada.expect_start("{\"identified\"").await;
    ada.expect_start("{\"moved\"").await;
    let _guest = greeted(&serving).await;
    let (status, answer) = serving.ask("GET", "/api/map", "").await;
    assert_eq!((status, &answer["complete"]), (200, &json!(true)), "{answer}");
    let map = &answer["map"];
    let sockets = map["sockets"].as_object().expect("sockets");
    let clients: Vec<&Value> = sockets.values().collect();
    assert!(clients.contains(&&json!(["client:ada"])) && clients.contains(&&json!([])), "{map}");
    assert_eq!(
        map["clients"],
        json!({ "client:ada": { "rooms": ["room:hall"], "services": ["group:audit", "group:news"] } })
    );
    assert_eq!(map["rooms"]["room:hall"], json!({ "clients": ["client:ada"], "groups": ["group:audit"] }));
    let guest = map["rooms"]["room:lobby"]["clients"][0].as_str().expect("a guest");
    assert!(sockets[guest].as_array().is_some_and(Vec::is_empty), "{map}");
    let (code, text, said) = serving.command(&["map", "--format", "json"]);
    assert_eq!((code, serde_json::from_str::<Value>(&text).ok().as_ref()), (Some(0), Some(map)), "{said}");
    let (code, text, said) = serving.command(&["map"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(
        text.contains("  \"room:hall\":\n    clients: [\"client:ada\"]\n    groups: [\"group:audit\"]\n"),
        "{text}"
    );
    assert!(
        text.starts_with("sockets:\n  \"socket:") && text.contains("    services: [\"group:audit\", \"group:news\"]\n"),
        "{text}"
    );
    let (status, answer) = serving.ask("GET", "/api/map?format=xml", "").await;
    assert_eq!((status, answer["error"]["code"].as_str()), (400, Some("bad_request")), "{answer}");
}
