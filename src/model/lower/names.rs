//! Who is called what: every name of the top level, found before anything is looked into.
//!
//! Words that the language reserves everywhere do not come here: the parser refuses them as names.

use super::codes;
use super::report::Report;
use crate::diagnostic::{Diagnostic, Span};
use crate::model::{AttributeId, CheckId, GroupId, MachineId};
use crate::syntax::ast;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a name of the common namespace stands for.
#[derive(Clone, Copy)]
pub(super) enum Global {
    /// A room or a lock.
    Machine(MachineId),
    /// A group.
    Group(GroupId),
    /// Index into [`Items::constants`].
    Constant(usize),
}

/// A room or a lock as it is written.
#[derive(Clone, Copy)]
pub(super) enum MachineItem<'a> {
    Room(&'a ast::RoomItem),
    Lock(&'a ast::LockItem),
}

impl<'a> MachineItem<'a> {
    pub(super) fn name(self) -> &'a ast::Name {
        match self {
            MachineItem::Room(room) => &room.name,
            MachineItem::Lock(lock) => &lock.name,
        }
    }

    pub(super) fn doc(self) -> &'a str {
        match self {
            MachineItem::Room(room) => &room.doc,
            MachineItem::Lock(lock) => &lock.doc,
        }
    }

    pub(super) fn params(self) -> &'a [ast::Param] {
        match self {
            MachineItem::Room(room) => &room.params,
            MachineItem::Lock(lock) => &lock.params,
        }
    }

    pub(super) fn body(self) -> &'a [ast::Statement] {
        match self {
            MachineItem::Room(room) => &room.body,
            MachineItem::Lock(lock) => &lock.body,
        }
    }
}

/// Every item of a ruleset by its kind, and who has which name. Of two things with one name the first has it; both
/// are looked into.
#[derive(Default)]
pub(super) struct Items<'a> {
    pub(super) entries: Vec<&'a ast::Name>,
    pub(super) clients: Vec<&'a ast::ClientItem>,
    pub(super) attributes: Vec<&'a ast::Attribute>,
    pub(super) groups: Vec<&'a ast::GroupItem>,
    pub(super) machines: Vec<MachineItem<'a>>,
    pub(super) checks: Vec<&'a ast::CheckItem>,
    pub(super) shapes: Vec<&'a ast::ShapeItem>,
    pub(super) constants: Vec<&'a ast::Let>,
    pub(super) proofs: Vec<&'a ast::Prove>,
    pub(super) globals: BTreeMap<Arc<str>, (Global, Span)>,
    pub(super) shape_names: BTreeMap<Arc<str>, usize>,
    /// Ids count from the built-in checks on.
    pub(super) check_names: BTreeMap<Arc<str>, CheckId>,
    pub(super) attribute_names: BTreeMap<Arc<str>, AttributeId>,
}

impl<'a> Items<'a> {
    /// Goes over all files once.
    pub(super) fn collect(files: &'a [ast::File], built_in: &[&str], report: &mut Report) -> Items<'a> {
        let mut items = Items::default();
        for (at, name) in built_in.iter().enumerate() {
            items.check_names.insert((*name).into(), CheckId(at as u32));
        }
        for item in files.iter().flat_map(|file| &file.items) {
            items.add(item, built_in.len(), report);
        }
        items
    }

    fn add(&mut self, item: &'a ast::Item, built_in: usize, report: &mut Report) {
        match item {
            ast::Item::Entry(name) => self.entries.push(name),
            ast::Item::Client(client) => self.add_client(client, report),
            ast::Item::Group(group) => {
                let id = GroupId(self.groups.len() as u32);
                self.groups.push(group);
                self.add_global(&group.name, Global::Group(id), report);
            }
            ast::Item::Room(room) => self.add_machine(MachineItem::Room(room), report),
            ast::Item::Lock(lock) => self.add_machine(MachineItem::Lock(lock), report),
            ast::Item::Check(check) => self.add_check(check, built_in, report),
            ast::Item::Shape(shape) => self.add_shape(shape, report),
            ast::Item::Let(constant) => {
                let at = self.constants.len();
                self.constants.push(constant);
                self.add_global(&constant.name, Global::Constant(at), report);
            }
            ast::Item::Prove(proof) => self.proofs.push(proof),
        }
    }

    fn add_client(&mut self, client: &'a ast::ClientItem, report: &mut Report) {
        if let Some(first) = self.clients.first() {
            report.said_twice("client { … }", client.span, first.span);
        }
        self.clients.push(client);
        for attribute in &client.attributes {
            let id = AttributeId(self.attributes.len() as u32);
            if *attribute.name.node == *"id" {
                let message = "an attribute cannot be called `id`: `client.id` is the client's own id";
                report.error(codes::RESERVED_NAME, attribute.name.span, message);
            }
            match self.attribute_names.get(&attribute.name.node) {
                Some(first) => {
                    let first = self.attributes.get(first.index()).map_or(attribute.name.span, |first| first.name.span);
                    report.duplicate("attribute", &attribute.name, first);
                }
                None => {
                    self.attribute_names.insert(attribute.name.node.clone(), id);
                }
            }
            self.attributes.push(attribute);
        }
    }

    fn add_machine(&mut self, item: MachineItem<'a>, report: &mut Report) {
        let id = MachineId(self.machines.len() as u32);
        self.machines.push(item);
        self.add_global(item.name(), Global::Machine(id), report);
    }

    fn add_global(&mut self, name: &ast::Name, global: Global, report: &mut Report) {
        match self.globals.get(&name.node) {
            Some((_, first)) => report.duplicate("the name", name, *first),
            None => {
                self.globals.insert(name.node.clone(), (global, name.span));
            }
        }
    }

    fn add_check(&mut self, check: &'a ast::CheckItem, built_in: usize, report: &mut Report) {
        let id = CheckId((built_in + self.checks.len()) as u32);
        match self.check_names.get(&check.name.node) {
            Some(first) => match first.index().checked_sub(built_in).and_then(|at| self.checks.get(at)) {
                Some(first) => report.duplicate("check", &check.name, first.name.span),
                None => {
                    let message = format!("the check `{}` is built in", check.name.node);
                    let finding = Diagnostic::error(codes::DUPLICATE_NAME, check.name.span, message);
                    report.push(
                        finding.help("give yours another name, or leave out the declaration to use the built-in one"),
                    );
                }
            },
            None => {
                self.check_names.insert(check.name.node.clone(), id);
            }
        }
        self.checks.push(check);
    }

    fn add_shape(&mut self, shape: &'a ast::ShapeItem, report: &mut Report) {
        if super::types::is_type_name(&shape.name.node) {
            let message = format!("`{}` is a type of the language and cannot name a shape", shape.name.node);
            report.error(codes::RESERVED_NAME, shape.name.span, message);
        }
        match self.shape_names.get(&shape.name.node).and_then(|first| self.shapes.get(*first)) {
            Some(first) => report.duplicate("shape", &shape.name, first.name.span),
            None => {
                self.shape_names.insert(shape.name.node.clone(), self.shapes.len());
            }
        }
        self.shapes.push(shape);
    }
}
