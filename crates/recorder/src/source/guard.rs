//! Fences around decoders that read hostile input: panics become errors, reading has a budget.
//!
//! It does not judge what is decoded. Invariants: a panic inside [`quietly`] reaches neither the
//! caller nor standard error; a [`Fenced`] reader never gives more bytes than its budget, so a
//! decoder that seeks in circles ends with an error.

use std::cell::Cell;
use std::io::{self, Read, Seek, SeekFrom};
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Once};

use symphonia::core::io::MediaSource;

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Something inside panicked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Panicked;

/// Runs `work`, turning a panic into [`Panicked`] without printing anything.
pub(super) fn quietly<T>(work: impl FnOnce() -> T) -> Result<T, Panicked> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !QUIET.with(Cell::get) {
                before(info);
            }
        }));
    });
    let was = QUIET.with(|quiet| quiet.replace(true));
    // What a panic leaves half done is never used again: the caller drops the decoder.
    let outcome = panic::catch_unwind(AssertUnwindSafe(work));
    QUIET.with(|quiet| quiet.set(was));
    outcome.map_err(|_| Panicked)
}

/// A reader that counts what it gave.
#[derive(Debug)]
pub(super) struct Counted<R> {
    inner: R,
    bytes: Arc<AtomicU64>,
}

impl<R> Counted<R> {
    pub(super) fn new(inner: R) -> Self {
        Self { inner, bytes: Arc::default() }
    }

    /// The counter itself, for when the reader has been given away.
    pub(super) fn counter(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.bytes)
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buf)?;
        self.bytes.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}

/// A seekable input that may be read only so many times over.
#[derive(Debug)]
pub(super) struct Fenced<R> {
    inner: R,
    len_bytes: u64,
    budget_bytes: u64,
}

impl<R> Fenced<R> {
    /// Well-formed input is read about once; probing and seeking for indexes take a few times more.
    pub(super) fn new(inner: R, len_bytes: u64) -> Self {
        Self { inner, len_bytes, budget_bytes: len_bytes.saturating_mul(8).saturating_add(16 << 20) }
    }
}

fn circles() -> io::Error {
    io::Error::other("it sends its reader round in circles")
}

impl<R: Read> Read for Fenced<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.budget_bytes == 0 {
            return Err(circles());
        }
        let n = self.inner.read(buf)?;
        self.budget_bytes = self.budget_bytes.saturating_sub(n.max(1) as u64);
        Ok(n)
    }
}

impl<R: Seek> Seek for Fenced<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        // Each seek costs a block, so seeking without reading ends too.
        if self.budget_bytes == 0 {
            return Err(circles());
        }
        self.budget_bytes = self.budget_bytes.saturating_sub(512);
        self.inner.seek(to)
    }
}

impl<R: Read + Seek + Send + Sync> MediaSource for Fenced<R> {
    fn is_seekable(&self) -> bool {
        true
    }

    fn byte_len(&self) -> Option<u64> {
        Some(self.len_bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_error_and_the_thread_goes_on() {
        let none: Vec<u8> = Vec::new();
        assert_eq!(quietly(|| none[3]), Err(Panicked));
        assert_eq!(quietly(|| 7), Ok(7));
        assert!(!QUIET.with(Cell::get));
    }

    #[test]
    fn reading_in_circles_ends() {
        let mut fenced = Fenced::new(io::Cursor::new(vec![0u8; 1 << 20]), 1 << 20);
        let mut buf = vec![0; 1 << 16];
        let rounds =
            (0..).take_while(|_| fenced.seek(SeekFrom::Start(0)).is_ok() && fenced.read(&mut buf).is_ok()).count();
        assert!((128..=400).contains(&rounds), "{rounds}");
        // Seeking alone ends as well.
        let mut fenced = Fenced::new(io::Cursor::new(vec![0u8; 1 << 20]), 1 << 20);
        let rounds = (0..1 << 20).take_while(|_| fenced.seek(SeekFrom::Start(0)).is_ok()).count();
        assert!(rounds < 1 << 17, "{rounds}");
    }
}
