//! One change in every copy: locked in all, decided once, written to each, durable in each.
//!
//! Invariants: every copy is locked before any is written, always in the same order, so that nothing comes in between and nobody
//! waits for each other for ever; copies that are not equal are made equal first (`merge.rs`); an error says whether the change
//! may stand.

use sqlx::{Sqlite, SqliteConnection, Transaction};

use super::acts::Act;
use super::error::KeyringError;
use super::office_key::chance;
use super::place::Place;
use super::rows::{self, Meta};

/// A transaction in each copy.
pub(super) struct Change<'k> {
    open: Vec<(&'k Place, Transaction<'static, Sqlite>)>,
}

impl<'k> Change<'k> {
    /// Locks every copy.
    pub(super) async fn begin(places: &'k [Place]) -> Result<Change<'k>, KeyringError> {
        let mut open = Vec::with_capacity(places.len());
        for place in places {
            open.push((place, place.begin().await?));
        }
        Ok(Change { open })
    }

    /// What each copy says of itself.
    pub(super) async fn metas(&mut self) -> Result<Vec<Meta>, KeyringError> {
        let mut metas = Vec::with_capacity(self.open.len());
        for (place, tx) in &mut self.open {
            metas.push(rows::meta(place, tx).await?);
        }
        Ok(metas)
    }

    /// Each copy with its connection.
    pub(super) fn each(&mut self) -> impl Iterator<Item = (&'k Place, &mut SqliteConnection)> {
        self.open.iter_mut().map(|(place, tx)| (*place, &mut **tx))
    }

    /// The first copy: equal to the others once they were made equal.
    pub(super) fn first(&mut self) -> (&'k Place, &mut SqliteConnection) {
        let (place, tx) = &mut self.open[0];
        (place, &mut **tx)
    }

    /// Writes an act into every copy, as the change of this generation.
    pub(super) async fn write(&mut self, act: &Act<'_>, generation: u64) -> Result<(), KeyringError> {
        for (place, tx) in &mut self.open {
            let done = act.write(tx, stored(generation)).await.map_err(|error| place.failed(&error))?;
            if done.rows_affected() != 1 {
                return Err(place.failed_with(format!("a change touched {} rows", done.rows_affected())));
            }
        }
        Ok(())
    }

    /// Gives every copy the same generation and mark, and makes all of it durable.
    pub(super) async fn commit(mut self, generation: u64) -> Result<(), KeyringError> {
        let mark: [u8; 16] = chance()?;
        for (place, tx) in &mut self.open {
            sqlx::query("UPDATE keyring SET generation = $1, mark = $2")
                .bind(stored(generation))
                .bind(&mark[..])
                .execute(&mut **tx)
                .await
                .map_err(|error| place.failed(&error))?;
        }
        for (number, (place, tx)) in self.open.into_iter().enumerate() {
            tx.commit().await.map_err(|error| match place.failed(&error) {
                // Nothing was written anywhere while readers were waited for.
                KeyringError::Busy(place) if number == 0 => KeyringError::Busy(place),
                _ => KeyringError::Unsettled { place: place.path().to_owned(), reason: error.to_string() },
            })?;
        }
        Ok(())
    }
}

/// As SQLite stores a count.
pub(super) fn stored(generation: u64) -> i64 {
    i64::try_from(generation).unwrap_or(i64::MAX)
}
