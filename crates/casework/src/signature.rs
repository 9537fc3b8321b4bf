//! Whether an Ed25519 signature holds, as strictly as everywhere in Counterpart (RFC 8032 section 5.1.7, small-order keys refused).
//!
//! Not here: making one, for which the person's own key is needed.
//! Invariant: a key has one spelling, and so has a signature.

use ed25519_dalek::{Signature as Ed25519, VerifyingKey};

use crate::hex::{PublicKey, Signature};

/// Whether a key can ever verify anything here.
pub(crate) fn is_key(key: &PublicKey) -> bool {
    let read = VerifyingKey::from_bytes(&key.0);
    read.is_ok_and(|read| !read.is_weak() && read.to_edwards().compress().as_bytes() == &key.0)
}

/// Whether `signature` is `key`'s over `message`.
pub(crate) fn holds(message: &[u8], signature: &Signature, key: &PublicKey) -> bool {
    let read = VerifyingKey::from_bytes(&key.0);
    is_key(key) && read.is_ok_and(|read| read.verify_strict(message, &Ed25519::from_bytes(&signature.0)).is_ok())
}
