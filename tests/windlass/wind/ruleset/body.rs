//! Bodies of random rooms and locks: states, arms, and where their arrows lead. Arrows that need no event lead only
//! forwards, so that every pass ends; those of messages, timers and signals lead anywhere.

use super::super::tape::Tape;
use super::words::{Scope, pattern};
use super::{Plan, call};

/// What the body is of.
#[derive(Clone, Copy, Debug)]
pub enum Place {
    Room { at: usize, identified: bool, admits_itself: bool },
    Lock { at: usize, attempts: bool },
}

/// A body that is being written.
pub struct Body<'a, 'tape> {
    pub tape: &'a mut Tape<'tape>,
    pub plan: &'a Plan,
    pub place: Place,
    pub text: &'a mut String,
}

const STATES: [&str; 3] = ["one", "two", "three"];

impl Body<'_, '_> {
    pub fn write(mut self) {
        let scope = self.scope();
        if self.tape.chance(35) {
            let nonce = self.tape.chance(50);
            self.line(if nonce { "let secret_word = nonce()" } else { "let started = len(\"abc\")" });
        }
        if matches!(self.place, Place::Lock { .. }) {
            let span = self.tape.one_of(&["60s", "30s", "2m"]);
            self.line(&format!("after {span} -> fail \"too slow\""));
        }
        if matches!(self.place, Place::Room { at: 0, .. }) {
            self.line("after 5m -> drop \"idle\"");
        }
        if self.identifies() {
            self.write_identity(&scope);
            return;
        }
        let states = self.states();
        if states == 0 {
            self.state_body(&scope, 0, 0);
            self.arrive(&scope, 0);
            return;
        }
        self.machine_arms(&scope, states);
        for (at, name) in STATES.into_iter().enumerate().take(states) {
            let mut inner = scope.clone();
            let params = if at == 2 { "(w: text)" } else { "" };
            if at == 2 {
                inner.texts.push("w".to_owned());
            }
            self.line(&format!("state {name}{params} {{"));
            self.state_body(&inner, at, states);
            self.line("}");
        }
    }

    fn identifies(&self) -> bool {
        matches!(self.place, Place::Lock { at, .. } if self.plan.locks[at].identifies)
    }

    /// Who it is may only be said after a check; around that the lock is as random as others.
    fn write_identity(&mut self, scope: &Scope) {
        let attempts = matches!(self.place, Place::Lock { attempts: true, .. });
        self.machine_arms(scope, 1);
        self.line("state one {");
        let record = scope.record(self.tape);
        self.line(&format!("ask {record}"));
        for _ in 0..self.tape.below(2) {
            self.message_arm(scope, 1);
        }
        self.line("on note as v -> proof(v.text)");
        if self.tape.chance(50) {
            self.line("on cancel -> fail \"no name\"");
        }
        self.line("}");
        let again = if attempts && self.tape.chance(60) { "-> retry one" } else { "-> fail \"not you\"" };
        let mut inner = scope.clone();
        inner.texts.push("w".to_owned());
        let action = self.action(&inner);
        self.line("state proof(w: text) {");
        self.line(&action);
        let after = self.actions(&inner);
        self.line("check yes(w) within 5s");
        self.line(&format!("passed ok when ok {{ {after} identify w -> resolve client.id }}"));
        self.line(&format!("passed _ {again}"));
        self.line(&format!("failed why {again}"));
        if self.tape.chance(40) {
            let actions = self.actions(&inner);
            self.line(&format!("on leave {{ {actions} }}"));
        }
        self.line("}");
    }

    /// Whether the state's arms run before the room has admitted.
    fn before_admission(&self, at: usize) -> bool {
        self.admits_itself() && at == 0
    }

    fn states(&mut self) -> usize {
        match self.place {
            Place::Room { admits_itself: true, .. } | Place::Lock { .. } => 1 + self.tape.below(3),
            Place::Room { .. } => self.tape.below(4),
        }
    }

    fn scope(&self) -> Scope {
        let mut scope = Scope::default();
        match self.place {
            Place::Room { at, identified, .. } => {
                scope.in_room = true;
                scope.identified = identified;
                if self.plan.rooms[at].is_family {
                    scope.ints.push("n".to_owned());
                }
            }
            Place::Lock { at, .. } => {
                if self.plan.locks[at].takes_text {
                    scope.texts.push("p".to_owned());
                }
            }
        }
        scope
    }

    fn line(&mut self, line: &str) {
        self.text.push_str("    ");
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn admits_itself(&self) -> bool {
        matches!(self.place, Place::Room { admits_itself: true, .. })
    }

    fn is_room(&self) -> bool {
        matches!(self.place, Place::Room { .. })
    }

    /// Arms that hold in all states.
    fn machine_arms(&mut self, scope: &Scope, states: usize) {
        self.arrive(scope, states);
        let states = if self.admits_itself() { 0 } else { states };
        if self.tape.chance(25) {
            let action = self.action(scope);
            self.line(&action);
        }
        if self.tape.chance(30) {
            self.message_arm(scope, states);
        }
        if self.tape.chance(25) {
            let actions = self.actions(scope);
            self.line(&format!("on leave {{ {actions} }}"));
        }
        if self.is_room() && self.tape.chance(20) {
            let follow = self.follow(scope, states);
            let span = self.tape.one_of(&["20s", "90s"]);
            self.line(&format!("after {span} {follow}"));
        }
        if self.tape.chance(40) {
            let follow = self.follow(scope, states);
            self.line(&format!("on signal ping {follow}"));
        }
    }

    fn arrive(&mut self, scope: &Scope, states: usize) {
        if !self.is_room() || !self.tape.chance(35) {
            return;
        }
        let guard = if self.tape.chance(40) { format!(" when {}", scope.guard(self.tape)) } else { String::new() };
        let actions = self.actions(scope);
        let forward = states > usize::from(self.admits_itself()) && self.tape.chance(30);
        let arrow = if forward { format!(" -> {}", self.state_from(scope, 0, states)) } else { String::new() };
        self.line(&format!("on arrive{guard} {{ {actions}{arrow} }}"));
    }

    fn state_body(&mut self, scope: &Scope, at: usize, states: usize) {
        let asks_first = matches!(self.place, Place::Lock { .. }) || self.tape.chance(40);
        if asks_first {
            let record = scope.record(self.tape);
            let verb = if self.tape.chance(70) { "ask" } else { "say" };
            self.line(&format!("{verb} {record}"));
        }
        if self.before_admission(at) {
            self.decide(scope, states);
            return;
        }
        if self.tape.chance(20) {
            self.eventless(scope, at, states);
        }
        match self.tape.below(7) {
            4 | 5 => self.lock_call(scope, at, states),
            6 => self.check_call(scope, at, states),
            _ => {}
        }
        for _ in 0..1 + self.tape.below(3) {
            self.message_arm(scope, states);
        }
        self.ways_out(scope, at, states);
        if self.tape.chance(30) {
            let follow = self.follow(scope, states);
            self.line(&format!("on cancel {follow}"));
        }
        if self.tape.chance(30) {
            let follow = self.follow(scope, states);
            let form = self.tape.one_of(&["on signal ping", "on signal pong { b: int } as s", "on signal pong"]);
            self.line(&format!("{form} {follow}"));
        }
        if self.tape.chance(25) {
            let span = self.tape.one_of(&["500ms", "10s", "20s", "30s"]);
            let follow = self.late(scope, at, states);
            self.line(&format!("after {span} {follow}"));
        }
        if self.tape.chance(25) {
            let guard = if self.tape.chance(30) { format!(" when {}", scope.guard(self.tape)) } else { String::new() };
            let actions = self.actions(scope);
            self.line(&format!("on leave{guard} {{ {actions} }}"));
        }
    }

    /// Every state of a lock can be answered, every state before admission can admit, and every state is reached.
    fn ways_out(&mut self, scope: &Scope, at: usize, states: usize) {
        if let Place::Lock { .. } = self.place {
            self.line("on { c: bool } -> fail \"told so\"");
            let (resolve, _) = self.resolve(scope, "v.text");
            self.line(&format!("on note as v {resolve}"));
        }
        if at + 1 < states {
            let next = if at + 1 == 2 { "three(\"a\")" } else { STATES[at + 1] };
            let admit = if self.before_admission(at) { "admit " } else { "" };
            self.line(&format!("on {{ kind: \"x\" }} -> {admit}{next}"));
        }
    }

    /// The state in which a room decides: it stays in it only where what it asked ends in `admit`.
    fn decide(&mut self, scope: &Scope, states: usize) {
        let lock = self.tape.one_of(&self.plan.locks.clone());
        let called = call(self.tape, &lock, scope.identified);
        if self.tape.chance(20) && states == 1 {
            let guard = scope.guard(self.tape);
            self.line(&format!("when {guard} -> admit"));
        }
        let admit = if states == 1 { "admit".to_owned() } else { self.admit(scope, states) };
        match self.tape.below(3) {
            0 if states > 1 => {}
            1 => {
                self.line("check probe(\"x\") within 5s");
                self.line(&format!("passed _ -> {admit}"));
                self.line("failed why -> fail why");
            }
            _ => {
                let actions = self.actions(scope);
                self.line(&format!("lock {called}"));
                self.line(&format!("resolved _ {{ {actions} -> {admit} }}"));
                self.line("failed why -> fail \"refused here\"");
            }
        }
        if states > 1 {
            let admit = self.admit(scope, states);
            self.line(&format!("on {{ a: text(1..3) }} -> {admit}"));
            self.line("after 20s -> fail \"undecided\"");
        }
        if self.tape.chance(40) {
            let actions = self.actions(scope);
            self.line(&format!("on leave {{ {actions} }}"));
        }
        self.ways_out(scope, 0, states);
    }

    fn eventless(&mut self, scope: &Scope, at: usize, states: usize) {
        let guard = scope.guard(self.tape);
        let follow = self.instant(scope, at, states);
        if self.tape.chance(40) {
            let other = self.instant(scope, at, states);
            self.line(&format!("match handshake.query {{ k: text }} as q when {guard} {follow}, else {other}"));
        } else {
            self.line(&format!("when {guard} {follow}"));
        }
    }

    fn lock_call(&mut self, scope: &Scope, at: usize, states: usize) {
        let callable = match self.place {
            Place::Lock { at, .. } => &self.plan.locks[..at],
            Place::Room { .. } => &self.plan.locks[..],
        };
        let callable: Vec<_> = callable.iter().filter(|lock| !lock.identifies || self.is_room()).cloned().collect();
        let Some(_) = callable.first() else { return };
        let lock = self.tape.one_of(&callable);
        let mut called = call(self.tape, &lock, scope.identified);
        if callable.len() > 1 && self.tape.chance(30) {
            let calls: Vec<String> = callable.iter().map(|lock| call(self.tape, lock, scope.identified)).collect();
            called = format!("one of {}", calls.join(", "));
        }
        self.line(&format!("lock {called}"));
        let (resolved, failed) = (self.instant(scope, at, states), self.instant_failure(scope, at, states));
        self.line(&format!("resolved _ {resolved}"));
        self.line(&format!("failed why {failed}"));
    }

    fn check_call(&mut self, scope: &Scope, at: usize, states: usize) {
        let arg = scope.text(self.tape);
        let check = self.tape.one_of(&["probe", "yes"]);
        self.line(&format!("check {check}({arg}) within 5s"));
        let passed = self.instant(scope, at, states);
        if check == "yes" {
            let refused = self.instant_failure(scope, at, states);
            self.line(&format!("passed ok when not ok {refused}"));
        }
        self.line(&format!("passed _ {passed}"));
        let failed = self.instant_failure(scope, at, states);
        self.line(&format!("failed why {failed}"));
    }

    fn message_arm(&mut self, scope: &Scope, states: usize) {
        let (written, inner) = pattern(self.tape, scope);
        let guard = if self.tape.chance(25) { format!(" when {}", inner.guard(self.tape)) } else { String::new() };
        let follow = self.follow(&inner, states);
        self.line(&format!("on {written}{guard} {follow}"));
    }

    /// What follows an event: actions, and perhaps an arrow to anywhere.
    fn follow(&mut self, scope: &Scope, states: usize) -> String {
        let actions = self.actions(scope);
        let arrow = match (self.place, self.tape.below(8)) {
            (_, 0..=2) => String::new(),
            (Place::Lock { .. }, 3) => return self.resolve(scope, "\"v\"").0,
            (Place::Lock { .. }, 4) => format!("-> fail {}", scope.text(self.tape)),
            (Place::Lock { attempts: true, .. }, 5) => format!("-> retry {}", self.state_from(scope, 0, states)),
            (Place::Room { at, .. }, 3) if at > 0 || self.plan.rooms.len() > 1 => format!("-> move {}", self.room(at)),
            (Place::Room { .. }, 5) if self.tape.chance(30) => "-> drop \"bye\"".to_owned(),
            (_, _) if states > usize::from(self.admits_itself()) => format!("-> {}", self.state_from(scope, 0, states)),
            (_, _) => String::new(),
        };
        format!("{{ {actions} {arrow} }}")
    }

    /// What follows a deadline: nobody is let in by one.
    fn late(&mut self, scope: &Scope, at: usize, states: usize) -> String {
        match self.place {
            Place::Lock { attempts: true, .. } if self.tape.chance(40) => {
                format!("-> retry {}", self.state_from(scope, 0, states))
            }
            Place::Lock { .. } if self.tape.chance(50) => "-> fail \"late\"".to_owned(),
            Place::Lock { .. } => self.instant_failure(scope, at, states),
            Place::Room { .. } => self.follow(scope, states),
        }
    }

    /// What follows without an event: an arrow forwards, or out.
    fn instant(&mut self, scope: &Scope, at: usize, states: usize) -> String {
        let actions = self.actions(scope);
        let arrow = match self.place {
            Place::Lock { .. } if at + 1 >= states || self.tape.chance(40) => return self.resolve(scope, "\"v\"").0,
            Place::Lock { .. } | Place::Room { .. } if at + 1 < states => {
                format!("-> {}", self.state_from(scope, at + 1, states))
            }
            Place::Lock { .. } | Place::Room { .. } => String::new(),
        };
        format!("{{ {actions} {arrow} }}")
    }

    fn instant_failure(&mut self, scope: &Scope, at: usize, states: usize) -> String {
        let mut scope = scope.clone();
        scope.texts.push("\"because\"".to_owned());
        match self.place {
            Place::Lock { attempts: true, .. } if self.tape.chance(40) => {
                format!("-> retry {}", self.state_from(&scope, 0, states))
            }
            Place::Lock { .. } => format!("-> fail {}", scope.text(self.tape)),
            Place::Room { .. } => self.instant(&scope, at, states),
        }
    }

    /// An arrow to the lock's answer. Only the identity lock identifies.
    fn resolve(&mut self, scope: &Scope, text: &str) -> (String, bool) {
        let Place::Lock { at, .. } = self.place else { return (String::new(), false) };
        let lock = &self.plan.locks[at];
        let known = scope.texts.iter().find(|known| *known == "w" || *known == "m.a").cloned();
        let text = known.unwrap_or_else(|| text.to_owned());
        let written = match lock.gives {
            "client" => format!("{{ identify {text} -> resolve client.id }}"),
            "bool" => "-> resolve true".to_owned(),
            _ => format!("-> resolve {text}"),
        };
        (written, true)
    }

    fn admit(&mut self, scope: &Scope, states: usize) -> String {
        format!("admit {}", self.state_from(scope, 1, states))
    }

    fn state_from(&mut self, scope: &Scope, least: usize, states: usize) -> String {
        let least = if self.admits_itself() { least.max(1).min(states - 1) } else { least };
        let at = least + self.tape.below(states - least);
        if at == 2 { format!("three({})", scope.text(self.tape)) } else { STATES[at].to_owned() }
    }

    fn room(&mut self, from: usize) -> String {
        let mut others = self.plan.rooms.clone();
        if !self.tape.chance(15) {
            others.remove(from);
        }
        let room = self.tape.one_of(&others);
        if room.is_family { format!("table({})", 1 + self.tape.below(3)) } else { room.name.to_owned() }
    }

    fn actions(&mut self, scope: &Scope) -> String {
        let count = self.tape.below(3);
        (0..count).map(|_| self.action(scope)).collect::<Vec<_>>().join("  ")
    }

    fn action(&mut self, scope: &Scope) -> String {
        let record = scope.record(self.tape);
        let room = self.is_room() && !self.admits_itself();
        match self.tape.below(14) {
            0..=2 => format!("say {record}"),
            3 => format!("ask {record}"),
            4 | 5 if room => format!("post {record}"),
            6 if room => format!("tell {} {record}", self.tape.one_of(&["members", "everyone"])),
            7 => format!("tell {} {record}", self.tape.one_of(&["audit", "lobby"])),
            8 => match &scope.to {
                Some(to) => format!("tell {to} {record}"),
                None => format!("say {record}"),
            },
            9 if room => format!("signal everyone {}", self.tape.one_of(&["ping", "pong { b: 1 }"])),
            10 if scope.identified => "set client.seen = true".to_owned(),
            11 if scope.identified => {
                self.tape.one_of(&["set client.role = \"member\"", "set client.age = 1"]).to_owned()
            }
            12 if self.tape.chance(30) => format!("leave {}", self.room(usize::from(self.plan.rooms.len() > 1))),
            _ => format!("say {record}"),
        }
    }
}
