//! What a scrub saw, waiting in order to be made events of.
//!
//! Not the events (`office/findings.rs`). Invariant: a row says what a scrub said that it saw, and nothing else follows from it than another
//! look: anybody who writes into this file can write one.

use casework::ThingId;

use super::{Db, Tx, sql};
use crate::error::Result;

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct Row {
    pub(crate) number: i64,
    pub(crate) thing: String,
    /// `missing`, `found`, `rotten` or `repaired`.
    pub(crate) what: String,
    pub(crate) store: String,
    /// Of what was repaired, the store that had it whole.
    pub(crate) source: Option<String>,
}

/// Those of one thing, in order.
pub(crate) async fn of_thing(db: &Db, at: &mut Tx, id: ThingId) -> Result<Vec<Row>> {
    let text = "SELECT number, thing, what, store, source FROM finding WHERE thing = $1 ORDER BY number";
    let rows = sql::query_as(text).bind(id.to_string()).fetch_all(&mut **at).await;
    rows.map_err(|err| db.failed(&err))
}

/// The first of them, at most so many.
pub(crate) async fn first(db: &Db, limit: u32) -> Result<Vec<Row>> {
    let text = "SELECT number, thing, what, store, source FROM finding ORDER BY number LIMIT $1";
    let rows = sql::query_as(text).bind(i64::from(limit)).fetch_all(db.pool()).await;
    super::or_emptied(db, "finding", rows).await
}

/// Puts one behind the others.
pub(crate) async fn add(
    db: &Db,
    at: &mut Tx,
    id: ThingId,
    what: &str,
    store: &str,
    source: Option<&str>,
) -> Result<()> {
    let text = "INSERT INTO finding (number, thing, what, store, source) \
               VALUES ((SELECT COALESCE(MAX(number), 0) + 1 FROM finding WHERE number < 1000000000000), $1, $2, $3, $4)";
    let done = sql::query(text).bind(id.to_string()).bind(what).bind(store).bind(source).execute(&mut **at).await;
    done.map(|_| ()).map_err(|err| db.failed(&err))
}

/// Takes one out: it is an event now, or cannot be one.
pub(crate) async fn remove(db: &Db, number: i64) -> Result<()> {
    let done = sql::query("DELETE FROM finding WHERE number = $1").bind(number).execute(db.pool()).await;
    done.map(|_| ()).map_err(|err| db.failed(&err))
}
