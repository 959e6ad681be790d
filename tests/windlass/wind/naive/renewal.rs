//! Keys that end, and what the room where the socket stands makes of that.

use super::eval::Bound;
use super::socket::Key;
use super::{Naive, Step};
use serde_json::Value as Json;
use windlass::syntax::ast::Apply;

impl Naive {
    /// The first look at the clock after a key has ended.
    pub fn note_ends(&mut self) {
        let now = self.now;
        let has_ended = |key: &&mut Key| !key.opens(now) && !key.ended;
        let mut over = Vec::new();
        for key in self.socket.keys.iter_mut().filter(has_ended) {
            key.ended = true;
            over.push(key.clone());
        }
        self.socket.asks_again |= over.iter().any(|key| self.is_renewed_here(key));
    }

    fn is_renewed_here(&self, key: &Key) -> bool {
        let Some(here) = self.socket.standing_frame() else { return false };
        let is_it = |call: &Apply| {
            let args: Vec<Json> = self.values(here.born, &Bound::nothing(), &call.args);
            *call.name.node == *key.lock && args == key.args
        };
        let required = self.rules.requirements(&here.machine);
        self.rules.renews(&here.machine).iter().any(is_it)
            && required.iter().flat_map(|requirement| &requirement.locks).any(is_it)
    }

    /// Last of all, when nothing is wound.
    pub fn ask_again(&mut self) -> Step {
        let Some(room) = self.socket.standing.clone().filter(|_| self.socket.runs.is_empty()) else { return Ok(()) };
        if std::mem::take(&mut self.socket.asks_again) && !self.holds_keys_of(&room) {
            return self.wind_gate(&room, true, None);
        }
        Ok(())
    }
}
