//! What is made of events, made anew from them: the table of things, and the outbox's row of each event.
//!
//! Not what a command puts right in passing (`history.rs`), nor proofs, which are the log's. Invariants: it is one transaction, in which the whole history
//! holds; a row that is as it should be stays as it is to the byte; what is counted as other was other before.

use std::collections::{BTreeMap, HashSet};

use casework::ThingId;

use super::Office;
use super::acts::THINGS;
use super::history::ByOffice;
use super::record::unless_of_row;
use crate::db::{Tx, events, outbox, things};
use crate::error::Result;

/// What came of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rebuilt {
    pub(crate) events: u64,
    pub(crate) things: u64,
    pub(crate) cases: u64,
    /// Rows that were other than the events say, missing or too many: of things, of cases, and of the outbox.
    pub(crate) other_things: u64,
    pub(crate) other_cases: u64,
    pub(crate) other_entries: u64,
}

impl Office {
    /// Makes it all anew; what cannot be read has no row, as in every other command.
    pub(crate) async fn rebuild(&self) -> Result<Rebuilt> {
        let mut at = self.db.begin().await?;
        self.walk_in(&mut at, &[]).await?;
        let head = events::head(&self.db, &mut at).await?;
        let mut rebuilt = Rebuilt { events: head.number, ..Rebuilt::default() };
        (rebuilt.things, rebuilt.other_things) = self.rebuild_things(&mut at).await?;
        (rebuilt.cases, rebuilt.other_cases) = self.rebuild_cases(&mut at).await?;
        rebuilt.other_entries = self.rebuild_outbox(&mut at).await?;
        at.commit().await.map_err(|err| self.db.failed(&err))?;
        Ok(rebuilt)
    }

    async fn rebuild_things(&self, at: &mut Tx) -> Result<(u64, u64)> {
        let by = ByOffice { keyring: &self.keyring, actor: None };
        let before = things::cells_in(&self.db, at).await?;
        things::clear(&self.db, at).await?;
        let people = self.people_in(at).await?;
        for name in events::streams_in(&self.db, at, THINGS).await? {
            let Some(id) = name.strip_prefix(THINGS).and_then(|id| id.parse::<ThingId>().ok()) else { continue };
            if let Some(thing) = unless_of_row(self.thing_in(at, id, &people).await)? {
                things::put(&self.db, at, &thing, &by).await?;
            }
        }
        let after = things::cells_in(&self.db, at).await?;
        let (rows_before, before) = (before.len(), before.into_iter().collect::<HashSet<_>>());
        let changed = after.iter().filter(|row| !before.contains(row)).count();
        let too_many = rows_before.saturating_sub(after.len());
        Ok((after.len() as u64, changed.max(too_many) as u64))
    }

    async fn rebuild_outbox(&self, at: &mut Tx) -> Result<u64> {
        let (mut other, mut after) = (outbox::remove_of_no_event(&self.db, at).await?, 0);
        loop {
            let rows = events::thousand_after_in(&self.db, at, after).await?;
            let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return Ok(other) };
            let there = outbox::entries_in(&self.db, at, first.number, last.number).await?;
            let mut wanted = BTreeMap::new();
            for row in &rows {
                let entry = row.commitment().map(|commitment| events::entry(&commitment).to_vec());
                wanted.extend(entry.map(|entry| (entry, row.number)));
            }
            for (entry, number) in there.iter().filter(|(entry, number)| wanted.get(*entry) != Some(number)) {
                outbox::remove_in(&self.db, at, *number, entry).await?;
                other += u64::from(!wanted.contains_key(entry));
            }
            for (entry, number) in wanted.iter().filter(|(entry, number)| there.get(*entry) != Some(number)) {
                outbox::put_back(&self.db, at, *number, "event", entry).await?;
                other += 1;
            }
            after = last.number;
        }
    }
}
