//! What kept a socket from going on, and what whoever looks after the server can do about it.

use std::fmt;
use std::io;
use tokio_tungstenite::tungstenite;

/// Settings of which one refused a connection; the server does not say which.
const CONNECTIONS: &str = "the server's settings `connections.total`, `connections.per_address`, `connections.unidentified_per_address`, \
    `connections.new_per_address`, `connections.new_per_address_burst` and `connections.memory` say how many it takes; all sockets of this tool come from one address. Or take a lower `--rate`";
/// What refuses frames.
pub(super) const RATES: &str = "the server's settings `rate.socket`, `rate.unidentified` and `rate.client`, and a `limit` of the rules, say how many frames it \
    takes. Or take more `--speakers`, or fewer `--messages-per-second`";

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Trouble {
    /// What happened. The same for all sockets to which the same happened.
    pub(super) what: String,
    /// What to do about it.
    pub(super) help: Option<&'static str>,
}

impl fmt::Display for Trouble {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.what)
    }
}

impl Trouble {
    pub(super) fn new(what: impl Into<String>) -> Trouble {
        Trouble { what: what.into(), help: None }
    }

    pub(super) fn slow_handshake() -> Trouble {
        let help =
            "the machine or the server has too much to do. Take a lower `--rate` or `--at-once`, or more `--patience`";
        Trouble { help: Some(help), ..Trouble::new("no WebSocket in time") }
    }

    /// A connection could not be made.
    pub(super) fn connecting(error: &io::Error) -> Trouble {
        let helps = [
            (
                error.kind() == io::ErrorKind::ConnectionRefused,
                "is the server there, and does it listen at this address?",
            ),
            (
                error.kind() == io::ErrorKind::AddrNotAvailable,
                "no port of this machine is free: `net.ipv4.ip_local_port_range` says how many there are",
            ),
            (is_out_of_files(error), "each socket is an open file of this process: raise `ulimit -n`"),
        ];
        let help = helps.into_iter().find(|(applies, _)| *applies).map(|(_, help)| help);
        Trouble { help, ..Trouble::new(format!("cannot connect: {error}")) }
    }

    /// What is connected did not become a WebSocket.
    pub(super) fn upgrading(error: &tungstenite::Error) -> Trouble {
        if let tungstenite::Error::Http(response) = error {
            let body = response.body().as_deref().map(String::from_utf8_lossy).unwrap_or_default();
            let message = message_of(&body).unwrap_or_else(|| "it says no more".to_owned());
            let status = response.status().as_u16();
            let help = (status == 503).then_some(CONNECTIONS);
            return Trouble { help, ..Trouble::new(format!("refused with {status}: {message}")) };
        }
        // over TLS the server has no way to say that there are too many
        Trouble { help: Some(CONNECTIONS), ..Trouble::new(format!("no WebSocket: {error}")) }
    }

    /// The server has closed the connection.
    pub(super) fn closed(code: Option<u16>, reason: &str) -> Trouble {
        let Some(code) = code else { return Trouble::new("the connection broke") };
        let reason = if reason.is_empty() { String::new() } else { format!(": {reason}") };
        Trouble { help: help_for_close(code), ..Trouble::new(format!("closed with {code}{reason}")) }
    }
}

/// What to do about a close code of the protocol.
pub(super) fn help_for_close(code: u16) -> Option<&'static str> {
    match code {
        1013 => Some(CONNECTIONS),
        4000 => Some("a rule dropped the socket, and its reason is the rule's"),
        4002 => Some(
            "too many sockets were one client: have the scene say who each is with `${crew}`, or raise the server's setting \
             `clients.sockets`",
        ),
        4100 => Some("this tool did not read fast enough: speak less, or raise the server's setting `outbox`"),
        4101 => Some(RATES),
        4200 => Some("this tool did not answer pings in time: the machine has too much to do"),
        _ => None,
    }
}

fn is_out_of_files(error: &io::Error) -> bool {
    let code = error.raw_os_error();
    [rustix::io::Errno::MFILE, rustix::io::Errno::NFILE].iter().any(|out| code == Some(out.raw_os_error()))
}

/// The message in an answer of the server over HTTP.
fn message_of(body: &str) -> Option<String> {
    let body: serde_json::Value = serde_json::from_str(body).ok()?;
    Some(body.get("error")?.get("message")?.as_str()?.to_owned())
}
