//! A service says something.

use super::answer::{ErrorAnswer, Problem};
use super::audit::{Deed, audited};
use super::guard::Caller;
use crate::engine::{Act, Acted};
use crate::envelope::{Address, Envelope, Request as Wanted, codes};
use crate::server::Shared;
use axum::Json;
use axum::body::to_bytes;
use axum::extract::{Extension, Request, State};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// What came of it.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(super) struct PostAnswer {
    /// The room in whose order it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    room: Option<String>,
    /// Names the run of the room's `seq`.
    #[serde(skip_serializing_if = "Option::is_none")]
    epoch: Option<String>,
    /// Its place there.
    #[serde(skip_serializing_if = "Option::is_none")]
    seq: Option<u64>,
    /// Whether it was posted before under the same `id`, and so was not posted again.
    #[serde(skip_serializing_if = "Option::is_none")]
    repeated: Option<bool>,
    /// How many sockets of the client or the group it was told.
    #[serde(skip_serializing_if = "Option::is_none")]
    sockets: Option<u64>,
    /// Its number in the mailbox of a client that is away.
    #[serde(skip_serializing_if = "Option::is_none")]
    mail: Option<u64>,
}

/// Says something to a room, a client or a group, as `service:` and the token's name. The answer comes when it is kept, where something of it is.
#[utoipa::path(post, path = "/post",
    request_body(content = Object, description = "a frame as clients send it: `to` (`room:`, `client:` or `group:`), `id` if it may be sent again, \
     and the content"),
    responses(
    (status = 200, description = "it was said", body = PostAnswer),
    (status = 400, description = "this is not one JSON object", body = ErrorAnswer),
    (status = 404, description = "there is no such room, client or group", body = ErrorAnswer),
    (status = 409, description = "the client is away and has no mailbox, or a full one that refuses; or no further room can be opened; or the disk is full", body = ErrorAnswer),
    (status = 413, description = "it is larger than a message may be", body = ErrorAnswer),
    (status = 422, description = "the frame is wrong, or its `id` would mean nothing there", body = ErrorAnswer),
    (status = 503, description = "the server stops, or the act cannot be written down", body = ErrorAnswer),
))]
pub(super) async fn post(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Json<PostAnswer>, Problem> {
    let (to, id, content) = read(&shared, request).await?;
    let deed = Deed { does: "post", on: address(&to), with: String::new() };
    let (hatch, from) = (shared.hatch.clone(), caller.0.clone());
    let work = async move { Ok(hatch.act(Act::Post { from, to, id, content }).await??) };
    audited(&shared, caller, deed, work).await.map(|acted| Json(PostAnswer::of(acted)))
}

type Said = (Address, Option<crate::value::Json>, crate::value::Json);

async fn read(shared: &Shared, request: Request) -> Result<Said, Problem> {
    let terms = shared.terms.get();
    let bytes_max = terms.websocket.max_message_size.unwrap_or(super::REQUEST_BYTES_MAX);
    let too_large = |_| {
        let why = format!("a message has at most {bytes_max} bytes: send less at a time");
        Problem::new(axum::http::StatusCode::PAYLOAD_TOO_LARGE, codes::TOO_LARGE, why)
    };
    let bytes = to_bytes(request.into_body(), bytes_max).await.map_err(too_large)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| Problem::bad_request("the body is no UTF-8"))?;
    let Envelope { id, request } = (terms.decode)(text)?;
    match request {
        Wanted::Message { to: Some(to), content } => Ok((to, id, content.into_json())),
        Wanted::Message { to: None, .. } => {
            Err(Problem::unfit(codes::BAD_ADDRESS, "say to whom: `to` is `room:NAME`, `client:ID` or `group:NAME`"))
        }
        Wanted::Cancel | Wanted::Leave(_) | Wanted::Ack(_) | Wanted::Resume(_) => Err(Problem::unfit(
            codes::BAD_REQUEST,
            "a service only posts: `cancel`, `leave`, `ack` and `resume` are for clients",
        )),
    }
}

fn address(to: &Address) -> String {
    match to {
        Address::Room(room) => format!("room:{room}"),
        Address::Client(client) => format!("client:{client}"),
        Address::Group(group) => format!("group:{group}"),
        Address::Lock(lock) => format!("lock:{lock}"),
        Address::Ticket(ticket) => format!("ticket:{ticket}"),
    }
}

impl PostAnswer {
    fn of(acted: Acted) -> PostAnswer {
        match acted {
            Acted::Posted { room, epoch, seq, is_repeated } => PostAnswer {
                room: Some(format!("room:{}", room.0)),
                epoch: Some(format!("{epoch:016x}")),
                seq: Some(seq),
                repeated: Some(is_repeated),
                ..PostAnswer::default()
            },
            Acted::Told(sockets) => PostAnswer { sockets: Some(sockets), ..PostAnswer::default() },
            Acted::Mailed(number) => PostAnswer { mail: Some(number), ..PostAnswer::default() },
            Acted::Went(_) | Acted::Sockets(_) => PostAnswer::default(),
        }
    }
}
