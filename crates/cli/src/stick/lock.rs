//! The office's copy behind a passphrase or a public key: an age file that any program for age opens.
//!
//! Not the key of the recording, which is gone. Invariants: what is encrypted is hashed while it is read, so that an encrypted
//! copy is known to hold the recording that was checked; secrets are wiped.

use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::Path;
use std::str::FromStr;

use age::secrecy::SecretString;
use age::{Decryptor, Encryptor, Identity, Recipient};

use crate::error::{Error, Result};
use crate::passphrase::{self, Of};
use crate::reading::{Hashed, Tally};
use crate::{files, keyfile};

/// The recording when it is encrypted.
pub(crate) const ENCRYPTED: &str = "recording.flac.age";
/// What `--encrypt-office-copy-to` takes for a passphrase.
const PASSPHRASE: &str = "passphrase";
const KEY_BYTES_MAX: usize = 16_384;

/// For whom a copy is encrypted.
#[derive(Clone)]
pub(crate) enum Lock {
    Passphrase(SecretString),
    Key(age::x25519::Recipient),
}

impl Lock {
    /// `age1…` or `passphrase`, which is then asked for.
    pub(crate) fn read(to: &str) -> Result<Lock> {
        if to == PASSPHRASE {
            return Ok(Lock::Passphrase(passphrase::new(Of::OfficeCopy)?));
        }
        // It is not repeated: it may be a secret key or a passphrase that was put in the wrong place.
        age::x25519::Recipient::from_str(to).map(Lock::Key).map_err(|why| {
            Error::of(format_args!("--encrypt-office-copy-to: not a public key of age ({why})"))
                .hint("give a key that begins with age1, as age-keygen prints it, or the word passphrase")
        })
    }

    /// Writes all of `source`, encrypted.
    pub(crate) fn write(&self, source: &mut dyn Read, out: &mut dyn Write) -> io::Result<()> {
        let recipient: Box<dyn Recipient> = match self {
            Lock::Passphrase(passphrase) => Box::new(keyfile::locks_to(passphrase.clone())),
            Lock::Key(key) => Box::new(key.clone()),
        };
        let encryptor = Encryptor::with_recipients(std::iter::once(&*recipient)).map_err(io::Error::other)?;
        let mut encrypted = encryptor.wrap_output(out)?;
        io::copy(source, &mut encrypted)?;
        encrypted.finish()?;
        Ok(())
    }
}

/// Opens an encrypted copy and hashes what is in it. The key file's secrets, else the passphrase. What is damaged, not
/// what the key does not fit, is a clause.
pub(crate) fn hash_encrypted(path: &Path, key_file: Option<&Path>) -> Result<std::result::Result<Hashed, String>> {
    let file = files::open(path).map_err(|err| Error::io(path, &err))?;
    let closed = |why: String| {
        Error::of(format_args!("{}: {why}", path.display()))
            .hint("give the key file with --identity, or the passphrase")
    };
    let decryptor = match Decryptor::new_buffered(BufReader::new(file)) {
        Ok(decryptor) => decryptor,
        Err(age::DecryptError::Io(err)) if err.raw_os_error().is_some() => return Err(Error::io(path, &err)),
        Err(err) => return Ok(Err(format!("it is not a file of age: {err}"))),
    };
    let identities: Vec<Box<dyn Identity>> = match key_file {
        Some(key_file) => keys(key_file)?,
        None if decryptor.is_scrypt() => {
            vec![Box::new(keyfile::opens_with(passphrase::existing(Of::OfficeCopy)?))]
        }
        None => return Err(closed("it is encrypted to a key".to_owned())),
    };
    let open = decryptor.decrypt(identities.iter().map(AsRef::as_ref));
    let mut open = match open {
        Ok(open) => open,
        Err(age::DecryptError::ExcessiveWork { .. }) => {
            return Err(Error::of(format_args!(
                "{}: it asks for more work than this machine should do",
                path.display()
            ))
            .hint("open it with age on a faster machine and verify what comes out"));
        }
        Err(age::DecryptError::InvalidMac) => return Ok(Err("its head was changed".to_owned())),
        Err(err) => return Err(closed(format!("it cannot be opened: {err}"))),
    };
    match hash_stream(&mut open) {
        Ok(hashed) => Ok(Ok(hashed)),
        Err(err) if err.raw_os_error().is_some() => Err(Error::io(path, &err)),
        Err(_) => Ok(Err("it was changed or cut short after it was encrypted".to_owned())),
    }
}

fn keys(path: &Path) -> Result<Vec<Box<dyn Identity>>> {
    let file: File = files::open(path).map_err(|err| Error::io(path, &err))?;
    let bytes = files::read_small(path, file, KEY_BYTES_MAX)?;
    let lines = std::str::from_utf8(&bytes).unwrap_or_default().lines();
    let keys: Vec<Box<dyn Identity>> = lines
        .filter_map(|line| age::x25519::Identity::from_str(line.trim()).ok())
        .map(|key| Box::new(key) as Box<dyn Identity>)
        .collect();
    if keys.is_empty() {
        return Err(Error::of(format_args!("{}: there is no key of age in it", path.display()))
            .hint("give the file that age-keygen wrote"));
    }
    Ok(keys)
}

fn hash_stream(source: &mut dyn Read) -> io::Result<Hashed> {
    let mut tally = Tally::new(source);
    io::copy(&mut tally, &mut io::sink())?;
    Ok(tally.hashed())
}
