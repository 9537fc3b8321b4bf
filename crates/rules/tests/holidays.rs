//! The list of bank holidays, held against a second reckoning: fixed days and their substitutes, first and last Mondays, Easter, and
//! the holidays that were proclaimed or moved.
//!
//! Not here: counting working days (`properties.rs`, `versions.rs`).
//! The list is of what the government published; where this reckoning and a new version of the list differ, somebody looks.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::{Weekday, date};
use rules::{Book, Date, Jurisdiction, Pack};

/// Proclaimed for one year: the day, and the division where it is not all of them.
const PROCLAIMED: &[(&str, Option<Jurisdiction>)] = &[
    ("2012-06-05", None),
    ("2022-06-03", None),
    ("2022-09-19", None),
    ("2023-05-08", None),
    ("2026-06-15", Some(Jurisdiction::Scotland)),
];

/// The day as the rule has it, and as it was in that year.
const MOVED: &[(&str, &str)] =
    &[("2012-05-28", "2012-06-04"), ("2020-05-04", "2020-05-08"), ("2022-05-30", "2022-06-02")];

#[test]
fn the_list_is_that_of_the_second_reckoning() {
    let book = Book::built_in().unwrap();
    let list = book.packs().find_map(Pack::holidays).unwrap();
    for year in 2012..=2028 {
        for division in Jurisdiction::ALL {
            let there = list.list().iter().filter(|one| one.date.year() == year && one.divisions.contains(&division));
            let there: BTreeSet<Date> = there.map(|one| one.date).collect();
            assert_eq!(there, reckoned(year, division), "{division} in {year}");
        }
    }
    assert!(list.list().iter().all(|one| !is_weekend(one.date) && (2012..=2028).contains(&one.date.year())));
}

fn reckoned(year: i16, division: Jurisdiction) -> BTreeSet<Date> {
    let scotland = division == Jurisdiction::Scotland;
    let ireland = division == Jurisdiction::NorthernIreland;
    let mut days = BTreeSet::new();
    days.extend(substituted(&[date(year, 12, 25), date(year, 12, 26)]));
    let new_year = [date(year, 1, 1), date(year, 1, 2)];
    days.extend(substituted(&new_year[..if scotland { 2 } else { 1 }]));
    if scotland {
        days.extend(substituted(&[date(year, 11, 30)]));
    }
    if ireland {
        days.extend(substituted(&[date(year, 3, 17)]));
        days.extend(substituted(&[date(year, 7, 12)]));
    }
    let easter = easter(year);
    days.insert(easter - 2.days());
    if !scotland {
        days.insert(easter + 1.day());
    }
    days.insert(monday(year, 5, 1));
    days.insert(monday(year, 5, -1));
    days.insert(monday(year, 8, if scotland { 1 } else { -1 }));
    for (rule, that_year) in MOVED {
        if days.remove(&rule.parse().unwrap()) {
            days.insert(that_year.parse().unwrap());
        }
    }
    let proclaimed = PROCLAIMED.iter().filter(|(_, only)| only.is_none_or(|only| only == division));
    days.extend(proclaimed.map(|(day, _)| day.parse::<Date>().unwrap()).filter(|day| day.year() == year));
    days
}

/// Those that are on a weekend go to the next weekday that is free.
fn substituted(days: &[Date]) -> BTreeSet<Date> {
    let mut taken: BTreeSet<Date> = days.iter().copied().filter(|day| !is_weekend(*day)).collect();
    for day in days.iter().filter(|day| is_weekend(**day)) {
        let mut free = *day;
        while is_weekend(free) || taken.contains(&free) {
            free = free.tomorrow().unwrap();
        }
        taken.insert(free);
    }
    taken
}

fn is_weekend(day: Date) -> bool {
    matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}

/// The first (1) or last (-1) Monday of a month.
fn monday(year: i16, month: i8, which: i8) -> Date {
    date(year, month, 1).nth_weekday_of_month(which, Weekday::Monday).unwrap()
}

/// Easter Sunday, by the method of Meeus, Jones and Butcher.
fn easter(year: i16) -> Date {
    let year = i32::from(year);
    let (a, b, c) = (year % 19, year / 100, year % 100);
    let h = (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30;
    let l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let sum = h + l - 7 * m + 114;
    let (month, day) = (sum / 31, sum % 31 + 1);
    date(i16::try_from(year).unwrap(), i8::try_from(month).unwrap(), i8::try_from(day).unwrap())
}
