//! Sources of sound: files, a stream such as standard input, a live microphone, a list in memory.
//!
//! A source hands over whole samples in order, with the losses between them, and ends by saying
//! either that the sound is over or that the source was lost. It knows nothing of seals, copies or
//! clocks. Invariants: the shape never changes after opening; a regular file is checked whole
//! before the first sample is handed over, so a file that opens has an exact length and decodes to
//! its end; integer sound of 16 and 24 bit comes out sample for sample, anything else names its
//! [`Source::conversion`].

pub mod check;
mod decoded;
mod error;
mod guard;
pub mod memory;
pub mod microphone;
mod mp3;
mod pcm;
mod rest;

pub use error::Error;

use std::fs::File;
use std::io::{BufReader, Cursor, Read, Seek, SeekFrom};
use std::os::unix::fs::FileTypeExt;
use std::path::Path;

use check::Header;

/// The lowest and highest rate that is recorded, in Hz.
pub const RATES_HZ: std::ops::RangeInclusive<u32> = 8_000..=48_000;
/// The most tracks that one recording has.
pub const TRACKS_MAX: u16 = 8;

/// How much of a stream is read at once: little, so that a live stream is handed on at once.
const STREAM_BUFFER_BYTES: usize = 16 << 10;

/// What standard input is called in messages.
pub const STANDARD_INPUT: &str = "standard input";

/// What a stream is read from.
pub type Stream = Box<dyn Read + Send + Sync>;

/// What the sound is, once it is in the recorder's hands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Samples a second in each track, within [`RATES_HZ`].
    pub rate_hz: u32,
    /// Bits of a sample: 16 or 24.
    pub bits: u8,
    /// Number of tracks: 1 to [`TRACKS_MAX`].
    pub tracks: u8,
}

/// One stretch handed over by a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Samples, interleaved by track and within the shape's bits; always whole instants, never none.
    Samples(Vec<i32>),
    /// So many samples of every track are missing here.
    Lost {
        /// Missing samples in each track.
        count: u64,
        /// Why they are missing.
        why: Loss,
    },
    /// A live source is gone, and this is why; it is looked for, and sound may come again.
    Away(String),
    /// A source that was away is there again. What was missed came before this, as [`Piece::Lost`].
    Back {
        /// What it is, as [`Source::describe`] would say now.
        what: String,
        /// What is done to its sound now, where that is not what was done before.
        conversion: Option<String>,
    },
    /// A live source gave nothing for about a fifth of a second; ask again.
    Waiting,
    /// The sound is over: everything there was has been handed over.
    End,
    /// The source broke off: everything it gave has been handed over, and this is why no more comes.
    SourceLost(String),
}

/// Why samples are missing from a live source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Loss {
    /// The recorder did not take the samples in time; the count is exact.
    Overrun,
    /// The source delivered nothing for that long; the count is reckoned by the monotonic clock.
    Stalled,
}

/// A source of sound, already open.
pub trait Source: Send {
    /// The shape of every sample to come.
    fn shape(&self) -> Shape;
    /// One line for a person: "file interview.wav: WAV, 16000 Hz, 16 bit, 2 tracks".
    fn describe(&self) -> String;
    /// What was done to the sound on its way in, or `None` where the samples are the input's own.
    fn conversion(&self) -> Option<String>;
    /// How many streams of sound the input holds; one of them is taken.
    fn streams(&self) -> usize {
        1
    }
    /// How many samples each track has, where that is known: always for files, never for streams.
    fn total_samples(&self) -> Option<u64>;
    /// The next stretch, waiting for it. After [`Piece::End`] or [`Piece::SourceLost`] it is
    /// [`Piece::End`] for ever.
    ///
    /// # Errors
    /// Sound that cannot be taken in at all. A source that breaks after it was opened is no error:
    /// it says [`Piece::SourceLost`].
    fn next(&mut self) -> Result<Piece, Error>;
}

/// Opens a regular file of any format, after checking the whole of it.
///
/// # Errors
/// The file is missing, not a regular file, not sound, damaged, shorter than it says, empty, or of
/// a rate or number of tracks that is not recorded. Nothing was written; the caller can mend the
/// file and try again.
pub fn open_file(path: &Path) -> Result<Box<dyn Source>, Error> {
    let name = shown(path);
    // Before opening: a pipe without a writer would block for ever.
    let meta = std::fs::metadata(path).map_err(|cause| Error::opening(&name, cause))?;
    if meta.is_dir() {
        return Err(Error::Directory { name });
    }
    if meta.file_type().is_fifo() {
        return Err(Error::NotAFile { name, is_pipe: true });
    }
    if !meta.is_file() {
        return Err(Error::NotAFile { name, is_pipe: false });
    }
    if meta.len() == 0 {
        return Err(Error::Empty { name });
    }
    let mut file = File::open(path).map_err(|cause| Error::opening(&name, cause))?;
    let found = check::read_header(&mut BufReader::new(&mut file), &name)?;
    if let Header::Wav(wav) = &found.header {
        let sound_bytes = wav.tally(&name, found.sound_at, meta.len())?;
        rest::check_file(&mut file, found.sound_at, sound_bytes, &name)?;
    }
    match found.header {
        Header::Wav(wav) if wav.is_plain() => {
            file.seek(SeekFrom::Start(found.sound_at)).map_err(|cause| Error::unreadable(&name, cause))?;
            Ok(Box::new(pcm::Pcm::of_file(file, wav, &name)))
        }
        header => Ok(Box::new(decoded::Decoded::of_file(&file, found.sound_at, &header, &name)?)),
    }
}

/// Opens a stream of which nothing is known beforehand, such as standard input. Waits for its
/// first samples. `label` names it in messages.
///
/// # Errors
/// As for [`open_file`], as far as the first samples show it.
pub fn open_reader(reader: Stream, label: &str) -> Result<Box<dyn Source>, Error> {
    let mut reader: Stream = Box::new(BufReader::with_capacity(STREAM_BUFFER_BYTES, reader));
    let found = check::read_header(&mut reader, label)?;
    match found.header {
        Header::Wav(wav) if wav.is_plain() => Ok(Box::new(pcm::Pcm::of_stream(reader, wav, label)?)),
        header => {
            let stream = Box::new(Cursor::new(found.head).chain(reader));
            Ok(Box::new(decoded::Decoded::of_stream(stream, &header, label)?))
        }
    }
}

/// Opens a live microphone: the default one, or one by its name or description.
///
/// # Errors
/// There is no sound server, it refuses, or it has no such microphone. The caller may try again.
pub fn open_microphone(name: Option<&str>) -> Result<Box<dyn Source>, Error> {
    Ok(Box::new(microphone::Microphone::open(name)?))
}

/// Says whether sound of this rate and number of tracks is recorded.
fn within_limits(name: &str, rate_hz: u32, tracks: u16) -> Result<(), Error> {
    if tracks == 0 {
        return Err(Error::malformed(name, "its header says it has no tracks"));
    }
    if rate_hz == 0 {
        return Err(Error::malformed(name, "its header says it has a rate of 0 Hz"));
    }
    if !RATES_HZ.contains(&rate_hz) {
        return Err(Error::Rate { name: name.to_owned(), rate_hz });
    }
    if tracks > TRACKS_MAX {
        return Err(Error::Tracks { name: name.to_owned(), tracks });
    }
    Ok(())
}

/// "16000 Hz, 16 bit, 1 track", as a person reads it.
fn shape_words(rate_hz: u32, bits: Option<u32>, tracks: u8) -> String {
    let bits = bits.map(|bits| format!(", {bits} bit")).unwrap_or_default();
    let s = if tracks == 1 { "" } else { "s" };
    format!("{rate_hz} Hz{bits}, {tracks} track{s}")
}

/// A path as one line of text, whatever bytes it is made of.
fn shown(path: &Path) -> String {
    path.to_string_lossy().chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// What is put on the record of a file: its name without its folders, which may name people and machines and would go onto both
/// sides' copies.
fn origin_of(shown: &str) -> String {
    format!("file {}", shown.rsplit('/').next().unwrap_or(shown))
}
