//! A command as the form that makes it: how tests see that each form makes every command of its deed.
//!
//! Not a page.
//! Invariant: the form that a command fills is read as that command.

use casework::case::Command;

use super::field::{Control, Field};
use super::known::{Known, NO, YES};
use super::reading::parts;
use super::value::{Value, Values};
use super::{moments, table};
use crate::http::access::form::Form;

/// The form that makes this command: what a test reads again.
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
