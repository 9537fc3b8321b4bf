//! A file made by the real program, damaged, and judged by the real program.
//!
//! Not every single bit: that is done in the library itself (`seal`'s tests of attacks). Here the exit code and the words
//! are what counts. The bits are drawn from a printed seed.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::path::Path;

use serde_json::Value;
use support::sound::{self, Shape};
use support::{Bench, Chance, all, run, shown};

const SEED: u64 = 20_261_121;
const FLIPS: u64 = 100;
const CUTS: u64 = 300;
const WORKERS: usize = 3;

/// A recording of one second.
fn recorded() -> (Bench, Vec<u8>) {
    let bench = Bench::default();
    sound::write(&bench.path(""), "in.wav", Shape { rate_hz: 8_000, bits: 16, tracks: 1, millis: 1_000 });
    let done = run(&mut bench.record("in.wav", &[]));
    assert_eq!(done.code, Some(0), "{done:?}");
    let bytes = std::fs::read(bench.copy("a")).unwrap();
    (bench, bytes)
}

/// What `verify` says of these bytes: the exit code and the file's part of the report.
fn judged(bench: &Bench, name: &str, bytes: &[u8]) -> Result<(i32, Value), String> {
    let path = bench.path(name);
    std::fs::write(&path, bytes).unwrap();
    let done = run(&mut bench.counterpart(&["verify", "--json", shown(Path::new(&path))]));
    std::fs::remove_file(path).unwrap();
    let report: Value = serde_json::from_str(&done.out).map_err(|err| format!("{err}: {done:?}"))?;
    Ok((done.code.ok_or("killed by a signal")?, report["files"][0].clone()))
}

/// Where the padding's content is: the block after the seal.
fn padding(bytes: &[u8]) -> std::ops::Range<usize> {
    let mut at = 4;
    loop {
        let len = bytes[at + 1..at + 4].iter().fold(0, |len, byte| len << 8 | usize::from(*byte));
        if bytes[at] & 0x7F == 1 {
            return at + 4..at + 4 + len;
        }
        assert_eq!(bytes[at] & 0x80, 0, "the program leaves padding");
        at += 4 + len;
    }
}

#[test]
fn a_cut_file_is_never_complete() {
    let (bench, bytes) = recorded();
    let cuts: Vec<usize> = (0..CUTS).map(|cut| (bytes.len() as u64 * cut / CUTS) as usize).collect();
    all(WORKERS, &cuts, |cut| match judged(&bench, &format!("cut-{cut}.flac"), &bytes[..*cut])? {
        (1 | 2, _) => Ok(()),
        (code, file) => Err(format!("exit {code}: {file}")),
    });
    println!("figures: {CUTS} truncations, none of them complete");
    // The last byte alone.
    assert_eq!(judged(&bench, "cut-last.flac", &bytes[..bytes.len() - 1]).unwrap().0, 1);
}

#[test]
fn a_flipped_bit_is_never_complete_outside_padding() {
    println!("seed {SEED}");
    let (bench, bytes) = recorded();
    let padding = padding(&bytes);
    let mut chance = Chance(SEED);
    // One in ten in the padding, which is most of the head; the others outside it.
    let mut bits = Vec::new();
    while (bits.len() as u64) < FLIPS {
        let bit = chance.below(bytes.len() as u64 * 8) as usize;
        if padding.contains(&(bit / 8)) == (bits.len() % 10 == 0) {
            bits.push(bit);
        }
    }
    all(WORKERS, &bits, |bit| {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let (code, file) = judged(&bench, &format!("flip-{bit}.flac"), &flipped)?;
        let told = file["evidence"]["tags_changed"].as_array().is_some_and(|tags| !tags.is_empty());
        match padding.contains(&(bit / 8)) {
            true if code == 0 && file["outcome"] == "complete" && told => Ok(()),
            false if code == 1 || code == 2 => Ok(()),
            in_padding => Err(format!("exit {code}, in padding: {in_padding}: {file}")),
        }
    });
    println!("figures: {FLIPS} bits flipped, every one noticed");
}
