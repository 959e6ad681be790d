//! What a name means.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

/// Looks up a name once: every address that it has at this moment, each with the port.
pub type Lookup = Arc<dyn Fn(&str, u16) -> Looking + Send + Sync>;

type Looking = Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send>>;

/// As the system does it (`getaddrinfo`), which knows addresses in their odd forms, too: `127.1`, `0x7f000001`.
pub(super) fn by_the_system() -> Lookup {
    Arc::new(|host, port| {
        let host = host.to_owned();
        Box::pin(async move { Ok(tokio::net::lookup_host((host, port)).await?.collect()) })
    })
}
