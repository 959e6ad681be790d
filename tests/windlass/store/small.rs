//! A disk with little space, which may become more.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};
use windlass::disk::{Device, Devices, Plain};

/// How many bytes are left.
#[derive(Clone)]
pub struct Small(Arc<Mutex<u64>>);

struct SmallDevice {
    file: File,
    disk: Small,
}

impl Small {
    pub fn new(bytes: u64) -> Small {
        Small(Arc::new(Mutex::new(bytes)))
    }

    pub fn grow(&self, bytes: u64) {
        *self.0.lock().expect("a number") += bytes;
    }

    fn take(&self, bytes: u64) -> io::Result<()> {
        let mut left = self.0.lock().expect("a number");
        *left = left.checked_sub(bytes).ok_or(io::ErrorKind::StorageFull)?;
        Ok(())
    }
}

impl Devices for Small {
    fn device(&self, file: File) -> Box<dyn Device> {
        Box::new(SmallDevice { file, disk: self.clone() })
    }

    fn set_aside(&self, file: &Path, bytes: u64) -> io::Result<()> {
        self.take(bytes)?;
        Plain.set_aside(file, bytes)
    }

    fn give_back(&self, file: &Path) -> io::Result<()> {
        self.grow(std::fs::metadata(file)?.len());
        Plain.give_back(file)
    }
}

impl Device for SmallDevice {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.disk.take(bytes.len() as u64)?;
        self.file.append(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.file.sync()
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.file.cut(length)
    }
}
