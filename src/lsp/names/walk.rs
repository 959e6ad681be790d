//! The walk over the tree, in the order in which the language gives names: see docs/language.md, "Items".

use super::scopes::Scopes;
use super::{Asked, From, Names, Role, Symbol};
use crate::diagnostic::Span;
use crate::model::is_type_name;
use crate::syntax::ast::{
    Action, ActionKind, Apply, Arm, Call, CallKind, Claim, Dest, DestKind, Expr, ExprKind, File, Follow, Item, Let,
    Match, Name, Param, Property, PropertyKind, Prove, Spanned, StateItem, Statement, Target, TargetKind, Trigger,
    Type, TypeKind,
};
use crate::syntax::is_reserved;

pub(super) fn names(file: &File) -> Names {
    let mut walk = Walk { scopes: Scopes::default(), machine: None };
    for item in &file.items {
        walk.item(item);
    }
    walk.scopes.finish()
}

struct Walk {
    scopes: Scopes,
    /// Where the name of the machine stands that the walk is in.
    machine: Option<u32>,
}

impl Walk {
    fn item(&mut self, item: &Item) {
        match item {
            Item::Entry(room) => self.scopes.global(room),
            Item::Client(client) => {
                for attribute in &client.attributes {
                    self.scopes.name(&attribute.name, Symbol::Attribute, Role::Definition);
                    self.ty(&attribute.ty);
                    self.exprs(&attribute.default);
                }
            }
            Item::Group(group) => {
                self.scopes.name(&group.name, Symbol::Global, Role::Definition);
                group.parents.iter().for_each(|parent| self.scopes.global(parent));
            }
            Item::Room(room) => self.machine(&room.name, &room.params, None, &room.body, room.span),
            Item::Lock(lock) => self.machine(&lock.name, &lock.params, Some(&lock.gives), &lock.body, lock.span),
            Item::Check(check) => {
                self.scopes.name(&check.name, Symbol::Check, Role::Definition);
                check.params.iter().for_each(|param| self.ty(&param.ty));
                self.ty(&check.gives);
            }
            Item::Shape(shape) => {
                self.scopes.name(&shape.name, Symbol::Shape, Role::Definition);
                self.ty(&shape.ty);
            }
            Item::Let(constant) => {
                self.scopes.name(&constant.name, Symbol::Global, Role::Definition);
                self.expr(&constant.value);
            }
            Item::Prove(prove) => self.prove(prove),
        }
    }

    fn prove(&mut self, prove: &Prove) {
        match &prove.claim {
            Claim::RoomBehind { room, locks } => {
                self.scopes.global(room);
                locks.iter().for_each(|lock| self.scopes.global(lock));
            }
            Claim::SetBehind { attribute, locks } => {
                self.scopes.name(attribute, Symbol::Attribute, Role::Use);
                locks.iter().for_each(|lock| self.scopes.global(lock));
            }
            Claim::NeverSet { attribute } => self.scopes.name(attribute, Symbol::Attribute, Role::Use),
            Claim::NeverTo { from, to } => {
                self.scopes.global(from);
                self.scopes.global(to);
            }
            Claim::Depth { .. } => {}
        }
    }

    /// Requirements know the parameters only; everything else knows the values of the frame too.
    fn machine(&mut self, name: &Name, params: &[Param], gives: Option<&Type>, body: &[Statement], span: Span) {
        self.scopes.name(name, Symbol::Global, Role::Definition);
        self.machine = Some(name.span.start);
        let depth = self.scopes.depth();
        self.params(params, span);
        gives.into_iter().for_each(|gives| self.ty(gives));
        let is_requirement = |statement: &&Statement| match statement {
            Statement::Property(property) => matches!(property.kind, PropertyKind::Requires { .. }),
            Statement::Let(_)
            | Statement::State(_)
            | Statement::Enter(_)
            | Statement::Arm(_)
            | Statement::Match(_)
            | Statement::Call(_) => false,
        };
        body.iter().filter(is_requirement).for_each(|statement| self.statement(statement, None));
        for statement in body {
            if let Statement::Let(value) = statement {
                self.value(value, span);
            }
        }
        let asked = asked(body);
        let rest = body.iter().filter(|statement| !is_requirement(statement));
        rest.for_each(|statement| self.statement(statement, asked.as_ref()));
        self.scopes.back_to(depth);
        self.machine = None;
    }

    fn value(&mut self, value: &Let, machine: Span) {
        self.expr(&value.value);
        self.scopes.give(&value.name, (machine.start, machine.end), From::Let(value.value.clone()));
    }

    fn params(&mut self, params: &[Param], visible: Span) {
        for param in params {
            self.ty(&param.ty);
            self.scopes.give(&param.name, (visible.start, visible.end), From::Param(param.ty.clone()));
        }
    }

    fn statement(&mut self, statement: &Statement, asked: Option<&Call>) {
        match statement {
            Statement::Property(property) => self.property(property),
            // machines have given these before
            Statement::Let(_) => {}
            Statement::State(state) => self.state(state),
            Statement::Enter(action) => self.action(action),
            Statement::Arm(arm) => self.arm(arm, asked),
            Statement::Match(item) => self.match_(item),
            Statement::Call(call) => match &call.kind {
                CallKind::Lock(locks) => self.applies(locks),
                CallKind::Check { check, .. } => {
                    self.scopes.name(&check.name, Symbol::Check, Role::Use);
                    self.exprs(&check.args);
                }
            },
        }
    }

    fn state(&mut self, state: &StateItem) {
        let machine = self.machine.unwrap_or_default();
        self.scopes.name(&state.name, |name| Symbol::State(machine, name), Role::Definition);
        let depth = self.scopes.depth();
        self.params(&state.params, state.span);
        let asked = asked(&state.body);
        state.body.iter().for_each(|statement| self.statement(statement, asked.as_ref()));
        self.scopes.back_to(depth);
    }

    fn property(&mut self, property: &Property) {
        match &property.kind {
            PropertyKind::Requires { locks, otherwise } => {
                self.applies(locks);
                otherwise.iter().for_each(|follow| self.follow(follow));
            }
            PropertyKind::Admit { guard, otherwise } => {
                self.expr(guard);
                otherwise.iter().for_each(|follow| self.follow(follow));
            }
            PropertyKind::PostsTo(dests) => dests.iter().for_each(|dest| self.dest(dest)),
            PropertyKind::Receives(groups) => groups.iter().for_each(|group| self.scopes.global(group)),
            PropertyKind::Doors(called) | PropertyKind::Offers(called) | PropertyKind::Renews(called) => {
                self.applies(called);
            }
            PropertyKind::Limit { otherwise, .. } => otherwise.iter().for_each(|follow| self.follow(follow)),
            PropertyKind::Capacity(_)
            | PropertyKind::History(_)
            | PropertyKind::Mailbox { .. }
            | PropertyKind::Presence
            | PropertyKind::Transient
            | PropertyKind::Attempts(_)
            | PropertyKind::OnReload(_) => {}
        }
    }

    fn arm(&mut self, arm: &Arm, asked: Option<&Call>) {
        if let Trigger::Message(pattern) | Trigger::Signal(_, Some(pattern)) = &arm.trigger {
            self.ty(pattern);
        }
        if let Trigger::Signal(signal, _) = &arm.trigger {
            self.scopes.name(signal, Symbol::Signal, Role::Definition);
        }
        let depth = self.scopes.depth();
        if let Some(bind) = &arm.bind {
            self.scopes.give(bind, (arm.span.start, arm.span.end), bound(&arm.trigger, asked));
        }
        self.exprs(&arm.guard);
        self.follow(&arm.follow);
        self.scopes.back_to(depth);
    }

    fn match_(&mut self, item: &Match) {
        self.expr(&item.subject);
        for arm in &item.arms {
            arm.pattern.iter().for_each(|pattern| self.ty(pattern));
            let depth = self.scopes.depth();
            if let Some(bind) = &arm.bind {
                let from = arm.pattern.clone().map_or(From::Anything, From::Pattern);
                self.scopes.give(bind, (arm.span.start, arm.span.end), from);
            }
            self.exprs(&arm.guard);
            self.follow(&arm.follow);
            self.scopes.back_to(depth);
        }
    }

    fn follow(&mut self, follow: &Follow) {
        follow.actions.iter().for_each(|action| self.action(action));
        follow.target.iter().for_each(|target| self.target(target));
    }

    fn target(&mut self, target: &Target) {
        match &target.kind {
            TargetKind::State(state) | TargetKind::Retry(state) | TargetKind::Admit(Some(state)) => {
                let machine = self.machine.unwrap_or_default();
                self.scopes.name(&state.name, |name| Symbol::State(machine, name), Role::Use);
                self.exprs(&state.args);
            }
            TargetKind::Admit(None) => {}
            TargetKind::Resolve(value, until) => {
                self.expr(value);
                until.iter().for_each(|until| self.expr(until));
            }
            TargetKind::Fail(value) | TargetKind::Drop(value) => self.expr(value),
            TargetKind::Move(room) => self.apply(room),
        }
    }

    fn action(&mut self, action: &Action) {
        match &action.kind {
            ActionKind::Ask(value) | ActionKind::Say(value) | ActionKind::Post(value) | ActionKind::Identify(value) => {
                self.expr(value);
            }
            ActionKind::Tell(dest, value) => {
                self.dest(dest);
                self.expr(value);
            }
            ActionKind::Signal(dest, signal, value) => {
                self.dest(dest);
                self.scopes.name(signal, Symbol::Signal, Role::Use);
                self.exprs(value);
            }
            ActionKind::Set(attribute, value) => {
                self.scopes.name(attribute, Symbol::Attribute, Role::Use);
                self.expr(value);
            }
            ActionKind::Leave(room) => self.apply(room),
        }
    }

    fn dest(&mut self, dest: &Dest) {
        match &dest.kind {
            DestKind::Members | DestKind::Everyone => {}
            DestKind::Named(apply) => {
                self.scopes.value(&apply.name);
                self.exprs(&apply.args);
            }
            DestKind::Value(value) => self.expr(value),
        }
    }

    /// A room or a lock with its arguments.
    fn apply(&mut self, apply: &Apply) {
        self.scopes.global(&apply.name);
        self.exprs(&apply.args);
    }

    fn applies(&mut self, applies: &[Apply]) {
        applies.iter().for_each(|apply| self.apply(apply));
    }

    fn exprs<'a>(&mut self, exprs: impl IntoIterator<Item = &'a Expr>) {
        exprs.into_iter().for_each(|expr| self.expr(expr));
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Literal(_) => {}
            // `client`, `room`, `members` and their like
            ExprKind::Name(name) if is_reserved(name) => {}
            ExprKind::Name(name) => self.scopes.value(&Spanned { node: name.clone(), span: expr.span }),
            ExprKind::Field(of, field) => {
                if matches!(&of.kind, ExprKind::Name(name) if &**name == "client") && *field.node != *"id" {
                    self.scopes.name(field, Symbol::Attribute, Role::Use);
                }
                self.expr(of);
            }
            ExprKind::Not(inner) => self.expr(inner),
            ExprKind::Binary(left, _, right) => {
                self.expr(left);
                self.expr(right);
            }
            ExprKind::Apply(apply) => {
                if !BUILT_IN.contains(&&*apply.name.node) {
                    self.scopes.global(&apply.name);
                }
                self.exprs(&apply.args);
            }
            ExprKind::Record(fields) => fields.iter().for_each(|(_, value)| self.expr(value)),
            ExprKind::List(items) => self.exprs(items),
        }
    }

    fn ty(&mut self, ty: &Type) {
        match &ty.kind {
            TypeKind::Named(name) if is_type_name(name) => {}
            TypeKind::Named(name) => {
                self.scopes.name(&Spanned { node: name.clone(), span: ty.span }, Symbol::Shape, Role::Use);
            }
            TypeKind::List(inner) | TypeKind::Optional(inner) => self.ty(inner),
            TypeKind::Record(fields) => fields.iter().for_each(|field| self.ty(&field.ty)),
            TypeKind::Ranged { .. } | TypeKind::Choice(_) | TypeKind::Wildcard => {}
        }
    }
}

/// The functions of the language.
const BUILT_IN: [&str; 4] = ["len", "lower", "now", "nonce"];

/// What a body asks: the first lock or check that stands in it.
fn asked(body: &[Statement]) -> Option<Call> {
    body.iter().find_map(|statement| match statement {
        Statement::Call(call) => Some(call.clone()),
        Statement::Property(_)
        | Statement::Let(_)
        | Statement::State(_)
        | Statement::Enter(_)
        | Statement::Arm(_)
        | Statement::Match(_) => None,
    })
}

fn bound(trigger: &Trigger, asked: Option<&Call>) -> From {
    match trigger {
        Trigger::Message(pattern) | Trigger::Signal(_, Some(pattern)) => From::Pattern(pattern.clone()),
        Trigger::Resolved | Trigger::Passed => From::Answer(asked.and_then(|asked| match &asked.kind {
            CallKind::Lock(locks) => match locks.as_slice() {
                [lock] => Some((Asked::Lock, lock.name.node.clone())),
                _several => None,
            },
            CallKind::Check { check, .. } => Some((Asked::Check, check.name.node.clone())),
        })),
        Trigger::Failed => From::Reason,
        Trigger::Signal(_, None)
        | Trigger::Arrive
        | Trigger::Leave
        | Trigger::Cancel
        | Trigger::When
        | Trigger::Else
        | Trigger::After(_) => From::Anything,
    }
}
