//! One file of the keyring: opened with care, its settings, its one row about itself.
//!
//! Not here: what is in it (`rows.rs`), that there are two (`change.rs`). Invariants: a file that others may read is not opened, nor
//! one of another kind or of a newer version; every commit is flushed before it returns; no old page is left where it is not
//! looked for: one rollback journal that stays (`PERSIST`) and is overwritten after each erasure (`purge.rs`), deleted content is
//! zeroed, and nothing goes to temporary files.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError, Weak};

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection as _, Executor as _, Sqlite, SqliteConnection, Transaction};
use tokio::sync::OnceCell;

use super::BUSY_TIMEOUT;
use super::error::KeyringError;
use super::tag::RowKey;
use crate::beside::{self, Refused, Written};
use crate::{layout, regular};

/// In the file's header, so that another database is never taken for a keyring ("CPkr").
const APPLICATION_ID: u32 = 0x4350_6b72;
/// Its tables. What was released is never changed.
const SCHEMA: &str = include_str!("schema.sql");
/// What the schema makes in an empty file. It is asked of every change.
static RIGHT: OnceCell<Vec<layout::Part>> = OnceCell::const_new();
/// The version of the schema; a file of a higher one is a newer program's.
const VERSION: u32 = 1;

/// One open file.
pub(super) struct Place {
    path: PathBuf,
    pool: SqlitePool,
    file: Held,
    /// A flush failed; what is on the disk is not known.
    is_stopped: AtomicBool,
    /// What makes the tags of its rows, for each version of the office key that a copy may be under now. Empty until an office key is there.
    row_keys: Mutex<Vec<Arc<RowKey>>>,
}

impl Place {
    /// The row in which a copy speaks of itself, to people.
    pub(super) const ITSELF: &'static str = "what it says of itself";

    /// Opens a file that is there.
    pub(super) async fn open(path: &Path) -> Result<Place, KeyringError> {
        let file = Held::open(path)?;
        check_head(path, &file)?;
        Place::connect(path, file).await
    }

    /// Makes a new file, whole but for its rows, at a name beside `path` that [`Place::put_in_place`] will change.
    pub(super) async fn make(path: &Path) -> Result<Place, KeyringError> {
        if path.symlink_metadata().is_ok() {
            return Err(KeyringError::Exists(path.to_owned()));
        }
        let draft = draft_of(path);
        for left in [draft.clone(), with_end(&draft, "-journal")] {
            match std::fs::remove_file(&left) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(not_written(&left, &error)),
                _ => {}
            }
        }
        let new = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft);
        drop(new.map_err(|error| not_written(&draft, &error))?);
        let place = Place::connect(&draft, Held::open(&draft)?).await?;
        let mut tx = place.begin().await?;
        let ours = format!("PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {VERSION}; {SCHEMA}");
        tx.execute(sqlx::raw_sql(sqlx::AssertSqlSafe(ours))).await.map_err(|error| place.failed(&error))?;
        tx.commit().await.map_err(|error| place.failed(&error))?;
        Ok(place)
    }

    /// Closes a file that [`Place::make`] made, and gives it its name, unless something has that name by now.
    pub(super) async fn put_in_place(self, path: &Path) -> Result<(), KeyringError> {
        let draft = self.path.clone();
        self.close().await;
        // Its journal has nothing that is not in the file, and its name is not the file's any more.
        let _ = std::fs::remove_file(with_end(&draft, "-journal"));
        let renamed = rustix::fs::renameat_with(
            rustix::fs::CWD,
            &draft,
            rustix::fs::CWD,
            path,
            rustix::fs::RenameFlags::NOREPLACE,
        );
        renamed.map_err(|error| match error {
            rustix::io::Errno::EXIST => KeyringError::Exists(path.to_owned()),
            _ => not_written(path, &error.into()),
        })?;
        File::open(folder_of(path)).and_then(|folder| folder.sync_all()).map_err(|error| not_written(path, &error))
    }

    async fn connect(path: &Path, file: Held) -> Result<Place, KeyringError> {
        is_alone(path)?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(false)
            .journal_mode(SqliteJournalMode::Persist)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(BUSY_TIMEOUT)
            .pragma("secure_delete", "ON")
            .pragma("temp_store", "MEMORY")
            .pragma("cell_size_check", "ON")
            .pragma("trusted_schema", "OFF");
        let pool = SqlitePoolOptions::new().max_connections(1).idle_timeout(None).max_lifetime(None);
        let pool = pool.connect_with(options).await.map_err(|error| failed(path, &error))?;
        let place =
            Place { path: path.to_owned(), pool, file, is_stopped: AtomicBool::new(false), row_keys: Mutex::default() };
        let version: String = place.ask(sqlx::query_scalar("SELECT sqlite_version()")).await?;
        check_sqlite_version(&version).map_err(|reason| place.failed_with(reason))?;
        Ok(place)
    }

    /// Holds the file's tables against those that this program makes, and asks SQLite itself whether the file is whole.
    pub(super) async fn check_whole(&self) -> Result<(), KeyringError> {
        // First: a trigger that somebody put there would decide with every change, and SQLite works out a condition of theirs for every row.
        self.is_ours(&mut self.reading().await?).await?;
        let said: String = self.ask(sqlx::query_scalar("PRAGMA integrity_check(1)")).await?;
        if said == "ok" { Ok(()) } else { Err(self.damaged(said)) }
    }

    async fn is_ours(&self, tx: &mut Transaction<'static, Sqlite>) -> Result<(), KeyringError> {
        let failed = |error: sqlx::Error| self.failed(&error);
        let found = sqlx::query_as(layout::PARTS).fetch_all(&mut **tx).await.map_err(failed)?;
        let right = RIGHT.get_or_try_init(|| layout::made(&[SCHEMA])).await.map_err(failed)?;
        layout::compared(found, right.clone()).map_or(Ok(()), |other| Err(self.changed(other)))
    }

    async fn ask<'q, T>(
        &self,
        query: sqlx::query::QueryScalar<'q, Sqlite, T, sqlx::sqlite::SqliteArguments>,
    ) -> Result<T, KeyringError>
    where
        T: Send + Unpin,
        (T,): for<'r> sqlx::FromRow<'r, sqlx::sqlite::SqliteRow>,
    {
        is_alone(&self.path)?;
        query.fetch_one(&self.pool).await.map_err(|error| self.failed(&error))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The file itself, to be read past SQLite.
    pub(super) fn file(&self) -> Arc<File> {
        Arc::clone(self.file.file())
    }

    /// The one connection, for reading.
    pub(super) async fn connection(&self) -> Result<sqlx::pool::PoolConnection<Sqlite>, KeyringError> {
        self.check_same()?;
        self.pool.acquire().await.map_err(|error| self.failed(&error))
    }

    /// A transaction that sees one moment.
    pub(super) async fn reading(&self) -> Result<Transaction<'static, Sqlite>, KeyringError> {
        self.check_same()?;
        self.pool.begin().await.map_err(|error| self.failed(&error))
    }

    /// A transaction that nobody else's comes in between of.
    pub(super) async fn begin(&self) -> Result<Transaction<'static, Sqlite>, KeyringError> {
        if self.is_stopped.load(Ordering::SeqCst) {
            return Err(KeyringError::Stopped(self.path.clone()));
        }
        self.check_same()?;
        self.pool.begin_with("BEGIN IMMEDIATE").await.map_err(|error| self.failed(&error))
    }

    /// [`Place::begin`], where the tables are ours: somebody may have put a trigger there since it was opened, and it would decide with this change.
    pub(super) async fn begin_ours(&self) -> Result<Transaction<'static, Sqlite>, KeyringError> {
        let mut tx = self.begin().await?;
        self.is_ours(&mut tx).await?;
        Ok(tx)
    }

    /// A file that was put in its place is another past; the one that is open would be gone with this process.
    fn check_same(&self) -> Result<(), KeyringError> {
        match identity(&self.path) {
            // SQLite looks for a journal to play back with each transaction, and not only when it opens the file.
            Ok(now) if now == self.file.identity => is_alone(&self.path),
            _ => Err(self.failed_with("removed or replaced while it was open; open it anew".to_owned())),
        }
    }

    /// Closes the file in order. A place that is only dropped keeps its handle to the end of the process (see [`Held`]).
    pub(super) async fn close(mut self) {
        self.pool.close().await;
        self.file.let_go();
    }

    pub(super) fn damaged(&self, what: impl Into<String>) -> KeyringError {
        KeyringError::Damaged { place: self.path.clone(), what: what.into() }
    }

    pub(super) fn changed(&self, what: impl Into<String>) -> KeyringError {
        KeyringError::Changed { place: self.path.clone(), what: what.into() }
    }

    /// What makes the tags under this version of the office key, if it is known.
    pub(super) fn row_key(&self, key_version: u32) -> Option<Arc<RowKey>> {
        let keys = self.row_keys.lock().unwrap_or_else(PoisonError::into_inner);
        keys.iter().find(|key| key.key_version() == key_version).cloned()
    }

    /// From now on tags are checked with these.
    pub(super) fn set_row_keys(&self, keys: &[Arc<RowKey>]) {
        *self.row_keys.lock().unwrap_or_else(PoisonError::into_inner) = keys.to_vec();
    }

    pub(super) fn failed_with(&self, reason: String) -> KeyringError {
        KeyringError::Failed { place: self.path.clone(), reason }
    }

    /// What an error of SQLite means. After one of the disk this place writes no more.
    pub(super) fn failed(&self, error: &sqlx::Error) -> KeyringError {
        if primary_code(error) == Some(10) {
            self.is_stopped.store(true, Ordering::SeqCst);
        }
        failed(&self.path, error)
    }
}

/// SQLite's primary result code (https://sqlite.org/rescode.html).
fn primary_code(error: &sqlx::Error) -> Option<u32> {
    error.as_database_error()?.code()?.parse::<u32>().ok().map(|code| code & 0xff)
}

fn failed(path: &Path, error: &sqlx::Error) -> KeyringError {
    let (place, reason) = (path.to_owned(), error.to_string());
    match primary_code(error) {
        Some(5 | 6) => KeyringError::Busy(place),
        Some(8 | 10 | 13) => KeyringError::NotWritten { place, reason },
        Some(11 | 26) => KeyringError::Damaged { place, what: reason },
        _ => KeyringError::Failed { place, reason },
    }
}

fn not_written(path: &Path, error: &io::Error) -> KeyringError {
    KeyringError::NotWritten { place: path.to_owned(), reason: error.to_string() }
}

/// Whether this is a keyring of this version, from the first bytes of the file: SQLite would change another one by
/// opening it.
fn check_head(path: &Path, held: &Held) -> Result<(), KeyringError> {
    let found = held.file().metadata().map_err(|error| not_read(path, &error))?;
    let mut head = [0; 100];
    let is_ours = held.file().read_exact_at(&mut head, 0).is_ok()
        && head.starts_with(b"SQLite format 3\0")
        && head[68..72] == APPLICATION_ID.to_be_bytes();
    if !is_ours {
        return Err(KeyringError::NotAKeyring(path.to_owned()));
    }
    if found.mode() & 0o077 != 0 {
        return Err(KeyringError::Exposed(path.to_owned()));
    }
    // How it is to be written and read: a log that somebody laid beside it would speak for it.
    if head[18..20] != [1, 1] {
        let what = "its header asks for a write-ahead log".to_owned();
        return Err(KeyringError::Changed { place: path.to_owned(), what });
    }
    let version = u32::from_be_bytes([head[60], head[61], head[62], head[63]]);
    match version {
        VERSION => Ok(()),
        0 => Err(KeyringError::NotAKeyring(path.to_owned())),
        _ => Err(KeyringError::Newer { place: path.to_owned(), version: version.into() }),
    }
}

/// That nothing stands beside it which SQLite would wait for, or by whose word it would remove or write to another file.
fn is_alone(path: &Path) -> Result<(), KeyringError> {
    let failed = |refused: Refused| {
        let reason = format!("{}; {}", refused.what, refused.todo);
        KeyringError::Failed { place: refused.path, reason }
    };
    beside::is_ours(path, Written::Back).map_err(failed)
}

fn not_read(path: &Path, error: &io::Error) -> KeyringError {
    KeyringError::Failed { place: path.to_owned(), reason: error.to_string() }
}

/// Whether this SQLite has the repair of lost commits (3.51.3, or its backports 3.50.7 and 3.44.6).
fn check_sqlite_version(version: &str) -> Result<(), String> {
    let numbers: Vec<u32> = version.split('.').map_while(|number| number.parse().ok()).collect();
    let is_good = match numbers[..] {
        [3, 44, patch, ..] => patch >= 6,
        [3, 50, patch, ..] => patch >= 7,
        [3, 51, patch, ..] => patch >= 3,
        [major, minor, ..] => (major, minor) > (3, 51),
        _ => false,
    };
    if is_good { Ok(()) } else { Err(format!("SQLite {version} can lose committed data (repaired in 3.51.3)")) }
}

/// The file's name with something behind.
pub(super) fn with_end(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

/// Where a new file lies until it is whole.
fn draft_of(path: &Path) -> PathBuf {
    with_end(path, ".new")
}

/// The folder that a file lies in.
pub(super) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Whether two names are of one file that is there.
pub(super) fn is_same_file(one: &Path, other: &Path) -> bool {
    matches!((identity(one), identity(other)), (Ok(one), Ok(other)) if one == other)
}

fn identity(path: &Path) -> io::Result<(u64, u64)> {
    let found = std::fs::metadata(path)?;
    Ok((found.dev(), found.ino()))
}

/// A handle on a database file beside SQLite's own.
///
/// POSIX gives up every lock a process has on a file as soon as the process closes any handle on it, SQLite's locks too. So there is
/// one such handle for each file in the process, and it is closed only after the last connection; where that is not certain, never.
struct Held {
    file: Option<Arc<File>>,
    identity: (u64, u64),
}

/// By device and inode.
type Handles = HashMap<(u64, u64), Weak<File>>;

static HELD: LazyLock<Mutex<Handles>> = LazyLock::new(Mutex::default);

impl Held {
    fn open(path: &Path) -> Result<Held, KeyringError> {
        let mut all = HELD.lock().unwrap_or_else(PoisonError::into_inner);
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => KeyringError::Missing(path.to_owned()),
            io::ErrorKind::InvalidInput => KeyringError::NotAKeyring(path.to_owned()),
            _ => not_read(path, &error),
        };
        let identity = identity(path).map_err(failed)?;
        if let Some(file) = all.get(&identity).and_then(Weak::upgrade) {
            return Ok(Held { file: Some(file), identity });
        }
        let file = Arc::new(regular::open(path).map_err(failed)?);
        all.retain(|_, file| file.strong_count() > 0);
        all.insert(identity, Arc::downgrade(&file));
        Ok(Held { file: Some(file), identity })
    }

    fn file(&self) -> &Arc<File> {
        self.file.as_ref().expect("only let_go takes it, at the end")
    }

    /// To be called when the connection is closed.
    fn let_go(&mut self) {
        let all = HELD.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.file.take());
        drop(all);
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // The connection may still be at work on its own thread.
        std::mem::forget(self.file.take());
    }
}

/// Closes a connection's statement cache so that a compaction finds no statement open.
pub(super) async fn compact(place: &Place, connection: &mut SqliteConnection) -> Result<(), KeyringError> {
    connection.clear_cached_statements().await.map_err(|error| place.failed(&error))?;
    connection.execute("VACUUM").await.map(drop).map_err(|error| place.failed(&error))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Place, check_sqlite_version};

    /// Other commands of the office may be at work for a while.
    #[tokio::test]
    async fn a_file_that_another_process_has_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::make(&folder.path().join("keyring")).await.unwrap();
        let waits_ms: i64 = place.ask(sqlx::query_scalar("PRAGMA busy_timeout")).await.unwrap();
        assert_eq!(Duration::from_millis(waits_ms.cast_unsigned()), Duration::from_secs(30));
        place.close().await;
    }

    #[test]
    fn versions_without_the_repair_are_refused() {
        for good in ["3.51.3", "3.52.0", "3.50.7", "3.44.6", "4.0.0", "3.51.10"] {
            assert_eq!(check_sqlite_version(good), Ok(()), "{good}");
        }
        for bad in ["3.51.2", "3.50.6", "3.49.9", "3.44.5", "3.45.0", "3.40.1", "", "3", "x.y.z"] {
            assert!(check_sqlite_version(bad).is_err(), "{bad}");
        }
    }
}
