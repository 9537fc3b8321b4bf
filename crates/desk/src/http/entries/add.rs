//! `POST /add`: one entry goes into the log, and its proof comes back.
//!
//! Not the log (`ledger`). Invariants: 200 only with a proof under a checkpoint that has the quorum, 202 with one that is durable but
//! not yet witnessed; a caller without a token learns nothing but that; what was taken in is finished even if its caller leaves.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use ledger::{AppendError, Appended, Log};
use seal::tlog::Entry;
use tokio::sync::Semaphore;

use crate::config::tokens::{Client, Tokens};
use crate::http::body;
use crate::http::problem::{Problem, text};

/// What the log's handlers share.
#[derive(Clone)]
pub(crate) struct Adding {
    pub(crate) log: Arc<Log>,
    pub(crate) tokens: Arc<Tokens>,
    /// By client: how many of its appends may be under way.
    pub(crate) shares: Arc<[Arc<Semaphore>]>,
    pub(crate) body_timeout: Duration,
}

pub(crate) async fn add(State(state): State<Adding>, headers: HeaderMap, body: Body) -> Result<Response, Problem> {
    let client = match authorized(&headers, &state.tokens).and_then(|client| is_bytes(&headers).map(|()| client)) {
        Ok(client) => client,
        Err(problem) => {
            body::discard(&headers, body, state.body_timeout).await;
            return Err(problem);
        }
    };
    let body = body::read(&headers, body, Entry::LEN_BYTES, state.body_timeout).await?;
    let entry = Entry::parse(&body).ok_or_else(|| {
        Problem::bad("the body is not an entry: 34 bytes, version 1, a kind that is known, 32 bytes of commitment")
    })?;
    let share = Arc::clone(&state.shares[client.0]).try_acquire_owned().map_err(|_| {
        Problem::new(StatusCode::TOO_MANY_REQUESTS, "too many of this token's submissions are under way")
            .with(header::RETRY_AFTER, "1")
    })?;
    let appended = tokio::spawn(async move {
        let appended = state.log.append(entry).await;
        drop(share);
        appended
    });
    match appended.await {
        Ok(Ok(appended)) => Ok(proved(&appended)),
        Ok(Err(err)) => Err(refused(&err)),
        Err(_) => Err(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the log failed at this request")),
    }
}

fn authorized(headers: &HeaderMap, tokens: &Tokens) -> Result<Client, Problem> {
    let unauthorized = |line| {
        let problem = Problem::new(StatusCode::UNAUTHORIZED, line);
        problem.with(header::WWW_AUTHENTICATE, "Bearer realm=\"submission\"")
    };
    let Some(value) = headers.get(header::AUTHORIZATION) else {
        return Err(unauthorized("submission needs a token: Authorization: Bearer TOKEN"));
    };
    let (scheme, token) = value.as_bytes().split_at(value.len().min(7));
    let client = scheme.eq_ignore_ascii_case(b"bearer ").then(|| tokens.client(token)).flatten();
    client.ok_or_else(|| unauthorized("this token is not known here"))
}

/// A browser's form cannot be an entry; what says nothing of itself may be one.
fn is_bytes(headers: &HeaderMap) -> Result<(), Problem> {
    match headers.get(header::CONTENT_TYPE).map(|value| value.as_bytes()) {
        None | Some(b"application/octet-stream") => Ok(()),
        Some(_) => Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "an entry is application/octet-stream")),
    }
}

fn proved(appended: &Appended) -> Response {
    let mut response = text(appended.proof.print());
    if !appended.witnessed {
        *response.status_mut() = StatusCode::ACCEPTED;
    }
    response
}

fn refused(err: &AppendError) -> Problem {
    match err {
        AppendError::Busy => Problem::busy("the log has too much under way; try again"),
        AppendError::Stopped(_) => Problem::busy("the log is stopping; the entry was not taken in"),
        AppendError::Unknown(_) => {
            Problem::busy("the log is stopping; submit the same entry again: it gets one index, whichever it is")
        }
        _ => Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the entry is in, but the log is damaged and cannot prove it",
        ),
    }
}
