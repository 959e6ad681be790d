//! How long the engine stands still when a ruleset takes over under live sockets: the change itself, each tick that
//! moves sockets, and the first post into a big room that requires more now. For each that is connected, another one is gone and may
//! come back. Each figure is the shortest of a few runs, as what else the machine does is none of ours. `cargo bench --bench reload -- 10000 15000`

#[path = "shared/house.rs"]
mod house;

use house::{House, NAME, socket};
use std::sync::Arc;
use std::time::{Duration, Instant};
use windlass::engine::{Input, Settings};
use windlass::machine::Program;
use windlass::wind::Successor;

const RUNS: usize = 3;
const SOCKETS: [usize; 2] = [10_000, 15_000];

const LOBBY: &str = r#"
entry lobby
room lobby public { doors hall }
lock pin gives bool {
    after 60s -> fail "too slow"
    ask { pin: "Pin?" }
    on { pin: "1" } -> resolve true
}
"#;
const HALL: &str = "group crowd\ngroup all\n\
                    room hall { requires name receives crowd  on { text: text } as m { post m } }\n";
/// What the crowd is told, all are told.
const GROUPS: &str = "group crowd in all\ngroup all\n\
                      room hall { requires name receives crowd  on { text: text } as m { post m } }\n";
/// Nobody has this key.
const MORE: &str = "group crowd\ngroup all\n\
                    room hall { requires name requires pin receives crowd  on { text: text } as m { post m } }\n";
/// Everybody meets what this requires.
const OTHER: &str = "group crowd\ngroup all\n\
                     room hall { requires name receives crowd  on { text: text } as m { post { text: m.text, new: true } } }\n";
const ALONE: &str = "lock pin2 gives bool { after 60s -> fail \"late\"  ask { pin: 2 }  on { pin: 2 } -> resolve true }\n\
                     room den { requires pin2 }\n";

fn main() {
    let given: Vec<usize> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let sizes = if given.is_empty() { SOCKETS.to_vec() } else { given };
    println!("sockets   what changes        compare     reload   ticks  longest tick   all ticks   first post");
    for sockets in sizes {
        for (what, rules, revoked) in [
            ("a lock elsewhere", format!("{HALL}{ALONE}"), None),
            ("the hall says more", OTHER.into(), None),
            ("the hall asks more", MORE.into(), None),
            ("the groups' graph", GROUPS.into(), None),
            ("keys are revoked", HALL.into(), Some("name")),
        ] {
            let revoked: Vec<Arc<str>> = revoked.into_iter().map(Arc::from).collect();
            measure(sockets, what, &program(&rules), &revoked);
        }
    }
}

fn program(rooms: &str) -> Arc<Program> {
    house::program(format!("{LOBBY}{NAME}{rooms}"))
}

/// So many stand in the hall, and as many others are gone.
fn full(sockets: usize) -> House {
    let settings = Settings { sockets_max: sockets, absent_clients_max: sockets, ..Settings::default() };
    let mut house = House::new(program(HALL), settings);
    for number in sockets..2 * sockets {
        house.come(number);
        house.input(number, Input::Closed { socket: socket(number) });
    }
    (0..sockets).for_each(|number| house.come(number));
    house
}

/// What one run took.
struct Took {
    compare: Duration,
    reload: Duration,
    ticks: Vec<Duration>,
    first_post: Duration,
}

fn measure(sockets: usize, what: &str, rules: &Arc<Program>, revoked: &[Arc<str>]) {
    let runs: Vec<Took> = (0..RUNS).map(|_| run(sockets, rules, revoked)).collect();
    let shortest = |of: fn(&Took) -> Duration| runs.iter().map(of).min().unwrap_or_default();
    let count = runs.iter().map(|run| run.ticks.len()).max().unwrap_or_default();
    let tick = |at: usize| runs.iter().filter_map(|run| run.ticks.get(at).copied()).min().unwrap_or_default();
    let ticks: Vec<Duration> = (0..count).map(tick).collect();
    let (longest, all) = (ticks.iter().max().copied().unwrap_or_default(), ticks.iter().sum::<Duration>());
    let (compare, reload) = (shortest(|run| run.compare), shortest(|run| run.reload));
    let first = shortest(|run| run.first_post);
    println!(
        "{sockets:>7}   {what:<18} {compare:>9.1?}  {reload:>9.1?}  {count:>6}  {longest:>12.1?}  {all:>10.1?}  {first:>11.1?}"
    );
}

fn run(sockets: usize, rules: &Arc<Program>, revoked: &[Arc<str>]) -> Took {
    let mut house = full(sockets);
    // The same house once more, as two runs of the same would be.
    let mut other = house.clone();
    let successor = |house: &House| Successor::new(house.engine.epochs(), rules.clone(), revoked.to_vec());
    let (new, compare) = timed(|| successor(&house));
    let reload = house.take(new);
    let mut ticks = Vec::new();
    while house.engine.is_moving() {
        ticks.push(timed(|| house.input(0, Input::Tick)).1);
    }
    drop(house);
    let new = successor(&other);
    other.take(new);
    let ((), posted) = timed(|| other.say(0, r#"{"text":"hello"}"#));
    // Who speaks is asked first where the hall asks more: what it says is posted once it has answered.
    let ((), answered) = timed(|| other.say(0, r#"{"pin":"1"}"#));
    Took { compare, reload, ticks, first_post: posted.max(answered) }
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let begin = Instant::now();
    let done = work();
    (done, begin.elapsed())
}
