//! A policy pack: a versioned, dated text of rules, holidays and offices' own days.
//!
//! Not here: reading the text (`read.rs`), several packs together (`book.rs`).
//! Invariants: a pack exists only where its text was read without fault; its digest is of exactly that text.

use std::fmt;

use jiff::civil::Date;

use crate::error::Error;
use crate::holidays::Holidays;
use crate::overrides::Override;
use crate::rule::Rule;

/// Which text of which pack.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PackId {
    /// The pack's name.
    pub name: String,
    /// Its version, from 1.
    pub version: u32,
    /// The SHA-256 digest of its text.
    pub digest: [u8; 32],
}

impl PackId {
    /// The digest in hexadecimal.
    #[must_use]
    pub fn digest_hex(&self) -> String {
        self.digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl fmt::Display for PackId {
    /// "custody version 1": for people. What a certificate prints has the digest too.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} version {}", self.name, self.version)
    }
}

/// A pack that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pack {
    pub(crate) id: PackId,
    pub(crate) from: Date,
    pub(crate) rules: Vec<Rule>,
    pub(crate) holidays: Option<Holidays>,
    pub(crate) overrides: Vec<Override>,
}

impl Pack {
    /// Reads a pack's `text`; `file` is what errors call it.
    ///
    /// # Errors
    /// The first thing that is wrong with it, with its line.
    pub fn read(file: &str, text: &str) -> Result<Self, Error> {
        crate::read::pack(file, text)
    }

    /// Which text it is.
    #[must_use]
    pub fn id(&self) -> &PackId {
        &self.id
    }

    /// The first day whose facts it decides.
    #[must_use]
    pub fn from(&self) -> Date {
        self.from
    }

    /// Its rules, in the order of the text.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Its holidays, if it has any.
    #[must_use]
    pub fn holidays(&self) -> Option<&Holidays> {
        self.holidays.as_ref()
    }

    /// Its closures and extra days of offices, in the order of the text.
    #[must_use]
    pub fn overrides(&self) -> &[Override] {
        &self.overrides
    }
}
