//! What is known of each client in a directory: one file per client, named as the client is.

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;

/// No client's file is larger, in bytes.
pub const CLIENT_FILE_BYTES_MAX: u64 = 64 * 1024;
/// No client that has a file has a longer name, in characters.
const NAME_LENGTH_MAX: usize = 64;

/// A directory with one file per client. Files are read at each check, so a change needs no restart.
#[derive(Clone, Debug)]
pub struct ClientFiles {
    directory: PathBuf,
}

impl ClientFiles {
    /// The files in `directory`, which need not exist yet.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        ClientFiles { directory: directory.into() }
    }

    /// Where the files are, for people.
    pub fn describe(&self) -> String {
        let yet = if self.directory.is_dir() { "" } else { " (which is not there yet: nobody can pass)" };
        format!("{}{yet}", self.directory.display())
    }

    /// Where a client's file is; none where the name could be no file's.
    pub fn path(&self, client: &str) -> Option<PathBuf> {
        is_file_name(client).then(|| self.directory.join(client))
    }

    /// The text of a client's file; none where there is none, or where the name could be no file's. Blocks.
    pub fn read(&self, client: &str) -> io::Result<Option<String>> {
        let Some(path) = self.path(client) else {
            return Ok(None);
        };
        match path.metadata() {
            Ok(about) if about.is_file() => {}
            Ok(_) => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        }
        let mut text = String::new();
        File::open(&path)?.take(CLIENT_FILE_BYTES_MAX + 1).read_to_string(&mut text)?;
        if text.len() as u64 > CLIENT_FILE_BYTES_MAX {
            return Err(io::Error::other(format!("it holds more than {CLIENT_FILE_BYTES_MAX} bytes")));
        }
        Ok(Some(text))
    }
}

/// Letters, digits, `.`, `_`, `@` and `-`, not beginning with `.`: no name leads out of a directory or to a hidden file.
fn is_file_name(client: &str) -> bool {
    !client.is_empty()
        && client.len() <= NAME_LENGTH_MAX
        && !client.starts_with('.')
        && client.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'@' | b'-'))
}
