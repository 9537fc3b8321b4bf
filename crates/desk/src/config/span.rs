//! Spans of time as they are written on the command line: `500ms`, `10s`, `5m`, `1h`.
//!
//! Not dates, and no numbers without a unit.
//! Invariant: what is read is above zero and at most a day.

use std::time::Duration;

const MS_MAX: u64 = 24 * 60 * 60 * 1000;

/// Reads a span.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let unit_ms = match &text[digits..] {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return Err("a span is a number with its unit: 500ms, 10s, 5m, 1h".into()),
    };
    let ms = text[..digits].parse::<u64>().ok().and_then(|number| number.checked_mul(unit_ms));
    match ms {
        Some(ms @ 1..=MS_MAX) => Ok(Duration::from_millis(ms)),
        _ => Err("a span is above zero and at most a day".into()),
    }
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
}
