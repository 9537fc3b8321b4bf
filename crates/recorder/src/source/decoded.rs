//! Every format that needs a decoder: FLAC, coded WAV, and whatever else symphonia understands.
//!
//! FLAC and WAV reach the decoder only as the checked header and the sound, without their other
//! blocks and chunks. Invariants: a panic in the decoder is an error here; a file is decoded once
//! to its end before it opens; lossless sound has no gap that goes unnoticed: its samples, its
//! bytes and, in files, its checksum are tallied.

use std::fs::File;
use std::io::{Cursor, Read, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use symphonia::core::audio::GenericAudioBufferRef;
use symphonia::core::codecs::audio::{AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error as DecoderError;
use symphonia::core::formats::probe::{Hint, Probe, ProbeOptions};
use symphonia::core::formats::{FormatReader, TrackType};
use symphonia::core::io::{MediaSource, MediaSourceStream, ReadOnlySource};

use super::check::{Flac, Header, Length, Wav};
use super::guard::{Counted, Fenced, Panicked, quietly};
use super::pcm::rounded;
use super::{Error, Piece, Shape, Source, Stream, shape_words, within_limits};

/// How far into a file of unknown format its beginning is looked for.
const PROBE_BYTES: u32 = 128 << 10;

/// Sound that a decoder makes.
pub(super) struct Decoded {
    demuxer: Box<dyn FormatReader>,
    decoder: Box<dyn AudioDecoder>,
    stream_id: u32,
    /// How many streams of sound the container has; the default one is taken.
    streams: usize,
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

/// What the decoder makes of the sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Made {
    /// The very integers that went in, of so many bits.
    Integers(u32),
    /// The very floating point numbers that went in, of so many bits.
    Floats(u32),
    /// Something like what went in.
    Likeness,
}

/// What was decoded, held against what was there and what was declared.
#[derive(Debug, Default)]
struct Tally {
    samples: u64,
    /// Samples of each track that the header declares, where it must be right.
    declared_samples: Option<u64>,
    /// Bytes that were given to the decoder, and how many it has to be given.
    given_bytes: Option<Arc<AtomicU64>>,
    declared_bytes: Option<u64>,
    /// In native FLAC every byte belongs to a frame and every frame says where it stands.
    frames: bool,
    frame_bytes: u64,
}

/// Why decoding stopped before the end.
#[derive(Debug)]
enum Broken {
    Short(String),
    Damaged(String),
    Unsupported(String),
}

impl Decoded {
    /// A regular file: decoded to its end once, then opened again at its beginning.
    pub(super) fn of_file(
        file: &File,
        sound_at: u64,
        header: &Header,
        name: &str,
    ) -> Result<Self, Error> {
        let open = |verify| {
            let io = |cause| Error::unreadable(name, cause);
            let mut file = file.try_clone().map_err(io)?;
            let len_bytes = file.metadata().map_err(io)?.len();
            file.seek(SeekFrom::Start(sound_at)).map_err(io)?;
            let (media, tally): (Box<dyn MediaSource>, Tally) = match header {
                // Containers point into the file by its own offsets: only a leading tag is cut off.
                Header::Other if sound_at == 0 => {
                    (Box::new(Fenced::new(file, len_bytes)), Tally::default())
                }
                header => clean(Box::new(file), header, name)?,
            };
            Self::open(media, tally, format!("file {name}"), name, verify)
        };
        let total = open(true)?.count()?;
        let mut decoded = open(false)?;
        decoded.total_samples = Some(total);
        decoded.tally.declared_samples = Some(total);
        Ok(decoded)
    }

    /// A stream; waits for its first samples.
    pub(super) fn of_stream(stream: Stream, header: &Header, label: &str) -> Result<Self, Error> {
        let (media, tally) = clean(stream, header, label)?;
        Self::open(media, tally, label.to_owned(), label, false)
    }

    fn open(
        media: Box<dyn MediaSource>,
        tally: Tally,
        origin: String,
        name: &str,
        verify: bool,
    ) -> Result<Self, Error> {
        let native_flac = tally.frames;
        let opened = quietly(|| start(media, verify));
        let (demuxer, decoder, stream_id, streams) =
            flat(opened).map_err(|broken| broken.into_error(name))?;
        let mut decoded = Self {
            demuxer,
            decoder,
            stream_id,
            streams,
            name: name.to_owned(),
            origin,
            codec: String::new(),
            shape: Shape {
                rate_hz: 0,
                bits: 24,
                tracks: 0,
            },
            made: Made::Likeness,
            tally,
            total_samples: None,
            ahead: None,
            over: false,
        };
        decoded.ahead = decoded.first().map_err(|broken| match broken {
            // A header that passed and no frame after it is a file without sound.
            Broken::Short(_) if native_flac && decoded.tally.declared_samples.is_none() => {
                Error::NoSound {
                    name: name.to_owned(),
                }
            }
            broken => broken.into_error(name),
        })?;
        if decoded.ahead.is_none() {
            return Err(Error::NoSound {
                name: name.to_owned(),
            });
        }
        within_limits(name, decoded.shape.rate_hz, u16::from(decoded.shape.tracks))?;
        Ok(decoded)
    }

    /// Decodes to the first samples and takes the shape from them, whatever the header said.
    fn first(&mut self) -> Result<Option<Vec<i32>>, Broken> {
        flat(quietly(|| self.advance(true)))
    }

    /// Decodes everything that is left and says how many samples of each track there were.
    fn count(&mut self) -> Result<u64, Error> {
        let broken = loop {
            match flat(quietly(|| self.advance(false))) {
                Ok(Some(_)) => {}
                Ok(None) => break None,
                Err(broken) => break Some(broken),
            }
        };
        if let Some(broken) = broken {
            return Err(broken.into_error(&self.name));
        }
        if self.decoder.finalize().verify_ok == Some(false) {
            return Err(Error::damaged(
                &self.name,
                "its sound does not match its own checksum",
            ));
        }
        Ok(self.tally.samples)
    }

    /// The next samples, or `None` at an end that tallies.
    fn advance(&mut self, first: bool) -> Result<Option<Vec<i32>>, Broken> {
        loop {
            let Some(packet) = self.demuxer.next_packet().map_err(Broken::from)? else {
                return self.tally.close().map(|()| None);
            };
            if packet.track_id != self.stream_id {
                continue;
            }
            self.tally.frame(packet.pts.get(), packet.data.len())?;
            self.decoder.decode(&packet).map_err(Broken::from)?;
            let buffer = self.decoder.last_decoded();
            if buffer.frames() == 0 {
                continue;
            }
            let (rate_hz, tracks) = (buffer.spec().rate(), buffer.spec().channels().count());
            if first {
                self.made = Made::of(
                    &buffer,
                    self.decoder.codec_params().bits_per_sample,
                    self.decoder.codec_info().short_name,
                );
                self.codec = codec_name(self.decoder.codec_info());
                let tracks = u8::try_from(tracks).unwrap_or(u8::MAX);
                self.shape = Shape {
                    rate_hz,
                    bits: self.made.bits(),
                    tracks,
                };
            } else if rate_hz != self.shape.rate_hz || tracks != usize::from(self.shape.tracks) {
                return Err(Broken::Damaged(
                    "its rate or its tracks change in the middle".into(),
                ));
            }
            self.tally.samples += buffer.frames() as u64;
            let samples = self.made.samples(&buffer, self.shape.bits);
            return Ok(Some(samples));
        }
    }
}

impl Source for Decoded {
    fn shape(&self) -> Shape {
        self.shape
    }

    fn describe(&self) -> String {
        let Shape {
            rate_hz, tracks, ..
        } = self.shape;
        let bits = match self.made {
            Made::Integers(bits) | Made::Floats(bits) => Some(bits),
            Made::Likeness => None,
        };
        format!(
            "{}: {}, {}",
            self.origin,
            self.codec,
            shape_words(rate_hz, bits, tracks)
        )
    }

    fn conversion(&self) -> Option<String> {
        let Shape { rate_hz, bits, .. } = self.shape;
        let words = match self.made {
            Made::Integers(16 | 24) if self.streams == 1 => return None,
            Made::Integers(had @ (16 | 24)) => format!("{}, {had} bit", self.codec),
            Made::Integers(had) if had < u32::from(bits) => {
                format!("{}, {had} bit, shifted to {bits} bit", self.codec)
            }
            Made::Integers(had) => format!(
                "{}, {had} bit, the lowest bits dropped to {bits} bit",
                self.codec
            ),
            Made::Floats(_) => format!(
                "{}, rounded to {bits} bit, clipped at full scale",
                self.codec
            ),
            Made::Likeness => format!("{}, {rate_hz} Hz, decoded to {bits} bit", self.codec),
        };
        match self.streams {
            1 => Some(words),
            streams => Some(format!("{words}; one of {streams} streams of sound taken")),
        }
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
        let piece = match flat(quietly(|| self.advance(false))) {
            Ok(Some(samples)) => return Ok(Piece::Samples(samples)),
            Ok(None) => Piece::End,
            Err(Broken::Short(what) | Broken::Damaged(what) | Broken::Unsupported(what)) => {
                Piece::SourceLost(what)
            }
        };
        self.over = true;
        Ok(piece)
    }
}

impl Made {
    fn of(buffer: &GenericAudioBufferRef<'_>, bits: Option<u32>, codec: &str) -> Self {
        use GenericAudioBufferRef as Buffer;
        let number = codec.starts_with("pcm_") && !codec.ends_with("law");
        let lossless = number || matches!(codec, "flac" | "alac");
        let width = match buffer {
            Buffer::U8(_) | Buffer::S8(_) => 8,
            Buffer::U16(_) | Buffer::S16(_) => 16,
            Buffer::U24(_) | Buffer::S24(_) => 24,
            Buffer::U32(_) | Buffer::S32(_) => 32,
            Buffer::F32(_) if lossless => return Self::Floats(32),
            Buffer::F64(_) if lossless => return Self::Floats(64),
            Buffer::F32(_) | Buffer::F64(_) => return Self::Likeness,
        };
        if lossless {
            Self::Integers(bits.unwrap_or(width).min(width))
        } else {
            Self::Likeness
        }
    }

    /// The bits that the recording has.
    fn bits(self) -> u8 {
        match self {
            Self::Integers(..=16) | Self::Likeness => 16,
            Self::Integers(_) | Self::Floats(_) => 24,
        }
    }

    fn samples(self, buffer: &GenericAudioBufferRef<'_>, bits: u8) -> Vec<i32> {
        if matches!(
            buffer,
            GenericAudioBufferRef::F32(_) | GenericAudioBufferRef::F64(_)
        ) {
            let mut samples = Vec::<f64>::new();
            buffer.copy_to_vec_interleaved(&mut samples);
            return samples
                .into_iter()
                .map(|sample| rounded(sample, bits))
                .collect();
        }
        // The decoders put integers at the top of their words.
        let mut samples = Vec::<i32>::new();
        buffer.copy_to_vec_interleaved(&mut samples);
        samples
            .iter_mut()
            .for_each(|sample| *sample >>= 32 - u32::from(bits));
        samples
    }
}

impl Tally {
    fn frame(&mut self, at_sample: i64, len_bytes: usize) -> Result<(), Broken> {
        self.frame_bytes += len_bytes as u64;
        if self.frames && u64::try_from(at_sample) != Ok(self.samples) {
            return Err(Broken::Damaged(format!(
                "sound is missing or doubled at sample {}",
                self.samples
            )));
        }
        Ok(())
    }

    fn close(&self) -> Result<(), Broken> {
        let given = self
            .given_bytes
            .as_ref()
            .map(|bytes| bytes.load(Ordering::Relaxed));
        if let (Some(declared), Some(given)) = (self.declared_bytes, given)
            && given < declared
        {
            return Err(Broken::Short(format!(
                "it ended {} bytes before the end it declared",
                declared - given
            )));
        }
        if let Some(declared) = self.declared_samples
            && declared != self.samples
        {
            let what = format!(
                "it declares {declared} samples in each track, {} are there",
                self.samples
            );
            return Err(if self.samples < declared {
                Broken::Short(what)
            } else {
                Broken::Damaged(what)
            });
        }
        if self.frames && given.is_some_and(|given| given != self.frame_bytes) {
            return Err(Broken::Damaged(format!(
                "not all of it is FLAC frames that follow each other (to sample {})",
                self.samples
            )));
        }
        Ok(())
    }
}

impl Broken {
    fn into_error(self, name: &str) -> Error {
        match self {
            Self::Short(what) => Error::truncated(name, what),
            Self::Damaged(what) => Error::damaged(name, what),
            Self::Unsupported(what) if what.is_empty() => Error::NotSound {
                name: name.to_owned(),
            },
            Self::Unsupported(what) => Error::unsupported(name, what),
        }
    }
}

impl From<DecoderError> for Broken {
    fn from(error: DecoderError) -> Self {
        match error {
            DecoderError::IoError(cause) if cause.kind() == std::io::ErrorKind::UnexpectedEof => {
                Self::Short("it ends before its sound is complete".into())
            }
            DecoderError::ResetRequired => Self::Damaged("its format changes in the middle".into()),
            DecoderError::Unsupported(what) => Self::Unsupported(what.to_owned()),
            other => Self::Damaged(other.to_string()),
        }
    }
}

fn flat<T>(outcome: Result<Result<T, Broken>, Panicked>) -> Result<T, Broken> {
    outcome.unwrap_or_else(|Panicked| Err(Broken::Damaged("the decoder gave up on it".into())))
}

type Started = (Box<dyn FormatReader>, Box<dyn AudioDecoder>, u32, usize);

/// Finds the format, the stream of sound and its decoder.
fn start(media: Box<dyn MediaSource>, verify: bool) -> Result<Started, Broken> {
    let mut probe = Probe::new_with_options(&ProbeOptions {
        max_probe_depth: PROBE_BYTES,
        ..Default::default()
    });
    symphonia::default::register_enabled_formats(&mut probe);
    let stream = MediaSourceStream::new(media, Default::default());
    let demuxer = probe
        .probe(&Hint::new(), stream, Default::default(), Default::default())
        .map_err(|error| match error {
            // The probe found the mark of no format at all.
            DecoderError::Unsupported(what) if what.starts_with("core (probe)") => {
                Broken::Unsupported(String::new())
            }
            error => Broken::from(error),
        })?;
    let streams = demuxer
        .tracks()
        .iter()
        .filter(|track| track.track_type() == Some(TrackType::Audio))
        .count();
    let (id, params) = demuxer
        .default_track(TrackType::Audio)
        .and_then(|track| Some((track.id, track.codec_params.as_ref()?.audio()?.clone())))
        .ok_or_else(|| Broken::Unsupported("a file without a stream of sound".into()))?;
    let options = AudioDecoderOptions::default().verify(verify);
    let decoder = symphonia::default::get_codecs().make_audio_decoder(&params, &options)?;
    Ok((demuxer, decoder, id, streams))
}

/// A stream as the decoder may see it, and what it has to tally with.
fn clean(
    stream: Stream,
    header: &Header,
    name: &str,
) -> Result<(Box<dyn MediaSource>, Tally), Error> {
    let counted = Counted::new(stream);
    let given_bytes = Some(counted.counter());
    let (head, limit, tally) = match header {
        Header::Flac(flac) => {
            let tally = Tally {
                declared_samples: flac.total_samples,
                given_bytes,
                frames: true,
                ..Tally::default()
            };
            (flac_head(flac), u64::MAX, tally)
        }
        Header::Wav(wav) => {
            let declared_bytes = match wav.length {
                Length::Declared(bytes) => Some(bytes),
                Length::Unknown => None,
            };
            let tally = Tally {
                given_bytes,
                declared_bytes,
                ..Tally::default()
            };
            (
                wav_head(wav, name)?,
                declared_bytes.unwrap_or(u64::MAX),
                tally,
            )
        }
        Header::Other => (Vec::new(), u64::MAX, Tally::default()),
    };
    let media = ReadOnlySource::new(Cursor::new(head).chain(counted.take(limit)));
    Ok((Box::new(media), tally))
}

fn flac_head(flac: &Flac) -> Vec<u8> {
    [b"fLaC".as_slice(), &[0x80, 0, 0, 34], &flac.stream_info].concat()
}

fn wav_head(wav: &Wav, name: &str) -> Result<Vec<u8>, Error> {
    let sound = match wav.length {
        Length::Unknown => u32::MAX,
        Length::Declared(bytes) => u32::try_from(bytes)
            .map_err(|_| Error::unsupported(name, "coded WAV of more than 4 GiB"))?,
    };
    let fmt = wav.fmt.len() as u32;
    let pad = vec![0; wav.fmt.len() % 2];
    let whole = sound.saturating_add(20 + fmt + pad.len() as u32);
    Ok([
        b"RIFF".as_slice(),
        &whole.to_le_bytes(),
        b"WAVE",
        b"fmt ",
        &fmt.to_le_bytes(),
        &wav.fmt,
        &pad,
        b"data",
        &sound.to_le_bytes(),
    ]
    .concat())
}

/// A codec's name as people know it.
fn codec_name(info: &symphonia::core::codecs::CodecInfo) -> String {
    match info.short_name {
        short @ ("flac" | "alac" | "mp1" | "mp2" | "mp3" | "aac") => short.to_uppercase(),
        _ => info.long_name.to_owned(),
    }
}
