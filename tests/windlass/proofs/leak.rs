//! Rulesets in which everything is asked for as it should be, but for one leak. Every way in which the language can
//! lead past a lock is tried at every place where one can be passed, so that what `lint` overlooked of any of them would be
//! let stand, and break.

use super::super::wind::tape::Tape;
use super::ruleset::{Ruleset, named};
use std::fmt::Write;

/// Where the leak is, and so what it lets happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// In a lock, which resolves without the one that it asks.
    Resolves,
    /// In a lock, which sets the attribute.
    SetsInLock,
    /// In a room that decides by itself, which admits.
    Admits,
    /// In a room, which moves on.
    Moves,
    /// In a room, which sets the attribute.
    SetsInRoom,
}

/// What leads there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Message,
    Cancel,
    Late,
    Signal,
    LockFailed,
    LastAttempt,
    CheckFailed,
    NothingChosen,
    OtherChosen,
    OneTooMany,
    Holds,
    HoldsNot,
    Arrival,
    Entering,
    Leaving,
}

const PLACES: [Place; 5] = [Place::Resolves, Place::SetsInLock, Place::Admits, Place::Moves, Place::SetsInRoom];
const WAYS: [Way; 15] = [
    Way::Message,
    Way::Cancel,
    Way::Late,
    Way::Signal,
    Way::LockFailed,
    Way::LastAttempt,
    Way::CheckFailed,
    Way::NothingChosen,
    Way::OtherChosen,
    Way::OneTooMany,
    Way::Holds,
    Way::HoldsNot,
    Way::Arrival,
    Way::Entering,
    Way::Leaving,
];

const HEAD: &str = "entry lobby
client { x: int = 0 }
check probe(a: text) gives text
";
const WHO: &str = "lock who gives client {
    after 2m -> drop \"idle\"
    state one { on { word: text } as m -> proof(m.word) }
    state proof(w: text) {
        check probe(w) within 5s
        passed _ { identify w -> resolve w }
        failed why -> fail why
    }
}
";
const MAT: &str = "lock mat gives text {
    after 2m -> drop \"idle\"
    on { b: true } -> resolve \"v\"
}
";

/// Every ruleset with one leak. The tape says what stands beside it.
pub fn all(tape: &mut Tape<'_>) -> impl Iterator<Item = Ruleset> {
    let every = PLACES.into_iter().flat_map(|place| WAYS.into_iter().map(move |way| (place, way)));
    every.filter(|(place, way)| may_be(*place, *way)).map(|(place, way)| write(place, way, tape))
}

fn may_be(place: Place, way: Way) -> bool {
    let sets = matches!(place, Place::SetsInLock | Place::SetsInRoom);
    match way {
        Way::Entering | Way::Leaving => sets,
        Way::Arrival => matches!(place, Place::Moves | Place::SetsInRoom),
        // Its `else` knows no states, and where it stands in a lock, nobody is known.
        Way::OneTooMany => matches!(place, Place::Moves | Place::SetsInRoom),
        Way::Message
        | Way::Cancel
        | Way::Late
        | Way::Signal
        | Way::LockFailed
        | Way::LastAttempt
        | Way::CheckFailed
        | Way::NothingChosen
        | Way::OtherChosen
        | Way::Holds
        | Way::HoldsNot => true,
    }
}

fn write(place: Place, way: Way, tape: &mut Tape<'_>) -> Ruleset {
    let mut text = HEAD.to_owned();
    let body = body(place, way, tape);
    let signals = if way == Way::Signal { "    after 5s { signal everyone ping }\n" } else { "" };
    let (lobby, hall, vault, seal) = match place {
        Place::Resolves | Place::SetsInLock => {
            ("    doors vault\n", None, "    requires seal\n".to_owned(), Some(body))
        }
        Place::Admits => ("    doors vault\n", None, body, None),
        Place::Moves | Place::SetsInRoom => ("    doors hall\n", Some(body), String::new(), None),
    };
    let offers = if way == Way::Signal || tape.chance(30) { "    offers who\n" } else { "" };
    let _ = writeln!(text, "room lobby public {{\n    after 2m -> drop \"idle\"\n{lobby}{offers}{signals}}}");
    if let Some(hall) = hall {
        let _ = writeln!(text, "room hall public {{\n{hall}}}");
    }
    let _ = writeln!(text, "room vault public {{\n{vault}}}");
    text.push_str(WHO);
    text.push_str(&pin(way, tape));
    if matches!(way, Way::NothingChosen | Way::OtherChosen) {
        text.push_str(MAT);
    }
    if let Some(seal) = seal {
        let held = tape.one_of(&["", " held 5s", " held 5s grace 3s"]);
        let _ = writeln!(text, "lock seal gives text{held} {{\n    after 2m -> drop \"idle\"\n{seal}}}");
    }
    named(text)
}

/// The lock that should be passed. It fails only where that is the leak.
fn pin(way: Way, tape: &mut Tape<'_>) -> String {
    let held = tape.one_of(&["", " held 5s", " held 5s grace 3s"]);
    let fails = match way {
        Way::LockFailed => {
            tape.one_of(&["    on cancel -> fail \"cancelled\"\n", "    on { b: true } -> fail \"no\"\n"])
        }
        Way::LastAttempt => "    attempts 1\n    on { b: true } -> retry one\n",
        _ => "",
    };
    format!(
        "lock pin gives text{held} {{\n    after 2m -> drop \"idle\"\n{fails}    state one {{ on {{ a: true }} -> resolve \"v\" }}\n}}\n"
    )
}

/// A machine with the leak: what it should ask, and in the state that asks, what leads past that.
fn body(place: Place, way: Way, tape: &mut Tape<'_>) -> String {
    let (leak, passed, failed) = match place {
        Place::Resolves => ("-> open", "-> resolve \"v\"", "-> fail why"),
        Place::SetsInLock => ("{ set client.x = 1 }", "-> resolve \"v\"", "-> fail why"),
        Place::Admits => ("-> open", "-> admit inside", "-> fail why"),
        Place::Moves => ("-> move vault", "{ say { ok: true } }", "-> drop why"),
        Place::SetsInRoom => ("{ set client.x = 1 }", "{ set client.x = 2 }", "-> drop why"),
    };
    let mut text = String::new();
    let mut line = |line: &str| {
        let _ = writeln!(text, "    {line}");
    };
    match (place, way) {
        (Place::SetsInRoom, _) => line("requires who"),
        (Place::Moves, _) if tape.chance(30) => line("requires who"),
        _ => {}
    }
    match way {
        Way::OneTooMany => line(&format!("limit 1 per 10s else {leak}")),
        Way::Arrival => line(&format!("on arrive {leak}")),
        _ => {}
    }
    // The reason is a name only where something failed.
    let failing = if matches!(way, Way::LockFailed | Way::LastAttempt | Way::NothingChosen) { leak } else { failed };
    if place == Place::SetsInLock {
        line("state knowing { lock who resolved _ -> first failed why -> fail why }");
    }
    let asks = match way {
        Way::NothingChosen | Way::OtherChosen => "lock one of pin, mat",
        _ => "lock pin",
    };
    let asks = format!("{asks} resolved _ {passed} failed why {failing}");
    match way {
        Way::CheckFailed => {
            line(&format!("state first {{ check probe(\"x\") within 5s passed _ -> asking failed _ {leak} }}"));
        }
        Way::Holds => line(&format!("state first {{ when socket.id != \"\" {leak} else -> asking }}")),
        Way::HoldsNot => line(&format!("state first {{ when socket.id == \"\" -> asking else {leak} }}")),
        _ => line("state first { when socket.id != \"\" -> asking }"),
    }
    let beside = match way {
        Way::Message => format!("on {{ b: true }} {leak}"),
        Way::Cancel => format!("on cancel {leak}"),
        Way::Late => format!("after 5s {leak}"),
        Way::Signal => format!("on signal ping {leak}"),
        Way::Entering => leak.trim_matches(['{', '}', ' ']).to_owned(),
        Way::Leaving => format!("on leave {leak}"),
        _ => String::new(),
    };
    line(&format!("state asking {{ {asks} {beside} }}"));
    // That nobody is let in because something failed is a rule of its own: the client has to say a word.
    match place {
        _ if way == Way::OtherChosen => {}
        Place::Resolves => line("state open { on { b: true } -> resolve \"v\" }"),
        Place::Admits => line("state open { on { b: true } -> admit inside after 5s -> fail \"late\" }"),
        Place::SetsInLock | Place::Moves | Place::SetsInRoom => {}
    }
    if place == Place::Admits {
        line("state inside { on { a: true } { say { ok: true } } }");
    }
    text
}
