//! Moments, ranges and lengths as they are shown and typed.
//!
//! Not sentences about things.
//! Invariant: a moment is shown in UTC and to the second, so that two screens say the same.

use jiff::Timestamp;
use rules::Date;

use crate::text::is_hidden;

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

/// A day: `2026-11-22`.
pub(crate) fn day(text: &str) -> Result<Date, String> {
    text.parse().map_err(|_| format!("`{text}` is not a day: write 2026-11-22"))
}

/// Words of one line: a title, a reason, a reference. What turns the direction of a line or cannot be seen would let two people approve what they do not read.
pub(crate) fn line(text: &str) -> Result<String, String> {
    const BYTES_MAX: usize = 1000;
    if text.trim().is_empty() || text.len() > BYTES_MAX || text.chars().any(char::is_control) {
        return Err(format!("words are one line of 1 to {BYTES_MAX} bytes"));
    }
    match hidden(text) {
        Some(c) => {
            Err(format!("words are what can be seen, and the character U+{:04X} is not: leave it out", u32::from(c)))
        }
        None => Ok(text.to_owned()),
    }
}

/// The first character that nobody sees, or that turns what stands around it.
pub(crate) fn hidden(text: &str) -> Option<char> {
    let all: Vec<char> = text.chars().collect();
    let joins = |at: usize| {
        let beside = |at: Option<usize>| at.and_then(|at| all.get(at)).copied().is_some_and(is_joined);
        matches!(all[at], '\u{200c}' | '\u{200d}') && beside(at.checked_sub(1)) && beside(at.checked_add(1))
    };
    let wrong = |at: &usize| (is_hidden(all[*at]) || is_blank(all[*at])) && !joins(*at);
    (0..all.len()).find(wrong).map(|at| all[at])
}

/// Letters of scripts in which a joiner or its absence makes another word: Arabic and its kin, the scripts of India, Tibet, Burma and Cambodia, Mongolian.
fn is_joined(c: char) -> bool {
    matches!(c, '\u{600}'..='\u{7ff}' | '\u{860}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{1820}'..='\u{18af}')
        || matches!(c, '\u{fb50}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}')
}

/// Letters without a shape, and what chooses between shapes.
fn is_blank(c: char) -> bool {
    matches!(c, '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{2800}')
        || matches!(c, '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
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
    fn words_are_what_can_be_seen() {
        for good in [
            "Llythyr at Siân Ŵ. Ŷnyr",
            "د\u{200c}ه می\u{200c}خواهم",
            "क\u{94d}\u{200d}ष",
            "a – b",
            "日本語",
            "e\u{301}",
            "שלום",
        ] {
            assert_eq!(line(good).as_deref(), Ok(good));
        }
        for (bad, said) in [
            ("a\u{202e}b", "U+202E"),
            ("\u{200f}a", "U+200F"),
            ("a\u{200b}b", "U+200B"),
            ("a\u{200d}b", "U+200D"),
            ("می\u{200c}", "U+200C"),
            ("a\u{2066}b", "U+2066"),
            ("a\u{ad}b", "U+00AD"),
            ("\u{feff}a", "U+FEFF"),
            ("a\u{3164}", "U+3164"),
            ("a\u{fe0f}", "U+FE0F"),
            ("a\u{e0041}", "U+E0041"),
            ("a\u{2028}b", "U+2028"),
        ] {
            let refused = line(bad).unwrap_err();
            assert!(refused.contains(said) && !refused.contains('\n'), "{refused}");
        }
        for bad in ["", " ", "a\nb", "\u{7}", &"x".repeat(1001)] {
            assert!(line(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_day_is_a_day() {
        assert_eq!(day("2026-11-22").map(|day| day.to_string()).as_deref(), Ok("2026-11-22"));
        for bad in ["-1", "", "22.11.2026", "2026-02-30", "20261122 x"] {
            assert_eq!(day(bad), Err(format!("`{bad}` is not a day: write 2026-11-22")));
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
