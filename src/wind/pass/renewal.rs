//! Keys end, and are renewed where the socket stands: before their end if the client asks for it, at their end by the room.

use super::super::{Key, Lasts, Purpose};
use super::{Pass, Stepped};
use crate::model::LockCall;

impl<'rules> Pass<'rules> {
    /// Keys whose time has come are over, or only let the socket listen from here on.
    pub(super) fn age_keys(&mut self) {
        let now = self.now.monotonic;
        let is_due = |key: &Key| key.lasts.at(now) != Some(key.lasts);
        if !self.socket().keys.iter().any(is_due) {
            return;
        }
        let has_ended = |key: &&Key| matches!(key.lasts, Lasts::Until(..)) && is_due(key);
        let ended: Vec<Key> = self.socket().keys.iter().filter(has_ended).cloned().collect();
        self.keys_mut().retain_mut(|key| match key.lasts.at(now) {
            Some(lasts) => {
                key.lasts = lasts;
                true
            }
            None => false,
        });
        if ended.iter().any(|key| self.is_renewed_here(key)) {
            self.socket_mut().asks_again = true;
        }
    }

    /// Whether the room where the socket stands renews this key, and requires it.
    fn is_renewed_here(&mut self, ended: &Key) -> bool {
        let Some(room) = self.socket().standing.clone() else { return false };
        let Some(env) = self.env_in(&room) else { return false };
        let Some(rules) = env.machine.room().filter(|rules| !rules.renews.is_empty()) else { return false };
        let is_it = |pass: &mut Self, call: &LockCall| {
            env.program.key_kind(call.lock) == Some(&ended.kind) && *pass.lock_args(&env, call) == *ended.args
        };
        let is_renewed = rules.renews.iter().any(|call| is_it(self, call));
        let mut required = rules.requires.iter().flat_map(|requirement| &requirement.locks);
        is_renewed && required.any(|call| is_it(self, call))
    }

    /// Where a key has ended and nothing is wound any more, the gate of the room where the socket stands is, once.
    pub(super) fn ask_for_renewal(&mut self) -> Stepped {
        let socket = self.socket();
        if !socket.asks_again || self.ending || !socket.frames.is_empty() {
            return Ok(());
        }
        let Some(room) = socket.standing.clone() else { return Ok(()) };
        self.socket_mut().asks_again = false;
        if self.meets_all(&room) {
            return Ok(());
        }
        self.budget = self.budget.saturating_add(self.epochs.pass_bound());
        self.wind_gate(room, Purpose::Deliver)?;
        self.stabilise()
    }
}
