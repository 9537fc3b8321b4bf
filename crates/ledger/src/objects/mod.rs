//! Where a log's files live: small immutable objects, and a few that move on.
//!
//! Not here: what the objects mean (`tiles`, `staging`). Invariants every store keeps: when a write returns, it is durable;
//! `create` never replaces other bytes; after a failed write nothing is assumed; a read is bounded.

mod below;
mod bucket;
mod folder;
mod memory;
mod walk;

pub use bucket::Bucket;
pub use folder::Folder;
pub use memory::Memory;
pub use walk::tiles_below;

use async_trait::async_trait;

use crate::error::StoreError;

/// What a log, an auditor or a mirror reads from.
#[async_trait]
pub trait ReadSide: Send + Sync {
    /// The whole object at `path`, or `None` when there is none.
    ///
    /// # Errors
    /// [`StoreError::TooLarge`] for an object above `size_bytes_max`, which is not read; [`StoreError::Failed`] when the store
    /// cannot tell.
    async fn read(&self, path: &str, size_bytes_max: usize) -> Result<Option<Vec<u8>>, StoreError>;

    /// The paths of all tiles and bundles, and of staging objects, where they can be listed: an auditor looks at those too
    /// that no current proof needs.
    ///
    /// # Errors
    /// [`StoreError::Failed`] when the store cannot tell.
    async fn tiles(&self) -> Result<Vec<String>, StoreError> {
        Ok(Vec::new())
    }
}

/// What a log writes to. One log alone uses it.
#[async_trait]
pub trait Objects: ReadSide {
    /// Writes an object that is never changed. Writing the same bytes again is no error and makes them durable.
    ///
    /// # Errors
    /// [`StoreError::Differs`] when other bytes stand there. After any other error the object may or may not be there.
    async fn create(&self, path: &str, bytes: &[u8]) -> Result<(), StoreError>;

    /// Writes `checkpoint` or `pending`, whole: a reader sees the old bytes or the new.
    ///
    /// # Errors
    /// After an error the old or the new bytes may be there.
    async fn overwrite(&self, path: &str, bytes: &[u8]) -> Result<(), StoreError>;

    /// Removes a staging object or a partial tile, if it is there. Need not be durable.
    ///
    /// # Errors
    /// After an error it may or may not be there.
    async fn delete(&self, path: &str) -> Result<(), StoreError>;
}

/// Whether this can be an object's path: names between single slashes, none of which a file system or a service takes for
/// something else.
fn is_plain(path: &str) -> bool {
    path.split('/').all(|part| !matches!(part, "" | "." | "..") && !part.contains(char::is_control))
}
