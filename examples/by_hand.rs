//! Drives the engine by hand: no network, no clock, no threads. What comes in, what goes out, and when, is all here.
//!
//! ```text
//! cargo run --example by_hand
//! ```

use std::sync::Arc;
use uuid::Uuid;
use windlass::diagnostic::SourceMap;
use windlass::engine::{Engine, Input, Output, Settings};
use windlass::envelope::{Limits, decode};
use windlass::wind::{Handshake, Now, SocketId, frame_names};

/// A porch with a door to a house that asks for a name.
const RULES: &str = r#"
entry porch
room porch public { doors house }
room house {
    requires name
    on { text: text } as m { post m }
}
lock name gives client {
    after 30s -> fail "too slow"
    state asking {
        ask { name: "Who are you?" }
        on { name: text(1..64) } as a { identify a.name -> resolve a.name }
    }
}
"#;

fn main() {
    // From text to machine: the same check that `windlass lint` and the server make.
    let mut sources = SourceMap::default();
    sources.add("house.room", RULES);
    let program = windlass::lint::check(sources).program.expect("the rules may run");

    // The seed decides everything that is random. A server takes a secret one.
    let mut engine = Engine::new(program.clone(), Settings::default(), [0; 32]);
    let (ada, bob) = (SocketId(Uuid::from_u128(1)), SocketId(Uuid::from_u128(2)));

    // Two connections come up. A shard would write what `poll_output` gives; here it is printed.
    for socket in [ada, bob] {
        let handshake = Arc::new(Handshake::default());
        do_one(&mut engine, 0, Input::Connected { socket, handshake });
    }

    // Ada wants to go in. The house's lock is wound on her stack and asks.
    let frames = say(&mut engine, 1_000, ada, r#"{"to":"room:house"}"#);
    assert!(frames[0].contains(r#"{"ask":{"name":"Who are you?"},"in":"lock:name""#));
    assert_eq!(frame_names(&program, engine.socket(ada).expect("ada")), ["porch", "house", "name"]);

    // One answer, one pass: the lock resolves, the house admits.
    let frames = say(&mut engine, 2_000, ada, r#"{"name":"ada"}"#);
    assert!(frames[0].starts_with(r#"{"identified":{"client":"client:ada""#));
    assert_eq!(frame_names(&program, engine.socket(ada).expect("ada")), ["house"]);

    // Bob goes in too, and hears Ada: one output for the whole room, however many are in it.
    say(&mut engine, 3_000, bob, r#"{"to":"room:house"}"#);
    say(&mut engine, 4_000, bob, r#"{"name":"bob"}"#);
    let frames = say(&mut engine, 5_000, ada, r#"{"text":"hi","from":"client:root"}"#);
    assert!(frames[0].contains(r#""from":"client:ada","seq":1"#), "the server knows better who speaks");

    // The engine says when it wants to be woken. The lock's 30 seconds are over by then, but so is the lock.
    let time = engine.poll_timeout().expect("a deadline");
    assert_eq!((time, do_one(&mut engine, time, Input::Tick).len()), (31_000, 0));
}

/// What a socket's client sends, at a time in milliseconds; the frames that are written because of it.
fn say(engine: &mut Engine, time: u64, socket: SocketId, frame: &str) -> Vec<Arc<str>> {
    println!("{time:>5}  > {frame}");
    do_one(engine, time, Input::Received { socket, envelope: decode(frame, &Limits::default()) })
}

/// One input, then all outputs: that is the whole of it.
fn do_one(engine: &mut Engine, time: u64, input: Input) -> Vec<Arc<str>> {
    engine.handle_input(Now { monotonic: time, wall: 1_760_000_000_000 + time }, input);
    let outputs = std::iter::from_fn(|| engine.poll_output());
    let frames = outputs.filter_map(|output| match output {
        Output::Send { frame, .. } | Output::Fan { frame, .. } => Some(frame),
        // Which connections are on which list, a shard keeps; this example has none.
        Output::Join { .. } | Output::Leave { .. } | Output::Close { .. } => None,
        Output::Check { .. } | Output::Webhook { .. } => None,
    });
    frames.inspect(|frame| println!("       < {frame}")).collect()
}
