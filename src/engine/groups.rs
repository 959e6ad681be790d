//! Groups as delivery lists. Who receives a group is on its list and on the lists of all groups that it is `in`,
//! however far up, so that sending to a group is one output.

use super::ListId;
use super::lists::ListIds;
use crate::model::{GroupId, Model};
use crate::wind::SocketId;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// One group.
#[derive(Clone)]
pub(super) struct Group {
    /// Its delivery list.
    pub list: ListId,
    /// Who is on it.
    pub listed: BTreeSet<SocketId>,
    /// Itself and all that it is `in`.
    up: BTreeSet<Arc<str>>,
    /// The webhooks of all groups that it reaches, each once.
    pub webhooks: Vec<Arc<str>>,
}

/// All groups of a ruleset, by name.
#[derive(Clone, Default)]
pub(super) struct Groups {
    all: BTreeMap<Arc<str>, Group>,
    /// What the rules say that a client receives.
    by_client: BTreeMap<Arc<str>, BTreeSet<Arc<str>>>,
}

impl Groups {
    /// Nobody is on their lists.
    pub(super) fn new(model: &Model, lists: &mut ListIds) -> Self {
        let up: Vec<BTreeSet<GroupId>> =
            (0..model.groups.len()).map(|at| reach_up(model, GroupId(at as u32))).collect();
        let mut groups = Groups::default();
        for (at, (group, above)) in model.groups.iter().zip(&up).enumerate() {
            let one = Group {
                list: lists.take(),
                listed: BTreeSet::new(),
                up: above
                    .iter()
                    .filter_map(|id| model.groups.get(id.index()))
                    .map(|group| group.name.clone())
                    .collect(),
                webhooks: webhooks_below(model, &up, GroupId(at as u32)),
            };
            groups.all.insert(group.name.clone(), one);
            for client in &group.clients {
                groups.by_client.entry(client.clone()).or_default().insert(group.name.clone());
            }
        }
        groups
    }

    pub(super) fn get(&self, name: &str) -> Option<&Group> {
        self.all.get(name)
    }

    pub(super) fn get_mut(&mut self, name: &str) -> Option<&mut Group> {
        self.all.get_mut(name)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Group> {
        self.all.values()
    }

    /// Takes a socket off every list, and says which it was on.
    pub(super) fn take_off(&mut self, socket: SocketId) -> Vec<(Arc<str>, ListId)> {
        let listing = self.all.iter_mut().filter_map(|(name, group)| {
            let was_on = group.listed.remove(&socket);
            was_on.then(|| (name.clone(), group.list))
        });
        listing.collect()
    }

    /// The groups that a client receives because the rules name it.
    pub(super) fn of_client(&self, client: &str) -> impl Iterator<Item = &Arc<str>> {
        self.by_client.get(client).into_iter().flatten()
    }

    /// The clients that the rules name.
    pub(super) fn named_clients(&self) -> impl Iterator<Item = &Arc<str>> {
        self.by_client.keys()
    }

    /// The groups on whose lists somebody is who receives this one.
    pub(super) fn lists_of(&self, received: &str) -> impl Iterator<Item = &Arc<str>> {
        self.get(received).into_iter().flat_map(|group| &group.up)
    }

    /// Whether the same clients receive the same, and the same webhooks are told.
    pub(super) fn reach_the_same_as(&self, other: &Groups) -> bool {
        let same = |(name, group): (&Arc<str>, &Group)| {
            other.get(name).is_some_and(|other| group.up == other.up && group.webhooks == other.webhooks)
        };
        self.all.len() == other.all.len() && self.by_client == other.by_client && self.all.iter().all(same)
    }
}

/// The group and everything that it is `in`. Ends on a cycle too, though no ruleset that runs has one.
fn reach_up(model: &Model, from: GroupId) -> BTreeSet<GroupId> {
    let mut reached = BTreeSet::new();
    let mut waiting = vec![from];
    while let Some(next) = waiting.pop() {
        if reached.insert(next) {
            waiting.extend(model.groups.get(next.index()).into_iter().flat_map(|group| group.parents.iter().copied()));
        }
    }
    reached
}

fn webhooks_below(model: &Model, up: &[BTreeSet<GroupId>], top: GroupId) -> Vec<Arc<str>> {
    let below = model.groups.iter().zip(up).filter(|(_, up)| up.contains(&top));
    let names: BTreeSet<Arc<str>> = below.flat_map(|(group, _)| group.webhooks.iter().cloned()).collect();
    names.into_iter().collect()
}
