//! Which verifiers there are, and running them: so many at once, so many waiting, each in its time.

use super::{Verdict, Verifier, Work};
use crate::value::{Millis, Value};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many checks of a pool there may be.
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
    verifiers: BTreeMap<Arc<str>, Bound>,
    pool: Arc<Pool>,
}

/// A verifier, and where its checks wait for their turn.
#[derive(Clone)]
struct Bound {
    verifier: Arc<dyn Verifier>,
    pool: Arc<Pool>,
}

/// So many at work, so many waiting.
struct Pool {
    at_work: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
    waiting_max: usize,
}

impl Pool {
    fn new(limits: Limits) -> Arc<Pool> {
        let at_work = Arc::new(Semaphore::new(limits.parallel));
        Arc::new(Pool { at_work, waiting: Arc::default(), waiting_max: limits.waiting })
    }

    /// A place in the queue, if there is one left.
    fn enter(&self) -> Option<Place> {
        if self.waiting.fetch_add(1, Ordering::AcqRel) >= self.waiting_max {
            self.waiting.fetch_sub(1, Ordering::AcqRel);
            return None;
        }
        Some(Place(self.waiting.clone()))
    }
}

impl std::fmt::Debug for Checks {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_set().entries(self.verifiers.keys()).finish()
    }
}

impl Checks {
    /// No verifier yet.
    pub fn new(limits: Limits) -> Self {
        Checks { verifiers: BTreeMap::new(), pool: Pool::new(limits) }
    }

    /// The same with one more, whose checks are quick and take turns with those of others.
    pub fn with(mut self, name: impl Into<Arc<str>>, verifier: impl Verifier + 'static) -> Self {
        let pool = self.pool.clone();
        self.verifiers.insert(name.into(), Bound { verifier: Arc::new(verifier), pool });
        self
    }

    /// The same with one more, whose checks are slow, or wait for somebody else, and hold up nobody but themselves.
    pub fn with_own_pool(
        mut self,
        name: impl Into<Arc<str>>,
        verifier: impl Verifier + 'static,
        limits: Limits,
    ) -> Self {
        self.verifiers.insert(name.into(), Bound { verifier: Arc::new(verifier), pool: Pool::new(limits) });
        self
    }

    /// The same with a verifier of others, which goes on with what it remembers; nothing if those have none of this name.
    pub fn keeping(mut self, name: &str, others: &Checks) -> Self {
        if let Some(verifier) = others.verifiers.get(name) {
            self.verifiers.insert(name.into(), verifier.clone());
        }
        self
    }

    /// The same with the verifiers of others whose names are not there yet.
    pub fn or(mut self, others: &Checks) -> Self {
        for (name, bound) in &others.verifiers {
            self.verifiers.entry(name.clone()).or_insert_with(|| bound.clone());
        }
        self
    }

    /// The verifier with this name.
    pub fn get(&self, name: &str) -> Option<&dyn Verifier> {
        self.verifiers.get(name).map(|bound| &*bound.verifier)
    }

    /// Begins a check: its verdict is either there at once, or somebody must wait for it.
    pub fn begin(&self, question: Question) -> Begun {
        let Some(Bound { verifier, pool }) = self.verifiers.get(&question.check).cloned() else {
            return Begun::Done(Err("no such check".into()));
        };
        let Some(place) = pool.enter() else {
            return Begun::Done(Err("busy".into()));
        };
        Begun::Running(Run { verifier, question, place, at_work: pool.at_work.clone() })
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
