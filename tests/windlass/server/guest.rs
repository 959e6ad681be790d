//! A client that outlives its connections, as `docs/protocol.md` tells clients to: it keeps its token and how far it has come in
//! each room, sends again what it has no `ok` for, and holds the server to its word all the time.

use super::client::Client;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::SocketAddr;

/// Who comes back again and again.
pub struct Guest {
    pub name: &'static str,
    token: Option<String>,
    /// Tokens that have been used.
    pub spent: Vec<String>,
    /// A token was sent, and whether it was taken is not known.
    is_unsure: bool,
    pub rooms: BTreeMap<String, Place>,
    /// What was sent without an answer yet: its room, and its text, which is its id too.
    pending: Option<(String, String)>,
    sent: u32,
    pub gaps: u32,
}

/// How far a guest has come in a room.
#[derive(Default)]
pub struct Place {
    epoch: String,
    pub at: u64,
    pub heard: BTreeMap<u64, String>,
    pub acknowledged: BTreeMap<u64, String>,
    /// How far the room was by the last `resumed`.
    pub resumed: Option<u64>,
}

impl Place {
    fn hear(&mut self, who: &str, seq: u64, text: &str) {
        assert_eq!(seq, self.at + 1, "{who} gets all of it, once and in order: {text}");
        self.at = seq;
        self.heard.insert(seq, text.to_owned());
    }

    /// A new post comes after all that was heard; a repeated one is the one that was heard, or was made without a word.
    fn take_ok(&mut self, who: &str, seq: u64, text: &str) {
        match self.heard.get(&seq) {
            Some(heard) => assert_eq!(heard, text, "{who}"),
            None => assert_eq!(seq, self.at + 1, "{who} posted {text}"),
        }
        assert!(self.heard.iter().all(|(at, heard)| heard != text || *at == seq), "{who} heard {text} elsewhere");
        self.at = self.at.max(seq);
        self.acknowledged.insert(seq, text.to_owned());
    }
}

impl Guest {
    pub fn new(name: &'static str) -> Guest {
        let (rooms, spent) = (BTreeMap::new(), Vec::new());
        Guest { name, token: None, spent, is_unsure: false, rooms, pending: None, sent: 0, gaps: 0 }
    }

    /// Comes in or back, and talks until the connection is gone or so much has been said.
    pub async fn visit(&mut self, address: SocketAddr, posts: u32) -> Option<()> {
        let mut client = Client::try_connect(address).await?;
        self.rooms.values_mut().for_each(|place| place.resumed = None);
        if !self.resume(&mut client).await? {
            self.come_in(&mut client).await?;
        }
        while self.rooms.values().any(|place| place.resumed.is_none_or(|offset| place.at < offset)) {
            self.answer(&mut client).await?;
        }
        for _ in 0..posts {
            self.post(&mut client).await?;
        }
        Some(())
    }

    /// What it has of each room.
    fn seen(&self) -> Value {
        self.rooms.iter().map(|(room, place)| (format!("room:{room}"), json!([place.epoch, place.at]))).collect()
    }

    async fn resume(&mut self, client: &mut Client) -> Option<bool> {
        let Some(token) = self.token.clone() else { return Some(false) };
        client.try_send(&json!({"resume": {"token": token, "seen": self.seen()}, "id": "back"}).to_string()).await?;
        let was_unsure = std::mem::replace(&mut self.is_unsure, true);
        loop {
            let frame = self.answer(client).await?;
            if frame["error"]["code"] == "not_resumed" {
                assert!(was_unsure, "{}'s token counts: {frame}", self.name);
                self.token = None;
                self.is_unsure = false;
                return Some(false);
            }
            assert!(frame["error"].is_null() && frame["ask"].is_null(), "{} is let in: {frame}", self.name);
            if frame["id"] == "back" {
                return Some(true);
            }
        }
    }

    /// As if for the first time, but for what it has seen.
    async fn come_in(&mut self, client: &mut Client) -> Option<()> {
        if !self.rooms.is_empty() {
            client.try_send(&json!({"resume": {"seen": self.seen()}, "id": "seen"}).to_string()).await?;
        }
        client.try_send(r#"{"to":"room:hall","id":"hall"}"#).await?;
        while self.answer(client).await?["ask"].is_null() {}
        client.try_send(&json!({"code": format!("try-{}-4711", self.name)}).to_string()).await?;
        while self.answer(client).await?["id"] != "hall" {}
        client.try_send(r#"{"to":"room:nook","id":"nook"}"#).await?;
        while self.answer(client).await?["id"] != "nook" {}
        Some(())
    }

    /// Says the next thing, or what it does not know to have been said, and waits for the answer.
    async fn post(&mut self, client: &mut Client) -> Option<()> {
        // what was said before so much else is not known by its id any more, but it was heard
        let is_long_ago = |place: &Place, text: &str| {
            place.heard.iter().any(|(seq, heard)| heard == text && place.at - seq > super::kill::KNOWN_BY_ID)
        };
        let pending = self
            .pending
            .take()
            .filter(|(room, text)| !self.rooms.get(room).is_some_and(|place| is_long_ago(place, text)));
        let pending = pending.unwrap_or_else(|| {
            self.sent += 1;
            let room = if self.sent.is_multiple_of(5) { "nook" } else { "hall" };
            (room.to_owned(), format!("{}, the {}th that it says", self.name, self.sent))
        });
        let (room, text) = self.pending.insert(pending).clone();
        client.try_send(&json!({"to": format!("room:{room}"), "text": text, "id": text}).to_string()).await?;
        loop {
            let frame = self.answer(client).await?;
            assert!(frame["error"].is_null(), "{frame}");
            if frame["id"] == text.as_str() {
                let seq = frame["ok"]["seq"].as_u64().expect("where it stands");
                assert_eq!(frame["ok"]["room"], format!("room:{room}"));
                self.rooms.get_mut(&room).expect("it is there").take_ok(self.name, seq, &text);
                self.pending = None;
                return Some(());
            }
        }
    }

    /// The next frame, once it has been understood.
    async fn answer(&mut self, client: &mut Client) -> Option<Value> {
        let frame: Value = serde_json::from_str(&client.try_text().await?).expect("JSON");
        if let Some(token) = frame["identified"]["resume"].as_str() {
            self.spent.extend(self.token.replace(token.to_owned()));
            self.is_unsure = false;
        }
        if let Some(room) = room_in(&frame["moved"]).filter(|room| *room != "lobby") {
            let place = self.rooms.entry(room.to_owned()).or_insert_with(|| Place {
                epoch: frame["moved"]["epoch"].as_str().expect("an epoch").to_owned(),
                at: frame["moved"]["offset"].as_u64().expect("an offset"),
                resumed: Some(0),
                ..Place::default()
            });
            assert_eq!(frame["moved"]["epoch"], place.epoch, "a history keeps its epoch");
        }
        if let Some(room) = room_in(&frame["resumed"]) {
            self.take_resumed(room, &frame["resumed"]);
        }
        if let (Some(room), Some(seq)) = (room_in(&frame), frame["seq"].as_u64()) {
            let place = self.rooms.get_mut(room).expect("it is there");
            place.hear(self.name, seq, frame["message"]["text"].as_str().expect("a text"));
        }
        Some(frame)
    }

    fn take_resumed(&mut self, room: &str, resumed: &Value) {
        let offset = resumed["offset"].as_u64().expect("an offset");
        let place = self.rooms.get_mut(room).expect("it was told");
        assert!(place.resumed.is_none(), "once is enough");
        assert!(offset >= place.at, "what {} has seen has happened: {resumed}", self.name);
        place.resumed = Some(offset);
        if resumed["recovered"] == false {
            assert_eq!(room, "nook", "the hall keeps all");
            assert!(offset - place.at > super::kill::NOOK, "the nook keeps as much: {resumed}, {}", place.at);
            self.gaps += 1;
            place.at = offset;
        }
    }
}

fn room_in(told: &Value) -> Option<&str> {
    told["room"].as_str()?.strip_prefix("room:")
}
