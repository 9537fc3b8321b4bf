//! A file as something to be compared by ear: decoded, mixed to one track, printed.
//!
//! Not the comparison (`sound`). What the recorder cannot read is handed to `ffmpeg` where that is installed: formats such as Opus,
//! or rates above what is recorded. Invariants: memory does not grow with the samples; a decoder that fails half-way is an error,
//! never a shorter sound; a file of several streams is refused, never heard in part; `ffmpeg` is given the file and nothing else: no
//! network, no terminal, and no format that is a list of other files.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use recorder::source::{self, Piece, Source};

use super::mix::{Mixed, Mixer};
use crate::error::{Error, Result};
use crate::out::Progress;
use crate::text;

/// The rate at which `ffmpeg` is asked for sound, Hz.
const CONVERTED_RATE_HZ: &str = "48000";

/// Formats that hold their sound themselves. Of those that `ffmpeg` knows, playlists and the like open other files.
const FORMATS: &str = "3gp,aac,ac3,aiff,amr,ape,asf,au,avi,caf,eac3,flac,flv,gsm,matroska,mov,mp3,mp4,mpeg,mpegts,ogg,tta,voc,w64,wav,webm,wv";
/// A sound and how it was read.
pub(super) struct Heard {
    pub(super) mixed: Mixed,
    /// One line: format, rate, tracks.
    pub(super) described: String,
}

/// Reads a file's sound.
pub(super) fn hear(path: &Path) -> Result<Heard> {
    match source::open_file(path) {
        Ok(mut opened) => {
            let described = opened.describe();
            match opened.streams() {
                0 | 1 => print(path, &mut *opened, described),
                streams => Err(several(path, streams)),
            }
        }
        Err(error) if is_about_its_format(&error) => {
            by_ffmpeg(path).unwrap_or_else(|| Err(recorder::Error::Source(error).into()))
        }
        Err(error) => Err(recorder::Error::Source(error).into()),
    }
}

fn is_about_its_format(error: &source::Error) -> bool {
    use source::Error as E;
    !matches!(
        error,
        E::Directory { .. } | E::NotAFile { .. } | E::Empty { .. } | E::Missing { .. } | E::Unreadable { .. }
    )
}

fn several(path: &Path, streams: usize) -> Error {
    Error::of(format_args!("{}: it has {streams} streams of sound, and which is meant is not known", text::path(path)))
        .hint("take one out first: ffmpeg -i FILE -map 0:a:0 first.wav")
}

/// `None` where there is no `ffmpeg`.
fn by_ffmpeg(path: &Path) -> Option<Result<Heard>> {
    match streams(path) {
        Some(0 | 1) | None => {}
        Some(streams) => return Some(Err(several(path, streams))),
    }
    let mut child = limited("ffmpeg", path)
        .args(["-vn", "-sn", "-dn", "-xerror", "-ar", CONVERTED_RATE_HZ, "-c:a", "pcm_s16le", "-f", "wav", "-"])
        .spawn()
        .ok()?;
    let out = child.stdout.take()?;
    Some(converted(path, Box::new(out), child))
}

/// One of `ffmpeg`'s programs, reading that file and no other.
fn limited(program: &str, path: &Path) -> Command {
    let mut name = OsString::from("file:");
    name.push(path);
    let mut command = Command::new(program);
    command.args(["-v", "error", "-protocol_whitelist", "file,pipe", "-format_whitelist", FORMATS, "-i"]).arg(name);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    command
}

/// How many streams of sound there are, where that can be told.
fn streams(path: &Path) -> Option<usize> {
    let asked = ["-select_streams", "a", "-show_entries", "stream=index", "-of", "csv=p=0"];
    let told = limited("ffprobe", path).args(asked).output().ok()?;
    let indexes: BTreeSet<&[u8]> = told.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect();
    told.status.success().then_some(indexes.len())
}

fn converted(path: &Path, out: source::Stream, mut child: Child) -> Result<Heard> {
    let label = text::path(path);
    let described = format!("{label}: converted by ffmpeg");
    let opened = source::open_reader(out, &label);
    // Nothing came out: of its words only the first would be true, that it is empty, and it is the pipe that is.
    let silent = matches!(opened, Err(source::Error::Empty { .. } | source::Error::NoSound { .. }));
    let heard = opened.map_err(recorder::Error::Source).map_err(Error::from);
    let heard = heard.and_then(|mut opened| print(path, &mut *opened, described));
    // The pipe is closed by now: a converter that still had something to say ends on it.
    let ended = child.wait().map_err(|error| Error::io(path, &error))?;
    if silent {
        return Err(Error::of(format_args!("{label}: there is no sound in it that can be read"))
            .hint("name a file of sound: WAV, FLAC, MP3, M4A, Opus …"));
    }
    let heard = heard?;
    if !ended.success() {
        return Err(Error::of(format_args!("{label}: ffmpeg cannot decode it to its end"))
            .hint("name a file that plays to its end"));
    }
    Ok(heard)
}

/// Mixes the tracks and prints them.
fn print(path: &Path, opened: &mut dyn Source, described: String) -> Result<Heard> {
    let shape = opened.shape();
    let mut mixer = Mixer::new(shape).map_err(|error| {
        Error::of(format_args!("{}: {error}", text::path(path))).hint("convert it to 48000 Hz first")
    })?;
    let (mut progress, mut done) = (Progress::new(), 0u64);
    loop {
        match opened.next().map_err(recorder::Error::Source)? {
            Piece::Samples(samples) => {
                mixer.push(&samples);
                done += samples.len() as u64 / u64::from(shape.tracks);
                progress.show(|| format!("{}: {} s heard", text::path(path), done / u64::from(shape.rate_hz)));
            }
            Piece::End => {
                return Ok(Heard { mixed: mixer.finish(), described });
            }
            // A file is never away and loses nothing.
            Piece::Waiting | Piece::Lost { .. } | Piece::Away(_) | Piece::Back { .. } => {}
            Piece::SourceLost(why) => {
                return Err(
                    Error::of(format_args!("{}: {why}", text::path(path))).hint("name a file that plays to its end")
                );
            }
        }
    }
}
