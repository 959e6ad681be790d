//! States, their arms, and the arms that properties lead to, as bytes.

use super::writer::Writer;
use crate::model::{Admit, Arm, Call, CheckCall, Limit, Requirement, State, Trigger};

impl Writer<'_> {
    pub(super) fn state(&mut self, state: &State) {
        let State { name, span: _, params, enter, eventless, call, handlers, leave, timers } = state;
        self.text(name);
        self.list(params, Writer::param);
        self.list(enter, Writer::action);
        self.option(call.as_ref(), Writer::call);
        for list in [eventless, handlers, leave, timers] {
            self.arms(list);
        }
    }

    fn call(&mut self, call: &Call) {
        match call {
            Call::Lock(locks) => {
                self.text("lock");
                self.list(locks, Writer::lock_call);
            }
            Call::Check(CheckCall { check, args, within, span: _ }) => {
                self.text("check");
                self.check(*check);
                self.exprs(args);
                self.number(*within);
            }
        }
    }

    pub(super) fn arm(&mut self, arm: &Arm) {
        let Arm { state, trigger, guard, actions, target, span: _ } = arm;
        self.option(state.as_ref(), |writer, state| writer.state_name(*state));
        self.trigger(trigger);
        self.option(guard.as_ref(), Writer::expr);
        self.list(actions, Writer::action);
        self.option(target.as_ref(), Writer::target);
    }

    fn trigger(&mut self, trigger: &Trigger) {
        match trigger {
            Trigger::Message { pattern, to } => {
                self.text("message");
                self.ty(pattern);
                self.option(to.as_ref(), Writer::ty);
            }
            Trigger::Arrive => self.text("arrive"),
            Trigger::Leave => self.text("leave"),
            Trigger::Cancel => self.text("cancel"),
            Trigger::Signal { signal, pattern } => {
                self.text("signal");
                self.signal(*signal);
                self.option(pattern.as_ref(), Writer::ty);
            }
            Trigger::When => self.text("when"),
            Trigger::Else => self.text("else"),
            Trigger::Match { subject, pattern } => {
                self.text("match");
                self.expr(subject);
                self.ty(pattern);
            }
            Trigger::After(millis) => {
                self.text("after");
                self.number(*millis);
            }
            Trigger::Resolved => self.text("resolved"),
            Trigger::LockFailed => self.text("lock failed"),
            Trigger::Passed => self.text("passed"),
            Trigger::CheckFailed => self.text("check failed"),
            Trigger::Otherwise => self.text("otherwise"),
        }
    }

    pub(super) fn requirement(&mut self, requirement: &Requirement) {
        let Requirement { locks, otherwise, span: _ } = requirement;
        self.list(locks, Writer::lock_call);
        self.option(otherwise.as_ref(), |writer, arm| writer.arm_by_id(*arm));
    }

    pub(super) fn admit(&mut self, admit: &Admit) {
        let Admit { guard, otherwise, span: _ } = admit;
        self.expr(guard);
        self.option(otherwise.as_ref(), |writer, arm| writer.arm_by_id(*arm));
    }

    pub(super) fn limit(&mut self, limit: &Limit) {
        let Limit { count, per, otherwise } = limit;
        self.number(*count);
        self.number(*per);
        self.option(otherwise.as_ref(), |writer, arm| writer.arm_by_id(*arm));
    }
}
