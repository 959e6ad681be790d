//! A room is brought to the rules that became active since it was last used: at once, however many are on its list.

use super::Engine;
use super::doubts::Tally;
use super::rooms::keep_of;
use crate::machine::{Fate, Holders, KindChange};
use crate::value::RoomKey;
use crate::wind::{Epoch, Receiver};

/// How far a room has been brought to the active rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Settled {
    /// Everybody who was on its list has been looked at.
    Wholly,
    /// Some wait to be.
    InPart,
}

impl Engine {
    /// Brings the rooms of receivers to the active epoch, before anything is sent to them.
    pub(super) fn settle_receivers<'a>(&mut self, receivers: impl Iterator<Item = &'a Receiver>) {
        for receiver in receivers {
            match receiver {
                Receiver::Members(room) | Receiver::Everyone(room) => self.settle(room),
                Receiver::Client(_) | Receiver::Group(_) => {}
            }
        }
    }

    /// Brings a room to the active epoch: from here on its list is of those who are known to hold what it requires now.
    pub(super) fn settle(&mut self, key: &RoomKey) {
        if !self.is_moving() {
            return;
        }
        let active = self.epochs.active().epoch;
        let Some(room) = self.house.rooms.get_mut(key).filter(|room| room.settled != active) else { return };
        let from = std::mem::replace(&mut room.settled, active);
        let program = self.epochs.active().program.clone();
        let Some(rules) = program.rules_of(key) else { return self.give_up_room(key) };
        let (fate, is_revoked) = (self.fate_of_room(from, key), self.has_revoked_key_of(from, rules));
        if !is_revoked && matches!(fate, Some(Fate::Same(_))) {
            return;
        }
        let kind = fate.and_then(Fate::change).map(|change| change.kind);
        let may_stay = !is_revoked && matches!(kind, Some(KindChange::Room(_, Holders::Meet)));
        let Some(room) = self.house.rooms.get_mut(key) else { return };
        room.is_locked = !rules.requires.is_empty();
        let begins_presence = rules.presence && room.present.is_none();
        if !rules.presence {
            room.present = None;
        }
        if begins_presence {
            room.doubt_all(Tally::Missing, &mut self.house.lists);
        } else if !may_stay {
            room.doubt_all(Tally::Counted, &mut self.house.lists);
        }
        self.follow_history(key, keep_of(rules));
    }

    /// Goes on with a room, and looks at no more sockets than are left.
    pub(super) fn settle_some(&mut self, key: &RoomKey, left: &mut usize) -> Settled {
        self.settle(key);
        let is_gone = self.program().rules_of(key).is_none();
        while self.is_settled_in_part(key, is_gone) {
            if *left == 0 {
                return Settled::InPart;
            }
            *left -= 1;
            if is_gone { self.end_one_membership(key) } else { self.look_at_next(key) }
        }
        *left = left.saturating_sub(1);
        Settled::Wholly
    }

    fn is_settled_in_part(&self, key: &RoomKey, is_gone: bool) -> bool {
        let Some(room) = self.house.rooms.get(key) else { return false };
        !room.doubts.is_empty() || (is_gone && !room.members.is_empty())
    }

    fn fate_of_room(&self, from: Epoch, key: &RoomKey) -> Option<&Fate> {
        let machine = self.epochs.program(from).room_of(key).map(|(machine, _)| machine)?;
        Some(self.epochs.fates(from)?.machine(machine))
    }

    /// Whether keys that the room requires were revoked since.
    fn has_revoked_key_of(&self, from: Epoch, rules: &crate::model::Room) -> bool {
        let mut locks = rules.requires.iter().flat_map(|requirement| &requirement.locks);
        self.epochs.has_revoked_since(from)
            && locks.any(|call| self.epochs.is_revoked_since(from, &self.program().machine(call.lock).name))
    }

    /// The room is no longer there: whoever is a member is one no longer, one after the other.
    fn give_up_room(&mut self, key: &RoomKey) {
        if let Some(room) = self.house.rooms.get_mut(key) {
            (room.present, room.is_locked) = (None, true);
        }
        self.follow_history(key, None);
        self.touched.push(key.clone());
    }

    fn end_one_membership(&mut self, key: &RoomKey) {
        let member = self.house.rooms.get(key).and_then(|room| room.members.first().cloned());
        let Some(member) = member else { return self.look_at_next(key) };
        for socket in self.house.sockets_of(&member) {
            self.unlist(socket, key);
        }
        self.end_membership(&member, key);
    }
}
