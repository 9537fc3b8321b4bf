//! Files as the commands meet them: which file a path means, and how a new one comes to be.
//!
//! Nothing here looks inside a file. Invariants: an existing file is never written over; what has
//! the final name is whole and flushed; whatever fails leaves no half-made file behind.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{FileExt, FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use recorder::FileSource;
use recorder::folder::{PART, PART2, RECORDING};
use recorder::naming;
use zeroize::Zeroizing;

use crate::error::{Error, Result};

/// What a path on the command line stands for.
pub(crate) enum Place {
    /// A file to look into.
    File(PathBuf),
    /// A folder with a recording that was not finished.
    Unfinished,
    /// A folder without any recording.
    Empty,
}

/// A file stands for itself, a folder for the recording in it.
pub(crate) fn place(path: &Path) -> Place {
    if !path.is_dir() {
        return Place::File(path.to_owned());
    }
    let inside = path.join(RECORDING);
    if inside.symlink_metadata().is_ok() {
        Place::File(inside)
    } else if [PART, PART2].iter().any(|name| path.join(name).symlink_metadata().is_ok()) {
        Place::Unfinished
    } else {
        Place::Empty
    }
}

/// Opens a file for reading. Pipes and devices are refused: they cannot be read twice, and may never end.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    let kind = fs::metadata(path)?.file_type();
    if kind.is_dir() {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, "this is a folder, not a file"));
    }
    if !kind.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "this is a pipe or a device, not a file"));
    }
    File::open(path)
}

/// Reads a small file whole; what is larger is something else. The bytes are wiped, for they may be a key.
pub(crate) fn read_small(path: &Path, file: File, bytes_max: usize) -> Result<Zeroizing<Vec<u8>>> {
    // Room for all of it from the start, so that no reallocation leaves a copy behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(bytes_max + 2));
    file.take(bytes_max as u64 + 1).read_to_end(&mut bytes).map_err(|err| Error::io(path, &err))?;
    if bytes.len() > bytes_max {
        return Err(Error::of(format_args!("{}: longer than {bytes_max} bytes", path.display()))
            .hint("this is another file than the one meant"));
    }
    Ok(bytes)
}

/// Whether two files hold the same bytes.
pub(crate) fn same_bytes(a: &Path, b: &Path) -> io::Result<bool> {
    const CHUNK_BYTES: usize = 1 << 18;
    let (a, b) = (File::open(a)?, File::open(b)?);
    let (mut left, mut right) = (vec![0; CHUNK_BYTES], vec![0; CHUNK_BYTES]);
    let mut offset = 0;
    loop {
        let (n, m) = (fill(&a, offset, &mut left)?, fill(&b, offset, &mut right)?);
        if left[..n] != right[..m] {
            return Ok(false);
        }
        if n < CHUNK_BYTES {
            return Ok(true);
        }
        offset += n as u64;
    }
}

/// Reads until the buffer is full or the file ends.
fn fill(file: &File, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
    let mut have = 0;
    while have < buf.len() {
        match FileExt::read_at(file, &mut buf[have..], offset + have as u64) {
            Ok(0) => break,
            Ok(n) => have += n,
            Err(err) if err.kind() == io::ErrorKind::Interrupted => {}
            Err(err) => return Err(err),
        }
    }
    Ok(have)
}

/// What the system notes when an open file is written to: length, and when its bytes and it itself were changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp(u64, [i64; 4]);

impl Stamp {
    pub(crate) fn of(file: &File) -> io::Result<Stamp> {
        let meta = file.metadata()?;
        Ok(Stamp(meta.len(), [meta.mtime(), meta.mtime_nsec(), meta.ctime(), meta.ctime_nsec()]))
    }
}

/// Whether two paths lead to one and the same file on the disk, or to one drive by two of its names.
pub(crate) fn same_file(a: &Path, b: &Path) -> bool {
    match (a.metadata(), b.metadata()) {
        (Ok(a), Ok(b)) if a.file_type().is_block_device() && b.file_type().is_block_device() => a.rdev() == b.rdev(),
        (Ok(a), Ok(b)) => (a.dev(), a.ino()) == (b.dev(), b.ino()),
        _ => false,
    }
}

/// Whether two files that are still to be made would be one.
pub(crate) fn same_new_file(a: &Path, b: &Path) -> bool {
    a.file_name() == b.file_name() && same_file(folder_of(a), folder_of(b))
}

/// What is being made now, to be removed when the program is told to end.
static MAKING: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// A file or folder that is to go when the program is told to end.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    /// Makes it. Nothing is made while the program is being ended.
    pub(crate) fn create<T>(path: &Path, make: impl FnOnce() -> io::Result<T>) -> io::Result<(T, Scratch)> {
        // Whoever held it had nothing half done when it panicked.
        let mut making = MAKING.lock().unwrap_or_else(PoisonError::into_inner);
        let made = make()?;
        making.push(path.to_owned());
        Ok((made, Scratch(path.to_owned())))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        MAKING.lock().unwrap_or_else(PoisonError::into_inner).retain(|path| *path != self.0);
    }
}

/// Removes what is being made, and ends the program; nothing new is begun meanwhile.
pub(crate) fn abandon(end: impl FnOnce()) {
    let making = MAKING.lock().unwrap_or_else(PoisonError::into_inner);
    for path in making.iter() {
        // What cannot be removed has a name that says what it is.
        let _ = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    }
    end();
}

/// A file that is being made under the name `NAME.part` beside its final one.
pub(crate) struct NewFile {
    file: File,
    part: PathBuf,
    path: PathBuf,
    _scratch: Scratch,
}

impl NewFile {
    /// Refuses a name that is taken: said at once, before any long work.
    pub(crate) fn refuse_taken(path: &Path) -> Result<()> {
        if path.symlink_metadata().is_ok() {
            return Err(Error::of(format_args!("{} exists already", path.display()))
                .hint("nothing is written over; choose another name"));
        }
        Ok(())
    }

    /// The name that a file has while it is being made.
    pub(crate) fn part_of(path: &Path) -> PathBuf {
        let mut name: OsString = path.as_os_str().to_owned();
        name.push(".part");
        PathBuf::from(name)
    }

    /// Begins the file. What was said in private is for its owner to pass on: nobody else may read it.
    pub(crate) fn create(path: &Path) -> Result<NewFile> {
        NewFile::refuse_taken(path)?;
        let part = NewFile::part_of(path);
        let open = || OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&part);
        match Scratch::create(&part, open) {
            Ok((file, _scratch)) => Ok(NewFile { file, _scratch, part, path: path.to_owned() }),
            Err(err) if err.kind() == io::ErrorKind::AlreadyExists => {
                Err(Error::of(format_args!("{} exists already", part.display()))
                    .hint("another command is writing it, or one was broken off: then remove it"))
            }
            Err(err) => Err(Error::io(path, &err)),
        }
    }

    /// The open file.
    pub(crate) fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// Where it is while it is being made, for another program to write to.
    pub(crate) fn part(&self) -> &Path {
        &self.part
    }

    /// The file so far, to be read.
    pub(crate) fn source(&self) -> io::Result<FileSource> {
        self.file.try_clone().map(FileSource::new)
    }

    /// Flushes the file and gives it its final name, unless that exists by now.
    pub(crate) fn keep(self) -> Result<()> {
        self.file.sync_all().map_err(|err| Error::io(&self.path, &err))?;
        let name = |path: &Path| path.file_name().unwrap_or_default().to_owned();
        let named = naming::give_name(folder_of(&self.path), &name(&self.part), &name(&self.path));
        named.map_err(|err| Error::io(&self.path, &err))
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        let ids = |meta: fs::Metadata| (meta.dev(), meta.ino());
        let own = self.file.metadata().map(ids);
        // After it got its name nothing of it has this one, or another command's file.
        if self.part.symlink_metadata().map(ids).is_ok_and(|found| own.is_ok_and(|own| own == found)) {
            // What is left of a failure is of no use; when it cannot be removed its name says what it is.
            let _ = fs::remove_file(&self.part);
        }
    }
}

/// Makes a new name in a folder durable.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    naming::sync_dir(folder_of(path))
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_new_file_never_takes_the_place_of_another() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("out.flac");
        let mut new = NewFile::create(&path).unwrap();
        new.file().write_all(b"new").unwrap();
        fs::write(&path, b"somebody else was faster").unwrap();
        assert!(new.keep().is_err());
        assert_eq!(fs::read(&path).unwrap(), b"somebody else was faster");
        assert!(!dir.path().join("out.flac.part").exists());
    }

    #[test]
    fn a_new_file_that_is_not_kept_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("out.flac");
        drop(NewFile::create(&path).unwrap());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
        NewFile::create(&path).unwrap().keep().unwrap();
        assert_eq!(path.metadata().unwrap().mode() & 0o777, 0o600);
    }
}
