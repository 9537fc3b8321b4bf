//! The runs whose power is cut: recordings of a real voice as it is spoken, one of them anchored in a log, and a recovery of one
//! that a cut broke off. Each is made by the real program under strace, which also makes every flush take as long as a medium
//! does.
//!
//! Not the cuts. Invariants: what the model makes of a trace without a cut is, byte for byte, what the program left; a
//! run is made where its cuts are put together, because a journal names its media by their paths.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail, ensure};
use serde_json::{Value, json};

use super::chance::Chance;
use super::disc::{self, Contents, Disc};
use super::lone_log::LoneLog;
use super::moment::Moments;
use super::trace::{self, Op, What};
use crate::faults::Ground;
use crate::run::{capture, which};

const VOICES: &str = "/usr/share/asterisk/sounds/en_US_f_Allison";
/// Memory in place of a disc: how long a flush takes is up to strace.
const MEMORY: &str = "/dev/shm";
pub(super) const ROOTS: usize = 2;
/// Tried until a broken recording makes its recovery do everything it can.
const BROKEN_TRIES: u64 = 50;

/// A recording to be made.
struct Plan {
    name: &'static str,
    roots: usize,
    rate_hz: u32,
    bits: u16,
    millis: u32,
    /// How long a flush takes, microseconds.
    delay: u64,
    /// Whether it is anchored in a log.
    anchored: bool,
}

const TRACKS: u16 = 2;
#[rustfmt::skip]
const PLANS: [Plan; 4] = [
    Plan { name: "short", roots: 0, rate_hz: 8_000, bits: 16, millis: 950, delay: 3_000, anchored: false },
    Plan { name: "quick", roots: 0, rate_hz: 48_000, bits: 24, millis: 6_300, delay: 8_000, anchored: false },
    Plan { name: "anchored", roots: 1, rate_hz: 8_000, bits: 16, millis: 13_400, delay: 30_000, anchored: true },
    Plan { name: "slow", roots: 1, rate_hz: 8_000, bits: 16, millis: 8_250, delay: 500_000, anchored: false },
];
/// The recovery of the slow one.
const RECOVERY: &str = "recovery";
const RECOVERY_DELAY: u64 = 20_000;

/// A run of the program, and what must come of it.
pub(super) struct Run {
    pub(super) name: String,
    /// Where it was made, and where its cuts are put together.
    pub(super) root: PathBuf,
    pub(super) roots: usize,
    pub(super) disc: Disc,
    pub(super) moments: Moments,
    /// The samples that went in, as bytes, and bytes for one of every track.
    pub(super) sound: Vec<u8>,
    pub(super) frame_bytes: usize,
    pub(super) rate_hz: u32,
    /// When sound began and ended; none for a recovery.
    pub(super) heard: Option<(u64, u64)>,
    /// From when on only one end is possible: something shows it.
    pub(super) signed: u64,
    /// When "saved" was said.
    pub(super) said: u64,
    /// The finished copy.
    pub(super) finished: Vec<u8>,
    /// Whom its reader trusts, where it is anchored: every anchor holds.
    pub(super) policy: Option<PathBuf>,
    /// Samples of each track that were safe before a recovery began.
    pub(super) safe_samples: Option<u64>,
    began: u64,
    calls: usize,
}

impl Run {
    pub(super) fn seconds(&self, moment: u64) -> f64 {
        moment.saturating_sub(self.began) as f64 / 1e6
    }
}

/// All runs, and the folder in which they are kept.
pub(super) struct Traces {
    pub(super) folder: PathBuf,
    pub(super) runs: Vec<Run>,
}

impl Traces {
    pub(super) fn record(ground: &Ground) -> anyhow::Result<Traces> {
        for (tool, package) in [("strace", "strace"), ("sox", "sox"), ("flac", "flac")] {
            ensure!(which(tool).is_some(), "this step needs {tool}: apt-get install {package}");
        }
        let folder = ground.fresh("power")?;
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..ROOTS)
                .map(|roots| {
                    let folder = &folder;
                    let mut plans = PLANS.iter().filter(move |plan| plan.roots == roots);
                    scope.spawn(move || plans.try_for_each(|plan| recording(ground, folder, plan)))
                })
                .collect();
            threads.into_iter().try_for_each(|thread| thread.join().map_err(|_| anyhow::anyhow!("a thread failed"))?)
        })?;
        recovery(ground, &folder)?;
        Traces::read(&folder)
    }

    /// Those that are kept in a folder.
    pub(super) fn read(folder: &Path) -> anyhow::Result<Traces> {
        let mut runs = PLANS.iter().map(|plan| read_recording(folder, plan)).collect::<anyhow::Result<Vec<_>>>()?;
        let slow = runs.last().context("there is no recording to recover")?;
        runs.push(read_recovery(folder, slow)?);
        Ok(Traces { folder: folder.to_owned(), runs })
    }

    pub(super) fn described(&self) -> String {
        let each = self.runs.iter().map(|run| format!("{} ({} calls)", run.name, run.calls));
        format!("runs: {}", each.collect::<Vec<_>>().join(", "))
    }

    pub(super) fn clear(&self) -> anyhow::Result<()> {
        std::fs::remove_dir_all(&self.folder)?;
        for root in (0..ROOTS).map(root).filter(|root| root.exists()) {
            std::fs::remove_dir_all(root)?;
        }
        Ok(())
    }
}

fn root(number: usize) -> PathBuf {
    let memory = Path::new(MEMORY);
    let base = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
    base.join(format!("counterpart-power-{number}"))
}

fn folders() -> Contents {
    ["a", "b"].map(|name| (name.to_owned(), None)).into()
}

/// Makes a recording and its trace.
fn recording(ground: &Ground, folder: &Path, plan: &Plan) -> anyhow::Result<()> {
    let input = folder.join(format!("{}.wav", plan.name));
    voice(&input, plan)?;
    let root = root(plan.roots);
    disc::write(&root, &folders())?;
    let mut command = traced(ground, folder, plan.name, plan.delay);
    command.current_dir(&root).args(["record", "--realtime", "--copy", "a", "--copy", "b", "--state"]);
    command.arg(root.join("state")).arg("--input").arg(&input);
    let log = plan.anchored.then(LoneLog::start).transpose()?;
    if let Some(log) = &log {
        std::fs::write(policy(folder, plan.name), &log.policy)?;
        command.args(["--log", &log.url]).env("COUNTERPART_LOG_TOKEN", LoneLog::TOKEN);
    }
    let said = capture(&mut command)?;
    drop(log);
    let anchored = said.contains("  anchored      2 anchors") && said.contains("; its end is anchored");
    ensure!(anchored == plan.anchored, "the recording without a cut was not anchored as planned: {said}");
    ensure!(said.matches("  saved ").count() == 2, "the recording without a cut was not saved: {said}");
    ensure!(disc::read(&root)? == read_recording(folder, plan)?.disc.uncut(), "the model is not what is on the disc");
    Ok(())
}

/// Whom a reader of an anchored recording trusts.
fn policy(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.policy"))
}

/// Breaks the slow recording off and recovers it.
fn recovery(ground: &Ground, folder: &Path) -> anyhow::Result<()> {
    let slow = PLANS.last().context("there is no recording to recover")?;
    let slow = read_recording(folder, slow)?;
    for seed in 0..BROKEN_TRIES {
        std::fs::write(folder.join("broken"), seed.to_string())?;
        disc::write(&slow.root, &broken(&slow, seed)?)?;
        let mut command = traced(ground, folder, RECOVERY, RECOVERY_DELAY);
        command.current_dir(&slow.root).args(["recover", "a", "--json", "--state"]).arg(slow.root.join("state"));
        let said: Value = serde_json::from_str(&capture(&mut command)?)?;
        std::fs::write(folder.join("safe"), json!(said["total_samples"]).to_string())?;
        let run = read_recovery(folder, &slow)?;
        ensure!(disc::read(&run.root)? == run.disc.uncut(), "the model is not what is on the disc");
        let ops = read_ops(folder, RECOVERY, &run.root, RECOVERY_DELAY)?;
        let makes = |wanted: &dyn Fn(&What) -> bool| ops.iter().any(|op| wanted(&op.what));
        let anew = makes(&|what| matches!(what, What::Open { path, .. } if path.ends_with(".part2")));
        let in_place =
            makes(&|what| matches!(what, What::Write { at: Some(0), path, .. } if !path.starts_with("state")));
        let journal_cut = ops.iter().find_map(|op| match &op.what {
            What::Cut { len, .. } => Some(*len > 0),
            _ => None,
        });
        if anew && in_place && journal_cut == Some(true) {
            return Ok(());
        }
    }
    bail!(
        "no broken recording of {BROKEN_TRIES} made its recovery cut the journal, finish one copy in place and write the other anew"
    )
}

/// What a cut in its middle left of a recording.
fn broken(run: &Run, seed: u64) -> anyhow::Result<Contents> {
    let (began, ended) = run.heard.context("it is no recording")?;
    Ok(run.disc.cut_at(began + (ended - began) * 6 / 10, &mut Chance::new(seed)).0)
}

/// Two voices, each in a track of its own.
fn voice(to: &Path, plan: &Plan) -> anyhow::Result<()> {
    let seconds = format!("{:.3}", f64::from(plan.millis) / 1e3);
    let speaker = |name: &str, from: &str| {
        let file = format!("{VOICES}/{name}.wav");
        ensure!(Path::new(&file).is_file(), "this step needs voices: apt-get install asterisk-core-sounds-en-wav");
        Ok(format!("|sox -R {file} -p trim {from} {seconds}"))
    };
    let mut sox = Command::new("sox");
    sox.args(["-R", "-M", &speaker("demo-instruct", "0.5")?, &speaker("demo-congrats", "1")?]);
    sox.args(["-b", &plan.bits.to_string(), "-r", &plan.rate_hz.to_string()]).arg(to);
    capture(&mut sox).map(drop)
}

fn log(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.strace"))
}

/// The program under strace; its arguments are still to be given.
fn traced(ground: &Ground, folder: &Path, name: &str, delay: u64) -> Command {
    let mut command = Command::new("strace");
    command.args(["-f", "-y", "-xx", "-s", "100000000", "--seccomp-bpf", "-ttt", "-T", "-e"]);
    command.arg(format!("trace={}", trace::CALLS)).arg("-e");
    command.arg(format!("inject=fsync,fdatasync:delay_exit={delay}")).arg("-o").arg(log(folder, name));
    command.arg("--").arg(&ground.counterpart);
    command.env("HOME", folder).env_remove("COUNTERPART_STATE").stdin(Stdio::null());
    command
}

fn read_ops(folder: &Path, name: &str, root: &Path, delay: u64) -> anyhow::Result<Vec<Op>> {
    let path = log(folder, name);
    let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    trace::parse(&text, root, delay)
}

fn on_a_medium(path: &str) -> bool {
    path.starts_with("a/") || path.starts_with("b/")
}

fn read_recording(folder: &Path, plan: &Plan) -> anyhow::Result<Run> {
    let root = root(plan.roots);
    let ops = read_ops(folder, plan.name, &root, plan.delay)?;
    let wav = std::fs::read(folder.join(format!("{}.wav", plan.name)))?;
    let head = wav.windows(4).position(|four| four == b"data").context("no sound in the WAV file")? + 8;
    // Sound is taken from the moment that both copies' files are there.
    let named = |folder: &str| ops.iter().find(|op| matches!(&op.what, What::Flush { path } if path == folder));
    let [a, b] = ["a", "b"].map(|folder| named(folder).map(|op| op.end));
    let began = a.max(b).context("no medium's names were flushed")?;
    let heads = |op: &&Op| matches!(&op.what, What::Write { at: Some(_), path, .. } if on_a_medium(path));
    let signed = ops.iter().find(heads).context("no head was written")?.begin;
    let heard = (began, began + u64::from(plan.millis) * 1_000);
    let sound = wav[head..].to_vec();
    let frame_bytes = usize::from(plan.bits / 8 * TRACKS);
    let policy = plan.anchored.then(|| policy(folder, plan.name));
    let (rate_hz, heard) = (plan.rate_hz, Some(heard));
    let shape = Shape { roots: plan.roots, rate_hz, frame_bytes, heard, safe_samples: None, policy };
    run(plan.name, root, &folders(), &ops, (signed, sound, shape))
}

fn read_recovery(folder: &Path, slow: &Run) -> anyhow::Result<Run> {
    let number = |name: &str| anyhow::Ok(std::fs::read_to_string(folder.join(name))?.parse::<u64>()?);
    let before = broken(slow, number("broken")?)?;
    let ops = read_ops(folder, RECOVERY, &slow.root, RECOVERY_DELAY)?;
    let touches = |op: &&Op| match &op.what {
        What::Write { path, .. } | What::Open { path, .. } => on_a_medium(path),
        _ => false,
    };
    let signed = ops.iter().find(touches).context("no medium was written to")?.begin;
    let shape = Shape {
        roots: slow.roots,
        rate_hz: slow.rate_hz,
        frame_bytes: slow.frame_bytes,
        heard: None,
        safe_samples: Some(number("safe")?),
        policy: None,
    };
    run(RECOVERY, slow.root.clone(), &before, &ops, (signed, slow.sound.clone(), shape))
}

/// What a run is like.
struct Shape {
    roots: usize,
    rate_hz: u32,
    frame_bytes: usize,
    heard: Option<(u64, u64)>,
    safe_samples: Option<u64>,
    policy: Option<PathBuf>,
}

fn run(
    name: &str,
    root: PathBuf,
    before: &Contents,
    ops: &[Op],
    (signed, sound, shape): (u64, Vec<u8>, Shape),
) -> anyhow::Result<Run> {
    let says = |op: &&Op| matches!(&op.what, What::Say { .. });
    let said = ops.iter().find(says).context("nothing was said")?.begin;
    let began = ops.first().context("no calls")?.begin;
    let disc = Disc::new(before, ops)?;
    let finished = disc.uncut().remove("a/recording.flac").flatten().context("there is no finished copy")?;
    let Shape { roots, rate_hz, frame_bytes, heard, safe_samples, policy } = shape;
    let moments = Moments::new(ops, heard.unwrap_or((began, signed)));
    let calls = ops.len();
    let name = name.to_owned();
    Ok(Run {
        name,
        root,
        roots,
        disc,
        moments,
        sound,
        frame_bytes,
        rate_hz,
        heard,
        signed,
        said,
        finished,
        policy,
        safe_samples,
        began,
        calls,
    })
}
