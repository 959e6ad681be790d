//! Looking after the server over HTTP. There is nothing here until the settings know a token.
//!
//! Each route is guarded by a scope, and stands with it in the OpenAPI document that the server serves: both are made
//! from the same list.

mod answer;
mod attributes;
mod audit;
mod epochs;
mod guard;
mod live;
mod map;
mod people;
mod plan;
mod posts;
mod reload;
mod rooms;
mod sockets;
mod whom;
mod why;

use super::Shared;
use super::config::Scope;
use axum::extract::DefaultBodyLimit;
use axum::routing::get;
use axum::{Json, Router, middleware};
use std::sync::Arc;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Components, Info, OpenApi, PathItem, path::Operation};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// What it is called in the document.
const SECURITY: &str = "token";
/// No request is larger, in bytes, except rules that are sent.
const REQUEST_BYTES_MAX: usize = 64 * 1024;

/// No rules that are sent are larger, in bytes.
const RULES_BYTES_MAX: usize = 8 * 1024 * 1024;

type Routes = OpenApiRouter<Arc<Shared>>;

/// The routes below `/api`.
pub(super) fn router(shared: &Arc<Shared>) -> Router<Arc<Shared>> {
    let (router, document) = all(shared).split_for_parts();
    let document = Json(finished(document));
    let described = Router::new()
        .route("/openapi.json", get(async move || document))
        .route_layer(middleware::from_fn_with_state((shared.clone(), None), guard::guard));
    router
        .merge(described)
        .fallback(answer::nothing_here)
        .method_not_allowed_fallback(answer::wrong_method)
        .layer(DefaultBodyLimit::max(REQUEST_BYTES_MAX))
        .layer(middleware::from_fn_with_state(shared.clone(), guard::only_where_there_are_tokens))
}

fn all(shared: &Arc<Shared>) -> Routes {
    let read = OpenApiRouter::new()
        .routes(routes!(epochs::epochs))
        .routes(routes!(map::map))
        .routes(routes!(rooms::rooms))
        .routes(routes!(rooms::room))
        .routes(routes!(rooms::members))
        .routes(routes!(sockets::sockets))
        .routes(routes!(sockets::socket))
        .routes(routes!(sockets::client));
    let plan =
        OpenApiRouter::new().routes(routes!(plan::plan, plan::plan_of)).layer(DefaultBodyLimit::max(RULES_BYTES_MAX));
    let why = OpenApiRouter::new().routes(routes!(why::why));
    let change = OpenApiRouter::new().routes(routes!(reload::reload)).routes(routes!(reload::roll_back));
    let post = OpenApiRouter::new().routes(routes!(posts::post)).layer(DefaultBodyLimit::disable());
    let attributes = OpenApiRouter::new().routes(routes!(attributes::attributes, attributes::set));
    let scopes = [
        (Scope::Read, read),
        (Scope::Plan, plan),
        (Scope::Why, why),
        (Scope::Reload, change),
        (Scope::Post, post),
        (Scope::Move, OpenApiRouter::new().routes(routes!(people::move_to))),
        (Scope::Lock, OpenApiRouter::new().routes(routes!(people::lock))),
        (Scope::Revoke, OpenApiRouter::new().routes(routes!(people::revoke)).routes(routes!(people::expel))),
        (Scope::Drop, OpenApiRouter::new().routes(routes!(people::drop_connections))),
        (Scope::Attributes, attributes),
        (Scope::History, OpenApiRouter::new().routes(routes!(rooms::history))),
    ];
    scopes.into_iter().fold(OpenApiRouter::new(), |all, (scope, routes)| all.merge(guarded(shared, scope, routes)))
}

/// Only tokens with the scope come through, and the document says so.
fn guarded(shared: &Arc<Shared>, scope: Scope, mut routes: Routes) -> Routes {
    for path in routes.get_openapi_mut().paths.paths.values_mut() {
        for operation in operations(path) {
            operation.security = Some(vec![SecurityRequirement::new(SECURITY, [scope.name()])]);
        }
    }
    routes.route_layer(middleware::from_fn_with_state((shared.clone(), Some(scope)), guard::guard))
}

fn operations(path: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut path.get, &mut path.post].into_iter().flatten()
}

fn finished(mut document: OpenApi) -> OpenApi {
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("a token of the setting `api.tokens`; the scope that it needs stands with each operation"));
    let components = document.components.get_or_insert_with(Components::default);
    components.add_security_scheme(SECURITY, SecurityScheme::Http(bearer.build()));
    document.info = Info::new("Windlass", env!("CARGO_PKG_VERSION"));
    document.info.description = Some("Looking after a Windlass server".into());
    document.servers = Some(vec![utoipa::openapi::Server::new("/api")]);
    document
}
