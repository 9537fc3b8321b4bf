//! A length of time as a rule states it: a count and a unit, "14 months", "40 working days".
//!
//! Not here: what it comes to on a calendar (`calendar.rs`).
//! Invariant: what parses prints back to the same text; one of something is singular and more are plural.

use std::fmt;
use std::str::FromStr;

/// The largest count of anything; more is a slip of the pen.
const COUNT_MAX: u16 = 1_200;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unit {
    /// Every day.
    Days,
    /// Seven days each.
    Weeks,
    /// Calendar months.
    Months,
    /// Days that are neither Saturday, Sunday nor a bank holiday.
    WorkingDays,
}

impl Unit {
    const ALL: [Unit; 4] = [Unit::Days, Unit::Weeks, Unit::Months, Unit::WorkingDays];

    fn singular(self) -> &'static str {
        match self {
            Unit::Days => "day",
            Unit::Weeks => "week",
            Unit::Months => "month",
            Unit::WorkingDays => "working day",
        }
    }
}

/// A length of time, never nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Span {
    count: u16,
    unit: Unit,
}

impl Span {
    /// `count` of `unit`, if there is at least one and not absurdly many.
    #[must_use]
    pub fn new(count: u16, unit: Unit) -> Option<Self> {
        (1..=COUNT_MAX).contains(&count).then_some(Self { count, unit })
    }

    /// How many.
    #[must_use]
    pub fn count(self) -> u16 {
        self.count
    }

    /// Of what.
    #[must_use]
    pub fn unit(self) -> Unit {
        self.unit
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.count == 1 { "" } else { "s" };
        write!(f, "{} {}{plural}", self.count, self.unit.singular())
    }
}

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (count, unit) = text.split_once(' ').ok_or_else(|| format!("`{text}` is not a count and a unit"))?;
        let of = |one: &Unit| unit == one.singular() || unit.strip_suffix('s') == Some(one.singular());
        let unit = Unit::ALL.into_iter().find(of).ok_or_else(|| format!("`{unit}` is not a unit known here"))?;
        let span = count.parse().ok().and_then(|count| Span::new(count, unit));
        let span = span.ok_or_else(|| format!("`{count}` is not a count from 1 to {COUNT_MAX}"))?;
        if span.to_string() == text { Ok(span) } else { Err(format!("`{text}` is written `{span}`")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_span_is_refused_with_what_is_wrong() {
        let table = [
            ("14 months", "14 months"),
            ("1 day", "1 day"),
            ("40 working days", "40 working days"),
            ("4 weeks", "4 weeks"),
            ("1 months", "`1 months` is written `1 month`"),
            ("2 week", "`2 week` is written `2 weeks`"),
            ("014 months", "`014 months` is written `14 months`"),
            ("0 days", "`0` is not a count from 1 to 1200"),
            ("1201 days", "`1201` is not a count from 1 to 1200"),
            ("-1 days", "`-1` is not a count from 1 to 1200"),
            ("14 moons", "`moons` is not a unit known here"),
            ("14  months", "` months` is not a unit known here"),
            ("14", "`14` is not a count and a unit"),
            ("", "`` is not a count and a unit"),
        ];
        for (text, expected) in table {
            let found = text.parse::<Span>().map_or_else(|error| error, |span| span.to_string());
            assert_eq!(found, expected);
        }
    }
}
