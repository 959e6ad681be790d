//! What a server does about whom it reaches where nobody has said anything, or only half of it.

use super::super::serving::{SCOPES, Serving, TOKEN, directory, lobby, settings};
use serde_json::Value;
use std::net::SocketAddr;
use std::process::Command;
use windlass::server::config::{Config, Overrides, TokenHash, load};

/// Every way to write one line of the settings: none, and these.
const LISTEN: [&str; 6] = ["", "127.0.0.1:0", "[::1]:0", "0.0.0.0:0", "[::]:0", "192.0.2.1:0"];
const TLS: [&str; 4] = ["", "certificate: a.pem", "key: a.key", "certificate: a.pem, key: a.key"];
const METRICS: [&str; 4] = ["", "nobody", "loopback", "everybody"];
const TRUSTED: [&str; 3] = ["", "127.0.0.1", "0.0.0.0/0"];

/// One cell of the matrix.
#[derive(Clone, Copy, Debug)]
struct Said<'said> {
    listen: &'said str,
    tls: &'said str,
    beyond: bool,
    tokens: bool,
    metrics: &'said str,
    trusted: &'said str,
}

fn matrix() -> Vec<Said<'static>> {
    let mut cells = Vec::new();
    for listen in LISTEN {
        for tls in TLS {
            for metrics in METRICS {
                for trusted in TRUSTED {
                    let cell = |beyond, tokens| Said { listen, tls, beyond, tokens, metrics, trusted };
                    cells.extend([(false, false), (false, true), (true, false), (true, true)].map(|(a, b)| cell(a, b)));
                }
            }
        }
    }
    cells
}

impl Said<'_> {
    fn yaml(&self) -> String {
        let line =
            |name: &str, value: &str| if value.is_empty() { String::new() } else { format!("{name}: {value}\n") };
        let braced =
            |name: &str, value: &str| if value.is_empty() { String::new() } else { format!("{name}: {{ {value} }}\n") };
        let trusted = if self.trusted.is_empty() { String::new() } else { format!("trusted: [{}]", self.trusted) };
        [
            line("listen", &if self.listen.is_empty() { String::new() } else { format!("\"{}\"", self.listen) }),
            braced("tls", self.tls),
            line("listen_beyond_loopback", if self.beyond { "true" } else { "" }),
            line("metrics", self.metrics),
            braced("proxies", &trusted),
            if self.tokens { settings() } else { "# no tokens, so no API\n".into() },
        ]
        .concat()
    }

    /// Read plainly: half of TLS is none, and others are reached only over TLS or where it is said.
    fn may_start(&self) -> bool {
        let is_wide = ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"].contains(&self.listen);
        match self.tls {
            "" => !is_wide || self.beyond,
            both => both.contains("certificate") && both.contains("key"),
        }
    }
}

fn loaded(yaml: &str) -> Result<Config, String> {
    let home = directory(&[("windlass.yaml", yaml)]);
    load(home.path(), None, Overrides::default()).map_err(|error| error.to_string())
}

/// Whatever is said of the rest: it listens on loopback, or it was said that others are reached and how, or it does not start and tells
/// what to do.
#[test]
fn every_start_is_for_this_machine_or_was_said_to_be_for_others() {
    for cell in matrix() {
        match loaded(&cell.yaml()) {
            Ok(config) => {
                assert!(cell.may_start(), "{cell:?}");
                let is_said = cell.beyond || config.tls.certificate.is_some() && config.tls.key.is_some();
                assert!(config.listen.get().ip().is_loopback() || is_said, "{cell:?}");
            }
            Err(why) => {
                assert!(!cell.may_start(), "{cell:?}: {why}");
                let tells = ["name the missing file", "name a certificate and its key in `tls`"];
                assert!(tells.iter().any(|tells| why.contains(tells)), "{cell:?}: {why}");
            }
        }
    }
}

/// The same by flag, by environment and by file: the process ends, and says why.
#[test]
fn a_process_does_not_open_a_wide_door_by_accident() {
    let home = directory(&[("lobby.room", &lobby("x")), ("wide.yaml", "listen: 0.0.0.0:0\n")]);
    let flags: [(&[&str], Option<&str>); 4] = [
        (&["--listen", "0.0.0.0:0"], None),
        (&["--set", "listen=\"[::]:0\""], None),
        (&["--config", "wide.yaml"], None),
        (&[], Some("0.0.0.0:0")),
    ];
    for (flags, listen) in flags {
        // one that does open it would go on
        let mut command = Command::new("timeout");
        command.args(["60", env!("CARGO_BIN_EXE_windlass"), "serve", "."]).args(flags).current_dir(home.path());
        if let Some(listen) = listen {
            command.env("WINDLASS_LISTEN", listen);
        }
        let output = command.output().expect("a process");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{flags:?}: {said}");
        assert!(
            said.contains("which other machines reach") && said.contains("`listen_beyond_loopback: true`"),
            "{said}"
        );
        assert!(output.stdout.is_empty(), "{flags:?}: nothing listened");
    }
}

/// Each operation of the OpenAPI document: its method, where it is, and the scope that it wants.
async fn operations(serving: &Serving) -> Vec<(String, String, String)> {
    let (_, document) = serving.ask("GET", "/api/openapi.json", "").await;
    let mut operations = Vec::new();
    for (path, of_path) in document["paths"].as_object().expect("paths") {
        let path = path.replace("{id}", "018f0000-0000-7000-8000-000000000000").replace("{room}", "nowhere");
        for (method, operation) in of_path.as_object().expect("operations") {
            let scope = operation["security"][0]["token"][0].as_str().expect("a scope");
            operations.push((
                method.to_uppercase(),
                format!("/api{}", path.replace("{client}", "nobody")),
                scope.into(),
            ));
        }
    }
    assert!(operations.len() >= SCOPES.len(), "{operations:?}");
    operations
}

fn code(answer: &Value) -> &str {
    answer["error"]["code"].as_str().unwrap_or_default()
}

/// Tokens that have every scope but one, beside the one that has all.
fn all_but_one() -> String {
    let without = |left: &str| {
        let scopes: Vec<&str> = SCOPES.into_iter().filter(|scope| *scope != left).collect();
        format!(
            "    no-{left}: {{ sha256: {}, scopes: [{}] }}\n",
            TokenHash::of(&format!("no {left}")).hex(),
            scopes.join(", ")
        )
    };
    settings() + &SCOPES.map(without).concat()
}

#[tokio::test]
async fn every_operation_wants_a_token_with_its_scope() {
    let home = directory(&[("lobby.room", &lobby("x")), ("windlass.yaml", &all_but_one())]);
    let serving = Serving::start_in(home, "", &["--no-watch"]);
    for (method, path, scope) in operations(&serving).await {
        let as_whom = async |token: Option<&str>| serving.ask_with(token, &method, &path, "").await;
        for token in [None, Some(""), Some("windlass_"), Some("no such token")] {
            let (status, answer) = as_whom(token).await;
            assert_eq!((status, code(&answer)), (401, "unauthorized"), "{method} {path} {token:?}");
        }
        let (status, answer) = as_whom(Some(&format!("no {scope}"))).await;
        assert_eq!((status, code(&answer)), (403, "forbidden"), "{method} {path}");
        let (status, _) = as_whom(Some(TOKEN)).await;
        assert!(![401, 403].contains(&status), "{method} {path}: {status}");
    }
}

/// Where this runs again, in a network of its own.
const INSIDE: &str = "WINDLASS_IN_A_NETWORK_OF_ITS_OWN";
/// An address that is not loopback, in a network that nobody else is in.
const ADDRESS: &str = "10.77.0.1";

/// Another machine is played by an address that is none of loopback, in a network namespace of this test's own, which leads nowhere. Where the system lets nobody make one, this is skipped, and says so.
#[test]
fn another_machine_is_told_nothing_by_default_and_no_secret_without_a_token() {
    if std::env::var_os(INSIDE).is_some() {
        return tokio::runtime::Runtime::new().expect("threads").block_on(from_another_machine());
    }
    let network = format!(
        "ip link set lo up && ip address add {ADDRESS}/24 dev lo || exit 77; \
         exec \"$0\" --exact server::attacks::defaults::another_machine_is_told_nothing_by_default_and_no_secret_without_a_token --nocapture"
    );
    let own = std::env::current_exe().expect("this test");
    let ran = Command::new("unshare")
        .args(["--map-root-user", "--net", "sh", "-c", &network])
        .arg(own)
        .env(INSIDE, "1")
        .output();
    match ran {
        Ok(ran) if ran.status.success() => {
            assert!(String::from_utf8_lossy(&ran.stdout).contains("1 passed"), "it ran: {ran:?}");
        }
        Ok(ran) if ran.status.code() == Some(101) => {
            panic!("{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr))
        }
        Ok(_) | Err(_) => {
            println!("SKIPPED: what another machine is told; `unshare --map-root-user --net` cannot be used here")
        }
    }
}

/// As `windlass serve` starts where nobody says how.
fn start(yaml: &str, flags: &[&str]) -> Serving {
    let home = directory(&[("lobby.room", &lobby("x")), ("windlass.yaml", yaml)]);
    Serving::start_as_it_is(home, &[&["--no-watch"], flags].concat())
}

async fn from_another_machine() {
    let other: SocketAddr = format!("{ADDRESS}:7070").parse().expect("an address");
    let mut routes: Vec<(String, String)> = {
        let serving = start(&settings(), &[]);
        assert_eq!(serving.address.to_string(), "127.0.0.1:7070");
        operations(&serving).await.into_iter().map(|(method, path, _)| (method, path)).collect()
    };
    routes.extend(
        ["/api/openapi.json", "/metrics", "/health/live", "/health/ready", "/ws", "/"]
            .map(|path| ("GET".into(), path.into())),
    );
    for yaml in ["# nothing\n".to_owned(), settings(), "metrics: everybody\n".to_owned()] {
        let serving = start(&yaml, &[]);
        assert_eq!(serving.ask_with(None, "GET", "/health/live", "").await.0, 200, "it is there for this machine");
        for (method, path) in &routes {
            let reached = tokio::net::TcpStream::connect(other).await;
            assert!(reached.is_err(), "{method} {path} is reached with {yaml}");
        }
    }
    let wide = ["--listen", "0.0.0.0:7070", "--listen-beyond-loopback"];
    for (yaml, api) in [("# nothing\n".to_owned(), (404, "not_found")), (settings(), (401, "unauthorized"))] {
        let mut serving = start(&yaml, &wide);
        serving.address = other;
        for (method, path) in routes.iter().filter(|(_, path)| path.starts_with("/api")) {
            let (status, answer) = serving.ask_with(None, method, path, "").await;
            assert_eq!((status, code(&answer)), api, "{method} {path}");
        }
        let metrics = bare(other, "/metrics").await;
        assert!(metrics.starts_with("HTTP/1.1 404") && !metrics.contains("windlass_"), "{metrics}");
        let here = bare(SocketAddr::from(([127, 0, 0, 1], 7070)), "/metrics").await;
        assert!(here.starts_with("HTTP/1.1 200") && here.contains("windlass_"), "{here}");
    }
}

async fn bare(to: SocketAddr, path: &str) -> String {
    let mut bare = super::super::client::Bare::connect(to).await;
    bare.write(format!("GET {path} HTTP/1.1\r\nHost: {to}\r\n\r\n").as_bytes()).await;
    bare.rest().await
}
