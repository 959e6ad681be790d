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
use windlass::value::Value;
use windlass::wind::{Handshake, Now, SocketId, Waits, frame_names};

/// A porch with a door to a house that asks for a code.
const RULES: &str = r#"
entry porch
room porch public {
    doors house
    after 1m -> drop "nobody came in"
}
room house {
    requires name
    on { text: text } as m { post m }
}
lock name gives client {
    after 30s -> fail "too slow"
    state asking {
        ask { code: "Who are you?" }
        on { code: text(1..64) } as a -> checking(a.code)
    }
    state checking(code: text) {
        check code(code) within 5s
        passed owner { identify owner -> resolve owner }
        failed why -> fail why
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
    assert!(frames[0].contains(r#"{"ask":{"code":"Who are you?"},"in":"lock:name""#));
    assert_eq!(frame_names(engine.epochs(), engine.socket(ada).expect("ada")), ["porch", "house", "name"]);

    // Her answer has to be verified. Checks are somebody else's work: one goes out, its verdict comes in. Then, in one
    // pass, the lock resolves and the house admits.
    say(&mut engine, 2_000, ada, r#"{"code":"1234"}"#);
    let frames = verify(&mut engine, 2_005, ada, "ada");
    assert!(frames[0].starts_with(r#"{"identified":{"client":"client:ada""#));
    assert_eq!(frame_names(engine.epochs(), engine.socket(ada).expect("ada")), ["house"]);

    // Bob goes in too, and hears Ada: one output for the whole room, however many are in it.
    say(&mut engine, 3_000, bob, r#"{"to":"room:house"}"#);
    say(&mut engine, 4_000, bob, r#"{"code":"5678"}"#);
    verify(&mut engine, 4_005, bob, "bob");
    let frames = say(&mut engine, 5_000, ada, r#"{"text":"hi","from":"client:root"}"#);
    assert!(frames[0].contains(r#""from":"client:ada","seq":1"#), "the server knows better who speaks");

    // The engine says when it wants to be woken. The lock's 30 seconds are over by then, but so is the lock.
    let time = engine.poll_timeout().expect("a deadline");
    assert_eq!((time, do_one(&mut engine, time, Input::Tick).len()), (31_000, 0));
}

/// A check has passed: the code is this client's.
fn verify(engine: &mut Engine, time: u64, socket: SocketId, owner: &str) -> Vec<Arc<str>> {
    let waits = engine.socket(socket).and_then(|stack| stack.top()).map(|frame| frame.waits.clone());
    let Some(Waits::Check(ticket)) = waits else { panic!("nothing is being checked") };
    do_one(engine, time, Input::Verdict { socket, ticket, verdict: Ok(Value::Text(owner.into())) })
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
        Output::Hello { frame, .. } | Output::Send { frame, .. } | Output::Fan { frame, .. } => Some(frame),
        // A server would begin the check, call the webhook, and answer whoever looks after it.
        Output::Check { .. } | Output::Webhook { .. } | Output::Retired { .. } => None,
        Output::Identified { .. } | Output::Acted { .. } => None,
        // A store would keep the one, and answer the other.
        Output::Store(_) | Output::Read { .. } => None,
        // Which connection is on which list, a shard remembers.
        Output::Join { .. } | Output::Leave { .. } | Output::Close { .. } => None,
    });
    frames.inspect(|frame| println!("       < {frame}")).collect()
}
