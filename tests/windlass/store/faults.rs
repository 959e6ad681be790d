//! Disks that are full or fail: nothing is acknowledged that is not there, and the store says how it stands.

use super::small::Small;
use super::stage::{offsets, open, post, try_disk};
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};
use windlass::disk::{Device, Devices, DiskStore};
use windlass::store::{Space, Store, StoreError};

/// What the disk does from now on.
#[derive(Clone, Copy, PartialEq)]
enum Mood {
    Well,
    /// Takes half of what is written, and says that it is full.
    Full,
    /// Full, and cannot even be shortened.
    FullAndStuck,
    /// Writes, and cannot say that it has.
    Unsynced,
}

#[derive(Clone)]
struct Moody(Arc<Mutex<Mood>>);

struct MoodyDevice {
    file: File,
    mood: Moody,
}

impl Moody {
    fn is(&self) -> Mood {
        *self.0.lock().expect("a mood")
    }

    fn set(&self, mood: Mood) {
        *self.0.lock().expect("a mood") = mood;
    }
}

impl Devices for Moody {
    fn device(&self, file: File) -> Box<dyn Device> {
        Box::new(MoodyDevice { file, mood: self.clone() })
    }
}

impl Device for MoodyDevice {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self.mood.is() {
            Mood::Well | Mood::Unsynced => self.file.append(bytes),
            Mood::Full | Mood::FullAndStuck => {
                self.file.append(&bytes[..bytes.len() / 2])?;
                Err(io::ErrorKind::StorageFull.into())
            }
        }
    }

    fn sync(&mut self) -> io::Result<()> {
        if self.mood.is() == Mood::Unsynced { Err(io::Error::other("input/output error")) } else { self.file.sync() }
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        if self.mood.is() == Mood::FullAndStuck { Err(io::Error::other("no")) } else { self.file.cut(length) }
    }
}

fn moody(directory: &Path) -> (DiskStore, Moody) {
    let mood = Moody(Arc::new(Mutex::new(Mood::Well)));
    let opened = DiskStore::open_on(directory, 100_000, Box::new(mood.clone())).expect("a store");
    let mut store = opened.store;
    store.commit(&[open("hall", 1, 99), post("hall", 1, 1, 1)]).expect("a commit");
    (store, mood)
}

#[test]
fn a_full_disk_keeps_nothing_and_goes_on_when_there_is_room() {
    let directory = tempfile::tempdir().expect("a directory");
    let (mut store, mood) = moody(directory.path());
    mood.set(Mood::Full);
    for _ in 0..3 {
        let said = store.commit(&[post("hall", 1, 2, 2)]).expect_err("a full disk");
        assert!(matches!(said, StoreError::Full { .. }), "{said}");
        assert_eq!(offsets(&store, "hall", 0, 0), [1]);
    }
    assert_eq!(store.space(), Space::Short, "what was set aside was no help");
    mood.set(Mood::Well);
    store.commit(&[post("hall", 1, 2, 2)]).expect("room again");
    store.retain(0).expect("a round");
    assert_eq!(store.space(), Space::Enough);
    drop(store);
    let (store, mended) = try_disk(directory.path(), 100_000).expect("a store");
    assert_eq!((offsets(&store, "hall", 0, 0), mended), (vec![1, 2], None));
}

#[test]
fn what_was_set_aside_keeps_what_was_decided_before_the_disk_was_full() {
    let directory = tempfile::tempdir().expect("a directory");
    let small = Small::new(30_000);
    let mut store = DiskStore::open_on(directory.path(), 100_000, Box::new(small.clone())).expect("a store").store;
    store.commit(&[open("hall", 1, 9_999)]).expect("a commit");
    let mut next = 1;
    let mut kept = |store: &mut DiskStore| {
        let is_kept = store.commit(&[post("hall", 1, next, 1)]).is_ok();
        next += u64::from(is_kept);
        is_kept
    };
    while store.space() == Space::Enough {
        assert!(kept(&mut store));
    }
    store.retain(0).expect("a round");
    assert_eq!(store.space(), Space::Short, "there is nothing to set aside");
    let more = (0..).take_while(|_| kept(&mut store)).count();
    assert!(more > 20, "it kept {more} more");
    small.grow(10_000);
    assert!(kept(&mut store));
    store.retain(0).expect("a round");
    assert_eq!(store.space(), Space::Enough);
    drop(store);
    let (store, mended) = try_disk(directory.path(), 100_000).expect("a store");
    assert_eq!((offsets(&store, "hall", 0, 0), mended), ((1..next).collect(), None));
}

#[test]
fn a_disk_that_cannot_be_trusted_stops_the_store() {
    for bad in [Mood::Unsynced, Mood::FullAndStuck] {
        let directory = tempfile::tempdir().expect("a directory");
        let (mut store, mood) = moody(directory.path());
        mood.set(bad);
        let said = store.commit(&[post("hall", 1, 2, 2)]).expect_err("a bad disk");
        assert!(matches!(said, StoreError::Stopped { .. }), "{said}");
        mood.set(Mood::Well);
        assert_eq!(store.commit(&[post("hall", 1, 2, 2)]), Err(said.clone()), "not before a restart");
        assert_eq!(store.retain(0), Err(said));
        assert_eq!(offsets(&store, "hall", 0, 0), [1], "what is there can be read");
        drop(store);
        let (mut store, _) = try_disk(directory.path(), 100_000).expect("a store");
        let offsets = offsets(&store, "hall", 0, 0);
        assert!(offsets == [1] || offsets == [1, 2], "all of the commit or nothing: {offsets:?}");
        let next = offsets.len() as u64 + 1;
        store.commit(&[post("hall", 1, next, 3)]).expect("a store that goes on");
    }
}

#[test]
fn a_commit_that_does_not_follow_changes_nothing() {
    let directory = tempfile::tempdir().expect("a directory");
    let (mut store, _) = moody(directory.path());
    let before = (store.tables().expect("tables"), store.bytes());
    let refused = [
        vec![post("hall", 1, 2, 2), post("hall", 1, 4, 2)],
        vec![post("hall", 2, 2, 2)],
        vec![open("cellar", 1, 9), post("cellar", 1, 1, 1), post("vault", 1, 1, 1)],
    ];
    let said: Vec<String> =
        refused.iter().map(|records| store.commit(records).expect_err("a refusal").to_string()).collect();
    expect_test::expect![[r#"
        the store refuses a record: the next message of the log of `room:hall` has the offset 3, not 4
        the store refuses a record: the log of `room:hall` has the epoch 0000000000000001, not 0000000000000002
        the store refuses a record: the log of `room:vault` is not open"#]]
    .assert_eq(&said.join("\n"));
    assert_eq!((store.tables().expect("tables"), store.bytes()), before);
}
