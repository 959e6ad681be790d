//! Wakes each speaker when its next message is due.
//!
//! In a thread of its own: the timers of tokio go by the millisecond, which is longer than most deliveries take.

use super::speakers::Cue;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// Wakes the speakers in turn until they stop. It ends with them.
pub(super) fn start(cue: Arc<Cue>) -> std::io::Result<()> {
    let Some(rate) = cue.rate.filter(|_| !cue.speakers.is_empty()) else { return Ok(()) };
    let pace = move || {
        for (turn, speaker) in cue.speakers.iter().cycle().enumerate() {
            let due = cue.start + Duration::from_secs_f64(turn as f64 / rate);
            if due >= cue.end {
                return;
            }
            let now = Instant::now();
            if due > now {
                thread::sleep(due - now);
            }
            speaker.wake.notify_one();
        }
    };
    thread::Builder::new().name("pacer".to_owned()).spawn(pace).map(drop)
}
