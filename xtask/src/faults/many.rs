//! Two hundred recordings verified by one command: by one thread and by two, and in what memory.
//!
//! Not whether verdicts are right (`cargo xtask test`). Invariants: every file is a copy of a recording of its own or of another file
//! here; rounds alternate, so that both meet the same machine; memory is held to a limit, time is only reported.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, ensure};

use super::watch::wait;
use super::{Found, Ground};
use crate::run::{capture, program};

const RECORDINGS: usize = 100;
const COPIES: usize = 2;
const SECONDS: u32 = 60;
const ROUNDS: usize = 3;
const JOBS: [u16; 2] = [1, 2];
/// The most memory a verification may take for itself and for each thread, MiB.
const MEMORY_MIB_MAX: f64 = 16.0;
const MEMORY_PER_JOB_MIB_MAX: f64 = 8.0;
/// What ten times as many files may add, MiB.
const GROWTH_MIB_MAX: f64 = 2.0;

/// One way to verify, and what it took.
struct Taken {
    jobs: u16,
    deep: bool,
    rounds_s: Vec<f64>,
    peak_mib: f64,
}

pub(super) fn step(ground: &Ground) -> anyhow::Result<Found> {
    let folder = ground.fresh("many")?;
    make(ground, &folder)?;
    let (few_mib, _) = verify(ground, &folder.join("00"), 1, false)?;
    let mut all: Vec<Taken> = Vec::new();
    for deep in [false, true] {
        all.extend(JOBS.map(|jobs| Taken { jobs, deep, rounds_s: Vec::new(), peak_mib: 0.0 }));
    }
    for _ in 0..ROUNDS {
        for taken in &mut all {
            let (mib, seconds) = verify(ground, &folder, taken.jobs, taken.deep)?;
            taken.rounds_s.push(seconds);
            taken.peak_mib = taken.peak_mib.max(mib);
        }
    }
    std::fs::remove_dir_all(&folder)?;
    let growth_mib = all[0].peak_mib - few_mib;
    let held = all.iter().all(|taken| taken.peak_mib <= limit_mib(taken.jobs)) && growth_mib <= GROWTH_MIB_MAX;
    Ok(Found { text: table(&mut all, growth_mib), held })
}

fn limit_mib(jobs: u16) -> f64 {
    MEMORY_MIB_MAX + f64::from(jobs) * MEMORY_PER_JOB_MIB_MAX
}

fn table(all: &mut [Taken], growth_mib: f64) -> String {
    let files = RECORDINGS * COPIES;
    let mut text = String::from(
        "| verify | jobs | wall, median | files a second | memory | limit |\n|---|---:|---:|---:|---:|---:|\n",
    );
    for taken in all {
        taken.rounds_s.sort_by(f64::total_cmp);
        let (name, wall_s) = (if taken.deep { "--deep" } else { "" }, taken.rounds_s[taken.rounds_s.len() / 2]);
        let (speed, limit) = (files as f64 / wall_s, limit_mib(taken.jobs));
        let _ = writeln!(
            text,
            "| {name} | {} | {wall_s:.2} s | {speed:.0} | {:.1} MiB | {limit:.0} MiB |",
            taken.jobs, taken.peak_mib
        );
    }
    let shape = format!("{files} files, {RECORDINGS} recordings of {SECONDS} s, 48 kHz, one track");
    text + &format!("\n{shape}. Ten times as many files took {growth_mib:.1} MiB more; {GROWTH_MIB_MAX} may be.")
}

/// A folder for each ten recordings, below it one for each copy.
fn make(ground: &Ground, folder: &Path) -> anyhow::Result<()> {
    println!("making {RECORDINGS} recordings");
    let sound = folder.join("sound.wav");
    let shape = ["-R", "-n", "-r", "48000", "-b", "16", "-c", "1"];
    let noise = ["synth", &SECONDS.to_string(), "brownnoise", "vol", "0.1"];
    capture(program("sox").args(shape).arg(&sound).args(noise)).context("sox makes the sound")?;
    for number in 0..RECORDINGS {
        let group = folder.join(format!("{:02}", number / (RECORDINGS / 10)));
        let copies: Vec<PathBuf> = (0..COPIES).map(|copy| group.join(format!("{number:03}-{copy}"))).collect();
        let mut command = Command::new(&ground.counterpart);
        command.args(["record", "--state"]).arg(folder.join("state")).arg("--input").arg(&sound);
        for copy in &copies {
            std::fs::create_dir_all(copy)?;
            command.arg("--copy").arg(copy);
        }
        capture(&mut command)?;
    }
    std::fs::remove_file(&sound)?;
    Ok(())
}

/// Peak memory in MiB and wall time in seconds.
fn verify(ground: &Ground, folder: &Path, jobs: u16, deep: bool) -> anyhow::Result<(f64, f64)> {
    let mut command = Command::new(&ground.counterpart);
    command.args(["verify", "--recursive", "--jobs", &jobs.to_string()]).arg(folder);
    if deep {
        command.arg("--deep");
    }
    let began = Instant::now();
    let mut child = command.stdout(Stdio::null()).spawn()?;
    let (status, peak) = wait(&mut child)?;
    ensure!(status.success(), "not every recording verifies ({status})");
    Ok((peak, began.elapsed().as_secs_f64()))
}
