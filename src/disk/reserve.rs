//! Space that is set aside, so that what was decided before the disk was full can still be kept.

use super::Devices;
use super::write::is_full;
use std::io;
use std::path::{Path, PathBuf};

const NAME: &str = "reserve";
/// A reserve is this part of a segment.
const PART_OF_SEGMENT: u64 = 16;

/// See the module.
pub(super) struct Reserve {
    file: PathBuf,
    bytes: u64,
    stock: Stock,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stock {
    /// The space is set aside.
    Full,
    /// It is in use, or there is none to set aside.
    Empty,
    /// It cannot be set aside, for another reason: a file may not be as large, for example.
    Never,
}

impl Reserve {
    /// Of a store with such segments. It is set aside with [`Reserve::restock`].
    pub(super) fn new(directory: &Path, segment_bytes: u64) -> Reserve {
        Reserve { file: directory.join(NAME), bytes: segment_bytes / PART_OF_SEGMENT, stock: Stock::Empty }
    }

    /// Whether it should be there, and is not.
    pub(super) fn is_empty(&self) -> bool {
        self.stock == Stock::Empty
    }

    /// Sets the space aside, if it is to be had.
    pub(super) fn restock(&mut self, devices: &dyn Devices) {
        if self.is_empty() {
            self.stock = match devices.set_aside(&self.file, self.bytes) {
                Ok(()) => Stock::Full,
                Err(error) if is_full(&error) => Stock::Empty,
                Err(_) => Stock::Never,
            };
        }
    }

    /// Gives the space to whoever needs it now; false where there is none.
    pub(super) fn spend(&mut self, devices: &dyn Devices) -> io::Result<bool> {
        if self.stock != Stock::Full {
            return Ok(false);
        }
        self.stock = Stock::Empty;
        devices.give_back(&self.file)?;
        Ok(true)
    }
}
