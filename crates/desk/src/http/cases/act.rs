//! `GET` and `POST /cases/{case}/do/{deed}`, and of `/cases/plan`: the form of a deed, and doing it.
//!
//! Not what may be done (`casework::case`), nor reading a form (`deeds`). Invariants: what is refused is said above the form with all that was typed; a form that was sent twice acts
//! once; whoever was shown an older state than the one there is looks again before anything is done.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use casework::case::{Actor, By, Case, Command, Deed, Event, Ground, Refusal, What, decide};
use casework::staff::Staff;
use casework::{CaseId, Moment, ThingId};
use pages::cases::{FormPage, Wrong};
use pages::wording::{self, Words};

use super::context::{self, Material, Seen};
use super::{deeds, frame, list, show};
use crate::access::Desk;
use crate::access::sessions::SignedIn;
use crate::clock::local_us;
use crate::codes;
use crate::db::cases as rows;
use crate::error::Error;
use crate::http::access::answers::{self, Broken, LANGUAGE};
use crate::http::access::form::{Form, of_query};
use crate::office::Office;
use crate::office::cases::{CaseError, Doer, fresh_reference};

/// Stands in a form that was opened from the page of the meeting.
const ROOM: &str = "room";

/// Stands in a form for a thing that the program names.
const NAMED_BY_ITSELF: ThingId = ThingId([0; 16]);

/// What two people decide, or what is done in spite of what stands in the way: password and key are shown just before.
const FRESH: &[Deed] = &[
    Deed::ApproveRefusal,
    Deed::GiveUp,
    Deed::UndoStart,
    Deed::CorrectOutcome,
    Deed::Reopen,
    Deed::BreakGlass,
    Deed::ReviewGlass,
];

pub(crate) async fn show(
    State(desk): State<Desk>,
    Path((case, deed)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    Extension(who): Extension<SignedIn>,
) -> Result<Response, Broken> {
    let Some((seen, deed)) = found(&desk, &who, &case, &deed).await? else {
        // Their look may be over: then the case's page asks why once more.
        let seen = context::find(&desk, &who, &case).await?;
        let is_over = seen.is_some_and(|seen| seen.view.is_none() && !seen.purposes(&desk, &who).is_empty());
        let is_deed = Deed::ALL.iter().any(|one| one.to_string() == deed);
        return Ok(if is_over && is_deed { answers::see(&format!("/cases/{case}")) } else { show::nothing(&who) });
    };
    if let Some(again) = stale(&desk, &who, deed, &format!("/cases/{case}/do/{deed}")) {
        return Ok(again);
    }
    let back = of_query(query.as_deref(), "back").unwrap_or_default();
    let form = if back == ROOM { Form::default().with("back", ROOM) } else { Form::default() };
    let asked = Asked { deed, form: &form, wrong: Wrong::new(), status: StatusCode::OK };
    page(&desk, &who, &seen.case, told(&desk, &seen), asked).await
}

pub(crate) async fn act(
    State(desk): State<Desk>,
    Path((case, deed)): Path<(String, String)>,
    Extension(who): Extension<SignedIn>,
    Extension(form): Extension<Form>,
) -> Result<Response, Broken> {
    renewed(&desk, &who, &case).await?;
    let Some((seen, deed)) = found(&desk, &who, &case, &deed).await? else { return Ok(show::nothing(&who)) };
    if let Some(again) = stale(&desk, &who, deed, &format!("/cases/{case}/do/{deed}")) {
        return Ok(again);
    }
    let Ok(shown) = form.get("shown").parse::<u64>() else { return Ok(answers::no_form()) };
    let told = told(&desk, &seen);
    let material = Material::of(&desk, &who, &seen.case, (deed, &form), told.clone()).await?;
    let form = if deed == Deed::Keep && is_by_recorder(&desk.office, &seen.case, &form) {
        // It is named by itself, and nobody types it.
        form.with("thing", &NAMED_BY_ITSELF.to_string())
    } else {
        form
    };
    let command = match deeds::read(deed, &material.known(&desk, &seen.case), &form) {
        Ok(command) => command,
        // What it names is gone, because it was done: by this very form, a moment ago.
        Err(_) if is_same_again(&desk, &who, &seen, (deed, &form, shown)).await? => {
            return Ok(on(seen.case.id(), &form));
        }
        Err(wrong) => {
            let asked = Asked { deed, form: &form, wrong, status: StatusCode::UNPROCESSABLE_ENTITY };
            return page(&desk, &who, &seen.case, told, asked).await;
        }
    };
    let id = seen.case.id();
    let wrong = match done(&desk, &who, id, command, shown).await {
        Ok((id, notes)) if notes.is_empty() => return Ok(on(id, &form)),
        Ok((_, notes)) => return show::with_notes(&desk, &who, &case, &notes).await,
        Err(CaseError::Refused(Refusal::AlreadySo)) => return Ok(on(id, &form)),
        // Whoever is signed out is shown nothing of the case.
        Err(CaseError::Failed(error)) if error.signed_out().is_some() => return Err(error.into()),
        Err(CaseError::Failed(error)) if error.code() != codes::REFUSED && !has_recorder(&desk, &seen.case) => {
            return Err(error.into());
        }
        Err(error) => said(error),
    };
    let asked = Asked { deed, form: &form, wrong, status: StatusCode::CONFLICT };
    // As it stands now: what was refused may have been, because of what happened since.
    match context::find(&desk, &who, &case).await? {
        Some(seen) if is_same_again(&desk, &who, &seen, (deed, &form, shown)).await? => Ok(on(id, &form)),
        Some(seen) => page(&desk, &who, &seen.case, self::told(&desk, &seen), asked).await,
        None => Ok(to_case(id)),
    }
}

/// Whether a recorder of ours may be what failed: then whoever is in the room is told what, beside what they typed.
fn has_recorder(desk: &Desk, case: &Case) -> bool {
    matches!(desk.office.room_of(case), Ok(Some(_)))
}

/// Does it, with the room's recorder in step where the room has one; what did not go as it should beside.
async fn done(
    desk: &Desk,
    who: &SignedIn,
    id: CaseId,
    command: Command,
    shown: u64,
) -> Result<(CaseId, Vec<String>), CaseError> {
    let (office, actor) = (Arc::clone(&desk.office), Arc::clone(&who.actor));
    // A step is carried to its end whether or not the browser waits for it.
    let step = tokio::spawn(async move {
        match command {
            // What the room's recorder made goes into the vault by itself, and is not named by hand.
            Command::Keep { recording, thing } if thing == NAMED_BY_ITSELF => {
                let kept = Box::pin(office.keep_recording(&actor, id, recording)).await?;
                Ok((kept.id(), Vec::new()))
            }
            command => {
                let doer = Doer::Staff(&actor);
                if let Command::Keep { recording, thing } = &command {
                    Box::pin(office.may_be_kept_as(id, *recording, *thing)).await?;
                }
                let stepped = Box::pin(office.act_in_room(doer, id, &[command], Some(shown))).await?;
                Ok((stepped.case.id(), stepped.notes))
            }
        }
    });
    step.await.map_err(|err| CaseError::Failed(Error::of(err).hint("look at the case again")))?
}

pub(crate) async fn show_plan(
    State(desk): State<Desk>,
    Extension(who): Extension<SignedIn>,
) -> Result<Response, Broken> {
    if !list::may_plan(&desk, &who) {
        return Ok(answers::not_yours());
    }
    let reference = fresh_reference()?;
    let form: Form = [("case_reference".to_owned(), reference.to_string())].into_iter().collect();
    plan_page(&desk, &who, &form, Wrong::new(), StatusCode::OK).await
}

pub(crate) async fn plan(
    State(desk): State<Desk>,
    Extension(who): Extension<SignedIn>,
    Extension(form): Extension<Form>,
) -> Result<Response, Broken> {
    if !list::may_plan(&desk, &who) {
        return Ok(answers::not_yours());
    }
    let absent = Case::absent(CaseId([0; 16]));
    let material = Material::of(&desk, &who, &absent, (Deed::Plan, &form), BTreeMap::new()).await?;
    let command = match deeds::read(Deed::Plan, &material.known(&desk, &absent), &form) {
        Ok(command) => command,
        Err(wrong) => return plan_page(&desk, &who, &form, wrong, StatusCode::UNPROCESSABLE_ENTITY).await,
    };
    let (office, actor, plan) = (Arc::clone(&desk.office), Arc::clone(&who.actor), command.clone());
    // Carried to its end whether or not the browser waits for it: between its key and its event nobody could tell what it is.
    let planning =
        tokio::spawn(
            async move { Box::pin(office.plan_case(Doer::Staff(&actor), &Office::local_moment(), &plan)).await },
        );
    let done = planning.await.map_err(|err| Error::of(err).hint("look at the list of cases"))?;
    let wrong = match done {
        Ok(case) => return Ok(to_case(case.id())),
        Err(CaseError::Failed(error)) if error.code() != codes::REFUSED => return Err(error.into()),
        Err(CaseError::ReferenceTaken) => match planned_already(&desk, &who, &command).await? {
            Some(id) => return Ok(to_case(id)),
            None => vec![("case_reference".to_owned(), wording::case_reference_taken(LANGUAGE))],
        },
        Err(error) => said(error),
    };
    plan_page(&desk, &who, &form, wrong, StatusCode::CONFLICT).await
}

async fn plan_page(
    desk: &Desk,
    who: &SignedIn,
    form: &Form,
    wrong: Wrong,
    status: StatusCode,
) -> Result<Response, Broken> {
    let asked = Asked { deed: Deed::Plan, form, wrong, status };
    page(desk, who, &Case::absent(CaseId([0; 16])), BTreeMap::new(), asked).await
}

/// A page that is asked for, or is to be shown again.
struct Asked<'a> {
    deed: Deed,
    form: &'a Form,
    wrong: Wrong,
    status: StatusCode,
}

async fn page(
    desk: &Desk,
    who: &SignedIn,
    case: &Case,
    events: BTreeMap<u64, String>,
    asked: Asked<'_>,
) -> Result<Response, Broken> {
    let Some(row) = deeds::row(asked.deed) else { return Ok(show::nothing(who)) };
    let material = Material::of(desk, who, case, (asked.deed, asked.form), events).await?;
    let known = material.known(desk, case);
    let mut unseen = match case.plan() {
        Some(_) => vec![("shown", case.newest_change().to_string())],
        None => Vec::new(),
    };
    let is_in_room = asked.form.get("back") == ROOM;
    if is_in_room {
        unseen.push(("back", ROOM.to_owned()));
    }
    let (back, action) = match case.plan() {
        Some(_) => {
            let here = format!("/cases/{}", case.id());
            let back = if is_in_room { format!("{here}/room") } else { here.clone() };
            (back, format!("{here}/do/{}", asked.deed))
        }
        None => ("/cases".to_owned(), "/cases/plan".to_owned()),
    };
    let todo = case.todo(&desk.office.book, known.at_micros);
    let cited = todo.iter().filter(|todo| todo.need.deed() == asked.deed).flat_map(|todo| &todo.cited);
    let mut clauses: Vec<String> = cited.map(|cited| format!("{} of {}", cited.clause, cited.source)).collect();
    clauses.dedup();
    let mut fields = deeds::shown(asked.deed, &known, asked.form);
    if asked.deed == Deed::Keep && is_by_recorder(&desk.office, case, asked.form) {
        fields.retain(|field| field.name != "thing");
    }
    let form = FormPage {
        frame: frame::of(who, "/cases", &back),
        title: (row.title)(LANGUAGE),
        of: case.plan().map(|plan| wording::case_caption(LANGUAGE, plan.reference.as_str())),
        about: row.about.map(|about| about(LANGUAGE)),
        clauses,
        exactly: agreement(asked.deed, known.texts),
        fields,
        unseen,
        action: &action,
        wrong: asked.wrong,
    };
    Ok(answers::page(asked.status, form.html()))
}

/// The text that is agreed to, so that it can be read where it is signed: the newest.
fn agreement(deed: Deed, texts: &[deeds::Text]) -> &str {
    let mut all = texts.iter().filter(|text| text.name.as_str().starts_with("agreement-"));
    all.next_back().filter(|_| deed == Deed::Agree).map_or("", |text| &text.words)
}

/// Whether the recording that a form names, or each that there is, was made by a recorder of ours.
fn is_by_recorder(office: &Office, case: &Case, form: &Form) -> bool {
    let named = form.get("recording").parse::<u32>().ok();
    let mut all = case.recordings().iter().filter(|one| named.is_none_or(|named| named == one.number)).peekable();
    all.peek().is_some() && all.all(|one| office.recorded_in(case.id(), one.number).is_ok())
}

/// The case and the deed that an address names, where whoever asks may do that there at all.
async fn found(desk: &Desk, who: &SignedIn, case: &str, deed: &str) -> Result<Option<(Seen, Deed)>, Broken> {
    let Some(seen) = context::find(desk, who, case).await? else { return Ok(None) };
    let deed = Deed::ALL.iter().copied().find(|one| one.to_string() == deed);
    let may = seen.deeds(desk, who);
    Ok(deed.filter(|deed| may.contains(deed)).map(|deed| (seen, deed)))
}

/// Looks again for whoever sends a form after their look is over, for the same purpose: they go on with what they began, and what they typed is not lost.
pub(in crate::http) async fn renewed(desk: &Desk, who: &SignedIn, case: &str) -> Result<(), Broken> {
    let Some(seen) = context::find(desk, who, case).await?.filter(|seen| seen.view.is_none()) else { return Ok(()) };
    let theirs = seen.events.iter().rev().filter(|event| event.by == By::Staff(who.account.clone()));
    let mut looks = theirs.filter_map(|event| match event.what {
        What::Looked { purpose, .. } => Some(purpose),
        _ => None,
    });
    let Some(purpose) = looks.next() else { return Ok(()) };
    match Box::pin(desk.office.look_at_case(&who.actor, seen.case.id(), &seen.moment, purpose)).await {
        // They may not any more: then there is no form for them.
        Ok(_) | Err(CaseError::Refused(_)) => Ok(()),
        Err(error) => Err(Error::from(error).into()),
    }
}

fn stale(desk: &Desk, who: &SignedIn, deed: Deed, path: &str) -> Option<Response> {
    let is_stale = FRESH.contains(&deed) && !desk.terms.are_fresh(&who.times, local_us());
    is_stale.then(|| answers::see(&answers::again(path)))
}

/// Where somebody goes on: to the page of the meeting, if they came from there.
fn on(id: CaseId, form: &Form) -> Response {
    if form.get("back") == ROOM { answers::see(&format!("/cases/{id}/room")) } else { to_case(id) }
}

fn to_case(id: CaseId) -> Response {
    answers::see(&format!("/cases/{id}"))
}

/// What is said above the form.
pub(in crate::http) fn said(error: CaseError) -> Wrong {
    if matches!(error, CaseError::Stale) {
        return vec![(String::new(), wording::case_stale(LANGUAGE))];
    }
    let clauses = match &error {
        CaseError::Refused(refusal) => refusal.cited(),
        _ => Vec::new(),
    };
    let error = Error::from(error);
    let mut words = format!("{}; {}", error.what(), error.advice());
    let cited: Vec<String> = clauses.iter().map(|cited| format!("{} of {}", cited.clause, cited.source)).collect();
    if !cited.is_empty() {
        words += &format!(" ({})", cited.join("; "));
    }
    vec![(String::new(), Words::said(LANGUAGE, capital(&words)))]
}

pub(in crate::http) fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// Events in words, by their number, as whoever asks may see them.
fn told(desk: &Desk, seen: &Seen) -> BTreeMap<u64, String> {
    let Some(view) = &seen.view else { return BTreeMap::new() };
    let lines = show::history(desk, seen, view);
    lines.into_iter().map(|line| (line.number, line.what.as_str().to_owned())).collect()
}

/// Whether exactly this was done by the same account right behind what they were shown: the form was sent twice.
async fn is_same_again(
    desk: &Desk,
    who: &SignedIn,
    seen: &Seen,
    (deed, form, shown): (Deed, &Form, u64),
) -> Result<bool, Broken> {
    let Some((before, after)) = usize::try_from(shown).ok().and_then(|shown| seen.events.split_at_checked(shown))
    else {
        return Ok(false);
    };
    let Ok(then) = Case::from_events(seen.case.id(), before) else { return Ok(false) };
    let material = Material::of(desk, who, &then, (deed, form), BTreeMap::new()).await?;
    let Ok(command) = deeds::read(deed, &material.known(desk, &then), form) else { return Ok(false) };
    let changes = after.iter().filter(|event| !matches!(event.what, What::Looked { .. }));
    Ok(came_of(desk, (&who.staff, &By::Staff(who.account.clone())), &then, &command, changes))
}

/// Whether these events begin with what comes of a command by whoever that is.
pub(in crate::http) fn came_of<'e>(
    desk: &Desk,
    (staff, by): (&Staff, &By),
    then: &Case,
    command: &Command,
    events: impl Iterator<Item = &'e Event> + Clone,
) -> bool {
    let Some(first) = events.clone().next() else { return false };
    let actor = match by {
        By::Staff(account) => Actor::Staff(account),
        By::Person => Actor::Person,
        By::Program => Actor::Program,
    };
    let moment = Moment::local(first.at_micros);
    let ground = Ground { book: &desk.office.book, moment: &moment, staff, actor };
    let Ok(wanted) = decide(then, command, &ground) else { return false };
    let is_same = |(wanted, there): (&Event, &Event)| {
        there.by == *by && wanted.what == there.what && wanted.private == there.private
    };
    !wanted.is_empty() && events.clone().count() >= wanted.len() && wanted.iter().zip(events).all(is_same)
}

/// The case that this very plan has made already.
async fn planned_already(desk: &Desk, who: &SignedIn, command: &Command) -> Result<Option<CaseId>, Broken> {
    let Command::Plan { reference, .. } = command else { return Ok(None) };
    let Some(id) = rows::referred_to(&desk.office.db, reference.as_str()).await? else { return Ok(None) };
    let (_, events) = desk.office.case_with_events(id).await?;
    let by = By::Staff(who.account.clone());
    let is_same = came_of(desk, (&who.staff, &by), &Case::absent(id), command, events.iter());
    Ok(is_same.then_some(id))
}
