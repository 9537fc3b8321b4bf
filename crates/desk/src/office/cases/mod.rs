//! The cases of an office: what is done in them, read out of its events, and the table that is made of them.
//!
//! Not what may be done (`casework::case`), nor pages (`http/cases`). Invariants: an act is decided on the state that its own transaction sees, out of a history
//! that holds, and is written in it with its row, or not at all; the words of a case are encrypted under its own key before they are anywhere but in memory; a
//! case's key is announced before its first event.

mod acts;
pub(crate) mod explained;
mod record;
mod rows;

pub(crate) use acts::{CaseError, Doer, fresh_reference, is_as_shown};
pub(crate) use rows::is_of_case;

/// What the keyring calls the key of a case's words. It is no kind of thing, and no office can name one so: a kind begins with a letter.
pub(crate) const CASE: &str = "-case";
