//! Arms: triggers, guards, what they bind, and in whose body they may stand.

use super::calls::Called;
use super::exprs::broken;
use super::machines::{Body, Place};
use super::scope::{Bind, Local, Scope};
use super::{Lowering, codes};
use crate::diagnostic::Diagnostic;
use crate::model::{Arm, ArmId, Trigger, Type};
use crate::syntax::ast;

/// The list of its machine or state that an arm belongs to.
#[derive(Clone, Copy)]
enum Kind {
    Handler,
    Arrive,
    Leave,
    Timer,
    Eventless,
}

/// For an arm that binds nothing.
pub(super) fn binding_nothing() -> Bind {
    Bind { name: None, ty: None, to: None }
}

impl Lowering<'_> {
    pub(super) fn lower_arm(
        &mut self,
        body: &mut Body,
        place: Place,
        arm: &ast::Arm,
        locals: &[Local],
        called: Option<&Called>,
    ) {
        let (trigger, mut bind) = self.lower_trigger(&arm.trigger, called);
        let kind = kind(&arm.trigger);
        self.check_place(body, place, arm, kind);
        bind.name = arm.bind.as_ref().map(|name| name.node.clone());
        if let Some(name) = &arm.bind {
            self.warn_shadowing(name, &[locals, &body.args]);
            self.check_bindable(&arm.trigger, name);
        }
        let scope = Scope { locals, ..body.scope() }.binding(&bind);
        let guard = arm.guard.as_ref().map(|guard| self.lower_as(scope, guard, Some(&Type::Bool), "a guard"));
        let (actions, target) = self.lower_follow(scope, &arm.follow);
        let target = target.filter(|target| {
            let stays = matches!(kind, Kind::Leave);
            if stays {
                let finding = Diagnostic::error(codes::MISPLACED, target.span, "`on leave` cannot lead anywhere");
                self.report.push(finding.help("something else leads away already; write only actions here"));
            }
            !stays
        });
        let Some(trigger) = trigger else {
            return;
        };
        let state = match (place, kind) {
            (Place::State(at), Kind::Handler | Kind::Leave | Kind::Timer | Kind::Eventless) => Some(at),
            (Place::State(_), Kind::Arrive) | (Place::Machine, _) => None,
        };
        let id = body.add_arm(Arm { state, trigger, guard, actions, target, span: arm.span });
        file_arm(body, state, kind, id);
    }

    /// The trigger, none where it is wrong, and what it binds.
    fn lower_trigger(&mut self, trigger: &ast::Trigger, called: Option<&Called>) -> (Option<Trigger>, Bind) {
        let nothing = binding_nothing();
        let reason = || Bind { ty: Some(Type::TEXT), ..binding_nothing() };
        match trigger {
            ast::Trigger::Message(written) => match self.lower_message_pattern(written) {
                Some(pattern) => {
                    let bind = Bind { name: None, ty: Some(pattern.content.clone()), to: pattern.to.clone() };
                    (Some(Trigger::Message { pattern: pattern.content, to: pattern.to }), bind)
                }
                None => (None, nothing),
            },
            ast::Trigger::Signal(name, written) => {
                let signal = self.signal_named(name);
                let lowered =
                    written.as_ref().map(|written| self.lower_type(written, super::types::Written::AsPattern));
                match lowered {
                    Some(None) => (None, nothing),
                    Some(Some(pattern)) => {
                        let bind = Bind { ty: Some(pattern.clone()), ..nothing };
                        (Some(Trigger::Signal { signal, pattern: Some(pattern) }), bind)
                    }
                    None => (Some(Trigger::Signal { signal, pattern: None }), Bind { ty: Some(Type::Any), ..nothing }),
                }
            }
            ast::Trigger::Arrive => (Some(Trigger::Arrive), nothing),
            ast::Trigger::Leave => (Some(Trigger::Leave), nothing),
            ast::Trigger::Cancel => (Some(Trigger::Cancel), nothing),
            ast::Trigger::When => (Some(Trigger::When), nothing),
            ast::Trigger::Else => (Some(Trigger::Else), nothing),
            ast::Trigger::After(duration) => (Some(Trigger::After(self.lower_duration(duration))), nothing),
            ast::Trigger::Resolved | ast::Trigger::Passed => {
                let is_passed = matches!(trigger, ast::Trigger::Passed);
                let gives =
                    called.filter(|called| called.is_check == is_passed).and_then(|called| called.gives.clone());
                let trigger = if is_passed { Trigger::Passed } else { Trigger::Resolved };
                (Some(trigger), Bind { ty: gives, ..nothing })
            }
            ast::Trigger::Failed if called.is_some_and(|called| called.is_check) => {
                (Some(Trigger::CheckFailed), reason())
            }
            ast::Trigger::Failed => (Some(Trigger::LockFailed), reason()),
        }
    }

    fn check_bindable(&mut self, trigger: &ast::Trigger, name: &ast::Name) {
        match trigger {
            ast::Trigger::Message(_)
            | ast::Trigger::Signal(_, _)
            | ast::Trigger::Resolved
            | ast::Trigger::Failed
            | ast::Trigger::Passed => {}
            ast::Trigger::Arrive
            | ast::Trigger::Leave
            | ast::Trigger::Cancel
            | ast::Trigger::When
            | ast::Trigger::Else
            | ast::Trigger::After(_) => {
                let message = format!("there is nothing here that `{}` could name", name.node);
                self.report.error(codes::MISPLACED, name.span, message);
            }
        }
    }

    fn check_place(&mut self, body: &Body, place: Place, arm: &ast::Arm, kind: Kind) {
        let in_written_state = matches!(place, Place::State(_)) && !body.head.states.is_empty();
        let finding = match (kind, place) {
            (Kind::Arrive, _) if !body.head.is_room() => Diagnostic::error(
                codes::MISPLACED,
                arm.span,
                "nobody arrives in a lock: `on arrive` stands only in rooms",
            )
            .help("write an action by itself: it is done when the lock is wound"),
            (Kind::Arrive, _) if in_written_state => {
                Diagnostic::error(codes::MISPLACED, arm.span, "a socket arrives in a room, not in a state")
                    .help("write `on arrive` beside the states")
            }
            (Kind::Eventless, Place::Machine) => {
                Diagnostic::error(codes::MISPLACED, arm.span, "what is decided at once belongs to a state")
                    .help("this machine has states: put it into one of them")
            }
            (Kind::Arrive | Kind::Handler | Kind::Leave | Kind::Timer | Kind::Eventless, _) => return,
        };
        self.report.push(finding);
    }

    /// Every arm of a `match` is an eventless arm of its own, with the subject.
    pub(super) fn lower_match(&mut self, body: &mut Body, place: Place, item: &ast::Match, locals: &[Local]) {
        let Place::State(at) = place else {
            let finding = Diagnostic::error(codes::MISPLACED, item.span, "what is decided at once belongs to a state");
            self.report.push(finding.help("this machine has states: put the `match` into one of them"));
            return;
        };
        let subject = self.lower_expr(Scope { locals, ..body.scope() }, &item.subject);
        let subject_type = subject.as_ref().map(|subject| subject.ty.clone());
        let subject = subject.unwrap_or_else(|| broken(item.subject.span));
        for arm in &item.arms {
            let (trigger, ty) = match &arm.pattern {
                None => (Some(Trigger::Else), None),
                Some(written) => match self.lower_match_pattern(written, subject_type.as_ref()) {
                    Some((pattern, bound)) => (Some(Trigger::Match { subject: subject.clone(), pattern }), bound),
                    None => (None, None),
                },
            };
            if let Some(name) = &arm.bind {
                self.warn_shadowing(name, &[locals, &body.args]);
            }
            let bind = Bind { name: arm.bind.as_ref().map(|name| name.node.clone()), ty, to: None };
            let scope = Scope { locals, ..body.scope() }.binding(&bind);
            let guard = arm.guard.as_ref().map(|guard| self.lower_as(scope, guard, Some(&Type::Bool), "a guard"));
            let (actions, target) = self.lower_follow(scope, &arm.follow);
            if let Some(trigger) = trigger {
                let id = body.add_arm(Arm { state: Some(at), trigger, guard, actions, target, span: arm.span });
                file_arm(body, Some(at), Kind::Eventless, id);
            }
        }
    }
}

fn kind(trigger: &ast::Trigger) -> Kind {
    match trigger {
        ast::Trigger::Arrive => Kind::Arrive,
        ast::Trigger::Leave => Kind::Leave,
        ast::Trigger::After(_) => Kind::Timer,
        ast::Trigger::When | ast::Trigger::Else => Kind::Eventless,
        ast::Trigger::Message(_)
        | ast::Trigger::Signal(_, _)
        | ast::Trigger::Cancel
        | ast::Trigger::Resolved
        | ast::Trigger::Failed
        | ast::Trigger::Passed => Kind::Handler,
    }
}

fn file_arm(body: &mut Body, state: Option<crate::model::StateId>, kind: Kind, id: ArmId) {
    let machine = &mut body.machine;
    let list = match state.and_then(|at| machine.states.get_mut(at.index())) {
        Some(state) => match kind {
            Kind::Handler => &mut state.handlers,
            Kind::Leave => &mut state.leave,
            Kind::Timer => &mut state.timers,
            Kind::Eventless => &mut state.eventless,
            Kind::Arrive => return,
        },
        None => match kind {
            Kind::Handler => &mut machine.handlers,
            Kind::Leave => &mut machine.leave,
            Kind::Timer => &mut machine.timers,
            Kind::Arrive => &mut machine.arrive,
            Kind::Eventless => return,
        },
    };
    list.push(id);
}
