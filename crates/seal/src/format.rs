//! The shape of a recording: rate, width, tracks, and how it is cut into blocks and segments.
//!
//! Not here: bytes of FLAC (`flac/`). Source: `spec/seal.md` section 2, "Shapes".
//! Invariants: a `Format` is always within bounds; a segment is a whole number of blocks and lasts
//! at most one second; a block stays within FLAC's streamable subset (4,608 samples).

use crate::Error;

/// Shortest block, samples.
const BLOCK_SAMPLES_MIN: u32 = 16;
/// Longest block, samples (RFC 9639 section 7: streamable subset up to 48 kHz).
const BLOCK_SAMPLES_MAX: u32 = 4_608;

/// Rate, width, tracks, block and segment length of one recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Format {
    rate_hz: u32,
    bits: u8,
    tracks: u8,
    block_samples: u32,
    segment_samples: u32,
}

impl Format {
    /// The writer's choice of blocks and segments for this sound: ten blocks a second up to 46,080 Hz, twelve above.
    ///
    /// # Errors
    /// [`Error::Shape`] outside 8,000–48,000 Hz, 16 or 24 bits, 1–8 tracks.
    pub fn new(rate_hz: u32, bits: u8, tracks: u8) -> Result<Format, Error> {
        let blocks = if rate_hz <= 10 * BLOCK_SAMPLES_MAX { 10 } else { 12 };
        let block = rate_hz / blocks;
        Format::with_blocks(rate_hz, bits, tracks, block, block * blocks)
    }

    /// A format with its own block and segment length, as a header note declares it.
    ///
    /// # Errors
    /// [`Error::Shape`] when anything is outside the bounds of `spec/seal.md` section 2.
    pub fn with_blocks(
        rate_hz: u32,
        bits: u8,
        tracks: u8,
        block_samples: u32,
        segment_samples: u32,
    ) -> Result<Format, Error> {
        let refuse = |what: String| Err(Error::Shape(what));
        if !(8_000..=48_000).contains(&rate_hz) {
            return refuse(format!("{rate_hz} Hz; 8000 to 48000 Hz can be recorded"));
        }
        if bits != 16 && bits != 24 {
            return refuse(format!("{bits} bits; 16 and 24 bits can be recorded"));
        }
        if !(1..=8).contains(&tracks) {
            return refuse(format!("{tracks} tracks; 1 to 8 tracks can be recorded"));
        }
        if !(BLOCK_SAMPLES_MIN..=BLOCK_SAMPLES_MAX).contains(&block_samples) {
            return refuse(format!("blocks of {block_samples} samples"));
        }
        let whole = segment_samples.is_multiple_of(block_samples);
        if !whole || !(1..=255).contains(&(segment_samples / block_samples)) || segment_samples > rate_hz {
            return refuse(format!("segments of {segment_samples} samples"));
        }
        Ok(Format { rate_hz, bits, tracks, block_samples, segment_samples })
    }

    /// Samples a second and track.
    #[must_use]
    pub fn rate_hz(self) -> u32 {
        self.rate_hz
    }

    /// Bits a sample: 16 or 24.
    #[must_use]
    pub fn bits(self) -> u8 {
        self.bits
    }

    /// Tracks: 1 to 8.
    #[must_use]
    pub fn tracks(self) -> u8 {
        self.tracks
    }

    /// Samples per track in one FLAC frame.
    #[must_use]
    pub fn block_samples(self) -> u32 {
        self.block_samples
    }

    /// Samples per track in one segment.
    #[must_use]
    pub fn segment_samples(self) -> u32 {
        self.segment_samples
    }

    /// FLAC frames in one full segment.
    #[must_use]
    pub fn blocks_per_segment(self) -> u32 {
        self.segment_samples / self.block_samples
    }

    /// Bytes one sample takes where samples are hashed: 2 or 3.
    pub(crate) fn sample_bytes(self) -> usize {
        usize::from(self.bits / 8)
    }

    /// The largest FLAC frame this format may have, bytes (`spec/seal.md` section 5): a frame stored without any compression.
    pub(crate) fn frame_bytes_max(self) -> u32 {
        let samples = self.block_samples * (u32::from(self.bits) + 1);
        64 + u32::from(self.tracks) * (16 + samples.div_ceil(8))
    }
}

#[cfg(test)]
mod tests {
    use super::Format;

    #[test]
    fn every_rate_has_blocks_within_the_subset() {
        for rate_hz in 8_000..=48_000 {
            let format = Format::new(rate_hz, 16, 1).expect("in range");
            assert!(format.block_samples() <= 4_608 && format.block_samples() >= 16);
            assert!(rate_hz - format.segment_samples() < 12, "{rate_hz}");
        }
    }

    #[test]
    fn shapes_out_of_bounds_are_refused() {
        for (rate, bits, tracks) in
            [(7_999, 16, 1), (48_001, 16, 1), (8_000, 8, 1), (8_000, 32, 1), (8_000, 16, 0), (8_000, 16, 9)]
        {
            assert!(Format::new(rate, bits, tracks).is_err(), "{rate} {bits} {tracks}");
        }
        for (block, segment) in [(15, 150), (4_609, 46_090), (800, 8_800), (800, 7_900), (16, 16 * 256)] {
            assert!(Format::with_blocks(8_000, 16, 1, block, segment).is_err(), "{block} {segment}");
        }
    }
}
