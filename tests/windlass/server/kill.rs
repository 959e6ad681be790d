//! `kill -9` at any moment, in the middle of traffic: everybody comes back to where they were, and has missed nothing.

use super::client::{Client, soon};
use super::guest::Guest;
use super::serving::directory;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// How many posts the nook keeps.
pub const NOOK: u64 = 3;
/// How many posts are certainly known by their ids, others posting at the same time.
pub const KNOWN_BY_ID: u64 = 200;

pub const RULES: &str = r#"entry lobby

room lobby public {
    doors hall
}

room hall {
    requires name
    history 1000000
    doors nook
    on { text: text } as m { post m }
}

room nook {
    requires name
    history 3
    doors hall
    on { text: text } as m { post m }
}
"#;

/// By a code somebody is a client.
pub const NAME: &str = r#"lock name gives client held 1h {
    after 60s -> fail "too slow"
    state who {
        ask { code: "Your code?" }
        on { code: text(1..32) } as said -> checking(said.code)
    }
    state checking(said: text(1..32)) {
        check code(said) within 5s
        passed label { identify label -> resolve label }
        failed why -> fail why
    }
}
"#;

pub const SETTINGS: &str = r#"
rate: { socket: 1000000, socket_burst: 1000000, unidentified: 1000000, unidentified_burst: 1000000, client: 1000000, client_burst: 1000000 }
checks:
  code:
    codes:
      ann: try-ann-4711
      bob: try-bob-4711
      cat: try-cat-4711
      dan: try-dan-4711
"#;

/// The server as a process. It ends with the test.
pub struct Running {
    child: Child,
    pub address: SocketAddr,
}

impl Running {
    pub fn start(directory: &Path) -> Running {
        Running::run(Command::new(env!("CARGO_BIN_EXE_windlass")).arg("serve").arg(directory), Stdio::null())
    }

    /// With files that cannot grow beyond some bytes.
    fn start_with_little_space(directory: &Path) -> Running {
        let mut shell = Command::new("sh");
        shell.args(["-c", "trap '' XFSZ; ulimit -f 64; exec \"$0\" serve \"$1\" \"$2\" \"$3\" \"$4\" \"$5\""]);
        Running::run(shell.arg(env!("CARGO_BIN_EXE_windlass")).arg(directory), Stdio::piped())
    }

    fn run(command: &mut Command, errors: Stdio) -> Running {
        command.args(["--listen", "127.0.0.1:0", "--log", "error"]).env_remove("RUST_LOG");
        let mut child = command.stdout(Stdio::piped()).stderr(errors).spawn().expect("a process");
        let first = BufReader::new(child.stdout.take().expect("a pipe")).lines().next();
        let first = first.expect("a line").expect("text");
        let address = first.split("ws://").nth(1).and_then(|rest| rest.split('/').next()).expect("an address");
        Running { child, address: address.parse().expect("an address") }
    }

    pub fn kill(&mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("an end");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn house() -> tempfile::TempDir {
    directory(&[("house.room", RULES), ("name.room", NAME), ("windlass.yaml", SETTINGS)])
}

/// How often the server is killed; more with `WINDLASS_TEST_KILLS`.
pub fn kills() -> u32 {
    std::env::var("WINDLASS_TEST_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(6)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_comes_back_after_kill_9_and_has_missed_nothing() {
    let home = house();
    let mut guests: Vec<Guest> = ["ann", "bob", "cat", "dan"].map(Guest::new).into();
    let mut random = u64::from(std::process::id()) | 1;
    for round in 0..kills() {
        let mut server = Running::start(home.path());
        let address = server.address;
        // one of them stays away now and then, so that it misses more than the nook keeps
        let away = (round % 2 == 1).then(|| guests.remove(round as usize / 2 % guests.len()));
        let visits: Vec<_> = guests
            .into_iter()
            .map(|mut guest| {
                tokio::spawn(async move {
                    let _ = guest.visit(address, u32::MAX).await;
                    guest
                })
            })
            .collect();
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        tokio::time::sleep(Duration::from_millis(100 + (random >> 33) % 700)).await;
        server.kill();
        guests = away.into_iter().collect();
        for visit in visits {
            guests.push(soon("a guest's end", visit).await.expect("a guest that was content"));
        }
    }
    let server = Running::start(home.path());
    for guest in &mut guests {
        guest.visit(server.address, 1).await.expect("nobody is killed any more");
    }
    for guest in &mut guests {
        guest.visit(server.address, 0).await.expect("nobody is killed any more");
    }
    for room in ["hall", "nook"] {
        everybody_heard_the_same(&guests, room);
    }
    let spent = guests[0].spent.last().expect("a token that was used").clone();
    let mut client = Client::connect(server.address).await;
    client.expect_start("{\"hello\"").await;
    client.expect_start("{\"moved\"").await;
    client.send(&format!("{{\"resume\":{{\"token\":\"{spent}\"}}}}")).await;
    client.expect_start("{\"error\":{\"code\":\"not_resumed\"").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_limit_on_files_stops_the_server_and_takes_back_nothing() {
    let home = house();
    let mut guest = Guest::new("ann");
    let mut small = Running::start_with_little_space(home.path());
    assert!(guest.visit(small.address, u32::MAX).await.is_none(), "there is no room for so much");
    let status = small.child.wait().expect("an end");
    assert_eq!(status.code(), Some(2), "whoever runs it is told");
    let mut said = String::new();
    small.child.stderr.take().expect("a pipe").read_to_string(&mut said).expect("text");
    assert!(said.contains("may not grow: raise the limit") && said.contains("the store has failed"), "{said}");
    let large = Running::start(home.path());
    guest.visit(large.address, 10).await.expect("there is room again");
    everybody_heard_the_same(&[guest], "hall");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_told_to_stop_keeps_what_was_decided() {
    let home = house();
    let mut guests: Vec<Guest> = ["ann", "bob"].map(Guest::new).into();
    for _ in 0..2 {
        let mut server = Running::start(home.path());
        let address = server.address;
        let visits = guests.into_iter().map(|mut guest| {
            tokio::spawn(async move {
                let _ = guest.visit(address, u32::MAX).await;
                guest
            })
        });
        let visits: Vec<_> = visits.collect();
        tokio::time::sleep(Duration::from_millis(300)).await;
        let told = Command::new("kill").args(["-TERM", &server.child.id().to_string()]).status();
        assert!(told.expect("kill").success());
        guests = Vec::new();
        for visit in visits {
            guests.push(soon("a guest's end", visit).await.expect("a guest that was content"));
        }
        assert_eq!(server.child.wait().expect("an end").code(), Some(0));
    }
    let server = Running::start(home.path());
    for guest in &mut guests {
        guest.visit(server.address, 1).await.expect("it runs");
    }
    guests[0].visit(server.address, 0).await.expect("it runs");
    everybody_heard_the_same(&guests, "hall");
}

/// Every place of the room's order holds one post, every post stands at one place, and nobody who was told `ok` was told wrong.
pub fn everybody_heard_the_same(guests: &[Guest], room: &str) {
    let mut order: BTreeMap<u64, &str> = BTreeMap::new();
    let mut places: BTreeMap<&str, u64> = BTreeMap::new();
    for place in guests.iter().map(|guest| &guest.rooms[room]) {
        for (seq, text) in place.heard.iter().chain(&place.acknowledged) {
            assert_eq!(order.entry(*seq).or_insert(text), text, "{room}, {seq}");
            // the nook forgets ids with their posts
            assert!(places.entry(text).or_insert(*seq) == seq || room == "nook", "{room}, {text} stands twice");
        }
    }
    let latest = order.keys().last().copied().expect("something was said");
    let acknowledged: usize = guests.iter().map(|guest| guest.rooms[room].acknowledged.len()).sum();
    let gaps: u32 = guests.iter().map(|guest| guest.gaps).sum();
    println!("{room}: {latest} posts, {acknowledged} acknowledged, {gaps} gaps");
    assert!(acknowledged as u64 <= latest);
    if room == "hall" {
        assert!(guests.iter().all(|guest| guest.rooms[room].at >= latest), "nobody is behind");
    }
}
