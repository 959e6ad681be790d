//! A crew speaks and listens: speakers send when it is time, and everybody notes which messages come.

use super::crew::{Crew, Gone, Happening, Listener, Phase, Spoken};
use super::member::Member;
use super::sequence::{Order, Sequence};
use super::speakers::{Audience, Cue, Speaker};
use super::stamp::Stamp;
use super::tally::Tally;
use super::trouble::Trouble;
use super::walk::{frame, refusal};
use crate::scenario::{Field, Node, Position, Shape, fill};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::sleep_until;

/// The variable that stands for what a message says.
const PAYLOAD: &str = "payload";

/// One of the crew's sockets that speaks.
struct Part {
    speaker: Arc<Speaker>,
    room: Arc<str>,
    sent: u64,
    /// Messages without an answer, and when they should have been sent.
    waiting: VecDeque<(u64, Instant)>,
    excused: BTreeSet<u64>,
    /// How many of those were waited for in vain.
    unanswered: u64,
    /// How many of those were under way when the connection went.
    broken_off: u64,
    /// When something was heard of its messages last.
    stirred: Instant,
}

impl Part {
    /// Answers are awaited no more, nor need those messages come to anybody. How many there were.
    fn drop_waiting(&mut self) -> u64 {
        let count = self.waiting.len() as u64;
        self.excused.extend(self.waiting.drain(..).map(|(number, _)| number));
        self.speaker.waiting.store(0, Ordering::Release);
        count
    }
}

/// What the crew says and hears.
pub(super) struct Talk {
    pub(super) cue: Arc<Cue>,
    parts: Vec<Part>,
    /// By socket and speaker.
    heard: Vec<BTreeMap<u32, Sequence>>,
    /// Sockets that come back.
    pub(super) returning: JoinSet<super::back::Returned>,
}

impl Talk {
    fn new(cue: Arc<Cue>, crew: &Crew) -> Talk {
        let own = cue.speakers.iter().filter(|speaker| speaker.crew == crew.number);
        let part = |speaker: &Arc<Speaker>| {
            let room = crew.members.get(speaker.socket)?.room.clone()?;
            let (waiting, excused) = (VecDeque::new(), BTreeSet::new());
            let speaker = speaker.clone();
            Some(Part { speaker, room, sent: 0, waiting, excused, unanswered: 0, broken_off: 0, stirred: cue.start })
        };
        let parts = own.filter_map(part).collect();
        let heard = crew.members.iter().map(|_| BTreeMap::new()).collect();
        Talk { parts, heard, cue, returning: JoinSet::new() }
    }

    /// What the speaker at this socket has sent is awaited no more.
    pub(super) fn excuse(&mut self, socket: usize) {
        for part in self.parts.iter_mut().filter(|part| part.speaker.socket == socket) {
            part.broken_off += part.drop_waiting();
        }
    }

    /// What the speaker at this socket should have sent while it was away is not sent any more.
    fn skip(&mut self, socket: usize) {
        for part in self.parts.iter_mut().filter(|part| part.speaker.socket == socket) {
            let now = self.cue.number_before(part.speaker.id, Instant::now());
            part.excused.extend(part.sent + 1..=now);
            part.sent = part.sent.max(now);
            part.speaker.forgive_all(part.sent);
        }
    }

    fn end(self, crew: &Crew) -> Gone {
        let listener = |(socket, heard): (usize, BTreeMap<u32, Sequence>)| {
            let member = crew.members.get(socket)?;
            let is_there = member.line.is_some() && member.away.is_none();
            let room = member.room.clone().filter(|_| is_there)?;
            Some(Listener { crew: crew.number, socket, room, heard })
        };
        let spoken = |mut part: Part| {
            part.unanswered += part.drop_waiting();
            let Speaker { id, crew, socket, .. } = *part.speaker;
            let Part { room, sent, excused, unanswered, broken_off, .. } = part;
            Spoken { speaker: id, crew, socket, room, sent, excused, unanswered, broken_off }
        };
        Gone {
            sockets: self.heard.into_iter().enumerate().filter_map(listener).collect(),
            spoken: self.parts.into_iter().map(spoken).collect(),
        }
    }
}

impl Crew {
    /// Until it is over.
    pub(super) async fn talk(&mut self, mut phase: watch::Receiver<Phase>) -> Gone {
        // nobody looks into what came while the scene was walked any more
        self.members.iter_mut().for_each(|member| member.inbox = VecDeque::new());
        let mut talk: Option<Talk> = None;
        loop {
            let now = phase.borrow_and_update().clone();
            match (now, &mut talk) {
                (Phase::Arriving, _) => {}
                (Phase::Talking(cue), None) => talk = Some(Talk::new(cue, self)),
                (Phase::Talking(_), Some(_)) => {}
                (Phase::Breaking(since), Some(talk)) => self.come_back(talk, since),
                (Phase::Breaking(_), None) => {}
                (Phase::Parting, _) => break,
            }
            if self.attend(&mut talk, &mut phase).await.is_err() {
                break;
            }
        }
        talk.map(|talk| talk.end(self)).unwrap_or_default()
    }

    /// Speaks and listens until there is something new to do; an error where nobody will say what.
    async fn attend(
        &mut self,
        talk: &mut Option<Talk>,
        phase: &mut watch::Receiver<Phase>,
    ) -> Result<(), watch::error::RecvError> {
        let wake = self.wake.clone();
        loop {
            let again = match talk {
                Some(talk) => self.speak(talk).await,
                None => None,
            };
            let pause = async {
                match again {
                    Some(at) => sleep_until(at.into()).await,
                    None => std::future::pending().await,
                }
            };
            let returned = async {
                match talk.as_mut().map(|talk| &mut talk.returning).filter(|returning| !returning.is_empty()) {
                    Some(returning) => returning.join_next().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                changed = phase.changed() => return changed,
                () = wake.notified() => {}
                () = pause => {}
                returned = returned => if let Some(Ok(returned)) = returned { self.welcome(returned).await },
                (socket, happening) = self.next() => self.listen(talk.as_mut(), socket, happening),
            }
        }
    }

    /// Sends what is due. When to look again, where nobody else says so.
    async fn speak(&mut self, talk: &mut Talk) -> Option<Instant> {
        let cue = talk.cue.clone();
        let mut again = None;
        for at in 0..talk.parts.len() {
            while let Some(part) = talk.parts.get_mut(at) {
                let now = Instant::now();
                let member = self.members.get(part.speaker.socket);
                let is_here = member.is_some_and(|member| member.line.is_some() && member.away.is_none());
                if now >= cue.end || !is_here {
                    break;
                }
                let due = cue.due(part.speaker.id, part.sent + 1);
                let meant = due.unwrap_or(now.max(cue.start));
                if meant > now {
                    again = again.min(Some(meant)).or(Some(meant));
                    break;
                }
                if !self.may_send(part, now) {
                    let look = part.stirred + self.shared.patience;
                    again = again.min(Some(look)).or(Some(look));
                    break;
                }
                if let Err(trouble) = self.say(part, &cue, meant).await {
                    self.shared.tally.errors.note(trouble);
                    break;
                }
            }
        }
        again
    }

    /// Whether no more is under way than may be.
    fn may_send(&self, part: &mut Part, now: Instant) -> bool {
        let in_flight = self.shared.manner.in_flight;
        let is_free = || (part.waiting.len() as u64) < in_flight && part.speaker.has_room(part.sent, in_flight);
        if is_free() {
            return true;
        }
        if now < part.stirred + self.shared.patience {
            return false;
        }
        // what is lost is not waited for for ever
        part.speaker.forgive_all(part.sent);
        part.unanswered += part.drop_waiting();
        true
    }

    async fn say(&mut self, part: &mut Part, cue: &Cue, meant: Instant) -> Result<(), Trouble> {
        let manner = &self.shared.manner;
        let number = part.sent + 1;
        let stamp = Stamp { speaker: part.speaker.id, number, meant: meant.saturating_duration_since(cue.start) };
        self.variables.insert(PAYLOAD.to_owned(), Node::text(cue.mark.write(&stamp, manner.payload)));
        let said = fill(&manner.frame, &self.variables).map_err(Trouble::new)?;
        part.sent = number;
        part.stirred = Instant::now();
        part.waiting.push_back((number, meant));
        part.speaker.waiting.fetch_add(1, Ordering::AcqRel);
        self.shared.tally.sent.add(1);
        self.send(part.speaker.socket, with_id(said, number).to_json()).await
    }

    fn listen(&mut self, talk: Option<&mut Talk>, socket: usize, happening: Happening) {
        let Some(member) = self.members.get_mut(socket) else { return };
        let text = match happening {
            Happening::Text(text) => text,
            Happening::Gone(_) => {
                if let Some(talk) = talk {
                    talk.excuse(socket);
                }
                return;
            }
        };
        let tally = &self.shared.tally;
        let Some(talk) = talk else {
            if let Some(frame) = frame(&text) {
                member.note(&frame, tally);
            }
            return;
        };
        if let Some(stamp) = talk.cue.mark.find(&text) {
            note_place(member, &text);
            let expected = self.shared.manner.audience;
            talk.hear(self.number, socket, member, &stamp, expected, tally);
            return;
        }
        let Some(frame) = frame(&text) else { return };
        member.note(&frame, tally);
        if member.is_back(self.number, &frame, tally) {
            talk.skip(socket);
        }
        talk.answer(self.number, socket, &frame, tally);
    }
}

impl Talk {
    /// A message came.
    fn hear(&mut self, crew: usize, socket: usize, member: &Member, stamp: &Stamp, expected: Audience, tally: &Tally) {
        let own = |part: &Part| part.speaker.socket == socket && part.speaker.id == stamp.speaker;
        // who comes back is told what it said itself, too
        if self.parts.iter().any(own) {
            return;
        }
        let Some(heard) = self.heard.get_mut(socket) else { return };
        let order = heard.entry(stamp.speaker).or_default().hear(stamp.number);
        match order {
            Order::Next => {}
            Order::Late => tally.disordered.add(1),
            Order::Again => {
                tally.repeated.add(1);
                return;
            }
        }
        tally.delivered.add(1);
        // what is told to somebody who comes back was not late because of the server
        if member.away.is_none() {
            tally.deliveries.note(crew, self.cue.start.elapsed().saturating_sub(stamp.meant));
        }
        if let (Audience::Room, Some(speaker)) = (expected, self.cue.speakers.get(stamp.speaker as usize)) {
            speaker.is_heard();
        }
    }

    /// The server answers a message, or says something else.
    fn answer(&mut self, crew: usize, socket: usize, frame: &Node, tally: &Tally) {
        let is_error = frame.kind() == Some("error");
        if is_error {
            tally.errors.note(refusal("a speaker", frame));
        }
        let Some(Shape::Int(id)) = frame.field("id").map(|id| &id.shape) else { return };
        for part in self.parts.iter_mut().filter(|part| part.speaker.socket == socket) {
            let found = part.waiting.iter().position(|(number, _)| i64::try_from(*number) == Ok(*id));
            let Some((number, meant)) = found.and_then(|at| part.waiting.remove(at)) else { continue };
            part.stirred = Instant::now();
            if is_error {
                part.excused.insert(number);
                tally.refused.add(1);
                part.speaker.forgive_one();
            } else {
                part.speaker.accepted.fetch_add(1, Ordering::AcqRel);
                tally.accepted.add(1);
                tally.answers.note(crew, meant.elapsed());
            }
            part.speaker.waiting.fetch_sub(1, Ordering::AcqRel);
            part.speaker.wake.notify_one();
        }
    }
}

/// A message with an id, so that it is answered.
fn with_id(node: Node, number: u64) -> Node {
    let Shape::Record(mut fields) = node.shape else { return node };
    let id = Shape::Int(i64::try_from(number).unwrap_or(i64::MAX)).into();
    fields.push(Field { at: Position::default(), name: "id".to_owned(), node: id });
    Shape::Record(fields).into()
}

/// Notes how far a socket has come in a room's order, which it must know to come back.
fn note_place(member: &mut Member, text: &str) {
    #[derive(serde::Deserialize)]
    struct Place<'a> {
        room: Option<&'a str>,
        seq: Option<u64>,
    }
    if member.token.is_some()
        && let Ok(Place { room, seq }) = serde_json::from_str(text)
    {
        member.hear(room, seq);
    }
}
