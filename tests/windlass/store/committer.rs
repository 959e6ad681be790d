//! The committing thread: everything is reported, in order; too much is turned away.

use super::stage::{disk, offsets, open, post};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use windlass::disk::{CommitMetrics, Committer, Limits, Report, Submitted};
use windlass::store::{LogKey, Logs, Memory, Page, Record, Refusal, Retained, Space, Store, StoreError, Tables};

const PATIENCE: Duration = Duration::from_secs(20);

/// A store in memory that commits when it is told to, and fails as it is told.
struct Gated {
    memory: Memory,
    gate: Receiver<Result<(), StoreError>>,
    sizes: Arc<Mutex<Vec<usize>>>,
}

impl Logs for Gated {
    fn read(&self, log: &LogKey, after: u64, limit: usize, now: u64) -> Result<Option<Page>, StoreError> {
        self.memory.read(log, after, limit, now)
    }
}

impl Store for Gated {
    fn tables(&self) -> Result<Tables, StoreError> {
        self.memory.tables()
    }

    fn commit(&mut self, records: &[Record]) -> Result<(), StoreError> {
        self.sizes.lock().expect("sizes").push(records.len());
        self.gate.recv_timeout(PATIENCE).expect("a word from the test")?;
        self.memory.commit(records)
    }

    fn space(&self) -> Space {
        Space::Enough
    }

    fn retain(&mut self, now: u64) -> Result<Retained, StoreError> {
        self.memory.retain(now)
    }
}

fn read(number: &std::sync::atomic::AtomicU64) -> u64 {
    number.load(std::sync::atomic::Ordering::Relaxed)
}

#[test]
fn what_came_meanwhile_goes_together_and_the_faulty_alone() {
    let (pass, gate) = channel();
    let sizes = Arc::new(Mutex::new(Vec::new()));
    let store = Gated { memory: Memory::new(), gate, sizes: sizes.clone() };
    let (tell, reports) = channel();
    let limits = Limits { waiting_records_max: 5, ..Limits::default() };
    let committer = Committer::start(store, limits, || 0, move |report| tell.send(report).expect("a listener"));
    let committer = committer.expect("a thread");
    assert_eq!(committer.submit(vec![open("hall", 1, 9)]), Submitted::Taken(1));
    while sizes.lock().expect("sizes").is_empty() {
        std::thread::yield_now();
    }
    // the first is on its way; these wait, one of them wrong
    assert_eq!(committer.submit(vec![post("hall", 1, 1, 1), post("hall", 1, 2, 1)]), Submitted::Taken(3));
    assert_eq!(committer.submit(vec![post("hall", 1, 7, 1)]), Submitted::Taken(4));
    assert_eq!(committer.submit(vec![post("hall", 1, 3, 1)]), Submitted::Taken(5));
    let much = vec![post("hall", 1, 4, 1), post("hall", 1, 5, 1)];
    assert_eq!(committer.submit(much.clone()), Submitted::Busy(much), "four wait, and five may");
    let CommitMetrics { waiting_records, busy, .. } = &**committer.metrics();
    assert_eq!((read(waiting_records), read(busy)), (4, 1));
    (0..5).for_each(|_| pass.send(Ok(())).expect("a store"));
    let next = || reports.recv_timeout(PATIENCE).expect("a report");
    assert_eq!(next(), Report::Durable { through: 1 });
    assert_eq!(next(), Report::Durable { through: 3 });
    let fault = Refusal::OtherOffset { log: super::stage::log("hall"), next: 3, meant: 7 };
    assert_eq!(next(), Report::Refused { first: 4, last: 4, error: StoreError::Refused(fault) });
    assert_eq!(next(), Report::Durable { through: 5 });
    assert_eq!(*sizes.lock().expect("sizes"), [1, 4, 2, 1, 1]);
    let metrics = committer.metrics();
    assert_eq!((read(&metrics.commits), read(&metrics.records), read(&metrics.refused)), (3, 4, 1));
    let classes: u64 = metrics.commit_classes.iter().map(read).sum();
    assert_eq!(classes, 3);
}

#[test]
fn a_full_disk_is_tried_again_and_a_stopped_store_says_from_where() {
    let (pass, gate) = channel();
    let sizes = Arc::new(Mutex::new(Vec::new()));
    let store = Gated { memory: Memory::new(), gate, sizes };
    let (tell, reports) = channel();
    let limits = Limits { retry_every: Duration::from_millis(1), ..Limits::default() };
    let committer = Committer::start(store, limits, || 0, move |report| tell.send(report).expect("a listener"));
    let committer = committer.expect("a thread");
    let next = || reports.recv_timeout(PATIENCE).expect("a report");
    let full = StoreError::Full { file: "x".to_owned() };
    for outcome in [Err(full.clone()), Err(full), Ok(())] {
        pass.send(outcome).expect("a store");
    }
    assert_eq!(committer.submit(vec![open("hall", 1, 9)]), Submitted::Taken(1));
    assert_eq!(next(), Report::Space(Space::Short), "nothing is refused, and nothing durable");
    assert_eq!(next(), Report::Durable { through: 1 });
    assert_eq!(next(), Report::Space(Space::Enough));
    let limited = StoreError::Limited { file: "x".to_owned() };
    pass.send(Err(limited.clone())).expect("a store");
    assert_eq!(committer.submit(vec![post("hall", 1, 1, 1)]), Submitted::Taken(2));
    assert_eq!(next(), Report::Refused { first: 2, last: 2, error: limited });
    let stopped = StoreError::Stopped { why: "y".to_owned() };
    pass.send(Err(stopped.clone())).expect("a store");
    assert_eq!(committer.submit(vec![post("hall", 1, 1, 1)]), Submitted::Taken(3));
    assert_eq!(next(), Report::Stopped { first: 3, error: stopped });
    assert_eq!(committer.submit(Vec::new()), Submitted::Stopped(Vec::new()));
}

#[test]
fn what_was_taken_is_on_the_disk_when_the_committer_goes() {
    let directory = tempfile::tempdir().expect("a directory");
    let (store, _) = disk(directory.path(), 50_000);
    let (tell, reports) = channel();
    let committer = Committer::start(store, Limits::default(), || 0, move |report| drop(tell.send(report)));
    let committer = committer.expect("a thread");
    committer.submit(vec![open("hall", 1, 1_000)]);
    for offset in 1..=500 {
        assert_eq!(committer.submit(vec![post("hall", 1, offset, 1)]), Submitted::Taken(offset + 1));
    }
    drop(committer);
    assert_eq!(reports.iter().last(), Some(Report::Durable { through: 501 }));
    assert_eq!(offsets(&disk(directory.path(), 50_000).0, "hall", 0, 0), (1..=500).collect::<Vec<_>>());
}
