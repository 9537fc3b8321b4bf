//! A live microphone, by the native PulseAudio protocol that PipeWire speaks too.
//!
//! A thread takes what the server sends as it comes and puts it into a bounded queue; the
//! recorder takes it from there. Invariants: samples are the source's own, at its own rate and in
//! its own format, unless [`Source::conversion`] says otherwise; what could not be taken is counted
//! as [`Piece::Lost`] where it is missing; memory is bounded by twenty seconds of sound. A source that goes away is looked for by its name
//! for as long as it is being recorded, because nobody but the people in the room ends their recording.

mod hopper;
mod listener;
mod pace;
mod playback;
mod server;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use pulseaudio::protocol::{SampleFormat, SampleSpec};

use super::pcm::rounded;
use super::{Error, Piece, Shape, Source, shape_words};
use hopper::{Hopper, Item};
use listener::{Lifeline, Listener};
use server::{Found, Link};

/// How much sound is held for a recorder that does not take it; then a loss is declared.
const HELD_SECONDS: usize = 20;
/// How long the recorder waits for sound before it is told that there is none yet.
const PATIENCE: Duration = Duration::from_millis(200);

/// A microphone that is being recorded.
#[derive(Debug)]
pub struct Microphone {
    shape: Shape,
    format: SampleFormat,
    described: String,
    conversion: Option<String>,
    hopper: Arc<Hopper>,
    lifeline: Arc<Lifeline>,
}

impl Microphone {
    /// Opens a source of the sound server that the environment names: `$PULSE_SERVER`, else the
    /// user's own. `None` is the default source; a name may be its name or its description.
    ///
    /// # Errors
    /// There is no server, it refuses, or it has no such source. The caller may try again.
    pub fn open(name: Option<&str>) -> Result<Self, Error> {
        Self::open_at(&server::socket_from_env()?, name)
    }

    /// The same on the server that listens at a socket.
    ///
    /// # Errors
    /// As for [`Microphone::open`].
    pub fn open_at(socket: &Path, name: Option<&str>) -> Result<Self, Error> {
        let mut link = Link::connect(socket)?;
        let found = link.source(name)?;
        let stream = link.record(&found)?;
        let spec = stream.spec;
        let shape = Shape { rate_hz: spec.sample_rate, bits: bits(spec.format), tracks: spec.channels };
        let conversion = conversion(found.spec, spec);
        let frame_bytes = spec.format.bytes_per_sample() * usize::from(spec.channels);
        let held_bytes = HELD_SECONDS * spec.sample_rate as usize * frame_bytes;
        let hopper = Arc::new(Hopper::new(held_bytes, frame_bytes));
        let lifeline = Arc::new(Lifeline::default());
        let listener = Listener::new(socket, &found.name, spec, conversion.clone(), &hopper, &lifeline);
        listener.start(link, stream.channel)?;
        Ok(Self { shape, format: spec.format, described: described(&found, shape), conversion, hopper, lifeline })
    }
}

/// Plays samples of that shape on the output of the sound server that the environment names.
///
/// # Errors
/// There is no server, or it has no output.
pub fn play(shape: Shape, interleaved: &[i32]) -> Result<(), Error> {
    playback::play(&server::socket_from_env()?, shape, interleaved)
}

/// One line for a person.
fn described(found: &Found, shape: Shape) -> String {
    let muted = if found.muted { ", muted" } else { "" };
    format!(
        "microphone {} ({}): {}{muted}",
        found.name,
        found.description,
        shape_words(shape.rate_hz, Some(width(found.spec.format)), shape.tracks)
    )
}

impl Source for Microphone {
    fn shape(&self) -> Shape {
        self.shape
    }

    fn describe(&self) -> String {
        self.described.clone()
    }

    fn conversion(&self) -> Option<String> {
        self.conversion.clone()
    }

    fn total_samples(&self) -> Option<u64> {
        None
    }

    fn next(&mut self) -> Result<Piece, Error> {
        Ok(match self.hopper.take(PATIENCE) {
            Item::Sound(bytes) => Piece::Samples(numbers(self.format, &bytes)),
            Item::Lost { count, why } => Piece::Lost { count, why },
            Item::Nothing => Piece::Waiting,
            Item::Away(why) => Piece::Away(why),
            Item::Back { what, conversion } => Piece::Back { what, conversion },
        })
    }
}

impl Drop for Microphone {
    fn drop(&mut self) {
        self.lifeline.cut();
    }
}

/// The bits that a recording of such samples has.
fn bits(format: SampleFormat) -> u8 {
    if width(format) > 16 { 24 } else { 16 }
}

/// The bits that a sample itself has.
fn width(format: SampleFormat) -> u32 {
    match format {
        SampleFormat::U8 => 8,
        SampleFormat::S24Le | SampleFormat::S24Be | SampleFormat::S24In32Le | SampleFormat::S24In32Be => 24,
        SampleFormat::S32Le | SampleFormat::S32Be | SampleFormat::Float32Le | SampleFormat::Float32Be => 32,
        _ => 16,
    }
}

/// What happens to the sound between the source and the recording.
fn conversion(source: SampleSpec, stream: SampleSpec) -> Option<String> {
    let mut words = Vec::new();
    if source.sample_rate != stream.sample_rate {
        words.push(format!("resampled by the sound server from {} Hz", source.sample_rate));
    }
    if source.channels < stream.channels {
        words.push(format!("only {} of {} tracks are there, the others are silent", source.channels, stream.channels));
    }
    if source.channels > stream.channels {
        words.push(format!("the first {} of {} channels", stream.channels, source.channels));
    }
    match stream.format {
        _ if source.format != stream.format => words.push("decoded by the sound server to 16 bit".into()),
        SampleFormat::U8 => words.push("8 bit, shifted to 16 bit".into()),
        SampleFormat::S32Le | SampleFormat::S32Be => words.push("32 bit, the lowest bits dropped to 24 bit".into()),
        SampleFormat::Float32Le | SampleFormat::Float32Be => {
            words.push("32 bit floating point, rounded to 24 bit, clipped at full scale".into());
        }
        _ => {}
    }
    (!words.is_empty()).then(|| format!("microphone, {}", words.join(", ")))
}

fn numbers(format: SampleFormat, bytes: &[u8]) -> Vec<i32> {
    let of = |number: fn(&[u8]) -> i32| bytes.chunks_exact(format.bytes_per_sample()).map(number).collect();
    match format {
        SampleFormat::U8 => of(|b| (i32::from(b[0]) - 128) << 8),
        SampleFormat::S16Be => of(|b| i32::from(i16::from_be_bytes([b[0], b[1]]))),
        SampleFormat::S24Le => of(|b| i32::from_le_bytes([0, b[0], b[1], b[2]]) >> 8),
        SampleFormat::S24Be => of(|b| i32::from_be_bytes([b[0], b[1], b[2], 0]) >> 8),
        SampleFormat::S24In32Le => of(|b| i32::from_le_bytes([0, b[0], b[1], b[2]]) >> 8),
        SampleFormat::S24In32Be => of(|b| i32::from_be_bytes([b[1], b[2], b[3], 0]) >> 8),
        SampleFormat::S32Le => of(|b| i32::from_le_bytes([b[0], b[1], b[2], b[3]]) >> 8),
        SampleFormat::S32Be => of(|b| i32::from_be_bytes([b[0], b[1], b[2], b[3]]) >> 8),
        SampleFormat::Float32Le => of(|b| rounded(f64::from(f32::from_le_bytes([b[0], b[1], b[2], b[3]])), 24)),
        SampleFormat::Float32Be => of(|b| rounded(f64::from(f32::from_be_bytes([b[0], b[1], b[2], b[3]])), 24)),
        // Only these formats are ever asked for; everything else was asked for as this one.
        _ => of(|b| i32::from(i16::from_le_bytes([b[0], b[1]]))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_comes_out_in_its_bits() {
        let (low, high) = (-(1 << 23), (1 << 23) - 1);
        let rows: [(SampleFormat, &[u8], &[i32]); 10] = [
            (SampleFormat::U8, &[0, 128, 255], &[-32768, 0, 32512]),
            (SampleFormat::S16Le, &[0, 0x80, 0xff, 0x7f], &[-32768, 32767]),
            (SampleFormat::S16Be, &[0x80, 0, 0x7f, 0xff], &[-32768, 32767]),
            (SampleFormat::S24Le, &[0, 0, 0x80, 0xff, 0xff, 0x7f], &[low, high]),
            (SampleFormat::S24Be, &[0x80, 0, 0, 0x7f, 0xff, 0xff], &[low, high]),
            (SampleFormat::S24In32Le, &[0, 0, 0x80, 0xff, 0xff, 0xff, 0x7f, 0], &[low, high]),
            (SampleFormat::S24In32Be, &[0xff, 0x80, 0, 0, 0, 0x7f, 0xff, 0xff], &[low, high]),
            (SampleFormat::S32Le, &[9, 0, 0, 0x80, 0xff, 0xff, 0xff, 0x7f], &[low, high]),
            (SampleFormat::S32Be, &[0x80, 0, 0, 9, 0x7f, 0xff, 0xff, 0xff], &[low, high]),
            (SampleFormat::Float32Le, &[0, 0, 0x80, 0xbf, 0, 0, 0xc0, 0x3f, 0, 0, 0xc0, 0x7f], &[low, high, 0]),
        ];
        for (format, bytes, samples) in rows {
            assert_eq!(numbers(format, bytes), samples, "{format:?}");
        }
    }
}
