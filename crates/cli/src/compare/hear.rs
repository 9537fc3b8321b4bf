//! A file as something to be compared by ear: decoded, mixed to one track, printed.
//!
//! Not the comparison (`sound`). What the recorder cannot read is handed to `ffmpeg` where that is installed: formats such as Opus,
//! or rates above what is recorded. Invariants: memory does not grow with the samples; a decoder that fails half-way is an error,
//! never a shorter sound; `ffmpeg` is given the file and nothing else: no network, no other file, no terminal.

use std::ffi::OsString;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use recorder::source::{self, Piece, Source};
use sound::compare::{Print, Printer};

use crate::error::{Error, Result};
use crate::out::Progress;
use crate::text;

/// The rate at which `ffmpeg` is asked for sound, Hz.
const CONVERTED_RATE_HZ: &str = "48000";

/// A sound and how it was read.
pub(super) struct Heard {
    pub(super) print: Print,
    /// One line: format, rate, tracks.
    pub(super) described: String,
}

/// Reads a file's sound.
pub(super) fn hear(path: &Path) -> Result<Heard> {
    match source::open_file(path) {
        Ok(mut opened) => {
            let described = opened.describe();
            Ok(Heard { print: print(path, &mut *opened)?, described })
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

/// `None` where there is no `ffmpeg`.
fn by_ffmpeg(path: &Path) -> Option<Result<Heard>> {
    let mut name = OsString::from("file:");
    name.push(path);
    let spawned = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error", "-protocol_whitelist", "file,pipe", "-i"])
        .arg(name)
        .args([
            "-vn",
            "-sn",
            "-dn",
            "-xerror",
            "-ac",
            "1",
            "-ar",
            CONVERTED_RATE_HZ,
            "-c:a",
            "pcm_s16le",
            "-f",
            "wav",
            "-",
        ])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let mut child = spawned.ok()?;
    let out = child.stdout.take()?;
    Some(converted(path, Box::new(out), child))
}

fn converted(path: &Path, out: source::Stream, mut child: Child) -> Result<Heard> {
    let label = text::path(path);
    let heard = source::open_reader(out, &label).map_err(recorder::Error::Source).map_err(Error::from);
    let heard = heard.and_then(|mut opened| print(path, &mut *opened));
    // The pipe is closed by now: a converter that still had something to say ends on it.
    let ended = child.wait().map_err(|error| Error::io(path, &error))?;
    let print = heard?;
    if !ended.success() {
        return Err(Error::of(format_args!("{label}: ffmpeg cannot decode it to its end"))
            .hint("name a file that plays to its end"));
    }
    Ok(Heard { print, described: format!("{label}: converted by ffmpeg") })
}

/// Mixes the tracks and prints them.
fn print(path: &Path, opened: &mut dyn Source) -> Result<Print> {
    let shape = opened.shape();
    let mut printer = Printer::new(shape.rate_hz)
        .map_err(|error| Error::of(format_args!("{}: {error}", path.display())).hint("convert it to 48000 Hz first"))?;
    let scale = 1.0 / (f32::from(shape.tracks) * (1i32 << (shape.bits - 1)) as f32);
    let (mut progress, mut done) = (Progress::new(), 0u64);
    let mut mixed = Vec::new();
    loop {
        match opened.next().map_err(recorder::Error::Source)? {
            Piece::Samples(samples) => {
                mixed.clear();
                let instants = samples.chunks_exact(usize::from(shape.tracks));
                mixed.extend(instants.map(|instant| instant.iter().map(|sample| *sample as f32).sum::<f32>() * scale));
                printer.push(&mixed);
                done += mixed.len() as u64;
                progress.show(|| format!("{}: {} s heard", text::path(path), done / u64::from(shape.rate_hz)));
            }
            Piece::End => return Ok(printer.finish()),
            // A file is never away and loses nothing.
            Piece::Waiting | Piece::Lost { .. } | Piece::Away(_) | Piece::Back { .. } => {}
            Piece::SourceLost(why) => {
                return Err(
                    Error::of(format_args!("{}: {why}", path.display())).hint("name a file that plays to its end")
                );
            }
        }
    }
}
