//! Traffic of honest and lying clients, crashes that lose what is not kept, reloads, and an oracle that knows nothing but what
//! was kept and what was seen.

use super::shaky::{Seen, Shaky};
use super::stage::{WALL, socket};
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use windlass::engine::{Act, ActId, Acted, Declined, Input, Settings};
use windlass::envelope::Address;
use windlass::store::{Head, Keep, LogKey, Record};
use windlass::value::Json;
use windlass::wind::SocketId;

const RULES: &str = r#"
entry lobby
room lobby public { doors all, few, young, none }
room all { requires name history 100000 mailbox 50 doors few, young, none
    on { text: text } as m { post m }
    on { to: client, mail: text } as m { tell m.to { mail: m.mail } }
}
room few { requires name history 4 doors all, young, none on { text: text } as m { post m } }
room young { requires name history 50 for 20s doors all, few, none on { text: text } as m { post m } }
room none { requires name doors all, few, young on { text: text } as m { post m } }
lock name gives client held 10m {
    after 60s -> fail "too slow"
    state who {
        ask { name: "Who?" }
        on { name: text(1..16) } as said -> checking(said.name)
    }
    state checking(wanted: text(1..16)) {
        check code(wanted) within 5s
        passed _ { identify wanted -> resolve wanted }
        failed why -> fail why
    }
}
"#;
const ROOMS: [&str; 4] = ["all", "few", "young", "none"];
const NAMES: [&str; 3] = ["ann", "bob", "cat"];
const RESUME_MS: u64 = 60_000;
/// Acts of one run.
const ACTS: u32 = 600;

/// How far somebody is in a room.
#[derive(Clone, Default)]
struct Place {
    epoch: String,
    at: u64,
    /// What it told, until `resumed` answers.
    told: Option<(String, u64)>,
    /// What must come before anything newer.
    due: VecDeque<u64>,
}

/// One person with at most one connection that counts.
#[derive(Default)]
struct Person {
    token: Option<String>,
    used: Vec<String>,
    /// The token was shown, and nothing came back yet.
    shown: Option<String>,
    /// It had been shown before, and nothing came back.
    is_unsure: bool,
    gone_at: u64,
    socket: Option<SocketId>,
    places: BTreeMap<String, Place>,
    acknowledged: u64,
    mail: BTreeMap<u64, String>,
    is_liar: bool,
}

/// One post that was kept.
struct Post {
    at: u64,
    text: String,
}

struct World {
    house: Shaky,
    random: u64,
    people: Vec<Person>,
    sockets: u128,
    said: u64,
    /// By room and epoch, as it is written.
    posts: BTreeMap<(String, String), Vec<Post>>,
    keeps: BTreeMap<String, Keep>,
    mail: BTreeMap<String, BTreeMap<u64, String>>,
    /// Posts of a service in `all`, by their ids, and which of them it was told are kept.
    served: BTreeMap<String, bool>,
    recovered: u32,
    gaps: u32,
    resumed: u32,
}

#[test]
fn what_was_kept_comes_back_whatever_clients_say_and_crashes_take() {
    let runs = std::env::var("WINDLASS_TEST_RUNS").ok().and_then(|text| text.parse().ok()).unwrap_or(12);
    let (mut recovered, mut gaps, mut resumed) = (0, 0, 0);
    for seed in 0..runs {
        let mut world = World::new(seed);
        for _ in 0..ACTS {
            world.act();
        }
        world.end();
        (recovered, gaps, resumed) = (recovered + world.recovered, gaps + world.gaps, resumed + world.resumed);
    }
    println!("{recovered} times all was told, {gaps} times nothing; {resumed} tokens were taken");
    assert!(recovered > 100 && gaps > 100 && resumed > 50, "it tests what it should");
}

impl World {
    fn new(seed: u64) -> World {
        let settings = Settings {
            resume_ms: RESUME_MS,
            socket_frames_per_second: 0,
            unidentified_frames_per_second: 0,
            client_frames_per_second: 0,
            ..Settings::default()
        };
        World {
            house: Shaky::new(RULES, settings),
            random: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
            people: NAMES.map(|name| Person { is_liar: name == "cat", ..Person::default() }).into(),
            sockets: 0,
            said: 0,
            posts: BTreeMap::new(),
            keeps: BTreeMap::new(),
            mail: BTreeMap::new(),
            served: BTreeMap::new(),
            recovered: 0,
            gaps: 0,
            resumed: 0,
        }
    }

    fn below(&mut self, most: u64) -> u64 {
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.random >> 33) % most
    }

    fn act(&mut self) {
        let who = self.below(3) as usize;
        match self.below(20) {
            0..=2 => self.hang_up(who),
            3..=9 => self.talk(who),
            10 => self.lie(who),
            11 => {
                let through = self.below(60);
                self.people[who].acknowledged = self.people[who].acknowledged.max(through);
                self.say(who, &json!({"ack": {"mail": through}}));
            }
            12 => {
                let room = ROOMS[self.below(4) as usize];
                self.say(who, &json!({"leave": format!("room:{room}")}));
                self.serve();
            }
            13 => {
                let time = [1, 500, 8_000, 30_000][self.below(4) as usize];
                self.settle();
                let seen = self.house.pass_time(time);
                self.see(seen);
            }
            14 => match self.below(4) {
                0 => self.house.reload(&["name"]),
                1 => self.house.reload(&[]),
                _ => self.crash(),
            },
            _ => {
                let outputs = self.below(40) as usize;
                self.carry(outputs);
            }
        }
    }

    fn carry(&mut self, outputs: usize) {
        let seen = self.house.carry(outputs);
        self.see(seen);
    }

    /// Until there is nothing to be done, what is heard and answered meanwhile included.
    fn settle(&mut self) {
        while !self.house.is_idle() {
            self.carry(usize::MAX);
        }
    }

    fn crash(&mut self) {
        self.house.crash();
        (0..self.people.len()).for_each(|who| self.forget_connection(who));
    }

    fn forget_connection(&mut self, who: usize) {
        let now = self.house.now;
        let person = &mut self.people[who];
        if person.socket.take().is_some() {
            person.gone_at = now;
        }
        for place in person.places.values_mut() {
            (place.told, place.due) = (None, VecDeque::new());
        }
    }

    fn hang_up(&mut self, who: usize) {
        if let Some(socket) = self.people[who].socket {
            self.house.hang_up(socket);
            self.forget_connection(who);
        }
    }

    fn say(&mut self, who: usize, frame: &Value) {
        if let Some(socket) = self.people[who].socket {
            self.house.say(socket, &frame.to_string());
        }
    }

    /// Comes, comes back, or says something.
    fn talk(&mut self, who: usize) {
        // a connection that is taken over is replaced by its own client
        if self.people[who].socket.is_none() || self.below(12) == 0 {
            self.settle();
            return self.come(who);
        }
        self.said += 1;
        let room = ROOMS[self.below(4) as usize];
        let text = format!("{} {}", NAMES[who], self.said);
        let other = NAMES[self.below(3) as usize];
        match self.below(8) {
            0 => self.say(who, &json!({"to": format!("client:{other}"), "mail": text})),
            1 => self.say(who, &json!({"name": NAMES[who]})),
            _ => self.say(who, &json!({"to": format!("room:{room}"), "text": text})),
        }
    }

    /// A service posts, what it was not told is kept again.
    fn serve(&mut self) {
        self.said += 1;
        self.served.insert(format!("service-post-{:06}", self.said), false);
        let ids: Vec<String> = self.served.iter().filter(|(_, is_kept)| !**is_kept).map(|(id, _)| id.clone()).collect();
        for (id, number) in ids.iter().zip(1000 * self.said..) {
            let content = Json::parse(&json!({ "text": id }).to_string()).expect("JSON");
            let named = Json::parse(&json!(id).to_string()).expect("JSON");
            let to = Address::Room("all".into());
            let act = Act::Post { from: "ops".into(), to, id: Some(named), content };
            self.house.input(Input::Act { id: ActId(number), act });
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

    fn come(&mut self, who: usize) {
        self.sockets += 1;
        let new = socket(self.sockets);
        self.house.connect(new);
        // the old connection, if there is one, hears nothing any more
        let old = self.people[who].socket;
        self.forget_connection(who);
        self.people[who].socket = Some(new);
        let seen: Value = self.tell_positions(who);
        match self.people[who].token.clone() {
            Some(token) => {
                let before = self.people[who].shown.replace(token.clone());
                self.people[who].is_unsure = before.is_some();
                self.say(who, &json!({"resume": {"token": token, "seen": seen}, "id": "back"}));
            }
            None => {
                self.say(who, &json!({"resume": {"seen": seen}}));
                self.say(who, &json!({"to": "room:all"}));
                self.say(who, &json!({"name": NAMES[who]}));
            }
        }
        if self.below(3) > 0 {
            self.settle();
        }
        if let Some(old) = old {
            self.house.hang_up(old);
        }
    }

    fn tell_positions(&mut self, who: usize) -> Value {
        let places = &mut self.people[who].places;
        places.retain(|_, place| !place.epoch.is_empty());
        places.values_mut().for_each(|place| place.told = Some((place.epoch.clone(), place.at)));
        places.iter().map(|(room, place)| (format!("room:{room}"), json!([place.epoch, place.at]))).collect()
    }

    /// What no honest client says. It takes effect for nobody else.
    fn lie(&mut self, who: usize) {
        let token = self.people.iter().flat_map(|person| person.used.last()).next().cloned();
        self.sockets += 1;
        let stranger = socket(self.sockets);
        self.house.connect(stranger);
        for token in [token.unwrap_or_default(), "0".repeat(64)] {
            self.house.say(stranger, &json!({"resume": {"token": token}}).to_string());
        }
        self.house.say(stranger, r#"{"ack":{"mail":99999}}"#);
        self.house.hang_up(stranger);
        if self.people[who].is_liar {
            self.settle();
            let (ahead, room) = (self.below(9), ROOMS[self.below(4) as usize].to_owned());
            if self.people[who].places.contains_key(&room) {
                // what is told later takes the place of what was told before
                let places = self.people[who].places.values_mut();
                places.for_each(|place| (place.told, place.due) = (None, VecDeque::new()));
            }
            if let Some(place) = self.people[who].places.get_mut(&room) {
                let epoch = if ahead == 0 { "00000000000000ff".to_owned() } else { place.epoch.clone() };
                let offset = (place.at + ahead).saturating_sub(5);
                place.told = Some((epoch.clone(), offset));
                let seen = json!({"resume": {"seen": {format!("room:{room}"): [epoch, offset]}}});
                self.say(who, &seen);
                self.settle();
            }
        }
    }

    fn see(&mut self, seen: Vec<Seen>) {
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
            Record::MailboxPut { client, seq, message, .. } => {
                let content: Value = serde_json::from_str(message.as_str()).expect("JSON");
                self.mail.entry(client.to_string()).or_default().insert(seq, content["message"]["mail"].to_string());
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
            assert_eq!(self.mail[NAMES[who]][&number], text, "mail that was kept");
            assert_eq!(*self.people[who].mail.entry(number).or_insert(text.clone()), text, "one number, one message");
        }
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
    fn end(&mut self) {
        self.settle();
        for (who, name) in NAMES.iter().enumerate() {
            self.hang_up(who);
            self.people[who].token = None;
            self.come(who);
            self.settle();
            let person = &self.people[who];
            assert!(person.places.values().all(|place| place.due.is_empty()), "all that was missed has come");
            let kept = self.mail.get(*name).into_iter().flatten();
            for (number, text) in kept.filter(|(number, _)| **number > person.acknowledged) {
                assert_eq!(person.mail.get(number), Some(text), "mail comes until it is acknowledged");
            }
        }
    }
}

fn room_in(told: &Value) -> Option<&str> {
    told["room"].as_str()?.strip_prefix("room:")
}
