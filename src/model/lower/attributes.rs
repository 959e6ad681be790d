//! What the server remembers of a client, and where every socket starts.

use super::exprs::broken;
use super::scope::Scope;
use super::types::Written;
use super::{Lowering, codes};
use crate::diagnostic::Diagnostic;
use crate::model::{Attribute, Expr, MachineId, Type};
use crate::syntax::ast;

impl Lowering<'_> {
    pub(super) fn lower_attributes(&mut self) -> Vec<Attribute> {
        let mut attributes = Vec::new();
        for at in 0..self.items.attributes.len() {
            if let Some(item) = self.items.attributes.get(at).copied() {
                attributes.push(self.lower_attribute(item));
            }
        }
        attributes
    }

    fn lower_attribute(&mut self, item: &ast::Attribute) -> Attribute {
        let ty = self.lower_type(&item.ty, Written::AsType);
        let ty = self.without_secret(ty, &item.ty, "stored");
        let default = item.default.as_ref().map(|default| self.lower_default(default, ty.as_ref()));
        if default.is_none() && ty.as_ref().is_some_and(|ty| !matches!(ty, Type::Optional(_))) {
            let message = format!("`client.{}` holds nothing before it is set", item.name.node);
            let finding = Diagnostic::error(codes::MAYBE_UNSET, item.name.span, message);
            self.report
                .push(finding.help("say what it holds at first, as in `= false`, or make its type optional with `?`"));
        }
        self.attribute_types.push(ty.clone());
        Attribute { name: item.name.node.clone(), ty: ty.unwrap_or(Type::Any), default, span: item.name.span }
    }

    fn lower_default(&mut self, default: &ast::Expr, ty: Option<&Type>) -> Expr {
        let lowered = self.lower_expr(Scope::default(), default).and_then(|lowered| self.fold_deep(lowered));
        match (lowered, ty) {
            (Some(lowered), Some(ty)) if self.check_type(&lowered, ty, "the attribute") => lowered,
            (Some(_) | None, _) => broken(default.span),
        }
    }

    /// The room in which every socket starts.
    pub(super) fn lower_entry(&mut self) -> Option<MachineId> {
        let Some(entry) = self.items.entries.first().copied() else {
            self.report_missing_entry();
            return None;
        };
        for second in self.items.entries.iter().skip(1) {
            let finding =
                Diagnostic::error(codes::MISSING_INITIAL, second.span, "a ruleset has one entry room, not two");
            self.report.push(finding.other(entry.span, "the first one").help("remove one of them"));
        }
        let room = self.room_named(entry)?;
        if self.head(room).is_some_and(|head| !head.params.is_empty()) {
            let message = format!("`{}` is a family of rooms, and nothing says which of them is meant", entry.node);
            let finding = Diagnostic::error(codes::MISSING_INITIAL, entry.span, message);
            self.report.push(finding.help("name a room without parameters"));
        }
        Some(room)
    }

    /// The place of the finding is the first thing there is; where there is none at all, nobody needs to be told
    /// more than that the ruleset is empty, which is the reader's to say.
    fn report_missing_entry(&mut self) {
        let rooms: Vec<String> = self
            .heads
            .iter()
            .filter(|head| head.is_room() && head.params.is_empty())
            .map(|head| format!("`entry {}`", head.item.name().node))
            .take(3)
            .collect();
        let first = self.heads.iter().map(|head| head.item.name().span).min();
        let others = self.items.proofs.iter().map(|proof| proof.span);
        let others = others.chain(self.items.groups.iter().map(|group| group.name.span));
        let others = others.chain(self.items.shapes.iter().map(|shape| shape.name.span));
        let others = others.chain(self.items.constants.iter().map(|constant| constant.name.span));
        let others = others.chain(self.items.checks.iter().map(|check| check.name.span));
        let others = others.chain(self.items.clients.iter().map(|client| client.span));
        let Some(span) = first.or(others.min()) else {
            return;
        };
        let finding =
            Diagnostic::error(codes::MISSING_INITIAL, span, "no room is the entry: a socket has nowhere to start");
        let help = if rooms.is_empty() {
            "write `entry` and a room's name".to_owned()
        } else {
            format!("write {}", rooms.join(", or "))
        };
        self.report.push(finding.help(help));
    }
}
