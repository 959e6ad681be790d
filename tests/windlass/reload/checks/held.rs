//! What is said in a room while some of its sockets have yet to be looked at comes to them later: all of it, once, in its order,
//! before anything newer, and only to those who belong.

use super::super::house::{Came, House, Standing};
use super::super::plain::belongs;
use super::messages::{Frame, Sent};
use std::collections::VecDeque;
use windlass::value::RoomKey;
use windlass::wind::SocketId;

#[derive(Default)]
pub struct Held {
    waiting: VecDeque<Waiting>,
    /// How many came.
    pub came: u64,
}

/// A message that somebody who belongs is to get.
struct Waiting {
    to: SocketId,
    room: RoomKey,
    seq: Option<u64>,
    content: String,
    speakers: Vec<String>,
    due: Due,
}

/// What the rules said about somebody when a message was sent. What they say when it is looked at changes nothing of that.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// It is to get it.
    Must,
    /// It moved in between: either is right.
    May,
    /// It must not.
    Never,
}

impl Held {
    /// Somebody did not get a message yet.
    pub fn hold(&mut self, to: SocketId, sent: &Sent<'_>, speakers: &[String], due: Due) {
        self.waiting.push_back(Waiting {
            to,
            room: sent.room.clone(),
            seq: sent.seq,
            content: sent.content.to_owned(),
            speakers: speakers.to_vec(),
            due,
        });
    }

    pub fn has_one_for(&self, to: SocketId, room: &RoomKey) -> bool {
        self.waiting.iter().any(|waiting| waiting.to == to && waiting.room == *room)
    }

    /// Takes out the frames that were held until now.
    pub fn take(
        &mut self,
        house: &House,
        came: &Came,
        after: &Standing,
        frames: &mut Vec<Frame>,
    ) -> Result<(), String> {
        let mut others = Vec::new();
        for frame in frames.drain(..) {
            let Some(at) = self.first_for(&frame) else {
                others.push(frame);
                continue;
            };
            let Waiting { to, room, content, due, .. } = self.waiting.remove(at).expect("found");
            if due == Due::Never {
                return Err(format!("{to:?} got {content} of {room:?}, where it did not belong when that was said"));
            }
            if !belongs(house, &came.before, to, &room) && !belongs(house, after, to, &room) {
                return Err(format!("{to:?} got {content} of {room:?}, where it does not belong"));
            }
            self.came += 1;
        }
        *frames = others;
        Ok(())
    }

    /// The oldest that is held for whom the frame was written to, if the frame is that.
    fn first_for(&self, frame: &Frame) -> Option<usize> {
        let [to] = frame.to[..] else { return None };
        let is_for = |waiting: &Waiting| waiting.to == to && Some(&waiting.room) == frame.room.as_ref();
        let at = self.waiting.iter().position(is_for)?;
        let first = &self.waiting[at];
        let is_it = frame.seq == first.seq && first.speakers.contains(&frame.from) && frame.is_content(&first.content);
        is_it.then_some(at)
    }

    /// Whoever has been looked at has got everything, or nothing because it does not belong.
    pub fn check(&mut self, house: &House, came: &Came, after: &Standing) -> Result<(), String> {
        let is_doubted =
            |waiting: &Waiting| after.doubted.get(&waiting.room).is_some_and(|of| of.contains(&waiting.to));
        let lost = self.waiting.iter().find(|waiting| {
            let belongs = |standing: &Standing| belongs(house, standing, waiting.to, &waiting.room);
            !is_doubted(waiting) && waiting.due == Due::Must && belongs(&came.before) && belongs(after)
        });
        if let Some(Waiting { to, room, content, .. }) = lost {
            return Err(format!("{to:?} never got {content} of {room:?}"));
        }
        self.waiting.retain(is_doubted);
        Ok(())
    }
}
