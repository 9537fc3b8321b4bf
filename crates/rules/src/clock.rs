//! The clock: counts a term from a day and lists every day on the way as counted or not, with why.
//!
//! Not here: whose term it is (`decision.rs` asks rules for it), and how single days are judged (`calendar.rs`).
//! Invariants: the day counted from is the first in the list and is left out; no day is missing in it and the last is the last of the
//! term; a term that ends on a day off has two last days, and which of them counts is for the rule, not for the clock; an office's
//! own closures change a count only where the caller names the office.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::book::{Asked, Book};
use crate::calendar::{Sieve, days_after, months_after};
use crate::decision::{Applied, applied};
use crate::holidays::HolidaysOf;
use crate::jurisdiction::Jurisdiction;
use crate::name::{Fact, OfficeName, RuleName};
use crate::refusal::Refusal;
use crate::rule::Value;
use crate::span::{Span, Unit};
use crate::step::{Day, DayKind, Step};

/// What is to be counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    /// How long.
    pub span: Span,
    /// From which fact.
    pub fact: Fact,
    /// The day of that fact.
    pub began: Date,
    /// Where.
    pub jurisdiction: Jurisdiction,
    /// Whose holidays are no working days.
    pub holidays: HolidaysOf,
    /// Whose own closures and extra days count as well. A statutory term is counted without them.
    pub office: Option<OfficeName>,
}

/// Where a term ends that would have ended on a day off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// Every day after the term's own last day, up to the working day to which it is moved.
    pub days: Vec<Day>,
    /// That working day.
    pub last_day: Date,
    /// The first instant after it.
    pub ends: Timestamp,
}

/// A term as it was counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clock {
    count: Count,
    days: Vec<Day>,
    last_day: Date,
    ends: Timestamp,
    moved: Option<Moved>,
    applied: Vec<Applied>,
}

impl Clock {
    /// What was counted.
    #[must_use]
    pub fn count(&self) -> &Count {
        &self.count
    }

    /// Every day, from the one left out to the last.
    #[must_use]
    pub fn days(&self) -> &[Day] {
        &self.days
    }

    /// The last day of the term as counted.
    #[must_use]
    pub fn last_day(&self) -> Date {
        self.last_day
    }

    /// The first instant after it, by the clock of the place.
    #[must_use]
    pub fn ends(&self) -> Timestamp {
        self.ends
    }

    /// The other last day, where the term ends on a day off: for rules that move such an end to the next working day.
    #[must_use]
    pub fn moved(&self) -> Option<&Moved> {
        self.moved.as_ref()
    }

    /// The rules and lists it rests on.
    #[must_use]
    pub fn applied(&self) -> &[Applied] {
        &self.applied
    }
}

impl fmt::Display for Clock {
    /// What it counts from, each day on a line of its own, then the ends.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", Step::Begins { fact: self.count.fact, day: self.count.began })?;
        for day in self.days.iter().skip(1) {
            writeln!(f, "{day}")?;
        }
        write!(f, "{}: the last day is {}, which ends at {}", self.count.span, self.last_day, self.ends)?;
        if let Some(moved) = &self.moved {
            writeln!(f, "; it is a day off, and a rule that moves such an end goes on:")?;
            for day in &moved.days {
                writeln!(f, "{day}")?;
            }
            write!(f, "the last day is then {}, which ends at {}", moved.last_day, moved.ends)?;
        }
        Ok(())
    }
}

impl Book {
    /// Counts a term, day by day.
    ///
    /// # Errors
    /// What calendars, holidays or overrides do not cover.
    pub fn clock(&self, count: &Count) -> Result<Clock, Refusal> {
        let sieve = self.sieve(count)?;
        let beyond = || Refusal::BeyondCalendar { what: count.span.to_string(), from: count.began };
        let mut rests = Vec::new();
        let mut days = vec![Day { date: count.began, kind: DayKind::LeftOut }];
        let number = count.span.count();
        let last_day = match count.span.unit() {
            Unit::Days => days_after(count.began, number.into()),
            Unit::Weeks => days_after(count.began, u32::from(number) * 7),
            Unit::Months => {
                rests.push(self.month_rule(count)?);
                months_after(count.began, number).map(|after| after.day)
            }
            Unit::WorkingDays => {
                days.extend(sieve.working_days_after(count.began, number).map_err(no_holidays)?);
                days.last().map(|day| day.date)
            }
        };
        let last_day = last_day.ok_or_else(beyond)?;
        let mut moved_days = Vec::new();
        if count.span.unit() != Unit::WorkingDays {
            days.extend(every_day(count.began, last_day));
            moved_days = days_off_from(&sieve, last_day)?;
        }
        // Of a count of all days, only the end was looked up.
        let looked_up = if moved_days.is_empty() { &days[1..] } else { &moved_days[..] };
        rests.extend(self.holidays_applied(looked_up.iter().map(|day| (day.date, day.kind.holiday()))));
        rests.extend(looked_up.iter().filter_map(|day| self.override_applied(day.kind.overridden()?)));
        let (ends, zone) = self.end_of(last_day, count)?.ok_or_else(beyond)?;
        rests.push(zone);
        let moved = match moved_days.last().map(|day| day.date).filter(|date| *date != last_day) {
            Some(date) => {
                let (ends, _) = self.end_of(date, count)?.ok_or_else(beyond)?;
                Some(Moved { days: moved_days.split_off(1), last_day: date, ends })
            }
            None => None,
        };
        Ok(Clock { count: count.clone(), days, last_day, ends, moved, applied: rests })
    }

    fn sieve(&self, count: &Count) -> Result<Sieve<'_>, Refusal> {
        let overrides = match &count.office {
            Some(office) => self.overrides_of(office).ok_or_else(|| Refusal::NoOffice { office: office.clone() })?,
            None => std::collections::BTreeMap::new(),
        };
        Ok(Sieve { known: self.holidays(), of: count.holidays, own: count.jurisdiction, overrides })
    }

    fn month_rule(&self, count: &Count) -> Result<Applied, Refusal> {
        // There is one way to count months; a second would be another value, and this is where it would be asked.
        let found = self.select(&RuleName::ReckoningMonth, count.jurisdiction, Asked::On(count.began))?;
        Ok(applied(&found))
    }

    /// The first instant after `day`, and the rule that says so; `None` beyond the calendar.
    fn end_of(&self, day: Date, count: &Count) -> Result<Option<(Timestamp, Applied)>, Refusal> {
        let found = self.select(&RuleName::ReckoningZone, count.jurisdiction, Asked::On(day))?;
        let Value::Zone(zone) = &found.rule.value else {
            return Err(Refusal::NoRule { name: RuleName::ReckoningZone, jurisdiction: count.jurisdiction });
        };
        Ok(zone.end_of(day).map(|ends| (ends, applied(&found))))
    }
}

/// Every day after `began` up to `last`, all of them counted.
fn every_day(began: Date, last: Date) -> impl Iterator<Item = Day> {
    let dates = std::iter::successors(Some(began), |date| date.tomorrow().ok());
    let dates = dates.take_while(move |date| *date <= last).skip(1);
    dates.zip(1..).map(|(date, number)| Day { date, kind: DayKind::Counted(number) })
}

/// `last` and, while it and what follows are days off, every day up to the next working day.
fn days_off_from(sieve: &Sieve<'_>, last: Date) -> Result<Vec<Day>, Refusal> {
    let mut days = Vec::new();
    let mut date = last;
    loop {
        // It is counted as the first day on which something can be done.
        let kind = sieve.kind(date, 1).map_err(no_holidays)?;
        let working = kind.is_working();
        days.push(Day { date, kind });
        if working {
            return Ok(days);
        }
        date = date.tomorrow().map_err(|_| no_holidays(date))?;
    }
}

fn no_holidays(day: Date) -> Refusal {
    Refusal::NoHolidays { day }
}
