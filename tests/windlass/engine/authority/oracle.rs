//! Who may hear, speak and be seen where, read off the frames of both directions by somebody who knows the rules by heart. Nothing of it
//! asks the engine.

use crate::engine::stage::Done;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// How long a key of `pin` is held, and how long it lingers.
const HELD_MS: u64 = 7_000;
const GRACE_MS: u64 = 3_000;

/// The keys of a socket, or of one that went.
#[derive(Clone, Debug, Default)]
struct Keys {
    name: bool,
    /// When the key of `pin` ends.
    pin: Option<u64>,
}

impl Keys {
    fn lose(&mut self, lock: &str) {
        match lock {
            "name" => self.name = false,
            "pin" => self.pin = None,
            _ => *self = Keys::default(),
        }
    }
}

#[derive(Clone, Debug, Default)]
struct Known {
    client: Option<String>,
    keys: Keys,
    /// What it was asked, and has not answered. A lock that has ended meanwhile is not taken off: more is allowed then, never less.
    asked: Vec<&'static str>,
    /// What it has answered in this input. If something else was on top, it is still asked.
    answered: Option<&'static str>,
}

impl Known {
    /// Whether an answer to this is one to a question.
    fn answers(&mut self, what: &str) -> bool {
        let at = self.asked.iter().position(|asked| *asked == what);
        self.answered = at.map(|at| self.asked.remove(at));
        self.answered.is_some()
    }

    fn proves(&mut self, what: &str, answer: &str, now: u64) {
        match what {
            "pin" if answer == "1" => self.keys.pin = Some(now + HELD_MS),
            "name" => self.keys.name |= self.client.as_deref().is_none_or(|client| client == answer),
            _ => {}
        }
    }
}

#[derive(Clone, Debug)]
enum Place {
    Held(u128),
    Left(String, Keys),
    Spent,
}

/// What happened so often that the walk can be said to have tried it.
#[derive(Debug, Default)]
pub struct Tried {
    pub heard: usize,
    pub lists: usize,
    pub histories: usize,
    pub lingering: usize,
    pub silenced: usize,
}

/// What is known of everybody at one moment.
#[derive(Clone, Default)]
struct Facts {
    rules: usize,
    sockets: BTreeMap<u128, Known>,
    /// Rooms by client. A socket that is nobody is a member of nothing but the lobby.
    members: BTreeMap<String, BTreeSet<String>>,
    now: u64,
}

impl Facts {
    fn needs_pin(&self, room: &str) -> bool {
        room == "room:vault" || self.rules == 1
    }

    /// With keys that linger so long.
    fn holds(&self, who: u128, room: &str, grace: u64) -> bool {
        let Some(known) = self.sockets.get(&who) else { return false };
        // of what happens at the very instant in which keys end, some happens before
        let pin = known.keys.pin.is_some_and(|ends| self.now < ends + grace || grace > 0 && self.now == ends + grace);
        known.keys.name && (pin || !self.needs_pin(room))
    }

    fn may_hear(&self, who: u128, room: &str) -> bool {
        let client = self.sockets.get(&who).and_then(|known| known.client.as_ref());
        let rooms = client.and_then(|client| self.members.get(client));
        self.holds(who, room, GRACE_MS) && rooms.is_some_and(|rooms| rooms.contains(room))
    }
}

pub struct Oracle<'tried> {
    facts: Facts,
    /// How it was before whoever looks after the server did something: what was due until then may be told first.
    before: Option<Facts>,
    /// In the order in which they were given out.
    tokens: Vec<(String, Place)>,
    epochs: BTreeMap<String, String>,
    /// The room that somebody asks to leave in this input.
    leaves: Option<String>,
    /// The keys of the token that was shown in this input.
    brought: Option<Keys>,
    /// What was said in this input without having been asked: a socket that is brought to other rules may be asked for it first.
    early: Option<(u128, &'static str, String)>,
    pub tried: &'tried RefCell<Tried>,
}

impl<'tried> Oracle<'tried> {
    pub fn new(tried: &'tried RefCell<Tried>) -> Oracle<'tried> {
        Oracle {
            facts: Facts::default(),
            before: None,
            tokens: Vec::new(),
            epochs: BTreeMap::new(),
            leaves: None,
            brought: None,
            early: None,
            tried,
        }
    }
}

impl Oracle<'_> {
    /// What follows happens at this time.
    pub fn is_at(&mut self, now: u64) {
        self.facts.now = now;
    }

    /// A connection of which nothing is known.
    pub fn meets(&mut self, who: u128) {
        self.facts.sockets.insert(who, Known::default());
    }

    /// The token that was given out so many before the latest.
    pub fn token(&self, before_latest: usize) -> Option<String> {
        self.tokens.iter().rev().nth(before_latest).map(|(token, _)| token.clone())
    }

    /// Whoever lies says to have seen nothing of rooms of which others were told.
    pub fn seen(&self) -> Value {
        let rooms = self.epochs.iter().filter(|(room, _)| *room != "room:lobby");
        rooms.map(|(room, epoch)| (room.clone(), json!([epoch, 0]))).collect::<serde_json::Map<_, _>>().into()
    }

    /// Before somebody asks to leave a room.
    pub fn leaves(&mut self, room: &str) {
        self.leaves = Some(room.to_owned());
    }

    /// Before the engine takes other rules, with which keys of these locks end.
    pub fn reloads(&mut self, rules: usize, revoked: &[&str]) {
        self.before = Some(self.facts.clone());
        self.facts.rules = rules;
        revoked.iter().for_each(|lock| self.lose(lock, ""));
    }

    fn may_hear(&self, who: u128, room: &str) -> bool {
        self.facts.may_hear(who, room) || self.before.as_ref().is_some_and(|before| before.may_hear(who, room))
    }

    /// Before the engine is told: what the client is about to prove.
    pub fn says(&mut self, who: u128, frame: &str) {
        let said: Value = serde_json::from_str(frame).expect("JSON");
        let now = self.facts.now;
        if let Some(token) = said["resume"]["token"].as_str() {
            self.brought = self.place_of(token);
        }
        let known = self.facts.sockets.entry(who).or_default();
        known.answered = None;
        for what in ["pin", "name"] {
            let Some(answer) = said[what].as_str() else { continue };
            // an answer in one frame with what it answers
            if (what == "pin" && said["to"] == "lock:pin") || known.answers(what) {
                known.proves(what, answer, now);
            } else {
                self.early = Some((who, what, answer.to_owned()));
            }
        }
    }

    fn place_of(&self, token: &str) -> Option<Keys> {
        match &self.tokens.iter().find(|(known, _)| known == token)?.1 {
            Place::Held(who) => Some(self.facts.sockets.get(who)?.keys.clone()),
            Place::Left(_, keys) => Some(keys.clone()),
            Place::Spent => None,
        }
    }

    pub fn is_gone(&mut self, who: u128, is_final: bool) {
        let Some(Known { client, keys, .. }) = self.facts.sockets.remove(&who) else { return };
        for (_, place) in &mut self.tokens {
            if matches!(place, Place::Held(holder) if *holder == who) {
                *place = match client.clone() {
                    Some(client) if !is_final => Place::Left(client, keys.clone()),
                    Some(_) | None => Place::Spent,
                };
            }
        }
    }

    /// Keys that are taken away, of one socket, of a client, or of everybody.
    fn lose(&mut self, lock: &str, whom: &str) {
        for (who, known) in &mut self.facts.sockets {
            let is_meant =
                whom.is_empty() || whom == who.to_string() || whom.strip_prefix("client:") == known.client.as_deref();
            if is_meant && (known.client.is_some() || !whom.starts_with("client:")) {
                known.keys.lose(lock);
            }
        }
        for (_, place) in &mut self.tokens {
            if let Place::Left(client, keys) = place
                && (whom.is_empty() || whom.strip_prefix("client:") == Some(client))
            {
                keys.lose(lock);
            }
        }
    }

    /// Before the engine does what somebody does by hand.
    pub fn hand(&mut self, hand: &str) {
        self.before = Some(self.facts.clone());
        let words: Vec<&str> = hand.split(' ').collect();
        match words[..] {
            ["revoke", whom, lock] => self.lose(lock, whom),
            ["expel", client, ..] => {
                self.facts.members.remove(client);
                for (_, place) in &mut self.tokens {
                    if matches!(place, Place::Left(of, _) if of == client) {
                        *place = Place::Spent;
                    }
                }
            }
            _ => {}
        }
    }

    /// Everything that the engine did, in its order.
    pub fn sees(&mut self, done: &[Done], speaker: Option<u128>) {
        for done in done {
            match done {
                Done::Wrote(to, frame) => {
                    let frame: Value = serde_json::from_str(frame).expect("JSON");
                    for id in to {
                        self.is_told(id.0.as_u128(), &frame, speaker);
                    }
                }
                Done::Closed(id, code, _) => self.is_gone(id.0.as_u128(), *code == 4000),
                Done::Joined(..)
                | Done::Left(..)
                | Done::Asked(..)
                | Done::Webhook(..)
                | Done::Acted(_)
                | Done::Retired => {}
            }
        }
        (self.leaves, self.brought, self.before, self.early) = (None, None, None, None);
    }

    fn is_told(&mut self, who: u128, frame: &Value, speaker: Option<u128>) {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        if frame.get("ask").is_some() {
            let asked = if frame["ask"].get("pin").is_some() { "pin" } else { "name" };
            let (now, known) = (self.facts.now, self.facts.sockets.entry(who).or_default());
            known.asked.push(asked);
            if let Some((_, _, answer)) = self.early.as_ref().filter(|early| (early.0, early.1) == (who, asked)) {
                known.proves(asked, answer, now);
            }
        }
        if frame.get("ok").is_some() && frame["id"] == "gone" {
            self.is_out(who);
        }
        if frame["error"]["code"] == "no_handler" {
            let known = self.facts.sockets.entry(who).or_default();
            known.asked.extend(known.answered.take());
        }
        if let Some(identified) = frame.get("identified") {
            let (brought, known) = (self.brought.take(), self.facts.sockets.entry(who).or_default());
            known.client =
                identified["client"].as_str().and_then(|client| client.strip_prefix("client:")).map(str::to_owned);
            known.keys = brought.unwrap_or_else(|| known.keys.clone());
            self.tokens.push((text(&identified["resume"]), Place::Held(who)));
        }
        if let Some(moved) = frame.get("moved") {
            let room = text(&moved["room"]);
            self.epochs.insert(room.clone(), text(&moved["epoch"]));
            self.comes_into(who, room);
        }
        let rooms = [&frame["room"], &frame["presence"]["room"], &frame["resumed"]["room"]];
        let Some(room) = rooms.into_iter().find_map(Value::as_str).filter(|room| *room != "room:lobby") else { return };
        assert!(
            self.may_hear(who, room),
            "{who} is told {frame}, and may not hear {room}: {:?}",
            self.facts.sockets.get(&who)
        );
        self.speaks_there(frame, room, speaker);
        let mut tried = self.tried.borrow_mut();
        tried.heard += usize::from(frame.get("message").is_some());
        tried.lists += usize::from(frame["presence"].get("here").is_some());
        tried.histories += usize::from(frame.get("resumed").is_some());
        tried.lingering += usize::from(!self.facts.holds(who, room, 0));
    }

    /// What is told before is told to a member; and another socket of the client may come in afterwards.
    fn is_out(&mut self, who: u128) {
        let client = self.facts.sockets.get(&who).and_then(|known| known.client.as_ref());
        if let (Some(rooms), Some(room)) = (client.and_then(|client| self.facts.members.get_mut(client)), &self.leaves)
        {
            rooms.remove(room);
        }
    }

    fn comes_into(&mut self, who: u128, room: String) {
        if room == "room:lobby" {
            return;
        }
        assert!(self.facts.holds(who, &room, 0), "{who} comes into {room} with {:?}", self.facts.sockets.get(&who));
        let client =
            self.facts.sockets.get(&who).and_then(|known| known.client.clone()).expect("whoever comes in is somebody");
        self.facts.members.entry(client).or_default().insert(room);
    }

    /// Whoever is heard has the keys at this moment, unless it is history, or was said by hand.
    fn speaks_there(&self, frame: &Value, room: &str, speaker: Option<u128>) {
        let Some(speaker) = speaker.filter(|_| frame.get("message").is_some()) else { return };
        assert!(
            self.facts.holds(speaker, room, 0),
            "{frame} is said by {speaker}: {:?}",
            self.facts.sockets.get(&speaker)
        );
    }
}
