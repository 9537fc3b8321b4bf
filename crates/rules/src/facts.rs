//! What a decision is asked about: a thing and its days, a hold and its days.
//!
//! Not here: what follows from them (`decision.rs`).
//! Invariant: a fact has one day; that it is true, and in local time, is the caller's to answer for ([`Book::day_of`](crate::Book::day_of)).

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::jurisdiction::Jurisdiction;
use crate::name::{Fact, Kind};

/// Days in the life of a thing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts(BTreeMap<Fact, Date>);

impl Facts {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// These and one more; the last word on a fact counts.
    #[must_use]
    pub fn with(mut self, fact: Fact, day: Date) -> Self {
        self.0.insert(fact, day);
        self
    }

    /// The day of a fact, if it is given.
    #[must_use]
    pub fn day(&self, fact: Fact) -> Option<Date> {
        self.0.get(&fact).copied()
    }
}

/// Something that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thing {
    /// What kind of thing.
    pub kind: Kind,
    /// Where it belongs.
    pub jurisdiction: Jurisdiction,
    /// Its days.
    pub facts: Facts,
}

/// A hold that stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hold {
    /// Where it belongs.
    pub jurisdiction: Jurisdiction,
    /// The day on which it was placed.
    pub placed: Date,
    /// The day of its last review, if there was one.
    pub reviewed: Option<Date>,
}
