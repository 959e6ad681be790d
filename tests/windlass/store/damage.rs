//! Files cut at every byte and with every bit turned: the store is exact, mends the end, or refuses with a reason.

use super::stage::{alone, offsets, open, page, post, segments, try_disk};
use std::path::Path;
use windlass::disk::{FORMAT, FORMAT_MIN};
use windlass::store::{Record, Store, StoreError, Tables};
use windlass::value::Json;

const SEGMENT: u64 = 1_000_000;

/// A small store, and how it stood after each commit.
fn small(directory: &Path) -> Vec<(Tables, usize)> {
    let (mut store, _) = try_disk(directory, SEGMENT).expect("a new store");
    let (expires, latest_of, message) = (None, Some("hall".into()), Json::empty_record());
    let mail = Record::MailboxPut { client: "bob".into(), seq: 1, expires, latest_of, message };
    let issued = Record::TokenIssued { hash: [9; 32], client: "bob".into(), expires: 5, allows: Json::empty_record() };
    let commits = [vec![open("hall", 1, 9), post("hall", 1, 1, 10)], vec![mail, issued], vec![post("hall", 1, 2, 20)]];
    let mut stood = vec![(store.tables().expect("tables"), 0)];
    for commit in commits {
        store.commit(&commit).expect("a commit");
        stood.push((store.tables().expect("tables"), page(&store, "hall", 0, 0).messages.len()));
    }
    stood
}

/// Whether a store stands as it did after some commit, messages and all.
fn stands_as(directory: &Path, stood: &[(Tables, usize)]) -> Result<Option<usize>, StoreError> {
    let (store, _) = alone(|| try_disk(directory, SEGMENT))?;
    let tables = store.tables().expect("tables");
    let after = stood.iter().position(|(before, _)| *before == tables);
    if let Some(after) = after.filter(|after| *after > 0) {
        let messages = page(&store, "hall", 0, 0).messages;
        assert_eq!(messages.len(), stood[after].1);
        for message in messages {
            assert_eq!(message.content.field("number"), Some(message.offset.to_string().as_str()));
        }
    }
    Ok(after)
}

#[test]
fn a_file_that_ends_anywhere_is_mended_or_refused() {
    let directory = tempfile::tempdir().expect("a directory");
    let stood = small(directory.path());
    let file = &segments(directory.path())[0];
    let whole = std::fs::read(file).expect("the segment");
    let mut latest = 0;
    for length in 0..=whole.len() {
        std::fs::write(file, &whole[..length]).expect("a shorter segment");
        match stands_as(directory.path(), &stood) {
            Ok(after) => {
                let after = after.unwrap_or_else(|| panic!("{length} bytes are a state that never was"));
                assert!(after >= latest, "a longer file holds no less");
                latest = after;
            }
            Err(StoreError::Damaged { what, .. }) => {
                assert!(length < 48, "{length} bytes are refused");
                assert_eq!(what, "it ends within its header");
            }
            Err(error) => panic!("{length} bytes: {error}"),
        }
    }
    assert_eq!(latest, stood.len() - 1);
}

#[test]
fn a_bit_that_turns_anywhere_is_found() {
    let directory = tempfile::tempdir().expect("a directory");
    let stood = small(directory.path());
    let file = &segments(directory.path())[0];
    let whole = std::fs::read(file).expect("the segment");
    for at in 0..whole.len() {
        for bit in 0..8 {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << bit;
            std::fs::write(file, &bytes).expect("a damaged segment");
            match stands_as(directory.path(), &stood) {
                Err(StoreError::Damaged { file: named, offset, .. }) => {
                    assert_eq!(Path::new(&named), file);
                    assert!(offset <= at as u64, "byte {at} is wrong, and {offset} is named");
                }
                other => panic!("bit {bit} of byte {at}: {other:?}"),
            }
            assert_eq!(std::fs::read(file).expect("the segment"), bytes, "what is refused is not touched");
        }
    }
    std::fs::write(file, &whole).expect("the segment");
    assert_eq!(stands_as(directory.path(), &stood), Ok(Some(stood.len() - 1)));
}

#[test]
fn an_unwritten_sector_at_the_end_is_a_crash_and_before_the_end_is_damage() {
    let directory = tempfile::tempdir().expect("a directory");
    let stood = small(directory.path());
    let file = &segments(directory.path())[0];
    let whole = std::fs::read(file).expect("the segment");
    let mut longer = whole.clone();
    longer.extend([0; 700]);
    std::fs::write(file, &longer).expect("a longer segment");
    let (_, mended) = try_disk(directory.path(), SEGMENT).expect("a store that can be mended");
    let mended = mended.expect("something was cut");
    assert_eq!((mended.offset, mended.bytes), (whole.len() as u64, 700));
    assert_eq!(std::fs::read(file).expect("the segment"), whole);

    let mut holed = whole.clone();
    holed[48..60].fill(0);
    std::fs::write(file, &holed).expect("a segment with a hole");
    assert!(matches!(stands_as(directory.path(), &stood), Err(StoreError::Damaged { offset: 48, .. })));
}

#[test]
fn segments_that_are_missing_or_strange_are_named() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut store = try_disk(directory.path(), 300).expect("a store").0;
    store.commit(&[open("hall", 1, 99)]).expect("a commit");
    for offset in 1..=9 {
        store.commit(&[post("hall", 1, offset, 1)]).expect("a commit");
    }
    drop(store);
    let files = segments(directory.path());
    assert!(files.len() > 3, "{files:?}");
    let mut said = Vec::new();
    let mut hide = |file: &Path| {
        let aside = directory.path().join("aside");
        std::fs::rename(file, &aside).expect("a file to hide");
        said.push(refusal(directory.path()));
        std::fs::rename(&aside, file).expect("a file to show");
    };
    hide(&files[0]);
    hide(&files[1]);
    let bytes = std::fs::read(&files[1]).expect("a segment");
    let newer = of_format(&bytes, FORMAT as u8 + 1);
    for strange in [&newer[..], &std::fs::read(&files[2]).expect("a segment"), &bytes[..bytes.len() - 1], b"a text"] {
        std::fs::write(&files[1], strange).expect("a strange segment");
        said.push(refusal(directory.path()));
    }
    let said = said.join("\n").replace(&directory.path().display().to_string(), "DIR");
    expect_test::expect![[r#"
        the store in `DIR` lacks `00000001.log`: restore it from a copy
        the store in `DIR` lacks `00000002.log`: restore it from a copy
        `DIR/00000002.log` has the store's format 4, and this version of windlass reads no format after 3: use the version that wrote it, or move the directory away to begin with nothing
        `DIR/00000002.log` is damaged at byte 0: it is segment 3, and has the name of another; nothing was changed: restore the store's directory from a copy, or move it away to begin with nothing
        `DIR/00000002.log` is damaged at byte 142: it ends early, and another segment follows; nothing was changed: restore the store's directory from a copy, or move it away to begin with nothing
        `DIR/00000002.log` is damaged at byte 6: it ends within its header; nothing was changed: restore the store's directory from a copy, or move it away to begin with nothing"#]].assert_eq(&said);
}

/// A segment with another format in its header.
fn of_format(segment: &[u8], format: u8) -> Vec<u8> {
    let mut bytes = segment.to_vec();
    bytes[8] = format;
    let sum = crc32fast::hash(&bytes[..44]);
    bytes[44..48].copy_from_slice(&sum.to_le_bytes());
    bytes
}

/// So that the version before, which knows nothing of format 2, says what is wrong and does not take it for damage.
#[test]
fn a_segment_of_the_format_before_is_read_and_not_written_to() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut store = try_disk(directory.path(), SEGMENT).expect("a store").0;
    store.commit(&[open("hall", 1, 99), post("hall", 1, 1, 1)]).expect("a commit");
    drop(store);
    let first = segments(directory.path()).remove(0);
    let before = of_format(&std::fs::read(&first).expect("a segment"), FORMAT_MIN as u8);
    std::fs::write(&first, &before).expect("an older segment");
    let mut store = try_disk(directory.path(), SEGMENT).expect("a store").0;
    assert_eq!(offsets(&store, "hall", 0, 0), [1]);
    store.commit(&[post("hall", 1, 2, 1)]).expect("a commit");
    drop(store);
    assert_eq!(std::fs::read(&first).expect("a segment"), before);
    let formats = segments(directory.path()).into_iter().map(|file| std::fs::read(file).expect("a segment")[8]);
    assert_eq!(formats.collect::<Vec<u8>>(), [FORMAT_MIN as u8, FORMAT as u8]);
    assert_eq!(offsets(&try_disk(directory.path(), SEGMENT).expect("a store").0, "hall", 0, 0), [1, 2]);
}

fn refusal(directory: &Path) -> String {
    try_disk(directory, SEGMENT).err().expect("a refusal").to_string()
}

#[test]
fn a_directory_has_one_store_at_a_time() {
    let directory = tempfile::tempdir().expect("a directory");
    let first = try_disk(directory.path(), SEGMENT).expect("a store").0;
    let said = refusal(directory.path()).replace(&directory.path().display().to_string(), "DIR");
    assert_eq!(said, "the store in `DIR` is in use by another process: stop that one, or use another directory");
    let instance = first.instance();
    drop(first);
    assert_eq!(try_disk(directory.path(), SEGMENT).expect("a store").0.instance(), instance);
}
