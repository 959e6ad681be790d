//! Batches as bytes: written whole, and recognised whole or not at all.
//!
//! ```text
//! header   magic 4 · bytes after the header 4 · batch number 8 · CRC of the bytes after 4 · CRC of the 20 bytes before 4
//! items    each: length 4 · CRC 4 · bytes
//! closing  1
//! ```
//!
//! Numbers are little-endian. A write that a crash interrupted leaves sectors of which nothing reached the disk: the file ends
//! early, or a sector holds nothing but zeros. A whole batch cannot look so, nor can one with a bit turned: magic, closing byte and
//! items have no such stretch. So a last batch that is wrong and has every sector is damage, and is not taken for a crash.

use crc32fast::hash;

pub(super) const HEADER: usize = 24;
const ITEM_HEADER: usize = 8;
/// Not UTF-8, so that no message holds it.
const MAGIC: [u8; 4] = [0xff, 0x77, 0xfb, 0x6c];
const CLOSING: u8 = 0xe7;
/// The least that a disk writes at once.
const SECTOR: u64 = 512;

/// A batch that is being written.
pub(super) struct Batch {
    bytes: Vec<u8>,
    /// Where each item begins, and its length without its header.
    items: Vec<(usize, usize)>,
}

impl Batch {
    pub(super) fn new() -> Batch {
        Batch { bytes: vec![0; HEADER], items: Vec::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.bytes.len() + 1
    }

    /// Adds an item that `write` appends.
    pub(super) fn push(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        let at = self.bytes.len();
        self.bytes.extend([0; ITEM_HEADER]);
        write(&mut self.bytes);
        let (head, item) = self.bytes[at..].split_at_mut(ITEM_HEADER);
        head[..4].copy_from_slice(&(item.len() as u32).to_le_bytes());
        head[4..].copy_from_slice(&hash(item).to_le_bytes());
        self.items.push((at, item.len()));
    }

    /// The bytes to write, and where in them each item is.
    pub(super) fn finish(mut self, number: u64) -> (Vec<u8>, Vec<(usize, usize)>) {
        self.bytes.push(CLOSING);
        let (head, body) = self.bytes.split_at_mut(HEADER);
        head[..4].copy_from_slice(&MAGIC);
        head[4..8].copy_from_slice(&(body.len() as u32).to_le_bytes());
        head[8..16].copy_from_slice(&number.to_le_bytes());
        head[16..20].copy_from_slice(&hash(body).to_le_bytes());
        let sum = hash(&head[..20]);
        head[20..].copy_from_slice(&sum.to_le_bytes());
        (self.bytes, self.items)
    }
}

/// What begins at a place in a segment.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found<'bytes> {
    /// A whole batch.
    Batch { number: u64, body: &'bytes [u8] },
    /// The start of a batch that never reached the disk whole; nothing follows it.
    Torn,
    /// Something else, in words.
    Damaged(&'static str),
}

/// What a segment holds from `offset` on, where `rest` begins; `rest` goes to the end of the file.
pub(super) fn find(rest: &[u8], offset: u64) -> Found<'_> {
    let wrong = match header(rest) {
        None if rest.len() < HEADER => return Found::Torn,
        None => "a batch should begin here, and its header is wrong",
        Some(header) => match rest.get(HEADER..HEADER + header.length) {
            None => return Found::Torn,
            Some(body) if hash(body) == header.sum => return Found::Batch { number: header.number, body },
            Some(_) => "the sum of this batch is wrong",
        },
    };
    let goes_on = (1..rest.len()).any(|at| header(&rest[at..]).is_some());
    if !goes_on && lacks_a_sector(rest, offset) { Found::Torn } else { Found::Damaged(wrong) }
}

struct Header {
    length: usize,
    number: u64,
    sum: u32,
}

fn header(bytes: &[u8]) -> Option<Header> {
    let bytes = bytes.first_chunk::<HEADER>()?;
    let is_whole = bytes.starts_with(&MAGIC) && hash(&bytes[..20]) == word(bytes, 20)?;
    let number = u64::from_le_bytes(*bytes[8..].first_chunk()?);
    is_whole.then_some(Header { length: word(bytes, 4)? as usize, number, sum: word(bytes, 16)? })
}

/// The length of the batch whose header this is, header included.
pub(super) fn batch_length(bytes: &[u8]) -> Option<usize> {
    header(bytes).map(|header| HEADER + header.length)
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|word| u32::from_le_bytes(*word))
}

/// Whether some sector of the file holds only zeros from `offset` on, as far as it is ours.
fn lacks_a_sector(rest: &[u8], offset: u64) -> bool {
    let first = (SECTOR - offset % SECTOR) as usize;
    let (first, others) = rest.split_at(first.min(rest.len()));
    let is_zero = |sector: &[u8]| sector.iter().all(|byte| *byte == 0);
    is_zero(first) || others.chunks(SECTOR as usize).any(is_zero)
}

/// The items of a batch's body, and where each begins, counted from the batch's header. None in place of one that is wrong.
pub(super) fn items(body: &[u8]) -> impl Iterator<Item = Option<(usize, &[u8])>> {
    let mut at = 0;
    let end = body.len().saturating_sub(1);
    std::iter::from_fn(move || {
        if at >= end {
            return None;
        }
        let found = item(&body[at..]).map(|item| (HEADER + at, item));
        at = found.map_or(end, |(_, item)| at + ITEM_HEADER + item.len());
        Some(found)
    })
}

/// The item that begins here, if its sum is right.
pub(super) fn item(bytes: &[u8]) -> Option<&[u8]> {
    let length = word(bytes, 0)? as usize;
    let item = bytes.get(ITEM_HEADER..ITEM_HEADER + length)?;
    (hash(item) == word(bytes, 4)?).then_some(item)
}

/// The bytes of an item with its header.
pub(super) fn item_length(length: usize) -> usize {
    ITEM_HEADER + length
}
