//! Frames forged around bytes of an input: a right header, right checksums, anything between.
//!
//! The seal crate's own files on frames are included as they stand, because they are no part of its interface.
//! Not here: seals (`forge.rs`). Invariant: a forged frame has a header that the seal crate reads.

#[path = "../../crates/seal/src/flac/crc.rs"]
#[allow(dead_code)]
mod crc;
#[path = "../../crates/seal/src/flac/frame.rs"]
#[allow(dead_code)]
mod frame;
#[path = "../../crates/seal/src/flac/subframe.rs"]
#[allow(dead_code)]
mod subframe;

use seal::Format;

/// A frame with this number and length whose subframes are any bytes.
pub fn forged(format: Format, channel_bits: u8, number: u32, samples: u32, subframes: &[u8]) -> Vec<u8> {
    let size_bits = if format.bits() == 16 { 4 } else { 6 };
    let mut out = vec![0xff, 0xf8, 0x7d, channel_bits << 4 | size_bits << 1, 0];
    out.extend_from_slice(&((samples - 1) as u16).to_be_bytes());
    out.extend_from_slice(&(format.rate_hz() as u16).to_be_bytes());
    out.push(crc::crc8(&out));
    out.extend_from_slice(subframes);
    out.extend_from_slice(&[0, 0]);
    frame::renumber(&out, number.into()).expect("the header is one")
}

/// What the strict decoder makes of a frame, track after track; `None` when it does not decode or leaves its width.
pub fn decoded(frame: &[u8], format: Format, samples: u32) -> Option<Vec<i32>> {
    let header = frame::FrameHeader::parse(frame)?;
    let mut planar = Vec::new();
    subframe::decode(frame, &header, &mut planar)?;
    let limit = 1i32 << (format.bits() - 1);
    let fits = planar.len() == samples as usize * usize::from(format.tracks());
    (fits && planar.iter().all(|sample| (-limit..limit).contains(sample))).then_some(planar)
}

/// Holds the two decoders against each other: where both have an answer it is the same.
pub fn compare_decoders(frame: &[u8], strict: Option<&[i32]>) {
    let other = claxon::frame::FrameReader::new(std::io::Cursor::new(frame)).read_next_or_eof(Vec::new());
    match (strict, other) {
        (Some(strict), Ok(Some(block))) => assert!(block.into_buffer() == strict, "two decoders, two sounds"),
        (Some(_), Err(claxon::Error::Unsupported(_))) | (None, _) => {}
        (Some(_), other) => panic!("decoded by one, by the other: {:?}", other.map(|block| block.is_some())),
    }
}
