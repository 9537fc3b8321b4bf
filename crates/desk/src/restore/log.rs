//! A log's folder out of a backup, each file held against the manifest.
//!
//! Not what is in the files: whether they agree is the log's own check. Invariants: nothing is written over; a file that is not the one that was
//! carried away is not put back, and is named; without its checkpoint nothing of a log is.

use std::fs;
use std::path::{Component, Path};

use super::{draft_of, flush_folder_of};
use crate::backup::{CHECKPOINT, LOG_HEADS, LogFile, sha256_of};
use crate::error::{Error, Result};
use crate::{codes, files};

/// One line for each file that the backup does not give: it was carried away, and is not there or is another now.
pub(super) fn flaws(from: &Path, carried: &[LogFile]) -> Result<Vec<String>> {
    let mut flaws = Vec::new();
    for file in carried {
        if let Some(flaw) = flaw(from, file) {
            flaws.push(format!("log: {}: {flaw}", file.path));
        }
    }
    match carried.iter().find(|file| file.path == CHECKPOINT) {
        Some(checkpoint) if flaw(from, checkpoint).is_none() => Ok(flaws),
        Some(_) => Err(Error::of(format_args!("{}: the log's checkpoint is damaged in the backup, or is not there", from.display()))
            .hint("nothing of the log can be told from anything else without it: take another backup, or restore the office without --log-data")
            .with_code(codes::REFUSED)),
        None => Err(Error::of("the backup has no log's data")
            .hint("it was made without --log-data: restore the office without it too")
            .with_code(codes::REFUSED)),
    }
}

/// What is wrong with a file of a log in that folder.
fn flaw(folder: &Path, file: &LogFile) -> Option<&'static str> {
    let path = Path::new(&file.path);
    let is_below = path.components().all(|part| matches!(part, Component::Normal(_)));
    let path = folder.join(path);
    if !is_below || !path.symlink_metadata().is_ok_and(|meta| meta.is_file()) {
        return Some("it is not in the backup, though the backup was made with it");
    }
    match sha256_of(&path) {
        Ok(found) if found == file.sha256 => None,
        Ok(_) => Some("it is damaged in the backup: its bytes are others"),
        Err(_) => Some("it is damaged in the backup: it cannot be read"),
    }
}

/// Whether an earlier try, broken off later, put exactly this log there. Anything else that is there is an error.
pub(super) fn is_put_back(from: &Path, data: &Path, carried: &[LogFile]) -> Result<bool> {
    let is_same = |file: &LogFile| flaw(data, file).is_none() || flaw(from, file).is_some();
    let given = carried.iter().filter(|file| flaw(from, file).is_none()).count();
    if data.is_dir() && carried.iter().all(is_same) && count(data).map_err(|err| Error::io(data, &err))? == given {
        return Ok(true);
    }
    files::absent(data).map(|()| false)
}

/// How many things that are no folders lie in a folder.
fn count(folder: &Path) -> std::io::Result<usize> {
    let mut all = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        all += if entry.file_type()?.is_dir() { count(&entry.path())? } else { 1 };
    }
    Ok(all)
}

/// Puts back what the backup gives, under another name until all of it is there.
pub(super) fn put_back(from: &Path, data: &Path, carried: &[LogFile]) -> Result<()> {
    let draft = draft_of(data)?;
    if draft.exists() {
        fs::remove_dir_all(&draft).map_err(|err| Error::io(&draft, &err))?;
    }
    let (heads, rest): (Vec<_>, Vec<_>) = carried.iter().partition(|file| LOG_HEADS.contains(&&*file.path));
    fs::create_dir(&draft).map_err(|err| Error::io(&draft, &err))?;
    for file in rest.into_iter().chain(heads).filter(|file| flaw(from, file).is_none()) {
        let (path, target) = (from.join(&file.path), draft.join(&file.path));
        let folder = target.parent().unwrap_or(&draft);
        fs::create_dir_all(folder).map_err(|err| Error::io(folder, &err))?;
        files::create(&target, &fs::read(&path).map_err(|err| Error::io(&path, &err))?)?;
        if sha256_of(&target)? != file.sha256 {
            return Err(Error::of(format_args!("{}: it was not copied as it is", target.display()))
                .hint("see to the disk, and restore again"));
        }
    }
    fs::rename(&draft, data).map_err(|err| Error::io(data, &err))?;
    flush_folder_of(data)
}
