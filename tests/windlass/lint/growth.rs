//! Rules that are long in one way, to make whoever reads them work: the work grows about as the text does.
//!
//! No time is asserted. One text is judged beside one that is an eighth as long and judged eight times, over and over, and only how many
//! times more work the long one is, at the least of each, is looked at: as much where work grows with the text, eight times as much where it
//! grows with its square.

use std::fmt::Write;
use std::time::{Duration, Instant};
use windlass::diagnostic::SourceMap;
use windlass::lint;

/// The longer text has so many times as much of everything.
const LONGER: usize = 8;
/// Between what is about linear and what is about square.
const TIMES_MAX: u32 = 3;
/// Caches are shared with whatever else runs, so some rounds are disturbed.
const ROUNDS: usize = 10;

/// How a text is long, how often the shorter one has it, and the text.
type Case = (&'static str, usize, fn(usize) -> String);

const CASES: [Case; 20] = [
    ("rooms in a ring", 100, |count| ring("\n", count)),
    ("rooms in a ring on one line", 100, |count| ring(" ", count)),
    ("doors of one room", 60, |count| {
        let rooms = many(count, |at| format!("room r{at} public {{ after 1h -> drop \"x\" }}\n"));
        format!("{rooms}{}", lobby(&format!("doors {}", listed(count, |at| format!("r{at}")))))
    }),
    ("names that nobody has", 100, |count| lobby(&many(count, |at| format!("doors nowhere{at}\n")))),
    ("names of rooms, slipped", 100, |count| {
        lobby("") + &many(count, |at| format!("room r{at} public {{ doors rr{at} after 1h -> drop \"x\" }}\n"))
    }),
    ("one name", 10_000, |count| lobby("") + &format!("room {} public {{}}\n", "x".repeat(count))),
    ("one text", 10_000, |count| lobby(&format!("on _ -> drop \"{}\"", "x".repeat(count)))),
    ("one comment", 10_000, |count| lobby("") + &format!("// {}\n", "x".repeat(count))),
    ("one name, over and over", 100, |count| lobby(&many(count, |_| "let same = 1\n".into()))),
    ("states one after the other", 200, |count| {
        lock(
            &(many(count, |at| format!("state s{at} {{ on {{ a: int }} -> s{} }}\n", at + 1))
                + &format!("state s{count} {{ on _ -> resolve true }}\n")),
        )
    }),
    ("locks that ask for locks", 100, |count| {
        let asks = |at| {
            format!(
                "lock l{at} gives bool {{ after 1h -> fail \"x\" state a {{ lock l{} resolved v -> resolve v failed why -> fail why }} }}\n",
                at + 1
            )
        };
        lobby("offers l0")
            + &many(count, asks)
            + &format!("lock l{count} gives bool {{ after 1h -> fail \"x\" on _ -> resolve true }}\n")
    }),
    ("locks of one choice", 20, |count| {
        let locks =
            many(count, |at| format!("lock l{at} gives bool {{ after 1h -> fail \"x\" on _ -> resolve true }}\n"));
        lobby("doors hall")
            + &locks
            + &format!(
                "room hall {{ requires one of {} after 1h -> drop \"x\" }}\n",
                listed(count, |at| format!("l{at}"))
            )
    }),
    ("arms", 250, |count| lobby(&many(count, |at| format!("on {{ a{at}: int }} as m {{ post m }}\n")))),
    ("guards", 250, |count| lobby(&many(count, |at| format!("on {{ a: int }} as m when m.a == {at} {{ post m }}\n")))),
    ("actions", 100, |count| lobby(&format!("on _ as m {{ {} }}", "post m ".repeat(count)))),
    ("alternates", 200, |count| {
        lobby(&format!("on {{ a: {} }} as m {{ post m }}", many(count, |at| format!("\"w{at}\" | ")) + "\"w\""))
    }),
    ("fields", 200, |count| {
        lobby(&format!("on {{ {} }} as m {{ post m }}", listed(count, |at| format!("a{at}: int"))))
    }),
    ("brackets", 2_000, |count| lobby(&"{ a: ".repeat(count))),
    ("things that are broken", 100, |count| lobby("") + &many(count, |_| "room { ) \n".into())),
    ("proofs", 20, |count| {
        let room = |at| format!("room r{at} {{ requires l after 1h -> drop \"x\" }}\nprove r{at} behind l\n");
        lobby("") + "lock l gives bool { after 1h -> fail \"x\" on _ -> resolve true }\n" + &many(count, room)
    }),
];

fn many(count: usize, part: impl Fn(usize) -> String) -> String {
    (0..count).map(part).collect()
}

fn listed(count: usize, part: impl Fn(usize) -> String) -> String {
    (0..count).map(part).collect::<Vec<_>>().join(", ")
}

/// An entry room with this in it.
fn lobby(body: &str) -> String {
    format!("entry lobby\nroom lobby public {{ after 1h -> drop \"x\" {body} }}\n")
}

fn lock(states: &str) -> String {
    lobby("offers l") + &format!("lock l gives bool {{\nafter 1h -> fail \"x\"\n{states}}}\n")
}

fn ring(end: &str, count: usize) -> String {
    let mut text = format!("entry r0{end}");
    for at in 0..count {
        let next = (at + 1) % count;
        write!(text, "room r{at} public {{ doors r{next} after 1h -> drop \"x\" on _ as m {{ post m }} }}{end}")
            .expect("a string");
    }
    text
}

/// How long this thread has been at work, whatever else the machine does; where the system does not tell, how long it took.
fn worked(since: Instant) -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    told.split(' ').next().and_then(|told| told.parse().ok()).map_or_else(|| since.elapsed(), Duration::from_nanos)
}

/// The work of judging a text so many times.
fn judge(text: &str, times: usize) -> Duration {
    let since = Instant::now();
    let before = worked(since);
    for _ in 0..times {
        let mut sources = SourceMap::default();
        sources.add("rules.room", text);
        drop(lint::check(sources));
    }
    worked(since).saturating_sub(before)
}

/// How many times as much work one long text is as many short ones, at the first moment at which that is few, or in the end.
fn times(size: usize, text: fn(usize) -> String) -> f64 {
    let (short, long) = (text(size), text(size * LONGER));
    let (mut of_short, mut of_long) = (Duration::MAX, Duration::MAX);
    for _ in 0..ROUNDS {
        of_long = of_long.min(judge(&long, 1));
        of_short = of_short.min(judge(&short, LONGER));
        if of_long < of_short * TIMES_MAX {
            break;
        }
    }
    of_long.as_secs_f64() / of_short.as_secs_f64()
}

#[test]
fn judging_rules_is_about_as_much_work_as_they_are_long() {
    for (what, size, text) in CASES {
        let times = times(size, text);
        assert!(
            times < f64::from(TIMES_MAX),
            "{what}: {LONGER} times as long is {times:.1} times as much work for each of it"
        );
    }
}
