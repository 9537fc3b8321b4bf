//! Times as people type and read them: `3:20`, `1:02:03.5`, `75` and ranges `A-B`.
//!
//! Not a clock and not a calendar: a [`Moment`] is a distance from the start of a recording.
//! Invariants: parsing is exact to the nanosecond; a moment becomes a sample position only with a
//! rate, rounded down at the start of a range and up at its end, so nothing asked for falls out.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

const NANOS: u128 = 1_000_000_000;
/// No recording is this long (a century in seconds); keeps every product far inside its type.
const LONGEST_SECONDS: u64 = 3_200_000_000;

/// A distance from the start of a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment {
    nanos: u128,
}

impl Moment {
    /// The moment of a sample position, rounded down to the nanosecond.
    pub(crate) fn of_samples(samples: u64, rate_hz: u32) -> Moment {
        Moment { nanos: u128::from(samples) * NANOS / u128::from(rate_hz.max(1)) }
    }

    /// The last sample position at or before this moment.
    pub(crate) fn samples_floor(self, rate_hz: u32) -> u64 {
        u64::try_from(self.nanos * u128::from(rate_hz) / NANOS).unwrap_or(u64::MAX)
    }

    /// The first sample position at or after this moment.
    pub(crate) fn samples_ceil(self, rate_hz: u32) -> u64 {
        u64::try_from((self.nanos * u128::from(rate_hz)).div_ceil(NANOS)).unwrap_or(u64::MAX)
    }
}

impl FromStr for Moment {
    type Err = String;

    fn from_str(text: &str) -> Result<Moment, String> {
        let wrong = || "a time looks like 3:20, 1:02:03.5 or 75 (seconds)".to_owned();
        let (whole, fraction) = match text.split_once('.') {
            Some((whole, fraction)) => (whole, fraction_nanos(fraction).ok_or_else(wrong)?),
            None => (text, 0),
        };
        let fields: Vec<&str> = whole.split(':').collect();
        if fields.len() > 3 {
            return Err(wrong());
        }
        let mut seconds: u64 = 0;
        for (place, field) in fields.iter().enumerate() {
            let value = digits(field).ok_or_else(wrong)?;
            if place > 0 && (field.len() != 2 || value > 59) {
                return Err("after a colon come two digits from 00 to 59".to_owned());
            }
            seconds = seconds.checked_mul(60).and_then(|s| s.checked_add(value)).ok_or_else(wrong)?;
        }
        if seconds > LONGEST_SECONDS {
            return Err("no recording is that long".to_owned());
        }
        Ok(Moment { nanos: u128::from(seconds) * NANOS + fraction })
    }
}

fn digits(field: &str) -> Option<u64> {
    let plain = !field.is_empty() && field.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| field.parse().ok()).flatten()
}

fn fraction_nanos(fraction: &str) -> Option<u128> {
    if fraction.len() > 9 {
        return None;
    }
    let scale = 10u128.pow(9 - u32::try_from(fraction.len()).ok()?);
    Some(u128::from(digits(fraction)?) * scale)
}

/// `12:34`, `1:02:03.5`: to the millisecond, without trailing zeros.
impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = self.nanos / 1_000_000;
        let seconds = millis / 1000;
        let (h, m, s) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        if h > 0 {
            write!(f, "{h}:{m:02}:{s:02}")?;
        } else {
            write!(f, "{m}:{s:02}")?;
        }
        let rest = format!("{:03}", millis % 1000);
        let rest = rest.trim_end_matches('0');
        if rest.is_empty() { Ok(()) } else { write!(f, ".{rest}") }
    }
}

/// From one moment to a later one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) from: Moment,
    pub(crate) to: Moment,
}

impl Span {
    /// The samples that this span touches.
    pub(crate) fn samples(self, rate_hz: u32) -> Range<u64> {
        self.from.samples_floor(rate_hz)..self.to.samples_ceil(rate_hz)
    }
}

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Span, String> {
        let (from, to) = text.split_once('-').ok_or_else(|| "a range looks like 10:02-10:09".to_owned())?;
        Ok(Span { from: from.parse()?, to: to.parse()? })
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} to {}", self.from, self.to)
    }
}

/// A range of samples in words: `10:02 to 10:09`.
pub(crate) fn range_text(range: &Range<u64>, rate_hz: u32) -> String {
    Span { from: Moment::of_samples(range.start, rate_hz), to: Moment::of_samples(range.end, rate_hz) }.to_string()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// What is typed, the samples at 8000 Hz (floor, ceil), and how it is shown again.
    const GOOD: &[(&str, u64, u64, &str)] = &[
        ("0", 0, 0, "0:00"),
        ("75", 600_000, 600_000, "1:15"),
        ("3:20", 1_600_000, 1_600_000, "3:20"),
        ("0:00.5", 4000, 4000, "0:00.5"),
        ("1:02:03.5", 29_788_000, 29_788_000, "1:02:03.5"),
        ("0.0001", 0, 1, "0:00"),
        ("90:00", 43_200_000, 43_200_000, "1:30:00"),
        ("0.123456789", 987, 988, "0:00.123"),
    ];

    const BAD: &[&str] = &[
        "",
        ":",
        "3:",
        ":20",
        "3:2",
        "3:200",
        "3:60",
        "1:2:3",
        "1:02:03:04",
        "-1",
        "+1",
        "1e3",
        "3.",
        ".5",
        "1.0000000001",
        "99999999999",
        "18446744073709551616",
        "3:20 ",
        "٣",
    ];

    #[test]
    fn moments_parse_and_print() {
        for &(text, floor, ceil, shown) in GOOD {
            let moment: Moment = text.parse().unwrap();
            assert_eq!(moment.samples_floor(8000), floor, "{text}");
            assert_eq!(moment.samples_ceil(8000), ceil, "{text}");
            assert_eq!(moment.to_string(), shown, "{text}");
        }
        for text in BAD {
            assert!(text.parse::<Moment>().is_err(), "{text:?} must be refused");
        }
    }

    #[test]
    fn spans_parse() {
        let span: Span = "10:02-10:09.5".parse().unwrap();
        assert_eq!(span.samples(8000), 4_816_000..4_876_000);
        assert_eq!(span.to_string(), "10:02 to 10:09.5");
        for text in ["10:02", "10:02-", "-10:02", "a-b", "1-2-3", "1–2"] {
            assert!(text.parse::<Span>().is_err(), "{text:?} must be refused");
        }
    }

    #[test]
    fn sample_positions_print_as_times() {
        assert_eq!(range_text(&(44_100..66_150), 44_100), "0:01 to 0:01.5");
    }
}
