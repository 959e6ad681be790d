//! The server that is loaded.

use hyper::Uri;
use std::fmt;
use std::net::{SocketAddr, ToSocketAddrs};

/// Where WebSockets are, where a URL says nothing.
const DEFAULT_PATH: &str = "/ws";

/// Where the server is. Its name is looked up once, so that what was judged is what is loaded.
#[derive(Clone, Debug)]
pub struct Target {
    pub(super) is_tls: bool,
    /// A name, or an address without brackets.
    pub(super) host: String,
    /// As it stands in the URL, with the port.
    pub(super) authority: String,
    pub(super) path: String,
    pub(super) query: Option<String>,
    /// They are tried in turn; at least one.
    pub(super) addresses: Vec<SocketAddr>,
}

impl fmt::Display for Target {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_tls { "wss" } else { "ws" };
        write!(out, "{scheme}://{}{}", self.authority, self.path)
    }
}

impl Target {
    /// Reads a URL, and looks up where that is. Blocks.
    pub fn find(url: &str) -> Result<Target, String> {
        let like = "write one as in `ws://127.0.0.1:7070/ws`";
        let uri: Uri = url.parse().map_err(|error| format!("`{url}` is no URL: {error}: {like}"))?;
        let is_tls = match uri.scheme_str() {
            Some("ws") => false,
            Some("wss") => true,
            Some(_) | None => return Err(format!("`{url}` is no URL of a WebSocket: {like}")),
        };
        let authority = uri.authority().ok_or_else(|| format!("`{url}` names no host: {like}"))?;
        let host = authority.host().trim_matches(['[', ']']).to_owned();
        let port = authority.port_u16().unwrap_or(if is_tls { 443 } else { 80 });
        let addresses = (host.as_str(), port).to_socket_addrs();
        let addresses: Vec<_> = addresses.map_err(|error| format!("cannot find `{host}`: {error}"))?.collect();
        if addresses.is_empty() {
            return Err(format!("`{host}` has no address"));
        }
        let path = if uri.path() == "/" { DEFAULT_PATH } else { uri.path() };
        Ok(Target {
            is_tls,
            host,
            authority: authority.to_string(),
            path: path.to_owned(),
            query: uri.query().map(str::to_owned),
            addresses,
        })
    }

    /// Whether only this machine is meant.
    pub fn is_loopback(&self) -> bool {
        self.addresses.iter().all(|address| address.ip().to_canonical().is_loopback())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_says_where() {
        let target = Target::find("ws://127.0.0.1:7070").expect("a target");
        assert!(target.is_loopback() && !target.is_tls);
        assert_eq!(target.to_string(), "ws://127.0.0.1:7070/ws");
        assert_eq!(target.addresses[0].port(), 7070);
        let target = Target::find("wss://[::1]/x/y?z=1").expect("a target");
        assert!(target.is_loopback() && target.is_tls);
        assert_eq!((target.addresses[0].port(), target.query.as_deref()), (443, Some("z=1")));
        assert!(Target::find("wss://[::ffff:127.0.0.1]").expect("a target").is_loopback());
        assert!(!Target::find("ws://192.0.2.1").expect("a target").is_loopback());
    }

    #[test]
    fn what_is_no_url_says_what_is() {
        for url in ["http://127.0.0.1", "127.0.0.1:7070", "ws://", "", "ws:///ws"] {
            let refused = Target::find(url).expect_err(url);
            assert!(refused.contains("ws://127.0.0.1:7070/ws"), "{url}: {refused}");
        }
    }
}
