//! The messages of one webhook, in the order in which they came.

use super::pause::{Patience, chance};
use super::tally::{Fate, Tally};
use crate::check::outbound::{Failure, Outbound};
use crate::check::webhook::{SigningSecret, Unsent, new_id};
use crate::server::wall;
use crate::value::Millis;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Semaphore, mpsc};

/// Where messages go, and how.
#[derive(Debug)]
pub struct Route {
    /// What the rules call it.
    pub name: Arc<str>,
    /// Where it is.
    pub outbound: Outbound,
    /// Who sends.
    pub secret: SigningSecret,
    /// How often, and with which pauses.
    pub patience: Patience,
    /// Messages under way at one time; one keeps the order.
    pub parallel: usize,
    /// Messages that wait for their turn.
    pub waiting_max: usize,
    /// Messages that are kept of those that did not arrive.
    pub dead_max: usize,
}

/// A message that did not arrive.
#[derive(Clone, Debug)]
pub struct Dead {
    /// When it was given up, in milliseconds since 1970.
    pub at: Millis,
    /// The message's id; the receiver may have seen it.
    pub id: Arc<str>,
    /// What it says.
    pub body: Arc<str>,
    /// What became of it.
    pub fate: Fate,
}

struct Letter {
    id: Arc<str>,
    body: Arc<str>,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Line {
    route: Route,
    queue: mpsc::Sender<Letter>,
    /// Messages that were taken and are neither delivered nor dead.
    open: AtomicUsize,
    dead: Mutex<VecDeque<Dead>>,
    tally: Tally,
}

/// Why an attempt came to nothing.
#[derive(Debug, thiserror::Error)]
enum Missed {
    #[error(transparent)]
    Failure(#[from] Failure),
    #[error("it takes too long")]
    Late,
    #[error(transparent)]
    Unsent(#[from] Unsent),
}

impl Missed {
    fn may_pass(&self) -> bool {
        match self {
            Missed::Failure(failure) => failure.may_pass(),
            Missed::Late | Missed::Unsent(_) => true,
        }
    }
}

impl Line {
    pub(super) fn start(route: Route) -> Arc<Line> {
        let (queue, letters) = mpsc::channel(route.waiting_max.max(1));
        let line = Line { route, queue, open: AtomicUsize::new(0), dead: Mutex::default(), tally: Tally::default() };
        let line = Arc::new(line);
        tokio::spawn(line.clone().run(letters));
        line
    }

    /// Takes a message, and never waits.
    pub(super) fn post(&self, body: String) {
        let id = match new_id() {
            Ok(id) => id.into(),
            Err(error) => return tracing::error!(webhook = %self.route.name, %error, "a message is lost"),
        };
        // before it is taken, so that it is never counted out first
        self.open.fetch_add(1, Ordering::Relaxed);
        match self.queue.try_send(Letter { id, body: body.into() }) {
            Ok(()) => {}
            Err(mpsc::error::TrySendError::Full(letter) | mpsc::error::TrySendError::Closed(letter)) => {
                self.open.fetch_sub(1, Ordering::Relaxed);
                self.bury(letter, Fate::Full);
            }
        }
    }

    pub(super) fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Messages that wait or are under way.
    pub(super) fn waiting(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }

    pub(super) fn dead(&self) -> Vec<Dead> {
        self.graves().iter().cloned().collect()
    }

    fn graves(&self) -> MutexGuard<'_, VecDeque<Dead>> {
        self.dead.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn run(self: Arc<Line>, mut letters: mpsc::Receiver<Letter>) {
        let turns = Arc::new(Semaphore::new(self.route.parallel.max(1)));
        while let Some(letter) = letters.recv().await {
            let Ok(turn) = turns.clone().acquire_owned().await else { return };
            let line = self.clone();
            tokio::spawn(async move {
                line.deliver(letter).await;
                line.open.fetch_sub(1, Ordering::Relaxed);
                drop(turn);
            });
        }
    }

    async fn deliver(&self, letter: Letter) {
        let patience = self.route.patience;
        for failed in 1..=patience.attempts {
            let Err(missed) = self.attempt(&letter).await else {
                self.tally.count(Fate::Delivered);
                return;
            };
            self.tally.count_failure();
            let webhook = &*self.route.name;
            tracing::debug!(webhook, id = %letter.id, attempt = failed, error = %missed, "a message did not arrive");
            if !missed.may_pass() {
                return self.bury(letter, Fate::Refused);
            }
            if failed < patience.attempts {
                tokio::time::sleep(patience.pause_after(failed, chance())).await;
            }
        }
        self.bury(letter, Fate::GivenUp);
    }

    /// The signature is new each time, and the id is not, so that the receiver knows what it has had already.
    async fn attempt(&self, letter: &Letter) -> Result<(), Missed> {
        let told = self.route.secret.post(&letter.id, wall(), (*letter.body).to_owned())?;
        match tokio::time::timeout(self.route.patience.timeout, self.route.outbound.tell(told)).await {
            Ok(arrived) => Ok(arrived?),
            Err(_) => Err(Missed::Late),
        }
    }

    /// Keeps a message that did not arrive, and forgets the oldest of those that are too many. The log is told of the first,
    /// second, fourth one and so on: a receiver that is gone does not fill it.
    fn bury(&self, letter: Letter, fate: Fate) {
        let (webhook, id) = (&*self.route.name, letter.id.clone());
        let total = self.tally.count(fate);
        let dead = Dead { at: wall(), id: letter.id, body: letter.body, fate };
        let forgotten = self.keep(dead);
        if total.is_power_of_two() {
            tracing::warn!(webhook, %id, fate = fate.name(), total, "a message for a webhook is dead");
        }
        if let Some(total) = forgotten.filter(|total| total.is_power_of_two()) {
            tracing::warn!(
                webhook,
                total,
                "dead messages are forgotten, the oldest first: there are more than `dead` allows"
            );
        }
    }

    /// How many were forgotten since the server started, if one was now.
    fn keep(&self, dead: Dead) -> Option<u64> {
        let mut graves = self.graves();
        graves.push_back(dead);
        let too_many = graves.len() > self.route.dead_max;
        too_many.then(|| {
            graves.pop_front();
            self.tally.count_forgotten()
        })
    }
}
