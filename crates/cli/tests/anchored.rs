//! Recordings that are anchored in a log while they are made, through the real program and a log on this machine.
//!
//! Not what a log can do wrong (the recorder's tests). Invariants: nothing sleeps; the sound is taken in real time, because anchors are
//! about nothing else.

#![allow(clippy::unwrap_used, clippy::panic)]

#[allow(dead_code, unreachable_pub)]
#[path = "../../recorder/tests/support/log.rs"]
mod log;
#[allow(dead_code)]
#[path = "harness/schema.rs"]
mod schema;
#[path = "harness/tone.rs"]
mod tone;

mod support;

use std::process::{Child, Stdio};

use log::{Manner, TOKEN, TestLog};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use support::{Bench, wait_until};

const RATE_HZ: u32 = 8_000;

/// A bench with so many seconds of sound, the log's token and whom to trust.
fn bench(log: &TestLog, seconds: u32) -> Bench {
    let bench = Bench::default();
    tone::write(&bench.path("in.wav"), RATE_HZ, RATE_HZ * seconds, 1);
    std::fs::write(bench.path("token"), format!("{TOKEN}\n")).unwrap();
    std::fs::set_permissions(bench.path("token"), std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    std::fs::write(bench.path("trust.policy"), log.policy_text()).unwrap();
    bench
}

fn begin(bench: &Bench, log: &TestLog, more: &[&str]) -> Child {
    let url = log.url();
    let args = ["--realtime", "--json", "--log", &url, "--trust", "trust.policy"];
    let mut command = bench.record("in.wav", &[&args, more].concat());
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn status(bench: &Bench) -> Option<Value> {
    let output = bench.counterpart(&["control", "a", "status", "--json"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(!output.status.success() || schema::check("status", &text, &[]).is_empty(), "{text}");
    serde_json::from_str(&text).ok()
}

fn anchors(bench: &Bench) -> u64 {
    status(bench).and_then(|status| status["anchored"]["anchors"].as_u64()).unwrap_or(0)
}

/// What both copies prove about time to somebody who trusts the log.
fn proven(bench: &Bench) -> Value {
    let verified = bench.counterpart(&["verify", "--json", "--trust", "trust.policy", "a", "b"]).output().unwrap();
    let verified: Value = serde_json::from_slice(&verified.stdout).unwrap();
    assert_eq!((&verified["exit"], verified["identical"].as_array().unwrap().len()), (&0.into(), 1), "{verified}");
    verified["files"][0]["evidence"].clone()
}

#[test]
fn a_recording_says_how_it_was_anchored_and_a_reader_finds_the_same() {
    let log = TestLog::start();
    let bench = bench(&log, 4);
    let output = begin(&bench, &log, &["--log-token", "token"]).wait_with_output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let has =
        ["/time/anchors = 1", "/time/has_checkpoint = true", "/time/end_is_anchored = true", "/time/missing = []"];
    let failures = schema::check("record", &said, &has.map(str::to_owned));
    assert!(failures.is_empty() && output.status.success(), "{failures:?}: {said}");
    let evidence = proven(&bench);
    assert_eq!(evidence["anchors"], 1, "{evidence}");
    assert!(evidence["not_before"].is_string() && evidence["not_after"].is_string(), "{evidence}");
}

#[test]
fn a_kill_leaves_what_was_anchored() {
    let log = TestLog::start();
    let bench = bench(&log, 600);
    let mut child = begin(&bench, &log, &["--log-token", "token"]);
    wait_until("an anchor", || (anchors(&bench) > 0).then_some(()));
    kill_process(Pid::from_child(&child), Signal::KILL).unwrap();
    child.wait().unwrap();
    let recovered = bench.counterpart(&["recover", "a", "--json"]).output().unwrap();
    let text = String::from_utf8(recovered.stdout).unwrap();
    assert!(recovered.status.success() && schema::check("recover", &text, &[]).is_empty(), "{text}");
    let evidence = proven(&bench);
    assert_eq!(evidence["anchors"], 1, "{evidence}");
    assert_eq!(evidence["end"], "crash");
}

#[test]
fn a_token_that_is_not_taken_is_said_once_and_a_second_request_ends_the_wait() {
    let log = TestLog::start();
    let bench = bench(&log, 600);
    let silent = TestLog::start();
    silent.be(Manner::Silent);
    let stamps = silent.url();
    let child = begin(&bench, &log, &["--timestamp", &stamps, "--evidence-wait", "600"]);
    let refused = |status: &Value| {
        status["alarms"].as_array().is_some_and(|all| all.iter().any(|one| one["kind"] == "log-fault"))
    };
    wait_until("the alarm", || status(&bench).filter(refused));
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    wait_until("the wait", || status(&bench).filter(|status| status["state"] == "ending"));
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let output = child.wait_with_output().unwrap();
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&said["end"], &said["copies"][1]["saved"]), (&"finished".into(), &true.into()), "{said}");
    assert_eq!(said["time"]["missing"].as_array().unwrap().len(), 2, "{said}");
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        told.matches("ALARM: the log does not anchor this recording: no token was given, and it takes nothing").count(),
        1,
        "{told}"
    );
    assert!(told.starts_with("no token was given for the log, which may anchor nothing without one"), "{told}");
    assert_eq!(proven(&bench)["anchors"], 0);
}
