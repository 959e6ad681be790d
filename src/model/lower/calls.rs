//! What a state asks: a lock, one of several locks, or a check.

use super::machines::{Body, Place};
use super::scope::{Local, Scope};
use super::{Lowering, codes};
use crate::diagnostic::{Diagnostic, Fix};
use crate::model::{Call, CheckCall, Type};
use crate::syntax::ast::{self, CallKind, Statement};

/// How long a check takes of which the rules do not say it, in a model that came with errors and never runs.
const UNKNOWN_WITHIN: u64 = 1;

/// What a state asks, as its ends need to know it.
pub(super) struct Called {
    pub(super) is_check: bool,
    /// The type of the answer, where that is known.
    pub(super) gives: Option<Type>,
}

impl Lowering<'_> {
    /// Looks for what a body asks, before its arms, which bind the answer.
    pub(super) fn lower_state_call(
        &mut self,
        body: &mut Body,
        place: Place,
        statements: &[Statement],
        locals: &[Local],
    ) -> Option<Called> {
        let mut calls = statements.iter().filter_map(|statement| match statement {
            Statement::Call(call) => Some(call),
            Statement::Property(_)
            | Statement::Let(_)
            | Statement::State(_)
            | Statement::Enter(_)
            | Statement::Arm(_)
            | Statement::Match(_) => None,
        });
        let first = calls.next()?;
        for second in calls {
            self.report.said_twice("lock … or check …", second.span, first.span);
        }
        let scope = Scope { locals, ..body.scope() };
        let (call, called) = match &first.kind {
            CallKind::Lock(locks) => self.lower_lock_question(scope, locks),
            CallKind::Check { check, within } => self.lower_check_call(scope, check, within),
        };
        match place {
            Place::Machine => {
                let message = "what is asked belongs to a state";
                let finding = Diagnostic::error(codes::MISPLACED, first.span, message);
                self.report.push(finding.help("this machine has states: put it into one of them, with its ends"));
            }
            Place::State(at) => {
                if let Some(state) = body.machine.states.get_mut(at.index()) {
                    state.call = call;
                }
            }
        }
        Some(called)
    }

    fn lower_lock_question(&mut self, scope: Scope, locks: &[ast::Apply]) -> (Option<Call>, Called) {
        let calls: Vec<_> = locks.iter().filter_map(|lock| self.lower_lock_call(scope, lock)).collect();
        let answers: Vec<Option<Type>> =
            calls.iter().map(|call| self.head(call.lock).and_then(|head| head.gives.clone())).collect();
        let answers: Option<Vec<Type>> = answers.into_iter().collect();
        let gives = answers.filter(|answers| answers.len() == locks.len()).and_then(|answers| {
            // Locks whose answers have nothing in common: nothing is known of which it will be.
            answers
                .into_iter()
                .map(Some)
                .reduce(|one, other| one?.join(&other?))
                .map(|joined| joined.unwrap_or(Type::Any))
        });
        let call = (!calls.is_empty()).then_some(Call::Lock(calls));
        (call, Called { is_check: false, gives })
    }

    fn lower_check_call(&mut self, scope: Scope, apply: &ast::Apply, within: &ast::Within) -> (Option<Call>, Called) {
        let id = self.check_named(&apply.name);
        let within = match within {
            ast::Within::Duration(within) => self.lower_duration(within),
            ast::Within::Unreadable => UNKNOWN_WITHIN,
            ast::Within::Absent => {
                let message = format!("nothing says how long the check `{}` may take", apply.name.node);
                let finding = Diagnostic::error(codes::ENDLESS_CHECK, apply.span, message);
                let fix =
                    Fix::unsafe_to_apply("give it `within 5s`").insert(apply.span.source, apply.span.end, " within 5s");
                self.report.push(finding.help("write `within 5s`, say, after it").fix(fix));
                UNKNOWN_WITHIN
            }
        };
        let found = id.and_then(|id| self.checks.get(id.index()).map(|check| (id, check)));
        let Some((check, declared)) = found else {
            self.look_at_args(scope, apply);
            return (None, Called { is_check: true, gives: None });
        };
        let sound = self.sound_checks.get(check.index()).copied().unwrap_or(false);
        let gives = sound.then(|| declared.gives.clone());
        let params: Vec<Local> = declared
            .params
            .iter()
            .map(|param| Local { name: param.name.clone(), ty: sound.then(|| param.ty.clone()), span: param.span })
            .collect();
        let args = self.lower_args(scope, "check", &params, apply);
        (Some(Call::Check(CheckCall { check, args, within, span: apply.span })), Called { is_check: true, gives })
    }
}
