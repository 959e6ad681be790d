//! Asking another server over HTTP, so that nothing but that server can be reached.
//!
//! A name is looked up once, each address that it has is looked at, and the connection goes to one of those: a name that means something
//! else a moment later changes nothing. There are no redirects, no proxies and no kept connections.

mod addresses;
mod lookup;
mod target;
pub mod tls;

pub use addresses::is_public;
pub use lookup::Lookup;
pub use target::Target;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header::{HeaderName, HeaderValue};
use hyper::{Method, Request, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use std::fmt;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::ClientConfig;

/// Which machines may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Those of the public internet, over TLS.
    Public,
    /// Those of the own network as well, which may do without TLS.
    Private,
}

/// What is sent.
#[derive(Debug)]
pub struct Asked {
    /// `GET` or `POST`.
    pub method: Method,
    /// Besides those that say how long it is, and for whom.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// May be empty.
    pub body: Bytes,
}

/// Why there is no answer. For the log: a client is told less.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The name means an address that may not be asked.
    #[error("`{host}` is {address}, which is not to be reached: `allow_private: true` would let it be")]
    Forbidden {
        /// The name.
        host: String,
        /// What it means.
        address: SocketAddr,
    },
    /// Without TLS only the own network is asked.
    #[error("`{host}` is {address}, which is asked over https only")]
    Plain {
        /// The name.
        host: String,
        /// What it means.
        address: SocketAddr,
    },
    /// Nobody there, or not who it should be.
    #[error("cannot reach `{host}`: {error}")]
    Unreachable {
        /// The name.
        host: String,
        /// Why.
        error: std::io::Error,
    },
    /// It broke off.
    #[error("the connection broke: {0}")]
    Broken(#[from] hyper::Error),
    /// Too long, or broken off.
    #[error("the answer cannot be read: {0}")]
    Body(Box<dyn std::error::Error + Send + Sync>),
    /// It did not say what it should.
    #[error("the answer is {0}")]
    Status(StatusCode),
}

impl Failure {
    /// Whether somebody answered, and found fault with what was asked.
    pub fn is_refusal(&self) -> bool {
        matches!(self, Failure::Status(status) if status.is_client_error())
    }

    /// Whether the same may be answered otherwise when it is asked again later. A redirect stays one, and is not followed.
    pub fn may_pass(&self) -> bool {
        match self {
            Failure::Status(status) => status.is_server_error() || PASSING.contains(status),
            Failure::Forbidden { .. }
            | Failure::Plain { .. }
            | Failure::Unreachable { .. }
            | Failure::Broken(_)
            | Failure::Body(_) => true,
        }
    }
}

/// One server, and how it is asked.
#[derive(Clone)]
pub struct Outbound {
    target: Target,
    reach: Reach,
    tls: Arc<ClientConfig>,
    answer_bytes_max: usize,
    lookup: Lookup,
}

impl fmt::Debug for Outbound {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Outbound({})", self.target)
    }
}

impl Outbound {
    /// The server of a URL. `authorities` is a PEM file with those that may vouch for it; without one, those of the system may. Blocks.
    pub fn new(
        url: &str,
        reach: Reach,
        authorities: Option<&Path>,
        answer_bytes_max: usize,
    ) -> Result<Outbound, String> {
        let (target, tls, lookup) = (Target::parse(url, reach)?, tls::config(authorities)?, lookup::by_the_system());
        Ok(Outbound { target, reach, tls, answer_bytes_max, lookup })
    }

    /// The same, but names mean what this says.
    pub fn looked_up_by(self, lookup: Lookup) -> Outbound {
        Outbound { lookup, ..self }
    }

    /// Where it is, without what its path may hold.
    pub fn host(&self) -> &str {
        &self.target.host
    }

    /// The body of an answer that says 200. It takes as long as the server likes: who asks sets the time.
    pub async fn ask(&self, asked: Asked) -> Result<Bytes, Failure> {
        self.exchange(asked, |status| status == StatusCode::OK).await
    }

    /// Sends what needs no answer but that it has come: any 2xx, whatever follows. It takes as long as [`Outbound::ask`].
    pub async fn tell(&self, told: Asked) -> Result<(), Failure> {
        match self.exchange(told, |status| status.is_success()).await {
            Ok(_) | Err(Failure::Body(_)) => Ok(()),
            Err(failure) => Err(failure),
        }
    }

    async fn exchange(&self, asked: Asked, is_good: fn(StatusCode) -> bool) -> Result<Bytes, Failure> {
        let unreachable = |error| Failure::Unreachable { host: self.target.host.clone(), error };
        let addresses = self.addresses().await?;
        let stream = TcpStream::connect(&*addresses).await.map_err(unreachable)?;
        if !self.target.is_tls() {
            return self.exchange_on(stream, asked, is_good).await;
        }
        let connector = TlsConnector::from(self.tls.clone());
        let name = self.target.server_name.clone();
        self.exchange_on(connector.connect(name, stream).await.map_err(unreachable)?, asked, is_good).await
    }

    /// Every address of the host; none of them is one that may not be asked.
    async fn addresses(&self) -> Result<Vec<SocketAddr>, Failure> {
        let host = || self.target.host.clone();
        let found = (self.lookup)(&self.target.host, self.target.port).await;
        let mut found = found.map_err(|error| Failure::Unreachable { host: host(), error })?;
        found.truncate(ADDRESSES_MAX);
        for address in &found {
            let is_public = is_public(address.ip());
            if !is_public && self.reach == Reach::Public {
                return Err(Failure::Forbidden { host: host(), address: *address });
            }
            if is_public && !self.target.is_tls() {
                return Err(Failure::Plain { host: host(), address: *address });
            }
        }
        Ok(found)
    }

    async fn exchange_on(
        &self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        asked: Asked,
        is_good: fn(StatusCode) -> bool,
    ) -> Result<Bytes, Failure> {
        let (mut sender, connection) =
            http1::Builder::new().max_buf_size(HEAD_BYTES_MAX).handshake(TokioIo::new(stream)).await?;
        // the set ends the connection when the answer is there, or nobody waits for it any more
        let mut connections = JoinSet::new();
        connections.spawn(connection);
        let answer = sender.send_request(self.request(asked)).await?;
        if !is_good(answer.status()) {
            return Err(Failure::Status(answer.status()));
        }
        let body = Limited::new(answer.into_body(), self.answer_bytes_max).collect().await;
        Ok(body.map_err(Failure::Body)?.to_bytes())
    }

    fn request(&self, asked: Asked) -> Request<Full<Bytes>> {
        let mut request = Request::new(Full::new(asked.body));
        *request.method_mut() = asked.method;
        *request.uri_mut() = Uri::from(self.target.path.clone());
        let headers = request.headers_mut();
        headers.insert(hyper::header::HOST, self.target.authority.clone());
        headers.insert(hyper::header::USER_AGENT, HeaderValue::from_static("windlass"));
        headers.extend(asked.headers);
        request
    }
}

/// Refusals that are of the moment: asked too late, too early, too often.
const PASSING: [StatusCode; 3] = [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_EARLY, StatusCode::TOO_MANY_REQUESTS];
/// A name has no more addresses than these that are tried.
const ADDRESSES_MAX: usize = 16;
/// The longest head of an answer, in bytes.
const HEAD_BYTES_MAX: usize = 16 * 1024;
