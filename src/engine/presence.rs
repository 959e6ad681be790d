//! Who is there: members of a room that have a socket on its list. Told where the rules say `presence`.

use super::facts::who;
use super::{Engine, Output};
use crate::envelope::{Outgoing, Who};
use crate::value::RoomKey;
use crate::wind::{Member, SocketId};
use std::sync::Arc;

impl Engine {
    /// A socket of this member is about to be put on the room's list.
    pub(super) fn count_in(&mut self, room: &RoomKey, member: &Member) {
        let present = self.house.rooms.get_mut(room).and_then(|room| room.present.as_mut());
        let Some(present) = present else { return };
        let sockets = present.entry(member.clone()).or_default();
        *sockets += 1;
        if *sockets == 1 {
            self.fan_to_room(room, &Outgoing::Joined { room, who: who(member) });
        }
    }

    /// A socket of this member has been taken off the room's list.
    pub(super) fn count_out(&mut self, room: &RoomKey, member: &Member) {
        let present = self.house.rooms.get_mut(room).and_then(|room| room.present.as_mut());
        let Some(present) = present else { return };
        let Some(sockets) = present.get_mut(member) else { return };
        *sockets -= 1;
        if *sockets == 0 {
            present.remove(member);
            self.fan_to_room(room, &Outgoing::Left { room, who: who(member) });
        }
    }

    /// Tells a socket that has just been put on the room's list who is there.
    pub(super) fn tell_who_is_here(&mut self, room: &RoomKey, socket: SocketId) {
        if let Some(frame) = self.render_here(room) {
            self.outbox.push_back(Output::Send { socket, frame });
        }
    }

    /// Who is there; none where the rules do not ask for presence.
    pub(super) fn render_here(&mut self, room: &RoomKey) -> Option<Arc<str>> {
        let present = self.house.rooms.get(room)?.present.as_ref()?;
        let count = present.len() as u64;
        let first: Vec<Member> = present.keys().take(self.settings.presence_members_max).cloned().collect();
        let first: Vec<Who<'_>> = first.iter().map(who).collect();
        Some(self.render(&Outgoing::Here { room, who: &first, count }))
    }

    fn fan_to_room(&mut self, room: &RoomKey, frame: &Outgoing<'_>) {
        let frame = self.render(frame);
        self.fan_room(room, None, &frame);
    }
}
