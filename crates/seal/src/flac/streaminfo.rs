//! The STREAMINFO block: 34 bytes that say what a FLAC file holds (RFC 9639 section 8.2).
//!
//! Not sealed by itself in a derived copy, so it must agree with what is in the file (`spec/seal.md` section 2).
//! Invariant: printing and comparing are bytewise; nothing in it is trusted.

use crate::Format;

/// Bytes of the block's content.
pub(crate) const STREAMINFO_BYTES: usize = 34;

/// What the block says about a file in a known format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StreamInfo {
    pub(crate) format: Format,
    /// Smallest frame, bytes; 0 when there is none.
    pub(crate) frame_bytes_min: u32,
    /// Largest frame, bytes; 0 when there is none.
    pub(crate) frame_bytes_max: u32,
    /// Samples per track in the file.
    pub(crate) total_samples: u64,
    /// MD5 of the samples.
    pub(crate) md5: [u8; 16],
}

impl StreamInfo {
    /// The block's content.
    pub(crate) fn print(&self) -> [u8; STREAMINFO_BYTES] {
        let mut out = [0; STREAMINFO_BYTES];
        let block = (self.format.block_samples() as u16).to_be_bytes();
        out[0..2].copy_from_slice(&block);
        out[2..4].copy_from_slice(&block);
        out[4..7].copy_from_slice(&self.frame_bytes_min.to_be_bytes()[1..]);
        out[7..10].copy_from_slice(&self.frame_bytes_max.to_be_bytes()[1..]);
        let packed = u64::from(self.format.rate_hz()) << 44
            | u64::from(self.format.tracks() - 1) << 41
            | u64::from(self.format.bits() - 1) << 36
            | self.total_samples & 0xf_ffff_ffff;
        out[10..18].copy_from_slice(&packed.to_be_bytes());
        out[18..].copy_from_slice(&self.md5);
        out
    }
}

/// Smallest and largest frame of a file, bytes, gathered as frames go by.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct FrameSizes {
    min: u32,
    max: u32,
}

impl FrameSizes {
    pub(crate) fn add(&mut self, bytes: u32) {
        self.min = if self.max == 0 { bytes } else { self.min.min(bytes) };
        self.max = self.max.max(bytes);
    }

    pub(crate) fn stream_info(self, format: Format, total_samples: u64, md5: [u8; 16]) -> StreamInfo {
        StreamInfo { format, frame_bytes_min: self.min, frame_bytes_max: self.max, total_samples, md5 }
    }
}
