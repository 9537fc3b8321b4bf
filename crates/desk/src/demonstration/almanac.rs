//! Days and hours of a demonstration, counted from the moment at which it is made, as clocks in London show them.
//!
//! Not which rules hold on a day (`rules`). Invariants: an appointment is on a weekday, but for those of the day itself; whatever the moment, there is an hour of work before
//! it that is not long ago.

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

pub(super) const MINUTE: i64 = 60_000_000;
/// The Summer Time Order 2002, in POSIX form.
const LONDON: &str = "GMT0BST,M3.5.0/1,M10.5.0/2";
/// When an office opens and closes, hours on its wall.
const OPENS: i8 = 9;
const CLOSES: i8 = 17;

/// What day it is, and which days are around it.
pub(super) struct Almanac {
    now_us: i64,
    today: Date,
    zone: TimeZone,
}

impl Almanac {
    /// From that moment, microseconds since 1970.
    pub(super) fn new(now_us: i64) -> Almanac {
        let zone = TimeZone::posix(LONDON).unwrap_or(TimeZone::UTC);
        let now = Timestamp::from_microsecond(now_us).unwrap_or_default();
        Almanac { now_us, today: now.to_zoned(zone.clone()).date(), zone }
    }

    pub(super) fn now_us(&self) -> i64 {
        self.now_us
    }

    /// The day so many days from today; where that is no weekday, the next one further away.
    pub(super) fn day(&self, from_today: i32) -> Date {
        let step = if from_today < 0 { -1 } else { 1 };
        let mut day = self.today.saturating_add(from_today.days());
        while from_today != 0 && matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) {
            day = day.saturating_add(step.days());
        }
        day
    }

    /// That moment on the wall, microseconds since 1970.
    pub(super) fn at(&self, day: Date, (hour, minute): (i8, i8)) -> i64 {
        let zoned = day.at(hour, minute, 0, 0).to_zoned(self.zone.clone());
        zoned.map_or(self.now_us, |zoned| zoned.timestamp().as_microsecond())
    }

    /// As a recording's header has it.
    pub(super) fn text(&self, at_us: i64) -> String {
        let zoned = Timestamp::from_microsecond(at_us).unwrap_or_default().to_zoned(self.zone.clone());
        zoned.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
    }

    /// A full five minutes in hours of work, so long ago or a little longer.
    pub(super) fn lately(&self, minutes: i64) -> i64 {
        let rounded = (self.now_us - minutes * MINUTE).div_euclid(5 * MINUTE) * 5 * MINUTE;
        for back in 0..8 {
            let day = self.today.saturating_sub(back.days());
            let (opens, closes) = (self.at(day, (OPENS, 30)), self.at(day, (CLOSES, 0)));
            let is_weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
            if !is_weekend && rounded >= opens {
                return rounded.min(closes - minutes.max(60) * MINUTE);
            }
        }
        rounded
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_weekdays_and_hours_are_those_on_the_wall() {
        // Sunday, 29 March 2026: the clocks go forward in the night.
        let now_us = "2026-03-29T00:30:00Z".parse::<Timestamp>().unwrap().as_microsecond();
        let almanac = Almanac::new(now_us);
        let days = [-1, 0, 1, 6].map(|offset| almanac.day(offset).to_string());
        assert_eq!(days, ["2026-03-27", "2026-03-29", "2026-03-30", "2026-04-06"]);
        assert_eq!(almanac.text(almanac.at(almanac.day(-1), (9, 30))), "2026-03-27T09:30:00+00:00");
        assert_eq!(almanac.text(almanac.at(almanac.day(1), (9, 30))), "2026-03-30T09:30:00+01:00");
        assert_eq!(almanac.text(almanac.lately(20)), "2026-03-27T16:00:00+00:00");
    }
}
