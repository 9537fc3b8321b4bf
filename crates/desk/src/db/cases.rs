//! Where each case stands, as a table: a projection of its events, written in their transaction.
//!
//! Not what a case is. Invariants: nothing is decided by a row but that a reference or a room is free; a row that no program with the office key wrote, or that is behind
//! its events, is written anew from them before anybody goes by it; no row has a word about a person.

use std::collections::BTreeMap;

use casework::CaseId;
use casework::case::{Case, Phase};

use super::sql::{Kind, Value};
use super::things::TagsRows;
use super::{Db, Tx, sql};
use crate::error::Result;

/// One case.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) reference: String,
    pub(crate) phase: String,
    /// Of the appointment that stands.
    pub(crate) office: String,
    /// Who holds it.
    pub(crate) staff: String,
    /// The room that it has; none once nobody needs it any more.
    pub(crate) room: Option<String>,
    pub(crate) starts_us: i64,
    pub(crate) ends_us: i64,
    /// What became of it, once that is said.
    pub(crate) outcome: Option<String>,
    /// The position of the newest event that it is made of.
    pub(crate) position: i64,
    pub(crate) tag: Vec<u8>,
}

const COLUMNS: &str = "id, reference, phase, office, staff, room, starts_us, ends_us, outcome, position, tag";

impl Row {
    /// Every column but the tag, behind its length.
    fn bytes(&self) -> Vec<u8> {
        let mut bytes = b"case_now\n".to_vec();
        let is_there = [self.room.is_some(), self.outcome.is_some()].map(u8::from);
        bytes.extend_from_slice(&is_there);
        for number in [self.position, self.starts_us, self.ends_us] {
            bytes.extend_from_slice(&number.to_be_bytes());
        }
        let (room, outcome) = (self.room.as_deref().unwrap_or_default(), self.outcome.as_deref().unwrap_or_default());
        for column in [&*self.id, &*self.reference, &*self.phase, &*self.office, &*self.staff, room, outcome] {
            bytes.extend_from_slice(&(column.len() as u64).to_be_bytes());
            bytes.extend_from_slice(column.as_bytes());
        }
        bytes
    }

    /// Whether it was written by who tags so, and of as many events as there are.
    pub(crate) fn is_of(&self, position: u64, tags: &dyn TagsRows) -> bool {
        u64::try_from(self.position) == Ok(position) && tags.is_row_tag(&self.bytes(), &self.tag)
    }

    /// The row of a case that is planned.
    pub(crate) fn of(case: &Case, tags: &dyn TagsRows) -> Option<Row> {
        let (plan, now) = (case.plan()?, case.appointment()?);
        let slot = &now.slot;
        let is_over = matches!(case.phase(), Phase::Ended | Phase::Closed);
        let mut row = Row {
            id: case.id().to_string(),
            reference: plan.reference.to_string(),
            phase: case.phase().to_string(),
            office: slot.office.to_string(),
            staff: slot.staff.to_string(),
            room: now.room.as_ref().filter(|_| !is_over).map(|room| room.name.to_string()),
            starts_us: slot.starts_micros,
            ends_us: slot.ends_micros,
            outcome: case.outcome().map(|outcome| outcome.to_string()),
            position: i64::try_from(case.number()).unwrap_or(i64::MAX),
            tag: Vec::new(),
        };
        row.tag = tags.row_tag(&row.bytes()).to_vec();
        Some(row)
    }
}

/// Writes a case's row.
pub(crate) async fn put(db: &Db, at: &mut Tx, case: &Case, tags: &dyn TagsRows) -> Result<()> {
    let Some(row) = Row::of(case, tags) else { return Ok(()) };
    sql::query(
        "INSERT INTO case_now (id, reference, phase, office, staff, room, starts_us, ends_us, outcome, position, tag) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) \
         ON CONFLICT (id) DO UPDATE SET reference = $2, phase = $3, office = $4, staff = $5, room = $6, starts_us = $7, ends_us = $8, \
         outcome = $9, position = $10, tag = $11",
    )
    .bind(&row.id)
    .bind(&row.reference)
    .bind(&row.phase)
    .bind(&row.office)
    .bind(&row.staff)
    .bind(&row.room)
    .bind(row.starts_us)
    .bind(row.ends_us)
    .bind(&row.outcome)
    .bind(row.position)
    .bind(row.tag.as_slice())
    .execute(&mut **at)
    .await
    .map_err(|err| db.failed(&err))?;
    Ok(())
}

/// Takes all rows out.
pub(crate) async fn clear(db: &Db, at: &mut Tx) -> Result<()> {
    let done = sql::query("DELETE FROM case_now").execute(&mut **at).await;
    done.map(|_| ()).map_err(|err| db.failed(&err))
}

/// Takes a row out of a case that there is none of.
pub(crate) async fn remove(db: &Db, at: &mut Tx, id: &str) -> Result<()> {
    let done = sql::query("DELETE FROM case_now WHERE id = $1").bind(id).execute(&mut **at).await;
    done.map(|_| ()).map_err(|err| db.failed(&err))
}

/// All rows to the byte, as this transaction sees them; nothing in the place of one that nobody of ours wrote.
pub(crate) async fn cells_in(db: &Db, at: &mut Tx) -> Result<Vec<Option<Vec<Value>>>> {
    use Kind::{Bytes, Number, Text};
    const KINDS: [Kind; 11] = [Text, Text, Text, Text, Text, Text, Number, Number, Text, Number, Bytes];
    let text = format!("SELECT {COLUMNS} FROM case_now ORDER BY id");
    let rows = sql::query(sqlx::AssertSqlSafe(text)).cells(&KINDS, &mut **at).await.map_err(|err| db.failed(&err))?;
    Ok(rows.into_iter().map(std::result::Result::ok).collect())
}

/// All rows that are of a case, by id, and the ids of those that are of none, as this transaction sees them; nothing where something in it is no row of ours.
pub(crate) async fn all_in(db: &Db, at: &mut Tx) -> Result<Option<(BTreeMap<CaseId, Row>, Vec<String>)>> {
    let text = format!("SELECT {COLUMNS} FROM case_now ORDER BY id");
    let rows: Vec<Row> = match sql::query_as(sqlx::AssertSqlSafe(text)).fetch_all(&mut **at).await {
        Err(sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_)) => return Ok(None),
        rows => rows.map_err(|err| db.failed(&err))?,
    };
    let (mut ours, mut odd) = (BTreeMap::new(), Vec::new());
    for row in rows {
        match row.id.parse::<CaseId>() {
            Ok(id) if id.to_string() == row.id => drop(ours.insert(id, row)),
            _ => odd.push(row.id),
        }
    }
    Ok(Some((ours, odd)))
}

/// Which case has that reference.
pub(crate) async fn referred_to(db: &Db, reference: &str) -> Result<Option<CaseId>> {
    let row = sql::query_scalar("SELECT id FROM case_now WHERE reference = $1").bind(reference);
    let id: Option<String> = row.fetch_optional(db.pool()).await.map_err(|err| db.failed(&err))?;
    Ok(id.and_then(|id| id.parse().ok()))
}

/// Which rooms of an office are taken within that time.
pub(crate) async fn rooms_taken(db: &Db, office: &str, (starts_us, ends_us): (i64, i64)) -> Result<Vec<String>> {
    let text = "SELECT room FROM case_now WHERE office = $1 AND room IS NOT NULL AND starts_us < $2 AND ends_us > $3 ORDER BY room";
    let rows = sql::query_scalar(text).bind(office).bind(ends_us).bind(starts_us);
    rows.fetch_all(db.pool()).await.map_err(|err| db.failed(&err))
}

/// What a list shows: all, where nothing is said.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted<'a> {
    /// Whoever holds them.
    pub(crate) staff: Option<&'a str>,
    /// Only those whose outcome is not said.
    pub(crate) is_open: bool,
}

/// Rows in the order of their appointments, so many behind so many; and how many there are in all.
pub(crate) async fn page(db: &Db, wanted: &Wanted<'_>, count: u32, behind: u32) -> Result<(Vec<Row>, u64)> {
    let mut which = "WHERE ($1 = '' OR staff = $1)".to_owned();
    if wanted.is_open {
        which += &format!(" AND phase <> '{}'", Phase::Closed);
    }
    let staff = wanted.staff.unwrap_or_default();
    let text = format!("SELECT {COLUMNS} FROM case_now {which} ORDER BY starts_us, id LIMIT {count} OFFSET {behind}");
    let rows = sql::query_as(sqlx::AssertSqlSafe(text)).bind(staff).fetch_all(db.pool()).await;
    let rows = super::or_emptied(db, "case_now", rows).await?;
    let text = format!("SELECT COUNT(*) FROM case_now {which}");
    let all: i64 = sql::query_scalar(sqlx::AssertSqlSafe(text))
        .bind(staff)
        .fetch_one(db.pool())
        .await
        .map_err(|err| db.failed(&err))?;
    Ok((rows, u64::try_from(all).unwrap_or(0)))
}
