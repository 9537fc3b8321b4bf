//! The voices that are compared, as samples: Debian's telephone prompts, one after the other with pauses.
//!
//! Not the cases (`cases.rs`). Invariant: the two lists of prompts have none in common, so that what the other recording says is
//! nowhere in the first.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, ensure};

/// Samples a second of everything here.
pub(super) const RATE_HZ: usize = 16_000;
const SECONDS: usize = 120;
const PROMPTS: &str = "/usr/share/asterisk/sounds/en_US_f_Allison";
/// A sentence is a prompt of this many seconds.
const SENTENCE_S: std::ops::Range<f64> = 1.5..6.0;

/// What the cases are made of.
pub(super) struct Sounds {
    /// What was recorded.
    pub(super) conversation: Vec<i16>,
    /// Where its sentences are, samples.
    pub(super) sentences: Vec<(usize, usize)>,
    /// Another conversation of the same voice.
    pub(super) other: Vec<i16>,
}

impl Sounds {
    pub(super) fn read() -> anyhow::Result<Sounds> {
        let mut prompts: Vec<PathBuf> = std::fs::read_dir(PROMPTS)
            .context("the package asterisk-core-sounds-en-g722 is not installed")?
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.extension().is_some_and(|extension| extension == "g722"))
            .collect();
        prompts.sort();
        let (conversation, sentences) = spoken(prompts.iter().step_by(2), 1)?;
        let (other, _) = spoken(prompts.iter().skip(1).step_by(2), 2)?;
        Ok(Sounds { conversation, sentences, other })
    }
}

/// Samples, and where the sentences in them are.
type Spoken = (Vec<i16>, Vec<(usize, usize)>);

/// Prompts with pauses, twelve decibels below what they are, in a room's noise.
fn spoken<'a>(prompts: impl Iterator<Item = &'a PathBuf>, seed: u64) -> anyhow::Result<Spoken> {
    let (mut samples, mut sentences) = (vec![0; RATE_HZ / 2], Vec::new());
    for prompt in prompts {
        let said = decoded(prompt)?;
        if !SENTENCE_S.contains(&(said.len() as f64 / RATE_HZ as f64)) {
            continue;
        }
        if samples.len() + said.len() > SECONDS * RATE_HZ {
            break;
        }
        let from = samples.len();
        samples.extend(said.iter().map(|sample| sample / 4));
        sentences.push((from, samples.len()));
        samples.resize(samples.len() + RATE_HZ * 2 / 5, 0);
    }
    ensure!(sentences.len() > 20, "there are too few prompts");
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut low = 0.0;
    for sample in &mut samples {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        // Noise that is louder below, as a room's is.
        low = low * 0.95 + (state >> 40) as f64 / f64::from(1 << 24) - 0.5;
        *sample += (low * 12.0) as i16;
    }
    Ok((samples, sentences))
}

fn decoded(prompt: &Path) -> anyhow::Result<Vec<i16>> {
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-v", "error", "-f", "g722", "-i"]).arg(prompt).args(["-f", "s16le", "-"]);
    let output = command.stderr(Stdio::inherit()).output().context("ffmpeg is not installed")?;
    ensure!(output.status.success(), "{} does not decode", prompt.display());
    Ok(output.stdout.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect())
}

/// Writes a WAV of one track.
pub(super) fn write_wav(path: &Path, samples: &[i16]) -> anyhow::Result<()> {
    let (rate, bytes) = (RATE_HZ as u32, samples.len() as u32 * 2);
    let mut file = Vec::with_capacity(44 + samples.len() * 2);
    file.extend_from_slice(b"RIFF");
    file.extend_from_slice(&(36 + bytes).to_le_bytes());
    file.extend_from_slice(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    file.extend_from_slice(&rate.to_le_bytes());
    file.extend_from_slice(&(rate * 2).to_le_bytes());
    file.extend_from_slice(b"\x02\0\x10\0data");
    file.extend_from_slice(&bytes.to_le_bytes());
    samples.iter().for_each(|sample| file.extend_from_slice(&sample.to_le_bytes()));
    std::fs::write(path, file).with_context(|| format!("{} cannot be written", path.display()))
}
