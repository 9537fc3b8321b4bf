//! One FLAC frame's header: what it claims, whether that agrees with the recording, and a new number for it.
//!
//! Not here: the samples (`codec.rs`). Source: RFC 9639 section 9.1, `spec/seal.md` section 2, "Frames".
//! Invariants: at most 16 bytes are looked at; a header is accepted only in its shortest coding, so that a renumbered frame
//! can be given its old number back bit for bit.

use super::crc::{crc8, crc16};
use crate::Format;

/// Longest header: sync, codes, seven number bytes, two size bytes, two rate bytes, CRC-8.
const HEADER_BYTES_MAX: usize = 4 + 7 + 2 + 2 + 1;

/// A frame header that parses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FrameHeader {
    /// Samples per track.
    pub(crate) block_samples: u32,
    /// Samples a second; 0 for a rate code this format never uses.
    pub(crate) rate_hz: u32,
    /// The four channel bits.
    pub(crate) channel_bits: u8,
    /// Bits a sample; 0 for a code this format never uses.
    pub(crate) bits: u8,
    /// The frame's number.
    pub(crate) number: u32,
    /// Its own length, bytes.
    pub(super) len: usize,
}

impl FrameHeader {
    /// Reads the header at the start of `frame`; `None` when it is not a fixed-blocking frame header with a right CRC-8.
    pub(crate) fn parse(frame: &[u8]) -> Option<FrameHeader> {
        let [0xff, 0xf8, codes, shape, ..] = *frame else { return None };
        if shape & 1 != 0 {
            return None;
        }
        let (number, number_len) = coded_number(frame.get(4..)?)?;
        let mut at = 4 + number_len;
        let mut take = |bytes: usize| {
            let value = frame.get(at..at + bytes)?.iter().fold(0u32, |value, byte| value << 8 | u32::from(*byte));
            at += bytes;
            Some(value)
        };
        let block_samples = match codes >> 4 {
            0 => return None,
            1 => 192,
            code @ 2..=5 => 576 << (code - 2),
            6 => take(1)? + 1,
            7 => take(2)? + 1,
            code => 256 << (code - 8),
        };
        let rate_hz = match codes & 15 {
            4 => 8_000,
            5 => 16_000,
            6 => 22_050,
            7 => 24_000,
            8 => 32_000,
            9 => 44_100,
            10 => 48_000,
            12 => take(1)? * 1_000,
            13 => take(2)?,
            14 => take(2)? * 10,
            15 => return None,
            _ => 0,
        };
        let bits = match shape >> 1 & 7 {
            4 => 16,
            6 => 24,
            _ => 0,
        };
        let len = at + 1;
        if crc8(frame.get(..at)?) != *frame.get(at)? {
            return None;
        }
        debug_assert!(len <= HEADER_BYTES_MAX);
        Some(FrameHeader { block_samples, rate_hz, channel_bits: shape >> 4, bits, number, len })
    }

    /// What in this header disagrees with the recording, if anything.
    pub(crate) fn disagreement(&self, format: Format, number: u32, block_samples: u32) -> Option<&'static str> {
        let tracks = format.tracks();
        let channels = self.channel_bits == tracks - 1 || (tracks == 2 && (8..=10).contains(&self.channel_bits));
        if self.number != number {
            Some("lies about its number")
        } else if self.block_samples != block_samples {
            Some("lies about its length")
        } else if self.rate_hz != format.rate_hz() {
            Some("lies about the rate")
        } else if self.bits != format.bits() {
            Some("lies about the width of its samples")
        } else if !channels {
            Some("lies about its tracks")
        } else {
            None
        }
    }
}

/// The same frame under another number, its checksums set right; `None` if its header is not well-formed or the number has
/// more than 31 bits.
pub(crate) fn renumber(frame: &[u8], number: u64) -> Option<Vec<u8>> {
    let number = u32::try_from(number).ok().filter(|number| number >> 31 == 0)?;
    let (number_end, header_len) = layout(frame)?;
    let body = frame.get(header_len..frame.len().checked_sub(2)?)?;
    let mut out = Vec::with_capacity(frame.len() + 4);
    out.extend_from_slice(&frame[..4]);
    code_number(number, &mut out);
    out.extend_from_slice(&frame[number_end..header_len - 1]);
    out.push(crc8(&out));
    out.extend_from_slice(body);
    let crc = crc16(&out);
    out.extend_from_slice(&crc.to_be_bytes());
    Some(out)
}

/// Where the coded number ends, and the header, if it is well-formed: a number in its shortest form and a right CRC-8. What
/// the header claims does not matter here.
fn layout(frame: &[u8]) -> Option<(usize, usize)> {
    let (_, number_len) = coded_number(frame.get(4..)?)?;
    let size_bytes = match frame[2] >> 4 {
        6 => 1,
        7 => 2,
        _ => 0,
    };
    let rate_bytes = match frame[2] & 15 {
        12 => 1,
        13 | 14 => 2,
        _ => 0,
    };
    let end = 4 + number_len + size_bytes + rate_bytes;
    (crc8(frame.get(..end)?) == *frame.get(end)?).then_some((4 + number_len, end + 1))
}

/// How many bytes a frame's coded number takes (RFC 9639 section 9.1.5, up to 31 bits).
pub(crate) fn coded_len(number: u32) -> usize {
    match number {
        0..=0x7f => 1,
        0x80..=0x7ff => 2,
        0x800..=0xffff => 3,
        0x1_0000..=0x1f_ffff => 4,
        0x20_0000..=0x3ff_ffff => 5,
        _ => 6,
    }
}

/// Adds a number in its coded form.
pub(crate) fn code_number(number: u32, out: &mut Vec<u8>) {
    let len = coded_len(number);
    if len == 1 {
        out.push(number as u8);
        return;
    }
    let lead = !(0xffu8 >> len);
    out.push(lead | (number >> (6 * (len - 1))) as u8);
    for at in (0..len - 1).rev() {
        out.push(0x80 | (number >> (6 * at)) as u8 & 0x3f);
    }
}

/// Number and how many bytes it took; only the shortest form.
fn coded_number(bytes: &[u8]) -> Option<(u32, usize)> {
    let lead = *bytes.first()?;
    let len = match lead.leading_ones() {
        0 => return Some((u32::from(lead), 1)),
        ones @ 2..=6 => ones as usize,
        _ => return None,
    };
    let mut number = u32::from(lead & (0x7f >> len));
    for byte in bytes.get(1..len)? {
        if byte & 0xc0 != 0x80 {
            return None;
        }
        number = number << 6 | u32::from(byte & 0x3f);
    }
    (coded_len(number) == len).then_some((number, len))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_code_to_their_shortest_form_and_back() {
        for number in [
            0,
            1,
            0x7f,
            0x80,
            0x7ff,
            0x800,
            0xffff,
            0x1_0000,
            0x1f_ffff,
            0x20_0000,
            0x3ff_ffff,
            0x400_0000,
            0x7fff_ffff,
        ] {
            let mut bytes = Vec::new();
            code_number(number, &mut bytes);
            assert_eq!(coded_number(&bytes), Some((number, bytes.len())), "{number:x}");
        }
        assert_eq!(coded_number(&[0xc0, 0x80]), None, "0 in two bytes");
        assert_eq!(coded_number(&[0x80]), None);
        assert_eq!(coded_number(&[0xff, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80]), None);
        assert_eq!(coded_number(&[0xc2, 0x00]), None);
    }
}
