//! What commits to the content of a thing that is no sealed recording.
//!
//! Not a recording's: that is its seal's root. Invariant: without the salt, which goes with the thing's key, nobody can hold a guess
//! against it.

use std::io;

use seal::ReadAt;
use sha2::{Digest as _, Sha256};
use vault::Plain;

const DOMAIN: &[u8] = b"counterpart/content/v1\n";
const PIECE_LEN_BYTES: usize = 1 << 20;

/// `SHA-256(domain ‖ salt ‖ SHA-256(content))` (`spec/vault.md`, section 5).
pub(crate) fn salted(plain: &dyn Plain, salt: &[u8; 32]) -> io::Result<[u8; 32]> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; PIECE_LEN_BYTES];
    let mut at = 0;
    while at < plain.len_bytes() {
        let len = usize::try_from(plain.len_bytes() - at).unwrap_or(usize::MAX).min(buffer.len());
        plain.read_at(at, &mut buffer[..len])?;
        hash.update(&buffer[..len]);
        at += len as u64;
    }
    buffer.fill(0);
    Ok(salted_hash(&hash.finalize().into(), salt))
}

/// The same of what is kept, as it is read.
pub(crate) fn salted_reading(kept: &mut dyn ReadAt, salt: &[u8; 32]) -> io::Result<[u8; 32]> {
    let mut hash = Sha256::new();
    let mut buffer = zeroize::Zeroizing::new(vec![0; PIECE_LEN_BYTES]);
    let mut at = 0;
    loop {
        match kept.read_at(at, &mut buffer)? {
            0 => return Ok(salted_hash(&hash.finalize().into(), salt)),
            len => {
                hash.update(&buffer[..len]);
                at += len as u64;
            }
        }
    }
}

/// The same of a few words.
pub(crate) fn salted_words(words: &str, salt: &[u8; 32]) -> [u8; 32] {
    salted_hash(&Sha256::digest(words).into(), salt)
}

/// The same of content that was hashed already.
fn salted_hash(of_content: &[u8; 32], salt: &[u8; 32]) -> [u8; 32] {
    Sha256::new().chain_update(DOMAIN).chain_update(salt).chain_update(of_content).finalize().into()
}
