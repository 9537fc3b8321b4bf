//! A copy that holds, opened once: checked, hashed and read through the same open file.
//!
//! Not the check (`seal`), not what is made of it (receipts, discs, sticks). Invariant: there is no value of this type
//! for a recording that did not verify.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use recorder::FileSource;
use seal::{Evidence, Outcome, ReadAt, Verified};
use sha2::{Digest as _, Sha256};

use crate::check::{self, Checked, Missing};
use crate::error::{Error, Result};
use crate::files::Stamp;
use crate::receipt::Subject;
use crate::state::StateArgs;
use crate::{files, hint, sentence};

const CHUNK_BYTES: usize = 1 << 20;

/// A recording that verified.
pub(crate) struct Holding {
    /// The file itself.
    pub(crate) file: PathBuf,
    checked: Checked,
    verified: Verified,
    source: FileSource,
    open: File,
    /// As it was before it was checked.
    stamp: Stamp,
}

/// A file's digest and length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hashed {
    /// SHA-256 in hexadecimal digits, as other programs print it.
    pub(crate) sha256: String,
    pub(crate) len_bytes: u64,
}

impl Hashed {
    pub(crate) fn of(bytes: &[u8]) -> Hashed {
        Hashed { sha256: hex(&Sha256::digest(bytes)), len_bytes: bytes.len() as u64 }
    }

    /// What papers say of a recording with this digest.
    pub(crate) fn subject<'a>(&'a self, outcome: Outcome, evidence: &'a Evidence, name: &'a str) -> Subject<'a> {
        Subject { outcome, evidence, sha256: &self.sha256, len_bytes: self.len_bytes, name }
    }
}

impl Holding {
    /// Opens and checks a file, or the recording in a copy's folder.
    pub(crate) fn open(path: &Path) -> Result<Holding> {
        let state_dir = StateArgs::default().folder().ok();
        let file = check::file_of(path, state_dir.as_deref())
            .map_err(|Missing { why, hint }| Error::of(format_args!("{}: {why}", path.display())).hint(hint))?;
        let open = files::open(&file).map_err(|err| Error::io(&file, &err))?;
        let stamp = Stamp::of(&open).map_err(|err| Error::io(&file, &err))?;
        let again = open.try_clone().map_err(|err| Error::io(&file, &err))?;
        let mut source = FileSource::new(open);
        let checked = Checked::shallow(path, &mut source);
        let checked = checked.of_file(file.clone(), state_dir.as_deref());
        let verified = checked.verdict().and_then(|verdict| verdict.verified()).cloned();
        let Some(verified) = verified else {
            let (word, sentence) = sentence::of(&checked);
            let other = || "only a recording that holds is handed over; try the other copy".to_owned();
            return Err(Error::of(format_args!("{}: {word}. {sentence}", path.display()))
                .hint(hint::of(&checked).unwrap_or_else(other)));
        };
        Ok(Holding { file, checked, verified, source, open: again, stamp })
    }

    pub(crate) fn evidence(&self) -> &Evidence {
        self.verified.evidence()
    }

    pub(crate) fn outcome(&self) -> Outcome {
        self.checked.outcome()
    }

    /// The open file, to be read from any place.
    pub(crate) fn source(&mut self) -> &mut FileSource {
        &mut self.source
    }

    /// Reads all of it. What is hashed is what was checked: a file that is written to meanwhile is refused.
    pub(crate) fn hash(&mut self) -> Result<Hashed> {
        let file = self.file.clone();
        let hashed = hash(self.source()).map_err(|err| Error::io(&file, &err))?;
        if Stamp::of(&self.open).map_err(|err| Error::io(&file, &err))? != self.stamp {
            return Err(Error::of(format_args!("{}: it was changed while it was read", file.display()))
                .hint("wait until nothing writes to it any more, and try again"));
        }
        Ok(hashed)
    }

    /// What papers say of it.
    pub(crate) fn subject<'a>(&'a self, hashed: &'a Hashed, name: &'a str) -> Subject<'a> {
        hashed.subject(self.outcome(), self.evidence(), name)
    }
}

/// SHA-256 of everything a source holds.
pub(crate) fn hash(source: &mut dyn ReadAt) -> io::Result<Hashed> {
    let len_bytes = source.len_bytes()?;
    let mut hasher = Sha256::new();
    copy(source, len_bytes, &mut |chunk| {
        hasher.update(chunk);
        Ok(())
    })?;
    Ok(Hashed { sha256: hex(&hasher.finalize()), len_bytes })
}

/// Hands over so many bytes from the beginning of a source, chunk by chunk.
pub(crate) fn copy(
    source: &mut dyn ReadAt,
    len_bytes: u64,
    give: &mut dyn FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<()> {
    let mut chunk = vec![0; CHUNK_BYTES];
    let mut at = 0;
    while at < len_bytes {
        let want = usize::try_from(len_bytes - at).unwrap_or(usize::MAX).min(CHUNK_BYTES);
        match source.read_at(at, &mut chunk[..want]) {
            Ok(0) => return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it ends too early")),
            Ok(got) => {
                give(&chunk[..got])?;
                at += got as u64;
            }
            Err(err) if err.kind() == io::ErrorKind::Interrupted => {}
            Err(err) => return Err(err),
        }
    }
    Ok(())
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
