//! Answers that pages are: the document, and what a browser may do with it.
//!
//! Not their content (`pages`). Invariants: no page of somebody's is kept by a cache or framed; what fails is said without what failed, and is in the log
//! lines without anybody's name.

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use pages::access::message;
use pages::policy;
use pages::wording::{self, Language};

use crate::error::{Error, Visitor};

/// The language of pages, until people choose one.
pub(in crate::http) const LANGUAGE: Language = Language::English;

/// A page.
pub(in crate::http) fn page(status: StatusCode, document: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, policy::CONTENT_SECURITY_POLICY),
        // With none at all a browser would not say where a form comes from.
        (header::REFERRER_POLICY, "same-origin"),
        (header::STRICT_TRANSPORT_SECURITY, "max-age=63072000"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
    ];
    (status, headers, document).into_response()
}

/// Another page to look at now.
pub(in crate::http) fn see(path: &str) -> Response {
    let place = HeaderValue::from_str(path).unwrap_or(HeaderValue::from_static("/"));
    let headers = [(header::LOCATION, place), (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    (StatusCode::SEE_OTHER, headers).into_response()
}

/// Where somebody signs in who wanted to go there.
pub(super) fn sign_in(to: &str) -> String {
    if to == "/" { "/sign-in".to_owned() } else { format!("/sign-in?to={to}") }
}

/// Where somebody shows once more that it is them.
pub(in crate::http) fn again(to: &str) -> String {
    format!("/sign-in/again?to={to}")
}

pub(super) fn form_old() -> Response {
    form_old_at("/")
}

/// The same to somebody whose own page is there.
pub(super) fn form_old_at(home: &str) -> Response {
    let (title, why) = (wording::form_old(LANGUAGE), wording::form_old_why(LANGUAGE));
    page(StatusCode::FORBIDDEN, message(LANGUAGE, &title, why, Some(home)))
}

/// A form of ours that somebody filled in otherwise than its page lets them.
pub(in crate::http) fn no_form() -> Response {
    no_form_at("/")
}

/// The same to somebody whose own page is there.
pub(in crate::http) fn no_form_at(home: &str) -> Response {
    let (title, why) = (wording::form_old(LANGUAGE), wording::form_old_why(LANGUAGE));
    page(StatusCode::BAD_REQUEST, message(LANGUAGE, &title, why, Some(home)))
}

pub(in crate::http) fn not_yours() -> Response {
    let (title, why) = (wording::not_yours(LANGUAGE), wording::not_yours_why(LANGUAGE));
    page(StatusCode::FORBIDDEN, message(LANGUAGE, &title, why, Some("/")))
}

/// It could not be done, for a reason of ours, or because whoever asked for it is signed out by now.
#[derive(Debug)]
pub(crate) struct Broken(Error);

impl From<Error> for Broken {
    fn from(error: Error) -> Broken {
        Broken(error)
    }
}

impl IntoResponse for Broken {
    fn into_response(self) -> Response {
        match self.0.signed_out() {
            // The cookie stays: it may be that of a newer session by now, and one of none is taken away by the next page.
            Some(Visitor::Staff) => return see("/sign-in"),
            Some(Visitor::Person) => return see("/me/sign-in"),
            None => tracing::error!(what = self.0.what(), "a request could not be done"),
        }
        let (title, why) = (wording::out_of_order(LANGUAGE), wording::out_of_order_why(LANGUAGE));
        page(StatusCode::SERVICE_UNAVAILABLE, message(LANGUAGE, &title, why, None))
    }
}
