//! Recordings that are driven, stopped and killed while they run, through the real binary.
//!
//! Not the recorder's own tests of crashes. Invariants: nothing sleeps; a recording is known to run
//! when it answers `control`, and the sound is so long that it never ends by itself.

#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "harness/tone.rs"]
mod tone;

use std::io::{PipeReader, PipeWriter, Write};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

/// Longer than any test may take.
const SOUND_SECONDS: u32 = 600;
const PATIENCE: Duration = Duration::from_secs(60);

struct Running {
    dir: TempDir,
    child: Child,
}

impl Running {
    /// Starts a recording in real time and waits until it answers.
    fn start() -> Running {
        let dir = tempfile::tempdir().unwrap();
        tone::write(&dir.path().join("in.wav"), 8_000, SOUND_SECONDS * 8_000, 1);
        for side in ["a", "b"] {
            std::fs::create_dir(dir.path().join(side)).unwrap();
        }
        Running::begin(dir, "in.wav", Stdio::null(), Stdio::piped())
    }

    fn begin(dir: TempDir, input: &str, stdin: Stdio, stderr: Stdio) -> Running {
        let args = ["record", "--json", "--realtime", "--input", input, "--copy", "a", "--copy", "b"];
        let mut command = counterpart(dir.path(), &args);
        let child = command.stdin(stdin).stdout(Stdio::piped()).stderr(stderr).spawn().unwrap();
        let running = Running { dir, child };
        let begun = Instant::now();
        while !running.control(&["mark", "--reason", "it runs"]).status.success() {
            assert!(begun.elapsed() < PATIENCE, "the recording never answered");
        }
        running
    }

    fn control(&self, words: &[&str]) -> Output {
        counterpart(self.dir.path(), &[&["control", "b"], words].concat()).output().unwrap()
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits for the end: its exit code, what it said, and the verdict on both copies.
    fn end(self) -> (Option<i32>, Value, Value) {
        let output = self.child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
        let said = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
        (output.status.code(), said, verify(self.dir.path()))
    }
}

fn counterpart(dir: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_counterpart"));
    command.current_dir(dir).args(args).env_clear().env("HOME", dir).env("TZ", "UTC");
    command
}

fn verify(dir: &Path) -> Value {
    let output = counterpart(dir, &["verify", "--deep", "--json", "a", "b"]).output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

fn outcomes(verdict: &Value) -> (&str, &str, usize) {
    let word = |at: usize| verdict["files"][at]["outcome"].as_str().unwrap();
    (word(0), word(1), verdict["identical"].as_array().unwrap().len())
}

#[test]
fn every_action_goes_on_the_record() {
    let running = Running::start();
    for (words, answer) in [
        (&["pause", "--reason", "tea break"][..], true),
        (&["pause"], false),
        (&["resume"], true),
        (&["resume"], false),
        (&["entrant", "--reason", "the interpreter"], true),
        (&["finish"], true),
    ] {
        let output = running.control(words);
        assert_eq!(output.status.success(), answer, "{words:?}");
        let told = String::from_utf8(output.stderr).unwrap();
        let hints = ["hint: resume ends the pause", "hint: nothing is needed: it records"];
        assert!(answer || hints.iter().any(|hint| told.contains(hint)), "{told}");
    }
    let (code, said, verdict) = running.end();
    assert_eq!((code, said["end"].as_str()), (Some(0), Some("finished")));
    assert_eq!(outcomes(&verdict), ("complete", "complete", 1));
    let events = verdict["files"][0]["evidence"]["events"].as_array().unwrap();
    let of = |kind: &str| -> Vec<&str> {
        let of_kind = events.iter().filter(|event| event["kind"] == kind);
        of_kind.map(|event| event["body"].as_str().unwrap()).collect()
    };
    assert!(of("pause")[0].contains("reason: tea break\n"), "{events:?}");
    assert_eq!((of("pause").len(), of("resume").len(), of("marker").len()), (1, 1, 1));
    assert!(of("entrant")[0].contains("reason: the interpreter\n"), "{events:?}");
}

/// A pipe in which there is no room for another byte.
fn full_pipe() -> (PipeReader, PipeWriter) {
    let (reader, mut writer) = std::io::pipe().unwrap();
    rustix::io::ioctl_fionbio(&writer, true).unwrap();
    while writer.write(&[b'.'; 4_096]).is_ok() {}
    rustix::io::ioctl_fionbio(&writer, false).unwrap();
    (reader, writer)
}

fn journal_says(home: &Path, words: &str) -> bool {
    let folder = std::fs::read_dir(home.join(".local/state/counterpart/journals")).unwrap();
    let mut journals = folder.filter_map(|entry| std::fs::read(entry.unwrap().path().join("journal")).ok());
    journals.any(|bytes| bytes.windows(words.len()).any(|at| at == words.as_bytes()))
}

#[test]
fn an_alarm_that_nobody_reads_holds_nothing_up() {
    let dir = tempfile::tempdir().unwrap();
    for side in ["a", "b"] {
        std::fs::create_dir(dir.path().join(side)).unwrap();
    }
    tone::write(&dir.path().join("in.wav"), 8_000, SOUND_SECONDS * 8_000, 1);
    let sound = std::fs::read(dir.path().join("in.wav")).unwrap();
    let (stdin, mut microphone) = std::io::pipe().unwrap();
    let (_unread, stderr) = full_pipe();
    // Two seconds of sound in whole blocks, then none: the alarm that follows finds no room.
    microphone.write_all(&sound[..44 + 32_000]).unwrap();
    let running = Running::begin(dir, "-", stdin.into(), stderr.into());
    let begun = Instant::now();
    while !journal_says(running.dir.path(), "the source gives no sound") {
        assert!(begun.elapsed() < PATIENCE, "the alarm holds the recording up");
        std::thread::yield_now();
    }
    assert!(running.control(&["finish"]).status.success());
    let (code, said, verdict) = running.end();
    assert_eq!((code, said["end"].as_str()), (Some(0), Some("finished")));
    assert_eq!(outcomes(&verdict), ("complete", "complete", 1));
}

#[test]
fn names_that_are_no_text_are_only_names() {
    use std::os::unix::ffi::OsStrExt;
    let dir = tempfile::tempdir().unwrap();
    let name = std::ffi::OsStr::from_bytes(b"\xff.flac");
    for words in [&["verify"][..], &["inspect"], &["record", "--input"], &[]] {
        let output = counterpart(dir.path(), words).arg(name).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{words:?}");
    }
    std::fs::write(dir.path().join(name), "hello").unwrap();
    let output = counterpart(dir.path(), &["verify"]).arg(name).output().unwrap();
    assert!(
        String::from_utf8(output.stdout).unwrap().starts_with("\u{fffd}.flac: cannot say. This is not a FLAC file.")
    );
}

#[test]
fn an_interrupt_finishes() {
    let running = Running::start();
    running.signal(Signal::INT);
    let (code, said, verdict) = running.end();
    assert_eq!((code, said["end"].as_str()), (Some(0), Some("finished")));
    assert_eq!(outcomes(&verdict), ("complete", "complete", 1));
}

#[test]
fn the_system_stops_it() {
    for signal in [Signal::TERM, Signal::HUP] {
        let running = Running::start();
        running.signal(signal);
        let (code, said, verdict) = running.end();
        assert_eq!((code, said["end"].as_str()), (Some(0), Some("stopped")), "{signal:?}");
        assert_eq!(outcomes(&verdict), ("interrupted", "interrupted", 1));
    }
}

#[test]
fn a_recording_that_runs_is_said_to_run() {
    let running = Running::start();
    let said = |path: &str| {
        let output = counterpart(running.dir.path(), &["verify", path]).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        String::from_utf8(output.stdout).unwrap()
    };
    for (path, sentence) in [
        ("a", "a: cannot say. A recording is still being made here.\nhint: wait for its end, "),
        ("b/recording.flac.part", "b/recording.flac.part: cannot say. This recording is still being made.\nhint: "),
    ] {
        let said = said(path);
        assert!(said.starts_with(sentence) && !said.contains("recover"), "{said}");
    }
    let args = ["excerpt", "a", "--from", "0", "--to", "1", "-o", "c.flac"];
    let output = counterpart(running.dir.path(), &args).output().unwrap();
    let refused = String::from_utf8(output.stderr).unwrap();
    assert!(refused.starts_with("counterpart: a: a recording is still being made here\nhint: wait"), "{refused}");
    running.signal(Signal::KILL);
    let Running { dir, mut child } = running;
    child.wait().unwrap();
    let output = counterpart(dir.path(), &["verify", "a"]).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("was not finished here.\nhint: if it is not being made any more, "), "{said}");
}

#[test]
fn what_was_killed_is_recovered() {
    let running = Running::start();
    let busy = counterpart(running.dir.path(), &["recover", "a"]).output().unwrap();
    assert_eq!(busy.status.code(), Some(2), "a running recording is not recovered");
    running.signal(Signal::KILL);
    let Running { dir, mut child } = running;
    child.wait().unwrap();
    assert_eq!(outcomes(&verify(dir.path())), ("cannot say", "cannot say", 0));
    let output = counterpart(dir.path(), &["recover", "a"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stdout).contains("the recorder was cut off (crash)"));
    assert_eq!(outcomes(&verify(dir.path())), ("interrupted", "interrupted", 1));
}
