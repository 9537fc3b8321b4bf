//! `GET /metrics`: the numbers as Prometheus reads them (OpenMetrics text).
//!
//! Not protected here: who may reach it is for the proxy in front.
//! Invariant: it holds nothing about a caller.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::numbers::Numbers;

pub(crate) async fn show(State(numbers): State<Numbers>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, numbers.print()).into_response()
}
