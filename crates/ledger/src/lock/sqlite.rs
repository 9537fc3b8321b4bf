//! The lock as a small SQLite file: for one machine.
//!
//! Not here: what is in the note. Invariants: every swap is one transaction that is flushed before it returns
//! (`synchronous = FULL`); the file does not lie in the folder of objects, where a restore would bring it back from the past;
//! the SQLite inside is one that does not lose committed pages when a write-ahead log is reset.

use std::fs::File;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use async_trait::async_trait;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions, SqliteSynchronous};

use super::Lock;
use crate::error::LockError;

/// A lock in a file of its own.
#[derive(Clone, Debug)]
pub struct SqliteLock {
    pool: SqlitePool,
    file: PathBuf,
    /// Device and inode of the file that is open.
    identity: (u64, u64),
}

impl SqliteLock {
    /// Opens the file, making it if need be. `objects` is the folder of the log's objects, if they are in one.
    ///
    /// # Errors
    /// [`LockError::Setup`] when the file would lie inside `objects`, or the SQLite is too old to be trusted.
    pub async fn open(file: &Path, objects: Option<&Path>) -> Result<SqliteLock, LockError> {
        if let Some(objects) = objects {
            refuse_inside(file, objects)?;
        }
        let pool = open_sqlite(file).await.map_err(LockError::Setup)?;
        // origin: the log's name. note: its newest signed checkpoint, as bytes.
        sqlx::query(
            "CREATE TABLE IF NOT EXISTS log_lock (origin TEXT PRIMARY KEY NOT NULL, note BLOB NOT NULL) STRICT",
        )
        .execute(&pool)
        .await
        .map_err(|error| failed(&error))?;
        let folder = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| LockError::Setup(error.to_string()))?;
        let identity = identity(file).map_err(|error| LockError::Setup(error.to_string()))?;
        Ok(SqliteLock { pool, file: file.to_owned(), identity })
    }

    /// Closes the file in order.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

#[async_trait]
impl Lock for SqliteLock {
    async fn load(&self, origin: &str) -> Result<Option<Vec<u8>>, LockError> {
        let row = sqlx::query_scalar("SELECT note FROM log_lock WHERE origin = $1").bind(origin);
        row.fetch_optional(&self.pool).await.map_err(|error| failed(&error))
    }

    async fn swap(&self, origin: &str, old: Option<&[u8]>, new: &[u8]) -> Result<(), LockError> {
        // A file that was put in its place would hold less than was promised; the one that is open would be gone with this process.
        if !identity(&self.file).is_ok_and(|now| now == self.identity) {
            let file = self.file.display();
            return Err(LockError::Failed(format!(
                "{file} was removed or replaced while the log ran; nothing was signed since"
            )));
        }
        let done = match old {
            Some(old) => {
                let swap = sqlx::query("UPDATE log_lock SET note = $3 WHERE origin = $1 AND note = $2");
                swap.bind(origin).bind(old).bind(new).execute(&self.pool).await
            }
            None => {
                let first = sqlx::query("INSERT INTO log_lock (origin, note) VALUES ($1, $2) ON CONFLICT DO NOTHING");
                first.bind(origin).bind(new).execute(&self.pool).await
            }
        };
        match done.map_err(|error| failed(&error))?.rows_affected() {
            1 => Ok(()),
            _ => Err(LockError::Lost),
        }
    }
}

fn identity(file: &Path) -> std::io::Result<(u64, u64)> {
    let found = std::fs::metadata(file)?;
    Ok((found.dev(), found.ino()))
}

fn failed(error: &sqlx::Error) -> LockError {
    LockError::Failed(error.to_string())
}

/// One connection to an SQLite file whose every commit is flushed before it returns.
pub(crate) async fn open_sqlite(file: &Path) -> Result<SqlitePool, String> {
    super::beside::is_ours(file)?;
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(Duration::from_secs(5))
        .pragma("trusted_schema", "OFF");
    // One, made here: it looks for a rollback journal when it is made, and not again.
    let pool = SqlitePoolOptions::new().max_connections(1).idle_timeout(None).max_lifetime(None);
    let failed = |error: sqlx::Error| format!("{}: {error}", file.display());
    let pool = pool.connect_with(options).await.map_err(failed)?;
    write_ahead(&pool).await.map_err(failed)?;
    let version: String =
        sqlx::query_scalar("SELECT sqlite_version()").fetch_one(&pool).await.map_err(|error| error.to_string())?;
    check_sqlite_version(&version)?;
    Ok(pool)
}

/// A write-ahead log from now on. A new file has nothing to lose yet: it is made so without a journal, which a crash would leave behind.
async fn write_ahead(pool: &SqlitePool) -> sqlx::Result<()> {
    let mut connection = pool.acquire().await?;
    let mut mode = String::new();
    for pragma in ["PRAGMA journal_mode", "PRAGMA journal_mode = MEMORY", "PRAGMA journal_mode = WAL"] {
        mode = sqlx::query_scalar(pragma).fetch_one(&mut *connection).await?;
        if mode == "wal" {
            return Ok(());
        }
    }
    Err(sqlx::Error::Protocol(format!("its journal stays \"{mode}\"")))
}

/// Whether this SQLite has the repair of the write-ahead log's reset (3.51.3, or its backports 3.50.7 and 3.44.6).
///
/// # Errors
/// What is wrong with it, in words.
pub fn check_sqlite_version(version: &str) -> Result<(), String> {
    let numbers: Option<Vec<u32>> = version.split('.').map(|number| number.parse().ok()).collect();
    let good = match numbers.as_deref() {
        Some([3, 44, patch, ..]) => *patch >= 6,
        Some([3, 50, patch, ..]) => *patch >= 7,
        Some([3, 51, patch, ..]) => *patch >= 3,
        Some([3, minor, ..]) => *minor > 51,
        Some([major, ..]) => *major > 3,
        _ => false,
    };
    if good { Ok(()) } else { Err(format!("SQLite {version} can lose committed data (repaired in 3.51.3)")) }
}

/// Whether a file would lie in a folder, links followed: what a restore of the folder brings back.
#[must_use]
pub fn lies_inside(file: &Path, folder: &Path) -> bool {
    resolve(file).starts_with(resolve(folder))
}

/// A lock that lies among the objects comes back from the past with them.
fn refuse_inside(file: &Path, objects: &Path) -> Result<(), LockError> {
    if lies_inside(file, objects) {
        return Err(LockError::Setup(format!(
            "{} lies inside the objects' folder {}, with which it would be restored; put it elsewhere",
            resolve(file).display(),
            resolve(objects).display()
        )));
    }
    Ok(())
}

/// The path without links, as far as it exists.
fn resolve(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    for at in path.ancestors() {
        if let (Ok(real), Ok(rest)) = (at.canonicalize(), path.strip_prefix(at)) {
            return if rest.as_os_str().is_empty() { real } else { real.join(rest) };
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_without_the_repair_are_refused() {
        for good in ["3.51.3", "3.52.0", "3.50.7", "3.44.6", "4.0.0", "3.51.10"] {
            assert_eq!(check_sqlite_version(good), Ok(()), "{good}");
        }
        for bad in ["3.51.2", "3.50.6", "3.49.9", "3.44.5", "3.45.0", "3.40.1", "", "3", "x.y.z"] {
            assert!(check_sqlite_version(bad).is_err(), "{bad}");
        }
    }

    #[tokio::test]
    async fn a_lock_among_the_objects_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let objects = folder.path().join("objects");
        std::fs::create_dir_all(objects.join("deep")).unwrap();
        std::os::unix::fs::symlink(&objects, folder.path().join("link")).unwrap();
        for inside in ["objects/lock.sqlite", "objects/deep/lock.sqlite", "link/lock.sqlite", "objects/deep/../lock"] {
            let opened = SqliteLock::open(&folder.path().join(inside), Some(&objects)).await;
            assert!(matches!(opened, Err(LockError::Setup(_))), "{inside}");
        }
        SqliteLock::open(&folder.path().join("objects.lock"), Some(&objects)).await.unwrap();
    }

    #[tokio::test]
    async fn one_of_two_swaps_is_lost_and_the_rest_survives_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("lock.sqlite");
        let (one, two) = (SqliteLock::open(&file, None).await.unwrap(), SqliteLock::open(&file, None).await.unwrap());
        assert_eq!(one.load("log").await.unwrap(), None);
        assert!(matches!(one.swap("log", Some(b"x"), b"a").await, Err(LockError::Lost)));
        one.swap("log", None, b"a").await.unwrap();
        assert!(matches!(two.swap("log", None, b"b").await, Err(LockError::Lost)));
        two.swap("log", Some(b"a"), b"b").await.unwrap();
        assert!(matches!(one.swap("log", Some(b"a"), b"c").await, Err(LockError::Lost)));
        one.swap("other", None, b"z").await.unwrap();
        one.close().await;
        two.close().await;
        let again = SqliteLock::open(&file, None).await.unwrap();
        assert_eq!(again.load("log").await.unwrap().as_deref(), Some(&b"b"[..]));
    }
}
