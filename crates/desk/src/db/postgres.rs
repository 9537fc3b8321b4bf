//! The events in a schema of a PostgreSQL database: how it is reached and begun to be written, and what its layout is.
//!
//! Not what is in it, nor its replicas. Invariants: a server that forgets what it promised is refused; whoever writes holds every table from
//! before the first thing they read until the end, as with SQLite, so that no two acts are decided on one state; nothing is kept in a session; no wait has no end.

use std::str::FromStr as _;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{ConnectOptions as _, Connection as _, Postgres, Transaction};
use tokio::time::timeout;
use vault::layout::{Part, compared};

use super::place::{Place, Server};
use super::sql::{self, Tx, Within};
use super::{Misfit, one_line};
use crate::codes;
use crate::error::{Error, Result};

/// How long a server may take to be reached.
const WITHIN: Duration = Duration::from_secs(10);
/// How long whoever writes waits for others, and a little for the answer: as long as with SQLite.
const TURN_WITHIN: Duration = Duration::from_secs(35);

/// What is said first in a transaction that writes. Somebody whose machine is gone holds the tables no longer than they may be idle; and only the transaction is
/// told so, for the session may be another's afterwards. `event` is the first that is locked: who waits for it holds none of the others.
const FIRST: &str = "SET LOCAL lock_timeout = '30s'; SET LOCAL idle_in_transaction_session_timeout = '120s'; \
     LOCK TABLE event, layout, thing, case_now, outbox, certificate, scrub, scrub_role, stalled, finding, stray IN EXCLUSIVE MODE";

/// What the layout stands in here; SQLite has a place for it.
const LAYOUT: &str = include_str!("../../../../migrations/postgres.sql");
/// The parts that all migrations make here: kind, name, of which table, and what it is. Each line is what [`PARTS`] says of an empty schema in which they were done,
/// sorted by its bytes.
const RIGHT: &str = include_str!("../../../../migrations/postgres.layout");
/// The parts of a schema: whatever in it, or upon it, can have a say in what is read or written.
const PARTS: &str = include_str!("postgres.parts.sql");

/// What the table of the layout says.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct Row {
    pub(super) layout: i64,
    pub(super) office: String,
    /// 1 from its first moment until the office stands.
    pub(super) is_draft: i64,
}

/// Connects to a server that keeps what it promises.
pub(super) async fn connect(server: &Server) -> Result<PgPool> {
    let place = Place::Server(server.clone());
    let hint = "see that the server is up, and check events.database of office.toml; a password belongs in PGPASSWORD or ~/.pgpass";
    let wrong = |what: String| Error::of(format_args!("{place}: {}", one_line(&what))).hint(hint);
    let options = PgConnectOptions::from_str(&server.url).map_err(|err| wrong(err.to_string()))?;
    let options = options.application_name("counterpartd");
    // By itself first: a pool asks a server that is not there again and again.
    let looking = async {
        let mut first = options.connect().await?;
        let asked = "SELECT current_setting('fsync'), current_setting('synchronous_commit'), \
                     current_setting('server_encoding'), COALESCE(CAST(current_schema() AS TEXT), '')";
        let found: (String, String, String, String) = sqlx::query_as(asked).fetch_one(&mut first).await?;
        first.close().await?;
        Ok(found)
    };
    let found = timeout(WITHIN, looking).await;
    let found = found.map_err(|_| wrong(format!("no answer within {} s", WITHIN.as_secs())))?;
    let (fsync, commit, encoding, schema) = found.map_err(|err: sqlx::Error| wrong(super::words(&err)))?;
    for (setting, value) in [("fsync", fsync), ("synchronous_commit", commit)] {
        if value == "off" {
            return Err(Error::of(format_args!(
                "{place}: the server has {setting} = off: it would forget what it promised"
            ))
            .hint("switch it on"));
        }
    }
    if encoding != "UTF8" {
        return Err(Error::of(format_args!("{place}: the database has the encoding {encoding}"))
            .hint("make one with the encoding UTF8"));
    }
    if schema.is_empty() {
        return Err(Error::of(format_args!("{place}: no schema of its search path is there"))
            .hint("make the schema, or name another: ?options=-csearch_path%3DNAME"));
    }
    let pool = PgPoolOptions::new().max_connections(4).idle_timeout(None).max_lifetime(None).acquire_timeout(WITHIN);
    Ok(pool.connect_lazy_with(options))
}

/// Begins to write: nobody else does until it ends.
pub(super) async fn begin(pool: &PgPool) -> sqlx::Result<Transaction<'static, Postgres>> {
    let turn = async {
        let mut at = pool.begin_with("BEGIN ISOLATION LEVEL SERIALIZABLE").await?;
        sqlx::raw_sql(FIRST).execute(&mut *at).await?;
        Ok(at)
    };
    timeout(TURN_WITHIN, turn).await.unwrap_or(Err(sqlx::Error::PoolTimedOut))
}

/// Begins to read one moment of it, while others write.
pub(super) async fn moment(pool: &PgPool) -> sqlx::Result<Transaction<'static, Postgres>> {
    pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await
}

/// One step of the migrations, as PostgreSQL is told it: text is compared by its bytes, as SQLite does, in whichever language the database is.
pub(super) async fn step(text: &str, at: &mut Tx) -> sqlx::Result<()> {
    sql::script(sqlx::AssertSqlSafe(text.replace(" TEXT", " TEXT COLLATE \"C\"")), at).await
}

/// What the table of the layout says.
pub(super) async fn row(at: &mut Tx) -> sqlx::Result<Row> {
    sql::query_as("SELECT layout, office, is_draft FROM layout").fetch_one(&mut **at).await
}

/// Notes the number of the layout.
pub(super) async fn note_layout(at: &mut Tx, layout: i64) -> sqlx::Result<()> {
    sql::query("UPDATE layout SET layout = $1").bind(layout).execute(&mut **at).await.map(|_| ())
}

/// Begins to make the tables for this office where nothing is, with the one of the layout. What was left by a try that was broken off goes first: it never was
/// an office.
pub(super) async fn make(pool: &PgPool, server: &Server) -> Result<Tx> {
    let place = Place::Server(server.clone());
    let failed = |err: sqlx::Error| failed(&place, &err);
    // Nothing of ours is there that could be locked.
    let begun = pool.begin_with("BEGIN ISOLATION LEVEL SERIALIZABLE").await;
    let mut at = Tx(Within::Postgres(begun.map_err(failed)?));
    let found = parts(&mut at).await.map_err(failed)?;
    let tables = |found: &[Part]| -> Vec<String> {
        found.iter().filter(|part| part.0 == "table").map(|part| part.1.clone()).collect()
    };
    if let Some(part) = found.iter().find(|part| part.0 == "table").or(found.first()) {
        let (ours, there) = (tables(&right()), tables(&found));
        if !ours.iter().all(|name| there.contains(name)) {
            return Err(Error::of(format_args!("{place}: its schema is not empty: the {} \"{}\"", part.0, part.1))
                .hint("make one for the office alone (CREATE SCHEMA), and name it: ?options=-csearch_path%3DNAME")
                .with_code(codes::REFUSED));
        }
        let row = row(&mut at).await.map_err(failed)?;
        if row.is_draft != 1 || row.office != server.office {
            return Err(taken(&place, &row, &server.office));
        }
        let drop = format!("DROP TABLE {}", ours.join(", "));
        sql::script(sqlx::AssertSqlSafe(drop), &mut at).await.map_err(failed)?;
    }
    step(LAYOUT, &mut at).await.map_err(failed)?;
    let first = sql::query("INSERT INTO layout (one, layout, office, is_draft) VALUES (1, 0, $1, 1)");
    first.bind(&server.office).execute(&mut *at).await.map_err(failed)?;
    Ok(at)
}

/// What is said where an office's events are already.
fn taken(place: &Place, row: &Row, office: &str) -> Error {
    let (what, hint) = match row.office == office {
        false => {
            (format!("it has the events of another office, \"{}\"", row.office), "name another database or schema")
        }
        true => (
            "it has the events of this office already".to_owned(),
            "an office whose folder alone is lost needs only its office.toml back; to restore one, name an empty schema",
        ),
    };
    Error::of(format_args!("{place}: {what}")).hint(hint).with_code(codes::REFUSED)
}

/// That it is this office's.
pub(super) fn is_of(server: &Server, row: &Row) -> Result<()> {
    match row.office == server.office {
        true => Ok(()),
        false => Err(taken(&Place::Server(server.clone()), row, &server.office)),
    }
}

/// From now on it is no draft any more.
pub(super) async fn stands(at: &mut Tx) -> sqlx::Result<()> {
    sql::query("UPDATE layout SET is_draft = 0").execute(&mut **at).await.map(|_| ())
}

/// What is other in the schema than the migrations make.
pub(super) async fn misfit(at: &mut Tx) -> sqlx::Result<Misfit> {
    Ok(compared(parts(at).await?, right()))
}

async fn parts(at: &mut Tx) -> sqlx::Result<Vec<Part>> {
    sql::query_as(PARTS).fetch_all(&mut **at).await
}

fn right() -> Vec<Part> {
    let part = |line: &str| {
        let mut cells = line.splitn(4, '\t').map(str::to_owned);
        Some((cells.next()?, cells.next()?, cells.next()?, cells.next()))
    };
    RIGHT.lines().filter_map(part).collect()
}

/// What PostgreSQL says, as one line.
pub(super) fn failed(place: &Place, err: &sqlx::Error) -> Error {
    let code = err.as_database_error().and_then(|inner| inner.code()).unwrap_or_default().into_owned();
    let said = |what: &str, hint: &str| Error::of(format_args!("{place}: {what}")).hint(hint);
    let words = one_line(&super::words(err));
    match &*code {
        "42P01" => said(
            &format!("there are no events of an office: {words}"),
            "check events.database of office.toml; \"vault init\" makes the tables, \"restore\" brings them back",
        ),
        "55P03" => said("another program has it locked", "another program works on it; try again when it is done"),
        "40001" | "40P01" => said(
            &format!("another program was quicker, and nothing was changed: {words}"),
            "try again: it is then decided on what stands there now",
        ),
        "23505" | "42P07" => said(
            &format!("another program wrote there at the same time: {words}"),
            "nothing was changed; try again when it is done",
        ),
        "53100" | "53200" => said(&words, "make room on the server; nothing was changed"),
        "42501" => said(&words, "let the user of events.database own the schema and all in it"),
        "" if matches!(err, sqlx::Error::Decode(_) | sqlx::Error::ColumnDecode { .. } | sqlx::Error::RowNotFound) => {
            said(&words, "it is damaged: bring back a backup into another schema with counterpartd restore")
        }
        "" => said(
            &words,
            "see that the server is up, and try again; whether the last step was done, \"vault show\" and \"vault status\" say",
        ),
        _ => said(&words, "see what the server's own log says"),
    }
}
