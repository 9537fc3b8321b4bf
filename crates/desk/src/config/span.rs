//! Spans of time as they are written on the command line: `500ms`, `10s`, `5m`, `1h`, and where they may be long `30d`.
//!
//! Not dates, and no numbers without a unit.
//! Invariant: what is read is above zero and at most a day, or a year where days may be said.

use std::time::Duration;

const MS_MAX: u64 = 24 * 60 * 60 * 1000;
const DAYS_MAX: u64 = 366;

/// Reads a span of at most a day.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let (number, unit) = parts(text);
    let ms = unit_ms(unit).ok_or("a span is a number with its unit: 500ms, 10s, 5m, 1h")?;
    within(number, ms, MS_MAX).ok_or_else(|| "a span is above zero and at most a day".into())
}

/// Reads a span of at most a year, which may be written in days.
pub(crate) fn parse_long(text: &str) -> Result<Duration, String> {
    let (number, unit) = parts(text);
    let ms = if unit == "d" { Some(MS_MAX) } else { unit_ms(unit) };
    let ms = ms.ok_or("a span is a number with its unit: 10s, 5m, 1h, 30d")?;
    within(number, ms, DAYS_MAX * MS_MAX).ok_or_else(|| "a span is above zero and at most 366d".into())
}

/// Writes a span in the largest unit that it has a whole number of.
pub(crate) fn print(span: Duration) -> String {
    let ms = span.as_millis();
    let units = [(u128::from(MS_MAX), "d"), (3_600_000, "h"), (60_000, "m"), (1000, "s"), (1, "ms")];
    let (unit_ms, unit) = units.into_iter().find(|(unit_ms, _)| ms.is_multiple_of(*unit_ms)).unwrap_or((1, "ms"));
    format!("{}{unit}", ms / unit_ms)
}

fn parts(text: &str) -> (&str, &str) {
    text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()))
}

fn unit_ms(unit: &str) -> Option<u64> {
    match unit {
        "ms" => Some(1),
        "s" => Some(1000),
        "m" => Some(60_000),
        "h" => Some(3_600_000),
        _ => None,
    }
}

fn within(number: &str, unit_ms: u64, ms_max: u64) -> Option<Duration> {
    let ms = number.parse::<u64>().ok()?.checked_mul(unit_ms)?;
    (1..=ms_max).contains(&ms).then(|| Duration::from_millis(ms))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_need_a_unit_and_a_measure() {
        for (text, ms) in [("1ms", 1), ("10s", 10_000), ("5m", 300_000), ("24h", MS_MAX)] {
            assert_eq!(parse(text), Ok(Duration::from_millis(ms)), "{text}");
        }
        for bad in ["", "10", "s", "-1s", "1.5s", "0s", "25h", "1 s", "99999999999999999999s", "18446744073709551615h"]
        {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn long_spans_may_be_said_in_days_and_are_printed_as_they_were_read() {
        for text in ["200ms", "90s", "5m", "36h", "1d", "366d"] {
            assert_eq!(parse_long(text).map(print), Ok(text.to_owned()));
        }
        assert_eq!(parse_long("48h").map(print), Ok("2d".to_owned()));
        assert!(parse("1d").is_err());
        for bad in ["", "d", "0d", "367d", "1w", "1 d", "18446744073709551615d"] {
            assert!(parse_long(bad).is_err(), "{bad}");
        }
    }
}
