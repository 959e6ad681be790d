//! Who speaks, to how many, and how far all have got.

use super::stamp::Mark;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// A socket that speaks, as everybody sees it.
#[derive(Debug)]
pub(super) struct Speaker {
    /// Its place in [`Cue::speakers`].
    pub(super) id: u32,
    pub(super) crew: usize,
    pub(super) socket: usize,
    /// How many sockets should get each message.
    pub(super) audience: u64,
    /// Messages whose answer is awaited.
    pub(super) waiting: AtomicU64,
    /// Messages that the server has taken.
    pub(super) accepted: AtomicU64,
    /// Messages that have come, each for each socket, none twice.
    delivered: AtomicU64,
    /// Those that will not come: they were refused, or have been waited for too long.
    forgiven: AtomicU64,
    /// With so many of both it may go on; the highest number where nothing is waited for.
    wanted: AtomicU64,
    /// Wakes its crew.
    pub(super) wake: Arc<Notify>,
}

/// What everybody must know to speak and to listen.
#[derive(Debug)]
pub(super) struct Cue {
    pub(super) mark: Mark,
    pub(super) start: Instant,
    /// Nobody speaks any more.
    pub(super) end: Instant,
    /// Messages per second of all speakers; none: each as fast as it may.
    pub(super) rate: Option<f64>,
    pub(super) speakers: Vec<Arc<Speaker>>,
}

/// A crew that has walked the scene, or not.
#[derive(Debug)]
pub(super) struct Arrived {
    pub(super) crew: usize,
    /// Where each of its sockets stands; none where it is not connected.
    pub(super) rooms: Vec<Option<Arc<str>>>,
    pub(super) wake: Arc<Notify>,
}

/// Whether those who stand in a room must get what another one says there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// All of them.
    Room,
    /// What comes is counted, but nothing need come.
    Nobody,
}

impl Speaker {
    fn new(id: u32, arrived: &Arrived, socket: usize, audience: u64) -> Speaker {
        Speaker {
            id,
            crew: arrived.crew,
            socket,
            audience,
            waiting: AtomicU64::new(0),
            accepted: AtomicU64::new(0),
            delivered: AtomicU64::new(0),
            forgiven: AtomicU64::new(0),
            wanted: AtomicU64::new(u64::MAX),
            wake: arrived.wake.clone(),
        }
    }

    /// Somebody has got a message for the first time. Whoever waits for it is woken.
    pub(super) fn is_heard(&self) {
        self.delivered.fetch_add(1, Ordering::AcqRel);
        if self.settled() >= self.wanted.load(Ordering::Acquire) {
            self.wake.notify_one();
        }
    }

    /// A message will not come to anybody.
    pub(super) fn forgive_one(&self) {
        self.forgiven.fetch_add(self.audience, Ordering::AcqRel);
    }

    /// What is still under way of so many messages is waited for no more.
    pub(super) fn forgive_all(&self, sent: u64) {
        self.forgiven.fetch_add((sent * self.audience).saturating_sub(self.settled()), Ordering::AcqRel);
    }

    /// Whether so much has come that one more may be sent after `sent`, with no more than `in_flight` under way.
    pub(super) fn has_room(&self, sent: u64, in_flight: u64) -> bool {
        let wanted = (sent + 1).saturating_sub(in_flight) * self.audience;
        self.wanted.store(wanted, Ordering::Release);
        // looked at after it is said what is waited for, so that nobody is missed
        let has_room = self.settled() >= wanted;
        if has_room {
            self.wanted.store(u64::MAX, Ordering::Release);
        }
        has_room
    }

    fn settled(&self) -> u64 {
        self.delivered.load(Ordering::Acquire) + self.forgiven.load(Ordering::Acquire)
    }

    /// Whether nothing is under way any more, as far as can be seen.
    fn is_done(&self) -> bool {
        let accepted = self.accepted.load(Ordering::Acquire);
        self.waiting.load(Ordering::Acquire) == 0 && self.delivered.load(Ordering::Acquire) >= accepted * self.audience
    }
}

impl Cue {
    /// When a speaker's message with this number should be sent; none where each sends as fast as it may.
    pub(super) fn due(&self, speaker: u32, number: u64) -> Option<Instant> {
        let turn = (number.saturating_sub(1)) * self.speakers.len() as u64 + u64::from(speaker);
        self.rate.map(|rate| self.start + Duration::from_secs_f64(turn as f64 / rate))
    }

    /// How many messages a speaker should have sent before `now`.
    pub(super) fn number_before(&self, speaker: u32, now: Instant) -> u64 {
        let Some(rate) = self.rate else { return 0 };
        let turns = now.saturating_duration_since(self.start).as_secs_f64() * rate - f64::from(speaker);
        (turns / self.speakers.len().max(1) as f64).max(0.0) as u64
    }

    /// Whether nothing is under way any more.
    pub(super) fn is_done(&self) -> bool {
        self.speakers.iter().all(|speaker| speaker.is_done())
    }
}

/// In each room, the first sockets that came there speak.
pub(super) fn choose(crews: &[Arrived], per_room: usize, audience: Audience) -> Vec<Arc<Speaker>> {
    let mut rooms: BTreeMap<&str, Vec<(&Arrived, usize)>> = BTreeMap::new();
    for arrived in crews {
        for (socket, room) in arrived.rooms.iter().enumerate() {
            if let Some(room) = room {
                rooms.entry(room).or_default().push((arrived, socket));
            }
        }
    }
    let mut speakers = Vec::new();
    for sockets in rooms.values() {
        let others = match audience {
            Audience::Room => sockets.len() as u64 - 1,
            Audience::Nobody => 0,
        };
        for (arrived, socket) in sockets.iter().take(per_room) {
            let id = u32::try_from(speakers.len()).unwrap_or(u32::MAX);
            speakers.push(Arc::new(Speaker::new(id, arrived, *socket, others)));
        }
    }
    speakers
}
