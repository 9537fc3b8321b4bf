//! What is done to the whole keyring: a new office key, another copy.
//!
//! Not here: single things (`mod.rs`). Invariants: a new office key takes every entry or none, in one transaction, each opened again
//! before it is stored; the old wrappings are cleared from the files like erased keys; a new copy has its name only once it is whole.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::{KeyringError, OfficeKeyError};
use super::merge::Snapshot;
use super::office_key::{OfficeKey, Wrapped, aad};
use super::place::Place;
use super::rows::{self, Head, Meta};
use super::{Keyring, is_of_office, new_canary, purge};

impl Keyring {
    /// Wraps every key anew under another office key. Objects are not touched. When this returns, nothing in the keyring's files opens
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
        let (place, connection) = change.first();
        let meta = rows::meta(place, connection).await?;
        let mut wrapped = Vec::new();
        for row in rows::rows(place, connection).await? {
            if let Some(old) = row.wrapped {
                wrapped.push((row.entry.id, self.rewrapped(place, &row.entry.id, &old, &*to, key_version).await?));
            }
        }
        let canary = new_canary(&self.office, &meta.keyring, key_version, &*to).await?;
        let meta = Meta { key_version, key_name: to.name(), canary, ..meta };
        for (place, connection) in change.each() {
            rows::insert_meta(place, connection, &meta).await?;
            for (id, wrapped) in &wrapped {
                let query = sqlx::query("UPDATE entry SET wrapped = $2 WHERE thing = $1").bind(&id[..]);
                let query = query.bind(&wrapped.bytes()[..]);
                query.execute(&mut *connection).await.map_err(|error| place.failed(&error))?;
            }
        }
        change.commit(generation).await?;
        (self.office_key, self.key_version) = (to, key_version);
        purge::purge(&self.places).await
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
        let (place, connection) = change.first();
        let mut all = Snapshot::read(place, connection).await?;
        all.meta.copies = 2;
        let mut tx = draft.begin().await?;
        all.write_over(&Snapshot::empty(&all.meta), &draft, &mut tx).await?;
        tx.commit().await.map_err(|error| draft.failed(&error))?;
        draft.put_in_place(to).await?;
        // The new file asks for both copies; should this end here, the old one opens alone as before.
        rows::insert_meta(place, connection, &all.meta).await?;
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
