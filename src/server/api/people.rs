//! Clients and sockets are moved, asked for keys, deprived of them, and sent away.

use super::answer::{Body, ErrorAnswer, Problem};
use super::audit::{Deed, audited};
use super::guard::Caller;
use super::whom::{self, named, whom};
use crate::engine::{Act, Acted, Fared};
use crate::server::Shared;
use crate::wind::Revoked;
use axum::Json;
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::sync::Arc;
use utoipa::ToSchema;
use uuid::Uuid;

/// No reason is longer, in bytes: it stands in a WebSocket close frame.
const REASON_BYTES_MAX: usize = 123;

/// Whom to bring where.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MoveRequest {
    /// `client:ID` or `socket:UUID`.
    who: String,
    /// `room:NAME`.
    to: String,
}

/// Whom to ask for which key.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LockRequest {
    /// `client:ID` or `socket:UUID`.
    who: String,
    /// `lock:NAME`.
    lock: String,
    /// What the lock is asked about, of the types that it says.
    #[serde(default)]
    #[schema(value_type = Vec<Object>)]
    args: Vec<Box<RawValue>>,
}

/// Whose keys to take away.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RevokeRequest {
    /// `client:ID` or `socket:UUID`.
    who: String,
    /// Of which locks.
    #[serde(default)]
    locks: Vec<String>,
    /// In place of `locks`: all keys.
    #[serde(default)]
    all: bool,
}

/// Whom to send away, and why.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DropRequest {
    /// `client:ID` or `socket:UUID`.
    who: String,
    /// What they are told; at most 123 bytes.
    reason: String,
}

/// How each socket fared.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct WentAnswer {
    sockets: Vec<FaredAnswer>,
}

/// How a socket fared.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FaredAnswer {
    /// Which.
    socket: Uuid,
    /// `done`: it was let in, or holds the key. `waiting`: it is being asked for something. `refused`, or `closed`.
    outcome: &'static str,
    /// Why it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
}

/// How many sockets were concerned.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ConcernedAnswer {
    /// So many.
    sockets: usize,
}

/// Brings a client's sockets, or one, to a room. Its gate tests them as it tests everybody, and asks for what is missing.
#[utoipa::path(post, path = "/move", request_body = MoveRequest, responses(
    (status = 200, description = "somebody was let in, or is being asked", body = WentAnswer),
    (status = 400, description = "the request is wrong", body = ErrorAnswer),
    (status = 404, description = "there is no such room, client or socket", body = ErrorAnswer),
    (status = 409, description = "nobody was let in; or the client has no connection, is not identified or not let in anywhere", body = ErrorAnswer),
    (status = 422, description = "an address is wrong", body = ErrorAnswer),
    (status = 503, description = "the server stops, or the act cannot be written down", body = ErrorAnswer),
))]
pub(super) async fn move_to(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Body(request): Body<MoveRequest>,
) -> Result<Json<WentAnswer>, Problem> {
    let act = Act::Move { whom: whom(&request.who)?, room: named("room", &request.to).into() };
    let deed = Deed { does: "move", on: request.who, with: request.to };
    went(&shared, caller, deed, act).await
}

/// Has a client's sockets, or one, asked for a key, as if the room where they stand offered the lock.
#[utoipa::path(post, path = "/lock", request_body = LockRequest, responses(
    (status = 200, description = "somebody is being asked, or holds the key already", body = WentAnswer),
    (status = 400, description = "the request is wrong", body = ErrorAnswer),
    (status = 404, description = "there is no such lock, client or socket", body = ErrorAnswer),
    (status = 409, description = "they are in the middle of something; or the client has no connection or is not identified", body = ErrorAnswer),
    (status = 422, description = "an address or an argument is wrong", body = ErrorAnswer),
    (status = 503, description = "the server stops, or the act cannot be written down", body = ErrorAnswer),
))]
pub(super) async fn lock(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Body(request): Body<LockRequest>,
) -> Result<Json<WentAnswer>, Problem> {
    let args = request.args.iter().map(|arg| crate::value::Json::parse(arg.get()));
    let args = args.collect::<Result<Vec<_>, _>>().map_err(|why| Problem::bad_request(why.to_string()))?;
    let act = Act::Wind { whom: whom(&request.who)?, lock: named("lock", &request.lock).into(), args };
    let deed = Deed { does: "lock", on: request.who, with: request.lock };
    went(&shared, caller, deed, act).await
}

/// Takes keys away from a client, those too with which it could come back, or from one socket. Rooms that require them close to it.
#[utoipa::path(post, path = "/revoke", request_body = RevokeRequest, responses(
    (status = 200, description = "nobody who is meant holds them any more", body = ConcernedAnswer),
    (status = 400, description = "the request is wrong", body = ErrorAnswer),
    (status = 404, description = "there is no such lock, client or socket", body = ErrorAnswer),
    (status = 422, description = "an address is wrong, or no keys are named", body = ErrorAnswer),
    (status = 503, description = "the server stops, or the act cannot be written down", body = ErrorAnswer),
))]
pub(super) async fn revoke(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Body(request): Body<RevokeRequest>,
) -> Result<Json<ConcernedAnswer>, Problem> {
    let whom = whom(&request.who)?;
    if request.all != request.locks.is_empty() {
        return Err(Problem::unfit("bad_request", "say which keys: the names of `locks`, or `all` of them"));
    }
    let with = if request.all { "all".to_owned() } else { request.locks.join(", ") };
    let locks: Vec<Arc<str>> = request.locks.iter().map(|lock| named("lock", lock).into()).collect();
    let keys = if request.all { Revoked::All } else { Revoked::Of(locks.into()) };
    let deed = Deed { does: "revoke", on: request.who, with };
    concern(&shared, caller, deed, Act::Revoke { whom, keys }).await
}

/// Ends all that a client has and is in: connections, keys, tokens to come back with, memberships. Its attributes and its mail stay.
#[utoipa::path(post, path = "/expel", request_body = DropRequest, responses(
    (status = 200, description = "the client is nowhere any more", body = ConcernedAnswer),
    (status = 400, description = "the request is wrong", body = ErrorAnswer),
    (status = 404, description = "nothing is known of such a client", body = ErrorAnswer),
    (status = 422, description = "this is no client, or the reason is too long", body = ErrorAnswer),
    (status = 503, description = "the server stops, or the act cannot be written down", body = ErrorAnswer),
))]
pub(super) async fn expel(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Body(request): Body<DropRequest>,
) -> Result<Json<ConcernedAnswer>, Problem> {
    let client = whom::client(named("client", &request.who))?;
    let reason = reason(&request)?;
    let deed = Deed { does: "expel", on: request.who, with: request.reason };
    concern(&shared, caller, deed, Act::Expel { client, reason }).await
}

/// Closes a client's connections, or one, with 4000. They cannot be taken up again; memberships stay.
#[utoipa::path(post, path = "/drop", request_body = DropRequest, responses(
    (status = 200, description = "they are closed", body = ConcernedAnswer),
    (status = 400, description = "the request is wrong", body = ErrorAnswer),
    (status = 404, description = "there is no such client or socket", body = ErrorAnswer),
    (status = 422, description = "an address is wrong, or the reason is too long", body = ErrorAnswer),
    (status = 503, description = "the server stops, or the act cannot be written down", body = ErrorAnswer),
))]
pub(super) async fn drop_connections(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Body(request): Body<DropRequest>,
) -> Result<Json<ConcernedAnswer>, Problem> {
    let (whom, reason) = (whom(&request.who)?, reason(&request)?);
    let deed = Deed { does: "drop", on: request.who, with: request.reason };
    concern(&shared, caller, deed, Act::Drop { whom, reason }).await
}

fn reason(request: &DropRequest) -> Result<Arc<str>, Problem> {
    if request.reason.len() > REASON_BYTES_MAX {
        let why = format!("a reason has at most {REASON_BYTES_MAX} bytes, as a close frame has no place for more");
        return Err(Problem::unfit("too_large", why));
    }
    Ok(request.reason.as_str().into())
}

async fn went(shared: &Shared, caller: Caller, deed: Deed, act: Act) -> Result<Json<WentAnswer>, Problem> {
    let hatch = shared.hatch.clone();
    let work = async move {
        let sockets: Vec<FaredAnswer> = match hatch.act(act).await?? {
            Acted::Went(went) => went.into_iter().map(|(socket, fared)| FaredAnswer::of(socket.0, fared)).collect(),
            Acted::Posted { .. } | Acted::Told(_) | Acted::Mailed(_) | Acted::Sockets(_) => Vec::new(),
        };
        match sockets.first() {
            Some(first) if sockets.iter().all(|fared| fared.why.is_some()) => {
                Err(Problem::new(StatusCode::CONFLICT, "refused", first.why.clone().unwrap_or_default()))
            }
            Some(_) | None => Ok(WentAnswer { sockets }),
        }
    };
    audited(shared, caller, deed, work).await.map(Json)
}

async fn concern(shared: &Shared, caller: Caller, deed: Deed, act: Act) -> Result<Json<ConcernedAnswer>, Problem> {
    let hatch = shared.hatch.clone();
    let work = async move {
        let sockets = match hatch.act(act).await?? {
            Acted::Sockets(count) => count,
            Acted::Posted { .. } | Acted::Told(_) | Acted::Mailed(_) | Acted::Went(_) => 0,
        };
        Ok(ConcernedAnswer { sockets })
    };
    audited(shared, caller, deed, work).await.map(Json)
}

impl FaredAnswer {
    fn of(socket: Uuid, fared: Fared) -> FaredAnswer {
        let (outcome, why) = match fared {
            Fared::Done => ("done", None),
            Fared::Waits => ("waiting", None),
            Fared::Refused(why) => ("refused", Some(why.to_string())),
            Fared::Closed => ("closed", None),
        };
        FaredAnswer { socket, outcome, why }
    }
}
