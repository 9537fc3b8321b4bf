//! The events in an SQLite file: how it is made, opened and begun to be written, and what its layout is.
//!
//! Not what is in it. Invariants: the file and what SQLite keeps beside it are its owner's alone; every commit is flushed; whoever writes is
//! alone from the first thing they read; nothing is opened beside which something stands that no program of ours leaves there.

use std::fs::File;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use ledger::check_sqlite_version;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Sqlite, SqliteConnection, Transaction};
use tokio::sync::OnceCell;
use vault::beside::{self, Refused, Written};
use vault::keyring::BUSY_TIMEOUT;
use vault::layout;

use super::sql::{self, Tx};
use super::{MIGRATIONS, Misfit};
use crate::error::{Error, Result};

/// How many at once. All of them are made at the beginning.
const CONNECTIONS: u32 = 4;

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
    let right = RIGHT.get_or_try_init(|| layout::made(&MIGRATIONS)).await?;
    compared(at, right.clone()).await
}

/// What is other in it than these steps make, which it says it has gone.
pub(super) async fn misfit_after(steps: &[&'static str], at: &mut Tx) -> sqlx::Result<Misfit> {
    match steps.len() == MIGRATIONS.len() {
        true => misfit(at).await,
        false => compared(at, layout::made(steps).await?).await,
    }
}

async fn compared(at: &mut Tx, right: Vec<layout::Part>) -> sqlx::Result<Misfit> {
    let found = sql::query_as(layout::PARTS).fetch_all(&mut **at).await?;
    Ok(layout::compared(found, right))
}

/// What SQLite finds wrong in its file: also in the order of what stands there, and between a table and its indices, which `quick_check` leaves out.
pub(super) async fn trouble(connection: &mut SqliteConnection) -> sqlx::Result<Option<String>> {
    let said: String = sqlx::query_scalar("PRAGMA integrity_check(1)").fetch_one(connection).await?;
    Ok((said != "ok").then_some(said))
}

/// What is other in a row of events than in any of ours: a column of another type, which nothing reads, or a name that is none. SQLite keeps what it is given.
const ODD: &str = "typeof(number) <> 'integer' OR typeof(stream) <> 'text' OR stream GLOB '*[^ -~]*' OR typeof(position) <> 'integer' \
    OR typeof(at_us) <> 'integer' OR typeof(account) NOT IN ('text', 'null') OR account GLOB '*[^ -~]*' OR typeof(clear) NOT IN ('blob', 'text') \
    OR typeof(private) NOT IN ('blob', 'text', 'null') OR typeof(salt) NOT IN ('blob', 'text') OR typeof(signature) NOT IN ('blob', 'text', 'null') \
    OR typeof(tag) NOT IN ('blob', 'text', 'null') OR typeof(hash) NOT IN ('blob', 'text')";

/// Whether such a row is among the events, or among those that were taken out.
pub(super) async fn has_odd(pool: &SqlitePool) -> sqlx::Result<bool> {
    let text = format!(
        "SELECT EXISTS (SELECT 1 FROM event NOT INDEXED WHERE {ODD}) OR EXISTS (SELECT 1 FROM stray WHERE typeof(found_us) <> 'integer' OR {ODD})"
    );
    let found: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(text)).fetch_one(pool).await?;
    Ok(found != 0)
}

/// Takes such rows out of the events, and keeps of them what can be shown; how many.
pub(super) async fn set_odd_aside(at: &mut Tx, found_us: i64) -> sqlx::Result<u64> {
    let keep = format!(
        "INSERT INTO stray SELECT $1, number, stream, position, at_us, account, clear, private, salt, signature, tag, hash FROM event NOT INDEXED WHERE {ODD}"
    );
    sql::query(sqlx::AssertSqlSafe(keep)).bind(found_us).execute(&mut **at).await?;
    let text = format!("DELETE FROM event NOT INDEXED WHERE {ODD}");
    let gone = sql::query(sqlx::AssertSqlSafe(text)).execute(&mut **at).await?;
    let shown = format!(
        "UPDATE stray SET found_us = CAST(found_us AS INTEGER), number = CAST(number AS INTEGER), stream = CASE WHEN typeof(stream) = 'text' AND stream NOT GLOB '*[^ -~]*' THEN stream ELSE quote(CAST(stream AS BLOB)) END, \
         position = CAST(position AS INTEGER), at_us = CAST(at_us AS INTEGER), account = CASE WHEN account IS NULL OR (typeof(account) = 'text' AND account NOT GLOB '*[^ -~]*') THEN account ELSE quote(CAST(account AS BLOB)) END, clear = CAST(clear AS BLOB), \
         private = CAST(private AS BLOB), salt = CAST(salt AS BLOB), signature = CAST(signature AS BLOB), tag = CAST(tag AS BLOB), \
         hash = CAST(hash AS BLOB) WHERE typeof(found_us) <> 'integer' OR {ODD}"
    );
    sql::query(sqlx::AssertSqlSafe(shown)).execute(&mut **at).await?;
    Ok(gone)
}

/// That the file is there, that nothing beside it is what SQLite would wait for or do harm by, and that others may write neither.
fn is_ours_alone(file: &Path) -> Result<()> {
    // SQLite would make an empty one.
    file.metadata().map_err(|err| Error::io(file, &err))?;
    let refused =
        |refused: Refused| Error::of(format_args!("{}: {}", refused.path.display(), refused.what)).hint(refused.todo);
    beside::is_ours(file, Written::Ahead).map_err(refused)?;
    let real = file.canonicalize().map_err(|err| Error::io(file, &err))?;
    for end in ["", "-wal", "-shm", "-journal"] {
        let mut path = real.clone().into_os_string();
        path.push(end);
        let path = PathBuf::from(path);
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
    is_ours_alone(file)?;
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(false)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .pragma("trusted_schema", "OFF");
    let pool = SqlitePoolOptions::new().max_connections(CONNECTIONS).idle_timeout(None).max_lifetime(None);
    let wrong = |words: String| {
        Error::of(format_args!("{}: {words}", file.display())).hint("check that it is the file you mean, and its disk")
    };
    let said = |err: sqlx::Error| match err {
        sqlx::Error::Database(inner) => wrong(inner.message().to_owned()),
        other => wrong(other.to_string()),
    };
    let pool = pool.connect_with(options).await.map_err(said)?;
    let mut first = pool.acquire().await.map_err(said)?;
    write_ahead(&mut first).await.map_err(said)?;
    let version: String = sqlx::query_scalar("SELECT sqlite_version()")
        .fetch_one(&mut *first)
        .await
        .map_err(|err| wrong(err.to_string()))?;
    check_sqlite_version(&version).map_err(wrong)?;
    // A connection looks for a rollback journal when it is made, and not again: none is made later, when nobody looks beside the file.
    let mut others = vec![first];
    for _ in 1..CONNECTIONS {
        let mut other = pool.acquire().await.map_err(said)?;
        read_once(&mut other).await.map_err(said)?;
        others.push(other);
    }
    drop(others);
    Ok(pool)
}

/// A write-ahead log from now on. What changes it in the file's first page is written without a journal, which a crash would leave behind: a new file has nothing
/// to lose yet, and a copy is copied again.
async fn write_ahead(connection: &mut SqliteConnection) -> sqlx::Result<()> {
    let mode = async |connection: &mut SqliteConnection, pragma: &'static str| -> sqlx::Result<String> {
        sqlx::query_scalar(pragma).fetch_one(connection).await
    };
    if mode(connection, "PRAGMA journal_mode").await? == "wal" {
        return Ok(());
    }
    mode(connection, "PRAGMA journal_mode = MEMORY").await?;
    match mode(connection, "PRAGMA journal_mode = WAL").await?.as_str() {
        "wal" => Ok(()),
        other => Err(sqlx::Error::Protocol(format!("its journal stays \"{other}\""))),
    }
}

/// Reads the file's first page.
async fn read_once(connection: &mut SqliteConnection) -> sqlx::Result<()> {
    sqlx::query_scalar::<_, i64>("PRAGMA user_version").fetch_one(connection).await.map(drop)
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
