//! Random lives with a canary in every field of every event: no view has one that the tables hide, and `Debug` prints none.
//!
//! Not single cells (`view.rs`).
//! Invariant: what is found is held against the tables beside `view.rs`, and not against the code that made the view.

use std::collections::BTreeSet;

use casework::Role;
use casework::case::{Event, Kind, Purpose, RedactedView, Text, What};
use casework::custody::{Field, Private};

use crate::lives::lived;
use crate::samples::canaries;
use crate::support::account;
use crate::view::{declared_fields, declared_natures, viewer};
use crate::world::{Matter, commands};

const LIVES: u64 = 150;
const STEPS: usize = 60;

/// Every text of a view, wherever it stands.
fn texts(view: &RedactedView) -> BTreeSet<String> {
    let all = view.history().iter().flat_map(|entry| &entry.words);
    let shown = all.filter_map(|(_, text)| match text {
        Text::Shown(text) => Some(text.clone()),
        Text::KeptBack(_) => None,
    });
    shown.collect()
}

/// What the tables let be seen of those events.
fn expected(view: &RedactedView, events: &[Event]) -> BTreeSet<String> {
    let (natures, fields) = (declared_natures(), declared_fields());
    let shown = &natures[&(view.purpose(), view.seen_as())];
    let mut all = BTreeSet::new();
    for event in events.iter().filter(|event| !matches!(event.what, What::Looked { .. })) {
        let waits = view.purpose() == Purpose::OwnCase && is_undecided(event, events);
        for field in Field::ALL.iter().filter(|_| !waits) {
            if shown.contains(&fields[&(Kind::of(&event.what), *field)]) {
                all.insert(format!("CANARY-{}-{field}.", event.number));
            }
        }
    }
    all
}

fn is_undecided(event: &Event, events: &[Event]) -> bool {
    let What::RefusalProposed { request, .. } = event.what else { return false };
    let decided = |one: &&Event| match one.what {
        What::Accepted { request: of, .. } | What::Refused { request: of, .. } => of == request,
        _ => false,
    };
    !events.iter().skip_while(|one| one.number <= event.number).any(|one| decided(&one))
}

/// Who looks: one of each role, and the holder, whoever that is.
fn people(matter: &mut Matter) -> Vec<Option<casework::Account>> {
    let office = &mut matter.office;
    let has = |office: &crate::support::Office, who: &str, role| office.staff.who(&account(who)).unwrap().has(role);
    for (who, role) in [("dan", Role::Interviewer), ("lea", Role::TeamLeader), ("cat", Role::InformationRightsOfficer)]
    {
        assert!(has(office, who, role));
    }
    let all = ["dan", "lea", "ada", "cat", "ann", "bob", "aud", "sys", "ann2"];
    all.iter().map(|who| Some(account(who))).chain([None]).collect()
}

#[test]
fn no_view_of_a_random_life_has_a_word_that_the_tables_hide() {
    let (mut views, mut kinds, mut found) = (0, BTreeSet::new(), 0);
    for seed in 0..LIVES {
        let mut matter = lived(seed, STEPS);
        matter.ok("ada", &commands(casework::case::Deed::BreakGlass));
        for event in &mut matter.events {
            event.private = Private::Words(Box::new(canaries(event.number)));
            kinds.insert(Kind::of(&event.what));
        }
        for who in people(&mut matter) {
            for purpose in Purpose::ALL {
                let viewer = viewer(who.as_ref(), true);
                let Ok(view) = matter.seen(&viewer, *purpose) else { continue };
                let at = || format!("seed {seed}: {who:?} for {purpose} as {}", view.seen_as());
                assert_eq!(texts(&view), expected(&view, &matter.events), "{}", at());
                assert!(!format!("{view:?} {view:#?}").contains("CANARY"), "{}: Debug prints words", at());
                views += 1;
                found += texts(&view).len();
            }
        }
        assert!(!format!("{:?}", matter.events).contains("CANARY"), "Debug of an event prints words");
        assert!(!format!("{:?}", matter.case).contains("CANARY"), "the state holds words");
    }
    assert!(views > LIVES * 15 && found > 100_000, "{views} views, {found} words");
    assert!(kinds.len() > 55, "{} kinds of events only", kinds.len());
}
