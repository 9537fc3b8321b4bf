//! Where each stream ends, out of the rows themselves: numbered one by one, chained, tagged, each behind the one before it in its stream.
//!
//! Not what the events say. An index is a second thing in the database, and whoever writes there can write it alone: what is asked of it (the newest of a stream, the
//! greatest position) is another answer than what the table has. Invariants: how far the rows were looked at once is kept in memory, and what is behind that is
//! looked at by number in each transaction; kept is only what is committed; an event gets the position behind the last one of its stream, or none.

use std::collections::HashMap;
use std::sync::{MutexGuard, PoisonError};

use vault::keyring::Head as KeyringHead;

use super::Office;
use super::history::{changed, has_tag};
use crate::db::Tx;
use crate::db::events::{self, Head, NewEvent, Stored};
use crate::error::{Error, Result};

/// The last event of a stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct End {
    /// Where it stands in its stream; 0 before the first.
    pub(super) position: u64,
    /// Where it stands among all.
    pub(super) number: u64,
}

/// Where all streams end, up to an event.
#[derive(Debug, Default)]
pub(super) struct Ends {
    head: Head,
    /// How many events there are up to it: after a restore less than its number.
    count: u64,
    streams: HashMap<String, End>,
}

impl Ends {
    /// Takes the next row, where it stands right behind the last one of its stream; `before` knows where that is if it is not known here.
    fn take(&mut self, row: &Stored, before: impl Fn(&str) -> Option<End>) -> std::result::Result<(), String> {
        let known = self.streams.get(&row.stream).copied().or_else(|| before(&row.stream)).unwrap_or_default();
        if row.position != known.position + 1 {
            return Err(format!("event {} does not stand behind the one before it in its stream", row.number));
        }
        let end = End { position: row.position, number: row.number };
        match self.streams.get_mut(&row.stream) {
            Some(there) => *there = end,
            None => drop(self.streams.insert(row.stream.clone(), end)),
        }
        let hash = row.hash.as_slice().try_into().map_err(|_| format!("event {} was changed", row.number))?;
        (self.head, self.count) = (Head { number: row.number, hash }, self.count + 1);
        Ok(())
    }

    /// The first row of all, or the one behind those that were taken.
    pub(super) fn next(&mut self, row: &Stored) -> std::result::Result<(), String> {
        self.take(row, |_| None)
    }
}

/// What a transaction sees behind what is in memory: what the keyring knows of already, and what it does not.
struct Behind {
    known: Ends,
    newer: Ends,
}

impl Office {
    fn ends(&self) -> MutexGuard<'_, Ends> {
        self.seen.ends.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps what a walk over all came by, if it is no less than what is there. Only what is committed: `known` is the newest that the keyring knows.
    pub(super) fn keep_ends(&self, walked: Ends, known: u64) {
        let mut ends = self.ends();
        if walked.head.number <= known && walked.head.number >= ends.head.number {
            *ends = walked;
        }
    }

    /// Where a stream ends, as this transaction sees it.
    pub(super) async fn end_in(&self, at: &mut Tx, stream: &str) -> Result<End> {
        let known = self.known_head().await?;
        self.end_behind(at, stream, known).await
    }

    /// The same by whoever only reads: what the keyring knows by now is in what is seen after it.
    pub(super) async fn end_now(&self, stream: &str) -> Result<End> {
        let known = self.known_head().await?;
        self.end_behind(&mut self.db.moment().await?, stream, known).await
    }

    async fn end_behind(&self, at: &mut Tx, stream: &str, known: Option<KeyringHead>) -> Result<End> {
        let newer = self.catch_up(at, known).await?;
        let end = newer.streams.get(stream).copied();
        Ok(end.or_else(|| self.ends().streams.get(stream).copied()).unwrap_or_default())
    }

    /// The streams that begin so, each with the position of its newest event, as this transaction sees them.
    pub(super) async fn ends_in(&self, at: &mut Tx, prefix: &str) -> Result<Vec<(String, u64)>> {
        let known = self.known_head().await?;
        self.ends_behind(at, prefix, known).await
    }

    /// The same by whoever only reads.
    pub(super) async fn ends_now(&self, prefix: &str) -> Result<Vec<(String, u64)>> {
        let known = self.known_head().await?;
        self.ends_behind(&mut self.db.moment().await?, prefix, known).await
    }

    async fn ends_behind(&self, at: &mut Tx, prefix: &str, known: Option<KeyringHead>) -> Result<Vec<(String, u64)>> {
        let mut newer = self.catch_up(at, known).await?.streams;
        newer.retain(|stream, _| stream.starts_with(prefix));
        for (stream, end) in self.ends().streams.iter().filter(|(stream, _)| stream.starts_with(prefix)) {
            newer.entry(stream.clone()).or_insert(*end);
        }
        Ok(newer.into_iter().map(|(stream, end)| (stream, end.position)).collect())
    }

    /// Looks at what stands behind what is in memory, and keeps of it what the keyring knows; the rest is the answer. What was looked at is there still.
    async fn catch_up(&self, at: &mut Tx, known: Option<KeyringHead>) -> Result<Ends> {
        let from = self.ends().head;
        let known_number = known.map_or(0, |known| known.number);
        let mut behind = Behind { known: Ends::default(), newer: Ends::default() };
        let walked = events::walk_from_in(&self.db, at, from, |row| {
            has_tag(&row, &self.keyring)?;
            let before = |stream: &str| self.ends().streams.get(stream).copied();
            if row.number <= known_number {
                return behind.known.take(&row, before);
            }
            let Behind { known, newer } = &mut behind;
            newer.take(&row, |stream| known.streams.get(stream).copied().or_else(|| before(stream)))
        });
        walked.await?.map_err(|what| changed(&what))?;
        let looked_at = KeyringHead { number: from.number, hash: from.hash };
        self.has_head(at, Some(looked_at)).await?;
        self.has_head(at, known).await?;
        let mut ends = self.ends();
        if ends.head == from && behind.known.count > 0 {
            ends.streams.extend(behind.known.streams);
            (ends.head, ends.count) = (behind.known.head, ends.count + behind.known.count);
        }
        Ok(behind.newer)
    }

    /// That what is to be appended to a stream stands right behind its end in the table, and that no event of all is missing: before it is written.
    pub(super) async fn is_next(&self, at: &mut Tx, stream: &str, rows: &[NewEvent]) -> Result<()> {
        let end = self.end_in(at, stream).await?;
        let (head, count) = {
            let ends = self.ends();
            (ends.head.number, ends.count)
        };
        if events::count_in(&self.db, at, head).await? != count {
            return Err(changed(&format!("of the events up to {head} there are not as many as there were")));
        }
        match (end.position + 1..).zip(rows).all(|(position, row)| row.position == position) {
            true => Ok(()),
            false => Err(other_index()),
        }
    }

    /// The events of one stream in order, as this transaction sees them: all of them, whatever an index has.
    pub(super) async fn stream_in(&self, at: &mut Tx, stream: &str) -> Result<Vec<Stored>> {
        let rows = events::stream_in(&self.db, at, stream).await?;
        let end = self.end_in(at, stream).await?;
        match rows.last().map_or(0, |row| row.position) == end.position {
            true => Ok(rows),
            false => Err(other_index()),
        }
    }
}

/// What an office says whose table has something that an index of it has not.
pub(super) fn other_index() -> Error {
    Error::of("the events were changed: an index does not have what their table has")
        .hint("nothing was done; start the program anew, which makes the index again, and find out who writes there")
        .with_code(crate::codes::REFUSED)
}
