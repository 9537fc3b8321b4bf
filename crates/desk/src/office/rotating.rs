//! Another office key for the office that stands: keyring and events go over to it together.
//!
//! Not what becomes of the keys (`vault::keyring`). Invariants: nobody writes an event between the newest one of the old key and the first of the new;
//! the first of the new one speaks, by its hash, for all before; where a crash came in between, it is written at the next opening.

use std::sync::Arc;

use vault::keyring::{KeyringError, OfficeKey};

use super::{Note, Office};
use crate::clock::local_us;
use crate::db::events;
use crate::error::Result;

impl Office {
    /// Puts all of it under another office key; its version, or why the keyring does not go over to it.
    pub(crate) async fn rotate(&mut self, to: Arc<dyn OfficeKey>) -> Result<std::result::Result<u32, KeyringError>> {
        let _alone = self.acting_alone()?;
        // From here on nobody writes an event: one with a tag of the old key would be refused for ever. Who waits is told so (`Office::append`).
        let mut at = self.db.begin().await?;
        if let Err(error) = self.keyring.is_current().await {
            return Ok(Err(error));
        }
        let head = self.is_untouched().await?;
        self.advance(head).await?;
        if let Err(error) = self.keyring.rotate(to).await {
            return Ok(Err(error));
        }
        let version = self.keyring.key_version();
        self.vouch_anew(&mut at).await?;
        self.note_in(&mut at, &Note::Rotated { version }, local_us()).await?;
        let head = events::head(&self.db, &mut at).await?;
        at.commit().await.map_err(|err| self.db.failed(&err))?;
        self.advance(head).await?;
        Ok(Ok(version))
    }

    /// What a crash right after a change of the key left out: the event that makes the new key speak for the events of before.
    pub(super) async fn finish_rotation(&self) -> Result<()> {
        let newest_before = self.keyring.newest_before();
        if newest_before == 0 || events::newest(&self.db).await? > newest_before {
            return Ok(());
        }
        let mut at = self.db.begin().await?;
        // Another program may have been quicker.
        if events::head(&self.db, &mut at).await?.number == newest_before {
            self.vouch_anew(&mut at).await?;
            self.note_in(&mut at, &Note::Rotated { version: self.keyring.key_version() }, local_us()).await?;
        }
        let head = events::head(&self.db, &mut at).await?;
        at.commit().await.map_err(|err| self.db.failed(&err))?;
        self.advance(head).await
    }
}
