//! A file while it is written, under a name nobody else uses, and what is left of those whose writer was killed.
//!
//! Not where it goes then. Invariants: its writer holds it (flock) for as long as it lives, so that whoever tidies, in any process,
//! removes only files whose writer is gone; its name says for which object it is, as soon as that is known, so that a destruction finds it.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::num::NonZeroU64;
use std::os::unix::fs::{FileExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use ring::rand::{SecureRandom as _, SystemRandom};
use rustix::fs::{Advice, CWD, FlockOperation, RenameFlags, fadvise, flock, renameat_with};
use rustix::io::Errno;

use super::open_file;
use crate::regular::NotAFile;
use crate::store::Digest;

/// What the name of a file begins with whose object is not known yet.
const UNNAMED: &str = "new";
/// After so many bytes the disk is told to begin with them, so that there is little left to do when they are flushed.
const BEGIN_LEN_BYTES: u64 = 8 << 20;
/// How often a new file is begun when somebody who tidies was quicker.
const TRIES: u32 = 8;

/// A file being written. Removed when dropped, unless it was kept.
pub(super) struct Fresh {
    file: File,
    path: PathBuf,
    len_bytes: u64,
    /// Up to where the disk was told to begin.
    begun_bytes: u64,
    is_kept: bool,
}

impl Fresh {
    /// Begins one for an object, whose name may not be known yet.
    pub(super) fn make(folder: &Path, digest: Option<&Digest>) -> io::Result<Fresh> {
        let beginning = digest.map_or_else(|| UNNAMED.to_owned(), Digest::to_string);
        for _ in 0..TRIES {
            // Never a name that was there before: who tidies may be about to remove that one.
            let path = folder.join(format!("{beginning}.{:016x}", chance()?));
            let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
            let fresh = Fresh { file, path, len_bytes: 0, begun_bytes: 0, is_kept: false };
            // Before it is held, it looks left. A file system without such locks is never tidied.
            let is_held = flock(&fresh.file, FlockOperation::NonBlockingLockExclusive) != Err(Errno::WOULDBLOCK);
            if is_held && fresh.file.metadata()?.nlink() > 0 {
                return Ok(fresh);
            }
        }
        Err(io::Error::other("others remove every new file"))
    }

    pub(super) fn file(&self) -> &File {
        &self.file
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all_at(bytes, self.len_bytes)?;
        self.len_bytes += bytes.len() as u64;
        let waiting_bytes = self.len_bytes - self.begun_bytes;
        if waiting_bytes >= BEGIN_LEN_BYTES {
            // Linux begins to write what it is told will not be needed. It is advice: what fails shows when all of it is flushed.
            let _ = fadvise(&self.file, self.begun_bytes, NonZeroU64::new(waiting_bytes), Advice::DontNeed);
            self.begun_bytes = self.len_bytes;
        }
        Ok(())
    }

    /// From now on it is known for which object it is.
    pub(super) fn name(&mut self, digest: &Digest) -> io::Result<()> {
        let path = self.path.with_file_name(format!("{digest}.{:016x}", chance()?));
        renameat_with(CWD, &self.path, CWD, &path, RenameFlags::NOREPLACE).or_else(|error| match error {
            // A file system without that rename. Nobody else has drawn the same name.
            Errno::INVAL | Errno::NOSYS => fs::rename(&self.path, &path),
            error => Err(error.into()),
        })?;
        self.path = path;
        Ok(())
    }

    /// It has another name now.
    pub(super) fn keep(&mut self) {
        self.is_kept = true;
    }
}

impl Drop for Fresh {
    fn drop(&mut self) {
        if !self.is_kept {
            // Whoever tidies finds it otherwise.
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn chance() -> io::Result<u64> {
    let mut chance = [0; 8];
    SystemRandom::new().fill(&mut chance).map_err(|_| io::Error::other("the system gives no chance"))?;
    Ok(u64::from_be_bytes(chance))
}

/// Files that were begun for an object, whoever writes them.
pub(super) fn written_for(folder: &Path, digest: &Digest) -> io::Result<Vec<PathBuf>> {
    let beginning = format!("{digest}.");
    let entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    let names_it = |entry: &fs::DirEntry| entry.file_name().to_string_lossy().starts_with(&beginning);
    Ok(entries.iter().filter(|entry| names_it(entry)).map(fs::DirEntry::path).collect())
}

/// Removes the files whose writer is gone; how many there were.
pub(super) fn remove_left(folder: &Path) -> io::Result<u64> {
    let mut removed = 0;
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let file = match open_file(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            // No writer of ours made it.
            Err(error) if NotAFile::of(&error).is_some() => continue,
            file => file?,
        };
        // Held by its writer; or there are no locks here, and nobody can know.
        if flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
            continue;
        }
        match fs::remove_file(&path) {
            // It has its name now, or somebody else tidies too.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            done => {
                done?;
                removed += 1;
            }
        }
    }
    Ok(removed)
}
