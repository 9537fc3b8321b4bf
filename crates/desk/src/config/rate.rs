//! Rates of reading as they are written on the command line: `500kB/s`, `20MB/s`, `1GB/s`.
//!
//! Not how a rate is kept (`office/scrubbing.rs`), and no numbers without a unit.
//! Invariant: what is read is at least 1 kB/s and at most 1,000 GB/s.

use std::fmt;

const BYTES_MAX: u64 = 1_000_000_000_000;
const UNITS: [(&str, u64); 3] = [("GB/s", 1_000_000_000), ("MB/s", 1_000_000), ("kB/s", 1000)];

/// So many bytes a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rate {
    pub(crate) bytes: u64,
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = UNITS.into_iter().find(|(_, unit)| self.bytes.is_multiple_of(*unit));
        let (name, unit) = whole.unwrap_or(("B/s", 1));
        write!(f, "{}{name}", self.bytes / unit)
    }
}

/// Reads a rate.
pub(crate) fn parse(text: &str) -> Result<Rate, String> {
    let wrong = || "a rate is a number with its unit: 500kB/s, 20MB/s, 1GB/s".to_owned();
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let (_, unit) = UNITS.into_iter().find(|(name, _)| *name == unit).ok_or_else(wrong)?;
    let bytes = number.parse::<u64>().ok().and_then(|number| number.checked_mul(unit));
    match bytes {
        Some(bytes @ 1..=BYTES_MAX) => Ok(Rate { bytes }),
        _ => Err("a rate is above zero and at most 1000GB/s".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_need_a_unit_and_a_measure() {
        for text in ["1kB/s", "20MB/s", "1GB/s", "1500kB/s", "1000GB/s"] {
            assert_eq!(parse(text).map(|rate| rate.to_string()), Ok(text.to_owned()));
        }
        for bad in ["", "20", "MB/s", "20MB", "0MB/s", "1001GB/s", "2.5MB/s", "20 MB/s", "99999999999999999999kB/s"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
