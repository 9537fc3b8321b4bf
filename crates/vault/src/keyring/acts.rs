//! What can be done to the keyring: each act is decided on the rows as they are, and then written the same way into every copy.
//!
//! Not here: locking, the order of copies (`change.rs`). Invariants: decided and written in one transaction; a held thing is neither
//! erased nor forgotten; what is erased never changes but for its certificate; the head never goes back.

use super::error::KeyringError;
use super::office_key::Wrapped;
use super::rows::{Entry, Erasure, Head, HoldRow, ItemRow, Row, State};
use super::table::Table;
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
    pub(super) async fn decide(&self, table: &mut Table<'_>) -> Result<bool, KeyringError> {
        let id = match *self {
            Act::Advance { head } => return advances(table.meta.head, head),
            Act::Add { id, .. } | Act::Keep { id, .. } | Act::Forget { id } | Act::Erase { id, .. } => id,
            Act::Item { id, .. } | Act::Hold { id, .. } | Act::Release { id, .. } | Act::Certify { id, .. } => id,
        };
        let state = table.row(id).await?.map(|row| row.entry.state);
        let holds = table.holds(Some(id)).await?;
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
    pub(super) async fn write(&self, table: &mut Table<'_>, generation: u64) -> Result<(), KeyringError> {
        let id = match *self {
            Act::Advance { head } => {
                table.meta.head = Some(head);
                return Ok(());
            }
            Act::Add { id, kind, wrapped } => {
                let entry = Entry { id: *id, kind: kind.to_owned(), state: State::Pending };
                return table.put_row(&Row { entry, wrapped: Some(wrapped.clone()) }).await;
            }
            Act::Forget { id } => return table.delete_row(id).await,
            Act::Item { id, sealed } => {
                return table.put_item(&ItemRow { thing: *id, sealed: sealed.to_vec(), generation }).await;
            }
            Act::Hold { id, hold } => {
                return table.put_hold(&HoldRow { thing: *id, hold: *hold, is_standing: true, generation }).await;
            }
            Act::Release { id, hold } => {
                return table.put_hold(&HoldRow { thing: *id, hold: *hold, is_standing: false, generation }).await;
            }
            Act::Keep { id, .. } | Act::Erase { id, .. } | Act::Certify { id, .. } => id,
        };
        let mut row = table.row(id).await?.ok_or(KeyringError::Unknown(*id))?;
        self.turn(&mut row);
        table.put_row(&row).await
    }

    /// How far the thing has come by it.
    fn turn(&self, row: &mut Row) {
        let state = &mut row.entry.state;
        match *self {
            Act::Keep { digest, sealed_len_bytes, .. } => *state = State::Kept { digest: *digest, sealed_len_bytes },
            Act::Erase { erasure, .. } => {
                let object = match *state {
                    State::Kept { digest, sealed_len_bytes } => Some((digest, sealed_len_bytes)),
                    _ => None,
                };
                *state = State::Erased { erasure: *erasure, object, certificate: None };
                row.wrapped = None;
            }
            Act::Certify { digest, .. } => {
                if let State::Erased { certificate, .. } = state {
                    *certificate = Some(*digest);
                }
            }
            _ => {}
        }
    }
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
