//! One frame encoded by a library, decoded by `subframe.rs`, and the digests of what comes out.
//!
//! Not here: files. The encoder (`flac-codec`), our decoder and the second decoder (`claxon`) have different authors: a mistake
//! of one does not hide in another.
//! Invariant: a decoded frame has the header's own shape; nothing outside it is trusted.

use super::frame::{FrameHeader, renumber};
use super::{subframe, verbatim};
use crate::{Error, Format};
use flac_codec::encode::{FlacStreamWriter, Options};
use md5::Md5;
use sha2::{Digest as _, Sha256};
use std::io;

/// Encodes blocks of samples into FLAC frames numbered from 0.
///
/// May live in another thread than the [`Writer`](crate::Writer) that seals its frames.
pub struct Encoder {
    format: Format,
    /// The next frame's.
    number: u32,
    /// Bytes of the last frame, which the next will not be far from.
    last_bytes: usize,
}

/// Below this many samples the library may cut a residual into more partitions than it then writes down (seen in 1.3.3 with
/// blocks of 4 and 8); such a block is stored.
const COMPRESSED_SAMPLES_MIN: usize = 16;

impl Encoder {
    /// An encoder for one recording.
    #[must_use]
    pub fn new(format: Format) -> Encoder {
        Encoder { format, number: 0, last_bytes: 0 }
    }

    /// One block of interleaved samples as a frame without compression, for a caller whose encoded frame was refused.
    ///
    /// # Errors
    /// As for [`encode`](Encoder::encode).
    pub fn store(format: Format, number: u32, interleaved: &[i32]) -> Result<Vec<u8>, Error> {
        check_block(format, interleaved)?;
        Ok(verbatim::frame(format, number, interleaved))
    }

    /// Encodes one block of interleaved samples into one frame. What the library does not encode is stored.
    ///
    /// # Errors
    /// [`Error::Value`] when the block is empty, longer than a block or a sample does not fit the width.
    pub fn encode(&mut self, interleaved: &[i32]) -> Result<Vec<u8>, Error> {
        check_block(self.format, interleaved)?;
        let number = self.number;
        self.number = number.wrapping_add(1);
        let compressed = self.compress(interleaved).and_then(|frame| numbered(frame, number));
        Ok(compressed.unwrap_or_else(|| verbatim::frame(self.format, number, interleaved)))
    }

    /// The library's frame, always under number 0. Its writer lives for one frame: one that lived longer would own what it writes
    /// to, and handing that over byte by byte through a lock took longer than making a writer does.
    fn compress(&mut self, interleaved: &[i32]) -> Option<Vec<u8>> {
        if interleaved.len() / usize::from(self.format.tracks()) < COMPRESSED_SAMPLES_MIN {
            return None;
        }
        let (rate_hz, bits) = (self.format.rate_hz(), u32::from(self.format.bits()));
        let mut frame = Vec::with_capacity(self.last_bytes + self.last_bytes / 4);
        let mut library = FlacStreamWriter::new(&mut frame, Options::fast());
        library.write(rate_hz, self.format.tracks(), bits, interleaved).ok()?;
        self.last_bytes = frame.len();
        Some(frame)
    }
}

fn check_block(format: Format, interleaved: &[i32]) -> Result<(), Error> {
    let tracks = usize::from(format.tracks());
    let samples = interleaved.len() / tracks;
    if samples == 0 || samples > format.block_samples() as usize || samples * tracks != interleaved.len() {
        return Err(Error::Value(format!("a block of {} values for {tracks} tracks", interleaved.len())));
    }
    let limit = 1i32 << (format.bits() - 1);
    if !all_within(interleaved, limit) {
        return Err(Error::Value(format!("a sample outside {} bits", format.bits())));
    }
    Ok(())
}

/// Whether every sample is at least `-limit` and below `limit`. Looks at all of them, because that is quicker than to stop.
fn all_within(samples: &[i32], limit: i32) -> bool {
    samples.iter().fold(true, |within, sample| within & (-limit..limit).contains(sample))
}

/// The frame under that number; the library counts only what it encoded itself.
fn numbered(frame: Vec<u8>, number: u32) -> Option<Vec<u8>> {
    if FrameHeader::parse(&frame)?.number == number { Some(frame) } else { renumber(&frame, number.into()) }
}

/// Encodes one block under a number of one's own choice, and decodes it back; what does not come back is stored.
pub(crate) fn encode_numbered(encoder: &mut Encoder, interleaved: &[i32], number: u32) -> Result<Vec<u8>, Error> {
    let (format, frame) = (encoder.format, encoder.encode(interleaved)?);
    let samples = (interleaved.len() / usize::from(format.tracks())) as u32;
    let mut decoder = Decoder::default();
    let faithful = decoder.decode(&frame, format, samples).is_some_and(|decoded| decoded.is(interleaved));
    let renumbered = if faithful { numbered(frame, number) } else { None };
    Ok(renumbered.unwrap_or_else(|| verbatim::frame(format, number, interleaved)))
}

/// Samples of one decoded frame, track after track.
#[derive(Default)]
pub(crate) struct Decoded {
    planar: Vec<i32>,
    samples: usize,
}

impl Decoded {
    /// One track's samples, counted from 0.
    pub(crate) fn track(&self, track: usize) -> &[i32] {
        &self.planar[track * self.samples..(track + 1) * self.samples]
    }

    /// Samples per track.
    pub(crate) fn samples(&self) -> usize {
        self.samples
    }

    /// Whether these are the samples of an interleaved block.
    pub(crate) fn is(&self, interleaved: &[i32]) -> bool {
        let tracks = self.planar.len() / self.samples.max(1);
        if tracks == 1 {
            return interleaved == self.planar;
        }
        interleaved.len() == self.planar.len()
            && (0..tracks).all(|track| interleaved[track..].iter().step_by(tracks).eq(self.track(track)))
    }
}

/// Decodes frames one at a time, using its buffers again.
#[derive(Default)]
pub(crate) struct Decoder {
    decoded: Decoded,
    second: Vec<i32>,
}

impl Decoder {
    /// As [`decode`](Decoder::decode), and only when a second decoder says the same: one decoder is what an attacker would study.
    pub(crate) fn decode_twice(&mut self, frame: &[u8], format: Format, block_samples: u32) -> Option<&Decoded> {
        self.decode(frame, format, block_samples)?;
        let mut input = io::Cursor::new(frame);
        match claxon::frame::FrameReader::new(&mut input).read_next_or_eof(std::mem::take(&mut self.second)) {
            Ok(block) => {
                let block = block?;
                let shaped = block.channels() == u32::from(format.tracks()) && block.duration() == block_samples;
                let whole = input.position() == frame.len() as u64;
                self.second = block.into_buffer();
                (shaped && whole && self.second == self.decoded.planar).then_some(&self.decoded)
            }
            // Residuals without Rice code, as any encoder may write them for a run of one value.
            Err(claxon::Error::Unsupported(_)) => Some(&self.decoded),
            Err(_) => None,
        }
    }

    /// Decodes exactly one frame, which must agree with `format`; `None` when it does not decode, or has bytes left over, or a
    /// sample outside its width.
    pub(crate) fn decode(&mut self, frame: &[u8], format: Format, block_samples: u32) -> Option<&Decoded> {
        let header = FrameHeader::parse(frame)?;
        if header.disagreement(format, header.number, block_samples).is_some() {
            return None;
        }
        self.decoded.samples = block_samples as usize;
        subframe::decode(frame, &header, &mut self.decoded.planar)?;
        let sized = self.decoded.planar.len() == self.decoded.samples * usize::from(format.tracks());
        (sized && all_within(&self.decoded.planar, 1 << (format.bits() - 1))).then_some(&self.decoded)
    }
}

/// Running digests of samples: SHA-256 per track and segment, MD5 over the whole file.
pub(crate) struct SampleDigests {
    is_wide: bool,
    tracks: Vec<Sha256>,
    md5: Md5,
    scratch: Vec<u8>,
}

impl SampleDigests {
    pub(crate) fn new(format: Format) -> SampleDigests {
        SampleDigests {
            is_wide: format.bits() > 16,
            tracks: vec![Sha256::new(); usize::from(format.tracks())],
            md5: Md5::new(),
            scratch: Vec::new(),
        }
    }

    /// Adds one frame's samples.
    pub(crate) fn add(&mut self, decoded: &Decoded) {
        if self.is_wide { self.add_as::<3>(decoded) } else { self.add_as::<2>(decoded) }
    }

    /// Samples of that many bytes, known when this is compiled: a third of the time that a width looked up would take.
    fn add_as<const BYTES: usize>(&mut self, decoded: &Decoded) {
        let tracks = self.tracks.len();
        for (at, digest) in self.tracks.iter_mut().enumerate() {
            self.scratch.resize(decoded.samples() * BYTES, 0);
            put_bytes::<BYTES>(&mut self.scratch, 0, 1, decoded.track(at));
            digest.update(&self.scratch);
        }
        if tracks > 1 {
            self.scratch.resize(decoded.samples() * tracks * BYTES, 0);
            (0..tracks).for_each(|at| put_bytes::<BYTES>(&mut self.scratch, at, tracks, decoded.track(at)));
        }
        self.md5.update(&self.scratch);
    }

    /// Each track's digest since the last call; the next segment begins.
    pub(crate) fn take_tracks(&mut self) -> Vec<[u8; 32]> {
        self.tracks.iter_mut().map(|digest| digest.finalize_reset().into()).collect()
    }

    /// MD5 of all samples so far.
    pub(crate) fn md5(&self) -> [u8; 16] {
        self.md5.clone().finalize().into()
    }
}

/// The lowest bytes of each sample, little-endian, into every `step`th place from `first` on.
fn put_bytes<const BYTES: usize>(out: &mut [u8], first: usize, step: usize, samples: &[i32]) {
    let places = out.as_chunks_mut::<BYTES>().0.iter_mut();
    let put = |(to, sample): (&mut [u8; BYTES], &i32)| {
        to.iter_mut().zip(sample.to_le_bytes()).for_each(|(to, byte)| *to = byte);
    };
    if step == 1 {
        places.zip(samples).for_each(put)
    } else {
        places.skip(first).step_by(step).zip(samples).for_each(put)
    }
}
