//! The forms of a case: for each deed that people do what is asked, how it becomes a command, and how it is shown.
//!
//! Pure: nothing here is stored, decided or sent. [`read`] gives the command of a form or all that is wrong with it, `filled` the form of a command, `shown` what
//! its page has. Invariants: there is one table (`ROWS`), and what is not in it is the program's; what is filled is read as the same command; a message stands
//! beside its field, and nothing that was typed is lost.

mod digests;
mod field;
mod fields;
#[cfg(test)]
mod filled;
mod known;
pub(crate) mod moments;
pub(in crate::http) mod own;
mod reading;
mod shown;
mod table;
#[cfg(test)]
mod tests;
mod value;
mod words;

#[cfg(test)]
pub(crate) use filled::filled;
pub(crate) use known::{Known, Other, Shown, Text};
pub(crate) use reading::{read, references};
pub(crate) use shown::{has_choices, shown};
#[cfg(test)]
pub(crate) use table::ROWS;
pub(crate) use table::row;
#[cfg(test)]
pub(crate) use words::list;
pub(in crate::http) use words::{Labelled, Listed, listed};
