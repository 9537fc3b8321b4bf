//! A file while it is written, under a name nobody else uses, and what is left of those whose writer was killed.
//!
//! Not where it goes then. Invariants: nothing is removed that has not a name of this form; its writer holds it (flock) for as long as it lives, so that whoever tidies, in any process,
//! removes only files whose writer is gone; its name says for which object it is, as soon as that is known, so that a destruction finds it.

use std::fs::File;
use std::io;
use std::num::NonZeroU64;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};

use ring::rand::{SecureRandom as _, SystemRandom};
use rustix::fs::{Advice, FlockOperation, fadvise, flock};
use rustix::io::Errno;

use super::below::Below;
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
    folder: Below,
    name: String,
    len_bytes: u64,
    /// Up to where the disk was told to begin.
    begun_bytes: u64,
    is_kept: bool,
}

impl Fresh {
    /// Begins one for an object, whose name may not be known yet.
    pub(super) fn make(folder: Below, digest: Option<&Digest>) -> io::Result<Fresh> {
        let beginning = digest.map_or_else(|| UNNAMED.to_owned(), Digest::to_string);
        for _ in 0..TRIES {
            // Never a name that was there before: who tidies may be about to remove that one.
            let name = format!("{beginning}.{:016x}", chance()?);
            let file = folder.create(&name)?;
            // Before it is held, it looks left. A file system without such locks is never tidied.
            let is_held = flock(&file, FlockOperation::NonBlockingLockExclusive) != Err(Errno::WOULDBLOCK);
            if is_held && file.metadata()?.nlink() > 0 {
                return Ok(Fresh { file, folder, name, len_bytes: 0, begun_bytes: 0, is_kept: false });
            }
        }
        Err(io::Error::other("others remove every new file"))
    }

    pub(super) fn file(&self) -> &File {
        &self.file
    }

    /// The folder that it is in, and its name there.
    pub(super) fn place(&self) -> (&Below, &str) {
        (&self.folder, &self.name)
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
        let name = format!("{digest}.{:016x}", chance()?);
        let to = (&self.folder, &*name);
        self.folder.rename(&self.name, to).or_else(|error| match error {
            // A file system without that rename. Nobody else has drawn the same name.
            Errno::INVAL | Errno::NOSYS => self.folder.rename_over(&self.name, to),
            error => Err(error),
        })?;
        self.name = name;
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
            let _ = self.folder.remove_file(&self.name);
        }
    }
}

fn chance() -> io::Result<u64> {
    let mut chance = [0; 8];
    SystemRandom::new().fill(&mut chance).map_err(|_| io::Error::other("the system gives no chance"))?;
    Ok(u64::from_be_bytes(chance))
}

/// For which object a name is that [`Fresh`] gives; `None` of anything else, which is never removed.
fn is_for(name: &str) -> Option<&str> {
    let (object, chance) = name.split_once('.')?;
    let is_hex = |text: &str, len: usize| {
        text.len() == len && text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f'))
    };
    (is_hex(chance, 16) && (object == UNNAMED || is_hex(object, 64))).then_some(object)
}

/// Files that were begun for an object, whoever writes them.
pub(super) fn written_for(folder: &Below, digest: &Digest) -> io::Result<Vec<String>> {
    let digest = digest.to_string();
    let names = folder.names()?;
    Ok(names.into_iter().filter(|name| is_for(name) == Some(&*digest)).collect())
}

/// Removes the files whose writer is gone; how many there were.
pub(super) fn remove_left(folder: &Below) -> io::Result<u64> {
    let mut removed = 0;
    for name in folder.names()?.into_iter().filter(|name| is_for(name).is_some()) {
        let file = match folder.open(&name) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            // No writer of ours made it.
            Err(error) if NotAFile::of(&error).is_some() => continue,
            file => file?,
        };
        // Held by its writer; or there are no locks here, and nobody can know.
        if flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
            continue;
        }
        // It may have its name now, or somebody else tidies too.
        removed += u64::from(folder.remove_file(&name)?);
    }
    Ok(removed)
}

#[cfg(test)]
mod tests {
    use super::is_for;

    #[test]
    fn only_names_of_our_own_are_taken_for_what_is_half_written() {
        let (object, chance) = ("0123456789abcdef".repeat(4), "0123456789abcdef");
        assert_eq!(is_for(&format!("{object}.{chance}")), Some(&*object));
        assert_eq!(is_for(&format!("new.{chance}")), Some("new"));
        for other in [
            "keyring.sqlite".to_owned(),
            "office.key".to_owned(),
            object.clone(),
            format!("{object}."),
            format!("{object}.{chance}0"),
            format!("{object}.{}", "0123456789ABCDEF"),
            format!("{}.{chance}", &object[1..]),
            format!("old.{chance}"),
            format!("new.{chance}.x"),
        ] {
            assert_eq!(is_for(&other), None, "{other}");
        }
    }
}
