//! Which verifiers there are, and running them: so many at once, so many waiting, each in its time.

use super::{Verdict, Verifier, Work};
use crate::value::{Millis, Value};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many checks there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// At work at one time.
    pub parallel: usize,
    /// Begun and not yet at work; one more fails with `busy`.
    pub waiting: usize,
}

/// What is to be checked.
#[derive(Debug)]
pub struct Question {
    /// The verifier's name.
    pub check: Arc<str>,
    /// About what.
    pub args: Vec<Value>,
    /// How long it may take, waiting included, in milliseconds.
    pub within: Millis,
    /// Milliseconds since 1970.
    pub wall: Millis,
}

/// The verifiers by name. A clone shares them and their limits.
#[derive(Clone)]
pub struct Checks {
    verifiers: BTreeMap<Arc<str>, Arc<dyn Verifier>>,
    at_work: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
    limits: Limits,
}

impl std::fmt::Debug for Checks {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_set().entries(self.verifiers.keys()).finish()
    }
}

impl Checks {
    /// No verifier yet.
    pub fn new(limits: Limits) -> Self {
        let at_work = Arc::new(Semaphore::new(limits.parallel));
        Checks { verifiers: BTreeMap::new(), at_work, waiting: Arc::default(), limits }
    }

    /// The same with one more.
    pub fn with(mut self, name: impl Into<Arc<str>>, verifier: impl Verifier + 'static) -> Self {
        self.verifiers.insert(name.into(), Arc::new(verifier));
        self
    }

    /// The same with a verifier of others, which goes on with what it remembers; nothing if those have none of this name.
    pub fn keeping(mut self, name: &str, others: &Checks) -> Self {
        if let Some(verifier) = others.verifiers.get(name) {
            self.verifiers.insert(name.into(), verifier.clone());
        }
        self
    }

    /// The verifier with this name.
    pub fn get(&self, name: &str) -> Option<&dyn Verifier> {
        self.verifiers.get(name).map(AsRef::as_ref)
    }

    /// Begins a check: its verdict is either there at once, or somebody must wait for it.
    pub fn begin(&self, question: Question) -> Begun {
        let Some(verifier) = self.verifiers.get(&question.check).cloned() else {
            return Begun::Done(Err("no such check".into()));
        };
        if self.waiting.fetch_add(1, Ordering::AcqRel) >= self.limits.waiting {
            self.waiting.fetch_sub(1, Ordering::AcqRel);
            return Begun::Done(Err("busy".into()));
        }
        let place = Place(self.waiting.clone());
        Begun::Running(Run { verifier, question, place, at_work: self.at_work.clone() })
    }
}

/// A check that was begun.
pub enum Begun {
    /// It is decided.
    Done(Verdict),
    /// It must be waited for.
    Running(Run),
}

/// A check that waits for its turn.
pub struct Run {
    verifier: Arc<dyn Verifier>,
    question: Question,
    place: Place,
    at_work: Arc<Semaphore>,
}

/// A place in the queue, given back when it is dropped.
struct Place(Arc<AtomicUsize>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Run {
    /// Its verdict, in its time: `too slow` where it took longer, `unavailable` where the verifier broke.
    pub async fn verdict(self) -> Verdict {
        let within = Duration::from_millis(self.question.within);
        let work = tokio::spawn(self.work());
        let abort = work.abort_handle();
        match tokio::time::timeout(within, work).await {
            Ok(Ok(verdict)) => verdict,
            Ok(Err(_)) => {
                tracing::error!("a verifier broke");
                Err("unavailable".into())
            }
            Err(_) => {
                abort.abort();
                Err("too slow".into())
            }
        }
    }

    async fn work(self) -> Verdict {
        let Ok(permit) = self.at_work.acquire_owned().await else {
            return Err("unavailable".into());
        };
        drop(self.place);
        match self.verifier.begin(self.question.args, self.question.wall) {
            Work::Done(verdict) => verdict,
            Work::Waiting(future) => future.await,
            Work::Blocking(work) => block(work, permit).await,
        }
    }
}

/// The permit goes with the work: a thread cannot be stopped, so what nobody waits for any more still counts until it ends.
async fn block(work: Box<dyn FnOnce() -> Verdict + Send>, permit: OwnedSemaphorePermit) -> Verdict {
    let thread = tokio::task::spawn_blocking(move || {
        let verdict = work();
        drop(permit);
        verdict
    });
    thread.await.unwrap_or_else(|_| {
        tracing::error!("a verifier broke");
        Err("unavailable".into())
    })
}
