//! One line an event, whatever is in it.

use std::io::Write;
use std::sync::{Arc, Mutex};
use tracing_subscriber::fmt::MakeWriter;
use windlass::server::log::OneLine;

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no panic").write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn an_event_stays_on_its_line() {
    let lines = Lines::default();
    let make = {
        let lines = lines.clone();
        OneLine(move || lines.clone())
    };
    let subscriber = tracing_subscriber::fmt().with_ansi(false).without_time().with_writer(make).finish();
    tracing::subscriber::with_default(subscriber, || {
        for name in [
            "a\nb",
            "a\r\nERROR forged",
            "\u{1b}[31mred",
            "\u{202e}desrever",
            "a\u{2028}b",
            "\u{7}\u{9b}31m",
            "plain é",
        ] {
            tracing::info!(name, "{name}");
        }
    });
    let text = String::from_utf8(lines.0.lock().expect("no panic").clone()).expect("text");
    assert_eq!(text.lines().count(), 7, "{text}");
    assert!(!text.chars().any(|letter| letter.is_control() && letter != '\n'), "{text:?}");
    assert!(!text.contains(['\u{202e}', '\u{2028}']), "{text:?}");
    assert!(text.contains("plain é"), "{text}");
    assert!(text.lines().all(|line| line.trim_start().starts_with("INFO")), "{text}");
}

#[test]
fn several_writes_make_several_lines() {
    let lines = Lines::default();
    let make = {
        let lines = lines.clone();
        OneLine(move || lines.clone())
    };
    make.make_writer().write_all(b"one\n").expect("a write");
    make.make_writer().write_all(b"t\xffwo\n").expect("a write");
    assert_eq!(*lines.0.lock().expect("no panic"), "one\nt\u{fffd}wo\n".as_bytes());
}
