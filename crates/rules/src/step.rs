//! The steps of a reckoning, one after the other, as a letter or a certificate can quote them.
//!
//! Not here: the reckoning (`decision.rs`). A letter in another language puts the same steps into its own words.
//! Invariant: a step holds everything its sentence says; each sentence is plain text without markup.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::holidays::Holiday;
use crate::name::{Fact, RuleName};
use crate::overrides::Override;
use crate::pack::PackId;
use crate::rule::{Limit, Validity};

/// What became of one day in a count.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DayKind {
    /// The count begins after it.
    LeftOut,
    /// It is the so-manyeth day that counts.
    Counted(u16),
    /// The same, because an office has it as an extra day.
    Opened(u16, Override),
    /// It is a Saturday or a Sunday.
    Weekend,
    /// It is a holiday.
    Holiday(Holiday),
    /// An office is closed.
    Closed(Override),
}

impl DayKind {
    /// Whether the day counts.
    #[must_use]
    pub fn is_working(&self) -> bool {
        matches!(self, DayKind::Counted(_) | DayKind::Opened(..))
    }

    pub(crate) fn holiday(&self) -> Option<&Holiday> {
        match self {
            DayKind::Holiday(holiday) => Some(holiday),
            _ => None,
        }
    }

    pub(crate) fn overridden(&self) -> Option<&Override> {
        match self {
            DayKind::Opened(_, one) | DayKind::Closed(one) => Some(one),
            _ => None,
        }
    }
}

/// One day of a count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day {
    /// The day.
    pub date: Date,
    /// What became of it.
    pub kind: DayKind,
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", long(self.date))?;
        match &self.kind {
            DayKind::LeftOut => f.write_str("left out, the count begins on the day after"),
            DayKind::Counted(number) => write!(f, "{number}"),
            DayKind::Opened(number, one) => write!(f, "{number}, open at {}: {}", one.office, one.why),
            DayKind::Weekend => f.write_str("not counted, weekend"),
            DayKind::Holiday(holiday) => {
                let divisions: Vec<_> = holiday.divisions.iter().map(|one| one.as_str()).collect();
                write!(f, "not counted, {} ({})", holiday.name, divisions.join(", "))
            }
            DayKind::Closed(one) => write!(f, "not counted, {} closed: {}", one.office, one.why),
        }
    }
}

/// One step of a reckoning.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// Where the count begins.
    Begins {
        /// The fact.
        fact: Fact,
        /// Its day, which is not counted.
        day: Date,
    },
    /// Which rule applies, and why that one.
    Rule {
        /// Its name.
        name: RuleName,
        /// What it says.
        value: String,
        /// Which way it binds.
        limit: Limit,
        /// When it holds.
        valid: Validity,
        /// The pack it stands in.
        pack: PackId,
        /// The clause it comes from.
        clause: String,
        /// The document the clause is in.
        source: String,
    },
    /// Months were counted.
    Months {
        /// How many.
        count: u16,
        /// To which day.
        day: Date,
        /// The number of the day that the month does not have.
        no_such_day: Option<i8>,
    },
    /// Days were counted.
    Days {
        /// How many.
        count: u32,
        /// To which day.
        day: Date,
    },
    /// Working days were counted.
    WorkingDays {
        /// How many.
        count: u16,
        /// Every day on the way, the last one included.
        days: Vec<Day>,
    },
    /// When that day ends.
    Ends {
        /// The last day.
        day: Date,
        /// The first instant after it.
        instant: Timestamp,
        /// The clock that says so.
        zone: String,
    },
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::Begins { fact, day } => {
                write!(f, "{} {}; the count begins on the day after.", fact.in_words(), long(*day))
            }
            Step::Rule { name, value, limit, valid, pack, clause, source } => write!(
                f,
                "On that day {name} was {} {value} ({pack}, in force {valid}; {clause} of {source}).",
                limit.in_words()
            ),
            Step::Months { count, day, no_such_day: None } => {
                write!(
                    f,
                    "{} later is the day of the same number, {}.",
                    several(u32::from(*count), "month"),
                    long(*day)
                )
            }
            Step::Months { count, day, no_such_day: Some(number) } => write!(
                f,
                "{} later there is no day {number}; the last day of that month is {}.",
                several(u32::from(*count), "month"),
                long(*day)
            ),
            Step::Days { count, day } => write!(f, "{} later is {}.", several(*count, "day"), long(*day)),
            Step::WorkingDays { count, days } => working_days(f, *count, days),
            Step::Ends { day, instant, zone } => write!(f, "{} ends in {zone} at {instant}.", long(*day)),
        }
    }
}

fn working_days(f: &mut fmt::Formatter<'_>, count: u16, days: &[Day]) -> fmt::Result {
    let last = days.last().map(|day| long(day.date)).unwrap_or_default();
    write!(f, "The last of {} is {last}", several(u32::from(count), "working day"))?;
    let weekends = days.iter().filter(|day| day.kind == DayKind::Weekend).count();
    let holidays = days.iter().filter_map(|day| match &day.kind {
        DayKind::Holiday(holiday) => Some(format!("{} {}", day.date, holiday.name)),
        _ => None,
    });
    let holidays: Vec<_> = holidays.collect();
    match (weekends, holidays.as_slice()) {
        (0, []) => f.write_str("."),
        (_, []) => write!(f, "; {weekends} Saturdays and Sundays are not counted."),
        (_, some) => write!(f, "; not counted are {weekends} Saturdays and Sundays, and {}.", some.join(", ")),
    }
}

fn several(count: u32, one: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") }
}

/// "Thursday 30 October 2014".
fn long(day: Date) -> String {
    day.strftime("%A %-d %B %Y").to_string()
}
