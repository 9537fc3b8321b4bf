//! A case as the person whose it is sees it: when and where, what is next, what they asked for and what became of it, what happened, who looked and for what.
//!
//! Not who that is (`http/me`, `persons/`), nor what they see: everything here comes out of the view for the person (`casework::case`).
//! Invariant: nothing here can be done, and no link leads to a page of staff's.

use casework::case::{Purpose, RedactedView, Todo, Viewer, view};
use casework::{CaseId, ThingId};
use pages::cases::{Frame, Main, Next, Noted, One, gone as nothing};
use pages::wording::{self, Words};

use super::deeds::Listed as _;
use super::lines::{self, Lines};
use super::show::{is_late, noted_what};
use crate::access::Desk;
use crate::error::Result;
use crate::http::access::answers::LANGUAGE;
use crate::http::things::own as own_things;
use crate::office::Office;
use crate::persons::sessions::PersonIn;

/// What a list shows of it: its reference, when, where and how it is. Nothing where it cannot be read.
pub(in crate::http) async fn in_short(desk: &Desk, id: CaseId) -> Option<(String, Vec<(Words, String)>)> {
    let view = seen(desk, id).await.ok()??;
    let plan = view.plan()?;
    let lines = Lines::of(desk, plan.jurisdiction);
    let (state, _) = lines::state(view.phase(), false);
    let mut facts = Vec::new();
    if let Some(now) = view.appointment() {
        facts.push((wording::me_case_when(LANGUAGE), lines.when(now.slot.starts_micros)));
        facts.push((wording::me_case_where(LANGUAGE), lines.office(now.slot.office.as_str())));
    }
    facts.push((wording::me_case_state(LANGUAGE), state.as_str().to_owned()));
    Some((plan.reference.to_string(), facts))
}

async fn seen(desk: &Desk, id: CaseId) -> Result<Option<RedactedView>> {
    let (case, events) = desk.office.case_with_events(id).await?;
    let (staff, moment) = (desk.office.staff().await?, Office::local_moment());
    let around = desk.office.around(&moment, &staff);
    Ok(view(&case, &events, &Viewer::Person, Purpose::OwnCase, &around).ok())
}

/// Whether that is kept of their case.
pub(in crate::http) async fn has(desk: &Desk, id: CaseId, thing: ThingId) -> Result<bool> {
    let view = seen(desk, id).await?;
    let things = view.map(|view| super::kept::things(view.recordings())).unwrap_or_default();
    Ok(things.iter().any(|(_, kept)| *kept == thing))
}

/// The whole page.
pub(in crate::http) async fn document(desk: &Desk, who: &PersonIn, id: CaseId) -> Result<Option<String>> {
    let Some(view) = seen(desk, id).await? else { return Ok(None) };
    let Some(plan) = view.plan() else { return Ok(None) };
    let lines = Lines::of(desk, plan.jurisdiction);
    let next: Vec<Next<'_>> = view.todo().iter().map(|todo| next(desk, &view, &lines, todo)).collect();
    let kept = own_things::of(desk, id, &super::kept::things(view.recordings())).await?;
    let mut history = lines.history(&view);
    history.reverse();
    let one = One {
        frame: frame(who),
        reference: plan.reference.as_str(),
        meeting: plan.meeting.label(LANGUAGE),
        state: lines::state(view.phase(), next.iter().any(|next| next.is_late)),
        notes: None,
        next,
        parts: lines.parts(&view, None),
        noted: view.noted().iter().map(|noted| waiting(&lines, &view, noted)).collect(),
        others: Vec::new(),
        kept,
        room_href: "",
        rules_href: "",
        history,
        looks: Some(lines.looks(&view)),
    };
    Ok(Some(one.html()))
}

fn next(desk: &Desk, view: &RedactedView, lines: &Lines<'_>, todo: &Todo) -> Next<'static> {
    lines.next(todo, "", is_late(todo, (view.appointment(), view.plan()), desk, Office::local_moment().at_micros()))
}

/// Something that was noted as their word. They say it to the office whether it was.
fn waiting(lines: &Lines<'_>, view: &RedactedView, noted: &casework::case::Noted) -> Noted<'static> {
    let event = view.history().iter().find(|entry| entry.number == noted.number);
    Noted {
        what: noted_what(&noted.of),
        by: lines::noted_by(lines, &noted.by, event.map_or(0, |entry| entry.at_micros)),
        confirm_href: "",
        disown_href: "",
    }
}

fn frame(who: &PersonIn) -> Frame<'_> {
    let main = vec![Main { text: wording::me_cases(LANGUAGE), href: "/me", is_current: false }];
    Frame { language: LANGUAGE, main, back: "/me", token: &who.form_token }
}

/// What is answered where there is no such case, or it is not theirs.
pub(in crate::http) fn gone(who: &PersonIn) -> String {
    nothing(&frame(who))
}
