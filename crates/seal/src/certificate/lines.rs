//! The lines `key: value` of a certificate, one after the other, and the forms of their values.
//!
//! Not here: which lines there are (`text.rs`, `subject.rs`). Invariants: a value is read only in the form it would be printed in; the
//! fault names the line.

use super::moment;
use super::{Fault, FaultKind};
use crate::kinds::{hex, unhex32};
use crate::note::{unb64, unb64_32};

/// Longest text of one line, bytes.
const VALUE_BYTES_MAX: usize = 200;
/// Longest name of a kind, bytes.
const WORD_BYTES_MAX: usize = 64;

/// Lines that are not read yet.
pub(super) struct Lines<'a> {
    rest: std::iter::Peekable<std::str::Split<'a, char>>,
    /// Number of the line read last, from 1.
    at: usize,
}

impl<'a> Lines<'a> {
    /// Of a text in which every line ends in a line feed.
    pub(super) fn of(text: &'a str) -> Result<Lines<'a>, Fault> {
        let text = text
            .strip_suffix('\n')
            .ok_or_else(|| Fault::new(FaultKind::Malformed, "the last line does not end in a line feed"))?;
        Ok(Lines { rest: text.split('\n').peekable(), at: 0 })
    }

    /// The next line, whatever it is.
    pub(super) fn line(&mut self) -> Option<&'a str> {
        self.at += 1;
        self.rest.next()
    }

    /// A fault in the line read last.
    pub(super) fn fault<T>(&self, what: impl std::fmt::Display) -> Result<T, Fault> {
        Err(Fault::new(FaultKind::Malformed, format!("line {}: {what}", self.at)))
    }

    /// Whether the next line has this key.
    pub(super) fn has(&mut self, key: &str) -> bool {
        self.rest.peek().and_then(|line| line.split_once(": ")).is_some_and(|(name, _)| name == key)
    }

    /// The value of the next line, which must have this key, read by `read`.
    pub(super) fn value<T>(&mut self, key: &str, read: impl FnOnce(&'a str) -> Option<T>) -> Result<T, Fault> {
        let line = self.line();
        match line.and_then(|line| line.split_once(": ")).filter(|(name, _)| *name == key) {
            None => self.fault(format_args!("`{key}` is wanted here")),
            Some((_, value)) => match read(value) {
                Some(value) => Ok(value),
                None => self.fault(format_args!("the value of `{key}` is not in its form")),
            },
        }
    }

    /// The values of the next lines of this key, from `least` to `most` of them.
    pub(super) fn several<T>(
        &mut self,
        key: &str,
        [least, most]: [usize; 2],
        read: impl Fn(&'a str) -> Option<T>,
    ) -> Result<Vec<T>, Fault> {
        let mut values = Vec::new();
        while values.len() < most && (values.len() < least || self.has(key)) {
            values.push(self.value(key, &read)?);
        }
        Ok(values)
    }

    /// There must be no further line.
    pub(super) fn end(mut self) -> Result<(), Fault> {
        match self.line() {
            None => Ok(()),
            Some(_) => self.fault("nothing is wanted here"),
        }
    }
}

/// Whether this can stand on a certificate as words: an office's name, a place, a clause.
#[must_use]
pub fn is_words(value: &str) -> bool {
    words(value).is_some()
}

/// One line of plain words.
pub(super) fn words(value: &str) -> Option<String> {
    let fits = !value.is_empty() && value.len() <= VALUE_BYTES_MAX && value.trim() == value;
    (fits && !value.chars().any(is_odd)).then(|| value.to_owned())
}

/// What steers a printer or a screen, or cannot be seen: controls, line and paragraph ends, directions, widths of nothing.
pub(super) fn is_odd(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// The name of a kind, rule or pack.
pub(super) fn word(value: &str) -> Option<String> {
    let is_letter = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, b'-' | b'.' | b'_');
    let fits = value.len() <= WORD_BYTES_MAX && value.as_bytes().first().is_some_and(u8::is_ascii_lowercase);
    (fits && value.bytes().all(is_letter)).then(|| value.to_owned())
}

/// A decimal without leading zeros.
pub(super) fn number(value: &str) -> Option<u64> {
    value.parse().ok().filter(|number: &u64| number.to_string() == value)
}

pub(super) fn digest(value: &str) -> Option<[u8; 32]> {
    unhex32(value)
}

/// 16 bytes as 32 digits.
pub(super) fn id(value: &str) -> Option<[u8; 16]> {
    let padded = unhex32(&format!("{value}{:032}", 0)).filter(|_| value.len() == 32)?;
    padded.first_chunk().copied()
}

pub(super) fn time(value: &str) -> Option<u64> {
    moment::parse(value)
}

pub(super) fn day(value: &str) -> Option<String> {
    moment::parse_day(value).map(|_| value.to_owned())
}

pub(super) fn yes_or_no(value: &str) -> Option<bool> {
    match value {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    }
}

pub(super) fn key(value: &str) -> Option<[u8; 32]> {
    unb64_32(value)
}

pub(super) fn signature(value: &str) -> Option<[u8; 64]> {
    unb64(value)?.try_into().ok()
}

/// Adds one line.
pub(super) fn put(text: &mut String, key: &str, value: impl std::fmt::Display) {
    // Writing to a String cannot fail.
    let _ = std::fmt::Write::write_fmt(text, format_args!("{key}: {value}\n"));
}

/// Adds one line with bytes as hexadecimal digits.
pub(super) fn put_hex(text: &mut String, key: &str, bytes: &[u8]) {
    put(text, key, hex(bytes));
}

/// Adds one line with a moment.
pub(super) fn put_time(text: &mut String, key: &str, time_s: u64) {
    put(text, key, moment::print(time_s));
}
