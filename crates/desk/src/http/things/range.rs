//! One range of bytes that a browser asks for (RFC 9110, section 14).
//!
//! Not several ranges: then all of it is given, which that section allows.
//! Invariant: what is not understood is as if nothing was asked; what lies behind the end is refused.

use std::ops::Range;

/// What is to be given out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// All of it.
    All,
    /// This range.
    Part(Range<u64>),
    /// Nothing that there is.
    Unsatisfiable,
}

/// What a `Range` asks for, of so many bytes.
pub(super) fn asked(header: Option<&str>, len_bytes: u64) -> Asked {
    let Some((from, until)) =
        header.and_then(|text| text.trim().strip_prefix("bytes=")).and_then(|set| set.split_once('-'))
    else {
        return Asked::All;
    };
    let number = |text: &str| {
        let is_number = !text.is_empty() && text.len() <= 18 && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<u64>().ok().filter(|_| is_number)
    };
    match (number(from), number(until), from.is_empty(), until.is_empty()) {
        (Some(from), None, _, true) if from < len_bytes => Asked::Part(from..len_bytes),
        (Some(from), Some(until), ..) if from <= until && from < len_bytes => {
            Asked::Part(from..len_bytes.min(until + 1))
        }
        (None, Some(last), true, _) if last > 0 && len_bytes > 0 => {
            Asked::Part(len_bytes.saturating_sub(last)..len_bytes)
        }
        (Some(from), None, _, true) if from >= len_bytes => Asked::Unsatisfiable,
        (Some(from), Some(until), ..) if from <= until => Asked::Unsatisfiable,
        (None, Some(_), true, _) => Asked::Unsatisfiable,
        _ => Asked::All,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_range_is_understood_and_all_else_is_all() {
        let table = [
            (None, Asked::All),
            (Some("bytes=0-"), Asked::Part(0..100)),
            (Some("bytes=0-0"), Asked::Part(0..1)),
            (Some("bytes=10-19"), Asked::Part(10..20)),
            (Some("bytes=90-500"), Asked::Part(90..100)),
            (Some("bytes=-10"), Asked::Part(90..100)),
            (Some("bytes=-500"), Asked::Part(0..100)),
            (Some("bytes=100-"), Asked::Unsatisfiable),
            (Some("bytes=100-200"), Asked::Unsatisfiable),
            (Some("bytes=-0"), Asked::Unsatisfiable),
            (Some("bytes=20-10"), Asked::All),
            (Some("bytes=0-1,5-6"), Asked::All),
            (Some("bytes=+1-2"), Asked::All),
            (Some("bytes=99999999999999999999-"), Asked::All),
            (Some("items=0-1"), Asked::All),
            (Some("bytes="), Asked::All),
            (Some("bytes=-"), Asked::All),
        ];
        for (header, expected) in table {
            assert_eq!(asked(header, 100), expected, "{header:?}");
        }
        assert_eq!(asked(Some("bytes=0-"), 0), Asked::Unsatisfiable);
        assert_eq!(asked(Some("bytes=-5"), 0), Asked::Unsatisfiable);
    }
}
