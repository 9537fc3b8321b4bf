//! `GET /` and `GET /cy`: what this log is, in English and in Welsh.
//!
//! Not made for each request: it is made once. Invariants: it carries the policy that allows no script but ours; it is asked for anew each time, so
//! that it names the assets of the program that runs.

use axum::extract::State;
use axum::http::{HeaderName, header};
use axum::response::{IntoResponse as _, Response};
use pages::policy;

/// A page that was made when the service started.
pub(crate) type Made = std::sync::Arc<str>;

pub(crate) async fn show(State(page): State<Made>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-cache"),
        (header::CONTENT_SECURITY_POLICY, policy::CONTENT_SECURITY_POLICY),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ];
    (headers, page.to_string()).into_response()
}
