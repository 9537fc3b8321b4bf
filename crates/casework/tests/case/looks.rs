//! Looks: each is on the record before anything is seen, the person sees all of them, and nothing else of the case changes.
//!
//! Not who may look for what (`view.rs`).
//! Invariants: a look stands for further ones of the same account for the same purpose as long as is declared, and no longer.

use casework::Role;
use casework::case::{Actor, Audience, Deed, Ground, LOOK_SPAN_MICROS, Purpose, Refusal, Viewer, What};

use crate::support::{BOOK, SECOND, account};
use crate::view::related;
use crate::world::{HOUR, Matter};

fn held() -> Matter {
    related(Role::Interviewer, "holds").0
}

#[test]
fn none_of_the_staff_sees_what_they_have_not_looked_at() {
    let (dan, lea) = (account("dan"), account("lea"));
    let mut matter = held();
    let (viewer, purpose) = (Viewer::Staff(&dan), Purpose::HoldMeeting);
    assert_eq!(matter.sees(&viewer, purpose), Err(Refusal::NotLooked { purpose }));
    assert_eq!(matter.looks(&viewer, purpose), Ok(true));
    assert!(matter.sees(&viewer, purpose).is_ok());
    // One look is of one account, for one purpose, and as one.
    let purpose = Purpose::Arrange;
    assert_eq!(matter.sees(&viewer, purpose), Err(Refusal::NotLooked { purpose }));
    let purpose = Purpose::HoldMeeting;
    assert_eq!(matter.sees(&Viewer::Staff(&lea), purpose), Err(Refusal::NotLooked { purpose }));
    matter.office.revoke("dan", Role::Interviewer);
    matter.office.grant("dan", Role::TeamLeader);
    assert_eq!(matter.sees(&viewer, purpose), Err(Refusal::NotLooked { purpose }));
    assert_eq!(matter.looks(&viewer, purpose), Ok(true));
    assert_eq!(matter.sees(&viewer, purpose).map(|view| view.seen_as()), Ok(Audience::Leader));
}

#[test]
fn a_look_stands_for_a_quarter_of_an_hour() {
    let dan = account("dan");
    let (viewer, purpose) = (Viewer::Staff(&dan), Purpose::HoldMeeting);
    let mut matter = held();
    assert_eq!(LOOK_SPAN_MICROS, 15 * 60 * SECOND);
    assert_eq!(matter.looks(&viewer, purpose), Ok(true));
    let looked = matter.now;
    for (after, is_new) in [(0, false), (LOOK_SPAN_MICROS - SECOND, false), (LOOK_SPAN_MICROS, true), (HOUR, true)] {
        let mut later = matter.clone();
        later.now = looked + after;
        assert_eq!(later.sees(&viewer, purpose).is_ok(), !is_new, "{after}");
        assert_eq!(later.looks(&viewer, purpose), Ok(is_new), "{after}");
        assert!(later.sees(&viewer, purpose).is_ok());
    }
    // A clock that was an hour ahead does not let anybody look unseen for an hour.
    matter.now = looked - HOUR;
    assert_eq!(matter.looks(&viewer, purpose), Ok(true));
    matter.now += LOOK_SPAN_MICROS;
    assert_eq!(matter.looks(&viewer, purpose), Ok(true));
}

#[test]
fn the_person_sees_every_look_and_others_their_own() {
    let (dan, lea, bob) = (account("dan"), account("lea"), account("bob"));
    let mut matter = held();
    for (who, purpose) in
        [(&dan, Purpose::HoldMeeting), (&lea, Purpose::Quality), (&bob, Purpose::Incident), (&dan, Purpose::Arrange)]
    {
        assert_eq!(matter.looks(&Viewer::Staff(who), purpose), Ok(true));
    }
    let looks = |matter: &Matter, viewer: Viewer<'_>, purpose| {
        let view = matter.sees(&viewer, purpose).unwrap();
        let all = view.looks().iter();
        all.map(|look| format!("{} {} {}", look.by, look.purpose, look.seen_as)).collect::<Vec<_>>()
    };
    let all = ["dan hold-meeting holder", "lea quality leader", "bob incident privacy", "dan arrange holder"];
    assert_eq!(looks(&matter, Viewer::Person, Purpose::OwnCase), all);
    assert_eq!(looks(&matter, Viewer::Staff(&bob), Purpose::Incident), all);
    assert_eq!(looks(&matter, Viewer::Staff(&lea), Purpose::Quality), all);
    assert_eq!(looks(&matter, Viewer::Staff(&dan), Purpose::Arrange), [all[0], all[3]]);
    // The person's own looks are nobody's business.
    assert_eq!(matter.looks(&Viewer::Person, Purpose::OwnCase), Ok(false));
    let view = matter.sees(&Viewer::Person, Purpose::OwnCase).unwrap();
    assert!(!view.history().iter().any(|one| matches!(one.what, What::Looked { .. })));
}

/// The state after a look is the state before, but for its number and the look; whatever could be done can be done, and comes out the same.
#[test]
fn a_look_changes_nothing_else() {
    let lea = account("lea");
    let (viewer, purpose) = (Viewer::Staff(&lea), Purpose::Complaint);
    let mut ahead = held();
    ahead.now += 5 * HOUR;
    for before in [held(), ahead, held().ready(), held().begun(), held().handed_over()] {
        let mut after = before.clone();
        // However wrong its clock is.
        after.now += HOUR;
        assert_eq!(after.looks(&viewer, purpose), Ok(true));
        after.now = before.now;
        assert_eq!(without_looks(&after), without_looks(&before));
        assert_eq!(after.case.todo(&BOOK, before.now), before.case.todo(&BOOK, before.now));
        for deed in Deed::ALL {
            let account = account("dan");
            let moment = before.moment();
            let by = |matter: &Matter| {
                let staff = &matter.office.staff;
                let ground = Ground { book: &BOOK, moment: &moment, staff, actor: Actor::Staff(&account) };
                let decided = casework::case::decide(&matter.case, &before.like(*deed), &ground);
                decided.map(|events| events.into_iter().map(|one| (one.what, one.behind_micros)).collect::<Vec<_>>())
            };
            let (was, is) = (by(&before), by(&after));
            match deed {
                // It is named by its own number.
                Deed::Enter | Deed::Plan => assert_eq!(was.is_ok(), is.is_ok(), "{deed}"),
                _ => assert_eq!(was, is, "{deed}"),
            }
        }
    }
}

/// What a case is, but for the number of its newest event and its looks.
fn without_looks(matter: &Matter) -> String {
    let debug = format!("{:?}", matter.case);
    let (start, rest) = debug.split_once("number: ").unwrap();
    let (_, rest) = rest.split_once(',').unwrap();
    let (middle, looks) = rest.split_once("looks: {").unwrap();
    let (_, end) = looks.rsplit_once('}').unwrap();
    let (looks, _) = looks.rsplit_once('}').unwrap();
    assert!(!looks.contains("phase"), "{looks}");
    format!("{start}{middle}{end}")
}
