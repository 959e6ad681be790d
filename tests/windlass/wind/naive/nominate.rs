//! A message names a lock.

use super::super::event::{Address, Message};
use super::eval::Bound;
use super::socket::{Frame, Role, Waits};
use super::step::Answers;
use super::{Naive, Step};
use serde_json::Value as Json;

impl Naive {
    pub fn nominate(&mut self, lock: &str, message: &Message) -> Step {
        let Some(top) = self.socket.top().cloned() else { return Ok(()) };
        let id = message.id.as_ref();
        let said = message.content.as_object().is_some_and(|content| !content.is_empty());
        if matches!(top.role, Role::Lock(_)) && top.machine == lock {
            if said {
                return self.hand_to(top.born, &Message { to: Address::Nowhere, ..message.clone() });
            }
            self.answers.extend(id.cloned());
            return Ok(());
        }
        let next = self.socket.frames_made + 1;
        self.wind_named(&top, lock, id)?;
        if said && self.socket.top().is_some_and(|top| top.born == next && top.machine == lock) {
            return self.hand_to(next, &Message { to: Address::Nowhere, id: None, ..message.clone() });
        }
        Ok(())
    }

    fn wind_named(&mut self, top: &Frame, lock: &str, id: Option<&Json>) -> Step {
        let named = |apply: &&windlass::syntax::ast::Apply| *apply.name.node == *lock;
        if let Waits::Choice(locks) = &top.waits
            && let Some(chosen) = locks.iter().find(named)
        {
            self.answers.extend(id.cloned());
            let args = self.values(top.born, &Bound::nothing(), &chosen.args);
            if let Some(value) = self.socket.held(lock, &args, self.now).cloned() {
                return self.answer_resolved(Answers::Frame(top.born), value);
            }
            return self.wind_for(top.born, chosen);
        }
        if self.socket.runs.is_empty() {
            if let Some(renewed) = self.rules.renews(&top.machine).iter().find(named) {
                let args = self.values(top.born, &Bound::nothing(), &renewed.args);
                return self.wind_offered(lock, args, id.cloned());
            }
            if let Some(offered) = self.rules.offers(&top.machine).iter().find(named) {
                let args = self.values(top.born, &Bound::nothing(), &offered.args);
                if self.socket.held(lock, &args, self.now).is_some() {
                    self.answers.extend(id.cloned());
                    return Ok(());
                }
                return self.wind_offered(lock, args, id.cloned());
            }
        }
        self.refuse(id, "unreachable");
        Ok(())
    }
}
