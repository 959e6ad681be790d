//! What follows the triggers of random bodies: actions, and arrows.

use super::body::{Body, Place, STATES};
use super::words::Scope;

impl Body<'_, '_> {
    /// What follows an event: actions, and perhaps an arrow to anywhere.
    pub fn follow(&mut self, scope: &Scope, states: usize) -> String {
        let actions = self.actions(scope);
        let arrow = match (self.place, self.tape.below(8)) {
            (_, 0..=2) => String::new(),
            (Place::Lock { .. }, 3) => return self.resolve(scope, "\"v\""),
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
    pub fn late(&mut self, scope: &Scope, at: usize, states: usize) -> String {
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
    pub fn instant(&mut self, scope: &Scope, at: usize, states: usize) -> String {
        let actions = self.actions(scope);
        let arrow = match self.place {
            Place::Lock { .. } if at + 1 >= states || self.tape.chance(40) => return self.resolve(scope, "\"v\""),
            Place::Lock { .. } | Place::Room { .. } if at + 1 < states => {
                format!("-> {}", self.state_from(scope, at + 1, states))
            }
            Place::Lock { .. } | Place::Room { .. } => String::new(),
        };
        format!("{{ {actions} {arrow} }}")
    }

    pub fn instant_failure(&mut self, scope: &Scope, at: usize, states: usize) -> String {
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
    pub fn resolve(&mut self, scope: &Scope, text: &str) -> String {
        let Place::Lock { at, .. } = self.place else { return String::new() };
        let lock = &self.plan.locks[at];
        let known = scope.texts.iter().find(|known| *known == "w" || *known == "m.a").cloned();
        let text = known.unwrap_or_else(|| text.to_owned());
        let until = if self.tape.chance(25) { self.tape.one_of(&[" until now() + 7s", " until now()"]) } else { "" };
        match lock.gives {
            "client" => format!("{{ identify {text} -> resolve client.id{until} }}"),
            "bool" => format!("-> resolve true{until}"),
            _ => format!("-> resolve {text}{until}"),
        }
    }

    pub fn admit(&mut self, scope: &Scope, states: usize) -> String {
        format!("admit {}", self.state_from(scope, 1, states))
    }

    pub fn state_from(&mut self, scope: &Scope, least: usize, states: usize) -> String {
        let least = if self.admits_itself() { least.max(1).min(states - 1) } else { least };
        let at = least + self.tape.below(states - least);
        if at == 2 { format!("three({})", scope.text(self.tape)) } else { STATES[at].to_owned() }
    }

    pub fn room(&mut self, from: usize) -> String {
        let mut others = self.plan.rooms.clone();
        if !self.tape.chance(15) {
            others.remove(from);
        }
        let room = self.tape.one_of(&others);
        if room.is_family { format!("table({})", 1 + self.tape.below(3)) } else { room.name.to_owned() }
    }

    pub fn actions(&mut self, scope: &Scope) -> String {
        let count = self.tape.below(3);
        (0..count).map(|_| self.action(scope)).collect::<Vec<_>>().join("  ")
    }

    pub fn action(&mut self, scope: &Scope) -> String {
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
