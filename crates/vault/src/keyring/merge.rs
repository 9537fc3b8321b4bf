//! Two copies that differ, made one again: after a crash between them, or when an old file was put back beside a newer one.
//!
//! Not here: locks and writing order (`change.rs`). Invariants: a copy that is not in every row as this program wrote it decides nothing;
//! an erasure in any copy stays, unless it was of a thing that is held in the other; a hold in any copy stays unless a newer change released
//! it; a kept thing of either copy stays; of what is carried of an item the newer stays, as long as its key does; otherwise the copy that has
//! seen more changes is right; what cannot be said is an error and changes nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::change::Change;
use super::error::KeyringError;
use super::rows::{Head, HoldRow, ItemRow, Meta, Row, State};
use super::tag::RowKey;
use super::{HoldId, ThingId};

/// All of one copy, authenticated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Snapshot {
    pub(super) meta: Meta,
    pub(super) rows: BTreeMap<ThingId, Row>,
    pub(super) holds: BTreeMap<(ThingId, HoldId), HoldRow>,
    pub(super) items: BTreeMap<ThingId, ItemRow>,
}

impl Snapshot {
    /// An empty copy of the same keyring.
    pub(super) fn empty(meta: &Meta) -> Snapshot {
        Snapshot { meta: meta.clone(), rows: BTreeMap::new(), holds: BTreeMap::new(), items: BTreeMap::new() }
    }
}

/// Makes the two copies equal, in their open transactions. The answer is the generation to be committed.
pub(super) async fn level(change: &mut Change<'_>, key: &Arc<RowKey>) -> Result<u64, KeyringError> {
    let mut snapshots = Vec::new();
    for table in change.tables() {
        snapshots.push(table.all().await?);
    }
    let [one, other] = &snapshots[..] else {
        return Err(KeyringError::Places);
    };
    let both = merged(one, other)?;
    for (table, now) in change.tables().iter_mut().zip(&snapshots) {
        table.become_as(now, &both, key).await?;
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
            (Some(one), Some(other)) => {
                destroys_nothing_held((one, lead), (other, rest))?;
                destroys_nothing_held((other, rest), (one, lead))?;
                Some(joined(one, other, has_same_key)?)
            }
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

/// A hold in the copy that still has the key, of which the copy that erased it never heard: whoever erased did not know that it was held.
fn destroys_nothing_held(erased: (&Row, &Snapshot), kept: (&Row, &Snapshot)) -> Result<(), KeyringError> {
    if erased.0.wrapped.is_some() || kept.0.wrapped.is_none() {
        return Ok(());
    }
    let thing = kept.0.entry.id;
    let mut holds = kept.1.holds.range((thing, [0; 16])..=(thing, [u8::MAX; 16]));
    let is_unheard =
        |hold: &HoldRow, known: Option<&HoldRow>| known.is_none_or(|known| known.generation < hold.generation);
    if holds.any(|(id, hold)| hold.is_standing && is_unheard(hold, erased.1.holds.get(id))) {
        return Err(diverged("a thing is erased in one, and held in the other"));
    }
    Ok(())
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
