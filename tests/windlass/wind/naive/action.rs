//! What arms do.

use super::eval::Bound;
use super::{Closed, Naive};
use serde_json::{Value as Json, json};
use windlass::syntax::ast::{Action, ActionKind, Dest, DestKind};

impl Naive {
    /// Does them in order. False: the lock failed on the way, and nothing that follows is done.
    pub fn act(&mut self, who: u64, bound: &Bound, actions: &[Action]) -> Result<bool, Closed> {
        for action in actions {
            if !self.do_one(who, bound, &action.kind)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn do_one(&mut self, who: u64, bound: &Bound, action: &ActionKind) -> Result<bool, Closed> {
        match action {
            ActionKind::Ask(content) => {
                let content = self.value(who, bound, content);
                self.prompt(who, content);
            }
            ActionKind::Say(content) => {
                let content = self.value(who, bound, content);
                let by = self.socket.frame(who).map(|frame| frame.called().to_owned());
                self.effects.push(json!({ "say": content, "by": by }));
            }
            ActionKind::Post(content) => self.post(who, &self.value(who, bound, content)),
            ActionKind::Tell(dest, content) => {
                let content = self.value(who, bound, content);
                if let Some(receiver) = self.receiver(who, bound, dest) {
                    self.effects.push(json!({ "tell": content, "receiver": receiver }));
                }
            }
            ActionKind::Signal(dest, name, value) => {
                let value = value.as_ref().map_or(Json::Null, |value| self.value(who, bound, value));
                if let Some(receiver) = self.receiver(who, bound, dest) {
                    self.effects.push(json!({ "signal": &*name.node, "value": value, "receiver": receiver }));
                }
            }
            ActionKind::Identify(client) => return self.identify(who, &self.value(who, bound, client)),
            ActionKind::Set(attribute, value) => {
                let value = self.value(who, bound, value);
                let client = self.socket.client.clone().unwrap_or_default();
                self.world.attributes.insert((client, attribute.node.to_string()), value.clone());
                self.effects.push(json!({ "set": &*attribute.node, "value": value }));
            }
            ActionKind::Leave(room) => {
                let room = self.room_named(who, bound, room);
                self.leave_room(&room)?;
            }
        }
        Ok(true)
    }

    pub fn prompt(&mut self, who: u64, content: Json) {
        let depth = self.socket.stack_up().position(|frame| frame.born == who).unwrap_or(0);
        let by = self.socket.frame(who).map(|frame| frame.called().to_owned());
        self.effects.push(json!({ "ask": content, "by": by, "depth": depth }));
    }

    fn post(&mut self, who: u64, content: &Json) {
        let Some(frame) = self.socket.frame(who).cloned() else { return };
        let room = frame.room().unwrap_or_default().to_owned();
        let dests = self.rules.posts_to(&frame.machine);
        let is_members = |dest: &Dest| matches!(dest.kind, DestKind::Members);
        let members = dests.as_ref().is_none_or(|dests| dests.iter().any(is_members));
        let others = dests.iter().flatten().filter(|dest| !is_members(dest));
        let also: Vec<Json> = others.filter_map(|dest| self.receiver(who, &Bound::nothing(), dest)).collect();
        self.effects.push(json!({ "post": content, "room": room, "also": also, "members": members }));
    }

    /// `members:hall`, `everyone:hall`, `client:ada`, `group:audit`; nobody where the value is missing.
    fn receiver(&self, who: u64, bound: &Bound, dest: &Dest) -> Option<Json> {
        let here = self.socket.frame(who).and_then(|frame| frame.room()).unwrap_or_default();
        let value = match &dest.kind {
            DestKind::Members => return Some(Json::from(format!("members:{here}"))),
            DestKind::Everyone => return Some(Json::from(format!("everyone:{here}"))),
            DestKind::Named(apply) => {
                let name = &*apply.name.node;
                match self.local(who, bound, name) {
                    Some(value) => value,
                    None if self.rules.rooms.contains_key(name) => {
                        return Some(Json::from(format!("everyone:{}", self.room_named(who, bound, apply))));
                    }
                    None if self.rules.groups.iter().any(|group| group == name) => {
                        return Some(Json::from(format!("group:{name}")));
                    }
                    None => self.rules.lets.get(name).map_or(Json::Null, |value| self.value(who, bound, value)),
                }
            }
            DestKind::Value(written) => self.value(who, bound, written),
        };
        let text = value.as_str()?;
        let receiver = match text.split_once(':') {
            Some(("room", room)) => format!("everyone:{room}"),
            Some(("group", _)) => text.to_owned(),
            Some(_) | None => format!("client:{text}"),
        };
        Some(Json::from(receiver))
    }

    fn identify(&mut self, who: u64, client: &Json) -> Result<bool, Closed> {
        let id = client.as_str().filter(|id| super::types::is_client_id(id)).map(str::to_owned);
        let other = self.socket.client.is_some() && self.socket.client != id;
        let Some(id) = id.clone().filter(|_| !other) else {
            // What goes cannot fail any more.
            if self.leaving == 0 {
                let why =
                    if id.is_none() { "this cannot name a client" } else { "this socket is another client already" };
                self.fail_amid(who, json!(why))?;
            }
            return Ok(false);
        };
        if self.socket.client.is_none() {
            let lasting = self.socket.standing.as_ref().is_some_and(|room| self.world.is_member(room, &id));
            if lasting {
                self.socket.entered_unknown = None;
            }
            self.world.identify(&id);
            self.socket.client = Some(id.clone());
            self.effects.push(json!({ "identify": id }));
        }
        Ok(true)
    }
}
