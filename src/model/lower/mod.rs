//! From tree to model: names to ids, expressions to types.
//!
//! Lowering is total: it looks at everything there is, reports what is wrong, and goes on. What is wrong has no
//! type, and nothing that is built on it is reported again.

mod actions;
mod admission;
mod arms;
mod attributes;
mod calls;
mod checks;
mod codes;
mod ends;
mod expect;
mod exprs;
mod fields;
mod fold;
mod groups;
mod heads;
mod identified;
mod identified_walk;
mod lookups;
mod machines;
mod names;
mod operators;
mod patterns;
mod proofs;
mod properties;
mod report;
mod requirements;
mod scope;
mod targets;
mod types;

use self::names::Items;
use self::report::Report;
use self::scope::Head;
use self::types::Slot;
pub use self::types::is_type_name;
use super::{Check, Literal, MachineId, Model, Type};
use crate::diagnostic::Diagnostic;
use crate::syntax::ast;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

/// A model, as far as there is one, and what is wrong with the rules.
#[derive(Clone, Debug)]
pub struct Lowered {
    /// None only where there is no entry room to begin with.
    pub model: Option<Model>,
    /// What is wrong, in source order.
    pub diagnostics: Vec<Diagnostic>,
}

/// What is known while lowering goes on.
struct Lowering<'a> {
    items: Items<'a>,
    report: Report,
    shapes: Vec<Slot<Type>>,
    constants: Vec<Slot<Literal>>,
    /// How many shapes are being unfolded, and on how many the one in work builds.
    shapes_busy: usize,
    shape_depth: usize,
    constants_busy: usize,
    constant_depth: usize,
    expr_depth: usize,
    attribute_types: Vec<Option<Type>>,
    heads: Vec<Rc<Head<'a>>>,
    checks: Vec<Check>,
    /// Of every check whether its declaration is right.
    sound_checks: Vec<bool>,
    signals: Vec<Arc<str>>,
    /// Rooms of which a requirement is wrong: nothing is known of who is in them.
    doubtful: BTreeSet<MachineId>,
}

/// Resolves and types all files of one ruleset.
pub fn lower(files: &[ast::File]) -> Lowered {
    let mut report = Report::new(files);
    let checks = checks::built_in();
    let built_in: Vec<&str> = checks.iter().map(|check| &*check.name).collect();
    let items = Items::collect(files, &built_in, &mut report);
    let mut lowering = Lowering {
        shapes: vec![Slot::Unseen; items.shapes.len()],
        constants: vec![Slot::Unseen; items.constants.len()],
        items,
        report,
        shapes_busy: 0,
        shape_depth: 0,
        constants_busy: 0,
        constant_depth: 0,
        expr_depth: 0,
        attribute_types: Vec::new(),
        heads: Vec::new(),
        sound_checks: vec![true; checks.len()],
        checks,
        signals: Vec::new(),
        doubtful: BTreeSet::new(),
    };
    let model = lowering.lower_items();
    Lowered { model, diagnostics: lowering.report.finish() }
}

impl Lowering<'_> {
    fn lower_items(&mut self) -> Option<Model> {
        for at in 0..self.shapes.len() {
            self.unfold_shape(at);
        }
        for at in 0..self.constants.len() {
            self.compute_constant(at);
        }
        let attributes = self.lower_attributes();
        self.lower_checks();
        self.lower_heads();
        let groups = self.lower_groups();
        let machines: Vec<_> = self.heads.clone().into_iter().map(|head| self.lower_machine(&head)).collect();
        self.check_second_names(&machines);
        let proofs = self.lower_proofs();
        let entry = self.lower_entry();
        for machine in &machines {
            admission::check(machine, &mut self.report);
        }
        identified::check(&machines, &attributes, &self.doubtful, &mut self.report);
        let (checks, signals) = (std::mem::take(&mut self.checks), std::mem::take(&mut self.signals));
        Some(Model { entry: entry?, machines, attributes, groups, checks, signals, proofs })
    }
}
