//! One object's ciphertext: chunks that can be read by range, and cannot be moved, cut, lengthened or put elsewhere (`spec/vault.md`).
//!
//! Bytes in, bytes out; not here: files, stores, where keys come from. Invariants: a chunk is given out whole and authenticated or
//! not at all; its number and whether it is the last are part of its nonce (STREAM, Hoang, Reyhanitabar, Rogaway and Vizár 2015,
//! as age has it); what the key opens depends on the object's kind and id.

use std::fmt;
use std::ops::Range;

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hkdf::{HKDF_SHA256, Salt};
use zeroize::Zeroizing;

/// What every object begins with.
pub const MAGIC: &[u8; 21] = b"counterpart/vault/v1\n";
/// Length of the salt behind the magic.
pub const SALT_LEN_BYTES: usize = 32;
/// Length of what stands before the first chunk.
pub const HEAD_LEN_BYTES: usize = MAGIC.len() + SALT_LEN_BYTES;
/// Plaintext in a chunk; the last one may hold less.
pub const CHUNK_LEN_BYTES: usize = 64 * 1024;
/// What authentication adds to each chunk.
pub const TAG_LEN_BYTES: usize = 16;
/// Ciphertext of a whole chunk.
pub const SEALED_LEN_BYTES: usize = CHUNK_LEN_BYTES + TAG_LEN_BYTES;
/// The longest object, plaintext: 1 TiB. Far below what one key may encrypt (2^32 chunks under distinct nonces).
pub const PLAIN_LEN_BYTES_MAX: u64 = 1 << 40;

/// The key of one object. Wiped when dropped; shown by nobody.
pub struct ObjectKey(Zeroizing<[u8; 32]>);

impl ObjectKey {
    /// The key of these bytes, which must be fresh from a good source of chance and used for one object only.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> ObjectKey {
        ObjectKey(Zeroizing::new(bytes))
    }

    /// Its bytes, to be wrapped.
    #[must_use]
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ObjectKey(…)")
    }
}

/// What an object is, bound into its encryption: another id's ciphertext does not open in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label<'a> {
    /// The kind of thing, a word of `[a-z-]`.
    pub kind: &'a str,
    /// Its id in the catalogue.
    pub id: &'a [u8; 16],
}

/// Why a ciphertext is not opened. Nothing of it was given out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CipherError {
    /// It does not begin as an object of this version: another file, or a newer program's.
    NotAnObject,
    /// Its length is none that an object can have: it was cut or lengthened.
    Length,
    /// A chunk does not authenticate: damaged, moved, of another object, or the key is another's.
    Chunk {
        /// Which, from 0.
        number: u64,
    },
    /// The object would be longer than [`PLAIN_LEN_BYTES_MAX`].
    TooLong,
}

impl fmt::Display for CipherError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CipherError::NotAnObject => write!(f, "not an object of a vault, or of a newer version"),
            CipherError::Length => write!(f, "the object was cut short or lengthened"),
            CipherError::Chunk { number } => write!(f, "chunk {number} is damaged, or the key is another object's"),
            CipherError::TooLong => write!(f, "longer than an object may be (1 TiB)"),
        }
    }
}

impl std::error::Error for CipherError {}

/// Length of the ciphertext of so many bytes. `None` above [`PLAIN_LEN_BYTES_MAX`].
#[must_use]
pub fn sealed_len(plain_len_bytes: u64) -> Option<u64> {
    let chunks = chunks_of(plain_len_bytes);
    (plain_len_bytes <= PLAIN_LEN_BYTES_MAX)
        .then(|| HEAD_LEN_BYTES as u64 + plain_len_bytes + chunks * TAG_LEN_BYTES as u64)
}

/// An empty object has one chunk, which says that it is the last.
fn chunks_of(plain_len_bytes: u64) -> u64 {
    plain_len_bytes.div_ceil(CHUNK_LEN_BYTES as u64).max(1)
}

/// Length of the plaintext in so much ciphertext.
///
/// # Errors
/// [`CipherError::Length`] for a length that no object has.
pub fn plain_len(sealed_len_bytes: u64) -> Result<u64, CipherError> {
    let body = sealed_len_bytes.checked_sub(HEAD_LEN_BYTES as u64).ok_or(CipherError::Length)?;
    let plain = body.checked_sub(body.div_ceil(SEALED_LEN_BYTES as u64) * TAG_LEN_BYTES as u64);
    // Whatever is no length comes out as another one.
    plain.filter(|plain| sealed_len(*plain) == Some(sealed_len_bytes)).ok_or(CipherError::Length)
}

fn key_of(key: &ObjectKey, salt: &[u8], label: Label<'_>) -> LessSafeKey {
    let extracted = Salt::new(HKDF_SHA256, salt).extract(key.bytes());
    let info = [&MAGIC[..], label.kind.as_bytes(), b"\n", label.id];
    let expanded = extracted.expand(&info, &AES_256_GCM).expect("one key is no more than HKDF gives");
    LessSafeKey::new(UnboundKey::from(expanded))
}

/// Eleven bytes of number, one that says whether it is the last: no chunk opens in another's place.
fn nonce(number: u64, is_last: bool) -> Nonce {
    let mut bytes = [0; NONCE_LEN];
    bytes[3..11].copy_from_slice(&number.to_be_bytes());
    bytes[11] = u8::from(is_last);
    Nonce::assume_unique_for_key(bytes)
}

/// Encrypts one object from its beginning to its end.
pub struct Sealing {
    key: LessSafeKey,
    /// Plaintext that is not yet a chunk. A full one waits: it may be the last.
    rest: Zeroizing<Vec<u8>>,
    number: u64,
}

impl Sealing {
    /// Begins an object: what is to be written first, and what makes the rest. `salt` is fresh chance.
    #[must_use]
    pub fn begin(key: &ObjectKey, salt: &[u8; SALT_LEN_BYTES], label: Label<'_>) -> (Vec<u8>, Sealing) {
        let sealing = Sealing {
            key: key_of(key, salt, label),
            rest: Zeroizing::new(Vec::with_capacity(SEALED_LEN_BYTES)),
            number: 0,
        };
        ([&MAGIC[..], salt].concat(), sealing)
    }

    /// Takes plaintext, and appends the ciphertext that is ready to `out`.
    ///
    /// # Errors
    /// [`CipherError::TooLong`]; the object is then to be thrown away.
    pub fn write(&mut self, mut plain: &[u8], out: &mut Vec<u8>) -> Result<(), CipherError> {
        while !plain.is_empty() {
            if self.rest.len() == CHUNK_LEN_BYTES {
                self.close_rest(false, out)?;
            }
            if self.rest.is_empty() && plain.len() > CHUNK_LEN_BYTES {
                // More comes behind it: it need not wait.
                let (chunk, after) = plain.split_at(CHUNK_LEN_BYTES);
                self.close_chunk(chunk, false, out)?;
                plain = after;
                continue;
            }
            let (taken, after) = plain.split_at(plain.len().min(CHUNK_LEN_BYTES - self.rest.len()));
            self.rest.extend_from_slice(taken);
            plain = after;
        }
        Ok(())
    }

    /// Ends the object.
    ///
    /// # Errors
    /// As [`Sealing::write`].
    pub fn finish(mut self, out: &mut Vec<u8>) -> Result<(), CipherError> {
        self.close_rest(true, out)
    }

    fn close_rest(&mut self, is_last: bool, out: &mut Vec<u8>) -> Result<(), CipherError> {
        let mut rest = std::mem::take(&mut self.rest);
        let closed = self.close_chunk(&rest, is_last, out);
        rest.clear();
        self.rest = rest;
        closed
    }

    fn close_chunk(&mut self, plain: &[u8], is_last: bool, out: &mut Vec<u8>) -> Result<(), CipherError> {
        if self.number >= PLAIN_LEN_BYTES_MAX / CHUNK_LEN_BYTES as u64 {
            return Err(CipherError::TooLong);
        }
        let begin = out.len();
        out.extend_from_slice(plain);
        let tag = self.key.seal_in_place_separate_tag(nonce(self.number, is_last), Aad::empty(), &mut out[begin..]);
        out.extend_from_slice(tag.expect("a chunk is short").as_ref());
        self.number += 1;
        Ok(())
    }
}

/// Opens chunks of one object, in any order.
pub struct Opening {
    key: LessSafeKey,
    plain_len_bytes: u64,
}

/// Where a range of the plaintext lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The chunks to open.
    pub chunks: Range<u64>,
    /// The bytes of the ciphertext that hold them.
    pub sealed: Range<u64>,
    /// Plaintext bytes before the range in the first of them.
    pub skip_bytes: usize,
    /// Length of the range, cut to what there is.
    pub len_bytes: u64,
}

impl Opening {
    /// Reads the head of an object whose ciphertext is so long.
    ///
    /// The length is believed only once the last chunk has been opened: until then a longer object that was cut at a chunk's end
    /// looks whole.
    ///
    /// # Errors
    /// [`CipherError::NotAnObject`], [`CipherError::Length`].
    pub fn begin(
        key: &ObjectKey,
        head: &[u8; HEAD_LEN_BYTES],
        sealed_len_bytes: u64,
        label: Label<'_>,
    ) -> Result<Opening, CipherError> {
        let salt = head.strip_prefix(MAGIC).ok_or(CipherError::NotAnObject)?;
        Ok(Opening { key: key_of(key, salt, label), plain_len_bytes: plain_len(sealed_len_bytes)? })
    }

    /// Length of the plaintext, as the length of the ciphertext says.
    #[must_use]
    pub fn plain_len_bytes(&self) -> u64 {
        self.plain_len_bytes
    }

    /// The number of the last chunk.
    #[must_use]
    pub fn last_chunk(&self) -> u64 {
        chunks_of(self.plain_len_bytes) - 1
    }

    /// Where a chunk lies in the ciphertext.
    #[must_use]
    pub fn sealed_range(&self, number: u64) -> Range<u64> {
        let begin = HEAD_LEN_BYTES as u64 + number * SEALED_LEN_BYTES as u64;
        let plain = (self.plain_len_bytes - (number * CHUNK_LEN_BYTES as u64).min(self.plain_len_bytes))
            .min(CHUNK_LEN_BYTES as u64);
        begin..begin + plain + TAG_LEN_BYTES as u64
    }

    /// Where to read for a range of the plaintext. Empty beyond the end.
    #[must_use]
    pub fn span(&self, range: Range<u64>) -> Span {
        let end = range.end.min(self.plain_len_bytes);
        let begin = range.start.min(end);
        let chunk = CHUNK_LEN_BYTES as u64;
        let chunks = if begin == end { begin / chunk..begin / chunk } else { begin / chunk..end.div_ceil(chunk) };
        let sealed = match chunks.is_empty() {
            true => 0..0,
            false => self.sealed_range(chunks.start).start..self.sealed_range(chunks.end - 1).end,
        };
        Span { chunks, sealed, skip_bytes: usize::try_from(begin % chunk).unwrap_or(0), len_bytes: end - begin }
    }

    /// Opens one chunk in place; what is returned is its plaintext.
    ///
    /// # Errors
    /// [`CipherError::Chunk`]; `sealed` is then without meaning.
    pub fn open<'a>(&self, number: u64, sealed: &'a mut [u8]) -> Result<&'a [u8], CipherError> {
        let right_len = self.sealed_range(number);
        if number > self.last_chunk() || sealed.len() as u64 != right_len.end - right_len.start {
            return Err(CipherError::Chunk { number });
        }
        let nonce = nonce(number, number == self.last_chunk());
        let plain = self.key.open_in_place(nonce, Aad::empty(), sealed);
        plain.map(|plain| &*plain).map_err(|_| CipherError::Chunk { number })
    }
}
