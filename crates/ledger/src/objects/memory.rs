//! Objects in memory: for tests, simulations and drafts of a log. Nothing outlives the process.
//!
//! Not here: faults (the tests wrap this store).
//! Invariant: the same contract as the others, durability apart.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use super::{Objects, ReadSide, is_plain};
use crate::error::StoreError;

/// Objects by path.
#[derive(Debug, Default)]
pub struct Memory {
    objects: Mutex<BTreeMap<String, Vec<u8>>>,
}

impl Memory {
    /// A store that holds what `objects` says.
    #[must_use]
    pub fn holding(objects: BTreeMap<String, Vec<u8>>) -> Memory {
        Memory { objects: Mutex::new(objects) }
    }

    /// Everything it holds.
    #[must_use]
    pub fn copy(&self) -> BTreeMap<String, Vec<u8>> {
        self.held().clone()
    }

    fn plain(path: &str) -> Result<(), StoreError> {
        match is_plain(path) {
            true => Ok(()),
            false => Err(StoreError::failed(path, &"not the path of an object")),
        }
    }

    fn held(&self) -> MutexGuard<'_, BTreeMap<String, Vec<u8>>> {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl ReadSide for Memory {
    async fn read(&self, path: &str, size_bytes_max: usize) -> Result<Option<Vec<u8>>, StoreError> {
        match self.held().get(path) {
            Some(bytes) if bytes.len() > size_bytes_max => Err(StoreError::too_large(path, size_bytes_max)),
            found => Ok(found.cloned()),
        }
    }

    async fn tiles(&self) -> Result<Vec<String>, StoreError> {
        Ok(self.held().keys().filter(|path| path.starts_with("tile/")).cloned().collect())
    }
}

#[async_trait]
impl Objects for Memory {
    async fn create(&self, path: &str, bytes: &[u8]) -> Result<(), StoreError> {
        Memory::plain(path)?;
        let mut held = self.held();
        match held.get(path) {
            Some(there) if there != bytes => Err(StoreError::Differs { path: path.to_owned() }),
            _ => {
                held.insert(path.to_owned(), bytes.to_vec());
                Ok(())
            }
        }
    }

    async fn overwrite(&self, path: &str, bytes: &[u8]) -> Result<(), StoreError> {
        Memory::plain(path)?;
        self.held().insert(path.to_owned(), bytes.to_vec());
        Ok(())
    }

    async fn delete(&self, path: &str) -> Result<(), StoreError> {
        self.held().remove(path);
        Ok(())
    }
}
