//! `POST /add-checkpoint`: a witness is asked to cosign (C2SP tlog-witness).
//!
//! Not the judgement (`ledger::WitnessBook`): here it becomes a status. Invariants: statuses and bodies are C2SP's; a memory
//! that failed is never asked again in this process.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use ledger::{AddCheckpoint, Decision, REQUEST_BYTES_MAX, WitnessBook, Witnessed};

use crate::fault::Fault;
use crate::http::body;
use crate::http::problem::{Problem, text};

/// What the witness's handlers share.
#[derive(Clone)]
pub(crate) struct Cosigning {
    pub(crate) book: Arc<WitnessBook>,
    pub(crate) origins: Arc<[String]>,
    pub(crate) body_timeout: Duration,
    pub(crate) fault: Fault,
}

pub(crate) async fn cosign(
    State(state): State<Cosigning>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let body = body::read(&headers, body, REQUEST_BYTES_MAX, state.body_timeout).await?;
    let asked = AddCheckpoint::parse(&body)
        .ok_or(Problem::bad("the body is not `old SIZE`, lines of proof, an empty line and a signed checkpoint"))?;
    if state.fault.is_raised() {
        return Err(Problem::busy("the witness is stopping"));
    }
    // Its own task: a caller who leaves cannot stop it between remembering and answering.
    let book = Arc::clone(&state.book);
    match tokio::spawn(async move { book.add_checkpoint(&asked, now_s()).await }).await {
        Ok(Ok(Witnessed::Cosigned(line))) => Ok(text(format!("{line}\n"))),
        Ok(Ok(Witnessed::Not(decision))) => refused(&decision),
        Ok(Ok(Witnessed::Busy)) => Err(Problem::busy("the witness is busy: ask again")),
        Ok(Err(what)) => {
            state.fault.raise(&format!("the witness's memory failed: {what}"));
            Err(Problem::busy("the witness's memory failed, and it is stopping"))
        }
        Err(_) => Err(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the witness failed at this request")),
    }
}

fn refused(decision: &Decision) -> Result<Response, Problem> {
    match decision {
        Decision::Conflict(size) => {
            let headers = [(header::CONTENT_TYPE, "text/x.tlog.size"), (header::CACHE_CONTROL, "no-store")];
            Ok((StatusCode::CONFLICT, headers, format!("{size}\n")).into_response())
        }
        Decision::UnknownLog => Err(Problem::not_found("this witness does not know that log")),
        Decision::NotSigned => {
            Err(Problem::new(StatusCode::FORBIDDEN, "the log's signature is missing or does not verify"))
        }
        Decision::BadProof => Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "it is not shown to continue what this witness cosigned before",
        )),
        Decision::Malformed | Decision::Cosign => Err(Problem::bad("the old size is above the checkpoint's")),
    }
}

fn now_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |since| since.as_secs().max(1))
}
