//! A small secret behind a passphrase, in a file of its own: an age file to a passphrase, so `age -d` opens it too.
//!
//! Not what the secret is, nor asking for the passphrase. Invariants: locking takes the same work on every machine; what asks for more than a
//! fixed bound is refused before that work is begun; a file has mode 0600, replaces nothing by itself, and is refused when others may read it;
//! what was unlocked is wiped.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use age::secrecy::SecretString;
use zeroize::Zeroizing;

use super::place::folder_of;
use crate::regular;

const AGE_START: &[u8] = b"age-encryption.org/v1\n";
/// A key file is far smaller; a larger one is something else.
const FILE_LEN_BYTES_MAX: u64 = 16_384;
/// The work of a passphrase, as a power of two: what age's own program takes, whatever the machine. It costs 256 MiB once.
const WORK_FACTOR: u8 = 18;
/// The most work a file may ask for: 1 GiB. The library's own limit grows with the machine.
const WORK_FACTOR_MAX: u8 = 20;

/// Why a secret is not locked, unlocked or read.
#[derive(Debug)]
#[non_exhaustive]
pub enum LockError {
    /// The caller's: the passphrase is another.
    WrongPassphrase,
    /// The file asks for more work than a machine should do for a passphrase. Nothing of it was done.
    TooMuchWork,
    /// The file is none of these, or was damaged.
    Damaged,
    /// The operator's: others on the machine may read the file.
    Exposed,
    /// Reading or writing failed.
    Failed(io::Error),
}

impl fmt::Display for LockError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LockError::WrongPassphrase => f.write_str("the passphrase does not open this key"),
            LockError::TooMuchWork => f.write_str("this key file asks for more work than this machine should do"),
            LockError::Damaged => f.write_str("this is not such a key, or it is damaged"),
            LockError::Exposed => f.write_str("others on this machine may read this key"),
            LockError::Failed(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for LockError {}

impl From<io::Error> for LockError {
    fn from(error: io::Error) -> LockError {
        LockError::Failed(error)
    }
}

/// Locks a text to a passphrase. Takes about a second.
///
/// # Errors
/// [`LockError::Failed`].
pub fn lock(text: &[u8], passphrase: SecretString) -> Result<Vec<u8>, LockError> {
    locked(text, passphrase, WORK_FACTOR)
}

fn locked(text: &[u8], passphrase: SecretString, work_factor: u8) -> Result<Vec<u8>, LockError> {
    let mut locks = age::scrypt::Recipient::new(passphrase);
    locks.set_work_factor(work_factor);
    age::encrypt(&locks, text).map_err(|error| LockError::Failed(io::Error::other(error)))
}

/// Locks a text to a passphrase that everybody knows, with no work: work would keep nobody out.
///
/// # Errors
/// [`LockError::Failed`].
pub fn lock_to_known(text: &[u8], passphrase: SecretString) -> Result<Vec<u8>, LockError> {
    locked(text, passphrase, 1)
}

/// Whether that is a text behind something, by its beginning.
#[must_use]
pub fn is_locked(bytes: &[u8]) -> bool {
    bytes.starts_with(AGE_START)
}

/// Opens what was locked.
///
/// # Errors
/// One for each way in which it is not such a text or the passphrase.
pub fn unlock(locked: &[u8], passphrase: SecretString) -> Result<Zeroizing<Vec<u8>>, LockError> {
    let mut opens = age::scrypt::Identity::new(passphrase);
    opens.set_max_work_factor(WORK_FACTOR_MAX);
    let opened = age::decrypt(&opens, locked).map_err(|error| match error {
        age::DecryptError::ExcessiveWork { .. } => LockError::TooMuchWork,
        // Of the passphrase's part of the file; what is damaged behind it is an error of reading.
        age::DecryptError::DecryptionFailed | age::DecryptError::KeyDecryptionFailed => LockError::WrongPassphrase,
        _ => LockError::Damaged,
    });
    opened.map(Zeroizing::new)
}

/// Reads a key file as it lies there, locked or not. `is_such` says whether these bytes can be one: of a file that is something else
/// nothing is said about who may read it, for advice is pasted.
///
/// # Errors
/// [`LockError::Damaged`] for what is no key file, [`LockError::Exposed`] for one that others may read.
pub fn read_file(file: &Path, is_such: impl Fn(&[u8]) -> bool) -> Result<Zeroizing<Vec<u8>>, LockError> {
    let open = regular::open(file).map_err(|error| match error.kind() {
        io::ErrorKind::InvalidInput => LockError::Damaged,
        _ => LockError::Failed(error),
    })?;
    let found = open.metadata()?;
    if found.len() > FILE_LEN_BYTES_MAX {
        return Err(LockError::Damaged);
    }
    let mut bytes = Zeroizing::new(Vec::new());
    (&open).take(FILE_LEN_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > FILE_LEN_BYTES_MAX || !is_such(&bytes) {
        return Err(LockError::Damaged);
    }
    match found.mode() & 0o077 {
        0 => Ok(bytes),
        _ => Err(LockError::Exposed),
    }
}

/// Writes a new file for its owner alone, and flushes it and its folder.
///
/// # Errors
/// What the disk says, [`io::ErrorKind::AlreadyExists`] among it; then no file is left that was not there.
pub fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    let written =
        file.write_all(bytes).and_then(|()| file.sync_all()).and_then(|()| File::open(folder_of(path))?.sync_all());
    written.inspect_err(|_| {
        // A key file that is not whole must not look like one.
        let _ = std::fs::remove_file(path);
    })
}
