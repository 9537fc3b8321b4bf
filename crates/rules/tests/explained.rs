//! A case of 2014 as it was explained then, and as it is explained by all the packs of today: the same, to the letter.
//!
//! Not here: what single rules say (`recording.rs`, `built_in.rs`).
//! `case-2014.txt` is what the packs known in 2014 say. It is compared and never rewritten: a difference is a decision changed afterwards.
#![allow(clippy::unwrap_used)]

use rules::{BUILT_IN, Book, Case, Date, Entry, Fact, Facts, Jurisdiction, Meeting, Pack, Thing};

const DECIDED: Date = Date::constant(2014, 11, 13);

/// The packs that there were on a day.
fn book_of(day: Date) -> Book {
    let there = BUILT_IN.iter().filter(|(path, text)| Pack::read(path, text).unwrap().from() <= day);
    Book::read(there.copied()).unwrap()
}

fn case(meeting: Meeting, kind: &str, day: Date) -> Case {
    let jurisdiction = Jurisdiction::EnglandAndWales;
    let thing =
        |kind: &str, fact| Thing { kind: kind.parse().unwrap(), jurisdiction, facts: Facts::new().with(fact, day) };
    Case { meeting, jurisdiction, day, kept: vec![thing(kind, Fact::Made), thing("agreement", Fact::Agreed)] }
}

#[test]
fn a_case_decided_in_2014_replays_the_same_today() {
    let case = case(Meeting::FaceToFaceConsultation, "consultation-recording", DECIDED);
    let (then, today) = (book_of(DECIDED), Book::built_in().unwrap());
    let later = today.packs().count() - then.packs().count();
    assert!(later >= 4, "only {later} packs came later");
    assert_eq!(then.explain(&case), today.explain(&case));
    assert_eq!(today.explain(&case).to_string(), include_str!("case-2014.txt"));
}

#[test]
fn no_later_pack_changes_what_was_explained_before_it() {
    let today = Book::built_in().unwrap();
    let kinds = [
        (Meeting::Interview, "interview-recording"),
        (Meeting::Call, "service-call-recording"),
        (Meeting::FaceToFaceConsultation, "consultation-recording"),
        (Meeting::TelephoneConsultation, "consultation-recording"),
        (Meeting::VideoConsultation, "consultation-recording"),
    ];
    for pack in today.packs().filter(|pack| pack.id().name == "recording") {
        for day in [pack.from(), pack.from().tomorrow().unwrap()] {
            for (meeting, kind) in kinds {
                let case = case(meeting, kind, day);
                let (then, now) = (book_of(day).explain(&case), today.explain(&case));
                assert_eq!(then, now, "{meeting} on {day}");
                assert_eq!(then.to_string(), now.to_string());
            }
        }
    }
}

#[test]
fn an_explanation_names_rules_versions_reasons_and_what_is_not_covered() {
    let book = Book::built_in().unwrap();
    let mut case = case(Meeting::VideoConsultation, "no-such-kind", Date::constant(2026, 6, 29));
    let explanation = book.explain(&case);
    let text = explanation.to_string();
    for line in [
        "recording.office-records.video-consultation: never",
        "  why: asked about 2026-06-29; recording version 6 began on 2026-06-29, and no later one had begun by then",
        "not covered: no rule recording.media.video-consultation for england-and-wales was in force on 2026-06-29",
        "not covered: no pack has a rule retention.no-such-kind for england-and-wales",
        "retention.agreement: 14 months",
    ] {
        assert!(text.lines().any(|other| other == line), "{line} is not in:\n{text}");
    }
    let marked = explanation.entries().iter().filter(|entry| entry.to_string().contains("\n  unconfirmed: ")).count();
    assert_eq!(explanation.unconfirmed().count(), marked);
    assert!(marked >= 2);
    case.meeting = Meeting::TelephoneConsultation;
    case.jurisdiction = Jurisdiction::NorthernIreland;
    let refused = book.explain(&case);
    assert!(matches!(refused.entries()[0], Entry::Refused(_)));
}
