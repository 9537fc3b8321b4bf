//! Objects in a bucket of any S3 service, with or without versions and object lock.
//!
//! Not here: how a request is made (`service`). Invariants: the service's "written" is taken as durable, but an object has its name only
//! after all its bytes were held against its digest; every removal names a version, so that none only hides; what a service says
//! is looked at a second way before an object is called gone. A write that arrives late, when its process was killed or its object
//! deleted, writes those same bytes: ciphertext whose key may be gone, found by the next list.

mod reading;
mod service;
mod upload;
mod versions;
mod xml;

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use object_store::aws::AmazonS3Builder;

use super::owner::OWNER;
use super::{Deleted, Digest, Owner, Put, Reading, Source, Store, StoreError};
use reading::Getting;
use service::{Answer, Ask, Refused, Service, Tries};
use upload::Over;

/// A bucket, or a part of one below a prefix. Clones share it.
#[derive(Clone, Debug)]
pub struct Bucket {
    service: Arc<Service>,
    /// Empty, or ends with a slash.
    prefix: String,
}

impl Bucket {
    /// Objects below `prefix` in this bucket. Credentials, region, address and connections are what the settings say; how long a request
    /// may take and how often it is made are not.
    ///
    /// # Errors
    /// [`StoreError::Unfit`] when the settings cannot be used.
    pub fn open(settings: AmazonS3Builder, bucket: &str, prefix: &str) -> Result<Bucket, StoreError> {
        let is_plain = |part: &str| {
            let plain = part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte));
            plain && !matches!(part, "" | "." | "..")
        };
        let prefix = prefix.trim_end_matches('/');
        if !is_plain(bucket) || !(prefix.is_empty() || prefix.split('/').all(is_plain)) {
            let what = "names of buckets and prefixes are of letters, digits, dots, dashes and slashes".to_owned();
            return Err(StoreError::Unfit { what });
        }
        let prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
        Ok(Bucket { service: Arc::new(Service::new(settings, bucket)?), prefix })
    }

    fn key(&self, digest: &Digest) -> String {
        format!("{}{}", self.prefix, digest.path())
    }

    fn owner_key(&self) -> String {
        format!("{}{OWNER}", self.prefix)
    }

    /// The digest whose object has that key.
    fn digest(&self, key: &str) -> Option<Digest> {
        Digest::of_path(key.strip_prefix(&self.prefix)?)
    }

    /// How long the newest version is, or what hides it. A service that has no bucket says the same as one that has no object.
    async fn head(&self, what: &str, key: &str, version: Option<&str>) -> Result<Head, StoreError> {
        let mut ask = Ask::new("HEAD", key);
        if let Some(version) = version {
            ask = ask.query("versionId", version);
        }
        let read = |answer: Answer| match answer.status {
            200 => match answer.header("content-length").and_then(|len| len.parse().ok()) {
                Some(len_bytes) => Ok(Head::Object { len_bytes }),
                None => Err(Refused::Again("the service does not say how long the object is".to_owned())),
            },
            404 | 405 if answer.header("x-amz-delete-marker") == Some("true") => Ok(Head::Hidden),
            404 => Ok(Head::None),
            _ => Err(Refused::Never(answer.words())),
        };
        self.service.ask(what, &ask, read).await
    }
}

/// What a service says of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Head {
    Object {
        len_bytes: u64,
    },
    /// Something stands there that a delete marker hides.
    Hidden,
    None,
}

/// How errors about the mark begin.
const WHOSE: &str = "the mark that says whose the store is";

/// How errors about an object begin.
fn object(digest: &Digest) -> String {
    format!("object {digest}")
}

#[async_trait]
impl Store for Bucket {
    async fn put(&self, digest: &Digest, len_bytes: u64, source: &mut dyn Source) -> Result<Put, StoreError> {
        self.upload(digest, len_bytes, source).await
    }

    async fn put_over(&self, digest: &Digest, len_bytes: u64, source: &mut dyn Source) -> Result<(), StoreError> {
        self.upload_over(digest, len_bytes, source).await
    }

    async fn uncover(&self, digest: &Digest, len_bytes: u64) -> Result<bool, StoreError> {
        self.uncover_whole(digest, len_bytes).await
    }

    async fn len(&self, digest: &Digest) -> Result<Option<u64>, StoreError> {
        let (what, key) = (object(digest), self.key(digest));
        if let Head::Object { len_bytes } = self.head(&what, &key, None).await? {
            return Ok(Some(len_bytes));
        }
        // An answer with a body says which it is that is not there, the object or the bucket.
        let none = |answer: Answer| match (answer.status, answer.code().as_deref()) {
            (404, Some("NoSuchKey")) => Ok(None),
            (200 | 206 | 416, _) => Err(Refused::Again("the service contradicts itself".to_owned())),
            _ => Err(Refused::Never(answer.words())),
        };
        self.service.ask(&what, &Ask::new("GET", &key).header("range", "bytes=0-0"), none).await
    }

    async fn read(&self, digest: &Digest, range: Range<u64>) -> Result<Vec<u8>, StoreError> {
        if range.is_empty() {
            return Ok(Vec::new());
        }
        Getting::new(self, digest, range).all().await
    }

    async fn read_whole(&self, digest: &Digest) -> Result<Reading, StoreError> {
        let len_bytes = self.len(digest).await?.ok_or(StoreError::Missing { digest: *digest })?;
        Ok(Reading::new(digest, len_bytes, Box::new(Getting::new(self, digest, 0..len_bytes))))
    }

    async fn delete(&self, digest: &Digest) -> Result<Deleted, StoreError> {
        self.delete_versions(digest).await
    }

    async fn list(&self, after: Option<&Digest>, limit: usize) -> Result<Vec<Digest>, StoreError> {
        self.list_names(after, limit).await
    }

    async fn tidy(&self, older_than: Duration) -> Result<u64, StoreError> {
        self.abort_left(older_than).await
    }

    /// The first mark counts: some services let a second version be written where something stands, though they are asked not to.
    async fn owner(&self) -> Result<Option<Owner>, StoreError> {
        let key = self.owner_key();
        let Some(version) = self.oldest(WHOSE, &key).await? else { return Ok(None) };
        let read = |answer: Answer| match answer.status {
            200 => Ok(answer.into_body()),
            _ => Err(Refused::Never(answer.words())),
        };
        let ask = Ask::new("GET", &key).query("versionId", &version);
        Owner::of_mark(&self.service.ask(WHOSE, &ask, read).await?).map(Some)
    }

    async fn claim(&self, owner: &Owner) -> Result<Owner, StoreError> {
        if let Some(there) = self.owner().await? {
            return Ok(there);
        }
        self.put_whole(WHOSE, &self.owner_key(), owner.mark(), Over::Nothing).await?;
        let mut tries = Tries::new();
        loop {
            if let Some(owner) = self.owner().await? {
                return Ok(owner);
            }
            let why = "the service took it and does not show it";
            if !tries.again(WHOSE, why).await {
                return Err(StoreError::failed(WHOSE, why));
            }
        }
    }

    async fn lock(&self, digest: &Digest, on: bool) -> Result<bool, StoreError> {
        self.hold_versions(digest, on).await
    }
}
