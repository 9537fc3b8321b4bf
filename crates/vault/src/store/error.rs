//! Why a store does not do what it is asked, and who can mend it.
//!
//! Not here: what a ciphertext is worth (`cipher`). Invariants: one line each; an object is named by its digest and nothing else; of a
//! service's answer only its status and code go on, never its words, an address or a signature.

use std::fmt;
use std::io;

use super::Digest;

/// Why a store failed.
#[derive(Debug)]
#[non_exhaustive]
pub enum StoreError {
    /// There is no such object. The caller's catalogue is wrong, or the object was lost: repair it from a second store.
    Missing {
        /// Which.
        digest: Digest,
    },
    /// The object ends before what was asked for: the range is wrong, or the object was cut. Repair it from a second store.
    Short {
        /// Which.
        digest: Digest,
    },
    /// The object was read whole, and its bytes are not those of its name. Repair it from a second store.
    Rotten {
        /// Which.
        digest: Digest,
    },
    /// The disk cannot give the object's bytes. Repair it from a second store.
    Unreadable {
        /// Which.
        digest: Digest,
        /// What the disk says.
        what: String,
    },
    /// The source gave other bytes, or more or fewer, than the caller announced. Nothing was written.
    NotAsAnnounced {
        /// What was announced.
        digest: Digest,
    },
    /// The source could not be read. Nothing was written.
    Source(io::Error),
    /// The store must not remove the object: a legal hold or a retention period of the bucket. Whoever set it can lift it.
    Locked {
        /// Which.
        digest: Digest,
    },
    /// Something of the object stands there after it was removed, or nobody can be sure that it does not. Delete it again.
    StillThere {
        /// Which.
        digest: Digest,
        /// What is still seen, in one line.
        what: String,
    },
    /// The mark that says whose the store is cannot be read: it is damaged, or a newer program's. Whoever knows whose the store is can remove it.
    OddOwner,
    /// There is no room. Make some and try again.
    Full {
        /// What could not be written.
        what: String,
    },
    /// A flush failed: nobody knows what the disk holds. The process must end; a new one finds out.
    Poisoned {
        /// The first failure.
        what: String,
    },
    /// The service cannot keep what this crate promises. Use another, or other settings.
    Unfit {
        /// What it cannot.
        what: String,
    },
    /// The store could not be asked, or did not answer as it should. Try again later.
    Failed {
        /// What was asked for, and why not.
        what: String,
    },
}

impl StoreError {
    pub(super) fn failed(what: impl fmt::Display, why: impl fmt::Display) -> StoreError {
        StoreError::Failed { what: format!("{what}: {why}") }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoreError::Missing { digest } => write!(f, "object {digest} is not in the store"),
            StoreError::Short { digest } => write!(f, "object {digest} is shorter than it should be"),
            StoreError::Rotten { digest } => write!(f, "object {digest} is damaged: its bytes have another digest"),
            StoreError::Unreadable { digest, what } => write!(f, "object {digest} cannot be read: {what}"),
            StoreError::NotAsAnnounced { digest } => {
                write!(f, "object {digest} was not written: the bytes given are not those announced")
            }
            StoreError::Source(error) => write!(f, "the object was not written: its bytes could not be read: {error}"),
            StoreError::Locked { digest } => write!(f, "object {digest} is locked in the store and cannot be removed"),
            StoreError::StillThere { digest, what } => write!(f, "object {digest} is still there: {what}"),
            StoreError::OddOwner => write!(f, "the mark that says whose the store is cannot be read"),
            StoreError::Full { what } => write!(f, "{what}: there is no room"),
            StoreError::Poisoned { what } => write!(f, "the store takes no more writes: {what}"),
            StoreError::Unfit { what } => write!(f, "the store is not fit for a vault: {what}"),
            StoreError::Failed { what } => write!(f, "{what}"),
        }
    }
}

impl std::error::Error for StoreError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            StoreError::Source(error) => Some(error),
            _ => None,
        }
    }
}
