//! A stretch of a full copy to listen to: which bytes of it are needed, and what has to stand before them.
//!
//! Not evidence: a stretch proves nothing and carries no seal (`derive` makes what does). Only the head of the file is read, never its
//! sound, so that a stretch of a long recording costs no more than itself. Invariants: a stretch is whole frames and covers
//! what was asked for; hostile lengths end in an error, never in a range outside the file.

use std::ops::Range;

use crate::body_full::{Entry, Fault, FullHead, KIND_FULL, read_kind_of_body};
use crate::flac::metadata::walk;
use crate::flac::streaminfo::StreamInfo;
use crate::header::Header;
use crate::note::Note;
use crate::read_at::{ReadAt, Window};

/// A stretch, as long as whole frames make it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// What stands before the frames so that it plays by itself: a FLAC file's mark and STREAMINFO.
    pub head: Vec<u8>,
    /// Where the frames lie in the file, bytes.
    pub frames: Range<u64>,
    /// The first sample of it.
    pub first: u64,
    /// How many samples it has, per track.
    pub count: u64,
    /// From when it is, milliseconds rounded down.
    pub from_ms: u64,
    /// Until when it is, milliseconds rounded up.
    pub until_ms: u64,
}

/// Why there is no stretch to be had.
#[derive(Debug)]
#[non_exhaustive]
pub enum StretchError {
    /// It is no full copy of a recording, or its head does not read: verify it.
    NotFull,
    /// Reading failed.
    Io(std::io::Error),
}

impl std::fmt::Display for StretchError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            StretchError::NotFull => write!(f, "it is no full copy of a recording whose head reads"),
            StretchError::Io(error) => write!(f, "it cannot be read: {error}"),
        }
    }
}

impl std::error::Error for StretchError {}

impl From<Fault> for StretchError {
    fn from(fault: Fault) -> StretchError {
        match fault {
            Fault::Io(error) => StretchError::Io(error),
            _ => StretchError::NotFull,
        }
    }
}

/// Finds the frames of a full copy that cover a time; `None` when there is no sound in it.
///
/// # Errors
/// [`StretchError`].
pub fn stretch(file: &mut dyn ReadAt, from_ms: u64, until_ms: u64) -> Result<Option<Stretch>, StretchError> {
    let metadata = walk(file).map_err(StretchError::Io)?.ok_or(StretchError::NotFull)?;
    let len_bytes = file.len_bytes().map_err(StretchError::Io)?;
    let ((offset, len), frames_offset) = metadata.seal.zip(metadata.frames_offset).ok_or(StretchError::NotFull)?;
    let mut body = Window::new(offset, len);
    if read_kind_of_body(file, &mut body)? != KIND_FULL {
        return Err(StretchError::NotFull);
    }
    let note = Note::parse(&body.bytes16(file).map_err(Fault::from)?).ok_or(StretchError::NotFull)?;
    let header = Header::parse(note.text()).map_err(|_| StretchError::NotFull)?;
    let format = header.format;
    let leaves = FullHead::read(file, &mut body)?.leaves;
    let rate = u64::from(format.rate_hz());
    let wanted = samples(from_ms, rate)..samples(until_ms, rate);
    let mut found: Option<Stretch> = None;
    let (mut sample, mut at) = (0_u64, frames_offset);
    let (mut seen, block) = (0_u32, u64::from(format.block_samples()));
    while seen < leaves.saturating_sub(1) {
        let entry = Entry::read(file, &mut body, format)?;
        if !matches!(entry, Entry::Checkpoint(_)) {
            seen += 1;
        }
        let Entry::Audio { count, sizes, .. } = entry else { continue };
        let mut left = u64::from(count);
        for size in sizes {
            let frame = sample..sample + left.min(block);
            let bytes = at..at.checked_add(u64::from(size)).ok_or(StretchError::NotFull)?;
            if frame.start < wanted.end && wanted.start < frame.end {
                let begun = found.get_or_insert_with(|| Stretch {
                    head: Vec::new(),
                    frames: bytes.start..bytes.start,
                    first: frame.start,
                    count: 0,
                    from_ms: frame.start * 1000 / rate,
                    until_ms: 0,
                });
                begun.frames.end = bytes.end;
                begun.count = frame.end - begun.first;
            }
            left -= frame.end - frame.start;
            (sample, at) = (frame.end, bytes.end);
        }
    }
    if at > len_bytes {
        return Err(StretchError::NotFull);
    }
    Ok(found.map(|mut stretch| {
        stretch.until_ms = ((stretch.first + stretch.count) * 1000).div_ceil(rate);
        stretch.head = head(format, stretch.count);
        stretch
    }))
}

fn samples(ms: u64, rate: u64) -> u64 {
    u64::try_from(u128::from(ms) * u128::from(rate) / 1000).unwrap_or(u64::MAX)
}

/// `fLaC` and a STREAMINFO that leaves unsaid what is not known without the frames (RFC 9639, section 8.2).
fn head(format: crate::Format, count: u64) -> Vec<u8> {
    let info =
        StreamInfo { format, frame_bytes_min: 0, frame_bytes_max: 0, total_samples: count, md5: [0; 16] }.print();
    let mut head = b"fLaC".to_vec();
    head.push(0x80);
    head.extend_from_slice(&(info.len() as u32).to_be_bytes()[1..]);
    head.extend_from_slice(&info);
    head
}
