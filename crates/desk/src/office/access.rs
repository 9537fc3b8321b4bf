//! Ways of signing in, as events of the office: written with the rows that they speak of, in one transaction.
//!
//! Not the rows (`db/access.rs`), nor who may (`http/access`). Invariants: no row by which somebody is let in changes without its event; such a
//! row counts only with the tag of a program that had the office key, as an event does.

use casework::access::{Event, What};

use super::acts::Stream;
use super::{Actor, Office, fresh};
use crate::clock::local_us;
use crate::db::Tx;
use crate::db::access as rows;
use crate::db::events::{self, NewEvent};
use crate::error::Result;

impl Office {
    /// Writes what happened into a transaction. Whoever acts must be enrolled: their signature is held against the staff.
    pub(crate) async fn note_access(&self, at: &mut Tx, actor: Option<&Actor>, what: &[What]) -> Result<()> {
        let at_us = local_us();
        let before = events::position(&self.db, at, &Stream::Access.name()).await?;
        let mut rows = Vec::new();
        for (number, what) in (before + 1..).zip(what) {
            let by = actor.map(|actor| actor.account.clone());
            let event = Event { number, at_micros: at_us, by, what: what.clone() };
            rows.push(NewEvent {
                position: number,
                at_us,
                account: event.by.as_ref().map(ToString::to_string),
                clear: event.bytes(),
                private: None,
                salt: fresh()?,
            });
        }
        self.append(at, Stream::Access, &rows, actor).await
    }

    /// Ends such a transaction, and tells the keyring.
    pub(crate) async fn commit_access(&self, mut at: Tx) -> Result<()> {
        let head = events::head(&self.db, &mut at).await?;
        at.commit().await.map_err(|err| self.db.failed(&err))?;
        self.advance(head).await
    }

    /// The tag of a row by which somebody is let in.
    pub(crate) fn tag(&self, row: &[u8]) -> Vec<u8> {
        self.keyring.event_row_tag(row).to_vec()
    }

    /// Whether a program with the office key wrote it.
    pub(crate) fn is_tag(&self, row: &[u8], tag: &[u8]) -> bool {
        self.keyring.is_event_row_tag(row, tag)
    }

    /// After a change of the office key: what the old one vouched for the new one vouches for; sessions and links end.
    pub(super) async fn vouch_anew(&self, at: &mut Tx) -> Result<()> {
        rows::end_all(&self.db, at).await?;
        let was = |row: &[u8], tag: &[u8]| self.keyring.was_event_row_tag(row, tag);
        for mut row in rows::accounts(&self.db, at).await? {
            if was(&row.bytes(), &row.tag) {
                row.tag = self.tag(&row.bytes());
                rows::set_password(&self.db, at, &row).await?;
            }
        }
        for mut row in rows::passkeys(&self.db, at).await? {
            if was(&row.bytes(), &row.tag) {
                row.tag = self.tag(&row.bytes());
                rows::passkey_used(&self.db, at, &row).await?;
            }
        }
        Ok(())
    }
}
