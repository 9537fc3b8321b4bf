//! The lock as one row in PostgreSQL: for a log whose machine may be replaced.
//!
//! Not here: replication (the server's `synchronous_commit` and standbys decide what "durable" survives). Invariants: the
//! compare and the swap are one statement; a server that does not flush (`fsync = off`) is refused at start; no question waits for
//! ever.

use std::time::Duration;

use async_trait::async_trait;
use sqlx::postgres::{PgPool, PgPoolOptions};

use super::Lock;
use crate::error::LockError;

/// How long the server may take for one answer.
const WITHIN: Duration = Duration::from_secs(10);

/// A lock in a row.
#[derive(Clone, Debug)]
pub struct PostgresLock {
    pool: PgPool,
}

impl PostgresLock {
    /// Connects, and makes the table if need be. `url` as in `postgres://user@host/database`.
    ///
    /// # Errors
    /// [`LockError::Setup`] when the server cannot be reached, or does not flush what it commits.
    pub async fn open(url: &str) -> Result<PostgresLock, LockError> {
        let setup = |error: sqlx::Error| LockError::Setup(error.to_string());
        let pool = PgPoolOptions::new().max_connections(2).acquire_timeout(WITHIN).connect(url).await.map_err(setup)?;
        for setting in ["fsync", "synchronous_commit"] {
            let asked = sqlx::query_scalar("SELECT current_setting($1)").bind(setting);
            let value: String = answer(asked.fetch_one(&pool)).await.map_err(not_set_up)?;
            if value == "off" {
                return Err(LockError::Setup(format!(
                    "the server has {setting} = off: it would forget what it promised"
                )));
            }
        }
        // origin: the log's name. note: its newest signed checkpoint, as bytes.
        let table = "CREATE TABLE IF NOT EXISTS log_lock (origin TEXT PRIMARY KEY NOT NULL, note BYTEA NOT NULL)";
        answer(sqlx::query(table).execute(&pool)).await.map_err(not_set_up)?;
        Ok(PostgresLock { pool })
    }

    /// Closes the connections in order.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

/// What fails before anything was read or written.
fn not_set_up(error: LockError) -> LockError {
    match error {
        LockError::Failed(what) => LockError::Setup(what),
        other => other,
    }
}

/// The answer, unless it does not come.
async fn answer<T>(asked: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, LockError> {
    match tokio::time::timeout(WITHIN, asked).await {
        Ok(answer) => answer.map_err(|error| LockError::Failed(error.to_string())),
        Err(_) => Err(LockError::Failed(format!("no answer within {} s", WITHIN.as_secs()))),
    }
}

#[async_trait]
impl Lock for PostgresLock {
    async fn load(&self, origin: &str) -> Result<Option<Vec<u8>>, LockError> {
        let row = sqlx::query_scalar("SELECT note FROM log_lock WHERE origin = $1").bind(origin);
        answer(row.fetch_optional(&self.pool)).await
    }

    async fn swap(&self, origin: &str, old: Option<&[u8]>, new: &[u8]) -> Result<(), LockError> {
        let done = match old {
            Some(old) => {
                let swap = sqlx::query("UPDATE log_lock SET note = $3 WHERE origin = $1 AND note = $2");
                answer(swap.bind(origin).bind(old).bind(new).execute(&self.pool)).await
            }
            None => {
                let first = sqlx::query("INSERT INTO log_lock (origin, note) VALUES ($1, $2) ON CONFLICT DO NOTHING");
                answer(first.bind(origin).bind(new).execute(&self.pool)).await
            }
        };
        match done?.rows_affected() {
            1 => Ok(()),
            _ => Err(LockError::Lost),
        }
    }
}
