//! Secret keys of logs and witnesses in files of mode 0600, one line each, in the form of Go's note package.
//!
//! Not what they sign.
//! Invariants: a key that others may read is refused; a secret is in no message and is wiped when dropped.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use seal::tlog::{KeyKind, SignerKey};
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::files;

/// Makes a key.
pub(crate) fn make(name: &str, kind: KeyKind) -> Result<SignerKey> {
    let mut seed = Zeroizing::new([0; 32]);
    getrandom::fill(&mut seed[..])
        .map_err(|err| Error::of(format_args!("no chance to be had: {err}")).hint("check the system"))?;
    SignerKey::new(name, kind, &seed).ok_or_else(|| {
        Error::of(format_args!("`{name}` is no name of a key"))
            .hint("a name has no spaces and no plus: log.example.org/2026")
    })
}

/// Writes it where nothing is.
pub(crate) fn write(path: &Path, key: &SignerKey) -> Result<()> {
    let line = Zeroizing::new(format!("{}\n", *key.print()));
    files::create(path, line.as_bytes())
}

/// Reads one.
pub(crate) fn read(path: &Path, kind: KeyKind) -> Result<SignerKey> {
    let mode = path.metadata().map_err(|err| Error::io(path, &err))?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(Error::of(format_args!("{}: others may read this key", path.display()))
            .hint(format_args!("chmod 600 {}, and make another key if they could", path.display())));
    }
    let text = Zeroizing::new(files::read(path)?);
    let key = SignerKey::parse(text.trim_end_matches('\n')).filter(|key| key.verifier().kind() == kind);
    let (what, command) = match kind {
        KeyKind::Log => ("a log's", "init"),
        KeyKind::Witness => ("a witness's", "init-witness"),
    };
    key.ok_or_else(|| {
        Error::of(format_args!("{}: not {what} key", path.display()))
            .hint(format_args!("make one: counterpartd {command}"))
    })
}
