//! What a state asks must have both ends, and what stands after an arm that is always taken is dead.

use super::scope::Head;
use super::{Lowering, codes};
use crate::diagnostic::{Diagnostic, Fix, Span};
use crate::syntax::ast::{self, Arm, Call, CallKind, Statement, Trigger};

impl Lowering<'_> {
    /// The ends of what a state (or a machine without written states) asks.
    pub(super) fn check_ends(&mut self, head: &Head, statements: &[Statement]) {
        let call = statements
            .iter()
            .find_map(|statement| if let Statement::Call(call) = statement { Some(call) } else { None });
        let Some(call) = call else {
            self.check_no_ends(statements);
            return;
        };
        let (good, bad, good_word) = match call.kind {
            CallKind::Lock(_) => (Trigger::Resolved, Trigger::Passed, "resolved"),
            CallKind::Check { .. } => (Trigger::Passed, Trigger::Resolved, "passed"),
        };
        for arm in ends(statements).filter(|arm| arm.trigger == bad) {
            let message = match call.kind {
                CallKind::Lock(_) => "a lock is `resolved`, only a check is `passed`",
                CallKind::Check { .. } => "a check is `passed`, only a lock is `resolved`",
            };
            self.report
                .push(Diagnostic::error(codes::MISSING_END, arm.span, message).help(format!("write `{good_word}`")));
        }
        // Only a lock can hand a failure on.
        let beside = ends(statements).find(|arm| arm.trigger == good && head.kind() == "lock").map(|arm| arm.span);
        let mixed_up = ends(statements).any(|arm| arm.trigger == bad);
        for (trigger, word) in [(good, good_word), (Trigger::Failed, "failed")] {
            let arms: Vec<&Arm> = ends(statements).filter(|arm| arm.trigger == trigger).collect();
            if !(arms.is_empty() && mixed_up && word == good_word) {
                self.check_end(call, &arms, word, beside);
            }
        }
    }

    fn check_end(&mut self, call: &Call, arms: &[&Arm], word: &str, beside: Option<Span>) {
        let Some(last) = arms.last() else {
            let message =
                format!("nothing says what follows when this {}", if word == "failed" { "fails" } else { "succeeds" });
            let finding = Diagnostic::error(codes::MISSING_END, call.span, message);
            let finding = finding.help(format!("add an arm, as in `{word} _ -> …`"));
            self.report.push(match beside {
                Some(place) if word == "failed" => finding.fix(fails_with(place)),
                Some(_) | None => finding,
            });
            return;
        };
        if last.guard.is_some() {
            let message = format!("nothing says what follows if no guard of `{word}` holds");
            let finding = Diagnostic::error(codes::MISSING_END, last.span, message);
            self.report.push(finding.help(format!("add an arm without a guard after it, as in `{word} _ -> …`")));
        }
        if let Some(sure) = arms.iter().position(|arm| arm.guard.is_none())
            && let (Some(taken), Some(dead)) = (arms.get(sure), arms.get(sure + 1))
        {
            self.warn_dead_statement(dead.span, taken.span);
        }
    }

    /// Ends in a body that asks nothing.
    pub(super) fn check_no_ends(&mut self, statements: &[Statement]) {
        if statements.iter().any(|statement| matches!(statement, Statement::Call(_))) {
            return;
        }
        for arm in ends(statements) {
            let finding = Diagnostic::error(codes::MISSING_END, arm.span, "nothing is asked here that could end so");
            self.report.push(finding.help("put it beside the `lock …` or `check …` whose end it is"));
        }
    }

    /// Eventless arms are tried in order, so one without a condition is the last.
    pub(super) fn warn_dead_eventless(&mut self, statements: &[Statement]) {
        let mut sure: Option<Span> = None;
        for statement in statements {
            match statement {
                Statement::Arm(arm) => match arm.trigger {
                    Trigger::When | Trigger::Else => {
                        let always = arm.trigger == Trigger::Else && arm.guard.is_none();
                        if let Some(taken) = note_eventless(&mut sure, arm.span, always) {
                            self.warn_dead_statement(arm.span, taken);
                        }
                    }
                    Trigger::Message(_)
                    | Trigger::Arrive
                    | Trigger::Leave
                    | Trigger::Cancel
                    | Trigger::Signal(_, _)
                    | Trigger::After(_)
                    | Trigger::Resolved
                    | Trigger::Failed
                    | Trigger::Passed => {}
                },
                Statement::Match(item) => {
                    for arm in &item.arms {
                        let anything = arm.pattern.as_ref().is_none_or(|ty| ty.kind == ast::TypeKind::Wildcard);
                        if let Some(taken) = note_eventless(&mut sure, arm.span, anything && arm.guard.is_none()) {
                            self.report.push(dead(arm.span, taken));
                        }
                    }
                }
                Statement::Property(_)
                | Statement::Let(_)
                | Statement::State(_)
                | Statement::Enter(_)
                | Statement::Call(_) => {}
            }
        }
    }

    /// What never happens can go, and nothing else changes.
    fn warn_dead_statement(&mut self, span: Span, taken: Span) {
        let fix = Fix::safe("take it away").remove(span);
        self.report.push(dead(span, taken).fix(fix));
    }
}

/// Hands the failure on, before the arm of the other end.
fn fails_with(place: Span) -> Fix {
    Fix::unsafe_to_apply("let the lock fail, too").insert(place.source, place.start, "failed why -> fail why ")
}

/// Remembers the first that is always taken; what comes before this one and is always taken.
fn note_eventless(sure: &mut Option<Span>, span: Span, always: bool) -> Option<Span> {
    let taken = *sure;
    if taken.is_none() && always {
        *sure = Some(span);
    }
    taken
}

fn dead(span: Span, taken: Span) -> Diagnostic {
    let finding = Diagnostic::warning(codes::DEAD_ARM, span, "this is never reached");
    finding.other(taken, "this is always taken before it").help("put it before, or remove it")
}

fn ends(statements: &[Statement]) -> impl Iterator<Item = &Arm> {
    statements.iter().filter_map(|statement| match statement {
        Statement::Arm(arm) => match arm.trigger {
            Trigger::Resolved | Trigger::Failed | Trigger::Passed => Some(arm),
            Trigger::Message(_)
            | Trigger::Arrive
            | Trigger::Leave
            | Trigger::Cancel
            | Trigger::Signal(_, _)
            | Trigger::When
            | Trigger::Else
            | Trigger::After(_) => None,
        },
        Statement::Property(_)
        | Statement::Let(_)
        | Statement::State(_)
        | Statement::Enter(_)
        | Statement::Match(_)
        | Statement::Call(_) => None,
    })
}
