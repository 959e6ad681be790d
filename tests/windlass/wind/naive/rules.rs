//! A ruleset as the author wrote it, looked up by name whenever something is needed. Nothing is resolved or
//! typed beforehand.

use std::collections::BTreeMap;
use windlass::diagnostic::SourceMap;
use windlass::syntax::ast::{
    Action, Apply, Arm, Attribute, Dest, Expr, File, Follow, Item, Let, LockItem, Param, PropertyKind, RoomItem,
    Statement, TargetKind, Trigger, Type,
};
use windlass::syntax::parse_file;

/// Everything that stands at the top level, by name.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    pub entry: String,
    pub rooms: BTreeMap<String, RoomItem>,
    pub locks: BTreeMap<String, LockItem>,
    pub shapes: BTreeMap<String, Type>,
    pub lets: BTreeMap<String, Expr>,
    pub groups: Vec<String>,
    pub attributes: Vec<Attribute>,
}

/// A requirement of a room.
#[derive(Clone, Debug)]
pub struct Requirement {
    pub locks: Vec<Apply>,
    pub otherwise: Option<Follow>,
}

/// An arm that needs no event: of `when`, `else` and `match` alike.
#[derive(Clone, Debug)]
pub struct Eventless {
    pub subject: Option<(Expr, Type)>,
    pub bind: Option<String>,
    pub guard: Option<Expr>,
    pub follow: Follow,
}

impl Rules {
    /// Reads the texts. Whether they may run is not asked here.
    pub fn read(sources: &SourceMap) -> Rules {
        let files: Vec<File> = sources.iter().map(|(id, _)| parse_file(sources, id).file).collect();
        let mut rules = Rules::default();
        for item in files.into_iter().flat_map(|file| file.items) {
            rules.keep(item);
        }
        rules
    }

    fn keep(&mut self, item: Item) {
        match item {
            Item::Entry(name) => self.entry = name.node.to_string(),
            Item::Client(client) => self.attributes = client.attributes,
            Item::Group(group) => self.groups.push(group.name.node.to_string()),
            Item::Room(room) => {
                self.rooms.insert(room.name.node.to_string(), room);
            }
            Item::Lock(lock) => {
                self.locks.insert(lock.name.node.to_string(), lock);
            }
            Item::Shape(shape) => {
                self.shapes.insert(shape.name.node.to_string(), shape.ty);
            }
            Item::Let(constant) => {
                self.lets.insert(constant.name.node.to_string(), constant.value);
            }
            Item::Check(_) | Item::Prove(_) => {}
        }
    }

    fn body(&self, machine: &str) -> &[Statement] {
        let room = self.rooms.get(machine).map(|room| &room.body[..]);
        room.or_else(|| self.locks.get(machine).map(|lock| &lock.body[..])).unwrap_or_default()
    }

    pub fn params(&self, machine: &str) -> &[Param] {
        let room = self.rooms.get(machine).map(|room| &room.params[..]);
        room.or_else(|| self.locks.get(machine).map(|lock| &lock.params[..])).unwrap_or_default()
    }

    /// The `let`s of a room or lock, in order.
    pub fn lets_of(&self, machine: &str) -> Vec<Let> {
        let kept = |statement: &Statement| match statement {
            Statement::Let(value) => Some(value.clone()),
            _ => None,
        };
        self.body(machine).iter().filter_map(kept).collect()
    }

    fn properties(&self, machine: &str) -> impl Iterator<Item = &PropertyKind> {
        self.body(machine).iter().filter_map(|statement| match statement {
            Statement::Property(property) => Some(&property.kind),
            _ => None,
        })
    }

    /// The names of the states; one nameless where none is written.
    pub fn states(&self, machine: &str) -> Vec<String> {
        let named = |statement: &Statement| match statement {
            Statement::State(state) => Some(state.name.node.to_string()),
            _ => None,
        };
        let states: Vec<String> = self.body(machine).iter().filter_map(named).collect();
        if states.is_empty() { vec![String::new()] } else { states }
    }

    pub fn state_params(&self, machine: &str, wanted: &str) -> Vec<Param> {
        let found = self.body(machine).iter().find_map(|statement| match statement {
            Statement::State(state) if *state.name.node == *wanted => Some(state.params.clone()),
            _ => None,
        });
        found.unwrap_or_default()
    }

    /// What belongs to a state: its body, or the machine's where no state is written.
    fn state_body(&self, machine: &str, wanted: &str) -> &[Statement] {
        if wanted.is_empty() {
            return self.body(machine);
        }
        let found = self.body(machine).iter().find_map(|statement| match statement {
            Statement::State(state) if *state.name.node == *wanted => Some(&state.body[..]),
            _ => None,
        });
        found.unwrap_or_default()
    }

    /// What belongs to the machine and not to a state.
    fn machine_body(&self, machine: &str) -> &[Statement] {
        if self.states(machine) == [""] { &[] } else { self.body(machine) }
    }

    pub fn state_arms(&self, machine: &str, state: &str) -> Vec<Arm> {
        arms(self.state_body(machine, state))
    }

    pub fn machine_arms(&self, machine: &str) -> Vec<Arm> {
        arms(self.machine_body(machine))
    }

    /// `on arrive` belongs to the room, whether it writes states or not.
    pub fn arrive_arms(&self, room: &str) -> Vec<Arm> {
        arms(self.body(room)).into_iter().filter(|arm| arm.trigger == Trigger::Arrive).collect()
    }

    pub fn state_entry(&self, machine: &str, state: &str) -> Vec<Action> {
        entry(self.state_body(machine, state))
    }

    pub fn machine_entry(&self, machine: &str) -> Vec<Action> {
        entry(self.machine_body(machine))
    }

    pub fn eventless(&self, machine: &str, state: &str) -> Vec<Eventless> {
        let mut found = Vec::new();
        for statement in self.state_body(machine, state) {
            match statement {
                Statement::Arm(arm) if matches!(arm.trigger, Trigger::When | Trigger::Else) => {
                    let (guard, follow) = (arm.guard.clone(), arm.follow.clone());
                    found.push(Eventless { subject: None, bind: None, guard, follow });
                }
                Statement::Match(matching) => {
                    found.extend(matching.arms.iter().map(|arm| Eventless {
                        subject: arm.pattern.clone().map(|pattern| (matching.subject.clone(), pattern)),
                        bind: arm.bind.as_ref().map(|name| name.node.to_string()),
                        guard: arm.guard.clone(),
                        follow: arm.follow.clone(),
                    }));
                }
                _ => {}
            }
        }
        found
    }

    pub fn call(&self, machine: &str, state: &str) -> Option<windlass::syntax::ast::CallKind> {
        self.state_body(machine, state).iter().find_map(|statement| match statement {
            Statement::Call(call) => Some(call.kind.clone()),
            _ => None,
        })
    }

    pub fn requirements(&self, room: &str) -> Vec<Requirement> {
        let required = |kind: &PropertyKind| match kind {
            PropertyKind::Requires { locks, otherwise } => {
                Some(Requirement { locks: locks.clone(), otherwise: otherwise.clone() })
            }
            _ => None,
        };
        self.properties(room).filter_map(required).collect()
    }

    pub fn admit(&self, room: &str) -> Option<(Expr, Option<Follow>)> {
        self.properties(room).find_map(|kind| match kind {
            PropertyKind::Admit { guard, otherwise } => Some((guard.clone(), otherwise.clone())),
            _ => None,
        })
    }

    pub fn capacity(&self, room: &str) -> Option<u64> {
        self.properties(room).find_map(|kind| match kind {
            PropertyKind::Capacity(places) => Some(places.node),
            _ => None,
        })
    }

    pub fn is_transient(&self, room: &str) -> bool {
        self.properties(room).any(|kind| matches!(kind, PropertyKind::Transient))
    }

    pub fn posts_to(&self, room: &str) -> Option<Vec<Dest>> {
        self.properties(room).find_map(|kind| match kind {
            PropertyKind::PostsTo(dests) => Some(dests.clone()),
            _ => None,
        })
    }

    pub fn receives(&self, room: &str) -> Vec<String> {
        let groups = |kind: &PropertyKind| match kind {
            PropertyKind::Receives(groups) => groups.iter().map(|group| group.node.to_string()).collect(),
            _ => Vec::new(),
        };
        self.properties(room).flat_map(groups).collect()
    }

    pub fn doors(&self, room: &str) -> Vec<Apply> {
        let doors = |kind: &PropertyKind| match kind {
            PropertyKind::Doors(doors) => doors.clone(),
            _ => Vec::new(),
        };
        self.properties(room).flat_map(doors).collect()
    }

    pub fn offers(&self, room: &str) -> Vec<Apply> {
        let offers = |kind: &PropertyKind| match kind {
            PropertyKind::Offers(offers) => offers.clone(),
            _ => Vec::new(),
        };
        self.properties(room).flat_map(offers).collect()
    }

    pub fn renews(&self, room: &str) -> Vec<Apply> {
        let renews = |kind: &PropertyKind| match kind {
            PropertyKind::Renews(renews) => renews.clone(),
            _ => Vec::new(),
        };
        self.properties(room).flat_map(renews).collect()
    }

    /// How many messages, in how many milliseconds, and what one more leads to.
    pub fn limit(&self, machine: &str) -> Option<(u64, u64, Option<Follow>)> {
        self.properties(machine).find_map(|kind| match kind {
            PropertyKind::Limit { count, per, otherwise } => Some((count.node, per.node, otherwise.clone())),
            _ => None,
        })
    }

    pub fn attempts(&self, machine: &str) -> u64 {
        let attempts = self.properties(machine).find_map(|kind| match kind {
            PropertyKind::Attempts(attempts) => Some(attempts.node),
            _ => None,
        });
        attempts.unwrap_or(0)
    }

    /// Every arrow of a room to `admit`, with the state it names, in source order.
    pub fn arrows_to_admit(&self, room: &str) -> Vec<Option<Apply>> {
        let mut found = Vec::new();
        collect_admits(self.body(room), &mut found);
        found
    }
}

fn arms(body: &[Statement]) -> Vec<Arm> {
    let arm = |statement: &Statement| match statement {
        Statement::Arm(arm) => Some(arm.clone()),
        _ => None,
    };
    body.iter().filter_map(arm).collect()
}

fn entry(body: &[Statement]) -> Vec<Action> {
    let action = |statement: &Statement| match statement {
        Statement::Enter(action) => Some(action.clone()),
        _ => None,
    };
    body.iter().filter_map(action).collect()
}

fn collect_admits(body: &[Statement], found: &mut Vec<Option<Apply>>) {
    let mut keep = |follow: &Follow| {
        if let Some(TargetKind::Admit(state)) = follow.target.as_ref().map(|target| &target.kind) {
            found.push(state.clone());
        }
    };
    for statement in body {
        match statement {
            Statement::Arm(arm) => keep(&arm.follow),
            Statement::Match(matching) => matching.arms.iter().for_each(|arm| keep(&arm.follow)),
            _ => {}
        }
    }
    for statement in body {
        if let Statement::State(state) = statement {
            collect_admits(&state.body, found);
        }
    }
}
