//! Days on which one office is closed though the official calendar has a working day, or open though it has none.
//!
//! Not here: the official calendars (`holidays.rs`), and who may ask for overrides: a statutory term is counted without them (`clock.rs`).
//! Invariants: an override stands beside the calendars and changes none of them; it names its office, its reason and its source; of one
//! office and day the version in force on that day has the only word.

use jiff::civil::Date;

use crate::name::{OfficeName, words};
use crate::rule::Source;

use std::fmt;
use std::str::FromStr;

words! {
    /// What an override makes of a day.
    Opening, "an opening" {
        /// No working day there, whatever the calendar says.
        Closed = "closed",
        /// A working day there, whatever the calendar says.
        Open = "open",
        /// As in the calendar: an earlier version said otherwise.
        AsListed = "as-listed",
    }
}

/// One day of one office.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// The office.
    pub office: OfficeName,
    /// The day.
    pub date: Date,
    /// What becomes of it.
    pub opening: Opening,
    /// Why.
    pub why: String,
    /// Where that was laid down.
    pub source: Source,
    /// In which part of it.
    pub clause: String,
}
