//! What the server can be told: one tree of settings, each with a default, a unit and bounds.
//!
//! The page `docs/configuration.md` lists every one of them; a test holds it to this file.

mod load;
mod units;

pub use load::{ConfigError, Overrides, load};
pub use units::{Count, Size, Span};

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

const SECOND: u64 = 1000;
const HOUR: u64 = 3600 * SECOND;
const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;

/// All settings.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The address and port to listen on.
    pub listen: SocketAddr,
    /// Whether `listen` may be an address that other machines reach.
    pub listen_beyond_loopback: bool,
    /// Origins whose pages may connect, besides the server's own.
    pub origins: Vec<Origin>,
    /// What is logged, as in `RUST_LOG`.
    pub log: String,
    /// Writers that share the connections among them; 0: one for each core.
    pub shards: Count<0, 256>,
    /// The way to a WebSocket.
    pub handshake: Handshake,
    /// Finding connections that are dead.
    pub heartbeat: Heartbeat,
    /// How many connections.
    pub connections: Connections,
    /// What one message of a client may be.
    pub message: Message,
    /// How many messages wait to be decided on, over all connections; beyond that the connections are not read.
    pub inbox: Count<1, 1_000_000>,
    /// How much waits to be written to one connection; beyond that it is closed as a slow consumer.
    pub outbox: Size<{ 4 * KIB }, { 1024 * MIB }>,
    /// The end of the server.
    pub stop: Stop,
    /// What answers the checks of the rules.
    pub checks: Checks,
}

/// The way to a WebSocket.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Handshake {
    /// How long a connection may take to become a WebSocket, or to get its answer.
    pub deadline: Span<100, { 10 * 60 * SECOND }>,
    /// The largest head of a request.
    pub head: Size<{ 8 * KIB }, MIB>,
}

/// Finding connections that are dead.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Heartbeat {
    /// How often every connection is written to.
    pub interval: Span<100, HOUR>,
    /// How long after that a connection that was silent all the time is closed.
    pub timeout: Span<100, HOUR>,
}

/// How many connections.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Connections {
    /// At one time.
    pub total: Count<1, 10_000_000>,
    /// At one time from one IPv4 address, or one IPv6 network of 64 bits.
    pub per_address: Count<1, 10_000_000>,
    /// What each has to read into; longer messages are read in pieces.
    pub read_buffer: Size<512, { 64 * KIB }>,
}

/// What one message of a client may be.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Message {
    /// Its length.
    pub bytes: Size<128, { 64 * MIB }>,
    /// WebSocket frames that it comes in, empty ones included.
    pub fragments: Count<1, 65_536>,
    /// How deep its JSON is nested.
    pub depth: Count<1, 64>,
}

/// The end of the server.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Stop {
    /// How long connections have to take what was sent to them.
    pub deadline: Span<0, HOUR>,
    /// When clients are told to come back.
    pub reconnect_in: Span<0, HOUR>,
}

/// What answers the checks of the rules.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Checks {
    /// At work at one time; 0: one for each core.
    pub parallel: Count<0, 1024>,
    /// Begun at one time; one more fails with `busy`.
    pub waiting: Count<1, 65_536>,
    /// `ssh_signature`
    pub ssh_signature: SshSignature,
    /// `totp`
    pub totp: Totp,
    /// `code`
    pub code: Code,
}

/// `ssh_signature`
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct SshSignature {
    /// A directory with one file of authorized keys per client.
    pub authorized_keys: Option<PathBuf>,
}

/// `totp`
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Totp {
    /// A directory with one base32 secret per client.
    pub secrets: Option<PathBuf>,
}

/// `code`
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Code {
    /// Codes by label.
    pub codes: BTreeMap<Arc<str>, Secret>,
}

/// An origin, `https://example.org` or `https://example.org:8443`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Origin(Arc<str>);

/// A text that is never shown.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct Secret(Arc<str>);

impl Default for Config {
    fn default() -> Self {
        Config {
            listen: SocketAddr::from(([127, 0, 0, 1], 7070)),
            listen_beyond_loopback: false,
            origins: Vec::new(),
            log: "info".into(),
            shards: Count::of(0),
            handshake: Handshake::default(),
            heartbeat: Heartbeat::default(),
            connections: Connections::default(),
            message: Message::default(),
            inbox: Count::of(4096),
            outbox: Size::of(256 * KIB),
            stop: Stop::default(),
            checks: Checks::default(),
        }
    }
}

impl Default for Handshake {
    fn default() -> Self {
        Handshake { deadline: Span::of(10 * SECOND), head: Size::of(16 * KIB) }
    }
}

impl Default for Heartbeat {
    fn default() -> Self {
        Heartbeat { interval: Span::of(25 * SECOND), timeout: Span::of(10 * SECOND) }
    }
}

impl Default for Connections {
    fn default() -> Self {
        Connections { total: Count::of(10_000), per_address: Count::of(1000), read_buffer: Size::of(KIB) }
    }
}

impl Default for Message {
    fn default() -> Self {
        Message { bytes: Size::of(64 * KIB), fragments: Count::of(64), depth: Count::of(32) }
    }
}

impl Default for Stop {
    fn default() -> Self {
        Stop { deadline: Span::of(5 * SECOND), reconnect_in: Span::of(2 * SECOND) }
    }
}

impl Default for Checks {
    fn default() -> Self {
        Checks {
            parallel: Count::of(0),
            waiting: Count::of(64),
            ssh_signature: SshSignature::default(),
            totp: Totp::default(),
            code: Code::default(),
        }
    }
}

impl Origin {
    /// The origin as a browser writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Origin {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = Arc::<str>::deserialize(from)?;
        let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        let exact = host.is_some_and(|host| {
            !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_graphic() && !b"/?#@*\\".contains(&byte))
        });
        if exact && !text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Ok(Origin(text));
        }
        Err(serde::de::Error::custom(format!(
            "`{text}` is not an origin: write what the browser sends, in lower case and without a path, as in `https://example.org`"
        )))
    }
}

impl Secret {
    /// The text itself.
    pub fn reveal(&self) -> &Arc<str> {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("(secret)")
    }
}

impl Serialize for Secret {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str("(secret)")
    }
}
