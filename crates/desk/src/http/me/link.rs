//! `GET` and `POST /me/link/LINK`: the code, typed by whoever has the link.
//!
//! Not the judgement (`persons/signing_in.rs`).
//! Invariants: a link that does not hold is answered alike, whatever is the matter with it; looking at the page uses nothing, for mail programs do.

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use pages::access::{Wrong, code_page, link_over};
use pages::wording;

use super::sign_in::waits;
use crate::access::Desk;
use crate::access::sealing::name_of;
use crate::http::access::answers::{self, Broken, LANGUAGE};
use crate::http::access::cookies;
use crate::http::access::form::Form;
use crate::http::access::sign_in::address;
use crate::persons::code::Code;
use crate::persons::sessions;
use crate::persons::signing_in::{self, Outcome};
use crate::serve::Peer;

pub(crate) async fn show(State(desk): State<Desk>, Path(end): Path<String>) -> Result<Response, Broken> {
    match signing_in::find(&desk.office, &end).await? {
        Some(_) => Ok(answers::page(StatusCode::OK, page(&end, &Wrong::new()))),
        None => Ok(over()),
    }
}

pub(crate) async fn act(
    State(desk): State<Desk>,
    Extension(peer): Extension<Peer>,
    Path(end): Path<String>,
    Extension(form): Extension<Form>,
    headers: HeaderMap,
) -> Result<Response, Broken> {
    let Some(link) = signing_in::find(&desk.office, &end).await? else { return Ok(over()) };
    let refused = |words| {
        let wrong = vec![("code", words)];
        answers::page(StatusCode::UNPROCESSABLE_ENTITY, page(&end, &wrong))
    };
    let typed = form.secret("code");
    let Some(code) = Code::read(&typed) else { return Ok(refused(wording::me_code_format(LANGUAGE))) };
    let caller = address(&desk, peer, &headers);
    match Box::pin(signing_in::sign_in(&desk, caller, &link, &code)).await? {
        Outcome::Over => Ok(over()),
        Outcome::Refused => Ok(refused(wording::me_code_wrong(LANGUAGE))),
        Outcome::Wait(micros) => Ok(waits(micros, |wrong| page(&end, wrong), "code")),
        Outcome::In(secret) => {
            if let Some(before) = cookies::persons_secret(&headers) {
                // Another session takes the place of the one that this browser had.
                sessions::end(&desk, &name_of(&before)).await?;
            }
            Ok(cookies::with_persons(answers::see("/me"), &secret))
        }
    }
}

fn page(end: &str, wrong: &Wrong) -> String {
    code_page(LANGUAGE, &format!("/me/link/{end}"), wrong)
}

fn over() -> Response {
    answers::page(StatusCode::NOT_FOUND, link_over(LANGUAGE))
}
