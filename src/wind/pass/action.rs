//! What is done on the way: actions, in order.

use super::super::eval::{Env, coerce};
use super::super::{Effect, Member, Receiver, Role};
use super::{Pass, Stepped};
use crate::model::{Action, ActionKind, CLIENT_ID_LENGTH_MAX, Dest, RoomCall};
use crate::value::{RoomKey, Value};
use std::sync::Arc;

impl<'rules> Pass<'rules> {
    /// Does actions in order, on entry. False if one of them failed the lock, so that nothing may follow.
    pub(super) fn perform_all(&mut self, at: u64, env: &Env<'_>, actions: &[Action]) -> Stepped<bool> {
        let Some(why) = self.perform_each(at, env, actions)? else { return Ok(true) };
        if matches!(self.frame(at).map(|frame| &frame.role), Some(Role::Lock(_))) {
            self.leave_state(at)?;
            self.fail(at, why)?;
        }
        Ok(false)
    }

    /// Does actions in order, up to an `identify` that cannot be: then why, and the lock is to fail.
    pub(super) fn perform_each(&mut self, at: u64, env: &Env<'_>, actions: &[Action]) -> Stepped<Option<Arc<str>>> {
        for action in actions {
            if let ActionKind::Identify(client) = &action.kind {
                let client = self.eval_text(env, client);
                if let Err(why) = self.identify(client) {
                    return Ok(Some(why));
                }
            } else {
                self.perform(at, env, action)?;
            }
        }
        Ok(None)
    }

    fn perform(&mut self, at: u64, env: &Env<'_>, action: &Action) -> Stepped {
        match &action.kind {
            ActionKind::Ask(content) => {
                let content = self.eval_content(env, content);
                let ask = Effect::Ask { content, by: address_of(env), depth: self.depth(at) };
                self.emit(ask);
            }
            ActionKind::Say(content) => {
                let content = self.eval_content(env, content);
                let say = Effect::Say { content, by: address_of(env) };
                self.emit(say);
            }
            ActionKind::Post(content) => self.post(env, content),
            ActionKind::Tell(dest, content) => {
                let content = self.eval_content(env, content);
                if let Some(receiver) = self.receiver(env, dest) {
                    self.emit(Effect::Tell { receiver, content, mail: env.machine.mail_terms() });
                }
            }
            ActionKind::Signal(dest, signal, value) => {
                let value = value.as_ref().map_or(Value::None, |value| self.eval(env, value));
                if let Some(receiver) = self.receiver(env, dest) {
                    let signal = env.program.model.signals.get(signal.index());
                    self.work.effects.extend(signal.map(|signal| Effect::Signal {
                        receiver,
                        signal: signal.clone(),
                        value,
                    }));
                }
            }
            // Done by `perform_each`, which has to know whether it could be.
            ActionKind::Identify(_) => {}
            ActionKind::Set(attribute, value) => {
                let Some(known) = env.program.model.attributes.get(attribute.index()) else { return Ok(()) };
                let value = coerce(self.eval(env, value), &known.ty);
                self.work.written.push((known.name.clone(), value.clone()));
                self.emit(Effect::Set(known.name.clone(), value));
            }
            ActionKind::Leave(call) => {
                let room = self.room_called(env, call);
                // Nobody leaves the entry room, and so no rule does.
                if !self.is_entry(&room) && self.is_in(&room) {
                    self.quit_room(&room)?;
                }
            }
        }
        Ok(())
    }

    pub(super) fn room_called(&mut self, env: &Env<'_>, call: &RoomCall) -> RoomKey {
        let args = self.eval_args(env, &call.args, &env.program.machine(call.room).params);
        env.program.room_key(call.room, &args)
    }

    fn post(&mut self, env: &Env<'_>, content: &crate::model::Expr) {
        let content = self.eval_content(env, content);
        let (Some(room), Some(rules)) = (env.room.clone(), env.machine.room()) else { return };
        let id = env.message.and_then(|message| message.id.clone());
        if rules.posts_to.is_empty() {
            return self.emit(Effect::Post { room, content, also: Vec::new(), members: true, id });
        }
        let is_members = |dest: &Dest| matches!(dest, Dest::Members | Dest::Everyone);
        let members = rules.posts_to.iter().any(is_members);
        let others = rules.posts_to.iter().filter(|dest| !is_members(dest));
        let also = others.filter_map(|dest| self.receiver(env, dest)).collect();
        self.emit(Effect::Post { room, content, also, members, id });
    }

    /// Whom a destination reaches; none where its value is missing.
    fn receiver(&mut self, env: &Env<'_>, dest: &Dest) -> Option<Receiver> {
        match dest {
            Dest::Members => env.room.clone().map(Receiver::Members),
            Dest::Everyone => env.room.clone().map(Receiver::Everyone),
            Dest::Room(call) => Some(Receiver::Everyone(self.room_called(env, call))),
            Dest::Group(group) => {
                env.program.model.groups.get(group.index()).map(|group| Receiver::Group(group.name.clone()))
            }
            Dest::Value(value) => match self.eval(env, value) {
                Value::Client(client) | Value::Text(client) | Value::Nonce(client) => Some(Receiver::Client(client)),
                Value::Room(room) => Some(Receiver::Everyone(room)),
                Value::Group(name) => Some(Receiver::Group(name)),
                Value::None
                | Value::Bool(_)
                | Value::Int(_)
                | Value::Number(_)
                | Value::Secret(_)
                | Value::Duration(_)
                | Value::Time(_)
                | Value::Json(_) => None,
            },
        }
    }

    /// The socket is this client from here on; why not, if it cannot be.
    pub(super) fn identify(&mut self, client: Option<Arc<str>>) -> Result<(), Arc<str>> {
        let client = client.filter(|client| is_client_id(client)).ok_or("this cannot name a client")?;
        match self.client() {
            Some(known) if *known == client => Ok(()),
            Some(_) => Err("this socket is another client already".into()),
            None => {
                let member = Member::Client(client.clone());
                let was_in = |room: &RoomKey| self.facts.is_member(room, &member);
                let lasts = self.socket().unidentified_in.as_ref().is_some_and(was_in);
                let socket = self.socket_mut();
                socket.client = Some(client.clone());
                if lasts {
                    socket.unidentified_in = None;
                }
                self.emit(Effect::Identify(client));
                Ok(())
            }
        }
    }
}

/// The address for people, also when the frame has just gone.
fn address_of(env: &Env<'_>) -> Arc<str> {
    match &env.room {
        Some(room) => super::super::stack::room_address(room),
        None => format!("lock:{}", env.machine.name).into(),
    }
}

fn is_client_id(id: &str) -> bool {
    let length = id.chars().count();
    (1..=CLIENT_ID_LENGTH_MAX as usize).contains(&length) && !id.chars().any(char::is_control)
}
