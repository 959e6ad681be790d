//! A crew: the sockets of a scene, in one task. It walks the scene, then speaks and listens until it is told that it is over.

use super::dial::Dialer;
use super::member::Member;
use super::script::Script;
use super::sequence::Sequence;
use super::speakers::{Arrived, Audience, Cue};
use super::tally::Tally;
use super::trouble::Trouble;
use crate::scenario::{Node, Variables};
use futures_util::{SinkExt, Stream};
use std::collections::{BTreeMap, BTreeSet};
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};
use tokio::sync::{Notify, mpsc, watch};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

/// How long a socket takes at most to say that it closes.
const FAREWELL: Duration = Duration::from_secs(1);

/// What all crews share.
pub(super) struct Shared {
    pub(super) script: Script,
    pub(super) dialer: Dialer,
    pub(super) tally: Arc<Tally>,
    /// No step is awaited longer.
    pub(super) patience: Duration,
    pub(super) manner: Manner,
}

/// How sockets speak.
#[derive(Clone, Debug)]
pub struct Manner {
    /// What is sent, with `${payload}` in it.
    pub frame: Node,
    /// How long that is, in bytes.
    pub payload: usize,
    /// How many messages of one speaker may be under way.
    pub in_flight: u64,
    /// Who must get them.
    pub audience: Audience,
}

/// How far all have come, and what is next.
#[derive(Clone)]
pub(super) enum Phase {
    /// Crews walk the scene, or wait for the others.
    Arriving,
    /// Speakers speak.
    Talking(Arc<Cue>),
    /// All connections break, at this time; speakers go on when they are back.
    Breaking(Instant),
    /// It is over.
    Parting,
}

/// What is left of a crew.
#[derive(Default)]
pub(super) struct Gone {
    /// Its sockets, those that were there to the end.
    pub(super) sockets: Vec<Listener>,
    /// Its speakers.
    pub(super) spoken: Vec<Spoken>,
}

/// What a socket has heard.
pub(super) struct Listener {
    pub(super) crew: usize,
    pub(super) socket: usize,
    pub(super) room: Arc<str>,
    /// By speaker.
    pub(super) heard: BTreeMap<u32, Sequence>,
}

/// What a speaker has said.
pub(super) struct Spoken {
    pub(super) speaker: u32,
    pub(super) crew: usize,
    pub(super) socket: usize,
    pub(super) room: Arc<str>,
    /// The number of its last message.
    pub(super) sent: u64,
    /// Messages that the server has not taken, or has not said so.
    pub(super) excused: BTreeSet<u64>,
    /// How many of those had no answer.
    pub(super) unanswered: u64,
    /// How many of those were under way when the connection went.
    pub(super) broken_off: u64,
}

/// Something that comes to a socket.
pub(super) enum Happening {
    Text(Utf8Bytes),
    /// The connection is gone.
    Gone(Trouble),
}

/// See the module.
pub(super) struct Crew {
    /// From 1 on.
    pub(super) number: usize,
    pub(super) shared: Arc<Shared>,
    pub(super) members: Vec<Member>,
    /// What the crew has kept, and what it was given.
    pub(super) variables: Variables,
    pub(super) wake: Arc<Notify>,
    /// Whose turn it is to be looked at first.
    turn: usize,
}

impl Crew {
    pub(super) fn new(number: usize, shared: Arc<Shared>, variables: Variables) -> Crew {
        let members = shared.script.sockets.iter().map(|_| Member::default()).collect();
        Crew { number, shared, members, variables, wake: Arc::new(Notify::new()), turn: 0 }
    }

    /// From the first step to the end.
    pub(super) async fn run(
        mut self,
        start: Instant,
        arrived: mpsc::Sender<Arrived>,
        phase: watch::Receiver<Phase>,
    ) -> Gone {
        tokio::time::sleep_until(start.into()).await;
        let begun = Instant::now();
        let walked = self.walk().await;
        let tally = self.shared.tally.clone();
        let size = self.members.len() as u64;
        match &walked {
            Ok(()) => {
                tally.walks.note(self.number, begun.elapsed());
                tally.arrived.add(size);
            }
            Err(trouble) => {
                tally.failures.note(trouble.clone());
                tally.failed.add(size);
                self.members.iter_mut().for_each(|member| member.disconnect(&tally));
            }
        }
        let rooms = self.members.iter().map(|member| member.room.clone().filter(|_| member.line.is_some())).collect();
        let is_heard = arrived.send(Arrived { crew: self.number, rooms, wake: self.wake.clone() }).await.is_ok();
        if walked.is_err() || !is_heard {
            return Gone::default();
        }
        let gone = self.talk(phase).await;
        self.part().await;
        gone
    }

    /// What comes next to any socket. Waits for ever where none is connected.
    pub(super) async fn next(&mut self) -> (usize, Happening) {
        let (socket, happening) = poll_fn(|context| {
            let count = self.members.len();
            for offset in 0..count {
                let at = (self.turn + offset) % count;
                let Some(line) = self.members.get_mut(at).and_then(|member| member.line.as_mut()) else { continue };
                while let Poll::Ready(came) = Pin::new(&mut *line).poll_next(context) {
                    let happening = match came {
                        Some(Ok(Message::Text(text))) => Happening::Text(text),
                        Some(Ok(Message::Close(frame))) => {
                            let told = frame.map(|frame| (u16::from(frame.code), frame.reason.to_string()));
                            let code = told.as_ref().map(|(code, _)| *code);
                            Happening::Gone(Trouble::closed(code, told.as_ref().map_or("", |(_, reason)| reason)))
                        }
                        // pings are answered by the library
                        Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_) | Message::Binary(_))) => {
                            continue;
                        }
                        Some(Err(_)) | None => Happening::Gone(Trouble::closed(None, "")),
                    };
                    self.turn = at + 1;
                    return Poll::Ready((at, happening));
                }
            }
            Poll::Pending
        })
        .await;
        if let Happening::Gone(trouble) = &happening {
            self.shared.tally.closes.note(trouble.clone());
            if let Some(member) = self.members.get_mut(socket) {
                member.disconnect(&self.shared.tally);
                member.gone = Some(trouble.clone());
            }
        }
        (socket, happening)
    }

    /// Sends a frame, if the server takes it in time.
    pub(super) async fn send(&mut self, socket: usize, text: String) -> Result<(), Trouble> {
        let line = self.members.get_mut(socket).and_then(|member| member.line.as_mut());
        let line = line.ok_or_else(|| Trouble::new("a socket that is gone was to speak"))?;
        match timeout(self.shared.patience, line.send(Message::text(text))).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(self.why_gone(socket).await),
            Err(_) => Err(Trouble::new("the server took no frame in time")),
        }
    }

    /// Why a socket cannot be written to: what it was closed with may not have been read yet.
    async fn why_gone(&mut self, socket: usize) -> Trouble {
        let told = async {
            loop {
                if let (other, Happening::Gone(trouble)) = self.next().await
                    && other == socket
                {
                    return trouble;
                }
            }
        };
        timeout(FAREWELL, told).await.unwrap_or_else(|_| Trouble::closed(None, ""))
    }

    /// Takes its leave.
    async fn part(&mut self) {
        for member in &mut self.members {
            if let Some(line) = &mut member.line {
                // whoever does not listen any more gets to know by the end of the connection
                let _ = timeout(FAREWELL, line.close(None)).await;
            }
            member.disconnect(&self.shared.tally);
        }
    }
}
