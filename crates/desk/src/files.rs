//! Small files of the service: made once, read whole, never written over.
//!
//! Not a log's data (`ledger`). Invariants: what is made is mode 0600 and on the disk when it is said to be made; what is there
//! already is never touched.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use seal::tlog::Policy;

use crate::error::{Error, Result};

/// The longest of them.
const BYTES_MAX: u64 = 1 << 20;

/// Makes a file that was not there.
pub(crate) fn create(path: &Path, bytes: &[u8]) -> Result<()> {
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()?;
        File::open(folder_of(path))?.sync_all()
    });
    made.map_err(|err| Error::io(path, &err))
}

/// That nothing is there.
pub(crate) fn absent(path: &Path) -> Result<()> {
    match path.symlink_metadata() {
        Err(err) if err.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(err) => Err(Error::io(path, &err)),
        Ok(_) => Err(Error::of(format_args!("{} is there already", path.display()))
            .hint("nothing is written over; choose another name")),
    }
}

/// Reads a text of at most 1 MiB.
pub(crate) fn read(path: &Path) -> Result<String> {
    let mut text = String::new();
    let read = File::open(path).and_then(|file| file.take(BYTES_MAX + 1).read_to_string(&mut text));
    match read {
        Ok(len) if len as u64 <= BYTES_MAX => Ok(text),
        Ok(_) => {
            Err(Error::of(format_args!("{}: longer than 1 MiB", path.display()))
                .hint("check that it is the file you mean"))
        }
        Err(err) => Err(Error::io(path, &err)),
    }
}

/// Reads a policy.
pub(crate) fn policy(path: &Path) -> Result<Policy> {
    Policy::parse(&read(path)?).map_err(|err| {
        Error::of(format_args!("{}: {err}", path.display()))
            .hint("the lines of a policy are described in docs/ledger.md")
    })
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
