//! Files and streams of sound, made by programs that are not ours, come out sample for sample.
//!
//! Needs `sox`, `flac` and `ffmpeg`. What must be refused is in `sources_hostile.rs`, the
//! microphone in `sources_microphone.rs`.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use recorder::source::{self, Piece, Shape, Source};

/// Everything a source gives, and how it ended.
fn drain(source: &mut dyn Source) -> (Vec<i32>, Piece) {
    let tracks = usize::from(source.shape().tracks);
    let mut all = Vec::new();
    loop {
        match source.next().unwrap() {
            Piece::Samples(samples) => {
                assert!(!samples.is_empty() && samples.len() % tracks == 0);
                all.extend(samples);
            }
            end => {
                assert_eq!(source.next().unwrap(), Piece::End);
                return (all, end);
            }
        }
    }
}

fn run(program: &str, args: &[&str]) {
    let done = Command::new(program)
        .args(args)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(
        done.status.success(),
        "{program} {args:?}: {}",
        String::from_utf8_lossy(&done.stderr)
    );
}

/// Deterministic noise of full scale, with the extremes in it.
fn noise(shape: Shape, instants: usize) -> Vec<i32> {
    let full = 1i32 << (shape.bits - 1);
    let mut state = 0x9e37_79b9_u32 ^ shape.rate_hz;
    (0..instants * usize::from(shape.tracks))
        .map(|i| match i {
            0 => -full,
            1 => full - 1,
            _ => {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state as i32) >> (32 - u32::from(shape.bits))
            }
        })
        .collect()
}

fn raw_bytes(samples: &[i32], bits: u8) -> Vec<u8> {
    samples
        .iter()
        .flat_map(|s| s.to_le_bytes()[..usize::from(bits / 8)].to_vec())
        .collect()
}

/// Writes samples without any header and lets sox make a file of them.
fn sox(dir: &Path, shape: Shape, samples: &[i32], name: &str) -> PathBuf {
    let raw = dir.join("in.raw");
    std::fs::write(&raw, raw_bytes(samples, shape.bits)).unwrap();
    let out = dir.join(name);
    let (r, b, c) = (
        shape.rate_hz.to_string(),
        shape.bits.to_string(),
        shape.tracks.to_string(),
    );
    let head = [
        "-t", "raw", "-e", "signed", "-L", "-r", &r, "-b", &b, "-c", &c,
    ];
    run(
        "sox",
        &[&head[..], &[raw.to_str().unwrap(), out.to_str().unwrap()]].concat(),
    );
    out
}

fn check_exact(path: &Path, shape: Shape, samples: &[i32]) {
    let mut file = source::open_file(path).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(file.shape(), shape, "{}", path.display());
    assert_eq!(file.conversion(), None, "{}", path.display());
    assert_eq!(
        file.total_samples(),
        Some((samples.len() / usize::from(shape.tracks)) as u64)
    );
    let (got, end) = drain(file.as_mut());
    assert_eq!(end, Piece::End);
    assert!(got == samples, "{}: samples differ", path.display());
    let mut stream =
        source::open_reader(Box::new(File::open(path).unwrap()), "standard input").unwrap();
    assert_eq!((stream.shape(), stream.total_samples()), (shape, None));
    let (got, end) = drain(stream.as_mut());
    assert_eq!(end, Piece::End);
    assert!(
        got == samples,
        "{} as a stream: samples differ",
        path.display()
    );
}

#[test]
fn wav_and_flac_are_exact_at_every_rate_width_and_number_of_tracks() {
    let dir = tempfile::tempdir().unwrap();
    let rates = [
        8000, 11025, 12000, 16000, 22050, 24000, 32000, 37801, 44100, 48000,
    ];
    for (i, rate_hz) in rates.into_iter().enumerate() {
        for bits in [16, 24] {
            for tracks in [1, 2, (i % 6 + 3) as u8] {
                let shape = Shape {
                    rate_hz,
                    bits,
                    tracks,
                };
                let samples = noise(shape, 5003);
                let wav = sox(dir.path(), shape, &samples, "a.wav");
                check_exact(&wav, shape, &samples);
                let flac = dir.path().join("a.flac");
                run(
                    "flac",
                    &[
                        "-f",
                        "--silent",
                        "--lax",
                        "--channel-map=none",
                        "-o",
                        flac.to_str().unwrap(),
                        wav.to_str().unwrap(),
                    ],
                );
                check_exact(&flac, shape, &samples);
            }
        }
    }
}
