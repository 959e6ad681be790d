//! Small random rulesets in which much can be claimed that is nearly true: a lobby, two rooms or three, and two locks or
//! three, joined by whatever the language has for it.

use super::super::wind::tape::Tape;
use std::fmt::Write;

/// One ruleset.
#[derive(Clone)]
pub struct Ruleset {
    pub text: String,
    pub rooms: Vec<String>,
    pub locks: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Knows {
    /// Says who the socket is.
    Identifies,
    /// Asks who it is before anything else.
    AsksFirst,
    Nothing,
}

#[derive(Clone, Copy, Debug)]
struct Lock {
    name: &'static str,
    knows: Knows,
}

struct Writer<'a, 'tape> {
    tape: &'a mut Tape<'tape>,
    rooms: Vec<&'static str>,
    locks: Vec<Lock>,
    text: String,
}

/// Whose body is written, and what may stand in it.
#[derive(Clone, Copy)]
struct Body {
    kind: Kind,
    /// Whether everybody here is known.
    is_known: bool,
    states: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Room,
    /// Before it admits.
    Deciding,
    /// With how many locks it may ask, and whether it counts attempts.
    Lock(usize, Attempts),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Attempts {
    Counted,
    Uncounted,
}

const STATES: [&str; 3] = ["one", "two", "three"];
const ELSES: [&str; 7] =
    ["", "", "", " else -> fail \"no\"", " else -> move lobby", " else -> move hall", " else -> drop \"out\""];

/// Writes the ruleset that the tape says.
pub fn write(tape: &mut Tape<'_>) -> Ruleset {
    let mut rooms = vec!["lobby", "hall", "vault"];
    if tape.chance(30) {
        rooms.push("attic");
    }
    let mut locks = vec![Lock { name: "pin", knows: Knows::Nothing }];
    let has_identity = tape.chance(75);
    if has_identity {
        locks.push(Lock { name: "who", knows: Knows::Identifies });
    }
    if tape.chance(60) || !has_identity {
        let knows = if has_identity && tape.chance(50) { Knows::AsksFirst } else { Knows::Nothing };
        locks.push(Lock { name: "seal", knows });
    }
    let text = "entry lobby\nclient { x: int = 0 }\ncheck probe(a: text) gives text\n".to_owned();
    let mut writer = Writer { tape, rooms, locks, text };
    (0..writer.rooms.len()).for_each(|at| writer.room(at));
    (0..writer.locks.len()).for_each(|at| writer.lock(at));
    let rooms = writer.rooms.iter().map(|room| (*room).to_owned()).collect();
    let locks = writer.locks.iter().map(|lock| lock.name.to_owned()).collect();
    Ruleset { text: writer.text, rooms, locks }
}

/// Rules, with the rooms and locks that stand in them.
pub fn named(text: String) -> Ruleset {
    let words = |kind: &str| -> Vec<String> {
        let items = text.lines().filter_map(|line| line.strip_prefix(kind));
        items.filter_map(|rest| rest.split([' ', '(']).next()).map(str::to_owned).collect()
    };
    Ruleset { rooms: words("room "), locks: words("lock "), text }
}

/// The same rules where every room has a door to every other and offers every lock, as if an administrator had joined
/// them.
pub fn opened(rules: &Ruleset) -> Ruleset {
    let is_way = |line: &str| line.starts_with("    doors ") || line.starts_with("    offers ");
    let mut text = String::new();
    for line in rules.text.lines().filter(|line| !is_way(line)) {
        let _ = writeln!(text, "{line}");
        let Some(room) = line.strip_prefix("room ").and_then(|rest| rest.split(' ').next()) else { continue };
        let others: Vec<&str> = rules.rooms.iter().map(String::as_str).filter(|other| *other != room).collect();
        if !others.is_empty() {
            let _ = writeln!(text, "    doors {}", others.join(", "));
        }
        if !rules.locks.is_empty() {
            let _ = writeln!(text, "    offers {}", rules.locks.join(", "));
        }
    }
    Ruleset { text, rooms: rules.rooms.clone(), locks: rules.locks.clone() }
}

impl Writer<'_, '_> {
    fn line(&mut self, line: &str) {
        let _ = writeln!(self.text, "    {line}");
    }

    fn room(&mut self, at: usize) {
        let name = self.rooms[at];
        let required = if at == 0 && !self.tape.chance(10) { Vec::new() } else { self.required() };
        let decides = at > 0 && self.tape.chance(25);
        let mut is_known = required.iter().any(|(_, knows)| *knows);
        let public = if required.is_empty() { " public" } else { "" };
        let _ = writeln!(self.text, "room {name}{public} {{");
        required.iter().for_each(|(line, _)| self.line(line));
        self.ways_out(at);
        if at == 0 {
            self.line("after 2m -> drop \"idle\"");
        }
        if at > 0 && self.tape.chance(20) {
            self.line("transient");
        }
        let states = 1 + self.tape.below(2);
        let body = Body { kind: Kind::Room, is_known, states: states + usize::from(decides) };
        if self.tape.chance(10) {
            let follow = self.otherwise(body);
            self.line(&format!("limit 1 per 10s{follow}"));
        }
        if self.tape.chance(25) {
            let follow = self.follow(body);
            self.line(&format!("on arrive {follow}"));
        }
        if self.tape.chance(25) {
            let follow = self.follow(body);
            self.line(&format!("on signal ping {follow}"));
        }
        if is_known && self.tape.chance(10) {
            self.line("on leave { set client.x = 2 }");
        }
        if decides {
            is_known |= self.deciding(body);
        }
        for state in usize::from(decides)..body.states {
            self.state(Body { is_known, ..body }, state);
        }
        self.text.push_str("}\n");
    }

    /// What the room requires, and whether everybody who has it is known.
    fn required(&mut self) -> Vec<(String, bool)> {
        let mut lines = Vec::new();
        for lock in self.locks.clone() {
            if self.tape.chance(30) {
                let otherwise = self.tape.one_of(&ELSES);
                lines.push((format!("requires {}{otherwise}", lock.name), lock.knows != Knows::Nothing));
            }
        }
        if self.locks.len() > 1 && self.tape.chance(25) {
            let (names, all_know) = self.several(self.locks.len());
            let otherwise = self.tape.one_of(&ELSES);
            lines.push((format!("requires one of {names}{otherwise}"), all_know));
        }
        lines
    }

    fn several(&mut self, most: usize) -> (String, bool) {
        let count = 2 + self.tape.below(most.saturating_sub(1)).min(most - 2);
        let locks = &self.locks[..count.min(most)];
        let names: Vec<&str> = locks.iter().map(|lock| lock.name).collect();
        (names.join(", "), locks.iter().all(|lock| lock.knows != Knows::Nothing))
    }

    fn ways_out(&mut self, at: usize) {
        let others: Vec<&str> = self.rooms.iter().copied().filter(|room| *room != self.rooms[at]).collect();
        let doors: Vec<&str> = others.into_iter().filter(|_| self.tape.chance(40)).collect();
        let offers: Vec<&str> =
            self.locks.clone().iter().map(|lock| lock.name).filter(|_| self.tape.chance(15)).collect();
        if !doors.is_empty() {
            self.line(&format!("doors {}", doors.join(", ")));
        }
        if !offers.is_empty() {
            self.line(&format!("offers {}", offers.join(", ")));
        }
        if self.tape.chance(15) {
            let lock = self.tape.one_of(&self.locks.clone());
            self.line(&format!("renews {}", lock.name));
        }
    }

    /// The first state of a room that decides by itself. Whether everybody whom it admits is known.
    fn deciding(&mut self, body: Body) -> bool {
        let lock = self.tape.one_of(&self.locks.clone());
        self.line("state one {");
        let admit = self.tape.one_of(&["-> admit two", "-> admit two", "-> admit"]);
        self.line(&format!("lock {}", lock.name));
        self.line(&format!("resolved _ {admit}"));
        let failed = self.tape.one_of(&["-> fail why", "-> fail why", "-> move lobby", "-> drop why"]);
        self.line(&format!("failed why {failed}"));
        let is_open = self.tape.chance(30);
        if is_open {
            self.line("on { a: true } -> admit two");
        }
        let body = Body { kind: Kind::Deciding, is_known: false, ..body };
        self.events(body, 20);
        self.line("}");
        lock.knows != Knows::Nothing && !is_open
    }

    fn lock(&mut self, at: usize) {
        let lock = self.locks[at];
        let gives = if lock.knows == Knows::Identifies { "client" } else { "text" };
        let held = self.tape.one_of(&["", "", " held 5s", " held 5s grace 3s"]);
        let _ = writeln!(self.text, "lock {} gives {gives}{held} {{", lock.name);
        let attempts = if self.tape.chance(40) { Attempts::Counted } else { Attempts::Uncounted };
        if attempts == Attempts::Counted {
            self.line("attempts 2");
        }
        self.line("after 20s -> fail \"late\"");
        if self.tape.chance(30) {
            self.line("on cancel -> fail \"cancelled\"");
        }
        let body = Body { kind: Kind::Lock(at, attempts), is_known: false, states: 1 + self.tape.below(3) };
        match lock.knows {
            Knows::Nothing => (0..body.states).for_each(|state| self.state(body, state)),
            Knows::Identifies => self.identity(),
            Knows::AsksFirst => {
                self.line("state one {\n        lock who");
                self.line("    resolved _ -> two");
                self.line("    failed why -> fail why\n    }");
                let body = Body { is_known: true, states: 2 + self.tape.below(2), ..body };
                (1..body.states).for_each(|state| self.state(body, state));
            }
        }
        self.text.push_str("}\n");
    }

    fn identity(&mut self) {
        let set = self.tape.one_of(&["", "", " set client.x = 1"]);
        let then = self.tape.one_of(&["-> resolve w", "-> resolve w", "-> resolve w", "-> more(w)"]);
        self.line("state one { on { word: text } as m -> proof(m.word) }");
        self.line("state proof(w: text) {");
        self.line("    check probe(w) within 5s");
        self.line(&format!("    passed _ {{ identify w{set} {then} }}"));
        self.line("    failed why -> fail why\n    }");
        if then == "-> more(w)" {
            self.line("state more(w: text) {");
            let body = Body { kind: Kind::Lock(1, Attempts::Uncounted), is_known: true, states: 1 };
            if self.tape.chance(50) {
                self.line("lock pin");
                self.line("resolved _ -> resolve w");
                self.line("failed why -> fail why");
            } else {
                self.line("on { b: true } -> resolve w");
            }
            if self.tape.chance(30) {
                let follow = self.out(body);
                self.line(&format!("on {{ a: true }} {follow}"));
            }
            self.line("}");
        }
    }

    fn state(&mut self, body: Body, at: usize) {
        self.line(&format!("state {} {{", STATES[at]));
        if body.is_known && self.tape.chance(10) {
            self.line("set client.x = 3");
        }
        let callable = match body.kind {
            Kind::Lock(most, _) => most,
            Kind::Room | Kind::Deciding => self.locks.len(),
        };
        match self.tape.below(6) {
            0 | 1 if callable > 0 => {
                let called = if callable > 1 && self.tape.chance(30) {
                    format!("one of {}", self.several(callable).0)
                } else {
                    let called = self.tape.below(callable);
                    self.locks[called].name.to_owned()
                };
                self.line(&format!("lock {called}"));
                let (resolved, failed) = (self.follow(body), self.failing(body));
                self.line(&format!("resolved _ {resolved}"));
                self.line(&format!("failed why {failed}"));
            }
            2 | 3 => {
                self.line("check probe(\"x\") within 5s");
                let (passed, failed) = (self.follow(body), self.failing(body));
                self.line(&format!("passed _ {passed}"));
                self.line(&format!("failed why {failed}"));
            }
            _ => {}
        }
        if matches!(body.kind, Kind::Lock(..)) && (at + 1 == body.states || self.tape.chance(20)) {
            self.line("on { a: true } -> resolve \"v\"");
        } else if at + 1 < body.states {
            self.line(&format!("on {{ a: true }} -> {}", STATES[at + 1]));
        }
        self.events(body, 35);
        self.line("}");
    }

    fn events(&mut self, body: Body, percent: usize) {
        for event in ["on { a: true }", "on { b: true }", "on signal ping", "on cancel", "after 10s"] {
            if self.tape.chance(percent) {
                let late = event.starts_with("after");
                let follow = if late { self.failing(body) } else { self.follow(body) };
                self.line(&format!("{event} {follow}"));
            }
        }
        if body.is_known && self.tape.chance(10) {
            self.line("on leave { set client.x = 4 }");
        }
    }

    /// What follows something that a client or a verifier did.
    fn follow(&mut self, body: Body) -> String {
        match (body.kind, self.tape.below(8)) {
            (Kind::Lock(..), 0..=2) => "-> resolve \"v\"".to_owned(),
            (Kind::Deciding, 0..=2) => "-> admit two".to_owned(),
            (Kind::Room, 0 | 1) => self.somewhere(),
            (Kind::Room, 2) if self.tape.chance(50) => "{ signal everyone ping }".to_owned(),
            (_, 3) if body.is_known => {
                let then = if self.tape.chance(30) { self.onwards(body) } else { String::new() };
                format!("{{ set client.x = 1 {then} }}")
            }
            (_, 3 | 4) => self.onwards(body),
            _ => self.out(body),
        }
    }

    /// What follows something that failed or is late.
    fn failing(&mut self, body: Body) -> String {
        match (body.kind, self.tape.below(6)) {
            (Kind::Lock(_, Attempts::Counted), 0..=2) => "-> retry one".to_owned(),
            (Kind::Lock(..) | Kind::Deciding, 0..=3) => "-> fail \"no\"".to_owned(),
            (Kind::Room, 0) => self.onwards(body),
            (_, 1) if body.is_known => "{ set client.x = 5 }".to_owned(),
            _ => self.out(body),
        }
    }

    fn onwards(&mut self, body: Body) -> String {
        let first = usize::from(matches!(body.kind, Kind::Deciding) || body.is_known && body.states > 2);
        let state = first + self.tape.below(body.states - first);
        match body.kind {
            Kind::Deciding => "-> fail \"no\"".to_owned(),
            Kind::Room | Kind::Lock(..) => format!("-> {}", STATES[state]),
        }
    }

    fn out(&mut self, body: Body) -> String {
        match (body.kind, self.tape.below(8)) {
            (Kind::Room, 0..=3) | (Kind::Lock(..) | Kind::Deciding, 0) => self.somewhere(),
            (Kind::Room, 4) => "{ leave hall }".to_owned(),
            (Kind::Room, 5 | 6) => "{ say { ok: true } }".to_owned(),
            (Kind::Room, _) => "-> drop \"out\"".to_owned(),
            (Kind::Lock(..) | Kind::Deciding, _) => "-> fail \"no\"".to_owned(),
        }
    }

    fn somewhere(&mut self) -> String {
        format!("-> move {}", self.tape.one_of(&self.rooms.clone()))
    }

    fn otherwise(&mut self, body: Body) -> String {
        match self.follow(Body { is_known: false, ..body }) {
            actions if actions.starts_with('{') => format!(" else {actions}"),
            arrow if arrow.starts_with("-> move") => format!(" else {arrow}"),
            _ => String::new(),
        }
    }
}
