//! Objects in a bucket of any S3 service, through `object_store`.
//!
//! Not here: credentials and addresses (the caller builds the store). Invariants: `create` asks the service to create only
//! (If-None-Match), so two writers cannot replace each other's tiles; the service's "written" is taken as durable.

use std::sync::Arc;

use async_trait::async_trait;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _, PutMode, PutOptions, PutPayload};

use super::{Objects, ReadSide};
use crate::error::StoreError;

/// A bucket, or a part of one below a prefix.
#[derive(Clone, Debug)]
pub struct Bucket {
    store: Arc<dyn ObjectStore>,
    prefix: Path,
}

impl Bucket {
    /// Objects below `prefix` in this store.
    #[must_use]
    pub fn new(store: Arc<dyn ObjectStore>, prefix: &str) -> Bucket {
        Bucket { store, prefix: Path::from(prefix) }
    }

    fn locate(&self, path: &str) -> Path {
        path.split('/').fold(self.prefix.clone(), |at, part| at.join(part))
    }
}

#[async_trait]
impl ReadSide for Bucket {
    async fn read(&self, path: &str, size_bytes_max: usize) -> Result<Option<Vec<u8>>, StoreError> {
        let found = match self.store.get(&self.locate(path)).await {
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            other => other.map_err(|error| StoreError::failed(path, &error))?,
        };
        if found.meta.size > size_bytes_max as u64 {
            return Err(StoreError::too_large(path, size_bytes_max));
        }
        let bytes = found.bytes().await.map_err(|error| StoreError::failed(path, &error))?;
        Ok(Some(bytes.to_vec()))
    }
}

#[async_trait]
impl Objects for Bucket {
    async fn create(&self, path: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let options = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
        let payload = PutPayload::from(bytes.to_vec());
        match self.store.put_opts(&self.locate(path), payload, options).await {
            Ok(_) => Ok(()),
            Err(object_store::Error::AlreadyExists { .. } | object_store::Error::Precondition { .. }) => {
                match self.read(path, bytes.len()).await {
                    Ok(Some(there)) if there == bytes => Ok(()),
                    Ok(_) | Err(StoreError::TooLarge { .. }) => Err(StoreError::Differs { path: path.to_owned() }),
                    Err(error) => Err(error),
                }
            }
            Err(error) => Err(StoreError::failed(path, &error)),
        }
    }

    async fn overwrite(&self, path: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let put = self.store.put(&self.locate(path), PutPayload::from(bytes.to_vec())).await;
        put.map(|_| ()).map_err(|error| StoreError::failed(path, &error))
    }

    async fn delete(&self, path: &str) -> Result<(), StoreError> {
        match self.store.delete(&self.locate(path)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(StoreError::failed(path, &error)),
        }
    }
}
