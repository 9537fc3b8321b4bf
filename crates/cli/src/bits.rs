//! Two media or files side by side, bit by bit: whether they differ, in how many bytes, and where.
//!
//! Not what the bytes mean. Invariants: equality is said only when every byte of both was read; memory is two chunks,
//! and of the places only the first are kept.

use std::io;
use std::ops::Range;

use seal::ReadAt;

use crate::reading::{CHUNK_BYTES, fill};

/// Places that are kept; all bytes are counted.
const PLACES_MAX: usize = 5;

/// How two things differ.
#[derive(Debug)]
pub(crate) struct Differences {
    /// Bytes that differ; those that only the longer one has count too.
    pub(crate) bytes: u64,
    /// The first places, in order.
    pub(crate) places: Vec<Range<u64>>,
    /// Places beyond those.
    pub(crate) places_more: u64,
    last_end: Option<u64>,
}

/// That two things were read and are equal: only a comparison gives one out, and nobody is told to choose without one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Equal(());

impl Differences {
    pub(crate) fn equal(&self) -> Option<Equal> {
        (self.bytes == 0).then_some(Equal(()))
    }

    fn add(&mut self, range: Range<u64>) {
        self.bytes += range.end - range.start;
        let touches = self.last_end.replace(range.end) == Some(range.start);
        let has_room = self.places.len() < PLACES_MAX;
        match self.places.last_mut() {
            Some(last) if touches && self.places_more == 0 => last.end = range.end,
            _ if touches => {}
            _ if has_room => self.places.push(range),
            _ => self.places_more += 1,
        }
    }
}

/// Compares the first `len_bytes` of both; what one of them has not is a difference.
pub(crate) fn compare(a: &mut dyn ReadAt, b: &mut dyn ReadAt, len_bytes: u64) -> io::Result<Differences> {
    let (mut left, mut right) = (vec![0; CHUNK_BYTES], vec![0; CHUNK_BYTES]);
    let mut differences = Differences { bytes: 0, places: Vec::new(), places_more: 0, last_end: None };
    let mut at = 0;
    while at < len_bytes {
        let want = usize::try_from(len_bytes - at).unwrap_or(usize::MAX).min(CHUNK_BYTES);
        let (n, m) = (fill(a, at, &mut left[..want])?, fill(b, at, &mut right[..want])?);
        let both = n.min(m);
        if left[..both] != right[..both] {
            for byte in (0..both).filter(|byte| left[*byte] != right[*byte]) {
                differences.add(at + byte as u64..at + byte as u64 + 1);
            }
        }
        if n != m {
            differences.add(at + both as u64..at + n.max(m) as u64);
        }
        if n.max(m) < want {
            break;
        }
        at += want as u64;
    }
    Ok(differences)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    struct Bytes(Vec<u8>);

    impl ReadAt for Bytes {
        fn len_bytes(&mut self) -> io::Result<u64> {
            Ok(self.0.len() as u64)
        }

        fn read_at(&mut self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
            let rest = self.0.get(offset as usize..).unwrap_or_default();
            let n = rest.len().min(buf.len()).min(1 << 16);
            buf[..n].copy_from_slice(&rest[..n]);
            Ok(n)
        }
    }

    #[test]
    fn every_difference_is_counted_and_the_first_are_named() {
        let len = 3 * CHUNK_BYTES + 7;
        let same = vec![5; len];
        let told = |a: &[u8], b: &[u8]| compare(&mut Bytes(a.to_vec()), &mut Bytes(b.to_vec()), len as u64).unwrap();
        assert!(told(&same, &same).equal().is_some());
        for at in [0, CHUNK_BYTES - 1, CHUNK_BYTES, len - 1] {
            let mut other = same.clone();
            other[at] ^= 4;
            let place = at as u64..at as u64 + 1;
            let told = told(&same, &other);
            assert_eq!((told.bytes, told.places, told.places_more), (1, vec![place], 0));
        }
        let short = told(&same, &same[..len - 9]);
        assert_eq!((short.bytes, short.places.len(), short.places[0].start), (9, 1, len as u64 - 9));
        let mut many = same.clone();
        (0..20).for_each(|n| many[n * 10] ^= 1);
        let many = told(&same, &many);
        assert_eq!((many.bytes, many.places.len(), many.places_more), (20, PLACES_MAX, 15));
    }
}
