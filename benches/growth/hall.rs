//! A hall that any number of clients stand in, under rules of any size.

use crate::house::{self, House, NAME};
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;
use windlass::engine::Settings;
use windlass::machine::Program;
use windlass::wind::Successor;

/// What is said in the hall.
const SAID: &str = r#"{"text":"hello, is there anybody?"}"#;
/// So long after each other messages come, in milliseconds: nobody comes near a limit.
const PAUSE_MS: u64 = 1_000;

const FRONT: &str = r#"
entry lobby
room lobby public {
    doors hall
    after 24h -> drop "nobody came in"
}
"#;
const HALL: &str = "room hall { requires name  on { text: text(1..1000) } as m when m.text != \"hush\" { post m } }\n";
/// The same hall says something else.
const OTHER: &str = "room hall { requires name  on { text: text(1..1000) } as m when m.text != \"shh\" { post m } }\n";

/// So many rooms of rules, the hall among them; the others lead on from each other.
fn program(hall: &str, rooms: usize) -> Arc<Program> {
    let mut text = format!("{FRONT}{NAME}{hall}");
    for number in 1..rooms {
        let _ = writeln!(
            text,
            "room room_{number} {{ requires name  doors room_{}  on {{ text: text(1..1000) }} as m {{ post m }} }}",
            (number + 1) % rooms.max(2)
        );
    }
    let text = text
        .replace("room_0", "hall")
        .replace("doors hall\n", &format!("doors hall{}\n", if rooms > 1 { ", room_1" } else { "" }));
    house::program(text)
}

/// So many in the hall, each a client of its own, under rules of so many rooms.
pub fn full(sockets: usize, rooms: usize) -> House {
    let settings = Settings { sockets_max: sockets, ..Settings::default() };
    let mut house = House::new(program(HALL, rooms), settings);
    (0..sockets).for_each(|number| house.come(number));
    house
}

/// The first one says something.
pub fn say(house: &mut House) {
    house.now += PAUSE_MS;
    house.say(0, SAID);
}

/// How long the engine stands still when the hall says something else.
pub fn reload(house: &mut House) -> Duration {
    let successor = Successor::new(house.engine.epochs(), program(OTHER, 1), Vec::new());
    house.take(successor)
}
