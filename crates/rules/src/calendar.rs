//! Counting on the calendar: months, days and working days after a day.
//!
//! Not here: which rule asks for the counting (`book.rs`), and when on the clock a day ends (`zone.rs`).
//! Invariants: the day counted from is never counted itself; a later start never gives an earlier end; a result is in the month it
//! should be in; a working day is never a Saturday, a Sunday or a holiday unless an office has it as an extra day, and
//! never a day whose holidays are not known.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

use crate::holidays::{Holidays, HolidaysOf};
use crate::jurisdiction::Jurisdiction;
use crate::overrides::{Opening, Override};
use crate::step::{Day, DayKind};

/// The day some months after another, by the corresponding date rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MonthsAfter {
    /// The day of the same number or, where the month has none, its last.
    pub day: Date,
    /// Whether the month had no day of that number.
    pub shortened: bool,
}

/// The day `count` months after `start`: the corresponding date, else the last day of that month. `None` beyond the calendar.
#[must_use]
pub fn months_after(start: Date, count: u16) -> Option<MonthsAfter> {
    let day = start.checked_add(i32::from(count).months()).ok()?;
    Some(MonthsAfter { day, shortened: day.day() != start.day() })
}

/// The day `count` days after `start`. `None` beyond the calendar.
#[must_use]
pub fn days_after(start: Date, count: u32) -> Option<Date> {
    start.checked_add(i64::from(count).days()).ok()
}

/// What decides whether a day is a working day.
pub(crate) struct Sieve<'a> {
    pub(crate) known: Known<'a>,
    pub(crate) of: HolidaysOf,
    pub(crate) own: Jurisdiction,
    /// The closures and extra days of the office that is asked about, if one is.
    pub(crate) overrides: BTreeMap<Date, &'a Override>,
}

impl Sieve<'_> {
    /// Every day after `start` up to the `count`th working day, which is the last. The error is the first day whose holidays are not known.
    pub(crate) fn working_days_after(&self, start: Date, count: u16) -> Result<Vec<Day>, Date> {
        let mut days = Vec::new();
        let mut counted = 0;
        let mut date = start;
        while counted < count {
            date = date.tomorrow().map_err(|_| date)?;
            let kind = self.kind(date, counted + 1)?;
            counted += u16::from(kind.is_working());
            days.push(Day { date, kind });
        }
        Ok(days)
    }

    /// What becomes of `date`; `number` is the number it has if it counts. The error is that its holidays are not known.
    pub(crate) fn kind(&self, date: Date, number: u16) -> Result<DayKind, Date> {
        let holidays = self.known.on(date).ok_or(date)?;
        let off = match holidays.on(date, self.of, self.own) {
            _ if matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday) => Some(DayKind::Weekend),
            holiday => holiday.cloned().map(DayKind::Holiday),
        };
        let said = self.overrides.get(&date).map(|one| (one.opening, *one));
        Ok(match (off, said) {
            (Some(_), Some((Opening::Open, one))) => DayKind::Opened(number, one.clone()),
            (None, Some((Opening::Closed, one))) => DayKind::Closed(one.clone()),
            (Some(off), _) => off,
            (None, _) => DayKind::Counted(number),
        })
    }
}

/// Which list of holidays is to be believed about a day: each version of their pack speaks from its own first day on.
pub(crate) struct Known<'a> {
    /// Each list with the first day it speaks about, the earliest first.
    pub(crate) lists: Vec<(Date, &'a Holidays)>,
}

impl<'a> Known<'a> {
    fn on(&self, date: Date) -> Option<&'a Holidays> {
        let (_, list) = self.lists.iter().rev().find(|(from, _)| *from <= date)?;
        list.valid().contains(date).then_some(*list)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn months_are_counted_by_the_corresponding_date() {
        let table = [
            ("2014-07-16", 14, "2015-09-16", false),
            ("2014-01-31", 1, "2014-02-28", true),
            ("2016-01-31", 1, "2016-02-29", true),
            ("2016-02-29", 12, "2017-02-28", true),
            ("2016-02-29", 48, "2020-02-29", false),
            ("2096-02-29", 48, "2100-02-28", true),
            ("2099-12-31", 2, "2100-02-28", true),
            ("2100-02-28", 12, "2101-02-28", false),
            ("2014-12-31", 14, "2016-02-29", true),
            ("2015-12-31", 14, "2017-02-28", true),
            ("2014-02-28", 1, "2014-03-28", false),
            ("2014-09-30", 4, "2015-01-30", false),
            ("2014-10-31", 4, "2015-02-28", true),
            ("2014-08-31", 1, "2014-09-30", true),
            ("2014-11-13", 2, "2015-01-13", false),
            ("2013-07-03", 2, "2013-09-03", false),
        ];
        for (start, count, day, shortened) in table {
            let found = months_after(start.parse().unwrap(), count).unwrap();
            assert_eq!((found.day.to_string().as_str(), found.shortened), (day, shortened), "{start} + {count}");
        }
        assert_eq!(months_after(Date::MAX, 1), None);
        assert_eq!(days_after(Date::MAX, 1), None);
        assert_eq!(days_after("2024-02-28".parse().unwrap(), 2).unwrap().to_string(), "2024-03-01");
    }
}
