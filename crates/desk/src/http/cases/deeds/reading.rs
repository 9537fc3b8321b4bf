//! Reading a form: each field by its kind, all that is wrong at once, and a command where nothing is.
//!
//! Not deciding. Invariants: what was not on the page is not taken; words hold no character that cannot be seen; a form never makes the program
//! stop; every message names a field of the page and says what to do.

use std::str::FromStr;

use casework::Drawing;
use casework::case::{Command, Deed, Party};
use casework::{Digest, Name, ThingId};
use pages::cases::Wrong;
use pages::wording::{self, Words};

use super::field::{Control, Field, Need};
use super::known::{Known, YES};
use super::moments;
use super::own;
use super::table;
use super::value::{Value, Values};
use crate::http::access::form::Form;
use crate::vault::words::hidden;

/// The most characters of many words.
pub(crate) const AREA_CHARS_MAX: usize = 4_000;
/// The most characters of a line.
const LINE_CHARS_MAX: usize = 200;

/// A form, as far as it is read.
pub(super) struct Checked<'a> {
    pub(super) known: &'a Known<'a>,
    pub(super) values: Values,
    /// What is wrong, by the place of its field in the form.
    wrong: Vec<(usize, (String, Words))>,
}

/// What was typed in a field: a value, nothing, or what is wrong and in which part of it.
type Typed = Result<Option<Value>, (&'static str, Words)>;

/// The command that a form makes, or all that is wrong with it.
pub(crate) fn read(deed: Deed, known: &Known<'_>, form: &Form) -> Result<Command, Wrong> {
    let Some(row) = table::row(deed) else {
        return Err(vec![(String::new(), wording::case_wrong_deed(known.language))]);
    };
    let mut checked = Checked { known, values: Values::default(), wrong: Vec::new() };
    let fields: Vec<&Field> = row.fields().collect();
    for (at, field) in fields.iter().enumerate() {
        match one(known, form, field, &checked.values) {
            Ok(None) => {}
            Ok(Some(value)) => checked.values.put(field.name, value),
            Err((part, words)) => checked.wrong.push((at, (id(field.name, part), words))),
        }
    }
    for (at, field) in fields.iter().enumerate() {
        let is_wrong = checked.wrong.iter().any(|(other, _)| *other == at);
        if !is_wrong && checked.values.get(field.name).is_none() && is_needed(field, &checked) {
            checked.wrong.push((at, (id(field.name, first_part(field)), missing(known, field))));
        }
    }
    if let Some(after) = row.after {
        after(&mut checked);
    }
    checked.wrong.sort_by_key(|(at, _)| *at);
    let mut wrong: Wrong = checked.wrong.into_iter().map(|(_, wrong)| wrong).collect();
    if form.into_iter().any(|(name, _)| {
        !known.beside.contains(&name.as_str()) && !fields.iter().any(|field| is_of(field, known, name))
    }) {
        wrong.push((String::new(), wording::case_wrong_foreign(known.language)));
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    // Each field is there and of its kind; a row that cannot be made of them is seen by the test that makes every command.
    (row.make)(&checked.values).ok_or_else(|| vec![(String::new(), wording::case_wrong_foreign(known.language))])
}

/// The references of other cases that a form names, for the caller to look up before it is read.
pub(crate) fn references(deed: Deed, form: &Form) -> Vec<Name> {
    let fields = table::row(deed).into_iter().flat_map(|row| row.fields());
    let cases = fields.filter(|field| matches!(field.control, Control::Case | Control::Follows));
    cases.filter_map(|field| form.line(field.name).parse().ok()).collect()
}

/// Whether a name in a form is this field's.
fn is_of(field: &Field, known: &Known<'_>, name: &str) -> bool {
    let rest = name.strip_prefix(field.name);
    match field.control {
        // It was not on the page.
        _ if own::is_staffs(known, field) || own::said_by_acting(known, field).is_some() => false,
        Control::Made => false,
        Control::Day | Control::When => rest.is_some_and(|rest| parts(field).contains(&rest)),
        Control::SeveralOf(list) => {
            let word = rest.and_then(|rest| rest.strip_prefix('.'));
            word.is_some_and(|word| list(known.language).iter().any(|one| one.word == word))
        }
        _ => rest == Some(""),
    }
}

/// What the names of a day's fields end with.
pub(super) fn parts(field: &Field) -> &'static [&'static str] {
    match field.control {
        Control::Day => &["-day", "-month", "-year"],
        Control::When => &["-day", "-month", "-year", "-time"],
        _ => &[""],
    }
}

fn first_part(field: &Field) -> &'static str {
    parts(field)[0]
}

fn id(name: &str, part: &str) -> String {
    format!("{name}{part}")
}

fn is_needed(field: &Field, checked: &Checked<'_>) -> bool {
    let by_staff = !checked.known.by_person;
    let has_reference = checked.values.get("reference").is_some();
    match field.need {
        Need::Always => true,
        Need::Never => false,
        Need::Heard => by_staff && !has_reference,
        Need::OfStaff => by_staff,
        Need::If(holds) => holds(&checked.values),
        Need::HeardIf(holds) => by_staff && !has_reference && holds(&checked.values),
    }
}

fn missing(known: &Known<'_>, field: &Field) -> Words {
    let nothing = matches!(field.control, Control::Number(_)) && known.choices(field).is_some_and(|all| all.is_empty());
    if nothing { wording::case_wrong_none(known.language, &label(known, field)) } else { own::missing(known, field) }
}

fn label(known: &Known<'_>, field: &Field) -> String {
    own::label(known, field).as_str().to_owned()
}

fn one(known: &Known<'_>, form: &Form, field: &Field, values: &Values) -> Typed {
    let whole = |words: Words| ("", words);
    let line = form.line(field.name);
    if let Some(word) = own::said_by_acting(known, field) {
        return Ok(Some(Value::Word(word.to_owned())));
    }
    match field.control {
        Control::Made => Ok(None),
        _ if own::is_staffs(known, field) => Ok(None),
        Control::SeveralOf(_) => several(known, form, field),
        Control::YesNo => {
            chosen(known, field, line).map(|word| word.map(|word| Value::Flag(word == YES))).map_err(whole)
        }
        Control::Area => words(known, field, form.get(field.name), AREA_CHARS_MAX, true).map_err(whole),
        Control::Line => words(known, field, line, LINE_CHARS_MAX, false).map_err(whole),
        Control::Day => day(known, form, field).map(|day| day.map(Value::Day)),
        Control::When => moment(known, form, field),
        Control::Until(from) => until(known, field, line, values.moment(from)).map_err(whole),
        _ if line.is_empty() => Ok(None),
        Control::Name => spelt::<Name>(line, || wording::case_wrong_name(known.language, &label(known, field))),
        Control::Digest => {
            spelt::<Digest>(line, || wording::case_wrong_digest(known.language, &label(known, field), "64"))
        }
        Control::Drawing => spelt::<Drawing>(line, || wording::case_wrong_drawing(known.language)),
        Control::Thing => {
            spelt::<ThingId>(line, || wording::case_wrong_digest(known.language, &label(known, field), "32"))
        }
        Control::Case | Control::Follows => {
            let other = line.parse().ok().and_then(|name: Name| known.others.get(&name));
            let other = other.ok_or_else(|| whole(wording::case_wrong_case(known.language, &label(known, field))))?;
            Ok(Some(match field.control {
                Control::Follows => Value::Follows(Box::new(other.carried.clone())),
                _ => Value::Case(other.id),
            }))
        }
        Control::OneOf(_)
        | Control::Staff
        | Control::Office
        | Control::Room
        | Control::Text
        | Control::Number(_)
        | Control::Who => chosen(known, field, line).map(|word| word.map(Value::Word)).map_err(whole),
    }
}

/// One of what the page had.
fn chosen(known: &Known<'_>, field: &Field, line: &str) -> Result<Option<String>, Words> {
    if line.is_empty() {
        return Ok(None);
    }
    if known.choices(field).is_some_and(|all| all.iter().any(|one| one.word == line)) {
        return Ok(Some(line.to_owned()));
    }
    let label = label(known, field);
    Err(match field.control {
        Control::Number(_) | Control::Who => wording::case_wrong_gone(known.language, &label),
        _ => wording::case_wrong_listed(known.language, &label),
    })
}

/// A name each, since a name that comes twice is no form of ours.
fn several(known: &Known<'_>, form: &Form, field: &Field) -> Typed {
    let mut words = Vec::new();
    for one in known.choices(field).unwrap_or_default() {
        match form.get(&format!("{}.{}", field.name, one.word)) {
            "" => {}
            YES => words.push(one.word),
            _ => return Err(("", wording::case_wrong_listed(known.language, &label(known, field)))),
        }
    }
    Ok(Some(Value::Several(words)))
}

fn spelt<T: FromStr + ToString>(line: &str, wrong: impl FnOnce() -> Words) -> Typed {
    line.parse::<T>().map(|one| Some(Value::Word(one.to_string()))).map_err(|_| ("", wrong()))
}

/// Words as they are kept: without blanks around them, their lines ended in one way.
fn words(known: &Known<'_>, field: &Field, typed: &str, most: usize, has_lines: bool) -> Result<Option<Value>, Words> {
    let typed = typed.replace("\r\n", "\n").replace('\r', "\n").replace('\t', " ");
    let typed = typed.trim();
    if typed.is_empty() {
        return Ok(None);
    }
    let label = label(known, field);
    let has = typed.chars().count();
    if has > most {
        let (most, has) = (grouped(most), grouped(has));
        return Err(wording::case_wrong_long(known.language, &label, &most, &has));
    }
    let pieces = typed.split(|c| has_lines && c == '\n');
    if let Some(c) = pieces.filter_map(hidden).next() {
        let code = format!("U+{:04X}", u32::from(c));
        return Err(wording::case_wrong_hidden(known.language, &label, &code));
    }
    Ok(Some(Value::Word(typed.to_owned())))
}

/// A number with commas, as people read it.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut shown = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

/// A day out of three fields.
fn day(known: &Known<'_>, form: &Form, field: &Field) -> Result<Option<rules::Date>, (&'static str, Words)> {
    let names = parts(field);
    let typed = [0, 1, 2].map(|at: usize| form.line(&id(field.name, names[at])).to_owned());
    if typed.iter().all(String::is_empty) {
        return Ok(None);
    }
    let [day, month, year] = &typed;
    let read = moments::day(known, &(field.label)(known.language), [day, month, year]);
    read.map(Some).map_err(|(at, words)| (names[at], words))
}

/// A moment out of four.
fn moment(known: &Known<'_>, form: &Form, field: &Field) -> Typed {
    let typed = form.line(&id(field.name, "-time"));
    let wrong = |words| ("-time", words);
    let no_time = || wrong(wording::case_wrong_time(known.language, &label(known, field)));
    let time = moments::time(typed);
    let Some(day) = day(known, form, field)? else {
        return if typed.is_empty() {
            Ok(None)
        } else {
            let part = wording::day(known.language).as_str().to_lowercase();
            Err(("-day", wording::case_wrong_date_part(known.language, &label(known, field), &part)))
        };
    };
    let time = time.ok_or_else(no_time)?;
    let at = moments::at(known, &(field.label)(known.language), day, time).map_err(wrong)?;
    Ok(Some(Value::Moment(at)))
}

/// A time on the day of another field; where that is wrong nothing more is said than whether it is a time.
fn until(known: &Known<'_>, field: &Field, line: &str, from: Option<i64>) -> Result<Option<Value>, Words> {
    if line.is_empty() {
        return Ok(None);
    }
    let time = moments::time(line).ok_or_else(|| wording::case_wrong_time(known.language, &label(known, field)))?;
    match from.and_then(|from| moments::wall(known, from)) {
        Some((day, ..)) => {
            moments::at(known, &(field.label)(known.language), day, time).map(|at| Some(Value::Moment(at)))
        }
        None => Ok(Some(Value::Word(line.to_owned()))),
    }
}

/// It does not end before it begins.
pub(super) fn in_order(checked: &mut Checked<'_>) {
    let (starts, ends) = (checked.values.moment("starts"), checked.values.moment("ends"));
    if starts.zip(ends).is_some_and(|(starts, ends)| ends <= starts) {
        checked.say("ends", wording::case_wrong_order(checked.known.language));
    }
}

/// Staff are named by their account, and everybody else by their name.
pub(super) fn entrant(checked: &mut Checked<'_>) {
    let party = checked.values.word("party").and_then(|word| word.parse::<Party>().ok());
    let Some(party) = party else { return };
    let is_staff = matches!(party, Party::Professional | Party::Colleague);
    if is_staff != checked.values.get("account").is_some() {
        checked.say("account", wording::case_wrong_account(checked.known.language));
    }
    if !is_staff && checked.values.get("name").is_none() {
        checked.say("name", wording::field_entrant_missing(checked.known.language));
    }
}

impl Checked<'_> {
    /// What is wrong with a field that was read well by itself.
    fn say(&mut self, name: &str, words: Words) {
        if !self.wrong.iter().any(|(_, (id, _))| id == name) {
            self.wrong.push((usize::MAX, (name.to_owned(), words)));
        }
    }
}
