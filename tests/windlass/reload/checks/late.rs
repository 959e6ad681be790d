//! What goes to groups beside a room comes later to those who have yet to be looked at since the rules said otherwise who receives
//! what: once, and to nobody who had it.

use super::messages::{Frame, Sent};
use std::collections::BTreeSet;
use windlass::value::RoomKey;
use windlass::wind::SocketId;

#[derive(Default)]
pub struct Late(Vec<Told>);

struct Told {
    room: RoomKey,
    seq: Option<u64>,
    content: String,
    speakers: Vec<String>,
    reached: BTreeSet<SocketId>,
}

impl Late {
    /// Some may get this message later.
    pub fn note(&mut self, sent: &Sent<'_>, speakers: &[String], reached: &[SocketId]) {
        self.0.push(Told {
            room: sent.room.clone(),
            seq: sent.seq,
            content: sent.content.to_owned(),
            speakers: speakers.to_vec(),
            reached: reached.iter().copied().collect(),
        });
    }

    /// Takes out the frames that come later than to others.
    pub fn take(&mut self, frames: &mut Vec<Frame>) {
        frames.retain(|frame| {
            let [to] = frame.to[..] else { return true };
            let is_it = |told: &&mut Told| {
                let is_there = Some(&told.room) == frame.room.as_ref() && told.seq == frame.seq;
                is_there && told.speakers.contains(&frame.from) && frame.is_content(&told.content)
            };
            !self.0.iter_mut().find(is_it).is_some_and(|told| told.reached.insert(to))
        });
    }

    /// Nobody has yet to be looked at.
    pub fn end(&mut self) {
        self.0.clear();
    }
}
