//! One power cut, judged: the folders as they are found, recovered by the real program, and held against the sound that went in.
//!
//! Not what a cut leaves (`disc.rs`). Invariants: samples are decoded by `flac`, not by the program; a promise that does not hold is an error that
//! says which.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, bail, ensure};
use serde_json::{Value, json};

use super::MISSING_MAX_SECONDS;
use super::chance::Chance;
use super::disc::{self, Contents};
use super::record::Run;

const RECORDING: &str = "recording.flac";
/// Every so many cuts, it is recovered once more.
const AGAIN: u64 = 16;

/// What came of one cut.
#[derive(Clone, Debug, Default)]
pub(super) struct Judged {
    pub(super) nothing_yet: bool,
    pub(super) interrupted: bool,
    pub(super) complete: bool,
    /// "Saved" had been said.
    pub(super) said: bool,
    /// It was a recovery that was cut short.
    pub(super) again: bool,
    pub(super) frames_missing: u64,
    /// Where the power went while there was sound.
    pub(super) missing_seconds: Option<f64>,
}

/// A program that ended.
struct Done {
    code: Option<i32>,
    out: Vec<u8>,
    err: String,
}

fn done(command: &mut Command) -> anyhow::Result<Done> {
    let output = command.stdin(Stdio::null()).output()?;
    let err = String::from_utf8_lossy(&output.stderr).into_owned();
    Ok(Done { code: output.status.code(), out: output.stdout, err })
}

pub(super) fn judge(
    program: &Path,
    run: &Run,
    cut: u64,
    contents: &Contents,
    chance: &mut Chance,
) -> anyhow::Result<Judged> {
    disc::write(&run.root, contents)?;
    let said = cut >= run.said;
    if said {
        for side in ["a", "b"] {
            let copy = contents.get(&format!("{side}/{RECORDING}")).and_then(Option::as_ref);
            ensure!(copy == Some(&run.finished), "saved was said, and copy {side} is not there whole");
        }
    }
    let side = *chance.of(&["a", "b"]);
    let recover = |side: &str| done(counterpart(program, &run.root).args(["recover", side, "--json"]));
    let first = recover(side)?;
    let none = !contents.keys().any(|path| path.starts_with("a/") || path.starts_with("b/"));
    let handed = run.heard.map(|(began, ended)| cut.clamp(began, ended) - began);
    let handed_seconds = handed.map(|micros| micros as f64 / 1e6);
    let speaking = run.heard.is_some_and(|(began, ended)| (began..ended).contains(&cut));
    let judged = Judged { said, again: run.safe_samples.is_some(), ..Judged::default() };
    if none && first.code == Some(2) {
        ensure!(first.err.lines().next().is_some_and(|line| line.starts_with("counterpart: ")), "{}", first.err);
        not_too_much(handed_seconds)?;
        return Ok(Judged { nothing_yet: true, missing_seconds: handed_seconds.filter(|_| speaking), ..judged });
    }
    ensure!(
        first.code == Some(0) && first.err.is_empty(),
        "recover {side}: exit {:?}: {}",
        first.code,
        first.err.trim()
    );
    let recovered: Value = serde_json::from_slice(&first.out).context("recover --json")?;
    let judged = copies(program, run, cut, &recovered, judged)?;
    ensure!(journals(&run.root) == 0, "a journal is left");
    if chance.one_in(AGAIN) {
        stays_so(run, side, recover)?;
    }
    let kept = recovered["total_samples"].as_u64().context("no total")? as f64 / f64::from(run.rate_hz);
    let missing_seconds = handed_seconds.map(|handed| (handed - kept).max(0.0));
    not_too_much(missing_seconds)?;
    Ok(Judged { missing_seconds: missing_seconds.filter(|_| speaking), ..judged })
}

fn not_too_much(missing: Option<f64>) -> anyhow::Result<()> {
    let missing = missing.unwrap_or_default();
    ensure!(missing <= MISSING_MAX_SECONDS, "{missing:.2} s are missing");
    Ok(())
}

fn counterpart(program: &Path, root: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root).env("COUNTERPART_STATE", root.join("state")).env("HOME", root);
    command
}

/// Both copies: equal, verified, true to the sound, and saying how they ended.
fn copies(program: &Path, run: &Run, cut: u64, recovered: &Value, judged: Judged) -> anyhow::Result<Judged> {
    let [a, b] = ["a", "b"].map(|side| std::fs::read(run.root.join(side).join(RECORDING)));
    let (a, b) = (a.context("copy a")?, b.context("copy b")?);
    ensure!(a == b, "the copies differ");
    let mut verify = counterpart(program, &run.root);
    verify.args(["verify", "--deep", "--json", "a", "b"]);
    if let Some(policy) = &run.policy {
        verify.arg("--trust").arg(policy);
    }
    let verified = done(&mut verify)?;
    let verified: Value = serde_json::from_slice(&verified.out).context("verify --json")?;
    ensure!(verified["exit"] == 0, "the copies do not verify: {}", verified["files"][0]["findings"]);
    let file = &verified["files"][0];
    let samples = file["evidence"]["total_samples"].as_u64().context("no total")?;
    let time = &file["evidence"]["time"];
    ensure!(run.policy.is_none() || time["refused"] == json!([]), "evidence of its time does not hold: {time}");
    let sound = decoded(&run.root.join("a").join(RECORDING), samples)?;
    ensure!(sound.len() as u64 == samples * run.frame_bytes as u64, "not every sample that is sealed can be decoded");
    ensure!(run.sound.starts_with(&sound), "what is sealed is not the sound that went in");
    if let Some(safe) = run.safe_samples {
        ensure!(samples == safe, "{safe} samples were safe, {samples} are left");
    }
    ensure!(cut < run.signed || a == run.finished, "a second end was signed");
    let frames_missing = recovered["frames_missing"].as_u64().context("no frames_missing")?;
    let closing = file["evidence"]["closing"].as_str().unwrap_or_default();
    match file["outcome"].as_str() {
        Some("complete") => {
            ensure!(
                sound.len() == run.sound.len(),
                "called complete with {} of {} bytes",
                sound.len(),
                run.sound.len()
            );
            Ok(Judged { complete: true, ..judged })
        }
        Some("interrupted") => {
            ensure!(
                file["evidence"]["end"] == "crash",
                "it does not say that it broke off: {}",
                file["evidence"]["end"]
            );
            let told = closing.contains(&format!("frames-missing: {frames_missing}\n"));
            // A recovery that was cut short has said it already.
            ensure!(frames_missing == 0 || told, "{frames_missing} blocks are missing and not told: {closing:?}");
            Ok(Judged { interrupted: true, frames_missing, ..judged })
        }
        other => bail!("the outcome is {other:?}"),
    }
}

/// By the reference decoder; of no sound at all it says that its length is not known.
fn decoded(copy: &Path, samples: u64) -> anyhow::Result<Vec<u8>> {
    if samples == 0 {
        return Ok(Vec::new());
    }
    let mut flac = Command::new("flac");
    flac.args(["-s", "-d", "-c", "--force-raw-format", "--endian=little", "--sign=signed"]).arg(copy);
    let flac = done(&mut flac)?;
    ensure!(flac.code == Some(0) && flac.err.is_empty(), "flac: {}", flac.err.trim());
    Ok(flac.out)
}

fn journals(root: &Path) -> usize {
    std::fs::read_dir(root.join("state/journals")).map_or(0, Iterator::count)
}

/// Recovering again says that all is there, and changes nothing.
fn stays_so(run: &Run, side: &str, recover: impl Fn(&str) -> anyhow::Result<Done>) -> anyhow::Result<()> {
    let before = disc::read(&run.root)?;
    let again = recover(side)?;
    let said: Value = serde_json::from_slice(&again.out).context("recover --json again")?;
    ensure!(again.code == Some(0) && said["already_whole"] == true, "recovering again: {}", again.err.trim());
    ensure!(disc::read(&run.root)? == before, "recovering again changed something");
    Ok(())
}
