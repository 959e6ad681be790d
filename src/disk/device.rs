//! Where a segment's bytes go. The system's files are one; tests have one that fails.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;

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

    /// Takes so many bytes of space with a file that holds nothing. Where it fails, no space is taken.
    fn set_aside(&self, file: &Path, bytes: u64) -> io::Result<()> {
        if fs::metadata(file).is_ok_and(|there| there.len() == bytes) {
            return Ok(());
        }
        let taken = fill(file, bytes);
        if taken.is_err() {
            // it may not have come to be
            let _ = fs::remove_file(file);
        }
        taken
    }

    /// Gives that space back.
    fn give_back(&self, file: &Path) -> io::Result<()> {
        fs::remove_file(file)
    }
}

/// Written, since a file that is only made longer takes no space.
fn fill(file: &Path, bytes: u64) -> io::Result<()> {
    let mut file = File::create(file)?;
    io::copy(&mut io::repeat(0).take(bytes), &mut file)?;
    file.sync_all()
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
