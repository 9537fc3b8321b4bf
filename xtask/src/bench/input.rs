//! What is measured on: one hour of real voices, made once and kept in the target folder.
//!
//! Debian's telephone prompts in G.722 (16 kHz) are joined, repeated to an hour, brought to 48 kHz and given a quiet
//! room's noise, so that the encoder meets what it meets in a room. The same packages give the same sound every time.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};

use crate::run::{capture, program};

/// Length of the input.
pub(super) const SECONDS: f64 = 3_600.0;

const PROMPTS: &str = "/usr/share/asterisk/sounds/en_US_f_Allison";

/// A 48 kHz, one-track, 16 bit WAV of an hour.
pub(super) fn one_hour_of_voices(folder: &Path) -> anyhow::Result<PathBuf> {
    let voices = folder.join("voices.wav");
    if voices.is_file() {
        return Ok(voices);
    }
    println!("making one hour of voices (kept for the next time)");
    let [joined, decoded, noise, unfinished] =
        ["prompts.g722", "prompts.wav", "noise.wav", "unfinished.wav"].map(|name| folder.join(name));
    std::fs::write(&joined, all_prompts()?)?;
    let ffmpeg = ["-v", "error", "-y", "-f", "g722", "-i"];
    capture(program("ffmpeg").args(ffmpeg).arg(&joined).args(["-ar", "48000", "-ac", "1"]).arg(&decoded))?;
    let seconds = SECONDS.to_string();
    let shape = ["-r", "48000", "-b", "16", "-c", "1"];
    capture(program("sox").args(["-R", "-n"]).args(shape).arg(&noise).args([
        "synth",
        &seconds,
        "brownnoise",
        "vol",
        "0.002",
    ]))?;
    let long = folder.join("long.wav");
    capture(program("sox").arg(&decoded).arg(&long).args(["gain", "-n", "-6", "repeat", "99", "trim", "0", &seconds]))?;
    capture(program("sox").args(["-R", "-m", "-v", "1"]).arg(&long).args(["-v", "1"]).arg(&noise).arg(&unfinished))?;
    std::fs::rename(&unfinished, &voices)?;
    for scratch in [joined, decoded, noise, long] {
        std::fs::remove_file(scratch)?;
    }
    Ok(voices)
}

/// Every prompt of the top folder, joined in order of name: G.722 has no header to get in the way.
fn all_prompts() -> anyhow::Result<Vec<u8>> {
    let entries = std::fs::read_dir(PROMPTS).context("the package asterisk-core-sounds-en-g722 is not installed")?;
    let paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<std::io::Result<Vec<_>>>()?;
    let mut prompts: Vec<_> = paths.into_iter().filter(|path| path.extension().is_some_and(|e| e == "g722")).collect();
    prompts.sort();
    ensure!(!prompts.is_empty(), "the package asterisk-core-sounds-en-g722 is not installed");
    let mut joined = Vec::new();
    for prompt in prompts {
        joined.extend(std::fs::read(prompt)?);
    }
    Ok(joined)
}

/// A sealed recording of the voices, made by the program as it is now.
pub(super) fn recording_of(counterpart: &Path, voices: &Path, folder: &Path) -> anyhow::Result<PathBuf> {
    let copies = empty_copies(folder)?;
    capture(&mut record(counterpart, voices, &copies))?;
    let kept = folder.join("recording.flac");
    std::fs::rename(copies[0].join("recording.flac"), &kept)?;
    Ok(kept)
}

/// Two empty copy folders.
pub(super) fn empty_copies(folder: &Path) -> anyhow::Result<[PathBuf; 2]> {
    let copies = ["copy-1", "copy-2"].map(|name| folder.join(name));
    for copy in &copies {
        if copy.exists() {
            std::fs::remove_dir_all(copy)?;
        }
        std::fs::create_dir(copy).with_context(|| format!("{} cannot be made", copy.display()))?;
    }
    Ok(copies)
}

/// The command that records a file into two copies.
pub(super) fn record(counterpart: &Path, input: &Path, copies: &[PathBuf; 2]) -> Command {
    let mut command = Command::new(counterpart);
    if let Some(parent) = copies[0].parent() {
        command.env("COUNTERPART_STATE", parent.join("state"));
    }
    command.arg("record").arg("--input").arg(input);
    for copy in copies {
        command.arg("--copy").arg(copy);
    }
    command
}
