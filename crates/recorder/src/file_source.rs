//! A file as the seal's reader wants it, with a large read-ahead while reads follow one another.
//!
//! Not here: any judgement of what is read.
//! Invariant: reads that jump about fetch only what was asked for, so that a walk over a file's
//! headers does not drag the whole file through memory.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use seal::ReadAt;

const READ_AHEAD_BYTES: usize = 256 * 1024;

/// A file open for reading at any offset.
#[derive(Debug)]
pub struct FileSource {
    file: File,
    ahead: Vec<u8>,
    ahead_at: u64,
    follows_at: u64,
}

impl FileSource {
    /// Reads that file.
    #[must_use]
    pub fn new(file: File) -> FileSource {
        FileSource { file, ahead: Vec::new(), ahead_at: 0, follows_at: 0 }
    }

    fn take_ahead(&self, offset: u64, buf: &mut [u8]) -> Option<usize> {
        let skip = usize::try_from(offset.checked_sub(self.ahead_at)?).ok()?;
        let held = self.ahead.get(skip..).filter(|held| !held.is_empty())?;
        let take = held.len().min(buf.len());
        buf[..take].copy_from_slice(&held[..take]);
        Some(take)
    }
}

impl ReadAt for FileSource {
    fn len_bytes(&mut self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    fn read_at(&mut self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        if let Some(take) = self.take_ahead(offset, buf) {
            self.follows_at = offset + take as u64;
            return Ok(take);
        }
        let take = if offset == self.follows_at && buf.len() < READ_AHEAD_BYTES {
            self.ahead.resize(READ_AHEAD_BYTES, 0);
            let got = self.file.read_at(&mut self.ahead, offset);
            self.ahead.truncate(*got.as_ref().unwrap_or(&0));
            self.ahead_at = offset;
            got?;
            self.take_ahead(offset, buf).unwrap_or(0)
        } else {
            self.file.read_at(buf, offset)?
        };
        self.follows_at = offset + take as u64;
        Ok(take)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn any_order_of_reads_gives_the_file() {
        let bytes: Vec<u8> = (0..600_000u32).map(|at| (at * 7 / 3) as u8).collect();
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        std::fs::write(&path, &bytes).unwrap();
        let mut source = FileSource::new(File::open(&path).unwrap());
        assert_eq!(source.len_bytes().unwrap(), 600_000);
        for (offset, len) in [
            (0, 10),
            (10, 10),
            (20, 300_000),
            (300_020, 5),
            (7, 3),
            (262_140, 9),
            (599_999, 4),
            (600_000, 4),
            (900_000, 1),
            (0, 1),
        ] {
            let mut buf = vec![0; len];
            let got = source.read_at(offset, &mut buf).unwrap();
            let from = bytes.len().min(offset as usize);
            let want = &bytes[from..bytes.len().min(from + got)];
            assert_eq!(&buf[..got], want, "{offset} {len}");
            assert_eq!(got == 0, offset >= 600_000);
        }
    }
}
