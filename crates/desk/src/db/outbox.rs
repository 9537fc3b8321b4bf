//! What waits for the log: one row for each commitment, from the transaction that made it until the log proves it.
//!
//! Not the asking (`office/logging.rs`).
//! Invariant: a commitment is in the outbox if and only if what it commits to is in the same database.

use std::collections::BTreeMap;

use super::{Db, Tx, sql};
use crate::error::Result;

/// A commitment that the log has not proven yet.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct Waiting {
    pub(crate) entry: Vec<u8>,
    what: String,
}

impl Waiting {
    /// Whether it is a certificate's.
    pub(crate) fn is_certificate(&self) -> bool {
        self.what == "certificate"
    }
}

/// Puts one in.
pub(crate) async fn add(db: &Db, at: &mut Tx, event_number: u64, what: &str, entry: &[u8]) -> Result<()> {
    sql::query("INSERT INTO outbox (entry, event_number, what) VALUES ($1, $2, $3)")
        .bind(entry)
        .bind(i64::try_from(event_number).unwrap_or(i64::MAX))
        .bind(what)
        .execute(&mut **at)
        .await
        .map_err(|err| db.failed(&err))?;
    Ok(())
}

/// Puts one in that may be there.
pub(crate) async fn add_again(db: &Db, at: &mut Tx, event_number: u64, what: &str, entry: &[u8]) -> Result<()> {
    sql::query("INSERT INTO outbox (entry, event_number, what) VALUES ($1, $2, $3) ON CONFLICT (entry) DO NOTHING")
        .bind(entry)
        .bind(i64::try_from(event_number).unwrap_or(i64::MAX))
        .bind(what)
        .execute(&mut **at)
        .await
        .map_err(|err| db.failed(&err))?;
    Ok(())
}

/// Puts one back that somebody took out, or whose proof is none: it waits from now on.
pub(crate) async fn put_back(db: &Db, at: &mut Tx, event_number: u64, what: &str, entry: &[u8]) -> Result<()> {
    sql::query(
        "INSERT INTO outbox (entry, event_number, what) VALUES ($1, $2, $3) \
         ON CONFLICT (entry) DO UPDATE SET event_number = $2, what = $3, log_index = NULL, proof = NULL",
    )
    .bind(entry)
    .bind(i64::try_from(event_number).unwrap_or(i64::MAX))
    .bind(what)
    .execute(&mut **at)
    .await
    .map_err(|err| db.failed(&err))?;
    Ok(())
}

/// The rows of these events: each entry, and its proof; nothing in its place where it waits.
pub(crate) async fn of_events(db: &Db, first: u64, last: u64) -> Result<BTreeMap<Vec<u8>, String>> {
    let rows: Vec<(Vec<u8>, String)> =
        sql::query_as("SELECT entry, COALESCE(proof, '') FROM outbox WHERE event_number BETWEEN $1 AND $2")
            .bind(i64::try_from(first).unwrap_or(i64::MAX))
            .bind(i64::try_from(last).unwrap_or(i64::MAX))
            .fetch_all(db.pool())
            .await
            .map_err(|err| db.failed(&err))?;
    Ok(rows.into_iter().collect())
}

/// The entries of rows that name an event which is not there.
pub(crate) async fn of_no_event(db: &Db) -> Result<Vec<Vec<u8>>> {
    let rows = sql::query_scalar("SELECT entry FROM outbox WHERE event_number NOT IN (SELECT number FROM event)");
    rows.fetch_all(db.pool()).await.map_err(|err| db.failed(&err))
}

/// Takes one out.
pub(crate) async fn remove(db: &Db, entry: &[u8]) -> Result<()> {
    let done = sql::query("DELETE FROM outbox WHERE entry = $1").bind(entry).execute(db.pool()).await;
    done.map(|_| ()).map_err(|err| db.failed(&err))
}

/// Takes out rows that are said to be of events and name one that is not there; how many.
pub(crate) async fn remove_of_no_event(db: &Db, at: &mut Tx) -> Result<u64> {
    let text = "DELETE FROM outbox WHERE what = 'event' AND event_number NOT IN (SELECT number FROM event)";
    sql::query(text).execute(&mut **at).await.map_err(|err| db.failed(&err))
}

/// The entries of these events, each with its event's number, as this transaction sees them.
pub(crate) async fn entries_in(db: &Db, at: &mut Tx, first: u64, last: u64) -> Result<BTreeMap<Vec<u8>, u64>> {
    let text = "SELECT entry, event_number FROM outbox WHERE what = 'event' AND event_number BETWEEN $1 AND $2";
    let rows: Vec<(Vec<u8>, i64)> = sql::query_as(text)
        .bind(i64::try_from(first).unwrap_or(i64::MAX))
        .bind(i64::try_from(last).unwrap_or(i64::MAX))
        .fetch_all(&mut **at)
        .await
        .map_err(|err| db.failed(&err))?;
    Ok(rows.into_iter().map(|(entry, number)| (entry, u64::try_from(number).unwrap_or(0))).collect())
}

/// Takes out the row of an entry, as far as it names that event.
pub(crate) async fn remove_in(db: &Db, at: &mut Tx, event_number: u64, entry: &[u8]) -> Result<()> {
    let text = "DELETE FROM outbox WHERE entry = $1 AND event_number = $2";
    let text = sql::query(text).bind(entry).bind(i64::try_from(event_number).unwrap_or(i64::MAX));
    text.execute(&mut **at).await.map(|_| ()).map_err(|err| db.failed(&err))
}

/// The row of one entry, whatever its event, in the same way.
pub(crate) async fn of_entry(db: &Db, entry: &[u8]) -> Result<Option<String>> {
    let row = sql::query_scalar("SELECT COALESCE(proof, '') FROM outbox WHERE entry = $1").bind(entry);
    row.fetch_optional(db.pool()).await.map_err(|err| db.failed(&err))
}

/// What waits, oldest first.
pub(crate) async fn waiting(db: &Db, limit: u32) -> Result<Vec<Waiting>> {
    let rows =
        sql::query_as("SELECT entry, what FROM outbox WHERE proof IS NULL ORDER BY event_number, what DESC LIMIT $1")
            .bind(i64::from(limit))
            .fetch_all(db.pool())
            .await;
    rows.map_err(|err| db.failed(&err))
}

/// How many wait.
pub(crate) async fn waiting_count(db: &Db) -> Result<u64> {
    let count: i64 = sql::query_scalar("SELECT COUNT(*) FROM outbox WHERE proof IS NULL")
        .fetch_one(db.pool())
        .await
        .map_err(|err| db.failed(&err))?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// Keeps what the log answered.
pub(crate) async fn proven(db: &Db, entry: &[u8], log_index: u64, proof: &str) -> Result<()> {
    sql::query("UPDATE outbox SET log_index = $2, proof = $3 WHERE entry = $1")
        .bind(entry)
        .bind(i64::try_from(log_index).unwrap_or(i64::MAX))
        .bind(proof)
        .execute(db.pool())
        .await
        .map_err(|err| db.failed(&err))?;
    Ok(())
}
