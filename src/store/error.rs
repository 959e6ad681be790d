//! What can go wrong with a store, in words for who operates it.

use super::{Epoch, LogKey};
use std::fmt;
use thiserror::Error;

/// Records that do not follow from what is stored. Nothing of their commit was kept; whoever wrote them has a fault.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// A post to a log that nobody opened.
    #[error("{0} is not open")]
    NotOpen(LogKey),
    /// A post under an epoch that has passed.
    #[error("{log} has the epoch {is:016x}, not {meant:016x}")]
    OtherEpoch {
        /// Which log.
        log: LogKey,
        /// Its epoch.
        is: Epoch,
        /// The post's.
        meant: Epoch,
    },
    /// A post that leaves a gap, or would stand twice.
    #[error("the next message of {log} has the offset {next}, not {meant}")]
    OtherOffset {
        /// Which log.
        log: LogKey,
        /// The offset that comes next.
        next: u64,
        /// The post's.
        meant: u64,
    },
    /// Mail whose number is not higher than that of the mail before.
    #[error("the mail of client `{client}` has the number {meant}, but there was {last} before")]
    OldMail {
        /// Whose mailbox.
        client: String,
        /// The highest number so far.
        last: u64,
        /// The new mail's.
        meant: u64,
    },
}

/// Why a store did not do what it was asked for. Texts name files and say what can be done.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum StoreError {
    /// The records do not follow from what is stored; nothing of them was kept.
    #[error("the store refuses a record: {0}")]
    Refused(#[from] Refusal),
    /// The records of one commit are too much to be kept together; nothing of them was kept.
    #[error("a commit of {bytes} bytes is too large for the store: at most {bytes_max}")]
    TooLarge {
        /// What they come to.
        bytes: usize,
        /// What one commit may come to.
        bytes_max: usize,
    },
    /// No space is left. Nothing of the commit was kept; the store goes on when there is space again.
    #[error("no space is left for the store in `{file}`: make room on the disk, and commits work again")]
    Full {
        /// The file that cannot grow.
        file: String,
    },
    /// The process may not make its files as large as that. Nothing of the commit was kept.
    #[error("`{file}` may not grow: raise the limit on the size of files (`ulimit -f`) and start again")]
    Limited {
        /// The file that may not grow.
        file: String,
    },
    /// Reading or writing failed.
    #[error("cannot {doing} `{file}`: {error}")]
    Io {
        /// What was tried: `read`, `write to`.
        doing: &'static str,
        /// The file or directory.
        file: String,
        /// What the system says.
        error: String,
    },
    /// An earlier write failed in a way that leaves open what is on the disk.
    #[error(
        "the store has stopped, since it is not known what is on the disk: {why}; restart the server, and it reads what is there"
    )]
    Stopped {
        /// The failure.
        why: String,
    },
    /// Another process has the directory.
    #[error("the store in `{directory}` is in use by another process: stop that one, or use another directory")]
    InUse {
        /// Which.
        directory: String,
    },
    /// What a file holds is not what was written.
    #[error(
        "`{file}` is damaged at byte {offset}: {what}; nothing was changed: restore the store's directory from a copy, or move it away to begin with nothing"
    )]
    Damaged {
        /// Which file.
        file: String,
        /// Where the first wrong thing begins.
        offset: u64,
        /// What is wrong.
        what: String,
    },
    /// The file is of another version of the format.
    #[error(
        "`{file}` has the store's format {found}, and this version of windlass reads no format after {known}: use the version that wrote it, or move the directory away to begin with nothing"
    )]
    OtherFormat {
        /// Which file.
        file: String,
        /// The format that it says.
        found: u32,
        /// The latest format that can be read.
        known: u32,
    },
    /// The directory lacks a file that must be there.
    #[error("the store in `{directory}` lacks `{file}`: restore it from a copy")]
    Missing {
        /// Which directory.
        directory: String,
        /// The file's name.
        file: String,
    },
}

impl fmt::Display for LogKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LogKey::Room(room) => write!(out, "the log of `room:{}`", room.0),
            LogKey::Audit => out.write_str("the audit log"),
        }
    }
}
