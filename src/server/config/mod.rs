//! What the server can be told: one tree of settings, each with a default, a unit and bounds.
//!
//! The page `docs/configuration.md` lists every one of them; a test holds it to this file.

mod assignment;
mod faults;
mod load;
mod network;
mod reference;
mod restart;
mod rule_levels;
mod tokens;
mod units;
mod values;
mod verifiers;

pub use crate::check::Secret;
pub use assignment::Assignment;
pub use load::{ConfigError, Overrides, beside, faults, load, load_for_lint};
pub use network::{ClientHeader, Network};
pub use reference::{Described, reference, table};
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

/// Each setting with its words, its type and its default. What is not a setting is refused.
macro_rules! settings {
    ($($(#[doc = $doc:literal])* $group:ident { $($(#[doc = $words:literal])* $field:ident: $kind:ty = $default:expr,)* })*) => {$(
        $(#[doc = $doc])*
        #[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
        #[serde(deny_unknown_fields, default)]
        pub struct $group {
            $($(#[doc = $words])* pub $field: $kind,)*
        }

        impl assignment::Setting for $group {
            fn assign(&mut self, path: &str, value: &str) -> Result<(), String> {
                let (name, below) = assignment::split(path);
                match name {
                    $(stringify!($field) => assignment::Setting::assign(&mut self.$field, below, value),)*
                    _ => Err(assignment::unknown(name, &[$(stringify!($field)),*])),
                }
            }

            fn describe(&self, name: &str, _: &'static str, into: &mut Vec<Described>) {
                $(self.$field.describe(&reference::below(name, stringify!($field)), concat!($($words),*), into);)*
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

pub use checks::{Checks, Code, Failures, Jwt, Password, Service, SshSignature, Totp, Webhook};

settings! {
    /// All settings.
    Config {
        /// Where the server listens, with HTTP and WebSockets on the same port.
        listen: Address = Address::from(SocketAddr::from(([127, 0, 0, 1], 7070))),
        /// Whether `listen` may be an address that other machines reach, though there is no TLS: for a proxy with TLS
        /// before the server. With `tls` it need not be said.
        listen_beyond_loopback: bool = false,
        /// TLS on the port that is listened on.
        tls: Tls = Tls::default(),
        /// Those who connect for others.
        proxies: Proxies = Proxies::default(),
        /// Pages of these origins may connect, besides the [server's own](security.md#pages). Compared
        /// exactly, as the browser writes it: scheme, host, and port where it is not the scheme's own. A client that
        /// sends no `Origin` is no browser, and may connect.
        origins: Vec<Origin> = Vec::new(),
        /// What is logged, as in `RUST_LOG`, on standard error, one line an event. What libraries would say below `info`
        /// is never written: it is what clients sent.
        log: String = "info".into(),
        /// How a line is written: for people, or as an object with the event's fields beside `timestamp`, `level`,
        /// `target` and `message`.
        log_format: LogFormat = LogFormat::Text,
        /// Who may read [`/metrics`](metrics.md); with `loopback`, programs on this machine that do not ask for somebody
        /// else, as a proxy does.
        metrics: Readers = Readers::Loopback,
        /// Writers that share the connections among them; 0: one for every two cores. With one, the engine's task writes
        /// itself.
        shards: Count<0, 256> = Count::of(0),
        /// Messages of clients that wait to be decided on, over all connections. When so many wait, connections are not
        /// read, so that TCP slows their clients down.
        inbox: Count<1, MILLION> = Count::of(4096),
        /// What may wait to be written to one connection. One whose client reads so slowly that more would wait is closed
        /// with 4100.
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
        /// Where the webhooks of groups are; see [webhooks](webhooks.md).
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
        /// The certificate in PEM, and after it those between it and an authority. With it, the port speaks TLS 1.2 and
        /// 1.3, and nothing else.
        certificate: Option<PathBuf> = None,
        /// Its private key in PEM.
        key: Option<PathBuf> = None,
        /// How often the files named in `tls` are looked at. When they have changed, and on SIGHUP, new connections get the new
        /// certificate; one that cannot be used is complained of in the log, and the one before stays.
        reload: Span<100, HOUR> = Span::of(10 * SECOND),
        /// Certificates of clients.
        clients: TlsClients = TlsClients::default(),
    }

    /// Certificates of clients.
    TlsClients {
        /// Certificates in PEM of those that vouch for clients. With it, clients are asked for a certificate, which rules read as
        /// [`handshake.certificate`](verifiers.md#certificates-of-clients); one that nobody here vouches for is refused.
        authorities: Option<PathBuf> = None,
        /// Whether a client without a certificate is refused as well.
        required: bool = true,
        /// Lists of certificates that count no more (CRL), in PEM. With it, a certificate of an authority that has no list there
        /// is refused.
        revoked: Option<PathBuf> = None,
    }

    /// Those who connect for others.
    Proxies {
        /// Proxies whose word about the address of a client counts, as in `[10.0.0.0/8, "fd00::/8"]`; see
        /// [security](security.md#proxies).
        trusted: Vec<Network> = Vec::new(),
        /// The header in which they say it; the other is not read.
        header: ClientHeader = ClientHeader::XForwardedFor,
    }

    /// The way to a WebSocket.
    Handshake {
        /// How long a TCP connection may take to become a WebSocket, or to ask something else and get its answer.
        deadline: Span<100, { 10 * 60 * SECOND }> = Span::of(10 * SECOND),
        /// The largest head of a request: its line and headers.
        head: Size<{ 8 * KIB }, MIB> = Size::of(16 * KIB),
    }

    /// Finding connections that are dead.
    Heartbeat {
        /// How often each connection is written a heartbeat: a `heartbeat` frame and a WebSocket ping. Clients are told
        /// in `hello`.
        interval: Span<100, HOUR> = Span::of(25 * SECOND),
        /// A connection of which nothing was heard for the interval and this long is closed with 4200.
        timeout: Span<100, HOUR> = Span::of(10 * SECOND),
    }

    /// How many connections.
    Connections {
        /// WebSockets at one time; one more is answered with 503.
        total: Count<1, { 10 * MILLION }> = Count::of(10_000),
        /// TCP connections at one time from one IPv4 address, or one IPv6 network of 64 bits. Behind a proxy that is not
        /// in `proxies.trusted` all connections have the proxy's address.
        per_address: Count<1, { 10 * MILLION }> = Count::of(1000),
        /// WebSockets at one time from one IPv4 address, or one IPv6 network of 64 bits, whose clients are not identified; one
        /// more is answered with 503. Where rules identify nobody, these are all.
        unidentified_per_address: Count<1, { 10 * MILLION }> = Count::of(200),
        /// New TCP connections per second from one IPv4 address, or one IPv6 network of 64 bits, on average; one more is
        /// answered with 503, or closed where there is TLS.
        new_per_address: Count<1, MILLION> = Count::of(100),
        /// New TCP connections from one at once, after a pause.
        new_per_address_burst: Count<1, MILLION> = Count::of(1000),
        /// Resident memory of the process above which there are no more WebSockets than there were when it came to that; one more is
        /// answered with 503. 0B: no bound; see [operations](operations.md#when-memory-is-short).
        memory: Size<0, { 1024 * 1024 * MIB }> = Size::of(0),
        /// Memory that each connection reads into; a longer message is read in several pieces.
        read_buffer: Size<512, { 64 * KIB }> = Size::of(KIB),
    }

    /// What one message of a client may be.
    Message {
        /// The longest message of a client; a longer one closes the connection with 1009.
        bytes: Size<128, { 64 * MIB }> = Size::of(64 * KIB),
        /// WebSocket frames that a message may come in, empty ones included; more close the connection with 1008.
        fragments: Count<1, 131_072> = Count::of(64),
        /// How long a message may take to come, from its first byte to its last; one that takes longer closes the
        /// connection with 1008.
        deadline: Span<100, HOUR> = Span::of(30 * SECOND),
        /// Objects and lists within each other, the message's own object included.
        depth: Count<1, 64> = Count::of(32),
        /// Keys of all objects of a message together.
        keys: Count<1, MILLION> = Count::of(4096),
    }

    /// How often clients may send.
    Rate {
        /// Messages of an identified connection per second, on average; one more is refused with `rate_limited`.
        socket: Count<1, MILLION> = Count::of(50),
        /// Messages of an identified connection at once, after a pause.
        socket_burst: Count<1, MILLION> = Count::of(100),
        /// Messages per second, on average, of a connection whose client is not identified.
        unidentified: Count<1, MILLION> = Count::of(20),
        /// Messages of one at once, after a pause.
        unidentified_burst: Count<1, MILLION> = Count::of(40),
        /// Messages of all connections of a client per second, on average.
        client: Count<1, MILLION> = Count::of(200),
        /// Messages of all connections of a client at once, after a pause.
        client_burst: Count<1, MILLION> = Count::of(400),
        /// So many bytes that are written to others because of a message count as one message more, of its connection and its client: who
        /// writes much to many waits longer before the next.
        fan_out: Size<KIB, { 1024 * MIB }> = Size::of(8 * MIB),
        /// Messages refused with `rate_limited` before the connection is closed with 4101.
        refusals: Count<1, MILLION> = Count::of(20),
        /// Messages in a row that cannot be read before the connection is closed with 4001.
        malformed: Count<1, MILLION> = Count::of(8),
    }

    /// What clients may have.
    Clients {
        /// Connections of one client; when one more is identified, the oldest is closed with 4002.
        sockets: Count<1, MILLION> = Count::of(16),
        /// Rooms that one client is a member of.
        rooms: Count<1, MILLION> = Count::of(256),
        /// Clients without a connection that are remembered, with their memberships and attributes; those away longest
        /// are forgotten first.
        absent: Count<0, { 100 * MILLION }> = Count::of(100_000),
        /// For how long a client may take up where its connection was, after that is gone; 0ms for not at all.
        resume: Span<0, { 24 * HOUR }> = Span::of(5 * 60 * SECOND),
    }

    /// What outlasts the server.
    Store {
        /// What outlasts the server; one server has it at a time.
        directory: Option<PathBuf> = None,
        /// Whether everything is forgotten when the server stops, and nothing is written.
        memory_only: bool = false,
    }

    /// What rooms may have.
    Rooms {
        /// Rooms that have a member, over all families.
        total: Count<1, { 100 * MILLION }> = Count::of(100_000),
        /// Members that somebody who comes into a room with `presence` is told of.
        here: Count<0, 100_000> = Count::of(100),
    }

    /// When clients come back that did not mean to go.
    Reconnect {
        /// A client that lost its connection waits a random part of this. Clients are told in `hello`.
        jitter: Span<0, HOUR> = Span::of(5 * SECOND),
        /// When a client may come back that found the server full, or was closed with 4100.
        pause: Span<0, HOUR> = Span::of(5 * SECOND),
    }

    /// The end of the server.
    Stop {
        /// How long connections have to take what was sent to them when the server stops.
        deadline: Span<0, HOUR> = Span::of(5 * SECOND),
        /// When clients are told to come back when the server stops.
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
        /// Who may use the [API](api.md); without any there is none. `windlass token new` makes a token and prints what
        /// stands here: its `sha256`, and its `scopes`.
        tokens: BTreeMap<Arc<str>, Token> = BTreeMap::new(),
        /// Where [each act](api.md#audit) is written down, before it is done and after. What cannot be written down is
        /// not done.
        audit: Option<PathBuf> = None,
    }

    /// Other rules while the server runs.
    Reload {
        /// Rulesets that were active and are kept in memory, so that they can be [gone back to](reload.md#going-back).
        kept: Count<0, 64> = Count::of(8),
    }

    /// What `windlass lint` makes of findings. The server only knows that it is a setting.
    Lint {
        /// What [`windlass lint`](lint.md) makes of the findings of single rules, as in `{ R0302: error }`. The server
        /// makes nothing of it; an error of the language cannot be lowered.
        levels: RuleLevels = RuleLevels::default(),
    }
}
