//! Runs of locks: each moves as a whole, stays as a whole, or begins anew as a whole.

use super::super::super::{Asker, Carried, Due, Epoch, Frame, Phase, Role, Timer, Waits};
use super::super::state::LockEnd;
use super::super::{GONE_WITHIN_MS, Job, Pass, Stepped};
use crate::machine::{Fate, Likeness};
use crate::model::{ArmId, MachineId, Reload};

impl<'rules> Pass<'rules> {
    /// Each run of locks moves as a whole or stays as a whole.
    pub(super) fn move_runs(&mut self) -> Stepped {
        let begins = self.socket().frames.iter().filter(|frame| is_run_of_locks(&frame.role));
        let bases: Vec<u64> = begins.map(|frame| frame.sequence).collect();
        for base in bases {
            if let Some(position) = self.socket().position(base) {
                let end = self.socket().run_end(position);
                let locks = self.socket().frames.iter().take(end).skip(position);
                let locks: Vec<Frame> = locks.filter(|frame| matches!(frame.role, Role::Lock(_))).cloned().collect();
                self.move_run(base, &locks)?;
            }
        }
        Ok(())
    }

    fn move_run(&mut self, base: u64, locks: &[Frame]) -> Stepped {
        let fates: Vec<&Fate> = locks.iter().filter_map(|frame| self.fate(frame)).collect();
        let settings: Vec<Reload> =
            locks.iter().zip(&fates).filter_map(|(frame, fate)| self.setting(frame, fate)).collect();
        let is_expired = locks.iter().any(|frame| self.epochs.is_expired(frame.epoch));
        if settings.is_empty() {
            for (frame, fate) in locks.iter().zip(fates) {
                fate.new_id().into_iter().for_each(|machine| self.set_machine(frame.sequence, machine));
            }
        } else if settings.contains(&Reload::Drop) {
            let first = locks.first().map_or_else(String::new, |frame| format!("lock:{}", self.machine(frame).name));
            return self.send_away(&first);
        } else if is_expired || settings.contains(&Reload::Restart) {
            return self.begin_run_anew(base, locks);
        } else {
            let drained = locks.iter().zip(fates).filter(|(_, fate)| **fate == Fate::Gone);
            drained.for_each(|(frame, _)| self.drain(frame.sequence));
        }
        Ok(())
    }

    /// What the author says of a lock that says something else now.
    fn setting(&self, frame: &Frame, fate: &Fate) -> Option<Reload> {
        match fate {
            Fate::Same(_) => None,
            Fate::Changed(change) => Some(change.on_reload),
            Fate::Gone => Some(self.machine(frame).on_reload),
        }
    }

    /// A lock that the rules no longer have goes on for a while.
    fn drain(&mut self, at: u64) {
        let until = self.now.monotonic.saturating_add(GONE_WITHIN_MS);
        if let Some(frame) = self.frame_mut(at)
            && !frame.timers.iter().any(|timer| timer.due == Due::Gone)
        {
            frame.timers.push(Timer { at: until, due: Due::Gone });
        }
    }

    /// The run is cut, and whoever asked for it asks again; what its locks had used up stays used.
    fn begin_run_anew(&mut self, base: u64, locks: &[Frame]) -> Stepped {
        self.carry(locks);
        let Some(first) = locks.first() else { return Ok(()) };
        let (wound, asker) = (self.successor_of(first), first.role.clone());
        self.cut_asked_by(first.sequence)?;
        self.leave_state(first.sequence)?;
        self.leave_machine(first.sequence)?;
        self.take_frame(first.sequence)?;
        match (asker, wound) {
            (Role::Gate { .. } | Role::Room(_), _) => {}
            (Role::Lock(Asker::Below), _) => self.ask_again(base),
            (Role::Lock(Asker::Room(room)), _) => {
                let asking = self.socket().room(&room).map(|frame| frame.sequence);
                asking.into_iter().for_each(|at| self.ask_again(at));
            }
            (Role::Lock(Asker::Offer(id)), Some(lock)) => {
                let args = first.args.iter().take(self.machine(first).params.len()).cloned().collect();
                self.wind_lock(lock, args, Asker::Offer(id), None)?;
            }
            (Role::Lock(Asker::Offer(id)), None) => {
                self.answer_offer(id, LockEnd::Failed("gone".into()), self.machine(first));
            }
        }
        Ok(())
    }

    /// A gate looks at what it requires again; a state stays as it is, and asks what it asks.
    fn ask_again(&mut self, at: u64) {
        let is_requiring = |role: &Role| matches!(role, Role::Gate { phase: Phase::Requiring(_), .. });
        let job = match self.frame(at) {
            Some(frame) if is_requiring(&frame.role) => Job::Advance(at),
            Some(_) => Job::Settle(at),
            None => return,
        };
        if let Some(frame) = self.frame_mut(at) {
            frame.waits = Waits::Nothing;
        }
        self.work.agenda.push(job);
    }

    /// The lock that has its name now and can be asked the same.
    fn successor_of(&self, frame: &Frame) -> Option<(Epoch, MachineId)> {
        let machine = match self.fate(frame)? {
            Fate::Same(machine) => *machine,
            Fate::Changed(change) if change.params == Likeness::Same => change.new,
            Fate::Changed(_) | Fate::Gone => return None,
        };
        Some((self.epochs.active().epoch, machine))
    }

    /// Keeps what the locks of a run have used up, for when they are asked again.
    fn carry(&mut self, locks: &[Frame]) {
        let carried: Vec<Carried> = locks.iter().map(|frame| self.carried(frame)).collect();
        self.socket_mut().carried.extend(carried);
    }

    /// The same for the run that a frame's state or gate has asked for.
    pub(super) fn carry_asked_by(&mut self, at: u64) {
        let asked = self.asked_run(at).map(|(first, end)| self.socket().frames.iter().take(end).skip(first));
        let locks: Vec<Frame> =
            asked.into_iter().flatten().filter(|frame| matches!(frame.role, Role::Lock(_))).cloned().collect();
        if !locks.is_empty() {
            self.carry(&locks);
        }
    }

    fn carried(&self, frame: &Frame) -> Carried {
        let machine = self.machine(frame);
        let at = |arm: &ArmId| frame.timers.iter().find(|timer| timer.due == Due::Arm(*arm)).map(|timer| timer.at);
        Carried {
            lock: machine.name.clone(),
            args: frame.args.iter().take(machine.params.len()).cloned().collect(),
            attempts: frame.attempts,
            deadlines: machine.timers.iter().filter_map(at).collect(),
        }
    }

    /// A lock that has just been wound takes over what it had used up before a reload.
    pub(in super::super) fn take_over(&mut self, at: u64) {
        if self.socket().carried.is_empty() {
            return;
        }
        let Some(frame) = self.frame(at) else { return };
        let (machine, asked) = (self.machine(frame), self.carried(frame));
        let same = |carried: &Carried| carried.lock == asked.lock && carried.args == asked.args;
        let Some(place) = self.socket().carried.iter().position(same) else { return };
        let carried = self.socket_mut().carried.remove(place);
        let Some(frame) = self.frame_mut(at) else { return };
        if frame.attempts > 0 && carried.attempts > 0 {
            frame.attempts = frame.attempts.min(carried.attempts);
        }
        let whole =
            frame.timers.iter_mut().filter(|timer| machine.timers.iter().any(|arm| timer.due == Due::Arm(*arm)));
        whole.zip(carried.deadlines).for_each(|(timer, at)| timer.at = timer.at.min(at));
    }
}

/// Whether a run that begins here has locks that move together: its own frame, or those above a gate.
fn is_run_of_locks(role: &Role) -> bool {
    matches!(role, Role::Gate { .. } | Role::Lock(Asker::Room(_) | Asker::Offer(_)))
}
