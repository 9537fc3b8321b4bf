//! What lies below a log's folder of objects, reached name by name from an open folder and never by a path: no link is followed there.
//!
//! Not what the names mean. The folder itself may be a link, for that is how somebody mounts a disk; a link below it would have the log write to and remove what is
//! not its own. Invariants: what is opened, made, renamed or removed lies in the folder that was opened; opening never waits.

use std::fs::File;
use std::io;
use std::path::Path;

use rustix::fs::{AtFlags, CWD, Dir as Entries, FileType, Mode, OFlags, RenameFlags};
use rustix::fs::{linkat, mkdirat, openat, renameat, renameat_with, statat, unlinkat};
use rustix::io::Errno;

const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

/// An open folder.
#[derive(Debug)]
pub(super) struct Below(File);

impl Below {
    /// The log's own, wherever a link leads.
    pub(super) fn root(path: &Path) -> io::Result<Below> {
        Ok(Below(openat(CWD, path, FOLDER, Mode::empty())?.into()))
    }

    /// A folder in it.
    pub(super) fn folder(&self, name: &str) -> io::Result<Below> {
        match openat(&self.0, name, FOLDER | OFlags::NOFOLLOW, Mode::empty()) {
            Ok(folder) => Ok(Below(folder.into())),
            // Which of both errors a link is depends on the system.
            Err(_) if self.kind(name)? == Some(FileType::Symlink) => Err(is_link(name)),
            Err(error) => Err(error.into()),
        }
    }

    /// Makes a folder in it, if nothing has that name.
    pub(super) fn make_folder(&self, name: &str) -> io::Result<()> {
        match mkdirat(&self.0, name, Mode::RWXU | Mode::RWXG | Mode::RWXO) {
            Err(error) if error != Errno::EXIST => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// What has that name, if anything has.
    pub(super) fn kind(&self, name: &str) -> io::Result<Option<FileType>> {
        match statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(found) => Ok(Some(FileType::from_raw_mode(found.st_mode))),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// A file in it, to read from; none where there is a folder.
    pub(super) fn open(&self, name: &str) -> io::Result<Option<File>> {
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file: File = match openat(&self.0, name, flags, Mode::empty()) {
            Ok(file) => file.into(),
            Err(Errno::NOENT) => return Ok(None),
            Err(Errno::LOOP) => return Err(is_link(name)),
            Err(error) => return Err(error.into()),
        };
        match file.metadata()?.file_type() {
            kind if kind.is_file() => Ok(Some(file)),
            kind if kind.is_dir() => Ok(None),
            _ => Err(io::Error::other(format!("{name}: no file stands in its place"))),
        }
    }

    /// A new file in it.
    pub(super) fn create(&self, name: &str) -> io::Result<File> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mode = Mode::RUSR | Mode::WUSR | Mode::RGRP | Mode::WGRP | Mode::ROTH | Mode::WOTH;
        Ok(openat(&self.0, name, flags, mode)?.into())
    }

    /// All names in it.
    pub(super) fn names(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in Entries::read_from(&self.0)? {
            let entry = entry?;
            let name = entry.file_name();
            if ![c".", c".."].contains(&name) {
                names.push(name.to_string_lossy().into_owned());
            }
        }
        Ok(names)
    }

    /// Gives something a name in another folder, unless that is taken.
    pub(super) fn rename(&self, name: &str, to: (&Below, &str)) -> Result<(), Errno> {
        renameat_with(&self.0, name, &to.0.0, to.1, RenameFlags::NOREPLACE)
    }

    /// The same over what has that name.
    pub(super) fn rename_over(&self, name: &str, to: (&Below, &str)) -> io::Result<()> {
        Ok(renameat(&self.0, name, &to.0.0, to.1)?)
    }

    /// Gives a file a second name, unless that is taken.
    pub(super) fn link(&self, name: &str, to: (&Below, &str)) -> io::Result<()> {
        Ok(linkat(&self.0, name, &to.0.0, to.1, AtFlags::empty())?)
    }

    /// Removes what is no folder, if it is there.
    pub(super) fn remove_file(&self, name: &str) -> io::Result<()> {
        match unlinkat(&self.0, name, AtFlags::empty()) {
            Err(Errno::NOENT) => Ok(()),
            removed => Ok(removed?),
        }
    }

    /// Removes a folder, if nothing is in it; whether it did.
    pub(super) fn remove_empty(&self, name: &str) -> bool {
        unlinkat(&self.0, name, AtFlags::REMOVEDIR).is_ok()
    }

    /// To be flushed.
    pub(super) fn file(&self) -> &File {
        &self.0
    }
}

fn is_link(name: &str) -> io::Error {
    io::Error::other(format!(
        "{name}: a symbolic link stands in its place, and a log has none: look where it leads, and remove it"
    ))
}
