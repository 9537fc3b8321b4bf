//! What a command says when it cannot do its work: one line, and one hint.
//!
//! Not a verdict about a recording (that is data from `seal`). Invariants: there is no error
//! without a hint; both texts are one line each and safe for a terminal, whatever file name or input they quote.

use std::fmt;
use std::io;
use std::path::Path;

use crate::text;

/// One line on what is wrong, and one line on what to do.
#[derive(Debug)]
pub(crate) struct Error {
    what: String,
    hint: String,
}

/// What is wrong. It is no error before it says what to do as well.
#[must_use]
pub(crate) struct Wrong(String);

impl Wrong {
    /// Says what to do about it.
    pub(crate) fn hint(self, hint: impl fmt::Display) -> Error {
        Error { what: self.0, hint: text::visible(&hint.to_string()) }
    }
}

pub(crate) type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub(crate) fn of(what: impl fmt::Display) -> Wrong {
        Wrong(text::visible(&without_number(&what.to_string())))
    }

    /// The line without program and hint.
    pub(crate) fn what(&self) -> &str {
        &self.what
    }

    /// An error about a folder that should be there: it is not to be made now.
    pub(crate) fn of_its_folder(err: recorder::Error) -> Error {
        match err {
            recorder::Error::FolderMissing(_) => Error::of(&err).hint("check the spelling of the path"),
            other => other.into(),
        }
    }

    /// An error of the system on a path; the hint follows from its kind.
    pub(crate) fn io(path: &Path, err: &io::Error) -> Error {
        Error::of(format_args!("{}: {}", path.display(), plain(err))).hint(what_to_do(err))
    }
}

/// What to do about an error of the system on a path.
pub(crate) fn what_to_do(err: &io::Error) -> &'static str {
    match err.kind() {
        io::ErrorKind::NotFound => "check the spelling of the path",
        io::ErrorKind::NotADirectory => "check the path: a part of it is a file, not a folder",
        io::ErrorKind::IsADirectory => "name a file in it",
        io::ErrorKind::InvalidInput if err.raw_os_error().is_none() => {
            "name a file on a disk; what a pipe gives can be put into one first"
        }
        io::ErrorKind::PermissionDenied => "check who may read and write it, or choose another place",
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "make room, or choose another place",
        io::ErrorKind::ReadOnlyFilesystem => "its medium is write-protected; choose another place",
        io::ErrorKind::AlreadyExists => "nothing is written over; choose another name",
        _ => "check that its disk is well, or choose another place",
    }
}

impl From<recorder::Error> for Error {
    fn from(err: recorder::Error) -> Error {
        Error::of(&err).hint(err.hint())
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

/// Without the numbers that the system's errors carry behind their words.
pub(crate) fn without_number(text: &str) -> String {
    const BEFORE: &str = " (os error ";
    let mut parts = text.split(BEFORE);
    let mut words = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once(')') {
            Some((number, rest)) if number.parse::<i32>().is_ok() => words.push_str(rest),
            _ => words.extend([BEFORE, part]),
        }
    }
    words
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "counterpart: {}\nhint: {}", self.what, self.hint)
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

    #[test]
    fn the_numbers_of_the_system_go_and_nothing_else_does() {
        for (text, words) in [
            ("writing: Input/output error (os error 5)", "writing: Input/output error"),
            ("a: gone (os error 2); b: full (os error 28)", "a: gone; b: full"),
            ("a (os error x).flac: gone (os error ", "a (os error x).flac: gone (os error "),
        ] {
            assert_eq!(without_number(text), words);
        }
    }
}
