//! An account's key, sealed: under its password where it lies, under a session's secret while its person is signed in.
//!
//! Not the key's use (`office/account.rs`). Invariants: what opens it is stored nowhere, and takes the office key beside what only a link or a cookie has; a seal is bound to its account and its purpose, so that none
//! can be put in another's place; keys are wiped when dropped.

use hkdf::Hkdf;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::office::{Office, fresh};

/// What a seal is for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Purpose {
    /// It lies with the account, under its password.
    Account,
    /// It lies with a session, under the cookie's secret.
    Session,
    /// It goes by a link to the web, under what only the link has.
    Link,
}

impl Purpose {
    fn label(self) -> &'static [u8] {
        match self {
            Purpose::Account => b"counterpart/account-seal/v1\n",
            Purpose::Session => b"counterpart/session-seal/v1\n",
            Purpose::Link => b"counterpart/link-seal/v1\n",
        }
    }
}

/// A 32-byte key for one purpose, out of a secret.
pub(crate) fn derived(secret: &[u8], label: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut key = Zeroizing::new([0; 32]);
    Hkdf::<Sha256>::new(None, secret).expand(label, &mut key[..]).expect("32 bytes are not too many for HKDF");
    key
}

/// What seals a key for the holder of a secret: the secret alone, and the database, or a backup of it, open nothing without the office key. Another office key
/// opens nothing that was sealed before it.
pub(crate) fn shared(office: &Office, secret: &[u8; 32], purpose: Purpose) -> Zeroizing<Vec<u8>> {
    Zeroizing::new([&secret[..], &office.tag(purpose.label())].concat())
}

/// By what a secret that only its holder has is found again.
pub(crate) fn name_of(secret: &[u8; 32]) -> [u8; 32] {
    Sha256::digest(secret).into()
}

fn key_of(secret: &[u8], purpose: Purpose) -> LessSafeKey {
    let key = derived(secret, purpose.label());
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &key[..]).expect("32 bytes are a key of AES-256"))
}

/// What else the seal is bound to.
fn bound_to(account: &str, purpose: Purpose) -> Aad<Vec<u8>> {
    Aad::from([purpose.label(), account.as_bytes()].concat())
}

/// Seals an account's key.
pub(crate) fn seal(secret: &[u8], purpose: Purpose, account: &str, key: &[u8; 32]) -> Result<Vec<u8>> {
    let nonce: [u8; NONCE_LEN] = fresh()?;
    let mut sealed = key.to_vec();
    key_of(secret, purpose)
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), bound_to(account, purpose), &mut sealed)
        .map_err(|_| Error::of("an account's key cannot be sealed").hint("report this"))?;
    Ok([&nonce[..], &sealed].concat())
}

/// Opens it; nothing where the secret is another, or it is another account's.
pub(crate) fn open(secret: &[u8], purpose: Purpose, account: &str, sealed: &[u8]) -> Option<Zeroizing<[u8; 32]>> {
    let (nonce, sealed) = sealed.split_first_chunk::<NONCE_LEN>()?;
    let mut bytes = Zeroizing::new(sealed.to_vec());
    let opened = key_of(secret, purpose)
        .open_in_place(Nonce::assume_unique_for_key(*nonce), bound_to(account, purpose), &mut bytes)
        .ok()?;
    Some(Zeroizing::new(<[u8; 32]>::try_from(&*opened).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_opens_for_its_secret_its_purpose_and_its_account_alone() {
        let (secret, key) = ([7; 32], [9; 32]);
        let sealed = seal(&secret, Purpose::Session, "anna", &key).unwrap();
        assert_eq!(open(&secret, Purpose::Session, "anna", &sealed).as_deref(), Some(&key));
        assert!(open(&[8; 32], Purpose::Session, "anna", &sealed).is_none());
        assert!(open(&secret, Purpose::Account, "anna", &sealed).is_none());
        assert!(open(&secret, Purpose::Session, "ben", &sealed).is_none());
        for at in 0..sealed.len() {
            let mut other = sealed.clone();
            other[at] ^= 1;
            assert!(open(&secret, Purpose::Session, "anna", &other).is_none(), "{at}");
            assert!(open(&secret, Purpose::Session, "anna", &sealed[..at]).is_none(), "{at}");
        }
    }
}
