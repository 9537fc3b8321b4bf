//! `GET /<hex SHA-256 of an origin>/checkpoint`: what a witness cosigned last of that log (C2SP tlog-witness, monitors).
//!
//! Not the log's own checkpoint (`show.rs`).
//! Invariant: it is what was returned from `add-checkpoint`, with the log's signature.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::Response;
use sha2::{Digest as _, Sha256};

use super::cosign::Cosigning;
use crate::http::problem::{Problem, text};
use crate::text::hex;

pub(crate) async fn latest(
    State(state): State<Cosigning>,
    path: Result<Path<String>, PathRejection>,
) -> Result<Response, Problem> {
    let Path(asked) = path.map_err(|_| Problem::bad("the path is not UTF-8"))?;
    let unknown = || Problem::not_found("this witness has cosigned nothing of that log");
    let origin = state.origins.iter().find(|origin| hex(&Sha256::digest(origin)) == asked).ok_or_else(unknown)?;
    match state.book.newest(origin).await {
        Ok(Some(note)) => Ok(text(String::from_utf8(note).map_err(|_| unknown())?)),
        Ok(None) => Err(unknown()),
        Err(_) => Err(Problem::busy("the witness's memory cannot be read")),
    }
}
