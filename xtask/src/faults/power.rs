//! Power cuts, simulated: the real program's storage calls are written down with strace, its disc is put together as a
//! cut at some moment may leave it, and the real program recovers from that. Each cut is drawn from a seed.
//!
//! Not kills of the process, whose writes all survive (`cargo test -p counterpart --test kills`). What a disc may do
//! stands in `power/disc.rs`. `COUNTERPART_TEST_SEED` is the first seed, `COUNTERPART_FAULTS_SEEDS` how many,
//! `COUNTERPART_FAULTS_TRACES` a folder of traces that an earlier run kept, so that a seed means the same cut again.
//! Invariant: every kind of loss is made at least once, or the step could not be carried out.

mod chance;
mod disc;
mod judge;
mod lone_log;
mod lossy;
mod moment;
mod record;
mod trace;

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use anyhow::{Context, bail, ensure};

use super::{Found, Ground};
use chance::Chance;
use judge::Judged;
use lossy::Fired;
use record::{Run, Traces};

const SEED: u64 = 20_261_122;
const SEEDS: u64 = 10_000;
/// Fewer do not make every kind of loss.
const SEEDS_JUDGED: u64 = 2_000;
/// The most of each track that may be missing.
const MISSING_MAX_SECONDS: f64 = 2.0;
/// So often it is said how far it is.
const CUTS_TOLD: usize = 1_000;
/// Failures that are printed.
const FAILURES_SHOWN: usize = 20;

/// What came of all cuts.
#[derive(Default)]
struct Tally {
    judged: Vec<Judged>,
    /// How many cuts made each kind of loss.
    fired: Vec<(&'static str, usize)>,
    failures: Vec<(u64, String)>,
}

impl Tally {
    fn add(&mut self, seed: u64, fired: &Fired, judged: Result<Judged, String>) {
        self.fired.resize(fired.all().len(), ("", 0));
        for (sum, (name, fired)) in self.fired.iter_mut().zip(fired.all()) {
            *sum = (name, sum.1 + usize::from(fired));
        }
        match judged {
            Ok(judged) => self.judged.push(judged),
            Err(why) => self.failures.push((seed, why)),
        }
    }
}

pub(super) fn step(ground: &Ground) -> anyhow::Result<Found> {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().context("not a number"));
    let first = number("COUNTERPART_TEST_SEED").transpose()?.unwrap_or(SEED);
    let count = number("COUNTERPART_FAULTS_SEEDS").transpose()?.unwrap_or(SEEDS);
    let kept = std::env::var_os("COUNTERPART_FAULTS_TRACES").map(PathBuf::from);
    let began = Instant::now();
    let traces = match &kept {
        Some(folder) => Traces::read(folder)?,
        None => Traces::record(ground)?,
    };
    println!("{}\nseeds {first} to {}", traces.described(), first + count - 1);
    let tally = cut_all(ground, &traces, first..first + count)?;
    let text = report(&tally, count, began.elapsed().as_secs_f64());
    let held = tally.failures.is_empty();
    if count >= SEEDS_JUDGED {
        let never = tally.fired.iter().find(|(_, cuts)| *cuts == 0);
        ensure!(never.is_none(), "no cut made this loss: {never:?}");
    }
    if held && kept.is_none() {
        traces.clear()?;
    } else {
        println!("the traces are kept: COUNTERPART_FAULTS_TRACES={}", traces.folder.display());
    }
    Ok(Found { text, held })
}

/// Every root has a thread: two cuts cannot be in one folder at a time, and the journal names its media by their paths.
fn cut_all(ground: &Ground, traces: &Traces, seeds: std::ops::Range<u64>) -> anyhow::Result<Tally> {
    let tally = Mutex::new(Tally::default());
    let done = AtomicUsize::new(0);
    let thread = |roots: usize| {
        for seed in seeds.clone() {
            let run = &traces.runs[(seed % traces.runs.len() as u64) as usize];
            if run.roots != roots {
                continue;
            }
            let (fired, judged) = cut(ground, run, seed);
            if let Err(why) = &judged {
                println!("seed {seed}, {}: {why}", run.name);
            }
            if let Ok(mut tally) = tally.lock() {
                tally.add(seed, &fired, judged);
            }
            let done = done.fetch_add(1, Ordering::Relaxed) + 1;
            if done.is_multiple_of(CUTS_TOLD) {
                println!("  {done} cuts");
            }
        }
    };
    std::thread::scope(|scope| {
        for roots in 0..record::ROOTS {
            let thread = &thread;
            scope.spawn(move || thread(roots));
        }
    });
    match tally.into_inner() {
        Ok(tally) if tally.judged.len() + tally.failures.len() == (seeds.end - seeds.start) as usize => Ok(tally),
        _ => bail!("a thread failed"),
    }
}

fn cut(ground: &Ground, run: &Run, seed: u64) -> (Fired, Result<Judged, String>) {
    let mut chance = Chance::new(seed);
    let cut = run.moments.draw(&mut chance);
    let (contents, fired) = run.disc.cut_at(cut, &mut chance);
    let judged = judge::judge(&ground.counterpart, run, cut, &contents, &mut chance);
    (fired, judged.map_err(|error| format!("{:.3} s in: {error:#}", run.seconds(cut))))
}

fn report(tally: &Tally, count: u64, seconds: f64) -> String {
    let mut text = String::new();
    let of = |is: fn(&Judged) -> bool| tally.judged.iter().filter(|judged| is(judged)).count();
    let _ = writeln!(
        text,
        "{count} cuts in {seconds:.0} s: {} before any file, {} interrupted ({} of them say how much was known and lost), {} complete, of which {} after \
         \"saved\"; {} recoveries cut short",
        of(|judged| judged.nothing_yet),
        of(|judged| judged.interrupted),
        of(|judged| judged.frames_missing > 0),
        of(|judged| judged.complete),
        of(|judged| judged.said),
        of(|judged| judged.again),
    );
    for (name, cuts) in &tally.fired {
        let _ = writeln!(text, "  {cuts:>6}  {name}");
    }
    let mut missing: Vec<f64> = tally.judged.iter().filter_map(|judged| judged.missing_seconds).collect();
    missing.sort_by(f64::total_cmp);
    let at = |share: usize| missing.get(missing.len().saturating_sub(1) * share / 100).copied().unwrap_or_default();
    let _ = writeln!(
        text,
        "missing after {} cuts in the sound: median {:.2} s, 99 % {:.2} s, most {:.2} s; limit {MISSING_MAX_SECONDS:.0} s",
        missing.len(),
        at(50),
        at(99),
        at(100)
    );
    let _ = write!(text, "{} cuts failed", tally.failures.len());
    for (seed, why) in tally.failures.iter().take(FAILURES_SHOWN) {
        let _ = write!(text, "\n  seed {seed}: {why}");
    }
    text
}
