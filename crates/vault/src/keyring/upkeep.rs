//! What is done to the whole keyring: a new office key, another copy.
//!
//! Not here: single things (`mod.rs`). Invariants: a new office key takes every entry or none, in one transaction, each opened again
//! before it is stored; the old wrappings are cleared from the files like erased keys; a new copy has its name only once it is whole.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::eras::EventKeys;
use super::error::{KeyringError, OfficeKeyError};
use super::merge::Snapshot;
use super::office_key::{OfficeKey, Wrapped, aad, row_key_aad, row_key_before_aad};
use super::place::Place;
use super::rows::Head;
use super::table::Table;
use super::tag::RowKey;
use super::{Keyring, eras, is_of_office, new_canary, new_event_key, new_row_key, purge};

impl Keyring {
    /// Wraps every key anew under another office key, under which events get other tags from the one behind the head on: whoever calls this sees to
    /// it that the head is the newest event, and that none comes meanwhile. Objects are not touched. When this returns, nothing in the keyring's files opens
    /// with the old one; copies of the files made before do, so the old one is then to be destroyed.
    ///
    /// # Errors
    /// Those of both keys and of the disk. After [`KeyringError::Unsettled`] the keyring says at opening which key it needs; after
    /// [`KeyringError::NotCleared`] it needs the new one, and opening it clears the files.
    pub async fn rotate(&mut self, to: Arc<dyn OfficeKey>) -> Result<(), KeyringError> {
        is_of_office(&self.office, &*to)?;
        if to.name() == self.office_key.name() {
            return Err(KeyringError::BadValue("the keyring is under this office key already"));
        }
        let key_version = self.key_version + 1;
        let (mut change, generation) = self.begin().await?;
        let first = &mut change.tables()[0];
        let (place, old) = (first.place(), first.all().await?);
        let mut new = old.clone();
        for (id, row) in &mut new.rows {
            if let Some(wrapped) = &row.wrapped {
                row.wrapped = Some(self.rewrapped(place, id, wrapped, &*to, key_version).await?);
            }
        }
        let keyring = &old.meta.keyring;
        let canary = new_canary(&self.office, keyring, key_version, &*to).await?;
        let (row_key, wrapped) = new_row_key(&self.office, keyring, key_version, &*to).await?;
        let row_key = Arc::new(RowKey::new(&row_key, key_version));
        // So that, after a crash, the new key alone can tell whether to believe the copy that this did not reach.
        let aad = row_key_aad(&self.office, keyring, self.key_version);
        let before = self.office_key.unwrap(&old.meta.row_key, &aad).await?;
        let before = to.wrap(&before, &row_key_before_aad(&self.office, keyring, key_version)).await?;
        new.meta.eras = eras::ended(&old.meta, &*self.office_key, &*to, place).await?;
        new.meta.event_key = new_event_key(&self.office, keyring, key_version, &*to).await?;
        (new.meta.key_version, new.meta.key_name) = (key_version, to.name());
        (new.meta.canary, new.meta.row_key, new.meta.row_key_before) = (canary, wrapped, Some(before));
        let mut row_keys = vec![Arc::clone(&row_key)];
        for table in change.tables() {
            row_keys.push(Arc::clone(table.key()));
            table.all().await?;
            table.become_as(&old, &new, &row_key).await?;
        }
        // A device that fails here leaves the old key in its place.
        let event_keys = EventKeys::open(&new.meta, &*to).await?;
        change.commit(generation).await?;
        self.places.iter().for_each(|place| place.set_row_keys(&row_keys));
        (self.office_key, self.key_version, self.event_keys) = (to, key_version, event_keys);
        purge::purge(&self.places).await?;
        // Takes the row key before out again, now that every copy is under the new one.
        self.begin().await.map(drop)
    }

    /// One key under the new office key, opened again before the old wrapping is given up.
    async fn rewrapped(
        &self,
        place: &Place,
        id: &[u8; 16],
        old: &Wrapped,
        to: &dyn OfficeKey,
        key_version: u32,
    ) -> Result<Wrapped, KeyringError> {
        let key = self.office_key.unwrap(old, &aad(&self.office, id, self.key_version)).await;
        let key = key.map_err(|error| match error {
            OfficeKeyError::DoesNotOpen => place.damaged("a wrapped key"),
            other => other.into(),
        })?;
        let aad = aad(&self.office, id, key_version);
        let new = to.wrap(&key, &aad).await?;
        if to.unwrap(&new, &aad).await?.bytes() != key.bytes() {
            return Err(OfficeKeyError::Failed("the new key does not open what it wrapped".to_owned()).into());
        }
        Ok(new)
    }

    /// The newest event that one copy has seen, whatever became of the other.
    ///
    /// # Errors
    /// Those of opening.
    pub async fn look_at(
        place: &Path,
        office: &str,
        office_key: Arc<dyn OfficeKey>,
    ) -> Result<Option<Head>, KeyringError> {
        let one = Keyring::open_with(&[place.to_owned()], office, office_key, false).await?;
        let head = one.head().await;
        one.close().await;
        head
    }

    /// Makes another copy from one that is there: a second one, or in the place of one that was lost. From then on the keyring needs
    /// both. Whoever makes it from an old file brings back what that file has: compare its generation and head first.
    ///
    /// # Errors
    /// [`KeyringError::Exists`], those of opening, and those of the disk.
    pub async fn make_copy(
        from: &Path,
        to: &Path,
        office: &str,
        office_key: Arc<dyn OfficeKey>,
    ) -> Result<Keyring, KeyringError> {
        let places = [from.to_owned(), to.to_owned()];
        let whole = Keyring::open_with(&[from.to_owned()], office, Arc::clone(&office_key), false).await?;
        let draft = Place::make(to).await?;
        let (mut change, generation) = whole.begin().await?;
        let table = &mut change.tables()[0];
        let mut all = table.all().await?;
        all.meta.copies = 2;
        let key = Arc::clone(table.key());
        let mut copy = Table::new(&draft, Arc::clone(&key), all.meta.clone()).await?;
        copy.become_as(&Snapshot::empty(&all.meta), &all, &key).await?;
        copy.seal().await?;
        copy.commit().await.map_err(|(place, error)| place.failed(&error))?;
        draft.put_in_place(to).await?;
        // The new file asks for both copies; should this end here, the old one opens alone as before.
        change.tables()[0].meta.copies = 2;
        change.commit(generation).await?;
        whole.close().await;
        Keyring::open(&places, office, office_key).await
    }

    /// Where the copies lie.
    #[must_use]
    pub fn places(&self) -> Vec<PathBuf> {
        self.places.iter().map(|place| place.path().to_owned()).collect()
    }
}
