//! Actions, arrows, and what both lead to, as bytes.

use super::writer::Writer;
use crate::model::{Action, ActionKind, Dest, Door, LockCall, RoomCall, StateCall, Target, TargetKind};

impl Writer<'_> {
    pub(super) fn action(&mut self, action: &Action) {
        let Action { kind, span: _ } = action;
        match kind {
            ActionKind::Ask(content) => {
                self.text("ask");
                self.expr(content);
            }
            ActionKind::Say(content) => {
                self.text("say");
                self.expr(content);
            }
            ActionKind::Post(content) => {
                self.text("post");
                self.expr(content);
            }
            ActionKind::Tell(dest, content) => {
                self.text("tell");
                self.dest(dest);
                self.expr(content);
            }
            ActionKind::Signal(dest, signal, content) => {
                self.text("signal");
                self.dest(dest);
                self.signal(*signal);
                self.option(content.as_ref(), Writer::expr);
            }
            ActionKind::Identify(client) => {
                self.text("identify");
                self.expr(client);
            }
            ActionKind::Set(attribute, value) => {
                self.text("set");
                self.attribute(*attribute);
                self.expr(value);
            }
            ActionKind::Leave(room) => {
                self.text("leave");
                self.room_call(room);
            }
        }
    }

    pub(super) fn target(&mut self, target: &Target) {
        let Target { kind, span: _ } = target;
        match kind {
            TargetKind::State(state) => {
                self.text("state");
                self.state_call(state);
            }
            TargetKind::Resolve(answer, until) => {
                self.text("resolve");
                self.expr(answer);
                self.option(until.as_ref(), Writer::expr);
            }
            TargetKind::Fail(why) => {
                self.text("fail");
                self.expr(why);
            }
            TargetKind::Admit(state) => {
                self.text("admit");
                self.option(state.as_ref(), Writer::state_call);
            }
            TargetKind::Retry(state) => {
                self.text("retry");
                self.state_call(state);
            }
            TargetKind::Move(room) => {
                self.text("move");
                self.room_call(room);
            }
            TargetKind::Drop(why) => {
                self.text("drop");
                self.expr(why);
            }
        }
    }

    pub(super) fn dest(&mut self, dest: &Dest) {
        match dest {
            Dest::Members => self.text("members"),
            Dest::Everyone => self.text("everyone"),
            Dest::Room(room) => {
                self.text("room");
                self.room_call(room);
            }
            Dest::Group(group) => {
                self.text("group");
                self.group(*group);
            }
            Dest::Value(value) => {
                self.text("value");
                self.expr(value);
            }
        }
    }

    pub(super) fn door(&mut self, door: &Door) {
        let Door { room, args, span: _ } = door;
        self.room(*room);
        self.option(args.as_ref(), |writer, args| writer.exprs(args));
    }

    pub(super) fn lock_call(&mut self, call: &LockCall) {
        let LockCall { lock, args, span: _ } = call;
        self.lock(*lock);
        self.exprs(args);
    }

    fn room_call(&mut self, call: &RoomCall) {
        let RoomCall { room, args, span: _ } = call;
        self.room(*room);
        self.exprs(args);
    }

    fn state_call(&mut self, call: &StateCall) {
        let StateCall { state, args } = call;
        self.state_name(*state);
        self.exprs(args);
    }
}
