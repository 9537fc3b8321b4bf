//! Our FLAC encoder alone: `encode-only IN.wav OUT.flac`. The yardstick of figure F4 in `docs/performance.md`.
//!
//! Not a recorder: nothing is sealed, checked or flushed, and the result has no STREAMINFO worth the name.
//! Input: PCM WAV of 16 or 24 bits with the usual 44-byte head.

#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // the ban is on the crate, not on its examples

use seal::{Encoder, Format};
use std::error::Error;
use std::io::{BufWriter, Write as _};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let (Some(input), Some(output)) = (arguments.next(), arguments.next()) else {
        return Err("usage: encode-only IN.wav OUT.flac".into());
    };
    let bytes = std::fs::read(input)?;
    let head = bytes.get(..44).ok_or("too short for a WAV file")?;
    let number = |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
    let (tracks, bits) = (head[22], head[34]);
    let format = Format::new(number(24), bits, tracks)?;
    let mut encoder = Encoder::new(format);
    let mut out = BufWriter::new(std::fs::File::create(output)?);
    let width = usize::from(bits / 8);
    let block_bytes = format.block_samples() as usize * usize::from(tracks) * width;
    let mut samples = Vec::new();
    for block in bytes[44..].chunks(block_bytes) {
        samples.clear();
        samples.extend(block.chunks_exact(width).map(|sample| match *sample {
            [low, high] => i32::from(i16::from_le_bytes([low, high])),
            [low, middle, high] => i32::from_le_bytes([0, low, middle, high]) >> 8,
            _ => 0,
        }));
        out.write_all(&encoder.encode(&samples)?)?;
    }
    Ok(out.flush()?)
}
