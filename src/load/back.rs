//! All connections break at once, and everybody comes back with the token that it was given.

use super::crew::Crew;
use super::dial::{Handshake, Line};
use super::talk::Talk;
use super::trouble::Trouble;
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// A socket that finds no way in tries again so often.
const TRIES: u32 = 8;
/// How long it waits then, at first; each time twice as long.
const PAUSE: Duration = Duration::from_millis(100);

/// A socket that has tried to come back.
pub(super) struct Returned {
    socket: usize,
    /// What it has to say first.
    resume: String,
    line: Result<Line, Trouble>,
}

impl Crew {
    /// Breaks all connections that can be taken up again, and begins to make new ones.
    pub(super) fn come_back(&mut self, talk: &mut Talk, since: Instant) {
        for socket in 0..self.members.len() {
            let Some(member) = self.members.get_mut(socket).filter(|member| member.line.is_some()) else { continue };
            let Some(resume) = member.resume_frame() else { continue };
            member.disconnect(&self.shared.tally);
            self.shared.tally.broken.add(1);
            member.away = Some((since, member.room.clone()));
            talk.excuse(socket);
            let shared = self.shared.clone();
            talk.returning.spawn(async move {
                let mut line = shared.dialer.dial(&Handshake::default()).await;
                for try_ in 0..TRIES {
                    if line.is_ok() {
                        break;
                    }
                    sleep(PAUSE * 2_u32.pow(try_)).await;
                    line = shared.dialer.dial(&Handshake::default()).await;
                }
                Returned { socket, resume, line }
            });
        }
    }

    /// A socket has a connection again, or never will.
    pub(super) async fn welcome(&mut self, returned: Returned) {
        let Returned { socket, resume, line } = returned;
        let said = match line {
            Ok(line) => {
                if let Some(member) = self.members.get_mut(socket) {
                    member.connect(line, &self.shared.tally);
                }
                self.send(socket, resume).await
            }
            Err(trouble) => Err(trouble),
        };
        if let Err(trouble) = said {
            self.shared.tally.failures.note(trouble);
        }
    }
}
