//! The lock: where the newest signed checkpoint of a log is kept, apart from everything else, and moved on by compare-and-swap.
//!
//! It is what makes a log unable to sign two histories by accident: two sequencers cannot both swap, and a folder from
//! yesterday does not match it. So it must never be restored together with the objects, nor lie beside them.
//! What is kept is one line `after <size before the last batch>` and the signed checkpoint (`staging.rs` reads and prints it).
//! Invariants: a swap that returned is durable; of two swaps from the same value one fails with [`LockError::Lost`].

mod beside;
mod memory;
mod postgres;
mod sqlite;

pub use memory::MemoryLock;
pub use postgres::PostgresLock;
pub(crate) use sqlite::open_sqlite;
pub use sqlite::{SqliteLock, check_sqlite_version, lies_inside};

use async_trait::async_trait;

use crate::error::LockError;

/// The newest signed checkpoint of each log, by origin.
#[async_trait]
pub trait Lock: Send + Sync {
    /// What is kept for this log, or `None` if there never was one.
    ///
    /// # Errors
    /// [`LockError::Failed`] when the lock cannot be read.
    async fn load(&self, origin: &str) -> Result<Option<Vec<u8>>, LockError>;

    /// Replaces `old` by `new`, or puts the first value there when `old` is `None`.
    ///
    /// # Errors
    /// [`LockError::Lost`] when something else than `old` is there. After [`LockError::Failed`] either may be there.
    async fn swap(&self, origin: &str, old: Option<&[u8]>, new: &[u8]) -> Result<(), LockError>;
}
