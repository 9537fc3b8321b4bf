//! WAV with plain numbers in it, integers or floats, read without a decoder.
//!
//! The header was checked before ([`super::check`]); nothing here parses. Invariants: integers of
//! 16 and 24 bit come out as they stand in the file; the samples handed over are always whole
//! instants; a stream that ends inside what it declared, or goes on with more sound, is lost, not ended.

use std::io::{self, Read};

use super::check::{Encoding, Length, Wav};
use super::{Error, Piece, Shape, Source, Stream, shape_words};

/// The most instants in one piece: two seconds at 8 kHz. A stream's pieces are as it hands them on.
const PIECE_SAMPLES: usize = 16 << 10;

/// A WAV of plain numbers, at the first sample that was not handed over yet.
pub(super) struct Pcm {
    reader: Stream,
    wav: Wav,
    origin: String,
    /// Bytes of sound that are still to come, where known.
    left_bytes: Option<u64>,
    total_samples: Option<u64>,
    buffer: Vec<u8>,
    /// How much of the buffer holds bytes of an instant that is not whole yet.
    kept_bytes: usize,
    /// A piece read ahead to know that there is sound at all.
    ahead: Option<Piece>,
    over: bool,
}

impl Pcm {
    /// The sound of a regular file whose lengths were held against it.
    pub(super) fn of_file(file: std::fs::File, wav: Wav, name: &str) -> Self {
        let mut pcm = Self::new(Box::new(file), wav, super::origin_of(name));
        pcm.total_samples = pcm.left_bytes.map(|bytes| bytes / u64::from(pcm.wav.block_bytes));
        pcm
    }

    /// The sound of a stream; waits for its first samples.
    pub(super) fn of_stream(reader: Stream, wav: Wav, label: &str) -> Result<Self, Error> {
        let mut pcm = Self::new(reader, wav, label.to_owned());
        match pcm.read() {
            Piece::Samples(samples) => pcm.ahead = Some(Piece::Samples(samples)),
            Piece::SourceLost(what) => return Err(Error::truncated(label, what)),
            _ => {
                return Err(Error::NoSound { name: label.to_owned() });
            }
        }
        Ok(pcm)
    }

    fn new(reader: Stream, wav: Wav, origin: String) -> Self {
        let left_bytes = match wav.length {
            Length::Declared(bytes) => Some(bytes),
            Length::Unknown => None,
        };
        let buffer = vec![0; PIECE_SAMPLES * usize::from(wav.block_bytes)];
        Self { reader, wav, origin, left_bytes, total_samples: None, buffer, kept_bytes: 0, ahead: None, over: false }
    }

    /// One read of the input: a live stream is handed on as it comes, not when a buffer is full.
    fn read(&mut self) -> Piece {
        if self.over {
            return Piece::End;
        }
        let block = usize::from(self.wav.block_bytes);
        loop {
            let room = self.buffer.len() - self.kept_bytes;
            let wanted = self.left_bytes.map_or(room, |left| room.min(usize::try_from(left).unwrap_or(room)));
            let read =
                if wanted == 0 { Ok(0) } else { self.reader.read(&mut self.buffer[self.kept_bytes..][..wanted]) };
            match read {
                Ok(0) => return self.ended(),
                Ok(n) => {
                    self.left_bytes = self.left_bytes.map(|left| left - n as u64);
                    let filled = self.kept_bytes + n;
                    let whole = filled / block * block;
                    self.kept_bytes = filled - whole;
                    if whole > 0 {
                        let samples = numbers(&self.wav, &self.buffer[..whole]);
                        self.buffer.copy_within(whole..filled, 0);
                        return Piece::Samples(samples);
                    }
                }
                Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
                Err(cause) => return self.lost(format!("it cannot be read any further: {cause}")),
            }
        }
    }

    fn ended(&mut self) -> Piece {
        let left_bytes = self.left_bytes;
        match left_bytes {
            Some(left) if left > 0 => self.lost(format!("it ended {left} bytes before the end it declared")),
            _ if self.kept_bytes > 0 => self.lost("it ended in the middle of a sample".to_owned()),
            // A file was looked at before; how long a stream without a length is, its end says.
            Some(_) if self.total_samples.is_none() && self.goes_on() => self.lost(super::rest::SECOND.to_owned()),
            _ => {
                self.over = true;
                Piece::End
            }
        }
    }

    /// Whether more sound follows what a stream declared. What cannot be read any more is none.
    fn goes_on(&mut self) -> bool {
        let Length::Declared(sound_bytes) = self.wav.length else { return false };
        super::rest::stream_goes_on(&mut self.reader, sound_bytes).unwrap_or(false)
    }

    fn lost(&mut self, why: String) -> Piece {
        self.over = true;
        Piece::SourceLost(why)
    }
}

impl Source for Pcm {
    fn shape(&self) -> Shape {
        let bits = match (self.wav.encoding, self.wav.container_bits) {
            (Encoding::Integer, 8 | 16) => 16,
            _ => 24,
        };
        Shape { rate_hz: self.wav.rate_hz, bits, tracks: self.wav.tracks }
    }

    fn describe(&self) -> String {
        let Wav { rate_hz, valid_bits, tracks, .. } = self.wav;
        format!("{}: WAV, {}", self.origin, shape_words(rate_hz, Some(u32::from(valid_bits)), tracks))
    }

    fn conversion(&self) -> Option<String> {
        let Wav { container_bits, valid_bits, .. } = self.wav;
        let words = match (self.wav.encoding, container_bits) {
            (Encoding::Integer, 16 | 24) if valid_bits == container_bits => return None,
            (Encoding::Integer, 8) => format!("{valid_bits} bit, shifted to 16 bit"),
            (Encoding::Integer, 32) if valid_bits > 24 => {
                format!("{valid_bits} bit, the lowest bits dropped to 24 bit")
            }
            (Encoding::Integer, 32) => format!("{valid_bits} bit in words of 32, taken as 24 bit"),
            (Encoding::Integer, _) => {
                format!("{valid_bits} bit in words of {container_bits}, taken as {container_bits} bit")
            }
            _ => format!("{container_bits} bit floating point, rounded to 24 bit, clipped at full scale"),
        };
        Some(format!("WAV, {words}"))
    }

    fn total_samples(&self) -> Option<u64> {
        self.total_samples
    }

    fn next(&mut self) -> Result<Piece, Error> {
        Ok(self.ahead.take().unwrap_or_else(|| self.read()))
    }
}

/// The numbers that stand in whole instants of a WAV.
fn numbers(wav: &Wav, bytes: &[u8]) -> Vec<i32> {
    let of = |width: usize, number: fn(&[u8]) -> i32| bytes.chunks_exact(width).map(number).collect();
    match (wav.encoding, wav.container_bits) {
        (Encoding::Integer, 8) => of(1, |b| (i32::from(b[0]) - 128) << 8),
        (Encoding::Integer, 16) => of(2, |b| i32::from(i16::from_le_bytes([b[0], b[1]]))),
        (Encoding::Integer, 24) => of(3, |b| i32::from_le_bytes([0, b[0], b[1], b[2]]) >> 8),
        (Encoding::Integer, _) => of(4, |b| i32::from_le_bytes([b[0], b[1], b[2], b[3]]) >> 8),
        (_, 32) => of(4, |b| rounded(f64::from(f32::from_le_bytes([b[0], b[1], b[2], b[3]])), 24)),
        _ => of(8, |b| rounded(f64::from_le_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]]), 24)),
    }
}

/// A sample of -1 to 1 as the nearest integer of so many bits; what is no number becomes silence.
pub(super) fn rounded(sample: f64, bits: u8) -> i32 {
    let full = f64::from(1i32 << (bits - 1));
    (sample * full).round().clamp(-full, full - 1.0) as i32
}
