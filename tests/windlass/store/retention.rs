//! What is too much or too old goes, exactly; and its space, soon.

use super::stage::{disk, log, offsets, open, open_for, page, post, segments};
use windlass::disk::DiskStore;
use windlass::store::{Logs, Memory, Record, Store};
use windlass::value::Json;

#[test]
fn the_latest_are_kept_by_count() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut store = disk(directory.path(), 1_000).0;
    store.commit(&[open("hall", 1, 3)]).expect("a commit");
    for offset in 1..=10 {
        store.commit(&[post("hall", 1, offset, offset)]).expect("a commit");
        let kept: Vec<u64> = (offset.saturating_sub(2).max(1)..=offset).collect();
        assert_eq!(offsets(&store, "hall", 0, 99), kept);
    }
    assert!(!page(&store, "hall", 6, 99).is_complete, "7 is gone");
    assert!(page(&store, "hall", 7, 99).is_complete, "8 follows on 7");
    assert!(page(&store, "hall", 10, 99).is_complete, "nothing was missed");
    assert!(!page(&store, "hall", 11, 99).is_complete, "nobody can have seen 11");
    // more is kept from here on, and what is gone does not come back
    store.commit(&[open("hall", 1, 5)]).expect("a commit");
    drop(store);
    let mut store = disk(directory.path(), 1_000).0;
    assert_eq!(offsets(&store, "hall", 0, 99), [8, 9, 10]);
    store.commit(&[post("hall", 1, 11, 11), open("hall", 1, 1), post("hall", 1, 12, 12)]).expect("a commit");
    assert_eq!(offsets(&store, "hall", 0, 99), [12]);
    store.commit(&[open("hall", 2, 5)]).expect("a commit");
    assert_eq!(offsets(&store, "hall", 0, 99), [0u64; 0], "another epoch begins anew");
    assert_eq!(page(&store, "hall", 0, 99).head.latest, 0);
}

#[test]
fn the_latest_are_kept_by_age() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut disk_store = disk(directory.path(), 1_000).0;
    let mut memory = Memory::new();
    let stores: [&mut dyn Store; 2] = [&mut disk_store, &mut memory];
    for store in stores {
        store.commit(&[open_for("hall", 1, 100, 50)]).expect("a commit");
        let posts: Vec<Record> = (1..=5).map(|offset| post("hall", 1, offset, offset * 10)).collect();
        store.commit(&posts).expect("a commit");
        let first = |store: &dyn Store, now| {
            let page = store.read(&log("hall"), 0, 1, now).expect("a page").expect("a log");
            page.messages.first().map(|message| message.offset)
        };
        assert_eq!(first(store, 60), Some(1), "just as old as may be");
        assert_eq!(first(store, 61), Some(2), "and a millisecond older");
        assert_eq!(store.retain(71).expect("a round").messages, 2);
        assert_eq!(first(store, 0), Some(3), "what is given up stays so, whatever the clock says");
        assert_eq!(first(store, 1_000), None);
    }
    drop(disk_store);
    let store = disk(directory.path(), 1_000).0;
    assert_eq!(offsets(&store, "hall", 0, 0), [3, 4, 5]);
}

#[test]
fn space_comes_back_and_what_counts_stays() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut store = disk(directory.path(), 4_000).0;
    store.commit(&[open("still", 1, 9), open("busy", 1, 10)]).expect("a commit");
    store.commit(&(1..=9).map(|offset| post("still", 1, offset, offset)).collect::<Vec<_>>()).expect("a commit");
    for offset in 1..=2_000 {
        store.commit(&[post("busy", 1, offset, offset)]).expect("a commit");
        store.retain(offset).expect("a round");
        assert!(store.bytes() < 20_000, "{} bytes after {offset} posts", store.bytes());
    }
    let names = segments(directory.path());
    assert!(names.len() < 6, "{names:?}");
    drop(store);
    let store = disk(directory.path(), 4_000).0;
    assert_eq!(offsets(&store, "still", 0, 0), (1..=9).collect::<Vec<_>>());
    assert_eq!(offsets(&store, "busy", 0, 0), (1_991..=2_000).collect::<Vec<_>>());
    for message in page(&store, "still", 0, 0).messages {
        assert_eq!(message.content.field("number"), Some(message.offset.to_string().as_str()));
    }
}

#[test]
fn who_reads_while_a_segment_goes_is_not_disturbed() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut store = disk(directory.path(), 2_000).0;
    store.commit(&[open("hall", 1, 50)]).expect("a commit");
    let reader = store.reader();
    let reading = std::thread::spawn(move || {
        let mut after = 0;
        while after < 1_500 {
            let page = page(&reader, "hall", after, 0);
            for (at, message) in page.messages.iter().enumerate() {
                assert_eq!(message.offset, page.messages[0].offset + at as u64);
                assert_eq!(message.content.field("number"), Some(message.offset.to_string().as_str()));
                after = message.offset;
            }
        }
    });
    for offset in 1..=1_500 {
        store.commit(&[post("hall", 1, offset, offset)]).expect("a commit");
        store.retain(0).expect("a round");
    }
    reading.join().expect("a reader that found nothing wrong");
    assert!(store.read(&log("cellar"), 0, 1, 0).expect("no error").is_none());
}

#[test]
fn lost_mail_takes_no_space_and_its_number_does_not_come_again() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut store = disk(directory.path(), 4_000).0;
    for seq in 1..=2_000 {
        let (client, message) = ("ada".into(), Json::empty_record());
        let put = Record::MailboxPut { client, seq, expires: None, latest_of: Some("hall".into()), message };
        let lost = Record::MailLost { client: "ada".into(), seq: seq.saturating_sub(3) };
        store.commit(&if seq > 3 { vec![put, lost] } else { vec![put] }).expect("a commit");
        store.retain(0).expect("a round");
        assert!(store.bytes() < 20_000, "{} bytes after {seq} messages", store.bytes());
    }
    let ada = |store: &DiskStore| store.tables().expect("tables").clients["ada"].clone();
    let waiting = |store: &DiskStore| ada(store).mailbox.keys().copied().collect::<Vec<_>>();
    drop(store);
    let mut store = disk(directory.path(), 4_000).0;
    assert_eq!(waiting(&store), [1_998, 1_999, 2_000]);
    // all of it is too old, the newest first in no order
    let lost = [2_000, 1_998, 1_999].map(|seq| Record::MailLost { client: "ada".into(), seq });
    store.commit(&lost).expect("a commit");
    store.commit(&[open("busy", 1, 10)]).expect("a commit");
    for offset in 1..=200 {
        store.commit(&[post("busy", 1, offset, offset)]).expect("a commit");
        while store.retain(0).expect("a round").is_more {}
    }
    drop(store);
    let store = disk(directory.path(), 4_000).0;
    assert_eq!(waiting(&store), [0u64; 0]);
    assert_eq!((ada(&store).mail_latest, ada(&store).mail_trimmed), (2_000, 0));
}
