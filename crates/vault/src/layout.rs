//! Whether a database has exactly the tables, indices, triggers and views that this program makes.
//!
//! Not its rows. Also for the events of the desk. Invariant: whatever is more, missing or other is told by its name, and nothing is mended: a
//! trigger that somebody added decides with every change, and one that is gone leaves undone what it did.

use std::collections::BTreeMap;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, Executor as _};

/// One table, index, trigger or view: its kind, its name, of which table it is, and the text that made it.
pub type Part = (String, String, String, Option<String>);

/// What SQLite answers with the parts of a database.
pub const PARTS: &str = "SELECT type, name, tbl_name, sql FROM sqlite_schema";

/// The parts of an SQLite database that these steps make.
///
/// # Errors
/// What SQLite says.
pub async fn made(steps: &[&'static str]) -> Result<Vec<Part>, sqlx::Error> {
    let mut made = SqliteConnectOptions::new().in_memory(true).connect().await?;
    for step in steps {
        made.execute(sqlx::raw_sql(sqlx::AssertSqlSafe(*step))).await?;
    }
    let parts = sqlx::query_as(PARTS).fetch_all(&mut made).await?;
    made.close().await?;
    Ok(parts)
}

/// In one line what is other in the parts that were found than in the right ones, if anything is.
#[must_use]
pub fn compared(found: Vec<Part>, right: Vec<Part>) -> Option<String> {
    // As it is: a comment ends with its line, so that no white space may be folded.
    let by_name = |parts: Vec<Part>| -> BTreeMap<(String, String), (String, Option<String>)> {
        parts.into_iter().map(|(kind, name, table, sql)| ((kind, name), (table, sql))).collect()
    };
    let (found, right) = (by_name(found), by_name(right));
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
    more.or_else(missing).or_else(other)
}
