//! Where each thing stands, as a table: a projection of its events, written in their transaction.
//!
//! Not what a thing is. Invariant: nothing is decided by a row; it only says which things need a closer look, and a row that is wrong or
//! missing makes one look closer.

use std::collections::BTreeMap;

use casework::ThingId;
use casework::custody::{Body, Commitment, Phase, Thing};
use sqlx::{Sqlite, Transaction};

use super::Db;
use crate::error::Result;

/// One thing.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) phase: String,
    /// The ids of its holds in order, a space between.
    pub(crate) holds: String,
    /// Its object's digest.
    pub(crate) object: Option<String>,
    /// The id of the recording that it is, or is a copy of.
    pub(crate) recording: Option<String>,
}

impl Row {
    /// The row of a thing.
    pub(crate) fn of(thing: &Thing) -> Row {
        let holds: Vec<String> = thing.holds().keys().map(ToString::to_string).collect();
        let object = match thing.body() {
            Some(Body::Electronic { object, .. }) => Some(object.to_string()),
            _ => None,
        };
        let recording = recording(thing);
        Row {
            id: thing.id().to_string(),
            phase: phase(thing.phase()).to_owned(),
            holds: holds.join(" "),
            object,
            recording,
        }
    }
}

/// The recording that a thing is, or is a copy of.
pub(crate) fn recording(thing: &Thing) -> Option<String> {
    match thing.body()? {
        Body::Electronic { commitment: Commitment::Recording { id, .. }, .. } => Some(id.to_string()),
        Body::Electronic { .. } => None,
        Body::Physical { recording, .. } => recording.as_ref().map(ToString::to_string),
    }
}

/// A phase in one word.
pub(crate) fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Absent => "absent",
        Phase::Kept => "kept",
        Phase::Destroying => "destroying",
        Phase::Destroyed => "destroyed",
    }
}

/// Writes a thing's row.
pub(crate) async fn put(db: &Db, at: &mut Transaction<'static, Sqlite>, thing: &Thing) -> Result<()> {
    let row = Row::of(thing);
    sqlx::query(
        "INSERT INTO thing (id, phase, holds, object, recording) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (id) DO UPDATE SET phase = $2, holds = $3, object = $4, recording = $5",
    )
    .bind(&row.id)
    .bind(&row.phase)
    .bind(&row.holds)
    .bind(&row.object)
    .bind(&row.recording)
    .execute(&mut **at)
    .await
    .map_err(|err| db.failed(&err))?;
    Ok(())
}

/// All rows, by id.
pub(crate) async fn all(db: &Db) -> Result<BTreeMap<ThingId, Row>> {
    let rows: Vec<Row> = sqlx::query_as("SELECT id, phase, holds, object, recording FROM thing ORDER BY id")
        .fetch_all(db.pool())
        .await
        .map_err(|err| db.failed(&err))?;
    Ok(rows.into_iter().filter_map(|row| Some((row.id.parse().ok()?, row))).collect())
}
