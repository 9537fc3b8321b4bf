//! Opens what is to be a file, and nothing that only has its name: a pipe would be waited for, a device goes on for ever.
//!
//! Not who may read it, nor how long it may be. Invariants: opening never waits for another process; what is given out is a regular file, looked at after it was
//! opened, so that nobody can change it in between; what else stands there is said.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _};
use std::path::Path;

use rustix::fs::{FileType, OFlags};
use rustix::io::Errno;

/// Whether a link at the path is followed. What an operator names may be one; what a program wrote is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Links {
    /// What it leads to must be a file.
    Follow,
    /// It is no file.
    Refuse,
}

/// What stands where a file should: the inner error of what [`open`] refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAFile(&'static str);

impl NotAFile {
    /// What it was, where that is why a file was not opened.
    #[must_use]
    pub fn of(error: &io::Error) -> Option<NotAFile> {
        error.get_ref()?.downcast_ref().copied()
    }

    pub(crate) fn error(what: &'static str) -> io::Error {
        io::Error::new(io::ErrorKind::InvalidInput, NotAFile(what))
    }

    fn of_type(kind: std::fs::FileType) -> io::Error {
        NotAFile::of_kind(match () {
            () if kind.is_dir() => FileType::Directory,
            () if kind.is_fifo() => FileType::Fifo,
            () if kind.is_socket() => FileType::Socket,
            () if kind.is_symlink() => FileType::Symlink,
            () => FileType::CharacterDevice,
        })
    }

    pub(crate) fn of_kind(kind: FileType) -> io::Error {
        NotAFile::error(match kind {
            FileType::Directory => "a folder stands in its place",
            FileType::Fifo => "a named pipe stands in its place",
            FileType::Socket => "a socket stands in its place",
            FileType::Symlink => "a symbolic link stands in its place",
            _ => "a device stands in its place",
        })
    }
}

impl fmt::Display for NotAFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for NotAFile {}

/// Opens a file to read from; a link is followed.
///
/// # Errors
/// What the system says; of something that is no file [`io::ErrorKind::InvalidInput`] with [`NotAFile`] in it.
pub fn open(path: &Path) -> io::Result<File> {
    open_as(path, OpenOptions::new().read(true), Links::Follow)
}

/// The same, opened as it is said.
///
/// # Errors
/// Those of [`open`].
pub fn open_as(path: &Path, how: &mut OpenOptions, links: Links) -> io::Result<File> {
    // Of a regular file nothing is other by this flag.
    let flags = match links {
        Links::Follow => OFlags::NONBLOCK,
        Links::Refuse => OFlags::NONBLOCK | OFlags::NOFOLLOW,
    };
    let error = match how.custom_flags(flags.bits().cast_signed()).open(path) {
        Ok(file) => match file.metadata()?.file_type() {
            kind if kind.is_file() => return Ok(file),
            kind => return Err(NotAFile::of_type(kind)),
        },
        Err(error) => error,
    };
    match error.raw_os_error().map(Errno::from_raw_os_error) {
        // A link, a socket, a pipe that nobody reads, a device without a driver, a folder that is to be written to.
        Some(Errno::LOOP | Errno::NXIO | Errno::NODEV | Errno::ISDIR) => {
            let meta = match links {
                Links::Follow => path.metadata(),
                Links::Refuse => path.symlink_metadata(),
            };
            match meta {
                Ok(meta) if !meta.is_file() => Err(NotAFile::of_type(meta.file_type())),
                _ => Err(error),
            }
        }
        Some(Errno::NOTDIR) if links == Links::Refuse => Err(NotAFile::error("a file stands where its folder should")),
        _ => Err(error),
    }
}

/// That nothing stands there, or a file that is no link: before another library opens it, which would wait.
///
/// # Errors
/// As [`open`].
pub fn file_or_nothing(path: &Path) -> io::Result<()> {
    match path.symlink_metadata() {
        Ok(meta) if meta.is_file() => Ok(()),
        Ok(meta) => Err(NotAFile::of_type(meta.file_type())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_file_is_refused_at_once_and_named() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        rustix::fs::mknodat(rustix::fs::CWD, at("pipe"), rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
        let link = |to: &str, name: &str| std::os::unix::fs::symlink(at(to), at(name)).unwrap();
        link("pipe", "to a pipe");
        link("file", "to a file");
        std::fs::create_dir(at("folder")).unwrap();
        std::fs::write(at("file"), "x").unwrap();
        let named = |what: &str| Some(format!("{what} stands in its place"));
        let device = Path::new("/dev/zero");
        for (path, follow, refuse) in [
            (&*at("pipe"), named("a named pipe"), named("a named pipe")),
            (&at("socket"), named("a socket"), named("a socket")),
            (&at("to a pipe"), named("a named pipe"), named("a symbolic link")),
            (&at("to a file"), None, named("a symbolic link")),
            (&at("folder"), named("a folder"), named("a folder")),
            (device, named("a device"), named("a device")),
            (&at("file"), None, None),
        ] {
            for (links, expected) in [(Links::Follow, &follow), (Links::Refuse, &refuse)] {
                let opened = open_as(path, OpenOptions::new().read(true), links);
                let said = opened.as_ref().err().map(|error| NotAFile::of(error).unwrap().to_string());
                assert_eq!(said, *expected, "{} {links:?}", path.display());
                assert!(opened.is_ok() || opened.unwrap_err().kind() == io::ErrorKind::InvalidInput);
                let written = open_as(path, OpenOptions::new().write(true), links);
                assert_eq!(written.err().map(|error| error.to_string()), *expected, "{} {links:?}", path.display());
            }
            let said = file_or_nothing(path).err().map(|error| error.to_string());
            assert_eq!(said, refuse, "{}", path.display());
        }
        assert_eq!(open(&at("nothing")).unwrap_err().kind(), io::ErrorKind::NotFound);
        assert!(file_or_nothing(&at("nothing")).is_ok());
        let below = open_as(&at("file/x"), OpenOptions::new().read(true), Links::Refuse).unwrap_err();
        assert_eq!(below.to_string(), "a file stands where its folder should");
    }
}
