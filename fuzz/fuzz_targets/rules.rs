//! Any bytes as a policy pack, beside the packs that come with Counterpart.
//!
//! First two bytes of an input: a day to ask about. The rest: the pack's text.
//! Promises: a pack is read, twice the same, or is one line with its line and a hint; a decision is later than what it counts from and
//! names the rules it rests on; what is said of recording is in force on the day asked about; a clock leaves no day out; what is not
//! covered is refused in one line.
#![no_main]

use std::sync::LazyLock;

use counterpart_fuzz::input::Input;
use libfuzzer_sys::fuzz_target;
use rules::{
    Act, Aspect, BUILT_IN, Book, Count, Date, Error, Fact, Facts, Hold, HolidaysOf, Jurisdiction, Meeting, Pack,
    RuleName, Thing, days_after,
};

static OTHERS: LazyLock<Vec<Pack>> =
    LazyLock::new(|| BUILT_IN.iter().map(|(path, text)| Pack::read(path, text).expect("a built-in pack")).collect());

fuzz_target!(|data: &[u8]| {
    let mut input = Input(data);
    let day = days_after(Date::constant(1990, 1, 1), input.u16().into()).expect("65,536 days are within the calendar");
    let Ok(text) = std::str::from_utf8(input.0) else { return };
    match Pack::read("pack", text) {
        Ok(pack) => {
            assert_eq!(Pack::read("pack", text).as_ref(), Ok(&pack));
            decide(pack, day);
        }
        Err(Error::Pack { line, what, hint, .. }) => {
            assert!(line >= 1 && line <= 1 + text.matches('\n').count() && !hint.is_empty());
            assert!(!what.is_empty() && !what.contains('\n'));
        }
        Err(other) => unreachable!("one pack alone: {other}"),
    }
});

/// Asks everything the pack has rules for. It takes the place of a pack of the same name.
fn decide(pack: Pack, day: Date) {
    let kinds = pack.rules().iter().filter_map(|rule| match &rule.name {
        RuleName::Retention(kind) => Some(kind.clone()),
        _ => None,
    });
    let kinds: Vec<_> = kinds.collect();
    let others = OTHERS.iter().filter(|other| other.id().name != pack.id().name).cloned();
    let Ok(book) = Book::new(others.chain([pack.clone()]).collect()) else { return };
    let facts = Fact::ALL.iter().fold(Facts::new(), |facts, fact| facts.with(*fact, day));
    for jurisdiction in Jurisdiction::ALL {
        let hold = Hold { jurisdiction, placed: day, reviewed: None };
        let review = book.hold(&hold).map(|ruling| ruling.review().clone());
        let dues = kinds.iter().map(|kind| book.due(&Thing { kind: kind.clone(), jurisdiction, facts: facts.clone() }));
        let others = [review, book.hold_after_answer(day, jurisdiction), book.destroyed_by(day, jurisdiction)];
        for answer in dues.chain(others) {
            match answer {
                Ok(decision) => {
                    assert!(decision.last_day() > day && decision.steps().len() >= 4 && decision.applied().len() >= 2);
                    assert!(decision.steps().iter().all(|step| !step.to_string().contains('\n')));
                }
                Err(refusal) => assert!(!refusal.to_string().contains('\n')),
            }
        }
        for act in Act::ALL {
            assert!(book.approvals(*act, day, jurisdiction).map_or(true, |approvals| approvals.people() >= 1));
        }
        record(&book, day, jurisdiction);
        count(&book, &pack, day, jurisdiction);
    }
}

/// Asks what holds for recording every kind of meeting.
fn record(book: &Book, day: Date, jurisdiction: Jurisdiction) {
    for meeting in Meeting::ALL {
        match book.recording(day, *meeting, jurisdiction) {
            Ok(ruling) => {
                assert_eq!(ruling.all().len() + ruling.not_covered().len(), Aspect::ALL.len());
                for (said, applied) in ruling.all() {
                    assert!(applied.valid.contains(day) && !said.to_string().is_empty());
                }
            }
            Err(refusal) => assert!(!refusal.to_string().contains('\n')),
        }
    }
}

/// Counts by the calendar, and with the own days of the first office that the pack has.
fn count(book: &Book, pack: &Pack, day: Date, jurisdiction: Jurisdiction) {
    let office = pack.overrides().first().map(|one| one.office.clone());
    for (span, office) in
        [("1 month", None), ("20 working days", None), ("3 weeks", office.clone()), ("9 working days", office)]
    {
        let span = span.parse().expect("a term");
        let count =
            Count { span, fact: Fact::Received, began: day, jurisdiction, holidays: HolidaysOf::OwnDivision, office };
        match book.clock(&count) {
            Ok(clock) => {
                assert!(clock.last_day() > day && clock.days().last().map(|day| day.date) == Some(clock.last_day()));
                let next = |pair: &[rules::Day]| pair[0].date.tomorrow().ok() == Some(pair[1].date);
                assert!(clock.days().windows(2).all(next) && !clock.to_string().is_empty());
                assert!(clock.moved().is_none_or(|moved| moved.last_day > clock.last_day()));
            }
            Err(refusal) => assert!(!refusal.to_string().contains('\n')),
        }
    }
}
