//! The database: one file of events, and what waits for the log.
//!
//! Not what an event means (`casework`); SQL stands in full in `db/<noun>.rs` beside its caller. Invariants: one text of SQL for
//! SQLite and PostgreSQL (`migrations/`); every commit is flushed before it returns; all that one act changes is one transaction,
//! which sees what it decides on; a file of a newer program is refused, and one whose tables,
//! triggers, indices or views are not those of the migrations; whoever lets go of it closes it in order, also on the way of an
//! error.

pub(crate) mod events;
pub(crate) mod findings;
pub(crate) mod outbox;
pub(crate) mod scrubs;
pub(crate) mod stalled;
pub(crate) mod things;

use std::fs::File;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ledger::check_sqlite_version;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Sqlite, Transaction};
use tokio::runtime::{Handle, RuntimeFlavor};
use vault::keyring::BUSY_TIMEOUT;
use vault::layout::difference;

use crate::error::{Error, Result};
use crate::files;

/// Each step from one layout to the next. What is released is never changed.
const MIGRATIONS: [&str; 4] = [
    include_str!("../../../migrations/0001_events.sql"),
    include_str!("../../../migrations/0002_scrub.sql"),
    include_str!("../../../migrations/0003_stalled.sql"),
    include_str!("../../../migrations/0004_findings.sql"),
];
/// How long closing may take on the way of an error.
const CLOSED_WITHIN: Duration = Duration::from_secs(5);

/// One transaction: it sees what it decides on, and nobody else writes until it ends.
pub(crate) type Tx = Transaction<'static, Sqlite>;

/// An open database.
#[derive(Debug)]
pub(crate) struct Db {
    pool: SqlitePool,
    file: PathBuf,
}

impl Db {
    /// Makes one where nothing is.
    pub(crate) async fn create(file: &Path) -> Result<Db> {
        files::create(file, b"")?;
        let db = Db { pool: connect(file).await?, file: file.to_owned() };
        let mut at = db.begin().await?;
        for (number, step) in (1_i64..).zip(MIGRATIONS) {
            sqlx::raw_sql(sqlx::AssertSqlSafe(step)).execute(&mut *at).await.map_err(|err| db.failed(&err))?;
            note_layout(&mut at, number).await.map_err(|err| db.failed(&err))?;
        }
        at.commit().await.map_err(|err| db.failed(&err))?;
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(|err| Error::io(folder, &err))?;
        Ok(db)
    }

    /// Opens one that is there, and brings it to the layout of this program.
    pub(crate) async fn open(file: &Path) -> Result<Db> {
        is_ours_alone(file)?;
        let db = Db { pool: connect(file).await?, file: file.to_owned() };
        let mut at = db.begin().await?;
        let layout: i64 =
            sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut *at).await.map_err(|err| db.failed(&err))?;
        let done = usize::try_from(layout).unwrap_or(0);
        if layout < 1 || done > MIGRATIONS.len() {
            let what = if layout < 1 { "not a database of events" } else { "the database of a newer program" };
            return Err(Error::of(format_args!("{}: {what}", file.display()))
                .hint("name the right folder, or use the program that wrote it"));
        }
        for (number, step) in (layout + 1..).zip(&MIGRATIONS[done..]) {
            sqlx::raw_sql(sqlx::AssertSqlSafe(*step)).execute(&mut *at).await.map_err(|err| db.failed(&err))?;
            note_layout(&mut at, number).await.map_err(|err| db.failed(&err))?;
        }
        // A trigger that somebody put there would write history with every act.
        if let Some(other) = difference(&mut at, &MIGRATIONS).await.map_err(|err| db.failed(&err))? {
            return Err(Error::of(format_args!(
                "{}: the events were changed by something other than this program: {other}",
                file.display()
            ))
            .hint("keep the file, and bring back a backup with \"counterpartd restore\""));
        }
        at.commit().await.map_err(|err| db.failed(&err))?;
        Ok(db)
    }

    /// Begins to write: nobody else writes until it ends, so that what is read in it is what is decided on.
    pub(crate) async fn begin(&self) -> Result<Tx> {
        self.pool.begin_with("BEGIN IMMEDIATE").await.map_err(|err| self.failed(&err))
    }

    /// To read from.
    pub(crate) fn pool(&self) -> &SqlitePool {
        &self.pool
    }

    /// The file.
    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    /// Lets go of the file in order.
    pub(crate) async fn close(self) {
        self.pool.close().await;
    }

    /// What SQLite says, as one line.
    pub(crate) fn failed(&self, err: &sqlx::Error) -> Error {
        let words = match err {
            sqlx::Error::Database(inner) => inner.message().to_owned(),
            other => other.to_string(),
        };
        let hint = match () {
            () if words.contains("full") => "make room on its disk; nothing was changed",
            () if words.contains("locked") => "another program works on it; try again when it is done",
            () if words.contains("malformed") || words.contains("not a database") => {
                "it is damaged: bring back a backup with counterpartd restore"
            }
            () => "check its disk, and who may write there",
        };
        Error::of(format_args!("{}: {words}", self.file.display())).hint(hint)
    }
}

impl Drop for Db {
    /// A connection that is only dropped leaves its journal behind.
    fn drop(&mut self) {
        let handle = Handle::try_current().ok().filter(|handle| handle.runtime_flavor() == RuntimeFlavor::MultiThread);
        let Some(handle) = handle.filter(|_| !self.pool.is_closed()) else { return };
        let closing = tokio::time::timeout(CLOSED_WITHIN, self.pool.close());
        // What is not closed by then is closed with the process; every commit was flushed.
        let _ = tokio::task::block_in_place(|| handle.block_on(closing));
    }
}

/// That the file is there, and that neither it nor what SQLite keeps beside it is anything that SQLite would wait for, or that others may write.
fn is_ours_alone(file: &Path) -> Result<()> {
    // SQLite would make an empty one.
    file.metadata().map_err(|err| Error::io(file, &err))?;
    let real = file.canonicalize().map_err(|err| Error::io(file, &err))?;
    for end in ["", "-wal", "-shm", "-journal"] {
        let mut path = real.clone().into_os_string();
        path.push(end);
        let path = PathBuf::from(path);
        vault::regular::file_or_nothing(&path).map_err(|err| Error::io(&path, &err))?;
        if path.metadata().is_ok_and(|meta| meta.mode() & 0o022 != 0) {
            return Err(Error::of(format_args!("{}: others on this machine may write the events", path.display()))
                .hint("chmod 600 the file, and look at \"vault status\": it says whether anything was changed"));
        }
    }
    Ok(())
}

/// Rows of a table by which nothing is decided; where somebody put something into it that is no row of ours, it is emptied: what it says is found out
/// again, and no command is stopped by it.
async fn or_emptied<T>(db: &Db, table: &str, rows: std::result::Result<Vec<T>, sqlx::Error>) -> Result<Vec<T>> {
    match rows {
        Ok(rows) => Ok(rows),
        Err(sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_)) => {
            let sql = format!("DELETE FROM {table}");
            let done = sqlx::query(sqlx::AssertSqlSafe(sql)).execute(db.pool()).await;
            done.map(|_| Vec::new()).map_err(|err| db.failed(&err))
        }
        Err(other) => Err(db.failed(&other)),
    }
}

async fn note_layout(at: &mut Tx, layout: i64) -> std::result::Result<(), sqlx::Error> {
    let text = format!("PRAGMA user_version = {layout}");
    sqlx::raw_sql(sqlx::AssertSqlSafe(text)).execute(&mut **at).await.map(|_| ())
}

async fn connect(file: &Path) -> Result<SqlitePool> {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(false)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT);
    let pool = SqlitePoolOptions::new().max_connections(4).idle_timeout(None).max_lifetime(None);
    let wrong = |words: String| {
        Error::of(format_args!("{}: {words}", file.display())).hint("check that it is the file you mean, and its disk")
    };
    let pool = pool.connect_with(options).await.map_err(|err| match err {
        sqlx::Error::Database(inner) => wrong(inner.message().to_owned()),
        other => wrong(other.to_string()),
    })?;
    let version: String =
        sqlx::query_scalar("SELECT sqlite_version()").fetch_one(&pool).await.map_err(|err| wrong(err.to_string()))?;
    check_sqlite_version(&version).map_err(wrong)?;
    Ok(pool)
}
