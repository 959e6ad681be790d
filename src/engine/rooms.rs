//! The rooms that somebody is in: who is a member, who is on the delivery list, how far its order has come.
//!
//! A room is made when it is first used and forgotten when its last member goes; its next `seq` then begins at 1
//! again, under another epoch.

use super::ListId;
use super::chance::Keyed;
use super::doubts::Doubts;
use super::lists::ListIds;
use super::recent::Log;
use crate::store::Keep;
use crate::value::{Millis, RoomKey};
use crate::wind::{Epoch, Member, Rules, SocketId};
use indexmap::IndexMap;
use indexmap::map::Entry;
use std::collections::{BTreeMap, BTreeSet};

/// One room.
#[derive(Clone)]
pub(super) struct Room {
    /// Its delivery list.
    pub list: ListId,
    /// Who is on it: the sockets that get what the room says.
    pub listed: BTreeSet<SocketId>,
    /// Who was on it when the rules changed, and has not been looked at since.
    pub doubts: Doubts,
    /// Who has been admitted.
    pub members: BTreeSet<Member>,
    /// How many sockets of each member are on the list; none where the rules do not ask for presence.
    pub present: Option<BTreeMap<Member, u32>>,
    /// Its latest posts, where the rules keep a history.
    pub log: Option<Log>,
    /// Whether a key is needed to be on the list.
    pub is_locked: bool,
    /// The `seq` of the latest post.
    pub seq: u64,
    /// Names this run of `seq`.
    pub epoch: u64,
    /// The ruleset by which it was last made up.
    pub settled: Epoch,
}

/// All rooms that somebody is in.
#[derive(Clone)]
pub(super) struct Rooms(IndexMap<RoomKey, Room, Keyed>);

impl Rooms {
    pub(super) fn new(keyed: Keyed) -> Self {
        Rooms(IndexMap::with_hasher(keyed))
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The room at a place of the table. Places change when a room goes: the last takes its place.
    pub(super) fn key_at(&self, place: usize) -> Option<RoomKey> {
        self.0.get_index(place).map(|(key, _)| key.clone())
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&RoomKey, &Room)> {
        self.0.iter()
    }

    /// The key as the table has it.
    pub(super) fn own_key(&self, key: &RoomKey) -> Option<RoomKey> {
        self.0.get_full(key).map(|(_, own, _)| own.clone())
    }

    pub(super) fn get(&self, key: &RoomKey) -> Option<&Room> {
        self.0.get(key)
    }

    pub(super) fn get_mut(&mut self, key: &RoomKey) -> Option<&mut Room> {
        self.0.get_mut(key)
    }

    /// The room, made if it is not there, and whether it was not. `epoch` is asked only then.
    pub(super) fn open(
        &mut self,
        rules: &Rules,
        key: &RoomKey,
        lists: &mut ListIds,
        epoch: impl FnOnce() -> u64,
    ) -> (&mut Room, bool) {
        let entry = self.0.entry(key.clone());
        let is_new = matches!(entry, Entry::Vacant(_));
        let room = entry.or_insert_with(|| {
            let settled = rules.epoch;
            let program = &rules.program;
            let rules = program.rules_of(key);
            Room {
                list: lists.take(),
                listed: BTreeSet::new(),
                doubts: Doubts::default(),
                members: BTreeSet::new(),
                present: rules.filter(|rules| rules.presence).map(|_| BTreeMap::new()),
                log: rules.and_then(keep_of).map(Log::new),
                is_locked: rules.is_none_or(|rules| !rules.requires.is_empty()),
                seq: 0,
                epoch: epoch(),
                settled,
            }
        });
        (room, is_new)
    }

    /// Forgets the room if nobody is in it and nothing of it is kept; what it was then.
    pub(super) fn forget_if_empty(&mut self, key: &RoomKey, lists: &mut ListIds, now: Millis) -> Option<Room> {
        let is_kept = |room: &Room| room.log.as_ref().is_some_and(|log| log.is_kept(room.seq, now));
        let is_empty =
            |room: &Room| room.members.is_empty() && room.listed.is_empty() && room.doubts.is_empty() && !is_kept(room);
        if !self.0.get(key).is_some_and(is_empty) {
            return None;
        }
        let room = self.0.swap_remove(key)?;
        lists.give_back(room.list);
        Some(room)
    }
}

/// What the rules keep of a room's posts.
pub(super) fn keep_of(rules: &crate::model::Room) -> Option<Keep> {
    let history = rules.history.filter(|history| history.count > 0)?;
    Some(Keep { count_max: history.count, age_max_ms: history.age })
}
