//! `/metrics`: what the server counts, in the text format of OpenMetrics, which Prometheus reads.
//!
//! Nothing is added up for this page while the server works but a few numbers; the rest is looked at when it is asked for, and
//! the engine's tables in pieces, so that nobody is held up. Labels are names of the rules and the settings, and words from here:
//! no client, no room of a family, nothing that was sent.

mod page;
mod sections;
mod verdicts;

pub(super) use verdicts::Verdicts;

use super::Shared;
use super::config::Readers;
use super::hatch::NobodyThere;
use super::webhooks::Webhooks;
use crate::disk::CommitMetrics;
use crate::engine::{Census, Standings, Statistics};
use page::Page;
use std::sync::Arc;

/// So many sockets are looked at between two inputs of the engine.
const PIECE_SOCKETS: usize = 2048;

/// What is counted elsewhere.
pub(super) struct Metered {
    pub(super) readers: Readers,
    pub(super) webhooks: Webhooks,
    pub(super) verdicts: Arc<Verdicts>,
    pub(super) commits: Arc<CommitMetrics>,
}

/// What the engine was like when it was asked.
#[derive(Debug)]
struct Looked {
    statistics: Statistics,
    census: Census,
    epoch: u32,
    epochs: usize,
    standings: Standings,
}

/// The page. Without the engine's part where no engine decides any more.
pub(super) async fn page(shared: &Shared) -> String {
    let looked = look(shared).await.ok();
    let mut page = Page::default();
    sections::server(&mut page, shared);
    sections::checks(&mut page, &shared.metrics.verdicts, looked.as_ref());
    sections::webhooks(&mut page, &shared.metrics.webhooks);
    sections::store(&mut page, &shared.metrics.commits);
    if let Some(looked) = &looked {
        sections::engine(&mut page, looked);
        sections::closes(&mut page, looked, &shared.counters);
    }
    page.text()
}

async fn look(shared: &Shared) -> Result<Looked, NobodyThere> {
    let first = |engine: &mut crate::engine::Engine| Looked {
        statistics: engine.statistics().clone(),
        census: engine.census(),
        epoch: engine.epochs().active().epoch.0,
        epochs: engine.epochs().live().count(),
        standings: Standings::new(),
    };
    let mut looked = shared.hatch.ask(move |inside| first(inside.engine)).await?;
    let mut from = Some(0);
    while let Some(place) = from {
        let mut standings = std::mem::take(&mut looked.standings);
        let piece = shared.hatch.ask(move |inside| {
            let next = inside.engine.count_standing(place, PIECE_SOCKETS, &mut standings);
            (next, standings)
        });
        (from, looked.standings) = piece.await?;
    }
    Ok(looked)
}
