//! Who names what: every name of one file, with what it stands for. Pure; read off the tree, which knows where each name stands.
//!
//! Rooms, locks, groups and constants share a namespace, and so do the shapes, checks, attributes and signals each. So a name
//! is resolved without looking into another file: what is not a name of its machine is one of the ruleset.

mod scopes;
mod walk;

use crate::syntax::ast;
use std::sync::Arc;

/// What a name stands for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Symbol {
    /// A room, lock, group or constant.
    Global(Arc<str>),
    Shape(Arc<str>),
    Check(Arc<str>),
    Attribute(Arc<str>),
    /// Signals are there as soon as they are named; who waits for one counts as its definition.
    Signal(Arc<str>),
    /// A state of the machine whose name stands at this byte of the file.
    State(u32, Arc<str>),
    /// A parameter, a value of a frame, or what an arm binds, by the byte where it is named.
    Local(u32, Arc<str>),
}

impl Symbol {
    pub(super) fn name(&self) -> &str {
        match self {
            Symbol::Global(name)
            | Symbol::Shape(name)
            | Symbol::Check(name)
            | Symbol::Attribute(name)
            | Symbol::Signal(name)
            | Symbol::State(_, name)
            | Symbol::Local(_, name) => name,
        }
    }

    /// The same thing under another name.
    pub(super) fn renamed(&self, name: &str) -> Symbol {
        let name = Arc::from(name);
        match self {
            Symbol::Global(_) => Symbol::Global(name),
            Symbol::Shape(_) => Symbol::Shape(name),
            Symbol::Check(_) => Symbol::Check(name),
            Symbol::Attribute(_) => Symbol::Attribute(name),
            Symbol::Signal(_) => Symbol::Signal(name),
            Symbol::State(machine, _) => Symbol::State(*machine, name),
            Symbol::Local(at, _) => Symbol::Local(*at, name),
        }
    }

    /// Whether other files cannot name it.
    pub(super) fn is_of_its_file(&self) -> bool {
        match self {
            Symbol::State(..) | Symbol::Local(..) => true,
            Symbol::Global(_) | Symbol::Shape(_) | Symbol::Check(_) | Symbol::Attribute(_) | Symbol::Signal(_) => false,
        }
    }
}

/// Whether a name is given or used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Definition,
    Use,
}

/// A name in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    /// Its first byte; it is as long as the name.
    pub(super) start: u32,
    pub(super) symbol: Symbol,
    pub(super) role: Role,
}

impl Named {
    pub(super) fn end(&self) -> u32 {
        self.start + self.symbol.name().len() as u32
    }
}

/// What is known of a name inside of a machine.
#[derive(Clone, Debug)]
pub(super) struct Local {
    pub(super) name: Arc<str>,
    /// Where it is named.
    pub(super) start: u32,
    /// From where to where it can be used, in bytes.
    pub(super) visible: (u32, u32),
    pub(super) from: From,
}

/// Where the value of a local name comes from.
#[derive(Clone, Debug)]
pub(super) enum From {
    /// A parameter of this type.
    Param(ast::Type),
    /// `let`, with its value.
    Let(ast::Expr),
    /// A message, a signal or the subject of a `match`, of this pattern.
    Pattern(ast::Type),
    /// The answer of a lock or a check that the state asks; none where it asks one of several.
    Answer(Option<(Asked, Arc<str>)>),
    /// Why something failed.
    Reason,
    /// Whatever came.
    Anything,
}

/// What a state asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    Lock,
    Check,
}

/// Every name of one file.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    /// In source order.
    pub(super) all: Vec<Named>,
    pub(super) locals: Vec<Local>,
}

impl Names {
    pub(super) fn of(file: &ast::File) -> Names {
        walk::names(file)
    }

    /// The name that a byte is in, or that ends there.
    pub(super) fn at(&self, offset: usize) -> Option<&Named> {
        let after = self.all.partition_point(|named| named.start as usize <= offset);
        let last = after.checked_sub(1).and_then(|at| self.all.get(at))?;
        (offset <= last.end() as usize).then_some(last)
    }

    pub(super) fn of_symbol<'names>(&'names self, symbol: &'names Symbol) -> impl Iterator<Item = &'names Named> {
        self.all.iter().filter(move |named| named.symbol == *symbol)
    }

    /// The local name that is given at this byte.
    pub(super) fn local(&self, start: u32) -> Option<&Local> {
        self.locals.iter().find(|local| local.start == start)
    }

    /// Those that can be used at a byte, the innermost first.
    pub(super) fn locals_at(&self, offset: usize) -> Vec<&Local> {
        let at = offset as u32;
        let mut seen: Vec<&Local> =
            self.locals.iter().filter(|local| (local.visible.0..=local.visible.1).contains(&at)).collect();
        seen.sort_by_key(|local| (local.visible.1 - local.visible.0, local.start));
        seen
    }
}
