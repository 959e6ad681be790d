//! One pass of one socket, and what it wants done, in order.

use super::deliver::Posted;
use super::statistics::cause;
use super::{CloseCode, Engine};
use crate::envelope::Outgoing;
use crate::value::RoomKey;
use crate::wind::{self, Effect, Event, Failure, MessageId, Outcome, SocketId};

impl Engine {
    /// Runs one pass, under the rules that are active now, and does what it wants done. What follows for other sockets waits in
    /// `jobs`.
    pub(super) fn run(&mut self, id: SocketId, event: Event) {
        if self.is_moving() {
            self.move_socket(id);
        }
        self.run_pass(id, event);
    }

    pub(super) fn run_pass(&mut self, id: SocketId, event: Event) {
        if !self.house.sockets.swap_stack(id, &mut self.lent) {
            return;
        }
        let (cause, is_time) = (cause(&event), matches!(event, Event::Tick));
        let before = self.before_message(&event);
        let mut outcome = self.pass(id, event);
        self.statistics.passes += 1;
        if let Some(before) = before.filter(|_| self.keeps_a_post(&outcome)) {
            return self.refuse_for_space(id, before);
        }
        if outcome.has_changed {
            self.lent.give_back_spare_memory();
        }
        self.house.sockets.swap_stack(id, &mut self.lent);
        self.statistics.steps += u64::from(outcome.steps);
        self.statistics.overruns += u64::from(outcome.overrun);
        self.statistics.count_locks(&outcome.ended, cause);
        self.note_pins(id);
        self.refresh_if_changed(id, &outcome);
        for effect in outcome.effects.drain(..) {
            self.apply(id, effect);
        }
        let has_changed = outcome.has_changed;
        self.workspace.take_back(outcome);
        self.posted.clear();
        self.withdraw_questions(id);
        // what has not changed has the deadlines that it had, but for the one that has come
        if has_changed || is_time {
            self.queue_deadline(id);
        }
        self.forget_empty_rooms();
    }

    fn pass(&mut self, id: SocketId, event: Event) -> Outcome {
        let (epochs, house, chance, work) = (&self.epochs, &self.house, &mut self.chance, &mut self.workspace);
        let stack = &mut self.lent;
        if !self.traces.wants(id) {
            return wind::pass(epochs, house, chance, self.now, stack, event, work);
        }
        let (outcome, trace) = wind::pass_traced(epochs, house, chance, self.now, stack, event, work);
        self.traces.add(id, trace, self.settings.traces_max);
        outcome
    }

    /// What a token stands for is written down before anybody is told of it.
    fn refresh_if_changed(&mut self, id: SocketId, outcome: &Outcome) {
        if outcome.has_moved || outcome.has_other_keys {
            self.store_place(id);
        }
        if outcome.has_other_keys {
            self.refresh_all(id);
        }
    }

    fn apply(&mut self, socket: SocketId, effect: Effect) {
        match effect {
            Effect::Ask { content, by, depth } => {
                self.send(socket, &Outgoing::Ask { content: &content, by: &by, depth });
            }
            Effect::Say { content, by } => self.send(socket, &Outgoing::Say { content: &content, by: &by }),
            Effect::Post { room, content, also, members, id } => {
                let members = if members { Posted::ToMembers } else { Posted::Elsewhere };
                self.post(socket, &room, (&content, id.as_ref()), &also, members);
            }
            Effect::Tell { receiver, content, mail } => self.tell(socket, &receiver, &content, mail),
            Effect::Signal { receiver, signal, value } => self.signal(socket, &receiver, &signal, &value),
            Effect::Identify(client) => self.identify(socket, &client),
            Effect::Set(attribute, value) => self.set_attribute(socket, &attribute, value),
            Effect::Enter(room) => {
                self.count_lobby(socket, &room);
                self.enter(socket, &room);
            }
            // Where a socket stands, its stack knows.
            Effect::Depart(_) => {}
            Effect::Quit(room) => self.quit(socket, &room),
            Effect::Receive(group) => self.receive(socket, &group),
            Effect::Check { ticket, check, args, within } => self.ask_check(socket, ticket, check, (args, within)),
            Effect::Ok(id) => self.send_ok(socket, &id),
            Effect::Error { id, failure, by } => {
                self.note_refusal(by.as_ref(), &failure);
                self.send_error(socket, id.as_ref(), &failure, by.as_deref());
            }
            Effect::Drop(reason) => self.close(socket, CloseCode::DROPPED, &reason, None),
            Effect::ComeBack(reason) => self.close(socket, CloseCode::RULES_CHANGED, &reason, Some(0)),
        }
    }

    /// Whoever comes into another room for the first time was in the entry room until now.
    fn count_lobby(&mut self, socket: SocketId, room: &RoomKey) {
        if self.house.is_entry(room) {
            return;
        }
        let waiting = self.house.sockets.get_mut(socket).and_then(|socket| socket.in_lobby_since.take());
        if let Some(since) = waiting {
            self.statistics.lobby.count(self.now.monotonic.saturating_sub(since));
        }
    }

    /// Tells where the post stands, if the message brought one about.
    fn send_ok(&mut self, socket: SocketId, id: &MessageId) {
        let at = self.posted.iter().position(|(posted, _, _)| posted == id);
        let post = at.map(|at| self.posted.swap_remove(at));
        let post = post.as_ref().map(|(_, room, seq)| (room, *seq));
        self.send(socket, &Outgoing::Ok { id, post });
    }

    pub(super) fn send_error(&mut self, socket: SocketId, id: Option<&MessageId>, failure: &Failure, by: Option<&str>) {
        let Failure { code, message, retry_after } = failure;
        self.send(socket, &Outgoing::Error { code, message, retry_after_ms: *retry_after, id, by });
    }
}
