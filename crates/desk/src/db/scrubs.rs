//! When each object was last read whole, and what was found: where the scrub goes on; and the role that scrubs on.
//!
//! Not the scrub itself (`office/scrubbing.rs`). Invariants: a row says nothing of now, only of then; a look that lies in the future, because
//! a clock was ahead, counts for none; losing these tables costs a round of the scrub and nothing else.

use casework::ThingId;

use super::{Db, Tx, sql};
use crate::error::Result;

/// Those that are counted: what is kept and has an object, with the last look at it, where there was one.
const KEPT: &str =
    "FROM thing LEFT JOIN scrub ON scrub.thing = thing.id WHERE thing.phase = 'kept' AND thing.object IS NOT NULL";
/// Those that may have to be looked at: also what a destruction has begun on, which may be stopped. The events say which of them.
const WANTED: &str = "FROM thing LEFT JOIN scrub ON scrub.thing = thing.id \
     WHERE thing.phase IN ('kept', 'destroying') AND thing.object IS NOT NULL";

/// What the last look at an object found.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct Look {
    pub(crate) thing: String,
    pub(crate) looked_us: i64,
    /// `whole`, `repaired`, `rotten` or `missing`: the worst of all stores.
    pub(crate) found: String,
    /// Read, of all stores together.
    pub(crate) bytes: i64,
}

impl Look {
    /// Whether it found the object whole, or made it so.
    pub(crate) fn is_well(&self) -> bool {
        matches!(self.found.as_str(), "whole" | "repaired")
    }
}

/// How all looks together stand.
#[derive(Clone, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct Overview {
    /// Objects that are kept.
    pub(crate) things: i64,
    /// Those that nobody ever looked at.
    pub(crate) never: i64,
    pub(crate) rotten: i64,
    pub(crate) missing: i64,
    /// How often one of them was repaired.
    pub(crate) repairs: i64,
    /// What the last look at each read.
    pub(crate) bytes: i64,
    /// Looked at since the moment asked about.
    pub(crate) since: i64,
    pub(crate) oldest_us: Option<i64>,
}

/// The scrub that runs on, or ran last.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct RoleRow {
    pub(crate) began_us: i64,
    pub(crate) every_us: i64,
    pub(crate) rate_bytes: i64,
    /// Looked at and read since it began.
    pub(crate) things: i64,
    pub(crate) bytes: i64,
    /// Why it waits.
    pub(crate) trouble: Option<String>,
}

/// Notes a look, and how often it repaired; and for the role, if it is the one who looks.
pub(crate) async fn note(db: &Db, look: &Look, repairs: i64, is_role: bool) -> Result<()> {
    let mut at = db.begin().await?;
    sql::query(
        "INSERT INTO scrub (thing, looked_us, found, bytes, repairs) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (thing) DO UPDATE SET looked_us = $2, found = $3, bytes = $4, repairs = scrub.repairs + $5",
    )
    .bind(&look.thing)
    .bind(look.looked_us)
    .bind(&look.found)
    .bind(look.bytes)
    .bind(repairs)
    .execute(&mut *at)
    .await
    .map_err(|err| db.failed(&err))?;
    if is_role {
        sql::query("UPDATE scrub_role SET things = things + 1, bytes = bytes + $1")
            .bind(look.bytes)
            .execute(&mut *at)
            .await
            .map_err(|err| db.failed(&err))?;
    }
    at.commit().await.map_err(|err| db.failed(&err))
}

/// All looks.
pub(crate) async fn all(db: &Db) -> Result<Vec<Look>> {
    let rows =
        sql::query_as("SELECT thing, looked_us, found, bytes FROM scrub ORDER BY looked_us").fetch_all(db.pool());
    super::or_emptied(db, "scrub", rows.await).await
}

/// What the last look at a thing found.
pub(crate) async fn last_of(db: &Db, id: ThingId) -> Result<Option<String>> {
    let found = sql::query_scalar("SELECT found FROM scrub WHERE thing = $1").bind(id.to_string());
    found.fetch_optional(db.pool()).await.map_err(|err| db.failed(&err))
}

/// Whose last look is no newer than `before_us`, or none, or later than `now_us`: the longest ago first, at most `limit` of them.
pub(crate) async fn due(db: &Db, before_us: i64, now_us: i64, limit: usize) -> Result<Vec<ThingId>> {
    let text = format!(
        "SELECT thing.id {WANTED} AND (scrub.looked_us IS NULL OR scrub.looked_us <= $1 OR scrub.looked_us > $2) \
         ORDER BY CASE WHEN scrub.looked_us > $2 THEN 0 ELSE COALESCE(scrub.looked_us, 0) END, thing.id LIMIT $3"
    );
    let ids: Vec<String> = sql::query_scalar(sqlx::AssertSqlSafe(text))
        .bind(before_us)
        .bind(now_us)
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(db.pool())
        .await
        .map_err(|err| db.failed(&err))?;
    Ok(ids.iter().filter_map(|id| id.parse().ok()).collect())
}

/// All looks together; `since_us` is the moment since which some are counted.
pub(crate) async fn overview(db: &Db, since_us: i64) -> Result<Overview> {
    let text = format!(
        "SELECT COUNT(*) AS things, COUNT(*) - COUNT(scrub.looked_us) AS never, \
         COALESCE(SUM(CASE WHEN scrub.found = 'rotten' THEN 1 ELSE 0 END), 0) AS rotten, \
         COALESCE(SUM(CASE WHEN scrub.found = 'missing' THEN 1 ELSE 0 END), 0) AS missing, \
         CAST(COALESCE(SUM(scrub.repairs), 0) AS BIGINT) AS repairs, CAST(COALESCE(SUM(scrub.bytes), 0) AS BIGINT) AS bytes, \
         COALESCE(SUM(CASE WHEN scrub.looked_us > $1 THEN 1 ELSE 0 END), 0) AS since, \
         MIN(scrub.looked_us) AS oldest_us {KEPT}"
    );
    let overview = sql::query_as(sqlx::AssertSqlSafe(text)).bind(since_us).fetch_one(db.pool()).await;
    overview.map_err(|err| db.failed(&err))
}

/// The newest look at anything that is kept.
pub(crate) async fn newest(db: &Db) -> Result<Option<Look>> {
    let text = format!(
        "SELECT scrub.thing, scrub.looked_us, scrub.found, scrub.bytes {KEPT} AND scrub.looked_us IS NOT NULL \
         ORDER BY scrub.looked_us DESC, scrub.thing LIMIT 1"
    );
    let look = sql::query_as(sqlx::AssertSqlSafe(text)).fetch_optional(db.pool()).await;
    look.map_err(|err| db.failed(&err))
}

/// What is kept and was rotten or missing at its last look, the longest ago first.
pub(crate) async fn unwell(db: &Db) -> Result<Vec<Look>> {
    let text = format!(
        "SELECT scrub.thing, scrub.looked_us, scrub.found, scrub.bytes {KEPT} AND scrub.found IN ('rotten', 'missing') \
         ORDER BY scrub.looked_us, scrub.thing"
    );
    let looks = sql::query_as(sqlx::AssertSqlSafe(text)).fetch_all(db.pool()).await;
    looks.map_err(|err| db.failed(&err))
}

/// The role that runs, or ran last.
pub(crate) async fn role(db: &Db) -> Result<Option<RoleRow>> {
    let row = sql::query_as("SELECT began_us, every_us, rate_bytes, things, bytes, trouble FROM scrub_role");
    row.fetch_optional(db.pool()).await.map_err(|err| db.failed(&err))
}

/// Notes that a role begins.
pub(crate) async fn begin_role(db: &Db, row: &RoleRow) -> Result<()> {
    let mut at: Tx = db.begin().await?;
    sql::query("DELETE FROM scrub_role").execute(&mut *at).await.map_err(|err| db.failed(&err))?;
    sql::query(
        "INSERT INTO scrub_role (one, began_us, every_us, rate_bytes, things, bytes) VALUES (1, $1, $2, $3, 0, 0)",
    )
    .bind(row.began_us)
    .bind(row.every_us)
    .bind(row.rate_bytes)
    .execute(&mut *at)
    .await
    .map_err(|err| db.failed(&err))?;
    at.commit().await.map_err(|err| db.failed(&err))
}

/// Notes why the role waits, or that it does no more.
pub(crate) async fn trouble(db: &Db, why: Option<&str>) -> Result<()> {
    let done = sql::query("UPDATE scrub_role SET trouble = $1").bind(why).execute(db.pool()).await;
    done.map(|_| ()).map_err(|err| db.failed(&err))
}
