//! A TOML table that must be read to its last key: strict reading with the line of everything.
//!
//! Not here: what the keys mean (`read.rs`).
//! Invariants: a key that nobody asked for is an error, so a slip of the pen is never passed over; every error has its line.

use jiff::civil::Date;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::error::Error;

/// The text that is read, to find lines in and to name in errors.
#[derive(Clone, Copy)]
pub(crate) struct Text<'a> {
    pub(crate) file: &'a str,
    /// Where each line begins, the first left out.
    pub(crate) lines: &'a [usize],
}

impl Text<'_> {
    pub(crate) fn error(&self, line: usize, what: impl Into<String>, hint: impl Into<String>) -> Error {
        Error::Pack { file: self.file.to_owned(), line, what: what.into(), hint: hint.into() }
    }

    /// The line, from 1, of a place in the text.
    pub(crate) fn line(&self, at: usize) -> usize {
        1 + self.lines.partition_point(|begins| *begins <= at)
    }
}

/// A value with its key and line.
pub(crate) struct Item<'a> {
    pub(crate) key: &'a str,
    pub(crate) line: usize,
    value: &'a DeValue<'a>,
    text: Text<'a>,
}

/// A table of which not every key has been read yet.
pub(crate) struct Table<'a> {
    /// What errors call it: `[pack]`.
    pub(crate) called: String,
    pub(crate) line: usize,
    pub(crate) text: Text<'a>,
    rest: Vec<Item<'a>>,
}

impl<'a> Table<'a> {
    /// The table `entries`, which begins at `at`.
    pub(crate) fn new(called: &str, text: Text<'a>, at: usize, entries: &'a DeTable<'a>) -> Self {
        let item = |(key, value): (&'a Spanned<_>, &'a Spanned<DeValue<'a>>)| {
            let key: &'a std::borrow::Cow<'a, str> = key.get_ref();
            Item { key, line: text.line(value.span().start), value: value.get_ref(), text }
        };
        Self { called: called.to_owned(), line: text.line(at), text, rest: entries.iter().map(item).collect() }
    }

    /// The value of `key`, if there is one.
    pub(crate) fn take(&mut self, key: &str) -> Option<Item<'a>> {
        let at = self.rest.iter().position(|item| item.key == key)?;
        Some(self.rest.swap_remove(at))
    }

    /// The value of `key`, which must be there; `hint` says why.
    pub(crate) fn need(&mut self, key: &str, hint: &str) -> Result<Item<'a>, Error> {
        self.take(key).ok_or_else(|| self.text.error(self.line, format!("{} has no `{key}`", self.called), hint))
    }

    /// All that is left, of a table whose keys are names.
    pub(crate) fn drain(&mut self) -> Vec<Item<'a>> {
        let mut all = std::mem::take(&mut self.rest);
        all.sort_by_key(|item| item.line);
        all
    }

    /// Nothing may be left.
    pub(crate) fn finish(self) -> Result<(), Error> {
        match self.rest.into_iter().min_by_key(|item| item.line) {
            None => Ok(()),
            Some(item) => {
                let what = format!("{} has a key `{}`, which is not known", self.called, item.key);
                Err(self.text.error(item.line, what, "take it out, or look for a slip of the pen"))
            }
        }
    }
}

impl<'a> Item<'a> {
    pub(crate) fn error(&self, what: impl Into<String>, hint: impl Into<String>) -> Error {
        self.text.error(self.line, what, hint)
    }

    fn is_not(&self, what: &str, example: &str) -> Error {
        self.error(format!("`{}` is not {what}", self.key), format!("write it as {} = {example}", self.key))
    }

    /// A text of one line, not empty, without characters that steer anything.
    pub(crate) fn text(&self) -> Result<&'a str, Error> {
        let DeValue::String(text) = self.value else { return Err(self.is_not("a text", "\"…\"")) };
        if text.trim() != text || text.is_empty() || text.chars().any(char::is_control) {
            return Err(self.error(
                format!("`{}` is empty, has blanks around it, or more than one line", self.key),
                "write one line of text",
            ));
        }
        Ok(text)
    }

    /// A text that parses.
    pub(crate) fn parsed<T: std::str::FromStr<Err = String>>(&self, hint: &str) -> Result<T, Error> {
        self.text()?.parse().map_err(|what: String| self.error(what, hint))
    }

    /// A date by itself, as TOML writes it.
    pub(crate) fn date(&self) -> Result<Date, Error> {
        self.as_date().ok_or_else(|| self.is_not("a date", "2014-07-16"))
    }

    /// A date, or the word `open`, which is none.
    pub(crate) fn date_or_open(&self) -> Result<Option<Date>, Error> {
        match (self.value, self.as_date()) {
            (_, Some(date)) => Ok(Some(date)),
            (DeValue::String(word), _) if word == "open" => Ok(None),
            _ => Err(self.is_not("a date or \"open\"", "2014-07-16")),
        }
    }

    fn as_date(&self) -> Option<Date> {
        let DeValue::Datetime(toml::value::Datetime { date: Some(date), time: None, offset: None }) = self.value else {
            return None;
        };
        let (month, day) = (i8::try_from(date.month).ok()?, i8::try_from(date.day).ok()?);
        let date = Date::new(i16::try_from(date.year).ok()?, month, day).ok()?;
        // Years that nobody means are slips of the pen, and reckoning from them would leave the calendar.
        (1900..=2999).contains(&date.year()).then_some(date)
    }

    pub(crate) fn number(&self) -> Result<u32, Error> {
        let number = match self.value {
            DeValue::Integer(number) if number.radix() == 10 => number.as_str().parse().ok(),
            _ => None,
        };
        number.filter(|number| *number > 0).ok_or_else(|| self.is_not("a number from 1", "1"))
    }

    pub(crate) fn is_true(&self) -> Result<(), Error> {
        match self.value {
            DeValue::Boolean(true) => Ok(()),
            _ => Err(self.is_not("true", "true")),
        }
    }

    /// The items of a list that is not empty, each called by the list's key.
    pub(crate) fn list(&self) -> Result<Vec<Item<'a>>, Error> {
        let DeValue::Array(array) = self.value else { return Err(self.is_not("a list", "[…]")) };
        let item = |value: &'a Spanned<DeValue<'a>>| Item {
            key: self.key,
            line: self.text.line(value.span().start),
            value: value.get_ref(),
            text: self.text,
        };
        let items: Vec<_> = array.iter().map(item).collect();
        if items.is_empty() {
            Err(self.error(format!("`{}` is an empty list", self.key), "name at least one"))
        } else {
            Ok(items)
        }
    }

    /// A table, which errors call `called`.
    pub(crate) fn table(&self, called: &str) -> Result<Table<'a>, Error> {
        let DeValue::Table(entries) = self.value else { return Err(self.is_not("a table", "{ … }")) };
        let mut table = Table::new(called, self.text, 0, entries);
        table.line = self.line;
        Ok(table)
    }
}
