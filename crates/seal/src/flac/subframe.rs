//! A frame decoder of our own: each frame is decoded back by it before it is committed to, and where the sound itself is
//! verified a library's decoder is asked too. It also decodes what that library leaves out: residuals stored without Rice
//! code (RFC 9639 section 9.2.7.1, "escaped" partitions).
//!
//! Not here: which decoder is asked when (`codec.rs`), headers (`frame.rs`). Source: RFC 9639 sections 9.2 and 9.3.
//! Invariants: hostile bytes end in `None`; memory and time are bounded by the block and the frame's length; no sample and no
//! prediction leaves the width its subframe declares, so nothing wraps around.

use super::crc::crc16;
use super::frame::FrameHeader;

/// Decodes a whole frame into `planar`, track after track. The header is that of the frame.
pub(crate) fn decode(frame: &[u8], header: &FrameHeader, planar: &mut Vec<i32>) -> Option<()> {
    let (body, crc) = frame.split_last_chunk::<2>()?;
    let (tracks, side) = match header.channel_bits {
        independent @ 0..=7 => (usize::from(independent) + 1, None),
        8 | 10 => (2, Some(1)),
        9 => (2, Some(0)),
        _ => return None,
    };
    if header.bits == 0 || crc16(body) != u16::from_be_bytes(*crc) {
        return None;
    }
    let samples = header.block_samples as usize;
    let mut bits = Bits { bytes: body, at: header.len * 8 };
    planar.clear();
    planar.resize(samples * tracks, 0);
    for (track, out) in planar.chunks_exact_mut(samples).enumerate() {
        let side_bit = u32::from(side == Some(track));
        subframe(&mut bits, u32::from(header.bits) + side_bit, out)?;
    }
    join_stereo(header.channel_bits, planar);
    // What fills the last byte is zero; other decoders lose their way where it is not.
    let filling = (8 - bits.at % 8) % 8;
    let filled = bits.read(filling as u32)? == 0;
    (filled && bits.at == body.len() * 8).then_some(())
}

/// Left and right out of what stereo was coded as. Values have at most 25 bits.
fn join_stereo(channel_bits: u8, planar: &mut [i32]) {
    let half = planar.len() / 2;
    let (first, second) = planar.split_at_mut(half);
    for (a, b) in first.iter_mut().zip(second) {
        (*a, *b) = match channel_bits {
            8 => (*a, *a - *b),
            9 => (*a + *b, *b),
            10 => {
                let twice = *a << 1 | *b & 1;
                ((twice + *b) >> 1, (twice - *b) >> 1)
            }
            _ => return,
        };
    }
}

/// One track of one frame, samples of `width` bits.
fn subframe(bits: &mut Bits<'_>, width: u32, out: &mut [i32]) -> Option<()> {
    if bits.read(1)? != 0 {
        return None;
    }
    let kind = bits.read(6)?;
    let wasted = if bits.read(1)? == 1 { bits.unary()?.checked_add(1)? } else { 0 };
    let width = width.checked_sub(wasted).filter(|width| *width > 0)?;
    match kind {
        0 => out.fill(bits.read_signed(width)?),
        1 => verbatim(bits, width, out)?,
        8..=12 => {
            let order = kind as usize - 8;
            verbatim(bits, width, out.get_mut(..order)?)?;
            residual(bits, order, out)?;
            match order {
                0 => fixed::<0>(width, out)?,
                1 => fixed::<1>(width, out)?,
                2 => fixed::<2>(width, out)?,
                3 => fixed::<3>(width, out)?,
                _ => fixed::<4>(width, out)?,
            }
        }
        32..=63 => linear(bits, kind as usize - 31, width, out)?,
        _ => return None,
    }
    out.iter_mut().for_each(|sample| *sample <<= wasted);
    Some(())
}

fn verbatim(bits: &mut Bits<'_>, width: u32, out: &mut [i32]) -> Option<()> {
    for sample in out {
        *sample = bits.read_signed(width)?;
    }
    Some(())
}

fn linear(bits: &mut Bits<'_>, order: usize, width: u32, out: &mut [i32]) -> Option<()> {
    verbatim(bits, width, out.get_mut(..order)?)?;
    let precision = bits.read(4)? + 1;
    let shift = u32::try_from(bits.read_signed(5)?).ok()?;
    let mut coefficients = [0; 32];
    for coefficient in coefficients.get_mut(..order)? {
        *coefficient = i64::from(bits.read_signed(precision)?);
    }
    residual(bits, order, out)?;
    // Sixteen bits of precision are a code that is not used.
    if precision < 16 { predict(&coefficients[..order], shift, width, out) } else { None }
}

/// [`predict`] with a fixed predictor (RFC 9639 section 9.2.5), by differences: the residual is the highest, and each lower one grows by
/// the one above it. The order is known when this is compiled, because most frames of a recorder come this way.
fn fixed<const ORDER: usize>(width: u32, out: &mut [i32]) -> Option<()> {
    let limit = 1i64 << (width - 1);
    let (warm_up, rest) = out.split_first_chunk_mut::<ORDER>()?;
    // Of the newest sample: itself, how it differs from the one before, how that difference differs …
    let mut differences = warm_up.map(i64::from);
    differences.reverse();
    for lower in 0..ORDER {
        (lower + 1..ORDER).rev().for_each(|at| differences[at] = differences[at - 1] - differences[at]);
    }
    for value in rest {
        let mut sample = i64::from(*value);
        for difference in differences.iter_mut().rev() {
            *difference += sample;
            sample = *difference;
        }
        if !(-limit..limit).contains(&sample) {
            return None;
        }
        *value = sample as i32;
    }
    Some(())
}

/// Puts samples where residuals stand, after the warm-up samples; the coefficients are the newest sample's first.
fn predict(coefficients: &[i64], shift: u32, width: u32, out: &mut [i32]) -> Option<()> {
    let limit = 1i64 << (width - 1);
    for at in coefficients.len()..out.len() {
        let before = out[..at].iter().rev().zip(coefficients);
        let prediction = before.map(|(sample, coefficient)| i64::from(*sample) * coefficient).sum::<i64>() >> shift;
        let sample = prediction + i64::from(out[at]);
        out[at] = i32::try_from(sample).ok().filter(|_| (-limit..limit).contains(&sample))?;
    }
    Some(())
}

/// Residuals of all but the first `warm_up` samples, in partitions of equal length.
fn residual(bits: &mut Bits<'_>, warm_up: usize, out: &mut [i32]) -> Option<()> {
    let parameter_bits = match bits.read(2)? {
        0 => 4,
        1 => 5,
        _ => return None,
    };
    let partitions = 1usize << bits.read(4)?;
    let each = out.len() / partitions;
    if !out.len().is_multiple_of(partitions) || each < warm_up {
        return None;
    }
    for partition in 0..partitions {
        let start = (partition * each).max(warm_up);
        let out = &mut out[start..(partition + 1) * each];
        let parameter = bits.read(parameter_bits)?;
        if parameter == (1 << parameter_bits) - 1 {
            let width = bits.read(5)?;
            verbatim(bits, width, out)?;
            continue;
        }
        bits.rice(parameter, out)?;
    }
    Some(())
}

/// What can be looked at in one go, wherever in a byte it begins.
const WINDOW_BITS: u32 = 57;

/// Bytes read bit by bit, the highest first.
struct Bits<'a> {
    bytes: &'a [u8],
    /// The next bit.
    at: usize,
}

impl Bits<'_> {
    /// The next [`WINDOW_BITS`] bits, and perhaps some more, from the highest bit on; zeros after the last byte.
    fn window(&self) -> u64 {
        let rest = self.bytes.get(self.at / 8..).unwrap_or_default();
        let bytes = rest.first_chunk::<8>().copied().unwrap_or_else(|| {
            let mut padded = [0; 8];
            padded.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
            padded
        });
        u64::from_be_bytes(bytes) << (self.at % 8)
    }

    /// Goes on by so many bits, which must be there.
    fn skip(&mut self, count: u32) -> Option<()> {
        self.at += count as usize;
        (self.at <= self.bytes.len() * 8).then_some(())
    }

    /// Up to 32 bits.
    fn read(&mut self, count: u32) -> Option<u32> {
        let window = self.window();
        self.skip(count)?;
        // Two shifts, because no bits at all would be a shift by the whole width.
        Some((window >> 1 >> (63 - count)) as u32)
    }

    /// Up to 32 bits as a number in two's complement; 0 of no bits.
    fn read_signed(&mut self, count: u32) -> Option<i32> {
        let unused = 32u32.checked_sub(count)?;
        let value = self.read(count)?;
        Some(value.checked_shl(unused).unwrap_or(0) as i32 >> unused.min(31))
    }

    /// How many zeros come before the next one.
    fn unary(&mut self) -> Option<u32> {
        let mut zeros = 0;
        loop {
            let here = self.window().leading_zeros().min(WINDOW_BITS);
            zeros += here;
            if here < WINDOW_BITS {
                self.skip(here + 1)?;
                return Some(zeros);
            }
            self.skip(here)?;
        }
    }

    /// Numbers in Rice code with that parameter, 0 to 30. As many as one window holds are taken out of it.
    fn rice(&mut self, parameter: u32, out: &mut [i32]) -> Option<()> {
        let (mut window, mut left) = (0u64, 0);
        for value in out {
            if window.leading_zeros() + 1 + parameter > left {
                (window, left) = (self.window(), WINDOW_BITS);
            }
            let zeros = window.leading_zeros();
            let length = zeros + 1 + parameter;
            let folded = if length > left {
                let high = self.unary()?.checked_mul(1 << parameter)?;
                left = 0;
                high | self.read(parameter)?
            } else {
                self.skip(length)?;
                let low = window << (zeros + 1) >> 1 >> (63 - parameter);
                (window, left) = (window << length, left - length);
                zeros.checked_mul(1 << parameter)? | low as u32
            };
            *value = (folded >> 1) as i32 ^ -((folded & 1) as i32);
        }
        Some(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use flac_codec::encode::{FlacStreamWriter, Options};

    /// Frames by the encoder at its most thorough, which uses every kind of subframe and of stereo coding.
    fn frame(rate: u32, tracks: u8, bits: u32, interleaved: &[i32]) -> Vec<u8> {
        let mut out = Vec::new();
        FlacStreamWriter::new(&mut out, Options::best()).write(rate, tracks, bits, interleaved).unwrap();
        out
    }

    fn sound(kind: u32, tracks: u8, bits: u32, samples: usize) -> Vec<i32> {
        let mut noise = 0x9e37_79b9_7f4a_7c15u64 ^ u64::from(kind);
        let scale = 1 << (bits - 16);
        let mut out = Vec::new();
        for at in 0..samples {
            noise ^= noise << 13;
            noise ^= noise >> 7;
            noise ^= noise << 17;
            let tone = ((at as f64 / 9.0).sin() * 9_000.0) as i32;
            let run = if at < samples / 2 { (noise % 2_000) as i32 } else { 7 };
            let mono = [tone, run, tone + (noise % 50) as i32, (noise as i32) >> 16, -32_768, tone & !7][kind as usize];
            for track in 0..i32::from(tracks) {
                out.push((mono / (track + 1) + track * (noise % 3) as i32) * scale);
            }
        }
        out
    }

    #[test]
    fn both_decoders_and_the_encoder_agree() {
        let (mut agreed, mut escaped) = (0, 0);
        for kind in 0..6 {
            for (tracks, bits) in [(1, 16), (2, 16), (2, 24), (3, 24), (8, 16)] {
                let interleaved = sound(kind, tracks, bits, 1_024);
                let frame = frame(16_000, tracks, bits, &interleaved);
                let header = FrameHeader::parse(&frame).unwrap();
                let mut planar = vec![1; 3];
                decode(&frame, &header, &mut planar).unwrap();
                for track in 0..usize::from(tracks) {
                    let went_in = interleaved[track..].iter().step_by(tracks.into());
                    assert!(went_in.eq(&planar[track * 1_024..(track + 1) * 1_024]), "{kind} {tracks} {bits}");
                }
                match claxon::frame::FrameReader::new(std::io::Cursor::new(&frame)).read_next_or_eof(Vec::new()) {
                    Ok(block) => {
                        assert_eq!(block.unwrap().into_buffer(), planar);
                        agreed += 1;
                    }
                    Err(_) => escaped += 1,
                }
            }
        }
        assert!(agreed > 5 && escaped > 2, "{agreed} decoded by both, {escaped} here only");
    }

    #[test]
    fn changed_frames_end_in_an_answer() {
        let sounds = [(1, 1, 16), (1, 2, 24), (0, 2, 16), (3, 1, 24)];
        for frame in sounds.map(|(kind, tracks, bits)| frame(16_000, tracks, bits, &sound(kind, tracks, bits, 64))) {
            let header = FrameHeader::parse(&frame).unwrap();
            for bit in header.len * 8..frame.len() * 8 {
                let mut changed = frame.clone();
                changed[bit / 8] ^= 1 << (bit % 8);
                assert_eq!(decode(&changed, &header, &mut Vec::new()), None, "a checksum finds one bit");
                let end = changed.len() - 2;
                let crc = crc16(&changed[..end]);
                changed[end..].copy_from_slice(&crc.to_be_bytes());
                let _ = decode(&changed, &header, &mut Vec::new());
                let _ = decode(&changed[..bit / 8], &header, &mut Vec::new());
            }
        }
    }

    #[test]
    fn bits_are_read_across_bytes() {
        let mut bits = Bits { bytes: &[0b1010_0000, 0b0000_0001, 0xff, 0xff, 0xff, 0xff, 0x80], at: 0 };
        assert_eq!((bits.read(3), bits.unary(), bits.read(0)), (Some(5), Some(12), Some(0)));
        assert_eq!((bits.read_signed(32), bits.read_signed(0), bits.read_signed(1)), (Some(-1), Some(0), Some(-1)));
        assert_eq!((bits.unary(), bits.read_signed(33)), (None, None));
    }
}
