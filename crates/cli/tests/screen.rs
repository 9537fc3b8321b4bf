//! The live screen on a real terminal, driven by real keys: tmux is the person. And plain mode, without a terminal.
//!
//! Needs `tmux`. Not how a screen looks at every size (`tests/screens`, held by `src/screen/draw.rs`). Invariants: each test has a tmux server of its own;
//! nothing sleeps, every wait is for something that appears and is given up after [`PATIENCE`].

#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "harness/tone.rs"]
mod tone;

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

const SOUND_SECONDS: u32 = 600;
const PATIENCE: Duration = Duration::from_secs(60);

/// A folder with sound and two places for copies.
fn room() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    tone::write(&dir.path().join("in.wav"), 8_000, SOUND_SECONDS * 8_000, 2);
    for side in ["a", "b"] {
        std::fs::create_dir(dir.path().join(side)).unwrap();
    }
    dir
}

/// A terminal with a recording in it.
struct Terminal {
    dir: TempDir,
}

impl Terminal {
    /// Starts the recording on a terminal of that size, with a shell's last words behind it.
    fn start(width: u16, height: u16, flags: &str) -> Terminal {
        let terminal = Terminal { dir: room() };
        let line = format!(
            "{} record --realtime --input in.wav --copy a --copy b {flags}; echo exit=$?; stty -a; exec cat",
            env!("CARGO_BIN_EXE_counterpart")
        );
        let size = [width.to_string(), height.to_string()];
        let mut tmux = terminal.tmux();
        tmux.args(["-f", "/dev/null", "new-session", "-d", "-x", &size[0], "-y", &size[1], &line]);
        assert!(tmux.status().unwrap().success());
        terminal
    }

    fn tmux(&self) -> Command {
        let mut command = Command::new("tmux");
        let dir = self.dir.path();
        command.current_dir(dir).env_clear().env("PATH", std::env::var_os("PATH").unwrap());
        command.env("HOME", dir).env("TERM", "xterm-256color").env("LC_ALL", "C.UTF-8").env("SHELL", "/bin/sh");
        command.arg("-S").arg(dir.join("tmux.sock"));
        command
    }

    fn keys(&self, keys: &[&str]) {
        assert!(self.tmux().args(["send-keys", "-t", "0"]).args(keys).status().unwrap().success());
    }

    fn resize(&self, width: u16, height: u16) {
        let (x, y) = (width.to_string(), height.to_string());
        assert!(self.tmux().args(["resize-window", "-t", "0", "-x", &x, "-y", &y]).status().unwrap().success());
    }

    fn shown(&self) -> String {
        let output = self.tmux().args(["capture-pane", "-p", "-t", "0"]).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Waits until what is shown is enough.
    fn wait(&self, what: &str, enough: impl Fn(&str) -> bool) -> String {
        let began = Instant::now();
        loop {
            let shown = self.shown();
            if enough(&shown) {
                return shown;
            }
            assert!(began.elapsed() < PATIENCE, "never saw {what}:\n{shown}");
        }
    }

    fn wait_for(&self, words: &str) -> String {
        self.wait(words, |shown| shown.contains(words))
    }

    fn signal(&self, name: &str) {
        let script = format!("kill -{name} $(pgrep -P $(tmux -S tmux.sock display -p '#{{pane_pid}}'))");
        let mut shell = Command::new("sh");
        assert!(shell.current_dir(self.dir.path()).args(["-c", &script]).status().unwrap().success());
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.tmux().arg("kill-server").status();
    }
}

/// The events of the copy, as `kind reason`.
fn events(dir: &Path) -> Vec<String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_counterpart"));
    let output = command.args(["verify", "--json", "a"]).current_dir(dir).env("HOME", dir).output().unwrap();
    let verdict: Value = serde_json::from_slice(&output.stdout).unwrap();
    let events = verdict.pointer("/files/0/evidence/events").unwrap().as_array().unwrap();
    let text = |event: &Value| {
        let body = event["body"].as_str().unwrap_or_default();
        let reason = body.lines().find_map(|line| line.strip_prefix("reason: ")).unwrap_or_default();
        format!("{} {reason}", event["kind"].as_str().unwrap()).trim().to_owned()
    };
    events.iter().map(text).collect()
}

#[test]
fn keys_drive_the_recording_and_the_terminal_is_given_back() {
    let terminal = Terminal::start(80, 24, "");
    let first = terminal.wait("levels", |shown| shown.contains("(*) RECORDING") && shown.contains("track 2 ["));
    assert!(first.contains("p pause  m marker  e entrant  f finish  l large  Enter skips ahead"), "{first}");
    terminal.wait_for("copy 2  ok, ");
    terminal.keys(&["m"]);
    terminal.wait_for("marked at");
    terminal.keys(&["p"]);
    terminal.wait_for("|| PAUSED");
    terminal.keys(&["p"]);
    terminal.wait("the resumption", |shown| shown.contains("(*) RECORDING") && shown.contains("resumed at"));
    terminal.keys(&["e", "Ms Joness", "BSpace"]);
    terminal.wait_for("Who came in? Ms Jones_");
    terminal.keys(&["Enter"]);
    terminal.wait_for("entrant noted");
    terminal.keys(&["f"]);
    terminal.wait_for("Finish the recording?");
    terminal.keys(&["n"]);
    terminal.wait("the question gone", |shown| !shown.contains("Finish the recording?"));
    terminal.keys(&["f", "y"]);
    let last = terminal.wait_for("echoke");
    assert!(last.contains("exit=0") && last.contains("read back"), "{last}");
    assert!(last.contains(" icanon ") && last.contains(" echo "), "{last}");
    assert!(!last.contains("RECORDING"), "{last}");
    let expected = ["source", "marker", "pause", "resume", "entrant Ms Jones"];
    assert_eq!(events(terminal.dir.path()), expected);
}

#[test]
fn it_fits_every_size_and_is_readable_from_afar() {
    let terminal = Terminal::start(80, 24, "");
    terminal.wait_for("copy 2  ok, ");
    terminal.keys(&["l"]);
    let large = terminal.wait("large letters", |shown| shown.contains("####  #####  ####"));
    assert!(!large.contains("RECORDING"), "{large}");
    terminal.resize(30, 12);
    let narrow =
        terminal.wait("a narrow screen", |shown| shown.contains("(*) RECORDING") && shown.contains("f finish"));
    assert!(narrow.contains("track 1 [") && narrow.contains("copy 1  ok"), "{narrow}");
    assert!(narrow.lines().all(|line| line.chars().count() <= 30), "{narrow}");
    terminal.resize(18, 3);
    terminal.wait("a tiny screen", |shown| shown.contains("RECORDING") && shown.contains("track 2"));
    terminal.resize(80, 24);
    terminal.keys(&["l"]);
    terminal.wait("the screen as it was", |shown| shown.contains("(*) RECORDING") && shown.contains("dB"));
    terminal.keys(&["C-c"]);
    terminal.wait_for("exit=0");
}

#[test]
fn a_signal_ends_it_in_order() {
    let terminal = Terminal::start(80, 24, "");
    terminal.wait_for("copy 2  ok, ");
    terminal.signal("TERM");
    let last = terminal.wait_for("echoke");
    assert!(last.contains("exit=0") && last.contains(" icanon ") && last.contains(" echo "), "{last}");
}

#[test]
fn enter_skips_ahead_on_the_screen() {
    let terminal = Terminal::start(80, 24, "");
    terminal.wait_for("(*) RECORDING");
    terminal.keys(&["Enter"]);
    let last = terminal.wait_for("exit=0");
    assert!(last.contains("sound         10:00"), "{last}");
}

#[test]
fn plain_mode_is_lines_on_a_terminal_too() {
    let terminal = Terminal::start(80, 24, "--plain 2>plain.txt");
    let said = || std::fs::read_to_string(terminal.dir.path().join("plain.txt")).unwrap_or_default();
    terminal.wait("the keys", |_| said().contains("keys, each with Enter"));
    terminal.keys(&["m question 1", "Enter"]);
    terminal.wait("the marker", |_| said().contains("marker: question 1"));
    terminal.keys(&["f", "Enter", "y", "Enter"]);
    terminal.wait_for("exit=0");
    assert!(!said().contains(|c: char| c.is_control() && c != '\n'), "{:?}", said());
}

#[test]
fn plain_mode_needs_no_terminal() {
    let dir = room();
    let mut command = Command::new(env!("CARGO_BIN_EXE_counterpart"));
    command.args(["record", "--plain", "--realtime", "--input", "in.wav", "--copy", "a", "--copy", "b"]);
    command.current_dir(dir.path()).env("HOME", dir.path());
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"m\ne Ms Jones\nwhat\ns\nf\nn\np\nf\nyes\n").unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(!said.contains(|c: char| c.is_control() && c != '\n'), "{said:?}");
    for line in [
        "recording; keys, each with Enter",
        "STARTING 0:00:00",
        "finish the recording? y and Enter",
        "going on",
        "finishing",
    ] {
        assert!(said.lines().any(|said| said.starts_with(line)), "no {line:?} in:\n{said}");
    }
    assert_eq!(events(dir.path()), ["source", "marker", "entrant Ms Jones", "pause"]);
}
