//! `/people` and what is done there: links for new accounts, enrolling, confirming, roles.
//!
//! Not what may be: `casework::staff` decides each again, in the transaction. Invariants: whoever acts just showed password and key, and signs what they do with
//! the key that this opened; what is so already is no error, so that a form sent twice acts once.

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use casework::staff::Command;
use casework::{Account, Person, PublicKey, Role};
use pages::access::{People, Person as Shown, Wrong};
use pages::wording::{self, Words};

use super::answers::{self, Broken, LANGUAGE};
use super::form::Form;
use super::guard::Fresh;
use super::{home, sees, set_up};
use crate::access::links::{self, Maker, Whose};
use crate::access::sessions::SignedIn;
use crate::access::{Desk, credentials};
use crate::codes;
use crate::db::access::{self as rows, AccountRow};
use crate::error::Error;
use crate::office::Office;

pub(super) async fn show(State(desk): State<Desk>, Extension(who): Extension<SignedIn>) -> Result<Response, Broken> {
    page(&desk, &who, &Form::default(), Wrong::new(), None).await
}

async fn page(
    desk: &Desk,
    who: &SignedIn,
    form: &Form,
    wrong: Wrong,
    link: Option<(&str, &str)>,
) -> Result<Response, Broken> {
    let mut at = desk.office.db.moment().await?;
    let accounts = rows::accounts(&desk.office.db, &mut at).await?;
    drop(at);
    let staff = &who.staff;
    let pending = accounts.iter().filter(|row| !row.account.parse().is_ok_and(|name| staff.who(&name).is_some()));
    let pending = pending.map(|row| Shown {
        account: &row.account,
        person: &row.person,
        state: wording::people_waits_enrol(LANGUAGE),
        waits_enrol: true,
        waits_confirm: false,
        is_confirmed: false,
        roles: Vec::new(),
    });
    let known = staff.accounts().map(|(account, one)| Shown {
        account: account.as_str(),
        person: one.person.as_str(),
        state: match one {
            one if one.has_left => wording::people_left(LANGUAGE),
            one if one.is_confirmed() => wording::people_confirmed(LANGUAGE),
            _ => wording::people_waits_confirm(LANGUAGE),
        },
        waits_enrol: false,
        waits_confirm: !one.is_confirmed() && !one.has_left,
        is_confirmed: one.is_confirmed(),
        roles: one.roles.keys().map(|role| (role.as_str(), home::role_name(*role))).collect(),
    });
    let status = if wrong.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let people = People {
        people: pending.chain(known).collect(),
        is_founded: staff.is_founded(),
        roles: Role::ALL.iter().map(|role| (role.as_str(), home::role_name(*role))).collect(),
        typed: if wrong.is_empty() { ("", "") } else { (form.line("account"), form.line("person")) },
        wrong,
        token: &who.form_token,
        sees: sees(who),
        link,
    };
    Ok(answers::page(status, people.html(LANGUAGE)))
}

pub(super) async fn link(
    State(desk): State<Desk>,
    fresh: Fresh,
    Extension(form): Extension<Form>,
) -> Result<Response, Broken> {
    let who = fresh.who();
    // A new account is an administrator's to begin, once there have been two people who could be that.
    if who.staff.is_founded() && !who.has(Role::Administrator) {
        return Ok(answers::not_yours());
    }
    let (account, person) = (form.line("account").parse::<Account>().ok(), set_up::staff_number(form.line("person")));
    let mut wrong = Wrong::new();
    let is_taken = account.as_ref().is_some_and(|account| who.staff.who(account).is_some());
    match (&account, is_taken) {
        (None, _) => wrong.push(("account", wording::account_wrong(LANGUAGE))),
        (_, true) => wrong.push(("account", wording::account_taken(LANGUAGE))),
        _ => {}
    }
    if person.is_none() {
        wrong.push(("person", wording::person_wrong(LANGUAGE)));
    }
    let (Some(account), Some(person), true) = (&account, &person, wrong.is_empty()) else {
        return page(&desk, who, &form, wrong, None).await;
    };
    let whose = Whose { account: Some(account), person: Some(person), key: None };
    let maker = Maker {
        actor: Some(&who.actor),
        is_enrolled: who.standing.is_some(),
        is_administrator: who.has(Role::Administrator),
    };
    match Box::pin(links::make(&desk.office, &maker, &whose)).await {
        Ok(end) => {
            let link = zeroize::Zeroizing::new(format!("{}/set-up/{}", desk.origin, *end));
            page(&desk, who, &form, wrong, Some((account.as_str(), &link))).await
        }
        Err(error) if error.code() == codes::REFUSED => {
            let words = match error.is_already_so() {
                true => wording::account_taken(LANGUAGE),
                false => Words::said(LANGUAGE, error.what().to_owned()),
            };
            wrong.push(("account", words));
            page(&desk, who, &form, wrong, None).await
        }
        Err(error) => Err(error.into()),
    }
}

/// The account that a button is for. Its name is in a hidden field: another one is no form of ours.
fn named(form: &Form) -> Option<Account> {
    form.get("account").parse().ok()
}

/// Does it; what is refused is said on the page.
async fn act(desk: &Desk, who: &SignedIn, command: Option<Command>) -> Result<Response, Broken> {
    let Some(command) = command else { return Ok(answers::no_form()) };
    let (moment, commands) = (Office::local_moment(), [command]);
    let done = Box::pin(desk.office.act_on_staff(Some(&who.actor), &moment, &commands)).await;
    answered(desk, who, done.map(|_| ())).await
}

async fn answered(desk: &Desk, who: &SignedIn, done: Result<(), Error>) -> Result<Response, Broken> {
    match done {
        Err(error) if error.is_already_so() => Ok(answers::see("/people")),
        Err(error) if error.code() == codes::REFUSED => {
            let words = Words::said(LANGUAGE, error.what().to_owned());
            page(desk, who, &Form::default(), vec![("", words)], None).await
        }
        Err(error) => Err(error.into()),
        Ok(()) => Ok(answers::see("/people")),
    }
}

/// What of an account's row is enrolled: whose it is, and its key.
fn enrolled(row: &AccountRow) -> Option<(Person, PublicKey)> {
    Some((row.person.parse().ok()?, PublicKey(<[u8; 32]>::try_from(row.public_key.as_slice()).ok()?)))
}

pub(super) async fn enrol(
    State(desk): State<Desk>,
    fresh: Fresh,
    Extension(form): Extension<Form>,
) -> Result<Response, Broken> {
    let (who, office) = (fresh.who(), &desk.office);
    let Some(account) = named(&form) else { return Ok(answers::no_form()) };
    let mut at = office.db.moment().await?;
    let (row, ways) = (rows::account(&office.db, &mut at, account.as_str()).await?, office.ways_in(&mut at).await?);
    drop(at);
    let row = row.filter(|row| office.is_account(&ways, row));
    let Some((person, key)) = row.as_ref().and_then(enrolled) else { return Ok(answers::no_form()) };
    if !who.staff.is_founded() {
        let done = Box::pin(credentials::found(office, Some(&who.actor), (&account, &person, key))).await;
        return answered(&desk, who, done).await;
    }
    act(&desk, who, Some(Command::Enrol { account, person, key })).await
}

pub(super) async fn confirm(
    State(desk): State<Desk>,
    fresh: Fresh,
    Extension(form): Extension<Form>,
) -> Result<Response, Broken> {
    act(&desk, fresh.who(), named(&form).map(|account| Command::Confirm { account })).await
}

pub(super) async fn grant(
    State(desk): State<Desk>,
    fresh: Fresh,
    Extension(form): Extension<Form>,
) -> Result<Response, Broken> {
    let role = form.get("role").parse::<Role>().ok();
    let command = named(&form).zip(role).map(|(account, role)| Command::Grant { account, role });
    act(&desk, fresh.who(), command).await
}

pub(super) async fn revoke(
    State(desk): State<Desk>,
    fresh: Fresh,
    Extension(form): Extension<Form>,
) -> Result<Response, Broken> {
    let role = form.get("role").parse::<Role>().ok();
    let command = named(&form).zip(role).map(|(account, role)| Command::Revoke { account, role });
    act(&desk, fresh.who(), command).await
}

pub(super) async fn leave(
    State(desk): State<Desk>,
    fresh: Fresh,
    Extension(form): Extension<Form>,
) -> Result<Response, Broken> {
    act(&desk, fresh.who(), named(&form).map(|account| Command::Leave { account })).await
}
