//! Settings that are texts of a kind: addresses and origins.

use serde::{Deserialize, Deserializer, Serialize, de};
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

/// An address and a port, `127.0.0.1:7070` or `[::1]:7070`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Address(SocketAddr);

/// An origin, `https://example.org` or `https://example.org:8443`, exactly as a browser writes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Origin(Arc<str>);

/// How the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    Text,
    /// An object in each line.
    Json,
}

/// Who may read what the server counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Readers {
    /// There is no such page.
    Nobody,
    /// Programs on this machine.
    Loopback,
    /// Whoever reaches the server.
    Everybody,
}

impl Address {
    /// The address and port.
    pub fn get(self) -> SocketAddr {
        self.0
    }
}

impl From<SocketAddr> for Address {
    fn from(address: SocketAddr) -> Self {
        Address(address)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        text.parse().map(Address).map_err(|_| {
            de::Error::custom(format!("`{text}` is not an address and a port: write figures, as in `127.0.0.1:7070`"))
        })
    }
}

impl Origin {
    /// The origin as a browser writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Origin {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = Arc::<str>::deserialize(from)?;
        let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or_default();
        let plain = |byte: u8| byte.is_ascii_graphic() && !byte.is_ascii_uppercase() && !b"/?#@*\\".contains(&byte);
        if !host.is_empty() && host.bytes().all(plain) {
            return Ok(Origin(text));
        }
        Err(de::Error::custom(format!(
            "`{text}` is not an origin: write what the browser sends, in lower case and without a path, as in `https://example.org`"
        )))
    }
}
