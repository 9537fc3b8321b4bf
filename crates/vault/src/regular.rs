//! Opens what is to be a file, and nothing that only has its name: a pipe would be waited for, a device goes on for ever.
//!
//! Not who may read it, nor how long it may be. A link is followed: what it leads to must be a file.
//! Invariant: opening never waits for another process, and what is given out is a regular file.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use rustix::fs::OFlags;

/// Opens a file to read from.
///
/// # Errors
/// What the system says; of something that is no file [`io::ErrorKind::InvalidInput`], in words.
pub fn open(path: &Path) -> io::Result<File> {
    open_as(path, OpenOptions::new().read(true))
}

/// The same, opened as it is said.
pub(crate) fn open_as(path: &Path, how: &mut OpenOptions) -> io::Result<File> {
    let is_none = || io::Error::new(io::ErrorKind::InvalidInput, "it is not a file");
    // Of a regular file nothing is other by this flag.
    let opened = how.custom_flags(OFlags::NONBLOCK.bits().cast_signed()).open(path);
    let file = opened.map_err(|error| match error.raw_os_error().map(rustix::io::Errno::from_raw_os_error) {
        // A socket, or a pipe that nobody reads.
        Some(rustix::io::Errno::NXIO | rustix::io::Errno::ISDIR) => is_none(),
        _ => error,
    })?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(is_none()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_file_is_refused_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        rustix::fs::mknodat(rustix::fs::CWD, at("pipe"), rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
        std::os::unix::fs::symlink(at("pipe"), at("link")).unwrap();
        std::fs::create_dir(at("folder")).unwrap();
        for odd in [at("pipe"), at("socket"), at("link"), at("folder"), "/dev/zero".into()] {
            assert_eq!(open(&odd).unwrap_err().kind(), io::ErrorKind::InvalidInput, "{}", odd.display());
            assert!(open_as(&odd, OpenOptions::new().write(true)).is_err(), "{}", odd.display());
        }
        assert_eq!(open(&at("nothing")).unwrap_err().kind(), io::ErrorKind::NotFound);
        std::fs::write(at("file"), "x").unwrap();
        assert!(open(&at("file")).is_ok());
    }
}
