//! All of a keyring at one moment: a list of many things asks for it once, not for each thing.
//!
//! Not for anything that is decided: what is erased or held after that moment is not seen. Invariants: keys stay wrapped in it until one is
//! asked for; an erasure in any copy counts, as it does when the keyring itself is asked.

use std::collections::BTreeMap;

use super::error::KeyringError;
use super::office_key::Wrapped;
use super::place::Place;
use super::rows::{Entry, Row, State};
use super::table::Table;
use super::{HoldId, Keyring, ThingId, acts};
use crate::cipher::ObjectKey;

/// What a keyring had at one moment. Made for one list, and let go with it.
pub struct Overview<'k> {
    keyring: &'k Keyring,
    /// By copy, in the keyring's order.
    copies: Vec<(&'k Place, BTreeMap<ThingId, Row>)>,
    holds: BTreeMap<ThingId, Vec<HoldId>>,
}

impl Keyring {
    /// Everything at once: a few reads of each file, however many things there are.
    ///
    /// # Errors
    /// Those of the disk, and [`KeyringError::Rotated`].
    pub async fn overview(&self) -> Result<Overview<'_>, KeyringError> {
        let mut copies = Vec::with_capacity(self.places.len());
        for place in &self.places {
            let mut table = Table::read(place).await?;
            self.check_version(&table.meta)?;
            let rows = table.rows().await?;
            copies.push((place, rows.into_iter().map(|row| (row.entry.id, row)).collect()));
        }
        Ok(Overview { keyring: self, copies, holds: self.standing_holds().await? })
    }
}

impl Overview<'_> {
    /// What was known of a thing.
    #[must_use]
    pub fn entry(&self, id: &ThingId) -> Option<&Entry> {
        self.copies.first()?.1.get(id).map(|row| &row.entry)
    }

    /// The holds that stood on a thing.
    #[must_use]
    pub fn holds(&self, id: &ThingId) -> &[HoldId] {
        self.holds.get(id).map_or(&[], Vec::as_slice)
    }

    /// The key of a kept thing.
    ///
    /// # Errors
    /// As [`Keyring::key`].
    pub async fn key(&self, id: &ThingId) -> Result<ObjectKey, KeyringError> {
        let mut found: Vec<(&Place, &Wrapped)> = Vec::new();
        let mut is_pending = false;
        for (place, rows) in &self.copies {
            let row = rows.get(id).ok_or(KeyringError::Unknown(*id))?;
            match (row.entry.state, &row.wrapped) {
                (State::Erased { erasure, certificate, .. }, _) => return Err(acts::erased(id, erasure, certificate)),
                (_, None) => return Err(place.damaged("an entry without its key")),
                (state, Some(wrapped)) => {
                    is_pending |= state == State::Pending;
                    // Equal copies are one to whoever opens it, which may be a slow device.
                    if found.iter().all(|(_, known)| *known != wrapped) {
                        found.push((place, wrapped));
                    }
                }
            }
        }
        if is_pending {
            return Err(KeyringError::Pending(*id));
        }
        let mut key = Err(KeyringError::Unknown(*id));
        for (place, wrapped) in found {
            key = Ok(self.keyring.opened(place, id, wrapped).await?);
        }
        key
    }
}
