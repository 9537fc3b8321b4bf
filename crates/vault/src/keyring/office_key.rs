//! What wraps every other key: the office key, wherever it is, and what is bound into a wrapping.
//!
//! Not here: where one is kept (`file_key.rs`, `token_key.rs`). Invariants: what is wrapped for one office, thing and version of
//! the office key does not open for another; a nonce is fresh chance for each wrapping.

use async_trait::async_trait;
use ring::aead::NONCE_LEN;

use super::ThingId;
use super::error::OfficeKeyError;
use crate::cipher::ObjectKey;

/// A wrapped key: nonce, then ciphertext, then tag of AES-256-GCM.
pub const WRAPPED_LEN_BYTES: usize = NONCE_LEN + 32 + 16;

/// A key that only the office key opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrapped([u8; WRAPPED_LEN_BYTES]);

impl Wrapped {
    /// Of a nonce and what was encrypted under it. `None` when the length is another.
    #[must_use]
    pub fn new(nonce: &[u8], sealed: &[u8]) -> Option<Wrapped> {
        (nonce.len() == NONCE_LEN).then(|| Wrapped::from_bytes(&[nonce, sealed].concat())).flatten()
    }

    /// As it was stored.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Wrapped> {
        bytes.try_into().ok().map(Wrapped)
    }

    /// As it is stored.
    #[must_use]
    pub fn bytes(&self) -> &[u8; WRAPPED_LEN_BYTES] {
        &self.0
    }

    /// The nonce.
    #[must_use]
    pub fn nonce(&self) -> &[u8] {
        &self.0[..NONCE_LEN]
    }

    /// Ciphertext and tag.
    #[must_use]
    pub fn sealed(&self) -> &[u8] {
        &self.0[NONCE_LEN..]
    }
}

/// The office key. Calls may wait for a device.
#[async_trait]
pub trait OfficeKey: Send + Sync {
    /// By which words a keyring says which key it needs. Not secret, stable, at most 200 bytes.
    fn name(&self) -> String;

    /// The office it was made for, where that is known.
    fn office(&self) -> Option<&str>;

    /// Wraps a key under a fresh nonce.
    ///
    /// # Errors
    /// Those of the device.
    async fn wrap(&self, key: &ObjectKey, aad: &[u8]) -> Result<Wrapped, OfficeKeyError>;

    /// Opens what [`OfficeKey::wrap`] made of the same `aad`.
    ///
    /// # Errors
    /// [`OfficeKeyError::DoesNotOpen`], or those of the device.
    async fn unwrap(&self, wrapped: &Wrapped, aad: &[u8]) -> Result<ObjectKey, OfficeKeyError>;
}

/// What is bound into the wrapping of a thing's key.
pub(super) fn aad(office: &str, id: &ThingId, key_version: u32) -> Vec<u8> {
    [&b"counterpart/keyring/v1\n"[..], office.as_bytes(), b"\n", id, &key_version.to_be_bytes()].concat()
}

/// What is bound into the value that tells a wrong key from a damaged file.
pub(super) fn canary_aad(office: &str, keyring: &[u8; 16], key_version: u32) -> Vec<u8> {
    [&b"counterpart/keyring/canary/v1\n"[..], office.as_bytes(), b"\n", keyring, &key_version.to_be_bytes()].concat()
}

/// What is bound into the wrapping of the key that makes the rows' tags.
pub(super) fn row_key_aad(office: &str, keyring: &[u8; 16], key_version: u32) -> Vec<u8> {
    [&b"counterpart/keyring/rows/v1\n"[..], office.as_bytes(), b"\n", keyring, &key_version.to_be_bytes()].concat()
}

/// The same of the one before, wrapped under the office key of this version.
pub(super) fn row_key_before_aad(office: &str, keyring: &[u8; 16], key_version: u32) -> Vec<u8> {
    let first = &b"counterpart/keyring/rows-before/v1\n"[..];
    [first, office.as_bytes(), b"\n", keyring, &key_version.to_be_bytes()].concat()
}

/// What is bound into the wrapping of the key that makes the tags of events.
pub(super) fn event_key_aad(office: &str, keyring: &[u8; 16], key_version: u32) -> Vec<u8> {
    [&b"counterpart/keyring/events/v1\n"[..], office.as_bytes(), b"\n", keyring, &key_version.to_be_bytes()].concat()
}

/// The same of one before, which made the tags of events up to the newest of its time.
pub(super) fn event_key_before_aad(office: &str, keyring: &[u8; 16], key_version: u32, newest: u64) -> Vec<u8> {
    let first = &b"counterpart/keyring/events-before/v1\n"[..];
    [first, office.as_bytes(), b"\n", keyring, &key_version.to_be_bytes(), &newest.to_be_bytes()].concat()
}

/// Names stand in files by the line, and in what is bound into wrappings.
pub(super) fn is_name(name: &str) -> bool {
    !name.trim().is_empty() && name.chars().count() <= 100 && !name.chars().any(char::is_control)
}

/// Fresh chance of the operating system.
pub(super) fn chance<const N: usize>() -> Result<[u8; N], OfficeKeyError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .map_err(|error| OfficeKeyError::Failed(format!("no chance from the system: {error}")))?;
    Ok(bytes)
}
