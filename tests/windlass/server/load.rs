//! `windlass load`, against the server and against one that cannot be trusted.

use super::serving::{Serving, directory};
use crate::fixtures::root;
use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Mutex, mpsc};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};

/// Everybody shows a code of their own, which is their name, and is told what they have missed.
const GUESTS: &str = r#"
entry porch
room porch public {
    doors hall
    after 10m -> drop "nobody came in"
}
room hall {
    requires name
    history 1000
    on { text: text(1..1000) } as m { post m }
}
room table(n: int(1..9)) transient {
    requires name
    on { text: text(1..1000) } as m { post m }
}
lock name gives client {
    after 1m -> fail "too slow"
    state arriving {
        match handshake.query.name
            text(1..64) as given -> known(given),
            else -> asking
    }
    state asking {
        ask { name: "Who are you?" }
        on { name: text(1..64) } as m -> known(m.name)
    }
    state known(given: text(1..64)) {
        check code(given) within 5s
        passed who { identify who -> resolve who }
        failed why -> fail why
    }
}
"#;

const SCENES: &str = r#"
- scene: a guest comes in
  steps:
    - connect: guest
    - guest: { to: "room:hall" }
      expect: [ask]
    - guest: { name: "guest-${crew}" }
      expect: [{ identified: { client: "client:guest-${crew}" } }, { moved: { room: "room:hall" } }]

- scene: two talk
  steps:
    - connect: { ada: { query: { name: "${name}" } }, bob: { query: { name: "bob-${crew}" } } }
    - ada: { to: "room:hall" }
      expect: [{ identified: { client: "client:${name}" } }, moved]
    - bob: { to: "room:hall" }
      expect: { bob: [moved] }
    - after: 10ms
    - ada: { text: "from ${crew}" }
      expect: { bob: [{ message: { text: "from ${crew}" }, from: "client:${name}" }] }
    - disconnect: ada

- scene: all are ada
  steps:
    - connect: { one: { query: { name: ada } } }
    - one: { to: "room:hall" }
      expect: [identified, moved]

- scene: what nobody can do
  steps:
    - connect: ada
    - given: { clients: { ada: { role: keeper } } }
    - after: 1h
"#;

/// Does what is asked, and reads what came of it.
fn load(url: &str, arguments: &[&str]) -> (Option<i32>, Value, Output) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_windlass"));
    command.args(["load", url, "--format", "json", "--rate", "1000"]).args(arguments);
    let output = command.output().expect("windlass runs");
    let outcome = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
    (output.status.code(), outcome, output)
}

fn complaint(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn url(address: SocketAddr) -> String {
    format!("ws://{address}/ws")
}

/// A server of `GUESTS`, and the scenes beside its rules.
fn guests(flags: &[&str]) -> (Serving, String) {
    let numbered = (1..=20).flat_map(|number| [format!("guest-{number}"), format!("bob-{number}")]);
    let codes: String =
        numbered.chain(["ada".into(), "zoe".into()]).map(|name| format!("      {name}: {name}\n")).collect();
    let settings = format!("checks:\n  code:\n    codes:\n{codes}");
    let files = [("guests.room", GUESTS), ("guests.scene.yaml", SCENES), ("windlass.yaml", &*settings)];
    let serving = Serving::start_in(directory(&files), "", flags);
    let scenes = serving.file("guests.scene.yaml").display().to_string();
    (serving, scenes)
}

#[test]
fn a_shipped_scene_is_walked_by_many_and_everything_comes() {
    let home = directory(&[]);
    let shipped = root().join("rooms/game-lobby");
    for entry in std::fs::read_dir(&shipped).expect("a ruleset") {
        let file = entry.expect("a file").path();
        std::fs::copy(&file, home.path().join(file.file_name().expect("a name"))).expect("a copy");
    }
    let serving = Serving::start_in(home, "", &[]);
    let scene = shipped.join("load.scene.yaml").display().to_string();
    let arguments = ["--sockets", "12", "--for", "2s", "--messages-per-second", "5", "--speakers", "3"];
    let (code, outcome, output) = load(&url(serving.address), &[&[scene.as_str()][..], &arguments].concat());
    assert_eq!((code, &outcome["ok"]), (Some(0), &Value::Bool(true)), "{output:?}");
    assert_eq!((&outcome["sockets"]["arrived"], &outcome["sockets"]["lasted"]), (&12.into(), &12.into()));
    assert_eq!((&outcome["sockets"]["rooms"], &outcome["locks"]["count"]), (&1.into(), &12.into()));
    let accepted = outcome["messages"]["accepted"].as_u64().expect("a number");
    assert!(accepted > 0 && outcome["messages"]["speakers"] == 3, "{outcome}");
    assert_eq!(outcome["deliveries"]["count"], accepted * 11);
    assert_eq!(outcome["latency_us"]["count"], accepted * 11);
    assert_eq!(outcome["answer_us"]["count"], accepted);
    assert!(output.stderr.is_empty(), "no terminal, no progress: {}", complaint(&output));
}

#[test]
fn crews_have_values_of_their_own_and_talk_to_each_other() {
    let (serving, scenes) = guests(&[]);
    serving.write("names.jsonl", "{\"name\": \"ada\"}\n\n{\"name\": \"zoe\"}\n");
    let values = serving.file("names.jsonl").display().to_string();
    let arguments = ["--scene", "two talk", "--sockets", "3", "--for", "0ms", "--messages-per-second", "0"];
    let (code, outcome, output) =
        load(&url(serving.address), &[&[&*scenes, "--values", &values][..], &arguments].concat());
    // whoever has gone by the scene's own will is not missed
    assert_eq!(code, Some(0), "{output:?}");
    assert_eq!((&outcome["sockets"]["wanted"], &outcome["sockets"]["arrived"]), (&4.into(), &4.into()));
    assert_eq!(outcome["sockets"]["lasted"], 2);
}

#[test]
fn all_come_back_at_once_and_have_missed_nothing() {
    let (serving, scenes) = guests(&[]);
    let arguments =
        ["--scene", "a guest", "--sockets", "20", "--for", "2s", "--messages-per-second", "40", "--reconnect"];
    let (code, outcome, output) =
        load(&url(serving.address), &[&[&*scenes][..], &arguments, &["--speakers", "4"]].concat());
    assert_eq!(code, Some(0), "{output:?}");
    let returned = &outcome["returned"];
    assert_eq!((&returned["broken"], &returned["back"]), (&20.into(), &20.into()), "{outcome}");
    assert_eq!((&returned["unrecovered"], &returned["took_us"]["count"]), (&0.into(), &20.into()));
    assert_eq!((&outcome["deliveries"]["lost"], &outcome["deliveries"]["repeated"]), (&0.into(), &0.into()));
    assert_eq!(outcome["sockets"]["lasted"], 20);
}

#[test]
fn whoever_has_no_token_cannot_come_back() {
    let (serving, _) = guests(&[]);
    let arguments = ["--sockets", "2", "--for", "100ms", "--reconnect", "--messages-per-second", "0"];
    let (code, outcome, _) = load(&url(serving.address), &arguments);
    assert_eq!(code, Some(1), "{outcome}");
    assert!(outcome["faults"][0].as_str().is_some_and(|fault| fault.starts_with("no socket has a token")), "{outcome}");
}

#[test]
fn a_limit_of_the_server_is_named() {
    let (serving, scenes) = guests(&["--set", "connections.per_address=3"]);
    let silent = ["--sockets", "5", "--for", "0ms", "--messages-per-second", "0"];
    let (code, outcome, _) = load(&url(serving.address), &[&[&*scenes, "--scene", "a guest"][..], &silent].concat());
    assert_eq!((code, &outcome["sockets"]["failed"]), (Some(1), &2.into()), "{outcome}");
    assert_eq!(outcome["failures"][0]["count"], 2);
    let help = outcome["failures"][0]["help"].as_str().expect("help");
    assert!(help.contains("connections.per_address"), "{help}");

    let (serving, scenes) = guests(&["--set", "clients.sockets=2"]);
    let arguments = ["--scene", "all are ada", "--sockets", "3", "--for", "500ms", "--messages-per-second", "0"];
    let (code, outcome, _) = load(&url(serving.address), &[&[&*scenes][..], &arguments].concat());
    let closed = &outcome["closes"][0];
    assert!(code == Some(1) && closed["count"] == 1 && outcome["sockets"]["lasted"] == 2, "{outcome}");
    assert!(closed["what"].as_str().is_some_and(|what| what.starts_with("closed with 4002")), "{outcome}");
    assert!(closed["help"].as_str().is_some_and(|help| help.contains("`${crew}`")), "{outcome}");

    let (serving, scenes) = guests(&["--set", "rate.socket=1", "--set", "rate.socket_burst=4"]);
    let arguments = [&scenes, "--scene", "a guest", "--sockets", "2", "--for", "1s", "--messages-per-second", "10"];
    let (code, outcome, _) = load(&url(serving.address), &arguments);
    let (refused, lost) = (&outcome["messages"]["refused"], &outcome["deliveries"]["lost"]);
    assert!(code == Some(1) && refused.as_u64() > Some(0) && *lost == 0, "what is refused is not lost: {outcome}");
    assert!(outcome["errors"][0]["help"].as_str().is_some_and(|help| help.contains("rate.socket")), "{outcome}");
}

#[test]
fn a_way_that_leads_elsewhere_says_where_and_what_was_awaited() {
    let (serving, _) = guests(&[]);
    let arguments = ["--to", "room:nowhere", "--sockets", "2", "--for", "0ms"];
    let (code, outcome, _) = load(&url(serving.address), &arguments);
    let what = outcome["failures"][0]["what"].as_str().unwrap_or_default();
    assert!(code == Some(1) && what.contains("`unreachable`"), "{outcome}");
    let arguments = ["--to", "room:hall", "--sockets", "2", "--for", "0ms", "--patience", "300ms"];
    let (code, outcome, _) = load(&url(serving.address), &arguments);
    let what = outcome["failures"][0]["what"].as_str().unwrap_or_default();
    assert!(code == Some(1) && what.contains("did not get { \"moved\": \"${_}\" }"), "{outcome}");
}

#[test]
fn what_cannot_be_done_is_refused_before_anybody_connects() {
    let (serving, scenes) = guests(&[]);
    let own = url(serving.address);
    for (url, arguments, expected) in [
        ("ws://192.0.2.1/ws", &[][..], "--this-server-is-mine"),
        ("http://127.0.0.1", &[], "write one as in"),
        (&own, &[&*scenes], "say with `--scene` which one:\n  a guest comes in\n  two talk"),
        (&own, &[&scenes, "--scene", "dance"], "no scene whose name has `dance` in it"),
        (&own, &["--say", "{}"], "has no `${payload}`"),
        (&own, &["--say", "{\"id\":1,\"text\":\"${payload}\"}"], "has an `id`"),
        (&own, &["--values", "no-such-file"], "cannot read `no-such-file`"),
        (&own, &["no-such-directory"], "no-such-directory"),
        (&own, &["--sockets", "1000000"], "raise the hard limit"),
    ] {
        let (code, _, output) = load(url, arguments);
        let said = complaint(&output);
        assert!(code == Some(2) && said.contains(expected), "{url} {arguments:?}: {said}");
    }
    let (code, _, output) = load(&own, &[&scenes, "--scene", "what nobody"]);
    let said = complaint(&output);
    assert!(code == Some(1) && said.contains("guests.scene.yaml:31: `given` changes"), "{said}");
    assert!(said.contains("guests.scene.yaml:32: here 3600s go by"), "{said}");
}

#[test]
fn a_server_with_tls_is_trusted_by_its_authority() {
    let fixtures = root().join("tests/fixtures/check/tls");
    let path = |name: &str| fixtures.join(name).display().to_string();
    let flags = [format!("tls.certificate={}", path("server.pem")), format!("tls.key={}", path("server.key.pem"))];
    let (serving, _) = guests(&["--set", &flags[0], "--set", &flags[1]]);
    let url = format!("wss://localhost:{}/ws", serving.address.port());
    let (authority, few) = (path("authority.pem"), ["--sockets", "3", "--for", "500ms"]);
    let (_, outcome, output) = load(&url, &[&["--authorities", &*authority][..], &few].concat());
    assert_eq!(outcome["sockets"]["arrived"], 3, "{output:?}");
    let (code, outcome, _) = load(&url, &few);
    assert_eq!((code, &outcome["sockets"]["arrived"]), (Some(1), &0.into()), "{outcome}");
}

/// What is wrong with a message, by its number.
#[derive(Clone, Copy)]
enum Mischief {
    Lose,
    Repeat,
    /// It comes after the next one.
    Delay,
}

type Everybody = Arc<Mutex<Vec<mpsc::UnboundedSender<String>>>>;

/// A server with one room, which does not do with messages what it should.
async fn faulty(mischief: BTreeMap<u64, Mischief>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let everybody: Everybody = Arc::default();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, everybody.clone(), mischief.clone()));
        }
    });
    address
}

async fn serve(stream: TcpStream, everybody: Everybody, mischief: BTreeMap<u64, Mischief>) {
    #[allow(clippy::result_large_err, reason = "the type is the library's")]
    let speak = |_: &Request, mut response: Response| -> Result<Response, ErrorResponse> {
        let name = "windlass.v1.json".parse().expect("a header");
        response.headers_mut().insert("Sec-WebSocket-Protocol", name);
        Ok(response)
    };
    let mut line = tokio_tungstenite::accept_hdr_async(stream, speak).await.expect("a WebSocket");
    let (send, mut inbox) = mpsc::unbounded_channel();
    let own = {
        let mut everybody = everybody.lock().await;
        everybody.push(send.clone());
        everybody.len() - 1
    };
    let moved = "{\"moved\":{\"room\":\"room:x\",\"uuid\":\"\",\"epoch\":\"e\",\"offset\":0,\"join\":1}}";
    for frame in ["{\"hello\":{}}", moved] {
        send.send(frame.to_owned()).expect("a socket");
    }
    let mut delayed = None;
    loop {
        tokio::select! {
            Some(frame) = inbox.recv() => if line.send(Message::text(frame)).await.is_err() { return },
            came = line.next() => {
                let Some(Ok(Message::Text(text))) = came else { return };
                let said: Value = serde_json::from_str(&text).expect("a frame");
                let id = said["id"].as_u64().expect("a number");
                let message = format!("{{\"message\":{{\"text\":{}}},\"room\":\"room:x\"}}", said["text"]);
                let mut told = match mischief.get(&id) {
                    None => vec![message],
                    Some(Mischief::Lose) => Vec::new(),
                    Some(Mischief::Repeat) => vec![message.clone(), message],
                    Some(Mischief::Delay) => {
                        delayed = Some(message);
                        Vec::new()
                    }
                };
                if !told.is_empty() {
                    told.extend(delayed.take());
                }
                for (at, other) in everybody.lock().await.iter().enumerate() {
                    let told = if at == own { vec![format!("{{\"ok\":{{}},\"id\":{id}}}")] } else { told.clone() };
                    told.into_iter().for_each(|frame| drop(other.send(frame)));
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_server_loses_repeats_and_reorders_is_told() {
    let mischief = BTreeMap::from([(2, Mischief::Lose), (4, Mischief::Repeat), (6, Mischief::Delay)]);
    let address = faulty(mischief).await;
    let arguments = ["--sockets", "3", "--for", "1s", "--messages-per-second", "20", "--patience", "500ms"];
    let (code, outcome, output) =
        tokio::task::spawn_blocking(move || load(&url(address), &arguments)).await.expect("an end");
    assert_eq!((code, &outcome["ok"]), (Some(1), &Value::Bool(false)), "{output:?}");
    let accepted = outcome["messages"]["accepted"].as_u64().expect("a number");
    let Value::Object(deliveries) = &outcome["deliveries"] else { panic!("{outcome}") };
    // two sockets listen
    assert_eq!(deliveries["lost"], 2);
    assert_eq!(deliveries["repeated"], 2);
    assert_eq!(deliveries["disordered"], 2);
    assert_eq!(deliveries["count"], (accepted - 1) * 2);
    let faults = ["deliveries lost: 2", "deliveries repeated: 2", "deliveries out of order: 2"];
    assert_eq!(outcome["faults"], Value::from(faults.to_vec()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_nobody_need_hear_nothing_is_lost() {
    let address = faulty(BTreeMap::from([(2, Mischief::Lose)])).await;
    let arguments = ["--sockets", "2", "--for", "500ms", "--messages-per-second", "20", "--audience", "nobody"];
    let (code, outcome, output) =
        tokio::task::spawn_blocking(move || load(&url(address), &arguments)).await.expect("an end");
    assert_eq!((code, &outcome["deliveries"]["lost"]), (Some(0), &0.into()), "{output:?}");
}

#[test]
fn people_read_what_came_of_it() {
    let (serving, _) = guests(&[]);
    let mut command = Command::new(env!("CARGO_BIN_EXE_windlass"));
    command.args(["load", &url(serving.address), "--sockets", "2", "--for", "0ms", "--messages-per-second", "0"]);
    let output = command.current_dir(Path::new("/")).output().expect("windlass runs");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(output.status.success() && text.starts_with("sockets     2 of 2 arrived, in "), "{text}");
    assert!(text.ends_with("in 1 room; 2 there at the end\n") || text.ends_with("all is well\n"), "{text}");
}
