//! F1 and F2: verifying a one-hour recording, against hashing the same file and against C2PA's own tool.
//!
//! The second peer verifies a signed WAV of the same sound, because FLAC is not among its formats. Where it is not
//! installed, its published figure stands in.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::ensure;

use super::Bench;
use super::measure::{Contender, Measured, interleaved};
use super::table::{Figure, Goal};
use crate::run::{capture, which};

const ROUNDS: usize = 15;

/// Memory a verification may take.
const MEMORY_MIB_MAX: f64 = 16.0;

/// Verify, against `sha256sum` and OpenSSL's hash (which uses the processor's SHA instructions) on the same file.
pub(super) fn f1(bench: &Bench) -> anyhow::Result<Figure> {
    let mut contenders = vec![verify(bench), hash("sha256sum", &[], &bench.recording)];
    if which("openssl").is_some() {
        contenders.push(hash("openssl", &["dgst", "-sha256"], &bench.recording));
    }
    let measured = interleaved(&contenders, ROUNDS, &bench.folder)?;
    let (ours, peer) = (&measured[0], &measured[1]);
    let goals = vec![
        Goal::at_most("time, of sha256sum's", ours.times(peer), 1.15, "×"),
        Goal::at_most("memory", ours.memory_mib, MEMORY_MIB_MAX, "MiB"),
    ];
    let remarks = measured.get(2).map(|limit| format!("Against OpenSSL's hash: {:.2} × its time.", ours.times(limit)));
    let title = "F1 · verify a one-hour recording";
    Ok(Figure { title, goals, remarks: remarks.into_iter().collect(), measured })
}

/// Verify, against `c2patool` on a signed WAV of the same sound.
pub(super) fn f2(bench: &Bench) -> anyhow::Result<Figure> {
    let mut remarks = Vec::new();
    let measured = if let Some(tool) = c2patool() {
        let signed = signed_wav(&tool, bench)?;
        let peer = Contender::new("c2patool, signed WAV", || Ok(with(&tool, &[], &signed)));
        interleaved(&[verify(bench), peer], ROUNDS, &bench.folder)?
    } else {
        remarks.push("c2patool is not installed (`PATH`, `$C2PATOOL`); its figure is the one measured for the project's performance plan.".to_owned());
        let mut measured = interleaved(&[verify(bench)], ROUNDS, &bench.folder)?;
        measured.push(Measured::published("c2patool, signed WAV (published)", 0.34, 354.0));
        measured
    };
    let (ours, peer) = (&measured[0], &measured[1]);
    let goals = vec![
        Goal::at_least("times faster than c2patool", peer.median_s() / ours.median_s(), 5.0, "×"),
        Goal::at_least("times less memory", peer.memory_mib / ours.memory_mib, 20.0, "×"),
    ];
    Ok(Figure { title: "F2 · the same, against C2PA", goals, remarks, measured })
}

fn verify(bench: &Bench) -> Contender<'_> {
    Contender::new("counterpart verify", || Ok(with(&bench.counterpart, &["verify"], &bench.recording)))
}

fn hash<'a>(program: &'a str, arguments: &'a [&'a str], file: &'a Path) -> Contender<'a> {
    Contender::new(program, move || Ok(with(Path::new(program), arguments, file)))
}

fn with(program: &Path, arguments: &[&str], file: &Path) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).arg(file);
    command
}

fn c2patool() -> Option<PathBuf> {
    let named = std::env::var_os("C2PATOOL").map(PathBuf::from).filter(|path| path.is_file());
    named.or_else(|| which("c2patool"))
}

/// What is claimed of the voices: that a device captured them.
const CLAIM: &str = r#"{"claim_generator":"bench","assertions":[{"label":"c2pa.actions","data":{"actions":[{"action":"c2pa.created",
"digitalSourceType":"http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"}]}}]}"#;

/// The voices signed with the tool's own test certificate, and found valid by it: a check that stops at an error is no peer.
fn signed_wav(tool: &Path, bench: &Bench) -> anyhow::Result<PathBuf> {
    let (manifest, signed) = (bench.folder.join("c2pa.json"), bench.folder.join("signed.wav"));
    std::fs::write(&manifest, CLAIM)?;
    let mut command = with(tool, &[], &bench.voices);
    capture(command.arg("--manifest").arg(&manifest).arg("--output").arg(&signed).arg("--force"))?;
    let said = capture(&mut with(tool, &[], &signed))?;
    ensure!(said.contains(r#""validation_state": "Valid""#), "c2patool does not find what it signed valid");
    Ok(signed)
}
