//! Media that are slow, or nearly full, while a recording runs in real time: told in time, on the record, and over when
//! it is mended.
//!
//! Not media that are lost (`media.rs`). A slow medium is one whose writes strace holds up; a small one is a tmpfs in a
//! namespace of its own. Invariants: a fault that did not happen fails its test; what was mended costs neither a copy
//! nor the exit code.

#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "harness/schema.rs"]
mod schema;
mod support;

use std::fs::File;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use support::live::{Live, bench_at, with_small_media};
use support::sound::Shape;
use support::strace::{self, How, Point};
use support::{Bench, PART, run, wait_until};

/// Fits the small medium for some 15 minutes.
const SHAPE: Shape = Shape { rate_hz: 8_000, bits: 16, tracks: 1, millis: 20_000 };
const MEDIUM_BYTES: u64 = 15 << 20;
/// Leaves room for about five minutes.
const FILLER_BYTES: u64 = 10 << 20;
const TELL_WITHIN: Duration = Duration::from_secs(5);
/// Longer than the test.
const LONG_SECONDS: u32 = 300;

/// Waits until exactly these alarms stand in the status, in a document of its schema.
fn stand(live: &Live, kinds: &[&str]) {
    wait_until(&format!("{kinds:?} in the status"), || {
        let done = run(&mut live.bench.counterpart(&["control", "b", "status", "--json"]));
        assert_eq!(schema::check("status", &done.out, &[]), [""; 0], "{done:?}");
        let status: Value = serde_json::from_str(&done.out).unwrap();
        let standing = status["alarms"].as_array().unwrap().iter();
        let folders_fit = standing.clone().all(|alarm| alarm["folder"].as_str().is_some_and(|of| of.ends_with("/a")));
        let all: Vec<&str> = standing.map(|alarm| alarm["kind"].as_str().unwrap()).collect();
        (all == kinds && folders_fit).then_some(())
    });
}

/// Mended in time, it cost nothing, and stands on the record.
fn cost_nothing_but_a_fault(live: Live, what: &str) {
    let (bench, done) = live.finish();
    assert_eq!((done.code, done.saved().len()), (Some(0), 2), "{done:?}");
    assert_eq!(done.err.lines().filter(|line| line.starts_with("ALARM: ")).count(), 1, "{done:?}");
    let checked = bench.check_both(&["complete"]).unwrap();
    assert!(checked.has_event("fault", &format!("what: {what}\ncopy: 1\n")), "{checked:?}");
}

#[test]
fn a_slow_medium_is_told_until_it_has_caught_up() {
    let live = Live::start_with(Bench::default(), SHAPE);
    let at = format!("a/{PART}");
    let point = Point { call: "write".into(), at, nth: 1, asked: None };
    let mut strace = strace::attach(&live.bench, Some((&point, &How::Slow(LONG_SECONDS))), live.child.id());
    let since = Instant::now();
    live.alarm(&["slow medium", "/a"]);
    assert!(since.elapsed() < TELL_WITHIN + Duration::from_secs(1), "{:?}", since.elapsed());
    stand(&live, &["copy-lags"]);
    kill_process(Pid::from_child(&strace), Signal::INT).unwrap();
    strace.wait().unwrap();
    stand(&live, &[]);
    let log = std::fs::read_to_string(live.bench.path("strace.log")).unwrap();
    assert!(log.contains(PART), "no write was held up: {log:?}");
    cost_nothing_but_a_fault(live, "slow medium");
}

#[test]
fn a_medium_that_fills_is_told_until_there_is_room() {
    let name = "a_medium_that_fills_is_told_until_there_is_room";
    let bench = bench_at(name);
    if with_small_media(name, &bench, &["a"], MEDIUM_BYTES) {
        return;
    }
    let live = Live::start_with(bench, SHAPE);
    stand(&live, &[]);
    let filler = live.bench.path("a/filler");
    rustix::fs::fallocate(File::create(&filler).unwrap(), rustix::fs::FallocateFlags::empty(), 0, FILLER_BYTES)
        .unwrap();
    live.alarm(&["medium nearly full", "/a", "min fit"]);
    stand(&live, &["copy-fills"]);
    std::fs::remove_file(filler).unwrap();
    stand(&live, &[]);
    cost_nothing_but_a_fault(live, "medium nearly full");
}
