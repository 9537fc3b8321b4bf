//! One change in every copy: locked in all, decided once, written to each, durable in each.
//!
//! Invariants: every copy is locked before any is written, always in the same order, so that nothing comes in between and nobody
//! waits for each other for ever; copies that are not equal are made equal first (`merge.rs`); an error says whether the change
//! may stand.

use super::acts::Act;
use super::error::KeyringError;
use super::office_key::chance;
use super::place::Place;
use super::table::Table;

/// A transaction in each copy.
pub(super) struct Change<'k> {
    tables: Vec<Table<'k>>,
}

impl<'k> Change<'k> {
    /// Locks every copy.
    pub(super) async fn begin(places: &'k [Place]) -> Result<Change<'k>, KeyringError> {
        let mut tables = Vec::with_capacity(places.len());
        for place in places {
            tables.push(Table::write(place).await?);
        }
        Ok(Change { tables })
    }

    /// Each copy.
    pub(super) fn tables(&mut self) -> &mut [Table<'k>] {
        &mut self.tables
    }

    /// Whether an act changes anything. Each copy is asked, for each was a file that anybody might write: a refusal of any is one.
    pub(super) async fn decide(&mut self, act: &Act<'_>) -> Result<bool, KeyringError> {
        let mut is_needed = false;
        for table in &mut self.tables {
            is_needed |= act.decide(table).await?;
        }
        Ok(is_needed)
    }

    /// Writes an act into every copy, as the change of this generation.
    pub(super) async fn write(&mut self, act: &Act<'_>, generation: u64) -> Result<(), KeyringError> {
        for table in &mut self.tables {
            act.write(table, generation).await?;
        }
        Ok(())
    }

    /// That every copy has every row, each the newest.
    pub(super) async fn is_whole(&mut self) -> Result<(), KeyringError> {
        for table in &mut self.tables {
            table.all().await?;
        }
        Ok(())
    }

    /// Gives every copy the same generation and mark, and makes all of it durable.
    pub(super) async fn commit(mut self, generation: u64) -> Result<(), KeyringError> {
        let mark: [u8; 16] = chance()?;
        for table in &mut self.tables {
            (table.meta.generation, table.meta.mark) = (generation, mark);
            table.seal().await?;
        }
        for (number, table) in self.tables.into_iter().enumerate() {
            table.commit().await.map_err(|(place, error)| match place.failed(&error) {
                // Nothing was written anywhere while readers were waited for.
                KeyringError::Busy(place) if number == 0 => KeyringError::Busy(place),
                _ => KeyringError::Unsettled { place: place.path().to_owned(), reason: error.to_string() },
            })?;
        }
        Ok(())
    }
}
