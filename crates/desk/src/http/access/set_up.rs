//! `GET` and `POST /set-up/LINK`: an account set up by its one-time link.
//!
//! Not what is made (`access/credentials.rs`). Invariants: a link that does not hold is answered alike, whatever is the matter with it; what was typed
//! comes back, but for the password.

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use casework::access::{PasswordFault, password_fault};
use casework::{Account, Person};
use pages::access::{Challenge, SetUp, Wrong, message};
use pages::wording::{self, Words};

use super::answers::{self, Broken, LANGUAGE};
use super::form::Form;
use crate::access::Desk;
use crate::access::credentials::{self, NotDone};
use crate::access::links::{self, Link};

/// The longest name of a key.
const KEY_NAME_CHARS_MAX: usize = 40;

pub(super) async fn show(State(desk): State<Desk>, Path(end): Path<String>) -> Result<Response, Broken> {
    match links::find(&desk.office, &end).await? {
        Some(link) => page(&desk, &end, &link, &Form::default(), Wrong::new()),
        None => Ok(over()),
    }
}

pub(super) async fn act(
    State(desk): State<Desk>,
    Path(end): Path<String>,
    Extension(form): Extension<Form>,
) -> Result<Response, Broken> {
    let Some(link) = links::find(&desk.office, &end).await? else { return Ok(over()) };
    let (given, mut wrong) = read(&link, &form);
    let Some(given) = given else { return page(&desk, &end, &link, &form, wrong) };
    match Box::pin(credentials::set_up(&desk, &end, &given)).await? {
        Ok(()) => return Ok(answers::see("/sign-in?ready=")),
        Err(NotDone::NoLink) => return Ok(over()),
        Err(NotDone::NameTaken) => wrong.push(("account", wording::account_taken(LANGUAGE))),
        Err(_) => wrong.push(("key", wording::key_again(LANGUAGE))),
    }
    page(&desk, &end, &link, &form, wrong)
}

fn over() -> Response {
    let (title, why) = (wording::link_over(LANGUAGE), wording::link_over_why(LANGUAGE));
    answers::page(StatusCode::NOT_FOUND, message(LANGUAGE, &title, why, None))
}

fn page(desk: &Desk, end: &str, link: &Link, form: &Form, wrong: Wrong) -> Result<Response, Broken> {
    let challenge = credentials::ask_for_link(desk, link)?;
    let status = if wrong.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let set_up = SetUp {
        action: &format!("/set-up/{end}"),
        named: link.row.account.as_deref().zip(link.row.person.as_deref()),
        account: form.line("account"),
        person: form.line("person"),
        key_name: form.line("key_name"),
        wrong,
        challenge: Challenge { options: &challenge.options, state: &challenge.state },
    };
    Ok(answers::page(status, set_up.html(LANGUAGE)))
}

/// What a form sets up, or what is wrong with it.
fn read(link: &Link, form: &Form) -> (Option<credentials::SetUp>, Wrong) {
    let mut wrong = Wrong::new();
    let account = link.row.account.as_deref().unwrap_or(form.line("account"));
    let person = link.row.person.as_deref().unwrap_or(form.line("person"));
    let (account, person) = (account.parse::<Account>().ok(), staff_number(person));
    if account.is_none() {
        wrong.push(("account", wording::account_wrong(LANGUAGE)));
    }
    if person.is_none() {
        wrong.push(("person", wording::person_wrong(LANGUAGE)));
    }
    let name = account.as_ref().map_or("", Account::as_str);
    if let Some(fault) = password_wrong(form.get("password"), name) {
        wrong.push(("password", fault));
    }
    let key_name = key_name(form, &mut wrong);
    if form.get("passkey").is_empty() {
        wrong.push(("key", wording::key_missing(LANGUAGE)));
    }
    let (Some(account), Some(person), true) = (account, person, wrong.is_empty()) else { return (None, wrong) };
    let given = credentials::SetUp {
        account,
        person,
        password: form.secret("password"),
        key_name,
        state: form.get("challenge").to_owned(),
        answer: form.get("passkey").to_owned(),
    };
    (Some(given), wrong)
}

/// The name of a key, as it may stand on the record.
pub(super) fn key_name(form: &Form, wrong: &mut Wrong) -> String {
    let name = form.line("key_name");
    let len = name.chars().count();
    if len == 0 || len > KEY_NAME_CHARS_MAX || crate::text::visible(name) != name {
        wrong.push(("key_name", wording::key_name_wrong(LANGUAGE)));
    }
    name.to_owned()
}

/// A staff number, as certificates name people.
pub(super) fn staff_number(text: &str) -> Option<Person> {
    crate::vault::staff_number(text).ok()
}

/// What is wrong with a new password, in words.
pub(super) fn password_wrong(password: &str, account: &str) -> Option<Words> {
    let words = match password_fault(password, account)? {
        PasswordFault::Short => wording::password_short(LANGUAGE),
        PasswordFault::Long => wording::password_long(LANGUAGE),
        PasswordFault::Common => wording::password_common(LANGUAGE),
        PasswordFault::Named => wording::password_named(LANGUAGE),
    };
    Some(words)
}
