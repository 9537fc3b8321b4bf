//! The live screen on a real terminal, driven by real keys: tmux is the person. And plain mode, without a terminal.
//!
//! Needs `tmux`. Not how a screen looks at every size (`tests/screens`, held by `src/screen/draw.rs`). Invariants: each
//! test has a tmux server of its own; nothing sleeps, every wait is for something that appears and is given up after
//! [`PATIENCE`].

#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "harness/tone.rs"]
mod tone;

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
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

    /// Waits until both copies are there, and the same.
    fn saved(&self) {
        let copies = ["a", "b"].map(|side| self.dir.path().join(side).join("recording.flac"));
        let began = Instant::now();
        while !copies.iter().all(|copy| copy.exists()) {
            assert!(began.elapsed() < PATIENCE, "never saved");
        }
        let [a, b] = copies.map(|copy| std::fs::read(copy).unwrap());
        assert!(a == b, "the copies differ");
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

fn verdict(dir: &Path) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_counterpart"));
    let output = command.args(["verify", "--json", "a"]).current_dir(dir).env("HOME", dir).output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The events of the copy, as `kind reason`.
fn events(dir: &Path) -> Vec<String> {
    let verdict = verdict(dir);
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
fn every_signal_ends_it_in_order() {
    for (name, end) in [("TERM", "stopped"), ("HUP", "stopped"), ("INT", "finished")] {
        let terminal = Terminal::start(80, 24, "");
        terminal.wait_for("copy 2  ok, ");
        terminal.signal(name);
        let last = terminal.wait_for("echoke");
        assert!(last.contains("exit=0") && last.contains(" icanon ") && last.contains(" echo "), "{name}: {last}");
        assert!(last.contains(&format!("({end})")) && !last.contains("RECORDING"), "{name}: {last}");
    }
}

#[test]
fn nothing_suspends_it() {
    let terminal = Terminal::start(80, 24, "");
    terminal.wait_for("copy 2  ok, ");
    terminal.keys(&["C-z"]);
    terminal.wait_for("a recording is not suspended");
    terminal.signal("TSTP");
    let second = terminal.wait_for("(*) RECORDING");
    terminal.wait("another second", |shown| {
        shown.contains("(*) RECORDING") && shown.lines().next() != second.lines().next()
    });
    terminal.keys(&["C-c"]);
    terminal.wait_for("exit=0");
}

#[test]
fn in_plain_mode_nothing_suspends_it_either() {
    let terminal = Terminal::start(80, 24, "--plain 2>plain.txt");
    let said = || std::fs::read_to_string(terminal.dir.path().join("plain.txt")).unwrap_or_default();
    terminal.wait("the keys", |_| said().contains("keys, each with Enter"));
    terminal.keys(&["C-z"]);
    terminal.wait("the answer", |_| said().contains("a recording is not suspended"));
    terminal.keys(&["m goes on", "Enter"]);
    terminal.wait("the marker", |_| said().contains("marker: goes on"));
    // The shell around it was suspended and says nothing more.
    terminal.keys(&["f", "Enter", "y", "Enter"]);
    terminal.saved();
    assert!(events(terminal.dir.path()).contains(&"marker goes on".to_owned()));
}

#[test]
fn a_terminal_that_is_closed_ends_it_and_both_copies_are_saved() {
    let terminal = Terminal::start(80, 24, "");
    terminal.wait_for("copy 2  ok, ");
    assert!(terminal.tmux().args(["kill-pane", "-t", "0"]).status().unwrap().success());
    terminal.saved();
    let verdict = verdict(terminal.dir.path());
    let of = |field: &str| verdict.pointer(&format!("/files/0/{field}")).unwrap().clone();
    assert_eq!(of("outcome"), "interrupted", "{verdict}");
    assert!(of("evidence").to_string().contains("SIGHUP"), "{verdict}");
}

#[test]
fn an_alarm_is_on_the_screen_and_nothing_is_told_by_colour() {
    let terminal = Terminal::start(80, 24, "");
    let calm = terminal.wait_for("copy 2  ok, ");
    assert!(!calm.contains("ALARM"), "{calm}");
    std::fs::remove_dir_all(terminal.dir.path().join("a")).unwrap();
    terminal.wait("the alarm", |shown| {
        shown.contains("!! RECORDING") && shown.contains("!! ALARM: copy lost: ") && shown.contains("copy 1  LOST: ")
    });
    let output = terminal.tmux().args(["capture-pane", "-p", "-e", "-t", "0"]).output().unwrap();
    let drawn = String::from_utf8_lossy(&output.stdout).into_owned();
    let steered: Vec<&str> = drawn.split("\u{1b}[").skip(1).filter_map(|rest| rest.split('m').next()).collect();
    // Bold, reversed, and the end of either.
    let known = ["0", "1", "7", "39", "49"];
    assert!(steered.iter().flat_map(|codes| codes.split(';')).all(|code| known.contains(&code)), "{steered:?}");
    assert!(steered.iter().any(|codes| codes.contains('7')), "{steered:?}");
    terminal.keys(&["f", "y"]);
    let last = terminal.wait_for("exit=1");
    assert!(last.contains("ALARM: copy lost: "), "{last}");
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

/// A recording in plain mode, driven by lines.
struct Plain {
    dir: TempDir,
    child: Child,
    said: Receiver<String>,
    all: String,
}

impl Plain {
    fn start() -> Plain {
        let dir = room();
        let mut command = Command::new(env!("CARGO_BIN_EXE_counterpart"));
        command.args(["record", "--plain", "--realtime", "--input", "in.wav", "--copy", "a", "--copy", "b"]);
        command.current_dir(dir.path()).env("HOME", dir.path()).stdin(Stdio::piped()).stdout(Stdio::null());
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let (tell, said) = channel();
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(|line| drop(tell.send(line))));
        Plain { dir, child, said, all: String::new() }
    }

    /// Types a line, and takes so many of the answers: those to one line have no order among them.
    fn types(&mut self, line: &str, answers: usize) {
        if !line.is_empty() {
            writeln!(self.child.stdin.as_mut().unwrap(), "{line}").unwrap();
        }
        let mut said: Vec<String> = (0..answers).map(|_| self.said.recv_timeout(PATIENCE).unwrap()).collect();
        said.sort();
        let folder = self.dir.path().display().to_string();
        let shown = said.iter().map(|line| masked(&line.replace(&folder, "")) + "\n");
        self.all.push_str(&format!("> {line}\n{}", shown.collect::<String>()));
    }
}

/// Numbers are different each time.
fn masked(line: &str) -> String {
    let mut masked = String::new();
    for c in line.chars() {
        match c {
            '0'..='9' if masked.ends_with('#') => {}
            '0'..='9' => masked.push('#'),
            c => masked.push(c),
        }
    }
    masked
}

#[test]
fn plain_lines_are_as_in_the_repository() {
    let mut plain = Plain::start();
    plain.types("", 2);
    // It has counted its first second.
    let began = Instant::now();
    let status = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_counterpart"));
        let output =
            command.args(["control", "a", "status"]).current_dir(plain.dir.path()).env("HOME", plain.dir.path());
        String::from_utf8(output.output().unwrap().stdout).unwrap()
    };
    while !status().contains("free") {
        assert!(began.elapsed() < PATIENCE, "{}", status());
    }
    plain.types("m question 1", 2);
    plain.types("e Ms Jones", 2);
    plain.types("s", 5);
    std::fs::remove_dir_all(plain.dir.path().join("b")).unwrap();
    plain.types("", 2);
    plain.types("what", 1);
    plain.types("f", 1);
    plain.types("no", 1);
    plain.types("f", 1);
    plain.types("y", 1);
    plain.types("", 2);
    assert_eq!(plain.child.wait().unwrap().code(), Some(1));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/screens/plain.txt");
    if std::env::var_os("UPDATE_SCREENS").is_some() {
        std::fs::write(&path, &plain.all).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap_or_default(), plain.all, "UPDATE_SCREENS=1 writes it");
}
