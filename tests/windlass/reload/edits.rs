//! Random edits of a ruleset's text, as an author makes them: a word here, a line there, a state or lock more or less.

use crate::wind::tape::Tape;

/// What may stand in place of what.
const WORDS: [(&str, &str); 48] = [
    ("requires pin(\"x\")", "requires one of pin(\"x\"), badge"),
    ("requires pin", "requires badge requires pin"),
    ("(\"x\")", "(\"y\")"),
    ("(\"y\")", "(\"x\")"),
    ("\"a\"", "\"other\""),
    ("\"ab\"", "\"more\""),
    ("{ a: ", "{ d: "),
    ("{ b: 1 }", "{ b: 2 }"),
    ("{ b: 9 }", "{ b: 8 }"),
    ("when true", "when few > 2"),
    ("when few > 2", "when true"),
    ("room.count <= 2", "room.count <= 9"),
    ("room.count != 1", "room.count < 9"),
    ("let few = 2", "let few = 3"),
    ("text(1..3)", "text(1..9)"),
    ("int(0..3)", "int(0..9)"),
    ("seen: bool = false", "seen: bool = true"),
    ("age: int?", "age: int = 1"),
    ("\"guest\" | \"member\"", "\"guest\" | \"member\" | \"owner\""),
    ("group audit { client \"log\" }", "group audit { client \"ada\" client \"log\" }"),
    ("group audit { client \"log\" }", "group audit"),
    ("group news in audit", "group news { client \"bob\" }"),
    ("attempts 1", "attempts 3"),
    ("attempts 2", "attempts 1"),
    ("attempts 3", "attempts 2"),
    ("after 60s", "after 20s"),
    ("after 30s", "after 90s"),
    ("after 2m", "after 30s"),
    ("after 10s", "after 40s"),
    ("after 20s", "after 1s"),
    ("held 10m", "held 5s"),
    ("held 5s", "held 10m"),
    ("held 1m", ""),
    ("gives bool", "gives text"),
    ("gives text", "gives text(1..9)"),
    ("-> resolve true", "-> resolve \"true\""),
    ("(p: text)", "(p: text(1..20))"),
    ("state two", "state second"),
    ("capacity 1", "capacity 3"),
    ("capacity 2", "capacity 1"),
    ("capacity 3", "capacity 2"),
    ("within 5s", "within 9s"),
    ("check probe(", "check yes("),
    ("transient", "presence"),
    ("else -> move lobby", "else -> fail \"go away\""),
    ("else -> drop \"out\"", ""),
    ("on reload restart", "on reload pin"),
    ("on reload drop", "on reload restart"),
];

/// What is called something else, everywhere.
const NAMES: [(&str, &str); 8] = [
    ("pin", "number"),
    ("badge", "emblem"),
    ("seal", "stamp"),
    ("hall", "foyer"),
    ("vault", "safe"),
    ("two", "second"),
    ("one", "first"),
    ("proof", "proving"),
];

const PASSED_ON: &str = "on { text: text } as m { post m }";

/// Lines that any room, or any lock, may have more.
const OF_ROOMS: [&str; 11] = [
    "requires who",
    "requires pin",
    "requires badge",
    "requires one of pin, badge",
    "presence",
    "capacity 2",
    "transient",
    "receives news",
    "on reload restart",
    "on reload drop",
    PASSED_ON,
];
const OF_LOCKS: [&str; 6] = [
    "on reload restart",
    "on reload restart",
    "on reload drop",
    "attempts 2",
    "after 45s -> fail \"took too long\"",
    "on { z: bool } -> fail \"z\"",
];

/// Items that a ruleset may have more.
const ITEMS: [&str; 3] = [
    "room annex public {\n    doors lobby\n    on { text: text } as m { post m }\n}\n",
    "lock extra gives bool {\n    after 60s -> fail \"too slow\"\n    ask { extra: true }\n    on _ -> resolve true\n}\n",
    "group late in audit { client \"cy\" }\n",
];

/// The text, changed in one to three places. It may be no ruleset any more.
pub fn edit(tape: &mut Tape<'_>, text: &str) -> String {
    let mut text = text.to_owned();
    for _ in 0..1 + tape.below(3) {
        text = match tape.below(12) {
            0..=4 => word(tape, &text),
            5 | 6 => line_more(tape, &text),
            7 => block_less(tape, &text),
            8 => renamed(tape, &text),
            9 => items_swapped(tape, &text),
            10 => text.replacen("doors ", tape.one_of(&["doors annex, ", "doors lobby, "]), 1 + tape.below(2)),
            _ => format!("{text}{}", tape.one_of(&ITEMS)),
        };
    }
    text
}

/// The text, where most rooms pass on what is said there, and nothing is due so often that little else happens.
pub fn talkative(tape: &mut Tape<'_>, text: &str) -> String {
    let line = |line: &str| match line.starts_with("room ") && tape.chance(70) {
        true => format!("{line}\n    {PASSED_ON}\n"),
        false => format!("{line}\n"),
    };
    text.replace("after 500ms", "after 15s").lines().map(line).collect()
}

/// One place where a word may be another.
fn word(tape: &mut Tape<'_>, text: &str) -> String {
    let both = WORDS.iter().flat_map(|(one, other)| [(*one, *other), (*other, *one)]);
    let pairs: Vec<(&str, &str)> = both.filter(|(from, _)| !from.is_empty() && text.contains(from)).collect();
    if pairs.is_empty() {
        return text.to_owned();
    }
    let (from, to) = tape.one_of(&pairs);
    let places: Vec<usize> = text.match_indices(from).map(|(at, _)| at).collect();
    let at = tape.one_of(&places);
    format!("{}{to}{}", &text[..at], &text[at + from.len()..])
}

fn line_more(tape: &mut Tape<'_>, text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let is_room = |line: &str| line.starts_with("room ");
    let heads: Vec<usize> =
        (0..lines.len()).filter(|at| is_room(lines[*at]) || lines[*at].starts_with("lock ")).collect();
    if heads.is_empty() {
        return text.to_owned();
    }
    let at = tape.one_of(&heads);
    let more = if is_room(lines[at]) { tape.one_of(&OF_ROOMS) } else { tape.one_of(&OF_LOCKS) };
    let line = |(number, line): (usize, &&str)| {
        let line =
            if number == at && more.starts_with("requires") { line.replace(" public", "") } else { (*line).into() };
        if number == at { format!("{line}\n    {more}\n") } else { format!("{line}\n") }
    };
    lines.iter().enumerate().map(line).collect()
}

/// A line less, with what stands in its braces.
fn block_less(tape: &mut Tape<'_>, text: &str) -> String {
    without_block(text, tape.below(text.lines().count()))
}

/// The text without a line and what stands in its braces.
pub fn without_block(text: &str, first: usize) -> String {
    let mut depth = 0;
    let block = text.lines().skip(first).take_while(|line| {
        let inside = depth > 0;
        depth += line.matches('{').count() as i64 - line.matches('}').count() as i64;
        inside || depth > 0
    });
    let end = first + block.count().max(1);
    let kept = text.lines().enumerate().filter(|(at, _)| !(first..end).contains(at));
    kept.map(|(_, line)| format!("{line}\n")).collect()
}

fn renamed(tape: &mut Tape<'_>, text: &str) -> String {
    let (one, other) = tape.one_of(&NAMES);
    let (from, to) = if text.contains(one) { (one, other) } else { (other, one) };
    let mut new = String::new();
    let mut word = String::new();
    for letter in text.chars().chain(['\n']) {
        if letter.is_alphanumeric() || letter == '_' {
            word.push(letter);
        } else {
            new.push_str(if word == from { to } else { &word });
            word.clear();
            new.push(letter);
        }
    }
    new.pop();
    new
}

/// Two rooms or locks change places: the same rules, under other numbers.
fn items_swapped(tape: &mut Tape<'_>, text: &str) -> String {
    let mut items: Vec<String> = Vec::new();
    for line in text.lines() {
        let begins = line.starts_with("room ") || line.starts_with("lock ") || items.is_empty();
        if begins {
            items.push(String::new());
        }
        if let Some(item) = items.last_mut() {
            item.push_str(line);
            item.push('\n');
        }
    }
    if items.len() > 2 {
        let (one, other) = (1 + tape.below(items.len() - 1), 1 + tape.below(items.len() - 1));
        items.swap(one, other);
    }
    items.concat()
}
