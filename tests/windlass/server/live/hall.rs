//! A server, and everybody in it.

use super::super::client::soon;
use super::super::serving::{Serving, directory};
use super::crowd::{Post, Socket};
use super::rules::{TABLES, Version, settings_for_crowds};
use futures_util::future::join_all;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

/// So many connect at once.
const AT_ONCE: usize = 50;
const PULSE: Duration = Duration::from_millis(2);
/// A close code: the rules changed.
const SENT_AWAY: u16 = 4201;

/// Where a socket belongs, and what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Table(usize),
    /// With a badge.
    Vault,
    /// With the pin only: it is out whenever a badge is asked for.
    Threshold,
    /// In the middle of two locks.
    Nested,
    Den,
}

pub struct Hall {
    serving: Serving,
    sockets: Vec<(Place, Socket)>,
    /// Hears something every two milliseconds.
    pub pulse: Socket,
    version: Version,
    versions: BTreeMap<u64, Version>,
    epochs: BTreeMap<u64, Version>,
    epoch: u64,
    /// The last number that was said in a place.
    said: BTreeMap<Place, u64>,
    tables: usize,
}

impl Place {
    fn of(number: usize, tables: usize) -> Place {
        match number % 20 {
            0..12 => Place::Table(1 + number / 20 % tables),
            12..15 => Place::Vault,
            15..18 => Place::Threshold,
            18 => Place::Nested,
            _ => Place::Den,
        }
    }

    /// What a socket says to get there.
    fn way(self) -> Vec<String> {
        let way = match self {
            Place::Table(number) => return vec![format!(r#"{{"to":"room:table/{number}"}}"#), r#"{"pin":1}"#.into()],
            Place::Vault => &[r#"{"to":"room:vault"}"#, r#"{"pin":1}"#, r#"{"badge":1}"#][..],
            Place::Threshold => &[r#"{"to":"room:vault"}"#, r#"{"pin":1}"#],
            Place::Nested => &[r#"{"to":"room:cellar"}"#],
            Place::Den => &[r#"{"to":"room:den"}"#, r#"{"pin":1}"#],
        };
        way.iter().map(|said| (*said).to_owned()).collect()
    }

    fn room(self) -> String {
        match self {
            Place::Table(number) => format!("room:table/{number}"),
            Place::Vault | Place::Threshold => "room:vault".to_owned(),
            Place::Nested => "room:lobby".to_owned(),
            Place::Den => "room:den".to_owned(),
        }
    }
}

impl Hall {
    pub async fn open(sockets: usize) -> Hall {
        let version = Version { number: 1, badge: true, den: true };
        let home = directory(&[("windlass.yaml", &settings_for_crowds())]);
        version.files().iter().for_each(|(name, text)| std::fs::write(home.path().join(name), text).expect("a file"));
        let serving = Serving::start_in(home, "", &["--no-watch"]);
        let pulse = pulse(&serving).await;
        let tables = (sockets / 100).clamp(1, TABLES);
        let mut hall = Hall {
            serving,
            sockets: Vec::new(),
            pulse,
            version,
            versions: BTreeMap::from([(version.number, version)]),
            epochs: BTreeMap::from([(1, version)]),
            epoch: 1,
            said: BTreeMap::new(),
            tables,
        };
        let places: Vec<Place> = (0..sockets).map(|number| Place::of(number, tables)).collect();
        let (out, within): (Vec<Place>, Vec<Place>) = places.into_iter().partition(|place| *place == Place::Threshold);
        hall.come_in(&within).await;
        hall.change(|version| version.badge = false).await;
        hall.come_in(&out).await;
        hall
    }

    async fn come_in(&mut self, places: &[Place]) {
        let to = self.serving.address;
        for places in places.chunks(AT_ONCE) {
            let one = |place: Place| async move {
                let mut socket = Socket::connect(to).await;
                for said in place.way() {
                    socket.say(&said).await;
                }
                let room = place.room();
                until("to be let in", || socket.is_in(&room)).await;
                (place, socket)
            };
            self.sockets.extend(join_all(places.iter().map(|place| one(*place))).await);
        }
    }

    /// One more change, of several kinds, while some speak; then what they say is of the rules that are to be active.
    pub async fn round(&mut self, round: usize) {
        for place in self.speakers(round) {
            self.speak(place).await;
        }
        match round % 8 {
            2 => self.break_a_file().await,
            4 => self.change(|version| version.den = !version.den).await,
            6 => self.rename_a_file().await,
            7 => self.roll_back().await,
            _ => self.change(|version| version.badge = !version.badge).await,
        }
        self.talk(round).await;
    }

    fn speakers(&self, round: usize) -> [Place; 2] {
        [Place::Vault, Place::Table(1 + round % self.tables)]
    }

    /// Some speak, and are answered by the rules that are to be active.
    pub async fn talk(&mut self, round: usize) {
        for place in self.speakers(round) {
            let n = self.speak(place).await;
            let (_, speaker) = self.sockets.iter().find(|(of, _)| *of == place).expect("a speaker");
            let version_of = || speaker.heard(|heard| heard.said.iter().find(|(said, _)| *said == n).copied());
            until("an answer", || version_of().is_some()).await;
            assert_eq!(version_of(), Some((n, self.version.number)), "round {round}, {place:?}");
        }
    }

    /// The first who is there says the next number; which that is.
    async fn speak(&mut self, place: Place) -> u64 {
        let n = self.said.entry(place).or_default();
        *n += 1;
        let (_, speaker) = self.sockets.iter_mut().find(|(of, _)| *of == place).expect("a speaker");
        speaker.say(&format!(r#"{{"n":{n}}}"#)).await;
        *n
    }

    /// Other rules, asked for while one speaks and is not waited for.
    async fn change(&mut self, edit: impl FnOnce(&mut Version)) {
        let number = self.versions.keys().last().copied().unwrap_or_default() + 1;
        edit(&mut self.version);
        self.version.number = number;
        self.versions.insert(number, self.version);
        self.write_all();
        let (status, done) = self.serving.ask("POST", "/api/reload", "{}").await;
        assert_eq!(status, 200, "{done}");
        self.activated(&done);
    }

    fn write_all(&self) {
        for (name, text) in self.version.files() {
            self.serving.write(name, &text);
        }
        if !self.version.den {
            let _ = std::fs::remove_file(self.serving.file("den.room"));
        }
        let _ = std::fs::remove_file(self.serving.file("safe.room"));
    }

    fn activated(&mut self, done: &Value) {
        self.epoch = done["epoch"].as_u64().expect("an epoch");
        self.epochs.insert(self.epoch, self.version);
    }

    /// Half a file, and no file: refused, and the rules before serve.
    async fn break_a_file(&mut self) {
        let text = std::fs::read_to_string(self.serving.file("tables.room")).expect("a file");
        self.serving
            .write("tables.room", &text.replace(&format!("{} }}", self.version.number), "99 }")[..text.len() / 2]);
        assert_eq!(self.serving.ask("POST", "/api/reload", "{}").await.0, 422);
        std::fs::remove_file(self.serving.file("tables.room")).expect("a file");
        assert_eq!(self.serving.ask("POST", "/api/reload", "{}").await.0, 422);
        self.serving.write("tables.room", &text);
    }

    async fn rename_a_file(&mut self) {
        std::fs::rename(self.serving.file("vault.room"), self.serving.file("safe.room")).expect("a file");
        let (status, done) = self.serving.ask("POST", "/api/reload", "{}").await;
        assert_eq!(status, 200, "{done}");
        self.activated(&done);
    }

    async fn roll_back(&mut self) {
        let before = self.epoch - 2;
        let (status, done) = self.serving.ask("POST", "/api/rollback", &json!({ "epoch": before }).to_string()).await;
        assert_eq!(status, 200, "{done}");
        self.version = self.epochs[&before];
        self.activated(&done);
        self.write_all();
    }

    /// Nothing was lost, doubled, of two rulesets, or told to whom it was not for.
    pub async fn everybody_has_heard_everything(&mut self) {
        self.change(|version| version.badge = false).await;
        soon("everybody to be brought over", async {
            while self.serving.ask("GET", "/api/epochs", "").await.1["moving"] == true {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
        .await;
        let places: Vec<Place> = (1..=self.tables).map(Place::Table).chain([Place::Vault]).collect();
        for place in places {
            let last = self.speak(place).await;
            let is_there = |of: Place| of == place || (place == Place::Vault && of == Place::Threshold);
            let there: Vec<&(Place, Socket)> = self.sockets.iter().filter(|(of, _)| is_there(*of)).collect();
            let (_, speaker) = there.iter().find(|(of, _)| *of == place).expect("a speaker");
            until("the last answer", || speaker.heard(|heard| heard.said.len() as u64 == last)).await;
            let said = speaker.heard(|heard| heard.said.clone());
            let all: Vec<Post> = said.iter().map(|(n, version)| Post { seq: *n, n: *n, version: *version }).collect();
            assert!(all.iter().zip(1..).all(|(post, n)| post.n == n), "{place:?} was answered {said:?}");
            for (of, socket) in there.iter().filter(|(_, socket)| !std::ptr::eq(socket, speaker)) {
                until("the last post", || socket.heard(|heard| heard.posts.last() == all.last())).await;
                let posts = socket.heard(|heard| heard.posts.clone());
                match of {
                    Place::Threshold => self.heard_only_what_it_may(&posts, &all),
                    _ => assert_eq!(posts, all, "{of:?}"),
                }
            }
        }
        for (place, socket) in &self.sockets {
            assert_eq!(socket.heard(|heard| (heard.closed, heard.strays.len())), (None, 0), "{place:?}");
        }
        let beats = self.pulse.heard(|heard| heard.posts.iter().map(|post| post.n).collect::<Vec<_>>());
        assert!(beats.windows(2).all(|two| two[0] + 1 == two[1]), "a beat was lost or doubled");
    }

    /// Of what was said, in order and once, what was said under rules that ask for no badge.
    fn heard_only_what_it_may(&self, posts: &[Post], all: &[Post]) {
        let mut rest = all.iter();
        for post in posts {
            assert!(!self.versions[&post.version].badge, "heard {post:?} without a badge");
            assert!(rest.any(|said| said == post), "heard {post:?} twice, or too late");
        }
    }

    /// Who has been in the middle of two locks all the time answers them.
    pub async fn locks_go_on(&mut self) {
        let nested = self.sockets.iter_mut().filter(|(place, _)| *place == Place::Nested);
        for (_, socket) in nested.step_by(2) {
            socket.say(r#"{"inner":1}"#).await;
            socket.say(r#"{"done":1}"#).await;
            until("the cellar", || socket.is_in("room:cellar")).await;
        }
    }

    pub async fn only_those_are_closed_that_the_plan_names(&mut self) {
        let text = self.version.locks_that_drop();
        let mut files: BTreeMap<&str, String> = self.version.files().into_iter().collect();
        files.insert("locks.room", text.clone());
        let files: Vec<Value> = files.iter().map(|(path, text)| json!({ "path": path, "text": text })).collect();
        let (status, planned) = self.serving.ask("POST", "/api/plan", &json!({ "files": files }).to_string()).await;
        assert_eq!(status, 200, "{planned}");
        let is_inside = |(place, socket): &&(Place, Socket)| *place == Place::Nested && !socket.is_in("room:cellar");
        let inside = self.sockets.iter().filter(is_inside).count();
        assert_eq!(planned["live"]["dropped"]["sockets"], json!(inside));
        self.serving.write("locks.room", &text);
        assert_eq!(self.serving.ask("POST", "/api/reload", "{}").await.0, 200);
        for one in &self.sockets {
            if is_inside(&one) {
                until("a close", || one.1.heard(|heard| heard.closed == Some(SENT_AWAY))).await;
            }
        }
        let others = self.sockets.iter().filter(|one| !is_inside(one));
        others.for_each(|(place, socket)| assert_eq!(socket.heard(|heard| heard.closed), None, "{place:?}"));
    }

    /// How many messages were heard, all together.
    pub fn heard(&self) -> usize {
        let all = self.sockets.iter().map(|(_, socket)| socket).chain([&self.pulse]);
        all.map(|socket| socket.heard(|heard| heard.posts.len())).sum()
    }
}

/// Somebody who speaks all the time to somebody who listens. They have a thread of their own: how busy the crowd is, does not count.
async fn pulse(serving: &Serving) -> Socket {
    let to = serving.address;
    let (tell, told) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async move {
            let (listener, mut speaker) = (in_the_pulse(to).await, in_the_pulse(to).await);
            let _ = tell.send(listener);
            let mut every = tokio::time::interval(PULSE);
            for n in 1_u64.. {
                every.tick().await;
                if speaker.try_say(&format!(r#"{{"n":{n}}}"#)).await.is_none() {
                    break;
                }
            }
        });
    });
    soon("the pulse", told).await.expect("a listener")
}

async fn in_the_pulse(to: SocketAddr) -> Socket {
    let mut socket = Socket::connect(to).await;
    socket.say(r#"{"to":"room:pulse"}"#).await;
    until("the pulse", || socket.is_in("room:pulse")).await;
    socket
}

/// Waits until something holds, however slow the machine is.
async fn until(what: &str, holds: impl Fn() -> bool) {
    let waits = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(120), waits).await;
    waited.unwrap_or_else(|_| panic!("waited in vain for {what}"));
}
