//! Who may ask for what of which object, worked out from the declared tables alone: the routes of `docs/access.md`, which the program's own table is held to, and the rights in
//! `casework`'s tables.
//!
//! Not the asking (`desk_matrix.rs`). Invariants: nothing here is taken from an answer; where an object stands is taken from its events; whatever no table lets somebody do is expected to be refused.

use std::collections::BTreeSet;

use casework::case::{self, Audience, Case, Deed, For, Nature, Phase, What};
use casework::custody::{self, Thing};
use casework::{Account, CaseId, Role, ThingId};

use super::desk::{Browser, attribute};

/// One line of the table of routes.
#[derive(Clone, Debug)]
pub struct Route {
    pub method: &'static str,
    pub path: &'static str,
    pub who: &'static str,
    pub is_fresh: bool,
}

/// The routes that there are.
pub fn routes() -> Vec<Route> {
    let lines = include_str!("../../../../docs/access.md").lines();
    let lines = lines.filter(|line| line.starts_with("| GET") || line.starts_with("| POST"));
    let routes: Vec<Route> = lines
        .map(|line| {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            Route { method: cells[1], path: cells[2].trim_matches('`'), who: cells[3], is_fresh: cells[4] == "fresh" }
        })
        .collect();
    assert!(routes.len() > 60);
    routes
}

/// What is asked for of persons' word by whoever sees nothing of a case (docs/cases.md).
const NOTED: [Deed; 10] = [
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

/// Deeds of things that are done at the desk (docs/custody.md, "At the desk").
pub const THING_DEEDS: [custody::Deed; 14] = [
    custody::Deed::Access,
    custody::Deed::Verify,
    custody::Deed::Ask,
    custody::Deed::Answer,
    custody::Deed::LapseHold,
    custody::Deed::Hold,
    custody::Deed::ReviewHold,
    custody::Deed::ProposeRelease,
    custody::Deed::ApproveRelease,
    custody::Deed::ProposeDestruction,
    custody::Deed::ApproveDestruction,
    custody::Deed::WithdrawApproval,
    custody::Deed::BeginDestruction,
    custody::Deed::DestroyItem,
];

const KEEPERS: [Role; 3] = [Role::RecordsOfficer, Role::InformationRightsOfficer, Role::PrivacyOfficer];

/// As what somebody comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Comes {
    /// As nobody who is signed in.
    Out,
    /// As one of the staff who has a session, with the one role that they have, if any.
    Staff(Account, Option<Role>),
    /// As the person of this case.
    Person(CaseId),
}

/// Who asks.
#[derive(Clone)]
pub struct Somebody {
    pub name: String,
    pub comes: Comes,
    pub browser: Browser,
    pub token: String,
}

impl Somebody {
    pub fn new(name: &str, comes: Comes, browser: Browser) -> Somebody {
        let home = if matches!(comes, Comes::Person(_)) { "/me" } else { "/" };
        let token = match comes {
            Comes::Out => String::new(),
            _ => attribute(&browser.clone().get(home).body, "name=\"form_token\" value").expect("they are signed in"),
        };
        Somebody { name: name.to_owned(), comes, browser, token }
    }

    pub fn role(&self) -> Option<Role> {
        match &self.comes {
            Comes::Staff(_, role) => *role,
            _ => None,
        }
    }

    pub fn account(&self) -> Option<&Account> {
        match &self.comes {
            Comes::Staff(account, _) => Some(account),
            _ => None,
        }
    }

    pub fn is_keeper(&self) -> bool {
        self.role().is_some_and(|role| KEEPERS.contains(&role))
    }

    /// Whether the table lets them to a route at all, whatever the object.
    pub fn is_let_to(&self, route: &Route) -> bool {
        match (&self.comes, route.who) {
            (_, "anybody" | "demonstration" | "mailed") | (Comes::Person(_), "person") => true,
            (Comes::Staff(..), "signed in") => true,
            (Comes::Staff(_, role), "cases") => role.is_some_and(|role| role != Role::Administrator),
            (Comes::Staff(..), "keepers") => self.is_keeper(),
            (Comes::Staff(_, role), "people") => *role == Some(Role::Administrator),
            _ => false,
        }
    }
}

/// A case, as its events say.
pub struct Object {
    pub case: Case,
    adviser_asked: bool,
    pub things: Vec<ThingId>,
}

/// What gives one value out of the events' database, a file.
pub type Ask<'a> = &'a dyn Fn(&str) -> String;

/// The clear parts of a stream's events, one a line.
fn clear_of(ask: Ask<'_>, stream: &str) -> String {
    let rows =
        format!("SELECT CAST(clear AS TEXT) AS line FROM event WHERE stream = '{stream}' ORDER BY position LIMIT 9999");
    ask(&format!("SELECT group_concat(line, char(10)) FROM ({rows})"))
}

/// What streams there are that begin so; without that beginning.
fn streams(ask: Ask<'_>, begin: &str) -> Vec<String> {
    let rows = format!("SELECT DISTINCT stream FROM event WHERE stream LIKE '{begin}%' ORDER BY stream");
    let all = ask(&format!("SELECT group_concat(stream, ' ') FROM ({rows})"));
    all.split(' ').filter_map(|one| one.strip_prefix(begin)).map(str::to_owned).collect()
}

/// Every case of an office whose events lie in a file, as they were planned.
pub fn cases(ask: Ask<'_>) -> Vec<Object> {
    let mut all: Vec<Object> = streams(ask, "case/").iter().map(|id| Object::read(ask, id)).collect();
    // Ids are chance; by when they were planned they are the same each time.
    all.sort_by_key(|one| one.case.plan().map(|plan| plan.planned_micros));
    all
}

/// Every thing of it.
pub fn things(ask: Ask<'_>) -> Vec<Thing> {
    let thing = |id: &String| {
        let lines = clear_of(ask, &format!("thing/{id}"));
        let events: Vec<_> = lines.lines().map(|line| custody::Event::join(line.as_bytes(), None).unwrap()).collect();
        Thing::from_events(id.parse().unwrap(), &events).unwrap()
    };
    streams(ask, "thing/").iter().map(thing).collect()
}

impl Object {
    fn read(ask: Ask<'_>, id: &str) -> Object {
        let lines = clear_of(ask, &format!("case/{id}"));
        let events: Vec<_> = lines.lines().map(|line| case::Event::join(line.as_bytes(), None).unwrap()).collect();
        let case = Case::from_events(id.parse().unwrap(), &events).unwrap();
        let asks = |what: &What| matches!(what, What::AdviserAsked { .. } | What::AdjustmentDecided { .. });
        let things = case.recordings().iter().filter_map(|one| one.copies.as_ref()?.thing).collect();
        Object { adviser_asked: events.iter().any(|event| asks(&event.what)), case, things }
    }

    pub fn id(&self) -> CaseId {
        self.case.id()
    }

    /// What it is to be told from others by: where it stands, and what became of it.
    pub fn state(&self) -> String {
        let outcome = self.case.outcome().map_or("", |outcome| outcome.as_str());
        format!("{} {outcome}", self.case.phase().as_str()).trim_end().to_owned()
    }

    /// What somebody is to it.
    pub fn audiences(&self, who: &Somebody) -> BTreeSet<&'static str> {
        let (Some(role), Some(account)) = (who.role(), who.account()) else { return BTreeSet::new() };
        let held = |one: &case::Appointment| one.slot.staff == *account || one.swapped_from.contains(account);
        let is = match role {
            Role::Interviewer if self.case.is_held_by(account) => Some(Audience::Holder),
            Role::Interviewer if self.case.appointments().iter().any(held) => Some(Audience::Former),
            Role::TeamLeader => Some(Audience::Leader),
            Role::Adviser if self.adviser_asked => Some(Audience::Adviser),
            Role::InformationRightsOfficer => Some(Audience::Rights),
            Role::RecordsOfficer => Some(Audience::Records),
            Role::PrivacyOfficer => Some(Audience::Privacy),
            Role::Auditor => Some(Audience::Auditor),
            _ => None,
        };
        is.iter().map(|audience| audience.as_str()).collect()
    }

    /// For what they may look at it.
    pub fn purposes(&self, who: &Somebody) -> Vec<&'static For> {
        let is = self.audiences(who);
        let may = |row: &&For| row.audiences.iter().any(|audience| is.contains(audience.as_str()));
        case::PURPOSES.iter().filter(may).collect()
    }

    /// Whether they see more of it than that it is there.
    pub fn is_theirs(&self, who: &Somebody) -> bool {
        self.audiences(who).iter().any(|audience| *audience != Audience::Former.as_str())
    }

    /// Whether they find it at all: to note what its person says.
    pub fn is_found(&self, who: &Somebody) -> bool {
        self.is_theirs(who) || matches!(who.role(), Some(Role::Interviewer | Role::Adviser))
    }

    /// Whether words of this nature are theirs when they look for that.
    pub fn shows(&self, who: &Somebody, row: &For, nature: Nature) -> bool {
        let is = self.audiences(who);
        let seen = case::SEEN.iter().find(|one| one.nature == nature).map_or(&[][..], |one| one.audiences);
        let audience = row.audiences.iter().find(|audience| is.contains(audience.as_str()));
        row.needs.contains(&nature) && audience.is_some_and(|audience| seen.contains(audience))
    }

    /// Whether they may do that in it now, by the table of rights; `is_seen` where a look of theirs stands.
    pub fn may(&self, who: &Somebody, deed: Deed, is_seen: bool) -> bool {
        let (Some(role), Some(account)) = (who.role(), who.account()) else { return false };
        let Some(row) = case::ROWS.iter().find(|row| row.deed == deed) else { return false };
        let is_theirs = row.any.contains(&role) || row.own.contains(&role) && self.case.is_held_by(account);
        is_theirs && row.phases.contains(&self.case.phase()) && (is_seen || NOTED.contains(&deed))
    }

    /// Whether its life is over.
    pub fn is_closed(&self) -> bool {
        self.case.phase() == Phase::Closed
    }
}

/// Whether somebody may do that to a thing, whatever its life.
pub fn may_do(who: &Somebody, deed: custody::Deed) -> bool {
    let row = custody::ROWS.iter().find(|row| row.deed == deed);
    row.zip(who.role()).is_some_and(|(row, role)| row.roles.contains(&role))
}
