//! Who may: a request carries a token, and the token has the scope.

use super::answer::Problem;
use super::audit;
use crate::server::config::{Scope, Token, TokenHash};
use crate::server::guests::Guest;
use crate::server::{Shared, http};
use axum::extract::{Extension, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// Who asks: the token's name in the settings.
#[derive(Clone, Debug)]
pub(super) struct Caller(pub(super) Arc<str>);

/// Where the settings know no token, there is no API at all.
pub(super) async fn only_where_there_are_tokens(
    State(shared): State<Arc<Shared>>,
    Extension(guest): Extension<Arc<Guest>>,
    request: Request,
    next: Next,
) -> Response {
    if shared.terms.get().tokens.is_empty() {
        return http::no_api();
    }
    let mut response = next.run(request).await;
    if guest.asked() == 0 {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Lets those through who show a token with the scope; without a scope, those with any token.
pub(super) async fn guard(
    State((shared, scope)): State<(Arc<Shared>, Option<Scope>)>,
    Extension(guest): Extension<Arc<Guest>>,
    mut request: Request,
    next: Next,
) -> Response {
    let terms = shared.terms.get();
    let Some((name, token)) = shown(request.headers()).and_then(|shown| known(terms.tokens.iter(), shown)) else {
        let problem =
            Problem::new(StatusCode::UNAUTHORIZED, "unauthorized", "send a token: `Authorization: Bearer TOKEN`");
        let challenge = [(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))];
        return (challenge, problem).into_response();
    };
    match scope {
        Some(scope) if !token.scopes.contains(&scope) => {
            audit::denied(name, scope, request.uri().path());
            let why = format!("the token has not the scope `{}`", scope.name());
            Problem::new(StatusCode::FORBIDDEN, "forbidden", why).into_response()
        }
        Some(_) | None => {
            guest.asks_as_known();
            request.extensions_mut().insert(Caller(name.clone()));
            next.run(request).await
        }
    }
}

type Named<'terms> = (&'terms Arc<str>, &'terms Token);

fn shown(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// The token that this is. All are compared, and each in the same time, so that nothing can be learnt from how long it takes.
fn known<'terms>(tokens: impl Iterator<Item = Named<'terms>>, shown: &str) -> Option<Named<'terms>> {
    let shown = TokenHash::of(shown);
    tokens.fold(None, |found, named| if bool::from(named.1.sha256.matches(&shown)) { Some(named) } else { found })
}
