//! `GET /cases/{case}/room` and `/cases/{case}/room/live`: the meeting while it is held, for a tablet on the table; and how the recorder stands, by itself.
//!
//! Not the whole case (`show.rs`), nor doing anything (`act.rs`). Invariants: what is offered is what could be done now; whoever holds the meeting and is shown it goes on being shown it, each look
//! of theirs on the record; what is not there and what is not theirs are answered by the same page.

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use casework::case::{Before, By, Deed, Event, Party, Phase, Purpose, What};
use pages::cases::{Fact, Known, Live, Next, RoomPage, agreed};
use pages::wording::{self, Words};

use super::context::{self, Seen};
use super::deeds::{self, Listed as _};
use super::lines::{self, Lines};
use super::show::{could, is_late};
use super::{act, frame, room, show};
use crate::access::Desk;
use crate::access::sessions::SignedIn;
use crate::http::access::answers::{self, Broken, LANGUAGE};

/// How long after a look of theirs whoever holds a meeting goes on being shown it.
const MEETING_MICROS: i64 = 2 * 60 * 60 * 1_000_000;

/// What is done in the room, in the order in which it mostly comes; and whether the meeting goes on by it.
const IN_ROOM: &[(Deed, bool)] = &[
    (Deed::Start, true),
    (Deed::StartRecording, true),
    (Deed::Resume, true),
    (Deed::Pause, true),
    (Deed::Look, false),
    (Deed::Enter, false),
    (Deed::Depart, false),
    (Deed::Agree, false),
    (Deed::RefuseAgreement, false),
    (Deed::StopRecording, false),
    (Deed::GoOn, false),
    (Deed::NoteIncident, false),
    (Deed::End, true),
    (Deed::MakeCopies, false),
    (Deed::CheckCopy, false),
    (Deed::HandOver, true),
    (Deed::RefuseCopy, false),
    (Deed::Keep, true),
    (Deed::Close, true),
];

pub(crate) async fn show(
    State(desk): State<Desk>,
    Path(case): Path<String>,
    Extension(who): Extension<SignedIn>,
) -> Result<Response, Broken> {
    if goes_on(&desk, &who, &case).await? {
        act::renewed(&desk, &who, &case).await?;
    }
    let Some(seen) = context::find(&desk, &who, &case).await? else { return Ok(show::nothing(&who)) };
    if seen.view.is_none() {
        let is_asked = !seen.purposes(&desk, &who).is_empty();
        return Ok(if is_asked { answers::see(&format!("/cases/{case}")) } else { show::nothing(&who) });
    }
    let found = room::settled(&desk, &seen).await?;
    // What was put right a moment ago is shown as it is now.
    let seen = if found.is_empty() { Some(seen) } else { context::find(&desk, &who, &case).await? };
    match seen {
        Some(seen) => Ok(answers::page(StatusCode::OK, document(&desk, &who, &seen, &found).await)),
        None => Ok(show::nothing(&who)),
    }
}

/// Whether they hold the meeting, which goes on or is just over, and looked for that a short time ago.
async fn goes_on(desk: &Desk, who: &SignedIn, case: &str) -> crate::error::Result<bool> {
    let Some(seen) = context::find(desk, who, case).await? else { return Ok(false) };
    if !seen.case.is_held_by(&who.account) || !matches!(seen.case.phase(), Phase::Begun | Phase::Ended) {
        return Ok(false);
    }
    let is_for_it = |what: &What| match what {
        What::Looked { purpose, .. } => matches!(purpose, Purpose::HoldMeeting | Purpose::HandOver),
        _ => false,
    };
    let theirs = |event: &&Event| event.by == By::Staff(who.account.clone()) && is_for_it(&event.what);
    let newest = seen.events.iter().rev().find(theirs).map(|event| event.at_micros);
    Ok(newest.is_some_and(|at_us| (0..MEETING_MICROS).contains(&seen.moment.at_micros().saturating_sub(at_us))))
}

pub(crate) async fn live(
    State(desk): State<Desk>,
    Path(case): Path<String>,
    Extension(who): Extension<SignedIn>,
) -> Result<Response, Broken> {
    let seen = context::find(&desk, &who, &case).await?;
    let Some(seen) = seen.filter(|seen| seen.view.is_some() || !seen.purposes(&desk, &who).is_empty()) else {
        return Ok(show::nothing(&who));
    };
    if seen.view.is_none() {
        // Whose look is over opens the page again, which looks anew.
        return Ok((StatusCode::NO_CONTENT, [(header::CACHE_CONTROL, "no-store")]).into_response());
    }
    let part = live_part(&desk, &seen).await.html(LANGUAGE).into_string();
    Ok(answers::page(StatusCode::OK, part))
}

async fn live_part(desk: &Desk, seen: &Seen) -> Live {
    let now = room::now(desk, seen).await;
    let mut facts = now.facts;
    if facts.is_empty() {
        let said = match desk.office.room_of(&seen.case) {
            Ok(Some(_)) => wording::room_not_recording(LANGUAGE),
            _ => wording::room_no_recorder(LANGUAGE),
        };
        facts.push(fact(wording::case_fact_recorder(LANGUAGE), said.as_str().to_owned()));
    }
    Live {
        state: format!("{}-{}", seen.case.newest_change(), now.state),
        facts: Known { title: wording::case_part_recorder(LANGUAGE), facts },
        words: now.words,
    }
}

async fn document(desk: &Desk, who: &SignedIn, seen: &Seen, found: &[String]) -> String {
    let id = seen.case.id();
    let (Some(plan), Some(view)) = (seen.case.plan(), &seen.view) else {
        return pages::cases::gone(&frame::of(who, "/cases", "/cases"));
    };
    let lines = Lines::of(desk, plan.jurisdiction);
    let (here, back) = (format!("/cases/{id}/room"), format!("/cases/{id}"));
    let is_live = matches!(seen.case.phase(), Phase::Begun | Phase::Ended);
    let may = seen.deeds(desk, who);
    let form = |deed: Deed| format!("{}?back=room", lines::form_of(id, deed));
    let href = |deed: Deed| if may.contains(&deed) { form(deed) } else { String::new() };
    let todo: Vec<_> = view.todo().iter().filter(|todo| todo.before != Before::Nothing || is_live).collect();
    let hrefs: Vec<String> = todo.iter().map(|todo| href(todo.need.deed())).collect();
    let (appointment, at_micros) = (seen.case.appointment(), seen.moment.at_micros());
    let late = |todo| is_late(todo, (appointment, seen.case.plan()), desk, at_micros);
    let next: Vec<Next<'_>> = todo.iter().zip(&hrefs).map(|(todo, href)| lines.next(todo, href, late(todo))).collect();
    let open = IN_ROOM.iter().filter(|(deed, _)| may.contains(deed) && could(desk, who, seen, *deed));
    let titled = |(deed, is_main): &(Deed, bool)| Some(((deeds::row(*deed)?.title)(LANGUAGE), form(*deed), *is_main));
    let (live, live_href) = (live_part(desk, seen).await, format!("{here}/live"));
    // Nothing is asked again and again where nothing runs: a tablet that is left behind signs itself out.
    let is_recorded = is_live && !live.state.ends_with('-');
    let page = RoomPage {
        frame: frame::of(who, "/cases", &back),
        reference: plan.reference.as_str(),
        place: place(&lines, seen),
        notes: (!found.is_empty()).then(|| Words::said(LANGUAGE, found.join("; "))),
        live_href: if is_recorded { &live_href } else { "" },
        live,
        here: &here,
        next,
        present: present(seen),
        acts: open.filter_map(titled).collect(),
    };
    page.html()
}

fn place(lines: &Lines<'_>, seen: &Seen) -> String {
    let Some(now) = seen.case.appointment() else { return String::new() };
    let office = lines.office(now.slot.office.as_str());
    match &now.room {
        Some(room) => format!("{}, {office}", lines.room(now.slot.office.as_str(), room.name.as_str())),
        None => office,
    }
}

/// Who is in the room, and whether each of them agreed.
fn present(seen: &Seen) -> Known {
    let present = seen.view.as_ref().map(|view| view.present()).unwrap_or_default();
    let one = |one: &casework::case::Present| {
        let key = wording::room_one(LANGUAGE, &one.number.to_string(), one.party.label(LANGUAGE).as_str());
        let who = one.account.as_ref().map(ToString::to_string);
        Fact { tag: Some(agreed(LANGUAGE, one.agreed)), lines: who.into_iter().collect(), ..fact(key, String::new()) }
    };
    // The person's own word stands in the appointment, whether they are in the room yet or not.
    let own = seen.case.appointment().and_then(|now| now.agreed.map(|consent| consent.is_some()));
    let person = fact(Party::Person.label(LANGUAGE), String::new());
    let person = Fact { tag: Some(agreed(LANGUAGE, own)), lines: Vec::new(), ..person };
    let others = present.iter().filter(|one| one.party != Party::Person).map(one);
    let facts = std::iter::once(person).chain(others).collect();
    Known { title: wording::room_present(LANGUAGE), facts }
}

fn fact(key: Words, line: String) -> Fact {
    Fact { key, lines: vec![line], tag: None, act: None }
}
