//! What every page of a thing starts with: the thing as somebody may see it, and by which way they came.
//!
//! Not what of it they see (`casework::custody`'s view). Invariants: whoever keeps things sees each; whoever else comes by a case that they see now, and sees what that case names; what is not
//! there and what is not theirs are answered by the same page.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use axum::response::Response;
use casework::ThingId;
use casework::custody::{Deed, Event, Ground, Phase, Thing, Viewer, is_keeper};
use casework::{Clock, Moment};
use pages::cases::Frame;
use rules::Jurisdiction;

use crate::access::Desk;
use crate::access::sessions::SignedIn;
use crate::error::Result;
use crate::http::access::answers;
use crate::http::cases::deeds::moments;
use crate::http::cases::frame;
use crate::http::cases::kept::{self, Kept, Shown};
use crate::office::Office;

/// What a path has in the places of its names in braces.
pub(crate) type Names = BTreeMap<String, String>;

/// What somebody has before them.
pub(super) struct Seen {
    pub(super) thing: Thing,
    pub(super) events: Vec<Event>,
    /// Where its page is.
    pub(super) here: String,
    /// What lies above it.
    pub(super) back: String,
    /// What the case shows them; nothing stands between whoever keeps things and what is kept.
    by_case: Option<Shown>,
}

/// A thing by what stands in its address, as somebody may see it now; or what they are answered.
pub(super) async fn find(desk: &Desk, who: &SignedIn, names: &Names) -> Result<Found> {
    found(desk, who, names, false).await
}

/// The same for whoever listens already: why they do is on the record, and a look that ends meanwhile ends nothing.
pub(super) async fn find_to_listen(desk: &Desk, who: &SignedIn, names: &Names) -> Result<Found> {
    found(desk, who, names, true).await
}

/// A thing, or what somebody is answered in its place.
pub(super) type Found = std::result::Result<Seen, Box<Response>>;

async fn found(desk: &Desk, who: &SignedIn, names: &Names, listens: bool) -> Result<Found> {
    let name = |name: &str| names.get(name).map(String::as_str).unwrap_or_default();
    let Ok(id) = name("thing").parse::<ThingId>() else { return Ok(Err(nothing(who, names))) };
    let is_keeper = is_keeper(&who.account, &who.staff);
    let (here, back, by_case) = match names.get("case") {
        Some(case) => match kept::of(desk, who, case).await? {
            Kept::Things(case, things, shown) if things.iter().any(|(_, thing)| *thing == id) => {
                let by_case = Some(shown).filter(|_| !is_keeper);
                (format!("/cases/{case}/kept/{id}"), format!("/cases/{case}"), by_case)
            }
            Kept::Unlooked(case, things) if listens && things.iter().any(|(_, thing)| *thing == id) => {
                let by_case = Some(Shown { names: false, others: false }).filter(|_| !is_keeper);
                (format!("/cases/{case}/kept/{id}"), format!("/cases/{case}"), by_case)
            }
            Kept::Unlooked(case, _) => return Ok(Err(Box::new(answers::see(&format!("/cases/{case}"))))),
            _ => return Ok(Err(nothing(who, names))),
        },
        None if is_keeper => (format!("/things/{id}"), "/things".to_owned(), None),
        None => return Ok(Err(nothing(who, names))),
    };
    let events = desk.office.events(id).await?;
    let thing = desk.office.thing(id).await?;
    if thing.phase() == Phase::Absent {
        return Ok(Err(nothing(who, names)));
    }
    Ok(Ok(Seen { thing, events, here, back, by_case }))
}

/// What is answered where there is no such thing, or it is not theirs.
pub(super) fn nothing(who: &SignedIn, names: &Names) -> Box<Response> {
    let current = if names.contains_key("case") { "/cases" } else { "/things" };
    Box::new(answers::page(StatusCode::NOT_FOUND, pages::things::gone(&frame::of(who, current, current))))
}

impl Seen {
    /// As who they see it.
    pub(super) fn viewer<'a>(&self, who: &'a SignedIn) -> Viewer<'a> {
        match self.by_case {
            None => Viewer::Keeper,
            Some(Shown { names, others }) => {
                Viewer::OfCase { account: &who.account, sees_names: names, sees_others: others }
            }
        }
    }

    /// What stands around a page of it, whose back link leads there.
    pub(super) fn frame<'a>(&'a self, who: &'a SignedIn, back: &'a str) -> Frame<'a> {
        frame::of(who, if self.here.starts_with("/cases/") { "/cases" } else { "/things" }, back)
    }

    /// Where a deed is done to it.
    pub(super) fn form_of(&self, deed: Deed) -> String {
        format!("{}/do/{deed}", self.here)
    }
}

/// Where a thing belongs, for the clock on the wall.
pub(super) fn place(desk: &Desk, thing: &Thing) -> Jurisdiction {
    let office = || desk.office.config.jurisdiction().unwrap_or(Jurisdiction::EnglandAndWales);
    thing.jurisdiction().unwrap_or_else(office)
}

/// A moment in words, by the clock where it belongs.
pub(super) fn when(desk: &Desk, thing: &Thing, at_us: i64) -> String {
    moments::said_at(&desk.office.book, place(desk, thing), answers::LANGUAGE, at_us)
}

/// Now, as if clocks agreed on it: by that is said what can be done next. Before it is done they are asked.
pub(super) fn as_if_agreed() -> Moment {
    let local = Office::local_moment();
    let at = local.at_micros();
    Moment::agreed(at, at, &[Clock::Local, Clock::Log]).unwrap_or(local)
}

/// What decisions about it depend on, for somebody.
pub(super) fn ground<'a>(desk: &'a Desk, who: &'a SignedIn, moment: &'a Moment) -> Ground<'a> {
    Ground { book: &desk.office.book, moment, staff: &who.staff, actor: Some(&who.account) }
}
