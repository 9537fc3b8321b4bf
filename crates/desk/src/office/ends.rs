//! Where each stream ends, out of the rows themselves: numbered one by one, chained, tagged, each behind the one before it in its stream.
//!
//! Not what the events say. An index is a second thing in the database, and whoever writes there can write it alone: what is asked of it (the newest of a stream, the
//! greatest position) is another answer than what the table has. Invariants: how far the rows were looked at once is kept in memory, and what is behind that is
//! looked at by number in each transaction; kept is only what is committed, and each is told where streams ended when they began to look, whatever others keep meanwhile; an event gets the position behind the last one of its stream, or none.

use std::collections::{HashMap, VecDeque};
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

/// How many events may come while one looks at what came before them.
const BACK: u64 = 4_096;

/// Where all streams end, up to an event; and where they ended a short time before, for whoever began to look then.
#[derive(Debug, Default)]
pub(super) struct Ends {
    head: Head,
    /// How many events there are up to it: after a restore less than its number.
    count: u64,
    streams: HashMap<String, End>,
    /// Ends that are none any more, in the order in which another event took the place of each, with the number of that one.
    past: VecDeque<(u64, String, End)>,
}

impl Ends {
    /// Takes the next row, where it stands right behind the last one of its stream; `before` knows where that is if it is not known here.
    fn take(&mut self, row: &Stored, before: impl Fn(&str) -> Option<End>) -> std::result::Result<(), String> {
        let known = self.streams.get(&row.stream).copied().or_else(|| before(&row.stream)).unwrap_or_default();
        if row.position != known.position + 1 {
            return Err(format!("event {} does not stand behind the one before it in its stream", row.number));
        }
        self.put(&row.stream, End { position: row.position, number: row.number });
        let hash = row.hash.as_slice().try_into().map_err(|_| format!("event {} was changed", row.number))?;
        (self.head, self.count) = (Head { number: row.number, hash }, self.count + 1);
        Ok(())
    }

    fn put(&mut self, stream: &str, end: End) {
        match self.streams.get_mut(stream) {
            Some(there) => self.past.push_back((end.number, stream.to_owned(), std::mem::replace(there, end))),
            None => drop(self.streams.insert(stream.to_owned(), end)),
        }
        while self.past.front().is_some_and(|(by, ..)| by + BACK < end.number) {
            self.past.pop_front();
        }
    }

    /// Where a stream ended when that event was the newest, if it was there already.
    fn as_of(&self, number: u64, stream: &str) -> Option<End> {
        let now = *self.streams.get(stream)?;
        if now.number <= number {
            return Some(now);
        }
        let behind = self.past.partition_point(|(by, ..)| *by <= number);
        let then = self.past.range(behind..).find(|(_, name, _)| name == stream).map(|(.., end)| *end);
        then.filter(|end| end.number <= number)
    }

    /// What is kept of some more events, which stand right behind these.
    fn extend(&mut self, more: Ends) {
        let mut streams: Vec<(String, End)> = more.streams.into_iter().collect();
        streams.sort_by_key(|(_, end)| end.number);
        for (stream, end) in streams {
            self.put(&stream, end);
        }
        (self.head, self.count) = (more.head, self.count + more.count);
    }

    /// The first row of all, or the one behind those that were taken.
    pub(super) fn next(&mut self, row: &Stored) -> std::result::Result<(), String> {
        self.take(row, |_| None)
    }
}

/// What was in memory, and what the keyring knew of, before it is looked at what stands behind.
type Seen = (Head, Option<KeyringHead>);

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
        let from = self.ends().head;
        self.end_behind(at, stream, (from, known)).await
    }

    /// The same by whoever only reads: what the keyring knows by now, and what is in memory, is in what is seen after it.
    pub(super) async fn end_now(&self, stream: &str) -> Result<End> {
        let known = self.known_head().await?;
        let from = self.ends().head;
        self.end_behind(&mut self.db.moment().await?, stream, (from, known)).await
    }

    async fn end_behind(&self, at: &mut Tx, stream: &str, (from, known): Seen) -> Result<End> {
        let newer = self.catch_up(at, (from, known)).await?;
        let end = newer.get(stream).copied();
        Ok(end.or_else(|| self.ends().as_of(from.number, stream)).unwrap_or_default())
    }

    /// The streams that begin so, each with the position of its newest event, as this transaction sees them.
    pub(super) async fn ends_in(&self, at: &mut Tx, prefix: &str) -> Result<Vec<(String, u64)>> {
        let known = self.known_head().await?;
        let from = self.ends().head;
        self.ends_behind(at, prefix, (from, known)).await
    }

    /// The same by whoever only reads.
    pub(super) async fn ends_now(&self, prefix: &str) -> Result<Vec<(String, u64)>> {
        let known = self.known_head().await?;
        let from = self.ends().head;
        self.ends_behind(&mut self.db.moment().await?, prefix, (from, known)).await
    }

    async fn ends_behind(&self, at: &mut Tx, prefix: &str, (from, known): Seen) -> Result<Vec<(String, u64)>> {
        let mut newer = self.catch_up(at, (from, known)).await?;
        newer.retain(|stream, _| stream.starts_with(prefix));
        let ends = self.ends();
        for stream in ends.streams.keys().filter(|stream| stream.starts_with(prefix)) {
            if let Some(end) = ends.as_of(from.number, stream) {
                newer.entry(stream.clone()).or_insert(end);
            }
        }
        drop(ends);
        Ok(newer.into_iter().map(|(stream, end)| (stream, end.position)).collect())
    }

    /// Looks at what stands behind what was in memory, and keeps of it what the keyring knows; the answer is where streams end by all of it. Others keep what they came
    /// by meanwhile, so that memory is asked for what it had then. What was looked at is there still.
    async fn catch_up(&self, at: &mut Tx, (from, known): Seen) -> Result<HashMap<String, End>> {
        let known_number = known.map_or(0, |known| known.number);
        let mut behind = Behind { known: Ends::default(), newer: Ends::default() };
        let walked = events::walk_from_in(&self.db, at, from, |row| {
            has_tag(&row, &self.keyring)?;
            let before = |stream: &str| self.ends().as_of(from.number, stream);
            if row.number <= known_number {
                return behind.known.take(&row, before);
            }
            let Behind { known, newer } = &mut behind;
            newer.take(&row, |stream| known.streams.get(stream).copied().or_else(|| before(stream)))
        });
        let walked = walked.await?;
        if from.number + BACK < self.ends().head.number {
            return Err(Error::of("too much was written while this was looked at").hint("try again"));
        }
        walked.map_err(|what| changed(&what))?;
        let looked_at = KeyringHead { number: from.number, hash: from.hash };
        self.has_head(at, Some(looked_at)).await?;
        self.has_head(at, known).await?;
        let mut streams = behind.known.streams.clone();
        streams.extend(behind.newer.streams);
        let mut ends = self.ends();
        if ends.head == from && behind.known.count > 0 {
            ends.extend(behind.known);
        }
        Ok(streams)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(of: &[(&str, u64)]) -> Ends {
        let mut ends = Ends::default();
        for (number, (stream, position)) in (1..).zip(of) {
            ends.put(stream, End { position: *position, number });
        }
        ends
    }

    #[test]
    fn where_a_stream_ended_is_known_to_whoever_began_to_look_then() {
        let ends = ends(&[("a", 1), ("b", 1), ("a", 2), ("a", 3), ("c", 1)]);
        let table = [
            (0, [0, 0, 0]),
            (1, [1, 0, 0]),
            (2, [1, 1, 0]),
            (3, [2, 1, 0]),
            (4, [3, 1, 0]),
            (5, [3, 1, 1]),
            (9, [3, 1, 1]),
        ];
        for (number, positions) in table {
            let found = ["a", "b", "c"].map(|stream| ends.as_of(number, stream).map_or(0, |end| end.position));
            assert_eq!(found, positions, "as of {number}");
        }
    }

    #[test]
    fn no_more_is_kept_of_what_was_than_is_asked_for() {
        let mut ends = Ends::default();
        for number in 1..=3 * BACK {
            ends.put("a", End { position: number, number });
        }
        assert!(ends.past.len() as u64 <= BACK + 1, "{}", ends.past.len());
        let then = 2 * BACK;
        assert_eq!(ends.as_of(then, "a").map(|end| end.position), Some(then));
    }
}
