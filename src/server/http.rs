//! HTTP on the same port: health, the way to a WebSocket, and short JSON answers to everything else.

use super::config::Readers;
use super::guests::Guest;
use super::reload::{Attempt, Standing};
use super::{Shared, api, metrics, upgrade};
use axum::Router;
use axum::body::Body;
use axum::extract::{Extension, State};
use axum::routing::{any, get};
use hyper::header::{self, HeaderValue};
use hyper::{HeaderMap, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use serde::Serialize;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::rustls::pki_types::CertificateDer;
use tower_service::Service;

/// What a client should wait before it tries a full server again, in seconds.
const RETRY_AFTER: &str = "5";

const FULL_CODE: &str = "full";

/// How long whoever looks after the server may take from one request to the end of the next one's answer.
const KNOWN_DEADLINE: Duration = Duration::from_secs(60);

/// The routes.
pub(super) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/health/live", get(live))
        .route("/health/ready", get(ready))
        .route("/metrics", get(metrics))
        .route(upgrade::PATH, any(ws))
        .nest("/api", api::router(&shared))
        .fallback(nothing_here)
        .with_state(shared)
}

/// Speaks HTTP on a connection until it has had its answer, or its time is over. Whoever looks after the server may ask again on it,
/// for as long as requests come.
pub(super) async fn serve(
    shared: Arc<Shared>,
    router: Router,
    stream: TcpStream,
    guest: Arc<Guest>,
    deadline: Instant,
) {
    let serving = speak_over(&shared, WithGuest { router, guest: guest.clone(), certificate: None }, stream);
    let mut serving = std::pin::pin!(serving);
    // one deadline for all of it, TLS included
    let mut ended = timeout_at(deadline, &mut serving).await.is_ok();
    let mut answered = 0;
    while !ended && guest.asked() > answered {
        answered = guest.asked();
        ended = tokio::time::timeout(KNOWN_DEADLINE, &mut serving).await.is_ok();
    }
}

async fn speak_over(shared: &Shared, service: WithGuest, stream: TcpStream) {
    let Some(certificate) = &shared.certificate else {
        return speak(shared, service, stream).await;
    };
    match certificate.acceptor().accept(stream).await {
        Ok(stream) => {
            let certificate = stream.get_ref().1.peer_certificates().and_then(<[_]>::first).cloned().map(Arc::new);
            speak(shared, WithGuest { certificate, ..service }, stream).await;
        }
        Err(error) => {
            shared.counters.handshake_failed.add();
            tracing::debug!(%error, "a TLS handshake failed");
        }
    }
}

async fn speak<Io>(shared: &Shared, service: WithGuest, io: Io)
where
    Io: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let terms = shared.terms.get();
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(terms.handshake_deadline)
        .max_buf_size(terms.head_bytes_max)
        .serve_connection(TokioIo::new(io), TowerToHyperService::new(service))
        .with_upgrades();
    if let Err(error) = connection.await {
        tracing::debug!(%error, "an HTTP connection ended early");
    }
}

/// Hands every request of a connection its guest, and what the guest has shown.
#[derive(Clone)]
struct WithGuest {
    router: Router,
    guest: Arc<Guest>,
    certificate: Option<Arc<CertificateDer<'static>>>,
}

impl Service<Request<hyper::body::Incoming>> for WithGuest {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = <Router as Service<Request<Body>>>::Future;

    fn poll_ready(&mut self, context: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), Infallible>> {
        <Router as Service<Request<Body>>>::poll_ready(&mut self.router, context)
    }

    fn call(&mut self, mut request: Request<hyper::body::Incoming>) -> Self::Future {
        request.extensions_mut().insert(self.guest.clone());
        self.certificate.iter().for_each(|certificate| drop(request.extensions_mut().insert(certificate.clone())));
        self.router.call(request.map(Body::new))
    }
}

async fn ws(
    State(shared): State<Arc<Shared>>,
    Extension(guest): Extension<Arc<Guest>>,
    request: Request<Body>,
) -> Response<Body> {
    upgrade::upgrade(&shared, &guest, request)
}

async fn live() -> Response<Body> {
    json(StatusCode::OK, "{\"status\":\"live\"}".into())
}

async fn ready(State(shared): State<Arc<Shared>>) -> Response<Body> {
    let status = match *shared.stop.borrow() || shared.inbox.is_closed() {
        true => StatusCode::SERVICE_UNAVAILABLE,
        false => StatusCode::OK,
    };
    let health = Health {
        status: if status == StatusCode::OK { "ready" } else { "stopping" },
        connections: shared.guests.seats(),
        short_of_memory: shared.memory.is_short(),
        rules: shared.reloads.as_ref().map(|reloads| RulesHealth::of(&reloads.standing())),
    };
    json(status, serde_json::to_string(&health).unwrap_or_default())
}

async fn metrics(
    State(shared): State<Arc<Shared>>,
    Extension(guest): Extension<Arc<Guest>>,
    headers: HeaderMap,
) -> Response<Body> {
    let is_reader = match shared.metrics.readers {
        Readers::Nobody => false,
        Readers::Loopback => guest.is_loopback() && !PROXIED.iter().any(|header| headers.contains_key(*header)),
        Readers::Everybody => true,
    };
    if !is_reader {
        return nothing_here().await;
    }
    let page = metrics::page(&shared).await;
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    typed(StatusCode::OK, HeaderValue::from_static(kind), page)
}

/// What a proxy adds to what it asks for somebody else.
const PROXIED: [&str; 4] = ["forwarded", "via", "x-forwarded-for", "x-real-ip"];

/// Everybody may read it: it names nothing of the rules.
#[derive(Serialize)]
struct Health {
    status: &'static str,
    connections: u64,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    short_of_memory: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    rules: Option<RulesHealth>,
}

#[derive(Serialize)]
struct RulesHealth {
    epoch: Option<u32>,
    /// The latest attempt to reload: when, in milliseconds since 1970, who wanted it, and the code of what kept it from succeeding.
    #[serde(skip_serializing_if = "Option::is_none")]
    reload: Option<ReloadHealth>,
}

#[derive(Serialize)]
struct ReloadHealth {
    at: u64,
    by: &'static str,
    ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
}

impl RulesHealth {
    fn of(standing: &Standing) -> RulesHealth {
        let told = |attempt: &Attempt| ReloadHealth {
            at: attempt.at,
            by: attempt.by.name(),
            ok: attempt.outcome.is_ok(),
            code: attempt.outcome.as_ref().err().map(|(code, _)| *code),
        };
        RulesHealth { epoch: standing.kept.back().map(|kept| kept.epoch.0), reload: standing.latest.as_ref().map(told) }
    }
}

pub(super) async fn nothing_here() -> Response<Body> {
    refuse(Refused {
        status: StatusCode::NOT_FOUND,
        code: "not_found",
        message: "there is nothing here: connect to `/ws`",
    })
}

/// Where the settings know no token.
pub(super) fn no_api() -> Response<Body> {
    refuse(Refused {
        status: StatusCode::NOT_FOUND,
        code: "not_found",
        message: "there is no API here: `windlass token new` makes a token, and the lines that make the settings know it",
    })
}

/// An answer that is not what was asked for.
pub(super) struct Refused {
    status: StatusCode,
    code: &'static str,
    message: &'static str,
}

impl Refused {
    pub(super) fn full() -> Self {
        let message = "the server has as many connections as it may: come back later";
        Refused { status: StatusCode::SERVICE_UNAVAILABLE, code: FULL_CODE, message }
    }

    /// Whether there are too many.
    pub(super) fn is_full(&self) -> bool {
        self.code == FULL_CODE
    }

    pub(super) fn stopping() -> Self {
        Refused {
            status: StatusCode::SERVICE_UNAVAILABLE,
            code: "stopping",
            message: "the server stops: come back later",
        }
    }

    pub(super) fn forbidden(message: &'static str) -> Self {
        Refused { status: StatusCode::FORBIDDEN, code: "origin", message }
    }

    pub(super) fn bad_request(code: &'static str, message: &'static str) -> Self {
        Refused { status: StatusCode::BAD_REQUEST, code, message }
    }

    pub(super) fn upgrade_required(message: &'static str) -> Self {
        Refused { status: StatusCode::UPGRADE_REQUIRED, code: "upgrade_required", message }
    }
}

pub(super) fn refuse(refused: Refused) -> Response<Body> {
    let Refused { status, code, message } = refused;
    let mut response = json(status, format!("{{\"error\":{{\"code\":\"{code}\",\"message\":\"{message}\"}}}}"));
    let headers = response.headers_mut();
    if status == StatusCode::UPGRADE_REQUIRED {
        headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
    }
    if status == StatusCode::SERVICE_UNAVAILABLE {
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER));
    }
    response
}

pub(super) fn json(status: StatusCode, text: String) -> Response<Body> {
    typed(status, HeaderValue::from_static("application/json"), text)
}

fn typed(status: StatusCode, kind: HeaderValue, text: String) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, kind);
    // who is not known asks once, so that its deadline is that of one answer
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

/// What a TCP connection gets that is one too many; there is no time to read what it asks.
pub(super) const FULL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\nretry-after: 5\r\n\
    connection: close\r\ncontent-length: 70\r\n\r\n{\"error\":{\"code\":\"full\",\"message\":\"too many connections: come later\"}}";
