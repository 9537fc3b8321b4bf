//! What can be done to the keyring: each act is decided on the rows as they are, and then written the same way into every copy.
//!
//! Not here: locking, the order of copies (`change.rs`). Invariants: decided and written in one transaction; a held thing is neither
//! erased nor forgotten; what is erased never changes but for its certificate; the head never goes back.

use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteQueryResult;

use super::error::KeyringError;
use super::office_key::Wrapped;
use super::place::Place;
use super::rows::{self, Erasure, Head, State};
use super::{HoldId, ThingId};

/// One act.
#[derive(Clone, Copy, Debug)]
pub(super) enum Act<'a> {
    Add { id: &'a ThingId, kind: &'a str, wrapped: &'a Wrapped },
    Keep { id: &'a ThingId, digest: &'a [u8; 32], sealed_len_bytes: u64 },
    Forget { id: &'a ThingId },
    Item { id: &'a ThingId, sealed: &'a [u8] },
    Hold { id: &'a ThingId, hold: &'a HoldId },
    Release { id: &'a ThingId, hold: &'a HoldId },
    Erase { id: &'a ThingId, erasure: &'a Erasure },
    Certify { id: &'a ThingId, digest: &'a [u8; 32] },
    Advance { head: Head },
}

impl Act<'_> {
    /// Whether it changes anything. An act that was done already is no error.
    pub(super) async fn decide(&self, place: &Place, connection: &mut SqliteConnection) -> Result<bool, KeyringError> {
        let id = match *self {
            Act::Advance { head } => return advances(rows::meta(place, connection).await?.head, head),
            Act::Add { id, .. } | Act::Keep { id, .. } | Act::Forget { id } | Act::Erase { id, .. } => id,
            Act::Item { id, .. } | Act::Hold { id, .. } | Act::Release { id, .. } | Act::Certify { id, .. } => id,
        };
        let state = rows::row(place, connection, id).await?.map(|row| row.entry.state);
        let holds = rows::holds(place, connection, Some(id)).await?;
        let standing: Vec<&HoldId> = holds.iter().filter(|hold| hold.is_standing).map(|hold| &hold.hold).collect();
        match *self {
            Act::Add { .. } => {
                if state.is_none() {
                    Ok(true)
                } else {
                    Err(KeyringError::Known(*id))
                }
            }
            Act::Keep { digest, sealed_len_bytes, .. } => keeps(id, state, digest, sealed_len_bytes),
            Act::Forget { .. } => forgets(id, state, standing.len()),
            Act::Item { .. } => carries(id, state),
            Act::Hold { hold, .. } => Ok(!standing.contains(&hold)),
            Act::Release { hold, .. } => Ok(standing.contains(&hold)),
            Act::Erase { erasure, .. } => erases(id, state, erasure, standing.len()),
            Act::Certify { digest, .. } => certifies(id, state, digest),
            Act::Advance { .. } => Ok(false),
        }
    }

    /// Writes it into one copy.
    pub(super) async fn write(
        &self,
        connection: &mut SqliteConnection,
        generation: i64,
    ) -> Result<SqliteQueryResult, sqlx::Error> {
        let number = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
        let query = match self {
            Act::Add { id, kind, wrapped } => {
                sqlx::query("INSERT INTO entry (thing, kind, state, wrapped) VALUES ($1, $2, 'pending', $3)")
                    .bind(&id[..])
                    .bind(*kind)
                    .bind(&wrapped.bytes()[..])
            }
            Act::Keep { id, digest, sealed_len_bytes } => {
                sqlx::query("UPDATE entry SET state = 'kept', digest = $2, sealed_len_bytes = $3 WHERE thing = $1")
                    .bind(&id[..])
                    .bind(&digest[..])
                    .bind(number(*sealed_len_bytes))
            }
            Act::Forget { id } => sqlx::query("DELETE FROM entry WHERE thing = $1").bind(&id[..]),
            Act::Item { id, sealed } => set_item(id, sealed, generation),
            Act::Hold { id, hold } => set_hold(id, hold, true, generation),
            Act::Release { id, hold } => set_hold(id, hold, false, generation),
            Act::Erase { id, erasure } => sqlx::query(
                "UPDATE entry SET state = 'erased', wrapped = NULL, erased_at_us = $2, subject = $3 WHERE thing = $1",
            )
            .bind(&id[..])
            .bind(erasure.at_us)
            .bind(&erasure.subject[..]),
            Act::Certify { id, digest } => {
                sqlx::query("UPDATE entry SET certificate = $2 WHERE thing = $1").bind(&id[..]).bind(&digest[..])
            }
            Act::Advance { head } => sqlx::query("UPDATE keyring SET head_number = $1, head_hash = $2")
                .bind(number(head.number))
                .bind(head.hash.to_vec()),
        };
        query.execute(connection).await
    }
}

type Query<'q> = sqlx::query::Query<'q, sqlx::Sqlite, sqlx::sqlite::SqliteArguments>;

/// A released hold stays as a row: it tells an older copy, where the hold stands, that it was released.
pub(super) fn set_hold<'q>(id: &'q ThingId, hold: &'q HoldId, is_standing: bool, generation: i64) -> Query<'q> {
    sqlx::query(
        "INSERT INTO hold (thing, hold, standing, generation) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (thing, hold) DO UPDATE SET standing = excluded.standing, generation = excluded.generation",
    )
    .bind(&id[..])
    .bind(&hold[..])
    .bind(i64::from(is_standing))
    .bind(generation)
}

/// What is carried of a disc or tape.
pub(super) fn set_item<'q>(id: &'q ThingId, sealed: &'q [u8], generation: i64) -> Query<'q> {
    sqlx::query(
        "INSERT INTO item (thing, sealed, generation) VALUES ($1, $2, $3) \
         ON CONFLICT (thing) DO UPDATE SET sealed = excluded.sealed, generation = excluded.generation",
    )
    .bind(&id[..])
    .bind(sealed)
    .bind(generation)
}

fn carries(id: &ThingId, state: Option<State>) -> Result<bool, KeyringError> {
    match state {
        Some(State::Pending | State::Kept { .. }) => Ok(true),
        Some(State::Erased { erasure, certificate, .. }) => Err(erased(id, erasure, certificate)),
        None => Err(KeyringError::Unknown(*id)),
    }
}

fn advances(now: Option<Head>, head: Head) -> Result<bool, KeyringError> {
    match now {
        Some(now) if now.number > head.number => {
            Err(KeyringError::HeadBehind { newest: now.number, given: head.number })
        }
        Some(now) if now == head => Ok(false),
        Some(now) if now.number == head.number => Err(KeyringError::HeadForked(head.number)),
        _ => Ok(true),
    }
}

fn keeps(id: &ThingId, state: Option<State>, given: &[u8; 32], len_bytes: u64) -> Result<bool, KeyringError> {
    match state {
        Some(State::Pending) => Ok(true),
        Some(State::Kept { digest, sealed_len_bytes }) if (&digest, sealed_len_bytes) == (given, len_bytes) => {
            Ok(false)
        }
        Some(State::Kept { .. }) => Err(KeyringError::Kept(*id)),
        Some(State::Erased { erasure, certificate, .. }) => Err(erased(id, erasure, certificate)),
        None => Err(KeyringError::Unknown(*id)),
    }
}

fn forgets(id: &ThingId, state: Option<State>, holds: usize) -> Result<bool, KeyringError> {
    match state {
        Some(State::Pending) if holds > 0 => Err(KeyringError::Held { id: *id, holds }),
        Some(State::Pending) => Ok(true),
        Some(State::Kept { .. }) => Err(KeyringError::Kept(*id)),
        Some(State::Erased { erasure, certificate, .. }) => Err(erased(id, erasure, certificate)),
        // Forgotten already, or never there: either way nothing is left to do.
        None => Ok(false),
    }
}

fn erases(id: &ThingId, state: Option<State>, given: &Erasure, holds: usize) -> Result<bool, KeyringError> {
    match state {
        None => Err(KeyringError::Unknown(*id)),
        Some(State::Erased { erasure, .. }) if erasure.subject == given.subject => Ok(false),
        Some(State::Erased { .. }) => Err(KeyringError::OtherErasure(*id)),
        Some(_) if holds > 0 => Err(KeyringError::Held { id: *id, holds }),
        Some(_) => Ok(true),
    }
}

fn certifies(id: &ThingId, state: Option<State>, given: &[u8; 32]) -> Result<bool, KeyringError> {
    match state {
        Some(State::Erased { certificate: None, .. }) => Ok(true),
        Some(State::Erased { certificate: Some(digest), .. }) if &digest == given => Ok(false),
        Some(State::Erased { .. }) => Err(KeyringError::OtherErasure(*id)),
        Some(_) => Err(KeyringError::NotErased(*id)),
        None => Err(KeyringError::Unknown(*id)),
    }
}

/// The refusal of anything that needs an erased key.
pub(super) fn erased(id: &ThingId, erasure: Erasure, certificate: Option<[u8; 32]>) -> KeyringError {
    KeyringError::Erased { id: *id, at_us: erasure.at_us, certificate }
}
