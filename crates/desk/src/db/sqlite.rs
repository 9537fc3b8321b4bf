//! The events in an SQLite file: how it is made, opened and begun to be written, and what its layout is.
//!
//! Not what is in it. Invariants: the file and what SQLite keeps beside it are its owner's alone; every commit is flushed; whoever writes is
//! alone from the first thing they read.

use std::fs::File;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use ledger::check_sqlite_version;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Sqlite, SqliteConnection, Transaction};
use tokio::sync::OnceCell;
use vault::keyring::BUSY_TIMEOUT;
use vault::layout;

use super::sql::{self, Tx};
use super::{MIGRATIONS, Misfit};
use crate::error::{Error, Result};

/// Begins to write: nobody else does until it ends.
pub(super) async fn begin(pool: &SqlitePool) -> sqlx::Result<Transaction<'static, Sqlite>> {
    pool.begin_with("BEGIN IMMEDIATE").await
}

/// The number of the layout; 0 where there is none.
pub(super) async fn layout(at: &mut Tx) -> sqlx::Result<i64> {
    sql::query_scalar("PRAGMA user_version").fetch_one(&mut **at).await
}

/// Notes it.
pub(super) async fn note_layout(at: &mut Tx, layout: i64) -> sqlx::Result<()> {
    sql::script(sqlx::AssertSqlSafe(format!("PRAGMA user_version = {layout}")), at).await
}

/// What the migrations make in an empty file. It is asked of every act.
static RIGHT: OnceCell<Vec<layout::Part>> = OnceCell::const_new();

/// What is other in it than the migrations make.
pub(super) async fn misfit(at: &mut Tx) -> sqlx::Result<Misfit> {
    let found = sql::query_as(layout::PARTS).fetch_all(&mut **at).await?;
    let right = RIGHT.get_or_try_init(|| layout::made(&MIGRATIONS)).await?;
    Ok(layout::compared(found, right.clone()))
}

/// What SQLite finds wrong in its file: also in the order of what stands there, and between a table and its indices, which `quick_check` leaves out.
pub(super) async fn trouble(connection: &mut SqliteConnection) -> sqlx::Result<Option<String>> {
    let said: String = sqlx::query_scalar("PRAGMA integrity_check(1)").fetch_one(connection).await?;
    Ok((said != "ok").then_some(said))
}

/// That the file is there, and that neither it nor what SQLite keeps beside it is anything that SQLite would wait for, or that others may write.
pub(super) fn is_ours_alone(file: &Path) -> Result<()> {
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

/// Its name is on the disk, too.
pub(super) fn flush_folder(file: &Path) -> Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|err| Error::io(folder, &err))
}

pub(super) async fn connect(file: &Path) -> Result<SqlitePool> {
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

/// What to do about what SQLite says.
pub(super) fn hint(words: &str) -> &'static str {
    match () {
        () if words.contains("full") => "make room on its disk; nothing was changed",
        () if words.contains("locked") => "another program works on it; try again when it is done",
        () if words.contains("malformed") || words.contains("not a database") => {
            "it is damaged: bring back a backup with counterpartd restore"
        }
        () => "check its disk, and who may write there",
    }
}
