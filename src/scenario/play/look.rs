//! What holds at this moment, as claims see it.

use super::{Player, Trouble, said};
use crate::scenario::hole::fill;
use crate::scenario::node::{Node, Position, Shape};
use crate::scenario::scene::{About, Claim, Who};
use crate::scenario::stage::value_shown;
use crate::value::RoomKey;
use crate::wind::{Member, Role, frame_names};

impl Player<'_> {
    pub(super) fn check_claim(&mut self, claim: &Claim, acting: Option<&str>) -> Result<(), Trouble> {
        let (what, actual) = self.look_at(claim, acting)?;
        if claim.pattern.matches(&actual, &mut self.variables) {
            return Ok(());
        }
        let (_, problem) = self.unequal(&claim.pattern, format!("{what} should have been"), &actual);
        Err((claim.at, problem))
    }

    /// What a claim is about, in words and as it is.
    fn look_at(&self, claim: &Claim, acting: Option<&str>) -> Result<(String, Node), Trouble> {
        let of_socket = |word: &str, who: &Who, look: fn(&Self, &str) -> Node| {
            let socket = self.who(who, acting, claim.at)?;
            Ok((format!("the {word} of `{socket}`"), look(self, &socket)))
        };
        match &claim.about {
            About::Stack(who) => of_socket("stack", who, Self::stack_of),
            About::State(who) => of_socket("state", who, Self::state_of),
            About::Keys(who) => of_socket("keys", who, Self::keys_of),
            About::Client(who) => of_socket("client", who, Self::client_of),
            About::Rooms(who) => of_socket("rooms", who, Self::rooms_of),
            About::Members(room) => {
                let room = self.filled_name(claim.at, room)?;
                let Some((_, _, key)) = self.program.room_by_address(&room) else {
                    return Err(said(claim.at, format!("there is no room `{room}`")));
                };
                Ok((format!("the members of `{room}`"), self.members_of(&key)))
            }
            About::Attributes(client) => {
                let client = self.filled_name(claim.at, client)?;
                Ok((format!("the attributes of `{client}`"), self.attributes_of(&client)))
            }
            About::Passes => {
                let passes = i64::try_from(self.stage.passes).unwrap_or(i64::MAX);
                Ok(("the passes of this step".to_owned(), Shape::Int(passes).into()))
            }
        }
    }

    /// A name with every `${…}` filled in.
    fn filled_name(&self, at: Position, name: &str) -> Result<String, Trouble> {
        let filled = fill(&Node::text(name), &self.variables).map_err(|error| said(at, error))?;
        Ok(filled.as_text().map_or_else(|| filled.to_json(), str::to_owned))
    }

    fn stack_of(&self, socket: &str) -> Node {
        let names = self.stage.stack_of(socket).map(|stack| frame_names(self.stage.engine.epochs(), stack));
        texts(names.unwrap_or_default())
    }

    fn client_of(&self, socket: &str) -> Node {
        let client = self.stage.stack_of(socket).and_then(|stack| stack.client.clone());
        client.map_or(Shape::Null.into(), |client| Node::text(&*client))
    }

    fn members_of(&self, room: &RoomKey) -> Node {
        let members = self.stage.engine.room_members(room);
        let mut names: Vec<String> = members.iter().map(|member| self.member_name(member)).collect();
        names.sort();
        texts(names)
    }

    fn state_of(&self, socket: &str) -> Node {
        let top = self.stage.stack_of(socket).and_then(|stack| stack.top());
        let name = top.map(|frame| self.program.state(frame.machine, frame.state).name.clone());
        name.filter(|name| !name.is_empty()).map_or(Shape::Null.into(), |name| Node::text(&*name))
    }

    fn keys_of(&self, socket: &str) -> Node {
        let keys = self.stage.stack_of(socket).map(|stack| stack.keys.as_slice()).unwrap_or_default();
        let held = keys.iter().filter(|key| key.opens(self.stage.now));
        let mut held: Vec<(&str, Node)> = held.map(|key| (&*key.kind.lock, value_shown(&key.value))).collect();
        held.sort_by_key(|(lock, _)| *lock);
        Node::list(held.into_iter().map(|key| Node::record([key])))
    }

    fn rooms_of(&self, socket: &str) -> Node {
        let Some(stack) = self.stage.stack_of(socket) else { return texts(Vec::new()) };
        let mut rooms = match &stack.client {
            Some(client) => self.stage.engine.client_rooms(client),
            None => stack.rooms.iter().filter_map(|frame| role_room(&frame.role)).collect(),
        };
        rooms.sort();
        texts(rooms.iter().map(|room| room.0.to_string()).collect())
    }

    fn attributes_of(&self, client: &str) -> Node {
        Node::record(self.program.model.attributes.iter().filter_map(|attribute| {
            let value = self.stage.engine.client_attribute(client, &attribute.name)?;
            Some((attribute.name.to_string(), value_shown(&value)))
        }))
    }

    fn member_name(&self, member: &Member) -> String {
        match member {
            Member::Client(client) => client.to_string(),
            Member::Socket(socket) => format!("socket:{}", self.stage.name_of(*socket)),
        }
    }
}

fn role_room(role: &Role) -> Option<RoomKey> {
    match role {
        Role::Room(room) => Some(room.clone()),
        Role::Gate { .. } | Role::Lock(_) => None,
    }
}

fn texts(texts: Vec<String>) -> Node {
    Node::list(texts.into_iter().map(Node::text))
}
