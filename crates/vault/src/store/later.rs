//! A store that is opened when something is first asked of it, so that whoever asks nothing needs none.
//!
//! Not whose it is to become (`own`): it never marks. Invariants: nothing is asked of a store that does not show its owner's mark; one that could not
//! be opened is tried again the next time.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::OnceCell;

use super::{Deleted, Digest, FileId, New, Owner, Put, Reading, Source, Store, StoreError};

/// How it is opened.
type Open = Box<dyn Fn() -> Result<Arc<dyn Store>, StoreError> + Send + Sync>;

/// A store that may be away as long as nothing is asked of it.
pub struct Later {
    open: Open,
    owner: Owner,
    opened: OnceCell<Arc<dyn Store>>,
}

impl Later {
    /// The store that `open` gives, if it is this owner's.
    #[must_use]
    pub fn new(open: impl Fn() -> Result<Arc<dyn Store>, StoreError> + Send + Sync + 'static, owner: Owner) -> Later {
        Later { open: Box::new(open), owner, opened: OnceCell::new() }
    }

    async fn store(&self) -> Result<&dyn Store, StoreError> {
        let failed = |what: &str| Err(StoreError::Failed { what: what.to_owned() });
        let open = || async {
            let store = (self.open)()?;
            match store.owner().await? {
                Some(found) if found == self.owner => Ok(store),
                Some(_) => failed("the store belongs to another office"),
                None => failed("the store has no mark that says whose it is"),
            }
        };
        self.opened.get_or_try_init(open).await.map(|store| &**store)
    }
}

impl fmt::Debug for Later {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Later").field("opened", &self.opened.get()).finish_non_exhaustive()
    }
}

#[async_trait]
impl Store for Later {
    async fn put(&self, digest: &Digest, len_bytes: u64, source: &mut dyn Source) -> Result<Put, StoreError> {
        self.store().await?.put(digest, len_bytes, source).await
    }

    async fn put_over(&self, digest: &Digest, len_bytes: u64, source: &mut dyn Source) -> Result<(), StoreError> {
        self.store().await?.put_over(digest, len_bytes, source).await
    }

    async fn uncover(&self, digest: &Digest, len_bytes: u64) -> Result<bool, StoreError> {
        self.store().await?.uncover(digest, len_bytes).await
    }

    async fn put_new(&self, source: &mut dyn Source) -> Result<Option<New>, StoreError> {
        self.store().await?.put_new(source).await
    }

    async fn len(&self, digest: &Digest) -> Result<Option<u64>, StoreError> {
        self.store().await?.len(digest).await
    }

    async fn file(&self, digest: &Digest) -> Result<Option<FileId>, StoreError> {
        self.store().await?.file(digest).await
    }

    async fn read(&self, digest: &Digest, range: Range<u64>) -> Result<Vec<u8>, StoreError> {
        self.store().await?.read(digest, range).await
    }

    async fn read_whole(&self, digest: &Digest) -> Result<Reading, StoreError> {
        self.store().await?.read_whole(digest).await
    }

    async fn delete(&self, digest: &Digest) -> Result<Deleted, StoreError> {
        self.store().await?.delete(digest).await
    }

    async fn list(&self, after: Option<&Digest>, limit: usize) -> Result<Vec<Digest>, StoreError> {
        self.store().await?.list(after, limit).await
    }

    async fn tidy(&self, older_than: Duration) -> Result<u64, StoreError> {
        self.store().await?.tidy(older_than).await
    }

    async fn owner(&self) -> Result<Option<Owner>, StoreError> {
        self.store().await?.owner().await
    }

    async fn claim(&self, owner: &Owner) -> Result<Owner, StoreError> {
        self.store().await?.claim(owner).await
    }

    async fn lock(&self, digest: &Digest, on: bool) -> Result<bool, StoreError> {
        self.store().await?.lock(digest, on).await
    }
}
