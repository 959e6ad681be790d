//! The messages of one webhook, in the order in which they came.

use super::book::{Book, Bounds, Buried, Keeps, Letter};
use super::pause::{Patience, chance};
use super::tally::{Fate, Tally};
use crate::check::outbound::{Failure, Outbound};
use crate::check::webhook::{SigningSecret, Unsent, new_id};
use crate::server::desk::Arrival;
use crate::server::wall;
use crate::store::{self, Record};
use crate::value::{Json, Millis};
use std::collections::BTreeMap;
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

/// A message that has its place, and may go as soon as that is kept.
#[derive(Debug)]
pub(in crate::server) struct Taken {
    line: Arc<Line>,
    letter: Letter,
}

/// A message that is not under way any more.
#[derive(Debug)]
pub(in crate::server) struct Settled {
    line: Arc<Line>,
    letter: Letter,
    fate: Fate,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Line {
    route: Route,
    /// Bounded by the book.
    queue: mpsc::UnboundedSender<Letter>,
    book: Mutex<Book>,
    tally: Tally,
    /// Where what became of messages is written down.
    desk: mpsc::WeakSender<Arrival>,
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

impl Taken {
    /// It is kept, and may go.
    pub(in crate::server) fn send(self) {
        // where the task has ended, the server has
        let _ = self.line.queue.send(self.letter);
    }
}

impl Settled {
    /// Writes down what became of it.
    pub(in crate::server) fn settle(self) -> Vec<Record> {
        self.line.settle(&self.letter, self.fate)
    }
}

impl Line {
    /// Goes on with what was kept, if anything is.
    pub(super) fn start(
        route: Route,
        kept: Option<BTreeMap<u64, store::Letter>>,
        desk: mpsc::WeakSender<Arrival>,
    ) -> Arc<Line> {
        let (queue, letters) = mpsc::unbounded_channel();
        let keeps = if kept.is_some() { Keeps::Records } else { Keeps::Nothing };
        let open_max = route.waiting_max.max(1).saturating_add(route.parallel.max(1));
        let mut book = Book::new(route.name.clone(), keeps, Bounds { open_max, dead_max: route.dead_max });
        let waiting = book.restore(kept.unwrap_or_default());
        let line = Arc::new(Line { route, queue, book: Mutex::new(book), tally: Tally::default(), desk });
        for letter in waiting {
            Taken { line: line.clone(), letter }.send();
        }
        tokio::spawn(line.clone().run(letters));
        line
    }

    /// Gives a message its place, and never waits: what is to be kept of that, and the message, unless it is dead at once.
    pub(super) fn take(self: &Arc<Line>, body: Json) -> (Vec<Record>, Option<Taken>) {
        let id = match new_id() {
            Ok(id) => id.into(),
            Err(error) => {
                tracing::error!(webhook = %self.route.name, %error, "a message is lost");
                return (Vec::new(), None);
            }
        };
        let mut book = self.book();
        let letter = book.write(id, body);
        if book.is_full() {
            let buried = book.bury(&letter, wall(), Fate::Full);
            drop(book);
            return (self.mourn(&letter, Fate::Full, buried), None);
        }
        (book.take(&letter), Some(Taken { line: self.clone(), letter }))
    }

    fn settle(&self, letter: &Letter, fate: Fate) -> Vec<Record> {
        match fate {
            Fate::Delivered => {
                self.tally.count(fate);
                self.book().arrived(letter)
            }
            Fate::Refused | Fate::GivenUp | Fate::Full | Fate::Unbound => {
                let buried = self.book().died(letter, wall(), fate);
                self.mourn(letter, fate, buried)
            }
        }
    }

    pub(super) fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Messages that wait or are under way.
    pub(super) fn waiting(&self) -> usize {
        self.book().open()
    }

    pub(super) fn dead(&self) -> Vec<Dead> {
        self.book().dead().cloned().collect()
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn run(self: Arc<Line>, mut letters: mpsc::UnboundedReceiver<Letter>) {
        let turns = Arc::new(Semaphore::new(self.route.parallel.max(1)));
        while let Some(letter) = letters.recv().await {
            let Ok(turn) = turns.clone().acquire_owned().await else { return };
            let line = self.clone();
            tokio::spawn(async move {
                let fate = line.deliver(&letter).await;
                if let Some(desk) = line.desk.upgrade() {
                    // where the server has ended, it is told again after the next start
                    let _ = desk.send(Arrival::Settled(Settled { line, letter, fate })).await;
                }
                drop(turn);
            });
        }
    }

    async fn deliver(&self, letter: &Letter) -> Fate {
        let patience = self.route.patience;
        for failed in 1..=patience.attempts {
            let Err(missed) = self.attempt(letter).await else { return Fate::Delivered };
            self.tally.count_failure();
            let webhook = &*self.route.name;
            tracing::debug!(webhook, id = %letter.id, attempt = failed, error = %missed, "a message did not arrive");
            if !missed.may_pass() {
                return Fate::Refused;
            }
            if failed < patience.attempts {
                tokio::time::sleep(patience.pause_after(failed, chance())).await;
            }
        }
        Fate::GivenUp
    }

    /// The signature is new each time, and the id is not, so that the receiver knows what it has had already.
    async fn attempt(&self, letter: &Letter) -> Result<(), Missed> {
        let told = self.route.secret.post(&letter.id, wall(), letter.body.as_str().to_owned())?;
        match tokio::time::timeout(self.route.patience.timeout, self.route.outbound.tell(told)).await {
            Ok(arrived) => Ok(arrived?),
            Err(_) => Err(Missed::Late),
        }
    }

    /// Counts a message that did not arrive. The log is told of the first, second, fourth one and so on: a receiver that is gone does
    /// not fill it.
    fn mourn(&self, letter: &Letter, fate: Fate, buried: Buried) -> Vec<Record> {
        let (webhook, id) = (&*self.route.name, &letter.id);
        let total = self.tally.count(fate);
        if total.is_power_of_two() {
            tracing::warn!(webhook, %id, fate = fate.name(), total, "a message for a webhook is dead");
        }
        for _ in 0..buried.forgotten {
            let total = self.tally.count_forgotten();
            if total.is_power_of_two() {
                tracing::warn!(
                    webhook,
                    total,
                    "dead messages are forgotten, the oldest first: there are more than `dead` allows"
                );
            }
        }
        buried.records
    }
}
