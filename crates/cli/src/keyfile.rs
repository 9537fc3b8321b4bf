//! The device key file and its public half.
//!
//! Not the use of the key: that is `seal::DeviceKey`. The key file is three lines of text, or the
//! same text as an age file behind a passphrase (so `age -d` opens it too); the public file is one
//! line, the words of the header note's `device:` line. Invariants: a key file is made with mode
//! 0600, never replaces anything, and is refused when others may read it; secrets are wiped.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use age::secrecy::SecretString;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use seal::DeviceKey;
use zeroize::{Zeroize, Zeroizing};

use crate::error::{Error, Result};
use crate::files;

const FIRST_LINE: &str = "counterpart/device-key/v1";
const AGE_START: &[u8] = b"age-encryption.org/v1\n";
/// A key file is far smaller; a larger one is something else.
const KEY_FILE_BYTES_MAX: usize = 16_384;
const PUBLIC_FILE_BYTES_MAX: usize = 4_096;
/// The work of locking to a passphrase, as a power of two: what age's own program takes, whatever the machine. It costs 256 MiB once.
const WORK_FACTOR: u8 = 18;
/// The most work a file may ask for: 1 GiB. The library's own limit grows with the machine, past 8 GiB on a fast one.
const WORK_FACTOR_MAX: u8 = 20;

/// `$XDG_CONFIG_HOME/counterpart/device.key`, else `~/.config/counterpart/device.key`.
pub(crate) fn default_path() -> Option<PathBuf> {
    let absolute = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let config = absolute("XDG_CONFIG_HOME").or_else(|| Some(absolute("HOME")?.join(".config")))?;
    Some(config.join("counterpart").join("device.key"))
}

/// The public file beside a key file: its name with `.pub` behind.
pub(crate) fn public_path(key: &Path) -> PathBuf {
    let mut name = key.as_os_str().to_owned();
    name.push(".pub");
    PathBuf::from(name)
}

/// A device as others know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PublicDevice {
    pub(crate) name: String,
    pub(crate) public_key: [u8; 32],
}

impl PublicDevice {
    pub(crate) fn of(key: &DeviceKey) -> PublicDevice {
        PublicDevice { name: key.name().to_owned(), public_key: key.public_key() }
    }

    /// `ed25519 BASE64 NAME`.
    pub(crate) fn line(&self) -> String {
        format!("ed25519 {} {}", BASE64_STANDARD.encode(self.public_key), self.name)
    }

    fn parse(line: &str) -> Option<PublicDevice> {
        let (key, name) = line.strip_suffix('\n').unwrap_or(line).strip_prefix("ed25519 ")?.split_once(' ')?;
        let public_key = BASE64_STANDARD.decode(key).ok()?.try_into().ok()?;
        let clean = !name.is_empty() && name.len() <= 100 && !name.chars().any(char::is_control);
        clean.then(|| PublicDevice { name: name.to_owned(), public_key })
    }

    /// Reads a `.pub` file.
    pub(crate) fn read(path: &Path) -> Result<PublicDevice> {
        let file = files::open(path).map_err(|err| Error::io(path, &err))?;
        let bytes = files::read_small(path, file, PUBLIC_FILE_BYTES_MAX)?;
        std::str::from_utf8(&bytes).ok().and_then(PublicDevice::parse).ok_or_else(|| {
            Error::of(format_args!("{}: this is not a device's public key", path.display()))
                .hint("give the .pub file that \"counterpart device init\" wrote")
        })
    }
}

/// Writes the key file and the public file; with a passphrase the key file is encrypted.
pub(crate) fn create(path: &Path, key: &DeviceKey, passphrase: Option<SecretString>) -> Result<PathBuf> {
    let public = public_path(path);
    for path in [path, &public] {
        if path.symlink_metadata().is_ok() {
            return Err(Error::of(format_args!("{} exists already", path.display()))
                .hint("a device key is never written over; choose another place with --file"));
        }
    }
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder).map_err(|err| Error::io(folder, &err))?;
    }
    let raw = Zeroizing::new(key.secret());
    let secret = Zeroizing::new(BASE64_STANDARD.encode(raw.as_slice()));
    let text = Zeroizing::new(format!("{FIRST_LINE}\nname: {}\nsecret: ed25519 {}\n", key.name(), *secret));
    let bytes = match passphrase {
        Some(passphrase) => Zeroizing::new(lock(text.as_bytes(), passphrase)?),
        None => Zeroizing::new(text.as_bytes().to_vec()),
    };
    write_new(path, 0o600, &bytes)?;
    write_new(&public, 0o644, format!("{}\n", PublicDevice::of(key).line()).as_bytes()).inspect_err(|_| {
        // A key nobody was told of is no use, and would stand in the way of the next try.
        let _ = fs::remove_file(path);
    })?;
    files::sync_folder(path).map_err(|err| Error::io(path, &err))?;
    Ok(public)
}

fn write_new(path: &Path, mode: u32, bytes: &[u8]) -> Result<()> {
    let write = || -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
        file.write_all(bytes).and_then(|()| file.sync_all()).inspect_err(|_| {
            // A key file that is not whole must not look like one.
            let _ = fs::remove_file(path);
        })
    };
    write().map_err(|err| Error::io(path, &err))
}

/// Reads a key file; `passphrase` is asked for only when the file is locked.
pub(crate) fn read(path: &Path, passphrase: impl FnOnce() -> Result<SecretString>) -> Result<DeviceKey> {
    let file = files::open(path).map_err(|err| not_opened(path, &err))?;
    let mode = file.metadata().map_err(|err| Error::io(path, &err))?.mode();
    let mut bytes = files::read_small(path, file, KEY_FILE_BYTES_MAX)?;
    let is_ours = [FIRST_LINE.as_bytes(), AGE_START].iter().any(|start| bytes.starts_with(start));
    // Of a file that is something else no command is given: it would shut a file of the system.
    if is_ours && mode & 0o077 != 0 {
        return Err(Error::of(format_args!("{}: others on this machine may read this key", path.display()))
            .hint(format_args!("chmod 600 {}", recorder::shell::word(path))));
    }
    if bytes.starts_with(AGE_START) {
        bytes = Zeroizing::new(unlock(path, &bytes, passphrase()?)?);
    }
    parse(&bytes).ok_or_else(|| {
        Error::of(format_args!("{}: this is not a device key", path.display()))
            .hint("make one with \"counterpart device init\"")
    })
}

/// A key that is not there can be made.
fn not_opened(path: &Path, err: &io::Error) -> Error {
    if err.kind() != io::ErrorKind::NotFound {
        return Error::io(path, err);
    }
    let place = match default_path() {
        Some(default) if default == path => String::new(),
        _ => format!(" --file {}", recorder::shell::word(path)),
    };
    Error::of(format_args!("{}: there is no device key", path.display()))
        .hint(format_args!("make one: counterpart device init{place}"))
}

fn parse(bytes: &[u8]) -> Option<DeviceKey> {
    let mut lines = std::str::from_utf8(bytes).ok()?.lines();
    if lines.next()? != FIRST_LINE {
        return None;
    }
    let name = lines.next()?.strip_prefix("name: ")?;
    let secret = Zeroizing::new(BASE64_STANDARD.decode(lines.next()?.strip_prefix("secret: ed25519 ")?).ok()?);
    let mut fixed: [u8; 32] = secret.as_slice().try_into().ok()?;
    let key = DeviceKey::new(name, fixed).ok();
    fixed.zeroize();
    if lines.next().is_some() { None } else { key }
}

/// For whoever knows the passphrase: the same work on every machine.
pub(crate) fn locks_to(passphrase: SecretString) -> age::scrypt::Recipient {
    let mut recipient = age::scrypt::Recipient::new(passphrase);
    recipient.set_work_factor(WORK_FACTOR);
    recipient
}

/// Opens what was locked to the passphrase, unless the file asks for too much work.
pub(crate) fn opens_with(passphrase: SecretString) -> age::scrypt::Identity {
    let mut identity = age::scrypt::Identity::new(passphrase);
    identity.set_max_work_factor(WORK_FACTOR_MAX);
    identity
}

fn lock(text: &[u8], passphrase: SecretString) -> Result<Vec<u8>> {
    age::encrypt(&locks_to(passphrase), text)
        .map_err(|err| Error::of(format_args!("the key cannot be locked: {err}")).hint("make it without --passphrase"))
}

fn unlock(path: &Path, bytes: &[u8], passphrase: SecretString) -> Result<Vec<u8>> {
    age::decrypt(&opens_with(passphrase), bytes).map_err(|err| match err {
        age::DecryptError::ExcessiveWork { .. } => {
            Error::of(format_args!("{}: this key file asks for more work than this machine should do", path.display()))
                .hint("open it with age on a faster machine and lock it again there")
        }
        _ => Error::of(format_args!("{}: the passphrase does not open this key", path.display())).hint("try again"),
    })
}
