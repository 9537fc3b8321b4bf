//! Where bytes to be checked come from: anything that can be read at an offset.
//!
//! Not here: files (the caller's). Two places of one file are read side by side (the seal and the frames it speaks of), so
//! that a check needs memory for one segment, however long the recording.
//! Invariant: a `Window` never reads outside its range and never holds more than its buffer.

use std::io;

/// A source of bytes that can be read at any offset.
pub trait ReadAt {
    /// Its length now, bytes.
    ///
    /// # Errors
    /// Whatever reading the length fails with.
    fn len_bytes(&mut self) -> io::Result<u64>;

    /// Reads some bytes at `offset`; 0 only at the end.
    ///
    /// # Errors
    /// Whatever reading fails with.
    fn read_at(&mut self, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;
}

impl ReadAt for &[u8] {
    fn len_bytes(&mut self) -> io::Result<u64> {
        Ok(self.len() as u64)
    }

    fn read_at(&mut self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let rest = usize::try_from(offset).ok().and_then(|at| self.get(at..)).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }
}

/// Fills `buffer` from `offset`; returns how much there was.
pub(crate) fn read_full(file: &mut dyn ReadAt, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
    let mut done = 0;
    while done < buffer.len() {
        match file.read_at(offset + done as u64, &mut buffer[done..]) {
            Ok(0) => break,
            Ok(count) => done += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(done)
}

/// Why bytes could not be had.
#[derive(Debug)]
pub(crate) enum Short {
    /// The range ends before.
    End,
    /// Reading failed.
    Io(io::Error),
}

impl From<io::Error> for Short {
    fn from(error: io::Error) -> Short {
        Short::Io(error)
    }
}

/// A range of a file, read forward.
pub(crate) struct Window {
    at: u64,
    end: u64,
    buffer: Vec<u8>,
    /// Offset of the buffer's first byte.
    buffered_from: u64,
}

const BUFFER_BYTES: usize = 64 * 1024;

impl Window {
    /// `len` bytes from `start`.
    pub(crate) fn new(start: u64, len: u64) -> Window {
        Window { at: start, end: start.saturating_add(len), buffer: Vec::new(), buffered_from: start }
    }

    /// Where the next byte is, as an offset of the file.
    pub(crate) fn offset(&self) -> u64 {
        self.at
    }

    /// Whether the range is used up.
    pub(crate) fn is_at_end(&self) -> bool {
        self.at == self.end
    }

    /// The next `len` bytes.
    pub(crate) fn take(&mut self, file: &mut dyn ReadAt, len: usize) -> Result<&[u8], Short> {
        if self.end - self.at < len as u64 {
            return Err(Short::End);
        }
        let from = (self.at - self.buffered_from) as usize;
        if from + len > self.buffer.len() {
            let want = (self.end - self.at).min(len.max(BUFFER_BYTES) as u64) as usize;
            self.buffer.resize(want, 0);
            self.buffered_from = self.at;
            let got = read_full(file, self.at, &mut self.buffer)?;
            self.buffer.truncate(got);
            if got < len {
                return Err(Short::End);
            }
            self.at += len as u64;
            return Ok(&self.buffer[..len]);
        }
        self.at += len as u64;
        Ok(&self.buffer[from..from + len])
    }

    /// The next `N` bytes.
    pub(crate) fn array<const N: usize>(&mut self, file: &mut dyn ReadAt) -> Result<[u8; N], Short> {
        let mut out = [0; N];
        out.copy_from_slice(self.take(file, N)?);
        Ok(out)
    }

    pub(crate) fn u8(&mut self, file: &mut dyn ReadAt) -> Result<u8, Short> {
        Ok(self.array::<1>(file)?[0])
    }

    pub(crate) fn u16(&mut self, file: &mut dyn ReadAt) -> Result<u16, Short> {
        Ok(u16::from_be_bytes(self.array(file)?))
    }

    pub(crate) fn u24(&mut self, file: &mut dyn ReadAt) -> Result<u32, Short> {
        let [a, b, c] = self.array(file)?;
        Ok(u32::from_be_bytes([0, a, b, c]))
    }

    pub(crate) fn u32(&mut self, file: &mut dyn ReadAt) -> Result<u32, Short> {
        Ok(u32::from_be_bytes(self.array(file)?))
    }

    pub(crate) fn u32_le(&mut self, file: &mut dyn ReadAt) -> Result<u32, Short> {
        Ok(u32::from_le_bytes(self.array(file)?))
    }

    pub(crate) fn u64(&mut self, file: &mut dyn ReadAt) -> Result<u64, Short> {
        Ok(u64::from_be_bytes(self.array(file)?))
    }

    /// `u16` length and as many bytes.
    pub(crate) fn bytes16(&mut self, file: &mut dyn ReadAt) -> Result<Vec<u8>, Short> {
        let len = usize::from(self.u16(file)?);
        Ok(self.take(file, len)?.to_vec())
    }

    /// Passes over `len` bytes without reading them.
    pub(crate) fn skip(&mut self, len: u64) -> Result<(), Short> {
        if self.end - self.at < len {
            return Err(Short::End);
        }
        self.at += len;
        if self.at > self.buffered_from + self.buffer.len() as u64 {
            self.buffer.clear();
            self.buffered_from = self.at;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_reads_its_range_and_no_more() {
        let bytes: Vec<u8> = (0..=255).cycle().take(200_000).collect();
        let mut file = &bytes[..];
        let mut window = Window::new(100, 150_000);
        assert_eq!(window.u32(&mut file).ok(), Some(u32::from_be_bytes([100, 101, 102, 103])));
        assert_eq!(window.take(&mut file, 70_000).ok(), Some(&bytes[104..70_104]));
        assert!(window.skip(60_000).is_ok());
        assert_eq!(window.take(&mut file, 1).ok(), Some(&bytes[130_104..130_105]));
        assert!(window.skip(20_000).is_err());
        assert_eq!(window.take(&mut file, 19_995).map(<[u8]>::len).ok(), Some(19_995));
        assert!(window.is_at_end() && window.u8(&mut file).is_err());
        let mut beyond = Window::new(199_999, 10);
        assert!(beyond.u16(&mut file).is_err());
    }
}
