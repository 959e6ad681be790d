//! A URL as what is needed to ask it: read once, so that what was checked is what is reached.

use super::Reach;
use hyper::Uri;
use hyper::header::HeaderValue;
use hyper::http::uri::{PathAndQuery, Scheme};
use std::fmt;
use tokio_rustls::rustls::pki_types::ServerName;

/// Where a server is, and what is asked there.
#[derive(Clone)]
pub struct Target {
    pub(super) scheme: Scheme,
    /// A name, or an address without brackets.
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) path: PathAndQuery,
    /// What stands in `Host`.
    pub(super) authority: HeaderValue,
    pub(super) server_name: ServerName<'static>,
}

/// Without the path and the query, which may hold what nobody is to see.
impl fmt::Display for Target {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}://{}:{}", self.scheme, self.host, self.port)
    }
}

impl Target {
    /// Reads a URL: `https`, or `http` where the own network may be reached; a host, perhaps a port, a path; no user.
    pub fn parse(url: &str, reach: Reach) -> Result<Target, String> {
        let uri: Uri = url.parse().map_err(|error| format!("`{url}` is not a URL: {error}"))?;
        let scheme = match uri.scheme() {
            Some(scheme) if *scheme == Scheme::HTTPS => Scheme::HTTPS,
            Some(scheme) if *scheme == Scheme::HTTP && reach == Reach::Private => Scheme::HTTP,
            Some(scheme) if *scheme == Scheme::HTTP => {
                return Err(
                    "without TLS only the own network is asked: write `https://`, or say `allow_private: true`".into(),
                );
            }
            Some(_) | None => return Err("a URL begins with `https://`".into()),
        };
        let authority = uri.authority().ok_or("a URL names a host")?;
        if authority.as_str().contains('@') {
            return Err("a URL with a user or a password in it is not asked: whoever is asked gets a signature".into());
        }
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        let server_name = ServerName::try_from(host.clone());
        Ok(Target {
            port: authority.port_u16().unwrap_or(if scheme == Scheme::HTTPS { 443 } else { 80 }),
            scheme,
            path: uri.path_and_query().cloned().unwrap_or_else(|| PathAndQuery::from_static("/")),
            authority: HeaderValue::from_str(authority.as_str()).map_err(|_| "a URL names a host")?,
            server_name: server_name.map_err(|_| format!("`{host}` is no name of a host"))?,
            host,
        })
    }

    pub(super) fn is_tls(&self) -> bool {
        self.scheme == Scheme::HTTPS
    }
}
