//! All events together: that nobody but a program with the office key wrote them, left any out or changed any; and the table that is made of them.
//!
//! Not what one event says (`acts.rs`). Invariants: the chain has no secret, the tags have: each speaks for its event and, by the hash, for all before
//! it; the keyring is told of no event that was not looked at so; nothing is done in an office whose history does not hold, not even what could be undone.

use std::collections::BTreeMap;

use casework::ThingId;
use casework::custody::Thing;
use vault::keyring::Keyring;

use super::acts::{Stream, keyring_failed};
use super::ends::Ends;
use super::record::{People, has_signature, unless_of_row};
use super::{Actor, Office};
use crate::clock::local_us;
use crate::db::Tx;
use crate::db::events::{self, Head, Stored, Vouches};
use crate::db::things::{self, TagsRows};
use crate::error::{Error, Result};
use crate::out;

/// What is wrong with an event that somebody else wrote.
const UNTAGGED: &str = "not written by a program that had the office key";

/// What a walk over all events came by.
pub(super) struct Walked {
    /// When the newest event of people or things was, microseconds since 1970; the office's own notes do not count.
    pub(super) newest_us: Option<i64>,
    /// The rows of the streams that were asked for.
    pub(super) rows: Vec<Vec<Stored>>,
}

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
        let mut ends = Ends::default();
        let head =
            events::check_chain(&self.db, |row| has_tag(row, &self.keyring).and_then(|()| ends.next(row))).await?;
        if let Ok(head) = head {
            self.keep_ends(ends, head.number);
        }
        Ok(head)
    }

    /// The rows of some streams out of the very walk that found all events chained and tagged: what is decided on these was not
    /// changed between being looked at and being read.
    pub(super) async fn walk_in(&self, at: &mut Tx, streams: &[&str]) -> Result<Walked> {
        let (walked, ends) = self.walk_through(at, streams).await?;
        let known = self.has_the_known_head(at).await?;
        self.keep_ends(ends, known);
        Ok(walked)
    }

    async fn walk_through(&self, at: &mut Tx, streams: &[&str]) -> Result<(Walked, Ends)> {
        let mut ends = Ends::default();
        let mut seen = Walked { newest_us: None, rows: vec![Vec::new(); streams.len()] };
        let office = Stream::Office.name();
        let walked = events::walk_in(&self.db, at, |row| {
            has_tag(&row, &self.keyring)?;
            ends.next(&row)?;
            if row.stream != office {
                seen.newest_us = Some(row.at_us);
            }
            if let Some(place) = streams.iter().position(|stream| *stream == row.stream) {
                seen.rows[place].push(row);
            }
            Ok(())
        });
        walked.await?.map_err(|what| changed(&what))?;
        Ok((seen, ends))
    }

    /// The same by whoever only reads: what the keyring knows by now is in what is seen after it.
    pub(super) async fn walk_now(&self, streams: &[&str]) -> Result<Walked> {
        if self.restoring.is_some() {
            // Nobody else writes then.
            return self.walk_in(&mut self.db.moment().await?, streams).await;
        }
        let known = self.known_head().await?;
        let mut at = self.db.moment().await?;
        let (walked, ends) = self.walk_through(&mut at, streams).await?;
        self.has_head(&mut at, known).await?;
        self.keep_ends(ends, known.map_or(0, |known| known.number));
        Ok(walked)
    }

    /// That the newest event that the keyring knows is there, as this transaction sees the events: whoever took it out would let another one be written
    /// in its place. Its number.
    pub(super) async fn has_the_known_head(&self, at: &mut Tx) -> Result<u64> {
        let known = self.known_head().await?;
        if self.restoring.is_some() {
            // Nobody else writes then: it is the very newest.
            let newest = events::head(&self.db, at).await?;
            return match known.is_none_or(|known| (known.number, known.hash) == (newest.number, newest.hash)) {
                true => Ok(known.map_or(0, |known| known.number)),
                false => Err(changed("what this restore wrote is not there any more")),
            };
        }
        self.has_head(at, known).await?;
        Ok(known.map_or(0, |known| known.number))
    }

    /// The newest event that the keyring has heard of; while an office is restored, the newest that the restore has written.
    pub(super) async fn known_head(&self) -> Result<Option<vault::keyring::Head>> {
        if let Some(written) = &self.restoring {
            return Ok(written.newest().map(|head| vault::keyring::Head { number: head.number, hash: head.hash }));
        }
        self.keyring.head().await.map_err(|err| keyring_failed(&err))
    }

    pub(super) async fn has_head(&self, at: &mut Tx, known: Option<vault::keyring::Head>) -> Result<()> {
        let Some(known) = known.filter(|known| known.number > 0) else { return Ok(()) };
        match events::numbered_in(&self.db, at, known.number).await? {
            Some(row) if row.hash == known.hash => Ok(()),
            Some(_) => Err(changed(&format!("event {} is not the one that the keyring has seen", known.number))),
            None => Err(changed(&format!("event {} is missing", known.number))),
        }
    }

    /// People and a thing, out of a history that holds as this transaction sees it; and when the newest event of either kind was, microseconds since 1970.
    pub(super) async fn walked_in(&self, at: &mut Tx, id: ThingId) -> Result<(People, Thing, Option<i64>)> {
        let streams = [Stream::Staff.name(), Stream::Thing(id).name()];
        // On the heap, so that no caller carries its state.
        let walked = Box::pin(self.walk_in(at, &[&streams[0], &streams[1]])).await?;
        let people = People::read(&walked.rows[0])?;
        let thing = self.believed(id, &walked.rows[1], &people)?;
        Ok((people, thing, walked.newest_us))
    }

    /// A thing, out of a history that holds now.
    pub(crate) async fn walked(&self, id: ThingId) -> Result<Thing> {
        let mut at = self.db.begin().await?;
        self.walked_in(&mut at, id).await.map(|(_, thing, _)| thing)
    }

    /// That no event was changed, taken out or put in, and that they are no older than the keyring: the newest of them.
    pub(crate) async fn is_untouched(&self) -> Result<Head> {
        let known = self.keyring.head().await.map_err(|err| keyring_failed(&err))?;
        let head = self.history().await?;
        // What is older than the keyring is a matter of its own, with its own way out.
        self.is_of_one_age(known).await?;
        head.map_err(|what| changed(&what))
    }

    /// Takes out what somebody wrote behind the newest event that the keyring knows, or before the first: rows without a tag up to the very end. Where a tagged
    /// event stands behind such a row, something else happened, and that is for a person to look at.
    pub(crate) async fn set_strays_aside(&self) -> Result<()> {
        let odd = self.db.set_odd_aside(local_us()).await?;
        if odd > 0 {
            out::notice(&format!("note: {odd} rows of the events have columns of other types, {UNTAGGED}: taken out"));
        }
        let known = self.keyring.head().await.map_err(|err| keyring_failed(&err))?.map_or(0, |head| head.number);
        let before = events::before_the_first(&self.db).await?;
        let is_ours = |row: &Stored| has_tag(row, &self.keyring).is_ok();
        if before.is_empty() && events::numbered_after(&self.db, known).await?.iter().all(is_ours) {
            return Ok(());
        }
        // Looked at again where nobody else writes: another program may have appended, or done the same, meanwhile.
        let mut at = self.db.begin().await?;
        let rows = events::numbered_after_in(&self.db, &mut at, known).await?;
        let behind = rows.iter().position(|row| !is_ours(row)).map_or(&rows[..0], |first| &rows[first..]);
        let mut strays = events::before_the_first(&self.db).await?;
        // What somebody's own key signed was written for them: without its tag it was changed, and is no stray.
        let people = events::stream_in(&self.db, &mut at, &Stream::Staff.name()).await?;
        let people: Vec<Stored> = people.into_iter().filter(|row| row.number <= known).collect();
        let people = People::read(&people)?;
        let is_somebodys = |row: &Stored| row.account.is_some() && has_signature(row, people.now());
        if !behind.iter().any(|row| is_ours(row) || is_somebodys(row)) {
            strays.extend(behind.iter().filter_map(|row| i64::try_from(row.number).ok()));
        }
        if strays.is_empty() {
            return Ok(());
        }
        events::set_aside(&self.db, &mut at, &strays, local_us()).await?;
        at.commit().await.map_err(|err| self.db.failed(&err))?;
        out::notice(&format!(
            "note: {} rows behind the newest event or before the first were {UNTAGGED}: taken out",
            strays.len()
        ));
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
            // What cannot be read has no row, and says so to whoever asks for it: it keeps nobody from the others.
            match unless_of_row(self.thing_in(&mut at, id, &people).await)? {
                Some(thing) => things::put(&self.db, &mut at, &thing, &by).await?,
                None => things::remove(&self.db, &mut at, &id.to_string()).await?,
            }
            at.commit().await.map_err(|err| self.db.failed(&err))?;
        }
        let mut at = self.db.begin().await?;
        for row in rows.values() {
            things::remove(&self.db, &mut at, &row.id).await?;
        }
        at.commit().await.map_err(|err| self.db.failed(&err))
    }

    /// Every thing, and the position of its newest event.
    pub(super) async fn ends_of_things(&self) -> Result<BTreeMap<ThingId, u64>> {
        let ends = self.ends_now(super::acts::THINGS).await?;
        let id = |name: &str| name.strip_prefix(super::acts::THINGS)?.parse().ok();
        Ok(ends.into_iter().filter_map(|(name, end)| Some((id(&name)?, end))).collect())
    }
}
