//! What lies below a store's folder, reached name by name from an open folder and never by a path: no link is followed there.
//!
//! Not what the names mean. The folder of the store itself may be a link, for that is how somebody mounts a disk; whoever puts one below it would have the store
//! write to, list and remove what is somebody else's. Invariants: what is opened, made, renamed or removed lies in the folder that was opened; opening never waits.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{AtFlags, CWD, Dir as Entries, FileType, Mode, OFlags, RenameFlags};
use rustix::fs::{linkat, mkdirat, openat, renameat, renameat_with, statat, unlinkat};
use rustix::io::Errno;

use crate::regular::NotAFile;

const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

/// An open folder.
#[derive(Debug)]
pub(super) struct Below(File);

impl Below {
    /// The store's own, wherever a link leads.
    pub(super) fn root(path: &Path) -> io::Result<Below> {
        Ok(Below(openat(CWD, path, FOLDER, Mode::empty())?.into()))
    }

    /// A folder in it.
    pub(super) fn folder(&self, name: &str) -> io::Result<Below> {
        match openat(&self.0, name, FOLDER | OFlags::NOFOLLOW, Mode::empty()) {
            Ok(folder) => Ok(Below(folder.into())),
            // Which of both errors a link is depends on the system.
            Err(_) if self.kind(name)? == Some(FileType::Symlink) => Err(NotAFile::error(
                "a symbolic link stands in its place, and a store has none: look where it leads, and remove it",
            )),
            Err(error) => Err(error.into()),
        }
    }

    /// Makes a folder in it for the owner alone, if nothing has that name.
    pub(super) fn make_folder(&self, name: &str) -> io::Result<()> {
        match mkdirat(&self.0, name, Mode::RWXU) {
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

    /// A file in it, to read from: what this program wrote there is no link.
    pub(super) fn open(&self, name: &str) -> io::Result<File> {
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let opened: Result<OwnedFd, Errno> = openat(&self.0, name, flags, Mode::empty());
        match opened {
            Ok(file) => {
                let kind = FileType::from_raw_mode(rustix::fs::fstat(&file)?.st_mode);
                if kind == FileType::RegularFile { Ok(file.into()) } else { Err(NotAFile::of_kind(kind)) }
            }
            // A link, a socket, a device without a driver.
            Err(error @ (Errno::LOOP | Errno::NXIO | Errno::NODEV)) => match self.kind(name)? {
                Some(kind) if kind != FileType::RegularFile => Err(NotAFile::of_kind(kind)),
                _ => Err(error.into()),
            },
            Err(error) => Err(error.into()),
        }
    }

    /// A new file in it, for the owner alone.
    pub(super) fn create(&self, name: &str) -> io::Result<File> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(openat(&self.0, name, flags, Mode::RUSR | Mode::WUSR)?.into())
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

    /// Gives something another name, in this folder or another, unless that is taken.
    pub(super) fn rename(&self, name: &str, to: (&Below, &str)) -> Result<(), Errno> {
        renameat_with(&self.0, name, &to.0.0, to.1, RenameFlags::NOREPLACE)
    }

    /// The same over what has that name. Of a link only the link goes.
    pub(super) fn rename_over(&self, name: &str, to: (&Below, &str)) -> Result<(), Errno> {
        renameat(&self.0, name, &to.0.0, to.1)
    }

    /// Gives a file a second name, unless that is taken.
    pub(super) fn link(&self, name: &str, to: (&Below, &str)) -> Result<(), Errno> {
        linkat(&self.0, name, &to.0.0, to.1, AtFlags::empty())
    }

    /// Removes what is no folder; whether it was there.
    pub(super) fn remove_file(&self, name: &str) -> io::Result<bool> {
        match unlinkat(&self.0, name, AtFlags::empty()) {
            Err(Errno::NOENT) => Ok(false),
            removed => Ok(removed.map(|()| true)?),
        }
    }

    /// Removes something; whether it was there. What somebody put into a folder of their own making is not removed with it.
    pub(super) fn remove(&self, name: &str) -> io::Result<bool> {
        if self.kind(name)? != Some(FileType::Directory) {
            return self.remove_file(name);
        }
        match unlinkat(&self.0, name, AtFlags::REMOVEDIR) {
            Err(Errno::NOTEMPTY | Errno::EXIST) => {
                Err(NotAFile::error("a folder with things in it stands in its place: look at them and remove it"))
            }
            removed => Ok(removed.map(|()| true)?),
        }
    }

    /// To be flushed.
    pub(super) fn file(&self) -> &File {
        &self.0
    }
}
