//! A frame stored without compression: what is recorded when the encoder fails or is caught unfaithful.
//!
//! Not here: compression (`codec.rs`). Source: RFC 9639 sections 9.1, 9.2.3 (verbatim subframes) and 9.3.
//! Invariant: the frame is right by construction: every sample of 16 or 24 bits is whole bytes, nothing is predicted.

use super::crc::{crc8, crc16};
use super::frame::code_number;
use crate::Format;

/// Rate bits "16-bit field, Hz" and block size bits "16-bit field, less one".
const EXPLICIT_CODES: u8 = 7 << 4 | 13;
/// A subframe's first byte: verbatim, no wasted bits.
const VERBATIM: u8 = 1 << 1;

/// Stores one block of interleaved samples, which must fit `format`, as the frame of that number.
pub(crate) fn frame(format: Format, number: u32, interleaved: &[i32]) -> Vec<u8> {
    let tracks = usize::from(format.tracks());
    let width = format.sample_bytes();
    let samples = interleaved.len() / tracks;
    let mut out = Vec::with_capacity(24 + tracks * (1 + samples * width));
    let bits = if format.bits() == 16 { 4 } else { 6 };
    out.extend_from_slice(&[0xff, 0xf8, EXPLICIT_CODES, (format.tracks() - 1) << 4 | bits << 1]);
    code_number(number, &mut out);
    out.extend_from_slice(&(samples.saturating_sub(1) as u16).to_be_bytes());
    out.extend_from_slice(&(format.rate_hz() as u16).to_be_bytes());
    out.push(crc8(&out));
    for track in 0..tracks {
        out.push(VERBATIM);
        for sample in interleaved[track..].iter().step_by(tracks) {
            out.extend_from_slice(&sample.to_be_bytes()[4 - width..]);
        }
    }
    let crc = crc16(&out);
    out.extend_from_slice(&crc.to_be_bytes());
    out
}

#[cfg(test)]
mod tests {
    use super::super::codec::Decoder;
    use super::*;

    #[test]
    fn every_shape_decodes_to_what_went_in() {
        for (rate, bits, tracks) in [(8_000, 16, 1), (37_801, 24, 2), (44_100, 16, 8), (48_000, 24, 8)] {
            let format = Format::new(rate, bits, tracks).expect("in range");
            for samples in [1, 2, 15, format.block_samples()] {
                let peak = 1i32 << (bits - 1);
                let values = (0..samples as usize * usize::from(tracks)).map(|n| match n % 3 {
                    0 => -peak,
                    1 => peak - 1,
                    _ => n as i32 % 1_000 - 500,
                });
                let pcm: Vec<i32> = values.collect();
                let frame = frame(format, 70_000, &pcm);
                assert!(frame.len() <= format.frame_bytes_max() as usize);
                let mut decoder = Decoder::default();
                let decoded = decoder.decode(&frame, format, samples).expect("it decodes");
                for track in 0..usize::from(tracks) {
                    let original = pcm[track..].iter().step_by(tracks.into());
                    assert!(decoded.track(track).iter().eq(original), "{rate} {bits} {tracks} {samples}");
                }
            }
        }
    }
}
