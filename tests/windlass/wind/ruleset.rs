//! Random rulesets, small and mostly well typed: an entry room, two or three rooms, a family, an identity lock and up to
//! three other locks that may call each other downwards.

mod body;
mod follow;
mod words;

use super::tape::Tape;
use body::{Body, Place};
use std::fmt::Write;

/// What the generated rules may name.
pub struct Plan {
    /// Locks that may be called, in order of depth: a lock calls only those before it.
    pub locks: Vec<Lock>,
    pub rooms: Vec<Room>,
}

/// A lock's head.
#[derive(Clone, Debug)]
pub struct Lock {
    pub name: &'static str,
    /// Whether it is asked about a text.
    pub takes_text: bool,
    /// `text`, `bool` or `client`.
    pub gives: &'static str,
    pub identifies: bool,
}

/// A room's head.
#[derive(Clone, Debug)]
pub struct Room {
    pub name: &'static str,
    pub is_family: bool,
    /// Everybody in it is a client.
    pub identified: bool,
}

const HEAD: &str = "entry lobby
client { role: \"guest\" | \"member\" = \"guest\"  seen: bool = false  age: int? }
group audit { client \"log\" }
group news in audit
shape note { text: text(1..6) }
let few = 2
check probe(a: text) gives text
check yes(a: text) gives bool
";

/// The text of one ruleset.
pub fn write(tape: &mut Tape<'_>) -> String {
    let plan = plan(tape);
    let mut text = String::from(HEAD);
    for (at, room) in plan.rooms.iter().enumerate() {
        write_room(tape, &plan, at, room, &mut text);
    }
    for (at, lock) in plan.locks.iter().enumerate() {
        write_lock(tape, &plan, at, lock, &mut text);
    }
    text
}

fn plan(tape: &mut Tape<'_>) -> Plan {
    let mut locks = Vec::new();
    for name in ["pin", "badge"].into_iter().take(1 + tape.below(2)) {
        let gives = tape.one_of(&["text", "bool"]);
        locks.push(Lock { name, takes_text: tape.chance(40), gives, identifies: false });
    }
    locks.push(Lock { name: "who", takes_text: false, gives: "client", identifies: true });
    if tape.chance(40) {
        locks.push(Lock { name: "seal", takes_text: tape.chance(30), gives: "text", identifies: false });
    }
    let mut rooms = vec![Room { name: "lobby", is_family: false, identified: false }];
    for name in ["hall", "vault"].into_iter().take(1 + tape.below(2)) {
        rooms.push(Room { name, is_family: false, identified: tape.chance(70) });
    }
    if !tape.chance(30) {
        rooms.push(Room { name: "table", is_family: true, identified: tape.chance(70) });
    }
    Plan { locks, rooms }
}

fn write_room(tape: &mut Tape<'_>, plan: &Plan, at: usize, room: &Room, text: &mut String) {
    let params = if room.is_family { "(n: int(1..3))" } else { "" };
    let required = required(tape, plan, room);
    let public = if required.is_empty() { " public" } else { "" };
    let _ = writeln!(text, "room {}{params}{public} {{", room.name);
    required.iter().for_each(|line| text.push_str(&format!("    {line}\n")));
    if tape.chance(20) {
        let otherwise = tape.one_of(&["", " else -> fail \"not you\"", " else { say { a: \"no\" } -> move lobby }"]);
        let guard = tape.one_of(&["room.count <= 2", "handshake.query.k == \"v\"", "room.count != 1"]);
        // The entry room has nowhere to send those whom it refuses.
        let otherwise = if at == 0 { "" } else { otherwise };
        let _ = writeln!(text, "    admit when {guard}{otherwise}");
    }
    properties(tape, plan, at, room, text);
    let admits_itself = at > 0 && tape.chance(20);
    let place = Place::Room { at, identified: room.identified, admits_itself };
    Body { tape, plan, place, text }.write();
    text.push_str("}\n");
}

/// The `requires` lines of a room.
fn required(tape: &mut Tape<'_>, plan: &Plan, room: &Room) -> Vec<String> {
    let mut lines = Vec::new();
    let otherwise = [
        "",
        "",
        " else -> move lobby",
        " else -> fail \"sorry\"",
        " else -> drop \"out\"",
        " else { say { b: 1 } -> move lobby }",
    ];
    if room.identified {
        let otherwise = tape.one_of(&otherwise);
        lines.push(format!("requires who{otherwise}"));
    }
    if room.name != "lobby" && tape.chance(35) {
        let lock = tape.one_of(&plan.locks);
        let otherwise = tape.one_of(&otherwise);
        let call = call(tape, &lock, room.identified);
        if !(lock.identifies && room.identified) {
            lines.push(format!("requires {call}{otherwise}"));
        }
    }
    if room.name != "lobby" && tape.chance(20) {
        let locks: Vec<&Lock> = plan.locks.iter().filter(|lock| !lock.identifies).collect();
        if locks.len() > 1 {
            let calls: Vec<String> = locks.iter().map(|lock| call(tape, lock, room.identified)).collect();
            let otherwise = tape.one_of(&otherwise);
            lines.push(format!("requires one of {}{otherwise}", calls.join(", ")));
        }
    }
    lines
}

/// `badge("x")`
pub fn call(tape: &mut Tape<'_>, lock: &Lock, identified: bool) -> String {
    if !lock.takes_text {
        return lock.name.to_owned();
    }
    let args: &[&str] = if identified { &["\"x\"", "client.id"] } else { &["\"x\"", "\"y\""] };
    format!("{}({})", lock.name, tape.one_of(args))
}

fn properties(tape: &mut Tape<'_>, plan: &Plan, at: usize, room: &Room, text: &mut String) {
    let others: Vec<&Room> = plan.rooms.iter().filter(|other| other.name != room.name).collect();
    let doors: Vec<String> = others
        .iter()
        .map(|other| if other.is_family && tape.chance(20) { "table(2)".to_owned() } else { other.name.to_owned() })
        .collect();
    let _ = writeln!(text, "    doors {}", doors.join(", "));
    if tape.chance(45) {
        let lock = tape.one_of(&plan.locks);
        let _ = writeln!(text, "    offers {}", call(tape, &lock, room.identified));
    }
    if tape.chance(30) {
        let lock = tape.one_of(&plan.locks);
        let _ = writeln!(text, "    renews {}", call(tape, &lock, room.identified));
    }
    if at > 0 && tape.chance(40) {
        let _ = writeln!(text, "    capacity {}", 1 + tape.below(3));
    }
    if at > 0 && tape.chance(35) {
        text.push_str("    transient\n");
    }
    if tape.chance(25) {
        let dests = tape.one_of(&["members", "audit", "members, audit", "news, members, lobby"]);
        let _ = writeln!(text, "    posts to {dests}");
    }
    if tape.chance(25) {
        let _ = writeln!(text, "    receives {}", tape.one_of(&["news", "audit, news"]));
    }
    if tape.chance(30) {
        let otherwise = tape.one_of(&["", " else { say { b: 9 } }", " else -> drop \"flood\""]);
        let _ = writeln!(text, "    limit {} per {}{otherwise}", 1 + tape.below(3), tape.one_of(&["1s", "10s"]));
    }
}

fn write_lock(tape: &mut Tape<'_>, plan: &Plan, at: usize, lock: &Lock, text: &mut String) {
    let params = if lock.takes_text { "(p: text)" } else { "" };
    let held = tape.one_of(&["", " held 10m", " held 5s", " held 1m"]);
    let grace = tape.one_of(&["", "", " grace 3s", " grace 30s"]);
    let _ = writeln!(text, "lock {}{params} gives {}{held}{grace} {{", lock.name, lock.gives);
    let attempts = tape.chance(60);
    if attempts {
        let _ = writeln!(text, "    attempts {}", 1 + tape.below(3));
    }
    if tape.chance(20) {
        let _ = writeln!(text, "    limit {} per 2s", 1 + tape.below(2));
    }
    let place = Place::Lock { at, attempts };
    Body { tape, plan, place, text }.write();
    text.push_str("}\n");
}
