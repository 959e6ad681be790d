//! The one way to standard output and to the terminal. Whoever closes the pipe has read enough, and that is no error;
//! the exit code still says what was found.

use std::io::{self, ErrorKind, Write};

/// How an answer is written.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(super) enum Format {
    /// For people.
    Human,
    /// One JSON document.
    Json,
}

/// Writes to standard output; colours only where a terminal reads them.
pub(super) fn print(text: &str) -> io::Result<()> {
    print_to(&mut anstream::stdout(), text)
}

/// Writes to one stream.
pub(super) fn print_to(out: &mut impl Write, text: &str) -> io::Result<()> {
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Writes a line to standard error. Where that cannot be, there is nobody left to tell.
pub(super) fn complain(text: &str) {
    let _ = writeln!(anstream::stderr(), "{text}");
}
