//! Attributes of clients, read and written in the place of a rule.

use super::answer::{ErrorAnswer, Problem};
use super::audit::{Deed, audited};
use super::guard::Caller;
use super::whom;
use crate::engine::{Act, AttributeNow};
use crate::envelope::{Request as Wanted, codes};
use crate::server::Shared;
use crate::value;
use axum::Json;
use axum::extract::{Extension, Path, State};
use serde::Serialize;
use serde_json::value::RawValue;
use std::sync::Arc;
use utoipa::ToSchema;

/// All of them, in the order in which the rules declare them.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AttributesAnswer {
    /// Whose.
    client: String,
    attributes: Vec<AttributeAnswer>,
}

/// One of them.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AttributeAnswer {
    /// What the rules call it.
    name: String,
    /// Its type, as the rules write it.
    #[serde(rename = "type")]
    ty: String,
    /// What it is for the rules.
    #[schema(value_type = Object)]
    value: Box<RawValue>,
    /// Whether it was set; if not, it is what the rules say of who has none.
    set: bool,
}

/// Tells a client's attributes, and of which type they are.
#[utoipa::path(get, path = "/clients/{id}/attributes", params(("id" = String, Path, description = "the client's id")), responses(
    (status = 200, body = AttributesAnswer),
    (status = 404, description = "nothing is known of such a client", body = ErrorAnswer),
    (status = 422, description = "this is no id of a client", body = ErrorAnswer),
))]
pub(super) async fn attributes(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
) -> Result<Json<AttributesAnswer>, Problem> {
    told(&shared, whom::client(&id)?).await
}

/// Writes some of a client's attributes, all that are sent or none. A client that nobody has been yet has them when it comes.
#[utoipa::path(post, path = "/clients/{id}/attributes", params(("id" = String, Path, description = "the client's id")),
    request_body(content = Object, description = "`set`: an object of attributes, each a value of its type"),
    responses(
    (status = 200, description = "what they are now", body = AttributesAnswer),
    (status = 400, description = "this is not one JSON object", body = ErrorAnswer),
    (status = 413, description = "it is too large", body = ErrorAnswer),
    (status = 422, description = "an attribute is not known or not of its type", body = ErrorAnswer),
    (status = 503, description = "the server stops, or the act cannot be written down", body = ErrorAnswer),
))]
pub(super) async fn set(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    Extension(caller): Extension<Caller>,
    body: String,
) -> Result<Json<AttributesAnswer>, Problem> {
    let client = whom::client(&id)?;
    let attributes = read(&shared, &body)?;
    let names: Vec<&str> = attributes.iter().map(|(name, _)| &**name).collect();
    let deed = Deed { does: "set", on: format!("client:{client}"), with: names.join(", ") };
    let (hatch, act) = (shared.hatch.clone(), Act::Set { client: client.clone(), attributes });
    audited(&shared, caller, deed, async move { Ok(hatch.act(act).await??) }).await?;
    told(&shared, client).await
}

/// What is sent is as strict as what clients send: no key twice, and no deeper than a message may be.
fn read(shared: &Shared, body: &str) -> Result<Vec<(Arc<str>, value::Json)>, Problem> {
    const SHAPE: &str = "send what to set, as in {\"set\": {\"role\": \"keeper\"}}";
    let wrong = || Problem::unfit(codes::BAD_REQUEST, SHAPE);
    let envelope = (shared.terms.get().decode)(body)?;
    let Wanted::Message { to: None, content } = envelope.request else { return Err(wrong()) };
    let content = content.into_json();
    let set = content.field("set").and_then(|set| value::Json::parse(set).ok()).filter(value::Json::is_record);
    let (mut attributes, mut others) = (Vec::new(), 0);
    content.each_field(|name, _| others += usize::from(name != "set"));
    let set = set.filter(|_| others == 0 && envelope.id.is_none()).ok_or_else(wrong)?;
    set.each_field(|name, json| attributes.extend(value::Json::parse(json).map(|json| (name.into(), json))));
    Ok(attributes)
}

async fn told(shared: &Shared, client: Arc<str>) -> Result<Json<AttributesAnswer>, Problem> {
    let whose = client.clone();
    let found = shared
        .hatch
        .ask(move |inside| inside.engine.knows_client(&whose).then(|| inside.engine.client_attributes(&whose)));
    let Some(found) = found.await? else {
        return Err(Problem::not_found(format!("nothing is known of a client `{client}`")));
    };
    let attributes = found.into_iter().filter_map(AttributeAnswer::of).collect();
    Ok(Json(AttributesAnswer { client: client.to_string(), attributes }))
}

impl AttributeAnswer {
    fn of(now: AttributeNow) -> Option<AttributeAnswer> {
        let value = RawValue::from_string(now.value.as_str().to_owned()).ok()?;
        Some(AttributeAnswer { name: now.name.to_string(), ty: now.ty, value, set: now.is_set })
    }
}
