//! Media that fill up, vanish or lose the file while a recording runs in real time, through the real program.
//!
//! Not errors of single calls (`injection.rs`). Small media are tmpfs mounts in a private namespace: a test that needs
//! one starts itself again inside bubblewrap. Invariants: an alarm stands on standard error within 5 s of the fault; the
//! copy that is left is whole and its record tells of the loss; the output says which copy is saved and which is not.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::fs::File;
use std::io::Write;
use std::path::Path;

use rustix::process::{Pid, Signal, kill_process};
use support::live::{Live, SHAPE, SMALL_BYTES, bench_at, with_small_media};
use support::sound::{self, Shape};
use support::{Bench, Done, PART, RECORDING, run, shown, tool, wait_until};

/// Noise that no encoder makes smaller, and more of it than fits.
const NOISE_SECONDS: &str = "100";

/// Fills the medium of a folder to the last byte.
fn fill(folder: &Path) {
    let mut filler = File::create(folder.join("filler")).unwrap();
    let mut chunk = 64 << 10;
    while chunk > 0 {
        if filler.write_all(&vec![1; chunk]).is_err() {
            chunk /= 2;
        }
    }
    let filled = filler.metadata().unwrap().len();
    assert!(filled <= SMALL_BYTES, "this is no small medium: {filled} bytes");
    println!("figures: {} MiB of tmpfs filled: {}", SMALL_BYTES >> 20, folder.display());
}

/// Does something while no thread of the recording goes on.
fn standing_still(live: &Live, work: impl FnOnce()) {
    let process = Pid::from_child(&live.child);
    kill_process(process, Signal::STOP).unwrap();
    let stopped = |task: std::fs::DirEntry| {
        let stat = std::fs::read_to_string(task.path().join("stat")).unwrap_or_default();
        stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('T'))
    };
    let tasks = format!("/proc/{}/task", process.as_raw_nonzero());
    wait_until("all of it stands still", || std::fs::read_dir(&tasks).unwrap().flatten().all(stopped).then_some(()));
    work();
    kill_process(process, Signal::CONT).unwrap();
}

/// Copy b is whole, says what became of copy a, and the output does as well.
fn only_b_is_saved(bench: &Bench, done: &Done, why: &str) {
    assert_eq!(done.code, Some(1), "{done:?}");
    assert!(done.says_saved("b") && !done.says_saved("a"), "{done:?}");
    assert!(
        done.out.lines().any(|line| line.contains("NOT SAVED") && line.contains("/a/") && line.contains(why)),
        "{done:?}"
    );
    done.one_clear_line().unwrap();
    let checked = bench.check("b", &["complete"]).unwrap();
    assert!(checked.has_event("medium-lost", "copy: 1") && checked.has_event("medium-lost", why), "{checked:?}");
    assert!(!bench.copy("a").exists());
    sound::tested_by_flac(&bench.copy("b")).unwrap();
    let samples = sound::by_flac(&bench.copy("b"), SHAPE.bits).unwrap();
    assert!(sound::read_wav(&bench.path("in.wav")).starts_with(&samples) && !samples.is_empty());
}

#[test]
fn one_medium_fills() {
    let bench = bench_at("one_medium_fills");
    if with_small_media("one_medium_fills", &bench, &["a"], SMALL_BYTES) {
        return;
    }
    let live = Live::start(bench);
    fill(&live.bench.path("a"));
    live.alarm(&["copy lost", "/a", "full"]);
    let (bench, done) = live.finish();
    only_b_is_saved(&bench, &done, "disk full");
}

/// Nobody else fills it: the recording itself does.
#[test]
fn a_recording_fills_one_medium_itself() {
    let bench = bench_at("a_recording_fills_one_medium_itself");
    if with_small_media("a_recording_fills_one_medium_itself", &bench, &["a"], SMALL_BYTES) {
        return;
    }
    let noise = ["-R", "-n", "-b", "16", "-c", "8", "-r", "48000"];
    let wav = bench.path("in.wav");
    tool("sox", &[&noise[..], &[shown(&wav), "synth", NOISE_SECONDS, "whitenoise", "vol", "0.9"]].concat()).unwrap();
    let done = run(&mut bench.record("in.wav", &[]));
    assert_eq!(done.code, Some(1), "{done:?}");
    assert!(done.says_saved("b") && !done.says_saved("a"), "{done:?}");
    assert!(done.err.lines().any(|line| line.starts_with("ALARM: copy lost") && line.contains("full")), "{done:?}");
    done.one_clear_line().unwrap();
    let checked = bench.check("b", &["complete"]).unwrap();
    assert!(
        checked.has_event("medium-lost", "copy: 1") && checked.has_event("medium-lost", "disk full"),
        "{checked:?}"
    );
    let whole = bench.copy("b").metadata().unwrap().len();
    assert!(whole > SMALL_BYTES && checked.samples == 100 * 48_000, "{whole} bytes: {checked:?}");
    println!("figures: {} MiB of tmpfs filled by the recording itself, whose other copy is whole", SMALL_BYTES >> 20);
    // The folder stays, as every bench at a place does; what is large goes.
    std::fs::remove_file(wav).unwrap();
    std::fs::remove_file(bench.copy("b")).unwrap();
}

#[test]
fn one_folder_is_removed() {
    let live = Live::start(Bench::default());
    std::fs::remove_dir_all(live.bench.path("a")).unwrap();
    live.alarm(&["copy lost", "/a"]);
    let (bench, done) = live.finish();
    only_b_is_saved(&bench, &done, "removed");
}

#[test]
fn one_file_is_deleted() {
    let live = Live::start(Bench::default());
    std::fs::remove_file(live.bench.path("a").join(PART)).unwrap();
    live.alarm(&["copy lost", "/a"]);
    let (bench, done) = live.finish();
    only_b_is_saved(&bench, &done, "removed");
}

#[test]
fn one_folder_is_moved_away() {
    let live = Live::start(Bench::default());
    std::fs::rename(live.bench.path("a"), live.bench.path("away")).unwrap();
    live.alarm(&["copy lost", "/a", "gone"]);
    let (bench, done) = live.finish();
    only_b_is_saved(&bench, &done, "gone");
}

#[test]
fn both_folders_go_and_come_back() {
    let live = Live::start(Bench::default());
    for side in ["a", "b"] {
        std::fs::rename(live.bench.path(side), live.bench.path(&format!("{side} away"))).unwrap();
    }
    live.alarm(&["copy lost", "/a"]);
    live.alarm(&["copy lost", "/b"]);
    let (bench, done) = live.end();
    assert_eq!((done.code, done.saved().len()), (Some(1), 0), "{done:?}");
    done.one_clear_line().unwrap();
    assert_eq!(bench.journals(), 1, "the journal is kept");
    for side in ["a", "b"] {
        std::fs::rename(bench.path(&format!("{side} away")), bench.path(side)).unwrap();
    }
    let recovered = bench.recover("a");
    assert_eq!((recovered.code, recovered.saved().len()), (Some(0), 2), "{recovered:?}");
    let checked = bench.check_both(&["interrupted"]).unwrap();
    assert!(checked.samples > 0 && bench.journals() == 0, "{checked:?}");
    let samples = sound::by_flac(&bench.copy("a"), SHAPE.bits).unwrap();
    assert!(sound::read_wav(&bench.path("in.wav")).starts_with(&samples));
}

#[test]
fn both_media_fill() {
    let bench = bench_at("both_media_fill");
    if with_small_media("both_media_fill", &bench, &["a", "b"], SMALL_BYTES) {
        return;
    }
    // All but the last MiB before: a recording that stands still for long says so.
    for side in ["a", "b"] {
        std::fs::write(bench.path(side).join("ballast"), vec![1; (SMALL_BYTES - (1 << 20)) as usize]).unwrap();
    }
    let live = Live::start(bench);
    // Both in one moment: else one copy gets sound that the other has no room for.
    standing_still(&live, || {
        for side in ["a", "b"] {
            fill(&live.bench.path(side));
        }
    });
    live.alarm(&["full"]);
    let (bench, done) = live.end();
    // What met an error is not written to any more, but the room for the seal was taken at the start: if no copy could
    // be saved, a recovery saves both while the media are as full as before.
    for side in ["a", "b"].into_iter().filter(|side| done.says_saved(side)) {
        bench.check(side, &["interrupted"]).unwrap();
    }
    assert_eq!(done.code == Some(0), done.saved().len() == 2, "{done:?}");
    assert!(!done.saved().is_empty() || bench.journals() == 1, "{done:?}");
    println!("figures: {} copies saved of two whose media were full", done.saved().len());
    if done.saved().is_empty() {
        let recovered = bench.recover("a");
        assert_eq!(recovered.code, Some(0), "{recovered:?}");
        bench.check_both(&["interrupted"]).unwrap();
    }
}

#[test]
fn the_journals_medium_fills() {
    let bench = bench_at("the_journals_medium_fills");
    if with_small_media("the_journals_medium_fills", &bench, &["state"], SMALL_BYTES) {
        return;
    }
    let live = Live::start(bench);
    fill(&live.bench.path("state"));
    // The last page of the journal has room still: fill that as well.
    for _ in 0..12 {
        run(&mut live.bench.counterpart(&["control", "a", "mark", "--reason", &"filler ".repeat(60)]));
    }
    live.alarm(&["journal failed"]);
    let (bench, done) = live.finish();
    assert_eq!((done.code, done.saved().len()), (Some(0), 2), "{done:?}");
    let checked = bench.check_both(&["complete"]).unwrap();
    assert!(checked.has_event("fault", "journal"), "{checked:?}");
}

#[test]
fn a_full_journals_medium_is_refused_at_the_start() {
    let bench = bench_at("a_full_journals_medium_is_refused_at_the_start");
    if with_small_media("a_full_journals_medium_is_refused_at_the_start", &bench, &["state"], SMALL_BYTES) {
        return;
    }
    sound::write(&bench.path(""), "in.wav", Shape { millis: 500, ..SHAPE });
    fill(&bench.path("state"));
    let done = run(&mut bench.record("in.wav", &[]));
    assert_eq!((done.code, done.saved().len()), (Some(2), 0), "{done:?}");
    done.one_clear_line().unwrap();
    for side in ["a", "b"] {
        let left = [PART, RECORDING].iter().filter(|name| bench.path(side).join(name).exists()).count();
        assert_eq!(left, 0, "{done:?}");
    }
}
