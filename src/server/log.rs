//! What the server says about itself: one line an event, on standard error, whatever a client has called itself.

use super::config::LogFormat;
use std::io::{self, Write};
use tracing::{Level, Metadata};
use tracing_subscriber::filter::{FilterExt, LevelFilter, filter_fn};
use tracing_subscriber::fmt::{self, MakeWriter};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, registry};

/// Starts logging, once in a process. `filter` is as in `RUST_LOG`; the error says what is wrong with it.
pub fn start(filter: &str, format: LogFormat) -> Result<(), String> {
    let filter = EnvFilter::try_new(filter).map_err(|error| format!("`{filter}` is not a log filter: {error}"))?;
    let layer = fmt::layer().with_ansi(false).with_writer(OneLine(io::stderr));
    let layer = match format {
        LogFormat::Text => layer.boxed(),
        LogFormat::Json => layer.json().flatten_event(true).boxed(),
    };
    // with a hint that it takes every level, so that the other's holds, and what is not logged costs next to nothing
    let keeps_secrets = filter_fn(keeps_secrets).with_max_level_hint(LevelFilter::TRACE);
    let layer = layer.with_filter(filter.and(keeps_secrets));
    registry().with(layer).try_init().map_err(|error| error.to_string())
}

/// What the libraries say in detail is what clients sent, passwords and tokens too: of them nothing below `info` is written.
fn keeps_secrets(about: &Metadata<'_>) -> bool {
    let is_ours = about.target().split("::").next() == Some("windlass");
    is_ours || *about.level() <= Level::INFO
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

/// Escapes what moves a terminal's cursor or turns the text around, as JSON does. An event comes as one write.
#[derive(Debug)]
pub struct Escaping<Out>(Out);

impl<Out: Write> Write for Escaping<Out> {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let line = text.strip_suffix('\n').unwrap_or(&text);
        let mut escaped = String::with_capacity(line.len() + 1);
        for letter in line.chars() {
            if letter.is_control() || turns_text(letter) {
                escaped.push_str(&format!("\\u{:04x}", u32::from(letter)));
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
