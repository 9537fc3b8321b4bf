//! Passwords: hashed with Argon2id, off the threads that answer, and only a few at a time.
//!
//! Not which passwords are none (`casework::access`). Invariants: what a password costs to try is the same for an account that exists and for one that
//! does not; memory for them is bounded by how many are tried at once; a password is wiped when dropped.

use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use super::sealing::derived;
use crate::error::{Error, Result};
use crate::office::fresh;

/// OWASP's least for Argon2id at two passes: 19 MiB, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
/// How many are tried at once: at most this many times 19 MiB.
const AT_ONCE: usize = 4;
/// From the password to the key that seals.
const SEALS: &[u8] = b"counterpart/password-key/v1\n";

/// Tries passwords, and makes keys of them.
pub(crate) struct Passwords {
    places: Semaphore,
    /// Tried where there is no account.
    nobodys: String,
}

fn argon2() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, Some(32)).expect("these are in Argon2's bounds");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn hash(password: &str) -> Result<String> {
    let hashed = argon2().hash_password_with_salt(password.as_bytes(), &fresh::<16>()?);
    hashed.map(|hash| hash.to_string()).map_err(|_| no_memory())
}

fn no_memory() -> Error {
    Error::of("a password cannot be hashed").hint("check the memory of this machine: it takes 19 MiB")
}

impl Passwords {
    pub(crate) fn new() -> Result<Passwords> {
        // Nobody knows what it is the hash of.
        let unknown = Zeroizing::new(crate::text::hex(&fresh::<32>()?));
        Ok(Passwords { places: Semaphore::new(AT_ONCE), nobodys: hash(&unknown)? })
    }

    /// The hash of one, as PHC text.
    pub(crate) async fn hash(&self, password: &Zeroizing<String>) -> Result<String> {
        let password = password.clone();
        self.apart(move || hash(&password)).await?
    }

    /// Whether that is the password; where there is no hash the same work is done, and it is not.
    pub(crate) async fn is(&self, password: &Zeroizing<String>, hash: Option<&str>) -> Result<bool> {
        let (password, is_there) = (password.clone(), hash.is_some());
        let hash = hash.unwrap_or(&self.nobodys).to_owned();
        let is_it = self.apart(move || argon2().verify_password(password.as_bytes(), hash.as_str()).is_ok()).await?;
        Ok(is_it && is_there)
    }

    /// The key that a password makes with this salt.
    pub(crate) async fn key(&self, password: &Zeroizing<String>, salt: &[u8]) -> Result<Zeroizing<[u8; 32]>> {
        let (password, salt) = (password.clone(), salt.to_vec());
        let made = move || {
            let mut bytes = Zeroizing::new([0; 32]);
            argon2().hash_password_into(password.as_bytes(), &salt, &mut bytes[..]).map_err(|_| no_memory())?;
            Ok(derived(&bytes[..], SEALS))
        };
        self.apart(made).await?
    }

    async fn apart<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let _place = self.places.acquire().await.expect("nobody closes it");
        tokio::task::spawn_blocking(work).await.map_err(|err| Error::of(err).hint("try again"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_itself_and_nobody_has_none() {
        let passwords = Passwords::new().unwrap();
        let [right, wrong] =
            ["kettle on the blue tiles", "kettle on the red tiles"].map(|one| Zeroizing::new(one.into()));
        let hash = passwords.hash(&right).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(passwords.is(&right, Some(&hash)).await.unwrap());
        assert!(!passwords.is(&wrong, Some(&hash)).await.unwrap());
        assert!(!passwords.is(&right, None).await.unwrap());
        let keys = [passwords.key(&right, &[1; 16]).await.unwrap(), passwords.key(&right, &[2; 16]).await.unwrap()];
        assert_ne!(keys[0], keys[1]);
        assert_eq!(keys[0], passwords.key(&right, &[1; 16]).await.unwrap());
    }
}
