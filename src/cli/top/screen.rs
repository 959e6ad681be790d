//! The view on a terminal: drawn over again until a key ends it, and the terminal is left as it was.

use super::super::remote::Remote;
use super::{Look, frame, look};
use crossterm::cursor::{Hide, MoveTo, MoveToNextLine, Show};
use crossterm::event::{Event, KeyCode, KeyModifiers, poll, read};
use crossterm::style::Print;
use crossterm::terminal::{
    Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode, size,
};
use crossterm::{execute, queue};
use std::io::{self, Write, stdout};
use std::time::{Duration, Instant};

/// The terminal is ours while this lives.
struct Screen;

impl Screen {
    fn open() -> io::Result<Screen> {
        enable_raw_mode()?;
        let screen = Screen;
        execute!(stdout(), EnterAlternateScreen, Hide)?;
        Ok(screen)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // There is nobody to tell if this cannot be done either.
        let _ = execute!(stdout(), Show, LeaveAlternateScreen);
        let _ = disable_raw_mode();
    }
}

/// Looks every so often. A server that does not answer is asked again; only what is wrong from the first look on ends it.
pub(super) fn show(remote: &Remote, every: Duration) -> anyhow::Result<()> {
    let mut before: Option<Look> = None;
    let mut now = look(remote)?;
    let _screen = Screen::open()?;
    let mut text = told(remote, &now, before.as_ref());
    loop {
        draw(&text)?;
        if waits_for_end(every, &text)? {
            return Ok(());
        }
        match look(remote) {
            Ok(look) => {
                before = Some(std::mem::replace(&mut now, look));
                text = told(remote, &now, before.as_ref());
            }
            Err(error) => text = format!("{error:#}\n\nas it was last:\n{}", told(remote, &now, before.as_ref())),
        }
    }
}

fn told(remote: &Remote, now: &Look, before: Option<&Look>) -> String {
    frame::told(&format!("{}   (q ends)", remote.url), now, before)
}

/// Whether somebody wants to end it before the time for the next look has come.
fn waits_for_end(every: Duration, text: &str) -> io::Result<bool> {
    let until = Instant::now() + every;
    while poll(until.saturating_duration_since(Instant::now()))? {
        match read()? {
            Event::Key(key) => {
                let is_break = key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL);
                if is_break || matches!(key.code, KeyCode::Char('q') | KeyCode::Esc) {
                    return Ok(true);
                }
            }
            Event::Resize(..) => draw(text)?,
            Event::FocusGained | Event::FocusLost | Event::Mouse(_) => {}
        }
    }
    Ok(false)
}

/// As much of the text as there is room for.
fn draw(text: &str) -> io::Result<()> {
    let (columns, rows) = size()?;
    let mut out = stdout().lock();
    queue!(out, MoveTo(0, 0))?;
    for line in text.lines().take(usize::from(rows).saturating_sub(1)) {
        let fits: String = line.chars().filter(|letter| !letter.is_control()).take(usize::from(columns)).collect();
        queue!(out, Print(fits), Clear(ClearType::UntilNewLine), MoveToNextLine(1))?;
    }
    queue!(out, Clear(ClearType::FromCursorDown))?;
    out.flush()
}
