//! What a group is told goes to its webhooks: servers that the settings bind to the names that the rules use.
//!
//! Each webhook is a line of its own, so that one that is slow or gone holds up nobody else, and nobody waits for any of them:
//! what there is no place for is dead at once. A message is tried until it has arrived, was refused, or was tried often
//! enough; before that the next one is not tried, unless the settings want several under way at one time.
//!
//! Where a store is on the disk, a message is recorded with what brought it about and goes when that is kept, and what became of it is
//! recorded, too. A crash between the two makes it go once more: it arrives at least once.

mod book;
mod line;
mod pause;
mod tally;

pub use line::{Dead, Route};
pub(super) use line::{Settled, Taken};
pub use pause::Patience;
pub use tally::{Fate, Tally};

use super::desk::Arrival;
use crate::store::{Letters, Record};
use crate::value::{Json, Value};
use line::Line;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::mpsc;

/// The webhooks that are bound, by name.
#[derive(Clone, Debug, Default)]
pub struct Webhooks {
    lines: BTreeMap<Arc<str>, Arc<Line>>,
    unbound: Arc<Tally>,
}

impl Webhooks {
    /// Begins to deliver, what was kept first; `kept` is none where nothing is. Needs tokio around it.
    pub(super) fn start(routes: Vec<Route>, kept: Option<Letters>, desk: &mpsc::WeakSender<Arrival>) -> Webhooks {
        let mut kept = kept;
        let line = |route: Route| {
            let letters = kept.as_mut().map(|kept| kept.remove(&route.name).unwrap_or_default());
            (route.name.clone(), Line::start(route, letters, desk.clone()))
        };
        Webhooks { lines: routes.into_iter().map(line).collect(), unbound: Arc::default() }
    }

    /// Gives a message its place, and never waits: what is to be kept of that, and the message, if it is to go.
    pub(super) fn take(&self, name: &Arc<str>, frame: &Json) -> (Vec<Record>, Option<Taken>) {
        match self.lines.get(name) {
            Some(line) => line.take(body(name, frame)),
            None => {
                self.unbound.count(Fate::Unbound);
                tracing::debug!(webhook = %name, "a message went nowhere: the settings do not bind the webhook");
                (Vec::new(), None)
            }
        }
    }

    /// What has become of messages, by webhook.
    pub fn tallies(&self) -> impl Iterator<Item = (&Arc<str>, &Tally)> {
        self.lines.iter().map(|(name, line)| (name, line.tally()))
    }

    /// Messages that went nowhere, as the settings do not bind their webhook.
    pub fn unbound(&self) -> u64 {
        self.unbound.of(Fate::Unbound)
    }

    /// Messages that wait or are under way, by webhook.
    pub fn waiting(&self) -> impl Iterator<Item = (&Arc<str>, usize)> {
        self.lines.iter().map(|(name, line)| (name, line.waiting()))
    }

    /// The latest messages that did not arrive, oldest first.
    pub fn dead(&self, name: &str) -> Vec<Dead> {
        self.lines.get(name).map(|line| line.dead()).unwrap_or_default()
    }

    /// Says what has not arrived when the server stops. What is kept goes after the next start.
    pub(super) fn give_up(&self) {
        for (webhook, waiting) in self.waiting().filter(|(_, waiting)| *waiting > 0) {
            tracing::warn!(%webhook, waiting, "the server stops, and these messages have not arrived");
        }
    }
}

/// What is posted. The frame is what a client would get.
fn body(name: &Arc<str>, frame: &Json) -> Json {
    let kind = Value::Text("windlass.message".into());
    let fields = [("type", kind), ("webhook", Value::Text(name.clone())), ("frame", Value::Json(frame.clone()))];
    Json::record(fields)
}
