//! A thing on its way in: encrypted into each store, hashed on the way, then read back, opened and held against what was given.
//!
//! Not here: what is done with it afterwards (`vault`). Each pass is a pipeline: a thread of its own reads and encrypts, or opens and
//! compares, while another hashes and writes, or reads. What comes back is not hashed again: under one key and nonce a plaintext has one
//! ciphertext, so what opens chunk by chunk to what was given is what was hashed. Invariants: what is told to be right was hashed, opened,
//! and is byte for byte what was given; memory is bounded by the pieces that wait; plaintext is wiped.

use std::sync::Arc;
use std::{io, thread};

use async_trait::async_trait;
use tokio::sync::{mpsc, oneshot};
use zeroize::Zeroizing;

use crate::cipher::{
    CHUNK_LEN_BYTES, CipherError, HEAD_LEN_BYTES, Label, ObjectKey, Opening, SALT_LEN_BYTES, SEALED_LEN_BYTES, Sealing,
    sealed_len,
};
use crate::store::{Digest, Hashing, Put, Source, Store, StoreError};
use crate::vault::{Held, VaultError};

/// How much plaintext is read, encrypted and handed on at a time: whole chunks.
const PIECE_LEN_BYTES: usize = 16 * CHUNK_LEN_BYTES;
/// Pieces that wait for the other thread.
const PIECES_WAITING: usize = 4;

/// What is to be kept. It is read again in each pass (two for each store; one more where the first must know its name beforehand), and must
/// be the same each time.
pub trait Plain: Send + Sync {
    /// Its length.
    fn len_bytes(&self) -> u64;

    /// Fills `buffer` from `offset`; it lies within the length.
    ///
    /// # Errors
    /// Whatever reading fails with.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()>;
}

impl Plain for Vec<u8> {
    fn len_bytes(&self) -> u64 {
        self.len() as u64
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        let begin = usize::try_from(offset).unwrap_or(usize::MAX);
        let there = self.get(begin..begin.saturating_add(buffer.len()));
        buffer.copy_from_slice(there.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }
}

/// A thing that is being taken in.
pub(crate) struct Taking<'a> {
    pub(crate) plain: &'a Arc<dyn Plain>,
    pub(crate) label: Label<'a>,
    pub(crate) key: &'a ObjectKey,
    pub(crate) salt: &'a [u8; SALT_LEN_BYTES],
}

impl Taking<'_> {
    /// Writes it into a store that gives it its name; into one that must know the name first, it is encrypted once more for that.
    pub(crate) async fn put_first(&self, store: &dyn Store) -> Result<(Held, Put), VaultError> {
        let sealed_len_bytes = sealed_len(self.plain.len_bytes()).ok_or(CipherError::TooLong)?;
        let held = |digest| Held { id: *self.label.id, kind: self.label.kind.to_owned(), digest, sealed_len_bytes };
        if let Some(new) = store.put_new(&mut self.encrypt()).await.map_err(refused)? {
            return Ok((held(new.digest), new.put));
        }
        let held = held(self.name().await?);
        let put = self.put(store, &held).await?;
        Ok((held, put))
    }

    /// Encrypts without keeping.
    async fn name(&self) -> Result<Digest, VaultError> {
        let mut encrypting = self.encrypt();
        encrypting.begin().map_err(VaultError::Plain)?;
        let hashed = aside(move || {
            let mut hashing = Hashing::new();
            while let Some(piece) = ended(encrypting.pieces.blocking_recv())? {
                hashing.update(&piece);
            }
            Ok(hashing.finish())
        });
        answer(hashed.map_err(VaultError::Plain)?).await?.map_err(VaultError::Plain)
    }

    /// Writes it into a store under its name.
    pub(crate) async fn put(&self, store: &dyn Store, held: &Held) -> Result<Put, VaultError> {
        store.put(&held.digest, held.sealed_len_bytes, &mut self.encrypt()).await.map_err(refused)
    }

    /// Opens what stands in the store and compares it.
    pub(crate) async fn check(&self, store: &dyn Store, held: &Held) -> Result<(), VaultError> {
        let (head, _) = Sealing::begin(self.key, self.salt, self.label);
        let first = head.first_chunk().ok_or(CipherError::Length)?;
        let opening = Opening::begin(self.key, first, held.sealed_len_bytes, self.label)?;
        let (pipe, mut pieces) = mpsc::channel::<Vec<u8>>(PIECES_WAITING);
        let mut comparing = Comparing::new(Arc::clone(self.plain), head, opening);
        let compared = aside(move || {
            while let Some(piece) = pieces.blocking_recv() {
                comparing.take(&piece)?;
            }
            comparing.finish()
        })
        .map_err(VaultError::Plain)?;
        let read = pass_on(store, &held.digest, pipe).await;
        let compared = answer(compared).await?;
        match read {
            Ok(()) => compared,
            // Whatever was compared was not what was given.
            Err(StoreError::Rotten { .. } | StoreError::Short { .. } | StoreError::Missing { .. }) => {
                Err(VaultError::ReadBack)
            }
            Err(error) => Err(error.into()),
        }
    }

    fn encrypt(&self) -> Encrypting {
        let (head, sealing) = Sealing::begin(self.key, self.salt, self.label);
        let (pipe, pieces) = mpsc::channel(PIECES_WAITING);
        Encrypting { waiting: Some(Waiting { plain: Arc::clone(self.plain), head, sealing, pipe }), pieces }
    }
}

/// What a store says to what it is given.
fn refused(error: StoreError) -> VaultError {
    match error {
        StoreError::NotAsAnnounced { .. } => VaultError::Changed,
        StoreError::Source(error) => VaultError::Plain(error),
        error => VaultError::Store(error),
    }
}

/// Runs `work` on a thread of its own: one that waits for a disk, and must not wait for others to be done with theirs. What comes of it
/// arrives at the receiver.
fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> io::Result<oneshot::Receiver<T>> {
    let (done, told) = oneshot::channel();
    let work = move || {
        // Whoever asked may have gone.
        let _ = done.send(work());
    };
    thread::Builder::new().name("vault-take".to_owned()).spawn(work)?;
    Ok(told)
}

async fn answer<T>(told: oneshot::Receiver<T>) -> Result<T, VaultError> {
    told.await.map_err(|_| VaultError::Plain(io::Error::other("the thread that reads it has gone")))
}

/// Carries an object to the thread that opens it, until either ends.
async fn pass_on(store: &dyn Store, digest: &Digest, pipe: mpsc::Sender<Vec<u8>>) -> Result<(), StoreError> {
    let mut reading = store.read_whole(digest).await?.unhashed();
    while let Some(piece) = reading.next().await? {
        if pipe.send(piece).await.is_err() {
            break;
        }
    }
    Ok(())
}

fn encrypt(plain: &dyn Plain, head: Vec<u8>, mut sealing: Sealing, pipe: &mpsc::Sender<Step>) -> io::Result<()> {
    let other = |error: CipherError| io::Error::other(error.to_string());
    let (mut at, end) = (0, plain.len_bytes());
    let longest = usize::try_from(end).unwrap_or(usize::MAX).min(PIECE_LEN_BYTES);
    let (mut buffer, mut out) = (Zeroizing::new(vec![0; longest]), head);
    while at < end {
        let len = usize::try_from(end - at).unwrap_or(usize::MAX).min(PIECE_LEN_BYTES);
        plain.read_at(at, &mut buffer[..len])?;
        at += len as u64;
        out.reserve_exact(sealed_len_max(len));
        sealing.write(&buffer[..len], &mut out).map_err(other)?;
        if pipe.blocking_send(Step::Piece(std::mem::take(&mut out))).is_err() {
            return Ok(());
        }
    }
    sealing.finish(&mut out).map_err(other)?;
    // Nobody waits for it where it is refused.
    let _ = pipe.blocking_send(Step::Piece(out));
    Ok(())
}

/// No more ciphertext than this comes of so much plaintext and the chunk that waited before it.
fn sealed_len_max(plain_len_bytes: usize) -> usize {
    plain_len_bytes.div_ceil(CHUNK_LEN_BYTES) * SEALED_LEN_BYTES + SEALED_LEN_BYTES
}

/// What comes from the thread that encrypts. That it ends is part of it: a thread that is gone has not ended.
enum Step {
    Piece(Vec<u8>),
    Failed(io::Error),
    End,
}

fn ended(step: Option<Step>) -> io::Result<Option<Vec<u8>>> {
    match step {
        Some(Step::Piece(piece)) => Ok(Some(piece)),
        Some(Step::End) => Ok(None),
        Some(Step::Failed(error)) => Err(error),
        None => Err(io::Error::other("the thread that reads it has gone")),
    }
}

/// A thing on its way into a store. It is not read before it is asked for.
struct Encrypting {
    waiting: Option<Waiting>,
    pieces: mpsc::Receiver<Step>,
}

/// What is needed to begin.
struct Waiting {
    plain: Arc<dyn Plain>,
    head: Vec<u8>,
    sealing: Sealing,
    pipe: mpsc::Sender<Step>,
}

impl Encrypting {
    fn begin(&mut self) -> io::Result<()> {
        let Some(Waiting { plain, head, sealing, pipe }) = self.waiting.take() else { return Ok(()) };
        aside(move || {
            let end = match encrypt(&*plain, head, sealing, &pipe) {
                Ok(()) => Step::End,
                Err(error) => Step::Failed(error),
            };
            // Nobody waits for it where it is refused.
            let _ = pipe.blocking_send(end);
        })
        .map(drop)
    }
}

#[async_trait]
impl Source for Encrypting {
    async fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        self.begin()?;
        ended(self.pieces.recv().await)
    }
}

/// Opens an object as it comes by, and compares it with what was given.
struct Comparing {
    plain: Arc<dyn Plain>,
    head: Vec<u8>,
    opening: Opening,
    /// The chunk that comes next; the head before the first.
    number: Option<u64>,
    /// What has come of it.
    gathered: Zeroizing<Vec<u8>>,
    given: Zeroizing<Vec<u8>>,
    is_same: bool,
}

impl Comparing {
    fn new(plain: Arc<dyn Plain>, head: Vec<u8>, opening: Opening) -> Comparing {
        let gathered = Zeroizing::new(Vec::with_capacity(SEALED_LEN_BYTES));
        let given = Zeroizing::new(vec![0; CHUNK_LEN_BYTES]);
        Comparing { plain, head, opening, number: None, gathered, given, is_same: true }
    }

    fn take(&mut self, mut bytes: &[u8]) -> Result<(), VaultError> {
        while !bytes.is_empty() {
            let whole = match self.number {
                None => HEAD_LEN_BYTES,
                Some(number) if number > self.opening.last_chunk() => return Err(VaultError::ReadBack),
                Some(number) => {
                    let range = self.opening.sealed_range(number);
                    usize::try_from(range.end - range.start).map_err(|_| VaultError::ReadBack)?
                }
            };
            let (now, after) = bytes.split_at(bytes.len().min(whole - self.gathered.len()));
            self.gathered.extend_from_slice(now);
            bytes = after;
            if self.gathered.len() == whole {
                self.compare()?;
                self.gathered.clear();
            }
        }
        Ok(())
    }

    fn compare(&mut self) -> Result<(), VaultError> {
        let Some(number) = self.number else {
            self.number = Some(0);
            return if *self.gathered == self.head { Ok(()) } else { Err(VaultError::ReadBack) };
        };
        let opened = self.opening.open(number, &mut self.gathered).map_err(|_| VaultError::ReadBack)?;
        let given = &mut self.given[..opened.len()];
        self.plain.read_at(number * CHUNK_LEN_BYTES as u64, given).map_err(VaultError::Plain)?;
        self.is_same &= *given == *opened;
        self.number = Some(number + 1);
        Ok(())
    }

    /// The store has kept what it was given; only then can it be told that this is not what is there now.
    fn finish(self) -> Result<(), VaultError> {
        match self.number {
            Some(number) if number > self.opening.last_chunk() && self.is_same => Ok(()),
            Some(number) if number > self.opening.last_chunk() => Err(VaultError::Changed),
            _ => Err(VaultError::ReadBack),
        }
    }
}
