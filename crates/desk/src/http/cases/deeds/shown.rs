//! A form as its page shows it: every field with what was typed.
//!
//! Not HTML (`pages`).
//! Invariant: what was typed comes back as it was typed.

use casework::case::Deed;
use pages::cases::{Choice, Control as ShownControl, Field as ShownField};

use super::field::{Control, Field, Need};
use super::known::Known;
use super::own;
use super::reading::{AREA_CHARS_MAX, parts};
use super::table;
use super::words;
use crate::http::access::form::Form;

/// The fields of a deed's form with what was typed in them.
pub(crate) fn shown(deed: Deed, known: &Known<'_>, typed: &Form) -> Vec<ShownField> {
    let fields = table::row(deed).into_iter().flat_map(|row| row.fields());
    fields.filter_map(|field| one(known, typed, field)).collect()
}

/// Whether there is something to choose in each field in which something of the case must be chosen.
pub(crate) fn has_choices(deed: Deed, known: &Known<'_>) -> bool {
    let mut numbers = table::row(deed).into_iter().flat_map(|row| row.fields());
    numbers.all(|field| {
        !matches!(field.control, Control::Number(_)) || known.choices(field).is_some_and(|all| !all.is_empty())
    })
}

fn one(known: &Known<'_>, typed: &Form, field: &Field) -> Option<ShownField> {
    let control = control(known, typed, field)?;
    let is_asked_always = matches!(field.need, Need::Always);
    Some(ShownField {
        name: field.name,
        label: own::label(known, field),
        hint: own::hint(known, field),
        // A hint says of the others when they are needed.
        is_optional: if known.by_person {
            !is_asked_always
        } else {
            matches!(field.need, Need::Never) && field.hint.is_none()
        },
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
        _ if own::said_by_acting(known, field).is_some() || own::is_staffs(known, field) => return None,
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
        (Control::Drawing, _) => ShownControl::Drawing(value),
        (Control::Digest | Control::Thing | Control::Name | Control::Case | Control::Follows, _) => {
            ShownControl::Code(value)
        }
        _ => ShownControl::Line(value),
    })
}
