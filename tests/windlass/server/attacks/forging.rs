//! Saying to be somebody else, and finding out what is there.

use super::super::client::Client;
use super::super::echo::settings;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use windlass::diagnostic::SourceMap;
use windlass::lint;
use windlass::server::{House, Server};

const RULES: &str = "\
entry square

room square public {
    after 1h -> drop \"late\"
    on _ as m { post m }
}

room cellar {
    requires name
    on _ as m { post m }
}

lock name gives client {
    after 30s -> fail \"too slow\"
    state asking {
        ask { name: \"who are you?\" }
        on { name: text(1..64) } as a -> resolve a.name
    }
}
";

/// The doors of a house whose cellar can be asked for from the square, or not.
async fn start() -> Server {
    let mut sources = SourceMap::default();
    sources.add("rules/square.room", RULES);
    let checked = lint::check(sources);
    let program = checked.program.unwrap_or_else(|| panic!("the rules are fine: {:?}", checked.diagnostics));
    let yaml = "store: { memory_only: true }\nrate: { socket: 1000000, socket_burst: 1000000, unidentified: 1000000, unidentified_burst: 1000000, client: 1000000, client_burst: 1000000 }\n";
    let config = settings(yaml);
    Server::start(&config, House::new(program, &config).expect("no checks")).await.expect("a free port")
}

async fn client(server: &Server) -> Client {
    let mut client = Client::connect(server.address()).await;
    client.expect_start("{\"hello\"").await;
    client.expect_start("{\"moved\"").await;
    client
}

/// What others receive, with nothing twice in it.
async fn received(client: &mut Client) -> Value {
    let text = client.text().await;
    assert!(windlass::value::Json::parse(&text).is_ok(), "{text}");
    serde_json::from_str(&text).expect("JSON")
}

/// Names that mean something to servers or clients, and some that only look so.
const NAMES: [&str; 20] = [
    "from",
    "From",
    "FROM",
    "fr\u{43e}m",
    "from ",
    " from",
    "ｆｒｏｍ",
    "__proto__",
    "constructor",
    "room",
    "seq",
    "direct",
    "uuid",
    "client",
    "socket",
    "identified",
    "message",
    "at",
    "text",
    "",
];
const SAID: [&str; 7] = [
    "client:ada",
    "socket:00000000-0000-0000-0000-000000000000",
    "server",
    "room:square",
    "\",\"from\":\"client:ada",
    "\u{0}",
    "1",
];

fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        prop::sample::select(SAID.to_vec()).prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        Just(Value::Null),
        Just(Value::Bool(true)),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            object(inner).prop_map(Value::Object),
        ]
    })
}

fn object(of: impl Strategy<Value = Value>) -> impl Strategy<Value = serde_json::Map<String, Value>> {
    let name = prop::sample::select(NAMES.to_vec());
    prop::collection::vec((name, of), 0..6)
        .prop_map(|fields| fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

#[tokio::test]
async fn whatever_a_client_says_others_see_who_said_it() {
    let server = start().await;
    let (mut eve, mut witness) = (client(&server).await, client(&server).await);
    eve.send("{\"text\":\"me\"}").await;
    let own = received(&mut witness).await["from"].clone();
    assert!(own.is_string(), "{own}");
    let reserved: BTreeSet<String> = {
        eve.send("{\"text\":\"me\"}").await;
        received(&mut witness).await.as_object().expect("an object").keys().cloned().collect()
    };
    let mut runner = TestRunner::deterministic();
    let mut delivered = 0;
    for _ in 0..500 {
        let content = object(anything()).new_tree(&mut runner).expect("a value").current();
        eve.send(&Value::Object(content.clone()).to_string()).await;
        // what was refused is not delivered; this always is
        eve.send("{\"text\":\"end\"}").await;
        loop {
            let seen = received(&mut witness).await;
            assert_eq!(seen["from"], own, "{content:?}");
            assert_eq!(seen["room"], "room:square", "{content:?}");
            let names: BTreeSet<String> = seen.as_object().expect("an object").keys().cloned().collect();
            assert_eq!(names, reserved, "nothing of {content:?} stands beside what the server says");
            if seen["message"] == json!({"text": "end"}) {
                break;
            }
            delivered += 1;
        }
    }
    assert!(delivered > 100, "most of it is delivered: {delivered}");
}

#[tokio::test]
async fn a_key_that_is_there_twice_is_refused() {
    let server = start().await;
    let (mut eve, mut witness) = (client(&server).await, client(&server).await);
    for twice in [
        r#"{"text":"a","from":"client:ada","from":"client:bob"}"#,
        r#"{"text":"a","fr\u006fm":"client:ada","from":"client:bob"}"#,
        r#"{"text":{"x":1,"x":2}}"#,
    ] {
        eve.send(twice).await;
        eve.expect_start("{\"error\":{\"code\":\"duplicate_key\"").await;
    }
    eve.send("{\"text\":\"end\"}").await;
    assert_eq!(received(&mut witness).await["message"], json!({"text": "end"}));
}

/// A room that is not there, one that is but has no door here, one of a kind that cannot be, and a client nobody knows.
#[tokio::test]
async fn what_is_not_there_and_what_is_not_allowed_get_one_answer() {
    let server = start().await;
    let mut eve = client(&server).await;
    let mut answers = BTreeSet::new();
    for name in ["cellar", "nowhere", "cellar2", "12", "square2"] {
        eve.send(&format!("{{\"to\":\"room:{name}\",\"text\":\"hi\",\"id\":1}}")).await;
        answers.insert(eve.text().await.replace(name, "NAME"));
    }
    assert_eq!(answers.len(), 1, "{answers:#?}");
    assert!(answers.iter().all(|answer| answer.contains("unreachable")), "{answers:#?}");
}
