//! `GET …/certificate` and `…/certificate/json`: the certificate of a destruction, with the log's proof.
//!
//! Not making it (`office/certifying.rs`).
//! Invariant: what is given out is what the keyring knows, or nothing.

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use casework::ThingId;

use super::context::{self, Names};
use crate::access::Desk;
use crate::access::sessions::SignedIn;
use crate::error::Error;
use crate::http::access::answers::Broken;

pub(crate) async fn text(
    State(desk): State<Desk>,
    Path(names): Path<Names>,
    Extension(who): Extension<SignedIn>,
) -> Result<Response, Broken> {
    staffs(&desk, &who, &names, false).await
}

pub(crate) async fn json(
    State(desk): State<Desk>,
    Path(names): Path<Names>,
    Extension(who): Extension<SignedIn>,
) -> Result<Response, Broken> {
    staffs(&desk, &who, &names, true).await
}

async fn staffs(desk: &Desk, who: &SignedIn, names: &Names, is_json: bool) -> Result<Response, Broken> {
    let seen = match context::find(desk, who, names).await? {
        Ok(seen) => seen,
        Err(answer) => return Ok(*answer),
    };
    match given(desk, seen.thing.id(), is_json).await? {
        Some(answer) => Ok(answer),
        None => Ok(*context::nothing(who, names)),
    }
}

/// The certificate as a file; nothing where there is none.
pub(in crate::http) async fn given(desk: &Desk, id: ThingId, is_json: bool) -> crate::error::Result<Option<Response>> {
    let Some(file) = desk.office.right_certificate(id).await? else { return Ok(None) };
    let text = if is_json { file.json() } else { file.text() };
    let text = text.map_err(|fault| Error::of(fault).hint("it was made by a newer program"))?;
    let (kind, shown) = match is_json {
        true => ("application/json", "attachment; filename=\"certificate.json\""),
        false => ("text/plain; charset=utf-8", "inline; filename=\"certificate.txt\""),
    };
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_DISPOSITION, shown),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
    ];
    Ok(Some((StatusCode::OK, headers, text).into_response()))
}
