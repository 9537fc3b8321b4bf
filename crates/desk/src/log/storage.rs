//! Where a log's data and its lock are: a folder or a bucket, a file or a row.
//!
//! Not what is in them (`ledger`). Invariants: data and lock are two places, so that bringing one back from a backup never
//! brings back the other; the system's or the environment's credentials are used and never shown; nothing is begun in a bucket that
//! replaces what it is asked to keep.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ledger::{Bucket, Folder, Lock, Objects, PostgresLock, ReadSide, SqliteLock, StoreError};
use object_store::aws::S3ConditionalPut;

use crate::error::{Error, Result};
use crate::s3;

/// Opened data and lock.
pub(crate) struct Storage {
    pub(crate) objects: Arc<dyn Objects>,
    pub(crate) reads: Arc<dyn ReadSide>,
    pub(crate) lock: Arc<dyn Lock>,
    /// Where the index of duplicates is, unless it is named.
    pub(crate) index: Option<PathBuf>,
    pub(crate) held: Held,
}

/// A lock to be let go of in order: a file is then one file, without a journal beside it.
pub(crate) enum Held {
    File(Arc<SqliteLock>),
    Row(Arc<PostgresLock>),
}

impl Held {
    pub(crate) async fn close(&self) {
        match self {
            Held::File(lock) => lock.close().await,
            Held::Row(lock) => lock.close().await,
        }
    }
}

/// Whether a data folder is to be made, or must be there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    New,
    There,
}

/// Opens both.
pub(crate) async fn open(data: &str, lock: &str, place: Place) -> Result<Storage> {
    if let Some(place) = data.strip_prefix("s3://") {
        let bucket = Arc::new(bucket(place)?);
        bucket.prove().await.map_err(|err| {
            Error::of(format_args!("s3://{place}: {err}")).hint(match err {
                StoreError::Unfit { .. } => {
                    "a log needs conditional writes: use a service that honours them (docs/ledger.md); with Ceph keep no versions in this bucket"
                }
                _ => "check the bucket's name, AWS_ENDPOINT, AWS_REGION, the key and what it may do",
            })
        })?;
        let (lock, held) = open_lock(lock, None).await?;
        return Ok(Storage { objects: bucket.clone(), reads: bucket, lock, index: None, held });
    }
    let path = Path::new(data);
    if place == Place::There && !path.is_dir() {
        return Err(Error::of(format_args!("{data}: no such folder"))
            .hint("name the folder this log has always used; a new log is made by counterpartd init"));
    }
    // The lock first: when it may not be where it is named, nothing is made.
    let (lock, held) = open_lock(lock, Some(path)).await?;
    let folder =
        Folder::open(path).map_err(|err| Error::of(&err).hint("check who may write there, or choose another place"))?;
    let folder = Arc::new(folder);
    let name = path.file_name().map(|name| format!("{}.index", name.to_string_lossy()));
    let index = name.map(|name| path.with_file_name(name));
    Ok(Storage { objects: folder.clone(), reads: folder, lock, index, held })
}

async fn open_lock(lock: &str, data: Option<&Path>) -> Result<(Arc<dyn Lock>, Held)> {
    if lock.starts_with("postgres://") || lock.starts_with("postgresql://") {
        let row = PostgresLock::open(lock).await;
        let row = row.map_err(|err| Error::of(err).hint("check the address, and that the server is up"))?;
        let row = Arc::new(row);
        return Ok((row.clone(), Held::Row(row)));
    }
    let file = SqliteLock::open(Path::new(lock), data).await.map_err(|err| {
        Error::of(err).hint("the lock stands apart from the data: name a file elsewhere, or postgres://…")
    })?;
    let file = Arc::new(file);
    Ok((file.clone(), Held::File(file)))
}

/// A bucket, by `bucket/prefix`.
fn bucket(place: &str) -> Result<Bucket> {
    let (settings, bucket, prefix) = s3::settings(place)?;
    let settings = settings.with_bucket_name(bucket).with_conditional_put(S3ConditionalPut::ETagMatch);
    let store = settings.build().map_err(|err| {
        Error::of(format_args!("s3://{place}: {err}"))
            .hint("set AWS_REGION, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
    })?;
    Ok(Bucket::new(Arc::new(store), prefix))
}
