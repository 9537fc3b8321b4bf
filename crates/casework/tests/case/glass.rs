//! Breaking the glass: with a reason, for one case and an hour, seen by the person, and reviewed by somebody else within a working day.
//!
//! Not what is seen then (`view.rs`).
//! Invariant: nobody sees a minute more than the event says, and none of it goes unreviewed.

use casework::Role;
use casework::case::{Audience, Command, Deed, Need, Purpose, Refusal, Viewer, What};
use casework::custody::Words;
use rules::{Date, Meeting};

use crate::support::{BOOK, SECOND, account};
use crate::view::related;
use crate::world::{HOUR, Matter, commands, words};

/// Somebody who has nothing to do with it, and may still see content elsewhere.
fn stranger() -> Matter {
    let mut matter = Matter::planned(Meeting::Interview, "2026-07-01 12:00", "2026-07-10 09:30");
    matter.only("ada", Role::Interviewer);
    matter
}

#[test]
fn it_takes_a_reason_and_ends_after_an_hour() {
    let ada = account("ada");
    let (viewer, purpose) = (Viewer::Staff(&ada), Purpose::Emergency);
    let mut matter = stranger();
    assert_eq!(matter.seen(&viewer, purpose), Err(Refusal::NotToSee));
    assert_eq!(matter.no("ada", &Command::BreakGlass { words: Words::default() }), "NoWords");
    let began = matter.now;
    matter.ok("ada", &commands(Deed::BreakGlass));
    assert_eq!(matter.no("ada", &commands(Deed::BreakGlass)), "AlreadySo");
    let seen = matter.seen(&viewer, purpose).unwrap();
    assert_eq!(seen.seen_as(), Audience::Emergency);
    // For that alone, and for no other account.
    let other = Purpose::HoldMeeting;
    assert_eq!(matter.seen(&viewer, other), Err(Refusal::NotForThat { purpose: other }));
    let dan = account("dan");
    assert_eq!(matter.seen(&Viewer::Staff(&dan), purpose), Err(Refusal::NotForThat { purpose }));
    let cases = [(0, true), (HOUR - 2 * SECOND, true), (HOUR - SECOND, false), (HOUR, false), (2 * HOUR, false)];
    for (after, is_open) in cases.into_iter().chain([(-HOUR, false)]) {
        let mut later = matter.clone();
        later.now = began + after;
        assert_eq!(later.seen(&viewer, purpose).is_ok(), is_open, "{after}");
        assert_eq!(later.row(&viewer), if is_open { "whole" } else { "thin" }, "{after}");
    }
    // Again is another one, with another reason.
    matter.now = began + HOUR;
    matter.ok("ada", &commands(Deed::BreakGlass));
    assert!(matter.seen(&viewer, purpose).is_ok());
    assert_eq!(matter.case.glasses().len(), 2);
}

#[test]
fn the_person_sees_it_with_its_reason() {
    let mut matter = stranger();
    matter.ok("ada", &commands(Deed::BreakGlass));
    let seen = matter.sees(&Viewer::Person, Purpose::OwnCase).unwrap();
    let entry = seen.history().last().unwrap();
    assert!(matches!(entry.what, What::GlassBroken { until_micros } if until_micros == matter.now + HOUR));
    assert!(entry.words.iter().any(|(_, text)| *text == casework::case::Text::Shown("for a reason".to_owned())));
}

#[test]
fn somebody_else_reviews_it_and_can_end_it() {
    let mut matter = stranger();
    matter.ok("ada", &commands(Deed::BreakGlass));
    let of = matter.case.number();
    assert!(matter.needs().contains(&Need::ReviewGlass(of)));
    let review = |justified| Command::ReviewGlass { of, justified, words: words() };
    for by in ["dan", "lea", "ada", "cat", "aud", "sys", "person", "program"] {
        assert!(matter.clone().act(by, &review(true)).is_err(), "{by}");
    }
    assert_eq!(matter.no("bob", &Command::ReviewGlass { of, justified: true, words: Words::default() }), "NoWords");
    assert_eq!(matter.no("bob", &Command::ReviewGlass { of: of + 1, justified: true, words: words() }), "NotNow");
    let ada = account("ada");
    for justified in [true, false] {
        let mut matter = matter.clone();
        matter.ok("bob", &review(justified));
        assert!(!matter.needs().contains(&Need::ReviewGlass(of)));
        assert_eq!(matter.no("bob", &review(!justified)), "NotNow", "once");
        assert_eq!(matter.seen(&Viewer::Staff(&ada), Purpose::Emergency).is_ok(), justified);
    }
}

#[test]
fn nobody_reviews_their_own_by_another_account() {
    // ann and ann2 are one person.
    let mut matter = stranger();
    matter.ok("ann", &commands(Deed::BreakGlass));
    let of = matter.case.number();
    let review = Command::ReviewGlass { of, justified: true, words: words() };
    assert_eq!(matter.no("ann2", &review), "SamePerson");
    let (ann2, bob) = (account("ann2"), account("bob"));
    let purpose = Purpose::Review;
    assert_eq!(matter.seen(&Viewer::Staff(&ann2), purpose), Err(Refusal::NotForThat { purpose }));
    assert_eq!(matter.seen(&Viewer::Staff(&bob), purpose).map(|view| view.seen_as()), Ok(Audience::Reviewer));
    matter.ok("bob", &review);
    matter.now += HOUR;
    assert_eq!(matter.seen(&Viewer::Staff(&bob), purpose), Err(Refusal::NotForThat { purpose }), "nothing waits");
}

#[test]
fn neither_auditors_nor_administrators_nor_whoever_lost_their_role() {
    for role in [Role::Auditor, Role::Administrator] {
        let mut matter = stranger();
        matter.only("ada", role);
        assert_eq!(matter.no("ada", &commands(Deed::BreakGlass)), "NotYours", "{role}");
        let (mut matter, who) = related(role, "glass");
        assert!(matter.seen(&Viewer::Staff(&who), Purpose::Emergency).is_err(), "{role}");
    }
}

/// The privacy officer has it in the list by the next working day.
#[test]
fn the_review_is_due_within_a_working_day() {
    let table = [
        // A Wednesday; a Friday; the Friday before the August bank holiday of England and Wales; Christmas Eve.
        ("2026-07-01 12:00", "2026-07-02"),
        ("2026-07-03 12:00", "2026-07-06"),
        ("2026-08-28 12:00", "2026-09-01"),
        ("2026-12-24 12:00", "2026-12-29"),
        // By the clock of the place it is the next day already.
        ("2026-07-02 23:30", "2026-07-06"),
    ];
    for (now, day) in table {
        let mut matter = stranger();
        matter.now = crate::world::at(now);
        matter.ok("ada", &commands(Deed::BreakGlass));
        let todo = matter.case.todo(&BOOK, matter.now);
        let review = todo.iter().find(|todo| matches!(todo.need, Need::ReviewGlass(_))).unwrap();
        assert_eq!(review.by_day, Some(day.parse::<Date>().unwrap()), "{now}");
        assert_eq!(review.since_micros, Some(matter.now));
        assert_eq!(review.roles(), [Role::PrivacyOfficer]);
        assert!(!review.is_persons());
    }
    // It is still to be done when the case is closed.
    let mut closed = stranger();
    closed.ok("ada", &commands(Deed::BreakGlass));
    closed.ok("dan", &commands(Deed::Close));
    assert!(closed.needs().iter().any(|need| matches!(need, Need::ReviewGlass(_))));
}
