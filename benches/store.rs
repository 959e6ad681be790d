//! What the store on disk can do on this machine: `cargo bench --bench store -- [DIRECTORY]`.
//!
//! The directory decides which disk is measured; without it, it is the build's. Each figure is printed with what it was measured against.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};
use windlass::disk::{Committer, DiskStore, Limits, Report, Submitted};
use windlass::store::{Keep, LogKey, Logs, Message, Record, Store};
use windlass::value::{Json, RoomKey};

const WRITERS: usize = 64;
const ROUNDS: usize = 3;
const ROUND: Duration = Duration::from_secs(4);
/// Bytes of a message's content.
const CONTENT: usize = 256;

fn main() {
    let base = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let base = base.unwrap_or_else(|| env!("CARGO_TARGET_TMPDIR").to_owned());
    let directory = tempfile::tempdir_in(&base).expect("a directory");
    commits(directory.path());
    durable_posts(directory.path());
    let large = directory.path().join("large");
    fill(&large, 1_000_000);
    reads(&large);
    let small = directory.path().join("retention");
    retention(&small);
}

/// One commit of many posts after the other, by turns with a file that only appends and synchronises: what others do to the disk
/// meanwhile meets both.
fn commits(directory: &Path) {
    let mut raw = File::create(directory.join("raw")).expect("a file");
    let mut store = DiskStore::open(&directory.join("store")).expect("a store").store;
    store.commit(&(0..WRITERS).map(|room| opened(room, 10_000)).collect::<Vec<_>>()).expect("a commit");
    let (mut plain, mut stored) = (Vec::new(), Vec::new());
    for offset in 1..=2_000 {
        let posts: Vec<Record> = (0..WRITERS).map(|room| posted(room, offset)).collect();
        plain.push(timed(|| {
            raw.write_all(&[b'x'; CONTENT * WRITERS]).expect("a write");
            raw.sync_data().expect("a disk");
        }));
        stored.push(timed(|| store.commit(&posts).expect("a commit")));
    }
    plain.sort();
    stored.sort();
    println!(
        "a commit of {WRITERS} posts of {CONTENT} bytes, by turns: raw file {:?}, store {:?} in the middle",
        plain[1_000], stored[1_000]
    );
}

/// Writers that each wait until their post is on the disk, against a file that only appends and synchronises.
fn durable_posts(directory: &Path) {
    println!("durable posts of {CONTENT} bytes, {WRITERS} writers that wait for each");
    for round in 0..ROUNDS {
        let raw = raw_posts(&directory.join(format!("raw-{round}")));
        let (store, worst) = store_posts(&directory.join(format!("store-{round}")));
        let part = 100 * store / raw.max(1);
        println!("  raw file {raw:>7}/s   store {store:>7}/s ({part} %)   slowest commit {worst:?}");
    }
}

fn raw_posts(path: &Path) -> u64 {
    let mut file = File::create(path).expect("a file");
    let (send, receive) = channel::<Sender<()>>();
    let committing = std::thread::spawn(move || {
        while let Ok(first) = receive.recv() {
            let waiting: Vec<Sender<()>> = std::iter::once(first).chain(receive.try_iter()).collect();
            file.write_all(&vec![b'x'; CONTENT * waiting.len()]).expect("a write");
            file.sync_data().expect("a disk");
            waiting.iter().for_each(|done| done.send(()).expect("a writer"));
        }
    });
    let posts = write_for(ROUND, |_| {
        let (done, wait) = channel();
        let send = send.clone();
        move |_| {
            send.send(done.clone()).expect("a committing thread");
            wait.recv().expect("a commit");
        }
    });
    drop(send);
    committing.join().expect("no panic");
    posts
}

fn store_posts(path: &Path) -> (u64, Duration) {
    let mut store = DiskStore::open(path).expect("a store").store;
    let rooms: Vec<Record> = (0..WRITERS).map(|room| opened(room, 10_000)).collect();
    store.commit(&rooms).expect("a commit");
    let (wait, waiting) = channel::<(u64, Sender<()>)>();
    let mut next = None;
    let report = move |report| {
        let Report::Durable { through } = report else { panic!("{report:?}") };
        while let Some((number, done)) = next.take().or_else(|| waiting.try_recv().ok()) {
            if number > through {
                next = Some((number, done));
                return;
            }
            done.send(()).expect("a writer");
        }
    };
    let committer = Committer::start(store, Limits::default(), || 0, report).expect("a thread");
    let (send, receive) = channel::<(Record, Sender<()>)>();
    // one thread decides, and hands over together what came together, as in a server
    let deciding = std::thread::spawn(move || {
        let mut number = 0;
        while let Ok(first) = receive.recv() {
            let (records, writers): (Vec<Record>, Vec<_>) = std::iter::once(first).chain(receive.try_iter()).unzip();
            for done in writers {
                number += 1;
                wait.send((number, done)).expect("a committing thread");
            }
            assert_eq!(committer.submit(records), Submitted::Taken(number));
        }
        committer.metrics().commit_micros_max.load(std::sync::atomic::Ordering::Relaxed)
    });
    let posts = write_for(ROUND, |room| {
        let (done, wait) = channel();
        let send = send.clone();
        move |number| {
            send.send((posted(room, number), done.clone())).expect("a deciding thread");
            wait.recv().expect("a commit");
        }
    });
    drop(send);
    (posts, Duration::from_micros(deciding.join().expect("no panic")))
}

/// Posts a second of all writers; each is made by its room and called with 1, 2, 3 and on.
fn write_for<W: FnMut(u64) + Send + 'static>(length: Duration, writer: impl Fn(usize) -> W) -> u64 {
    let end = Instant::now() + length;
    let writers: Vec<_> = (0..WRITERS)
        .map(|room| {
            let mut write = writer(room);
            std::thread::spawn(move || (1..).take_while(|_| Instant::now() < end).map(&mut write).count() as u64)
        })
        .collect();
    let posts: u64 = writers.into_iter().map(|writer| writer.join().expect("no panic")).sum();
    posts / length.as_secs()
}

/// A store of this many messages in 100 rooms.
fn fill(path: &Path, messages: u64) {
    let mut store = DiskStore::open(path).expect("a store").store;
    let rooms: Vec<Record> = (0..100).map(|room| opened(room, u64::MAX)).collect();
    store.commit(&rooms).expect("a commit");
    let began = Instant::now();
    for offset in (1..=messages / 100).step_by(10) {
        let posts: Vec<Record> =
            (0..100).flat_map(|room| (offset..offset + 10).map(move |offset| posted(room, offset))).collect();
        store.commit(&posts).expect("a commit");
    }
    let a_second = messages as f64 / began.elapsed().as_secs_f64();
    let content = messages * CONTENT as u64;
    println!("{messages} messages in 100 rooms, 1000 a commit: {a_second:.0}/s");
    println!("  space: {} MB for {} MB of content", store.bytes() / 1_000_000, content / 1_000_000);
}

fn reads(path: &Path) {
    let began = Instant::now();
    let store = DiskStore::open(path).expect("a store").store;
    println!("  opening it, every byte summed: {:?}", began.elapsed());
    let (began, mut messages) = (Instant::now(), 0);
    for room in 0..100 {
        let mut after = 0;
        while let Some(last) = page(&store, room, after) {
            messages += last - after;
            after = last;
        }
    }
    println!("  reading all in pages: {:.0} messages/s", messages as f64 / began.elapsed().as_secs_f64());
    let mut slowest: Vec<Duration> = (0..1_000).map(|number| timed(|| page(&store, number % 100, 9_900))).collect();
    slowest.sort();
    println!("  a room's last 100 messages: {:?} in the middle, {:?} at the 99th of 100", slowest[500], slowest[990]);
}

/// The offset of the last message of the page after this one.
fn page(store: &impl Logs, room: usize, after: u64) -> Option<u64> {
    let page = store.read(&log(room), after, 1_000, 0).expect("a page").expect("a log");
    page.messages.last().map(|message| message.offset)
}

/// Rooms that keep little, posted to until ten times as much is gone as is kept.
fn retention(path: &Path) {
    let mut store = DiskStore::open(path).expect("a store").store;
    let rooms: Vec<Record> = (0..1_000).map(|room| opened(room, 200)).collect();
    store.commit(&rooms).expect("a commit");
    let (mut commits, mut rounds, mut moved, mut most) = (Vec::new(), Vec::new(), 0, 0);
    for offset in 1..=2_000 {
        for first in (0..1_000).step_by(500) {
            let posts: Vec<Record> = (first..first + 500).map(|room| posted(room, offset)).collect();
            commits.push(timed(|| store.commit(&posts).expect("a commit")));
            rounds.push(timed(|| moved += store.retain(0).expect("a round").bytes_moved));
            most = most.max(store.bytes());
        }
    }
    commits.sort();
    rounds.sort();
    let content = 1_000 * 200 * CONTENT as u64 / 1_000_000;
    println!("2000000 posts to 1000 rooms that keep 200 each, 500 a commit, a round of retention after each");
    println!(
        "  space: {} MB at most for {content} MB of kept content; {} MB written again",
        most / 1_000_000,
        moved / 1_000_000
    );
    for (what, times) in [("commit", &commits), ("round", &rounds)] {
        let (middle, late, worst) = (times[times.len() / 2], times[times.len() * 99 / 100], times[times.len() - 1]);
        println!("  a {what}: {middle:?} in the middle, {late:?} at the 99th of 100, {worst:?} at worst");
    }
}

fn timed<T>(act: impl FnOnce() -> T) -> Duration {
    let began = Instant::now();
    act();
    began.elapsed()
}

fn log(room: usize) -> LogKey {
    LogKey::Room(RoomKey(format!("table/{room}").into()))
}

fn opened(room: usize, count_max: u64) -> Record {
    Record::Opened { log: log(room), epoch: 1, keep: Keep { count_max, age_max_ms: None } }
}

fn posted(room: usize, offset: u64) -> Record {
    let content = format!("{{\"text\":\"{offset:0>width$}\"}}", width = CONTENT - 11);
    let content = Json::parse(&content).expect("JSON");
    Record::Posted {
        log: log(room),
        epoch: 1,
        message: Message { offset, at: 1_760_000_000_000, from: Some("client:ada".into()), id: None, content },
    }
}
