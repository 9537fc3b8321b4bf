//! An office key of 32 bytes, kept in a file behind a passphrase.
//!
//! Not here: the lock of the passphrase and the file's mode (`passphrase`), nor asking for it. Invariants: the file never replaces
//! anything; secrets are wiped.

use std::io;
use std::path::Path;

use age::secrecy::SecretString;
use async_trait::async_trait;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::digest::{SHA256, digest};
use zeroize::Zeroizing;

use super::error::OfficeKeyError;
use super::office_key::{OfficeKey, Wrapped, chance, is_name};
use super::passphrase::{self, LockError};
use crate::cipher::ObjectKey;

const FIRST_LINE: &str = "counterpart/office-key/v1";

/// An office key in memory. Wiped when dropped.
pub struct FileKey {
    office: String,
    secret: Zeroizing<[u8; 32]>,
}

impl FileKey {
    /// A fresh key for an office, in memory only.
    ///
    /// # Errors
    /// [`OfficeKeyError::BadName`].
    pub fn generate(office: &str) -> Result<FileKey, OfficeKeyError> {
        if !is_name(office) {
            return Err(OfficeKeyError::BadName);
        }
        Ok(FileKey { office: office.to_owned(), secret: Zeroizing::new(chance()?) })
    }

    /// Writes it to a new file, locked to the passphrase, and flushes it.
    ///
    /// # Errors
    /// [`OfficeKeyError::Exists`], or what the disk says; then no file is left.
    pub fn write(&self, file: &Path, passphrase: SecretString) -> Result<(), OfficeKeyError> {
        self.write_locked(file, |text| passphrase::lock(text, passphrase))
    }

    /// The same behind a passphrase that everybody knows, for an office in which nothing is real.
    ///
    /// # Errors
    /// Those of [`FileKey::write`].
    pub fn write_to_known(&self, file: &Path, passphrase: SecretString) -> Result<(), OfficeKeyError> {
        self.write_locked(file, |text| passphrase::lock_to_known(text, passphrase))
    }

    fn write_locked(
        &self,
        file: &Path,
        lock: impl FnOnce(&[u8]) -> Result<Vec<u8>, LockError>,
    ) -> Result<(), OfficeKeyError> {
        let text = Zeroizing::new(format!("{FIRST_LINE}\noffice: {}\nsecret: {}\n", self.office, *hex(&*self.secret)));
        let locked = lock(text.as_bytes())
            .map_err(|error| OfficeKeyError::Failed(format!("the key cannot be locked: {error}")))?;
        passphrase::write_new(file, &locked).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => OfficeKeyError::Exists(file.to_owned()),
            _ => failed(file, &error),
        })
    }

    /// Reads a key file.
    ///
    /// # Errors
    /// One for each way in which it is not the file or the passphrase.
    pub fn read(file: &Path, passphrase: SecretString) -> Result<FileKey, OfficeKeyError> {
        let of_file = |error| of_lock(file, error);
        let locked = passphrase::read_file(file, passphrase::is_locked).map_err(of_file)?;
        let text = passphrase::unlock(&locked, passphrase).map_err(of_file)?;
        parse(&text).ok_or_else(|| OfficeKeyError::Damaged(file.to_owned()))
    }

    fn aead(&self) -> LessSafeKey {
        LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &*self.secret).expect("a key of 32 bytes"))
    }
}

fn of_lock(file: &Path, error: LockError) -> OfficeKeyError {
    let file = file.to_owned();
    match error {
        LockError::WrongPassphrase => OfficeKeyError::WrongPassphrase(file),
        LockError::TooMuchWork => OfficeKeyError::TooMuchWork(file),
        LockError::Damaged => OfficeKeyError::Damaged(file),
        LockError::Exposed => OfficeKeyError::Exposed(file),
        LockError::Failed(error) if error.kind() == io::ErrorKind::NotFound => OfficeKeyError::Missing(file),
        LockError::Failed(error) => failed(&file, &error),
    }
}

fn parse(text: &[u8]) -> Option<FileKey> {
    let mut lines = std::str::from_utf8(text).ok()?.lines();
    (lines.next()? == FIRST_LINE).then_some(())?;
    let office = lines.next()?.strip_prefix("office: ").filter(|office| is_name(office))?;
    let secret = unhex(lines.next()?.strip_prefix("secret: ")?)?;
    lines.next().is_none().then(|| FileKey { office: office.to_owned(), secret })
}

fn hex(bytes: &[u8]) -> Zeroizing<String> {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).expect("four bits are a digit");
    Zeroizing::new(bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect())
}

fn unhex(text: &str) -> Option<Zeroizing<[u8; 32]>> {
    let digits = text.as_bytes();
    let mut bytes = Zeroizing::new([0; 32]);
    if digits.len() != 64 {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks(2)) {
        let digit = |ascii: u8| char::from(ascii).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}

fn failed(file: &Path, error: &io::Error) -> OfficeKeyError {
    OfficeKeyError::Failed(format!("{}: {error}", file.display()))
}

#[async_trait]
impl OfficeKey for FileKey {
    /// By the beginning of the key's SHA-256, which says nothing about a key of 32 bytes of chance.
    fn name(&self) -> String {
        let mut named = Zeroizing::new(b"counterpart/office-key/name/v1\n".to_vec());
        named.extend_from_slice(&*self.secret);
        format!("file key {}", *hex(&digest(&SHA256, &named).as_ref()[..8]))
    }

    fn office(&self) -> Option<&str> {
        Some(&self.office)
    }

    async fn wrap(&self, key: &ObjectKey, aad: &[u8]) -> Result<Wrapped, OfficeKeyError> {
        let nonce: [u8; NONCE_LEN] = chance()?;
        let mut sealed = Zeroizing::new(Vec::with_capacity(32 + AES_256_GCM.tag_len()));
        sealed.extend_from_slice(key.bytes());
        self.aead()
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(aad), &mut *sealed)
            .map_err(|_| OfficeKeyError::Failed("the key cannot be wrapped".to_owned()))?;
        Ok(Wrapped::new(&nonce, &sealed).expect("32 bytes and a tag"))
    }

    async fn unwrap(&self, wrapped: &Wrapped, aad: &[u8]) -> Result<ObjectKey, OfficeKeyError> {
        let mut opened = Zeroizing::new(wrapped.sealed().to_vec());
        let nonce = Nonce::try_assume_unique_for_key(wrapped.nonce()).expect("twelve bytes");
        let key =
            self.aead().open_in_place(nonce, Aad::from(aad), &mut opened).map_err(|_| OfficeKeyError::DoesNotOpen)?;
        let key = Zeroizing::new(<[u8; 32]>::try_from(&*key).map_err(|_| OfficeKeyError::DoesNotOpen)?);
        Ok(ObjectKey::new(*key))
    }
}
