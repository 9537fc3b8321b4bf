//! What every page of a case starts with: the case as somebody may see it, and what there is to choose from.
//!
//! Not what may be seen (`casework::case`'s view), nor forms (`deeds`). Invariants: no handler has a case's words but out of a view whose look is on the record; whoever
//! may not see a case is answered as if there were none.

use std::collections::BTreeMap;

use casework::case::{Actor, Case, Deed, Event, Ground, Listed, Purpose, RedactedView, Viewer, listed, look, view};
use casework::{CaseId, Moment, Name};

use super::deeds::{self, Known, Other, Shown, Text};
use super::papers;
use crate::access::Desk;
use crate::access::sessions::SignedIn;
use crate::db::cases as rows;
use crate::error::Result;
use crate::http::access::answers::LANGUAGE;
use crate::http::access::form::Form;
use crate::office::Office;

/// What somebody has before them.
pub(super) struct Seen {
    pub(super) case: Case,
    pub(super) events: Vec<Event>,
    /// As they may see it; none for whoever only notes what a person asks or says.
    pub(super) view: Option<RedactedView>,
    /// What a list may show of it.
    pub(super) listed: Listed,
    pub(super) moment: Moment,
}

/// A case by what stands in its address, as somebody may see it now: under a look that stands, or in its thin form. None where there is none for them.
pub(super) async fn find(desk: &Desk, who: &SignedIn, id: &str) -> Result<Option<Seen>> {
    let Ok(id) = id.parse::<CaseId>() else { return Ok(None) };
    let (case, events) = desk.office.case_with_events(id).await?;
    let moment = Office::local_moment();
    let (viewer, around) = (Viewer::Staff(&who.account), desk.office.around(&moment, &who.staff));
    let Some(listed) = listed(&case, &viewer, &around) else { return Ok(None) };
    // The newest look that stands.
    let stands = |purpose: &Purpose| view(&case, &events, &viewer, *purpose, &around).ok();
    let views = Purpose::ALL.iter().filter_map(stands);
    let ours = |view: &RedactedView| {
        let looks = view.looks().iter().filter(|one| one.by == who.account && one.purpose == view.purpose());
        looks.map(|one| one.number).max()
    };
    let view = views.max_by_key(ours);
    Ok(Some(Seen { view, listed, moment, case, events }))
}

impl Seen {
    /// For what they may look at it.
    pub(super) fn purposes(&self, desk: &Desk, who: &SignedIn) -> Vec<Purpose> {
        let (viewer, around) = (Viewer::Staff(&who.account), desk.office.around(&self.moment, &who.staff));
        let may = |purpose: &&Purpose| look(&self.case, &viewer, **purpose, &around).is_ok();
        Purpose::ALL.iter().filter(may).copied().collect()
    }

    /// What they may do in it now, by the table of rights: what else it takes, the command is asked.
    pub(super) fn deeds(&self, desk: &Desk, who: &SignedIn) -> Vec<Deed> {
        let actor = Actor::Staff(&who.account);
        let ground = Ground { book: &desk.office.book, moment: &self.moment, staff: &who.staff, actor };
        let may = |deed: &&Deed| {
            deeds::row(**deed).is_some()
                && self.case.may(**deed, &ground).is_ok()
                && (self.view.is_some() || NOTED.contains(deed))
        };
        Deed::ALL.iter().filter(may).copied().collect()
    }
}

/// What is noted for a person who calls or writes, by somebody who sees nothing of the case.
const NOTED: &[Deed] = &[
    Deed::Ask,
    Deed::AskAnother,
    Deed::DeclineAnother,
    Deed::OptOut,
    Deed::OptIn,
    Deed::Forgo,
    Deed::ClaimAdjustment,
    Deed::Cancel,
    Deed::ChooseFormat,
    Deed::BreakGlass,
];

/// What there is to choose from, and what a form is told beside it.
pub(in crate::http) struct Material {
    staff: Vec<Shown>,
    offices: Vec<Shown>,
    rooms: Vec<Shown>,
    texts: Vec<Text>,
    others: BTreeMap<Name, Other>,
    events: BTreeMap<u64, String>,
    salt: [u8; 32],
    at_micros: i64,
    by_person: bool,
}

/// Fields of every form of ours that are not the deed's.
pub(super) const BESIDE: &[&str] = &["form_token", "shown", "back"];

impl Material {
    /// That of a form of this deed, as it was sent or is to be shown.
    pub(super) async fn of(
        desk: &Desk,
        who: &SignedIn,
        case: &Case,
        (deed, form): (Deed, &Form),
        events: BTreeMap<u64, String>,
    ) -> Result<Material> {
        let office = &desk.office;
        let named = |(account, one): (&casework::Account, &casework::staff::Standing)| {
            let is_one = one.is_confirmed() && !one.has_left && !one.roles.is_empty();
            is_one.then(|| Shown { name: account.to_string(), called: account.to_string() })
        };
        let mut others = BTreeMap::new();
        for reference in deeds::references(deed, form) {
            let Some(id) = rows::referred_to(&office.db, reference.as_str()).await? else { continue };
            let (other, _) = office.case_with_events(id).await?;
            let moment = Office::local_moment();
            let (viewer, around) = (Viewer::Staff(&who.account), office.around(&moment, &who.staff));
            // Of one that they see in its thin form nothing comes over.
            let is_theirs = listed(&other, &viewer, &around).is_some_and(|other| other.course().is_some());
            if other.id() != case.id() && is_theirs {
                others.insert(reference, Other { id, carried: other.carried() });
            }
        }
        Ok(Material {
            staff: who.staff.accounts().filter_map(named).collect(),
            // Held against the events of every case, so only where somebody chooses one.
            rooms: if deed == Deed::AssignRoom { rooms(office, case).await? } else { Vec::new() },
            others,
            salt: salt(desk, &who.form_token, case, (deed, form)),
            by_person: false,
            ..Material::bare(desk, events)
        })
    }

    /// That of a form of the person's own, who names nobody of the staff, no room and no other case.
    pub(in crate::http) fn of_person(
        desk: &Desk,
        form_token: &str,
        case: &Case,
        asked: (Deed, &Form),
        events: BTreeMap<u64, String>,
    ) -> Material {
        Material { salt: salt(desk, form_token, case, asked), by_person: true, ..Material::bare(desk, events) }
    }

    fn bare(desk: &Desk, events: BTreeMap<u64, String>) -> Material {
        let offices = &desk.office.config.offices;
        Material {
            staff: Vec::new(),
            offices: offices.iter().map(|one| Shown { name: one.name.clone(), called: one.title.clone() }).collect(),
            rooms: Vec::new(),
            texts: papers::texts(),
            others: BTreeMap::new(),
            events,
            salt: [0; 32],
            at_micros: Office::local_moment().at_micros(),
            by_person: false,
        }
    }

    /// What the reading of a form is told of this case.
    pub(in crate::http) fn known<'a>(&'a self, desk: &'a Desk, case: &'a Case) -> Known<'a> {
        Known {
            case,
            book: &desk.office.book,
            at_micros: self.at_micros,
            by_person: self.by_person,
            staff: &self.staff,
            offices: &self.offices,
            rooms: &self.rooms,
            texts: &self.texts,
            others: &self.others,
            events: &self.events,
            beside: BESIDE,
            salt: self.salt,
            language: LANGUAGE,
        }
    }
}

/// Chance for whoever has no office key, and the same for a form that is sent twice: so it is known again.
fn salt(desk: &Desk, form_token: &str, case: &Case, (deed, form): (Deed, &Form)) -> [u8; 32] {
    let words = format!("counterpart/form-salt/v1\n{form_token}\n{}\n{deed}\n{}", case.id(), form.get("shown"));
    let mut salt = [0; 32];
    salt.iter_mut().zip(desk.office.tag(words.as_bytes())).for_each(|(to, byte)| *to = byte);
    salt
}

/// The rooms of the appointment's office that nobody else has then.
async fn rooms(office: &Office, case: &Case) -> Result<Vec<Shown>> {
    let Some(slot) = case.appointment().map(|now| &now.slot) else { return Ok(Vec::new()) };
    let Some(site) = office.config.offices.iter().find(|one| one.name == slot.office.as_str()) else {
        return Ok(Vec::new());
    };
    office.put_case_rows_right().await?;
    let taken = rows::rooms_taken(&office.db, &site.name, (slot.starts_micros, slot.ends_micros)).await?;
    let own = case.appointment().and_then(|now| now.room.as_ref()).map(|room| room.name.as_str());
    let is_free = |name: &str| own == Some(name) || !taken.iter().any(|other| other == name);
    let free = site.rooms.iter().filter(|room| is_free(&room.name));
    Ok(free.map(|room| Shown { name: room.name.clone(), called: room.title.clone() }).collect())
}
