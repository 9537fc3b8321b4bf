//! What stands before each route: who asks, from which page, and whether they just showed that it is them.
//!
//! Not who may (`mod.rs`, the table). Invariants: a form counts only from a page of this origin, and with its session's token where there is a session;
//! a session is asked for anew at each request; [`Fresh`] cannot be had but from somebody who showed password and key just now.

use axum::body::Body;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use subtle::ConstantTimeEq as _;

use super::answers::{self, Broken};
use super::form::Form;
use super::{Row, Who, cookies, has_cases, paths, sees_people};
use crate::access::Desk;
use crate::access::sessions::{self, SignedIn};
use crate::clock::local_us;
use crate::http::body;
use crate::http::problem::Problem;
use crate::persons::sessions::{self as persons, PersonIn};

/// The longest form.
const FORM_BYTES_MAX: usize = 64 * 1024;

/// Somebody who showed password and key just now: what two-person acts ask for.
pub(crate) struct Fresh(SignedIn);

impl Fresh {
    pub(crate) fn who(&self) -> &SignedIn {
        &self.0
    }
}

impl FromRequestParts<Desk> for Fresh {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Fresh, Response> {
        let who = parts.extensions.get::<SignedIn>().filter(|who| desk.terms.are_fresh(&who.times, local_us()));
        who.cloned().map(Fresh).ok_or_else(|| answers::see(&answers::again("/")))
    }
}

/// Lets a request through to its handler, or answers it.
pub(super) async fn guard(
    State((desk, row)): State<(Desk, &'static Row)>,
    request: Request,
    next: Next,
) -> Result<Response, Broken> {
    let (mut parts, body) = request.into_parts();
    let is_form = parts.method == Method::POST;
    // The body is taken in any case: closing on unread bytes would take the answer back.
    let form = match is_form {
        false => Form::default(),
        true => match body::read(&parts.headers, body, FORM_BYTES_MAX, desk.body_timeout).await {
            Err(problem) => return Ok(problem.into_response()),
            Ok(bytes) => match Form::parse(&parts.headers, &bytes) {
                Some(form) => form,
                None => return Ok(Problem::bad("this is not a form of this service").into_response()),
            },
        },
    };
    if is_form && !is_from_here(&parts.headers, &desk.origin) {
        return Ok(if row.who.is_of_persons() { answers::form_old_at("/me") } else { answers::form_old() });
    }
    if row.who == Who::Person {
        let found = match cookies::persons_secret(&parts.headers) {
            Some(secret) => persons::find(&desk, &secret).await?,
            None => None,
        };
        let Some(who) = found else { return Ok(cookies::without_persons(answers::see("/me/sign-in"))) };
        if is_form && !is_token(&form, &who.form_token) {
            return Ok(answers::form_old_at("/me"));
        }
        // Nothing of a handler of staff's takes this for a member of staff: it is another type.
        parts.extensions.insert::<PersonIn>(who);
    } else if !row.who.is_anybody() {
        let found = match cookies::secret(&parts.headers) {
            Some(secret) => sessions::find(&desk, &secret).await?,
            None => None,
        };
        let Some(who) = found else {
            let to = paths::goes_on(&paths::page_of(row, parts.uri.path()));
            return Ok(cookies::without(answers::see(&answers::sign_in(&to))));
        };
        if let Some(refusal) = refusal(&desk, (row, parts.uri.path()), &who, &form, is_form) {
            return Ok(refusal);
        }
        parts.extensions.insert::<SignedIn>(who);
    }
    parts.extensions.insert(form);
    Ok(next.run(Request::from_parts(parts, Body::empty())).await)
}

/// Why somebody who is signed in is not let through.
fn refusal(desk: &Desk, (row, path): (&Row, &str), who: &SignedIn, form: &Form, is_form: bool) -> Option<Response> {
    if row.who == Who::People && !sees_people(who) {
        return Some(answers::not_yours());
    }
    if row.who == Who::Cases && !has_cases(who) {
        return Some(answers::not_yours());
    }
    if row.who == Who::Keepers && !casework::custody::is_keeper(&who.account, &who.staff) {
        return Some(answers::not_yours());
    }
    if is_form && !is_token(form, &who.form_token) {
        return Some(answers::form_old());
    }
    let is_stale = row.is_fresh && !desk.terms.are_fresh(&who.times, local_us());
    is_stale.then(|| answers::see(&answers::again(&paths::goes_on(&paths::page_of(row, path)))))
}

/// Whether a form has its session's token.
fn is_token(form: &Form, token: &str) -> bool {
    form.get("form_token").as_bytes().ct_eq(token.as_bytes()).into()
}

/// Whether a browser says that a page of this origin sends it. One that says nothing of it is none that we take forms from.
fn is_from_here(headers: &HeaderMap, origin: &str) -> bool {
    let said = |name: &str| headers.get_all(name).iter().map(|value| value.to_str().unwrap_or("?")).collect::<Vec<_>>();
    let (origins, sites) = (said(header::ORIGIN.as_str()), said("sec-fetch-site"));
    let are_ours = origins.iter().all(|one| *one == origin) && sites.iter().all(|one| *one == "same-origin");
    are_ours && !(origins.is_empty() && sites.is_empty())
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    #[test]
    fn a_form_comes_from_a_page_of_ours() {
        let ours = "https://desk.example";
        let table: [(&[(&str, &str)], bool); 9] = [
            (&[], false),
            (&[("origin", ours)], true),
            (&[("sec-fetch-site", "same-origin")], true),
            (&[("origin", ours), ("sec-fetch-site", "same-origin")], true),
            (&[("origin", "https://other.example"), ("sec-fetch-site", "same-origin")], false),
            (&[("origin", ours), ("sec-fetch-site", "cross-site")], false),
            (&[("origin", "null")], false),
            (&[("origin", ours), ("origin", "https://other.example")], false),
            (&[("sec-fetch-site", "none")], false),
        ];
        for (lines, expected) in table {
            let mut headers = HeaderMap::new();
            for (name, value) in lines {
                headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
            }
            assert_eq!(is_from_here(&headers, ours), expected, "{lines:?}");
        }
    }
}
