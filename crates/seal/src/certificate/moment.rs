//! Moments and days as a certificate writes them: `2026-11-22T09:30:12Z`, `2026-11-22`.
//!
//! Not here: any clock, and zones: everything is UTC. Source: RFC 3339, its one form with whole seconds and `Z`.
//! Invariants: `print(parse(x)) = x`; a day that does not exist is refused; years 1970 to 9999.

const DAY_S: u64 = 86_400;
/// 9999-12-31T23:59:59Z.
const LAST_S: u64 = 253_402_300_799;

/// `2026-11-22T09:30:12Z`; beyond the year 9999 something that does not parse.
pub(super) fn print(time_s: u64) -> String {
    if time_s > LAST_S {
        return "beyond the year 9999".to_owned();
    }
    let (day, second) = (time_s / DAY_S, time_s % DAY_S);
    format!("{}T{:02}:{:02}:{:02}Z", print_day(day), second / 3_600, second / 60 % 60, second % 60)
}

pub(super) fn parse(text: &str) -> Option<u64> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    let mut parts = time.split(':').map(|part| part.parse::<u64>().ok());
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next()??);
    // What is out of its range prints as something else.
    let in_day = hour.checked_mul(3_600)?.checked_add(minute.checked_mul(60)?)?.checked_add(second)?;
    let time_s = parse_day(date)?.checked_mul(DAY_S)?.checked_add(in_day)?;
    (print(time_s) == text).then_some(time_s)
}

/// The day it is in, as days since 1970.
pub(super) fn day_of(time_s: u64) -> u64 {
    time_s / DAY_S
}

/// `2026-11-22`.
pub(super) fn print_day(day: u64) -> String {
    // Years begin in March here, so that the leap day is the last one; 719,468 days lie between 0000-03-01 and 1970-01-01.
    let days = day + 719_468;
    let (era, in_era) = (days / 146_097, days % 146_097);
    let year_of_era = (in_era - in_era / 1_460 + in_era / 36_524 - in_era / 146_096) / 365;
    let in_year = in_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * in_year + 2) / 153;
    let day = in_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

/// Days since 1970.
pub(super) fn parse_day(text: &str) -> Option<u64> {
    let mut parts = text.split('-').map(|part| part.parse::<u64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let (year, month_from_march) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let in_year = (153 * month_from_march + 2) / 5 + day - 1;
    let days = year * 365 + year / 4 - year / 100 + year / 400 + in_year;
    let day = days.checked_sub(719_468)?;
    (print_day(day) == text).then_some(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_as_date_prints_them() {
        // Each from `date -u -d "…" +%s`.
        let table: &[(&str, Option<u64>)] = &[
            ("1970-01-01T00:00:00Z", Some(0)),
            ("2000-02-29T23:59:59Z", Some(951_868_799)),
            ("2026-11-22T09:30:00Z", Some(1_795_339_800)),
            ("2100-03-01T00:00:00Z", Some(4_107_542_400)),
            ("9999-12-31T23:59:59Z", Some(LAST_S)),
            ("1969-12-31T23:59:59Z", None),
            ("2100-02-29T00:00:00Z", None),
            ("2026-11-31T00:00:00Z", None),
            ("2026-13-01T00:00:00Z", None),
            ("2026-11-22T24:00:00Z", None),
            ("2026-11-22T09:60:00Z", None),
            ("2026-11-22T09:30:60Z", None),
            ("2026-11-22T9:30:00Z", None),
            ("2026-11-22T+9:30:00Z", None),
            ("2026-11-22T09:30:00:00Z", None),
            ("2026-11-22T09:30:00+00:00", None),
            ("2026-11-22 09:30:00Z", None),
            ("99999999999999999999-11-22T09:30:00Z", None),
            ("beyond the year 9999", None),
            ("", None),
        ];
        for (text, want) in table {
            assert_eq!(parse(text), *want, "{text}");
        }
    }

    #[test]
    fn every_day_of_four_centuries_comes_back() {
        for day in 0..146_097 {
            assert_eq!(parse_day(&print_day(day)), Some(day));
        }
    }
}
