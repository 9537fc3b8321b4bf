//! Small files of the service: made once, read whole, never written over.
//!
//! Not a log's data (`ledger`). Invariants: what is made is mode 0600, unless everybody is to read it, whatever the umask gives away;
//! it is on the disk when it is said to be made; what is there already is never touched.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, Read as _, Write as _};
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use seal::tlog::Policy;
use zeroize::Zeroizing;

use crate::error::{Error, Result};

/// The longest of them.
const BYTES_MAX: u64 = 1 << 20;

/// Makes a file that was not there, for its owner alone.
pub(crate) fn create(path: &Path, bytes: &[u8]) -> Result<()> {
    create_as(path, bytes, 0o600)
}

/// Makes a file that was not there, for everybody to read as far as the umask allows.
pub(crate) fn create_public(path: &Path, bytes: &[u8]) -> Result<()> {
    create_as(path, bytes, 0o644)
}

fn create_as(path: &Path, bytes: &[u8], mode: u32) -> Result<()> {
    let made = OpenOptions::new().write(true).create_new(true).mode(mode).open(path).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()?;
        File::open(folder_of(path))?.sync_all()
    });
    made.map_err(|err| Error::io(path, &err))
}

/// Lets nobody but its owner into a folder.
pub(crate) fn private_to_us(folder: &Path) -> Result<()> {
    std::fs::set_permissions(folder, Permissions::from_mode(0o700)).map_err(|err| Error::io(folder, &err))
}

/// A file that is being written and has no name yet: a crash leaves nothing of it.
pub(crate) struct Draft {
    file: File,
}

/// Begins a file beside the one it will be, for its owner alone.
pub(crate) fn draft(path: &Path) -> Result<Draft> {
    use rustix::fs::{Mode, OFlags, open};
    let folder = folder_of(path);
    let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
    let file = open(folder, flags, Mode::RUSR | Mode::WUSR).map_err(|err| match err {
        rustix::io::Errno::OPNOTSUPP | rustix::io::Errno::ISDIR => {
            Error::of(format_args!("{}: its file system has no files without a name", folder.display()))
                .hint("choose a place on a local disk, so that a crash leaves no half of it")
        }
        other => Error::io(folder, &other.into()),
    })?;
    Ok(Draft { file: File::from(file) })
}

impl Draft {
    /// To write to.
    pub(crate) fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// Makes it durable and gives it its name, unless something is there by now.
    pub(crate) fn keep(self, path: &Path) -> Result<()> {
        use rustix::fs::{AtFlags, CWD, linkat};
        let failed = |err: io::Error| Error::io(path, &err);
        self.file.sync_all().map_err(failed)?;
        let unnamed = format!("/proc/self/fd/{}", self.file.as_raw_fd());
        linkat(CWD, unnamed, CWD, path, AtFlags::SYMLINK_FOLLOW).map_err(|err| failed(err.into()))?;
        File::open(folder_of(path)).and_then(|folder| folder.sync_all()).map_err(failed)
    }
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

/// Reads a text of at most 1 MiB from what must be a file: where no pipe has a place.
pub(crate) fn read_file(path: &Path) -> Result<String> {
    read_from(path, vault::regular::open(path))
}

/// Reads a secret from what must be a file that nobody else may read or write.
pub(crate) fn read_secret(path: &Path) -> Result<Zeroizing<String>> {
    let failed = |err: io::Error| Error::io(path, &err);
    let file = vault::regular::open(path).map_err(failed)?;
    if file.metadata().map_err(failed)?.mode() & 0o077 != 0 {
        return Err(Error::of(format_args!("{}: others on this machine may read this secret", path.display()))
            .hint("chmod 600 the file, and make another secret if others could read it"));
    }
    read_from(path, Ok(file)).map(Zeroizing::new)
}

/// Reads a text of at most 1 MiB, also from a pipe: a shell gives secrets in this way.
pub(crate) fn read(path: &Path) -> Result<String> {
    read_from(path, File::open(path))
}

/// Reads the same from a file that is open, from where it stands.
pub(crate) fn read_from(path: &Path, file: io::Result<impl io::Read>) -> Result<String> {
    let mut bytes = Vec::new();
    match file.and_then(|file| file.take(BYTES_MAX + 1).read_to_end(&mut bytes)) {
        Ok(len) if len as u64 <= BYTES_MAX => String::from_utf8(bytes).map_err(|_| {
            Error::of(format_args!("{}: not a text in UTF-8", path.display()))
                .hint("check that it is the file you mean")
        }),
        Ok(_) => {
            Err(Error::of(format_args!("{}: longer than 1 MiB", path.display()))
                .hint("check that it is the file you mean"))
        }
        Err(err) => Err(Error::io(path, &err)),
    }
}

/// Reads a policy, also from a pipe.
pub(crate) fn policy(path: &Path) -> Result<Policy> {
    policy_of(path, &read(path)?)
}

/// Reads a policy that an office's settings name.
pub(crate) fn policy_file(path: &Path) -> Result<Policy> {
    policy_of(path, &read_file(path)?)
}

fn policy_of(path: &Path, text: &str) -> Result<Policy> {
    Policy::parse(text).map_err(|err| {
        let hint = match text.contains('\r') {
            true => "save it with the line ends of Unix: one line feed, no carriage return",
            false => "the lines of a policy are described in docs/ledger.md",
        };
        Error::of(format_args!("{}: {err}", path.display())).hint(hint)
    })
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
