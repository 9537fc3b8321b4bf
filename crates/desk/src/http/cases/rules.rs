//! `GET /cases/{case}/rules`: what applied to a meeting, from which version, and why.
//!
//! Not what applied (`office/cases/explained.rs`). Invariants: it has no word about a person, and asks for no purpose of whoever may see the case in a list; each line that a
//! rule stands behind names its version, clause and source.

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use pages::cases::{RuleLine, RulesPage};
use rules::Entry;

use super::deeds::moments::said_day;
use super::{context, frame, show};
use crate::access::Desk;
use crate::access::sessions::SignedIn;
use crate::http::access::answers::{self, Broken};

pub(crate) async fn show(
    State(desk): State<Desk>,
    Path(case): Path<String>,
    Extension(who): Extension<SignedIn>,
) -> Result<Response, Broken> {
    let seen = context::find(&desk, &who, &case).await?.filter(|seen| seen.listed.course().is_some());
    let Some(seen) = seen else { return Ok(show::nothing(&who)) };
    let explained = desk.office.explained(&seen.case, &seen.events).await?;
    let Some(stands) = explained.appointments.last() else { return Ok(show::nothing(&who)) };
    let back = format!("/cases/{}", seen.case.id());
    let page = RulesPage {
        frame: frame::of(&who, "/cases", &back),
        case: seen.listed.reference().as_str(),
        day: said_day(stands.day),
        lines: stands.explanation.entries().iter().map(line).collect(),
    };
    Ok(answers::page(StatusCode::OK, page.html()))
}

fn line(entry: &Entry) -> RuleLine {
    match entry {
        Entry::Applies { applied, why } => RuleLine::Applies {
            says: (applied.what.clone(), applied.value.clone()),
            version: applied.pack.to_string(),
            valid: applied.valid.to_string(),
            clause: (applied.clause.clone(), applied.source.title.clone()),
            why: why.clone(),
            unconfirmed: applied.unconfirmed.clone(),
        },
        Entry::Refused(refusal) => RuleLine::NotCovered(refusal.to_string()),
    }
}
