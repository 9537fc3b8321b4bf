//! Whose law and whose holidays: the three divisions of the United Kingdom that have their own.
//!
//! Not here: which of them a thing belongs to, which is a fact that the caller knows.
//! Invariant: each has one word, in packs, in decisions and in what is stored.

use std::fmt;
use std::str::FromStr;

/// A division of the United Kingdom with holidays and, in part, law of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Jurisdiction {
    /// England and Wales.
    EnglandAndWales,
    /// Scotland.
    Scotland,
    /// Northern Ireland.
    NorthernIreland,
}

impl Jurisdiction {
    /// All of them: what packs call `uk`.
    pub const ALL: [Jurisdiction; 3] =
        [Jurisdiction::EnglandAndWales, Jurisdiction::Scotland, Jurisdiction::NorthernIreland];

    /// Its word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Jurisdiction::EnglandAndWales => "england-and-wales",
            Jurisdiction::Scotland => "scotland",
            Jurisdiction::NorthernIreland => "northern-ireland",
        }
    }
}

impl fmt::Display for Jurisdiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Jurisdiction {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|one| one.as_str() == text);
        found.ok_or_else(|| format!("`{text}` is not a jurisdiction known here"))
    }
}
