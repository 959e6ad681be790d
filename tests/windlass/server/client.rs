//! A WebSocket client and a bare TCP client. Whatever they wait for, they wait for it only so long.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::{SinkExt, StreamExt};
use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

/// Nothing that a test waits for takes this long on any machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// Waits, but not for ever.
pub async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.unwrap_or_else(|_| panic!("waited in vain for {what}"))
}

/// Waits until something holds.
pub async fn until(what: &str, holds: impl Fn() -> bool) {
    soon(what, async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}

/// A WebSocket client.
pub struct Client {
    stream: WebSocketStream<TcpStream>,
}

impl Client {
    pub async fn connect(to: SocketAddr) -> Client {
        Client::connect_to(to, "/ws").await
    }

    pub async fn connect_to(to: SocketAddr, path: &str) -> Client {
        let request = format!("ws://{to}{path}").into_client_request().expect("a request");
        let stream = soon("a connection", TcpStream::connect(to)).await.expect("a listener");
        stream.set_nodelay(true).expect("an open socket");
        let (stream, _) = soon("a WebSocket", client_async(request, stream)).await.expect("an upgrade");
        Client { stream }
    }

    /// A connection whose request brings what the client says first.
    pub async fn connect_saying(to: SocketAddr, first: &str) -> Client {
        let mut request = format!("ws://{to}/ws").into_client_request().expect("a request");
        let protocols = format!("windlass.v1.json, windlass.first.{}", URL_SAFE_NO_PAD.encode(first));
        request.headers_mut().insert("sec-websocket-protocol", protocols.parse().expect("a header"));
        let stream = soon("a connection", TcpStream::connect(to)).await.expect("a listener");
        let (stream, _) = soon("a WebSocket", client_async(request, stream)).await.expect("an upgrade");
        Client { stream }
    }

    /// The same where the server may go at any moment.
    pub async fn try_connect(to: SocketAddr) -> Option<Client> {
        let request = format!("ws://{to}/ws").into_client_request().expect("a request");
        let stream = soon("a connection", TcpStream::connect(to)).await.ok()?;
        stream.set_nodelay(true).ok()?;
        let (stream, _) = soon("a WebSocket", client_async(request, stream)).await.ok()?;
        Some(Client { stream })
    }

    pub async fn try_send(&mut self, text: &str) -> Option<()> {
        soon("a send", self.stream.send(Message::text(text))).await.ok()
    }

    /// The next text that is no heartbeat; none where the connection is gone.
    pub async fn try_text(&mut self) -> Option<String> {
        loop {
            match soon("a text", self.stream.next()).await? {
                Ok(Message::Text(text)) if text.starts_with("{\"heartbeat\"") => {}
                Ok(Message::Text(text)) => return Some(text.to_string()),
                Ok(Message::Ping(_) | Message::Pong(_)) => {}
                Ok(Message::Binary(_) | Message::Close(_) | Message::Frame(_)) | Err(_) => return None,
            }
        }
    }

    pub async fn send(&mut self, text: &str) {
        soon("a send", self.stream.send(Message::text(text))).await.expect("an open connection");
    }

    /// The next text that is no heartbeat.
    pub async fn text(&mut self) -> String {
        loop {
            match soon("a text", self.stream.next()).await {
                Some(Ok(Message::Text(text))) if text.starts_with("{\"heartbeat\"") => {}
                Some(Ok(Message::Text(text))) => return text.to_string(),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                other => panic!("not a text: {other:?}"),
            }
        }
    }

    /// Reads whatever comes next, however long that takes, and so answers pings; false at the end.
    pub async fn goes_on(&mut self) -> bool {
        matches!(self.stream.next().await, Some(Ok(_)))
    }

    /// Whatever comes next.
    pub async fn any(&mut self) -> Option<Result<Message, Error>> {
        soon("anything", self.stream.next()).await
    }

    pub async fn expect(&mut self, text: &str) {
        assert_eq!(self.text().await, text);
    }

    pub async fn expect_start(&mut self, start: &str) {
        let text = self.text().await;
        assert!(text.starts_with(start), "`{text}` does not begin with `{start}`");
    }

    /// The code and reason it is closed with; what comes before is not looked at.
    pub async fn close_code(&mut self) -> (u16, String) {
        loop {
            match soon("a close", self.stream.next()).await {
                Some(Ok(Message::Close(Some(frame)))) => return (frame.code.into(), frame.reason.to_string()),
                Some(Ok(_)) => {}
                other => panic!("closed without a code: {other:?}"),
            }
        }
    }

    /// Closes, and waits for the end.
    pub async fn close(mut self) {
        soon("a close", self.stream.close(None)).await.expect("an open connection");
        while let Some(Ok(_)) = soon("the end", self.stream.next()).await {}
    }

    /// The connection beneath.
    pub fn tcp(&mut self) -> &mut TcpStream {
        self.stream.get_mut()
    }
}

/// A TCP client that says what it is told, byte for byte.
pub struct Bare {
    pub stream: TcpStream,
}

/// A good request for a WebSocket, with further header lines.
pub fn upgrade_request(headers: &str) -> String {
    format!(
        "GET /ws HTTP/1.1\r\nHost: example.org\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{headers}\r\n"
    )
}

/// A masked frame as a client sends it; the mask is zero.
pub fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    match payload.len() {
        length @ 0..126 => bytes.push(0x80 | length as u8),
        length @ 126..65536 => {
            bytes.push(0x80 | 126);
            bytes.extend_from_slice(&(length as u16).to_be_bytes());
        }
        length => {
            bytes.push(0x80 | 127);
            bytes.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
    bytes.extend_from_slice(&[0; 4]);
    bytes.extend_from_slice(payload);
    bytes
}

/// A frame of the server: its first byte, and its payload.
pub type Frame = (u8, Vec<u8>);

impl Bare {
    pub async fn connect(to: SocketAddr) -> Bare {
        Bare { stream: soon("a connection", TcpStream::connect(to)).await.expect("a listener") }
    }

    /// A connection that is a WebSocket and has read its hello.
    pub async fn upgraded(to: SocketAddr) -> Bare {
        let mut bare = Bare::connect(to).await;
        bare.write(upgrade_request("").as_bytes()).await;
        let head = bare.head().await;
        assert!(head.starts_with("HTTP/1.1 101"), "{head}");
        let (first, _) = bare.frame().await.expect("a hello");
        assert_eq!(first, 0x81);
        bare
    }

    pub async fn write(&mut self, bytes: &[u8]) {
        soon("a write", self.stream.write_all(bytes)).await.expect("an open connection");
    }

    /// The head of an answer, up to its empty line.
    pub async fn head(&mut self) -> String {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            match soon("an answer", self.stream.read_u8()).await {
                Ok(byte) => head.push(byte),
                Err(_) => break,
            }
        }
        String::from_utf8(head).expect("text")
    }

    /// Everything up to the end.
    pub async fn rest(&mut self) -> String {
        let mut rest = Vec::new();
        let _ = soon("the end", self.stream.read_to_end(&mut rest)).await;
        String::from_utf8_lossy(&rest).into_owned()
    }

    /// The next frame; none at the end.
    pub async fn frame(&mut self) -> Option<Frame> {
        soon("a frame", async {
            let first = self.stream.read_u8().await.ok()?;
            let length = match self.stream.read_u8().await.ok()? {
                126 => u64::from(self.stream.read_u16().await.ok()?),
                127 => self.stream.read_u64().await.ok()?,
                length => u64::from(length),
            };
            let mut payload = vec![0; length as usize];
            self.stream.read_exact(&mut payload).await.ok()?;
            Some((first, payload))
        })
        .await
    }

    /// The code it is closed with; what comes before is not looked at.
    pub async fn close_code(&mut self) -> Option<u16> {
        loop {
            if let (0x88, payload) = self.frame().await? {
                return Some(u16::from_be_bytes([payload[0], payload[1]]));
            }
        }
    }
}
