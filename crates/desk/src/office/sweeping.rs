//! Journals, caches and copies of a thing outside the vault: looked for in the folders that the office names, and removed.
//!
//! Not the stores (`vault`). A journal is known by its folder's name, a recording and every excerpt of it by the id in its seal,
//! anything else by its content. Invariants: a file is removed only when it was seen to be the thing's; links are not followed; what
//! cannot be read is an error and never passed over, for it may be a copy; a removal is durable before it is counted.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use casework::Name;
use casework::custody::{Body, Commitment, Thing};
use seal::RecordingId;

use super::plain::FilePlain;
use crate::config::office::SweepConfig;
use crate::error::{Error, Result};
use crate::vault::commitment;

/// How deep folders may lie in each other.
const DEPTH_MAX: u32 = 32;
/// How many digits of a recording's id name its journal's folder.
const JOURNAL_DIGITS: usize = 32;

/// By what a thing's copies are known.
pub(crate) enum Mark {
    /// A recording, by its id.
    Recording(RecordingId),
    /// Anything else: by its length and the salted digest of its content.
    Content { len_bytes: u64, salt: [u8; 32], digest: [u8; 32] },
    /// Nothing of it can lie in a folder.
    None,
}

impl Mark {
    /// The mark of a thing. Of what is not a recording the salt is needed, which goes with the key.
    pub(crate) fn of(thing: &Thing, salt: Option<[u8; 32]>) -> Mark {
        match (thing.body(), salt) {
            (Some(Body::Electronic { commitment: Commitment::Recording { id, .. }, .. }), _) => {
                id.to_string().parse().map_or(Mark::None, Mark::Recording)
            }
            (Some(Body::Physical { recording: Some(id), .. }), _) => {
                id.to_string().parse().map_or(Mark::None, Mark::Recording)
            }
            (Some(Body::Electronic { commitment: Commitment::Salted(digest), plain_len_bytes, .. }), Some(salt)) => {
                Mark::Content { len_bytes: *plain_len_bytes, salt, digest: digest.0 }
            }
            _ => Mark::None,
        }
    }
}

/// Removes all that is the thing's from each place; how much from each.
pub(crate) fn sweep(places: &[SweepConfig], mark: &Mark) -> Result<Vec<(Name, u32)>> {
    let mut swept = Vec::new();
    for place in places {
        let name = place.name.parse().map_err(|err| Error::of(err).hint("see to sweep.name in office.toml"))?;
        let mut removed = 0;
        if !matches!(mark, Mark::None) {
            in_folder(&place.folder, mark, 0, &mut removed)?;
        }
        swept.push((name, removed));
    }
    Ok(swept)
}

fn in_folder(folder: &Path, mark: &Mark, depth: u32, removed: &mut u32) -> Result<()> {
    if depth > DEPTH_MAX {
        return Err(Error::of(format_args!("{}: folders lie too deep in each other", folder.display()))
            .hint("name a folder nearer to the recorder's own in office.toml"));
    }
    let mut entries: Vec<_> = fs::read_dir(folder)
        .and_then(Iterator::collect::<io::Result<Vec<_>>>)
        .map_err(|err| Error::io(folder, &err))?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let kind = entry.file_type().map_err(|err| Error::io(&path, &err))?;
        if kind.is_dir() {
            if is_journal(&path, mark) {
                fs::remove_dir_all(&path).and_then(|()| flush(folder)).map_err(|err| Error::io(&path, &err))?;
                *removed += 1;
            } else {
                in_folder(&path, mark, depth + 1, removed)?;
            }
        } else if kind.is_file() && is_of(&path, mark)? {
            fs::remove_file(&path).and_then(|()| flush(folder)).map_err(|err| Error::io(&path, &err))?;
            *removed += 1;
        }
    }
    Ok(())
}

fn flush(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

fn is_journal(folder: &Path, mark: &Mark) -> bool {
    let Mark::Recording(id) = mark else { return false };
    folder.file_name().is_some_and(|name| name == &id.to_string()[..JOURNAL_DIGITS])
}

fn is_of(path: &Path, mark: &Mark) -> Result<bool> {
    let failed = |err: io::Error| Error::io(path, &err);
    let file = match vault::regular::open(path) {
        // It went meanwhile: a recorder that tidied up.
        // Or what is no file by now.
        Err(err) if matches!(err.kind(), io::ErrorKind::NotFound | io::ErrorKind::InvalidInput) => return Ok(false),
        other => FilePlain::new(other.map_err(failed)?).map_err(failed)?,
    };
    match mark {
        Mark::Recording(id) => Ok(seal::peek(&mut &file).is_some_and(|peek| peek.id == *id)),
        Mark::Content { len_bytes, salt, digest } => {
            let is_as_long = vault::Plain::len_bytes(&file) == *len_bytes;
            Ok(is_as_long && commitment::salted(&file, salt).map_err(failed)? == *digest)
        }
        Mark::None => Ok(false),
    }
}
