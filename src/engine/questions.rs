//! Checks that a group answers: the question goes to everybody in it, and the first answer counts. People approve so, and
//! programs that connect like any client.
//!
//! A question is open until somebody has answered, its time is over, or nobody waits for it any more. It keeps what it was
//! asked with, so a reload changes nothing about it.

use super::facts::{House, who};
use super::regroup::Told;
use super::{Engine, Output};
use crate::envelope::{Outgoing, codes};
use crate::model::Type;
use crate::value::{Json, Millis, Value, hexadecimal};
use crate::wind::{Entropy, Event, Failure, Member, MessageId, SocketId, Ticket, Waits, read_answer};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// Questions of one client (or of one socket without a client) that are open at one time, so that none takes all places.
pub const QUESTIONS_PER_ASKER_MAX: usize = 4;
/// Questions that are over and are still known, for those who answer too late.
const QUESTIONS_OVER_MAX: usize = 1024;

/// Who answers each check that a group answers, by the name of the check.
pub type Services = BTreeMap<Arc<str>, Service>;

/// Who answers a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// The group that is asked.
    pub group: Arc<str>,
    /// How long a question is open at most, in milliseconds. Where the rules give it less time, it has less.
    pub within: Millis,
    /// Questions that are open at one time. One more fails with `busy`.
    pub open_max: usize,
}

/// What a check came to.
type Verdict = Result<Value, Arc<str>>;
/// Why an answer does not count: the error's code and words.
type Refused = (&'static str, Arc<str>);

/// A check that a frame waits for.
#[derive(Clone)]
struct Waiting {
    socket: SocketId,
    ticket: Ticket,
}

/// One question that is open.
#[derive(Clone)]
struct Question {
    waiting: Waiting,
    asker: Member,
    check: Arc<str>,
    args: Json,
    group: Arc<str>,
    gives: Type,
    /// When it was asked, in milliseconds since 1970.
    at: Millis,
    /// On the monotonic clock.
    due: Millis,
    order: u64,
}

/// What happens when its time has come.
#[derive(Clone)]
enum Due {
    /// A question is over; its name on the wire.
    Over(Arc<str>),
    /// A check fails that was never put to anybody.
    Refused(Waiting, &'static str),
}

/// Questions that are open, and those that were.
#[derive(Clone, Default)]
pub(super) struct Questions {
    /// By their names on the wire.
    open: BTreeMap<Arc<str>, Question>,
    /// In the order in which they were asked.
    due: BTreeMap<(Millis, u64), Due>,
    /// The latest that are over, and who was asked.
    over: VecDeque<(Arc<str>, Arc<str>)>,
    /// How many are open of each socket that has some.
    of_socket: BTreeMap<SocketId, u32>,
    asked: u64,
}

impl Questions {
    pub(super) fn first_due(&self) -> Option<Millis> {
        self.due.first_key_value().map(|((at, _), _)| *at)
    }

    fn add_due(&mut self, at: Millis, due: Due) -> u64 {
        self.asked += 1;
        self.due.insert((at, self.asked), due);
        self.asked
    }

    pub(super) fn is_none_open(&self) -> bool {
        self.open.is_empty()
    }

    fn open(&mut self, name: Arc<str>, question: Question) {
        *self.of_socket.entry(question.waiting.socket).or_default() += 1;
        self.open.insert(name, question);
    }

    fn close(&mut self, name: &Arc<str>) -> Option<Question> {
        let question = self.open.remove(name)?;
        self.due.remove(&(question.due, question.order));
        if let Some(count) = self.of_socket.get_mut(&question.waiting.socket) {
            *count -= 1;
        }
        self.of_socket.retain(|_, count| *count > 0);
        if self.over.len() >= QUESTIONS_OVER_MAX {
            self.over.pop_front();
        }
        self.over.push_back((name.clone(), question.group.clone()));
        Some(question)
    }

    /// Why one more cannot be asked, if it cannot.
    fn is_crowded(&self, check: &str, asker: &Member, open_max: usize) -> bool {
        let of_check = self.open.values().filter(|open| *open.check == *check);
        let of_asker = self.open.values().filter(|open| open.asker == *asker);
        of_check.count() >= open_max || of_asker.count() >= QUESTIONS_PER_ASKER_MAX
    }
}

impl Engine {
    /// A check is asked: of a group, where the settings say so, and otherwise of a verifier.
    pub(super) fn ask_check(
        &mut self,
        socket: SocketId,
        ticket: Ticket,
        check: Arc<str>,
        (args, within): (Vec<Value>, Millis),
    ) {
        let Some(service) = self.settings.services.get(&check).cloned() else {
            return self.outbox.push_back(Output::Check { socket, ticket, check, args, within });
        };
        let waiting = Waiting { socket, ticket };
        if let Err(why) = self.ask_group(&waiting, check.clone(), &args, within, &service) {
            let outcome = if why == "nobody is there" { "nobody" } else { why };
            self.count_question(&check, outcome);
            // not at once: a pass is under way
            self.questions.add_due(self.now.monotonic, Due::Refused(waiting, why));
        }
    }

    fn ask_group(
        &mut self,
        waiting: &Waiting,
        check: Arc<str>,
        args: &[Value],
        within: Millis,
        service: &Service,
    ) -> Result<(), &'static str> {
        let asker = self.house.member(waiting.socket).ok_or("unavailable")?;
        let (names, gives) = self.declared(waiting, &check).ok_or("unavailable")?;
        if self.questions.is_crowded(&check, &asker, service.open_max) {
            return Err("busy");
        }
        if !self.may_be_answered(&service.group, &asker) {
            return Err("nobody is there");
        }
        let name: Arc<str> = hexadecimal(&self.chance.fresh()).into();
        let due = self.now.monotonic.saturating_add(within.min(service.within));
        let order = self.questions.add_due(due, Due::Over(name.clone()));
        let args = Json::record(names.iter().map(|name| &**name).zip(args.iter().cloned()));
        let (waiting, group, at) = (waiting.clone(), service.group.clone(), self.now.wall);
        let question = Question { waiting, asker, check, args, group, gives, at, due, order };
        let frame = self.render(&outgoing(&name, &question, self.now.monotonic));
        self.fan_group(&service.group, Some(question.waiting.socket), &frame, Told::Question);
        self.questions.open(name, question);
        Ok(())
    }

    /// What the rules of the frame that waits call the check's parameters, and what the check gives.
    fn declared(&self, waiting: &Waiting, check: &str) -> Option<(Vec<Arc<str>>, Type)> {
        let stack = &self.house.sockets.get(waiting.socket)?.stack;
        let waits = |frame: &&crate::wind::Frame| frame.waits == Waits::Check(waiting.ticket);
        let frame = stack.frames.iter().chain(&stack.rooms).find(waits)?;
        let program = self.epochs.program(frame.epoch);
        let check = program.check(program.check_by_name(check)?);
        Some((check.params.iter().map(|param| param.name.clone()).collect(), check.gives.clone()))
    }

    /// Whether somebody is in the group who is not the asker.
    fn may_be_answered(&mut self, group: &str, asker: &Member) -> bool {
        let is_other = |socket: &SocketId, house: &House| house.member(*socket).as_ref() != Some(asker);
        loop {
            let listed = self.house.groups.get(group).map(|group| &group.listed);
            if listed.into_iter().flatten().any(|socket| is_other(socket, &self.house)) {
                return true;
            }
            if !self.look_at_next_in_groups() {
                return false;
            }
        }
    }

    /// A frame came that names a ticket.
    pub(super) fn receive_answer(&mut self, socket: SocketId, id: Option<MessageId>, ticket: &Arc<str>, answer: &Json) {
        self.look_at_groups(socket);
        match self.verdict(socket, ticket, answer) {
            Ok((waiting, verdict)) => {
                let Waiting { socket: asker, ticket } = waiting;
                self.run(asker, Event::Verdict { ticket, verdict });
                if let Some(id) = &id {
                    self.send(socket, &Outgoing::Ok { id, post: None });
                }
            }
            Err((code, message)) => {
                let failure = Failure { code, message, retry_after: None };
                self.send_error(socket, id.as_ref(), &failure, None);
            }
        }
    }

    /// What an answer means to whom. One that counts settles its question, which everybody who was asked is told.
    fn verdict(&mut self, socket: SocketId, ticket: &Arc<str>, answer: &Json) -> Result<(Waiting, Verdict), Refused> {
        let unreachable = || (codes::UNREACHABLE, "nothing here leads there".into());
        let Some(question) = self.questions.open.get(ticket) else {
            let was_asked = |(over, group): &(Arc<str>, Arc<str>)| over == ticket && self.is_in_group(socket, group);
            let is_over = self.questions.over.iter().any(was_asked);
            return Err(if is_over { (codes::TOO_LATE, "the question is over".into()) } else { unreachable() });
        };
        if !self.is_in_group(socket, &question.group) {
            return Err(unreachable());
        }
        // who asked as a socket may be a client by now
        let askers = [self.house.member(question.waiting.socket), Some(question.asker.clone())];
        let by = self.house.member(socket).filter(|by| !askers.iter().flatten().any(|asker| asker == by));
        let by = by.ok_or((codes::REFUSED, "who asks cannot answer".into()))?;
        let verdict = read_answer(&question.gives, answer).ok_or_else(|| (codes::BAD_ANSWER, shape(question)))?;
        let outcome = if verdict.is_ok() { "passed" } else { "failed" };
        let question = self.settle_question(ticket, outcome, Some(&by)).ok_or_else(unreachable)?;
        Ok((question.waiting, verdict))
    }

    fn is_in_group(&self, socket: SocketId, group: &str) -> bool {
        self.house.groups.get(group).is_some_and(|group| group.listed.contains(&socket))
    }

    /// A question is over, and everybody in its group is told.
    fn settle_question(&mut self, name: &Arc<str>, outcome: &'static str, by: Option<&Member>) -> Option<Question> {
        let question = self.questions.close(name)?;
        let frame = self.render(&Outgoing::Settled { ticket: name, outcome, by: by.map(who) });
        self.look_at_some_in_groups();
        self.fan_group(&question.group, Some(question.waiting.socket), &frame, Told::Question);
        self.count_question(&question.check, outcome);
        Some(question)
    }

    fn count_question(&mut self, check: &Arc<str>, outcome: &'static str) {
        *self.statistics.questions.entry(check.clone()).or_default().entry(outcome).or_default() += 1;
    }

    /// Whoever comes into a group is asked what is open there.
    pub(super) fn put_open_questions(&mut self, socket: SocketId, group: &str) {
        if self.questions.is_none_open() {
            return;
        }
        let mut open: Vec<(Arc<str>, Question)> = Vec::new();
        for (name, question) in &self.questions.open {
            if *question.group == *group && question.waiting.socket != socket {
                open.push((name.clone(), question.clone()));
            }
        }
        open.sort_by_key(|(_, question)| question.order);
        for (name, question) in &open {
            self.send(socket, &outgoing(name, question, self.now.monotonic));
        }
    }

    /// Questions of this socket that nobody waits for any more are over.
    pub(super) fn withdraw_questions(&mut self, socket: SocketId) {
        if !self.questions.of_socket.contains_key(&socket) {
            return;
        }
        let of_socket = self.questions.open.iter().filter(|(_, question)| question.waiting.socket == socket);
        let waiting: Vec<(Arc<str>, Ticket)> =
            of_socket.map(|(name, question)| (name.clone(), question.waiting.ticket)).collect();
        for (name, ticket) in waiting {
            let stack = self.house.sockets.get(socket).map(|socket| &socket.stack);
            let frames = stack.into_iter().flat_map(|stack| stack.frames.iter().chain(&stack.rooms));
            if !frames.into_iter().any(|frame| frame.waits == Waits::Check(ticket)) {
                self.settle_question(&name, "cancelled", None);
            }
        }
    }

    /// Lets the earliest question end whose time is over by then, if there is one.
    pub(super) fn end_due_question(&mut self, by: Millis) -> bool {
        let Some(entry) = self.questions.due.first_entry().filter(|entry| entry.key().0 <= by) else { return false };
        let (waiting, why) = match entry.remove() {
            Due::Refused(waiting, why) => (waiting, why),
            Due::Over(name) => match self.settle_question(&name, "too_slow", None) {
                Some(question) => (question.waiting, "too slow"),
                None => return true,
            },
        };
        let Waiting { socket, ticket } = waiting;
        self.run(socket, Event::Verdict { ticket, verdict: Err(why.into()) });
        self.run_jobs();
        true
    }
}

fn outgoing<'a>(ticket: &'a str, question: &'a Question, now: Millis) -> Outgoing<'a> {
    Outgoing::Question {
        args: &question.args,
        check: &question.check,
        ticket,
        group: &question.group,
        from: who(&question.asker),
        at: question.at,
        within_ms: question.due.saturating_sub(now),
    }
}

/// What an answer looks like, for whoever sent another.
fn shape(question: &Question) -> Arc<str> {
    let gives = question.gives.to_string();
    format!("answer with `passed`, of type `{gives}`, or with `failed` and a text that says why, and with nothing else")
        .into()
}
