//! Alarms of a live microphone: each fault is told within five seconds, stands in the status, is on the record, and is
//! over when it is mended.
//!
//! Needs `pulseaudio` (`harness/room.rs`) and `strace`. Not faults of media (`media.rs`, `slow_media.rs`). Invariants:
//! nothing sleeps to wait for anything; a fault that did not happen fails its test.

#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "harness/room.rs"]
mod room;
#[path = "harness/schema.rs"]
mod schema;
mod support;

use std::time::Duration;

use room::{Feeder, PIECE, Recording, Server, TELL_WITHIN, Told, noise, voice, well};
use rustix::process::{Pid, Signal, kill_process};
use support::Bench;
use support::strace::{self, How, Point};

/// Sound that waits for a recorder that is held up, before any of it is lost.
const HELD_SECONDS: usize = 20;
/// Longer than any test.
const LONG_SECONDS: u32 = 300;

#[test]
fn every_fault_is_told_within_five_seconds_and_is_over_when_it_is_mended() {
    let dir = room::folder();
    let mut server = Server::start(dir.path());
    let feeder = Feeder::start(dir.path());
    let recording = Recording::start(dir.path(), &[]);
    recording.runs();
    let mut slowest = Duration::ZERO;
    let faults: [(&str, Told, &str); 6] = [
        ("dead-track", Told::Play(|at| [well(at)[0], 0]), "track 2 is dead"),
        ("no-signal", Told::Play(|_| [0, 0]), "no signal"),
        ("clipping", Told::Play(|at| [voice(200_000, at / 8), well(at)[1]]), "track 1 is too loud"),
        ("one-sided", Told::Play(|at| [noise(4, at), voice(16_000, at)]), "one side only: track 1"),
        ("no-sound", Told::Nothing, "no sound"),
        ("drift", Told::Slowly, "clocks drift"),
    ];
    for (kind, bad, words) in faults {
        let is_last = matches!(bad, Told::Slowly);
        feeder.send(bad);
        let took = recording.hears(&format!("ALARM: {words}"));
        assert!(took < TELL_WITHIN + PIECE, "{kind} took {took:?}");
        assert_eq!(recording.standing(), [kind]);
        slowest = slowest.max(took);
        if !is_last {
            feeder.send(Told::Play(well));
            recording.hears(&format!("ALARM over: {words}"));
            assert_eq!(recording.standing(), [""; 0], "{kind}");
        }
        if kind == "no-sound" {
            feeder.send(Told::Play(well));
            server.kill();
            assert!(recording.hears("ALARM: source gone: the sound server went away") < TELL_WITHIN);
            assert_eq!(recording.standing(), ["source-gone"]);
            server = Server::start(dir.path());
            recording.hears("ALARM over: source gone");
        }
    }
    println!("figures: 7 faults of a microphone, its server's death among them, the slowest told after {slowest:.1?}");
    let (code, last) = recording.finish();
    assert_eq!(code, Some(1));
    assert!(last.iter().any(|line| line.starts_with("counterpart: sound is missing from the recording: ")), "{last:?}");
    let noted = room::events(dir.path(), "fault").join("");
    for words in
        ["track 2 is dead", "no signal", "track 1 is too loud", "one side only", "gives no sound", "clocks drift"]
    {
        assert!(noted.contains(words), "no {words:?} on the record: {noted}");
    }
    drop(server);
}

/// The journal's disk takes nothing any more: first that is told, then the sound that was lost by it, and the recording goes on.
#[test]
fn a_recorder_that_is_held_up_says_so_and_counts_what_it_lost() {
    let dir = room::folder();
    let root = dir.path().canonicalize().unwrap();
    let _server = Server::start(&root);
    let feeder = Feeder::start(&root);
    let recording = Recording::start(&root, &[]);
    recording.runs();
    let bench = Bench::at(root.clone());
    let (slow, write) = (
        How::Slow(LONG_SECONDS),
        Point { call: "write".into(), at: "state/journals/*/journal".into(), nth: 1, asked: None },
    );
    let mut strace = strace::attach(&bench, Some((&write, &slow)), recording.child.id());
    let took = recording.hears("ALARM: held up");
    assert!(took < TELL_WITHIN, "it took {took:?}");
    assert_eq!(recording.standing(), ["held-up"]);
    // What waits at the most, and a little.
    feeder.feeds(HELD_SECONDS + 4);
    kill_process(Pid::from_child(&strace), Signal::INT).unwrap();
    strace.wait().unwrap();
    recording.hears("ALARM over: held up");
    let took = recording.hears("ALARM: overrun: ");
    assert!(took < TELL_WITHIN, "it took {took:?}");
    assert_eq!(recording.standing(), ["overrun"]);
    recording.hears("ALARM over: overrun");
    let log = std::fs::read_to_string(bench.path("strace.log")).unwrap();
    assert!(log.lines().any(|line| line.contains("/journal>")), "no write was held up: {log}");
    let (code, last) = recording.finish();
    assert_eq!(code, Some(1), "{last:?}");
    assert!(last.iter().any(|line| line.contains(" s never came")), "{last:?}");
    assert!(room::events(&root, "fault").iter().any(|body| body.contains("what: nothing was sealed for ")));
    assert!(room::events(&root, "overrun").iter().any(|body| body.contains("did not take the sound in time")));
    assert_eq!(room::events(&root, "gap"), [""; 0]);
}
