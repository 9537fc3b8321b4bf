//! The frames of a file, one segment at a time: read, hashed, their headers held against the recording, decoded when asked.
//!
//! Not here: which commitment a segment has to open (`verify_full.rs`, `verify_derived.rs`).
//! Invariants: memory for one segment; sizes come from the seal and were checked against the format's largest frame before they
//! get here; once the file was found too short nothing more is read.

use crate::Format;
use crate::flac::codec::{Decoder, SampleDigests};
use crate::flac::frame::{FrameHeader, renumber};
use crate::flac::streaminfo::{FrameSizes, STREAMINFO_BYTES};
use crate::heard::Heard;
use crate::leaf::{Commitment, Salt, commit_digest};
use crate::read_at::{ReadAt, read_full};
use crate::verdict::{Findings, Reason};
use sha2::{Digest as _, Sha256};
use std::io;
use std::ops::Range;

/// A stretch of frames as the seal lists it.
pub(crate) struct Listed<'a> {
    /// First sample, as a position in the original.
    pub(crate) first: u64,
    /// Samples per track.
    pub(crate) count: u32,
    /// Size of each frame, bytes.
    pub(crate) sizes: &'a [u32],
}

impl Listed<'_> {
    /// Its samples.
    pub(crate) fn range(&self) -> Range<u64> {
        self.first..self.first.saturating_add(self.count.into())
    }

    /// Samples the frame at this place must have.
    fn block_samples(&self, place: usize, format: Format) -> u32 {
        let before = (place as u32).saturating_mul(format.block_samples());
        self.count.saturating_sub(before).min(format.block_samples())
    }
}

/// The frames of one file, read forward.
pub(crate) struct Frames {
    format: Format,
    at: u64,
    end: u64,
    truncated: bool,
    number: u32,
    samples: u64,
    sizes: FrameSizes,
    buffer: Vec<u8>,
    decoder: Decoder,
    digests: SampleDigests,
    undecoded: bool,
}

impl Frames {
    /// Frames from `offset` to the end of a file of `len_bytes`.
    pub(crate) fn new(format: Format, offset: u64, len_bytes: u64) -> Frames {
        Frames {
            format,
            at: offset,
            end: len_bytes,
            truncated: false,
            number: 0,
            samples: 0,
            sizes: FrameSizes::default(),
            buffer: Vec::new(),
            decoder: Decoder::default(),
            digests: SampleDigests::new(format),
            undecoded: false,
        }
    }

    /// Bytes of the file up to here.
    pub(crate) fn offset(&self) -> u64 {
        self.at
    }

    /// Samples per track listed so far.
    pub(crate) fn samples(&self) -> u64 {
        self.samples
    }

    /// Reads the next segment; `false` when the file ends before it does.
    pub(crate) fn read(
        &mut self,
        file: &mut dyn ReadAt,
        listed: &Listed<'_>,
        findings: &mut Findings,
    ) -> io::Result<bool> {
        self.samples = self.samples.saturating_add(listed.count.into());
        listed.sizes.iter().for_each(|size| self.sizes.add(*size));
        let bytes: usize = listed.sizes.iter().map(|size| *size as usize).sum();
        if !self.truncated {
            self.buffer.resize(bytes, 0);
            self.truncated = read_full(file, self.at, &mut self.buffer)? < bytes;
        }
        if self.truncated {
            findings.add_at(Reason::Truncated, listed.range(), None, "the file ends before this sound");
            return Ok(false);
        }
        self.at += bytes as u64;
        Ok(true)
    }

    /// Whether the segment just read, as it stands, opens its commitment.
    pub(crate) fn opens(&self, salt: &Salt, commitment: &Commitment) -> bool {
        commit_digest(salt, &Sha256::digest(&self.buffer).into()) == *commitment
    }

    /// The commitment to the segment just read with its frames numbered from `original`; `None` when one cannot be renumbered.
    pub(crate) fn renumbered_commitment(&self, listed: &Listed<'_>, original: u64, salt: &Salt) -> Option<Commitment> {
        let mut digest = Sha256::new();
        for (place, frame) in self.each(listed.sizes).enumerate() {
            digest.update(renumber(frame, original.checked_add(place as u64)?)?);
        }
        Some(commit_digest(salt, &digest.finalize().into()))
    }

    /// Holds the frame headers of the segment just read against the recording.
    pub(crate) fn check_headers(&mut self, listed: &Listed<'_>, findings: &mut Findings) -> bool {
        let mut sound = true;
        for (place, frame) in self.each(listed.sizes).enumerate() {
            let number = self.number.wrapping_add(place as u32);
            let lie = match FrameHeader::parse(frame) {
                None => Some("is not one"),
                Some(header) => header.disagreement(self.format, number, listed.block_samples(place, self.format)),
            };
            if let Some(lie) = lie {
                findings.add_at(Reason::FrameHeader, listed.range(), None, &format!("a frame header {lie}"));
                sound = false;
            }
        }
        sound
    }

    /// Decodes the segment just read. Each track's digest, or `None` when a frame does not decode.
    /// `silent` names tracks, from 0, in which every sample has to be zero; a finding is added for each that is not.
    /// Each block is handed to `ear` as it was decoded.
    pub(crate) fn decode(
        &mut self,
        listed: &Listed<'_>,
        silent: &[usize],
        findings: &mut Findings,
        ear: &mut dyn FnMut(Heard<'_>),
    ) -> Option<Vec<[u8; 32]>> {
        let mut at = 0;
        let mut first = listed.first;
        let mut loud: Vec<usize> = Vec::new();
        for (place, size) in listed.sizes.iter().enumerate() {
            let frame = &self.buffer[at..at + *size as usize];
            at += *size as usize;
            let samples = listed.block_samples(place, self.format);
            let Some(decoded) = self.decoder.decode_twice(frame, self.format, samples) else {
                self.undecoded = true;
                self.digests.take_tracks();
                findings.add_at(Reason::Track, listed.range(), None, "the sound does not decode");
                return None;
            };
            self.digests.add(decoded);
            ear(Heard { format: self.format, first, decoded, muted: silent });
            first = first.saturating_add(samples.into());
            loud.extend(silent.iter().filter(|track| decoded.track(**track).iter().any(|sample| *sample != 0)));
        }
        loud.sort_unstable();
        loud.dedup();
        for track in loud {
            let detail = "a track that is said to be silenced is not silent";
            findings.add_at(Reason::Mute, listed.range(), Some(track as u8 + 1), detail);
        }
        Some(self.digests.take_tracks())
    }

    /// Goes on to the next segment.
    pub(crate) fn advance(&mut self, listed: &Listed<'_>) {
        self.number = self.number.wrapping_add(listed.sizes.len() as u32);
    }

    /// What remains to be said when every listed segment was read.
    pub(crate) fn finish(&self, streaminfo: &[u8; STREAMINFO_BYTES], deep: bool, findings: &mut Findings) {
        if !self.truncated && self.at < self.end {
            findings.add(
                Reason::Trailing,
                match self.end - self.at {
                    1 => "1 byte follows the last sealed frame".to_owned(),
                    bytes => format!("{bytes} bytes follow the last sealed frame"),
                },
            );
        }
        let mut md5 = [0; 16];
        md5.copy_from_slice(&streaminfo[18..]);
        if self.sizes.stream_info(self.format, self.samples, md5).print() != *streaminfo {
            findings.add(
                Reason::StreamInfo,
                "the description of the sound (STREAMINFO) is not that of the sound in the file",
            );
        }
        if deep && !self.truncated && !self.undecoded && self.digests.md5() != md5 {
            findings.add(Reason::Md5, "the samples' MD5 is not the one in STREAMINFO");
        }
    }

    fn each<'a>(&'a self, sizes: &'a [u32]) -> impl Iterator<Item = &'a [u8]> {
        let mut at = 0;
        sizes.iter().map(move |size| {
            let frame = &self.buffer[at..at + *size as usize];
            at += *size as usize;
            frame
        })
    }
}
