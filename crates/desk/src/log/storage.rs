//! Where a log's data and its lock are: a folder or a bucket, a file or a row.
//!
//! Not what is in them (`ledger`). Invariants: data and lock are two places, so that bringing one back from a backup never
//! brings back the other; the system's or the environment's credentials are used and never shown.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ledger::{Bucket, Folder, Lock, Objects, PostgresLock, ReadSide, SqliteLock};
use object_store::aws::{AmazonS3Builder, S3ConditionalPut};

use crate::error::{Error, Result};

/// Opened data and lock.
pub(crate) struct Storage {
    pub(crate) objects: Arc<dyn Objects>,
    pub(crate) reads: Arc<dyn ReadSide>,
    pub(crate) lock: Arc<dyn Lock>,
    /// Where the index of duplicates is, unless it is named.
    pub(crate) index: Option<PathBuf>,
}

/// Opens both.
pub(crate) async fn open(data: &str, lock: &str) -> Result<Storage> {
    if let Some(place) = data.strip_prefix("s3://") {
        let bucket = Arc::new(bucket(place)?);
        let lock = open_lock(lock, None).await?;
        return Ok(Storage { objects: bucket.clone(), reads: bucket, lock, index: None });
    }
    let path = Path::new(data);
    // The lock first: when it may not be where it is named, nothing is made.
    let lock = open_lock(lock, Some(path)).await?;
    let folder =
        Folder::open(path).map_err(|err| Error::of(&err).hint("check who may write there, or choose another place"))?;
    let folder = Arc::new(folder);
    let name = path.file_name().map(|name| format!("{}.index", name.to_string_lossy()));
    let index = name.map(|name| path.with_file_name(name));
    Ok(Storage { objects: folder.clone(), reads: folder, lock, index })
}

async fn open_lock(lock: &str, data: Option<&Path>) -> Result<Arc<dyn Lock>> {
    let hint = "the lock stands apart from the data: name a file elsewhere, or postgres://…";
    if lock.starts_with("postgres://") || lock.starts_with("postgresql://") {
        let opened = PostgresLock::open(lock).await;
        return Ok(Arc::new(opened.map_err(|err| Error::of(err).hint("check the address and that the server is up"))?));
    }
    Ok(Arc::new(SqliteLock::open(Path::new(lock), data).await.map_err(|err| Error::of(err).hint(hint))?))
}

/// A bucket, by `bucket/prefix`; credentials, region and endpoint come from the environment (`AWS_…`).
fn bucket(place: &str) -> Result<Bucket> {
    let (name, prefix) = place.split_once('/').unwrap_or((place, ""));
    let built =
        AmazonS3Builder::from_env().with_bucket_name(name).with_conditional_put(S3ConditionalPut::ETagMatch).build();
    let store = built.map_err(|err| {
        Error::of(format_args!("s3://{place}: {err}"))
            .hint("set AWS_REGION, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
    })?;
    Ok(Bucket::new(Arc::new(store), prefix))
}
