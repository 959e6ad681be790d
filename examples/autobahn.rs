//! A server that sends every text back as it came, for the Autobahn test suite: its cases are about WebSockets, and send what is no JSON. All
//! but the engine is the server's own: accepting, upgrading, reading, limits, shards, writing.
//!
//! ```text
//! cargo run --example autobahn &
//! wstest -m fuzzingclient -s tests/fixtures/server/autobahn.json
//! ```

use std::collections::VecDeque;
use std::sync::Arc;
use windlass::check::{Checks, Limits};
use windlass::engine::{Input, Output};
use windlass::envelope::{Envelope, Request};
use windlass::server::config::{Overrides, load};
use windlass::server::{Decide, House, Kept, Reads, Server};
use windlass::value::{Millis, Value};
use windlass::wind::Now;

/// The cases send messages of up to 16 MiB, and one that large in pieces of 64 bytes.
const SETTINGS: [&str; 5] =
    ["listen=127.0.0.1:9001", "message.bytes=17MiB", "message.fragments=131072", "message.deadline=5m", "outbox=64MiB"];

/// Stands where the engine is, and sends back what comes.
#[derive(Default)]
struct Echo(VecDeque<Output>);

impl Decide for Echo {
    fn handle_input(&mut self, _now: Now, input: Input) {
        if let Input::Received { socket, envelope: Ok(Envelope { request: Request::Message { content, .. }, .. }) } =
            input
            && let Some(frame) = Value::from_json(content.as_str()).as_text().cloned()
        {
            self.0.push_back(Output::Send { socket, frame });
        }
    }

    fn poll_output(&mut self) -> Option<Output> {
        self.0.pop_front()
    }

    fn poll_timeout(&self) -> Option<Millis> {
        None
    }
}

/// A text is carried as JSON.
fn envelope(text: &str) -> Envelope {
    Envelope { id: None, request: Request::Message { to: None, content: Value::Text(text.into()).to_json() } }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let set = SETTINGS.iter().map(|setting| setting.parse()).collect::<Result<_, _>>()?;
    let config = load(".".as_ref(), None, Overrides { set, ..Overrides::default() })?;
    let house = House {
        decider: Echo::default(),
        decode: Arc::new(|text| Ok(envelope(text))),
        checks: Checks::new(Limits { parallel: 1, waiting: 1 }),
        store: Kept::InMemory,
        webhooks: Vec::new(),
        source: None,
        reads: Reads::default(),
    };
    tokio::runtime::Runtime::new()?.block_on(async {
        let mut server = Server::start(&config, house).await?;
        println!("echoing at ws://{}/ws", server.address());
        server.broken().await;
        Ok(())
    })
}
