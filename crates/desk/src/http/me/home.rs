//! `GET /me`, `POST /me/sign-out` and `POST /me/sign-out/everywhere`: a person's cases, where they are signed in, and the ways out.
//!
//! Not a case itself (`case.rs`). Invariants: what is shown of a case comes out of the person's view of it; who is signed out is so before they are told; one case that cannot be read keeps
//! nobody from the others.

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use pages::access::{MyCase, MyPage};
use pages::wording::{self, Words};

use crate::access::Desk;
use crate::http::access::answers::{self, Broken, LANGUAGE};
use crate::http::access::cookies;
use crate::http::cases::own;
use crate::persons::sessions::{self, Listed, PersonIn};

pub(crate) async fn show(State(desk): State<Desk>, Extension(who): Extension<PersonIn>) -> Result<Response, Broken> {
    let mut cases = Vec::new();
    for case in &who.cases {
        let facts = own::in_short(&desk, *case).await;
        let (reference, facts) = facts.unwrap_or_else(|| (case.to_string(), vec![not_shown()]));
        cases.push(MyCase { reference, href: format!("/me/cases/{case}"), facts });
    }
    let listed = sessions::list(&desk, &who).await?;
    let page = MyPage { cases, sessions: listed.iter().map(session).collect(), token: &who.form_token };
    Ok(answers::page(StatusCode::OK, page.html(LANGUAGE)))
}

fn not_shown() -> (Words, String) {
    (wording::me_case_state(LANGUAGE), wording::me_case_not_shown(LANGUAGE).as_str().to_owned())
}

fn session(one: &Listed) -> Words {
    let began = moment(one.began_us);
    match one.is_this {
        true => wording::me_session_this(LANGUAGE, &began),
        false => wording::me_session(LANGUAGE, &began, &moment(one.seen_us)),
    }
}

/// A moment in words, by the clock in Greenwich.
fn moment(at_us: i64) -> String {
    let at = jiff::Timestamp::from_microsecond(at_us);
    at.map_or_else(|_| "?".to_owned(), |at| at.strftime("%-d %B %Y, %H:%M UTC").to_string())
}

pub(crate) async fn sign_out(
    State(desk): State<Desk>,
    Extension(who): Extension<PersonIn>,
) -> Result<Response, Broken> {
    sessions::end(&desk, &who.name).await?;
    Ok(cookies::without_persons(answers::see("/me/sign-in")))
}

pub(crate) async fn everywhere(
    State(desk): State<Desk>,
    Extension(who): Extension<PersonIn>,
) -> Result<Response, Broken> {
    Box::pin(sessions::end_everywhere(&desk, &who)).await?;
    Ok(cookies::without_persons(answers::see("/me/sign-in")))
}
