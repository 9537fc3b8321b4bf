//! `GET /`, `POST /sign-out` and `POST /sign-out/everywhere`: one's own account, and the ways out.
//!
//! Not its changes (`keys.rs`).
//! Invariant: who is signed out is so before they are told.

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use casework::Role;
use pages::access::{Home, Key, Wrong};
use pages::wording::{self, Words};

use super::answers::{self, Broken, LANGUAGE};
use super::{cookies, sees};
use crate::access::Desk;
use crate::access::credentials;
use crate::access::sessions::{self, SignedIn};

pub(super) async fn show(State(desk): State<Desk>, Extension(who): Extension<SignedIn>) -> Result<Response, Broken> {
    page(&desk, &who, Wrong::new()).await
}

/// The page, with what is wrong.
pub(super) async fn page(desk: &Desk, who: &SignedIn, wrong: Wrong) -> Result<Response, Broken> {
    let rows = credentials::keys_of(desk, who).await?;
    let key = |row: &crate::db::access::PasskeyRow| match row.used_us {
        Some(used_us) => wording::home_key_used(LANGUAGE, &day(used_us)),
        None => wording::home_key_added(LANGUAGE, &day(row.since_us)),
    };
    let keys = rows.iter().map(|row| Key { id: &row.id, name: &row.name, when: key(row) });
    let lacks = match &who.standing {
        None => Some(wording::home_not_enrolled(LANGUAGE)),
        Some(one) if !one.is_confirmed() => Some(wording::home_not_confirmed(LANGUAGE)),
        Some(_) => None,
    };
    let roles = who.standing.iter().flat_map(|one| one.roles.keys()).map(|role| role_name(*role));
    let status = if wrong.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let home = Home {
        account: who.account.as_str(),
        lacks,
        roles: roles.collect(),
        keys: keys.collect(),
        sees: sees(who),
        token: &who.form_token,
        wrong,
    };
    Ok(answers::page(status, home.html(LANGUAGE)))
}

/// A day in words, by this machine's clock in UTC.
pub(in crate::http) fn day(at_us: i64) -> String {
    jiff::Timestamp::from_microsecond(at_us).map_or_else(|_| "?".to_owned(), |at| at.strftime("%-d %B %Y").to_string())
}

/// What a role is called on pages.
pub(in crate::http) fn role_name(role: Role) -> Words {
    match role {
        Role::Interviewer => wording::role_interviewer(LANGUAGE),
        Role::TeamLeader => wording::role_team_leader(LANGUAGE),
        Role::Adviser => wording::role_adviser(LANGUAGE),
        Role::InformationRightsOfficer => wording::role_information_rights_officer(LANGUAGE),
        Role::RecordsOfficer => wording::role_records_officer(LANGUAGE),
        Role::PrivacyOfficer => wording::role_privacy_officer(LANGUAGE),
        Role::Auditor => wording::role_auditor(LANGUAGE),
        Role::Administrator => wording::role_administrator(LANGUAGE),
    }
}

pub(super) async fn sign_out(
    State(desk): State<Desk>,
    Extension(who): Extension<SignedIn>,
) -> Result<Response, Broken> {
    sessions::end(&desk, &who.name).await?;
    Ok(cookies::without(answers::see("/sign-in")))
}

pub(super) async fn everywhere(
    State(desk): State<Desk>,
    Extension(who): Extension<SignedIn>,
) -> Result<Response, Broken> {
    Box::pin(sessions::end_everywhere(&desk, &who)).await?;
    Ok(cookies::without(answers::see("/sign-in")))
}
