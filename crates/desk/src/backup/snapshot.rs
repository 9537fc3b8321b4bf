//! The events of one moment, carried from one database into another: into the file of a backup, and out of it.
//!
//! Not what a backup has beside them (`backup.rs`). Invariants: a backup's file is the same whatever the events lay in; what is read is one moment's; a row
//! that is none is an error where something is decided by its table, and left out where what it says is found out again.

use std::fs;
use std::path::Path;

use crate::db::sql::{self, Kind, Value};
use crate::db::{Db, Place, Tx};
use crate::error::{Error, Result};
use crate::files;

use Kind::{Bytes, Number, Text};

/// How many rows are read at once.
const PAGE: usize = 1000;

/// A table: its columns, the first of which its rows are ordered by.
struct Table {
    name: &'static str,
    columns: &'static [(&'static str, Kind)],
    /// Nothing is decided by it.
    is_found_again: bool,
    /// Whether the first column is another in each row.
    has_key: bool,
}

/// The columns of an event.
macro_rules! event_columns {
    ($($before:expr,)*) => {
        &[
            $($before,)*
            ("number", Number),
            ("stream", Text),
            ("position", Number),
            ("at_us", Number),
            ("account", Text),
            ("clear", Bytes),
            ("private", Bytes),
            ("salt", Bytes),
            ("signature", Bytes),
            ("tag", Bytes),
            ("hash", Bytes),
        ]
    };
}

/// All tables of the migrations, but for those of what ends with a restore.
const TABLES: [Table; 13] = [
    table("event", event_columns!()),
    Table { has_key: false, ..lesser("stray", event_columns!(("found_us", Number),)) },
    lesser(
        "thing",
        &[
            ("id", Text),
            ("phase", Text),
            ("holds", Text),
            ("object", Text),
            ("recording", Text),
            ("position", Number),
            ("tag", Bytes),
        ],
    ),
    lesser(
        "case_now",
        &[
            ("id", Text),
            ("reference", Text),
            ("phase", Text),
            ("office", Text),
            ("staff", Text),
            ("room", Text),
            ("starts_us", Number),
            ("ends_us", Number),
            ("outcome", Text),
            ("position", Number),
            ("tag", Bytes),
        ],
    ),
    table(
        "access_account",
        &[
            ("account", Text),
            ("person", Text),
            ("handle", Text),
            ("public_key", Bytes),
            ("password", Text),
            ("salt", Bytes),
            ("sealed", Bytes),
            ("since_us", Number),
            ("tag", Bytes),
        ],
    ),
    table(
        "access_passkey",
        &[
            ("id", Text),
            ("account", Text),
            ("name", Text),
            ("passkey", Text),
            ("since_us", Number),
            ("used_us", Number),
            ("tag", Bytes),
        ],
    ),
    table(
        "person_account",
        &[
            ("person", Text),
            ("contact", Bytes),
            ("place", Text),
            ("sealed", Bytes),
            ("code", Text),
            ("since_us", Number),
            ("tag", Bytes),
        ],
    ),
    table(
        "outbox",
        &[("entry", Bytes), ("event_number", Number), ("what", Text), ("log_index", Number), ("proof", Text)],
    ),
    table("certificate", &[("thing", Text), ("text", Text), ("salt", Bytes), ("is_noted", Number)]),
    lesser("scrub", &[("thing", Text), ("looked_us", Number), ("found", Text), ("bytes", Number), ("repairs", Number)]),
    lesser(
        "scrub_role",
        &[
            ("one", Number),
            ("began_us", Number),
            ("every_us", Number),
            ("rate_bytes", Number),
            ("things", Number),
            ("bytes", Number),
            ("trouble", Text),
        ],
    ),
    lesser("stalled", &[("thing", Text), ("tried_us", Number), ("tries", Number), ("why", Text)]),
    lesser("finding", &[("number", Number), ("thing", Text), ("what", Text), ("store", Text), ("source", Text)]),
];

const fn table(name: &'static str, columns: &'static [(&'static str, Kind)]) -> Table {
    Table { name, columns, is_found_again: false, has_key: true }
}

const fn lesser(name: &'static str, columns: &'static [(&'static str, Kind)]) -> Table {
    Table { name, columns, is_found_again: true, has_key: true }
}

/// Writes one moment's events into a new file, while others write.
pub(super) async fn take(db: &Db, to: &Path) -> Result<()> {
    match db.place() {
        Place::File(_) => {
            // An empty file is filled where it stands; one of SQLite's own making could be read by everybody.
            files::create(to, b"")?;
            let path = to.to_str();
            let path = path.ok_or_else(|| Error::of("the backup's path is not text").hint("choose another place"))?;
            let taken = sql::query("VACUUM INTO $1").bind(path).execute(db.pool()).await;
            taken.map_err(|err| db.failed(&err))?;
        }
        Place::Server(_) => {
            let copy = Db::create(&Place::File(to.to_owned())).await?;
            carry(db, &copy).await?;
            copy.close().await;
        }
    }
    let file = fs::File::open(to).map_err(|err| Error::io(to, &err))?;
    file.sync_all().map_err(|err| Error::io(to, &err))
}

/// Puts a backup's file of events into the database that is to have them. The file is brought to this program's layout, and stays.
pub(crate) async fn put_back(from: &Path, to: &Place) -> Result<()> {
    let from = Db::open(&Place::File(from.to_owned())).await?;
    let to = Db::create(to).await?;
    carry(&from, &to).await?;
    from.close().await;
    to.close().await;
    Ok(())
}

/// Every row of one moment, into tables that are empty; all of them or none.
async fn carry(from: &Db, to: &Db) -> Result<()> {
    let (mut out_of, mut into) = (from.moment().await?, to.begin().await?);
    for table in &TABLES {
        let mut after = None;
        while let Some(last) = carry_page(table, after, (from, &mut out_of), (to, &mut into)).await? {
            after = Some(last);
        }
    }
    into.commit().await.map_err(|err| to.failed(&err))
}

/// Carries a page of rows; where the next one begins, if there is another.
async fn carry_page(
    table: &Table,
    after: Option<Value>,
    (from, out_of): (&Db, &mut Tx),
    (to, into): (&Db, &mut Tx),
) -> Result<Option<Value>> {
    let names: Vec<&str> = table.columns.iter().map(|(name, _)| *name).collect();
    let kinds: Vec<Kind> = table.columns.iter().map(|(_, kind)| *kind).collect();
    let (name, key) = (table.name, names[0]);
    let mut text = format!("SELECT {} FROM {name}", names.join(", "));
    if after.is_some() {
        text += &format!(" WHERE {key} > $1");
    }
    if table.has_key {
        text += &format!(" ORDER BY {key} LIMIT {PAGE}");
    }
    let mut asked = sql::query(sqlx::AssertSqlSafe(text));
    if let Some(after) = after {
        asked = asked.bind(after);
    }
    let rows = asked.cells(&kinds, &mut **out_of).await.map_err(|err| from.failed(&err))?;
    let is_last = !table.has_key || rows.len() < PAGE;
    let places: Vec<String> = (1..=names.len()).map(|place| format!("${place}")).collect();
    let put = format!("INSERT INTO {name} ({}) VALUES ({})", names.join(", "), places.join(", "));
    let mut last = None;
    for row in rows {
        let row = match row {
            // PostgreSQL has no text with a zero in it, and nothing of ours has.
            Ok(row) if !row.iter().any(|cell| matches!(cell, Value::Text(Some(text)) if text.contains('\0'))) => row,
            _ if table.is_found_again => continue,
            _ => {
                return Err(Error::of(format_args!("{}: a row of its table \"{name}\" is none", from.place()))
                    .hint("it is damaged: bring back a backup with counterpartd restore"));
            }
        };
        last = row.first().cloned();
        let filled = row.into_iter().fold(sql::query(sqlx::AssertSqlSafe(put.clone())), sql::Query::bind);
        filled.execute(&mut **into).await.map_err(|err| to.failed(&err))?;
    }
    Ok(last.filter(|_| !is_last))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// What nobody is to have back: sessions, links, mail that waits, and what was counted of attempts.
    const ENDS: &[&str] = &[
        "access_answered",
        "access_failure",
        "access_link",
        "access_session",
        "mail",
        "person_link",
        "person_session",
    ];

    #[tokio::test]
    async fn every_column_of_every_table_is_carried_or_ends() {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::create(&Place::File(folder.path().join("events.sqlite"))).await.unwrap();
        let mut at = db.moment().await.unwrap();
        let text = "SELECT m.name, p.name FROM sqlite_master m JOIN pragma_table_info(m.name) p \
                    WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' ORDER BY m.name, p.name";
        let rows: Vec<(String, String)> = sql::query_as(text).fetch_all(&mut *at).await.unwrap();
        drop(at);
        db.close().await;
        let mut there: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (table, column) in rows.into_iter().filter(|(table, _)| !ENDS.contains(&table.as_str())) {
            there.entry(table).or_default().push(column);
        }
        let columns = |table: &Table| {
            let mut names: Vec<String> = table.columns.iter().map(|(name, _)| (*name).to_owned()).collect();
            names.sort();
            (table.name.to_owned(), names)
        };
        assert_eq!(there, TABLES.iter().map(columns).collect());
    }
}
