//! What people hear and what is kept, held against one another.

use super::super::shaky::Seen;
use super::super::stage::WALL;
use super::{LATEST_MAIL, Mail, NAMES, Post, RESUME_MS, World};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::RangeInclusive;
use windlass::engine::{Acted, Declined};
use windlass::store::{Head, Keep, LogKey, Record};

impl World {
    pub(super) fn see(&mut self, seen: Vec<Seen>) {
        for seen in seen {
            match seen {
                Seen::Kept(record) => self.keep(record),
                Seen::Acted(outcome) => self.answered(outcome),
                Seen::Closed(socket, code) => {
                    if let Some(who) = self.people.iter().position(|person| person.socket == Some(socket)) {
                        assert_eq!(code, 4003, "no rule closes");
                        self.forget_connection(who);
                    }
                }
                Seen::Frame(socket, frame) => {
                    if let Some(who) = self.people.iter().position(|person| person.socket == Some(socket)) {
                        self.hear(who, &serde_json::from_str(&frame).expect("JSON"));
                    }
                }
            }
        }
    }

    /// What is answered is kept already, once, in the place that is told.
    fn answered(&mut self, outcome: Result<Acted, Declined>) {
        let Ok(Acted::Posted { epoch, seq, .. }) = outcome else { panic!("{outcome:?}") };
        let posts = &self.posts[&("all".to_owned(), format!("{epoch:016x}"))];
        let text = posts.get(seq as usize - 1).expect("nothing is answered that is not kept").text.clone();
        assert_eq!(posts.iter().filter(|post| post.text == text).count(), 1, "{text} stands once");
        *self.served.get_mut(text.trim_matches('"')).expect("a post of the service") = true;
    }

    fn keep(&mut self, record: Record) {
        match record {
            Record::Opened { log: LogKey::Room(room), epoch, keep } => {
                // more is kept while somebody is told; what counts is what the rules say
                self.keeps.entry(room.0.to_string()).or_insert(keep);
                self.posts.entry((room.0.to_string(), format!("{epoch:016x}"))).or_default();
            }
            Record::Posted { log: LogKey::Room(room), epoch, message } => {
                let posts = self.posts.get_mut(&(room.0.to_string(), format!("{epoch:016x}"))).expect("an open log");
                posts.push(Post { at: message.at, text: message.content.field("text").expect("a text").to_owned() });
                assert_eq!(posts.len() as u64, message.offset);
            }
            Record::MailboxPut { client, seq, message, latest_of, .. } => {
                let content: Value = serde_json::from_str(message.as_str()).expect("JSON");
                let mail = Mail { text: content["message"]["mail"].to_string(), latest_of };
                self.mail.entry(client.to_string()).or_default().insert(seq, mail);
            }
            _ => {}
        }
    }

    fn hear(&mut self, who: usize, frame: &Value) {
        if let Some(identified) = frame.get("identified") {
            assert_eq!(identified["client"], format!("client:{}", NAMES[who]));
            let person = &mut self.people[who];
            if let Some(shown) = person.shown.take() {
                assert!(!person.used.contains(&shown), "a token serves once");
                self.resumed += 1;
            }
            let token = identified["resume"].as_str().expect("a token").to_owned();
            person.used.extend(person.token.replace(token));
        }
        if frame["error"]["code"] == "not_resumed" {
            self.hear_refusal(who);
        }
        if let Some(room) = room_in(&frame["moved"]).filter(|room| *room != "lobby") {
            let (epoch, offset) = (frame["moved"]["epoch"].as_str().expect("text"), frame["moved"]["offset"].as_u64());
            let place = self.people[who].places.entry(room.to_owned()).or_default();
            if place.epoch != epoch {
                let kept = self.posts.get(&(room.to_owned(), place.epoch.clone())).map_or(0, Vec::len);
                assert!(kept == 0 || room == "young", "a history keeps its epoch");
                (place.epoch, place.at) = (epoch.to_owned(), offset.expect("a number"));
            }
        }
        if let Some(room) = room_in(&frame["resumed"]) {
            self.hear_resumed(who, room, &frame["resumed"]);
        }
        if let (Some(room), Some(seq)) = (room_in(frame), frame["seq"].as_u64()) {
            self.hear_message(who, room, seq, &frame["message"]["text"]);
        }
        if let Some(number) = frame["mail"].as_u64() {
            let text = frame["message"]["mail"].to_string();
            assert_eq!(self.mail[NAMES[who]][&number].text, text, "mail that was kept");
            assert!(!self.people[who].lost.contains(&number), "{} was told that {number} is lost", NAMES[who]);
            assert_eq!(*self.people[who].mail.entry(number).or_insert(text.clone()), text, "one number, one message");
        }
        if let Some([first, last]) = frame["lost"]["mail"].as_array().map(Vec::as_slice) {
            let (first, last) = (first.as_u64().expect("a number"), last.as_u64().expect("a number"));
            self.hear_lost(who, first..=last);
        }
    }

    /// Nothing is lost but what newer mail of its room took the place of.
    fn hear_lost(&mut self, who: usize, numbers: RangeInclusive<u64>) {
        assert!(!numbers.is_empty(), "{numbers:?}");
        for number in numbers {
            assert!(self.may_be_lost(who, number), "{} cannot have lost {number}", NAMES[who]);
            self.people[who].lost.insert(number);
            self.lost += 1;
        }
    }

    fn may_be_lost(&self, who: usize, number: u64) -> bool {
        let mail = &self.mail[NAMES[who]];
        let latest_of = &mail.get(&number).expect("mail that was kept").latest_of;
        let newer = mail.range(number + 1..).filter(|(_, mail)| mail.latest_of == *latest_of);
        latest_of.is_some() && newer.count() >= LATEST_MAIL
    }

    /// The number of the latest mail of somebody that is kept.
    pub(super) fn mail_latest(&self, who: usize) -> u64 {
        let latest = self.mail.get(NAMES[who]).and_then(|mail| mail.keys().next_back());
        latest.map_or(0, |latest| *latest)
    }

    /// A token that was given and not used counts, unless an earlier answer was lost, or it is too old.
    fn hear_refusal(&mut self, who: usize) {
        let (now, person) = (self.house.now, &mut self.people[who]);
        let shown = person.shown.take().expect("a token was shown");
        assert!(!person.used.contains(&shown), "what was used is not shown again");
        assert!(person.is_unsure || now - person.gone_at >= RESUME_MS, "the token counts");
        person.token = None;
        self.say(who, &json!({"to": "room:all"}));
        self.say(who, &json!({"name": NAMES[who]}));
    }

    fn hear_resumed(&mut self, who: usize, room: &str, resumed: &Value) {
        let offset = resumed["offset"].as_u64().expect("a number");
        let epoch = resumed["epoch"].as_str().expect("text").to_owned();
        let now = WALL + self.house.now;
        let place = self.people[who].places.get_mut(room).expect("it told of it");
        let (told_epoch, told) = place.told.take().unwrap_or((place.epoch.clone(), place.at));
        let fits = told_epoch == epoch && told <= offset;
        if resumed["recovered"] == true {
            assert!(fits, "{} told {told} of {resumed}", NAMES[who]);
            (place.at, place.due) = (told, (told + 1..=offset).collect());
            self.recovered += 1;
        } else {
            let keep = self.keeps.get(room).copied().unwrap_or(Keep { count_max: 0, age_max_ms: None });
            let posts = self.posts.get(&(room.to_owned(), epoch.clone())).map_or(&[][..], Vec::as_slice);
            let head = Head::new(0, keep);
            let is_young = |at: u64| head.keep.age_max_ms.is_none_or(|age| posts[at as usize - 1].at + age >= now);
            let all_kept = fits && offset - told <= keep.count_max && (told + 1..=offset).all(is_young);
            assert!(!all_kept, "{} could have been told all after {told}: {resumed}", NAMES[who]);
            (place.at, place.due) = (offset, VecDeque::new());
            self.gaps += 1;
        }
        place.epoch = epoch;
    }

    fn hear_message(&mut self, who: usize, room: &str, seq: u64, text: &Value) {
        // who became a member and lost its connection before it heard so knows no epoch
        let place = self.people[who].places.entry(room.to_owned()).or_default();
        match place.due.pop_front() {
            Some(due) => assert_eq!(seq, due, "{}, {room}: all that was missed, in order", NAMES[who]),
            None => assert!(seq > place.at, "{}, {room}: {seq} after {}", NAMES[who], place.at),
        }
        place.at = seq;
        if let Some(posts) = self.posts.get(&(room.to_owned(), place.epoch.clone())) {
            let post = posts.get(seq as usize - 1).expect("nobody hears what is not kept");
            assert_eq!(text.to_string(), post.text);
        }
    }

    /// Everybody comes once more, and what is promised is there.
    pub(super) fn end(&mut self) {
        self.settle();
        for (who, name) in NAMES.iter().enumerate() {
            self.hang_up(who);
            let person = &mut self.people[who];
            (person.token, person.mail, person.lost) = (None, BTreeMap::new(), BTreeSet::new());
            self.come(who);
            self.settle();
            let person = &self.people[who];
            assert!(person.places.values().all(|place| place.due.is_empty()), "all that was missed has come");
            let kept = self.mail.get(*name).into_iter().flatten();
            for (number, mail) in kept.filter(|(number, _)| **number > person.acknowledged) {
                match person.mail.get(number) {
                    Some(text) => assert_eq!(*text, mail.text, "mail comes until it is acknowledged"),
                    None => assert!(person.lost.contains(number), "{name} is told that {number} is lost"),
                }
            }
        }
    }
}

fn room_in(told: &Value) -> Option<&str> {
    told["room"].as_str()?.strip_prefix("room:")
}
