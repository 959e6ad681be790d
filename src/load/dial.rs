//! From an address to a WebSocket.

use super::target::Target;
use super::trouble::Trouble;
use crate::envelope::PROTOCOL;
use crate::model::HandshakePart;
use hyper::header::{COOKIE, HeaderName, HeaderValue, SEC_WEBSOCKET_PROTOCOL};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::Request;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

/// What each socket reads into at first, in bytes: there are many of them, and what they get is short.
const READ_BYTES: usize = 2 * 1024;

/// A WebSocket, over TCP or TLS.
pub(super) type Line = WebSocketStream<Box<dyn Duplex>>;

/// What can be read and written.
pub(super) trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<Stream: AsyncRead + AsyncWrite + Send + Unpin> Duplex for Stream {}

/// What a socket connects with.
#[derive(Clone, Debug, Default)]
pub(super) struct Handshake {
    pub(super) query: Vec<(String, String)>,
    pub(super) headers: Vec<(String, String)>,
    /// Behind ours.
    pub(super) protocols: Vec<String>,
}

impl Handshake {
    /// Adds what a scene calls by the names that rules have for it.
    pub(super) fn bring(&mut self, part: HandshakePart, mut fields: Vec<(String, String)>) {
        let joined = |fields: Vec<(String, String)>, sign: &str| {
            fields.into_iter().map(|(name, value)| name + sign + &value).collect::<Vec<_>>()
        };
        match part {
            HandshakePart::Query => self.query.append(&mut fields),
            HandshakePart::Headers => self.headers.append(&mut fields),
            HandshakePart::Cookies => self.headers.push((COOKIE.to_string(), joined(fields, "=").join("; "))),
            HandshakePart::Protocols => self.protocols.append(&mut joined(fields, ".")),
            // it would be that of the connection, and those are made for all alike
            HandshakePart::Certificate => {}
        }
    }
}

/// Makes connections, so many at one time.
pub(super) struct Dialer {
    target: Target,
    tls: Option<(TlsConnector, ServerName<'static>)>,
    turns: Semaphore,
    patience: Duration,
}

impl Dialer {
    pub(super) fn new(
        target: Target,
        trust: Option<Arc<ClientConfig>>,
        at_once: usize,
        patience: Duration,
    ) -> Result<Dialer, String> {
        let tls = match trust.filter(|_| target.is_tls) {
            None => None,
            Some(config) => {
                let name = ServerName::try_from(target.host.clone());
                let name = name.map_err(|_| format!("`{}` is no name of a host", target.host))?;
                Some((TlsConnector::from(config), name))
            }
        };
        Ok(Dialer { target, tls, turns: Semaphore::new(at_once), patience })
    }

    /// Connects, when it is its turn.
    pub(super) async fn dial(&self, handshake: &Handshake) -> Result<Line, Trouble> {
        let request = self.request(handshake)?;
        let _turn = self.turns.acquire().await;
        let dialed = timeout(self.patience, self.connect(request)).await;
        dialed.unwrap_or_else(|_| Err(Trouble::slow_handshake()))
    }

    async fn connect(&self, request: Request) -> Result<Line, Trouble> {
        let stream =
            TcpStream::connect(self.target.addresses.as_slice()).await.map_err(|error| Trouble::connecting(&error))?;
        // a connection that breaks leaves no port behind that waits for a minute: thousands come and go here
        let set = stream.set_nodelay(true).and_then(|()| stream.set_zero_linger());
        set.map_err(|error| Trouble::connecting(&error))?;
        let stream: Box<dyn Duplex> = match &self.tls {
            None => Box::new(stream),
            Some((connector, name)) => {
                let secured = connector.connect(name.clone(), stream).await;
                Box::new(secured.map_err(|error| Trouble::new(format!("no TLS: {error}")))?)
            }
        };
        let config = WebSocketConfig::default().read_buffer_size(READ_BYTES).write_buffer_size(0);
        let upgraded = client_async_with_config(request, stream, Some(config)).await;
        upgraded.map(|(line, _)| line).map_err(|error| Trouble::upgrading(&error))
    }

    fn request(&self, handshake: &Handshake) -> Result<Request, Trouble> {
        let own = self.target.query.clone();
        let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let pairs = handshake.query.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value)));
        let query = own.into_iter().chain(pairs).collect::<Vec<_>>().join("&");
        let mark = if query.is_empty() { "" } else { "?" };
        let request = format!("{}{mark}{query}", self.target).into_client_request();
        let mut request = request.map_err(|error| Trouble::new(format!("no request: {error}")))?;
        let protocols = std::iter::once(PROTOCOL).chain(handshake.protocols.iter().map(String::as_str));
        let protocols = (SEC_WEBSOCKET_PROTOCOL.to_string(), protocols.collect::<Vec<_>>().join(", "));
        for (name, value) in std::iter::once(&protocols).chain(&handshake.headers) {
            let header = HeaderName::try_from(name.as_str()).ok().zip(HeaderValue::try_from(value.as_str()).ok());
            let (name, value) = header.ok_or_else(|| Trouble::new(format!("`{name}: {value}` is no header")))?;
            request.headers_mut().insert(name, value);
        }
        Ok(request)
    }
}
