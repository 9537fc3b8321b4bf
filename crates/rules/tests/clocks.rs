//! The table of clocks: every row of `clocks.tsv`, whose answers a second reader reckons in Python (`reckon.py`), and how a clock reads.
//!
//! Not here: what holds of any clock (`clock_properties.rs`), offices' own days in several versions (`versions.rs`).
//! May read files: the table, and the own days of an invented office, which both readers share as data.
#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

use std::collections::BTreeSet;

use rules::{BUILT_IN, Book, Clock, Count, Day, DayKind, Fact, HolidaysOf, Moved, Refusal};

fn beside(name: &str) -> String {
    std::fs::read_to_string(format!("{}/tests/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn book() -> Book {
    let office = beside("clocks-office.toml");
    Book::read(BUILT_IN.iter().copied().chain([("clocks-office.toml", office.as_str())])).unwrap()
}

fn count(where_: &str, whose: &str, office: &str, began: &str, span: &str) -> Count {
    let of = [HolidaysOf::AnyDivision, HolidaysOf::OwnDivision].into_iter().find(|of| of.as_str() == whose);
    Count {
        span: span.parse().unwrap(),
        fact: Fact::Received,
        began: began.parse().unwrap(),
        jurisdiction: where_.parse().unwrap(),
        holidays: of.unwrap(),
        office: (office != "-").then(|| office.parse().unwrap()),
    }
}

/// A clock as the table writes it.
fn told(clock: &Clock) -> [String; 7] {
    let counted = clock.days().iter().filter(|day| day.kind.is_working()).count();
    let weekends = clock.days().iter().filter(|day| day.kind == DayKind::Weekend).count();
    let other = |day: &Day| match &day.kind {
        DayKind::Holiday(holiday) => Some(format!("{} {}", day.date, holiday.name)),
        DayKind::Closed(one) => Some(format!("{} closed: {}", day.date, one.why)),
        _ => None,
    };
    let others: Vec<_> = clock.days().iter().filter_map(other).collect();
    let or_none = |text: Option<String>| text.filter(|text| !text.is_empty()).unwrap_or_else(|| "-".to_owned());
    [
        clock.last_day().to_string(),
        clock.ends().to_string(),
        or_none(clock.moved().map(|moved| moved.last_day.to_string())),
        or_none(clock.moved().map(|moved| moved.ends.to_string())),
        counted.to_string(),
        weekends.to_string(),
        or_none(Some(others.join("; "))),
    ]
}

#[test]
fn every_row_is_counted_as_the_second_reader_has_it() {
    let book = book();
    let table = beside("clocks.tsv");
    let mut seen = BTreeSet::new();
    for line in table.lines().filter(|line| !line.starts_with('#')) {
        let cells: Vec<&str> = line.split('\t').collect();
        let (questions, answers) = cells.split_at(5);
        assert!(seen.insert(questions.to_vec()), "asked twice: {line}");
        let [where_, whose, office, began, span] = questions else { unreachable!("{line}") };
        match book.clock(&count(where_, whose, office, began, span)) {
            Ok(clock) => {
                assert_eq!(told(&clock).as_slice(), answers, "{line}");
                every_day_is_told(&clock);
            }
            Err(Refusal::NoHolidays { day }) => {
                let unknown = format!("unknown {day}");
                assert_eq!(answers, [unknown.as_str(), "-", "-", "-", "-", "-", "-"], "{line}");
            }
            Err(other) => unreachable!("{line}: {other}"),
        }
    }
    assert!(seen.len() >= 200, "only {} rows", seen.len());
    // The worked cases are among them.
    for case in [["2014-10-30", "2014-11-27"], ["2013-06-18", "2013-07-17"], ["2013-06-18", "2013-07-16"]] {
        assert!(table.contains(&format!("{}\t20 working days\t{}", case[0], case[1])), "{case:?}");
    }
}

/// No day is missing between the one left out and the last, and none after it up to where the end is moved.
fn every_day_is_told(clock: &Clock) {
    let days = clock.days();
    assert_eq!((days[0].date, &days[0].kind), (clock.count().began, &DayKind::LeftOut));
    assert_eq!(days.last().unwrap().date, clock.last_day());
    let moved: &[Day] = clock.moved().map_or(&[], |moved| &moved.days);
    let all: Vec<_> = days.iter().chain(moved).collect();
    assert!(all.windows(2).all(|pair| pair[0].date.tomorrow().unwrap() == pair[1].date));
    assert!(days.iter().skip(1).all(|day| day.kind != DayKind::LeftOut));
    if let Some(Moved { days, last_day, .. }) = clock.moved() {
        let (last, before) = days.split_last().unwrap();
        assert!(last.kind.is_working() && last.date == *last_day && before.iter().all(|day| !day.kind.is_working()));
    }
}

#[test]
fn a_clock_can_be_read_day_by_day() {
    let clock = book().clock(&count("england-and-wales", "any-division", "-", "2013-07-09", "4 working days")).unwrap();
    let expected = "It was received on Tuesday 9 July 2013; the count begins on the day after.
Wednesday 10 July 2013: 1
Thursday 11 July 2013: 2
Friday 12 July 2013: not counted, Battle of the Boyne (northern-ireland)
Saturday 13 July 2013: not counted, weekend
Sunday 14 July 2013: not counted, weekend
Monday 15 July 2013: 3
Tuesday 16 July 2013: 4
4 working days: the last day is 2013-07-16, which ends at 2013-07-16T23:00:00Z";
    assert_eq!(clock.to_string(), expected);
    assert!(clock.days()[0].to_string().ends_with("left out, the count begins on the day after"));
    let applied: Vec<_> = clock.applied().iter().map(|one| format!("{} of {}", one.what, one.pack)).collect();
    assert_eq!(applied, ["bank holidays of bank-holidays version 1", "reckoning.zone of calendar version 1"]);
}

#[test]
fn an_end_on_a_day_off_has_two_last_days_and_an_office_its_own() {
    let clock = book().clock(&count("england-and-wales", "any-division", "westgate", "2014-11-05", "2 days")).unwrap();
    let expected = "It was received on Wednesday 5 November 2014; the count begins on the day after.
Thursday 6 November 2014: 1
Friday 7 November 2014: 2
2 days: the last day is 2014-11-07, which ends at 2014-11-08T00:00:00Z; it is a day off, and a rule that moves such an end goes on:
Saturday 8 November 2014: 1, open at westgate: to make up for the day before
the last day is then 2014-11-08, which ends at 2014-11-09T00:00:00Z";
    assert_eq!(clock.to_string(), expected);
    let applied: Vec<_> = clock.applied().iter().map(|one| (one.what.as_str(), one.value.as_str())).collect();
    let own = [
        ("own day of westgate", "2014-11-07 closed: no heating"),
        ("own day of westgate", "2014-11-08 open: to make up for the day before"),
    ];
    assert_eq!(applied[1..3], own);
    let alone = book().clock(&count("england-and-wales", "any-division", "-", "2014-11-05", "2 days")).unwrap();
    assert_eq!(alone.moved(), None, "without the office's name its closures count for nothing");
}

#[test]
fn what_a_clock_does_not_know_is_refused() {
    let england =
        |office: &str, began: &str, span: &str| count("england-and-wales", "any-division", office, began, span);
    let table = [
        (england("southgate", "2014-11-05", "2 days"), "no pack has a closure or an extra day of the office southgate"),
        (england("-", "9999-12-30", "2 days"), "2 days from 9999-12-30: the calendar ends before"),
        (england("-", "9999-12-30", "1 month"), "1 month from 9999-12-30: the calendar ends before"),
        (
            england("-", "2002-12-01", "1 month"),
            "no rule reckoning.month for england-and-wales was in force on 2002-12-01",
        ),
        (england("-", "2029-01-01", "1 working day"), "the bank holidays of 2029-01-02 are not known"),
    ];
    for (count, expected) in table {
        assert_eq!(book().clock(&count).unwrap_err().to_string(), expected);
    }
    let alone = Book::read(BUILT_IN.iter().copied().filter(|(path, _)| path.starts_with("bank-holidays"))).unwrap();
    let refusal = alone.clock(&england("-", "2014-11-05", "2 days")).unwrap_err();
    assert_eq!(refusal.to_string(), "no pack has a rule reckoning.zone for england-and-wales");
}
