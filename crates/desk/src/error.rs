//! What the service says on the command line when it cannot do its work: one line, one hint, one exit code.
//!
//! Not what it answers over HTTP (`http/problem.rs`), and not the finding of a check. Invariants: there is no error without a
//! hint; both texts are one line each and safe for a terminal, whatever they quote.

use std::fmt;
use std::io;
use std::path::Path;

use crate::{codes, text};

/// One line on what is wrong, one on what to do, and how the program ends for it.
#[derive(Debug)]
pub(crate) struct Error {
    what: String,
    hint: String,
    code: u8,
}

/// What is wrong. It is no error before it says what to do as well.
#[must_use]
pub(crate) struct Wrong(String);

impl Wrong {
    /// Says what to do about it.
    pub(crate) fn hint(self, hint: impl fmt::Display) -> Error {
        Error { what: self.0, hint: text::visible(&hint.to_string()), code: codes::COULD_NOT }
    }
}

pub(crate) type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub(crate) fn of(what: impl fmt::Display) -> Wrong {
        Wrong(text::visible(&what.to_string()))
    }

    /// The same, with another exit code.
    pub(crate) fn with_code(self, code: u8) -> Error {
        Error { code, ..self }
    }

    pub(crate) fn code(&self) -> u8 {
        self.code
    }

    /// An error of the system on a path; the hint follows from its kind.
    pub(crate) fn io(path: &Path, err: &io::Error) -> Error {
        Error::of(format_args!("{}: {}", path.display(), plain(err))).hint(what_to_do(err))
    }
}

fn what_to_do(err: &io::Error) -> &'static str {
    match err.kind() {
        io::ErrorKind::NotFound => "check the spelling of the path",
        io::ErrorKind::NotADirectory => "check the path: a part of it is a file, not a folder",
        io::ErrorKind::IsADirectory => "name a file in it",
        io::ErrorKind::PermissionDenied => "check who may read and write it, or choose another place",
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "make room, or choose another place",
        io::ErrorKind::AlreadyExists => "nothing is written over; choose another name",
        io::ErrorKind::InvalidData => "check that it is the file you mean",
        _ => "check that its disk is well, or choose another place",
    }
}

/// The system's own words without "(os error 2)".
pub(crate) fn plain(err: &io::Error) -> String {
    let words = err.to_string();
    let words = words.split(" (os error ").next().unwrap_or_default();
    let mut chars = words.chars();
    match (err.raw_os_error(), chars.next()) {
        (Some(_), Some(first)) => first.to_lowercase().chain(chars).collect(),
        _ => words.to_owned(),
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "counterpartd: {}\nhint: {}", self.what, self.hint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_and_a_hint() {
        let shown = Error::io(Path::new("a\nb"), &io::Error::from_raw_os_error(2)).to_string();
        assert_eq!(shown, "counterpartd: a\\u{a}b: no such file or directory\nhint: check the spelling of the path");
    }
}
