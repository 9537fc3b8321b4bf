//! Who acts: an account and its own key, from a file of its own.
//!
//! Not whether the account counts (`casework::staff`), nor the lock of its passphrase (`vault::keyring::passphrase`). Invariants: the file is
//! mode 0600 and takes the place of nothing but itself; a secret is in no message and is wiped; what is signed is always a hash of 32 bytes that
//! names its purpose (`spec/vault.md`, section 6).

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use age::secrecy::SecretString;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use casework::{Account, PublicKey, Signature};
use seal::certificate::{approve, approver_key};
use vault::keyring::passphrase::{self, LockError};
use zeroize::Zeroizing;

use super::acts::fresh;
use crate::error::{Error, Result};

const FIRST_LINE: &str = "counterpart/account-key/v1";

/// An account with its key.
pub(crate) struct Actor {
    pub(crate) account: Account,
    secret: Zeroizing<[u8; 32]>,
    /// By which session they act; nothing where they have their key in a file.
    session: Option<[u8; 32]>,
}

impl Actor {
    /// Makes one, into a new file, behind the passphrase if there is one.
    pub(crate) fn make(account: Account, path: &Path, passphrase: Option<SecretString>) -> Result<Actor> {
        let actor = Actor { account, secret: Zeroizing::new(fresh()?), session: None };
        passphrase::write_new(path, &actor.bytes(passphrase)?).map_err(|err| Error::io(path, &err))?;
        Ok(actor)
    }

    /// One whose key was opened elsewhere.
    pub(crate) fn of(account: Account, secret: Zeroizing<[u8; 32]>) -> Actor {
        Actor { account, secret, session: None }
    }

    /// The same who acts by that session, and only while it counts.
    pub(crate) fn by_session(self, name: [u8; 32]) -> Actor {
        Actor { session: Some(name), ..self }
    }

    pub(super) fn session(&self) -> Option<&[u8; 32]> {
        self.session.as_ref()
    }

    /// Reads one; the passphrase is asked for only where there is one. Nothing is said of modes before it is known to be such a key: advice is
    /// pasted.
    pub(crate) fn read(path: &Path, passphrase: impl FnOnce() -> Result<SecretString>) -> Result<Actor> {
        let failed = |error| unusable(path, error);
        let is_such = |bytes: &[u8]| passphrase::is_locked(bytes) || bytes.starts_with(FIRST_LINE.as_bytes());
        let mut bytes = passphrase::read_file(path, is_such).map_err(failed)?;
        if passphrase::is_locked(&bytes) {
            let secret = passphrase()?;
            // It takes a second, and this program's other work goes on.
            bytes = tokio::task::block_in_place(|| passphrase::unlock(&bytes, secret)).map_err(failed)?;
        }
        let text = std::str::from_utf8(&bytes).ok();
        text.and_then(Actor::parse).ok_or_else(|| unusable(path, LockError::Damaged))
    }

    /// Puts the same key behind another passphrase, or behind none: a new file takes the old one's place, once it was seen to open.
    pub(crate) fn lock_anew(&self, path: &Path, passphrase: Option<SecretString>) -> Result<()> {
        let failed = |err: io::Error| Error::io(path, &err);
        // What a link points to is changed, not the link.
        let place = std::fs::canonicalize(path).map_err(failed)?;
        remove_drafts(&place).map_err(failed)?;
        let mut name = place.clone().into_os_string();
        name.push(format!(".{:08x}.new", u32::from_be_bytes(fresh()?)));
        let draft = PathBuf::from(name);
        passphrase::write_new(&draft, &self.bytes(passphrase.clone())?).map_err(failed)?;
        let secret = || passphrase.ok_or_else(|| Error::of("it has a passphrase").hint("report this"));
        let replaced = Actor::read(&draft, secret).and_then(|_| {
            std::fs::rename(&draft, &place).map_err(failed)?;
            let folder = place.parent().unwrap_or(Path::new("/"));
            File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)
        });
        replaced.inspect_err(|_| {
            // The old file stands, or the new one has its name; a third is of no use.
            let _ = std::fs::remove_file(&draft);
        })
    }

    /// As it lies in its file.
    fn bytes(&self, passphrase: Option<SecretString>) -> Result<Zeroizing<Vec<u8>>> {
        let secret = Zeroizing::new(BASE64_STANDARD.encode(self.secret.as_slice()));
        let text = Zeroizing::new(format!("{FIRST_LINE}\naccount: {}\nsecret: ed25519 {}\n", self.account, *secret));
        let Some(passphrase) = passphrase else { return Ok(Zeroizing::new(text.as_bytes().to_vec())) };
        let locked = tokio::task::block_in_place(|| passphrase::lock(text.as_bytes(), passphrase));
        locked
            .map(Zeroizing::new)
            .map_err(|err| Error::of(err).hint("check the memory of this machine: it takes 256 MiB"))
    }

    fn parse(text: &str) -> Option<Actor> {
        let mut lines = text.lines();
        lines.next().filter(|line| *line == FIRST_LINE)?;
        let account = lines.next()?.strip_prefix("account: ")?.parse().ok()?;
        let secret = Zeroizing::new(BASE64_STANDARD.decode(lines.next()?.strip_prefix("secret: ed25519 ")?).ok()?);
        let secret = Zeroizing::new(<[u8; 32]>::try_from(secret.as_slice()).ok()?);
        lines.next().is_none().then_some(Actor { account, secret, session: None })
    }

    /// Its public half, to be enrolled.
    pub(crate) fn public_key(&self) -> PublicKey {
        PublicKey(approver_key(&self.secret))
    }

    /// The secret itself, to be sealed for its own person.
    pub(crate) fn secret(&self) -> &[u8; 32] {
        &self.secret
    }

    /// Signs a hash.
    pub(crate) fn sign(&self, hash: &[u8; 32]) -> [u8; 64] {
        approve(&self.secret, hash)
    }

    /// Signs what it approves.
    pub(crate) fn approval(&self, subject: &casework::Digest) -> Signature {
        Signature(approve(&self.secret, &subject.0))
    }
}

fn unusable(path: &Path, error: LockError) -> Error {
    let shown = path.display();
    match error {
        LockError::Failed(err) => Error::io(path, &err),
        LockError::Exposed => Error::of(format_args!("{shown}: others may read this key"))
            .hint("give the file the mode 600, and enrol another key if others could read it"),
        LockError::WrongPassphrase => Error::of(format_args!("{shown}: {error}"))
            .hint("try again; where it is forgotten, make another key and enrol it as a new account"),
        LockError::TooMuchWork => Error::of(format_args!("{shown}: {error}"))
            .hint("no program of ours made it: name the file that \"counterpartd vault key\" made"),
        _ => Error::of(format_args!("{shown}: not an account's key"))
            .hint("name the file that \"counterpartd vault key\" made, or make one with it"),
    }
}

/// Removes what a change that was broken off left beside a key: the same key, behind a passphrase that somebody may have given up since.
fn remove_drafts(place: &Path) -> io::Result<()> {
    let (Some(folder), Some(name)) = (place.parent(), place.file_name().and_then(|name| name.to_str())) else {
        return Ok(());
    };
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let found = entry.file_name();
        let chance = found.to_str().and_then(|found| {
            found.strip_prefix(name)?.strip_prefix('.')?.strip_suffix(".new").filter(|chance| chance.len() == 8)
        });
        let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if chance.is_some_and(|chance| chance.bytes().all(is_hex)) && entry.file_type()?.is_file() {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
