//! Secrets of a recording and of a device: keys that sign, the seed that salts.
//!
//! Not here: where they are kept (the recorder's journal, the command line's key file) and where chance comes from: every
//! secret is 32 bytes the caller drew. Invariant: secrets are wiped when dropped and never printed.

use crate::Error;
use crate::body::is_clean;
use crate::header::Device;
use crate::kinds::hex;
use ed25519_dalek::SigningKey;
use sha2::{Digest as _, Sha256};
use std::fmt;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// What chance gives one recording: 32 bytes each from the operating system, never used twice.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Secrets {
    /// Secret half of the recording's Ed25519 key.
    pub signing_key: [u8; 32],
    /// Where every salt comes from; goes into full copies.
    pub seed: [u8; 32],
    /// Makes the header note its own; public.
    pub nonce: [u8; 32],
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets")
    }
}

/// The key by which a device says "this recording is mine".
#[derive(Clone)]
pub struct DeviceKey {
    name: String,
    key: SigningKey,
}

impl fmt::Debug for DeviceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DeviceKey({:?}, {})", self.name, self.fingerprint())
    }
}

impl DeviceKey {
    /// A device key from its secret half.
    ///
    /// # Errors
    /// [`Error::Value`] when the name is not 1 to 100 bytes of text without control characters.
    pub fn new(name: &str, secret: [u8; 32]) -> Result<DeviceKey, Error> {
        if name.is_empty() || name.len() > 100 || !is_clean(name) {
            return Err(Error::Value("a device's name is 1 to 100 bytes of text without control characters".into()));
        }
        Ok(DeviceKey { name: name.to_owned(), key: SigningKey::from_bytes(&secret) })
    }

    /// The device's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The public half.
    #[must_use]
    pub fn public_key(&self) -> [u8; 32] {
        self.key.verifying_key().to_bytes()
    }

    /// The secret half, to be stored.
    #[must_use]
    pub fn secret(&self) -> [u8; 32] {
        self.key.to_bytes()
    }

    /// See [`fingerprint`].
    #[must_use]
    pub fn fingerprint(&self) -> String {
        fingerprint(&self.public_key())
    }

    pub(crate) fn signing_key(&self) -> &SigningKey {
        &self.key
    }

    pub(crate) fn device(&self) -> Device {
        Device { public_key: self.public_key(), name: self.name.clone() }
    }
}

/// A public key's first 16 bytes of SHA-256 in hexadecimal, in groups of four: short enough to compare by eye.
#[must_use]
pub fn fingerprint(public_key: &[u8; 32]) -> String {
    let digits = hex(&Sha256::digest(public_key)[..16]);
    let groups: Vec<&str> = (0..8).map(|at| &digits[at * 4..at * 4 + 4]).collect();
    groups.join(" ")
}
