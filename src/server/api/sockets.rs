//! Who is connected, and where they stand.

use super::answer::{Asked, ErrorAnswer, Problem};
use crate::engine::Engine;
use crate::server::Shared;
use crate::wind::{SocketId, frame_names};
use axum::Json;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// So many sockets are told at once.
const PAGE_MAX: usize = 500;
const PAGE: usize = 100;

/// Which part of them.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct PageRequest {
    /// Those that connected after this one: the `next` of the answer before.
    after: Option<Uuid>,
    /// How many at most; 100 if nothing is said, and never more than 500.
    limit: Option<usize>,
}

/// A part of them.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SocketsAnswer {
    /// How many are connected in all.
    total: usize,
    /// In the order in which they connected.
    sockets: Vec<SocketAnswer>,
    /// Where to go on; none at the end.
    next: Option<Uuid>,
}

/// One of them.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SocketAnswer {
    /// Its id.
    pub(super) socket: Uuid,
    /// Who it is, once identified.
    pub(super) client: Option<String>,
    /// The room in which it stands.
    pub(super) stands_in: Option<String>,
    /// The names on its stack, from the bottom: the room, then gates and locks.
    pub(super) stack: Vec<String>,
    /// The state of what is on top.
    pub(super) state: Option<String>,
    /// The rules by which it was moved last.
    pub(super) epoch: u32,
}

/// A client.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ClientAnswer {
    /// Its id.
    client: String,
    /// Its sockets, in the order in which they were identified.
    sockets: Vec<SocketAnswer>,
    /// The rooms that it is a member of.
    rooms: Vec<String>,
}

/// Lists who is connected, a part at a time.
#[utoipa::path(get, path = "/sockets", params(PageRequest), responses(
    (status = 200, body = SocketsAnswer),
    (status = 400, description = "the question is wrong", body = ErrorAnswer),
))]
pub(super) async fn sockets(
    State(shared): State<Arc<Shared>>,
    Asked(page): Asked<PageRequest>,
) -> Result<Json<SocketsAnswer>, Problem> {
    let mut ids = shared.hatch.ask(|inside| inside.engine.sockets_unsorted()).await?;
    let total = ids.len();
    ids.retain(|id| page.after.is_none_or(|after| id.0 > after));
    // by their ids, which begin with the time
    ids.sort_unstable();
    let has_more = ids.len() > page.limit();
    ids.truncate(page.limit());
    let next = ids.last().filter(|_| has_more).map(|last| last.0);
    let sockets =
        shared.hatch.ask(move |inside| ids.iter().filter_map(|id| told(inside.engine, *id)).collect()).await?;
    Ok(Json(SocketsAnswer { total, sockets, next }))
}

/// Tells where a socket stands.
#[utoipa::path(get, path = "/sockets/{id}", params(("id" = Uuid, Path, description = "the socket's id")), responses(
    (status = 200, body = SocketAnswer),
    (status = 404, description = "no such socket is connected", body = ErrorAnswer),
))]
pub(super) async fn socket(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
) -> Result<Json<SocketAnswer>, Problem> {
    let id = socket_id(&id)?;
    let socket = shared.hatch.ask(move |inside| told(inside.engine, id)).await?;
    socket.map(Json).ok_or_else(|| no_socket(id))
}

/// Tells where a client's sockets stand, and what it is a member of.
#[utoipa::path(get, path = "/clients/{id}", params(("id" = String, Path, description = "the client's id")), responses(
    (status = 200, body = ClientAnswer),
    (status = 404, description = "nothing is known of such a client", body = ErrorAnswer),
))]
pub(super) async fn client(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
) -> Result<Json<ClientAnswer>, Problem> {
    let client = id.clone();
    let found = shared.hatch.ask(move |inside| {
        let engine = &*inside.engine;
        let sockets = engine.client_sockets(&client).into_iter().filter_map(|id| told(engine, id)).collect();
        let rooms = engine.client_rooms(&client).into_iter().map(|room| room.0.to_string()).collect();
        ClientAnswer { client, sockets, rooms }
    });
    let found = found.await?;
    if found.sockets.is_empty() && found.rooms.is_empty() {
        return Err(Problem::not_found(format!("nothing is known of a client `{id}`")));
    }
    Ok(Json(found))
}

impl PageRequest {
    fn limit(&self) -> usize {
        self.limit.unwrap_or(PAGE).clamp(1, PAGE_MAX)
    }
}

/// With or without what the wire writes before it.
pub(super) fn socket_id(text: &str) -> Result<SocketId, Problem> {
    let id = text.strip_prefix("socket:").unwrap_or(text);
    id.parse().map(SocketId).map_err(|_| Problem::not_found(format!("`{text}` is no id of a socket")))
}

pub(super) fn no_socket(id: SocketId) -> Problem {
    Problem::not_found(format!("no socket `{}` is connected", id.0))
}

fn told(engine: &Engine, id: SocketId) -> Option<SocketAnswer> {
    let stack = engine.socket(id)?;
    let state = stack.top().and_then(|frame| {
        let machine = engine.epochs().program(frame.epoch).machine(frame.machine);
        machine.states.get(frame.state.index()).map(|state| state.name.to_string())
    });
    Some(SocketAnswer {
        socket: id.0,
        client: stack.client.as_deref().map(str::to_owned),
        stands_in: stack.standing.as_ref().map(|room| room.0.to_string()),
        stack: frame_names(engine.epochs(), stack),
        state: state.filter(|state| !state.is_empty()),
        epoch: stack.epoch.0,
    })
}
