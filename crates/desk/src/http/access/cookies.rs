//! The two cookies: the secret of a session of staff's, and of a person's.
//!
//! Not the sessions (`access/sessions.rs`, `persons/sessions.rs`). Invariants: it goes to this host alone, over https or within this machine, is in no script's reach, and is
//! not sent with what another site asks for.

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use zeroize::Zeroizing;

/// The prefix holds browsers to `Secure`, to this host and to `Path=/`; http://localhost counts as secure.
const STAFF: &str = "__Host-counterpart";
const PERSON: &str = "__Host-counterpart-me";
const HELD_TO: &str = "Path=/; Secure; HttpOnly; SameSite=Lax";

/// The secret that a request of staff's brought. Two of them are none.
pub(super) fn secret(headers: &HeaderMap) -> Option<Zeroizing<[u8; 32]>> {
    named(headers, STAFF)
}

/// The secret that a person's brought.
pub(in crate::http) fn persons_secret(headers: &HeaderMap) -> Option<Zeroizing<[u8; 32]>> {
    named(headers, PERSON)
}

fn named(headers: &HeaderMap, wanted: &str) -> Option<Zeroizing<[u8; 32]>> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut values = pairs.filter(|(name, _)| *name == wanted).map(|(_, value)| value);
    let (Some(value), None) = (values.next(), values.next()) else { return None };
    let bytes = Zeroizing::new(BASE64.decode(value).ok()?);
    Some(Zeroizing::new(<[u8; 32]>::try_from(bytes.as_slice()).ok()?))
}

/// An answer that brings it.
pub(super) fn with(response: Response, secret: &[u8; 32]) -> Response {
    bringing(response, STAFF, secret)
}

/// The same to a person.
pub(in crate::http) fn with_persons(response: Response, secret: &[u8; 32]) -> Response {
    bringing(response, PERSON, secret)
}

fn bringing(mut response: Response, name: &str, secret: &[u8; 32]) -> Response {
    let line = Zeroizing::new(format!("{name}={}; {HELD_TO}", BASE64.encode(secret)));
    let value = HeaderValue::from_str(&line).expect("base64 is a header's value");
    response.headers_mut().append(header::SET_COOKIE, value);
    response
}

/// An answer that takes it away.
pub(super) fn without(response: Response) -> Response {
    taking(response, STAFF)
}

/// The same of a person.
pub(in crate::http) fn without_persons(response: Response) -> Response {
    taking(response, PERSON)
}

fn taking(mut response: Response, name: &str) -> Response {
    let line = format!("{name}=; {HELD_TO}; Max-Age=0");
    let value = HeaderValue::from_str(&line).expect("it has no sign that a header may not have");
    response.headers_mut().append(header::SET_COOKIE, value);
    response
}
