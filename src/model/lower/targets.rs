//! Arrows: where they lead, and whether they may.

use super::scope::{Head, Scope};
use super::{Lowering, codes};
use crate::diagnostic::{Diagnostic, Fix, Span};
use crate::model::{Action, StateCall, StateId, Target, TargetKind, Type};
use crate::syntax::ast::{self, Statement};

impl Lowering<'_> {
    /// What follows a trigger.
    pub(super) fn lower_follow(&mut self, scope: Scope, follow: &ast::Follow) -> (Vec<Action>, Option<Target>) {
        let actions = follow.actions.iter().filter_map(|action| self.lower_action(scope, action)).collect();
        let target = follow.target.as_ref().and_then(|target| self.lower_target(scope, target));
        (actions, target)
    }

    fn lower_target(&mut self, scope: Scope, target: &ast::Target) -> Option<Target> {
        let head = scope.head?;
        let kind = match &target.kind {
            ast::TargetKind::State(state) => TargetKind::State(self.lower_state_target(scope, head, state)?),
            ast::TargetKind::Resolve(value, until) => {
                let value = self.lower_as(scope, value, head.gives.as_ref(), "the answer of this lock");
                let until = until.as_ref().map(|until| self.lower_as(scope, until, Some(&Type::Time), "a key's end"));
                self.only_in(head, "lock", "resolve", target.span).then_some(TargetKind::Resolve(value, until))?
            }
            ast::TargetKind::Fail(why) => TargetKind::Fail(self.lower_as(scope, why, Some(&Type::TEXT), "a reason")),
            ast::TargetKind::Drop(why) => TargetKind::Drop(self.lower_as(scope, why, Some(&Type::TEXT), "a reason")),
            ast::TargetKind::Admit(state) => {
                let state = state.as_ref().and_then(|state| self.lower_state_target(scope, head, state));
                self.only_in(head, "room", "admit", target.span).then_some(TargetKind::Admit(state))?
            }
            ast::TargetKind::Retry(state) => {
                let state = self.lower_state_target(scope, head, state);
                if !self.only_in(head, "lock", "retry", target.span) {
                    return None;
                }
                self.check_attempts(head, target.span);
                TargetKind::Retry(state?)
            }
            ast::TargetKind::Move(room) => TargetKind::Move(self.lower_room_call(scope, room)?),
        };
        Some(Target { kind, span: target.span })
    }

    fn only_in(&mut self, head: &Head, kind: &str, what: &str, span: Span) -> bool {
        let fine = head.kind() == kind;
        if !fine {
            let finding = Diagnostic::error(codes::MISPLACED, span, format!("a {} cannot `{what}`", head.kind()));
            self.report.push(finding.note(format!("only a {kind} can")));
        }
        fine
    }

    fn check_attempts(&mut self, head: &Head, span: Span) {
        if !head.attempts {
            let message = format!("the lock `{}` does not say how many attempts there are", head.item.name().node);
            let finding = Diagnostic::error(codes::UNCOUNTED_RETRY, span, message);
            let finding = finding.help("write `attempts 3`, say, beside its states");
            self.report.push(match first_place(head) {
                Some(place) => finding.fix(Fix::unsafe_to_apply("give the lock `attempts 3`").insert(
                    place.source,
                    place.start,
                    "attempts 3 ",
                )),
                None => finding,
            });
        }
    }

    fn lower_state_target(&mut self, scope: Scope, head: &Head, apply: &ast::Apply) -> Option<StateCall> {
        let found = head.states.iter().position(|state| state.item.name.node == apply.name.node);
        let Some((at, state)) = found.and_then(|at| head.states.get(at).map(|state| (at, state))) else {
            self.look_at_args(scope, apply);
            self.unknown_state(head, &apply.name);
            return None;
        };
        let args = self.lower_args(scope, "state", &state.params, apply);
        Some(StateCall { state: StateId(at as u32), args })
    }

    fn unknown_state(&mut self, head: &Head, name: &ast::Name) {
        let whose = format!(" in the {} `{}`", head.kind(), head.item.name().node);
        let global = self.items.globals.get(&name.node).map(|(global, _)| *global);
        match global {
            Some(super::names::Global::Machine(id)) if self.is_room(id) => {
                let message = format!("`{}` is a room, and an arrow by itself leads to a state", name.node);
                let finding = Diagnostic::error(codes::UNKNOWN_NAME, name.span, message);
                self.report.push(finding.help(format!("write `-> move {}`", name.node)));
            }
            Some(_) | None => {
                self.report.unknown_in("state", &whose, name, head.states.iter().map(|state| &*state.item.name.node));
            }
        }
    }
}

/// Where the first statement of a body begins, if that can be said.
fn first_place(head: &Head) -> Option<Span> {
    match head.item.body().first()? {
        Statement::Property(property) => Some(property.span),
        Statement::State(state) if state.doc.is_empty() => Some(state.span),
        Statement::Enter(action) => Some(action.span),
        Statement::Arm(arm) => Some(arm.span),
        Statement::Match(item) => Some(item.span),
        Statement::Call(call) => Some(call.span),
        Statement::State(_) | Statement::Let(_) => None,
    }
}
