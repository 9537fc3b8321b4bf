//! Whether nothing in an office is real: said in its file and among its first events, or in neither.
//!
//! Not what is in a demonstration (`demonstration/`). Invariants: a real office becomes no demonstration by a line in its file, nor a demonstration a real one; what tells them
//! apart is written once, before anybody is enrolled.

use super::acts::Stream;
use super::{Note, Office};
use crate::db::events;
use crate::error::{Error, Result};

/// The number of the event that says so: the one after the founding.
const MARK: u64 = 2;

impl Office {
    /// Whether nothing in it is real.
    pub(crate) fn is_demonstration(&self) -> bool {
        self.config.demonstration
    }

    /// That its file and its events say the same of that. On events that were looked at.
    pub(super) async fn is_marked_alike(&self) -> Result<()> {
        let row = events::numbered(&self.db, MARK).await?;
        let row = row.filter(|row| row.stream == Stream::Office.name());
        let is_noted = row.is_some_and(|row| Note::parse(&row.clear) == Some(Note::Demonstration));
        match (self.config.demonstration, is_noted) {
            (true, true) | (false, false) => Ok(()),
            (true, false) => Err(Error::of("office.toml says that this is a demonstration, and its events do not")
                .hint("take the line \"demonstration = true\" out: in this office things are real")),
            (false, true) => Err(Error::of("this office was made as a demonstration, and office.toml does not say so")
                .hint(
                    "put the line \"demonstration = true\" back, or found an office with \"counterpartd vault init\"",
                )),
        }
    }
}
