//! What a command says when it cannot do its work: one line, and one hint.
//!
//! Not a verdict about a recording (that is data from `seal`). Invariant: both texts are one line
//! each and safe for a terminal, whatever file name or input they quote.

use std::fmt;
use std::io;
use std::path::Path;

use crate::text;

/// One line on what is wrong and, where there is one, one line on what to do.
#[derive(Debug)]
pub(crate) struct Error {
    what: String,
    hint: Option<String>,
}

pub(crate) type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub(crate) fn new(what: impl fmt::Display) -> Error {
        Error { what: text::visible(&without_number(&what.to_string())), hint: None }
    }

    /// An error of the system on a path; the hint follows from its kind.
    pub(crate) fn io(path: &Path, err: &io::Error) -> Error {
        let what = Error::new(format_args!("{}: {}", path.display(), plain(err)));
        match err.kind() {
            io::ErrorKind::NotFound => what.hint("check the spelling of the path"),
            io::ErrorKind::PermissionDenied => what.hint("check who may read and write it, or choose another place"),
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                what.hint("make room, or choose another place")
            }
            _ => what,
        }
    }

    /// Says what to do about it.
    pub(crate) fn hint(mut self, hint: impl fmt::Display) -> Error {
        self.hint = Some(text::visible(&hint.to_string()));
        self
    }
}

impl From<recorder::Error> for Error {
    fn from(err: recorder::Error) -> Error {
        Error::new(&err).hint(err.hint())
    }
}

/// The system's own words without "(os error 2)".
pub(crate) fn plain(err: &io::Error) -> String {
    let words = without_number(&err.to_string());
    let mut chars = words.chars();
    match (err.raw_os_error(), chars.next()) {
        (Some(_), Some(first)) => first.to_lowercase().chain(chars).collect(),
        _ => words,
    }
}

/// Without the number that the system's errors carry behind their words.
fn without_number(text: &str) -> String {
    match text.rsplit_once(" (os error ") {
        Some((words, number)) if number.ends_with(')') => words.to_owned(),
        _ => text.to_owned(),
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "counterpart: {}", self.what)?;
        match &self.hint {
            Some(hint) => write!(f, "\nhint: {hint}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_and_a_hint() {
        let err = io::Error::from_raw_os_error(2);
        let shown = Error::io(Path::new("a\nb.flac"), &err).to_string();
        assert_eq!(
            shown,
            "counterpart: a\\u{a}b.flac: no such file or directory\nhint: check the spelling of the path"
        );
    }
}
