//! What a keyring says of itself and of a thing, to be shown and certified.
//!
//! Not keys, and not how they are changed.
//! Invariant: nothing here decides anything.

use std::collections::{BTreeMap, BTreeSet};

use super::rows::{Entry, State};
use super::table::Table;
use super::{HoldId, Keyring, KeyringError, ThingId};
use crate::store::Owner;

impl Entry {
    /// The object's digest and length, if the thing ever had one; also after its key was erased.
    #[must_use]
    pub fn object(&self) -> Option<([u8; 32], u64)> {
        let object = match self.state {
            State::Pending => None,
            State::Kept { digest, sealed_len_bytes } => Some((digest, sealed_len_bytes)),
            State::Erased { object, .. } => object,
        };
        // A disc or tape has a key, for the words about it, and no object.
        object.filter(|(_, sealed_len_bytes)| *sealed_len_bytes > 0)
    }
}

impl Keyring {
    /// What is carried of a disc or tape, as it was given to [`Keyring::carry_item`].
    ///
    /// # Errors
    /// Those of the disk.
    pub async fn item(&self, id: &ThingId) -> Result<Option<Vec<u8>>, KeyringError> {
        let items = Table::read(&self.places[0]).await?.items(Some(id)).await?;
        Ok(items.into_iter().next().map(|item| item.sealed))
    }

    /// Of which things something is carried.
    ///
    /// # Errors
    /// Those of the disk.
    pub async fn items(&self) -> Result<BTreeSet<ThingId>, KeyringError> {
        let items = Table::read(&self.places[0]).await?.items(None).await?;
        Ok(items.into_iter().map(|item| item.thing).collect())
    }

    /// The holds that stand, of all things that are held.
    ///
    /// # Errors
    /// Those of the disk.
    pub async fn standing_holds(&self) -> Result<BTreeMap<ThingId, Vec<HoldId>>, KeyringError> {
        let holds = Table::read(&self.places[0]).await?.holds(None).await?;
        let mut standing: BTreeMap<ThingId, Vec<HoldId>> = BTreeMap::new();
        for hold in holds.into_iter().filter(|hold| hold.is_standing) {
            standing.entry(hold.thing).or_default().push(hold.hold);
        }
        Ok(standing)
    }

    /// Whose the stores are: it stays the same through new office keys, new copies and restores.
    #[must_use]
    pub fn owner(&self) -> Owner {
        Owner::of(&self.identity)
    }

    /// Which version of the office key wraps every key.
    #[must_use]
    pub fn key_version(&self) -> u32 {
        self.key_version
    }
}
