//! `kill -9` at any moment: every acknowledged commit is there, none by half, in order.

use super::stage::{disk, log, open, page, post};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use windlass::store::{Record, Store};

/// Tells the child where its store is.
const DIRECTORY: &str = "WINDLASS_TEST_STORE";
const SEGMENT: u64 = 30_000;
/// Messages of one commit.
const TOGETHER: u64 = 5;
const KILLS: u32 = 12;

/// What is killed: commits numbered batches, and says the number of each that is kept.
#[test]
fn child() {
    let Some(directory) = std::env::var_os(DIRECTORY) else { return };
    let (mut store, _) = disk(Path::new(&directory), SEGMENT);
    if store.tables().expect("tables").logs.is_empty() {
        store.commit(&[open("all", 1, u64::MAX), open("few", 1, 20)]).expect("a commit");
    }
    let mut next = store.tables().expect("tables").logs[&log("all")].latest + 1;
    // an end, should nobody kill it
    for _ in 0..20_000 {
        let both = |offset| [post("all", 1, offset, offset), post("few", 1, offset, offset)];
        let records: Vec<Record> = (next..next + TOGETHER).flat_map(both).collect();
        store.commit(&records).expect("a commit");
        next += TOGETHER;
        writeln!(std::io::stdout(), "\nkept {}", next - 1).expect("a reader");
        store.retain(0).expect("a round");
    }
}

#[test]
fn what_was_acknowledged_survives_kill_9() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut acknowledged = 0;
    for round in 0..KILLS {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        acknowledged = run_and_kill(directory.path(), acknowledged, 1 + (random >> 33) % 40);
        let (store, _) = disk(directory.path(), SEGMENT);
        let tables = store.tables().expect("tables");
        let (all, few) = (tables.logs[&log("all")], tables.logs[&log("few")]);
        assert!(all.latest >= acknowledged, "round {round}: {acknowledged} was acknowledged, {} is there", all.latest);
        assert_eq!(all.latest % TOGETHER, 0, "a commit is there whole or not at all");
        assert_eq!(
            (few.latest, few.first),
            (all.latest, all.latest.saturating_sub(19).max(1)),
            "one commit, two rooms"
        );
        let mut next = 1;
        while next <= all.latest {
            for message in page(&store, "all", next - 1, 0).messages {
                assert_eq!(message.offset, next);
                assert_eq!(message.content.field("number"), Some(next.to_string().as_str()));
                next += 1;
            }
        }
    }
    assert!(acknowledged > 0, "something was acknowledged");
}

/// Runs the child until it has acknowledged so many commits more, kills it, and gives the last number that it acknowledged.
fn run_and_kill(directory: &Path, before: u64, commits: u64) -> u64 {
    let mut child = Command::new(std::env::current_exe().expect("the test binary"))
        .args(["store::kill::child", "--exact", "--nocapture"])
        .env(DIRECTORY, directory)
        .stdout(Stdio::piped())
        .spawn()
        .expect("a child");
    let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
    let mut acknowledged = before;
    let number = |line: std::io::Result<String>| line.ok()?.strip_prefix("kept ")?.parse::<u64>().ok();
    for _ in 0..commits {
        acknowledged = lines.by_ref().find_map(number).expect("a child that commits");
    }
    child.kill().expect("the child is killed");
    child.wait().expect("the child is gone");
    // what it still said before its end was acknowledged too
    lines.filter_map(number).last().unwrap_or(acknowledged)
}
