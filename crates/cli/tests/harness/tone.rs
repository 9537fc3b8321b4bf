//! Sound for tests: a slow triangle with noise on it, another in each track, never silent for long.
//!
//! Not speech: what needs real voices takes them from packages.
//! Invariant: it is the same in every run.

use std::path::Path;

/// Interleaved samples.
pub(crate) fn samples(count: usize, tracks: usize) -> impl Iterator<Item = i32> {
    let mut noise: u32 = 1;
    (0..count * tracks).map(move |at| {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let (at, track) = (at / tracks, at % tracks);
        let saw = ((at * (3 + track)) % 2000) as i32 - 1000;
        saw.abs() - 500 + (noise >> 26) as i32
    })
}

/// A 16-bit WAV file.
pub(crate) fn write(path: &Path, rate_hz: u32, count: u32, tracks: u16) {
    let spec = hound::WavSpec {
        channels: tracks,
        sample_rate: rate_hz,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(path, spec).unwrap();
    for sample in samples(count as usize, tracks.into()) {
        writer.write_sample(sample).unwrap();
    }
    writer.finalize().unwrap();
}
