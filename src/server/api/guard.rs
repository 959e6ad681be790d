//! Who may: a request carries a token, and the token has the scope.

use super::answer::Problem;
use crate::server::config::{Scope, Token, TokenHash};
use crate::server::guests::Guest;
use crate::server::{Shared, http};
use axum::extract::{Extension, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// Where the settings know no token, there is no API at all.
pub(super) async fn only_where_there_are_tokens(
    State(shared): State<Arc<Shared>>,
    request: Request,
    next: Next,
) -> Response {
    if shared.terms.get().tokens.is_empty() {
        return http::nothing_here().await;
    }
    let mut response = next.run(request).await;
    // a connection asks once, so that its deadline is that of one answer
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Lets those through who show a token with the scope; without a scope, those with any token.
pub(super) async fn guard(
    State((shared, scope)): State<(Arc<Shared>, Option<Scope>)>,
    Extension(guest): Extension<Arc<Guest>>,
    request: Request,
    next: Next,
) -> Response {
    let terms = shared.terms.get();
    let Some(token) = shown(request.headers()).and_then(|shown| known(terms.tokens.values(), shown)) else {
        let problem =
            Problem::new(StatusCode::UNAUTHORIZED, "unauthorized", "send a token: `Authorization: Bearer TOKEN`");
        let challenge = [(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))];
        return (challenge, problem).into_response();
    };
    match scope {
        Some(scope) if !token.scopes.contains(&scope) => {
            let why = format!("the token has not the scope `{}`", scope.name());
            Problem::new(StatusCode::FORBIDDEN, "forbidden", why).into_response()
        }
        Some(_) | None => {
            guest.is_known_now();
            next.run(request).await
        }
    }
}

fn shown(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// The token that this is. All are compared, and each in the same time, so that nothing can be learnt from how long it takes.
fn known<'terms>(tokens: impl Iterator<Item = &'terms Token>, shown: &str) -> Option<&'terms Token> {
    let shown = TokenHash::of(shown);
    tokens.fold(None, |found, token| if bool::from(token.sha256.matches(&shown)) { Some(token) } else { found })
}
