//! Twelve hours from a generated stream on standard input, of one track and of eight, as fast as the recorder takes them.
//!
//! Not what the sound is (`cargo xtask test`). The seal is kept in memory until it is written, and grows with time and tracks; nothing
//! else may. Invariants: the stream says no length; both copies are saved, equal in size, and verify.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use anyhow::{Context, ensure};

use super::watch::{peak_mib, wait};
use super::{Found, Ground};
use crate::run::capture;

const HOURS: u32 = 12;
const RATE_HZ: u32 = 16_000;
/// Hours after which memory is looked at.
const LOOKS: [u32; 5] = [1, 2, 4, 8, 12];
/// Tracks, the most memory while recording, and the most at its end, when the seal is put together: MiB.
const LIMITS: [(u16, f64, f64); 2] = [(1, 24.0, 48.0), (8, 48.0, 96.0)];
/// The most memory for verifying the result, MiB.
const VERIFY_MIB_MAX: f64 = 16.0;

/// What one recording took.
struct Taken {
    tracks: u16,
    /// Peak so far after each of `LOOKS`, MiB.
    recording_mib: Vec<f64>,
    end_mib: f64,
    verify_mib: f64,
    seconds: f64,
}

pub(super) fn step(ground: &Ground) -> anyhow::Result<Found> {
    let mut text = String::from("| tracks |");
    text.extend(LOOKS.map(|hour| format!(" {hour} h |")));
    text.push_str(" at its end | limits | verify | × real time |\n|---:|");
    text.push_str(&"---:|".repeat(LOOKS.len() + 4));
    text.push('\n');
    let mut held = true;
    for (tracks, recording_max, end_max) in LIMITS {
        let taken = record(ground, tracks)?;
        let peak = taken.recording_mib.iter().copied().fold(0.0, f64::max);
        held &= peak <= recording_max && taken.end_mib <= end_max && taken.verify_mib <= VERIFY_MIB_MAX;
        text.push_str(&row(&taken, recording_max, end_max));
    }
    let _ = write!(
        text,
        "\nPeak memory in MiB. {HOURS} hours of {RATE_HZ} Hz, 16 bits; verify may take {VERIFY_MIB_MAX:.0}."
    );
    Ok(Found { text, held })
}

fn row(taken: &Taken, recording_max: f64, end_max: f64) -> String {
    let mut row = format!("| {} |", taken.tracks);
    row.extend(taken.recording_mib.iter().map(|mib| format!(" {mib:.1} |")));
    let speed = f64::from(HOURS) * 3_600.0 / taken.seconds;
    let (end, verify) = (taken.end_mib, taken.verify_mib);
    row + &format!(" {end:.1} | {recording_max:.0}, {end_max:.0} | {verify:.1} | {speed:.0} |\n")
}

fn record(ground: &Ground, tracks: u16) -> anyhow::Result<Taken> {
    println!("recording {HOURS} hours, tracks: {tracks}");
    let folder = ground.fresh("long")?;
    let copies = ["a", "b"].map(|name| folder.join(name));
    for copy in &copies {
        std::fs::create_dir(copy)?;
    }
    let began = Instant::now();
    let mut child = start(ground, &folder, &copies)?;
    let recording_mib = feed(&mut child, tracks);
    let (status, end_mib) = wait(&mut child)?;
    let seconds = began.elapsed().as_secs_f64();
    let recording_mib = recording_mib.context("the recorder did not take the sound")?;
    ensure!(status.success(), "the recording failed ({status})");
    let (verify_mib, samples) = verify(ground, &copies[0])?;
    let wanted = u64::from(HOURS) * 3_600 * u64::from(RATE_HZ);
    ensure!(samples == wanted, "{samples} samples were recorded, not {wanted}");
    ensure!(same_size(&copies)?, "the copies are not of one size");
    std::fs::remove_dir_all(&folder)?;
    Ok(Taken { tracks, recording_mib, end_mib, verify_mib, seconds })
}

fn start(ground: &Ground, folder: &Path, copies: &[PathBuf; 2]) -> anyhow::Result<Child> {
    let mut command = Command::new(&ground.counterpart);
    command.args(["record", "--input", "-", "--json", "--state"]).arg(folder.join("state"));
    for copy in copies {
        command.arg("--copy").arg(copy);
    }
    command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().context("the recorder could not be started")
}

/// Writes the whole stream; the peak after each of `LOOKS`.
fn feed(child: &mut Child, tracks: u16) -> anyhow::Result<Vec<f64>> {
    let mut stdin = child.stdin.take().context("standard input was not piped")?;
    stdin.write_all(&head(tracks))?;
    let minute = minute(tracks);
    let mut peaks = Vec::new();
    for hour in 1..=HOURS {
        for _ in 0..60 {
            stdin.write_all(&minute)?;
        }
        if LOOKS.contains(&hour) {
            peaks.push(peak_mib(child)?.context("the recorder ended early")?);
        }
    }
    Ok(peaks)
}

/// The head of a WAV stream that does not say how long it is.
fn head(tracks: u16) -> Vec<u8> {
    let (unknown, bytes) = (u32::MAX.to_le_bytes(), u32::from(tracks) * 2);
    let mut head = Vec::from(*b"RIFF");
    head.extend(unknown);
    head.extend(b"WAVEfmt \x10\0\0\0\x01\0");
    head.extend(tracks.to_le_bytes());
    head.extend(RATE_HZ.to_le_bytes());
    head.extend((RATE_HZ * bytes).to_le_bytes());
    head.extend((bytes as u16).to_le_bytes());
    head.extend(b"\x10\0data");
    head.extend(unknown);
    head
}

/// A minute of sound: a quiet room on every track, and on one after the other somebody who hums.
fn minute(tracks: u16) -> Vec<u8> {
    let mut noise: u32 = 1;
    let mut bytes = Vec::with_capacity(60 * RATE_HZ as usize * usize::from(tracks) * 2);
    for at in 0..60 * RATE_HZ {
        for track in 0..u32::from(tracks) {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let room = (noise >> 30) as i16;
            let speaks = (at / (3 * RATE_HZ)) % u32::from(tracks) == track;
            let hum = (at * (2 + track) % 200) as i16 * 20 - 2_000;
            bytes.extend((room + if speaks { hum } else { 0 }).to_le_bytes());
        }
    }
    bytes
}

/// Peak memory of a verification, and the samples it found.
fn verify(ground: &Ground, copy: &Path) -> anyhow::Result<(f64, u64)> {
    let mut child = Command::new(&ground.counterpart).arg("verify").arg(copy).stdout(Stdio::null()).spawn()?;
    let (status, peak) = wait(&mut child)?;
    ensure!(status.success(), "what was recorded does not verify ({status})");
    let said = capture(Command::new(&ground.counterpart).args(["verify", "--json"]).arg(copy))?;
    let said: serde_json::Value = serde_json::from_str(&said)?;
    let samples = said["files"][0]["evidence"]["total_samples"].as_u64().context("there is no total")?;
    Ok((peak, samples))
}

fn same_size(copies: &[PathBuf; 2]) -> anyhow::Result<bool> {
    let [a, b] = copies.each_ref().map(|copy| std::fs::metadata(copy.join("recording.flac")).map(|found| found.len()));
    Ok(a? == b?)
}
