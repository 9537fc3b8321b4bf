//! `GET` and `POST /me/sign-in`: asking for a link by mail.
//!
//! Not whether anybody has an account (`persons/post.rs`).
//! Invariants: whoever asks is answered by the same page; an address that is none, or too many attempts, is told whatever address it is.

use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use casework::access::MailAddress;
use pages::access::{Wrong, mail_page, mail_sent};
use pages::wording;

use crate::access::Desk;
use crate::http::access::answers::{self, Broken, LANGUAGE};
use crate::http::access::form::Form;
use crate::http::access::sign_in::{address, seconds};
use crate::persons::signing_in;
use crate::serve::Peer;

pub(crate) async fn show() -> Response {
    answers::page(StatusCode::OK, mail_page(LANGUAGE, "", &Wrong::new()))
}

pub(crate) async fn ask(
    State(desk): State<Desk>,
    Extension(peer): Extension<Peer>,
    Extension(form): Extension<Form>,
    headers: HeaderMap,
) -> Result<Response, Broken> {
    let typed = form.line("mail");
    let Some(mail) = MailAddress::read(typed) else {
        let wrong = vec![("mail", wording::me_mail_wrong(LANGUAGE))];
        return Ok(answers::page(StatusCode::UNPROCESSABLE_ENTITY, mail_page(LANGUAGE, typed, &wrong)));
    };
    match Box::pin(signing_in::ask(&desk, address(&desk, peer, &headers), &mail)).await? {
        Ok(()) => Ok(answers::page(StatusCode::OK, mail_sent(LANGUAGE))),
        Err(wait) => Ok(waits(wait, |wrong| mail_page(LANGUAGE, typed, wrong), "mail")),
    }
}

/// A page that says how long to wait, beside that field.
pub(super) fn waits(micros: i64, page: impl Fn(&Wrong) -> String, id: &'static str) -> Response {
    let wrong = vec![(id, wording::me_wait(LANGUAGE, &seconds(micros).to_string()))];
    let mut answer = answers::page(StatusCode::TOO_MANY_REQUESTS, page(&wrong));
    answer.headers_mut().insert(header::RETRY_AFTER, seconds(micros).into());
    answer
}
