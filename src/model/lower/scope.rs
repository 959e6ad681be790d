//! What can be named where an expression stands.

use super::names::MachineItem;
use crate::diagnostic::Span;
use crate::model::{MachineId, Type};
use crate::syntax::ast;
use std::sync::Arc;

/// A name inside a machine: a parameter, a `let`, a parameter of a state. Its type is none where it is wrong; what
/// uses it then is wrong for a reason that has been told.
#[derive(Clone)]
pub(super) struct Local {
    pub(super) name: Arc<str>,
    pub(super) ty: Option<Type>,
    pub(super) span: Span,
}

/// What an arm binds.
#[derive(Clone)]
pub(super) struct Bind {
    /// None where the arm leaves the name out.
    pub(super) name: Option<Arc<str>>,
    pub(super) ty: Option<Type>,
    /// The type of the message's address, where the pattern names `to`.
    pub(super) to: Option<Type>,
}

/// A lock that a room requires, whose name is therefore the value of its key.
pub(super) struct KeyName {
    pub(super) lock: MachineId,
    /// Index into the room's requirements.
    pub(super) requirement: u16,
    pub(super) ty: Option<Type>,
    /// Whether one of several is enough; then nobody knows which value is there.
    pub(super) one_of: bool,
}

/// A machine from outside: what must be known of it before any body is looked into.
pub(super) struct Head<'a> {
    pub(super) id: MachineId,
    pub(super) item: MachineItem<'a>,
    pub(super) params: Vec<Local>,
    /// What a lock's answer is.
    pub(super) gives: Option<Type>,
    /// The written states; empty where the machine has one without a name.
    pub(super) states: Vec<StateHead<'a>>,
    /// Whether a lock counts its attempts.
    pub(super) attempts: bool,
}

impl Head<'_> {
    pub(super) fn is_room(&self) -> bool {
        matches!(self.item, MachineItem::Room(_))
    }

    /// Whether its body gives this name to a value, wherever.
    pub(super) fn has_let(&self, name: &str) -> bool {
        self.item
            .body()
            .iter()
            .any(|statement| matches!(statement, ast::Statement::Let(item) if *item.name.node == *name))
    }

    /// `room` or `lock`
    pub(super) fn kind(&self) -> &'static str {
        if self.is_room() { "room" } else { "lock" }
    }
}

/// A state from outside.
pub(super) struct StateHead<'a> {
    pub(super) item: &'a ast::StateItem,
    pub(super) params: Vec<Local>,
}

/// Where an expression stands, and with that what it can name.
#[derive(Clone, Copy, Default)]
pub(super) struct Scope<'s> {
    /// None: outside of every machine, where only constants are.
    pub(super) head: Option<&'s Head<'s>>,
    /// Parameters, then the `let`s so far.
    pub(super) args: &'s [Local],
    pub(super) locals: &'s [Local],
    pub(super) bind: Option<&'s Bind>,
    pub(super) keys: &'s [KeyName],
    /// Whether the expression is the value of a machine's `let`.
    pub(super) in_let: bool,
}

impl<'s> Scope<'s> {
    /// The same place, seen from an arm that binds something.
    pub(super) fn binding(self, bind: &'s Bind) -> Scope<'s> {
        Scope { bind: Some(bind), ..self }
    }

    pub(super) fn is_room(&self) -> bool {
        self.head.is_some_and(Head::is_room)
    }

    /// Every name of the machine that can be seen from here.
    pub(super) fn local_names(&self) -> impl Iterator<Item = &'s str> {
        let bind = self.bind.and_then(|bind| bind.name.as_deref());
        bind.into_iter().chain(self.locals.iter().chain(self.args).map(|local| &*local.name))
    }
}
