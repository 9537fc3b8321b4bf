//! `/cases/{case}/person` and what is done there: the account with which the person of a case sees it, made by whoever may see how they are reached.
//!
//! Not what is made (`persons/accounts.rs`). Invariants: nobody comes here but under a look that shows them the person's contact; a code is shown once, to whoever made it; no answer tells whether
//! an address has an account for another case.

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use casework::access::MailAddress;
use casework::case::Nature;
use pages::cases::{Account, PersonPage, Wrong};
use pages::wording;

use super::context::{self, Seen};
use super::{frame, show};
use crate::access::Desk;
use crate::access::sessions::SignedIn;
use crate::http::access::answers::{self, Broken, LANGUAGE};
use crate::http::access::form::Form;
use crate::http::access::home::day;
use crate::persons::accounts::{self, Known};
use crate::persons::code::Code;

/// The case, where they see how its person is reached; or what they are answered.
async fn find(desk: &Desk, who: &SignedIn, case: &str) -> Result<Result<Seen, Response>, Broken> {
    let Some(seen) = context::find(desk, who, case).await? else { return Ok(Err(show::nothing(who))) };
    if may(&seen) {
        return Ok(Ok(seen));
    }
    // Under another look they may.
    let is_theirs = !seen.purposes(desk, who).is_empty();
    Ok(Err(if is_theirs { show::asked_why(desk, who, &seen, Wrong::new()) } else { show::nothing(who) }))
}

/// Whether whoever has this before them sees how the person is reached.
pub(super) fn may(seen: &Seen) -> bool {
    seen.view.as_ref().is_some_and(|view| view.shows(Nature::Contact))
}

pub(crate) async fn show(
    State(desk): State<Desk>,
    Path(case): Path<String>,
    Extension(who): Extension<SignedIn>,
) -> Result<Response, Broken> {
    match find(&desk, &who, &case).await? {
        Ok(seen) => page(&desk, &who, &seen, ("", None), Wrong::new()).await,
        Err(answer) => Ok(answer),
    }
}

async fn page(
    desk: &Desk,
    who: &SignedIn,
    seen: &Seen,
    (typed, made): (&str, Option<&Code>),
    wrong: Wrong,
) -> Result<Response, Broken> {
    let id = seen.case.id();
    let (action, back) = (format!("/cases/{id}/person"), format!("/cases/{id}"));
    let account = match accounts::known(&desk.office, id).await? {
        _ if desk.office.config.mail.is_none() => Account::Off,
        None => Account::None,
        Some(Known { since_us: Some(since_us), by }) => Account::There { since: day(since_us), by },
        Some(Known { since_us: None, .. }) => Account::Damaged,
    };
    let (shown, address) = (made.map(Code::shown), format!("{}/me", desk.origin));
    let status = if wrong.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = PersonPage {
        frame: frame::of(who, "/cases", &back),
        reference: seen.listed.reference().as_str(),
        action: &action,
        account,
        typed,
        made: shown.as_ref().map(|shown| (shown.as_str(), address.as_str())),
        wrong,
    };
    Ok(answers::page(status, page.html()))
}

/// The page with a code, once; or with the word that somebody else was quicker.
async fn made(desk: &Desk, who: &SignedIn, seen: &Seen, code: Option<Code>) -> Result<Response, Broken> {
    match code {
        Some(code) => page(desk, who, seen, ("", Some(&code)), Wrong::new()).await,
        None => {
            let wrong = vec![(String::new(), wording::own_account_changed(LANGUAGE))];
            page(desk, who, seen, ("", None), wrong).await
        }
    }
}

pub(crate) async fn make(
    State(desk): State<Desk>,
    Path(case): Path<String>,
    Extension(who): Extension<SignedIn>,
    Extension(form): Extension<Form>,
) -> Result<Response, Broken> {
    let seen = match find(&desk, &who, &case).await? {
        Ok(seen) => seen,
        Err(answer) => return Ok(answer),
    };
    if desk.office.config.mail.is_none() {
        return Ok(answers::no_form());
    }
    let typed = form.line("mail");
    let Some(mail) = MailAddress::read(typed) else {
        let wrong = vec![("mail".to_owned(), wording::me_mail_wrong(LANGUAGE))];
        return page(&desk, &who, &seen, (typed, None), wrong).await;
    };
    let code = Box::pin(accounts::add(&desk, &who, seen.case.id(), &mail)).await?;
    made(&desk, &who, &seen, code).await
}

pub(crate) async fn code(
    State(desk): State<Desk>,
    Path(case): Path<String>,
    Extension(who): Extension<SignedIn>,
) -> Result<Response, Broken> {
    let seen = match find(&desk, &who, &case).await? {
        Ok(seen) => seen,
        Err(answer) => return Ok(answer),
    };
    let code = Box::pin(accounts::new_code(&desk, &who, seen.case.id())).await?;
    made(&desk, &who, &seen, code).await
}

pub(crate) async fn remove(
    State(desk): State<Desk>,
    Path(case): Path<String>,
    Extension(who): Extension<SignedIn>,
) -> Result<Response, Broken> {
    let seen = match find(&desk, &who, &case).await? {
        Ok(seen) => seen,
        Err(answer) => return Ok(answer),
    };
    // One that is gone already is what was asked for.
    Box::pin(accounts::remove(&desk, &who, seen.case.id())).await?;
    Ok(answers::see(&format!("/cases/{}/person", seen.case.id())))
}
