//! What holds of any clock: nothing is skipped without a reason, a later start never ends earlier, and a rule's own term is counted alike.
//!
//! Not here: the table of worked rows (`clocks.rs`), the calendar underneath (`properties.rs`).
//! The weekday is found here by counting from a known Sunday, not by asking the calendar that is tested.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::sync::LazyLock;

use proptest::prelude::*;
use rules::{BUILT_IN, Book, Clock, Count, Date, DayKind, Fact, HolidaysOf, Jurisdiction, Span, Unit, days_after};

const OFFICE: &str = include_str!("clocks-office.toml");

static BOOK: LazyLock<Book> =
    LazyLock::new(|| Book::read(BUILT_IN.iter().copied().chain([("clocks-office.toml", OFFICE)])).unwrap());

/// The days that are a holiday somewhere, read from the text by its shape alone.
static HOLIDAYS: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let text = BUILT_IN.iter().find(|(path, _)| path.starts_with("bank-holidays")).unwrap().1;
    text.lines().filter_map(|line| Some(line.trim().strip_prefix("{ date = ")?[..10].to_owned())).collect()
});

/// As many cases as elsewhere, or as `PROPTEST_CASES` says.
#[allow(clippy::disallowed_methods)] // a test's own setting, not the crate's
fn cases(cases: u32) -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").map_or(cases, |asked| asked.parse().unwrap());
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// A count that ends within the days whose holidays are known.
fn count() -> impl Strategy<Value = Count> {
    let began = (0_u32..5_000).prop_map(|days| days_after(Date::constant(2012, 1, 1), days).unwrap());
    let span = prop_oneof![
        (1_u16..400).prop_map(|count| Span::new(count, Unit::Days).unwrap()),
        (1_u16..60).prop_map(|count| Span::new(count, Unit::Weeks).unwrap()),
        (1_u16..24).prop_map(|count| Span::new(count, Unit::Months).unwrap()),
        (1_u16..260).prop_map(|count| Span::new(count, Unit::WorkingDays).unwrap()),
    ];
    let whose = prop_oneof![Just(HolidaysOf::AnyDivision), Just(HolidaysOf::OwnDivision)];
    let office = prop_oneof![Just(None), Just(Some("westgate".parse().unwrap()))];
    (began, span, prop::sample::select(Jurisdiction::ALL.to_vec()), whose, office).prop_map(
        |(began, span, jurisdiction, holidays, office)| Count {
            span,
            fact: Fact::Received,
            began,
            jurisdiction,
            holidays,
            office,
        },
    )
}

/// Days since Sunday 1 January 2012, by subtraction of day numbers that are counted here.
fn since_a_sunday(date: Date) -> i64 {
    let years = i64::from(date.year()) - 2012;
    // Every fourth year from 2012 on is a leap year, as far as the lists go.
    let leap_days = (years + 3).div_euclid(4);
    let leap = years.rem_euclid(4) == 0;
    let months = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    let month = usize::try_from(date.month()).unwrap();
    years * 365 + leap_days + months[month - 1] + i64::from(leap && month > 2) + i64::from(date.day()) - 1
}

fn is_weekend(date: Date) -> bool {
    matches!(since_a_sunday(date).rem_euclid(7), 0 | 6)
}

fn clock(count: &Count) -> Clock {
    BOOK.clock(count).unwrap()
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn every_day_is_there_and_skipped_for_a_reason(count in count()) {
        let clock = clock(&count);
        let mut number = 0;
        let mut expected = count.began;
        for day in clock.days().iter().skip(1) {
            expected = expected.tomorrow().unwrap();
            prop_assert_eq!(day.date, expected);
            match &day.kind {
                DayKind::Counted(so_many) => {
                    number += 1;
                    prop_assert_eq!(*so_many, number);
                    let nobody_works = is_weekend(day.date) || (count.holidays == HolidaysOf::AnyDivision && HOLIDAYS.contains(&day.date.to_string()));
                    prop_assert!(count.span.unit() != Unit::WorkingDays || !nobody_works, "{}", day);
                }
                DayKind::Opened(so_many, one) => {
                    number += 1;
                    prop_assert_eq!(*so_many, number);
                    prop_assert!(Some(&one.office) == count.office.as_ref() && one.date == day.date);
                }
                DayKind::Weekend => prop_assert!(is_weekend(day.date)),
                DayKind::Holiday(one) => {
                    prop_assert!(one.date == day.date && HOLIDAYS.contains(&day.date.to_string()) && !is_weekend(day.date));
                    prop_assert!(count.holidays == HolidaysOf::AnyDivision || one.divisions.contains(&count.jurisdiction));
                }
                DayKind::Closed(one) => prop_assert!(Some(&one.office) == count.office.as_ref() && one.date == day.date),
                other => prop_assert!(false, "{other:?} in the middle"),
            }
        }
        prop_assert_eq!(expected, clock.last_day());
        let span = count.span;
        match span.unit() {
            Unit::Days | Unit::WorkingDays => prop_assert_eq!(number, span.count()),
            Unit::Weeks => prop_assert_eq!(number, span.count() * 7),
            Unit::Months => prop_assert!(number >= span.count() * 28 && number <= span.count() * 31),
        }
    }

    #[test]
    fn an_end_is_moved_from_a_day_off_to_the_next_working_day(count in count()) {
        let clock = clock(&count);
        // What one working day after the day before the last comes to is the last day itself, or the day it is moved to.
        let before = Count { began: clock.last_day().yesterday().unwrap(), span: Span::new(1, Unit::WorkingDays).unwrap(), ..count };
        let next = self::clock(&before).last_day();
        match clock.moved() {
            None => prop_assert_eq!(next, clock.last_day()),
            Some(moved) => {
                prop_assert!(next == moved.last_day && moved.last_day > clock.last_day() && moved.ends > clock.ends());
                prop_assert_eq!(moved.days[0].date, clock.last_day().tomorrow().unwrap());
            }
        }
    }

    #[test]
    fn a_later_start_never_ends_earlier(count in count(), more in 1_u32..40) {
        let (earlier, later) = (clock(&count), clock(&Count { began: days_after(count.began, more).unwrap(), ..count }));
        prop_assert!(earlier.last_day() <= later.last_day() && earlier.ends() <= later.ends());
        let end = |clock: &Clock| clock.moved().map_or(clock.last_day(), |moved| moved.last_day);
        prop_assert!(end(&earlier) <= end(&later));
    }

    #[test]
    fn a_rule_s_term_is_counted_alike(days in 0_u32..3_500, place in prop::sample::select(Jurisdiction::ALL.to_vec())) {
        let answered = days_after(Date::constant(2013, 7, 3), days).unwrap();
        let decision = BOOK.hold_after_answer(answered, place).unwrap();
        let span = if answered < Date::constant(2018, 7, 4) { "2 months" } else { "40 working days" };
        let count = Count {
            span: span.parse().unwrap(),
            fact: Fact::Answered,
            began: answered,
            jurisdiction: place,
            holidays: HolidaysOf::AnyDivision,
            office: None,
        };
        let clock = clock(&count);
        prop_assert_eq!((clock.last_day(), clock.ends()), (decision.last_day(), decision.ends()));
    }
}
