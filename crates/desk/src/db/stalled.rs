//! Destructions that something keeps from their end: when each was tried last, and when it is tried again.
//!
//! Not the trying (`office/opening.rs`). Invariants: a row says nothing of whether a thing is destroyed; losing this table costs one try of each, and
//! a clock that was put back never puts a try off.

use std::collections::BTreeMap;

use casework::ThingId;

use super::{Db, sql};
use crate::error::Result;

/// How long after the first try the second comes; each wait is twice as long as the one before.
const FIRST_WAIT_US: i64 = 60 * 1_000_000;
/// And none longer.
const LONGEST_WAIT_US: i64 = 24 * 60 * FIRST_WAIT_US;

/// One that stalls.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct Stalled {
    pub(crate) thing: String,
    pub(crate) tried_us: i64,
    pub(crate) tries: i64,
    pub(crate) why: String,
}

impl Stalled {
    /// From when on it is tried again by itself.
    pub(crate) fn again_us(&self) -> i64 {
        let doublings = u32::try_from(self.tries.clamp(1, 20) - 1).unwrap_or(0);
        self.tried_us.saturating_add((FIRST_WAIT_US << doublings).min(LONGEST_WAIT_US))
    }

    /// Whether it is time.
    pub(crate) fn is_time(&self, now_us: i64) -> bool {
        now_us >= self.again_us() || now_us < self.tried_us
    }
}

/// All of them.
pub(crate) async fn all(db: &Db) -> Result<BTreeMap<ThingId, Stalled>> {
    let rows =
        sql::query_as("SELECT thing, tried_us, tries, why FROM stalled ORDER BY thing").fetch_all(db.pool()).await;
    let rows: Vec<Stalled> = super::or_emptied(db, "stalled", rows).await?;
    Ok(rows.into_iter().filter_map(|row| Some((row.thing.parse().ok()?, row))).collect())
}

/// Notes one more try that came to nothing.
pub(crate) async fn note(db: &Db, thing: ThingId, tried_us: i64, why: &str) -> Result<()> {
    sql::query(
        "INSERT INTO stalled (thing, tried_us, tries, why) VALUES ($1, $2, 1, $3) \
         ON CONFLICT (thing) DO UPDATE SET tried_us = $2, tries = stalled.tries + 1, why = $3",
    )
    .bind(thing.to_string())
    .bind(tried_us)
    .bind(why)
    .execute(db.pool())
    .await
    .map_err(|err| db.failed(&err))?;
    Ok(())
}

/// It came to its end, or is kept.
pub(crate) async fn clear(db: &Db, thing: ThingId) -> Result<()> {
    sql::query("DELETE FROM stalled WHERE thing = $1")
        .bind(thing.to_string())
        .execute(db.pool())
        .await
        .map_err(|err| db.failed(&err))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_a_day_and_a_clock_put_back_puts_nothing_off() {
        let after = |tries: i64| {
            let one = Stalled { thing: String::new(), tried_us: 5, tries, why: String::new() };
            (one.again_us() - 5) / 1_000_000
        };
        assert_eq!([1, 2, 3, 11, 12, 10_000].map(after), [60, 120, 240, 61_440, 86_400, 86_400]);
        let one = Stalled { thing: String::new(), tried_us: 1_000, tries: 1, why: String::new() };
        assert_eq!([999, 1_000, 60_000_999, 60_001_000].map(|now| one.is_time(now)), [true, false, false, true]);
    }
}
