//! The one cookie: the secret of a session.
//!
//! Not the session (`access/sessions.rs`). Invariants: it goes to this host alone, over https or within this machine, is in no script's reach, and is
//! not sent with what another site asks for.

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use zeroize::Zeroizing;

/// The prefix holds browsers to `Secure`, to this host and to `Path=/`; http://localhost counts as secure.
const NAME: &str = "__Host-counterpart";
const HELD_TO: &str = "Path=/; Secure; HttpOnly; SameSite=Lax";

/// The secret that a request brought. Two of them are none.
pub(super) fn secret(headers: &HeaderMap) -> Option<Zeroizing<[u8; 32]>> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut values = pairs.filter(|(name, _)| *name == NAME).map(|(_, value)| value);
    let (Some(value), None) = (values.next(), values.next()) else { return None };
    let bytes = Zeroizing::new(BASE64.decode(value).ok()?);
    Some(Zeroizing::new(<[u8; 32]>::try_from(bytes.as_slice()).ok()?))
}

/// An answer that brings it.
pub(super) fn with(mut response: Response, secret: &[u8; 32]) -> Response {
    let line = Zeroizing::new(format!("{NAME}={}; {HELD_TO}", BASE64.encode(secret)));
    let value = HeaderValue::from_str(&line).expect("base64 is a header's value");
    response.headers_mut().append(header::SET_COOKIE, value);
    response
}

/// An answer that takes it away.
pub(super) fn without(mut response: Response) -> Response {
    let line = format!("{NAME}=; {HELD_TO}; Max-Age=0");
    let value = HeaderValue::from_str(&line).expect("it has no sign that a header may not have");
    response.headers_mut().append(header::SET_COOKIE, value);
    response
}
