//! Other rules, on demand.

use super::answer::{Body, ErrorAnswer, Problem};
use super::audit::{Deed, audited};
use super::guard::Caller;
use crate::machine::plan::Plan;
use crate::server::reload::Change;
use crate::server::{Done, Reloads, Shared, Trigger, Wanted};
use crate::wind::Epoch;
use axum::Json;
use axum::extract::{Extension, State};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// What is wanted of a reload.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ReloadRequest {
    /// Only tell what would happen.
    dry_run: bool,
    /// Locks whose keys end with it.
    revoke: Vec<String>,
}

/// To which rules.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RollbackRequest {
    /// That were active as this epoch.
    epoch: u32,
}

/// What came of it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReloadAnswer {
    /// The epoch that is active now.
    epoch: u32,
    /// What is new now: `rules` (with or without settings), `settings`, or `nothing`. Of a dry run: `nothing`.
    changed: &'static str,
    /// Whether only was told what would happen.
    dry_run: bool,
    /// What it means for each room and lock, as `windlass plan --format json` writes it.
    #[schema(value_type = Object)]
    plan: Plan,
}

/// Reads the directory again and makes what stands there active, or tells why not; then everything stays as it is.
#[utoipa::path(post, path = "/reload", request_body = ReloadRequest, responses(
    (status = 200, description = "it is active, or would be", body = ReloadAnswer),
    (status = 422, description = "what stands there cannot be active", body = ErrorAnswer),
    (status = 503, description = "too many rulesets became active at once: try again", body = ErrorAnswer),
))]
pub(super) async fn reload(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Body(request): Body<ReloadRequest>,
) -> Result<Json<ReloadAnswer>, Problem> {
    let reloads = of(&shared)?.clone();
    let revoke: Vec<Arc<str>> = request.revoke.iter().map(|lock| lock.as_str().into()).collect();
    if request.dry_run {
        let considered = reloads.consider(&revoke).await?;
        let (epoch, plan) = (considered.beside.0, considered.plan);
        return Ok(Json(ReloadAnswer { epoch, changed: "nothing", dry_run: true, plan }));
    }
    let deed = Deed { does: "reload", on: "rules".to_owned(), with: request.revoke.join(", ") };
    let work = async move { Ok(reloads.reload(Wanted { by: Trigger::Api, revoke }).await?) };
    audited(&shared, caller, deed, work).await.map(|done| Json(ReloadAnswer::of(done)))
}

/// Makes rules active again that were so before, in a new epoch. The directory is not touched, and settings stay as they are.
#[utoipa::path(post, path = "/rollback", request_body = RollbackRequest, responses(
    (status = 200, description = "they are active", body = ReloadAnswer),
    (status = 404, description = "no rules of this epoch are kept", body = ErrorAnswer),
    (status = 422, description = "they cannot be active any more", body = ErrorAnswer),
))]
pub(super) async fn roll_back(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Body(request): Body<RollbackRequest>,
) -> Result<Json<ReloadAnswer>, Problem> {
    let reloads = of(&shared)?.clone();
    let deed = Deed { does: "rollback", on: "rules".to_owned(), with: request.epoch.to_string() };
    let work = async move { Ok(reloads.roll_back(Epoch(request.epoch), Trigger::Api).await?) };
    audited(&shared, caller, deed, work).await.map(|done| Json(ReloadAnswer::of(done)))
}

pub(super) fn of(shared: &Shared) -> Result<&Arc<Reloads>, Problem> {
    shared.reloads.as_ref().ok_or_else(Problem::fixed)
}

impl ReloadAnswer {
    fn of(done: Done) -> ReloadAnswer {
        let changed = match done.change {
            Change::Nothing => "nothing",
            Change::Settings => "settings",
            Change::Rules => "rules",
        };
        ReloadAnswer { epoch: done.epoch.0, changed, dry_run: false, plan: done.plan }
    }
}
