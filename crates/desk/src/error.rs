//! What the service says on the command line when it cannot do its work: one line, one hint, one exit code.
//!
//! Not what it answers over HTTP (`http/problem.rs`), and not the finding of a check. Invariants: there is no error without a
//! hint; both texts are one line each and safe for a terminal, whatever they quote.

use std::fmt;
use std::io;
use std::path::Path;

use crate::{codes, text};

/// A line that quotes a whole file tells nothing: its beginning is enough.
const CHARS_MAX: usize = 400;

/// One line on what is wrong, one on what to do, and how the program ends for it.
#[derive(Debug)]
pub(crate) struct Error {
    what: String,
    hint: String,
    code: u8,
    kind: Kind,
}

/// What whoever gets an error does otherwise than with any other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Plain,
    /// It was asked for what is so already.
    AlreadySo,
    /// It is of one row of events that is not believed; others may be read all the same.
    OfRow,
    /// The session by which it was asked for had ended before it was done.
    SignedOut(Visitor),
}

/// Whose session it was, and so where they sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Visitor {
    Staff,
    Person,
}

/// What is wrong. It is no error before it says what to do as well.
#[must_use]
pub(crate) struct Wrong(String);

impl Wrong {
    /// Says what to do about it.
    pub(crate) fn hint(self, hint: impl fmt::Display) -> Error {
        let hint = text::visible(&hint.to_string());
        Error { what: self.0, hint, code: codes::COULD_NOT, kind: Kind::Plain }
    }
}

pub(crate) type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub(crate) fn of(what: impl fmt::Display) -> Wrong {
        let what = text::visible(&what.to_string());
        Wrong(match what.char_indices().nth(CHARS_MAX) {
            Some((end, _)) => format!("{}…", &what[..end]),
            None => what,
        })
    }

    /// What to do about it.
    pub(crate) fn advice(&self) -> &str {
        &self.hint
    }

    /// The same, with another exit code.
    pub(crate) fn with_code(self, code: u8) -> Error {
        Error { code, ..self }
    }

    /// The same, of what is so already.
    pub(crate) fn already_so(self) -> Error {
        Error { kind: Kind::AlreadySo, ..self }
    }

    pub(crate) fn is_already_so(&self) -> bool {
        self.kind == Kind::AlreadySo
    }

    /// The same, of one row of events.
    pub(crate) fn of_row(self) -> Error {
        Error { kind: Kind::OfRow, ..self }
    }

    pub(crate) fn is_of_row(&self) -> bool {
        self.kind == Kind::OfRow
    }

    /// Whoever asked for it was signed out before it was done: nothing was.
    pub(crate) fn of_signed_out(whose: Visitor) -> Error {
        let hint = "sign in again, and look at what you were about to do";
        Error { kind: Kind::SignedOut(whose), ..Error::of("your session ended before this was done").hint(hint) }
    }

    /// The same error, with what became of something else beside it. What is so already is not, then.
    pub(crate) fn beside(self, what: &str, hint: &str) -> Error {
        let kind = self.signed_out().map_or(Kind::Plain, Kind::SignedOut);
        Error { kind, code: self.code, ..Error::of(format_args!("{}; {what}", self.what)).hint(hint) }
    }

    /// Who was signed out, if that is why.
    pub(crate) fn signed_out(&self) -> Option<Visitor> {
        match self.kind {
            Kind::SignedOut(whose) => Some(whose),
            Kind::Plain | Kind::AlreadySo | Kind::OfRow => None,
        }
    }

    /// What is wrong, without what to do.
    pub(crate) fn what(&self) -> &str {
        &self.what
    }

    pub(crate) fn code(&self) -> u8 {
        self.code
    }

    /// An error of the system on a path; the hint follows from its kind.
    pub(crate) fn io(path: &Path, err: &io::Error) -> Error {
        let path = if path.as_os_str().is_empty() { Path::new("an empty path") } else { path };
        Error::of(format_args!("{}: {}", path.display(), plain(err))).hint(what_to_do(err))
    }
}

fn what_to_do(err: &io::Error) -> &'static str {
    match err.kind() {
        io::ErrorKind::NotFound => "check the spelling of the path",
        io::ErrorKind::NotADirectory => "check the path: a part of it is a file, not a folder",
        io::ErrorKind::IsADirectory => "name a file in it",
        io::ErrorKind::InvalidInput => "what should be a file is something else: name the file, or put it back",
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
        let long = Error::of("é".repeat(100_000)).hint("x").to_string();
        assert_eq!(long.chars().count(), "counterpartd: ".len() + CHARS_MAX + "…\nhint: x".chars().count());
    }
}
