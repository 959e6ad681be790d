//! Traffic of honest and lying clients, crashes that lose what is not kept, reloads, and an oracle that knows nothing but what
//! was kept and what was seen.

mod hearing;

use super::shaky::Shaky;
use super::stage::{NAME_LOCK, socket};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use windlass::engine::{Act, ActId, Input, Settings};
use windlass::envelope::Address;
use windlass::store::Keep;
use windlass::value::Json;
use windlass::wind::SocketId;

const RULES: &str = r#"
entry lobby
room lobby public { doors all, few, young, none }
room all { requires name history 100000 mailbox 50 doors few, young, none
    on { text: text } as m { post m }
    on { to: client, mail: text } as m { tell m.to { mail: m.mail } }
}
room few { requires name history 4 mailbox latest 2 doors all, young, none
    on { text: text } as m { post m }
    on { to: client, mail: text } as m { tell m.to { mail: m.mail } }
}
room young { requires name history 50 for 20s doors all, few, none on { text: text } as m { post m } }
room none { requires name doors all, few, young on { text: text } as m { post m } }
"#;
const ROOMS: [&str; 4] = ["all", "few", "young", "none"];
const NAMES: [&str; 3] = ["ann", "bob", "cat"];
const RESUME_MS: u64 = 60_000;
/// Of `few`.
const LATEST_MAIL: usize = 2;
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
    /// It said that it has its mail up to here.
    acknowledged: u64,
    mail: BTreeMap<u64, String>,
    /// Numbers of mail that it was told is lost.
    lost: BTreeSet<u64>,
    is_liar: bool,
}

/// One post that was kept.
struct Post {
    at: u64,
    text: String,
}

/// Mail that was kept.
struct Mail {
    text: String,
    latest_of: Option<Arc<str>>,
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
    mail: BTreeMap<String, BTreeMap<u64, Mail>>,
    /// Posts of a service in `all`, by their ids, and which of them it was told are kept.
    served: BTreeMap<String, bool>,
    recovered: u32,
    gaps: u32,
    resumed: u32,
    lost: u32,
}

#[test]
fn what_was_kept_comes_back_whatever_clients_say_and_crashes_take() {
    let runs = std::env::var("WINDLASS_TEST_RUNS").ok().and_then(|text| text.parse().ok()).unwrap_or(12);
    let (mut recovered, mut gaps, mut resumed, mut lost) = (0, 0, 0, 0);
    for seed in 0..runs {
        let mut world = World::new(seed);
        for _ in 0..ACTS {
            world.act();
        }
        world.end();
        (recovered, gaps) = (recovered + world.recovered, gaps + world.gaps);
        (resumed, lost) = (resumed + world.resumed, lost + world.lost);
    }
    println!(
        "{recovered} times all was told, {gaps} times nothing; {resumed} tokens were taken; {lost} times mail was lost"
    );
    assert!(recovered > 100 && gaps > 100 && resumed > 50 && lost > 50, "it tests what it should");
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
            house: Shaky::new(&[RULES, NAME_LOCK].concat(), settings),
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
            lost: 0,
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
                // who says that it has more than there is has what there is by then
                if self.people[who].is_liar {
                    self.settle();
                }
                let heard = self.people[who].mail.keys().chain(&self.people[who].lost).max().map_or(0, |most| *most);
                let through = if self.people[who].is_liar { self.below(60) } else { self.below(heard + 1) };
                let known = self.people[who].acknowledged.max(through);
                self.people[who].acknowledged = known.min(self.mail_latest(who));
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
            0 => {
                // of which room it is mail, is where the speaker stands
                let room = ["room:all", "room:few"][self.below(2) as usize];
                self.say(who, &json!({ "to": room }));
                for part in 0..4 {
                    self.say(who, &json!({"to": format!("client:{other}"), "mail": format!("{text}.{part}")}));
                }
            }
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
}
