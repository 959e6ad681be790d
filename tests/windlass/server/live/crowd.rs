//! Sockets that note all they are told.

use super::super::client::soon;
use futures_util::stream::SplitSink;
use futures_util::{SinkExt, StreamExt};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{WebSocketStream, client_async};

/// What a socket was told.
#[derive(Default)]
pub struct Heard {
    /// What was said in the room where it stands: its `seq`, the number, and the version that said it.
    pub posts: Vec<Post>,
    /// What was said elsewhere.
    pub strays: Vec<String>,
    /// Its own numbers, with the version that took them.
    pub said: Vec<(u64, u64)>,
    /// Where it was let in.
    pub moved: Vec<String>,
    pub closed: Option<u16>,
    /// The longest time between two posts.
    gap: Duration,
    last: Option<Instant>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Post {
    pub seq: u64,
    pub n: u64,
    pub version: u64,
}

pub struct Socket {
    sink: SplitSink<WebSocketStream<TcpStream>, Message>,
    heard: Arc<Mutex<Heard>>,
}

impl Socket {
    pub async fn connect(to: SocketAddr) -> Socket {
        let request = format!("ws://{to}/ws").into_client_request().expect("a request");
        let stream = soon("a connection", TcpStream::connect(to)).await.expect("a listener");
        stream.set_nodelay(true).expect("an open socket");
        let (stream, _) = soon("a WebSocket", client_async(request, stream)).await.expect("an upgrade");
        let (sink, mut source) = stream.split();
        let heard = Arc::new(Mutex::new(Heard::default()));
        let noting = heard.clone();
        tokio::spawn(async move {
            while let Some(Ok(message)) = source.next().await {
                noting.lock().expect("nobody panics").note(&message);
            }
        });
        Socket { sink, heard }
    }

    pub async fn say(&mut self, text: &str) {
        soon("a send", self.sink.send(Message::text(text))).await.expect("an open connection");
    }

    /// None where the server is gone.
    pub async fn try_say(&mut self, text: &str) -> Option<()> {
        self.sink.send(Message::text(text)).await.ok()
    }

    pub fn heard<T>(&self, read: impl FnOnce(&Heard) -> T) -> T {
        read(&self.heard.lock().expect("nobody panics"))
    }

    /// The longest time between two posts since it was last asked.
    pub fn take_gap(&self) -> Duration {
        std::mem::take(&mut self.heard.lock().expect("nobody panics").gap)
    }

    pub fn is_in(&self, room: &str) -> bool {
        self.heard(|heard| heard.moved.last().is_some_and(|last| last == room))
    }
}

impl Heard {
    fn note(&mut self, message: &Message) {
        let text = match message {
            Message::Text(text) => text.as_str(),
            Message::Close(frame) => return self.closed = Some(frame.as_ref().map_or(1005, |frame| frame.code.into())),
            Message::Ping(_) | Message::Pong(_) | Message::Binary(_) | Message::Frame(_) => return,
        };
        let frame: serde_json::Value = serde_json::from_str(text).expect("JSON");
        let number = |value: &serde_json::Value| value.as_u64().unwrap_or_default();
        if let Some(post) = frame.get("message") {
            if self.moved.last().map(String::as_str) != frame["room"].as_str() {
                self.strays.push(text.to_owned());
            }
            let (seq, n, version) = (number(&frame["seq"]), number(&post["n"]), number(&post["version"]));
            self.posts.push(Post { seq, n, version });
            let now = Instant::now();
            let gap = self.last.replace(now).map_or(Duration::ZERO, |last| now - last);
            self.gap = self.gap.max(gap);
        } else if let Some(said) = frame.get("say") {
            self.said.push((number(&said["said"]), number(&said["version"])));
        } else if let Some(moved) = frame.get("moved") {
            self.moved.push(moved["room"].as_str().expect("a room").to_owned());
        }
    }
}
