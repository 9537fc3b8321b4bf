//! What the person whose case it is sees of their recordings at the office: until when each is kept, what was done with it, by whom and for what, and the certificate once it is destroyed.
//!
//! Not who that is (`http/me`). Invariants: nothing says that anybody else wants it kept, nor why; no sound is given out here, for they have their own copy; a thing that cannot be read now is
//! left out, and keeps nobody from the others.

use casework::custody::{Phase, Standing, Viewer, view};
use casework::{CaseId, ThingId};
use pages::things::OwnThing;
use pages::wording::{self, Words};

use super::context;
use super::happened::Telling;
use super::show::certificate;
use crate::access::Desk;
use crate::error::Result;
use crate::http::access::answers::LANGUAGE;
use crate::http::cases::deeds::moments::said_day;

/// Those of a case, by the number of each recording.
pub(in crate::http) async fn of(desk: &Desk, case: CaseId, things: &[(u32, ThingId)]) -> Vec<OwnThing> {
    let mut own = Vec::new();
    for (number, id) in things {
        // Whoever runs the office hears of one that is not believed from `vault status`.
        if let Ok(Some(thing)) = one(desk, case, *number, *id).await {
            own.push(thing);
        }
    }
    own
}

async fn one(desk: &Desk, case: CaseId, number: u32, id: ThingId) -> Result<Option<OwnThing>> {
    let events = desk.office.events(id).await?;
    let thing = desk.office.thing(id).await?;
    if thing.phase() == Phase::Absent {
        return Ok(None);
    }
    let (moment, staff) = (context::as_if_agreed(), desk.office.staff().await?);
    let ground = casework::custody::Ground { book: &desk.office.book, moment: &moment, staff: &staff, actor: None };
    let when = |at| context::when(desk, &thing, at);
    let entries = view(&events, Viewer::Person);
    Ok(Some(OwnThing {
        number: wording::me_kept_number(LANGUAGE, &number.to_string()),
        stands: stands(&thing.standing(&ground), &when),
        certificate: certificate(&thing, &format!("/me/cases/{case}/kept/{id}")),
        history: Telling { language: LANGUAGE, when: &when }.history(&entries),
    }))
}

fn stands(standing: &Standing, when: &dyn Fn(i64) -> String) -> Words {
    let l = LANGUAGE;
    match standing {
        Standing::Kept { until: Ok(until) } => wording::me_kept_until(l, &said_day(*until)),
        Standing::Held { .. } => wording::me_kept_longer(l),
        Standing::Due { since, .. } | Standing::Ready { since } => wording::me_kept_due(l, &said_day(*since)),
        Standing::Destroying { .. } => wording::me_kept_destroying(l),
        Standing::Destroyed { at_micros, .. } => wording::me_kept_destroyed(l, &when(*at_micros)),
        _ => wording::me_kept_no_end(l),
    }
}
