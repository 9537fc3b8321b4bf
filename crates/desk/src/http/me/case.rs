//! `GET /me/cases/{case}`: a case, as the person whose it is sees it, with everybody who looked; and the certificate of what was kept of it.
//!
//! Not what they see (`casework::case`'s view).
//! Invariant: what is not there and what is not theirs are answered by the same page.

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use casework::{CaseId, ThingId};

use crate::access::Desk;
use crate::http::access::answers::{self, Broken};
use crate::http::cases::own;
use crate::http::things::certificate::given;
use crate::persons::sessions::PersonIn;

pub(crate) async fn show(
    State(desk): State<Desk>,
    Path(case): Path<String>,
    Extension(who): Extension<PersonIn>,
) -> Result<Response, Broken> {
    let theirs = own::find(&desk, &who, &case).await?;
    let document = match &theirs {
        Some(theirs) => own::document(&desk, &who, theirs).await?,
        None => None,
    };
    match document {
        Some(document) => Ok(answers::page(StatusCode::OK, document)),
        None => Ok(answers::page(StatusCode::NOT_FOUND, own::gone(&who))),
    }
}

pub(crate) async fn certificate(
    State(desk): State<Desk>,
    Path(names): Path<(String, String)>,
    Extension(who): Extension<PersonIn>,
) -> Result<Response, Broken> {
    of_theirs(&desk, &who, names, false).await
}

pub(crate) async fn certificate_json(
    State(desk): State<Desk>,
    Path(names): Path<(String, String)>,
    Extension(who): Extension<PersonIn>,
) -> Result<Response, Broken> {
    of_theirs(&desk, &who, names, true).await
}

async fn of_theirs(
    desk: &Desk,
    who: &PersonIn,
    (case, thing): (String, String),
    is_json: bool,
) -> Result<Response, Broken> {
    let nothing = || Ok(answers::page(StatusCode::NOT_FOUND, own::gone(who)));
    let case = case.parse::<CaseId>().ok().filter(|case| who.cases.contains(case));
    let (Some(case), Ok(thing)) = (case, thing.parse::<ThingId>()) else { return nothing() };
    if !own::has(desk, case, thing).await? {
        return nothing();
    }
    match given(desk, thing, is_json).await? {
        Some(answer) => Ok(answer),
        None => nothing(),
    }
}
