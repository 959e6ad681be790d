//! The rooms that somebody is in: who is a member, who is on the delivery list, how far its order has come.
//!
//! A room is made when it is first used and forgotten when its last member goes; its next `seq` then begins at 1
//! again, under another epoch.

use super::ListId;
use crate::machine::Program;
use crate::value::RoomKey;
use crate::wind::{Member, SocketId};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// One room.
#[derive(Clone)]
pub(super) struct Room {
    /// Its delivery list.
    pub list: ListId,
    /// Who is on it: the sockets that get what the room says.
    pub listed: BTreeSet<SocketId>,
    /// Who has been admitted.
    pub members: BTreeSet<Member>,
    /// How many sockets of each member are on the list; none where the rules do not ask for presence.
    pub present: Option<BTreeMap<Member, u32>>,
    /// Whether a key is needed to be on the list.
    pub is_locked: bool,
    /// The `seq` of the latest post.
    pub seq: u64,
    /// Names this run of `seq`.
    pub epoch: u64,
}

/// All rooms that somebody is in.
#[derive(Clone)]
pub(super) struct Rooms {
    open: HashMap<RoomKey, Room>,
    /// Lists that were a forgotten room's.
    free: Vec<ListId>,
    next_list: u32,
}

impl Rooms {
    /// No rooms; their lists have this id and higher ones.
    pub(super) fn new(first_list: u32) -> Self {
        Rooms { open: HashMap::new(), free: Vec::new(), next_list: first_list }
    }

    pub(super) fn len(&self) -> usize {
        self.open.len()
    }

    pub(super) fn get(&self, key: &RoomKey) -> Option<&Room> {
        self.open.get(key)
    }

    pub(super) fn get_mut(&mut self, key: &RoomKey) -> Option<&mut Room> {
        self.open.get_mut(key)
    }

    /// The room, made if it is not there. `epoch` is asked only then.
    pub(super) fn open(&mut self, program: &Program, key: &RoomKey, epoch: impl FnOnce() -> u64) -> &mut Room {
        let (free, next_list) = (&mut self.free, &mut self.next_list);
        self.open.entry(key.clone()).or_insert_with(|| {
            let rules = program.room_of(key).and_then(|(machine, _)| program.machine(machine).room());
            Room {
                list: free.pop().unwrap_or_else(|| fresh_list(next_list)),
                listed: BTreeSet::new(),
                members: BTreeSet::new(),
                present: rules.filter(|rules| rules.presence).map(|_| BTreeMap::new()),
                is_locked: rules.is_none_or(|rules| !rules.requires.is_empty()),
                seq: 0,
                epoch: epoch(),
            }
        })
    }

    /// Forgets the room if nobody is in it.
    pub(super) fn forget_if_empty(&mut self, key: &RoomKey) {
        let is_empty = |room: &Room| room.members.is_empty() && room.listed.is_empty();
        if self.open.get(key).is_some_and(is_empty)
            && let Some(room) = self.open.remove(key)
        {
            self.free.push(room.list);
        }
    }
}

fn fresh_list(next: &mut u32) -> ListId {
    let list = ListId(*next);
    *next = next.saturating_add(1);
    list
}
