//! Every shape of sound through the real program, and back out of its files by flac, ffmpeg and sox.
//!
//! Not what the seal proves (`seal`'s own tests). Invariants: the samples are compared one by one, by programs that
//! share no code with this one; `flac -t` treats warnings as errors.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use support::sound::{self, Shape};
use support::{Bench, all, need, run, shown};

const RATES_HZ: [u32; 10] = [8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 37_801, 44_100, 48_000];
const TOOLS: [(&str, &str); 3] = [("flac", "flac"), ("ffmpeg", "ffmpeg"), ("sox", "sox")];
const WORKERS: usize = 3;
/// The longest sound of any shape here.
const POOL_MILLIS: u32 = 3_400;

/// Pools of voices for these rates.
fn pools(dir: &Path, rates_hz: &[u32]) -> BTreeMap<u32, PathBuf> {
    rates_hz.iter().map(|rate_hz| (*rate_hz, sound::pool(dir, *rate_hz, POOL_MILLIS))).collect()
}

/// A bench with the recording of that shape in it, and the samples that went in.
fn recorded(pools: &BTreeMap<u32, PathBuf>, shape: Shape) -> Result<(Bench, Vec<i32>), String> {
    let bench = Bench::default();
    let input = bench.path("in.wav");
    sound::cut(&pools[&shape.rate_hz], shape, &input);
    let done = run(&mut bench.record("in.wav", &[]));
    if done.code != Some(0) || !done.err.is_empty() || done.saved().len() != 2 {
        return Err(format!("{done:?}"));
    }
    Ok((bench, sound::read_wav(&input)))
}

/// All three players give these samples.
fn plays_as(path: &Path, bits: u16, samples: &[i32]) -> Result<(), String> {
    sound::tested_by_flac(path)?;
    for (player, heard) in [
        ("flac", sound::by_flac(path, bits)?),
        ("ffmpeg", sound::by_ffmpeg(path, bits)?),
        ("sox", sound::by_sox(path, bits)?),
    ] {
        if heard != samples {
            return Err(format!("{player} decodes {} samples that are not the {} wanted", heard.len(), samples.len()));
        }
    }
    Ok(())
}

#[test]
fn every_shape_is_recorded_sample_for_sample() {
    need(&TOOLS);
    let dir = tempfile::tempdir().unwrap();
    let pools = pools(dir.path(), &RATES_HZ);
    let mut shapes = Vec::new();
    for rate_hz in RATES_HZ {
        for (bits, tracks) in [16, 24].into_iter().flat_map(|bits| (1..=8).map(move |tracks| (bits, tracks))) {
            // From a third of a second to more than one, never a whole number of blocks.
            let millis = 311 + (u32::from(tracks) * 137 + rate_hz / 100 + u32::from(bits)) % 1_000;
            shapes.push(Shape { rate_hz, bits, tracks, millis });
        }
    }
    all(WORKERS, &shapes, |shape| {
        let (bench, samples) = recorded(&pools, *shape)?;
        if shape.bits == 24 && samples.iter().all(|sample| sample & 0xFF == 0) {
            return Err("the input does not use its low bits".into());
        }
        let checked = bench.check_both(&["complete"])?;
        let verified = run(&mut bench.counterpart(&["verify", "a", "b"]));
        if verified.code != Some(0) || checked.samples * u64::from(shape.tracks) != samples.len() as u64 {
            return Err(format!("{checked:?} {verified:?}"));
        }
        // Every shape by the reference program, one in four by all three.
        match (u32::from(shape.tracks) + shape.rate_hz / 25) % 4 == 0 || shape.rate_hz == 48_000 {
            true => plays_as(&bench.copy("b"), shape.bits, &samples),
            false => {
                sound::tested_by_flac(&bench.copy("a"))?;
                (sound::by_flac(&bench.copy("a"), shape.bits)? == samples)
                    .then_some(())
                    .ok_or_else(|| "flac decodes other samples".into())
            }
        }
    });
}

/// A derived copy: how it is made, and which of its seconds and tracks are silent. `None` for a track is all of them.
struct Derived {
    args: &'static [&'static str],
    outcome: &'static str,
    /// Seconds of the recording that are in the file.
    shown: Range<usize>,
    /// Seconds, and the track from 0.
    muted: &'static [(Range<usize>, Option<usize>)],
}

/// Far beyond the end.
const END: usize = 1_000;

#[rustfmt::skip]
const DERIVED: &[Derived] = &[
    Derived { args: &["excerpt", "--from", "0", "--to", "1"], outcome: "excerpt", shown: 0..1, muted: &[] },
    Derived { args: &["excerpt", "--from", "0:01", "--to", "0:03"], outcome: "excerpt", shown: 1..3, muted: &[] },
    Derived { args: &["excerpt", "--from", "2", "--to", "3.3"], outcome: "excerpt", shown: 2..END, muted: &[] },
    Derived { args: &["redact", "--mute", "1-2"], outcome: "redacted", shown: 0..END, muted: &[(1..2, None)] },
    Derived { args: &["redact", "--mute", "0-1", "--mute", "3-3.3"], outcome: "redacted", shown: 0..END, muted: &[(0..1, None), (3..END, None)] },
    Derived { args: &["redact", "--mute-track", "2"], outcome: "redacted", shown: 0..END, muted: &[(0..END, Some(1))] },
    Derived { args: &["redact", "--mute-track", "1:1-2", "--mute", "2-3"], outcome: "redacted", shown: 0..END, muted: &[(1..2, Some(0)), (2..3, None)] },
];

#[test]
fn excerpts_and_redactions_play_as_what_they_are() {
    need(&TOOLS);
    let dir = tempfile::tempdir().unwrap();
    let pools = pools(dir.path(), &[8_000, 11_025, 37_801, 48_000]);
    let shapes = [(8_000, 16, 2), (11_025, 24, 3), (37_801, 16, 8), (48_000, 24, 2), (48_000, 16, 5)];
    let shapes = shapes.map(|(rate_hz, bits, tracks)| Shape { rate_hz, bits, tracks, millis: 3_317 });
    all(WORKERS, &shapes, |shape| {
        let (bench, samples) = recorded(&pools, *shape)?;
        for derived in DERIVED {
            derive(&bench, *shape, &samples, derived).map_err(|why| format!("{:?}: {why}", derived.args))?;
        }
        Ok(())
    });
}

fn derive(bench: &Bench, shape: Shape, samples: &[i32], derived: &Derived) -> Result<(), String> {
    let out = bench.path("derived").join(support::RECORDING);
    let _ = std::fs::remove_dir_all(bench.path("derived"));
    std::fs::create_dir(bench.path("derived")).unwrap();
    let (verb, rest) = derived.args.split_first().unwrap();
    let copy = bench.copy("a");
    let args = [&[*verb, shown(&copy)], rest, &["-o", shown(&out)]].concat();
    let done = run(&mut bench.counterpart(&args));
    if done.code != Some(0) {
        return Err(format!("{done:?}"));
    }
    bench.check("derived", &[derived.outcome])?;
    plays_as(&out, shape.bits, &expected(shape, samples, derived))
}

/// What must be heard, from what was recorded.
fn expected(shape: Shape, samples: &[i32], derived: &Derived) -> Vec<i32> {
    let tracks = usize::from(shape.tracks);
    let mut heard = samples.to_vec();
    for (seconds, track) in derived.muted {
        let range = widened(shape, samples, seconds);
        for frame in heard[range].chunks_exact_mut(tracks) {
            match track {
                Some(track) => frame[*track] = 0,
                None => frame.fill(0),
            }
        }
    }
    heard[widened(shape, samples, &derived.shown)].to_vec()
}

/// Seconds as a range of interleaved samples, widened to whole segments: a second each, or a few samples less where
/// the rate does not divide into blocks.
fn widened(shape: Shape, samples: &[i32], seconds: &Range<usize>) -> Range<usize> {
    let (rate, tracks) = (shape.rate_hz as usize, usize::from(shape.tracks));
    let blocks = if rate > 46_080 { 12 } else { 10 };
    let segment = rate / blocks * blocks;
    let first = seconds.start * rate / segment * segment;
    let end = (seconds.end * rate).div_ceil(segment) * segment;
    first * tracks..(end * tracks).min(samples.len())
}
