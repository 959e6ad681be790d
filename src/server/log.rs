//! What the server says about itself: one line an event, on standard error, whatever a client has called itself.

use std::io::{self, Write};
use tracing::{Level, Metadata};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Starts logging, once in a process. `filter` is as in `RUST_LOG`; the error says what is wrong with it.
pub fn start(filter: &str) -> Result<(), String> {
    let filter = EnvFilter::try_new(filter).map_err(|error| format!("`{filter}` is not a log filter: {error}"))?;
    let lines = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(OneLine(io::stderr));
    let all = tracing_subscriber::registry().with(lines).with(filter).with(filter_fn(keeps_secrets));
    all.try_init().map_err(|error| error.to_string())
}

/// Libraries that, asked for all they know, write down what clients sent, passwords too.
const TALKATIVE: [&str; 2] = ["tungstenite", "tokio_tungstenite"];

/// No filter brings those to say more than that something is wrong.
fn keeps_secrets(about: &Metadata<'_>) -> bool {
    let library = about.target().split("::").next().unwrap_or_default();
    *about.level() <= Level::INFO || !TALKATIVE.contains(&library)
}

/// Makes writers that keep an event on its line.
#[derive(Clone, Copy, Debug)]
pub struct OneLine<Make>(pub Make);

impl<'a, Out: Write, Make: Fn() -> Out> MakeWriter<'a> for OneLine<Make> {
    type Writer = Escaping<Out>;

    fn make_writer(&'a self) -> Escaping<Out> {
        Escaping((self.0)())
    }
}

/// Escapes what moves a terminal's cursor or turns the text around. An event comes as one write.
#[derive(Debug)]
pub struct Escaping<Out>(Out);

impl<Out: Write> Write for Escaping<Out> {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let line = text.strip_suffix('\n').unwrap_or(&text);
        let mut escaped = String::with_capacity(line.len() + 1);
        for letter in line.chars() {
            if letter.is_control() || turns_text(letter) {
                escaped.extend(letter.escape_unicode());
            } else {
                escaped.push(letter);
            }
        }
        escaped.push('\n');
        self.0.write_all(escaped.as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Marks of direction, and the separators of lines and paragraphs (Unicode UAX 9 and UAX 14).
fn turns_text(letter: char) -> bool {
    matches!(letter, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{61c}')
}
