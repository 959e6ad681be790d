//! Groups as delivery lists. Who receives a group is on its list and on the lists of all groups that it is `in`,
//! however far up, so that sending to a group is one output.

use super::ListId;
use crate::model::{GroupId, Model};
use crate::wind::SocketId;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// One group.
#[derive(Clone)]
pub(super) struct Group {
    pub name: Arc<str>,
    /// Its delivery list.
    pub list: ListId,
    /// Who is on it.
    pub listed: BTreeSet<SocketId>,
    /// Itself and all that it is `in`.
    up: BTreeSet<GroupId>,
    /// The webhooks of all groups that it reaches, each once.
    pub webhooks: Vec<Arc<str>>,
}

/// All groups of a ruleset.
#[derive(Clone)]
pub(super) struct Groups {
    all: Vec<Group>,
    /// What the rules say that a client receives.
    by_client: BTreeMap<Arc<str>, BTreeSet<GroupId>>,
}

impl Groups {
    /// Their lists are the first ones, in order.
    pub(super) fn new(model: &Model) -> Self {
        let up: Vec<BTreeSet<GroupId>> =
            (0..model.groups.len()).map(|at| reach_up(model, GroupId(at as u32))).collect();
        let all = model.groups.iter().zip(&up).enumerate().map(|(at, (group, above))| Group {
            name: group.name.clone(),
            list: ListId(at as u32),
            listed: BTreeSet::new(),
            up: above.clone(),
            webhooks: webhooks_below(model, &up, GroupId(at as u32)),
        });
        let mut groups = Groups { all: all.collect(), by_client: BTreeMap::new() };
        for (at, group) in model.groups.iter().enumerate() {
            for client in &group.clients {
                groups.by_client.entry(client.clone()).or_default().insert(GroupId(at as u32));
            }
        }
        groups
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn get(&self, id: GroupId) -> Option<&Group> {
        self.all.get(id.index())
    }

    pub(super) fn get_mut(&mut self, id: GroupId) -> Option<&mut Group> {
        self.all.get_mut(id.index())
    }

    /// Whatever the socket is on, for taking it off.
    pub(super) fn all_mut(&mut self) -> impl Iterator<Item = &mut Group> {
        self.all.iter_mut()
    }

    /// The groups that a client receives because the rules name it.
    pub(super) fn of_client(&self, client: &str) -> impl Iterator<Item = GroupId> + '_ {
        self.by_client.get(client).into_iter().flatten().copied()
    }

    /// The groups on whose lists somebody is who receives this one.
    pub(super) fn lists_of(&self, received: GroupId) -> impl Iterator<Item = GroupId> + '_ {
        self.get(received).into_iter().flat_map(|group| group.up.iter().copied())
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
