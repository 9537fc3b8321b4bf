//! States in which commands are tried.
//!
//! Not here: any test.
//! Invariant: a hold is number 1 in each of them, a transfer number 2.

use std::collections::BTreeMap;

use casework::custody::{Authority, Command, Deed, Event, ROWS, RequestKind};

use super::{Case, PEOPLE, commands, hold_id, name, noon, words};

/// States in the order of the columns, each with the day on which it is tried.
pub(crate) fn states() -> Vec<(&'static str, Case, &'static str)> {
    let held = |case: Case, day: &str| {
        let mut case = case;
        let command = Command::Hold { hold: hold_id(1), authority: Authority::Court, words: words() };
        case.ok("lea", &command, day);
        case
    };
    let asked = |day: &str| {
        let mut case = Case::kept();
        case.ok("cat", &Command::Ask { hold: hold_id(1), kind: RequestKind::Access, words: words() }, day);
        case
    };
    let mut answered = asked("2027-05-01");
    answered.ok("cat", &Command::Answer { hold: hold_id(1) }, "2027-05-02");
    let mut releasing = held(Case::kept(), "2027-09-02");
    releasing.ok("ann", &Command::ProposeRelease { hold: hold_id(1), words: words() }, "2027-09-03");
    let mut moving = Case::kept();
    moving.ok(
        "lea",
        &Command::AskTransfer { transfer: hold_id(2), basis: casework::custody::Basis::Order, words: words() },
        "2026-07-02",
    );
    let mut rotten = Case::kept();
    rotten.ok("", &Command::NoteRotten { store: name("main") }, "2026-07-02");
    let mut recovered = Case::new();
    let object = casework::Digest([1; 32]);
    recovered.ok("", &Command::Recover { object, sealed_len_bytes: 9 }, "2026-07-02");
    let mut found_disc = Case::new();
    found_disc.ok("", &super::recover_item(), "2026-07-02");
    vec![
        ("absent", Case::new(), "2027-09-05"),
        ("kept", Case::kept(), "2026-08-01"),
        ("due", Case::kept(), "2027-09-05"),
        ("held", held(Case::kept(), "2027-09-02"), "2027-09-05"),
        ("asked", asked("2027-09-02"), "2027-09-05"),
        ("answered", answered, "2027-09-05"),
        ("releasing", releasing, "2027-09-05"),
        ("transfer", moving, "2026-08-01"),
        ("approved", Case::kept().approved(), "2027-09-05"),
        ("rotten", rotten, "2026-08-01"),
        ("recovered", recovered, "2027-09-05"),
        ("destroying", Case::kept().destroying(), "2027-09-05"),
        ("destroyed", Case::kept().destroyed(), "2027-09-05"),
        ("disc", Case::kept_disc(), "2027-09-05"),
        ("disc-on", Case::kept_disc().destroying(), "2027-09-05"),
        ("disc-found", found_disc, "2027-09-05"),
    ]
}

/// An account that may, or the program.
pub(crate) fn someone(deed: Deed) -> &'static str {
    let row = ROWS.iter().find(|row| row.deed == deed).unwrap();
    // Not who proposed: cat first.
    let mut people: Vec<_> = PEOPLE.iter().filter(|(name, ..)| *name != "ann2").collect();
    people.sort_by_key(|(name, ..)| *name != "cat");
    let may = people.iter().find(|(_, _, roles)| row.roles.iter().any(|role| roles.contains(role)));
    may.map_or("", |(name, ..)| name)
}

/// One event of every kind, as the commands make them in these states.
pub(crate) fn one_of_each() -> Vec<Event> {
    let mut seen = BTreeMap::new();
    for (_, case, day) in states() {
        for (deed, command) in commands(&case, hold_id(1), hold_id(2)) {
            let mut tried = case.clone();
            let _ = tried.act(someone(deed), &command, &noon(day));
            for event in tried.events {
                seen.entry(tag(&event)).or_insert(event);
            }
        }
    }
    for event in second_steps() {
        seen.entry(tag(&event)).or_insert(event);
    }
    seen.into_values().collect()
}

/// What comes only after somebody else has done something.
fn second_steps() -> Vec<Event> {
    let state = |name: &str| states().into_iter().find(|(one, ..)| *one == name).unwrap().1;
    let mut released = state("releasing");
    for by in ["cat", "bob"] {
        let command = commands(&released, hold_id(1), hold_id(2)).remove(&Deed::ApproveRelease).unwrap();
        released.ok(by, &command, "2027-09-05");
    }
    let mut transferred = state("transfer");
    for (by, deed) in [("bob", Deed::ApproveTransfer), ("ann", Deed::Transfer)] {
        let command = commands(&transferred, hold_id(1), hold_id(2)).remove(&deed).unwrap();
        transferred.ok(by, &command, "2026-08-01");
    }
    let mut withdrawn = state("approved");
    withdrawn.ok("bob", &Command::WithdrawApproval, "2027-09-05");
    let mut corrected = state("kept");
    for by in ["cat", "bob"] {
        let command = commands(&corrected, hold_id(1), hold_id(2)).remove(&Deed::CorrectKind).unwrap();
        corrected.ok(by, &command, "2026-08-01");
    }
    let mut put_right = state("kept");
    for by in ["cat", "bob"] {
        let command = commands(&put_right, hold_id(1), hold_id(2)).remove(&Deed::CorrectFact).unwrap();
        put_right.ok(by, &command, "2026-08-01");
    }
    [released, transferred, withdrawn, corrected, put_right].into_iter().flat_map(|case| case.events).collect()
}

/// The word of what happened, as it is stored.
pub(crate) fn tag(event: &Event) -> String {
    let clear = String::from_utf8(event.split().0).unwrap();
    let rest = clear.split_once("\"what\":").unwrap().1;
    rest.trim_start_matches('{').split('"').nth(1).unwrap().to_owned()
}
