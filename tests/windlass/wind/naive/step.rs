//! Taking an arm, entering a state, asking what it asks, resolving and failing.

use super::eval::Bound;
use super::socket::{Asker, Key, Role, Timer, Waits};
use super::{CHOICE_WITHIN, Closed, Naive, Step, WALL_AHEAD, types};
use serde_json::{Value as Json, json};
use windlass::syntax::ast::{Apply, Arm, CallKind, Follow, TargetKind, Trigger, Within};

/// Who gets a lock's answer.
pub enum Answers {
    Frame(u64),
    Offer(Option<Json>),
    Nobody,
}

impl Naive {
    /// The three parts of "Taking an arm".
    pub fn take(&mut self, who: u64, bound: &Bound, follow: &Follow) -> Step {
        let target = follow.target.as_ref().map(|target| target.kind.clone());
        if leaves_the_state(target.as_ref()) {
            self.cut_asked(who)?;
            self.leave_state(who)?;
        }
        if !self.act(who, bound, &follow.actions)? {
            return Ok(());
        }
        match target {
            Some(target) => self.descend(|naive| naive.go(who, bound, &target)),
            None => Ok(()),
        }
    }

    /// The arrow.
    pub fn go(&mut self, who: u64, bound: &Bound, target: &TargetKind) -> Step {
        let lives = self.socket.lives(who);
        match target {
            TargetKind::Move(room) => {
                let room = self.room_named(who, bound, room);
                self.move_to(&room)
            }
            TargetKind::Drop(why) => {
                let why = self.value(who, bound, why);
                self.drop_socket(&why)
            }
            _ if !lives => Ok(()),
            TargetKind::State(state) => {
                let values = self.values(who, bound, &state.args);
                self.enter_state(who, &state.name.node, values, None)
            }
            TargetKind::Resolve(value, until) => {
                let value = self.value(who, bound, value);
                let until = until.as_ref().map(|until| self.value(who, bound, until));
                self.resolve(who, value, until.and_then(|until| until.as_u64()))
            }
            TargetKind::Fail(why) => {
                let why = self.value(who, bound, why);
                self.fail(who, why)
            }
            TargetKind::Admit(state) => {
                let state =
                    state.as_ref().map(|state| (state.name.node.to_string(), self.values(who, bound, &state.args)));
                self.admit(who, state)
            }
            TargetKind::Retry(state) => self.retry(who, bound, state),
        }
    }

    fn retry(&mut self, who: u64, bound: &Bound, state: &Apply) -> Step {
        let left = self.socket.frame_mut(who).map_or(0, |frame| {
            frame.attempts = frame.attempts.saturating_sub(1);
            frame.attempts
        });
        if left == 0 {
            return self.fail(who, json!("no attempts left"));
        }
        let values = self.values(who, bound, &state.args);
        self.enter_state(who, &state.name.node, values, None)
    }

    /// Enters a state. `instead`, if there is one, takes the place of what the state would do after its entry actions.
    pub fn enter_state(
        &mut self,
        who: u64,
        state: &str,
        values: Vec<Json>,
        instead: Option<(Bound, TargetKind)>,
    ) -> Step {
        let Some(frame) = self.socket.frame(who).filter(|_| self.socket.lives(who)) else { return Ok(()) };
        let machine = frame.machine.clone();
        let params = self.rules.state_params(&machine, state);
        let values = params.iter().map(|param| param.name.node.to_string()).zip(values).collect();
        if let Some(frame) = self.socket.frame_mut(who) {
            frame.state = Some(state.to_owned());
            frame.values = values;
            frame.left = false;
            frame.waits = Waits::Nothing;
            frame.timers.retain(|timer| !timer.of_state);
        }
        self.arm_timers(who, self.rules.state_arms(&machine, state), true);
        if !self.act(who, &Bound::nothing(), &self.rules.state_entry(&machine, state))? {
            return Ok(());
        }
        if let Some((bound, target)) = instead {
            return self.go(who, &bound, &target);
        }
        if !self.socket.lives(who) {
            return Ok(());
        }
        if self.take_eventless(who, &machine, state)? { Ok(()) } else { self.ask(who) }
    }

    /// Whether an arm with an arrow was taken.
    fn take_eventless(&mut self, who: u64, machine: &str, state: &str) -> Result<bool, Closed> {
        for arm in self.rules.eventless(machine, state) {
            let subject = arm.subject.as_ref().map(|(subject, _)| self.value(who, &Bound::nothing(), subject));
            let subject = subject.unwrap_or(Json::Null);
            let fits = arm.subject.as_ref().is_none_or(|(_, pattern)| types::is_of(&self.rules, pattern, &subject));
            let bound = Bound::to_name(arm.bind.clone(), subject);
            if fits && self.holds(who, &bound, arm.guard.as_ref()) {
                self.descend(|naive| naive.take(who, &bound, &arm.follow))?;
                return Ok(arm.follow.target.is_some() || !self.socket.lives(who));
            }
        }
        Ok(false)
    }

    /// Arms deadlines. A room's run only where the socket stands.
    pub fn arm_timers(&mut self, who: u64, arms: Vec<Arm>, of_state: bool) {
        let now = self.now;
        let standing = self.socket.standing.clone();
        let Some(frame) = self.socket.frame_mut(who) else { return };
        if let Role::Room(room) = &frame.role
            && standing.as_ref() != Some(room)
        {
            return;
        }
        for arm in arms {
            if let Trigger::After(span) = &arm.trigger {
                frame.timers.push(Timer { at: now + span.node, of_state, arm: Some(arm.clone()) });
            }
        }
    }

    /// What the state asks is asked.
    fn ask(&mut self, who: u64) -> Step {
        let Some(frame) = self.socket.frame(who) else { return Ok(()) };
        let state = frame.state.clone().unwrap_or_default();
        match self.rules.call(&frame.machine.clone(), &state) {
            Some(CallKind::Lock(locks)) => self.ask_locks(who, locks),
            Some(CallKind::Check { check, within }) => {
                let Within::Duration(within) = within else { panic!("rules that run say how long a check may take") };
                self.ask_check(who, &check, within.node)
            }
            None => Ok(()),
        }
    }

    fn ask_locks(&mut self, who: u64, locks: Vec<Apply>) -> Step {
        for lock in &locks {
            let args = self.values(who, &Bound::nothing(), &lock.args);
            if let Some(value) = self.socket.held(&lock.name.node, &args, self.now).cloned() {
                return self.answer_resolved(Answers::Frame(who), value);
            }
        }
        match &locks[..] {
            [lock] => self.wind_for(who, lock),
            _ => {
                self.ask_to_choose(who, locks);
                Ok(())
            }
        }
    }

    pub fn ask_to_choose(&mut self, who: u64, locks: Vec<Apply>) {
        let names: Vec<Json> = locks.iter().map(|lock| Json::from(&*lock.name.node)).collect();
        self.prompt(who, json!({ "choose": names }));
        let at = self.now + CHOICE_WITHIN;
        let standing = self.socket.standing.clone();
        if let Some(frame) = self.socket.frame_mut(who) {
            frame.waits = Waits::Choice(locks);
            let runs = !matches!(&frame.role, Role::Room(room) if standing.as_ref() != Some(room));
            if runs {
                frame.timers.push(Timer { at, of_state: true, arm: None });
            }
        }
    }

    fn ask_check(&mut self, who: u64, check: &Apply, within: u64) -> Step {
        let args = self.values(who, &Bound::nothing(), &check.args);
        let nonce = |arg: &&Json| arg.as_str().is_some_and(|text| self.socket.nonces.iter().any(|nonce| nonce == text));
        let nonces: Vec<String> = args.iter().filter(nonce).filter_map(Json::as_str).map(str::to_owned).collect();
        if nonces.iter().any(|nonce| self.socket.spent.contains(nonce)) {
            return self.answer(who, &Trigger::Failed, json!("the challenge was used already"));
        }
        self.socket.spent.extend(nonces);
        self.socket.checks_asked += 1;
        let number = self.socket.checks_asked;
        if let Some(frame) = self.socket.frame_mut(who) {
            frame.waits = Waits::Check(number);
        }
        self.effects.push(json!({ "check": &*check.name.node, "number": number, "args": args, "within": within }));
        Ok(())
    }

    fn resolve(&mut self, who: u64, value: Json, until: Option<u64>) -> Step {
        let Some(frame) = self.socket.frame(who).cloned() else { return Ok(()) };
        let until = match until.map(|until| until.saturating_sub(WALL_AHEAD)) {
            Some(until) if until <= self.now => return self.fail(who, json!("the key would have ended already")),
            other => other,
        };
        let answers = self.asker_of(who);
        self.leave_machine(who)?;
        // What was done there may have cut this very frame: then it gives no key.
        if !self.socket.lives(who) {
            return Ok(());
        }
        self.socket.remove(who);
        let params = self.rules.params(&frame.machine).len();
        let args: Vec<Json> = frame.args.iter().take(params).map(|(_, value)| value.clone()).collect();
        let lock = self.rules.locks.get(&frame.machine);
        let held = lock.and_then(|lock| lock.held.as_ref()).map(|held| held.node);
        let grace = lock.and_then(|lock| lock.grace.as_ref()).map_or(0, |grace| grace.node);
        let until = held.map(|held| self.now + held).into_iter().chain(until).min();
        self.socket.keys.retain(|key| !(key.lock == frame.machine && key.args == args));
        self.socket.keys.push(Key { lock: frame.machine, args, value: value.clone(), until, grace, ended: false });
        while self.socket.keys.len() > 64 {
            self.socket.keys.remove(0);
        }
        self.answer_resolved(answers, value)
    }

    /// A lock fails, or a room refuses.
    pub fn fail(&mut self, who: u64, why: Json) -> Step {
        let Some(frame) = self.socket.frame(who).cloned() else { return Ok(()) };
        match frame.role {
            Role::Gate { .. } => return self.gate_fails(who, "refused", why, None),
            // A room that has admitted cannot refuse any more: it stays as it is.
            Role::Room(_) => {
                if let Some(frame) = self.socket.frame_mut(who) {
                    frame.left = false;
                }
                return Ok(());
            }
            Role::Lock(_) => {}
        }
        let answers = self.asker_of(who);
        self.leave_machine(who)?;
        if !self.socket.lives(who) {
            return Ok(());
        }
        self.socket.remove(who);
        self.answer_failed(answers, why)
    }

    /// `identify` could not be: the lock fails from within an arm.
    pub fn fail_amid(&mut self, who: u64, why: Json) -> Step {
        self.cut_asked(who)?;
        self.leave_state(who)?;
        self.fail(who, why)
    }

    fn asker_of(&self, who: u64) -> Answers {
        let Some(frame) = self.socket.frame(who) else { return Answers::Nobody };
        match &frame.role {
            Role::Lock(Asker::Below) => self
                .socket
                .place(who)
                .map_or(Answers::Nobody, |(run, place)| Answers::Frame(self.socket.runs[run][place - 1].born)),
            Role::Lock(Asker::Room(room)) => {
                self.socket.room(room).map_or(Answers::Nobody, |frame| Answers::Frame(frame.born))
            }
            Role::Lock(Asker::Offer(id)) => Answers::Offer(id.clone()),
            Role::Room(_) | Role::Gate { .. } => Answers::Nobody,
        }
    }

    pub fn answer_resolved(&mut self, answers: Answers, value: Json) -> Step {
        match answers {
            Answers::Frame(asker) if self.is_requiring(asker) => self.descend(|naive| naive.gate(asker)),
            Answers::Frame(asker) => self.answer(asker, &Trigger::Resolved, value),
            Answers::Offer(id) => {
                self.answers.extend(id);
                Ok(())
            }
            Answers::Nobody => Ok(()),
        }
    }

    pub fn answer_failed(&mut self, answers: Answers, why: Json) -> Step {
        match answers {
            Answers::Frame(asker) if self.is_requiring(asker) => self.requirement_fails(asker, why),
            Answers::Frame(asker) => self.answer(asker, &Trigger::Failed, why),
            Answers::Offer(id) => {
                self.refuse(id.as_ref(), "lock_failed");
                Ok(())
            }
            Answers::Nobody => Ok(()),
        }
    }

    /// The first arm of the state for this end of what it asked.
    pub fn answer(&mut self, who: u64, end: &Trigger, value: Json) -> Step {
        let Some(frame) = self.socket.frame_mut(who) else { return Ok(()) };
        frame.waits = Waits::Nothing;
        frame.timers.retain(|timer| timer.arm.is_some());
        let (machine, state) = (frame.machine.clone(), frame.state.clone().unwrap_or_default());
        for arm in self.rules.state_arms(&machine, &state) {
            let name = arm.bind.as_ref().map(|name| name.node.to_string());
            let bound = Bound::to_name(name, value.clone());
            if arm.trigger == *end && self.holds(who, &bound, arm.guard.as_ref()) {
                return self.descend(|naive| naive.take(who, &bound, &arm.follow));
            }
        }
        Ok(())
    }
}

fn leaves_the_state(target: Option<&TargetKind>) -> bool {
    match target {
        Some(
            TargetKind::State(_)
            | TargetKind::Resolve(..)
            | TargetKind::Fail(_)
            | TargetKind::Retry(_)
            | TargetKind::Admit(Some(_)),
        ) => true,
        Some(TargetKind::Admit(None) | TargetKind::Move(_) | TargetKind::Drop(_)) | None => false,
    }
}
