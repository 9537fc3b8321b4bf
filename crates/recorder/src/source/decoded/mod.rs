//! Every format that needs a decoder: FLAC, coded WAV, and whatever else symphonia understands.
//!
//! Invariants: a panic in the decoder is an error here; a file is decoded once to its end before it
//! opens; lossless sound has no gap that goes unnoticed: its samples, its bytes and, in files, its
//! checksum are tallied. A bare MP3 file is walked frame by frame (`mp3.rs`).

mod made;
mod start;
mod tally;

use std::fs::File;
use std::io::{ErrorKind, Seek, SeekFrom};
use std::os::unix::fs::FileExt;

use symphonia::core::errors::Error as DecoderError;
use symphonia::core::io::MediaSource;

use super::check::Header;
use super::error::TAG_BYTES;
use super::guard::{Fenced, quietly};
use super::{Error, Piece, Shape, Source, Stream, mp3, shape_words, within_limits};
use made::{Made, codec_name};
use start::{Started, clean, start};
use tally::{Broken, Tally, flat};

/// Sound that a decoder makes.
pub(super) struct Decoded {
    started: Started,
    /// Name of the file or stream in messages.
    name: String,
    origin: String,
    codec: String,
    shape: Shape,
    made: Made,
    tally: Tally,
    total_samples: Option<u64>,
    /// Samples decoded to learn the shape, not handed over yet.
    ahead: Option<Vec<i32>>,
    over: bool,
}

impl Decoded {
    /// A regular file: decoded to its end once, then opened again at its beginning.
    pub(super) fn of_file(file: &File, sound_at: u64, header: &Header, name: &str) -> Result<Self, Error> {
        let open = |verify| {
            let io = |cause| Error::unreadable(name, cause);
            let mut file = file.try_clone().map_err(io)?;
            let len_bytes = file.metadata().map_err(io)?.len();
            file.seek(SeekFrom::Start(sound_at)).map_err(io)?;
            let (media, mut tally): (Box<dyn MediaSource>, Tally) = match header {
                // Containers point into the file by its own offsets: only a leading tag is cut off.
                Header::Other if sound_at == 0 => (Box::new(Fenced::new(file, len_bytes)), Tally::default()),
                header => clean(Box::new(file), header, name)?,
            };
            tally.file_bytes = Some(len_bytes);
            Self::open(media, tally, super::origin_of(name), name, verify)
        };
        let count = || {
            let mut whole = open(true)?;
            if whole.started.demuxer.format_info().short_name == "mp3" {
                let io = |cause| Error::unreadable(name, cause);
                let mut file = file.try_clone().map_err(io)?;
                file.seek(SeekFrom::Start(sound_at)).map_err(io)?;
                mp3::check(file, name)?;
                // All these files share one place.
                whole = open(true)?;
            }
            whole.count()
        };
        let total = match count() {
            Ok(total) => total,
            Err(error) => return Err(tagged(file, header, name).unwrap_or(error)),
        };
        let mut decoded = open(false)?;
        decoded.total_samples = Some(total);
        decoded.tally.declared_samples = Some(total);
        Ok(decoded)
    }

    /// A stream; waits for its first samples.
    pub(super) fn of_stream(stream: Stream, header: &Header, label: &str) -> Result<Self, Error> {
        let (media, tally) = clean(stream, header, label)?;
        Self::open(media, tally, label.to_owned(), label, false).map_err(|error| match error {
            // Some containers have their index at the end, where a stream cannot look for it.
            Error::Truncated { name, .. } if *header == Header::Other => {
                Error::unsupported(&name, "it is cut short, or of a format that must be a file")
            }
            error => error,
        })
    }

    fn open(
        media: Box<dyn MediaSource>,
        tally: Tally,
        origin: String,
        name: &str,
        verify: bool,
    ) -> Result<Self, Error> {
        let started = match flat(quietly(|| start(media, verify))) {
            Ok(started) => started,
            Err(_) if tally.is_empty() => {
                return Err(Error::NoSound { name: name.to_owned() });
            }
            Err(broken) => return Err(broken.into_error(name)),
        };
        let shape = Shape { rate_hz: 0, bits: 16, tracks: 0 };
        let mut decoded = Self {
            started,
            name: name.to_owned(),
            origin,
            codec: String::new(),
            shape,
            made: Made::Likeness,
            tally,
            total_samples: None,
            ahead: None,
            over: false,
        };
        decoded.ahead = decoded.advance().map_err(|broken| broken.into_error(name))?;
        if decoded.ahead.is_none() {
            return Err(Error::NoSound { name: name.to_owned() });
        }
        Ok(decoded)
    }

    /// Decodes everything that is left and says how many samples of each track there were.
    fn count(&mut self) -> Result<u64, Error> {
        while self.advance().map_err(|broken| broken.into_error(&self.name))?.is_some() {}
        if self.started.decoder.finalize().verify_ok == Some(false) {
            return Err(Error::damaged(&self.name, "its sound does not match its own checksum"));
        }
        Ok(self.tally.samples)
    }

    /// The next samples, or `None` at an end that tallies.
    fn advance(&mut self) -> Result<Option<Vec<i32>>, Broken> {
        flat(quietly(|| self.decode()))
    }

    fn decode(&mut self) -> Result<Option<Vec<i32>>, Broken> {
        loop {
            let packet = match self.started.demuxer.next_packet() {
                Ok(Some(packet)) => packet,
                Ok(None) => return self.tally.close().map(|()| None),
                Err(DecoderError::IoError(cause)) if cause.kind() == ErrorKind::UnexpectedEof => {
                    self.tally.close()?;
                    return if self.tally.open_ended { Ok(None) } else { Err(DecoderError::IoError(cause).into()) };
                }
                Err(error) => return Err(error.into()),
            };
            if packet.track_id != self.started.stream_id {
                continue;
            }
            self.tally.frame(packet.pts.get(), packet.data.len())?;
            self.started.decoder.decode(&packet)?;
            let buffer = self.started.decoder.last_decoded();
            if buffer.frames() == 0 {
                continue;
            }
            let (rate_hz, tracks) = (buffer.spec().rate(), buffer.spec().channels().count());
            let count = buffer.frames() as u64;
            if self.tally.samples == 0 {
                self.settle(rate_hz, tracks)?;
            } else if rate_hz != self.shape.rate_hz || tracks != usize::from(self.shape.tracks) {
                return Err(Broken::Damaged("its rate or its tracks change in the middle".into()));
            }
            self.tally.decoded(count, self.shape.tracks)?;
            return Ok(Some(self.made.samples(&self.started.decoder.last_decoded())));
        }
    }

    /// Takes the shape from the first samples that were decoded, whatever the header said.
    fn settle(&mut self, rate_hz: u32, tracks: usize) -> Result<(), Broken> {
        let Started { demuxer, decoder, samples, .. } = &self.started;
        self.made = Made::of(decoder.as_ref());
        self.codec = codec_name(decoder.as_ref(), demuxer.format_info().short_name);
        let tracks = u16::try_from(tracks).unwrap_or(u16::MAX);
        within_limits(&self.name, rate_hz, tracks).map_err(Broken::Refused)?;
        self.shape = Shape { rate_hz, bits: self.made.bits(), tracks: tracks as u8 };
        // FLAC and WAV are tallied exactly; containers count the delay of their codecs, or not.
        if self.tally.declared_samples.is_none() && self.tally.given_bytes.is_none() {
            self.tally.about_samples = *samples;
        }
        Ok(())
    }
}

/// The error of a FLAC file whose last bytes are an ID3v1 tag: what other decoders call a cut.
fn tagged(file: &File, header: &Header, name: &str) -> Option<Error> {
    let sound_bytes = file.metadata().ok()?.len().checked_sub(TAG_BYTES)?;
    let mut start = [0; 3];
    file.read_exact_at(&mut start, sound_bytes).ok()?;
    let is_tag = matches!(header, Header::Flac(_)) && &start == b"TAG";
    is_tag.then(|| Error::Tagged { name: name.to_owned(), sound_bytes })
}

impl Source for Decoded {
    fn shape(&self) -> Shape {
        self.shape
    }

    fn describe(&self) -> String {
        let Shape { rate_hz, tracks, .. } = self.shape;
        let words = shape_words(rate_hz, self.made.input_bits(), tracks);
        format!("{}: {}, {words}", self.origin, self.codec)
    }

    fn conversion(&self) -> Option<String> {
        let words = self.made.conversion(&self.codec, self.shape.rate_hz);
        match self.started.streams {
            0 | 1 => words,
            streams => {
                let words = words.unwrap_or_else(|| self.codec.clone());
                Some(format!("{words}; one of {streams} streams of sound taken"))
            }
        }
    }

    fn streams(&self) -> usize {
        self.started.streams
    }

    fn total_samples(&self) -> Option<u64> {
        self.total_samples
    }

    fn next(&mut self) -> Result<Piece, Error> {
        if let Some(samples) = self.ahead.take() {
            return Ok(Piece::Samples(samples));
        }
        if self.over {
            return Ok(Piece::End);
        }
        let piece = match self.advance() {
            Ok(Some(samples)) => return Ok(Piece::Samples(samples)),
            Ok(None) => Piece::End,
            Err(broken) => Piece::SourceLost(broken.into_reason()),
        };
        self.over = true;
        Ok(piece)
    }
}
