//! Errors, lies and kills at every write-like system call of a recording and of a recovery, injected by strace.
//!
//! Not random moments (`kills.rs`). The calls are taken from a run without faults, so a new call is covered without a
//! change here; a fault that did not fire fails the test. Invariants checked after each: "saved" is said only of a copy
//! that verifies; success means that both are there and equal; failure is one clear line; what is left is a good copy or
//! becomes one by `recover`, unless the record itself says that this copy was lost.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::process::{Child, Command, Stdio};

use support::sound::{self, Shape};
use support::strace::{self, How, Log, Point};
use support::{Bench, Done, PART, all, need, run, wait_until};

/// Whole blocks, so that every sample is taken as soon as it is there.
const SHAPE: Shape = Shape { rate_hz: 8_000, bits: 16, tracks: 1, millis: 1_200 };
const WORKERS: usize = 6;
/// The header of a WAV file by sox and one sample: enough to begin, not enough for a block.
const WAV_HEAD_BYTES: usize = 46;

/// A fault to be tried.
#[derive(Clone, Debug)]
struct Fault {
    point: Point,
    how: How,
}

fn faults(points: &BTreeSet<Point>) -> Vec<Fault> {
    points.iter().flat_map(|point| point.hows().into_iter().map(|how| Fault { point: point.clone(), how })).collect()
}

/// Says what was covered, by call.
fn tell(what: &str, faults: &[Fault]) {
    let mut counts: BTreeMap<&str, [usize; 4]> = BTreeMap::new();
    for fault in faults {
        let column = match fault.how {
            How::Error("EIO") => 0,
            How::Error(_) => 1,
            How::Lie(_) => 2,
            How::Kill | How::Slow(_) => 3,
        };
        counts.entry(&fault.point.call).or_default()[column] += 1;
    }
    println!("figures: {} faults, every one of them fired: {what}", faults.len());
    for (call, [eio, enospc, lies, kills]) in counts {
        println!("figures:   {call}: EIO {eio}, ENOSPC {enospc}, short {lies}, SIGKILL {kills}");
    }
}

struct Input {
    wav: Vec<u8>,
    samples: Vec<i32>,
}

impl Input {
    fn new() -> Input {
        need(&[("strace", "strace"), ("sox", "sox"), ("flac", "flac")]);
        let dir = tempfile::tempdir().unwrap();
        let path = sound::write(dir.path(), "in.wav", SHAPE);
        Input { wav: std::fs::read(&path).unwrap(), samples: sound::read_wav(&path) }
    }
}

/// Starts a recording of standard input that has its header and waits for sound; both files are there.
fn waiting_for_sound(bench: &Bench, input: &Input) -> Child {
    let mut command = bench.record("-", &[]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.as_mut().unwrap().write_all(&input.wav[..WAV_HEAD_BYTES]).unwrap();
    wait_until("the files of the copies", || bench.path("b").join(PART).is_file().then_some(()));
    // The thread that reads is the last to be made, and the source's description the first event.
    wait_until("the thread that reads", || threads(&child).contains(&"read\n".to_owned()).then_some(()));
    wait_until("the first event", || {
        let journal = std::fs::read_dir(bench.path("state/journals")).ok()?.next()?.ok()?.path().join("journal");
        String::from_utf8_lossy(&std::fs::read(journal).ok()?).contains("standard input").then_some(())
    });
    child
}

/// strace around a program whose standard output is a file of the bench, so that it has a path like every other.
fn around(bench: &Bench, fault: Option<&Fault>, program: &Command) -> Done {
    let out = bench.path(strace::STDOUT);
    let mut command = strace::around(bench, fault.map(|fault| (&fault.point, &fault.how)), program);
    let mut done = run(command.stdout(std::fs::File::create(&out).unwrap()));
    done.out = String::from_utf8_lossy(&std::fs::read(out).unwrap()).into_owned();
    done
}

/// The names of a program's threads.
fn threads(child: &Child) -> Vec<String> {
    let tasks = std::fs::read_dir(format!("/proc/{}/task", child.id())).unwrap();
    tasks.flatten().filter_map(|task| std::fs::read_to_string(task.path().join("comm")).ok()).collect()
}

/// Records under strace from when sound is waited for. With `tick` the second half comes only when that call was seen.
fn record(bench: &Bench, input: &Input, fault: Option<&Fault>, tick: Option<&str>) -> Done {
    let mut child = waiting_for_sound(bench, input);
    let mut strace = strace::attach(bench, fault.map(|fault| (&fault.point, &fault.how)), child.id());
    let mut stdin = child.stdin.take().unwrap();
    let half = WAV_HEAD_BYTES + (input.wav.len() - WAV_HEAD_BYTES) / 2;
    // The recorder may be dead or done with it: that is what is tested.
    let _ = stdin.write_all(&input.wav[WAV_HEAD_BYTES..half]);
    if let Some(call) = tick {
        let places = if fault.is_none() { 3 } else { 1 };
        wait_until("the flush of each second", || {
            (Log::read(bench).done(call) >= places || child.try_wait().unwrap().is_some()).then_some(())
        });
    }
    let _ = stdin.write_all(&input.wav[half..]);
    drop(stdin);
    let done = child.wait_with_output().unwrap().into();
    strace.wait().unwrap();
    done
}

/// Every call of a recording after its start, in both ways of feeding it.
fn points_of_a_recording(input: &Input) -> Vec<(Option<&'static str>, BTreeSet<Point>)> {
    let points = |tick: Option<&str>| {
        let bench = Bench::default();
        let done = record(&bench, input, None, tick);
        assert_eq!((done.code, done.saved().len()), (Some(0), 2), "{done:?}");
        Log::read(&bench).by_path(&bench)
    };
    // How many seconds pass before the rest is fed is not known; the last flushes are among those without a wait.
    let is_first_flush = |point: &Point| point.call == "fdatasync" && point.nth == 1;
    let flushes = points(Some("fdatasync")).into_iter().filter(is_first_flush).collect();
    vec![(None, points(None)), (Some("fdatasync"), flushes)]
}

#[test]
fn no_fault_of_a_running_recording_is_called_saved() {
    let input = Input::new();
    for (tick, points) in points_of_a_recording(&input) {
        let faults = faults(&points);
        all(WORKERS, &faults, |fault| {
            let bench = Bench::default();
            let done = record(&bench, &input, Some(fault), tick);
            aftermath(&bench, &input, fault, &done)
        });
        tell(if tick.is_some() { "flushes while recording" } else { "recording" }, &faults);
    }
}

#[test]
fn no_fault_of_a_start_is_called_saved() {
    let input = Input::new();
    let command = |bench: &Bench| {
        std::fs::write(bench.path("in.wav"), &input.wav).unwrap();
        bench.record("in.wav", &[])
    };
    let bench = Bench::default();
    let clean = around(&bench, None, &command(&bench));
    assert_eq!((clean.code, clean.saved().len()), (Some(0), 2), "{clean:?}");
    let faults = faults(&Log::read(&bench).of_first_thread(&bench));
    all(WORKERS, &faults, |fault| {
        let bench = Bench::default();
        let done = around(&bench, Some(fault), &command(&bench));
        aftermath(&bench, &input, fault, &done)
    });
    tell("start", &faults);
}

/// Of the sound that is on its way when a recording breaks off: a second.
const FED_BYTES: usize = 44 + 16_000;

/// A recording that was killed when all the sound it was fed was in the files and in the journal.
fn broken_off(input: &Input, len_bytes: u64) -> Bench {
    let bench = Bench::default();
    let mut child = waiting_for_sound(&bench, input);
    child.stdin.as_mut().unwrap().write_all(&input.wav[WAV_HEAD_BYTES..FED_BYTES]).unwrap();
    // There is more to come, so the recording does not end. A mark is answered when what came before is in the journal.
    let marked = run(&mut bench.counterpart(&["control", "b", "mark"]));
    assert_eq!(marked.code, Some(0), "{marked:?}");
    let is_whole = |side: &str| bench.path(side).join(PART).metadata().unwrap().len() == len_bytes;
    wait_until("all the sound in the files", || (is_whole("a") && is_whole("b")).then_some(()));
    child.kill().unwrap();
    child.wait().unwrap();
    bench
}

#[test]
fn no_fault_of_a_recovery_is_called_saved() {
    let input = Input::new();
    let whole = Bench::default();
    std::fs::write(whole.path("in.wav"), &input.wav[..FED_BYTES]).unwrap();
    let from_file = std::fs::File::open(whole.path("in.wav")).unwrap();
    assert_eq!(run(whole.record("-", &[]).stdin(from_file)).saved().len(), 2);
    let len_bytes = whole.copy("a").metadata().unwrap().len();
    let broken = || broken_off(&input, len_bytes);
    let bench = broken();
    let clean = around(&bench, None, &bench.counterpart(&["recover", "a"]));
    assert_eq!((clean.code, clean.saved().len()), (Some(0), 2), "{clean:?}");
    let faults = faults(&Log::read(&bench).of_first_thread(&bench));
    all(WORKERS, &faults, |fault| {
        let bench = broken();
        let done = around(&bench, Some(fault), &bench.counterpart(&["recover", "a"]));
        aftermath(&bench, &input, fault, &done)?;
        // One fault in a recovery costs nothing: the next one makes both copies.
        both_are_good(&bench, &input).map(drop)
    });
    tell("recovery", &faults);
}

#[test]
fn real_short_writes_are_not_called_saved() {
    need(&[("prlimit", "util-linux"), ("env", "coreutils")]);
    let input = Input::new();
    let bench = Bench::default();
    std::fs::write(bench.path("in.wav"), &input.wav).unwrap();
    assert_eq!(run(&mut bench.record("in.wav", &[])).code, Some(0));
    let len_bytes = bench.copy("a").metadata().unwrap().len();
    // A file that reaches its limit takes a part of the write, and nothing of the next.
    let limits: Vec<u64> = (0..48).map(|step| 300 + (len_bytes - 301) * step / 47).collect();
    all(WORKERS, &limits, |limit| {
        let bench = Bench::default();
        std::fs::write(bench.path("in.wav"), &input.wav).unwrap();
        let record = bench.record("in.wav", &[]);
        let mut command = Command::new("env");
        command.args(["--ignore-signal=XFSZ", "prlimit", &format!("--fsize={limit}")]);
        command.arg(record.get_program()).args(record.get_args());
        bench.at_home(&mut command);
        let done = run(&mut command);
        if done.code == Some(0) || !done.saved().is_empty() {
            return Err(format!("a file cannot be so long: {done:?}"));
        }
        done.one_clear_line()?;
        after_recovery(&bench, &input)
    });
    println!("figures: {} real short writes, at limits from {} to {} bytes", limits.len(), limits[0], limits[47]);
}

/// What must hold of what a fault left, whatever it was.
fn aftermath(bench: &Bench, input: &Input, fault: &Fault, done: &Done) -> Result<(), String> {
    let with = |why: String| format!("{why}\n{done:?}");
    let fired = Log::read(bench).fired(&fault.how);
    if fired == 0 {
        return Err(with("it did not fire".into()));
    }
    for side in ["a", "b"].into_iter().filter(|side| done.says_saved(side)) {
        bench.check(side, &["complete", "interrupted"]).map_err(|why| with(format!("called saved, but {why}")))?;
    }
    if done.code == Some(0) || done.saved().len() == 2 {
        both_are_good(bench, input).map_err(with)?;
    }
    if done.code == Some(0) && done.saved().len() != 2 {
        return Err(with("success without two copies".into()));
    }
    // One that hit the first calls of several threads alike, those that speak among them, may cost the recording.
    if fired > 1 {
        return Ok(());
    }
    if fault.how != How::Kill && done.code != Some(0) {
        done.one_clear_line()?;
    }
    let begun = ["a", "b"].iter().any(|side| bench.copy(side).exists() || bench.path(side).join(PART).exists());
    if fault.how == How::Kill && begun {
        let recovered = bench.recover("a");
        if recovered.code != Some(0) {
            return Err(with(format!("recover after the kill: {recovered:?}")));
        }
        return both_are_good(bench, input).map_err(with);
    }
    after_recovery(bench, input).map_err(with)
}

/// Recovers what is left, then looks at everything that is there.
fn after_recovery(bench: &Bench, input: &Input) -> Result<(), String> {
    let there = |side: &str, name: &str| bench.path(side).join(name).symlink_metadata().is_ok();
    let recovered = bench.recover("a");
    if recovered.code == Some(0) && recovered.saved().len() == 2 {
        return both_are_good(bench, input).map(drop);
    }
    let mut good = 0;
    for (number, side) in [("1", "a"), ("2", "b")] {
        let other = if side == "a" { "b" } else { "a" };
        if there(side, support::RECORDING) {
            same_start(bench, side, input).map_err(|why| format!("{why}\n{recovered:?}"))?;
            good += 1;
        } else if there(side, PART) {
            // A part that stays must be one that the other copy's record calls lost.
            let told =
                bench.check(other, &["complete", "interrupted"])?.has_event("medium-lost", &format!("copy: {number}"));
            if !told {
                return Err(format!("a part of {side} is left, and no word of it on the record\n{recovered:?}"));
            }
        }
    }
    let nothing = good == 0 && !["a", "b"].iter().any(|side| there(side, PART));
    if good == 0 && !nothing {
        return Err(format!("neither copy is good\n{recovered:?}"));
    }
    Ok(())
}

/// Both copies are equal, verify, and hold the input's sound from its beginning.
fn both_are_good(bench: &Bench, input: &Input) -> Result<(), String> {
    bench.check_both(&["complete", "interrupted"])?;
    same_start(bench, "b", input)
}

fn same_start(bench: &Bench, side: &str, input: &Input) -> Result<(), String> {
    let checked = bench.check(side, &["complete", "interrupted"])?;
    let samples = if checked.samples == 0 { Vec::new() } else { sound::by_flac(&bench.copy(side), SHAPE.bits)? };
    if samples.len() as u64 != checked.samples || !input.samples.starts_with(&samples) {
        return Err(format!("{side}: {} samples that are not those of the input", samples.len()));
    }
    if checked.outcome == "complete" && samples.len() != input.samples.len() {
        return Err(format!("{side}: complete with {} of {} samples", samples.len(), input.samples.len()));
    }
    Ok(())
}
