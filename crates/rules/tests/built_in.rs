//! The packs that come with Counterpart: worked cases, and every file embedded.
//!
//! Not here: packs that are wrong (`bad_packs.rs`), packs in several versions (`versions.rs`), the holidays (`holidays.rs`).
//! May read files: it lists the folder of packs.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeSet;

use rules::{Act, BUILT_IN, Book, Date, Fact, Facts, Hold, Jurisdiction, Kind, Limit, Refusal, Step, Thing};

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn thing(kind: &str, place: Jurisdiction, fact: Fact, on: &str) -> Thing {
    Thing { kind: kind.parse().unwrap(), jurisdiction: place, facts: Facts::new().with(fact, day(on)) }
}

#[test]
fn every_pack_of_the_folder_is_embedded() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../rules");
    let mut there = BTreeSet::new();
    for folder in std::fs::read_dir(root).unwrap() {
        let folder = folder.unwrap();
        for file in std::fs::read_dir(folder.path()).unwrap() {
            let name = file.unwrap().file_name().into_string().unwrap();
            there.insert(format!("{}/{name}", folder.file_name().into_string().unwrap()));
        }
    }
    let embedded: BTreeSet<_> = BUILT_IN.iter().map(|(path, _)| (*path).to_owned()).collect();
    assert_eq!(there, embedded);
    for pack in Book::built_in().unwrap().packs() {
        let path = format!("{}/{}.toml", pack.id().name, pack.id().version);
        assert!(embedded.contains(&path), "{path} says that it is another");
    }
}

#[test]
fn retention_of_every_kind() {
    use Fact::{Agreed, Made, Received};
    use Jurisdiction::{EnglandAndWales as England, NorthernIreland as Ireland, Scotland};
    let book = Book::built_in().unwrap();
    // kind, where, which fact, its day, the last day, the first instant after it, how many unconfirmed marks on the value itself
    #[rustfmt::skip]
    let table = [
        ("consultation-recording", England, Made, "2014-07-16", "2015-09-16", "2015-09-16T23:00:00Z", false),
        ("consultation-recording", Scotland, Made, "2014-10-31", "2015-12-31", "2016-01-01T00:00:00Z", false),
        ("consultation-recording", England, Made, "2014-12-31", "2016-02-29", "2016-03-01T00:00:00Z", false),
        ("consultation-recording", England, Made, "2015-12-31", "2017-02-28", "2017-03-01T00:00:00Z", false),
        ("consultation-recording", England, Made, "2016-02-29", "2017-04-29", "2017-04-29T23:00:00Z", false),
        ("consultation-recording", England, Made, "2020-09-20", "2021-11-20", "2021-11-21T00:00:00Z", false),
        ("consultation-recording", England, Made, "2020-09-21", "2021-11-21", "2021-11-22T00:00:00Z", true),
        ("consultation-recording", England, Made, "2025-01-29", "2026-03-29", "2026-03-29T23:00:00Z", true),
        ("consultation-recording", England, Made, "2025-08-25", "2026-10-25", "2026-10-26T00:00:00Z", true),
        ("consultation-recording", England, Made, "2026-06-29", "2027-08-29", "2027-08-29T23:00:00Z", true),
        ("consultation-recording", Ireland, Made, "2014-07-16", "2015-09-16", "2015-09-16T23:00:00Z", true),
        ("interview-recording", Scotland, Made, "2014-07-16", "2015-09-16", "2015-09-16T23:00:00Z", true),
        ("service-call-recording", England, Made, "2019-12-01", "2021-02-01", "2021-02-02T00:00:00Z", true),
        ("supporting-call-recording", England, Made, "2024-06-30", "2026-06-30", "2026-06-30T23:00:00Z", true),
        ("supporting-call-recording", England, Made, "2026-02-28", "2028-02-28", "2028-02-29T00:00:00Z", false),
        ("ephemeral-record", England, Made, "2024-12-31", "2025-01-28", "2025-01-29T00:00:00Z", true),
        ("ephemeral-record", England, Made, "2026-02-01", "2026-03-01", "2026-03-02T00:00:00Z", false),
        ("agreement", England, Agreed, "2014-07-16", "2015-09-16", "2015-09-16T23:00:00Z", true),
        ("letter", England, Made, "2014-07-16", "2015-09-16", "2015-09-16T23:00:00Z", true),
        ("attachment", Ireland, Received, "2098-12-31", "2100-02-28", "2100-03-01T00:00:00Z", true),
    ];
    for (kind, place, fact, on, last, ends, unconfirmed) in table {
        let decision = book.due(&thing(kind, place, fact, on)).unwrap();
        assert_eq!(decision.began(), (fact, day(on)));
        assert_eq!(decision.last_day(), day(last), "{kind} of {on}");
        assert_eq!(decision.ends().to_string(), ends, "{kind} of {on}");
        assert_eq!(decision.limit(), Limit::AtMost);
        assert_eq!(decision.applied()[0].unconfirmed.is_some(), unconfirmed, "{kind} of {on}");
        assert!(decision.is_over(decision.ends()) && !decision.is_over("2011-01-01T00:00:00Z".parse().unwrap()));
    }
}

#[test]
fn the_reckoning_can_be_quoted() {
    let book = Book::built_in().unwrap();
    let recording = thing("consultation-recording", Jurisdiction::EnglandAndWales, Fact::Made, "2014-12-31");
    let decision = book.due(&recording).unwrap();
    let steps: Vec<_> = decision.steps().iter().map(ToString::to_string).collect();
    assert_eq!(
        steps,
        [
            "It was made on Wednesday 31 December 2014; the count begins on the day after.",
            "On that day retention.consultation-recording was at most 14 months (custody version 1, in force from 2011-08-30 \
             until before 2020-09-21; S4-15 of Advice page on recording ESA and PIP consultations, undated).",
            "14 months later there is no day 31; the last day of that month is Monday 29 February 2016.",
            "Monday 29 February 2016 ends in Europe/London at 2016-03-01T00:00:00Z.",
        ]
    );
    let applied: Vec<_> = decision.applied().iter().map(|one| (one.what.as_str(), one.pack.to_string())).collect();
    let calendar = "calendar version 1".to_owned();
    let expected = [
        ("retention.consultation-recording", "custody version 1".to_owned()),
        ("reckoning.month", calendar.clone()),
        ("reckoning.zone", calendar),
    ];
    assert_eq!(applied, expected);
    let marks: Vec<_> = decision.unconfirmed().map(|(one, _)| one.what.as_str()).collect();
    assert_eq!(marks, ["reckoning.month"]);
    assert_eq!(decision.applied()[0].pack.digest_hex().len(), 64);
}

#[test]
fn holds_block_and_are_looked_at_again() {
    let book = Book::built_in().unwrap();
    let mut hold = Hold { jurisdiction: Jurisdiction::Scotland, placed: day("2025-08-31"), reviewed: None };
    let ruling = book.hold(&hold).unwrap();
    assert_eq!(ruling.blocks(), [Act::Destruction]);
    assert_eq!(ruling.review().last_day(), day("2026-02-28"));
    assert_eq!(ruling.applied().clause, "s.77");
    assert!(ruling.unconfirmed().count() >= 2, "what a hold does is in no source as a whole");
    hold.reviewed = Some(day("2026-02-20"));
    assert_eq!(book.hold(&hold).unwrap().review().last_day(), day("2026-08-20"));
    hold.reviewed = Some(day("2025-08-30"));
    let refusal = book.hold(&hold).unwrap_err();
    assert_eq!(refusal.to_string(), "the hold was placed on 2025-08-31 and reviewed before that, on 2025-08-30");
}

#[test]
fn a_request_holds_until_a_review_can_no_longer_be_asked_for() {
    let book = Book::built_in().unwrap();
    let table = [
        // The two letters of the sources: two months.
        ("2014-11-13", "2015-01-13", 0),
        ("2013-07-03", "2013-09-03", 0),
        ("2018-07-03", "2018-09-03", 0),
        // Forty working days since the code of 2018, holidays of all divisions left out.
        ("2018-07-04", "2018-09-03", 3),
        ("2025-12-01", "2026-01-30", 4),
        ("2026-06-01", "2026-07-29", 2),
    ];
    for (answered, last, holidays) in table {
        let decision = book.hold_after_answer(day(answered), Jurisdiction::EnglandAndWales).unwrap();
        assert_eq!(decision.last_day(), day(last), "answered on {answered}: {:#?}", decision.steps());
        assert_eq!(decision.limit(), Limit::AtLeast);
        let skipped = decision.steps().iter().find_map(|step| match step {
            Step::WorkingDays { days, .. } => {
                Some(days.iter().filter(|day| matches!(day.kind, rules::DayKind::Holiday(_))).count())
            }
            _ => None,
        });
        assert_eq!(skipped.unwrap_or(0), holidays, "answered on {answered}");
    }
    let refusal = book.hold_after_answer(day("2028-12-01"), Jurisdiction::EnglandAndWales).unwrap_err();
    assert_eq!(refusal.to_string(), "the bank holidays of 2029-01-01 are not known");
}

#[test]
fn acts_need_people() {
    let book = Book::built_in().unwrap();
    for act in Act::ALL {
        let expected = if *act == Act::Transfer { 1 } else { 2 };
        for place in Jurisdiction::ALL {
            let approvals = book.approvals(*act, day("2026-11-22"), place).unwrap();
            assert_eq!((approvals.act(), approvals.people()), (*act, expected));
            assert!(approvals.applied().unconfirmed.is_some());
        }
    }
    let by = book.destroyed_by(day("2015-09-16"), Jurisdiction::EnglandAndWales).unwrap();
    assert_eq!(by.last_day(), day("2015-09-17"));
}

#[test]
fn what_is_not_covered_is_refused_by_name() {
    let book = Book::built_in().unwrap();
    let england = Jurisdiction::EnglandAndWales;
    let table = [
        (
            thing("certificate", england, Fact::Made, "2014-07-16"),
            "no pack has a rule retention.certificate for england-and-wales",
        ),
        (
            thing("consultation-recording", england, Fact::Made, "2011-08-29"),
            "no rule retention.consultation-recording for england-and-wales was in force on 2011-08-29",
        ),
        (
            thing("consultation-recording", england, Fact::Received, "2014-07-16"),
            "retention.consultation-recording counts from `made`, and that day is not given",
        ),
        (
            thing("service-call-recording", england, Fact::Made, "2018-12-31"),
            "no rule retention.service-call-recording for england-and-wales was in force on 2018-12-31",
        ),
        (
            thing("letter", england, Fact::Made, "9999-12-31"),
            "retention.letter from 9999-12-31: the calendar ends before",
        ),
    ];
    for (thing, expected) in table {
        assert_eq!(book.due(&thing).unwrap_err().to_string(), expected);
    }
    let refusal = book.approvals(Act::Destruction, day("2011-08-29"), england).unwrap_err();
    assert!(matches!(refusal, Refusal::NotInForce { .. }));
    assert!("Letter".parse::<Kind>().is_err());
}

#[test]
fn a_moment_belongs_to_the_day_on_the_wall() {
    let book = Book::built_in().unwrap();
    let table = [
        ("2026-06-30T22:59:59Z", "2026-06-30"),
        ("2026-06-30T23:00:00Z", "2026-07-01"),
        ("2026-12-31T23:59:59Z", "2026-12-31"),
        ("2026-03-29T00:59:59Z", "2026-03-29"),
        ("2026-10-25T23:30:00Z", "2026-10-25"),
    ];
    for (instant, expected) in table {
        assert_eq!(book.day_of(instant.parse().unwrap(), Jurisdiction::EnglandAndWales).unwrap(), day(expected));
    }
    assert!(book.day_of("2002-12-31T00:00:00Z".parse().unwrap(), Jurisdiction::Scotland).is_err());
}
