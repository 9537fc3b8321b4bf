//! Moments, ranges and lengths as they are shown and typed.
//!
//! Not sentences about things.
//! Invariant: a moment is shown in UTC and to the second, so that two screens say the same.

use jiff::Timestamp;

/// A moment: `2026-11-22T15:04:05Z`.
pub(crate) fn instant(us: i64) -> String {
    let second = us.div_euclid(1_000_000);
    Timestamp::from_second(second).map_or_else(|_| format!("{second} s"), |at| at.to_string())
}

/// Seconds since 1970; a moment before that is its beginning.
pub(crate) fn seconds(us: i64) -> u64 {
    u64::try_from(us.div_euclid(1_000_000)).unwrap_or(0)
}

/// Reads a time in a recording: `1:02:03.5`, `2:03`, `45`; milliseconds.
pub(crate) fn clock_ms(text: &str) -> Result<u64, String> {
    let wrong = || "a time in a recording is written 1:02:03, 2:03 or 2:03.5".to_owned();
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let parts: Vec<&str> = whole.split(':').collect();
    let is_digits = |part: &&str| !part.is_empty() && part.len() <= 6 && part.bytes().all(|byte| byte.is_ascii_digit());
    if !(1..=3).contains(&parts.len()) || !parts.iter().all(is_digits) || fraction.len() > 3 {
        return Err(wrong());
    }
    // Behind a larger unit a smaller one stays below sixty.
    if parts[1..].iter().any(|part| part.len() > 2 || part.parse::<u64>().unwrap_or(60) >= 60) {
        return Err(wrong());
    }
    let seconds = parts.iter().fold(0_u64, |sum, part| sum * 60 + part.parse::<u64>().unwrap_or(0));
    let fraction_ms = match fraction {
        "" if text.contains('.') => return Err(wrong()),
        "" => 0,
        digits => format!("{digits:0<3}").parse::<u64>().map_err(|_| wrong())?,
    };
    Ok(seconds * 1000 + fraction_ms)
}

/// Words of one line: a title, a reason, a reference.
pub(crate) fn line(text: &str) -> Result<String, String> {
    const BYTES_MAX: usize = 1000;
    let is_line = !text.trim().is_empty() && text.len() <= BYTES_MAX && !text.chars().any(char::is_control);
    is_line.then(|| text.to_owned()).ok_or_else(|| format!("words are one line of 1 to {BYTES_MAX} bytes"))
}

/// Reads a range of bytes: `A..B`, where B is not in it.
pub(crate) fn bytes_range(text: &str) -> Result<std::ops::Range<u64>, String> {
    let wrong = || "a range of bytes is written FROM..UNTIL".to_owned();
    let (from, until) = text.split_once("..").ok_or_else(wrong)?;
    let range = from.parse().map_err(|_| wrong())?..until.parse().map_err(|_| wrong())?;
    if range.start > range.end { Err(wrong()) } else { Ok(range) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_in_a_recording_are_read_as_people_write_them() {
        for (text, ms) in [("0", 0), ("45", 45_000), ("2:03", 123_000), ("1:02:03.5", 3_723_500), ("90:00", 5_400_000)]
        {
            assert_eq!(clock_ms(text), Ok(ms), "{text}");
        }
        for bad in ["", ":", "1:", "1:60", "1:2:3:4", "-1", "1.", "1.2345", "1:2.x", "é", "1:100", "9999999"] {
            assert!(clock_ms(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_range_has_two_ends_in_order() {
        assert_eq!(bytes_range("0..10"), Ok(0..10));
        assert_eq!(bytes_range("7..7"), Ok(7..7));
        for bad in ["", "1", "5..4", "..4", "4..", "-1..2", "a..b", "1...2"] {
            assert!(bytes_range(bad).is_err(), "{bad}");
        }
    }
}
