//! The latest posts of a room with `history`, by which a repeated one is known and most that was missed is found.

use super::facts::Speaker;
use crate::store::Keep;
use crate::value::Millis;
use crate::wind::MessageId;
use std::collections::VecDeque;
use std::sync::Arc;

/// Posts of one room that are known at hand. Older ones are read from the store.
pub(super) const RECENT_MESSAGES_MAX: usize = 256;
/// Bytes of their frames. With more, the oldest are read from the store, though their ids are still known.
const RECENT_BYTES_MAX: usize = 256 * 1024;

/// The latest posts of a room with `history`.
#[derive(Clone)]
pub(super) struct Log {
    pub keep: Keep,
    /// When the latest was posted.
    pub latest_at: Millis,
    /// Whether it is noted when nothing of it will be kept any more.
    pub is_fading: bool,
    /// Sockets that are being told what they missed of it, in pieces.
    pub readers: u32,
    recent: VecDeque<Recent>,
    bytes: usize,
}

/// One post.
#[derive(Clone)]
pub(super) struct Recent {
    pub seq: u64,
    pub at: Millis,
    /// As it was told; none where the store must be asked.
    pub frame: Option<Arc<str>>,
    pub from: Speaker,
    pub id: Option<MessageId>,
}

impl Log {
    pub(super) fn new(keep: Keep) -> Log {
        Log { keep, latest_at: 0, is_fading: false, readers: 0, recent: VecDeque::new(), bytes: 0 }
    }

    pub(super) fn push(&mut self, post: Recent) {
        self.latest_at = post.at;
        self.bytes += post.frame_bytes();
        self.recent.push_back(post);
        if self.recent.len() > RECENT_MESSAGES_MAX {
            self.bytes -= self.recent.pop_front().map_or(0, |gone| gone.frame_bytes());
        }
        while self.bytes > RECENT_BYTES_MAX
            && let Some(frame) = self.recent.iter_mut().find_map(|post| post.frame.take())
        {
            self.bytes -= frame.len();
        }
    }

    /// The place of a post that was made before under this name.
    pub(super) fn find(&self, from: &Speaker, id: &MessageId) -> Option<u64> {
        let is_it = |post: &&Recent| post.id.as_ref() == Some(id) && post.from == *from;
        self.recent.iter().rev().find(is_it).map(|post| post.seq)
    }

    /// The posts after a place, if all of them are at hand and kept.
    pub(super) fn after(&self, offset: u64, latest: u64, now: Millis) -> Option<Vec<Arc<str>>> {
        let missed = self.recent.iter().filter(|post| post.seq > offset);
        let kept = missed.filter(|post| self.keeps(post.at, now) && latest - post.seq < self.keep.count_max);
        let frames: Vec<Arc<str>> = kept.filter_map(|post| post.frame.clone()).collect();
        (frames.len() as u64 == latest.saturating_sub(offset)).then_some(frames)
    }

    /// Whether something of it may still be kept.
    pub(super) fn is_kept(&self, seq: u64, now: Millis) -> bool {
        seq > 0 && self.keeps(self.latest_at, now)
    }

    /// From when on nothing of it is kept, if no more is posted; none where age alone takes nothing.
    pub(super) fn over_at(&self) -> Option<Millis> {
        Some(self.latest_at.saturating_add(self.keep.age_max_ms?).saturating_add(1))
    }

    /// Whether what was posted then is young enough.
    pub(super) fn keeps(&self, at: Millis, now: Millis) -> bool {
        self.keep.age_max_ms.is_none_or(|age| at.saturating_add(age) >= now)
    }
}

impl Recent {
    fn frame_bytes(&self) -> usize {
        self.frame.as_ref().map_or(0, |frame| frame.len())
    }
}
