//! Streams of events: appended once, never changed, each chained to the one before.
//!
//! Not what they say: here an event is bytes that are public within the office, bytes that only its thing's key opens, and who did
//! it. Invariants: numbers have no gap but where a restore says so; a stream's positions follow one another, so that of two acts that saw the same state one
//! is refused; the chain and the commitment are over exactly the bytes that are stored (`spec/vault.md`, section 6).

use std::collections::BTreeSet;

use seal::tlog::{Entry, EntryKind};
use sha2::{Digest as _, Sha256};
use sqlx::{ColumnIndex, Decode, FromRow, Row, Type};

use super::{Db, Tx, sql};
use crate::error::{Error, Result};
use crate::office::{Note, Stream};

/// What an entry of the log commits to.
const EVENT: &[u8] = b"counterpart/event/v1\n";
/// What chains one event to the next.
const CHAIN: &[u8] = b"counterpart/chain/v1\n";
/// An event that is about to be.
#[derive(Clone, Debug)]
pub(crate) struct NewEvent {
    /// Where in its stream it stands, from 1.
    pub(crate) position: u64,
    /// When, microseconds since 1970.
    pub(crate) at_us: i64,
    /// Who did it; nobody where the program did it by itself.
    pub(crate) account: Option<String>,
    /// What everybody in the office may read.
    pub(crate) clear: Vec<u8>,
    /// What the thing's key opens.
    pub(crate) private: Option<Vec<u8>>,
    /// 32 bytes of chance.
    pub(crate) salt: [u8; 32],
}

/// An event that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stored {
    pub(crate) number: u64,
    pub(crate) stream: String,
    pub(crate) position: u64,
    pub(crate) at_us: i64,
    pub(crate) account: Option<String>,
    pub(crate) clear: Vec<u8>,
    pub(crate) private: Option<Vec<u8>>,
    pub(crate) salt: Vec<u8>,
    pub(crate) signature: Option<Vec<u8>>,
    /// That a program with the office key wrote it.
    pub(crate) tag: Option<Vec<u8>>,
    pub(crate) hash: Vec<u8>,
}

/// The newest event of all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Head {
    /// Its number; 0 before the first.
    pub(crate) number: u64,
    /// Its hash; zeros before the first.
    pub(crate) hash: [u8; 32],
}

impl<'r, R: Row> FromRow<'r, R> for Stored
where
    &'static str: ColumnIndex<R>,
    i64: Decode<'r, R::Database> + Type<R::Database>,
    String: Decode<'r, R::Database> + Type<R::Database>,
    Option<String>: Decode<'r, R::Database> + Type<R::Database>,
    Vec<u8>: Decode<'r, R::Database> + Type<R::Database>,
    Option<Vec<u8>>: Decode<'r, R::Database> + Type<R::Database>,
{
    fn from_row(row: &'r R) -> sqlx::Result<Stored> {
        let count = |name: &'static str| -> sqlx::Result<u64> {
            u64::try_from(row.try_get::<i64, _>(name)?).map_err(|err| sqlx::Error::Decode(err.into()))
        };
        Ok(Stored {
            number: count("number")?,
            stream: row.try_get("stream")?,
            position: count("position")?,
            at_us: row.try_get("at_us")?,
            account: row.try_get("account")?,
            clear: row.try_get("clear")?,
            private: row.try_get("private")?,
            salt: row.try_get("salt")?,
            signature: row.try_get("signature")?,
            tag: row.try_get("tag")?,
            hash: row.try_get("hash")?,
        })
    }
}

const ALL: &str =
    "SELECT number, stream, position, at_us, account, clear, private, salt, signature, tag, hash FROM event";

/// The bytes that a commitment is over: every field behind its length.
fn stored_bytes(stream: &str, event: &NewEvent) -> Vec<u8> {
    let private = event.private.as_deref();
    let at = event.at_us.to_be_bytes();
    let position = event.position.to_be_bytes();
    // A field that is not there is not the same as an empty one.
    let is_there = [u8::from(event.account.is_some()), u8::from(private.is_some())];
    let mut bytes = Vec::new();
    let fields: [&[u8]; 7] = [
        stream.as_bytes(),
        &position,
        &at,
        event.account.as_deref().unwrap_or_default().as_bytes(),
        &event.clear,
        &is_there,
        private.unwrap_or_default(),
    ];
    for field in fields {
        bytes.extend_from_slice(&(field.len() as u64).to_be_bytes());
        bytes.extend_from_slice(field);
    }
    bytes
}

/// What the log is given of an event, and what its author signs.
pub(crate) fn commitment(stream: &str, event: &NewEvent) -> [u8; 32] {
    Sha256::new()
        .chain_update(EVENT)
        .chain_update(event.salt)
        .chain_update(stored_bytes(stream, event))
        .finalize()
        .into()
}

/// The entry of the log for a commitment (`spec/log.md`, section 2).
pub(crate) fn entry(commitment: &[u8; 32]) -> [u8; Entry::LEN_BYTES] {
    Entry { kind: EntryKind::Event, commitment: *commitment }.bytes()
}

fn chained(before: &[u8; 32], commitment: &[u8; 32]) -> [u8; 32] {
    Sha256::new().chain_update(CHAIN).chain_update(before).chain_update(commitment).finalize().into()
}

impl Stored {
    fn as_new(&self) -> Option<NewEvent> {
        Some(NewEvent {
            position: self.position,
            at_us: self.at_us,
            account: self.account.clone(),
            clear: self.clear.clone(),
            private: self.private.clone(),
            salt: self.salt.as_slice().try_into().ok()?,
        })
    }

    /// What it commits to; `None` for a row that no program of ours wrote.
    pub(crate) fn commitment(&self) -> Option<[u8; 32]> {
        Some(commitment(&self.stream, &self.as_new()?))
    }
}

/// The newest event, as this transaction sees it.
pub(crate) async fn head(db: &Db, at: &mut Tx) -> Result<Head> {
    let row: Option<(i64, Vec<u8>)> = sql::query_as("SELECT number, hash FROM event ORDER BY number DESC LIMIT 1")
        .fetch_optional(&mut **at)
        .await
        .map_err(|err| db.failed(&err))?;
    let Some((number, hash)) = row else { return Ok(Head { number: 0, hash: [0; 32] }) };
    let read = u64::try_from(number).ok().zip(<[u8; 32]>::try_from(hash).ok());
    let (number, hash) = read.ok_or_else(|| damaged(db, "its newest event is none"))?;
    Ok(Head { number, hash })
}

/// The number of the newest event; 0 before the first.
pub(crate) async fn newest(db: &Db) -> Result<u64> {
    let newest: Option<i64> =
        sql::query_scalar("SELECT MAX(number) FROM event").fetch_one(db.pool()).await.map_err(|err| db.failed(&err))?;
    Ok(newest.and_then(|newest| u64::try_from(newest).ok()).unwrap_or(0))
}

/// One event by its number, as this transaction sees it.
pub(crate) async fn numbered_in(db: &Db, at: &mut Tx, number: u64) -> Result<Option<Stored>> {
    let text = format!("{ALL} WHERE number = $1");
    let row = sql::query_as(sqlx::AssertSqlSafe(text)).bind(i64::try_from(number).unwrap_or(i64::MAX));
    row.fetch_optional(&mut **at).await.map_err(|err| db.failed(&err))
}

/// The newest event's row.
pub(crate) async fn newest_row(db: &Db, at: &mut Tx) -> Result<Option<Stored>> {
    let text = format!("{ALL} ORDER BY number DESC LIMIT 1");
    let row = sql::query_as(sqlx::AssertSqlSafe(text)).fetch_optional(&mut **at).await;
    row.map_err(|err| db.failed(&err))
}

/// Takes rows out, and keeps what they were.
pub(crate) async fn set_aside(db: &Db, at: &mut Tx, numbers: &[i64], found_us: i64) -> Result<()> {
    for number in numbers {
        let keep = "INSERT INTO stray SELECT $2, number, stream, position, at_us, account, clear, private, salt, signature, tag, hash \
                    FROM event WHERE number = $1";
        let done = sql::query(keep).bind(number).bind(found_us).execute(&mut **at).await;
        done.map_err(|err| db.failed(&err))?;
        let done = sql::query("DELETE FROM event WHERE number = $1").bind(number).execute(&mut **at).await;
        done.map_err(|err| db.failed(&err))?;
    }
    Ok(())
}

/// Keeps that an index was made anew among what somebody else did to the events, as a row that is of none of them.
pub(crate) async fn note_index(db: &Db, at: &mut Tx, found_us: i64) -> Result<()> {
    let said = b"an index was not what its table says, and was made anew";
    let note = "INSERT INTO stray (found_us, number, stream, position, at_us, clear, salt, hash) VALUES ($1, 0, 'an index', 0, $1, $2, $3, $3)";
    let done = sql::query(note).bind(found_us).bind(said.as_slice()).bind([].as_slice()).execute(&mut **at).await;
    done.map(|_| ()).map_err(|err| db.failed(&err))
}

/// The numbers of rows before the first event: nothing of ours has such a number.
pub(crate) async fn before_the_first(db: &Db) -> Result<Vec<i64>> {
    let rows =
        sql::query_scalar("SELECT number FROM event WHERE number < 1 ORDER BY number").fetch_all(db.pool()).await;
    rows.map_err(|err| db.failed(&err))
}

/// The events behind a number, as this transaction sees them.
pub(crate) async fn numbered_after_in(db: &Db, at: &mut Tx, number: u64) -> Result<Vec<Stored>> {
    let text = format!("{ALL} WHERE number > $1 ORDER BY number");
    let after = i64::try_from(number).unwrap_or(i64::MAX);
    let rows = sql::query_as(sqlx::AssertSqlSafe(text)).bind(after).fetch_all(&mut **at).await;
    rows.map_err(|err| db.failed(&err))
}

/// That no row stands before the first event, as this transaction sees them.
async fn none_before_in(db: &Db, at: &mut Tx) -> Result<std::result::Result<(), String>> {
    let row: Option<i64> = sql::query_scalar("SELECT number FROM event WHERE number < 1 LIMIT 1")
        .fetch_optional(&mut **at)
        .await
        .map_err(|err| db.failed(&err))?;
    Ok(row.map_or(Ok(()), |number| Err(format!("row {number} is no event"))))
}

/// How many rows were ever taken out.
pub(crate) async fn strays(db: &Db) -> Result<u64> {
    let count: i64 =
        sql::query_scalar("SELECT COUNT(*) FROM stray").fetch_one(db.pool()).await.map_err(|err| db.failed(&err))?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// One row that was taken out.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct Stray {
    /// When it was taken out, microseconds since 1970.
    pub(crate) found_us: i64,
    /// What it said of itself: its number, its stream, and whose it was.
    pub(crate) number: i64,
    pub(crate) stream: String,
    pub(crate) account: Option<String>,
    pub(crate) clear: Vec<u8>,
}

/// Rows that were taken out, in the order in which they were found.
pub(crate) async fn all_strays(db: &Db) -> Result<Vec<Stray>> {
    let rows = sql::query_as("SELECT found_us, number, stream, account, clear FROM stray ORDER BY found_us, number")
        .fetch_all(db.pool())
        .await;
    rows.map_err(|err| db.failed(&err))
}

/// The office's own notes, the newest first. Whoever calls this has looked at the history.
pub(crate) async fn notes(db: &Db) -> Result<Vec<Note>> {
    let text = "SELECT clear FROM event WHERE stream = $1 ORDER BY number DESC";
    let rows: Vec<Vec<u8>> = sql::query_scalar(text)
        .bind(Stream::Office.name())
        .fetch_all(db.pool())
        .await
        .map_err(|err| db.failed(&err))?;
    Ok(rows.iter().filter_map(|row| Note::parse(row)).collect())
}

/// Who answers for an event: the signature of whoever did it, and the tag of a program that has the office key.
pub(crate) trait Vouches: Sync {
    /// Whether a row may be built on; otherwise what is wrong with it.
    fn knows(&self, row: &Stored) -> std::result::Result<(), String>;
    /// Over its commitment.
    fn signature(&self, commitment: &[u8; 32]) -> Option<[u8; 64]>;
    /// Over its number, its commitment and its hash, which is chained to all before.
    fn tag(&self, number: u64, commitment: &[u8; 32], hash: &[u8; 32]) -> [u8; 32];
}

/// Appends to a stream, behind `head`, what was decided on the state that this transaction sees.
pub(crate) async fn append(
    db: &Db,
    at: &mut Tx,
    stream: &str,
    events: &[NewEvent],
    mut head: Head,
    by: &dyn Vouches,
) -> Result<Head> {
    // Somebody may have written behind the newest event since all of them were looked at.
    if let Some(Err(what)) = newest_row(db, at).await?.map(|row| by.knows(&row)) {
        return Err(damaged(db, &what));
    }
    for event in events {
        let commitment = commitment(stream, event);
        head = Head { number: head.number + 1, hash: chained(&head.hash, &commitment) };
        let number = i64::try_from(head.number).map_err(|_| damaged(db, "it has too many events"))?;
        sql::query(
            "INSERT INTO event (number, stream, position, at_us, account, clear, private, salt, signature, tag, hash) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        )
        .bind(number)
        .bind(stream)
        .bind(i64::try_from(event.position).unwrap_or(i64::MAX))
        .bind(event.at_us)
        .bind(&event.account)
        .bind(&event.clear)
        .bind(&event.private)
        .bind(event.salt.as_slice())
        .bind(by.signature(&commitment).map(|signature| signature.to_vec()))
        .bind(by.tag(head.number, &commitment, &head.hash).to_vec())
        .bind(head.hash.as_slice())
        .execute(&mut **at)
        .await
        .map_err(|err| db.failed(&err))?;
        super::outbox::add(db, at, head.number, "event", &entry(&commitment)).await?;
    }
    // Whoever acts is told that it is done when it stands there, and not when the database says so.
    if self::head(db, at).await? != head {
        return Err(damaged(db, "what was written to it is not there"));
    }
    Ok(head)
}

/// The events of one stream in order, as this transaction sees them.
pub(crate) async fn stream_in(db: &Db, at: &mut Tx, stream: &str) -> Result<Vec<Stored>> {
    let text = format!("{ALL} WHERE stream = $1 ORDER BY position");
    let rows = sql::query_as(sqlx::AssertSqlSafe(text)).bind(stream).fetch_all(&mut **at).await;
    rows.map_err(|err| db.failed(&err))
}

/// The events of one stream in order.
pub(crate) async fn stream(db: &Db, stream: &str) -> Result<Vec<Stored>> {
    let text = format!("{ALL} WHERE stream = $1 ORDER BY position");
    let rows = sql::query_as(sqlx::AssertSqlSafe(text)).bind(stream).fetch_all(db.pool()).await;
    rows.map_err(|err| db.failed(&err))
}

/// The names of all streams that begin so, in the order in which they began. It is asked at each opening: a range, which the index over
/// streams answers, where LIKE would go through every event.
pub(crate) async fn streams(db: &Db, prefix: &str) -> Result<Vec<String>> {
    let text = "SELECT stream FROM event WHERE stream >= $1 AND stream < $2 AND position = 1 ORDER BY number";
    let end = format!("{prefix}{}", char::MAX);
    let rows = sql::query_scalar(text).bind(prefix).bind(end).fetch_all(db.pool()).await;
    rows.map_err(|err| db.failed(&err))
}

/// The same, as this transaction sees them.
pub(crate) async fn streams_in(db: &Db, at: &mut Tx, prefix: &str) -> Result<Vec<String>> {
    let text = "SELECT stream FROM event WHERE stream >= $1 AND stream < $2 AND position = 1 ORDER BY number";
    let end = format!("{prefix}{}", char::MAX);
    let rows = sql::query_scalar(text).bind(prefix).bind(end).fetch_all(&mut **at).await;
    rows.map_err(|err| db.failed(&err))
}

/// How many events there are up to a number, as this transaction sees them.
pub(crate) async fn count_in(db: &Db, at: &mut Tx, number: u64) -> Result<u64> {
    let count: i64 = sql::query_scalar("SELECT COUNT(*) FROM event WHERE number > 0 AND number <= $1")
        .bind(i64::try_from(number).unwrap_or(i64::MAX))
        .fetch_one(&mut **at)
        .await
        .map_err(|err| db.failed(&err))?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// The names of the streams that begin so, and of which some event has this in its clear part, as this transaction sees them.
pub(crate) async fn streams_that_say(db: &Db, at: &mut Tx, prefix: &str, wanted: &[u8]) -> Result<BTreeSet<String>> {
    let (mut found, mut after) = (BTreeSet::new(), 0);
    loop {
        let rows = thousand_after_in(db, at, after).await?;
        let Some(last) = rows.last() else { return Ok(found) };
        after = last.number;
        let says = |row: &Stored| row.clear.windows(wanted.len().max(1)).any(|part| part == wanted);
        found.extend(rows.into_iter().filter(|row| row.stream.starts_with(prefix) && says(row)).map(|row| row.stream));
    }
}

/// One event by its number.
pub(crate) async fn numbered(db: &Db, number: u64) -> Result<Option<Stored>> {
    let text = format!("{ALL} WHERE number = $1");
    let row = sql::query_as(sqlx::AssertSqlSafe(text))
        .bind(i64::try_from(number).unwrap_or(i64::MAX))
        .fetch_optional(db.pool())
        .await;
    row.map_err(|err| db.failed(&err))
}

/// Up to a thousand events behind one, in order.
pub(crate) async fn numbered_after(db: &Db, number: u64) -> Result<Vec<Stored>> {
    let text = format!("{ALL} WHERE number > $1 ORDER BY number LIMIT 1000");
    let rows = sql::query_as(sqlx::AssertSqlSafe(text))
        .bind(i64::try_from(number).unwrap_or(i64::MAX))
        .fetch_all(db.pool())
        .await;
    rows.map_err(|err| db.failed(&err))
}

/// When the newest event of people or things was, microseconds since 1970; the office's own notes do not count.
pub(crate) async fn newest_us(db: &Db) -> Result<Option<i64>> {
    let row = sql::query_scalar("SELECT at_us FROM event WHERE stream <> $1 ORDER BY number DESC LIMIT 1")
        .bind(Stream::Office.name())
        .fetch_optional(db.pool())
        .await;
    row.map_err(|err| db.failed(&err))
}

/// When the office last noted exactly this, microseconds since 1970.
pub(crate) async fn newest_note_us(db: &Db, note: &Note) -> Result<Option<i64>> {
    let text = "SELECT at_us FROM event WHERE stream = $1 AND clear = $2 ORDER BY number DESC LIMIT 1";
    let row = sql::query_scalar(text).bind(Stream::Office.name()).bind(note.bytes()).fetch_optional(db.pool()).await;
    row.map_err(|err| db.failed(&err))
}

/// After a restore the numbers of the events that were lost stay free, and a note says which they are.
fn is_gap(row: &Stored, before: u64) -> bool {
    let note = Note::parse(&row.clear).filter(|_| row.stream == Stream::Office.name());
    matches!(note, Some(Note::Restored { newest, known }) if newest == before && known + 1 == row.number)
}

/// Walks over all events: numbers without gap, each chained to the one before, and each as `is_ours` has it, which says what is wrong with one
/// that is not. Says what is wrong with the first that is not.
pub(crate) async fn check_chain(
    db: &Db,
    mut is_ours: impl FnMut(&Stored) -> std::result::Result<(), String>,
) -> Result<std::result::Result<Head, String>> {
    if let Some(number) = before_the_first(db).await?.first() {
        return Ok(Err(format!("row {number} is no event")));
    }
    let mut head = Head { number: 0, hash: [0; 32] };
    loop {
        let rows = numbered_after(db, head.number).await?;
        if rows.is_empty() {
            return Ok(Ok(head));
        }
        for row in rows {
            match follows(head, &row).and_then(|head| is_ours(&row).map(|()| head)) {
                Ok(newer) => head = newer,
                Err(what) => return Ok(Err(what)),
            }
        }
    }
}

/// The same walk as this transaction sees the events; `takes` gets each of them that follows the one before.
pub(crate) async fn walk_in(
    db: &Db,
    at: &mut Tx,
    takes: impl FnMut(Stored) -> std::result::Result<(), String>,
) -> Result<std::result::Result<Head, String>> {
    match none_before_in(db, at).await? {
        Ok(()) => walk_from_in(db, at, Head::default(), takes).await,
        Err(what) => Ok(Err(what)),
    }
}

/// The same behind an event.
pub(crate) async fn walk_from_in(
    db: &Db,
    at: &mut Tx,
    mut head: Head,
    mut takes: impl FnMut(Stored) -> std::result::Result<(), String>,
) -> Result<std::result::Result<Head, String>> {
    loop {
        let rows = thousand_after_in(db, at, head.number).await?;
        if rows.is_empty() {
            return Ok(Ok(head));
        }
        for row in rows {
            match follows(head, &row).and_then(|head| takes(row).map(|()| head)) {
                Ok(newer) => head = newer,
                Err(what) => return Ok(Err(what)),
            }
        }
    }
}

/// Up to a thousand events behind one, in order, as this transaction sees them.
pub(crate) async fn thousand_after_in(db: &Db, at: &mut Tx, number: u64) -> Result<Vec<Stored>> {
    let text = format!("{ALL} WHERE number > $1 ORDER BY number LIMIT 1000");
    let after = i64::try_from(number).unwrap_or(i64::MAX);
    let rows = sql::query_as(sqlx::AssertSqlSafe(text)).bind(after).fetch_all(&mut **at).await;
    rows.map_err(|err| db.failed(&err))
}

/// The head behind a row, if that is the next event.
fn follows(head: Head, row: &Stored) -> std::result::Result<Head, String> {
    if row.number != head.number + 1 && !is_gap(row, head.number) {
        return Err(format!("event {} is missing", head.number + 1));
    }
    match row.commitment().map(|commitment| chained(&head.hash, &commitment)) {
        Some(hash) if row.hash == hash => Ok(Head { number: row.number, hash }),
        _ => Err(format!("event {} was changed", row.number)),
    }
}

fn damaged(db: &Db, what: &str) -> Error {
    Error::of(format_args!("{}: {what}", db.place()))
        .hint("it is damaged: bring back a backup with counterpartd restore")
}
