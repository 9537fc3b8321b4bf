//! `GET /cases/{case}`: one case, as somebody may see it; or why they look, where that is not on the record yet.
//!
//! Not what may be seen (`casework::case`'s view).
//! Invariant: what is not there and what is not theirs are answered by the same page.

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use casework::case::{Actor, Appointment, Before, Command, Deed, Ground, NotedOf, Phase, Plan, RedactedView, Todo};
use pages::cases::{Fact, Happened, Known, Noted, One, PurposePage, Wrong, gone};
use pages::wording::{self, Words};

use super::context::{self, Seen};
use super::deeds::{self, Listed as _};
use super::lines::{self, Lines};
use super::{frame, person, room};
use crate::access::Desk;
use crate::access::sessions::SignedIn;
use crate::http::access::answers::{self, Broken, LANGUAGE};

pub(crate) async fn show(
    State(desk): State<Desk>,
    Path(case): Path<String>,
    Extension(who): Extension<SignedIn>,
) -> Result<Response, Broken> {
    let Some(seen) = context::find(&desk, &who, &case).await? else { return Ok(nothing(&who)) };
    let found = room::settled(&desk, &seen).await?;
    if !found.is_empty() {
        return with_notes(&desk, &who, &case, &found).await;
    }
    if seen.view.is_none() && !seen.purposes(&desk, &who).is_empty() {
        return Ok(asked_why(&desk, &who, &seen, Wrong::new()));
    }
    let recorder = room::facts(&desk, &seen).await;
    Ok(answers::page(StatusCode::OK, document(&desk, &who, &seen, recorder, &[])))
}

/// The case as it is now, with what did not go as it should.
pub(super) async fn with_notes(desk: &Desk, who: &SignedIn, case: &str, notes: &[String]) -> Result<Response, Broken> {
    let Some(seen) = context::find(desk, who, case).await? else { return Ok(nothing(who)) };
    let recorder = room::facts(desk, &seen).await;
    Ok(answers::page(StatusCode::OK, document(desk, who, &seen, recorder, notes)))
}

/// What is answered where there is no such case, or it is nothing to them.
pub(super) fn nothing(who: &SignedIn) -> Response {
    answers::page(StatusCode::NOT_FOUND, gone(&frame::of(who, "/cases", "/cases")))
}

/// The page that asks why.
pub(super) fn asked_why(desk: &Desk, who: &SignedIn, seen: &Seen, wrong: Wrong) -> Response {
    let purposes = seen.purposes(desk, who);
    let purposes = purposes.iter().map(|one| (one.as_str(), lines::purpose(*one)));
    let id = seen.case.id();
    let (action, to) = (format!("/cases/{id}/look"), format!("/cases/{id}"));
    let status = if wrong.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = PurposePage {
        frame: frame::of(who, "/cases", "/cases"),
        case: seen.listed.reference().as_str(),
        purposes: purposes.collect(),
        // Breaking it is a deed of its own, with its reason; whoever did may look for that.
        breaks_glass: "",
        chosen: "",
        reason: "",
        action: &action,
        to: &to,
        wrong,
    };
    answers::page(status, page.html())
}

/// What happened, for whoever may see it.
pub(super) fn history(desk: &Desk, seen: &Seen, view: &RedactedView) -> Vec<Happened> {
    let place = seen.case.plan().map(|plan| plan.jurisdiction);
    place.map(|place| Lines::of(desk, place).history(view)).unwrap_or_default()
}

fn document(desk: &Desk, who: &SignedIn, seen: &Seen, recorder: Vec<Fact>, notes: &[String]) -> String {
    let id = seen.case.id();
    let Some(plan) = seen.case.plan() else { return gone(&frame::of(who, "/cases", "/cases")) };
    let lines = Lines::of(desk, plan.jurisdiction);
    let may = seen.deeds(desk, who);
    let (rules, is_theirs) = (format!("/cases/{id}/rules"), seen.listed.course().is_some());
    let mut one = One {
        frame: frame::of(who, "/cases", "/cases"),
        reference: plan.reference.as_str(),
        meeting: if is_theirs { plan.meeting.label(LANGUAGE) } else { wording::cases_others(LANGUAGE) },
        state: if is_theirs { lines::state(seen.case.phase(), false) } else { lines::others() },
        notes: (!notes.is_empty()).then(|| Words::said(LANGUAGE, notes.join("; "))),
        next: Vec::new(),
        parts: Vec::new(),
        noted: Vec::new(),
        others: Vec::new(),
        kept: Vec::new(),
        room_href: "",
        rules_href: if is_theirs { &rules } else { "" },
        history: Vec::new(),
        looks: None,
    };
    // Where each thing is done; nowhere by whoever may not.
    let form = |deed: Deed| if may.contains(&deed) { lines::form_of(id, deed) } else { String::new() };
    let (confirm, disown) = (form(Deed::Confirm), form(Deed::Disown));
    let todo: &[Todo] = seen.view.as_ref().map_or(&[], |view| view.todo());
    let hrefs: Vec<String> = todo.iter().map(|one| form(one.need.deed())).collect();
    let (appointment, at_micros) = (seen.case.appointment(), seen.moment.at_micros());
    let late = |todo: &Todo| is_late(todo, (appointment, seen.case.plan()), desk, at_micros);
    let room = format!("/cases/{id}/room");
    if seen.view.is_some() && is_theirs && seen.case.phase() != Phase::Closed {
        one.room_href = &room;
    }
    if let Some(view) = &seen.view {
        one.next = todo.iter().zip(&hrefs).map(|(todo, href)| lines.next(todo, href, late(todo))).collect();
        one.state = lines::state(view.phase(), one.next.iter().any(|next| next.is_late));
        one.parts = lines.parts(view, Some(id));
        if !recorder.is_empty() {
            one.parts.insert(0, Known { title: wording::case_part_recorder(LANGUAGE), facts: recorder });
        }
        one.noted = view.noted().iter().map(|noted| waiting(&lines, view, noted, (&confirm, &disown))).collect();
        one.history = lines.history(view);
        one.history.reverse();
        one.looks = Some(lines.looks(view));
    }
    let is_next = |deed: &Deed| todo.iter().any(|one| one.need.deed() == *deed);
    let others = may.iter().filter(|deed| !is_next(deed) && could(desk, who, seen, **deed));
    let title = |deed: Deed| deeds::row(deed).map(|row| (row.title)(LANGUAGE));
    one.others = others.filter_map(|deed| Some((title(*deed)?, lines::form_of(id, *deed)))).collect();
    if seen.view.is_some() && seen.purposes(desk, who).len() > 1 {
        one.others.push((wording::purpose_again(LANGUAGE), format!("/cases/{id}/look")));
    }
    if desk.office.config.mail.is_some() && person::may(seen) {
        one.others.push((wording::own_account_link(LANGUAGE), format!("/cases/{id}/person")));
    }
    one.html()
}

/// Something that was noted as the person's word.
fn waiting<'a>(
    lines: &Lines<'_>,
    view: &RedactedView,
    noted: &casework::case::Noted,
    (confirm_href, disown_href): (&'a str, &'a str),
) -> Noted<'a> {
    let event = view.history().iter().find(|entry| entry.number == noted.number);
    Noted {
        what: noted_what(&noted.of),
        by: lines::noted_by(lines, &noted.by, event.map_or(0, |entry| entry.at_micros)),
        confirm_href,
        disown_href,
    }
}

/// Deeds without anything to fill in are left out where they would be refused anyway: nothing that must not happen can be clicked.
pub(super) fn could(desk: &Desk, who: &SignedIn, seen: &Seen, deed: Deed) -> bool {
    let command = match deed {
        Deed::StartRecording => Command::StartRecording,
        Deed::Resume => Command::Resume,
        _ => return true,
    };
    let actor = Actor::Staff(&who.account);
    let ground = Ground { book: &desk.office.book, moment: &seen.moment, staff: &who.staff, actor };
    casework::case::decide(&seen.case, &command, &ground).is_ok()
}

/// Whether something that is to be done for that appointment, of that plan, is late by then.
pub(super) fn is_late(todo: &Todo, (now, plan): (Option<&Appointment>, Option<&Plan>), desk: &Desk, at: i64) -> bool {
    let Some(now) = now else { return false };
    let is_over = todo.before == Before::Start && at > now.slot.starts_micros;
    let place = plan.map(|plan| plan.jurisdiction);
    let today = place.zip(jiff::Timestamp::from_microsecond(at).ok());
    let today = today.and_then(|(place, at)| desk.office.book.day_of(at, place).ok());
    is_over || todo.by_day.zip(today).is_some_and(|(by, today)| today > by)
}

pub(super) fn noted_what(of: &NotedOf) -> Words {
    let say = match of {
        NotedOf::Withdrawal { .. } => wording::case_noted_withdrawal,
        NotedOf::Change { .. } => wording::case_noted_change,
        NotedOf::OptOut => wording::case_noted_opt_out,
        NotedOf::OptIn => wording::case_noted_opt_in,
        NotedOf::Answer { .. } => wording::case_noted_answer,
        NotedOf::AgreementRefused { .. } => wording::case_noted_agreement_refused,
        NotedOf::Forgone => wording::case_noted_forgone,
        NotedOf::AnotherDeclined => wording::case_noted_another_declined,
        NotedOf::Cancelled => wording::case_noted_cancelled,
        NotedOf::CopyRefused { .. } => wording::case_noted_copy_refused,
        NotedOf::WentOn => wording::case_noted_went_on,
    };
    say(LANGUAGE)
}
