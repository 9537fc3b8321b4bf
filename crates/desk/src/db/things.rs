//! Where each thing stands, as a table: a projection of its events, written in their transaction.
//!
//! Not what a thing is. Invariants: nothing is decided by a row; it only says which things need a closer look; a row that no program with the office key
//! wrote, or that is behind its events, is written anew from them before anybody goes by it.

use std::collections::BTreeMap;

use casework::ThingId;
use casework::custody::{Body, Commitment, Phase, Thing};

use super::sql::{Kind, Value};
use super::{Db, Tx, sql};
use crate::error::Result;

/// Who tags rows, and knows its own tags again.
pub(crate) trait TagsRows: Sync {
    /// The tag of a row's bytes.
    fn row_tag(&self, row: &[u8]) -> [u8; 32];
    /// Whether that is its tag.
    fn is_row_tag(&self, row: &[u8], tag: &[u8]) -> bool;
}

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
    /// The position of the newest event that it is made of.
    pub(crate) position: i64,
    pub(crate) tag: Option<Vec<u8>>,
}

impl Row {
    /// Every column but the tag, behind its length.
    fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.position.to_be_bytes().to_vec();
        let is_there = [self.object.is_some(), self.recording.is_some()].map(u8::from);
        let (object, recording) = (self.object.as_deref(), self.recording.as_deref());
        let columns =
            [&*self.id, &*self.phase, &*self.holds, object.unwrap_or_default(), recording.unwrap_or_default()];
        bytes.extend_from_slice(&is_there);
        for column in columns {
            bytes.extend_from_slice(&(column.len() as u64).to_be_bytes());
            bytes.extend_from_slice(column.as_bytes());
        }
        bytes
    }

    /// Whether it was written by who tags so, and of as many events as there are.
    pub(crate) fn is_of(&self, position: u64, tags: &dyn TagsRows) -> bool {
        let tag = self.tag.as_deref().unwrap_or_default();
        u64::try_from(self.position) == Ok(position) && tags.is_row_tag(&self.bytes(), tag)
    }

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
            position: i64::try_from(thing.number()).unwrap_or(i64::MAX),
            tag: None,
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
pub(crate) async fn put(db: &Db, at: &mut Tx, thing: &Thing, tags: &dyn TagsRows) -> Result<()> {
    let row = Row::of(thing);
    sql::query(
        "INSERT INTO thing (id, phase, holds, object, recording, position, tag) VALUES ($1, $2, $3, $4, $5, $6, $7) \
         ON CONFLICT (id) DO UPDATE SET phase = $2, holds = $3, object = $4, recording = $5, position = $6, tag = $7",
    )
    .bind(&row.id)
    .bind(&row.phase)
    .bind(&row.holds)
    .bind(&row.object)
    .bind(&row.recording)
    .bind(row.position)
    .bind(tags.row_tag(&row.bytes()).as_slice())
    .execute(&mut **at)
    .await
    .map_err(|err| db.failed(&err))?;
    Ok(())
}

/// Takes all rows out.
pub(crate) async fn clear(db: &Db, at: &mut Tx) -> Result<()> {
    let done = sql::query("DELETE FROM thing").execute(&mut **at).await;
    done.map(|_| ()).map_err(|err| db.failed(&err))
}

/// All rows to the byte, as this transaction sees them; nothing in the place of one that nobody of ours wrote.
pub(crate) async fn cells_in(db: &Db, at: &mut Tx) -> Result<Vec<Option<Vec<Value>>>> {
    const KINDS: [Kind; 7] = [Kind::Text, Kind::Text, Kind::Text, Kind::Text, Kind::Text, Kind::Number, Kind::Bytes];
    let text = "SELECT id, phase, holds, object, recording, position, tag FROM thing ORDER BY id";
    let rows = sql::query(text).cells(&KINDS, &mut **at).await.map_err(|err| db.failed(&err))?;
    Ok(rows.into_iter().map(std::result::Result::ok).collect())
}

/// Takes a row out of a thing that there is none of.
pub(crate) async fn remove(db: &Db, at: &mut Tx, id: &str) -> Result<()> {
    let done = sql::query("DELETE FROM thing WHERE id = $1").bind(id).execute(&mut **at).await;
    done.map(|_| ()).map_err(|err| db.failed(&err))
}

/// All rows, by id.
pub(crate) async fn all(db: &Db) -> Result<BTreeMap<ThingId, Row>> {
    let text = "SELECT id, phase, holds, object, recording, position, tag FROM thing ORDER BY id";
    let rows: Vec<Row> = super::or_emptied(db, "thing", sql::query_as(text).fetch_all(db.pool()).await).await?;
    Ok(rows.into_iter().filter_map(|row| Some((row.id.parse().ok()?, row))).collect())
}
