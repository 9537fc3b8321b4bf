//! What the tests of stores share: objects, and sources that fail.
//!
//! Not a store, and no faults of one.
//! Invariant: the same number makes the same bytes.
#![allow(dead_code, unreachable_pub)] // Each test binary uses its part of it.

use std::io;

use async_trait::async_trait;
use vault::store::{Digest, Put, Source, Store, StoreError};

/// The bytes of an object, and its name.
#[derive(Clone)]
pub struct Object {
    pub digest: Digest,
    pub bytes: Vec<u8>,
}

impl Object {
    pub fn new(bytes: Vec<u8>) -> Object {
        Object { digest: Digest::of(&bytes), bytes }
    }

    /// So many bytes that look like ciphertext.
    pub fn made(seed: u64, len_bytes: usize) -> Object {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()
        };
        let mut bytes: Vec<u8> = (0..len_bytes.div_ceil(8)).flat_map(|_| next()).collect();
        bytes.truncate(len_bytes);
        Object::new(bytes)
    }

    pub fn len_bytes(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// Its bytes in pieces.
    pub fn source(&self, piece_len_bytes: usize) -> Pieces {
        Pieces::of(&self.bytes, piece_len_bytes)
    }

    pub async fn put(&self, store: &dyn Store) -> Result<Put, StoreError> {
        store.put(&self.digest, self.len_bytes(), &mut self.source(70_000)).await
    }

    /// Whether it stands there whole, by every way of reading.
    pub async fn assert_whole(&self, store: &dyn Store, what: &str) {
        assert_eq!(store.len(&self.digest).await.unwrap(), Some(self.len_bytes()), "{what}");
        assert!(store.read(&self.digest, 0..self.len_bytes()).await.unwrap() == self.bytes, "{what}");
        assert!(gather(store, &self.digest).await.unwrap() == self.bytes, "{what}");
    }

    /// Whether nothing stands there, by every way of asking.
    pub async fn assert_none(&self, store: &dyn Store, what: &str) {
        assert_eq!(store.len(&self.digest).await.unwrap(), None, "{what}");
        assert!(matches!(store.read(&self.digest, 0..1).await, Err(StoreError::Missing { .. })), "{what}");
        assert!(matches!(store.read_whole(&self.digest).await, Err(StoreError::Missing { .. })), "{what}");
        assert!(!list(store).await.contains(&self.digest), "{what}");
    }
}

pub async fn gather(store: &dyn Store, digest: &Digest) -> Result<Vec<u8>, StoreError> {
    let mut reading = store.read_whole(digest).await?;
    let mut bytes = Vec::new();
    while let Some(piece) = reading.next().await? {
        bytes.extend(piece);
    }
    Ok(bytes)
}

/// Everything, a few at a time.
pub async fn list(store: &dyn Store) -> Vec<Digest> {
    let mut found: Vec<Digest> = Vec::new();
    loop {
        let more = store.list(found.last(), 7).await.unwrap();
        found.extend(&more);
        if more.len() < 7 {
            assert!(found.is_sorted_by(|one, next| one < next), "{found:?}");
            return found;
        }
    }
}

/// A source that lets a test look around before each piece: it is told how many are left.
pub struct Watching<'a> {
    pub pieces: Pieces,
    pub seen: Box<dyn FnMut(usize) + Send + 'a>,
}

#[async_trait]
impl Source for Watching<'_> {
    async fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        (self.seen)(self.pieces.pieces_left());
        self.pieces.next().await
    }
}

/// A source of these pieces, which may fail behind the last of them.
pub struct Pieces {
    left: std::vec::IntoIter<Vec<u8>>,
    fails: bool,
}

impl Pieces {
    pub fn of(bytes: &[u8], piece_len_bytes: usize) -> Pieces {
        let pieces: Vec<Vec<u8>> = bytes.chunks(piece_len_bytes).map(<[u8]>::to_vec).collect();
        Pieces { left: pieces.into_iter(), fails: false }
    }

    pub fn failing(self) -> Pieces {
        Pieces { fails: true, ..self }
    }

    pub fn pieces_left(&self) -> usize {
        self.left.len()
    }
}

#[async_trait]
impl Source for Pieces {
    async fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        match self.left.next() {
            None if self.fails => Err(io::Error::other("the source fails")),
            piece => Ok(piece),
        }
    }
}
