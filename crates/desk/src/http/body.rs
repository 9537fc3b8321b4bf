//! Bodies of requests: no longer than they may be, and no slower.
//!
//! Not what is in them. Invariants: no more than the bound is ever held; a body that is announced too long is refused before
//! a byte of it is read; the time is for the whole body, so that a byte now and then does not keep a connection.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, StatusCode, header};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};

use super::problem::Problem;

/// Reads a whole body of at most `bytes_max`.
pub(crate) async fn read(
    headers: &HeaderMap,
    body: Body,
    bytes_max: usize,
    within: Duration,
) -> Result<Bytes, Problem> {
    let too_long = || Problem::new(StatusCode::PAYLOAD_TOO_LARGE, format!("the body is longer than {bytes_max} bytes"));
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    if announced.and_then(|text| text.parse::<u64>().ok()).is_some_and(|len| len > bytes_max as u64) {
        return Err(too_long());
    }
    match tokio::time::timeout(within, Limited::new(body, bytes_max).collect()).await {
        Err(_) => Err(Problem::new(StatusCode::REQUEST_TIMEOUT, "the body did not come in time")
            .with(header::CONNECTION, "close")),
        Ok(Err(err)) if err.is::<LengthLimitError>() => Err(too_long()),
        Ok(Err(_)) => Err(Problem::bad("the body could not be read to its end")),
        Ok(Ok(body)) => Ok(body.to_bytes()),
    }
}
