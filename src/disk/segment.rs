//! One file of the store: its name, its header, reading at a place.

use super::{FORMAT, FORMAT_MIN, damaged, io_error};
use crate::store::StoreError;
use crc32fast::hash;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use uuid::Uuid;

pub(super) const HEADER: usize = 48;
const MAGIC: [u8; 8] = *b"windlass";
const SUMMED: usize = HEADER - 4;
/// A segment that is being made.
const NEW: &str = "new.log";

/// A segment as the index knows it.
pub(super) struct Segment {
    /// Stays readable for those who have it when the segment is retired.
    pub file: Arc<File>,
    /// Its length.
    pub bytes: u64,
    /// Bytes of items that still count.
    pub live: u64,
}

/// What a segment says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub format: u32,
    pub number: u32,
    pub instance: Uuid,
    pub first_batch: u64,
}

pub(super) fn path(directory: &Path, number: u32) -> PathBuf {
    directory.join(name(number))
}

pub(super) fn name(number: u32) -> String {
    format!("{number:08}.log")
}

/// The numbers of the segments in a directory, sorted. One that was still being made is taken away.
pub(super) fn list(directory: &Path) -> Result<Vec<u32>, StoreError> {
    let mut numbers = Vec::new();
    for entry in fs::read_dir(directory).map_err(|error| io_error("read", directory, &error))? {
        let entry = entry.map_err(|error| io_error("read", directory, &error))?;
        let Ok(found) = entry.file_name().into_string() else { continue };
        if found == NEW {
            fs::remove_file(entry.path()).map_err(|error| io_error("remove", &entry.path(), &error))?;
        }
        let number = found.strip_suffix(".log").and_then(|number| number.parse().ok());
        numbers.extend(number.filter(|number| name(*number) == found));
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// Makes a segment that is on the disk with its header before anything knows its name. Leaves nothing where it fails.
pub(super) fn create(directory: &Path, header: Header) -> io::Result<File> {
    let (new, named) = (directory.join(NEW), path(directory, header.number));
    let made = write_new(&new, header)
        .and_then(|()| fs::rename(&new, &named))
        .and_then(|()| sync_directory(directory))
        .and_then(|()| open_end(directory, header.number));
    if made.is_err() {
        // one of them is not there
        let _ = fs::remove_file(&new);
        let _ = fs::remove_file(&named);
    }
    made
}

fn write_new(new: &Path, header: Header) -> io::Result<()> {
    let mut bytes = [0; HEADER];
    bytes[..8].copy_from_slice(&MAGIC);
    bytes[8..12].copy_from_slice(&header.format.to_le_bytes());
    bytes[12..16].copy_from_slice(&header.number.to_le_bytes());
    bytes[16..32].copy_from_slice(header.instance.as_bytes());
    bytes[32..40].copy_from_slice(&header.first_batch.to_le_bytes());
    let sum = hash(&bytes[..SUMMED]);
    bytes[SUMMED..].copy_from_slice(&sum.to_le_bytes());
    let mut file = File::create(new)?;
    file.write_all(&bytes)?;
    file.sync_all()
}

/// A segment, opened for adding to it.
pub(super) fn open_end(directory: &Path, number: u32) -> io::Result<File> {
    OpenOptions::new().append(true).read(true).open(path(directory, number))
}

/// Makes sure that names that came or went stay so.
pub(super) fn sync_directory(directory: &Path) -> io::Result<()> {
    // only here can a directory be opened and synchronised like a file
    #[cfg(unix)]
    File::open(directory)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = directory;
    Ok(())
}

/// Reads and checks the header of a segment.
pub(super) fn read_header(file: &Path, bytes: &[u8]) -> Result<Header, StoreError> {
    let Some(header) = bytes.first_chunk::<HEADER>() else {
        return Err(damaged(file, bytes.len() as u64, "it ends within its header"));
    };
    let word = |at: usize| header[at..].first_chunk().map_or(0, |word| u32::from_le_bytes(*word));
    if header[..8] != MAGIC {
        return Err(damaged(file, 0, "it does not begin as a segment of a store does"));
    }
    if hash(&header[..SUMMED]) != word(SUMMED) {
        return Err(damaged(file, 0, "the sum of its header is wrong"));
    }
    let format = word(8);
    if !(FORMAT_MIN..=FORMAT).contains(&format) {
        return Err(StoreError::OtherFormat { file: file.display().to_string(), found: format, known: FORMAT });
    }
    let instance = header[16..].first_chunk().map_or(Uuid::nil(), |bytes| Uuid::from_bytes(*bytes));
    let first_batch = header[32..].first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
    Ok(Header { format, number: word(12), instance, first_batch })
}

/// Fills a buffer from a place in a file, as far as the file goes.
pub(super) fn read_at(file: &File, mut buffer: &mut [u8], mut at: u64) -> io::Result<usize> {
    let wanted = buffer.len();
    while !buffer.is_empty() {
        match read_some_at(file, buffer, at) {
            Ok(0) => break,
            Ok(read) => {
                buffer = &mut buffer[read..];
                at += read as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(wanted - buffer.len())
}

#[cfg(unix)]
fn read_some_at(file: &File, buffer: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, at)
}

#[cfg(windows)]
fn read_some_at(file: &File, buffer: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, at)
}
