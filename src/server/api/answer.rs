//! What the API says where something is wrong, in one shape; and reading what it is sent.

use crate::diagnostic::{Findings, finding};
use crate::engine::{Against, Declined};
use crate::envelope::{Refusal, codes};
use crate::lint::Checked;
use crate::server::hatch::NobodyThere;
use crate::server::{Hindrance, Unfit};
use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use utoipa::ToSchema;

/// What is wrong, as it is sent.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ErrorAnswer {
    error: ErrorDetail,
    /// Where rules have errors: what was found in them, as `windlass lint --format json` writes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    lint: Option<Value>,
}

/// What is wrong.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ErrorDetail {
    /// For programs.
    code: String,
    /// For people.
    message: String,
}

/// An answer that is not what was asked for.
#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    body: ErrorAnswer,
}

impl Problem {
    pub(super) fn new(status: StatusCode, code: &str, message: impl Into<String>) -> Problem {
        let error = ErrorDetail { code: code.into(), message: message.into() };
        Problem { status, body: ErrorAnswer { error, lint: None } }
    }

    pub(super) fn bad_request(message: impl Into<String>) -> Problem {
        Problem::new(StatusCode::BAD_REQUEST, "bad_request", message)
    }

    pub(super) fn not_found(message: impl Into<String>) -> Problem {
        Problem::new(StatusCode::NOT_FOUND, "not_found", message)
    }

    /// For programs, what is wrong.
    pub(super) fn code(&self) -> &str {
        &self.body.error.code
    }

    pub(super) fn unfit(code: &str, message: impl Into<String>) -> Problem {
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code, message)
    }

    /// The server was started with rules that it cannot read again.
    pub(super) fn fixed() -> Problem {
        Problem::new(StatusCode::CONFLICT, "fixed", "this server has no directory to read rules from")
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        (self.status, Json(self.body)).into_response()
    }
}

impl From<NobodyThere> for Problem {
    fn from(nobody: NobodyThere) -> Self {
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "stopping", nobody.to_string())
    }
}

impl From<Declined> for Problem {
    fn from(declined: Declined) -> Self {
        let status = match declined.against {
            Against::Absence => StatusCode::NOT_FOUND,
            Against::Circumstance => StatusCode::CONFLICT,
            Against::Nature => StatusCode::UNPROCESSABLE_ENTITY,
        };
        Problem::new(status, declined.code, declined.message)
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let status = match refusal.code {
            codes::TOO_LARGE => StatusCode::PAYLOAD_TOO_LARGE,
            codes::MALFORMED => StatusCode::BAD_REQUEST,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        Problem::new(status, refusal.code, refusal.message)
    }
}

impl From<Hindrance> for Problem {
    fn from(hindrance: Hindrance) -> Self {
        let status = match &hindrance {
            Hindrance::Unfit(_) | Hindrance::NeedsRestart(_) | Hindrance::UnknownLock(_) => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            Hindrance::UnknownEpoch(_) => StatusCode::NOT_FOUND,
            Hindrance::NotReloaded(_) | Hindrance::Stopping => StatusCode::SERVICE_UNAVAILABLE,
            Hindrance::Fault(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        let mut problem = Problem::new(status, hindrance.code(), hindrance.to_string());
        if let Hindrance::Unfit(Unfit::Errors(checked)) = &hindrance {
            problem.body.lint = Some(findings(checked));
        }
        problem
    }
}

/// What was found in rules that have errors.
fn findings(checked: &Checked) -> Value {
    let found = checked.diagnostics.iter().map(|found| finding(found, &checked.sources));
    serde_json::to_value(Findings::new(false, found.collect())).unwrap_or_default()
}

/// The body as JSON; nothing at all is everything at its default.
pub(super) struct Body<T>(pub(super) T);

impl<T: DeserializeOwned + Default, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bytes = Bytes::from_request(request, state)
            .await
            .map_err(|why: BytesRejection| Problem::new(why.status(), "bad_request", why.body_text().to_lowercase()))?;
        if bytes.is_empty() {
            return Ok(Body(T::default()));
        }
        serde_json::from_slice(&bytes).map(Body).map_err(|why| Problem::bad_request(format!("the body: {why}")))
    }
}

/// What stands behind `?`.
pub(super) struct Asked<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let asked = Query::<T>::from_request_parts(parts, state).await;
        asked.map(|Query(asked)| Asked(asked)).map_err(|why| Problem::bad_request(why.body_text().to_lowercase()))
    }
}

pub(super) async fn nothing_here() -> Problem {
    Problem::not_found("there is nothing here: `/api/openapi.json` lists what there is")
}

pub(super) async fn wrong_method() -> Problem {
    let why = "this is not asked for with this method: `/api/openapi.json` lists what there is";
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", why)
}
