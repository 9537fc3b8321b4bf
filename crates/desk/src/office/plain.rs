//! A file that is to be kept, and one that is kept, as others read them.
//!
//! Not what is in them. Invariants: a file is read where it is asked for and nowhere else; a kept thing is given out only as far as it was
//! authenticated, and lies in memory only.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;

use seal::ReadAt;
use tokio::runtime::Handle;
use vault::{Object, Plain};

/// A file on its way into the vault.
pub(crate) struct FilePlain {
    file: File,
    len_bytes: u64,
}

impl FilePlain {
    /// Of an open file, as long as it is now.
    pub(crate) fn new(file: File) -> io::Result<FilePlain> {
        let len_bytes = file.metadata()?.len();
        Ok(FilePlain { file, len_bytes })
    }
}

impl Plain for FilePlain {
    fn len_bytes(&self) -> u64 {
        self.len_bytes
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        self.file.read_exact_at(buffer, offset)
    }
}

impl ReadAt for &FilePlain {
    fn len_bytes(&mut self) -> io::Result<u64> {
        Ok(self.len_bytes)
    }

    fn read_at(&mut self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.file.read_at(buffer, offset)
    }
}

/// How much of a kept thing is fetched at a time.
const AHEAD_BYTES: u64 = 1 << 20;

/// A kept thing as something to be checked, on a thread that may wait.
pub(crate) struct KeptPlain<'a> {
    object: &'a Object,
    runtime: Handle,
    /// What was fetched last, and where it begins.
    ahead: (u64, zeroize::Zeroizing<Vec<u8>>),
}

impl<'a> KeptPlain<'a> {
    /// Over an open object; to be read on a thread of its own.
    pub(crate) fn new(object: &'a Object, runtime: Handle) -> KeptPlain<'a> {
        KeptPlain { object, runtime, ahead: (0, zeroize::Zeroizing::new(Vec::new())) }
    }
}

impl ReadAt for KeptPlain<'_> {
    fn len_bytes(&mut self) -> io::Result<u64> {
        Ok(self.object.len_bytes())
    }

    fn read_at(&mut self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        if offset >= self.object.len_bytes() || buffer.is_empty() {
            return Ok(0);
        }
        let (begin, bytes) = &self.ahead;
        let within = |begin: u64, len: usize| offset >= begin && offset - begin < len as u64;
        if !within(*begin, bytes.len()) {
            let wanted = AHEAD_BYTES.max(buffer.len() as u64);
            let end = offset.saturating_add(wanted).min(self.object.len_bytes());
            let read = self.runtime.block_on(self.object.read(offset..end)).map_err(io::Error::other)?;
            self.ahead = (offset, read);
        }
        let (begin, bytes) = &self.ahead;
        let from = usize::try_from(offset - begin).unwrap_or(usize::MAX);
        let rest = bytes.get(from..).unwrap_or_default();
        let len = rest.len().min(buffer.len());
        buffer[..len].copy_from_slice(&rest[..len]);
        Ok(len)
    }
}
