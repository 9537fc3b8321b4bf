//! What the person whose case it is sees of their recordings at the office: until when each is kept, what was done with it, by whom and for what, and the certificate once it is destroyed.
//!
//! Not who that is (`http/me`). Invariants: nothing says that anybody else wants it kept, nor why; no sound is given out here, for they have their own copy; a thing that cannot be read now is
//! left out, and keeps nobody from the others.

use casework::custody::{Phase, Thing, Viewer, view};
use casework::{CaseId, ThingId};
use pages::things::OwnThing;
use pages::wording::{self, Words};

use super::context;
use super::happened::Telling;
use super::show::certificate;
use crate::access::Desk;
use crate::clock::local_us;
use crate::error::Result;
use crate::http::access::answers::LANGUAGE;
use crate::http::cases::deeds::moments::said_day;

/// Those of a case, by the number of each recording.
pub(in crate::http) async fn of(desk: &Desk, case: CaseId, things: &[(u32, ThingId)]) -> Result<Vec<OwnThing>> {
    let mut own = Vec::new();
    for (number, id) in things {
        match one(desk, case, *number, *id).await {
            Ok(thing) => own.extend(thing),
            // Whoever runs the office hears of one that is not believed from `vault status`.
            Err(error) if error.is_of_row() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(own)
}

async fn one(desk: &Desk, case: CaseId, number: u32, id: ThingId) -> Result<Option<OwnThing>> {
    let events = desk.office.events(id).await?;
    let thing = desk.office.thing(id).await?;
    if thing.phase() == Phase::Absent {
        return Ok(None);
    }
    let when = |at| context::when(desk, &thing, at);
    let entries = view(&events, Viewer::Person);
    let mut history = Telling { language: LANGUAGE, when: &when }.history(&entries);
    // Counted by themselves: a number that is left out would say that something happened which they are not told.
    let count = history.len() as u64;
    history.iter_mut().zip(0..).for_each(|(one, at)| one.number = count - at);
    Ok(Some(OwnThing {
        number: wording::me_kept_number(LANGUAGE, &number.to_string()),
        stands: stands(desk, &thing, &when),
        certificate: certificate(&thing, &format!("/me/cases/{case}/kept/{id}")),
        history,
    }))
}

/// By its rule alone: whether it is held, too, they are not told by any word of this.
fn stands(desk: &Desk, thing: &Thing, when: &dyn Fn(i64) -> String) -> Words {
    let l = LANGUAGE;
    let destruction = thing.destruction();
    match (thing.phase(), thing.due(&desk.office.book)) {
        (Phase::Destroying, _) => wording::me_kept_destroying(l),
        (Phase::Destroyed, _) => {
            let at_us = destruction.map_or(0, |one| one.done_micros.unwrap_or(one.began_micros));
            wording::me_kept_destroyed(l, &when(at_us))
        }
        (_, Ok(due)) if due.is_over(jiff::Timestamp::from_microsecond(local_us()).unwrap_or_default()) => {
            wording::me_kept_due(l, &said_day(due.last_day()))
        }
        (_, Ok(due)) => wording::me_kept_until(l, &said_day(due.last_day())),
        (_, Err(_)) => wording::me_kept_no_end(l),
    }
}
