//! `rooms/echo` served to the Autobahn test suite, whose cases are about WebSockets and send what is no JSON. A text is handed to the rules as
//! the content `{"echo": TEXT}`, and what they say is written without the frame's JSON around it. All else is the server's own: accepting,
//! upgrading, reading, limits, the engine with its rules, shards, writing.
//!
//! ```text
//! cargo run --release --example autobahn &
//! wstest -m fuzzingclient -s tests/fixtures/server/autobahn.json
//! ```

use std::sync::Arc;
use windlass::diagnostic::SourceMap;
use windlass::engine::{Engine, Input, Output};
use windlass::envelope::{Envelope, Request};
use windlass::lint;
use windlass::server::config::{Overrides, load};
use windlass::server::{Decide, House, Server};
use windlass::value::{Json, Millis, Value};
use windlass::wind::Now;

/// The cases send messages of up to 16 MiB, one that large in pieces of 64 bytes, and many of them as fast as they can.
const SETTINGS: [&str; 8] = [
    "listen=127.0.0.1:9001",
    "message.bytes=17MiB",
    "message.fragments=131072",
    "message.deadline=5m",
    "outbox=64MiB",
    "rate.unidentified=1000000",
    "rate.unidentified_burst=1000000",
    "store.memory_only=true",
];

/// The engine, of whose frames only what the rules say is written, as the bare text.
struct Bare(Engine);

impl Decide for Bare {
    fn handle_input(&mut self, now: Now, input: Input) {
        self.0.handle_input(now, input);
    }

    fn poll_output(&mut self) -> Option<Output> {
        loop {
            match self.0.poll_output()? {
                Output::Send { socket, frame } => {
                    if let Some(frame) = said(&frame) {
                        return Some(Output::Send { socket, frame });
                    }
                }
                other => return Some(other),
            }
        }
    }

    fn poll_timeout(&self) -> Option<Millis> {
        self.0.poll_timeout()
    }
}

/// The text in `{"say":{"echo":TEXT},…}`; none where a frame is another one.
fn said(frame: &str) -> Option<Arc<str>> {
    let said = Json::parse(Json::parse(frame).ok()?.field("say")?).ok()?;
    Value::from_json(said.field("echo")?).as_text().cloned()
}

/// A text as the rules get it.
fn envelope(text: &str) -> Envelope {
    let content = Json::record([("echo", Value::Text(text.into()))]);
    Envelope { id: None, request: Request::Message { to: None, content: content.into() } }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let set = SETTINGS.iter().map(|setting| setting.parse()).collect::<Result<_, _>>()?;
    let config = load(".".as_ref(), None, Overrides { set, ..Overrides::default() })?;
    let mut sources = SourceMap::default();
    sources.add("rooms/echo/front.room", include_str!("../rooms/echo/front.room").to_owned());
    let program = lint::check(sources).program.ok_or("the rules have an error")?;
    let House { decider, decode: _, checks, webhooks, store, reads, source } = House::new(program, &config)?;
    let (decider, decode) = (Bare(decider), Arc::new(|text: &str| Ok(envelope(text))));
    let house = House { decider, decode, checks, webhooks, store, reads, source };
    tokio::runtime::Runtime::new()?.block_on(async {
        let mut server = Server::start(&config, house).await?;
        println!("echoing at ws://{}/ws", server.address());
        server.broken().await;
        Ok(())
    })
}
