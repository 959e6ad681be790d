//! What other rules would do, told before they are active.

use super::answer::{Body, ErrorAnswer, Problem};
use super::live::{self, LiveAnswer};
use super::reload::of;
use crate::diagnostic::SourceMap;
use crate::machine::plan::Plan;
use crate::server::Shared;
use crate::server::reload::Considered;
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// Rules that stand elsewhere.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PlanRequest {
    /// All files of the ruleset.
    files: Vec<RuleFile>,
}

/// A file of rules.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleFile {
    /// As findings name it.
    path: String,
    /// What stands in it.
    text: String,
}

/// What they would do.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PlanAnswer {
    /// The epoch whose rules they were compared with.
    epoch: u32,
    /// Whether no socket would be closed now, and no proof is lost.
    ok: bool,
    /// What it means for each room and lock, as `windlass plan --format json` writes it.
    #[schema(value_type = Object)]
    plan: Plan,
    /// Whom it concerns.
    live: LiveAnswer,
}

/// Tells what a reload would do now, and to whom.
#[utoipa::path(get, path = "/plan", responses(
    (status = 200, body = PlanAnswer),
    (status = 422, description = "what stands in the directory cannot be active", body = ErrorAnswer),
))]
pub(super) async fn plan(State(shared): State<Arc<Shared>>) -> Result<Json<PlanAnswer>, Problem> {
    let considered = of(&shared)?.consider(&[]).await?;
    answer(&shared, considered).await
}

/// Tells what the rules that are sent would do now, and to whom. The settings are those that are active.
#[utoipa::path(post, path = "/plan", request_body = PlanRequest, responses(
    (status = 200, body = PlanAnswer),
    (status = 400, description = "the question is wrong", body = ErrorAnswer),
    (status = 422, description = "these rules cannot be active", body = ErrorAnswer),
))]
pub(super) async fn plan_of(
    State(shared): State<Arc<Shared>>,
    Body(request): Body<PlanRequest>,
) -> Result<Json<PlanAnswer>, Problem> {
    if request.files.is_empty() {
        return Err(Problem::bad_request("there are no rules: send all files of a ruleset"));
    }
    let mut sources = SourceMap::default();
    for RuleFile { path, text } in request.files {
        sources.add(path, text);
    }
    let considered = of(&shared)?.consider_rules(sources).await?;
    answer(&shared, considered).await
}

async fn answer(shared: &Shared, considered: Considered) -> Result<Json<PlanAnswer>, Problem> {
    let Considered { beside, program, plan } = considered;
    let live = live::count(shared, program).await?;
    let ok = !live.drops() && !plan.loses_proof();
    Ok(Json(PlanAnswer { epoch: beside.0, ok, plan, live }))
}
