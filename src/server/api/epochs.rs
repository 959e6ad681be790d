//! Which rulesets live, and for whom.

use super::answer::{ErrorAnswer, Problem};
use super::reload::of;
use crate::engine::Engine;
use crate::server::Shared;
use crate::server::hatch::Inside;
use crate::server::reload::Kept;
use crate::wind::{Epoch, SocketId, WindStack};
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use std::collections::VecDeque;
use std::sync::Arc;
use utoipa::ToSchema;
use uuid::Uuid;

/// So many sockets of an epoch are named.
const NAMED_MAX: usize = 100;

/// All of them.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EpochsAnswer {
    /// The epoch whose rooms are the rooms.
    active: u32,
    /// Whether sockets are still being brought to it.
    moving: bool,
    /// Oldest first; the last one is active.
    epochs: Vec<EpochAnswer>,
    /// Rules that can be gone back to, oldest first; the last ones are active.
    kept: Vec<KeptAnswer>,
}

/// A ruleset that lives.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EpochAnswer {
    /// Which.
    epoch: u32,
    /// When it became active, in milliseconds since 1970; none for rules that the server started with and keeps no more.
    since: Option<u64>,
    /// How many sockets are in the middle of a lock of it. None is counted for the active one.
    pinned: usize,
    /// Some of them, at most 100.
    sockets: Vec<PinnedAnswer>,
}

/// A socket in the middle of a lock of older rules.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PinnedAnswer {
    /// Which.
    socket: Uuid,
    /// Who.
    client: Option<String>,
    /// Its locks of those rules, from the bottom of the stack.
    locks: Vec<String>,
}

/// Rules that are kept in memory.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct KeptAnswer {
    /// The epoch that they were.
    epoch: u32,
    /// When they became active, in milliseconds since 1970.
    since: u64,
    /// The SHA-256 of their content.
    hash: String,
}

/// Lists the rulesets that live, which sockets need the older ones, and those that can be gone back to.
#[utoipa::path(get, path = "/epochs", responses(
    (status = 200, body = EpochsAnswer),
    (status = 503, description = "the server stops", body = ErrorAnswer),
))]
pub(super) async fn epochs(State(shared): State<Arc<Shared>>) -> Result<Json<EpochsAnswer>, Problem> {
    let kept = of(&shared)?.standing().kept;
    let (epochs, moving) = shared.hatch.ask(|inside| (live(&inside), inside.engine.is_moving())).await?;
    let told = |(epoch, since, pinned, sockets): Live| EpochAnswer {
        epoch: epoch.0,
        since: (since > 0).then_some(since).or_else(|| since_of(&kept, epoch)),
        pinned,
        sockets,
    };
    let epochs: Vec<EpochAnswer> = epochs.into_iter().map(told).collect();
    let active = epochs.last().map_or(0, |last| last.epoch);
    let kept = kept.iter().map(|kept| KeptAnswer {
        epoch: kept.epoch.0,
        since: kept.since,
        hash: kept.ruleset.hash.to_string(),
    });
    Ok(Json(EpochsAnswer { active, moving, epochs, kept: kept.collect() }))
}

type Live = (Epoch, u64, usize, Vec<PinnedAnswer>);

fn live(inside: &Inside<'_>) -> Vec<Live> {
    let engine = &*inside.engine;
    let told = |used: crate::engine::EpochInUse| {
        let sockets = used.pinned.iter().take(NAMED_MAX).filter_map(|id| engine.socket(*id).map(|stack| (*id, stack)));
        let sockets = sockets.map(|(id, stack)| pinned(engine, used.epoch, id, stack)).collect();
        (used.epoch, used.since, used.pinned.len(), sockets)
    };
    engine.epochs_in_use().into_iter().map(told).collect()
}

fn pinned(engine: &Engine, epoch: Epoch, id: SocketId, stack: &WindStack) -> PinnedAnswer {
    let program = engine.epochs().program(epoch);
    let frames = stack.frames.iter().filter(|frame| frame.epoch == epoch);
    let locks = frames.map(|frame| program.machine(frame.machine).name.to_string()).collect();
    PinnedAnswer { socket: id.0, client: stack.client.as_deref().map(str::to_owned), locks }
}

fn since_of(kept: &VecDeque<Kept>, epoch: Epoch) -> Option<u64> {
    kept.iter().find(|kept| kept.epoch == epoch).map(|kept| kept.since)
}
