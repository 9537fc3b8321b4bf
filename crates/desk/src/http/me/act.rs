//! `GET` and `POST /me/cases/{case}/do/{deed}`: what a person does in their case by themselves, online: asking to record, saying no to it, answering the office.
//!
//! Not what they may do (`casework::case`), nor the forms (`http/cases/deeds/own.rs`). Invariants: nobody acts in a case that is not theirs; what is refused is said above the form with all
//! that was typed; a form that was sent twice acts once; nobody fills a case without end.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use casework::case::{By, Case, Deed, Refusal, What};
use pages::cases::{FormPage, Wrong};
use pages::wording;

use crate::access::Desk;
use crate::codes;
use crate::error::Error;
use crate::http::access::answers::{self, Broken, LANGUAGE};
use crate::http::access::form::Form;
use crate::http::cases::act::{came_of, said};
use crate::http::cases::context::Material;
use crate::http::cases::deeds;
use crate::http::cases::own::{self, Theirs};
use crate::office::cases::{CaseError, Doer};
use crate::persons::sessions::PersonIn;

/// A page that is asked for, or is to be shown again.
struct Asked<'a> {
    deed: Deed,
    form: &'a Form,
    wrong: Wrong,
    status: StatusCode,
}

pub(crate) async fn show(
    State(desk): State<Desk>,
    Path((case, deed)): Path<(String, String)>,
    Extension(who): Extension<PersonIn>,
) -> Result<Response, Broken> {
    let Some((theirs, deed)) = found(&desk, &who, &case, &deed).await? else { return Ok(nothing(&who)) };
    Ok(page(&desk, &who, &theirs, Asked { deed, form: &Form::default(), wrong: Wrong::new(), status: StatusCode::OK }))
}

pub(crate) async fn act(
    State(desk): State<Desk>,
    Path((case, deed)): Path<(String, String)>,
    Extension(who): Extension<PersonIn>,
    Extension(form): Extension<Form>,
) -> Result<Response, Broken> {
    let Some((theirs, deed)) = found(&desk, &who, &case, &deed).await? else { return Ok(nothing(&who)) };
    let id = theirs.case.id();
    let done = || answers::see(&format!("/me/cases/{id}"));
    let Ok(shown) = form.get("shown").parse::<u64>() else { return Ok(answers::no_form_at("/me")) };
    if is_same_again(&desk, &who, &theirs, (deed, &form, shown)) {
        return Ok(done());
    }
    let again = |theirs: &Theirs, wrong, status| page(&desk, &who, theirs, Asked { deed, form: &form, wrong, status });
    let material = Material::of_person(&desk, &who.form_token, &theirs.case, (deed, &form), theirs.told(&desk));
    let command = match deeds::read(deed, &material.known(&desk, &theirs.case), &form) {
        Ok(command) => command,
        Err(wrong) => return Ok(again(&theirs, wrong, StatusCode::UNPROCESSABLE_ENTITY)),
    };
    let (office, session) = (Arc::clone(&desk.office), who.name);
    // A step is carried to its end whether or not the browser waits for it.
    let step = tokio::spawn(async move {
        let doer = Doer::Person(Some(&session));
        Box::pin(office.act_in_room(doer, id, &[command], Some(shown))).await.map(drop)
    });
    let (wrong, status) = match step.await.map_err(|err| Error::of(err).hint("look at the case again"))? {
        Ok(()) | Err(CaseError::Refused(Refusal::AlreadySo)) => return Ok(done()),
        Err(CaseError::Failed(error)) if error.code() != codes::REFUSED => return Err(error.into()),
        Err(CaseError::Refused(Refusal::SaidEnough)) => {
            (vec![(String::new(), wording::own_deed_enough(LANGUAGE))], StatusCode::TOO_MANY_REQUESTS)
        }
        Err(error) => (said(error), StatusCode::CONFLICT),
    };
    // As it stands now: what was refused may have been, because of what happened since.
    match own::find(&desk, &who, &case).await? {
        Some(theirs) if is_same_again(&desk, &who, &theirs, (deed, &form, shown)) => Ok(done()),
        Some(theirs) => Ok(again(&theirs, wrong, status)),
        None => Ok(nothing(&who)),
    }
}

/// The case and the deed that an address names, where its person may do that at all.
async fn found(desk: &Desk, who: &PersonIn, case: &str, deed: &str) -> Result<Option<(Theirs, Deed)>, Broken> {
    let Some(theirs) = own::find(desk, who, case).await? else { return Ok(None) };
    let deed = Deed::ALL.iter().copied().find(|one| one.to_string() == deed);
    Ok(deed.filter(|deed| theirs.may(desk, *deed)).map(|deed| (theirs, deed)))
}

fn nothing(who: &PersonIn) -> Response {
    answers::page(StatusCode::NOT_FOUND, own::gone(who))
}

fn page(desk: &Desk, who: &PersonIn, theirs: &Theirs, asked: Asked<'_>) -> Response {
    let (Some(own), Some(plan)) = (deeds::own::of(asked.deed), theirs.case.plan()) else { return nothing(who) };
    let told = theirs.told(desk);
    let material = Material::of_person(desk, &who.form_token, &theirs.case, (asked.deed, asked.form), told);
    let known = material.known(desk, &theirs.case);
    let todo = theirs.case.todo(&desk.office.book, known.at_micros);
    let cited = todo.iter().filter(|todo| todo.need.deed() == asked.deed).flat_map(|todo| &todo.cited);
    let mut clauses: Vec<String> = cited.map(|cited| format!("{} of {}", cited.clause, cited.source)).collect();
    clauses.dedup();
    let id = theirs.case.id();
    let back = format!("/me/cases/{id}");
    let form = FormPage {
        frame: own::frame(who, &back),
        title: (own.title)(LANGUAGE),
        of: Some(wording::case_caption(LANGUAGE, plan.reference.as_str())),
        about: own.about.map(|about| about(LANGUAGE)),
        clauses,
        exactly: "",
        fields: deeds::shown(asked.deed, &known, asked.form),
        unseen: vec![("shown", theirs.case.newest_change().to_string())],
        action: &own::form_of(id, asked.deed),
        wrong: asked.wrong,
    };
    answers::page(asked.status, form.html())
}

/// Whether exactly this was done by the person right behind what they were shown: the form was sent twice.
fn is_same_again(desk: &Desk, who: &PersonIn, theirs: &Theirs, (deed, form, shown): (Deed, &Form, u64)) -> bool {
    let Some((before, after)) = usize::try_from(shown).ok().and_then(|shown| theirs.events.split_at_checked(shown))
    else {
        return false;
    };
    let Ok(then) = Case::from_events(theirs.case.id(), before) else { return false };
    let material = Material::of_person(desk, &who.form_token, &then, (deed, form), BTreeMap::new());
    let Ok(command) = deeds::read(deed, &material.known(desk, &then), form) else { return false };
    let changes = after.iter().filter(|event| !matches!(event.what, What::Looked { .. }));
    came_of(desk, (&theirs.staff, &By::Person), &then, &command, changes)
}
