//! The server's frames: each as `docs/protocol.md` shows it, and none of them bent by what clients write.

use super::decoding::{any_fields, object};
use crate::fixtures;
use proptest::prelude::*;
use std::fs;
use uuid::Uuid;
use windlass::envelope::{Outgoing, Place, Who, codes};
use windlass::value::{Json, RoomKey};

fn protocol() -> String {
    fs::read_to_string(fixtures::root().join("docs/protocol.md")).expect("docs/protocol.md")
}

/// Every frame of the server, with the values that the page uses.
fn samples() -> Vec<String> {
    let uuid = |last: u128| Uuid::from_u128(0x0192_f5c4_0000_7000_8000_0000_0000_0000 + last);
    let (hall, lobby) = (RoomKey("hall".into()), RoomKey("lobby".into()));
    let json = |text: &str| Json::parse(text).expect("JSON");
    let (name, hint, text) =
        (json(r#"{"name":"Who are you?"}"#), json(r#"{"hint":"say where"}"#), json(r#"{"text":"hi"}"#));
    let (id, args) = (json("7"), json(r#"{"guest":"ada","bags":2}"#));
    let (at, token) = (1_760_000_000_000, "6f0c…");
    let message = |place, from| Outgoing::Message { content: &text, place, from: Some(from), at, mail: None };
    let mail =
        Outgoing::Message { content: &text, place: Place::Direct, from: Some(Who::Client("ada")), at, mail: Some(3) };
    let frames = [
        Outgoing::Hello { socket: uuid(1), heartbeat_ms: 25_000, reconnect_jitter_ms: 5_000 },
        Outgoing::Ask { content: &name, by: "lock:identity", depth: 2 },
        Outgoing::Say { content: &hint, by: "room:lobby" },
        Outgoing::Identified { client: "ada", rooms: &[hall.clone(), lobby.clone()], resume: Some(token) },
        Outgoing::Moved { room: &hall, uuid: uuid(2), epoch: 0x9f3c_51d2_7708_a1e4, offset: 17, join: 3 },
        message(Place::Room { room: &hall, seq: Some(18) }, Who::Client("ada")),
        message(Place::Room { room: &lobby, seq: None }, Who::Socket(uuid(1))),
        message(Place::Group("audit"), Who::Client("ada")),
        message(Place::Direct, Who::Client("ada")),
        mail,
        message(Place::Room { room: &hall, seq: Some(19) }, Who::Service("kitchen")),
        Outgoing::Resumed { room: &hall, epoch: 0x9f3c_51d2_7708_a1e4, offset: 20, recovered: true },
        Outgoing::Lost { first: 4, last: 7 },
        Outgoing::Question {
            args: &args,
            check: "let_out",
            ticket: token,
            group: "stewards",
            from: Who::Client("ada"),
            at,
            within_ms: 120_000,
        },
        Outgoing::Settled { ticket: token, outcome: "passed", by: Some(Who::Client("mia")) },
        Outgoing::Ok { id: &id, post: None },
        Outgoing::Ok { id: &id, post: Some((&hall, 18)) },
        Outgoing::Error {
            code: "full",
            message: "the room is full",
            retry_after_ms: None,
            id: Some(&id),
            by: Some("room:hall"),
        },
        Outgoing::Error {
            code: "rate_limited",
            message: "too many frames at a time: send slower",
            retry_after_ms: Some(20),
            id: None,
            by: None,
        },
        Outgoing::Joined { room: &hall, who: Who::Client("ada") },
        Outgoing::Left { room: &hall, who: Who::Client("ada") },
        Outgoing::Here { room: &hall, who: &[Who::Client("ada"), Who::Client("bob")], count: 2 },
        Outgoing::Heartbeat { at: 1_760_000_000_000 },
        Outgoing::Bye { code: 4000, reason: "flood", reconnect_in_ms: None },
        Outgoing::Bye { code: 1012, reason: "the server restarts", reconnect_in_ms: Some(5_000) },
    ];
    frames.iter().map(Outgoing::render).collect()
}

#[test]
fn the_page_shows_every_frame_as_it_is() {
    let page = protocol();
    for frame in samples() {
        assert!(page.lines().any(|line| line.trim() == frame), "docs/protocol.md lacks\n{frame}");
    }
}

#[test]
fn the_page_lists_every_code() {
    let page = protocol();
    for code in codes::OF_FRAMES
        .iter()
        .chain(&[codes::NOT_RESUMED, codes::MAILBOX_FULL, codes::STORAGE_FULL, codes::RATE_LIMITED])
        .chain(&codes::OF_ANSWERS)
        .chain(&codes::OF_RULES)
    {
        assert!(page.contains(&format!("| `{code}` |")), "docs/protocol.md lacks the code {code}");
    }
    for code in [1001, 1008, 1009, 1012, 1013, 4000, 4001, 4002, 4003, 4100, 4101, 4200, 4201] {
        assert!(page.contains(&format!("| {code} |")), "docs/protocol.md lacks the close code {code}");
    }
}

#[test]
fn the_first_key_says_what_a_frame_is() {
    let known = [
        "hello",
        "ask",
        "say",
        "identified",
        "moved",
        "resumed",
        "message",
        "lost",
        "question",
        "settled",
        "ok",
        "error",
        "presence",
        "heartbeat",
        "bye",
    ];
    for frame in samples() {
        let first = frame.split('"').nth(1).unwrap_or_default();
        assert!(known.contains(&first), "{frame}");
    }
}

fn keys(frame: &serde_json::Value) -> Vec<&str> {
    frame.as_object().map(|object| object.keys().map(String::as_str).collect()).unwrap_or_default()
}

proptest! {
    #[test]
    fn content_never_reaches_the_servers_own_keys(fields in any_fields(), client in "\\PC{1,20}") {
        let content = Json::parse(&object(&fields)).expect("an object");
        let room = RoomKey("hall".into());
        let place = Place::Room { room: &room, seq: Some(1) };
        let frame = Outgoing::Message { content: &content, place, from: Some(Who::Client(&client)), at: 5, mail: None }.render();
        prop_assert!(frame.starts_with(&format!("{{\"message\":{},\"room\":\"room:hall\",", content.as_str())), "{}", frame);
        // A number that no f64 holds is content all the same, and nothing here could read it back.
        if let Ok(read) = serde_json::from_str::<serde_json::Value>(&frame) {
            prop_assert_eq!(keys(&read), ["at", "from", "message", "room", "seq"]);
            prop_assert_eq!(&read["from"], &serde_json::json!(format!("client:{client}")));
        }
    }

    #[test]
    fn texts_are_quoted_whatever_they_hold(text in any::<String>()) {
        let frames = [
            Outgoing::Bye { code: 1, reason: &text, reconnect_in_ms: None }.render(),
            Outgoing::Error { code: &text, message: &text, retry_after_ms: None, id: None, by: Some(&text) }.render(),
            Outgoing::Identified { client: &text, rooms: &[RoomKey(text.as_str().into())], resume: None }.render(),
            Outgoing::Joined { room: &RoomKey(text.as_str().into()), who: Who::Client(&text) }.render(),
        ];
        let read = frames.map(|frame| serde_json::from_str::<serde_json::Value>(&frame).expect("JSON"));
        prop_assert_eq!(&read[0]["bye"]["reason"], &serde_json::json!(text));
        prop_assert_eq!(&read[1]["error"]["message"], &serde_json::json!(text));
        prop_assert_eq!(&read[1]["by"], &serde_json::json!(text));
        prop_assert_eq!(&read[2]["identified"]["client"], &serde_json::json!(format!("client:{text}")));
        prop_assert_eq!(&read[3]["presence"]["joined"], &serde_json::json!(format!("client:{text}")));
    }
}
