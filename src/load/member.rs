//! One socket of a crew: its connection, what has come and was not awaited yet, and what it must know to come back.

use super::dial::Line;
use super::tally::Tally;
use super::trouble::Trouble;
use super::walk::refusal;
use crate::scenario::{Node, Shape};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Instant;

/// Names the frame with which a socket comes back.
const BACK: &str = "back";

/// See the module.
#[derive(Default)]
pub(super) struct Member {
    /// None while it is not connected.
    pub(super) line: Option<Line>,
    /// Why it is connected no more, where the server or the network wanted it so.
    pub(super) gone: Option<Trouble>,
    /// Frames that came since it connected, up to the first two.
    begun: u8,
    /// While a scene is walked: what came and was not awaited yet.
    pub(super) inbox: VecDeque<Came>,
    /// Where it stands.
    pub(super) room: Option<Arc<str>>,
    /// The secret to come back with.
    pub(super) token: Option<String>,
    /// By room: its epoch, and the highest number that came.
    pub(super) seen: BTreeMap<String, (String, u64)>,
    /// The locks that have asked since it was admitted last.
    asked: BTreeSet<String>,
    /// When its connection was broken and where it stood, until it is there again.
    pub(super) away: Option<(Instant, Option<Arc<str>>)>,
}

/// A frame that came.
pub(super) struct Came {
    pub(super) node: Node,
    /// It is how every connection begins, so nobody need await it.
    pub(super) is_beginning: bool,
}

impl Member {
    /// It has a connection again.
    pub(super) fn connect(&mut self, line: Line, tally: &Tally) {
        self.disconnect(tally);
        self.line = Some(line);
        self.gone = None;
        self.begun = 0;
        tally.connected.add(1);
    }

    /// Its connection goes.
    pub(super) fn disconnect(&mut self, tally: &Tally) {
        if self.line.take().is_some() {
            tally.connected.take(1);
        }
    }

    /// Notes what a frame says about the socket. Whether it is a frame that every connection begins with: `hello`, and `moved` right after it.
    pub(super) fn note(&mut self, frame: &Node, tally: &Tally) -> bool {
        let kind = frame.kind().unwrap_or_default();
        let is_beginning = matches!((self.begun, kind), (0, "hello") | (1, "moved"));
        self.begun = self.begun.saturating_add(1);
        let inner = frame.field(kind);
        let text = |name: &str| inner.and_then(|inner| inner.field(name)).and_then(Node::as_text);
        let number = |name: &str| inner.and_then(|inner| inner.field(name)).and_then(whole);
        match kind {
            "moved" => {
                self.room = text("room").map(Into::into);
                self.see(text("room"), text("epoch"), number("offset"));
                self.pass_locks(tally);
            }
            "resumed" => {
                let recovered = inner.and_then(|inner| inner.field("recovered"));
                let is_recovered = recovered.is_some_and(|field| matches!(field.shape, Shape::Bool(true)));
                // what it missed follows, and counts when it comes
                if is_recovered {
                    tally.recovered.add(1);
                } else {
                    tally.unrecovered.add(1);
                    self.see(text("room"), text("epoch"), number("offset"));
                }
            }
            "identified" => self.token = text("resume").map(str::to_owned),
            "ask" | "say" => {
                let lock = frame.field("in").and_then(Node::as_text).filter(|asks| asks.starts_with("lock:"));
                self.asked.extend(lock.map(str::to_owned));
            }
            "message" => self.hear(frame.field("room").and_then(Node::as_text), frame.field("seq").and_then(whole)),
            "ok" => self.pass_locks(tally),
            "error" if matches!(text("code"), Some("refused" | "lock_failed" | "cancelled")) => self.asked.clear(),
            _ => {}
        }
        is_beginning
    }

    /// Whether a frame says that it has come back to where it was; notes how long that took.
    pub(super) fn is_back(&mut self, crew: usize, frame: &Node, tally: &Tally) -> bool {
        if frame.field("id").and_then(Node::as_text) != Some(BACK) {
            return false;
        }
        let Some((since, room)) = self.away.take() else { return false };
        if frame.kind() != Some("ok") || self.room != room {
            let other = self.room.as_deref().unwrap_or("no room");
            let room = room.as_deref().unwrap_or("no room");
            let trouble = match frame.kind() {
                Some("error") => refusal("a socket that comes back", frame),
                Some(_) | None => Trouble::new(format!("a socket came back to {other} and not to {room}")),
            };
            tally.failures.note(trouble);
            return false;
        }
        tally.back.add(1);
        tally.returns.note(crew, since.elapsed());
        true
    }

    /// A message of a room's order came.
    pub(super) fn hear(&mut self, room: Option<&str>, seq: Option<u64>) {
        let known = room.and_then(|room| self.seen.get_mut(room));
        if let (Some((_, highest)), Some(seq)) = (known, seq) {
            *highest = seq.max(*highest);
        }
    }

    /// The rooms that it can be told about when it comes back.
    fn see(&mut self, room: Option<&str>, epoch: Option<&str>, offset: Option<u64>) {
        if let (Some(room), Some(epoch), Some(offset)) = (room, epoch, offset) {
            self.seen.insert(room.to_owned(), (epoch.to_owned(), offset));
        }
    }

    fn pass_locks(&mut self, tally: &Tally) {
        tally.locks.add(self.asked.len() as u64);
        self.asked.clear();
    }

    /// What it says when it comes back; none where it has no token.
    pub(super) fn resume_frame(&mut self) -> Option<String> {
        let token = self.token.take()?;
        let position = |(epoch, seq): &(String, u64)| {
            Node::list([Node::text(epoch), Shape::Int(i64::try_from(*seq).unwrap_or(i64::MAX)).into()])
        };
        let seen = Node::record(self.seen.iter().map(|(room, seen)| (room.as_str(), position(seen))));
        let resume = Node::record([("token", Node::text(token)), ("seen", seen)]);
        Some(Node::record([("resume", resume), ("id", Node::text(BACK))]).to_json())
    }
}

fn whole(node: &Node) -> Option<u64> {
    match node.shape {
        Shape::Int(number) => u64::try_from(number).ok(),
        _ => None,
    }
}
