//! A case as the person whose it is sees it: when and where, what is next, what they asked for and what became of it, what happened, who looked and for what.
//!
//! Not who that is (`http/me`, `persons/`), nor what they see: everything here comes out of the view for the person (`casework::case`). What they do is in `http/me/act.rs`.
//! Invariant: no link leads to a page of staff's.

use std::collections::BTreeMap;

use casework::case::{
    Actor, Case, Deed, Event, Ground, Purpose, RedactedView, Refusal, Reply, Todo, Viewer, decide, view,
};
use casework::staff::Staff;
use casework::{CaseId, Moment, ThingId};
use pages::cases::{Frame, Main, Next, Noted, One, gone as nothing};
use pages::wording::{self, Words};

use super::context::Material;
use super::deeds::{self, Known, Listed as _};
use super::lines::{self, Lines};
use super::show::{is_late, noted_what};
use crate::access::Desk;
use crate::error::Result;
use crate::http::access::answers::LANGUAGE;
use crate::http::access::form::Form;
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

/// A case as its person has it before them.
pub(in crate::http) struct Theirs {
    pub(in crate::http) case: Case,
    pub(in crate::http) events: Vec<Event>,
    pub(in crate::http) staff: Staff,
    view: RedactedView,
    moment: Moment,
}

/// Theirs, if whoever is signed in is its person.
pub(in crate::http) async fn find(desk: &Desk, who: &PersonIn, id: &str) -> Result<Option<Theirs>> {
    // Before anything is read: what is not theirs costs no more than what is not there.
    match id.parse::<CaseId>().ok().filter(|case| who.cases.contains(case)) {
        Some(case) => theirs(desk, case).await,
        None => Ok(None),
    }
}

async fn theirs(desk: &Desk, id: CaseId) -> Result<Option<Theirs>> {
    let (case, events) = desk.office.case_with_events(id).await?;
    let (staff, moment) = (desk.office.staff().await?, Office::local_moment());
    let around = desk.office.around(&moment, &staff);
    let Ok(view) = view(&case, &events, &Viewer::Person, Purpose::OwnCase, &around) else { return Ok(None) };
    Ok(Some(Theirs { case, events, staff, view, moment }))
}

async fn seen(desk: &Desk, id: CaseId) -> Result<Option<RedactedView>> {
    Ok(theirs(desk, id).await?.map(|theirs| theirs.view))
}

impl Theirs {
    /// Whether the person may do that now, by the table of rights.
    pub(in crate::http) fn may(&self, desk: &Desk, deed: Deed) -> bool {
        deeds::own::of(deed).is_some() && self.case.may(deed, &self.ground(desk)).is_ok()
    }

    /// The same, where it could also come to something: there is what it would be about, and it is not so already.
    fn could(&self, desk: &Desk, known: &Known<'_>, deed: Deed) -> bool {
        let form = match deed {
            // Whether there is anything to answer is the same whatever is answered.
            Deed::AnswerResolution => Form::default().with("reply", Reply::Declined.as_str()),
            _ => Form::default(),
        };
        let is_open = self.case.request().is_some_and(|request| request.is_owed());
        self.may(desk, deed)
            && !(deed == Deed::Ask && is_open)
            && deeds::has_choices(deed, known)
            && match deeds::read(deed, known, &form) {
                // Who has said enough for a day is told so where they say more.
                Ok(command) => {
                    matches!(decide(&self.case, &command, &self.ground(desk)), Ok(_) | Err(Refusal::SaidEnough))
                }
                // More is asked first.
                Err(_) => true,
            }
    }

    fn ground<'a>(&'a self, desk: &'a Desk) -> Ground<'a> {
        Ground { book: &desk.office.book, moment: &self.moment, staff: &self.staff, actor: Actor::Person }
    }

    /// Events of it in words, by their number, as the person may see them.
    pub(in crate::http) fn told(&self, desk: &Desk) -> BTreeMap<u64, String> {
        let Some(plan) = self.view.plan() else { return BTreeMap::new() };
        let lines = Lines::of(desk, plan.jurisdiction).history(&self.view);
        lines.into_iter().map(|line| (line.number, line.what.as_str().to_owned())).collect()
    }
}

/// Where a person does something.
pub(in crate::http) fn form_of(case: CaseId, deed: Deed) -> String {
    format!("/me/cases/{case}/do/{deed}")
}

/// Whether that is kept of their case.
pub(in crate::http) async fn has(desk: &Desk, id: CaseId, thing: ThingId) -> Result<bool> {
    let view = seen(desk, id).await?;
    let things = view.map(|view| super::kept::things(view.recordings())).unwrap_or_default();
    Ok(things.iter().any(|(_, kept)| *kept == thing))
}

/// The whole page.
pub(in crate::http) async fn document(desk: &Desk, who: &PersonIn, theirs: &Theirs) -> Result<Option<String>> {
    let (id, view) = (theirs.case.id(), &theirs.view);
    let Some(plan) = view.plan() else { return Ok(None) };
    let lines = Lines::of(desk, plan.jurisdiction);
    // Where each thing is done; nowhere what they do not do here.
    let form = |deed: Deed| if theirs.may(desk, deed) { form_of(id, deed) } else { String::new() };
    let hrefs: Vec<String> = view.todo().iter().map(|todo| form(todo.need.deed())).collect();
    let next: Vec<Next<'_>> =
        view.todo().iter().zip(&hrefs).map(|(todo, href)| next(desk, view, &lines, todo, href)).collect();
    let is_next = |deed: Deed| view.todo().iter().any(|todo| todo.need.deed() == deed);
    // Nothing is sent here, so that whose form it would be is all the same.
    let asked = (Deed::Ask, &Form::default());
    let material = Material::of_person(desk, &who.form_token, &theirs.case, asked, BTreeMap::new());
    let known = material.known(desk, &theirs.case);
    let others = deeds::own::OWN.iter().filter(|own| !is_next(own.deed) && theirs.could(desk, &known, own.deed));
    let others = others.map(|own| ((own.title)(LANGUAGE), form_of(id, own.deed))).collect();
    let (confirm, disown) = (form(Deed::Confirm), form(Deed::Disown));
    let kept = own_things::of(desk, id, &super::kept::things(view.recordings())).await?;
    let mut history = lines.history(view);
    history.reverse();
    let one = One {
        frame: frame(who, "/me"),
        reference: plan.reference.as_str(),
        meeting: plan.meeting.label(LANGUAGE),
        state: lines::state(view.phase(), next.iter().any(|next| next.is_late)),
        notes: None,
        next,
        parts: lines.parts(view, None),
        noted: view.noted().iter().map(|noted| waiting(&lines, view, noted, (&confirm, &disown))).collect(),
        others,
        kept,
        room_href: "",
        rules_href: "",
        history,
        looks: Some(lines.looks(view)),
    };
    Ok(Some(one.html()))
}

fn next<'h>(desk: &Desk, view: &RedactedView, lines: &Lines<'_>, todo: &Todo, href: &'h str) -> Next<'h> {
    lines.next(todo, href, is_late(todo, (view.appointment(), view.plan()), desk, Office::local_moment().at_micros()))
}

/// Something that was noted as their word, and where they say whether it was.
fn waiting<'h>(
    lines: &Lines<'_>,
    view: &RedactedView,
    noted: &casework::case::Noted,
    (confirm_href, disown_href): (&'h str, &'h str),
) -> Noted<'h> {
    let event = view.history().iter().find(|entry| entry.number == noted.number);
    Noted {
        what: noted_what(&noted.of),
        by: lines::noted_by(lines, &noted.by, event.map_or(0, |entry| entry.at_micros)),
        confirm_href,
        disown_href,
    }
}

pub(in crate::http) fn frame<'a>(who: &'a PersonIn, back: &'a str) -> Frame<'a> {
    let main = vec![Main { text: wording::me_cases(LANGUAGE), href: "/me", is_current: false }];
    Frame { language: LANGUAGE, main, back, token: &who.form_token }
}

/// What is answered where there is no such case, or it is not theirs.
pub(in crate::http) fn gone(who: &PersonIn) -> String {
    nothing(&frame(who, "/me"))
}
