//! Two copies that differ, made one again: after a crash between them, or when an old file was put back beside a newer one.
//!
//! Not here: locks and writing order (`change.rs`). Invariants: an erasure in any copy stays; a hold in any copy stays unless a newer
//! change released it; a kept thing of either copy stays; of what is carried of an item the newer stays, as long as its key does; otherwise the copy that has seen more changes is right; what cannot be said
//! is an error and changes nothing.

use std::collections::BTreeMap;

use sqlx::SqliteConnection;

use super::acts::{set_hold, set_item};
use super::change::{Change, stored};
use super::error::KeyringError;
use super::place::Place;
use super::rows::{self, Head, HoldRow, ItemRow, Meta, Row, State};
use super::{HoldId, ThingId};

/// All of one copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Snapshot {
    pub(super) meta: Meta,
    rows: BTreeMap<ThingId, Row>,
    holds: BTreeMap<(ThingId, HoldId), HoldRow>,
    items: BTreeMap<ThingId, ItemRow>,
}

impl Snapshot {
    pub(super) async fn read(place: &Place, connection: &mut SqliteConnection) -> Result<Snapshot, KeyringError> {
        let rows = rows::rows(place, connection).await?;
        let holds = rows::holds(place, connection, None).await?;
        let items = rows::items(place, connection, None).await?;
        Ok(Snapshot {
            meta: rows::meta(place, connection).await?,
            rows: rows.into_iter().map(|row| (row.entry.id, row)).collect(),
            holds: holds.into_iter().map(|hold| ((hold.thing, hold.hold), hold)).collect(),
            items: items.into_iter().map(|item| (item.thing, item)).collect(),
        })
    }

    /// An empty copy of the same keyring.
    pub(super) fn empty(meta: &Meta) -> Snapshot {
        Snapshot { meta: meta.clone(), rows: BTreeMap::new(), holds: BTreeMap::new(), items: BTreeMap::new() }
    }

    /// Writes the difference into the copy that is as `now`.
    pub(super) async fn write_over(
        &self,
        now: &Snapshot,
        place: &Place,
        connection: &mut SqliteConnection,
    ) -> Result<(), KeyringError> {
        rows::insert_meta(place, connection, &self.meta).await?;
        for id in now.rows.keys().filter(|id| !self.rows.contains_key(*id)) {
            let query = sqlx::query("DELETE FROM entry WHERE thing = $1").bind(&id[..]);
            query.execute(&mut *connection).await.map_err(|error| place.failed(&error))?;
        }
        for row in self.rows.values().filter(|row| now.rows.get(&row.entry.id) != Some(row)) {
            rows::put_row(place, connection, row).await?;
        }
        for (key, hold) in self.holds.iter().filter(|(key, hold)| now.holds.get(*key) != Some(hold)) {
            let query = set_hold(&key.0, &key.1, hold.is_standing, stored(hold.generation));
            query.execute(&mut *connection).await.map_err(|error| place.failed(&error))?;
        }
        // What is carried of a thing whose entry went is gone with it by now.
        for item in self.items.values().filter(|item| now.items.get(&item.thing) != Some(item)) {
            let query = set_item(&item.thing, &item.sealed, stored(item.generation));
            query.execute(&mut *connection).await.map_err(|error| place.failed(&error))?;
        }
        Ok(())
    }
}

/// Makes the two copies equal, in their open transactions. The answer is the generation to be committed.
pub(super) async fn level(change: &mut Change<'_>) -> Result<u64, KeyringError> {
    let mut snapshots = Vec::new();
    for (place, connection) in change.each() {
        snapshots.push(Snapshot::read(place, connection).await?);
    }
    let [one, other] = &snapshots[..] else {
        return Err(KeyringError::Places);
    };
    let both = merged(one, other)?;
    for ((place, connection), now) in change.each().zip(&snapshots) {
        both.write_over(now, place, connection).await?;
    }
    Ok(both.meta.generation)
}

/// What two copies say together.
fn merged(one: &Snapshot, other: &Snapshot) -> Result<Snapshot, KeyringError> {
    // Under the newer office key first: what was re-wrapped is not wrapped back.
    let rank = |copy: &Snapshot| (copy.meta.key_version, copy.meta.generation);
    let (lead, rest) = if rank(one) >= rank(other) { (one, other) } else { (other, one) };
    let has_same_key = lead.meta.key_version == rest.meta.key_version;
    if has_same_key && lead.meta.canary != rest.meta.canary {
        return Err(diverged("each was given another office key"));
    }
    let generation = lead.meta.generation.max(rest.meta.generation) + 1;
    let head = newer_head(lead.meta.head, rest.meta.head)?;
    let copies = lead.meta.copies.max(rest.meta.copies);
    let mut rows = BTreeMap::new();
    for id in lead.rows.keys().chain(rest.rows.keys()) {
        let joined = match (lead.rows.get(id), rest.rows.get(id)) {
            (Some(one), Some(other)) => Some(joined(one, other, has_same_key)?),
            (Some(only), None) => alone(only, lead, rest, true)?,
            (None, Some(only)) => alone(only, rest, lead, has_same_key)?,
            (None, None) => None,
        };
        rows.extend(joined.map(|row| (*id, row)));
    }
    let mut holds = lead.holds.clone();
    for (key, hold) in &rest.holds {
        let known = holds.entry(*key).or_insert(*hold);
        // Of the same change, or of two that do not know each other: a hold rather than none.
        if (hold.generation, hold.is_standing) > (known.generation, known.is_standing) {
            *known = *hold;
        }
    }
    let mut items = lead.items.clone();
    for (id, item) in &rest.items {
        let known = items.entry(*id).or_insert_with(|| item.clone());
        if item.generation > known.generation {
            *known = item.clone();
        }
    }
    // It goes with the key.
    items.retain(|id, _| rows.get(id).is_some_and(|row: &Row| !matches!(row.entry.state, State::Erased { .. })));
    Ok(Snapshot { meta: Meta { generation, head, copies, ..lead.meta.clone() }, rows, holds, items })
}

fn diverged(what: &str) -> KeyringError {
    KeyringError::Diverged(what.to_owned())
}

fn newer_head(one: Option<Head>, other: Option<Head>) -> Result<Option<Head>, KeyringError> {
    match (one, other) {
        (Some(one), Some(other)) if one.number == other.number && one.hash != other.hash => {
            Err(diverged("each has seen another newest event"))
        }
        (one, other) => Ok(one.into_iter().chain(other).max_by_key(|head| head.number)),
    }
}

/// A thing that only one copy has.
fn alone(row: &Row, has: &Snapshot, lacks: &Snapshot, opens: bool) -> Result<Option<Row>, KeyringError> {
    match row.entry.state {
        State::Erased { .. } => Ok(Some(row.clone())),
        // Announced, and then taken back: the other copy has seen more.
        State::Pending if has.meta.generation < lacks.meta.generation => Ok(None),
        _ if opens => Ok(Some(row.clone())),
        _ => Err(diverged("a key stands only in the copy under the older office key")),
    }
}

/// A thing that both have; `lead` is under the newer office key.
fn joined(lead: &Row, rest: &Row, has_same_key: bool) -> Result<Row, KeyringError> {
    let is_other = lead.entry.kind != rest.entry.kind
        || has_same_key && lead.wrapped.is_some() && rest.wrapped.is_some() && lead.wrapped != rest.wrapped;
    if is_other {
        return Err(diverged("they have two things of one id"));
    }
    let mut row = lead.clone();
    row.entry.state = match (lead.entry.state, rest.entry.state) {
        (
            State::Erased { erasure, object, certificate },
            State::Erased { erasure: again, object: too, certificate: or },
        ) => {
            if erasure.subject != again.subject || certificate.is_some_and(|one| or.is_some_and(|other| one != other)) {
                return Err(diverged("they have two erasures of one thing"));
            }
            State::Erased { erasure, object: object.or(too), certificate: certificate.or(or) }
        }
        (erased @ State::Erased { .. }, _) | (_, erased @ State::Erased { .. }) => erased,
        (kept @ State::Kept { .. }, other @ State::Kept { .. }) if kept != other => {
            return Err(diverged("they have two objects of one thing"));
        }
        (kept @ State::Kept { .. }, _) | (_, kept) => kept,
    };
    if let State::Erased { .. } = row.entry.state {
        row.wrapped = None;
    }
    Ok(row)
}
