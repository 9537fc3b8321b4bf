//! A strict look at a bare MP3 before it is decoded: frame by frame, to the last byte.
//!
//! It decodes no sound: decoders of MP3 step over what they cannot read and say nothing of it, so here it is asked
//! whether there is any such thing. Invariants: every byte of a file that passes belongs to a frame or a tag;
//! no frame of it points back to bytes that are not there, but for the first ones of a file that was cut out of
//! a longer one; constant memory.

use std::io::{self, BufReader, Read, Seek};

use super::Error;

const RATES_HZ: [u32; 3] = [44_100, 48_000, 32_000];
/// Kilobits a second by the header's index, of MPEG-1 and of the others.
const KILOBITS: [[u32; 15]; 2] = [
    [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
    [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
];
/// The longest head of a tag that says how long the tag is.
const TAG_HEAD_BYTES: u64 = 32;

/// Refuses what decoders would step over.
pub(super) fn check(file: impl Read + Seek, name: &str) -> Result<(), Error> {
    let io = |cause| Error::unreadable(name, cause);
    let mut file = BufReader::with_capacity(1 << 16, file);
    let (mut first, mut samples, mut reservoir) = (None, 0u64, Reservoir::default());
    let mut tag_behind_sound = false;
    loop {
        let head = peek(&mut file).map_err(io)?;
        if head.is_empty() {
            return Ok(());
        }
        let Some(frame) = Frame::of(&head) else {
            let Some(len_bytes) = tag_bytes(&head) else {
                let what = format!("not all of it is MP3 frames that follow each other (up to sample {samples})");
                return Err(Error::damaged(name, what));
            };
            tag_behind_sound |= first.is_some();
            io::copy(&mut file.by_ref().take(len_bytes), &mut io::sink()).map_err(io)?;
            continue;
        };
        // Written over sound, a tag's head would take as much of it along as it says it is long.
        if tag_behind_sound {
            return Err(Error::damaged(name, format!("a tag stands in the middle of it (at sample {samples})")));
        }
        if *first.get_or_insert(frame.kind) != frame.kind {
            return Err(Error::damaged(name, format!("its format changes at sample {samples}")));
        }
        let mut bytes = Vec::new();
        file.by_ref().take(frame.len_bytes as u64).read_to_end(&mut bytes).map_err(io)?;
        if bytes.len() < frame.len_bytes {
            return Err(Error::truncated(name, format!("its last frame is not whole (from sample {samples})")));
        }
        if !reservoir.take(frame, &bytes) {
            return Err(Error::damaged(name, format!("the frame at sample {samples} needs bytes that are not there")));
        }
        samples += frame.samples();
    }
}

/// The next bytes, which stay to be read: a tag's head, or as many as there are.
fn peek(file: &mut BufReader<impl Read + Seek>) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    file.by_ref().take(TAG_HEAD_BYTES).read_to_end(&mut head)?;
    file.seek_relative(-(head.len() as i64))?;
    Ok(head)
}

/// Length of the tag that begins so, if one does.
fn tag_bytes(head: &[u8]) -> Option<u64> {
    if head.starts_with(b"ID3") {
        let size = head.get(6..10)?.iter().fold(0u64, |size, &byte| size << 7 | u64::from(byte & 0x7f));
        return Some(10 + size + if head[5] & 0x10 != 0 { 10 } else { 0 });
    }
    if head.starts_with(b"APETAGEX") {
        let number = |at: usize| Some(u32::from_le_bytes(head.get(at..at + 4)?.try_into().ok()?));
        let is_header = number(20)? & 1 << 29 != 0;
        return Some(32 + if is_header { u64::from(number(12)?) } else { 0 });
    }
    if head.starts_with(b"TAG+") {
        return Some(227);
    }
    head.starts_with(b"TAG").then_some(128)
}

/// What is the same in every frame of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Kind {
    is_mpeg1: bool,
    rate_hz: u32,
    is_mono: bool,
}

/// A frame's header.
#[derive(Clone, Copy, Debug)]
struct Frame {
    kind: Kind,
    has_crc: bool,
    len_bytes: usize,
}

impl Frame {
    fn of(head: &[u8]) -> Option<Frame> {
        let &[sync, kind, rates, mode, ..] = head else { return None };
        if sync != 0xff || kind & 0xe0 != 0xe0 {
            return None;
        }
        let is_layer3 = kind >> 1 & 3 == 1;
        // The version: 0 is 2.5, 2 is 2, 3 is 1.
        let (is_mpeg1, halvings) = match kind >> 3 & 3 {
            3 => (true, 0),
            2 => (false, 1),
            0 => (false, 2),
            _ => return None,
        };
        let rate_hz = RATES_HZ.get(usize::from(rates >> 2 & 3))? >> halvings;
        let kilobits = *KILOBITS[usize::from(!is_mpeg1)].get(usize::from(rates >> 4))?;
        if !is_layer3 || kilobits == 0 {
            return None;
        }
        let bytes_by_rate = if is_mpeg1 { 144_000 } else { 72_000 };
        let len_bytes = (bytes_by_rate * kilobits / rate_hz + u32::from(rates >> 1 & 1)) as usize;
        let kind_of = Kind { is_mpeg1, rate_hz, is_mono: mode >> 6 == 3 };
        Some(Frame { kind: kind_of, has_crc: kind & 1 == 0, len_bytes })
    }

    /// Samples of each track.
    fn samples(&self) -> u64 {
        if self.kind.is_mpeg1 { 1152 } else { 576 }
    }
}

/// Frames may begin in the bytes that earlier ones left over.
#[derive(Default)]
struct Reservoir {
    left_bytes: usize,
    /// Whether a frame was whole already: those before it may have been cut off.
    has_begun: bool,
}

impl Reservoir {
    /// Takes what the frame needs and keeps what it leaves; whether that was there.
    fn take(&mut self, frame: Frame, bytes: &[u8]) -> bool {
        let Kind { is_mpeg1, is_mono, .. } = frame.kind;
        let side_at = if frame.has_crc { 6 } else { 4 };
        let side_bytes = match (is_mpeg1, is_mono) {
            (true, false) => 32,
            (true, true) | (false, false) => 17,
            (false, true) => 9,
        };
        let Some(side) = bytes.get(side_at..side_at + side_bytes) else { return false };
        let own = &bytes[side_at + side_bytes..];
        // No sound but an index, which stands as if there were no checksum: what follows has nothing to point back to.
        let (index, before) = (&bytes[4 + side_bytes..], &bytes[side_at..4 + side_bytes]);
        if before.iter().all(|byte| *byte == 0) && (index.starts_with(b"Info") || index.starts_with(b"Xing")) {
            self.left_bytes = 0;
            return true;
        }
        let tracks = if is_mono { 1 } else { 2 };
        // Where the lengths of the frame's parts stand, in bits, and how far apart.
        let (back_bits, lengths_at, parts, stride) = match (is_mpeg1, is_mono) {
            (true, false) => (9, 20, 2 * tracks, 59),
            (true, true) => (9, 18, 2 * tracks, 59),
            (false, false) => (8, 10, tracks, 63),
            (false, true) => (8, 9, tracks, 63),
        };
        let back_bytes = bits(side, 0, back_bits);
        let used_bits: usize = (0..parts).map(|part| bits(side, lengths_at + part * stride, 12)).sum();
        let Some(left_bytes) = (back_bytes + own.len()).checked_sub(used_bits.div_ceil(8)) else { return false };
        let was_there = back_bytes <= self.left_bytes;
        self.left_bytes = left_bytes.min(self.left_bytes + own.len());
        let passes = was_there || !self.has_begun;
        self.has_begun |= was_there;
        passes
    }
}

/// So many bits as a number, the first one highest.
fn bits(bytes: &[u8], at: usize, count: usize) -> usize {
    (at..at + count).fold(0, |number, bit| number << 1 | usize::from(bytes[bit / 8] >> (7 - bit % 8) & 1))
}
