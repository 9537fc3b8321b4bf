//! `POST /demonstration`, `GET` and `POST /demonstration/LINK`: signing in to a demonstration by a link that is used once; `POST /demonstration/record`: a meeting that is recorded at
//! once; and the banner on each of its pages.
//!
//! Not the links (`demonstration/links.rs`), nor that meeting (`demonstration/meeting.rs`). Invariants: a router has these routes in a demonstration alone (`mod.rs`); whatever is the matter with a link, it is answered
//! alike; no page leaves a demonstration without the banner.

use axum::Extension;
use axum::body::{Body, to_bytes};
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use pages::access::{Demonstrator, Records, demonstration_link, demonstration_no_recorder, message};
use pages::page::of_demonstration;
use pages::wording::{self, Words};

use super::answers::{self, Broken, LANGUAGE};
use super::form::Form;
use super::{cookies, home};
use crate::access::Desk;
use crate::access::sealing::name_of;
use crate::access::sessions::{self, SignedIn};
use crate::demonstration::links::{self, Somebody};
use crate::demonstration::meeting::{self, Heard};
use crate::error::Error;
use crate::http::cases::act::capital;

/// Larger than any page.
const PAGE_BYTES_MAX: usize = 16 << 20;

/// Whom one can sign in as; who shows again that it is them, as themselves alone.
pub(super) async fn demonstrators(desk: &Desk, again: Option<&SignedIn>) -> Result<Vec<Demonstrator>, Broken> {
    let all = links::everybody(&desk.office).await?;
    let all = all.into_iter().filter(|one| again.is_none_or(|again| again.account == one.account));
    Ok(all.map(|one| named(&one)).collect())
}

fn named(somebody: &Somebody) -> Demonstrator {
    let roles: Vec<String> = somebody.roles.iter().map(|role| home::role_name(*role).as_str().to_owned()).collect();
    Demonstrator { account: somebody.account.to_string(), roles: roles.join(", ") }
}

/// What can be recorded at once.
pub(super) fn records(desk: &Desk) -> Records {
    let [interview, microphone] = [Heard::Interview, Heard::Microphone].map(|heard| meeting::can(desk, heard));
    Records { interview, microphone }
}

/// Makes a link, and shows its page.
pub(super) async fn make(State(desk): State<Desk>, Extension(form): Extension<Form>) -> Result<Response, Broken> {
    let all = links::everybody(&desk.office).await?;
    let Some(somebody) = all.into_iter().find(|one| one.account.as_str() == form.line("account")) else {
        return Ok(answers::no_form());
    };
    let ends = links::make(&desk.office, &[somebody.account]).await?;
    let end = ends.first().map_or("", |end| end.as_str());
    Ok(answers::see(&format!("/demonstration/{end}")))
}

pub(super) async fn show(State(desk): State<Desk>, Path(end): Path<String>) -> Result<Response, Broken> {
    let Some(link) = links::find(&desk.office, &end).await? else { return Ok(over()) };
    let all = links::everybody(&desk.office).await?;
    let Some(somebody) = all.iter().find(|one| one.account.as_str() == link.account) else { return Ok(over()) };
    let action = format!("/demonstration/{end}");
    Ok(answers::page(StatusCode::OK, demonstration_link(LANGUAGE, &action, &named(somebody))))
}

pub(super) async fn sign_in(
    State(desk): State<Desk>,
    Path(end): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Broken> {
    let Some(link) = links::find(&desk.office, &end).await? else { return Ok(over()) };
    let Some(secret) = links::sign_in(&desk, &link).await? else { return Ok(over()) };
    if let Some(before) = cookies::secret(&headers) {
        // Another session takes the place of the one that this browser had.
        sessions::end(&desk, &name_of(&before)).await?;
    }
    Ok(cookies::with(answers::see("/"), &secret))
}

/// Begins a meeting, and leads to the page of its room as whoever holds it.
pub(super) async fn record(
    State(desk): State<Desk>,
    headers: HeaderMap,
    Extension(form): Extension<Form>,
) -> Result<Response, Broken> {
    let Some(heard) = Heard::named(form.line("heard")) else { return Ok(answers::no_form()) };
    // It is carried to its end whether or not the browser waits for it.
    let with = desk.clone();
    let begun = tokio::spawn(async move { Box::pin(meeting::record(&with, heard)).await }).await;
    let begun = begun.map_err(|err| Error::of(err).hint("try again"))??;
    let Some(begun) = begun else { return Ok(answers::no_form()) };
    if let Some(before) = cookies::secret(&headers) {
        sessions::end(&desk, &name_of(&before)).await?;
    }
    let room = format!("/cases/{}/room", begun.case);
    let answer = match begun.trouble {
        None => answers::see(&room),
        Some(error) => {
            let why = Words::said(LANGUAGE, capital(&format!("{}; {}.", error.what(), error.advice())));
            answers::page(StatusCode::CONFLICT, demonstration_no_recorder(LANGUAGE, why, &room))
        }
    };
    Ok(cookies::with(answer, &begun.secret))
}

fn over() -> Response {
    let (title, why) = (wording::link_over(LANGUAGE), wording::link_over_why(LANGUAGE));
    answers::page(StatusCode::NOT_FOUND, message(LANGUAGE, &title, why, Some("/sign-in")))
}

/// Puts the banner on whatever page it is.
pub(super) async fn marked(request: Request, next: Next) -> Response {
    let (mut parts, body) = next.run(request).await.into_parts();
    let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    if !kind.is_some_and(|kind| kind.starts_with("text/html")) {
        return Response::from_parts(parts, body);
    }
    let bytes = to_bytes(body, PAGE_BYTES_MAX).await;
    let Some(document) = bytes.ok().and_then(|bytes| String::from_utf8(bytes.to_vec()).ok()) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(of_demonstration(&document, LANGUAGE)))
}
