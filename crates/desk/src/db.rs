//! The database: the events, and what waits for the log.
//!
//! Not what an event means (`casework`); SQL stands in full in `db/<noun>.rs` beside its caller. Invariants: one text of SQL for
//! SQLite and PostgreSQL (`migrations/`), which differ in two things, how writing begins and where the layout's number stands (`db/sqlite.rs`, `db/postgres.rs`);
//! every commit is flushed before it returns; all that one act changes is one transaction,
//! which sees what it decides on; what a newer program made is refused, and one whose tables,
//! triggers, indices or views are not those of the migrations; whoever lets go of it closes it in order, also on the way of an
//! error.

pub(crate) mod access;
pub(crate) mod cases;
pub(crate) mod events;
pub(crate) mod findings;
pub(crate) mod outbox;
pub(crate) mod persons;
pub(crate) mod place;
mod postgres;
pub(crate) mod scrubs;
pub(crate) mod sql;
mod sqlite;
pub(crate) mod stalled;
pub(crate) mod things;

use std::time::Duration;

use tokio::runtime::{Handle, RuntimeFlavor};

pub(crate) use self::place::{Place, Server};
pub(crate) use self::sql::Tx;
use self::sql::{Pool, Within};
use crate::error::{Error, Result};
use crate::files;

/// Each step from one layout to the next. What is released is never changed.
const MIGRATIONS: [&str; 7] = [
    include_str!("../../../migrations/0001_events.sql"),
    include_str!("../../../migrations/0002_scrub.sql"),
    include_str!("../../../migrations/0003_stalled.sql"),
    include_str!("../../../migrations/0004_findings.sql"),
    include_str!("../../../migrations/0005_access.sql"),
    include_str!("../../../migrations/0006_cases.sql"),
    include_str!("../../../migrations/0007_persons.sql"),
];
/// How long closing may take on the way of an error.
const CLOSED_WITHIN: Duration = Duration::from_secs(5);

/// What is other in a database than the migrations make, in one line, if anything is.
type Misfit = Option<String>;

/// An open database.
#[derive(Debug)]
pub(crate) struct Db {
    pool: Pool,
    place: Place,
    /// It is being made or restored, and nobody has said yet that the office stands.
    is_draft: bool,
}

impl Db {
    /// Makes one where nothing is; on a server it is a draft until the office stands.
    pub(crate) async fn create(place: &Place) -> Result<Db> {
        if let Place::File(file) = place {
            files::create(file, b"")?;
        }
        let db = Db { pool: connect(place).await?, place: place.clone(), is_draft: matches!(place, Place::Server(_)) };
        let mut at = match (&db.pool, place) {
            (Pool::Postgres(pool), Place::Server(server)) => postgres::make(pool, server).await?,
            _ => db.begin_as_it_is().await?,
        };
        db.migrate(&mut at, 0).await?;
        db.is_ours(&mut at).await?;
        at.commit().await.map_err(|err| db.failed(&err))?;
        if let Place::File(file) = place {
            sqlite::flush_folder(file)?;
        }
        Ok(db)
    }

    /// That one can be made there: before anything else is.
    pub(crate) async fn is_free(place: &Place) -> Result<()> {
        match place {
            Place::File(file) => files::absent(file),
            Place::Server(server) => {
                let pool = postgres::connect(server).await?;
                drop(postgres::make(&pool, server).await?);
                pool.close().await;
                Ok(())
            }
        }
    }

    /// Opens one that is there, and brings it to the layout of this program.
    pub(crate) async fn open(place: &Place) -> Result<Db> {
        let mut db = Db { pool: connect(place).await?, place: place.clone(), is_draft: false };
        db.is_whole().await?;
        let mut at = db.begin_as_it_is().await?;
        let done = db.done(&mut at).await?;
        db.migrate(&mut at, done).await?;
        db.is_ours(&mut at).await?;
        at.commit().await.map_err(|err| db.failed(&err))?;
        Ok(db)
    }

    /// That what is found by an index is what stands in the table: an event that an index does not have would be missing to whoever asks for its stream, while
    /// the chain of all holds. An index is made of its table again; what is wrong with a table stays wrong.
    async fn is_whole(&mut self) -> Result<()> {
        let Pool::Sqlite(pool) = &self.pool else { return Ok(()) };
        let pool = pool.clone();
        let mut at = self.moment().await?;
        let steps = self.done(&mut at).await?;
        self.is_ours_after(steps, &mut at).await?;
        drop(at);
        let failed = |err: sqlx::Error| self.failed(&err);
        let mut connection = pool.acquire().await.map_err(failed)?;
        if sqlite::trouble(&mut connection).await.map_err(failed)?.is_none() {
            return Ok(());
        }
        drop(connection);
        let mut at = self.begin_as_it_is().await?;
        self.is_ours_after(steps, &mut at).await?;
        let made_anew = sql::script("REINDEX", &mut at).await;
        let trouble = match (made_anew, &mut at.0) {
            (Ok(()), Within::Sqlite(at)) => sqlite::trouble(at).await.map_err(failed)?,
            (Err(error), _) => Some(words(&error)),
            (Ok(()), Within::Postgres(_)) => None,
        };
        if let Some(trouble) = trouble {
            return Err(Error::of(format_args!("{}: it is damaged: {}", self.place, one_line(&trouble)))
                .hint("keep the file, and bring back a backup with \"counterpartd restore\""));
        }
        // Until somebody has seen it, as with rows that somebody wrote: a log of this command may be read by nobody.
        events::note_index(self, &mut at, crate::clock::local_us()).await?;
        at.commit().await.map_err(failed)?;
        crate::out::notice(&format!("note: {}: an index was not what its table says, and was made anew", self.place));
        Ok(())
    }

    /// Takes rows out of the events that nothing of ours could read, for a column of them has another type; how many. On a server a column has one type.
    pub(crate) async fn set_odd_aside(&self, found_us: i64) -> Result<u64> {
        let Pool::Sqlite(pool) = &self.pool else { return Ok(0) };
        if !sqlite::has_odd(pool).await.map_err(|err| self.failed(&err))? {
            return Ok(0);
        }
        let mut at = self.begin().await?;
        let gone = sqlite::set_odd_aside(&mut at, found_us).await.map_err(|err| self.failed(&err))?;
        at.commit().await.map_err(|err| self.failed(&err))?;
        Ok(gone)
    }

    /// How many of the steps it has gone.
    async fn done(&mut self, at: &mut Tx) -> Result<usize> {
        let layout = self.layout(at).await?;
        let done = usize::try_from(layout).unwrap_or(0);
        if layout < 1 || done > MIGRATIONS.len() {
            let what = if layout < 1 { "not a database of events" } else { "the database of a newer program" };
            return Err(Error::of(format_args!("{}: {what}", self.place))
                .hint("name the right folder, or use the program that wrote it"));
        }
        Ok(done)
    }

    /// The number of the layout, of a database that is this office's.
    async fn layout(&mut self, at: &mut Tx) -> Result<i64> {
        match &self.place {
            Place::File(_) => sqlite::layout(at).await.map_err(|err| self.failed(&err)),
            Place::Server(server) => {
                let row = postgres::row(at).await.map_err(|err| self.failed(&err))?;
                postgres::is_of(server, &row)?;
                self.is_draft = row.is_draft == 1;
                Ok(row.layout)
            }
        }
    }

    /// Does the steps behind so many.
    async fn migrate(&self, at: &mut Tx, done: usize) -> Result<()> {
        for (number, step) in (1_i64..).zip(MIGRATIONS).skip(done) {
            let stepped = match &self.place {
                Place::File(_) => sql::script(step, at).await,
                Place::Server(_) => postgres::step(step, at).await,
            };
            stepped.map_err(|err| self.failed(&err))?;
            let noted = match &self.place {
                Place::File(_) => sqlite::note_layout(at, number).await,
                Place::Server(_) => postgres::note_layout(at, number).await,
            };
            noted.map_err(|err| self.failed(&err))?;
        }
        Ok(())
    }

    /// A trigger that somebody put there would write history with every act.
    async fn is_ours(&self, at: &mut Tx) -> Result<()> {
        let misfit = match &self.place {
            Place::File(_) => sqlite::misfit(at).await,
            Place::Server(_) => postgres::misfit(at).await,
        };
        misfit.map_err(|err| self.failed(&err))?.map_or(Ok(()), |other| Err(self.changed(&other)))
    }

    /// The same of a file that has gone so many steps: before anything in it is worked out, for what stands in its tables can be anybody's.
    async fn is_ours_after(&self, steps: usize, at: &mut Tx) -> Result<()> {
        let misfit = sqlite::misfit_after(&MIGRATIONS[..steps], at).await;
        misfit.map_err(|err| self.failed(&err))?.map_or(Ok(()), |other| Err(self.changed(&other)))
    }

    fn changed(&self, other: &str) -> Error {
        let hint = match &self.place {
            Place::File(_) => "keep the file, and bring back a backup with \"counterpartd restore\"",
            Place::Server(_) => {
                "keep the schema; find out who changed it, and bring back a backup into another with \"counterpartd restore\""
            }
        };
        Error::of(format_args!("{}: the events were changed by something other than this program: {other}", self.place))
            .hint(hint)
    }

    /// Begins to write: nobody else writes until it ends, so that what is read in it is what is decided on. Nor does anything in the database itself have a say in
    /// what is written: a trigger may have been put there since it was opened.
    pub(crate) async fn begin(&self) -> Result<Tx> {
        let mut at = self.begin_as_it_is().await?;
        self.is_ours(&mut at).await?;
        Ok(at)
    }

    /// The same while its tables are still being made.
    async fn begin_as_it_is(&self) -> Result<Tx> {
        let begun = match &self.pool {
            Pool::Sqlite(pool) => sqlite::begin(pool).await.map(Within::Sqlite),
            Pool::Postgres(pool) => postgres::begin(pool).await.map(Within::Postgres),
        };
        begun.map(Tx).map_err(|err| self.failed(&err))
    }

    /// Begins to read one moment of it, while others write.
    pub(crate) async fn moment(&self) -> Result<Tx> {
        let begun = match &self.pool {
            Pool::Sqlite(pool) => pool.begin().await.map(Within::Sqlite),
            Pool::Postgres(pool) => postgres::moment(pool).await.map(Within::Postgres),
        };
        begun.map(Tx).map_err(|err| self.failed(&err))
    }

    /// The office stands: nobody who makes or restores one takes anything out of here any more.
    pub(crate) async fn stands(&mut self) -> Result<()> {
        if self.is_draft {
            let mut at = self.begin().await?;
            postgres::stands(&mut at).await.map_err(|err| self.failed(&err))?;
            at.commit().await.map_err(|err| self.failed(&err))?;
            self.is_draft = false;
        }
        Ok(())
    }

    /// To read from.
    pub(crate) fn pool(&self) -> &Pool {
        &self.pool
    }

    /// Where it is.
    pub(crate) fn place(&self) -> &Place {
        &self.place
    }

    /// Lets go of it in order.
    pub(crate) async fn close(self) {
        self.pool.close().await;
    }

    /// What the database says, as one line.
    pub(crate) fn failed(&self, err: &sqlx::Error) -> Error {
        match &self.place {
            Place::Server(_) => postgres::failed(&self.place, err),
            Place::File(_) => {
                let words = words(err);
                Error::of(format_args!("{}: {words}", self.place)).hint(sqlite::hint(&words))
            }
        }
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

async fn connect(place: &Place) -> Result<Pool> {
    match place {
        Place::File(file) => sqlite::connect(file).await.map(Pool::Sqlite),
        Place::Server(server) => postgres::connect(server).await.map(Pool::Postgres),
    }
}

/// What a database says.
fn words(err: &sqlx::Error) -> String {
    match err {
        sqlx::Error::Database(inner) => inner.message().to_owned(),
        other => other.to_string(),
    }
}

/// Words of somebody else's, which may have several lines.
fn one_line(words: &str) -> String {
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Rows of a table by which nothing is decided; where somebody put something into it that is no row of ours, it is emptied: what it says is found out
/// again, and no command is stopped by it.
async fn or_emptied<T>(db: &Db, table: &str, rows: std::result::Result<Vec<T>, sqlx::Error>) -> Result<Vec<T>> {
    match rows {
        Ok(rows) => Ok(rows),
        Err(sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_)) => {
            let text = format!("DELETE FROM {table}");
            let done = sql::query(sqlx::AssertSqlSafe(text)).execute(db.pool()).await;
            done.map(|_| Vec::new()).map_err(|err| db.failed(&err))
        }
        Err(other) => Err(db.failed(&other)),
    }
}
