//! A whole object on its way out, held against its digest.
//!
//! Not for a range ([`super::Store::read`]): what comes out here is only known to be right once the end has come.
//! Invariant: the end is told only when every byte went by and all of them have the digest, unless whoever reads said that they find out
//! in another way.

use std::fmt;
use std::io;

use async_trait::async_trait;

use super::digest::Hashing;
use super::{Digest, Source, StoreError};

/// What a store reads from.
#[async_trait]
pub(super) trait Pieces: Send {
    /// The next bytes of the object; `None` where the store says that it ends.
    async fn next(&mut self) -> Result<Option<Vec<u8>>, StoreError>;
}

/// An object being read, from its beginning. It is a [`Source`] too, so that one store's object can be put into another.
pub struct Reading {
    digest: Digest,
    len_bytes: u64,
    /// `None` when the end or an error was told.
    checking: Option<Checking>,
    pieces: Box<dyn Pieces>,
}

/// Who finds out whether the bytes are right.
enum Checking {
    Here(Box<Hashing>),
    Elsewhere,
}

impl Reading {
    pub(super) fn new(digest: &Digest, len_bytes: u64, pieces: Box<dyn Pieces>) -> Reading {
        Reading { digest: *digest, len_bytes, checking: Some(Checking::Here(Box::default())), pieces }
    }

    /// For whoever opens every chunk of it and compares what is in them, which says more than a digest: the end then says nothing.
    pub(crate) fn unhashed(self) -> Reading {
        Reading { checking: Some(Checking::Elsewhere), ..self }
    }

    /// Of an object that is known to be so long: one of another length has other bytes, and none of them is read.
    ///
    /// # Errors
    /// [`StoreError::Rotten`] for another length.
    pub fn of_length(self, len_bytes: u64) -> Result<Reading, StoreError> {
        if self.len_bytes == len_bytes { Ok(self) } else { Err(StoreError::Rotten { digest: self.digest }) }
    }

    /// How long the store says the object is.
    #[must_use]
    pub fn len_bytes(&self) -> u64 {
        self.len_bytes
    }

    /// The next bytes; `None` at the end, when all of them had the object's digest. Nothing comes after an error.
    ///
    /// # Errors
    /// [`StoreError::Rotten`] at the end, instead of `None`, for other bytes than the digest's; [`StoreError::Failed`] when the store
    /// stops giving.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, StoreError> {
        let Some(mut checking) = self.checking.take() else { return Ok(None) };
        if let Some(bytes) = self.pieces.next().await? {
            if let Checking::Here(hashing) = &mut checking {
                hashing.update(&bytes);
            }
            self.checking = Some(checking);
            return Ok(Some(bytes));
        }
        let is_right = match checking {
            Checking::Here(hashing) => hashing.finish() == self.digest,
            Checking::Elsewhere => true,
        };
        if is_right { Ok(None) } else { Err(StoreError::Rotten { digest: self.digest }) }
    }

    /// Reads on to the end, keeping nothing: is the object what its name says?
    ///
    /// # Errors
    /// As [`Reading::next`].
    pub async fn check(mut self) -> Result<(), StoreError> {
        while self.next().await?.is_some() {}
        Ok(())
    }
}

impl fmt::Debug for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reading").field("digest", &self.digest).finish_non_exhaustive()
    }
}

#[async_trait]
impl Source for Reading {
    async fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        Reading::next(self).await.map_err(io::Error::other)
    }
}
