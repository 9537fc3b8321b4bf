//! `/keys/add`, `/keys/remove` and `/password`: one's own keys and password, changed by whoever just showed them.
//!
//! Not how they are kept (`access/credentials.rs`).
//! Invariant: every change asks for [`Fresh`], so that who finds a screen open changes nothing.

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use pages::access::{Challenge, Wrong, key_page, password_page};
use pages::wording;

use super::answers::{self, Broken, LANGUAGE};
use super::form::Form;
use super::guard::Fresh;
use super::{home, set_up, sign_in};
use crate::access::Desk;
use crate::access::credentials::{self, NotDone};

fn status(wrong: &Wrong) -> StatusCode {
    if wrong.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY }
}

async fn add_page(desk: &Desk, fresh: &Fresh, name: &str, wrong: Wrong) -> Result<Response, Broken> {
    let asked = credentials::ask_for_more(desk, fresh.who()).await?;
    let challenge = Challenge { options: &asked.options, state: &asked.state };
    let document = key_page(LANGUAGE, name, &wrong, challenge, &fresh.who().form_token);
    Ok(answers::page(status(&wrong), document))
}

pub(super) async fn show(State(desk): State<Desk>, fresh: Fresh) -> Result<Response, Broken> {
    add_page(&desk, &fresh, "", Wrong::new()).await
}

pub(super) async fn add(
    State(desk): State<Desk>,
    fresh: Fresh,
    Extension(form): Extension<Form>,
) -> Result<Response, Broken> {
    let mut wrong = Wrong::new();
    let name = set_up::key_name(&form, &mut wrong);
    if form.get("passkey").is_empty() {
        wrong.push(("key", wording::key_missing(LANGUAGE)));
    }
    if wrong.is_empty() {
        let (state, answer) = (form.get("challenge"), form.get("passkey"));
        match Box::pin(credentials::add_key(&desk, fresh.who(), &name, state, answer)).await? {
            Ok(()) => return Ok(answers::see("/")),
            Err(_) => wrong.push(("key", wording::key_again(LANGUAGE))),
        }
    }
    add_page(&desk, &fresh, &name, wrong).await
}

pub(super) async fn remove(
    State(desk): State<Desk>,
    fresh: Fresh,
    Extension(form): Extension<Form>,
) -> Result<Response, Broken> {
    match Box::pin(credentials::remove_key(&desk, fresh.who(), form.get("key"))).await? {
        Err(NotDone::LastKey) => home::page(&desk, fresh.who(), vec![("keys", wording::home_key_last(LANGUAGE))]).await,
        _ => Ok(answers::see("/")),
    }
}

fn password(fresh: &Fresh, wrong: &Wrong) -> Response {
    let who = fresh.who();
    answers::page(status(wrong), password_page(LANGUAGE, who.account.as_str(), wrong, &who.form_token))
}

pub(super) async fn show_password(fresh: Fresh) -> Response {
    password(&fresh, &Wrong::new())
}

pub(super) async fn change_password(
    State(desk): State<Desk>,
    fresh: Fresh,
    Extension(form): Extension<Form>,
) -> Result<Response, Broken> {
    let (old, new, who) = (form.secret("old"), form.secret("password"), fresh.who());
    let mut wrong = Wrong::new();
    if old.is_empty() {
        wrong.push(("old", wording::password_missing(LANGUAGE)));
    }
    if let Some(words) = set_up::password_wrong(&new, who.account.as_str()) {
        wrong.push(("password", words));
    }
    if wrong.is_empty() {
        match Box::pin(credentials::change_password(&desk, who, &old, &new)).await? {
            Ok(()) => return Ok(answers::see("/")),
            Err(NotDone::Wait(micros)) => wrong.push(("old", sign_in::wait_words(micros))),
            Err(_) => wrong.push(("old", wording::password_old_wrong(LANGUAGE))),
        }
    }
    Ok(password(&fresh, &wrong))
}
