//! All events together: that nobody but a program with the office key wrote them, left any out or changed any; and the table that is made of them.
//!
//! Not what one event says (`acts.rs`). Invariants: the chain has no secret, the tags have: each speaks for its event and, by the hash, for all before
//! it; the keyring is told of no event that was not looked at so; nothing is done in an office whose history does not hold, not even what could be undone.

use std::collections::BTreeMap;

use casework::ThingId;
use vault::keyring::Keyring;

use super::acts::keyring_failed;
use super::{Actor, Office};
use crate::clock::local_us;
use crate::db::events::{self, Head, Stored, Vouches};
use crate::db::things::{self, TagsRows};
use crate::error::{Error, Result};
use crate::out;

/// What is wrong with an event that somebody else wrote.
const UNTAGGED: &str = "not written by a program that had the office key";

/// A program that has opened the keyring, and who acts by it.
pub(super) struct ByOffice<'a> {
    pub(super) keyring: &'a Keyring,
    pub(super) actor: Option<&'a Actor>,
}

impl Vouches for ByOffice<'_> {
    fn knows(&self, row: &Stored) -> std::result::Result<(), String> {
        has_tag(row, self.keyring)
    }

    fn signature(&self, commitment: &[u8; 32]) -> Option<[u8; 64]> {
        self.actor.map(|actor| actor.sign(commitment))
    }

    fn tag(&self, number: u64, commitment: &[u8; 32], hash: &[u8; 32]) -> [u8; 32] {
        self.keyring.event_tag(number, commitment, hash)
    }
}

impl TagsRows for ByOffice<'_> {
    fn row_tag(&self, row: &[u8]) -> [u8; 32] {
        self.keyring.event_row_tag(row)
    }

    fn is_row_tag(&self, row: &[u8], tag: &[u8]) -> bool {
        self.keyring.is_event_row_tag(row, tag)
    }
}

/// Whether a program that had the office key wrote it, behind exactly that history.
pub(crate) fn has_tag(row: &Stored, keyring: &Keyring) -> std::result::Result<(), String> {
    let hash = <[u8; 32]>::try_from(row.hash.as_slice()).ok();
    match (row.commitment(), hash, &row.tag) {
        (Some(commitment), Some(hash), Some(tag)) if keyring.is_event_tag(row.number, &commitment, &hash, tag) => {
            Ok(())
        }
        _ => Err(format!("event {} was {UNTAGGED}", row.number)),
    }
}

/// Whoever can write into the events' file cannot make any of them: neither people nor releases nor an end.
pub(super) fn is_tagged(rows: &[Stored], keyring: &Keyring) -> Result<()> {
    rows.iter().try_for_each(|row| has_tag(row, keyring)).map_err(|what| changed(&what))
}

/// What an office says whose events are not as its programs wrote them.
pub(super) fn changed(what: &str) -> Error {
    Error::of(format_args!("the events were changed: {what}"))
        .hint("do nothing more here; find out who did it, and bring back a backup with \"counterpartd restore\"")
        .with_code(crate::codes::REFUSED)
}

impl Office {
    /// The newest event, when all up to it are chained and tagged; otherwise what is wrong with the first that is not.
    pub(crate) async fn history(&self) -> Result<std::result::Result<Head, String>> {
        events::check_chain(&self.db, |row| has_tag(row, &self.keyring)).await
    }

    /// That no event was changed, taken out or put in, and that they are no older than the keyring: the newest of them.
    pub(crate) async fn is_untouched(&self) -> Result<Head> {
        let known = self.keyring.head().await.map_err(|err| keyring_failed(&err))?;
        let head = self.history().await?;
        // What is older than the keyring is a matter of its own, with its own way out.
        self.is_of_one_age(known).await?;
        head.map_err(|what| changed(&what))
    }

    /// Takes out what somebody wrote behind the newest event that the keyring knows: rows without a tag up to the very end. Where a tagged event
    /// stands behind such a row, something else happened, and that is for a person to look at.
    pub(crate) async fn set_strays_aside(&self) -> Result<()> {
        let known = self.keyring.head().await.map_err(|err| keyring_failed(&err))?.map_or(0, |head| head.number);
        let (mut after, mut from) = (known, None);
        loop {
            let rows = events::numbered_after(&self.db, after).await?;
            let Some(last) = rows.last() else { break };
            after = last.number;
            for row in &rows {
                match (has_tag(row, &self.keyring), from) {
                    (Ok(()), Some(_)) => return Ok(()),
                    (Err(_), None) => from = Some(row.number),
                    _ => {}
                }
            }
        }
        let Some(from) = from else { return Ok(()) };
        let count = events::set_aside(&self.db, from, local_us()).await?;
        out::notice(&format!("note: {count} rows behind the newest event were {UNTAGGED}: taken out"));
        Ok(())
    }

    /// Writes anew each row of the table of things that is not what its events say, and takes out those of things that there are none of.
    pub(crate) async fn put_rows_right(&self) -> Result<()> {
        let by = ByOffice { keyring: &self.keyring, actor: None };
        let (mut rows, ends) = (things::all(&self.db).await?, self.ends_of_things().await?);
        let wrong = ends.iter().filter(|(id, end)| rows.get(id).is_none_or(|row| !row.is_of(**end, &by)));
        let wrong: Vec<ThingId> = wrong.map(|(id, _)| *id).collect();
        rows.retain(|id, _| !ends.contains_key(id));
        if wrong.is_empty() && rows.is_empty() {
            return Ok(());
        }
        for id in wrong {
            let mut at = self.db.begin().await?;
            let people = self.people_in(&mut at).await?;
            let thing = self.thing_in(&mut at, id, &people).await?;
            things::put(&self.db, &mut at, &thing, &by).await?;
            at.commit().await.map_err(|err| self.db.failed(&err))?;
        }
        let mut at = self.db.begin().await?;
        for row in rows.values() {
            things::remove(&self.db, &mut at, &row.id).await?;
        }
        at.commit().await.map_err(|err| self.db.failed(&err))
    }

    /// Every thing, and the position of its newest event.
    async fn ends_of_things(&self) -> Result<BTreeMap<ThingId, u64>> {
        let ends = events::ends(&self.db, super::acts::THINGS).await?;
        let id = |name: &str| name.strip_prefix(super::acts::THINGS)?.parse().ok();
        Ok(ends.into_iter().filter_map(|(name, end)| Some((id(&name)?, end))).collect())
    }
}
