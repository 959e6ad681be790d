//! What a group is told goes to its webhooks: servers that the settings bind to the names that the rules use.
//!
//! Each webhook is a line of its own, so that one that is slow or gone holds up nobody else, and nobody waits for any of them:
//! what there is no place for is dead at once. A message is tried until it has arrived, was refused, or was tried often
//! enough; before that the next one is not tried, unless the settings want several under way at one time.

mod line;
mod pause;
mod tally;

pub use line::{Dead, Route};
pub use pause::Patience;
pub use tally::{Fate, Tally};

use crate::value::{Json, Value};
use line::Line;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The webhooks that are bound, by name.
#[derive(Clone, Debug, Default)]
pub struct Webhooks {
    lines: BTreeMap<Arc<str>, Arc<Line>>,
    unbound: Arc<Tally>,
}

impl Webhooks {
    /// Begins to deliver. Needs tokio around it.
    pub fn start(routes: Vec<Route>) -> Webhooks {
        let lines = routes.into_iter().map(|route| (route.name.clone(), Line::start(route))).collect();
        Webhooks { lines, unbound: Arc::default() }
    }

    /// Takes a message, and never waits.
    pub(super) fn post(&self, name: &Arc<str>, frame: &Json) {
        match self.lines.get(name) {
            Some(line) => line.post(body(name, frame)),
            None => {
                self.unbound.count(Fate::Unbound);
                tracing::debug!(webhook = %name, "a message went nowhere: the settings do not bind the webhook");
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

    /// Says what is lost with the server.
    pub(super) fn give_up(&self) {
        for (webhook, waiting) in self.waiting().filter(|(_, waiting)| *waiting > 0) {
            tracing::warn!(%webhook, waiting, "the server stops, and these messages have not arrived");
        }
    }
}

/// What is posted. The frame is what a client would get.
fn body(name: &Arc<str>, frame: &Json) -> String {
    let kind = Value::Text("windlass.message".into());
    let fields = [("type", kind), ("webhook", Value::Text(name.clone())), ("frame", Value::Json(frame.clone()))];
    Json::record(fields).as_str().to_owned()
}
