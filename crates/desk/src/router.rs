//! Every route, on one page.
//!
//! Not the handlers (`http/<noun>/<verb>.rs`). Invariants: every answer passes [`counted`]; whatever no route takes is a clear
//! 404 or 405; a panic in a handler is a 500 and ends nothing else.

use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use ledger::{ReadSide, WitnessBook};
use tower_http::catch_panic::CatchPanicLayer;

use crate::access::Desk;
use crate::config::listen::ListenConfig;
use crate::fault::Fault;
use crate::http::checkpoints::cosign::Cosigning;
use crate::http::entries::add::Adding;
use crate::http::health::show::WhyNot;
use crate::http::problem::Problem;
use crate::http::{access, assets, checkpoints, entries, health, metrics, tiles, welcome};
use crate::numbers::Numbers;

/// `counterpartd log`.
pub(crate) fn log(state: Adding, origin: &str, store: Arc<dyn ReadSide>, numbers: Numbers, why_not: WhyNot) -> Router {
    let mut routes = Router::new()
        .route("/add", post(entries::add::add))
        .route("/checkpoint", get(checkpoints::show::checkpoint))
        .route("/pending", get(checkpoints::show::pending))
        .with_state(state)
        .route("/tile/{*path}", get(tiles::show::show).with_state(store))
        .route("/assets/{digest}/{name}", get(assets::show::show));
    for (language, path) in pages::welcome::PATHS {
        let page: welcome::show::Made = pages::welcome::log(language, origin).into();
        routes = routes.route(path, get(welcome::show::show).with_state(page));
    }
    finished(routes, numbers, why_not)
}

/// `counterpartd witness`.
pub(crate) fn witness(
    book: Arc<WitnessBook>,
    origins: Vec<String>,
    numbers: Numbers,
    fault: Fault,
    listen: &ListenConfig,
) -> Router {
    let state = Cosigning { book, origins: origins.into(), body_timeout: listen.body_timeout, fault: fault.clone() };
    let why_not: WhyNot = Arc::new(move || fault.is_raised().then(|| "the witness is stopping".to_owned()));
    let routes = Router::new()
        .route("/add-checkpoint", post(checkpoints::cosign::cosign))
        .route("/{origin}/checkpoint", get(checkpoints::latest::latest))
        .with_state(state);
    finished(routes, numbers, why_not)
}

/// `counterpartd serve`: made of the table in `http/access`.
pub(crate) fn desk(desk: &Desk, numbers: Numbers) -> Router {
    finished(access::routes(desk), numbers, Arc::new(|| None))
}

/// What every role has, and what stands around every route.
fn finished(routes: Router, numbers: Numbers, why_not: WhyNot) -> Router {
    routes
        .route("/health", get(health::show::show).with_state(why_not))
        .route("/metrics", get(metrics::show::show).with_state(numbers.clone()))
        .method_not_allowed_fallback(|| async {
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, "this is not asked for in that way; see Allow")
        })
        .fallback(|| async { Problem::not_found("there is nothing here") })
        .layer(CatchPanicLayer::custom(|_| {
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the service failed at this request").into_response()
        }))
        .layer(from_fn_with_state(numbers, counted))
}

/// Counts the answer and writes its line. Neither path, query, header nor address: only the route that took it.
async fn counted(State(numbers): State<Numbers>, route: Option<MatchedPath>, request: Request, next: Next) -> Response {
    let (began, method) = (Instant::now(), request.method().clone());
    let mut response = next.run(request).await;
    let (route, status) = (route.as_ref().map_or("none", MatchedPath::as_str), response.status());
    numbers.answered(route, &method, status.as_u16(), began.elapsed());
    let ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    if status.is_server_error() {
        tracing::warn!(route, status = status.as_u16(), ms, "answered");
    } else {
        tracing::debug!(route, status = status.as_u16(), ms, "answered");
    }
    response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
