//! What is wrong with a request, or with us, as an answer: a status and one line of text.
//!
//! The only place where errors become responses. Invariants: the line says what is wrong and quotes nothing of the request; it
//! is never cached; a caller who may come again is told when.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// An answer that is not what was asked for.
#[derive(Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    line: String,
    header: Option<(header::HeaderName, HeaderValue)>,
}

impl Problem {
    /// A problem with this status.
    pub(crate) fn new(status: StatusCode, line: impl Into<String>) -> Problem {
        Problem { status, line: line.into(), header: None }
    }

    pub(crate) fn bad(line: impl Into<String>) -> Problem {
        Problem::new(StatusCode::BAD_REQUEST, line)
    }

    pub(crate) fn not_found(line: impl Into<String>) -> Problem {
        Problem::new(StatusCode::NOT_FOUND, line)
    }

    /// Ours, and it may pass: the caller may come again in a second.
    pub(crate) fn busy(line: impl Into<String>) -> Problem {
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, line).with(header::RETRY_AFTER, "1")
    }

    /// With one header more.
    pub(crate) fn with(self, name: header::HeaderName, value: &'static str) -> Problem {
        Problem { header: Some((name, HeaderValue::from_static(value))), ..self }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.status, text(format!("{}\n", self.line))).into_response();
        response.headers_mut().extend(self.header);
        response
    }
}

/// A text that no cache may keep.
pub(crate) fn text(text: String) -> Response {
    let headers = [(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
    (headers, text).into_response()
}
