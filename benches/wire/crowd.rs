//! Many WebSockets of one process, which come, walk in, are there, go at once, and come back.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::http::header::{SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

/// So many are on their way in at one time: fewer than a server lets wait to be accepted.
const AT_ONCE: usize = 1_000;
/// Nothing that somebody of the crowd waits for takes so long.
const PATIENCE: Duration = Duration::from_secs(60);
/// The key that the example of RFC 6455 uses: the limits know the answer to no other.
const KEY: HeaderValue = HeaderValue::from_static("dGhlIHNhbXBsZSBub25jZQ==");
/// A process has some 28,000 ports for each of its addresses, and those of connections that just went are not free yet: so many
/// addresses have enough for all.
const ADDRESSES: usize = 100;

pub type Outcome<T> = Result<T, String>;

/// Somebody who is connected.
pub struct Guest {
    stream: WebSocketStream<TcpStream>,
}

/// Somebody who stands in a room, and could come back there.
pub struct Member {
    pub guest: Guest,
    token: String,
    epoch: String,
    offset: u64,
}

impl Guest {
    /// Connects, until the server has taken it as a WebSocket.
    pub async fn connect(url: &str, number: usize) -> Outcome<Guest> {
        Guest::connect_saying(url, number, None).await
    }

    /// The same, with what is said first in the request.
    async fn connect_saying(url: &str, number: usize, first: Option<String>) -> Outcome<Guest> {
        let opened = tokio::time::timeout(PATIENCE, open(url, number, first)).await;
        opened.map_err(|_| "no answer to a connection".to_owned())?
    }

    pub async fn say(&mut self, text: String) -> Outcome<()> {
        self.stream.send(Message::text(text)).await.map_err(|error| error.to_string())
    }

    /// Reads until a frame of this kind comes; what is in it.
    pub async fn hear(&mut self, kind: &str) -> Outcome<Value> {
        let heard = async {
            loop {
                let said: Value = serde_json::from_str(&self.next().await?).map_err(|error| error.to_string())?;
                if let Some(content) = said.get(kind) {
                    return Ok(content.clone());
                }
                if said.get("error").is_some() || said.get("bye").is_some() {
                    return Err(format!("no `{kind}`, but {said}"));
                }
            }
        };
        tokio::time::timeout(PATIENCE, heard).await.map_err(|_| format!("no `{kind}`"))?
    }

    async fn next(&mut self) -> Outcome<Utf8Bytes> {
        loop {
            match self.stream.next().await {
                Some(Ok(Message::Text(text))) => return Ok(text),
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Binary(_) | Message::Frame(_))) => {}
                Some(Ok(Message::Close(_))) | None => return Err("closed".to_owned()),
                Some(Err(error)) => return Err(error.to_string()),
            }
        }
    }
}

impl Member {
    /// Connects, shows the ticket, and stands in the room.
    pub async fn walk_in(url: &str, number: usize, room: &str) -> Outcome<Member> {
        let mut guest = Guest::connect(url, number).await?;
        guest.hear("hello").await?;
        guest.say(format!(r#"{{"to":"room:{room}"}}"#)).await?;
        guest.hear("ask").await?;
        guest.say(r#"{"ticket":"ticket"}"#.to_owned()).await?;
        let identified = guest.hear("identified").await?;
        let moved = guest.hear("moved").await?;
        Ok(Member {
            guest,
            token: text(&identified, "resume"),
            epoch: text(&moved, "epoch"),
            offset: moved["offset"].as_u64().unwrap_or(0),
        })
    }

    /// Says something that the server answers to this member alone.
    pub async fn whisper(&mut self) -> Outcome<()> {
        self.guest.say(r#"{"whisper":"is anybody there?"}"#.to_owned()).await?;
        self.guest.hear("say").await.map(drop)
    }

    /// Is gone without a word; what it takes to come back.
    pub fn drop_out(self) -> Return {
        let Member { token, epoch, offset, .. } = self;
        Return { token, epoch, offset }
    }
}

/// What somebody comes back with.
pub struct Return {
    token: String,
    epoch: String,
    offset: u64,
}

impl Return {
    /// Connects, and takes up where it was; whether it was told of all that it missed, which is `missed` messages.
    pub async fn come_back(self, url: &str, number: usize, room: &str, missed: u64) -> Outcome<bool> {
        let Return { token, epoch, offset } = self;
        let first = format!(r#"{{"resume":{{"token":"{token}","seen":{{"room:{room}":["{epoch}",{offset}]}}}}}}"#);
        let mut guest = Guest::connect_saying(url, number, Some(first)).await?;
        let is = |said: &str, kind: &str| said.get(2..).is_some_and(|rest| rest.starts_with(kind));
        let (mut messages, there) = (0, format!("\"room:{room}\""));
        // how a frame begins says what it is; more is not read, since the crowd is on the server's processors
        loop {
            let said = tokio::time::timeout(PATIENCE, guest.next()).await.map_err(|_| "no return".to_owned())??;
            messages += u64::from(is(&said, "message\""));
            if is(&said, "moved\"") && said.contains(&there) {
                return Ok(messages == missed);
            }
            if is(&said, "error\"") || is(&said, "bye\"") {
                return Err(format!("not taken back: {said}"));
            }
        }
    }
}

fn text(of: &Value, name: &str) -> String {
    of[name].as_str().unwrap_or_default().to_owned()
}

async fn open(url: &str, number: usize, first: Option<String>) -> Outcome<Guest> {
    let mut request = url.into_client_request().map_err(|error| error.to_string())?;
    request.headers_mut().insert(SEC_WEBSOCKET_KEY, KEY);
    if let Some(first) = first {
        let protocols = format!("windlass.v1.json, windlass.first.{}", URL_SAFE_NO_PAD.encode(first));
        let protocols = HeaderValue::try_from(protocols).map_err(|error| error.to_string())?;
        request.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, protocols);
    }
    let port = request.uri().port_u16().unwrap_or(80);
    let stream = connect(port, number).await.map_err(|error| format!("cannot connect: {error}"))?;
    let small = WebSocketConfig::default().read_buffer_size(1024).write_buffer_size(0);
    let opened = client_async_with_config(request, stream, Some(small)).await;
    let (stream, _) = opened.map_err(|error: Error| format!("no WebSocket: {error}"))?;
    Ok(Guest { stream })
}

/// Connects from one of several addresses of this machine, since one has not as many ports as a crowd needs.
async fn connect(port: u16, number: usize) -> std::io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    let last = 1 + u8::try_from(number % ADDRESSES).unwrap_or_default();
    socket.set_reuseaddr(true)?;
    socket.bind(SocketAddr::from((Ipv4Addr::new(127, 1, 0, last), 0)))?;
    let stream = socket.connect(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// What each of many has done, and when it had.
pub struct Done<T> {
    pub outcomes: Vec<T>,
    /// How long the first 99 of 100 took together.
    pub most: Duration,
    pub failed: usize,
}

/// Has each do something, so many of them at one time. Says on standard error why the first failed.
pub async fn each<Who, T, Doing>(all: Vec<Who>, work: impl Fn(usize, Who) -> Doing) -> Done<T>
where
    T: Send + 'static,
    Doing: Future<Output = Outcome<T>> + Send + 'static,
{
    let count = all.len();
    let (begun, gate) = (Instant::now(), Arc::new(Semaphore::new(AT_ONCE)));
    let mut working = JoinSet::new();
    for (number, who) in all.into_iter().enumerate() {
        let (gate, doing) = (gate.clone(), work(number, who));
        working.spawn(async move {
            let _place = gate.acquire_owned().await;
            let outcome = doing.await;
            (outcome, begun.elapsed())
        });
    }
    let mut done = Done { outcomes: Vec::with_capacity(count), most: Duration::ZERO, failed: 0 };
    let mut times = Vec::with_capacity(count);
    while let Some(Ok((outcome, after))) = working.join_next().await {
        match outcome {
            Ok(outcome) => {
                done.outcomes.push(outcome);
                times.push(after);
            }
            Err(why) => {
                if done.failed == 0 {
                    eprintln!("one of the crowd: {why}");
                }
                done.failed += 1;
            }
        }
    }
    times.sort();
    done.most = times.get((count * 99).div_ceil(100).saturating_sub(1)).copied().unwrap_or(PATIENCE);
    done
}
