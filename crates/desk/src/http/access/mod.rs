//! The one table of what `serve` answers: each route, its method, and who may ask for it.
//!
//! Not the checking (`guard.rs`) and not what may be done to a thing (`casework`). Invariants: the router is made of this table, so that there is no route
//! without a line here; what is not said is refused; whatever changes something comes in a form of a page of ours.

mod again;
pub(super) mod answers;
pub(super) mod cookies;
mod demonstration;
pub(crate) mod form;
mod guard;
pub(super) mod home;
mod keys;
mod paths;
mod people;
mod set_up;
pub(super) mod sign_in;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{MethodRouter, get, post};
use casework::Role;

use super::{assets, cases, me, things};
use crate::access::Desk;

/// Who may ask for something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    /// Anybody.
    Anyone,
    /// Whoever has a session, whatever their account is yet.
    SignedIn,
    /// Whoever has a role that has to do with cases. Which case, and what of it, the case itself is asked.
    Cases,
    /// Whoever keeps what is kept: records, information rights and privacy officers. What they may do to it, the thing itself is asked.
    Keepers,
    /// Administrators; while there are not two of them, everybody whose account is confirmed, since they make others so; and before two people
    /// were ever confirmed, everybody who is signed in.
    People,
    /// Anybody, in a demonstration; in any other office there is no such path.
    Demonstration,
    /// Anybody, where the office sends mail; in any other there is no such path.
    Mailed,
    /// A person who is signed in to see what is theirs, where the office sends mail. Staff's sessions are nothing here, nor theirs anywhere else.
    Person,
}

impl Who {
    /// Whether nobody has to be signed in.
    pub(crate) fn is_anybody(self) -> bool {
        matches!(self, Who::Anyone | Who::Demonstration | Who::Mailed)
    }

    /// Whether it is of the pages of people whose cases are here.
    pub(crate) fn is_of_persons(self) -> bool {
        matches!(self, Who::Mailed | Who::Person)
    }
}

/// One route.
pub(crate) struct Row {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) who: Who,
    /// Whether password and key must have been shown just now.
    pub(crate) is_fresh: bool,
    /// The page whose form it is, for whoever has to show them again.
    pub(crate) page: &'static str,
    handler: fn() -> MethodRouter<Desk>,
}

const fn read(path: &'static str, who: Who, handler: fn() -> MethodRouter<Desk>) -> Row {
    Row { method: "GET", path, who, is_fresh: false, page: path, handler }
}

const fn write(path: &'static str, who: Who, page: &'static str, handler: fn() -> MethodRouter<Desk>) -> Row {
    Row { method: "POST", path, who, is_fresh: false, page, handler }
}

impl Row {
    const fn fresh(self) -> Row {
        Row { is_fresh: true, ..self }
    }
}

/// All of them.
pub(crate) static ROWS: &[Row] = &[
    read("/assets/{digest}/{name}", Who::Anyone, || get(assets::show::show)),
    read("/sign-in", Who::Anyone, || get(sign_in::show)),
    write("/sign-in", Who::Anyone, "/sign-in", || post(sign_in::act)),
    read("/set-up/{link}", Who::Anyone, || get(set_up::show)),
    write("/set-up/{link}", Who::Anyone, "/sign-in", || post(set_up::act)),
    write("/demonstration", Who::Demonstration, "/sign-in", || post(demonstration::make)),
    write("/demonstration/record", Who::Demonstration, "/sign-in", || post(demonstration::record)),
    read("/demonstration/{link}", Who::Demonstration, || get(demonstration::show)),
    write("/demonstration/{link}", Who::Demonstration, "/sign-in", || post(demonstration::sign_in)),
    read("/sign-in/again", Who::SignedIn, || get(again::show)),
    write("/sign-in/again", Who::SignedIn, "/sign-in/again", || post(again::act)),
    read("/", Who::SignedIn, || get(home::show)),
    write("/sign-out", Who::SignedIn, "/", || post(home::sign_out)),
    write("/sign-out/everywhere", Who::SignedIn, "/", || post(home::everywhere)),
    read("/keys/add", Who::SignedIn, || get(keys::show)).fresh(),
    write("/keys/add", Who::SignedIn, "/keys/add", || post(keys::add)).fresh(),
    write("/keys/remove", Who::SignedIn, "/", || post(keys::remove)).fresh(),
    read("/password", Who::SignedIn, || get(keys::show_password)).fresh(),
    write("/password", Who::SignedIn, "/password", || post(keys::change_password)).fresh(),
    read("/cases", Who::Cases, || get(cases::list::show)),
    read("/cases/plan", Who::Cases, || get(cases::act::show_plan)),
    write("/cases/plan", Who::Cases, "/cases/plan", || post(cases::act::plan)),
    read("/cases/totals", Who::Cases, || get(cases::totals::show)),
    read("/cases/{case}", Who::Cases, || get(cases::show::show)),
    read("/cases/{case}/look", Who::Cases, || get(cases::look::show)),
    write("/cases/{case}/look", Who::Cases, "/cases/{case}/look", || post(cases::look::look)),
    read("/cases/{case}/rules", Who::Cases, || get(cases::rules::show)),
    read("/cases/{case}/room", Who::Cases, || get(cases::meeting::show)),
    read("/cases/{case}/room/live", Who::Cases, || get(cases::meeting::live)),
    read("/cases/{case}/do/{deed}", Who::Cases, || get(cases::act::show)),
    write("/cases/{case}/do/{deed}", Who::Cases, "/cases/{case}/do/{deed}", || post(cases::act::act)),
    read("/cases/{case}/person", Who::Cases, || get(cases::person::show)),
    write("/cases/{case}/person", Who::Cases, "/cases/{case}/person", || post(cases::person::make)),
    write("/cases/{case}/person/code", Who::Cases, "/cases/{case}/person", || post(cases::person::code)),
    write("/cases/{case}/person/remove", Who::Cases, "/cases/{case}/person", || post(cases::person::remove)),
    read("/cases/{case}/kept/{thing}", Who::Cases, || get(things::show::show)),
    read("/cases/{case}/kept/{thing}/do/{deed}", Who::Cases, || get(things::act::show)),
    write("/cases/{case}/kept/{thing}/do/{deed}", Who::Cases, "/cases/{case}/kept/{thing}/do/{deed}", || {
        post(things::act::act)
    }),
    read("/cases/{case}/kept/{thing}/listen/{number}", Who::Cases, || get(things::listen::show)),
    read("/cases/{case}/kept/{thing}/sound/{number}", Who::Cases, || get(things::listen::sound)),
    read("/cases/{case}/kept/{thing}/certificate", Who::Cases, || get(things::certificate::text)),
    read("/cases/{case}/kept/{thing}/certificate/json", Who::Cases, || get(things::certificate::json)),
    read("/things", Who::Keepers, || get(things::list::show)),
    read("/things/{thing}", Who::Keepers, || get(things::show::show)),
    read("/things/{thing}/do/{deed}", Who::Keepers, || get(things::act::show)),
    write("/things/{thing}/do/{deed}", Who::Keepers, "/things/{thing}/do/{deed}", || post(things::act::act)),
    read("/things/{thing}/listen/{number}", Who::Keepers, || get(things::listen::show)),
    read("/things/{thing}/sound/{number}", Who::Keepers, || get(things::listen::sound)),
    read("/things/{thing}/certificate", Who::Keepers, || get(things::certificate::text)),
    read("/things/{thing}/certificate/json", Who::Keepers, || get(things::certificate::json)),
    read("/me/sign-in", Who::Mailed, || get(me::sign_in::show)),
    write("/me/sign-in", Who::Mailed, "/me/sign-in", || post(me::sign_in::ask)),
    read("/me/link/{link}", Who::Mailed, || get(me::link::show)),
    write("/me/link/{link}", Who::Mailed, "/me/sign-in", || post(me::link::act)),
    read("/me", Who::Person, || get(me::home::show)),
    read("/me/cases/{case}", Who::Person, || get(me::case::show)),
    read("/me/cases/{case}/do/{deed}", Who::Person, || get(me::act::show)),
    write("/me/cases/{case}/do/{deed}", Who::Person, "/me/cases/{case}", || post(me::act::act)),
    read("/me/cases/{case}/kept/{thing}/certificate", Who::Person, || get(me::case::certificate)),
    read("/me/cases/{case}/kept/{thing}/certificate/json", Who::Person, || get(me::case::certificate_json)),
    write("/me/sign-out", Who::Person, "/me", || post(me::home::sign_out)),
    write("/me/sign-out/everywhere", Who::Person, "/me", || post(me::home::everywhere)),
    read("/people", Who::People, || get(people::show)),
    write("/people/link", Who::People, "/people", || post(people::link)).fresh(),
    write("/people/enrol", Who::People, "/people", || post(people::enrol)).fresh(),
    write("/people/confirm", Who::People, "/people", || post(people::confirm)).fresh(),
    write("/people/grant", Who::People, "/people", || post(people::grant)).fresh(),
    write("/people/revoke", Who::People, "/people", || post(people::revoke)).fresh(),
    write("/people/leave", Who::People, "/people", || post(people::leave)).fresh(),
];

/// The router that the table is.
pub(crate) fn routes(desk: &Desk) -> Router {
    let (mut routes, is_demonstration) = (Router::new(), desk.office.is_demonstration());
    let is_mailed = desk.office.config.mail.is_some();
    let is_there = |who: Who| match who {
        Who::Demonstration => is_demonstration,
        Who::Mailed | Who::Person => is_mailed,
        _ => true,
    };
    for row in ROWS.iter().filter(|row| is_there(row.who)) {
        let guarded = (row.handler)().route_layer(from_fn_with_state((desk.clone(), row), guard::guard));
        routes = routes.route(row.path, guarded);
    }
    let routes = routes.with_state(desk.clone());
    if is_demonstration { routes.layer(from_fn(demonstration::marked)) } else { routes }
}

/// Whether somebody has to do with cases.
pub(super) fn has_cases(who: &crate::access::sessions::SignedIn) -> bool {
    let has = |role: &Role| *role != Role::Administrator && who.standing.as_ref().is_some_and(|one| one.has(*role));
    Role::ALL.iter().any(has)
}

/// Which main pages somebody has.
fn sees(who: &crate::access::sessions::SignedIn) -> pages::access::Sees {
    let things = casework::custody::is_keeper(&who.account, &who.staff);
    pages::access::Sees { cases: has_cases(who), things, people: sees_people(who) }
}

/// Whether somebody sees the people's page.
pub(super) fn sees_people(who: &crate::access::sessions::SignedIn) -> bool {
    if who.has(Role::Administrator) || !who.staff.is_founded() {
        return true;
    }
    let administrators = who.staff.accounts().filter(|(_, one)| one.has(Role::Administrator));
    let persons: std::collections::BTreeSet<_> = administrators.map(|(_, one)| &one.person).collect();
    persons.len() < 2 && who.standing.as_ref().is_some_and(casework::staff::Standing::is_confirmed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_says_what_the_table_says() {
        let page = include_str!("../../../../../docs/access.md");
        let said: Vec<&str> =
            page.lines().filter(|line| line.starts_with("| GET") || line.starts_with("| POST")).collect();
        let who = |who| match who {
            Who::Anyone => "anybody",
            Who::SignedIn => "signed in",
            Who::Cases => "cases",
            Who::Keepers => "keepers",
            Who::People => "people",
            Who::Demonstration => "demonstration",
            Who::Mailed => "mailed",
            Who::Person => "person",
        };
        let fresh = |row: &Row| if row.is_fresh { "fresh" } else { "" };
        let line = |row: &Row| format!("| {} | `{}` | {} | {} |", row.method, row.path, who(row.who), fresh(row));
        assert_eq!(said, ROWS.iter().map(line).collect::<Vec<_>>());
    }

    #[test]
    fn every_form_has_a_page_that_is_there() {
        for row in ROWS {
            assert!(ROWS.iter().any(|other| other.method == "GET" && other.path == row.page), "{}", row.path);
        }
    }
}
