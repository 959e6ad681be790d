//! A server as a process of its own: started, waited for, looked at, and ended.

use std::fs;
use std::io;
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// No server takes so long to listen.
const START_MAX: Duration = Duration::from_secs(20);
/// A page, as `/proc` counts resident memory.
const PAGE_BYTES: f64 = 4096.0;
/// How often `/proc` counts in a second of processor time.
const TICKS_PER_SECOND: f64 = 100.0;

/// A server that runs, until it is dropped.
pub struct Process {
    child: Child,
    /// What it keeps, and what it says, if it says anything.
    folder: TempDir,
}

impl Process {
    /// Starts it, and waits until it listens.
    pub fn start(command: &mut Command, port: u16, folder: TempDir) -> io::Result<Process> {
        let log = fs::File::create(folder.path().join("log"))?;
        let child = command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).spawn()?;
        let mut process = Process { child, folder };
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if process.child.try_wait()?.is_some() {
                return Err(io::Error::other(format!("it ended at once: {}", process.said())));
            }
            if begun.elapsed() > START_MAX {
                return Err(io::Error::other("it does not listen"));
            }
            sleep(Duration::from_millis(50));
        }
        sleep(Duration::from_millis(300));
        Ok(process)
    }

    fn said(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Processor time that it has used, all threads together, in seconds.
    pub fn cpu_seconds(&self) -> f64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.id())).unwrap_or_default();
        // the name stands in brackets, and may have blanks in it
        let fields = stat.rsplit_once(')').map(|(_, fields)| fields).unwrap_or_default();
        let ticks = fields.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<f64>().ok());
        ticks.sum::<f64>() / TICKS_PER_SECOND
    }

    /// Memory that it has in use, in bytes.
    pub fn resident_bytes(&self) -> f64 {
        let statm = fs::read_to_string(format!("/proc/{}/statm", self.id())).unwrap_or_default();
        statm.split_whitespace().nth(1).and_then(|pages| pages.parse::<f64>().ok()).unwrap_or(0.0) * PAGE_BYTES
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // it may have ended by itself
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
