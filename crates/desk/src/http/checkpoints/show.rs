//! `GET /checkpoint` and `GET /pending`: the log's newest checkpoint that witnesses vouch for, and its newest at all.
//!
//! Not what a witness cosigned (`latest.rs`).
//! Invariant: `/checkpoint` never shows what lacks the quorum.

use axum::extract::State;
use axum::response::Response;

use crate::http::entries::add::Adding;
use crate::http::problem::{Problem, text};

pub(crate) async fn checkpoint(State(state): State<Adding>) -> Result<Response, Problem> {
    match state.log.status().witnessed {
        Some(signed) => Ok(text(signed.print())),
        None => Err(Problem::not_found("no checkpoint has been witnessed yet")),
    }
}

pub(crate) async fn pending(State(state): State<Adding>) -> Response {
    text(state.log.status().newest.print())
}
