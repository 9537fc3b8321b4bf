//! A lock in memory, for tests and simulations.
//!
//! Not here: faults (the tests wrap it).
//! Invariant: the same contract as the others, durability apart.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;

use super::Lock;
use crate::error::LockError;

/// Checkpoints by origin.
#[derive(Debug, Default)]
pub struct MemoryLock {
    notes: Mutex<BTreeMap<String, Vec<u8>>>,
}

impl MemoryLock {
    /// A lock that holds `note` for `origin`.
    #[must_use]
    pub fn holding(origin: &str, note: Vec<u8>) -> MemoryLock {
        MemoryLock { notes: Mutex::new(BTreeMap::from([(origin.to_owned(), note)])) }
    }
}

#[async_trait]
impl Lock for MemoryLock {
    async fn load(&self, origin: &str) -> Result<Option<Vec<u8>>, LockError> {
        Ok(self.notes.lock().unwrap_or_else(PoisonError::into_inner).get(origin).cloned())
    }

    async fn swap(&self, origin: &str, old: Option<&[u8]>, new: &[u8]) -> Result<(), LockError> {
        let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        if notes.get(origin).map(Vec::as_slice) != old {
            return Err(LockError::Lost);
        }
        notes.insert(origin.to_owned(), new.to_vec());
        Ok(())
    }
}
