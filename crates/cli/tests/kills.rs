//! SIGKILL at random moments of recordings in real time, and what `recover` makes of them.
//!
//! Not kills at single system calls (`injection.rs`). What is missing is measured so: sound has been handed to the
//! recorder since the first copy's file was made, at the pace of the clock, up to the return of the kill; that stretch
//! less what the recovered copies hold is missing. The beginning is the file's own time of birth, so that the machine's
//! slowness in telling this test of it is not counted as sound. Every moment is drawn from a printed seed.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime};

use support::sound::{self, Shape};
use support::strace::{self, How, Log, Point};
use support::{Bench, Chance, PART, RECORDING, all, need, run, shown, wait_until};

/// Another one by COUNTERPART_TEST_SEED.
const SEED: u64 = 20_261_121;
const KILLS: u64 = 200;
/// They mostly wait for the sound.
const WORKERS: usize = 12;
const MISSING_MAX: Duration = Duration::from_secs(1);
const SHAPE: Shape = Shape { rate_hz: 8_000, bits: 16, tracks: 2, millis: 4_000 };
/// A recording so short that its end comes soon.
const SHORT_MILLIS: u32 = 450;

/// When the kill comes.
#[derive(Clone, Copy, Debug)]
enum Moment {
    /// Microseconds after the program was started.
    Start(u64),
    /// Microseconds after the files for both copies were there.
    Sound(u64),
    /// The same in a short recording, about when it ends.
    End(u64),
}

fn moments(seed: u64) -> Vec<Moment> {
    let mut chance = Chance(seed);
    let one = |number: u64, chance: &mut Chance| match number % 4 {
        0 => Moment::Start(chance.below(24_000)),
        1 => Moment::End(u64::from(SHORT_MILLIS) * 1_000 - 30_000 + chance.below(130_000)),
        _ => Moment::Sound(chance.below(u64::from(SHAPE.millis) * 1_000)),
    };
    (0..KILLS).map(|number| one(number, &mut chance)).collect()
}

/// A recording that was killed.
struct Killed {
    bench: Bench,
    /// Sound that had been handed over, if any had.
    handed: Duration,
}

/// Starts a recording and kills it at that moment.
fn kill_at(inputs: &Inputs, moment: Moment) -> Killed {
    let bench = Bench::default();
    let input = if matches!(moment, Moment::End(_)) { &inputs.short } else { &inputs.long };
    let mut command = bench.record(shown(&input.path), &["--realtime"]);
    let begun = Instant::now();
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    match moment {
        Moment::Start(micros) => wait_for(begun, micros),
        Moment::Sound(micros) | Moment::End(micros) => {
            wait_until("the files of the copies", || made(&bench, "b"));
            wait_for(Instant::now(), micros);
        }
    }
    let born = made(&bench, "a");
    let now = kill(&mut child);
    let handed = born.map_or(Duration::ZERO, |born| now.duration_since(born).unwrap_or_default());
    Killed { bench, handed: handed.min(Duration::from_secs_f64(input.seconds())) }
}

/// When a copy's file was made, under either of its names.
fn made(bench: &Bench, side: &str) -> Option<SystemTime> {
    let born = |name| bench.path(side).join(name).metadata().and_then(|meta| meta.created()).ok();
    [PART, RECORDING].into_iter().find_map(born)
}

fn wait_for(since: Instant, micros: u64) {
    while let Some(left) = Duration::from_micros(micros).checked_sub(since.elapsed()) {
        std::thread::park_timeout(left);
    }
}

/// Kills and says when; waiting for the death may take longer where strace holds it up.
fn kill(child: &mut Child) -> SystemTime {
    // One that ended by itself has nothing to be killed.
    let _ = child.kill();
    let now = SystemTime::now();
    child.wait().unwrap();
    now
}

struct Input {
    path: std::path::PathBuf,
    samples: Vec<i32>,
}

impl Input {
    fn new(dir: &Path, name: &str, millis: u32) -> Input {
        let path = sound::write(dir, name, Shape { millis, ..SHAPE });
        Input { samples: sound::read_wav(&path), path }
    }

    fn seconds(&self) -> f64 {
        self.samples.len() as f64 / f64::from(SHAPE.tracks) / f64::from(SHAPE.rate_hz)
    }
}

struct Inputs {
    long: Input,
    short: Input,
}

/// What came of all the kills.
#[derive(Default, Debug)]
struct Tally {
    nothing_yet: usize,
    interrupted: usize,
    complete: usize,
    whole_before: usize,
    missing: Vec<Duration>,
}

#[test]
fn a_kill_at_any_moment_loses_a_second_at_most() {
    need(&[("sox", "sox"), ("flac", "flac")]);
    let seed = std::env::var("COUNTERPART_TEST_SEED").map_or(SEED, |text| text.parse().unwrap());
    println!("seed {seed}");
    let dir = tempfile::tempdir().unwrap();
    let inputs = Inputs {
        long: Input::new(dir.path(), "long.wav", SHAPE.millis),
        short: Input::new(dir.path(), "short.wav", SHORT_MILLIS),
    };
    let tally = Mutex::new(Tally::default());
    let moments = moments(seed);
    all(WORKERS, &moments, |moment| {
        let killed = kill_at(&inputs, *moment);
        let input = if matches!(moment, Moment::End(_)) { &inputs.short } else { &inputs.long };
        recovers(&killed, input, &tally).map_err(|why| format!("seed {seed}: {why}"))
    });
    let mut tally = tally.into_inner().unwrap();
    tally.missing.sort();
    let at = |share: usize| tally.missing[(tally.missing.len() - 1) * share / 100];
    println!(
        "figures: {KILLS} kills: {} before any file, {} interrupted, {} complete, {} of them finished before the kill; \
         missing: median {:?}, 99 % {:?}, most {:?}",
        tally.nothing_yet,
        tally.interrupted,
        tally.complete,
        tally.whole_before,
        at(50),
        at(99),
        at(100)
    );
    // Proof that the moments were spread over what they are meant to hit.
    assert!(tally.interrupted >= 100 && tally.complete >= 1 && tally.nothing_yet >= 1, "{tally:?}");
}

/// Flushes that last longer than the recording: of both copies and the journal, or of the journal alone.
#[test]
fn a_kill_while_a_flush_takes_long_loses_no_more() {
    need(&[("strace", "strace"), ("sox", "sox"), ("flac", "flac")]);
    let dir = tempfile::tempdir().unwrap();
    let input = Input::new(dir.path(), "long.wav", SHAPE.millis);
    for (at, flushes) in [("", 3), ("state/journals/*/journal", 1)] {
        let bench = Bench::default();
        let mut command = bench.record(shown(&input.path), &["--realtime"]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let born = wait_until("the files of the copies", || made(&bench, "b").and(made(&bench, "a")));
        let point = Point { call: "fdatasync".into(), at: at.into(), nth: 1, asked: None };
        let mut strace = strace::attach(&bench, Some((&point, &How::Slow(5))), child.id());
        // The flush comes after the first second; kill when the last is about to be over.
        wait_for(Instant::now(), 3_300_000);
        let handed = kill(&mut child).duration_since(born).unwrap();
        strace.wait().unwrap();
        let fired = Log::read(&bench).fired(&How::Slow(5));
        assert_eq!(fired, flushes, "flushes that were held up at {at:?}");
        recovers(&Killed { bench, handed }, &input, &Mutex::default()).unwrap_or_else(|why| panic!("{at:?}: {why}"));
        println!("figures: {fired} flushes held up for 5 s, killed before their end");
    }
}

fn recovers(killed: &Killed, input: &Input, tally: &Mutex<Tally>) -> Result<(), String> {
    let bench = &killed.bench;
    let first = bench.recover("a");
    if first.code == Some(2) && ["a", "b"].iter().all(|side| made(bench, side).is_none()) {
        tally.lock().unwrap().nothing_yet += 1;
        return first.one_clear_line();
    }
    if first.code != Some(0) || !first.err.is_empty() {
        return Err(format!("recover: {first:?}"));
    }
    let checked = bench.check_both(&["interrupted", "complete"])?;
    // Of a recording that had not yet a block of sound flac says that it has no length.
    let samples = if checked.samples == 0 { Vec::new() } else { sound::by_flac(&bench.copy("b"), SHAPE.bits)? };
    if !input.samples.starts_with(&samples) {
        return Err(format!("{} samples that are not those of the input", samples.len()));
    }
    if samples.len() as u64 != checked.samples * u64::from(SHAPE.tracks) {
        return Err(format!("{} samples decoded, {} sealed", samples.len(), checked.samples));
    }
    let complete = checked.outcome == "complete";
    if complete && samples.len() < input.samples.len() {
        return Err(format!("called complete with {} of {} samples", samples.len(), input.samples.len()));
    }
    let kept = Duration::from_secs_f64(checked.samples as f64 / f64::from(SHAPE.rate_hz));
    let missing = killed.handed.saturating_sub(kept);
    if missing > MISSING_MAX {
        return Err(format!("{missing:?} missing of {:?}", killed.handed));
    }
    stays_so(bench)?;
    let mut tally = tally.lock().unwrap();
    tally.missing.push(missing);
    tally.interrupted += usize::from(!complete);
    tally.complete += usize::from(complete);
    tally.whole_before += usize::from(first.out.contains("whole already"));
    Ok(())
}

/// Recovering again, from either copy, says so and changes nothing.
fn stays_so(bench: &Bench) -> Result<(), String> {
    let before = std::fs::read(bench.copy("a")).unwrap();
    for side in ["b", "a"] {
        let again = run(&mut bench.counterpart(&["recover", side]));
        if again.code != Some(0) || !again.out.contains("it was whole already") {
            return Err(format!("recover {side} again: {again:?}"));
        }
    }
    let same = |side| std::fs::read(bench.copy(side)).is_ok_and(|now| now == before);
    if !same("a") || !same("b") || bench.journals() != 0 {
        return Err(format!("recovering again changed something; {} journals", bench.journals()));
    }
    Ok(())
}
