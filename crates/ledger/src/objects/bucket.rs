//! Objects in a bucket of any S3 service, through `object_store`.
//!
//! Not here: credentials and addresses (the caller builds the store). Invariants: every write has a condition, so that neither two
//! writers nor a write of ours that arrives late replace anything: `create` asks for no object (If-None-Match), `overwrite` for
//! the one that was there (If-Match). A write whose answer was lost is looked at before it is tried again. The service's "written" is
//! taken as durable; that it honours conditions is tried, never believed ([`Bucket::prove`]).

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use object_store::path::Path;
use object_store::{
    Error, GetOptions, ObjectStore, ObjectStoreExt as _, PutMode, PutOptions, PutPayload, PutResult, UpdateVersion,
};
use tokio::time::Instant;

use super::{Objects, ReadSide, is_plain};
use crate::error::StoreError;
use crate::start::NOTE_BYTES_MAX;

/// Where it is tried whether the service honours conditions. It stays, so that a later start asks twice and writes nothing.
const PROBE: &str = "staging/probe";
/// A write that failed on its way is tried again within this time, beyond what the store itself does.
const TRY_FOR: Duration = Duration::from_secs(20);
/// How often at most.
const TRIES: u32 = 4;
const BETWEEN_TRIES: Duration = Duration::from_millis(200);

/// A bucket, or a part of one below a prefix.
#[derive(Clone, Debug)]
pub struct Bucket {
    store: Arc<dyn ObjectStore>,
    prefix: Path,
    /// What stands where this process wrote last: the condition of its next overwrite.
    written: Arc<Mutex<BTreeMap<String, UpdateVersion>>>,
    /// The service knows its own tags without their quotes only (Ceph 16).
    are_tags_bare: Arc<AtomicBool>,
}

/// What came of one write.
enum Put {
    Done(PutResult),
    /// The condition does not hold: nothing was written by this.
    Refused,
    /// Nobody knows, or nothing was: it may be tried again.
    Lost(StoreError),
}

impl Bucket {
    /// Objects below `prefix` in this store.
    #[must_use]
    pub fn new(store: Arc<dyn ObjectStore>, prefix: &str) -> Bucket {
        Bucket { store, prefix: Path::from(prefix), written: Arc::default(), are_tags_bare: Arc::default() }
    }

    /// Tries whether the service refuses a write whose condition does not hold. To be asked at each start: the bucket's settings may
    /// have changed.
    ///
    /// # Errors
    /// [`StoreError::Unfit`] when it writes all the same; [`StoreError::Failed`] when it cannot be asked.
    pub async fn prove(&self) -> Result<(), StoreError> {
        let unfit = |what: &str| Err(StoreError::Unfit { what: what.to_owned() });
        // What stands there from an earlier start proves as much as what is made now.
        if self.tried(PutMode::Create, b"first\n").await? && self.tried(PutMode::Create, b"second\n").await? {
            return unfit("it replaces an object that it is asked to create only (If-None-Match)");
        }
        match self.overwrite(PROBE, b"first\n").await {
            Err(StoreError::Differs { .. }) => {
                return unfit("it does not replace an object that is the one it is asked for (If-Match)");
            }
            other => other?,
        }
        let another = UpdateVersion { e_tag: Some("\"00000000000000000000000000000000\"".to_owned()), version: None };
        if self.tried(self.only(another), b"third\n").await? {
            return unfit("it replaces an object whatever is asked to be there (If-Match)");
        }
        Ok(())
    }

    /// The condition that this very object stands there, as the service reads it.
    fn only(&self, mut version: UpdateVersion) -> PutMode {
        if self.are_tags_bare.load(Ordering::Relaxed) {
            version.e_tag = version.e_tag.map(|tag| tag.trim_matches('"').to_owned());
        }
        PutMode::Update(version)
    }

    /// Whether a write of the probe took place.
    async fn tried(&self, mode: PutMode, bytes: &[u8]) -> Result<bool, StoreError> {
        let mut tries = Tries::new();
        loop {
            match self.put(PROBE, bytes, mode.clone()).await? {
                Put::Done(_) => return Ok(true),
                Put::Refused => return Ok(false),
                Put::Lost(error) => tries.again(error).await?,
            }
        }
    }

    fn locate(&self, path: &str) -> Result<Path, StoreError> {
        match is_plain(path) {
            true => Ok(path.split('/').fold(self.prefix.clone(), |at, part| at.join(part))),
            false => Err(StoreError::failed(path, &"not the path of an object")),
        }
    }

    async fn put(&self, path: &str, bytes: &[u8], mode: PutMode) -> Result<Put, StoreError> {
        let options = PutOptions { mode, ..PutOptions::default() };
        match self.store.put_opts(&self.locate(path)?, PutPayload::from(bytes.to_vec()), options).await {
            Ok(done) => Ok(Put::Done(done)),
            Err(Error::AlreadyExists { .. } | Error::Precondition { .. } | Error::NotModified { .. }) => {
                Ok(Put::Refused)
            }
            Err(error @ Error::Generic { .. }) => Ok(Put::Lost(StoreError::failed(path, &words(&error)))),
            Err(error) => Err(StoreError::failed(path, &words(&error))),
        }
    }

    /// The object and which one it is.
    async fn get(&self, path: &str, size_bytes_max: usize) -> Result<Option<(Vec<u8>, UpdateVersion)>, StoreError> {
        let failed = |error: Error| StoreError::failed(path, &words(&error));
        let found = match self.store.get_opts(&self.locate(path)?, GetOptions::default()).await {
            Err(error @ Error::NotFound { .. }) if !is_no_bucket(&error) => return Ok(None),
            other => other.map_err(failed)?,
        };
        if found.meta.size > size_bytes_max as u64 {
            return Err(StoreError::too_large(path, size_bytes_max));
        }
        let version = UpdateVersion { e_tag: found.meta.e_tag.clone(), version: found.meta.version.clone() };
        Ok(Some((found.bytes().await.map_err(failed)?.to_vec(), version)))
    }

    /// Which object stands there as far as this process knows, and whether that is because it wrote it.
    async fn standing(&self, path: &str) -> Result<(Option<UpdateVersion>, bool), StoreError> {
        if let Some(version) = self.written().get(path) {
            return Ok((Some(version.clone()), true));
        }
        match self.store.head(&self.locate(path)?).await {
            Ok(meta) => Ok((Some(UpdateVersion { e_tag: meta.e_tag, version: meta.version }), false)),
            // Asked for its head alone, a service says no more than 404. Then the write will say that there is no bucket.
            Err(Error::NotFound { .. }) => Ok((None, false)),
            Err(error) => Err(StoreError::failed(path, &words(&error))),
        }
    }

    fn written(&self) -> MutexGuard<'_, BTreeMap<String, UpdateVersion>> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, path: &str, version: UpdateVersion) {
        match version.e_tag {
            Some(_) => self.written().insert(path.to_owned(), version),
            None => self.written().remove(path),
        };
    }
}

#[async_trait]
impl ReadSide for Bucket {
    async fn read(&self, path: &str, size_bytes_max: usize) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.get(path, size_bytes_max).await?.map(|(bytes, _)| bytes))
    }
}

#[async_trait]
impl Objects for Bucket {
    async fn create(&self, path: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let mut tries = Tries::new();
        loop {
            match self.put(path, bytes, PutMode::Create).await? {
                Put::Done(_) => return Ok(()),
                // The same bytes: an earlier run's, or our own by a write whose answer was lost.
                Put::Refused => match self.read(path, bytes.len()).await {
                    Ok(Some(there)) if there == bytes => return Ok(()),
                    Ok(Some(_)) | Err(StoreError::TooLarge { .. }) => {
                        return Err(StoreError::Differs { path: path.to_owned() });
                    }
                    // Refused for another write to it that was under way and did not take place.
                    Ok(None) => tries.again(StoreError::failed(path, &"refused, although it is not there")).await?,
                    Err(error) => return Err(error),
                },
                Put::Lost(error) => tries.again(error).await?,
            }
        }
    }

    async fn overwrite(&self, path: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let mut tries = Tries::new();
        loop {
            let (standing, is_ours) = self.standing(path).await?;
            let mode = standing.clone().map_or(PutMode::Create, |version| self.only(version));
            let lost = match self.put(path, bytes, mode).await? {
                Put::Done(done) => {
                    self.note(path, UpdateVersion::from(done));
                    return Ok(());
                }
                Put::Refused => None,
                Put::Lost(error) => Some(error),
            };
            // What is overwritten is a checkpoint.
            let there = match self.get(path, bytes.len().max(NOTE_BYTES_MAX)).await {
                Ok(Some((there, version))) if there == bytes => {
                    self.note(path, version);
                    return Ok(());
                }
                Ok(there) => there.map(|(_, version)| version),
                Err(StoreError::TooLarge { .. }) => None,
                Err(error) => return Err(error),
            };
            let is_the_same = there.is_some() && there == standing;
            match lost {
                Some(error) => tries.again(error).await?,
                None if is_the_same && !self.are_tags_bare.swap(true, Ordering::Relaxed) => {}
                // Somebody else writes here since.
                None if is_ours => return Err(StoreError::Differs { path: path.to_owned() }),
                // A write of a process that was killed has arrived. After the first of this process, none can.
                None => tries.again(StoreError::Differs { path: path.to_owned() }).await?,
            }
        }
    }

    async fn delete(&self, path: &str) -> Result<(), StoreError> {
        match self.store.delete(&self.locate(path)?).await {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(StoreError::failed(path, &words(&error))),
        }
    }
}

/// How often one write was tried, and for how long.
struct Tries {
    began: Instant,
    left: u32,
}

impl Tries {
    fn new() -> Tries {
        Tries { began: Instant::now(), left: TRIES }
    }

    /// Waits before the next try, or gives the error back when it was the last.
    async fn again(&mut self, error: StoreError) -> Result<(), StoreError> {
        self.left -= 1;
        if self.left == 0 || self.began.elapsed() > TRY_FOR {
            return Err(error);
        }
        tracing::warn!(%error, "a write to the bucket is tried again");
        tokio::time::sleep(BETWEEN_TRIES).await;
        Ok(())
    }
}

fn is_no_bucket(error: &Error) -> bool {
    error.to_string().contains("<Code>NoSuchBucket</Code>")
}

/// What a service said, in one line: its status and its code, or why there is no answer. Never its whole answer, which may quote
/// the request with its signature, nor the address, which may hold a password.
fn words(error: &Error) -> String {
    let whole = error.to_string();
    let between = |before: &str, after: &str| -> Option<&str> {
        let (_, rest) = whole.split_once(before)?;
        Some(rest.split(after).next().unwrap_or(rest))
    };
    if whole.contains("/latest/api/token") || whole.contains("/latest/meta-data") {
        return "there are no credentials (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY), and no service of the machine gives any".into();
    }
    if let Some(status) = between("status code: ", ":") {
        return match between("<Code>", "</Code>") {
            Some(code) => format!("the service answers {status} ({code})"),
            None => format!("the service answers {status}"),
        };
    }
    if let Some(code) = between("(code: ", ")") {
        return format!("the service answers {code}");
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    format!("no answer from the service: {cause}")
}
