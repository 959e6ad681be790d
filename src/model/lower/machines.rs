//! One room or lock: its values, its states, and what holds in all of them.

use super::exprs::broken;
use super::names::MachineItem;
use super::report::counted;
use super::scope::{Head, KeyName, Local, Scope};
use super::{Lowering, codes};
use crate::diagnostic::{Diagnostic, Fix, Span};
use crate::model::{Arm, ArmId, Let, Lock, Machine, MachineKind, Param, Reload, Room, State, StateId, Type};
use crate::syntax::ast::{self, Statement};
use std::collections::BTreeMap;

/// How many parameters and values a machine may have, how many values a state, how many requirements a room.
const VALUES_MAX: usize = u16::MAX as usize;
/// The longest time that rules may speak of: a year.
const DURATION_MAX: u64 = 365 * 24 * 60 * 60 * 1000;

/// A machine in the making.
pub(super) struct Body<'h, 'a> {
    pub(super) head: &'h Head<'a>,
    pub(super) machine: Machine,
    /// Parameters, then the `let`s so far.
    pub(super) args: Vec<Local>,
    /// The locks whose names are values by now.
    pub(super) keys: Vec<KeyName>,
    /// Where each property was said.
    pub(super) said: BTreeMap<&'static str, Span>,
}

impl Body<'_, '_> {
    /// What can be named in the machine's own body.
    pub(super) fn scope(&self) -> Scope<'_> {
        Scope { head: Some(self.head), args: &self.args, keys: &self.keys, ..Scope::default() }
    }

    pub(super) fn add_arm(&mut self, arm: Arm) -> ArmId {
        self.machine.arms.push(arm);
        ArmId(self.machine.arms.len() as u32 - 1)
    }
}

/// In whose body a statement stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// The machine's, which has written states.
    Machine,
    /// A state's, or that of a machine whose only state has no name.
    State(StateId),
}

impl Lowering<'_> {
    pub(super) fn lower_machine(&mut self, head: &Head) -> Machine {
        let machine = empty_machine(head);
        let mut body = Body { head, machine, args: head.params.clone(), keys: Vec::new(), said: BTreeMap::new() };
        self.lower_lasting(&mut body);
        self.lower_requirements(&mut body);
        self.lower_lets(&mut body);
        self.check_value_count(head.params.len() + body.machine.lets.len(), head.item.name().span);
        self.lower_admits(&mut body);
        if head.states.is_empty() {
            let place = Place::State(StateId(0));
            self.lower_statements(&mut body, place, head.item.body(), &[]);
            self.check_ends(head, head.item.body());
        } else {
            self.lower_statements(&mut body, Place::Machine, head.item.body(), &[]);
            self.check_no_ends(head.item.body());
        }
        for (at, state) in head.states.iter().enumerate() {
            self.check_value_count(state.params.len(), state.item.name.span);
            self.warn_hidden_args(&body, &state.item.params);
            self.lower_statements(&mut body, Place::State(StateId(at as u32)), &state.item.body, &state.params);
            self.check_ends(head, &state.item.body);
        }
        let admits_itself = super::admission::admits_itself(&body.machine);
        if let MachineKind::Room(room) = &mut body.machine.kind {
            room.admits_itself = admits_itself;
        }
        body.machine
    }

    /// How long a lock's key lasts.
    fn lower_lasting(&mut self, body: &mut Body) {
        if let (MachineItem::Lock(item), MachineKind::Lock(lock)) = (&body.head.item, &mut body.machine.kind) {
            lock.held = item.held.as_ref().map(|held| self.lower_duration(held));
            lock.grace = item.grace.as_ref().map(|grace| self.lower_duration(grace));
        }
    }

    fn lower_lets(&mut self, body: &mut Body) {
        for statement in body.head.item.body() {
            let Statement::Let(item) = statement else {
                continue;
            };
            if let Some(first) = body.args.iter().find(|local| local.name == item.name.node) {
                self.report.duplicate("the name", &item.name, first.span);
            }
            let scope = Scope { in_let: true, ..body.scope() };
            let value = self.lower_expr(scope, &item.value);
            let value = value.filter(|value| !self.refuse_secret(value, "kept by a `let`", codes::SECRET_ECHO));
            let (name, span) = (item.name.node.clone(), item.name.span);
            body.args.push(Local { name: name.clone(), ty: value.as_ref().map(|value| value.ty.clone()), span });
            let value = value.unwrap_or_else(|| broken(item.value.span));
            body.machine.lets.push(Let { name, value, span });
        }
    }

    fn lower_statements(&mut self, body: &mut Body, place: Place, statements: &[Statement], locals: &[Local]) {
        let in_state = matches!(place, Place::State(_)) && !body.head.states.is_empty();
        let called = self.lower_state_call(body, place, statements, locals);
        for statement in statements {
            match statement {
                Statement::Property(property) if in_state => {
                    self.misplaced_in_state(property_name(property), property.span)
                }
                Statement::Property(property) => self.lower_property(body, property),
                Statement::Let(item) if in_state => self.misplaced_in_state("let", item.name.span),
                Statement::State(item) if in_state => self.misplaced_in_state("state", item.name.span),
                Statement::Let(_) | Statement::State(_) | Statement::Call(_) => {}
                Statement::Enter(action) => {
                    let action = self.lower_action(Scope { locals, ..body.scope() }, action);
                    let enter = match place {
                        Place::Machine => Some(&mut body.machine.enter),
                        Place::State(at) => body.machine.states.get_mut(at.index()).map(|state| &mut state.enter),
                    };
                    if let Some(enter) = enter {
                        enter.extend(action);
                    }
                }
                Statement::Arm(arm) => self.lower_arm(body, place, arm, locals, called.as_ref()),
                Statement::Match(item) => self.lower_match(body, place, item, locals),
            }
        }
        if let Place::State(_) = place {
            self.warn_dead_eventless(statements);
        }
    }

    fn misplaced_in_state(&mut self, what: &str, span: Span) {
        let message = format!("`{what}` stands in the body of a room or lock, not in a state");
        let finding = Diagnostic::error(codes::MISPLACED, span, message);
        self.report.push(finding.help("write it beside the states"));
    }

    fn warn_hidden_args(&mut self, body: &Body, params: &[ast::Param]) {
        for param in params {
            self.warn_shadowing(&param.name, &[&body.args]);
        }
    }

    fn check_value_count(&mut self, count: usize, span: Span) {
        if count > VALUES_MAX {
            let message = format!("{} are more than the {VALUES_MAX} that there may be", counted(count, "value"));
            self.report.error(codes::OUT_OF_RANGE, span, message);
        }
    }

    /// A length of time in milliseconds that rules wait for or keep something.
    pub(super) fn lower_duration(&mut self, duration: &ast::Millis) -> u64 {
        if duration.node == 0 || duration.node > DURATION_MAX {
            let message = "this must be longer than nothing and at most a year (`365d`)";
            let nearest = if duration.node == 0 { "1s" } else { "365d" };
            let fix = Fix::unsafe_to_apply(format!("write `{nearest}`")).replace(duration.span, nearest);
            self.report.push(Diagnostic::error(codes::DURATION, duration.span, message).fix(fix));
        }
        duration.node.clamp(1, DURATION_MAX)
    }
}

pub(super) fn params(locals: &[Local]) -> Vec<Param> {
    let param =
        |local: &Local| Param { name: local.name.clone(), ty: local.ty.clone().unwrap_or(Type::Any), span: local.span };
    locals.iter().map(param).collect()
}

fn empty_machine(head: &Head) -> Machine {
    let name = head.item.name();
    let empty_state = |name, span, locals: &[Local]| State {
        name,
        span,
        params: params(locals),
        enter: Vec::new(),
        eventless: Vec::new(),
        call: None,
        handlers: Vec::new(),
        leave: Vec::new(),
        timers: Vec::new(),
    };
    let mut states: Vec<State> = head
        .states
        .iter()
        .map(|state| empty_state(state.item.name.node.clone(), state.item.name.span, &state.params))
        .collect();
    if states.is_empty() {
        states.push(empty_state("".into(), name.span, &[]));
    }
    Machine {
        name: name.node.clone(),
        doc: head.item.doc().to_owned(),
        span: name.span,
        params: params(&head.params),
        lets: Vec::new(),
        enter: Vec::new(),
        states,
        arms: Vec::new(),
        handlers: Vec::new(),
        arrive: Vec::new(),
        leave: Vec::new(),
        timers: Vec::new(),
        limit: None,
        on_reload: Reload::Pin,
        kind: match head.item {
            MachineItem::Room(item) => MachineKind::Room(Box::new(empty_room(item))),
            MachineItem::Lock(_) => MachineKind::Lock(Lock {
                gives: head.gives.clone().unwrap_or(Type::Any),
                held: None,
                grace: None,
                attempts: None,
            }),
        },
    }
}

fn empty_room(item: &ast::RoomItem) -> Room {
    Room {
        alias: item.alias.as_ref().map(|alias| alias.node),
        uuid: item.uuid.as_ref().and_then(|uuid| uuid::Uuid::parse_str(&uuid.node).ok()),
        public: item.public.is_some(),
        requires: Vec::new(),
        admit: None,
        admits_itself: false,
        capacity: None,
        history: None,
        mailbox: None,
        presence: false,
        posts_to: Vec::new(),
        receives: Vec::new(),
        doors: Vec::new(),
        offers: Vec::new(),
        renews: Vec::new(),
        transient: false,
    }
}

/// The words that a property begins with.
pub(super) fn property_name(property: &ast::Property) -> &'static str {
    match property.kind {
        ast::PropertyKind::Requires { .. } => "requires",
        ast::PropertyKind::Admit { .. } => "admit when",
        ast::PropertyKind::Capacity(_) => "capacity",
        ast::PropertyKind::History(_) => "history",
        ast::PropertyKind::Mailbox { .. } => "mailbox",
        ast::PropertyKind::Presence => "presence",
        ast::PropertyKind::PostsTo(_) => "posts to",
        ast::PropertyKind::Receives(_) => "receives",
        ast::PropertyKind::Doors(_) => "doors",
        ast::PropertyKind::Offers(_) => "offers",
        ast::PropertyKind::Renews(_) => "renews",
        ast::PropertyKind::Limit { .. } => "limit",
        ast::PropertyKind::Transient => "transient",
        ast::PropertyKind::Attempts(_) => "attempts",
        ast::PropertyKind::OnReload(_) => "on reload",
    }
}
