//! Things in and out of stores: taken in twice checked, read by range, looked over, repaired, removed.
//!
//! Not here: how a thing comes in (`take`), keys beyond the one of the thing (`keyring`), what a thing is and who may see it
//! (casework, the desk). Invariants: "kept" is said after the ciphertext was read back from each store, opened and held against what was given; nothing is given out
//! that was not authenticated in its place; an object is repaired only from one whose digest was seen to be right; plaintext is
//! in memory only, one piece at a time, and wiped.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::cipher::{
    CipherError, HEAD_LEN_BYTES, Label, ObjectKey, Opening, SALT_LEN_BYTES, SEALED_LEN_BYTES, Span, plain_len,
};
use crate::store::{Deleted, Digest, Put, Store, StoreError};
use crate::take::{Plain, Taking};

/// A thing's object: where it is, and what opens it but for its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The thing's id.
    pub id: [u8; 16],
    /// What kind of thing it is, as it was encrypted.
    pub kind: String,
    /// The object's name.
    pub digest: Digest,
    /// The object's length.
    pub sealed_len_bytes: u64,
}

impl Held {
    fn label(&self) -> Label<'_> {
        Label { kind: &self.kind, id: &self.id }
    }
}

/// Why a thing is not taken in, not given out or not removed.
#[derive(Debug)]
#[non_exhaustive]
pub enum VaultError {
    /// The store.
    Store(StoreError),
    /// The ciphertext is damaged, or the key is not its key. Nothing of it was given out.
    Cipher(CipherError),
    /// What is to be kept could not be read.
    Plain(std::io::Error),
    /// What is to be kept changed while it was read: nothing is kept.
    Changed,
    /// What stands in the store is not what was given. Nothing is kept; look at the store.
    ReadBack,
    /// It cannot be repaired: no store has it whole. Bring it back from a backup.
    NoSource,
    /// The range does not lie in the object.
    Range {
        /// Its length.
        len_bytes: u64,
    },
}

impl fmt::Display for VaultError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            VaultError::Store(error) => error.fmt(f),
            VaultError::Cipher(error) => error.fmt(f),
            VaultError::Plain(error) => write!(f, "it cannot be read: {error}"),
            VaultError::Changed => write!(f, "it changed while it was read"),
            VaultError::ReadBack => write!(f, "what the store gives back is not what it was given"),
            VaultError::NoSource => write!(f, "no store has it whole"),
            VaultError::Range { len_bytes } => write!(f, "the range does not lie in its {len_bytes} bytes"),
        }
    }
}

impl std::error::Error for VaultError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            VaultError::Store(error) => Some(error),
            VaultError::Cipher(error) => Some(error),
            VaultError::Plain(error) => Some(error),
            _ => None,
        }
    }
}

impl From<StoreError> for VaultError {
    fn from(error: StoreError) -> VaultError {
        VaultError::Store(error)
    }
}

impl From<CipherError> for VaultError {
    fn from(error: CipherError) -> VaultError {
        VaultError::Cipher(error)
    }
}

/// What one look at an object in one store found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// Its bytes have its digest.
    Whole,
    /// It is not there.
    Missing,
    /// Its bytes are others, too few, or cannot be read.
    Rotten,
}

/// One store, or two that hold the same.
#[derive(Clone, Debug)]
pub struct Vault {
    stores: Vec<Arc<dyn Store>>,
}

impl Vault {
    /// A vault over a store, and over a second one from which what is rotten is repaired.
    #[must_use]
    pub fn new(main: Arc<dyn Store>, second: Option<Arc<dyn Store>>) -> Vault {
        Vault { stores: std::iter::once(main).chain(second).collect() }
    }

    /// Its stores, the main one first.
    #[must_use]
    pub fn stores(&self) -> &[Arc<dyn Store>] {
        &self.stores
    }

    /// Encrypts a thing, writes it into every store and reads it back from each. `salt` is fresh chance.
    ///
    /// # Errors
    /// After any error nothing is kept: what this call had written is removed again. Where that fails too, or the process ends, an
    /// object that opens for nobody may be left, which [`Vault::remove`] removes.
    pub async fn take(
        &self,
        plain: &Arc<dyn Plain>,
        label: Label<'_>,
        key: &ObjectKey,
        salt: &[u8; SALT_LEN_BYTES],
    ) -> Result<Held, VaultError> {
        let taking = Taking { plain, label, key, salt };
        let mut written = Vec::new();
        let kept = self.take_into(&taking, &mut written).await;
        if kept.is_err() {
            for (store, digest) in written {
                // The caller is told that nothing is kept, and can remove what this leaves.
                let _ = store.delete(&digest).await;
            }
        }
        kept
    }

    /// Writes it into each store and looks at it there. What was written, whatever comes of it, is noted.
    async fn take_into<'s>(
        &'s self,
        taking: &Taking<'_>,
        written: &mut Vec<(&'s Arc<dyn Store>, Digest)>,
    ) -> Result<Held, VaultError> {
        let mut named: Option<Held> = None;
        for store in &self.stores {
            let (held, put) = match named.take() {
                None => taking.put_first(&**store).await?,
                Some(held) => {
                    let put = taking.put(&**store, &held).await?;
                    (held, put)
                }
            };
            // What stood there before is not this call's to remove.
            written.extend((put == Put::Written).then_some((store, held.digest)));
            taking.check(&**store, &held).await?;
            named = Some(held);
        }
        Ok(named.expect("there is a store"))
    }

    /// Opens an object: from the main store, or from the second where the main one does not have it. What one has damaged is read from
    /// the other later on, too.
    ///
    /// # Errors
    /// That of the main store when no store gives it.
    pub async fn open(&self, held: &Held, key: &ObjectKey) -> Result<Object, VaultError> {
        let mut first = None;
        for number in 0..self.stores.len() {
            let mut stores = self.stores.clone();
            stores.rotate_left(number);
            match Object::open(stores, held, key).await {
                Ok(object) => return Ok(object),
                Err(error) => first = first.or(Some(error)),
            }
        }
        Err(first.unwrap_or(VaultError::Store(StoreError::Missing { digest: held.digest })))
    }

    /// Reads an object whole in each store and holds it against its digest.
    ///
    /// # Errors
    /// A store that cannot tell.
    pub async fn look(&self, digest: &Digest, sealed_len_bytes: u64) -> Result<Vec<Found>, VaultError> {
        let mut found = Vec::new();
        for store in &self.stores {
            found.push(look(&**store, digest, sealed_len_bytes).await?);
        }
        Ok(found)
    }

    /// Makes an object whole in the store of that number: from an older version there, or by writing it anew from another store in which
    /// it is whole; and looks at it again. The number of the store that had it. What stands there goes only once the right bytes are there.
    ///
    /// # Errors
    /// When no store has it whole, nothing is touched.
    pub async fn repair(&self, digest: &Digest, sealed_len_bytes: u64, number: usize) -> Result<usize, VaultError> {
        let broken = self.stores.get(number).ok_or(VaultError::NoSource)?;
        // A store that cannot tell of older versions, or must not remove what lies over them, can still be written to.
        let uncovered = broken.uncover(digest, sealed_len_bytes).await;
        if matches!(uncovered, Ok(true)) {
            return is_mended(&**broken, digest, sealed_len_bytes).await.map(|()| number);
        }
        for (from, store) in self.stores.iter().enumerate().filter(|(from, _)| *from != number) {
            let is_whole = look(&**store, digest, sealed_len_bytes).await? == Found::Whole
                || matches!(store.uncover(digest, sealed_len_bytes).await, Ok(true));
            if is_whole {
                let mut reading = store.read_whole(digest).await?;
                broken.put_over(digest, sealed_len_bytes, &mut reading).await?;
                return is_mended(&**broken, digest, sealed_len_bytes).await.map(|()| from);
            }
        }
        uncovered?;
        Err(VaultError::NoSource)
    }

    /// Removes an object from every store, every version of it.
    ///
    /// # Errors
    /// What a store still has. It can be asked again until it is done.
    pub async fn remove(&self, digest: &Digest) -> Result<Vec<Deleted>, VaultError> {
        let mut gone = Vec::new();
        for store in &self.stores {
            gone.push(store.delete(digest).await?);
        }
        Ok(gone)
    }
}

async fn is_mended(store: &dyn Store, digest: &Digest, sealed_len_bytes: u64) -> Result<(), VaultError> {
    match look(store, digest, sealed_len_bytes).await? {
        Found::Whole => Ok(()),
        _ => Err(VaultError::ReadBack),
    }
}

async fn look(store: &dyn Store, digest: &Digest, sealed_len_bytes: u64) -> Result<Found, VaultError> {
    let wrong = |error: StoreError| match error {
        StoreError::Missing { .. } => Ok(Found::Missing),
        StoreError::Short { .. } | StoreError::Rotten { .. } | StoreError::Unreadable { .. } => Ok(Found::Rotten),
        other => Err(VaultError::Store(other)),
    };
    let read = async { store.read_whole(digest).await?.of_length(sealed_len_bytes)?.check().await };
    match read.await {
        Ok(()) => Ok(Found::Whole),
        Err(error) => wrong(error),
    }
}

/// An object that is open: its head and its end have been authenticated.
pub struct Object {
    /// First the one that it was opened from.
    stores: Vec<Arc<dyn Store>>,
    digest: Digest,
    opening: Opening,
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Object({})", self.digest)
    }
}

impl Object {
    /// From the first of the stores; the others are asked for what it does not give.
    async fn open(stores: Vec<Arc<dyn Store>>, held: &Held, key: &ObjectKey) -> Result<Object, VaultError> {
        plain_len(held.sealed_len_bytes)?;
        let missing = StoreError::Missing { digest: held.digest };
        let store = stores.first().ok_or(missing)?;
        let head = store.read(&held.digest, 0..HEAD_LEN_BYTES as u64).await?;
        let head: &[u8; HEAD_LEN_BYTES] = head.as_slice().try_into().map_err(|_| CipherError::Length)?;
        let opening = Opening::begin(key, head, held.sealed_len_bytes, held.label())?;
        // Until its last chunk has been opened, an object that was cut at a chunk's end looks whole.
        let last = opening.last_chunk();
        let mut chunk = Zeroizing::new(store.read(&held.digest, opening.sealed_range(last)).await?);
        opening.open(last, &mut chunk)?;
        Ok(Object { stores, digest: held.digest, opening })
    }

    /// Length of the plaintext.
    #[must_use]
    pub fn len_bytes(&self) -> u64 {
        self.opening.plain_len_bytes()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len_bytes() == 0
    }

    /// Exactly these bytes of the plaintext. No other part of the object is fetched than the chunks they lie in.
    ///
    /// # Errors
    /// [`VaultError::Range`]; what no store has undamaged is not given out, and the error is that of the first one asked.
    pub async fn read(&self, range: Range<u64>) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        if range.start > range.end || range.end > self.len_bytes() {
            return Err(VaultError::Range { len_bytes: self.len_bytes() });
        }
        let span = self.opening.span(range);
        if span.chunks.is_empty() {
            return Ok(Zeroizing::new(Vec::new()));
        }
        let mut first = None;
        for store in &self.stores {
            match self.read_from(&**store, &span).await {
                Ok(plain) => return Ok(plain),
                Err(error) => first = first.or(Some(error)),
            }
        }
        Err(first.unwrap_or(VaultError::Store(StoreError::Missing { digest: self.digest })))
    }

    async fn read_from(&self, store: &dyn Store, span: &Span) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let mut sealed = Zeroizing::new(store.read(&self.digest, span.sealed.clone()).await?);
        let len = usize::try_from(span.len_bytes).unwrap_or(usize::MAX);
        let (mut plain, mut skip) = (Zeroizing::new(Vec::with_capacity(len)), span.skip_bytes);
        for (number, chunk) in span.chunks.clone().zip(sealed.chunks_mut(SEALED_LEN_BYTES)) {
            let opened = &self.opening.open(number, chunk)?[std::mem::take(&mut skip)..];
            let wanted = opened.len().min(len - plain.len());
            plain.extend_from_slice(&opened[..wanted]);
        }
        Ok(plain)
    }
}
