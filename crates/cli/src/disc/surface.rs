//! A disc or an image of one, as something that can be read at an offset.
//!
//! Not what is on it (`iso.rs`). Invariants: only disks' files and block devices are opened, never pipes; it is only read;
//! what was just written is read from the medium and not from memory.

use std::fs::File;
use std::io::{self, Seek, SeekFrom};
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use recorder::FileSource;
use rustix::fs::Advice;
use seal::ReadAt;

use crate::files::Stamp;

/// An open disc.
pub(crate) struct Surface {
    source: FileSource,
    file: Arc<File>,
    len_bytes: u64,
    /// A file has an end of its own; a disc may have room behind what was written.
    pub(crate) is_file: bool,
}

impl Surface {
    pub(crate) fn open(path: &Path) -> io::Result<Surface> {
        let kind = std::fs::metadata(path)?.file_type();
        if !kind.is_file() && !kind.is_block_device() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "this is neither a disc nor an image of one"));
        }
        let mut file = File::open(path)?;
        let len_bytes = file.seek(SeekFrom::End(0))?;
        // Only advice: a system that does not take it reads from memory what it wrote.
        let _ = rustix::fs::fadvise(&file, 0, None, Advice::DontNeed);
        let source = FileSource::new(file.try_clone()?);
        Ok(Surface { source, file: Arc::new(file), len_bytes, is_file: kind.is_file() })
    }

    /// The same open file once more: not what has its name by now.
    pub(crate) fn again(&self) -> io::Result<Surface> {
        let (file, len_bytes, is_file) = (Arc::clone(&self.file), self.len_bytes, self.is_file);
        Ok(Surface { source: FileSource::new(file.try_clone()?), file, len_bytes, is_file })
    }

    /// What changes when the file is changed.
    pub(crate) fn stamp(&self) -> io::Result<Stamp> {
        Stamp::of(&self.file)
    }
}

impl ReadAt for Surface {
    fn len_bytes(&mut self) -> io::Result<u64> {
        Ok(self.len_bytes)
    }

    fn read_at(&mut self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        self.source.read_at(offset, buf)
    }
}

/// One file on a disc.
pub(crate) struct Window<'a> {
    pub(crate) surface: &'a mut dyn ReadAt,
    pub(crate) start: u64,
    pub(crate) len_bytes: u64,
}

impl ReadAt for Window<'_> {
    fn len_bytes(&mut self) -> io::Result<u64> {
        Ok(self.len_bytes)
    }

    fn read_at(&mut self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.len_bytes.saturating_sub(offset)).unwrap_or(usize::MAX);
        let want = buf.len().min(left);
        if want == 0 {
            return Ok(0);
        }
        self.surface.read_at(self.start.saturating_add(offset), &mut buf[..want])
    }
}

/// What is burned to: a drive's own path, or a file that stands for one (`stdio:FILE`).
pub(crate) fn path_of(drive: &Path) -> PathBuf {
    let bytes = drive.as_os_str().as_encoded_bytes();
    match bytes.strip_prefix(b"stdio:") {
        Some(path) => PathBuf::from(<std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(path)),
        None => drive.to_owned(),
    }
}
