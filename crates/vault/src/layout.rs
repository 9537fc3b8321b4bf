//! Whether a database has exactly the tables, indices, triggers and views that this program makes.
//!
//! Not its rows. Also for the events of the desk. Invariant: whatever is more, missing or other is told by its name, and nothing is mended: a
//! trigger that somebody added decides with every change, and one that is gone leaves undone what it did.

use std::collections::BTreeMap;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, Executor as _, SqliteConnection};

/// By kind and name: of which table, and the text that made it.
type Parts = BTreeMap<(String, String), (String, Option<String>)>;

/// In one line what is other in this database than in one that these steps make, if anything is.
///
/// # Errors
/// What SQLite says.
pub async fn difference(
    connection: &mut SqliteConnection,
    steps: &[&'static str],
) -> Result<Option<String>, sqlx::Error> {
    let mut made = SqliteConnectOptions::new().in_memory(true).connect().await?;
    for step in steps {
        made.execute(sqlx::raw_sql(sqlx::AssertSqlSafe(*step))).await?;
    }
    let right = parts(&mut made).await?;
    made.close().await?;
    let found = parts(connection).await?;
    let named = |(kind, name): &(String, String)| format!("{} \"{}\"", kind.escape_debug(), name.escape_debug());
    let more =
        found.keys().find(|part| !right.contains_key(*part)).map(|part| format!("the {} is too much", named(part)));
    let missing =
        || right.keys().find(|part| !found.contains_key(*part)).map(|part| format!("the {} is missing", named(part)));
    let other = || {
        right
            .keys()
            .find(|part| found.get(*part) != right.get(*part))
            .map(|part| format!("the {} is another", named(part)))
    };
    Ok(more.or_else(missing).or_else(other))
}

async fn parts(connection: &mut SqliteConnection) -> Result<Parts, sqlx::Error> {
    let sql = "SELECT type, name, tbl_name, sql FROM sqlite_schema";
    let rows: Vec<(String, String, String, Option<String>)> = sqlx::query_as(sql).fetch_all(connection).await?;
    // As it is: a comment ends with its line, so that no white space may be folded.
    let part = |(kind, name, table, sql): (String, String, String, Option<String>)| ((kind, name), (table, sql));
    Ok(rows.into_iter().map(part).collect())
}
