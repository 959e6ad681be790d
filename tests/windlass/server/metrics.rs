//! What the server counts: the page lists all that is served, the numbers follow what happens, and nobody is named.

use super::client::{Bare, Client, until};
use super::echo::settings;
use crate::fixtures;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use windlass::diagnostic::SourceMap;
use windlass::server::{House, Server};

const RULES: &str = r#"entry lobby
room lobby public {
    doors hall
    after 1h -> drop "too long"
    on { alarm: text(1..200) } as m { tell alarms { alarm: m.alarm } say m }
    on { go: "away" } -> drop "as you wish"
}
room hall { requires name doors lobby on { text: text(1..200) } as m { post m } }
lock name gives client {
    attempts 2
    after 1h -> fail "too slow"
    on cancel -> fail "cancelled"
    state asking {
        ask { word: "a word" }
        on { word: text(1..64) } as m -> checking(m.word)
    }
    state checking(word: text(1..64)) {
        check code(word) within 10s
        passed who { identify who -> resolve who }
        failed _ -> retry asking
    }
}
group alarms { webhook "a \"quoted\" pager" }
"#;

async fn serve(more: &str) -> Server {
    let checks = "checks: { code: { codes: { client-ada: the secret word } } }";
    let config = settings(&format!("store: {{ memory_only: true }}\n{checks}\n{more}"));
    let mut sources = SourceMap::default();
    sources.add("rules.room".to_owned(), RULES.to_owned());
    let checked = windlass::lint::check(sources);
    let program = checked.program.unwrap_or_else(|| panic!("rules that may run: {:?}", checked.diagnostics));
    Server::start(&config, House::new(program, &config).expect("a house")).await.expect("a free port")
}

/// The page as a server at this address answers.
pub async fn page_of(address: SocketAddr, headers: &str) -> String {
    let mut bare = Bare::connect(address).await;
    bare.write(format!("GET /metrics HTTP/1.1\r\nHost: example.org\r\n{headers}\r\n").as_bytes()).await;
    bare.rest().await
}

async fn get(server: &Server, headers: &str) -> String {
    page_of(server.address(), headers).await
}

/// The samples by their names with labels.
async fn samples(server: &Server) -> BTreeMap<String, f64> {
    let page = get(server, "").await;
    assert!(page.contains("content-type: application/openmetrics-text; version=1.0.0"), "{page}");
    assert!(page.ends_with("# EOF\n"), "{page}");
    let (_, body) = page.split_once("\r\n\r\n").expect("a body");
    let lines = body.lines().filter(|line| line.starts_with("windlass_"));
    let sample = |line: &str| {
        let (name, value) = line.rsplit_once(' ').expect("a value");
        (name.to_owned(), value.parse().expect("a number"))
    };
    lines.map(sample).collect()
}

/// What the page of the docs says of each, and what is served: name, kind, and the words.
#[tokio::test]
async fn the_page_lists_what_is_served() {
    let server = serve("").await;
    let page = get(&server, "").await;
    let told = |start: &str| -> BTreeMap<String, String> {
        let lines = page.lines().filter_map(|line| line.strip_prefix(start)?.split_once(' '));
        lines.map(|(name, rest)| (name.to_owned(), rest.trim_end_matches('.').to_owned())).collect()
    };
    let (help, kinds) = (told("# HELP "), told("# TYPE "));
    let served: BTreeSet<[String; 3]> = help
        .iter()
        .map(|(name, help)| {
            let kind = kinds[name].clone();
            let total = if kind == "counter" { "_total" } else { "" };
            [format!("{name}{total}"), kind, help.clone()]
        })
        .collect();
    let docs = std::fs::read_to_string(fixtures::root().join("docs/metrics.md")).expect("the page");
    let rows = docs.lines().filter(|line| line.starts_with("| `windlass_"));
    let listed: BTreeSet<[String; 3]> = rows
        .map(|line| {
            let cells: Vec<&str> = line.split('|').map(|cell| cell.trim().trim_matches('`')).collect();
            [cells[1].to_owned(), cells[2].to_owned(), cells[4].to_owned()]
        })
        .collect();
    let lacking: Vec<_> = served.difference(&listed).collect();
    let unknown: Vec<_> = listed.difference(&served).collect();
    assert!(lacking.is_empty() && unknown.is_empty(), "docs/metrics.md lacks {lacking:#?} and has {unknown:#?}");
}

#[tokio::test]
async fn the_numbers_follow_what_happens() {
    let server = serve("").await;
    let mut ada = Client::connect(server.address()).await;
    ada.expect_start("{\"hello\"").await;
    ada.expect_start("{\"moved\"").await;
    ada.send(r#"{"alarm":"a client's own words"}"#).await;
    ada.expect_start("{\"say\"").await;
    ada.send(r#"{"to":"room:hall"}"#).await;
    ada.expect_start("{\"ask\"").await;
    let waiting = samples(&server).await;
    assert_eq!(waiting[r#"windlass_sockets{machine="name",state="asking"}"#], 1.0);
    assert_eq!(waiting["windlass_lobby_seconds_count"], 0.0);
    for word in ["a wrong word", "the secret word"] {
        ada.send(&format!(r#"{{"word":"{word}"}}"#)).await;
        ada.expect_start(if word.starts_with('a') { "{\"ask\"" } else { "{\"identified\"" }).await;
    }
    ada.expect_start("{\"moved\"").await;
    let mut bob = Client::connect(server.address()).await;
    bob.expect_start("{\"hello\"").await;
    bob.expect_start("{\"moved\"").await;
    bob.send(r#"{"to":"room:hall"}"#).await;
    bob.expect_start("{\"ask\"").await;
    bob.send("no JSON").await;
    bob.expect_start("{\"error\"").await;
    bob.send(r#"{"cancel":true}"#).await;
    bob.expect_start("{\"error\"").await;
    bob.send(r#"{"go":"away"}"#).await;
    assert_eq!(bob.close_code().await.0, 4000);
    until("bob's end", || server.connections() == 1).await;
    let after = samples(&server).await;
    for (sample, wanted) in [
        ("windlass_connections", 1.0),
        ("windlass_connections_upgraded_total", 2.0),
        ("windlass_sockets{machine=\"hall\",state=\"\"}", 1.0),
        ("windlass_clients{state=\"connected\"}", 1.0),
        ("windlass_epoch", 1.0),
        ("windlass_lobby_seconds_count", 1.0),
        ("windlass_locks_total{lock=\"name\",outcome=\"resolved\",cause=\"check\"}", 1.0),
        ("windlass_locks_total{lock=\"name\",outcome=\"failed\",cause=\"cancel\"}", 1.0),
        ("windlass_checks_total{check=\"code\",outcome=\"passed\"}", 1.0),
        ("windlass_checks_total{check=\"code\",outcome=\"failed\"}", 1.0),
        ("windlass_frames_refused_total{cause=\"malformed\"}", 1.0),
        ("windlass_closes_total{code=\"4000\"}", 1.0),
        ("windlass_webhook_unbound_total", 1.0),
        ("windlass_frames_in_total", 8.0),
    ] {
        assert_eq!(after.get(sample), Some(&wanted), "{sample}: {after:#?}");
    }
    for sample in ["windlass_passes_total", "windlass_steps_total", "windlass_store_records_total"] {
        assert!(after[sample] > 0.0, "{sample}: {after:#?}");
    }
    let page = get(&server, "").await;
    for private in ["client-ada", "secret word", "wrong word", "own words"] {
        assert!(!page.contains(private), "{private}: {page}");
    }
}

#[tokio::test]
async fn who_may_read_it() {
    for (readers, headers, may) in [
        ("loopback", "", true),
        ("loopback", "X-Forwarded-For: 192.0.2.1\r\n", false),
        ("loopback", "Forwarded: for=192.0.2.1\r\n", false),
        ("everybody", "X-Forwarded-For: 192.0.2.1\r\n", true),
        ("nobody", "", false),
    ] {
        let server = serve(&format!("metrics: {readers}\n")).await;
        let answer = get(&server, headers).await;
        let status = if may { "HTTP/1.1 200" } else { "HTTP/1.1 404" };
        assert!(answer.starts_with(status), "{readers} {headers}: {answer}");
    }
}

/// A webhook's name is the rules' own text.
#[tokio::test]
async fn labels_are_escaped() {
    let url = "url: \"https://example.org/\", secret: a secret of the two of them";
    let server = serve(&format!("webhooks: {{ 'a \"quoted\" pager': {{ {url} }} }}\n")).await;
    assert_eq!(samples(&server).await[r#"windlass_webhook_waiting{webhook="a \"quoted\" pager"}"#], 0.0);
}
