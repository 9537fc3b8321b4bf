//! Days and times as people write and read them, by the clock on the wall.
//!
//! Not which clock that is (`rules`). Invariants: a time that the clocks leave out or show twice is never guessed; what is read and written again is the same
//! day and minute.

use pages::wording::{self, Language, Words};
use rules::{Book, Date, Jurisdiction, Timestamp, Wall};

use super::known::Known;

/// The months, as a form may have them.
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A day as it was typed in three fields, or which of them is wrong and why.
pub(super) fn day(known: &Known<'_>, label: &Words, parts: [&str; 3]) -> Result<Date, (usize, Words)> {
    let language = known.language;
    let part_names = [wording::day(language), wording::month(language), wording::year(language)];
    if let Some(at) = parts.iter().position(|part| part.is_empty()) {
        let part = part_names[at].as_str().to_lowercase();
        return Err((at, wording::case_wrong_date_part(language, label.as_str(), &part)));
    }
    let unreal = |at| (at, wording::case_wrong_date(language, label.as_str()));
    let [day, month, year] = parts;
    let day: i8 = number(day).ok_or_else(|| unreal(0))?;
    let month = month_of(month).ok_or_else(|| unreal(1))?;
    let year = Some(year).filter(|year| year.len() == 4).and_then(number::<i16>).filter(|year| *year >= 1000);
    let year = year.ok_or_else(|| (2, wording::case_wrong_year(language, label.as_str())))?;
    Date::new(year, month, day).map_err(|_| unreal(0))
}

fn number<T: std::str::FromStr>(text: &str) -> Option<T> {
    let is_digits = text.bytes().all(|byte| byte.is_ascii_digit());
    if is_digits { text.parse().ok() } else { None }
}

/// A month by its number or the beginning of its name.
fn month_of(text: &str) -> Option<i8> {
    let is_name = |name: &str| text.len() >= 3 && name.to_ascii_lowercase().starts_with(&text.to_ascii_lowercase());
    let named = (1..).zip(MONTHS).find(|(_, name)| is_name(name)).map(|(month, _)| month);
    named.or_else(|| number(text))
}

/// A time such as 14:30, 9.30am or 2pm: hour and minute.
pub(super) fn time(text: &str) -> Option<(i8, i8)> {
    let text = text.to_ascii_lowercase().replace(' ', "");
    let (text, half) = match text.strip_suffix("am") {
        Some(rest) => (rest, Some(0)),
        None => text.strip_suffix("pm").map_or((text.as_str(), None), |rest| (rest, Some(12))),
    };
    let (hour, minute) = match text.split_once([':', '.']) {
        Some((hour, minute)) if minute.len() == 2 => (hour, number::<i8>(minute)?),
        None if half.is_some() => (text, 0),
        _ => return None,
    };
    let hour: i8 = Some(hour).filter(|hour| (1..=2).contains(&hour.len())).and_then(number)?;
    let hour = match half {
        None => hour,
        Some(half) if (1..=12).contains(&hour) => hour % 12 + half,
        Some(_) => return None,
    };
    (hour < 24 && minute < 60).then_some((hour, minute))
}

/// The moment at which the clock on the wall shows that.
pub(super) fn at(known: &Known<'_>, label: &Words, day: Date, (hour, minute): (i8, i8)) -> Result<i64, Words> {
    let language = known.language;
    let clock = || wording::case_wrong_clock(language, label.as_str());
    let zone = known.book.zone_on(day, known.place()).map_err(|_| clock())?;
    let (shown, on) = (format!("{hour}:{minute:02}"), said_day(day));
    match zone.instant_of(day, hour, minute) {
        Some(Wall::Once(instant)) => Ok(instant.as_microsecond()),
        Some(Wall::Never) => Err(wording::case_wrong_never(language, label.as_str(), &shown, &on)),
        Some(Wall::Twice(..)) => Err(wording::case_wrong_twice(language, label.as_str(), &shown, &on)),
        None => Err(clock()),
    }
}

/// What the clock on the wall shows at a moment; nothing where no rule says which clock, or there is no such moment.
pub(super) fn wall(known: &Known<'_>, at_micros: i64) -> Option<(Date, i8, i8)> {
    wall_at(known.book, known.place(), at_micros)
}

fn wall_at(book: &Book, place: Jurisdiction, at_micros: i64) -> Option<(Date, i8, i8)> {
    let instant = Timestamp::from_microsecond(at_micros).ok()?;
    let day = book.day_of(instant, place).ok()?;
    Some(book.zone_on(day, place).ok()?.wall_at(instant))
}

/// A moment in words.
pub(super) fn said(known: &Known<'_>, at_micros: i64) -> String {
    said_at(known.book, known.place(), known.language, at_micros)
}

/// The same by the clock of a place.
pub(crate) fn said_at(book: &Book, place: Jurisdiction, language: Language, at_micros: i64) -> String {
    let said = |(day, hour, minute)| {
        let time = format!("{hour}:{minute:02}");
        wording::case_when(language, &said_day(day), &time).as_str().to_owned()
    };
    wall_at(book, place, at_micros).map_or_else(|| crate::vault::words::instant(at_micros), said)
}

/// A day in words.
pub(crate) fn said_day(day: Date) -> String {
    let month = usize::try_from(day.month() - 1).ok().and_then(|at| MONTHS.get(at)).copied().unwrap_or_default();
    format!("{} {month} {}", day.day(), day.year())
}
