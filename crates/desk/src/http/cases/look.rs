//! `GET` and `POST /cases/{case}/look`: why somebody looks, put on the record before they see anything; and another reason than the one that stands.
//!
//! Not who may look for what (`casework::case`'s view). Invariants: a look that was refused leaves nothing and shows nothing; whoever may not see the case is answered as if
//! there were none.

use axum::Extension;
use axum::extract::{Path, State};
use axum::response::Response;
use casework::case::{Purpose, Refusal};
use pages::cases::Wrong;
use pages::wording;

use super::{context, show};
use crate::access::Desk;
use crate::access::sessions::SignedIn;
use crate::http::access::answers::{self, Broken, LANGUAGE};
use crate::http::access::form::Form;
use crate::office::cases::CaseError;

pub(crate) async fn show(
    State(desk): State<Desk>,
    Path(case): Path<String>,
    Extension(who): Extension<SignedIn>,
) -> Result<Response, Broken> {
    let seen = context::find(&desk, &who, &case).await?;
    let Some(seen) = seen.filter(|seen| !seen.purposes(&desk, &who).is_empty()) else { return Ok(show::nothing(&who)) };
    Ok(show::asked_why(&desk, &who, &seen, Wrong::new()))
}

pub(crate) async fn look(
    State(desk): State<Desk>,
    Path(case): Path<String>,
    Extension(who): Extension<SignedIn>,
    Extension(form): Extension<Form>,
) -> Result<Response, Broken> {
    let seen = context::find(&desk, &who, &case).await?;
    // Whoever finds it only to note what its person says has nothing to look for.
    let Some(seen) = seen.filter(|seen| !seen.purposes(&desk, &who).is_empty()) else { return Ok(show::nothing(&who)) };
    let Ok(purpose) = form.get("purpose").parse::<Purpose>() else {
        return Ok(show::asked_why(&desk, &who, &seen, wrong()));
    };
    let id = seen.case.id();
    match Box::pin(desk.office.look_at_case(&who.actor, id, &seen.moment, purpose)).await {
        Ok(_) => Ok(answers::see(&format!("/cases/{id}"))),
        Err(CaseError::Refused(Refusal::NotForThat { .. } | Refusal::NotToSee)) => {
            Ok(show::asked_why(&desk, &who, &seen, wrong()))
        }
        Err(error) => Err(crate::error::Error::from(error).into()),
    }
}

fn wrong() -> Wrong {
    vec![("purpose".to_owned(), wording::purpose_missing(LANGUAGE))]
}
