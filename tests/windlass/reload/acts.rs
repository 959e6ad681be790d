//! What may happen next: mostly something that leads on, read off the rules that the socket is under.

use super::edits::edit;
use super::house::{House, Ruleset};
use crate::engine::stage::socket;
use crate::wind::tape::Tape;
use windlass::model::{Machine, Trigger};
use windlass::wind::{Frame, Phase, Role, Waits, WindStack};

/// One thing that happens.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    Connect(u128),
    HangUp(u128),
    Say(u128, String),
    /// The oldest check of a socket comes back.
    Verdict(u128, bool),
    Wait(u64),
    /// A single tick, at this instant.
    Tick,
    /// The ruleset with this number takes over, and these locks are revoked.
    Reload(usize, Vec<String>),
}

pub const SOCKETS: u128 = 4;
const SPANS: [u64; 11] = [0, 0, 1, 500, 1_000, 1_000, 2_000, 5_000, 10_000, 20_000, 61_000];
const CONTENTS: [&str; 10] = [
    r#""text":"ada""#,
    r#""text":"bob""#,
    r#""a":"ada""#,
    r#""a":"a""#,
    r#""b":1"#,
    r#""kind":"x""#,
    r#""a":"longer","b":7"#,
    r#""c":true"#,
    r#""text":"bob","a":"a""#,
    "",
];
/// How many edits are tried for one that is a ruleset.
const EDITS_TRIED: usize = 3;
/// Rulesets of one case: to read one takes longer than everything else.
const RULESETS: usize = 5;

/// Makes acts, numbering the messages.
pub struct Acts<'a, 'tape> {
    pub tape: &'a mut Tape<'tape>,
    pub messages: u64,
    /// The text that is active.
    pub active: usize,
    /// How often in a hundred a ruleset changes.
    pub reloads: usize,
}

impl Acts<'_, '_> {
    pub fn next(&mut self, house: &House, rulesets: &mut Vec<Ruleset>) -> Act {
        if self.tape.chance(self.reloads) {
            return self.reload(rulesets);
        }
        // What is said before everybody has been brought to other rules.
        if house.stage.engine.is_moving() && self.tape.chance(60) {
            return self.chat(house);
        }
        match self.tape.below(100) {
            0..=13 => Act::Wait(self.tape.one_of(&SPANS)),
            14..=17 => Act::Tick,
            18 => Act::HangUp(self.socket()),
            _ => {
                let who = self.socket();
                self.of_socket(house, who)
            }
        }
    }

    /// Another text, or one of before; sometimes its locks are revoked.
    fn reload(&mut self, rulesets: &mut Vec<Ruleset>) -> Act {
        let from = if self.tape.chance(80) { self.active } else { self.tape.below(rulesets.len()) };
        let mut to = self.tape.below(rulesets.len());
        if rulesets.len() < RULESETS && self.tape.chance(75) {
            let edited = (0..EDITS_TRIED).find_map(|_| Ruleset::read(&edit(self.tape, &rulesets[from].text)));
            if let Some(found) = edited {
                to = rulesets.len();
                rulesets.push(found);
            }
        }
        self.active = to;
        let locks = rulesets[to].program.model.machines.iter().filter(|machine| machine.lock().is_some());
        let locks: Vec<String> = locks.map(|lock| lock.name.to_string()).collect();
        let revoked = self.tape.chance(25) && !locks.is_empty();
        Act::Reload(to, if revoked { vec![self.tape.one_of(&locks)] } else { Vec::new() })
    }

    fn socket(&mut self) -> u128 {
        1 + self.tape.below(SOCKETS as usize) as u128
    }

    /// Somebody says what most rooms pass on, to the room where it stands.
    fn chat(&mut self, house: &House) -> Act {
        let open = |who: &u128| house.stack(*who).is_some_and(|stack| stack.frames.is_empty());
        let speakers: Vec<u128> = (1..=SOCKETS).filter(open).collect();
        if speakers.is_empty() {
            return Act::Tick;
        }
        let who = self.tape.one_of(&speakers);
        Act::Say(who, self.frame("", CONTENTS[0]))
    }

    fn of_socket(&mut self, house: &House, who: u128) -> Act {
        let Some(stack) = house.stack(who) else { return Act::Connect(who) };
        let is_asked = house.stage.asked.iter().any(|(asked, _)| *asked == socket(who));
        if is_asked && self.tape.chance(45) {
            return Act::Verdict(who, self.tape.chance(75));
        }
        let to = self.address(house, stack);
        let content = self.content(house, stack, &to);
        Act::Say(who, self.frame(&to, &content))
    }

    fn frame(&mut self, to: &str, content: &str) -> String {
        self.messages += 1;
        let id = if self.tape.chance(80) { format!(r#""id":{}"#, self.messages) } else { String::new() };
        // What a rule posts as it came carries its number along.
        let tag = if content.is_empty() { String::new() } else { format!(r#""tag":{}"#, self.messages) };
        let cancel = if to.is_empty() && content.is_empty() { r#""cancel":true"# } else { "" };
        let parts = [to, content, &tag, cancel, &id];
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        format!("{{{}}}", parts.join(","))
    }

    fn address(&mut self, house: &House, stack: &WindStack) -> String {
        let program = house.stage.engine.program();
        let of_kind = |room: bool| {
            let machines = program.model.machines.iter().filter(move |machine| machine.room().is_some() == room);
            machines.map(|machine| (machine.name.to_string(), machine.params.len())).collect::<Vec<_>>()
        };
        let chooses = stack.top().is_some_and(|frame| frame.waits == Waits::Choice);
        match self.tape.below(100) {
            0..=69 if chooses => format!(r#""to":"lock:{}""#, self.tape.one_of(&of_kind(false)).0),
            0..=59 if !stack.frames.is_empty() => String::new(),
            0..=24 => String::new(),
            25..=86 => {
                let (room, params) = self.tape.one_of(&of_kind(true));
                let seat = if params > 0 { format!("/{}", 1 + self.tape.below(3)) } else { String::new() };
                format!(r#""to":"room:{room}{seat}""#)
            }
            87..=91 => format!(r#""to":"lock:{}""#, self.tape.one_of(&of_kind(false)).0),
            92..=94 => self.tape.one_of(&[r#""to":"client:bob""#, r#""to":"group:audit""#]).to_owned(),
            95..=97 => format!(r#""leave":"room:{}""#, self.tape.one_of(&of_kind(true)).0),
            _ => String::new(),
        }
    }

    /// The content of a message: of a few, the first that somebody takes.
    fn content(&mut self, house: &House, stack: &WindStack, to: &str) -> String {
        if to.starts_with(r#""leave"#) || (to.contains("room:") && self.tape.chance(40)) {
            return String::new();
        }
        let tried: Vec<&str> = (0..4).map(|_| self.tape.one_of(&CONTENTS)).collect();
        let taken = tried.iter().find(|content| stack.top().is_some_and(|top| takes(house, top, content)));
        (*taken.unwrap_or(&tried[0])).to_owned()
    }
}

fn takes(house: &House, frame: &Frame, content: &str) -> bool {
    if matches!(frame.role, Role::Gate { phase: Phase::Requiring(_), .. }) {
        return false;
    }
    let machine: &Machine = house.programs[&frame.epoch].machine(frame.machine);
    let own = machine.states.get(frame.state.index()).map_or(&[][..], |state| &state.handlers);
    let json = format!("{{{content}}}");
    own.iter().chain(&machine.handlers).any(|arm| match &machine.arms[arm.index()].trigger {
        Trigger::Message { pattern, to: None } => !content.is_empty() && pattern.matches(&json),
        _ => false,
    })
}
