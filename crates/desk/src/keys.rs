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
use crate::text::visible;

/// The longest name of a key that is made.
const NAME_BYTES_MAX: usize = 200;

/// Makes a key.
pub(crate) fn make(name: &str, kind: KeyKind) -> Result<SignerKey> {
    let mut seed = Zeroizing::new([0; 32]);
    getrandom::fill(&mut seed[..])
        .map_err(|err| Error::of(format_args!("no chance to be had: {err}")).hint("check the system"))?;
    // It stands in every checkpoint and on every screen.
    let is_fit = name.len() <= NAME_BYTES_MAX && visible(name) == name;
    SignerKey::new(name, kind, &seed).filter(|_| is_fit).ok_or_else(|| {
        Error::of(format_args!("this is no name of a key: `{name}`")).hint(format_args!(
            "a name has 1 to {NAME_BYTES_MAX} bytes, no spaces, no plus and nothing invisible: log.example.org/2026"
        ))
    })
}

/// Writes it where nothing is.
pub(crate) fn write(path: &Path, key: &SignerKey) -> Result<()> {
    let line = Zeroizing::new(format!("{}\n", *key.print()));
    files::create(path, line.as_bytes())
}

/// Reads one. Nothing is said of modes before it is known to be such a key: advice is pasted.
pub(crate) fn read(path: &Path, kind: KeyKind) -> Result<SignerKey> {
    let (what, command) = match kind {
        KeyKind::Log => ("a log's", "init"),
        KeyKind::Witness => ("a witness's", "init-witness"),
    };
    let meta = path.metadata().map_err(|err| Error::io(path, &err))?;
    if !meta.is_file() && !meta.is_dir() {
        return Err(Error::of(format_args!("{}: a pipe or a device, not a file", path.display()))
            .hint(format_args!("name the file that counterpartd {command} made")));
    }
    // A folder is refused by this, in the system's words.
    let text = Zeroizing::new(files::read(path)?);
    let key = SignerKey::parse(text.trim_end_matches('\n')).filter(|key| key.verifier().kind() == kind);
    let key = key.ok_or_else(|| {
        Error::of(format_args!("{}: not {what} key", path.display()))
            .hint(format_args!("name the file that counterpartd {command} made, or make one with it"))
    })?;
    if meta.permissions().mode() & 0o077 != 0 {
        return Err(Error::of(format_args!("{}: others may read this key", path.display()))
            .hint("give the file the mode 600, and make another key if others could read it"));
    }
    Ok(key)
}
