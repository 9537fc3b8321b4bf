//! What holds of any day and any count, and a second reckoning of the calendar that shares nothing with the first.
//!
//! Not here: worked cases (`built_in.rs`, `versions.rs`).
//! The second reckoning knows the leap rule and how long months are, and walks from day to day; it is slow and has no cleverness.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::sync::LazyLock;

use proptest::prelude::*;
use rules::{
    BUILT_IN, Book, Date, DayKind, Fact, Facts, Jurisdiction, Kind, Pack, RuleName, Span, Step, Thing, Timestamp, Unit,
    days_after, months_after,
};

/// A day of the second reckoning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Walked {
    year: i32,
    month: i32,
    day: i32,
}

impl Walked {
    fn month_len(year: i32, month: i32) -> i32 {
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        [31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][usize::try_from(month - 1).unwrap()]
    }

    fn next(self) -> Self {
        if self.day < Self::month_len(self.year, self.month) {
            Self { day: self.day + 1, ..self }
        } else if self.month < 12 {
            Self { month: self.month + 1, day: 1, ..self }
        } else {
            Self { year: self.year + 1, month: 1, day: 1 }
        }
    }

    fn of(date: Date) -> Self {
        Self { year: date.year().into(), month: date.month().into(), day: date.day().into() }
    }

    /// Walks into the month so many later, and on to the same number or to the month's end.
    fn months_after(self, count: u16) -> Self {
        let index = |day: Self| day.year * 12 + day.month;
        let target = index(self) + i32::from(count);
        let mut at = self;
        while index(at) < target {
            at = at.next();
        }
        while at.day < self.day && index(at.next()) == target {
            at = at.next();
        }
        at
    }
}

static BOOK: LazyLock<Book> = LazyLock::new(|| Book::built_in().unwrap());

fn date(years: std::ops::Range<i16>) -> impl Strategy<Value = Date> {
    (years, 1_i8..=12, 1_i8..=31).prop_filter_map("no such day", |(year, month, day)| Date::new(year, month, day).ok())
}

/// Days near which calendars go wrong, more often than any others.
fn tricky() -> impl Strategy<Value = Date> {
    let near =
        prop::sample::select(vec!["2016-02-29", "2100-02-28", "2099-12-31", "2000-02-29", "2026-03-29", "2026-10-25"]);
    prop_oneof![
        date(1990..2110),
        (near, 0_u32..4).prop_map(|(day, more)| days_after(day.parse().unwrap(), more).unwrap()),
        (2010_i16..2110, 1_i8..=12).prop_map(|(year, month)| Date::new(year, month, 1).unwrap().last_of_month()),
    ]
}

fn place() -> impl Strategy<Value = Jurisdiction> {
    prop::sample::select(Jurisdiction::ALL.to_vec())
}

fn last_day(kind: &str, fact: Fact, day: Date, place: Jurisdiction) -> Date {
    let thing = Thing { kind: kind.parse().unwrap(), jurisdiction: place, facts: Facts::new().with(fact, day) };
    BOOK.due(&thing).unwrap().last_day()
}

/// As many cases as elsewhere, or as `PROPTEST_CASES` says.
#[allow(clippy::disallowed_methods)] // a test's own setting, not the crate's
fn cases(cases: u32) -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").map_or(cases, |asked| asked.parse().unwrap());
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn months_are_those_of_the_second_reckoning(start in tricky(), count in 1_u16..120) {
        let after = months_after(start, count).unwrap();
        let walked = Walked::of(start).months_after(count);
        prop_assert_eq!(Walked::of(after.day), walked);
        prop_assert_eq!(after.shortened, walked.day != i32::from(start.day()));
        prop_assert!(after.day.day() <= start.day() && walked.day <= Walked::month_len(walked.year, walked.month));
    }

    #[test]
    fn days_are_those_of_the_second_reckoning(start in tricky(), count in 1_u32..800) {
        let walked = (0..count).fold(Walked::of(start), |at, _| at.next());
        prop_assert_eq!(Walked::of(days_after(start, count).unwrap()), walked);
    }

    #[test]
    fn a_later_start_is_never_due_earlier(start in tricky(), more in 1_u32..70, count in 1_u16..60, place in place()) {
        let later = days_after(start, more).unwrap();
        prop_assert!(months_after(start, count).unwrap().day <= months_after(later, count).unwrap().day);
        let (start, later) = (start.max(Date::constant(2011, 8, 30)), later.max(Date::constant(2011, 8, 30)));
        let due = |day| last_day("consultation-recording", Fact::Made, day, place);
        prop_assert!(due(start) <= due(later));
        prop_assert!(start < due(start));
    }

    #[test]
    fn an_end_is_midnight_in_london(day in date(2012..2110)) {
        let due = BOOK.destroyed_by(day, Jurisdiction::Scotland).unwrap();
        let last = Walked::of(due.last_day());
        prop_assert_eq!(last, Walked::of(day).next());
        // Summer time by the last Sundays, found by walking from a day known to be a Sunday.
        let (begins, ends) = (last_sunday(last.year, 3), last_sunday(last.year, 10));
        let summer = last >= begins && last < ends;
        let midnight: Timestamp = format!("{}T00:00:00Z", due.last_day().tomorrow().unwrap()).parse().unwrap();
        prop_assert_eq!(midnight.as_second() - due.ends().as_second(), if summer { 3600 } else { 0 });
        prop_assert_eq!(BOOK.day_of(due.ends(), Jurisdiction::Scotland).unwrap(), due.last_day().tomorrow().unwrap());
    }

    #[test]
    fn a_working_day_is_no_other_day(answered in date(2018..2028), place in place()) {
        prop_assume!(answered >= Date::constant(2018, 7, 4));
        let decision = BOOK.hold_after_answer(answered, place).unwrap();
        let days = decision.steps().iter().find_map(|step| match step {
            Step::WorkingDays { days, .. } => Some(days),
            _ => None,
        });
        let days = days.unwrap();
        let mut at = Walked::of(answered);
        let mut counted = 0;
        for day in days {
            at = at.next();
            prop_assert_eq!(Walked::of(day.date), at, "every day on the way is told");
            let holiday = HOLIDAYS.contains(&day.date.to_string());
            let weekend = is_weekend(at);
            match &day.kind {
                DayKind::Weekend => prop_assert!(weekend),
                DayKind::Holiday(one) => prop_assert!(holiday && !weekend && one.date == day.date),
                DayKind::Counted(number) => {
                    counted += 1;
                    prop_assert!(!weekend && !holiday && *number == counted);
                }
                other => prop_assert!(false, "{other:?} in a term of a rule"),
            }
        }
        prop_assert_eq!(counted, 40);
        prop_assert!(matches!(days.last().unwrap().kind, DayKind::Counted(40)));
        prop_assert_eq!(days.last().unwrap().date, decision.last_day());
    }

    #[test]
    fn spans_names_and_dates_print_as_they_were_read(count in 1_u16..=1200, unit in 0_usize..4, day in date(1900..3000), kind in "[a-z]{1,4}(-[a-z0-9]{1,4}){0,3}") {
        let unit = [Unit::Days, Unit::Weeks, Unit::Months, Unit::WorkingDays][unit];
        let span = Span::new(count, unit).unwrap();
        prop_assert_eq!(span.to_string().parse::<Span>(), Ok(span));
        let name: RuleName = format!("retention.{kind}").parse().unwrap();
        prop_assert_eq!(name.to_string(), format!("retention.{kind}"));
        prop_assert_eq!(kind.parse::<Kind>().unwrap().to_string(), kind.clone());
        prop_assert_eq!(day.to_string().parse::<Date>().unwrap(), day);
        // And through a pack.
        let holidays = if unit == Unit::WorkingDays { "holidays = \"own-division\"\n" } else { "" };
        let text = format!(
            "[pack]\nname = \"a\"\nversion = 1\nfrom = {day}\n[source.S]\ntitle = \"T\"\nauthority = \"own\"\n[[value]]\nname = \"{name}\"\n\
             value = \"{span}\"\ncounts_from = \"made\"\nlimit = \"at-most\"\n{holidays}jurisdiction = [\"uk\"]\nsource = \"S\"\nclause = \"1\"\n\
             from = {day}\nuntil = \"open\"\n"
        );
        let pack = Pack::read("a", &text).unwrap();
        prop_assert_eq!(pack.from(), day);
        let rule = &pack.rules()[0];
        prop_assert_eq!((rule.name.to_string(), rule.value.to_string(), rule.valid.from), (name.to_string(), span.to_string(), day));
    }

    #[test]
    fn any_edit_of_a_pack_is_read_or_refused(which in 0..BUILT_IN.len(), at in 0_usize..30_000, cut in 0_usize..40, put in "[ -~\n]{0,12}") {
        let text = BUILT_IN[which].1;
        let at = at % text.len();
        let end = (at + cut).min(text.len());
        prop_assume!(text.is_char_boundary(at) && text.is_char_boundary(end));
        let edited = format!("{}{put}{}", &text[..at], &text[end..]);
        if let Err(error) = Pack::read("edited", &edited) {
            let said = error.to_string();
            prop_assert!(!said.contains('\n') && !error.hint().is_empty(), "{}", said);
        }
    }
}

/// The days that are a holiday somewhere, read from the text by its shape alone.
static HOLIDAYS: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let text = BUILT_IN.iter().find(|(path, _)| path.starts_with("bank-holidays")).unwrap().1;
    text.lines().filter_map(|line| Some(line.trim().strip_prefix("{ date = ")?[..10].to_owned())).collect()
});

/// Days since Sunday 1 January 2012, by walking.
fn since_a_sunday(day: Walked) -> i32 {
    let years: i32 =
        (2012..day.year).map(|year| (1..=12).map(|month| Walked::month_len(year, month)).sum::<i32>()).sum();
    let months: i32 = (1..day.month).map(|month| Walked::month_len(day.year, month)).sum();
    years + months + day.day - 1
}

fn is_weekend(day: Walked) -> bool {
    matches!(since_a_sunday(day) % 7, 0 | 6)
}

fn last_sunday(year: i32, month: i32) -> Walked {
    let last = Walked::month_len(year, month);
    let day = (last - 6..=last).find(|day| since_a_sunday(Walked { year, month, day: *day }) % 7 == 0).unwrap();
    Walked { year, month, day }
}
