//! A small house behind the engine's doors, for tests of the server alone: it does what a frame says.
//!
//! `{"echo": x}` comes back; `{"join": n}` puts the socket on a list, `{"leave": n}` takes it off; `{"fan": n, "text": x}` goes to
//! the list but its sender; `{"close": code}` closes; `{"check": name, "args": [...], "within": ms}` asks a verifier;
//! `{"identify": true}` says that it is known who this is; `{"panic": true}` breaks the reader.

use super::client::Client;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex};
use windlass::check::{Checks, Limits};
use windlass::engine::{CloseCode, Input, ListId, Output};
use windlass::envelope::{Envelope, Refusal, Request};
use windlass::server::config::Config;
use windlass::server::{Decide, Decode, Fields, House, Kept, Reads, Server};
use windlass::value::{Json, Millis, Value};
use windlass::wind::{Handshake, Now, SocketId, Ticket};

/// What the house saw, for the test to look at.
#[derive(Debug, Default)]
pub struct Seen {
    pub handshakes: Vec<Arc<Handshake>>,
    pub closed: BTreeSet<SocketId>,
}

#[derive(Default)]
pub struct Echo {
    outputs: VecDeque<Output>,
    lists: BTreeMap<SocketId, BTreeSet<ListId>>,
    seen: Arc<Mutex<Seen>>,
}

impl Decide for Echo {
    fn handle_input(&mut self, _now: Now, input: Input) {
        match input {
            Input::Connected { socket, handshake } => {
                self.seen.lock().expect("no panic").handshakes.push(handshake);
                self.lists.insert(socket, BTreeSet::new());
                let frame = format!("{{\"hello\":\"{}\"}}", socket.0).into();
                self.outputs.push_back(Output::Hello { socket, frame });
            }
            Input::Received { socket, envelope: Ok(Envelope { request: Request::Message { content, .. }, .. }) } => {
                if self.lists.contains_key(&socket) {
                    self.obey(socket, content.json());
                }
            }
            Input::Received { .. } | Input::Page { .. } | Input::Act { .. } | Input::Space(_) | Input::Tick => {}
            Input::Closed { socket } => {
                self.seen.lock().expect("no panic").closed.insert(socket);
                self.forget(socket);
            }
            Input::Verdict { socket, verdict, .. } => {
                let text = match verdict {
                    Ok(value) => format!("{{\"passed\":{}}}", value.to_json().as_str()),
                    Err(why) => format!("{{\"failed\":{}}}", Value::Text(why).to_json().as_str()),
                };
                self.send(socket, &text);
            }
            Input::Stop { .. } => {
                for socket in self.lists.keys().copied().collect::<Vec<_>>() {
                    self.send(socket, "{\"bye\":\"stop\"}");
                    self.close(socket, CloseCode::RESTART);
                }
            }
        }
    }

    fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    fn poll_timeout(&self) -> Option<Millis> {
        None
    }
}

impl Echo {
    fn obey(&mut self, socket: SocketId, content: &Json) {
        let number = |name: &str| content.field(name).and_then(|text| text.parse::<u32>().ok());
        if let Some(text) = content.field("echo") {
            self.send(socket, &format!("{{\"echo\":{text}}}"));
        } else if let Some(list) = number("join") {
            if self.lists.entry(socket).or_default().insert(ListId(list)) {
                self.outputs.push_back(Output::Join { list: ListId(list), socket });
            }
            self.send(socket, &format!("{{\"joined\":{list}}}"));
        } else if let Some(list) = number("leave") {
            if self.lists.entry(socket).or_default().remove(&ListId(list)) {
                self.outputs.push_back(Output::Leave { list: ListId(list), socket });
            }
            self.send(socket, &format!("{{\"left\":{list}}}"));
        } else if let Some(list) = number("fan") {
            let frame = format!("{{\"message\":{}}}", content.field("text").unwrap_or("null")).into();
            self.outputs.push_back(Output::Fan { list: ListId(list), frame, except: Some(socket) });
        } else if let Some(code) = number("close") {
            self.close(socket, CloseCode(code as u16));
        } else if content.field("identify").is_some() {
            self.outputs.push_back(Output::Identified { socket });
            self.send(socket, r#"{"identified":true}"#);
        } else if let Some(check) = content.field("check") {
            self.check(socket, check, content);
        } else if content.field("break").is_some() {
            panic!("an engine that breaks, as the test wants it");
        }
    }

    fn check(&mut self, socket: SocketId, check: &str, content: &Json) {
        let mut args = Vec::new();
        let list = Json::parse(content.field("args").unwrap_or("[]")).expect("JSON");
        list.each_item(|item| args.push(Value::from_json(item)));
        let within = content.field("within").and_then(|text| text.parse().ok()).unwrap_or(5000);
        let check = check.trim_matches('"').into();
        self.outputs.push_back(Output::Check { socket, ticket: Ticket(1), check, args, within });
    }

    fn send(&mut self, socket: SocketId, frame: &str) {
        self.outputs.push_back(Output::Send { socket, frame: frame.into() });
    }

    fn forget(&mut self, socket: SocketId) {
        for list in self.lists.remove(&socket).unwrap_or_default() {
            self.outputs.push_back(Output::Leave { list, socket });
        }
    }

    fn close(&mut self, socket: SocketId, code: CloseCode) {
        self.forget(socket);
        self.outputs.push_back(Output::Close { socket, code, reason: "as you wish".into() });
    }
}

fn decode() -> Decode {
    Arc::new(|text| {
        assert!(!text.contains("\"panic\""), "a handler that panics, as the test wants it");
        let content =
            Json::parse(text).map_err(|error| Refusal { id: None, code: "malformed", message: error.to_string() })?;
        Ok(Envelope { id: None, request: Request::Message { to: None, content: content.into() } })
    })
}

/// A server with the echo house on a port of its own.
pub struct Echoing {
    pub server: Server,
    pub seen: Arc<Mutex<Seen>>,
}

/// Settings for a test: a free port, and this YAML over the defaults.
pub fn settings(yaml: &str) -> Config {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("windlass.yaml");
    std::fs::write(&file, format!("listen: 127.0.0.1:0\n{yaml}")).expect("a file");
    windlass::server::config::load(directory.path(), Some(&file), Default::default()).expect("good settings")
}

impl Echoing {
    pub async fn start(yaml: &str) -> Echoing {
        Echoing::with_checks(yaml, Checks::new(Limits { parallel: 2, waiting: 8 })).await
    }

    pub async fn with_checks(yaml: &str, checks: Checks) -> Echoing {
        let seen = Arc::new(Mutex::new(Seen::default()));
        let decider = Echo { seen: seen.clone(), ..Echo::default() };
        let reads = Reads {
            query: Fields::All,
            headers: Fields::Only(vec!["x_who".into()]),
            cookies: Fields::All,
            protocols: Fields::All,
            certificate: Fields::default(),
        };
        let (store, source) = (Kept::InMemory, None);
        let house = House { decider, decode: decode(), checks, webhooks: Vec::new(), reads, store, source };
        let server = Server::start(&settings(yaml), house).await.expect("a free port");
        Echoing { server, seen }
    }

    /// A client that has read its hello.
    pub async fn client(&self) -> Client {
        let mut client = Client::connect(self.server.address()).await;
        client.expect_start("{\"hello\"").await;
        client
    }
}
