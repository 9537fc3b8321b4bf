//! Where ciphertext lies, by its digest: a folder, a bucket of any S3 service, or memory.
//!
//! Not here: keys, catalogues, what an object means (`cipher` makes it). Invariants every store keeps: a name holds the bytes whose
//! digest it is, whole and durable, or nothing; a read gives exactly what was asked for or an error; `delete` says that an object is
//! gone only after looking again; memory is bounded whatever an object's length.

mod bucket;
mod digest;
mod error;
mod folder;
mod later;
mod memory;
mod owner;
mod reading;

use std::fmt::Debug;
use std::io;
use std::ops::Range;
use std::time::Duration;

use async_trait::async_trait;

pub use bucket::Bucket;
pub use digest::{Digest, Hashing, NotADigest};
pub use error::StoreError;
pub use folder::Folder;
pub use later::Later;
pub use memory::Memory;
pub use owner::Owner;
pub use reading::Reading;

/// A file of this machine, whatever its names: the device, and the number that it has there (its inode).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileId(pub u64, pub u64);

/// The bytes of an object on their way into a store.
#[async_trait]
pub trait Source: Send {
    /// The next bytes, as many as are at hand; `None` at the end. Pieces of 64 KiB to a few MiB are quickest.
    ///
    /// # Errors
    /// Whatever keeps the rest from being read; the object is then not written.
    async fn next(&mut self) -> io::Result<Option<Vec<u8>>>;
}

/// Bytes in memory are a source; what was taken is gone.
#[async_trait]
impl Source for Vec<u8> {
    async fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        Ok((!self.is_empty()).then(|| std::mem::take(self)))
    }
}

/// What came of a [`Store::put`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    /// The object was written, and what was written has the digest.
    Written,
    /// Something stands there already, and nothing was read from the source. Whether it is whole is for the caller to see
    /// ([`Store::read_whole`]).
    AlreadyThere,
}

/// What came of a [`Store::put_new`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct New {
    /// The name that the object's bytes gave it.
    pub digest: Digest,
    /// How many bytes they are.
    pub len_bytes: u64,
    /// Whether they were written.
    pub put: Put,
}

/// What a [`Store::delete`] removed. All zero when there was nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Deleted {
    /// Versions of the object.
    pub versions: u64,
    /// What only hid versions (delete markers).
    pub markers: u64,
    /// Half-written leftovers of writing it.
    pub unfinished: u64,
}

/// A store of objects. Several processes may use one at once.
#[async_trait]
pub trait Store: Send + Sync + Debug {
    /// Writes an object of so many bytes under its digest, unless something stands there. When it returns, the object is durable.
    ///
    /// # Errors
    /// [`StoreError::NotAsAnnounced`] when the source gives other bytes, [`StoreError::Source`] when it fails: then nothing stands
    /// at the name. After any other error the whole object may stand there, never a part or anything else.
    async fn put(&self, digest: &Digest, len_bytes: u64, source: &mut dyn Source) -> Result<Put, StoreError>;

    /// Writes an object in place of whatever stands there, which goes only once the new one is whole and has the digest. A bucket that keeps
    /// versions keeps what was there beneath it, until [`Store::delete`].
    ///
    /// # Errors
    /// As [`Store::put`]; what stood there stands still, or the whole object does.
    async fn put_over(&self, digest: &Digest, len_bytes: u64, source: &mut dyn Source) -> Result<(), StoreError>;

    /// Where the store keeps versions: lets the newest one that is whole be the object again, by removing what was put over it, and nothing
    /// that is whole. Whether something was removed and the object is whole by that.
    ///
    /// # Errors
    /// [`StoreError::Locked`] when the store must not remove what lies over it; [`StoreError::Failed`].
    async fn uncover(&self, _digest: &Digest, _len_bytes: u64) -> Result<bool, StoreError> {
        Ok(false)
    }

    /// Writes an object whose name is known only once all its bytes have gone by, so that they need be made only once. `None`, and nothing
    /// read from the source, where the store has to know the name first.
    ///
    /// # Errors
    /// As [`Store::put`]. What was half written has no name that [`Store::delete`] could know; it is left to [`Store::tidy`].
    async fn put_new(&self, _source: &mut dyn Source) -> Result<Option<New>, StoreError> {
        Ok(None)
    }

    /// How long the object is; `None` when there is none.
    ///
    /// # Errors
    /// [`StoreError::Failed`] when the store cannot tell.
    async fn len(&self, digest: &Digest) -> Result<Option<u64>, StoreError>;

    /// In which file of this machine the object lies; `None` where it lies in none, as in a bucket, or is not there.
    ///
    /// # Errors
    /// Those of [`Store::len`].
    async fn file(&self, _digest: &Digest) -> Result<Option<FileId>, StoreError> {
        Ok(None)
    }

    /// Exactly these bytes of the object, not held against its digest. An empty range asks nothing of the store.
    ///
    /// # Errors
    /// [`StoreError::Missing`]; [`StoreError::Short`] when the object ends before the range does.
    async fn read(&self, digest: &Digest, range: Range<u64>) -> Result<Vec<u8>, StoreError>;

    /// The whole object, piece by piece, held against its digest at the end.
    ///
    /// # Errors
    /// [`StoreError::Missing`].
    async fn read_whole(&self, digest: &Digest) -> Result<Reading, StoreError>;

    /// Removes every version of the object, what hides them, and what was ever half written for it; then looks again. Once begun it
    /// can be repeated until it is done. A write that is on its way meanwhile may arrive later: it shows in [`Store::list`].
    ///
    /// # Errors
    /// [`StoreError::Locked`] when the store must not remove it; [`StoreError::StillThere`] when something is left all the same.
    async fn delete(&self, digest: &Digest) -> Result<Deleted, StoreError>;

    /// The digests behind `after` at which anything stands, in order, at most `limit` of them. Fewer than that: there are no more.
    /// A name whose object is only hidden is listed too.
    ///
    /// # Errors
    /// [`StoreError::Failed`] when the store cannot tell.
    async fn list(&self, after: Option<&Digest>, limit: usize) -> Result<Vec<Digest>, StoreError>;

    /// Removes what earlier runs left half written, and says how many. A folder knows by itself whether the writer lives; in a bucket what
    /// was begun longer ago than `older_than`, by the service's clock, is taken for left.
    ///
    /// # Errors
    /// [`StoreError::Failed`]; what was not removed is there next time.
    async fn tidy(&self, older_than: Duration) -> Result<u64, StoreError>;

    /// Whose the store is; `None` where nobody has said so.
    ///
    /// # Errors
    /// [`StoreError::OddOwner`] for a mark that cannot be read; [`StoreError::Failed`] when the store cannot tell.
    async fn owner(&self) -> Result<Option<Owner>, StoreError>;

    /// Says whose the store is, unless somebody has said so before; whose it is then.
    ///
    /// # Errors
    /// As [`Store::owner`], and those of writing.
    async fn claim(&self, owner: &Owner) -> Result<Owner, StoreError>;

    /// Forbids or allows the store itself to remove the object (a legal hold on every version). Whether the store can.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is nothing to lock.
    async fn lock(&self, digest: &Digest, on: bool) -> Result<bool, StoreError>;
}
