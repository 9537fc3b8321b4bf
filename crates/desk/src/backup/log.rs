//! A log's folder, carried away while the log is in use.
//!
//! Not putting it back (`restore/log.rs`), nor what is in the files (`ledger`). Invariants: the checkpoint is read before the tiles, which only
//! grow, and written after them; no link below the folder is followed; each file has its digest in the manifest, seen to be right after it was written.

use std::fs;
use std::io::{self, Read as _};
use std::path::Path;

use ledger::STAGING_BYTES_MAX;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use vault::regular::{self, Links};

use super::sha256_of;
use crate::error::{Error, Result, plain};
use crate::files;

/// Where a log's files lie in a backup.
pub(crate) const LOG: &str = "log";
/// What the file is called that all others are held against.
pub(crate) const CHECKPOINT: &str = "checkpoint";
/// What a log's files are called that move on: read first, written last.
pub(crate) const LOG_HEADS: [&str; 2] = [CHECKPOINT, "pending"];

/// One file of a log in a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LogFile {
    /// From the log's folder.
    pub(crate) path: String,
    pub(crate) sha256: String,
}

/// Copies a log's folder.
pub(super) fn carry(from: &Path, to: &Path) -> Result<Vec<LogFile>> {
    let mut heads = Vec::new();
    for name in LOG_HEADS {
        match own(&from.join(name)) {
            Ok(bytes) => heads.push((name, bytes)),
            Err(err) if err.kind() == io::ErrorKind::NotFound => {}
            Err(err) => return Err(Error::io(&from.join(name), &err)),
        }
    }
    if heads.is_empty() {
        return Err(Error::of(format_args!("{}: no log's data", from.display()))
            .hint("name the folder given to \"counterpartd log --data\""));
    }
    let mut carried = Vec::new();
    carry_folder(from, to, "", &mut carried)?;
    for (name, bytes) in heads {
        carried.push(write(to, name.to_owned(), &bytes)?);
    }
    Ok(carried)
}

fn carry_folder(from: &Path, to: &Path, below: &str, carried: &mut Vec<LogFile>) -> Result<()> {
    let (here, there) = (from.join(below), to.join(below));
    fs::create_dir(&there).map_err(|err| Error::io(&there, &err))?;
    for entry in fs::read_dir(&here).map_err(|err| Error::io(&here, &err))? {
        let entry = entry.map_err(|err| Error::io(&here, &err))?;
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        let kind = entry.file_type().map_err(|err| Error::io(&path, &err))?;
        let is_head = LOG_HEADS.contains(&&*name);
        // Drafts are in folders that begin with a dot.
        let is_draft = name.starts_with('.');
        let name = if below.is_empty() { name } else { format!("{below}/{name}") };
        if kind.is_dir() && !is_draft {
            carry_folder(from, to, &name, carried)?;
        } else if kind.is_file() && !is_head && !is_draft {
            match own(&path) {
                Ok(bytes) => carried.push(write(to, name, &bytes)?),
                // A partial tile goes when its full one is there; the full one is copied or not needed by the head.
                Err(err) if err.kind() == io::ErrorKind::NotFound => {}
                Err(err) => {
                    return Err(Error::of(format_args!("{}: {}", path.display(), plain(&err)))
                        .hint("see to the disk, and back up again"));
                }
            }
        }
    }
    Ok(())
}

/// A file that a log wrote: no link, which would carry away what is not the log's, and no longer than any of its own.
fn own(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = regular::open_as(path, fs::File::options().read(true), Links::Refuse)?;
    file.take(STAGING_BYTES_MAX as u64 + 1).read_to_end(&mut bytes)?;
    match bytes.len() > STAGING_BYTES_MAX {
        true => Err(io::Error::new(io::ErrorKind::InvalidData, "longer than what a log writes")),
        false => Ok(bytes),
    }
}

fn write(to: &Path, name: String, bytes: &[u8]) -> Result<LogFile> {
    let path = to.join(&name);
    files::create(&path, bytes)?;
    let sha256: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    match sha256_of(&path)? == sha256 {
        true => Ok(LogFile { path: name, sha256 }),
        false => Err(Error::of(format_args!("{}: it was not written as it is", path.display()))
            .hint("see to the disk of the backup, and back up again")),
    }
}
