//! What is counted while it goes on, by all crews at once.

use super::trouble::Trouble;
use hdrhistogram::Histogram;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The longest time that is told from longer ones, in microseconds: an hour.
const LONGEST_US: u64 = 3_600_000_000;
/// Digits of a time that count.
const DIGITS: u8 = 3;
/// Crews share so many histograms, so that they seldom wait for each other.
const SHARDS: usize = 16;
/// So many different troubles are told; the others count as one.
const KINDS_MAX: usize = 64;
/// What those are called.
const OTHERS: &str = "other troubles";

/// A number that goes up, and where it counts what is there now, down.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    pub(super) fn add(&self, count: u64) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    pub(super) fn take(&self, count: u64) {
        self.0.fetch_sub(count, Ordering::Relaxed);
    }

    /// The number now.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// How long something took, many times.
#[derive(Debug)]
pub(super) struct Times(Vec<Mutex<Histogram<u64>>>);

/// How often something happened, by what it was.
#[derive(Debug, Default)]
pub(super) struct Kinds(Mutex<BTreeMap<String, (u64, Option<&'static str>)>>);

/// See the module. What people look at while they wait is public.
#[derive(Debug)]
pub struct Tally {
    /// Sockets that are connected.
    pub connected: Counter,
    /// Sockets whose crew has walked the scene to its end.
    pub arrived: Counter,
    /// Sockets whose crew has not.
    pub failed: Counter,
    /// Locks that have let a socket pass.
    pub locks: Counter,
    /// Messages that were sent.
    pub sent: Counter,
    /// Those of them that the server has taken.
    pub accepted: Counter,
    /// Those of them that it has refused.
    pub refused: Counter,
    /// Messages that have come, each for each socket.
    pub delivered: Counter,
    /// Those that came again.
    pub repeated: Counter,
    /// Those that came after a later one of the same socket.
    pub disordered: Counter,
    /// Sockets whose connections were broken, to come back.
    pub broken: Counter,
    /// Those of them that are in their rooms again.
    pub back: Counter,
    /// Rooms that told a socket that comes back what it has missed.
    pub(super) recovered: Counter,
    /// Rooms that could not.
    pub(super) unrecovered: Counter,
    /// From the first step of a scene to its last.
    pub(super) walks: Times,
    /// From when a message should have been sent to a socket that gets it.
    pub(super) deliveries: Times,
    /// From when it should have been sent to the server's answer.
    pub(super) answers: Times,
    /// From when the connections broke to being in the room again.
    pub(super) returns: Times,
    /// Why crews failed.
    pub(super) failures: Kinds,
    /// What the server had to say against messages.
    pub(super) errors: Kinds,
    /// What it closed connections with, which are as good as others before the end.
    pub(super) closes: Kinds,
}

impl Tally {
    /// Nothing yet.
    pub fn new() -> anyhow::Result<Tally> {
        Ok(Tally {
            connected: Counter::default(),
            arrived: Counter::default(),
            failed: Counter::default(),
            locks: Counter::default(),
            sent: Counter::default(),
            accepted: Counter::default(),
            refused: Counter::default(),
            delivered: Counter::default(),
            repeated: Counter::default(),
            disordered: Counter::default(),
            broken: Counter::default(),
            back: Counter::default(),
            recovered: Counter::default(),
            unrecovered: Counter::default(),
            walks: Times::new()?,
            deliveries: Times::new()?,
            answers: Times::new()?,
            returns: Times::new()?,
            failures: Kinds::default(),
            errors: Kinds::default(),
            closes: Kinds::default(),
        })
    }
}

impl Times {
    fn new() -> anyhow::Result<Times> {
        let shards = (0..SHARDS).map(|_| Ok(Mutex::new(Histogram::new_with_bounds(1, LONGEST_US, DIGITS)?)));
        Ok(Times(shards.collect::<anyhow::Result<_>>()?))
    }

    /// Notes one of a crew's.
    pub(super) fn note(&self, crew: usize, time: Duration) {
        if let Some(shard) = self.0.get(crew % SHARDS) {
            held(shard).saturating_record(u64::try_from(time.as_micros()).unwrap_or(u64::MAX));
        }
    }

    /// All of them.
    pub(super) fn all(&self) -> anyhow::Result<Histogram<u64>> {
        let mut all = Histogram::new_with_bounds(1, LONGEST_US, DIGITS)?;
        for shard in &self.0 {
            all.add(&*held(shard))?;
        }
        Ok(all)
    }
}

impl Kinds {
    pub(super) fn note(&self, trouble: Trouble) {
        let mut kinds = held(&self.0);
        let is_new = !kinds.contains_key(&trouble.what);
        let (what, help) =
            if is_new && kinds.len() >= KINDS_MAX { (OTHERS.to_owned(), None) } else { (trouble.what, trouble.help) };
        kinds.entry(what).or_insert((0, help)).0 += 1;
    }

    /// What happened, how often, and what to do about it, the most frequent first.
    pub(super) fn all(&self) -> Vec<(String, u64, Option<&'static str>)> {
        let kinds = held(&self.0);
        let mut all: Vec<_> = kinds.iter().map(|(what, (count, help))| (what.clone(), *count, *help)).collect();
        all.sort_by_key(|(_, count, _)| std::cmp::Reverse(*count));
        all
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
