//! `GET` and `POST /sign-in`.
//!
//! Not the judgement (`access/signing_in.rs`).
//! Invariant: whatever is not right is answered by the same page with the same words.

use std::net::IpAddr;

use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use pages::access::{Challenge, Records, SignIn, Wrong};
use pages::wording::{self, Words};

use super::answers::{self, Broken, LANGUAGE};
use super::form::{Form, of_query};
use super::{cookies, demonstration, paths};
use crate::access::Desk;
use crate::access::sealing;
use crate::access::sessions::{self, SignedIn};
use crate::access::signing_in::{self, Outcome, Typed};
use crate::clock::local_us;
use crate::serve::Peer;

pub(super) async fn show(State(desk): State<Desk>, RawQuery(query): RawQuery) -> Result<Response, Broken> {
    let to = of_query(query.as_deref(), "to").unwrap_or_default();
    let is_ready = of_query(query.as_deref(), "ready").is_some();
    let to = paths::goes_on(&to);
    let asked = Asked { to: &to, is_ready, ..Asked::default() };
    page(&desk, StatusCode::OK, asked, None).await
}

pub(super) async fn act(
    State(desk): State<Desk>,
    Extension(peer): Extension<Peer>,
    Extension(form): Extension<Form>,
    headers: HeaderMap,
) -> Result<Response, Broken> {
    let answer = Box::pin(try_it(&desk, &form, address(&desk, peer, &headers), None)).await?;
    if let Some(secret) = cookies::secret(&headers).filter(|_| answer.status() == StatusCode::SEE_OTHER) {
        // Another session takes the place of the one that this browser had.
        sessions::end(&desk, &sealing::name_of(&secret)).await?;
    }
    Ok(answer)
}

/// What a page shows beside its challenge.
#[derive(Default)]
struct Asked<'a> {
    account: &'a str,
    wrong: Wrong,
    to: &'a str,
    is_ready: bool,
}

async fn page(desk: &Desk, status: StatusCode, asked: Asked<'_>, again: Option<&SignedIn>) -> Result<Response, Broken> {
    let challenge = desk.passkeys.ask(&desk.office, local_us())?;
    let to = if asked.to == "/" { "" } else { asked.to };
    let sign_in = SignIn {
        account: asked.account,
        wrong: asked.wrong,
        challenge: Challenge { options: &challenge.options, state: &challenge.state },
        to,
        again: again.map(|who| who.form_token.as_str()),
        is_ready: asked.is_ready,
        demonstrators: demonstration::demonstrators(desk, again).await?,
        records: if again.is_none() { demonstration::records(desk) } else { Records::default() },
    };
    Ok(answers::page(status, sign_in.html(LANGUAGE)))
}

/// The page for somebody who shows once more that it is them.
pub(super) async fn page_again(desk: &Desk, who: &SignedIn, to: &str) -> Result<Response, Broken> {
    let to = paths::goes_on(to);
    let asked = Asked { account: who.account.as_str(), to: &to, ..Asked::default() };
    page(desk, StatusCode::OK, asked, Some(who)).await
}

/// Tries what a form brought.
pub(super) async fn try_it(
    desk: &Desk,
    form: &Form,
    address: IpAddr,
    again: Option<&SignedIn>,
) -> Result<Response, Broken> {
    let (account, to) = (form.line("account"), paths::goes_on(form.get("to")));
    let refused =
        async |status, wrong| page(desk, status, Asked { account, wrong, to: &to, is_ready: false }, again).await;
    let missing = [
        ("account", account.is_empty(), wording::account_missing(LANGUAGE)),
        ("password", form.get("password").is_empty(), wording::password_missing(LANGUAGE)),
        ("key", form.get("passkey").is_empty(), wording::key_missing(LANGUAGE)),
    ];
    let missing = missing.into_iter().filter(|(_, is_missing, _)| *is_missing);
    let wrong: Wrong = missing.map(|(id, _, words)| (id, words)).collect();
    if !wrong.is_empty() {
        return refused(StatusCode::UNPROCESSABLE_ENTITY, wrong).await;
    }
    let typed = Typed {
        account: account.to_owned(),
        password: form.secret("password"),
        state: form.get("challenge").to_owned(),
        answer: form.get("passkey").to_owned(),
    };
    match signing_in::sign_in(desk, address, &typed, again).await? {
        Outcome::In(secret) => Ok(cookies::with(answers::see(&to), &secret)),
        Outcome::Refused => {
            refused(StatusCode::UNPROCESSABLE_ENTITY, vec![("account", wording::sign_in_wrong(LANGUAGE))]).await
        }
        Outcome::Wait(micros) => {
            let mut answer = refused(StatusCode::TOO_MANY_REQUESTS, vec![("account", wait_words(micros))]).await?;
            answer.headers_mut().insert(header::RETRY_AFTER, seconds(micros).into());
            Ok(answer)
        }
    }
}

/// Whole seconds, never too few.
pub(in crate::http) fn seconds(micros: i64) -> i64 {
    (micros.max(1) + 999_999) / 1_000_000
}

/// How long to wait, in words.
pub(super) fn wait_words(micros: i64) -> Words {
    wording::sign_in_wait(LANGUAGE, &seconds(micros).to_string())
}

/// Who asks: who opened the connection, or whom a proxy of ours names.
pub(in crate::http) fn address(desk: &Desk, Peer(peer): Peer, headers: &HeaderMap) -> IpAddr {
    if !desk.proxies.contains(&peer) {
        return peer;
    }
    // The last name is the proxy's own word; those before it are whatever the caller sent.
    let line = headers.get_all("x-forwarded-for").iter().next_back().and_then(|line| line.to_str().ok());
    let named = line.and_then(|line| line.rsplit(',').next()?.trim().parse().ok());
    named.unwrap_or(peer)
}
