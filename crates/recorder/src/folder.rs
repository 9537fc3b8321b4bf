//! A copy's folder: the names in it, and what must be true of it before a recording begins.
//!
//! Not here: writing the copy (`part.rs`) and publishing it (`finish.rs`).
//! Invariants: the checks leave nothing behind; nothing that stands in a folder is ever written
//! over; two folders of a recording are two folders by path and by device and inode.

use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};

use crate::error::Error;

/// The finished recording in a copy's folder.
pub const RECORDING: &str = "recording.flac";
/// The recording while it is being made.
pub const PART: &str = "recording.flac.part";
/// A second, rewritten part, when the seal outgrew the room kept for it or a copy must be made anew.
pub const PART2: &str = "recording.flac.part2";
const PROBE: &str = ".recording.flac.probe";

/// Room that must be free besides the reserve before a recording begins, bytes.
const START_BYTES: u64 = 256 * 1024;

/// Checks every folder and gives their canonical paths.
pub(crate) fn check_all(folders: &[PathBuf], reserve_bytes: u64) -> Result<Vec<PathBuf>, Error> {
    if folders.is_empty() || folders.len() > usize::from(u8::MAX) {
        return Err(Error::Copies(folders.len()));
    }
    let mut seen: Vec<(PathBuf, (u64, u64))> = Vec::new();
    for folder in folders {
        let canonical = check(folder)?;
        let meta = canonical.metadata().map_err(|cause| Error::NotWritable(folder.clone(), cause))?;
        let identity = (meta.dev(), meta.ino());
        if let Some(at) = seen.iter().position(|(path, other)| *path == canonical || *other == identity) {
            return Err(Error::SameFolder(folders[at].clone(), folder.clone()));
        }
        let nested = |path: &PathBuf| path.starts_with(&canonical) || canonical.starts_with(path);
        if let Some(at) = seen.iter().position(|(path, _)| nested(path)) {
            return Err(Error::NestedFolders(folders[at].clone(), folder.clone()));
        }
        seen.push((canonical, identity));
    }
    // Room and permission last: the plainer mistakes above are the likelier ones.
    for (folder, (canonical, _)) in folders.iter().zip(&seen) {
        probe(canonical).map_err(|cause| Error::NotWritable(folder.clone(), cause))?;
        let free_bytes = free_bytes(canonical).map_err(|cause| Error::NotWritable(folder.clone(), cause))?;
        let needed_bytes = reserve_bytes + START_BYTES;
        if free_bytes < needed_bytes {
            return Err(Error::NoRoom { folder: folder.clone(), free_bytes, needed_bytes });
        }
    }
    Ok(seen.into_iter().map(|(path, _)| path).collect())
}

/// Refuses a state folder within a copy's folder: the signing key must never be on a medium that is handed over.
pub(crate) fn check_state(state_dir: &Path, folders: &[PathBuf]) -> Result<(), Error> {
    let absolute = std::path::absolute(state_dir).unwrap_or_else(|_| state_dir.to_owned());
    // It may not be there yet: what counts is where it would be made.
    let there = absolute.ancestors().find_map(|path| path.canonicalize().ok());
    match folders.iter().find(|folder| there.as_ref().is_some_and(|there| there.starts_with(folder))) {
        Some(folder) => Err(Error::StateOnCopy(state_dir.to_owned(), folder.clone())),
        None => Ok(()),
    }
}

fn check(folder: &Path) -> Result<PathBuf, Error> {
    let canonical = canonical(folder)?;
    for name in [RECORDING, PART, PART2] {
        let path = canonical.join(name);
        if path.symlink_metadata().is_ok() {
            return Err(Error::AlreadyThere(folder.join(name)));
        }
    }
    Ok(canonical)
}

/// The one path of a folder that is there.
pub(crate) fn canonical(folder: &Path) -> Result<PathBuf, Error> {
    let canonical = folder.canonicalize().map_err(|cause| match cause.kind() {
        io::ErrorKind::NotFound => Error::FolderMissing(folder.to_owned()),
        io::ErrorKind::NotADirectory => Error::NotAFolder(folder.to_owned()),
        _ => Error::NotWritable(folder.to_owned(), cause),
    })?;
    if canonical.is_dir() { Ok(canonical) } else { Err(Error::NotAFolder(folder.to_owned())) }
}

/// Tries to write without leaving anything: a file without a name, or one that goes away at once.
fn probe(folder: &Path) -> io::Result<()> {
    let unnamed = rustix::fs::open(folder, OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC, Mode::RUSR | Mode::WUSR);
    match unnamed {
        Ok(_) => Ok(()),
        Err(
            rustix::io::Errno::OPNOTSUPP
            | rustix::io::Errno::ISDIR
            | rustix::io::Errno::NOENT
            | rustix::io::Errno::INVAL,
        ) => {
            let path = folder.join(PROBE);
            File::options().write(true).create_new(true).open(&path)?;
            std::fs::remove_file(path)
        }
        Err(error) => Err(error.into()),
    }
}

/// Free bytes on the folder's medium for such as us.
fn free_bytes(folder: &Path) -> io::Result<u64> {
    let stat = rustix::fs::statvfs(folder)?;
    Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// Runs the check over folders named relative to a scratch folder and gives the error's line.
    fn check(folders: &[&str], prepare: impl Fn(&Path)) -> String {
        let dir = tempfile::tempdir().unwrap();
        for name in ["a", "b"] {
            std::fs::create_dir(dir.path().join(name)).unwrap();
        }
        prepare(dir.path());
        let folders: Vec<_> = folders.iter().map(|name| dir.path().join(name)).collect();
        let line = match check_all(&folders, 1_000) {
            Ok(paths) => format!("{} folders", paths.len()),
            Err(error) => {
                assert!(!error.hint().contains('\n'));
                error.to_string()
            }
        };
        for name in ["a", "b"] {
            let names: Vec<_> =
                std::fs::read_dir(dir.path().join(name)).unwrap().flatten().map(|e| e.file_name()).collect();
            assert!(names.iter().all(|name| name != PROBE), "{names:?}");
        }
        line.replace(&format!("{}/", dir.path().display()), "")
    }

    #[test]
    fn mistakes_are_told_apart() {
        let nothing = |_: &Path| {};
        assert_eq!(check(&["a", "b"], nothing), "2 folders");
        assert_eq!(check(&[], nothing), "a recording cannot have 0 copies");
        assert_eq!(check(&["a", "c"], nothing), "c: no such folder");
        assert_eq!(check(&["a", "a"], nothing), "a: named twice");
        assert_eq!(check(&["a", "b/../a"], nothing), "a and b/../a are the same folder");
        let link = |dir: &Path| std::os::unix::fs::symlink(dir.join("a"), dir.join("link")).unwrap();
        assert_eq!(check(&["a", "link"], link), "a and link are the same folder");
        let file = |dir: &Path| std::fs::write(dir.join("file"), "").unwrap();
        assert_eq!(check(&["a", "file"], file), "file: not a folder");
        for name in [RECORDING, PART, PART2] {
            let there = |dir: &Path| std::fs::write(dir.join("b").join(name), "").unwrap();
            assert_eq!(check(&["a", "b"], there), format!("b/{name}: there is a recording already"));
        }
    }
}
