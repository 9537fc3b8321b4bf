//! What can be wrong with policy packs.
//!
//! Not here: what packs that are right do not cover, which is a refusal (`refusal.rs`).
//! Invariant: at fault is always whoever wrote the pack; each error is one line that says where, and a hint that says what to do.

use std::fmt;

/// An error in a pack, or in packs that do not go together. None of them may be used until it is put right.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// A pack's text is not as it must be.
    Pack {
        /// What the caller called the text.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        what: String,
        /// What to do.
        hint: String,
    },
    /// Each pack by itself is right, but they contradict each other.
    Together {
        /// What is wrong.
        what: String,
        /// What to do.
        hint: String,
    },
}

impl Error {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> &str {
        match self {
            Error::Pack { hint, .. } | Error::Together { hint, .. } => hint,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Pack { file, line, what, .. } => write!(f, "{file}:{line}: {what}"),
            Error::Together { what, .. } => f.write_str(what),
        }
    }
}

impl std::error::Error for Error {}
