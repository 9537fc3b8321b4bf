//! Objects in memory: for tests and simulations. Nothing outlives the process.
//!
//! Not here: faults (the tests damage what it holds by [`Memory::replace`]). Invariant: the same contract as the others, durability
//! apart; a lock is kept as a bucket with object lock keeps it.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use super::digest::Tally;
use super::reading::Pieces;
use super::{Deleted, Digest, New, Owner, Put, Reading, Source, Store, StoreError};

/// Pieces of a whole object are so long.
const PIECE_LEN_BYTES: usize = 1 << 20;

/// Objects by digest. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    objects: Arc<Mutex<BTreeMap<Digest, Object>>>,
    owner: Arc<Mutex<Option<Owner>>>,
}

#[derive(Clone, Debug)]
struct Object {
    bytes: Arc<Vec<u8>>,
    /// What was put over, the newest last.
    versions: Vec<Arc<Vec<u8>>>,
    is_locked: bool,
}

impl Object {
    fn new(bytes: Vec<u8>) -> Object {
        Object { bytes: Arc::new(bytes), versions: Vec::new(), is_locked: false }
    }
}

impl Memory {
    /// An empty store.
    #[must_use]
    pub fn new() -> Memory {
        Memory::default()
    }

    /// Lets other bytes stand at a name, as a disk that rots does; `None` loses the object.
    pub fn replace(&self, digest: &Digest, bytes: Option<Vec<u8>>) {
        let object = bytes.map(Object::new);
        let mut held = self.held();
        match object {
            Some(object) => held.insert(*digest, object),
            None => held.remove(digest),
        };
    }

    /// Lets other bytes be the newest version of an object, as anybody can who may write to a bucket that keeps versions.
    pub fn cover(&self, digest: &Digest, bytes: Vec<u8>) {
        if let Some(object) = self.held().get_mut(digest) {
            object.versions.push(std::mem::replace(&mut object.bytes, Arc::new(bytes)));
        }
    }

    /// Lets the mark be lost that says whose the store is.
    pub fn lose_owner(&self) {
        *self.owned() = None;
    }

    fn owned(&self) -> MutexGuard<'_, Option<Owner>> {
        self.owner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn held(&self) -> MutexGuard<'_, BTreeMap<Digest, Object>> {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All that a source gives, under its name.
    async fn gather(&self, tally: Tally, source: &mut dyn Source) -> Result<New, StoreError> {
        let (digest, bytes) = read_all(tally, source).await?;
        let len_bytes = bytes.len() as u64;
        let put = match self.held().entry(digest) {
            Entry::Occupied(_) => Put::AlreadyThere,
            Entry::Vacant(place) => {
                place.insert(Object::new(bytes));
                Put::Written
            }
        };
        Ok(New { digest, len_bytes, put })
    }

    fn find(&self, digest: &Digest) -> Result<Arc<Vec<u8>>, StoreError> {
        let held = self.held();
        held.get(digest).map(|object| Arc::clone(&object.bytes)).ok_or(StoreError::Missing { digest: *digest })
    }
}

/// All that a source gives, when it is what was announced.
async fn read_all(mut tally: Tally, source: &mut dyn Source) -> Result<(Digest, Vec<u8>), StoreError> {
    let mut bytes = Vec::new();
    while let Some(piece) = source.next().await.map_err(StoreError::Source)? {
        tally.take(&piece)?;
        bytes.extend_from_slice(&piece);
    }
    Ok((tally.finish()?.0, bytes))
}

#[async_trait]
impl Store for Memory {
    async fn put(&self, digest: &Digest, len_bytes: u64, source: &mut dyn Source) -> Result<Put, StoreError> {
        if self.held().contains_key(digest) {
            return Ok(Put::AlreadyThere);
        }
        Ok(self.gather(Tally::new(digest, len_bytes), source).await?.put)
    }

    async fn put_over(&self, digest: &Digest, len_bytes: u64, source: &mut dyn Source) -> Result<(), StoreError> {
        let (digest, bytes) = read_all(Tally::new(digest, len_bytes), source).await?;
        let mut held = self.held();
        match held.get_mut(&digest) {
            Some(object) => object.bytes = Arc::new(bytes),
            None => drop(held.insert(digest, Object::new(bytes))),
        }
        Ok(())
    }

    async fn uncover(&self, digest: &Digest, len_bytes: u64) -> Result<bool, StoreError> {
        let is_whole = |bytes: &Vec<u8>| bytes.len() as u64 == len_bytes && Digest::of(bytes) == *digest;
        let mut held = self.held();
        let Some(object) = held.get_mut(digest) else { return Ok(false) };
        if is_whole(&object.bytes) {
            return Ok(false);
        }
        let Some(at) = object.versions.iter().rposition(|version| is_whole(version)) else { return Ok(false) };
        object.bytes = object.versions.split_off(at).swap_remove(0);
        Ok(true)
    }

    async fn put_new(&self, source: &mut dyn Source) -> Result<Option<New>, StoreError> {
        self.gather(Tally::unannounced(), source).await.map(Some)
    }

    async fn len(&self, digest: &Digest) -> Result<Option<u64>, StoreError> {
        Ok(self.held().get(digest).map(|object| object.bytes.len() as u64))
    }

    async fn read(&self, digest: &Digest, range: Range<u64>) -> Result<Vec<u8>, StoreError> {
        if range.is_empty() {
            return Ok(Vec::new());
        }
        let bytes = self.find(digest)?;
        let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
        let found = bytes.get(place(range.start)..place(range.end));
        found.map(<[u8]>::to_vec).ok_or(StoreError::Short { digest: *digest })
    }

    async fn read_whole(&self, digest: &Digest) -> Result<Reading, StoreError> {
        let bytes = self.find(digest)?;
        Ok(Reading::new(digest, bytes.len() as u64, Box::new(Rest { bytes, at: 0 })))
    }

    async fn delete(&self, digest: &Digest) -> Result<Deleted, StoreError> {
        let mut held = self.held();
        if held.get(digest).is_some_and(|object| object.is_locked) {
            return Err(StoreError::Locked { digest: *digest });
        }
        let versions = u64::from(held.remove(digest).is_some());
        Ok(Deleted { versions, ..Deleted::default() })
    }

    async fn list(&self, after: Option<&Digest>, limit: usize) -> Result<Vec<Digest>, StoreError> {
        let held = self.held();
        Ok(held.keys().filter(|digest| after.is_none_or(|after| *digest > after)).take(limit).copied().collect())
    }

    async fn tidy(&self, _older_than: Duration) -> Result<u64, StoreError> {
        Ok(0)
    }

    async fn owner(&self) -> Result<Option<Owner>, StoreError> {
        Ok(*self.owned())
    }

    async fn claim(&self, owner: &Owner) -> Result<Owner, StoreError> {
        Ok(*self.owned().get_or_insert(*owner))
    }

    async fn lock(&self, digest: &Digest, on: bool) -> Result<bool, StoreError> {
        match self.held().get_mut(digest) {
            Some(object) => object.is_locked = on,
            None => return Err(StoreError::Missing { digest: *digest }),
        }
        Ok(true)
    }
}

/// What of an object is still to be read.
struct Rest {
    bytes: Arc<Vec<u8>>,
    at: usize,
}

#[async_trait]
impl Pieces for Rest {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, StoreError> {
        let end = self.bytes.len().min(self.at + PIECE_LEN_BYTES);
        let piece = self.bytes[self.at..end].to_vec();
        self.at = end;
        Ok((!piece.is_empty()).then_some(piece))
    }
}
