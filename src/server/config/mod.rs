//! What the server can be told: one tree of settings, each with a default, a unit and bounds.
//!
//! The page `docs/configuration.md` lists every one of them; a test holds it to this file.

mod assignment;
mod load;
mod network;
mod restart;
mod rule_levels;
mod tokens;
mod units;
mod values;
mod verifiers;

pub use crate::check::Secret;
pub use assignment::Assignment;
pub use load::{ConfigError, Overrides, beside, load, load_for_lint};
pub use network::{ClientHeader, Network};
pub use restart::NEEDS_RESTART;
pub use rule_levels::RuleLevels;
pub use tokens::{Scope, Token, TokenHash, is_token_name};
pub use units::{Count, Size, Span};
pub use values::{Address, LogFormat, Origin, Readers};
pub use verifiers::{CodeEntry, Declared, JwtKey, Placed, Until};

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

const SECOND: u64 = 1000;
const HOUR: u64 = 3600 * SECOND;
const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;
const MILLION: u64 = 1_000_000;

/// Each setting with its type and its default. What is not a setting is refused.
macro_rules! settings {
    ($($(#[$doc:meta])* $group:ident { $($(#[$field_doc:meta])* $field:ident: $kind:ty = $default:expr,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
        #[serde(deny_unknown_fields, default)]
        pub struct $group {
            $($(#[$field_doc])* pub $field: $kind,)*
        }

        impl assignment::Setting for $group {
            fn assign(&mut self, path: &str, value: &str) -> Result<(), String> {
                let (name, below) = assignment::split(path);
                match name {
                    $(stringify!($field) => assignment::Setting::assign(&mut self.$field, below, value),)*
                    _ => Err(assignment::unknown(name, &[$(stringify!($field)),*])),
                }
            }
        }

        impl Default for $group {
            fn default() -> Self {
                $group { $($field: $default,)* }
            }
        }
    )*};
}

mod checks;

pub use checks::{Checks, Code, Failures, Jwt, Password, SshSignature, Totp, Webhook};

settings! {
    /// All settings.
    Config {
        /// The address and port to listen on.
        listen: Address = Address::from(SocketAddr::from(([127, 0, 0, 1], 7070))),
        /// Whether `listen` may be an address that other machines reach.
        listen_beyond_loopback: bool = false,
        /// TLS on the port that is listened on.
        tls: Tls = Tls::default(),
        /// Those who connect for others.
        proxies: Proxies = Proxies::default(),
        /// Origins whose pages may connect, besides the server's own.
        origins: Vec<Origin> = Vec::new(),
        /// What is logged, as in `RUST_LOG`.
        log: String = "info".into(),
        /// How it is written.
        log_format: LogFormat = LogFormat::Text,
        /// Who may read `/metrics`.
        metrics: Readers = Readers::Loopback,
        /// Writers that share the connections among them; 0: one for each core.
        shards: Count<0, 256> = Count::of(0),
        /// How many messages wait to be decided on, over all connections; beyond that the connections are not read.
        inbox: Count<1, MILLION> = Count::of(4096),
        /// How much waits to be written to one connection; beyond that it is closed as a slow consumer.
        outbox: Size<{ 4 * KIB }, { 1024 * MIB }> = Size::of(256 * KIB),
        /// The way to a WebSocket.
        handshake: Handshake = Handshake::default(),
        /// Finding connections that are dead.
        heartbeat: Heartbeat = Heartbeat::default(),
        /// How many connections.
        connections: Connections = Connections::default(),
        /// What one message of a client may be.
        message: Message = Message::default(),
        /// How often clients may send.
        rate: Rate = Rate::default(),
        /// What clients may have.
        clients: Clients = Clients::default(),
        /// What rooms may have.
        rooms: Rooms = Rooms::default(),
        /// What outlasts the server.
        store: Store = Store::default(),
        /// When clients come back that did not mean to go.
        reconnect: Reconnect = Reconnect::default(),
        /// The end of the server.
        stop: Stop = Stop::default(),
        /// What answers the checks of the rules.
        checks: Checks = Checks::default(),
        /// Where messages to groups go that the rules send to webhooks, by the name that the rules use.
        webhooks: BTreeMap<Arc<str>, Placed<Receiver>> = BTreeMap::new(),
        /// What `windlass lint` makes of findings.
        lint: Lint = Lint::default(),
        /// Looking after the server over HTTP.
        api: Api = Api::default(),
        /// Other rules while the server runs.
        reload: Reload = Reload::default(),
    }

    /// TLS on the port that is listened on.
    Tls {
        /// A PEM file with the certificate, and after it those between it and an authority.
        certificate: Option<PathBuf> = None,
        /// A PEM file with its private key.
        key: Option<PathBuf> = None,
        /// How often the two files are looked at for a change.
        reload: Span<100, HOUR> = Span::of(10 * SECOND),
    }

    /// Those who connect for others.
    Proxies {
        /// Networks of proxies whose word about a client's address counts.
        trusted: Vec<Network> = Vec::new(),
        /// The header in which they say it.
        header: ClientHeader = ClientHeader::XForwardedFor,
    }

    /// The way to a WebSocket.
    Handshake {
        /// How long a connection may take to become a WebSocket, or to get its answer.
        deadline: Span<100, { 10 * 60 * SECOND }> = Span::of(10 * SECOND),
        /// The largest head of a request.
        head: Size<{ 8 * KIB }, MIB> = Size::of(16 * KIB),
    }

    /// Finding connections that are dead.
    Heartbeat {
        /// How often every connection is written to.
        interval: Span<100, HOUR> = Span::of(25 * SECOND),
        /// How long after that a connection that was silent all the time is closed.
        timeout: Span<100, HOUR> = Span::of(10 * SECOND),
    }

    /// How many connections.
    Connections {
        /// At one time.
        total: Count<1, { 10 * MILLION }> = Count::of(10_000),
        /// At one time from one IPv4 address, or one IPv6 network of 64 bits.
        per_address: Count<1, { 10 * MILLION }> = Count::of(1000),
        /// New ones per second from one IPv4 address, or one IPv6 network of 64 bits, on average.
        new_per_address: Count<1, MILLION> = Count::of(100),
        /// New ones from one at once, after a pause.
        new_per_address_burst: Count<1, MILLION> = Count::of(1000),
        /// What each has to read into; longer messages are read in pieces.
        read_buffer: Size<512, { 64 * KIB }> = Size::of(KIB),
    }

    /// What one message of a client may be.
    Message {
        /// Its length.
        bytes: Size<128, { 64 * MIB }> = Size::of(64 * KIB),
        /// WebSocket frames that it comes in, empty ones included.
        fragments: Count<1, 131_072> = Count::of(64),
        /// How long it may take to come, from its first byte to its last.
        deadline: Span<100, HOUR> = Span::of(30 * SECOND),
        /// How deep its JSON is nested.
        depth: Count<1, 64> = Count::of(32),
        /// Keys of all its JSON objects together.
        keys: Count<1, MILLION> = Count::of(4096),
    }

    /// How often clients may send.
    Rate {
        /// Messages of a connection per second, on average.
        socket: Count<1, MILLION> = Count::of(50),
        /// Messages of a connection at once, after a pause.
        socket_burst: Count<1, MILLION> = Count::of(100),
        /// Messages of all connections of a client per second, on average.
        client: Count<1, MILLION> = Count::of(200),
        /// Messages of all connections of a client at once, after a pause.
        client_burst: Count<1, MILLION> = Count::of(400),
        /// Messages refused for their rate before the connection is closed.
        refusals: Count<1, MILLION> = Count::of(20),
        /// Messages in a row that cannot be read before the connection is closed.
        malformed: Count<1, MILLION> = Count::of(8),
    }

    /// What clients may have.
    Clients {
        /// Connections of a client at one time.
        sockets: Count<1, MILLION> = Count::of(16),
        /// Rooms that a client is a member of.
        rooms: Count<1, MILLION> = Count::of(256),
        /// Clients without a connection that are remembered.
        absent: Count<0, { 100 * MILLION }> = Count::of(100_000),
        /// For how long a client may take up where its connection was, after that is gone; 0 for not at all.
        resume: Span<0, { 24 * HOUR }> = Span::of(5 * 60 * SECOND),
    }

    /// What outlasts the server.
    Store {
        /// The directory of its files. One server has it at a time.
        directory: Option<PathBuf> = None,
        /// Whether everything is forgotten when the server stops, and nothing is written.
        memory_only: bool = false,
    }

    /// What rooms may have.
    Rooms {
        /// Rooms with a member, over all families.
        total: Count<1, { 100 * MILLION }> = Count::of(100_000),
        /// Members that somebody who comes into a room with `presence` is told of.
        here: Count<0, 100_000> = Count::of(100),
    }

    /// When clients come back that did not mean to go.
    Reconnect {
        /// After what random part of this one comes that lost its connection.
        jitter: Span<0, HOUR> = Span::of(5 * SECOND),
        /// After which pause one comes that found the server full, or was cut off as too slow.
        pause: Span<0, HOUR> = Span::of(5 * SECOND),
    }

    /// The end of the server.
    Stop {
        /// How long connections have to take what was sent to them.
        deadline: Span<0, HOUR> = Span::of(5 * SECOND),
        /// When clients are told to come back.
        reconnect_in: Span<0, HOUR> = Span::of(2 * SECOND),
    }

    /// Another server that is told what a group is told.
    Receiver {
        /// Where messages are posted.
        url: Option<String> = None,
        /// A secret that both sides know.
        secret: Option<Secret> = None,
        /// A file with it.
        secret_file: Option<PathBuf> = None,
        /// A file with those who may vouch for who is there.
        authorities: Option<PathBuf> = None,
        /// Whether it may be in the own network.
        allow_private: bool = false,
        /// How long an answer may take.
        timeout: Span<100, { 60 * SECOND }> = Span::of(10 * SECOND),
        /// How often a message is tried.
        attempts: Count<1, 100> = Count::of(10),
        /// The pause before it is tried again, doubled each time.
        pause: Span<10, HOUR> = Span::of(SECOND),
        /// The longest pause.
        pause_max: Span<10, { 24 * HOUR }> = Span::of(5 * 60 * SECOND),
        /// Messages under way at one time; with more than one they may come in another order.
        parallel: Count<1, 256> = Count::of(1),
        /// Messages that wait for their turn.
        waiting: Count<1, 100_000> = Count::of(1000),
        /// Messages that are kept of those that did not arrive.
        dead: Count<0, 100_000> = Count::of(100),
    }

    /// Looking after the server over HTTP.
    Api {
        /// Who may, by a name for people. Without any there is no API.
        tokens: BTreeMap<Arc<str>, Token> = BTreeMap::new(),
        /// A file to which each act is added, before it is done and after.
        audit: Option<PathBuf> = None,
    }

    /// Other rules while the server runs.
    Reload {
        /// Rulesets that were active and can be gone back to.
        kept: Count<0, 64> = Count::of(8),
    }

    /// What `windlass lint` makes of findings. The server only knows that it is a setting.
    Lint {
        /// Levels by code.
        levels: RuleLevels = RuleLevels::default(),
    }
}
