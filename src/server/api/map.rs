//! The data map of everything that is connected.

use super::answer::{Asked, ErrorAnswer, Problem};
use crate::engine::DataMap;
use crate::server::Shared;
use axum::Json;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// So many sockets or rooms are looked at between two inputs of the engine.
const PIECE: usize = 256;
/// No map has more sockets, or more rooms.
const SOCKETS_MAX: usize = 20_000;

/// How it is written.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct MapRequest {
    /// `json` if nothing is said, or `yaml`.
    #[param(inline)]
    #[serde(default)]
    format: Format,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Format {
    #[default]
    Json,
    Yaml,
}

/// The map.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MapAnswer {
    /// Whether nothing was left out; of more than 20000 sockets or rooms the rest is.
    complete: bool,
    /// Sockets with their clients, clients with their rooms and services, rooms with their clients and groups; all by address.
    #[schema(value_type = Object)]
    map: DataMap,
}

/// Tells which clients sockets are, where clients are, and where rooms lead.
#[utoipa::path(get, path = "/map", params(MapRequest), responses(
    (status = 200, body = MapAnswer),
    (status = 400, description = "the question is wrong", body = ErrorAnswer),
    (status = 503, description = "the server stops", body = ErrorAnswer),
))]
pub(super) async fn map(
    State(shared): State<Arc<Shared>>,
    Asked(request): Asked<MapRequest>,
) -> Result<Response, Problem> {
    let (mut map, mut complete) = (DataMap::default(), true);
    for part in [Part::Sockets, Part::Rooms] {
        let mut from = Some(0);
        while let Some(place) = from.filter(|place| *place < SOCKETS_MAX) {
            let mut taken = std::mem::take(&mut map);
            let piece = shared.hatch.ask(move |inside| {
                let next = match part {
                    Part::Sockets => inside.engine.map_sockets(place, PIECE, &mut taken),
                    Part::Rooms => inside.engine.map_rooms(place, PIECE, &mut taken),
                };
                (next, taken)
            });
            (from, map) = piece.await?;
        }
        complete &= from.is_none();
    }
    Ok(match request.format {
        Format::Json => Json(MapAnswer { complete, map }).into_response(),
        Format::Yaml => {
            let more = if complete { "" } else { "# there is more: this is a part\n" };
            ([(CONTENT_TYPE, "application/yaml")], format!("{more}{}", map.to_yaml())).into_response()
        }
    })
}

#[derive(Clone, Copy)]
enum Part {
    Sockets,
    Rooms,
}
