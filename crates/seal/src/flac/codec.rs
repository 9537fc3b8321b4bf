//! One frame encoded by one library, decoded by another, and the digests of what comes out.
//!
//! Not here: files. The encoder (`flac-codec`) and the decoder (`claxon`) have different authors: a mistake of one does not
//! hide in the other; what the decoder leaves out is decoded by `subframe.rs`.
//! Invariant: a decoded frame has the header's own shape; nothing outside it is trusted.

use super::frame::{FrameHeader, renumber};
use super::{subframe, verbatim};
use crate::{Error, Format};
use flac_codec::encode::{FlacStreamWriter, Options};
use md5::Md5;
use sha2::{Digest as _, Sha256};
use std::io;
use std::sync::{Arc, Mutex};

/// Encodes blocks of samples into FLAC frames numbered from 0.
///
/// May live in another thread than the [`Writer`](crate::Writer) that seals its frames.
pub struct Encoder {
    format: Format,
    library: FlacStreamWriter<Sink>,
    sink: Sink,
    /// The next frame's.
    number: u32,
}

/// Below this many samples the library may cut a residual into more partitions than it then writes down (seen in 1.3.3 with
/// blocks of 4 and 8); such a block is stored.
const COMPRESSED_SAMPLES_MIN: usize = 16;

/// Where the library writes; shared because it keeps its half for life.
#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl io::Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.0.lock() {
            Ok(mut buffer) => buffer.extend_from_slice(bytes),
            Err(_) => return Err(io::ErrorKind::Other.into()),
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Encoder {
    /// An encoder for one recording.
    #[must_use]
    pub fn new(format: Format) -> Encoder {
        let sink = Sink::default();
        Encoder { format, library: FlacStreamWriter::new(sink.clone(), Options::fast()), sink, number: 0 }
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

    fn compress(&mut self, interleaved: &[i32]) -> Option<Vec<u8>> {
        if interleaved.len() / usize::from(self.format.tracks()) < COMPRESSED_SAMPLES_MIN {
            return None;
        }
        let (rate_hz, bits) = (self.format.rate_hz(), u32::from(self.format.bits()));
        let written = self.library.write(rate_hz, self.format.tracks(), bits, interleaved);
        let frame = std::mem::take(&mut *self.sink.0.lock().ok()?);
        written.ok().map(|()| frame)
    }
}

fn check_block(format: Format, interleaved: &[i32]) -> Result<(), Error> {
    let tracks = usize::from(format.tracks());
    let samples = interleaved.len() / tracks;
    if samples == 0 || samples > format.block_samples() as usize || samples * tracks != interleaved.len() {
        return Err(Error::Value(format!("a block of {} values for {tracks} tracks", interleaved.len())));
    }
    let limit = 1i32 << (format.bits() - 1);
    if interleaved.iter().any(|sample| !(-limit..limit).contains(sample)) {
        return Err(Error::Value(format!("a sample outside {} bits", format.bits())));
    }
    Ok(())
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
    /// As [`decode`](Decoder::decode), and only when both decoders say the same: one library is what an attacker would study.
    pub(crate) fn decode_twice(&mut self, frame: &[u8], format: Format, block_samples: u32) -> Option<&Decoded> {
        let mut second = std::mem::take(&mut self.second);
        subframe::decode(frame, &FrameHeader::parse(frame)?, &mut second)?;
        self.decode(frame, format, block_samples)?;
        self.second = second;
        (self.decoded.planar == self.second).then_some(&self.decoded)
    }

    /// Decodes exactly one frame whose header is already known to agree with `format`; `None` when it does not decode, or has
    /// bytes left over, or a sample outside its width.
    pub(crate) fn decode(&mut self, frame: &[u8], format: Format, block_samples: u32) -> Option<&Decoded> {
        let header = FrameHeader::parse(frame)?;
        if header.disagreement(format, header.number, block_samples).is_some() {
            return None;
        }
        self.decoded.samples = block_samples as usize;
        let mut input = io::Cursor::new(frame);
        let buffer = std::mem::take(&mut self.decoded.planar);
        match claxon::frame::FrameReader::new(&mut input).read_next_or_eof(buffer) {
            Ok(block) => {
                let block = block?;
                let fits = block.channels() == u32::from(format.tracks()) && block.duration() == block_samples;
                let whole = input.position() == frame.len() as u64;
                self.decoded.planar = block.into_buffer();
                (fits && whole).then_some(())?;
            }
            // Residuals without Rice code, as any encoder may write them for a run of one value.
            Err(claxon::Error::Unsupported(_)) => subframe::decode(frame, &header, &mut self.decoded.planar)?,
            Err(_) => return None,
        }
        let limit = 1i32 << (format.bits() - 1);
        let within = self.decoded.planar.iter().all(|sample| (-limit..limit).contains(sample));
        let sized = self.decoded.planar.len() == self.decoded.samples * usize::from(format.tracks());
        (within && sized).then_some(&self.decoded)
    }
}

/// Running digests of samples: SHA-256 per track and segment, MD5 over the whole file.
pub(crate) struct SampleDigests {
    sample_bytes: usize,
    tracks: Vec<Sha256>,
    md5: Md5,
    scratch: Vec<u8>,
}

impl SampleDigests {
    pub(crate) fn new(format: Format) -> SampleDigests {
        SampleDigests {
            sample_bytes: format.sample_bytes(),
            tracks: vec![Sha256::new(); usize::from(format.tracks())],
            md5: Md5::new(),
            scratch: Vec::new(),
        }
    }

    /// Adds one frame's samples.
    pub(crate) fn add(&mut self, decoded: &Decoded) {
        let width = self.sample_bytes;
        for (at, digest) in self.tracks.iter_mut().enumerate() {
            self.scratch.clear();
            decoded.track(at).iter().for_each(|sample| self.scratch.extend_from_slice(&sample.to_le_bytes()[..width]));
            digest.update(&self.scratch);
        }
        if self.tracks.len() > 1 {
            self.scratch.clear();
            for at in 0..decoded.samples() {
                for track in 0..self.tracks.len() {
                    self.scratch.extend_from_slice(&decoded.track(track)[at].to_le_bytes()[..width]);
                }
            }
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
