//! The private words of an event, encrypted under the key of the thing that they are about (`spec/vault.md`, section 5).
//!
//! Not what they say (casework), nor where they lie (the desk). Invariants: words open only as those of the very event they were
//! written for; once the thing's key is erased they open for nobody.

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hkdf::{HKDF_SHA256, Salt};
use zeroize::Zeroizing;

use crate::cipher::{ObjectKey, TAG_LEN_BYTES};

const DOMAIN: &[u8] = b"counterpart/words/v1\n";
const SALT_DOMAIN: &[u8] = b"counterpart/content-salt/v1\n";

fn key_of(key: &ObjectKey, thing: &[u8; 16]) -> LessSafeKey {
    let extracted = Salt::new(HKDF_SHA256, thing).extract(key.bytes());
    let expanded = extracted.expand(&[DOMAIN], &AES_256_GCM).expect("one key is no more than HKDF gives");
    LessSafeKey::new(UnboundKey::from(expanded))
}

/// The salt of what commits to a thing's content: it goes with the key, and nobody can try guesses after that.
#[must_use]
pub fn content_salt(key: &ObjectKey, thing: &[u8; 16]) -> [u8; 32] {
    let extracted = Salt::new(HKDF_SHA256, thing).extract(key.bytes());
    let expanded = extracted.expand(&[SALT_DOMAIN], HKDF_SHA256).expect("one hash is no more than HKDF gives");
    let mut salt = [0; 32];
    expanded.fill(&mut salt).expect("a hash has 32 bytes");
    salt
}

fn bound(thing: &[u8; 16], number: u64) -> Aad<[u8; 24]> {
    let mut bytes = [0; 24];
    bytes[..16].copy_from_slice(thing);
    bytes[16..].copy_from_slice(&number.to_be_bytes());
    Aad::from(bytes)
}

/// Encrypts the words of event `number` of a thing. `nonce` is fresh chance.
#[must_use]
pub fn close(key: &ObjectKey, thing: &[u8; 16], number: u64, nonce: &[u8; NONCE_LEN], words: &[u8]) -> Vec<u8> {
    let mut sealed = Zeroizing::new(words.to_vec());
    let nonce_of = Nonce::assume_unique_for_key(*nonce);
    let tag = key_of(key, thing).seal_in_place_separate_tag(nonce_of, bound(thing, number), &mut sealed);
    let tag = tag.expect("the words of an event are short");
    [&nonce[..], &sealed, tag.as_ref()].concat()
}

/// Opens them; `None` when they are not those of this event of this thing, or were damaged.
#[must_use]
pub fn open(key: &ObjectKey, thing: &[u8; 16], number: u64, closed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, sealed) = closed.split_first_chunk::<NONCE_LEN>()?;
    let mut words = Zeroizing::new(sealed.to_vec());
    key_of(key, thing).open_in_place(Nonce::assume_unique_for_key(*nonce), bound(thing, number), &mut words).ok()?;
    let len = words.len() - TAG_LEN_BYTES;
    words.truncate(len);
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_open_only_in_their_place() {
        let (key, thing) = (ObjectKey::new([7; 32]), [1; 16]);
        let closed = close(&key, &thing, 3, &[9; NONCE_LEN], b"an interview about a hamster");
        assert_eq!(open(&key, &thing, 3, &closed).unwrap().as_slice(), b"an interview about a hamster");
        assert!(open(&key, &thing, 4, &closed).is_none(), "another event");
        assert!(open(&key, &[2; 16], 3, &closed).is_none(), "another thing");
        assert!(open(&ObjectKey::new([8; 32]), &thing, 3, &closed).is_none(), "another key");
        for at in 0..closed.len() {
            let mut damaged = closed.clone();
            damaged[at] ^= 1;
            assert!(open(&key, &thing, 3, &damaged).is_none(), "byte {at}");
            assert!(open(&key, &thing, 3, &closed[..at]).is_none(), "cut at {at}");
        }
    }
}
