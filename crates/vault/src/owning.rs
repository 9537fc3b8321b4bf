//! That a store is its office's and nobody else's: looked at before anything is done in it.
//!
//! Not the mark itself (`store::Owner`), nor who the office is (`keyring`). Invariants: another's store is never written to; a store without a mark
//! is marked by itself only when nothing lies in it that the office does not know, for that could be another's.

use std::collections::BTreeSet;
use std::fmt;

use crate::store::{Digest, Owner, Store, StoreError};

/// How many names a store is asked for at a time.
const PAGE: usize = 1000;

/// Why a store is not taken for the office's.
#[derive(Debug)]
#[non_exhaustive]
pub enum OwnError {
    /// The store.
    Store(StoreError),
    /// It is another office's. Name another store.
    Another,
    /// It has no mark, and holds what the office does not know: the mark was lost, or it is another office's. Whoever knows that it is this
    /// office's says how many objects that are.
    Unmarked {
        /// How many objects the office does not know.
        unknown: u64,
    },
}

impl fmt::Display for OwnError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OwnError::Store(error) => error.fmt(f),
            OwnError::Another => write!(f, "the store belongs to another office"),
            OwnError::Unmarked { unknown } => {
                write!(f, "no mark says whose the store is, and of its objects {unknown} are unknown to this office")
            }
        }
    }
}

impl std::error::Error for OwnError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            OwnError::Store(error) => Some(error),
            _ => None,
        }
    }
}

impl From<StoreError> for OwnError {
    fn from(error: StoreError) -> OwnError {
        OwnError::Store(error)
    }
}

/// Sees to it that a store is the owner's, and marks it where it has no mark; whether it did. `known` are the objects that the owner knows.
/// `claimed` is how many others there may be in a store without a mark, said by somebody who knows whose they are.
///
/// # Errors
/// [`OwnError::Another`], [`OwnError::Unmarked`]; nothing was written then.
pub async fn own(
    store: &dyn Store,
    owner: &Owner,
    known: &BTreeSet<Digest>,
    claimed: Option<u64>,
) -> Result<bool, OwnError> {
    let (found, marks) = match store.owner().await? {
        Some(found) => (found, false),
        None => {
            let unknown = unknown(store, known).await?;
            if unknown > 0 && claimed != Some(unknown) {
                return Err(OwnError::Unmarked { unknown });
            }
            (store.claim(owner).await?, true)
        }
    };
    if found == *owner { Ok(marks) } else { Err(OwnError::Another) }
}

async fn unknown(store: &dyn Store, known: &BTreeSet<Digest>) -> Result<u64, StoreError> {
    let (mut unknown, mut after) = (0, None);
    loop {
        let page = store.list(after.as_ref(), PAGE).await?;
        unknown += page.iter().filter(|digest| !known.contains(*digest)).count() as u64;
        if page.len() < PAGE {
            return Ok(unknown);
        }
        after = page.last().copied();
    }
}
