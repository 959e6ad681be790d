//! What waits for one webhook and what is dead, in numbers and in records: the same whether it is kept on the disk or not.

use super::line::Dead;
use super::tally::Fate;
use crate::store::{self, Death, Record};
use crate::value::{Json, Millis};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// One message on its way.
#[derive(Clone, Debug)]
pub(in crate::server) struct Letter {
    /// Its place in the webhook's order.
    pub(super) number: u64,
    /// By which the receiver knows it again.
    pub(super) id: Arc<str>,
    pub(super) body: Json,
}

/// What outlasts the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keeps {
    /// Nothing: no record is made.
    Nothing,
    /// Everything that is recorded.
    Records,
}

/// How much there may be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// Messages that wait or are under way.
    pub(super) open_max: usize,
    /// Messages that are kept of those that did not arrive.
    pub(super) dead_max: usize,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Book {
    webhook: Arc<str>,
    keeps: Keeps,
    bounds: Bounds,
    latest: u64,
    open: usize,
    dead: VecDeque<(u64, Dead)>,
}

impl Book {
    /// An empty one.
    pub(super) fn new(webhook: Arc<str>, keeps: Keeps, bounds: Bounds) -> Book {
        Book { webhook, keeps, bounds, latest: 0, open: 0, dead: VecDeque::new() }
    }

    /// Takes over what was kept, and gives what still waits, in its order. What is more than the bounds stays.
    pub(super) fn restore(&mut self, kept: BTreeMap<u64, store::Letter>) -> Vec<Letter> {
        let mut waiting = Vec::new();
        for (number, store::Letter { id, body, death }) in kept {
            self.latest = number;
            match death {
                None => waiting.push(Letter { number, id, body }),
                Some(Death { at, fate }) => {
                    let fate = Fate::by_name(&fate).unwrap_or(Fate::GivenUp);
                    self.dead.push_back((number, Dead { at, id, body: body.as_str().into(), fate }));
                }
            }
        }
        self.open = waiting.len();
        waiting
    }

    /// Messages that wait or are under way.
    pub(super) fn open(&self) -> usize {
        self.open
    }

    pub(super) fn dead(&self) -> impl Iterator<Item = &Dead> {
        self.dead.iter().map(|(_, dead)| dead)
    }

    pub(super) fn is_full(&self) -> bool {
        self.open >= self.bounds.open_max
    }

    /// The next message.
    pub(super) fn write(&mut self, id: Arc<str>, body: Json) -> Letter {
        self.latest += 1;
        Letter { number: self.latest, id, body }
    }

    /// It waits from here on.
    pub(super) fn take(&mut self, letter: &Letter) -> Vec<Record> {
        self.open += 1;
        self.record(|book| vec![book.put(letter, None)])
    }

    /// A message that waited has arrived.
    pub(super) fn arrived(&mut self, letter: &Letter) -> Vec<Record> {
        self.open = self.open.saturating_sub(1);
        self.record(|book| vec![book.gone(letter.number)])
    }

    /// A message that waited is dead.
    pub(super) fn died(&mut self, letter: &Letter, at: Millis, fate: Fate) -> Buried {
        self.open = self.open.saturating_sub(1);
        self.bury(letter, at, fate)
    }

    /// Keeps a message that does not arrive, and forgets the oldest of those that are too many.
    pub(super) fn bury(&mut self, letter: &Letter, at: Millis, fate: Fate) -> Buried {
        let dead = Dead { at, id: letter.id.clone(), body: letter.body.as_str().into(), fate };
        self.dead.push_back((letter.number, dead));
        let surplus = self.dead.len().saturating_sub(self.bounds.dead_max);
        let forgotten: Vec<u64> = self.dead.drain(..surplus).map(|(number, _)| number).collect();
        let death = Death { at, fate: fate.name().into() };
        let records = self.record(|book| {
            let gone = forgotten.iter().map(|number| book.gone(*number));
            let put = (!forgotten.contains(&letter.number)).then(|| book.put(letter, Some(death)));
            put.into_iter().chain(gone).collect()
        });
        Buried { records, forgotten: forgotten.len() }
    }

    fn record(&self, records: impl FnOnce(&Book) -> Vec<Record>) -> Vec<Record> {
        match self.keeps {
            Keeps::Nothing => Vec::new(),
            Keeps::Records => records(self),
        }
    }

    fn put(&self, letter: &Letter, death: Option<Death>) -> Record {
        let Letter { number, id, body } = letter.clone();
        Record::LetterPut { webhook: self.webhook.clone(), number, letter: store::Letter { id, body, death } }
    }

    fn gone(&self, number: u64) -> Record {
        Record::LetterGone { webhook: self.webhook.clone(), number }
    }
}

/// What follows from a death.
pub(super) struct Buried {
    pub(super) records: Vec<Record>,
    /// How many dead messages were forgotten for it.
    pub(super) forgotten: usize,
}
