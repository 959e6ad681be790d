//! Where a segment's bytes go. The system's files are one; tests have one that fails.

use std::fs::File;
use std::io::{self, Write};

/// The end of a file.
pub trait Device: Send {
    /// Adds bytes at the end.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Returns when all of it is on the disk.
    fn sync(&mut self) -> io::Result<()>;
    /// Takes everything from this length on away.
    fn cut(&mut self, length: u64) -> io::Result<()>;
}

/// Makes devices of files that were opened for appending.
pub trait Devices: Send {
    /// One for a segment.
    fn device(&self, file: File) -> Box<dyn Device>;
}

/// The system's files as they are.
pub struct Plain;

impl Devices for Plain {
    fn device(&self, file: File) -> Box<dyn Device> {
        Box::new(file)
    }
}

impl Device for File {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.set_len(length)
    }
}
