//! A form as its page shows it: every field with what was typed, and a command as the form that makes it.
//!
//! Not HTML (`pages`).
//! Invariants: what was typed comes back as it was typed; the form that a command fills is read as that command.

use casework::case::{Command, Deed};
use pages::cases::{Choice, Control as ShownControl, Field as ShownField};

use super::field::{Control, Field, Need};
use super::known::{Known, NO, YES};
use super::reading::{AREA_CHARS_MAX, parts};
use super::table;
use super::value::{Value, Values};
use super::{moments, words};
use crate::http::access::form::Form;

/// The fields of a deed's form with what was typed in them.
pub(crate) fn shown(deed: Deed, known: &Known<'_>, typed: &Form) -> Vec<ShownField> {
    let fields = table::row(deed).into_iter().flat_map(|row| row.fields());
    fields.filter_map(|field| one(known, typed, field)).collect()
}

fn one(known: &Known<'_>, typed: &Form, field: &Field) -> Option<ShownField> {
    let control = control(known, typed, field)?;
    Some(ShownField {
        name: field.name,
        label: (field.label)(known.language),
        hint: field.hint.map(|hint| hint(known.language)),
        // A hint says of the others when they are needed.
        is_optional: matches!(field.need, Need::Never) && field.hint.is_none(),
        control,
    })
}

fn control(known: &Known<'_>, typed: &Form, field: &Field) -> Option<ShownControl> {
    let value = typed.get(field.name).to_owned();
    let part = |at: usize| typed.get(&format!("{}{}", field.name, parts(field)[at])).to_owned();
    let choices = known.choices(field).map(|all| {
        let choice = |one: words::Labelled| Choice { value: one.word, label: one.label };
        all.into_iter().map(choice).collect::<Vec<Choice>>()
    });
    Some(match (field.control, choices) {
        (Control::Made, _) => return None,
        (Control::OneOf(_), _) if known.by_person && field.name == "channel" => return None,
        (Control::SeveralOf(_), Some(choices)) => {
            let is_chosen = |one: &&Choice| !typed.get(&format!("{}.{}", field.name, one.value)).is_empty();
            let chosen = choices.iter().filter(is_chosen).map(|one| one.value.clone()).collect();
            ShownControl::SeveralOf { choices, chosen }
        }
        // What there is one of is not asked, unless something else was sent.
        (Control::Number(_), Some(mut choices))
            if choices.len() == 1 && (value.is_empty() || value == choices[0].value) =>
        {
            ShownControl::Only(choices.remove(0))
        }
        (_, Some(choices)) => ShownControl::OneOf { choices, chosen: value },
        (Control::Area, _) => ShownControl::Area { value, most: u32::try_from(AREA_CHARS_MAX).unwrap_or(u32::MAX) },
        (Control::Day, _) => ShownControl::Day([part(0), part(1), part(2)]),
        (Control::When, _) => ShownControl::When([part(0), part(1), part(2), part(3)]),
        (Control::Until(_), _) => ShownControl::Time(value),
        (Control::Digest | Control::Thing | Control::Name | Control::Case | Control::Follows, _) => {
            ShownControl::Code(value)
        }
        _ => ShownControl::Line(value),
    })
}

/// The form that makes this command.
pub(crate) fn filled(command: &Command, known: &Known<'_>) -> Form {
    let mut values = Values::default();
    let Some(row) = table::row(command.deed()) else { return Form::default() };
    (row.take)(command, &mut values);
    row.fields().flat_map(|field| typed(known, field, &values)).collect()
}

/// The names and texts that one value is.
fn typed(known: &Known<'_>, field: &Field, values: &Values) -> Vec<(String, String)> {
    let one = |text: String| vec![(field.name.to_owned(), text)];
    let day = |day: rules::Date| {
        let texts = [day.day().to_string(), day.month().to_string(), format!("{:04}", day.year())];
        let names = parts(field).iter().map(|part| format!("{}{part}", field.name));
        names.zip(texts).collect::<Vec<_>>()
    };
    match (field.control, values.get(field.name)) {
        (Control::Made, _) | (_, None) => Vec::new(),
        (_, Some(Value::Word(word))) => one(word.clone()),
        (_, Some(Value::Flag(flag))) => one(if *flag { YES } else { NO }.to_owned()),
        (_, Some(Value::Several(words))) => {
            words.iter().map(|word| (format!("{}.{word}", field.name), YES.to_owned())).collect()
        }
        (_, Some(Value::Day(of))) => day(*of),
        (control, Some(Value::Moment(at_micros))) => {
            let Some((of, hour, minute)) = moments::wall(known, *at_micros) else { return Vec::new() };
            let time = format!("{hour:02}:{minute:02}");
            match control {
                Control::Until(_) => one(time),
                _ => day(of).into_iter().chain([(format!("{}-time", field.name), time)]).collect(),
            }
        }
        (_, Some(Value::Case(id))) => {
            let other = known.others.iter().find(|(_, other)| other.id == *id);
            other.map(|(name, _)| one(name.to_string())).unwrap_or_default()
        }
        (_, Some(Value::Follows(follows))) => {
            let other = known.others.iter().find(|(_, other)| other.id == follows.case);
            other.map(|(name, _)| one(name.to_string())).unwrap_or_default()
        }
    }
}
