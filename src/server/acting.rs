//! Acts that wait for their answer, which comes when all that followed from them is kept.

use super::hatch::{Hatch, Inside, NobodyThere};
use crate::engine::{Act, ActId, Acted, Declined, Input};
use std::collections::HashMap;
use tokio::sync::oneshot;

/// What came of an act.
pub(super) type Outcome = Result<Acted, Declined>;

/// See the module. Each that waits is a request on a connection of its own, so there are no more than those.
#[derive(Default)]
pub(super) struct Acting {
    latest: u64,
    waiting: HashMap<ActId, oneshot::Sender<Outcome>>,
}

impl Acting {
    fn begin(&mut self, answer: oneshot::Sender<Outcome>) -> ActId {
        self.latest += 1;
        let id = ActId(self.latest);
        self.waiting.insert(id, answer);
        id
    }

    /// All that followed from an act is kept, and so may be told.
    pub(super) fn answer(&mut self, id: ActId, outcome: Outcome) {
        if let Some(answer) = self.waiting.remove(&id) {
            // who does not wait any more needs no answer
            let _ = answer.send(outcome);
        }
    }
}

impl Inside<'_> {
    fn begin(self, act: Act, answer: oneshot::Sender<Outcome>) {
        let id = self.acting.begin(answer);
        self.engine.handle_input(self.now, Input::Act { id, act });
    }
}

impl Hatch {
    /// Has the engine do something, and waits until it is kept. Where nobody is there any more, it may have been done all the same.
    pub(super) async fn act(&self, act: Act) -> Result<Outcome, NobodyThere> {
        let (answer, answered) = oneshot::channel();
        self.ask(move |inside| inside.begin(act, answer)).await?;
        answered.await.map_err(|_| NobodyThere)
    }
}
