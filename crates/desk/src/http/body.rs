//! Bodies of requests: no longer than they may be, and no slower.
//!
//! Not what is in them.
//! Invariants: no more than the bound is ever held; what is refused is not kept; the time is for the whole body, so that a byte now and then does not keep a connection.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, StatusCode, header};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};

use super::problem::Problem;

/// How much of a body that nobody wants is taken off the line.
const DISCARDED_BYTES_MAX: usize = 1 << 20;

/// Takes a body off the line that nobody wants: closing on unread bytes would take the answer back from who still sends.
pub(crate) async fn discard(headers: &HeaderMap, mut body: Body, within: Duration) {
    // Who asks first whether to send is answered no, and has sent nothing.
    if headers.contains_key(header::EXPECT) {
        return;
    }
    let taken = async {
        let mut len_bytes = 0;
        while let Some(Ok(frame)) = body.frame().await {
            len_bytes += frame.data_ref().map_or(0, Bytes::len);
            if len_bytes > DISCARDED_BYTES_MAX {
                break;
            }
        }
    };
    // Out of time it is closed on, which is all that is left to do.
    let _ = tokio::time::timeout(within, taken).await;
}

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
        discard(headers, body, within).await;
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
