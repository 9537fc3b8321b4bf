//! Opening what should be a plain file, and saying what else stands there.
//!
//! Not what is in it. Invariants: opening never waits, whatever stands at the path, and follows no link there; what comes out is a plain
//! file, looked at after it was opened, so that nobody can change it in between.

use std::fmt;
use std::fs::{File, FileType, OpenOptions};
use std::io;
use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _};
use std::path::Path;

use rustix::fs::OFlags;
use rustix::io::Errno;

/// What stands where a plain file should.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Odd(&'static str);

impl Odd {
    /// What it was, where that is why a file was not opened or removed.
    pub(super) fn of(error: &io::Error) -> Option<Odd> {
        error.get_ref()?.downcast_ref().copied()
    }

    /// A folder that is not removed, for it has things in it.
    pub(super) fn full_folder() -> io::Error {
        io::Error::other(Odd("a folder with things in it stands in its place: look at them and remove it"))
    }

    fn of_type(kind: FileType) -> Odd {
        Odd(match () {
            () if kind.is_dir() => "a folder stands in its place",
            () if kind.is_fifo() => "a named pipe stands in its place",
            () if kind.is_socket() => "a socket stands in its place",
            () if kind.is_symlink() => "a symbolic link stands in its place",
            () => "a device stands in its place",
        })
    }
}

impl fmt::Display for Odd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Odd {}

/// Opens a plain file to read from.
pub(super) fn open(path: &Path) -> io::Result<File> {
    // A named pipe would be waited for until somebody writes.
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
    match OpenOptions::new().read(true).custom_flags(flags).open(path) {
        Ok(file) => match file.metadata()?.file_type() {
            kind if kind.is_file() => Ok(file),
            kind => Err(io::Error::other(Odd::of_type(kind))),
        },
        Err(error) if [Errno::LOOP, Errno::NXIO, Errno::NODEV].iter().any(|odd| is(&error, *odd)) => {
            let kind = path.symlink_metadata()?.file_type();
            if kind.is_file() { Err(error) } else { Err(io::Error::other(Odd::of_type(kind))) }
        }
        Err(error) if is(&error, Errno::NOTDIR) => Err(io::Error::other(Odd("a file stands where its folder should"))),
        Err(error) => Err(error),
    }
}

fn is(error: &io::Error, errno: Errno) -> bool {
    error.raw_os_error() == Some(errno.raw_os_error())
}
