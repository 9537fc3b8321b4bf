//! `GET /health`: 200 `ready`, or 503 with why not.
//!
//! For whoever starts and watches the process.
//! Invariant: asking costs nothing that grows with the log.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use crate::http::problem::{Problem, text};

/// Why a role would not do its work now, if there is a reason.
pub(crate) type WhyNot = Arc<dyn Fn() -> Option<String> + Send + Sync>;

pub(crate) async fn show(State(why_not): State<WhyNot>) -> Result<Response, Problem> {
    match why_not() {
        None => Ok(text("ready\n".into())),
        Some(why) => Err(Problem::busy(why)),
    }
}
