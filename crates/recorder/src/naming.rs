//! How a file that is whole gets its name, for every file this program makes: nothing is replaced, and it lasts.
//!
//! Not here: what makes a file whole (`finish.rs` for copies, the command line for derived ones).
//! Invariants: a name that is taken stays what it is; at every moment what has the new name is the
//! whole file; an old name that cannot be taken away does not undo the new one.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::path::Path;

use rustix::fd::AsFd;
use rustix::fs::{AtFlags, RenameFlags};
use rustix::io::Errno;

/// Gives a file another name in its folder, by the best means the file system has, and makes that durable.
///
/// # Errors
/// The new name is taken, or the file system refuses. Where only the old name could not be taken away
/// there is no error: it is still there then.
pub fn give_name(folder: &Path, old: &OsStr, new: &OsStr) -> io::Result<()> {
    let dir = File::open(folder)?;
    match rustix::fs::renameat_with(&dir, old, &dir, new, RenameFlags::NOREPLACE) {
        Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => stepwise(&dir, old, new)?,
        done => done?,
    }
    sync_dir(folder)
}

/// A link is never made over a file. Without links (FAT) it is looked, then renamed; nobody else makes this name.
fn stepwise(dir: impl AsFd, old: &OsStr, new: &OsStr) -> io::Result<()> {
    match rustix::fs::linkat(&dir, old, &dir, new, AtFlags::empty()) {
        Ok(()) => {
            // The file has its name; whoever cares for the old one sees that it is still there.
            let _ = rustix::fs::unlinkat(&dir, old, AtFlags::empty());
            return Ok(());
        }
        Err(Errno::EXIST) => return Err(Errno::EXIST.into()),
        Err(_) => {}
    }
    if rustix::fs::statat(&dir, new, AtFlags::SYMLINK_NOFOLLOW).is_ok() {
        return Err(Errno::EXIST.into());
    }
    Ok(rustix::fs::renameat(&dir, old, &dir, new)?)
}

/// Makes the names in a folder durable. A file system that cannot flush a folder has nothing to flush.
///
/// # Errors
/// The folder cannot be opened, or its medium fails.
pub fn sync_dir(folder: &Path) -> io::Result<()> {
    match File::open(folder)?.sync_all() {
        Err(error) if error.raw_os_error() == Some(Errno::INVAL.raw_os_error()) => Ok(()),
        done => done,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn by_no_means_is_anything_replaced() {
        let by_rename = |dir: &Path, old: &OsStr, new: &OsStr| give_name(dir, old, new);
        let by_steps = |dir: &Path, old: &OsStr, new: &OsStr| stepwise(File::open(dir)?, old, new);
        type Means = fn(&Path, &OsStr, &OsStr) -> io::Result<()>;
        let means: [Means; 2] = [by_rename, by_steps];
        for name in means {
            let dir = tempfile::tempdir().unwrap();
            let (old, new) = (dir.path().join("part"), dir.path().join("out.flac"));
            std::fs::write(&old, b"new").unwrap();
            name(dir.path(), "part".as_ref(), "out.flac".as_ref()).unwrap();
            assert_eq!((std::fs::read(&new).unwrap(), old.exists()), (b"new".to_vec(), false));
            std::fs::write(&old, b"newer").unwrap();
            let taken = name(dir.path(), "part".as_ref(), "out.flac".as_ref()).unwrap_err();
            assert_eq!(taken.kind(), io::ErrorKind::AlreadyExists);
            let bytes = [&old, &new].map(|path| std::fs::read(path).unwrap());
            assert_eq!(bytes, [b"newer".to_vec(), b"new".to_vec()]);
        }
    }

    #[test]
    fn a_folder_that_cannot_be_flushed_needs_no_flush() {
        assert!(File::open("/proc").unwrap().sync_all().is_err());
        sync_dir(Path::new("/proc")).unwrap();
    }
}
