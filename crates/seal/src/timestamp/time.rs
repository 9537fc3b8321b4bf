//! The times that certificates and tokens hold, as seconds since 1970 (UTC).
//!
//! Not here: any clock. Only the forms that RFC 5280 (4.1.2.5) and RFC 3161 (2.4.2) prescribe are read: UTC with a `Z`, whole seconds
//! in certificates, a fraction without trailing zeros in tokens.
//! Invariants: a day or hour that does not exist is refused; so is a sixtieth second.

use super::der::{Element, GENERALIZED_TIME, UTC_TIME};

const NANOSECONDS: i128 = 1_000_000_000;

/// A time in a token, to the nanosecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Instantaneous(i128);

impl Instantaneous {
    /// The second it falls into.
    pub(super) fn second(self) -> i64 {
        seconds(self.0)
    }

    /// The last whole second before it could have been, and the first after, for an accuracy in microseconds.
    pub(super) fn bounds(self, accuracy_us: i64) -> (i64, i64) {
        let accuracy = i128::from(accuracy_us) * 1_000;
        (seconds(self.0 - accuracy), -seconds(-(self.0 + accuracy)))
    }
}

fn seconds(nanoseconds: i128) -> i64 {
    i64::try_from(nanoseconds.div_euclid(NANOSECONDS)).unwrap_or(i64::MAX)
}

/// `genTime` of a token.
pub(super) fn of_token(body: &[u8]) -> Option<Instantaneous> {
    let (whole, fraction) = body.strip_suffix(b"Z")?.split_at_checked(14)?;
    let fraction = match fraction {
        [] => 0,
        [b'.', digits @ ..] if (1..=9).contains(&digits.len()) && digits.last() != Some(&b'0') => {
            number(digits)? * 10_i64.pow(9 - u32::try_from(digits.len()).ok()?)
        }
        _ => return None,
    };
    let second = of_digits(number(whole.get(..4)?)?, whole.get(4..)?)?;
    Some(Instantaneous(i128::from(second) * NANOSECONDS + i128::from(fraction)))
}

/// One end of a certificate's validity.
pub(super) fn of_certificate(element: Element<'_>) -> Option<i64> {
    let digits = element.body.strip_suffix(b"Z")?;
    match (element.tag, digits.len()) {
        (UTC_TIME, 12) => {
            let year = number(&digits[..2])?;
            of_digits(year + if year < 50 { 2000 } else { 1900 }, &digits[2..])
        }
        (GENERALIZED_TIME, 14) => of_digits(number(&digits[..4])?, &digits[4..]),
        _ => None,
    }
}

/// The year and ten digits: month, day, hour, minute, second.
fn of_digits(year: i64, rest: &[u8]) -> Option<i64> {
    let two = |at: usize| number(rest.get(at..at + 2)?);
    let (month, day, hour, minute, second) = (two(0)?, two(2)?, two(4)?, two(6)?, two(8)?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days_of = |month| match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    let exists = rest.len() == 10 && year > 0 && (1..=12).contains(&month) && (1..=days_of(month)).contains(&day);
    if !exists || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let before = year - 1;
    let leap_days = before.div_euclid(4) - before.div_euclid(100) + before.div_euclid(400);
    // 719,162 days lie between 0001-01-01 and 1970-01-01.
    let days = before * 365 + leap_days - 719_162 + (1..month).map(days_of).sum::<i64>() + day - 1;
    Some(((days * 24 + hour) * 60 + minute) * 60 + second)
}

fn number(digits: &[u8]) -> Option<i64> {
    let value = |sum: i64, digit: &u8| digit.is_ascii_digit().then(|| sum * 10 + i64::from(digit - b'0'));
    digits.iter().try_fold(0, value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_date_prints_them() {
        // Each from `date -u -d "…" +%s`.
        let table: &[(&str, Option<i64>)] = &[
            ("19700101000000Z", Some(0)),
            ("20000229235959Z", Some(951_868_799)),
            ("20261122093000Z", Some(1_795_339_800)),
            ("21000301000000Z", Some(4_107_542_400)),
            ("99991231235959Z", Some(253_402_300_799)),
            ("19500101000000Z", Some(-631_152_000)),
            ("00010101000000Z", Some(-62_135_596_800)),
            ("00000101000000Z", None),
            ("21000229000000Z", None),
            ("20261131000000Z", None),
            ("20261301000000Z", None),
            ("20260001000000Z", None),
            ("20261100000000Z", None),
            ("20261122240000Z", None),
            ("20261122096000Z", None),
            ("20261122093060Z", None),
            ("20261122093000", None),
            ("20261122093000+0100", None),
            ("202611220930Z", None),
            ("2026112209300 Z", None),
        ];
        for (text, expected) in table {
            assert_eq!(of_token(text.as_bytes()).map(Instantaneous::second), *expected, "{text}");
            let element = Element { tag: GENERALIZED_TIME, body: text.as_bytes(), whole: &[] };
            assert_eq!(of_certificate(element), *expected, "{text}");
        }
        let short = |text: &str| of_certificate(Element { tag: UTC_TIME, body: text.as_bytes(), whole: &[] });
        assert_eq!((short("491231235959Z"), short("500101000000Z")), (Some(2_524_607_999), Some(-631_152_000)));
        assert_eq!(short("20491231235959Z"), None);
    }

    #[test]
    fn fractions_and_accuracy_only_widen() {
        let bounds = |text: &str, accuracy_us| of_token(text.as_bytes()).map(|time| time.bounds(accuracy_us));
        assert_eq!(bounds("19700101000100Z", 0), Some((60, 60)));
        assert_eq!(bounds("19700101000100.5Z", 0), Some((60, 61)));
        assert_eq!(bounds("19700101000100.5Z", 500_000), Some((60, 61)));
        assert_eq!(bounds("19700101000100.5Z", 500_001), Some((59, 62)));
        assert_eq!(bounds("19700101000100Z", 1_000_000), Some((59, 61)));
        assert_eq!(bounds("19700101000100.50Z", 0), None);
        assert_eq!(bounds("19700101000100.Z", 0), None);
        assert_eq!(bounds("19700101000100.1234567891Z", 0), None);
    }
}
