//! Reading all of something, in pieces: whole buffers, chunks in order, digests on the way.
//!
//! Not what the bytes mean. Invariants: memory is one chunk, however much is read; `copy` and `hash` give all of it or an
//! error, `fill` says how much there was.

use std::io::{self, Read};

use seal::ReadAt;
use sha2::{Digest as _, Sha256};

use crate::text::hex;

/// What is held in memory of anything that is read.
pub(crate) const CHUNK_BYTES: usize = 1 << 20;

/// A file's digest and length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hashed {
    /// SHA-256 in hexadecimal digits, as other programs print it.
    pub(crate) sha256: String,
    pub(crate) len_bytes: u64,
}

impl Hashed {
    pub(crate) fn of(bytes: &[u8]) -> Hashed {
        Hashed::finished(Sha256::new_with_prefix(bytes), bytes.len() as u64)
    }

    /// Of what a hasher was given.
    pub(crate) fn finished(hasher: Sha256, len_bytes: u64) -> Hashed {
        Hashed { sha256: hex(&hasher.finalize()), len_bytes }
    }
}

/// SHA-256 of everything a source holds.
pub(crate) fn hash(source: &mut dyn ReadAt) -> io::Result<Hashed> {
    let len_bytes = source.len_bytes()?;
    let mut hasher = Sha256::new();
    copy(source, len_bytes, &mut |chunk| {
        hasher.update(chunk);
        Ok(())
    })?;
    Ok(Hashed::finished(hasher, len_bytes))
}

/// Hands over so many bytes from the beginning of a source, chunk by chunk.
pub(crate) fn copy(
    source: &mut dyn ReadAt,
    len_bytes: u64,
    give: &mut dyn FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<()> {
    let mut chunk = vec![0; CHUNK_BYTES];
    let mut at = 0;
    while at < len_bytes {
        let want = usize::try_from(len_bytes - at).unwrap_or(usize::MAX).min(CHUNK_BYTES);
        match source.read_at(at, &mut chunk[..want]) {
            Ok(0) => return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it ends too early")),
            Ok(got) => {
                give(&chunk[..got])?;
                at += got as u64;
            }
            Err(err) if err.kind() == io::ErrorKind::Interrupted => {}
            Err(err) => return Err(err),
        }
    }
    Ok(())
}

/// Reads until the buffer is full or the source ends.
pub(crate) fn fill(source: &mut dyn ReadAt, at: u64, buf: &mut [u8]) -> io::Result<usize> {
    let mut have = 0;
    while have < buf.len() {
        match source.read_at(at.saturating_add(have as u64), &mut buf[have..]) {
            Ok(0) => break,
            Ok(got) => have += got,
            Err(err) if err.kind() == io::ErrorKind::Interrupted => {}
            Err(err) => return Err(err),
        }
    }
    Ok(have)
}

/// Hashes what is read through it.
pub(crate) struct Tally<'a> {
    source: &'a mut dyn Read,
    hasher: Sha256,
    len_bytes: u64,
}

impl<'a> Tally<'a> {
    pub(crate) fn new(source: &'a mut dyn Read) -> Tally<'a> {
        Tally { source, hasher: Sha256::new(), len_bytes: 0 }
    }

    pub(crate) fn hashed(self) -> Hashed {
        Hashed::finished(self.hasher, self.len_bytes)
    }
}

impl Read for Tally<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let want = buf.len().min(CHUNK_BYTES);
        let got = self.source.read(&mut buf[..want])?;
        self.hasher.update(&buf[..got]);
        self.len_bytes += got as u64;
        Ok(got)
    }
}
