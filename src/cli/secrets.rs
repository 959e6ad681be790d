//! Secrets come from files and standard input, never from arguments, which other users of a machine can see; and they go into files that
//! only their owner can read.

use crate::check::Secret;
use anyhow::{Context, bail};
use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::path::Path;

/// No secret is longer, in bytes.
const SECRET_BYTES_MAX: u64 = 64 * 1024;

/// The text of a file, or for `-` of standard input, without the line end that editors add.
pub(super) fn read(path: &Path) -> anyhow::Result<Secret> {
    let cannot = || format!("cannot read `{}`", path.display());
    let mut text = String::new();
    let read = match path.as_os_str() == "-" {
        true => std::io::stdin().take(SECRET_BYTES_MAX + 1).read_to_string(&mut text),
        false => File::open(path).with_context(cannot)?.take(SECRET_BYTES_MAX + 1).read_to_string(&mut text),
    };
    if read.with_context(cannot)? as u64 > SECRET_BYTES_MAX {
        bail!("`{}` holds more than {SECRET_BYTES_MAX} bytes", path.display());
    }
    Ok(Secret::new(text.trim_end_matches(['\r', '\n'])))
}

/// Writes a file that is not there yet.
pub(super) fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = match options.open(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            bail!("`{}` is there already: delete it first, and what it opens is open no more", path.display())
        }
        opened => opened.with_context(|| format!("cannot write `{}`", path.display()))?,
    };
    file.write_all(text.as_bytes()).with_context(|| format!("cannot write `{}`", path.display()))
}
