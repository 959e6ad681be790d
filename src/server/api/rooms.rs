//! Rooms, who is in them, and what was said there, in parts.

use super::answer::{Asked, ErrorAnswer, Problem};
use super::whom::named;
use crate::engine::RoomNow;
use crate::server::{Shared, wall};
use crate::store::{Keep, LogKey, Message, Page};
use crate::value::{Millis, RoomKey};
use crate::wind::{Member, SocketId};
use axum::Json;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// So many rooms, members or messages are told at once.
const PART_MAX: usize = 500;
const PART: usize = 100;

/// Which part of them.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct PartRequest {
    /// Those after this one: the `next` of the answer before.
    after: Option<String>,
    /// How many at most; 100 if nothing is said, and never more than 500.
    limit: Option<usize>,
}

/// Which part of a history.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct HistoryRequest {
    /// The messages after this `seq`; 0 if nothing is said.
    #[serde(default)]
    after: u64,
    /// How many at most; 100 if nothing is said, and never more than 500. Long ones may be fewer.
    limit: Option<usize>,
}

/// A part of the rooms.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RoomsAnswer {
    /// How many there are in all.
    total: usize,
    /// In the order of their addresses.
    rooms: Vec<RoomAnswer>,
    /// Where to go on; none at the end.
    next: Option<String>,
}

/// A room.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RoomAnswer {
    /// Its address.
    room: String,
    /// Its id, the same on every server.
    uuid: Uuid,
    /// Clients, and sockets without one, that are members.
    members: usize,
    /// Sockets that get what it says.
    sockets: usize,
    /// Names the run of its `seq`; none where nobody is in it and nothing of it is kept.
    epoch: Option<String>,
    /// Of its latest message, 0 before the first.
    seq: u64,
    /// Whether its posts are kept.
    history: bool,
}

/// A part of a room's members.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MembersAnswer {
    /// Which room.
    room: String,
    /// How many it has in all.
    total: usize,
    /// By their addresses, clients first.
    members: Vec<String>,
    /// Where to go on; none at the end.
    next: Option<String>,
}

/// A part of what was said in a room.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HistoryAnswer {
    /// Which room.
    room: String,
    /// Names the run of its `seq`.
    epoch: String,
    /// Of its latest message, 0 before the first.
    seq: u64,
    /// Whether nothing is missing between `after` and what is told. What is older than is kept is missing.
    complete: bool,
    messages: Vec<MessageAnswer>,
    /// The `after` to go on with; none at the end.
    next: Option<u64>,
}

/// One message.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MessageAnswer {
    /// Its place.
    seq: u64,
    /// In milliseconds since 1970.
    at: u64,
    /// Who said it.
    from: Option<String>,
    /// What was said.
    #[schema(value_type = Object)]
    message: Box<RawValue>,
}

/// Lists the rooms that somebody is in or of which something is kept, a part at a time.
#[utoipa::path(get, path = "/rooms", params(PartRequest), responses(
    (status = 200, body = RoomsAnswer),
    (status = 400, description = "the question is wrong", body = ErrorAnswer),
))]
pub(super) async fn rooms(
    State(shared): State<Arc<Shared>>,
    Asked(part): Asked<PartRequest>,
) -> Result<Json<RoomsAnswer>, Problem> {
    let mut keys = shared.hatch.ask(|inside| inside.engine.rooms_unsorted()).await?;
    let total = keys.len();
    let after = part.after.as_deref().map(|after| named("room", after));
    keys.retain(|key| after.is_none_or(|after| &*key.0 > after));
    keys.sort_unstable();
    let has_more = keys.len() > part.limit();
    keys.truncate(part.limit());
    let next = keys.last().filter(|_| has_more).map(|last| format!("room:{}", last.0));
    let rooms =
        shared.hatch.ask(move |inside| keys.iter().map(|key| RoomAnswer::of(inside.engine.room_now(key))).collect());
    Ok(Json(RoomsAnswer { total, rooms: rooms.await?, next }))
}

/// Tells how a room is.
#[utoipa::path(get, path = "/rooms/{room}", params(("room" = String, Path, description = "its name, its slashes as `%2F`")), responses(
    (status = 200, body = RoomAnswer),
    (status = 404, description = "the rules have no such room", body = ErrorAnswer),
))]
pub(super) async fn room(
    State(shared): State<Arc<Shared>>,
    Path(room): Path<String>,
) -> Result<Json<RoomAnswer>, Problem> {
    room_now(&shared, &room).await.map(|room| Json(RoomAnswer::of(room)))
}

/// Lists a room's members, a part at a time.
#[utoipa::path(get, path = "/rooms/{room}/members", params(("room" = String, Path, description = "its name, its slashes as `%2F`"), PartRequest), responses(
    (status = 200, body = MembersAnswer),
    (status = 400, description = "the question is wrong", body = ErrorAnswer),
    (status = 404, description = "the rules have no such room", body = ErrorAnswer),
))]
pub(super) async fn members(
    State(shared): State<Arc<Shared>>,
    Path(room): Path<String>,
    Asked(part): Asked<PartRequest>,
) -> Result<Json<MembersAnswer>, Problem> {
    let room = room_now(&shared, &room).await?;
    let after = part.after.as_deref().map(member).transpose()?;
    let (key, limit) = (room.key.clone(), part.limit());
    let look = move |inside: crate::server::hatch::Inside<'_>| {
        inside.engine.room_members_after(&key, after.as_ref(), limit.saturating_add(1))
    };
    let mut members = shared.hatch.ask(look).await?;
    let has_more = members.len() > limit;
    members.truncate(limit);
    let members: Vec<String> = members.iter().map(address).collect();
    let next = members.last().filter(|_| has_more).cloned();
    Ok(Json(MembersAnswer { room: format!("room:{}", room.key.0), total: room.members, members, next }))
}

/// Tells what was said in a room with a history, a part at a time.
#[utoipa::path(get, path = "/rooms/{room}/history", params(("room" = String, Path, description = "its name, its slashes as `%2F`"), HistoryRequest), responses(
    (status = 200, body = HistoryAnswer),
    (status = 400, description = "the question is wrong", body = ErrorAnswer),
    (status = 404, description = "the rules have no such room", body = ErrorAnswer),
    (status = 409, description = "the room keeps no history", body = ErrorAnswer),
    (status = 500, description = "what is kept cannot be read: see the log", body = ErrorAnswer),
))]
pub(super) async fn history(
    State(shared): State<Arc<Shared>>,
    Path(room): Path<String>,
    Asked(part): Asked<HistoryRequest>,
) -> Result<Json<HistoryAnswer>, Problem> {
    let room = room_now(&shared, &room).await?;
    let Some(keep) = room.keep else {
        let why = format!("the room `{}` keeps no `history`", room.key.0);
        return Err(Problem::new(axum::http::StatusCode::CONFLICT, "no_history", why));
    };
    let limit = part.limit.unwrap_or(PART).clamp(1, PART_MAX);
    let page = read(&shared, room.key.clone(), part.after, limit).await?;
    // a page of which nothing is told is followed by others all the same
    let next = page.as_ref().and_then(|page| Some((page.messages.last()?.offset, page.head.latest)));
    let next = next.filter(|(last, latest)| last < latest).map(|(last, _)| last);
    let page = page.map(|page| without_held(page, keep, wall()));
    Ok(Json(HistoryAnswer { next, ..HistoryAnswer::of(&room, part.after, page) }))
}

/// Reads beside the engine, what is on the disk already.
async fn read(shared: &Shared, key: RoomKey, after: u64, limit: usize) -> Result<Option<Page>, Problem> {
    let logs = shared.logs.clone();
    let page = tokio::task::spawn_blocking(move || logs.read(&LogKey::Room(key), after, limit, wall()));
    let fault = |why: &dyn std::fmt::Display| {
        tracing::error!(error = %why, "a room's log cannot be read");
        Problem::new(axum::http::StatusCode::INTERNAL_SERVER_ERROR, "unreadable", "the room's log cannot be read")
    };
    page.await.map_err(|why| fault(&why))?.map_err(|why| fault(&why))
}

/// The store may hold more for a while than the rules keep, for somebody who is being told of it.
fn without_held(page: Page, keep: Keep, now: Millis) -> Page {
    let gone = page.head.latest.saturating_sub(keep.count_max);
    let is_old = |at: Millis| keep.age_max_ms.is_some_and(|age| at.saturating_add(age) < now);
    let count = page.messages.len();
    let is_gone = |message: &Message| message.offset <= gone || is_old(message.at);
    let messages: Vec<Message> = page.messages.into_iter().skip_while(is_gone).collect();
    Page { is_complete: page.is_complete && messages.len() == count, messages, ..page }
}

async fn room_now(shared: &Shared, room: &str) -> Result<RoomNow, Problem> {
    let address = named("room", room).to_owned();
    let found =
        shared.hatch.ask(move |inside| inside.engine.room_at_address(&address).map(|key| inside.engine.room_now(&key)));
    found.await?.ok_or_else(|| Problem::not_found(format!("the rules have no room `{}`", named("room", room))))
}

fn member(address: &str) -> Result<Member, Problem> {
    let client = address.strip_prefix("client:").map(|client| Member::Client(client.into()));
    let socket = || Some(Member::Socket(SocketId(address.strip_prefix("socket:")?.parse().ok()?)));
    let wrong = || Problem::bad_request(format!("`{address}` is no member: send the `next` of the answer before"));
    client.or_else(socket).ok_or_else(wrong)
}

fn address(member: &Member) -> String {
    match member {
        Member::Client(client) => format!("client:{client}"),
        Member::Socket(socket) => format!("socket:{}", socket.0),
    }
}

impl PartRequest {
    fn limit(&self) -> usize {
        self.limit.unwrap_or(PART).clamp(1, PART_MAX)
    }
}

impl RoomAnswer {
    fn of(room: RoomNow) -> RoomAnswer {
        RoomAnswer {
            room: format!("room:{}", room.key.0),
            uuid: room.uuid,
            members: room.members,
            sockets: room.sockets,
            epoch: room.order.map(|(epoch, _)| format!("{epoch:016x}")),
            seq: room.order.map_or(0, |(_, seq)| seq),
            history: room.keep.is_some(),
        }
    }
}

impl HistoryAnswer {
    /// As if it were the end. A log that nothing was posted to yet has no page.
    fn of(room: &RoomNow, after: u64, page: Option<Page>) -> HistoryAnswer {
        let (epoch, _) = room.order.unwrap_or_default();
        let room = format!("room:{}", room.key.0);
        let Some(page) = page else {
            let epoch = format!("{epoch:016x}");
            return HistoryAnswer { room, epoch, seq: 0, complete: after == 0, messages: Vec::new(), next: None };
        };
        HistoryAnswer {
            room,
            epoch: format!("{:016x}", page.head.epoch),
            seq: page.head.latest,
            complete: page.is_complete,
            messages: page.messages.into_iter().filter_map(MessageAnswer::of).collect(),
            next: None,
        }
    }
}

impl MessageAnswer {
    fn of(message: Message) -> Option<MessageAnswer> {
        let Message { offset, at, from, content, .. } = message;
        let content = RawValue::from_string(content.as_str().to_owned()).ok()?;
        Some(MessageAnswer { seq: offset, at, from: from.map(|from| from.to_string()), message: content })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Head;
    use crate::value::Json as Content;

    #[test]
    fn what_is_held_for_somebody_else_is_not_told() {
        let message =
            |offset| Message { offset, at: offset * 10, from: None, id: None, content: Content::empty_record() };
        let keep = |count_max, age_max_ms| Keep { count_max, age_max_ms };
        let head = Head { epoch: 1, first: 1, latest: 9, keep: keep(10_009, None) };
        let page = || Page { head, messages: (1..=9).map(message).collect(), is_complete: true };
        let told = |keep, now| {
            let page = without_held(page(), keep, now);
            (page.messages.iter().map(|message| message.offset).collect::<Vec<_>>(), page.is_complete)
        };
        assert_eq!(told(keep(9, Some(90)), 100), ((1..=9).collect(), true));
        assert_eq!(told(keep(3, None), 100), (vec![7, 8, 9], false));
        assert_eq!(told(keep(9, Some(15)), 100), (vec![9], false));
    }
}
