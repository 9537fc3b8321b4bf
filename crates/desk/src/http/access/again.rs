//! `GET` and `POST /sign-in/again`: password and key once more, before what two people decide.
//!
//! Not a second way in: the same judgement, for the account that is signed in.
//! Invariant: it begins no longer session; the old one ends with it.

use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;

use super::answers::Broken;
use super::form::{Form, of_query};
use super::sign_in;
use crate::access::Desk;
use crate::access::sessions::SignedIn;
use crate::serve::Peer;

pub(super) async fn show(
    State(desk): State<Desk>,
    Extension(who): Extension<SignedIn>,
    RawQuery(query): RawQuery,
) -> Result<Response, Broken> {
    sign_in::page_again(&desk, &who, &of_query(query.as_deref(), "to").unwrap_or_default()).await
}

pub(super) async fn act(
    State(desk): State<Desk>,
    Extension(peer): Extension<Peer>,
    Extension(who): Extension<SignedIn>,
    Extension(form): Extension<Form>,
    headers: HeaderMap,
) -> Result<Response, Broken> {
    let address = sign_in::address(&desk, peer, &headers);
    Box::pin(sign_in::try_it(&desk, &form, address, Some(&who))).await
}
