//! Hostile files through the real program: whatever they claim, no crash, and bounded time and memory.
//!
//! Not fuzzing (`fuzz.rs`): these files are what a person with a plan would make. Invariants: every command meets every file; one that
//! dies of a signal, panics, or passes a limit did not hold; a file that really holds hours of sound is measured too, and may take the
//! time its sound takes, but no more memory than any other.

mod files;

use std::fmt::Write;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};

use super::watch::peak_mib;
use super::{Found, Ground};
use crate::run::{program, succeeds};

const MEMORY_MIB_MAX: f64 = 256.0;
const TIME_MAX: Duration = Duration::from_secs(10);
/// When a command is given up.
const PATIENCE: Duration = Duration::from_secs(120);
const BETWEEN_LOOKS: Duration = Duration::from_millis(2);
const GOOD: &str = "good.flac";
/// Where commands run.
const PLACE: &str = "place";

/// A command by its name, and how it is given a file; `GOOD` stands for a good recording.
const COMMANDS: &[(&str, &[&str])] = &[
    ("verify", &["verify", "FILE"]),
    ("verify --deep --quality", &["verify", "--deep", "--quality", "FILE"]),
    ("compare", &["compare", GOOD, "FILE"]),
    ("inspect", &["inspect", "FILE"]),
    ("excerpt", &["excerpt", "FILE", "--from", "0", "--to", "1", "-o", "out.flac"]),
    ("receipt", &["receipt", "FILE", "-o", "papers"]),
    ("disc verify", &["disc", "verify", "FILE"]),
    (RECORD, RECORD_ARGUMENTS),
];
const RECORD: &str = "record";
const DEVICE_SHOW: &str = "device show";
const RECORD_ARGUMENTS: &[&str] = &["record", "--input", "FILE", "--copy", "a", "--copy", "b"];

/// What one command took with one file.
struct Taken {
    file: String,
    command: &'static str,
    seconds: f64,
    mib: f64,
    fault: Option<String>,
}

pub(super) fn step(ground: &Ground) -> anyhow::Result<Found> {
    let folder = ground.fresh("hostile")?;
    let good = good(ground, &folder)?;
    let mut named = files::all(&folder, &good)?;
    named.push(("/dev/zero".into(), files::Kind::Claims));
    ensure!(named.len() > 40, "only {} hostile files were made", named.len());
    let mut all = Vec::new();
    for (file, kind) in &named {
        for (command, arguments) in COMMANDS {
            let taken = run(ground, &folder, file, command, arguments)?;
            all.push(judged(taken, *kind));
        }
    }
    let key = folder.join("work.key");
    files::excessive_key(&key)?;
    let taken = run(ground, &folder, "work.key", DEVICE_SHOW, &["device", "show", "--file", "FILE"])?;
    all.push(judged(taken, files::Kind::Claims));
    std::fs::remove_dir_all(&folder)?;
    let held = all.iter().all(|taken| taken.fault.is_none());
    Ok(Found { text: table(&all, named.len() + 1), held })
}

/// A short recording of the program's own.
fn good(ground: &Ground, folder: &Path) -> anyhow::Result<PathBuf> {
    let wav = folder.join("good.wav");
    let made = ["-R", "-n", "-r", "16000", "-b", "16", "-c", "2"];
    let sound = ["synth", "6", "pinknoise", "tremolo", "3"];
    ensure!(succeeds(program("sox").args(made).arg(&wav).args(sound)), "sox could not make sound");
    let taken = run(ground, folder, "good.wav", RECORD, RECORD_ARGUMENTS)?;
    ensure!(taken.fault.is_none(), "a good file could not be recorded: {:?}", taken.fault);
    let good = folder.join(GOOD);
    std::fs::rename(folder.join(PLACE).join("a").join("recording.flac"), &good)?;
    Ok(good)
}

/// Runs a command in an empty place, where what it made stays until the next.
fn run(ground: &Ground, folder: &Path, file: &str, command: &'static str, arguments: &[&str]) -> anyhow::Result<Taken> {
    let place = folder.join(PLACE);
    if place.exists() {
        std::fs::remove_dir_all(&place)?;
    }
    for name in ["a", "b"] {
        std::fs::create_dir_all(place.join(name))?;
    }
    let path = |name: &str| folder.join(name).display().to_string();
    let arguments = arguments.iter().map(|word| match *word {
        "FILE" => path(file),
        GOOD => path(GOOD),
        word => word.to_owned(),
    });
    let said = place.join("said");
    let mut child = Command::new(&ground.counterpart)
        .args(arguments)
        .current_dir(&place)
        .env("HOME", &place)
        .env("COUNTERPART_STATE", place.join("state"))
        .env("COUNTERPART_PASSPHRASE", "x")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(File::create(&said)?)
        .spawn()
        .context("the program could not be started")?;
    let begun = Instant::now();
    let (status, mib) = watch(&mut child, begun)?;
    let seconds = begun.elapsed().as_secs_f64();
    let fault = fault(status, &String::from_utf8_lossy(&std::fs::read(&said)?), command);
    Ok(Taken { file: file.to_owned(), command, seconds, mib, fault })
}

/// Waits for its end; its status, unless it was given up, and the most memory it had.
fn watch(child: &mut Child, begun: Instant) -> anyhow::Result<(Option<ExitStatus>, f64)> {
    let mut mib = 0.0_f64;
    loop {
        mib = mib.max(peak_mib(child)?.unwrap_or(0.0));
        if let Some(status) = child.try_wait()? {
            return Ok((Some(status), mib));
        }
        if begun.elapsed() > PATIENCE {
            child.kill()?;
            child.wait()?;
            return Ok((None, mib));
        }
        std::thread::sleep(BETWEEN_LOOKS);
    }
}

/// What must never come of a command, whatever it was given.
fn fault(status: Option<ExitStatus>, said: &str, command: &str) -> Option<String> {
    match status {
        None => Some(format!("given up after {} s", PATIENCE.as_secs())),
        Some(status) if status.code().is_none() => Some(format!("{status}")),
        Some(_) if said.contains("panicked") => Some("it panicked".to_owned()),
        Some(status) if status.code() != Some(0) && !said.contains("hint: ") && command == RECORD => {
            Some(format!("refused without a hint: {said:?}"))
        }
        Some(_) => None,
    }
}

fn judged(mut taken: Taken, kind: files::Kind) -> Taken {
    if taken.mib > MEMORY_MIB_MAX {
        taken.fault.get_or_insert(format!("{:.0} MiB", taken.mib));
    }
    if kind == files::Kind::Claims && taken.seconds > TIME_MAX.as_secs_f64() {
        taken.fault.get_or_insert(format!("{:.1} s", taken.seconds));
    }
    taken
}

fn table(all: &[Taken], files: usize) -> String {
    let mut text = format!(
        "{files} hostile files, {} runs\n\n| command | most s | with | most MiB | with |\n|---|---:|---|---:|---|\n",
        all.len()
    );
    let mut commands: Vec<&str> = COMMANDS.iter().map(|(name, _)| *name).collect();
    commands.push(DEVICE_SHOW);
    for command in commands {
        let of = || all.iter().filter(|taken| taken.command == command);
        let slow = of().max_by(|a, b| a.seconds.total_cmp(&b.seconds));
        let large = of().max_by(|a, b| a.mib.total_cmp(&b.mib));
        if let Some((slow, large)) = slow.zip(large) {
            let _ = writeln!(
                text,
                "| `{command}` | {:.1} | {} | {:.0} | {} |",
                slow.seconds, slow.file, large.mib, large.file
            );
        }
    }
    for taken in all.iter().filter(|taken| taken.fault.is_some()) {
        let fault = taken.fault.as_deref().unwrap_or_default();
        let _ = writeln!(text, "BROKEN: {} {}: {fault}", taken.command, taken.file);
    }
    text
}
