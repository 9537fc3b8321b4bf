//! The clock that tells when a day ends: a time zone as dated data, not as the system happens to have it.
//!
//! Not here: the history of time zones. A zone rule holds on the days its pack says, and before them there is none.
//! Invariant: what parses prints back to the same text.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::{AmbiguousOffset, TimeZone};

/// A time zone: the name people know it by, and its rule in POSIX form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    text: String,
    zone: TimeZone,
}

impl Zone {
    /// The name people know it by.
    #[must_use]
    pub fn name(&self) -> &str {
        self.text.split(' ').next().unwrap_or_default()
    }

    /// The first instant after `day`: the end of that day, which does not belong to it.
    #[must_use]
    pub fn end_of(&self, day: Date) -> Option<Timestamp> {
        // Where clocks jump over midnight the day begins with the first instant there is.
        Some(day.tomorrow().ok()?.to_zoned(self.zone.clone()).ok()?.timestamp())
    }

    /// The day that `instant` falls on.
    #[must_use]
    pub fn day_of(&self, instant: Timestamp) -> Date {
        instant.to_zoned(self.zone.clone()).date()
    }
}

/// What a time on the wall is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wall {
    /// One instant.
    Once(Timestamp),
    /// None: the clocks go forward over it.
    Never,
    /// Two, because the clocks go back over it.
    Twice(Timestamp, Timestamp),
}

impl Zone {
    /// What the clock on the wall shows at an instant: day, hour and minute.
    #[must_use]
    pub fn wall_at(&self, instant: Timestamp) -> (Date, i8, i8) {
        let shown = instant.to_zoned(self.zone.clone());
        (shown.date(), shown.hour(), shown.minute())
    }

    /// When the clock on the wall shows that. `None` where there is no such time, or it lies outside all calendars.
    #[must_use]
    pub fn instant_of(&self, day: Date, hour: i8, minute: i8) -> Option<Wall> {
        let shown = day.to_datetime(Time::new(hour, minute, 0, 0).ok()?);
        let at = |offset: jiff::tz::Offset| offset.to_timestamp(shown).ok();
        Some(match self.zone.to_ambiguous_timestamp(shown).offset() {
            AmbiguousOffset::Unambiguous { offset } => Wall::Once(at(offset)?),
            AmbiguousOffset::Gap { .. } => Wall::Never,
            AmbiguousOffset::Fold { before, after } => Wall::Twice(at(before)?, at(after)?),
        })
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for Zone {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a zone: its name, a space, and its POSIX rule");
        let (name, rule) = text.split_once(' ').ok_or_else(wrong)?;
        // A name may not look like a rule, nor a rule be a name that somebody would have to look up.
        if !name.contains('/') || !name.chars().all(|c| c.is_ascii_alphabetic() || "/_-".contains(c)) {
            return Err(wrong());
        }
        let zone = TimeZone::posix(rule).map_err(|_| wrong())?;
        Ok(Self { text: text.to_owned(), zone })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const LONDON: &str = "Europe/London GMT0BST,M3.5.0/1,M10.5.0/2";

    #[test]
    fn a_day_ends_when_the_clock_on_the_wall_says_so() {
        let london: Zone = LONDON.parse().unwrap();
        let table = [
            ("2026-01-15", "2026-01-16T00:00:00Z"),
            ("2026-06-15", "2026-06-15T23:00:00Z"),
            // The nights in which clocks change: the day before, the day itself (23 or 25 hours), the day after.
            ("2026-03-28", "2026-03-29T00:00:00Z"),
            ("2026-03-29", "2026-03-29T23:00:00Z"),
            ("2026-03-30", "2026-03-30T23:00:00Z"),
            ("2026-10-24", "2026-10-24T23:00:00Z"),
            ("2026-10-25", "2026-10-26T00:00:00Z"),
            ("2026-10-26", "2026-10-27T00:00:00Z"),
            ("2024-02-29", "2024-03-01T00:00:00Z"),
            ("2100-02-28", "2100-03-01T00:00:00Z"),
        ];
        for (day, end) in table {
            let day: Date = day.parse().unwrap();
            let end: Timestamp = end.parse().unwrap();
            assert_eq!(london.end_of(day).unwrap(), end, "{day}");
            assert_eq!(london.day_of(end).yesterday().unwrap(), day);
            assert_eq!(london.day_of(Timestamp::from_second(end.as_second() - 1).unwrap()), day);
        }
        assert_eq!(london.end_of(Date::MAX), None);
        assert_eq!((london.name(), london.to_string().as_str()), ("Europe/London", LONDON));
    }

    #[test]
    fn a_day_without_midnight_begins_with_its_first_instant() {
        let zone: Zone = "Example/Late AAA0BBB,M3.5.0/0,M10.5.0/0".parse().unwrap();
        let before: Date = "2026-03-28".parse().unwrap();
        assert_eq!(zone.end_of(before).unwrap().to_string(), "2026-03-29T00:00:00Z");
    }

    #[test]
    fn a_time_on_the_wall_is_once_never_or_twice() {
        let london: Zone = LONDON.parse().unwrap();
        let instant = |text: &str| text.parse::<Timestamp>().unwrap();
        let once = |text| Some(Wall::Once(instant(text)));
        let twice = Some(Wall::Twice(instant("2026-10-25T00:30:00Z"), instant("2026-10-25T01:30:00Z")));
        for (day, hour, minute, wall) in [
            ("2026-01-15", 14, 30, once("2026-01-15T14:30:00Z")),
            ("2026-06-15", 14, 30, once("2026-06-15T13:30:00Z")),
            ("2026-03-29", 0, 59, once("2026-03-29T00:59:00Z")),
            ("2026-03-29", 1, 0, Some(Wall::Never)),
            ("2026-03-29", 1, 59, Some(Wall::Never)),
            ("2026-03-29", 2, 0, once("2026-03-29T01:00:00Z")),
            ("2026-10-25", 0, 59, once("2026-10-24T23:59:00Z")),
            ("2026-10-25", 1, 30, twice),
            ("2026-10-25", 2, 0, once("2026-10-25T02:00:00Z")),
            ("2026-01-15", 24, 0, None),
        ] {
            let day: Date = day.parse().unwrap();
            assert_eq!(london.instant_of(day, hour, minute), wall, "{day} {hour}:{minute}");
            if let Some(Wall::Once(at)) = wall {
                assert_eq!(london.wall_at(at), (day, hour, minute));
            }
        }
    }

    #[test]
    fn what_is_no_zone_is_refused() {
        for text in [
            "",
            "Europe/London",
            "GMT0BST,M3.5.0/1,M10.5.0",
            "Europe/London Europe/Paris",
            "Europe/London GMT0BST,M13.5.0",
        ] {
            let error = text.parse::<Zone>().unwrap_err();
            assert_eq!(error, format!("`{text}` is not a zone: its name, a space, and its POSIX rule"));
        }
    }
}
