//! Alarms of a live microphone: each fault is told within five seconds, stands in the status, and is over when it is mended.
//!
//! Needs `pulseaudio`: a real sound server with a pipe for a microphone, fed in real time with two voices' worth of noise. Invariants: nothing sleeps to
//! wait for anything; the feeder's pace is its own clock; each wait is given up after [`PATIENCE`].

#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use serde_json::Value;

const RATE_HZ: usize = 8_000;
const TELL_WITHIN: Duration = Duration::from_secs(5);
const PATIENCE: Duration = Duration::from_secs(60);
const PIECE: Duration = Duration::from_millis(25);

/// The two samples of a moment.
type Sound = fn(usize) -> [i16; 2];

fn noise(loudness: i32, at: usize) -> i16 {
    let state = (at as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let value = ((state ^ state >> 29).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 33) as i32;
    (value % (2 * loudness + 1) - loudness).clamp(-32_768, 32_767) as i16
}

/// Words of half a second with a quieter room between them.
fn voice(loudness: i32, at: usize) -> i16 {
    noise(if at % 6_000 < 4_000 { loudness } else { 60 }, at)
}

fn well(at: usize) -> [i16; 2] {
    [voice(4_000, at), voice(3_000, at + 3_000)]
}

/// What the feeder is told.
enum Told {
    Play(Sound),
    Nothing,
    Slowly,
}

fn start_feeder(pipe: PathBuf) -> Sender<Told> {
    let (tell, told) = channel();
    std::thread::spawn(move || feed(&pipe, &told));
    tell
}

fn feed(path: &Path, told: &Receiver<Told>) {
    let (mut sound, mut pace): (Option<Sound>, _) = (Some(well), PIECE);
    let (mut pipe, mut at, mut due) = (None::<File>, 0, Instant::now());
    loop {
        due += pace;
        match told.recv_timeout(due.saturating_duration_since(Instant::now())) {
            Ok(Told::Play(new)) => (sound, pace) = (Some(new), PIECE),
            Ok(Told::Nothing) => sound = None,
            Ok(Told::Slowly) => pace = PIECE * 11 / 10,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        if pipe.is_none() {
            pipe = OpenOptions::new().write(true).open(path).ok();
        }
        let Some(sound) = sound else { continue };
        let piece = at..at + RATE_HZ / 40;
        at = piece.end;
        let bytes: Vec<u8> = piece.flat_map(sound).flat_map(i16::to_le_bytes).collect();
        if pipe.as_mut().is_some_and(|pipe| pipe.write_all(&bytes).is_err()) {
            pipe = None;
        }
    }
}

struct Server(Child);

impl Server {
    fn start(dir: &Path) -> Server {
        let at = |name: &str| dir.join(name).display().to_string();
        let _ = std::fs::remove_file(dir.join("pipe"));
        let mut command = Command::new("pulseaudio");
        command.args(["-n", "--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1", "--log-level=info"]);
        command.arg("--log-target=stderr").env("HOME", dir).env("XDG_RUNTIME_DIR", dir).env("LC_ALL", "C");
        command.args(["-L", &format!("module-native-protocol-unix socket={} auth-anonymous=1", at("socket"))]);
        command.args(["-L", "module-null-sink sink_name=nobody"]);
        let source = format!("source_name=room file={} format=s16le rate={RATE_HZ} channels=2", at("pipe"));
        let mut child =
            command.args(["-L", &format!("module-pipe-source {source}")]).stderr(Stdio::piped()).spawn().unwrap();
        let log = BufReader::new(child.stderr.take().unwrap());
        let (up, is_up) = channel();
        std::thread::spawn(move || {
            let lines = log.lines().map_while(Result::ok);
            lines.filter(|line| line.contains("Daemon startup complete")).for_each(|_| up.send(()).unwrap_or_default());
        });
        is_up.recv_timeout(PATIENCE).unwrap();
        Server(child)
    }

    fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A recording, and the lines it writes to standard error.
struct Recording {
    dir: PathBuf,
    child: Child,
    lines: Receiver<String>,
}

impl Recording {
    fn start(dir: &Path, flags: &[&str]) -> Recording {
        let mut command = counterpart(dir);
        command.args(["record", "--json", "--input", "mic:room", "--copy", "a", "--copy", "b"]);
        let mut child =
            command.args(flags).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let said = BufReader::new(child.stderr.take().unwrap());
        let (tell, lines) = channel();
        std::thread::spawn(move || said.lines().map_while(Result::ok).for_each(|line| drop(tell.send(line))));
        Recording { dir: dir.to_owned(), child, lines }
    }

    /// Waits for the next line, which is to begin like that; how long it took.
    fn hears(&self, words: &str) -> Duration {
        let began = Instant::now();
        let line = self.lines.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("never heard {words:?}"));
        assert!(line.starts_with(words), "{line:?} instead of {words:?}");
        began.elapsed()
    }

    fn status(&self) -> Value {
        let output = counterpart(&self.dir).args(["control", "a", "status", "--json"]).output().unwrap();
        serde_json::from_slice(&output.stdout).unwrap_or_default()
    }

    fn standing(&self) -> Vec<String> {
        let status = self.status();
        let alarms = status["alarms"].as_array().cloned().unwrap_or_default();
        alarms.iter().map(|alarm| alarm["kind"].as_str().unwrap().to_owned()).collect()
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn counterpart(dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_counterpart"));
    command.current_dir(dir).env_clear().env("HOME", dir).env("TZ", "UTC");
    command.env("PULSE_SERVER", format!("unix:{}", dir.join("socket").display()));
    command
}

#[test]
fn every_fault_is_told_within_five_seconds_and_is_over_when_it_is_mended() {
    let dir = tempfile::tempdir().unwrap();
    for copy in ["a", "b"] {
        std::fs::create_dir(dir.path().join(copy)).unwrap();
    }
    let mut server = Server::start(dir.path());
    let feeder = start_feeder(dir.path().join("pipe"));
    let recording = Recording::start(dir.path(), &[]);
    let began = Instant::now();
    while recording.status()["position_samples"].as_u64().is_none_or(|position| position == 0) {
        assert!(began.elapsed() < PATIENCE, "it never recorded");
    }
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
        feeder.send(bad).unwrap();
        let took = recording.hears(&format!("ALARM: {words}"));
        assert!(took < TELL_WITHIN + PIECE, "{kind} took {took:?}");
        assert_eq!(recording.standing(), [kind]);
        slowest = slowest.max(took);
        if !is_last {
            feeder.send(Told::Play(well)).unwrap();
            recording.hears(&format!("ALARM over: {words}"));
            assert_eq!(recording.standing(), [""; 0], "{kind}");
        }
        if kind == "no-sound" {
            feeder.send(Told::Play(well)).unwrap();
            server.kill();
            assert!(recording.hears("ALARM: source gone: the sound server went away") < TELL_WITHIN);
            assert_eq!(recording.standing(), ["source-gone"]);
            server = Server::start(dir.path());
            recording.hears("ALARM over: source gone");
        }
    }
    assert!(counterpart(dir.path()).args(["control", "a", "finish"]).status().unwrap().success());
    println!("figures: 7 faults of a microphone, its server's death among them, the slowest told after {slowest:.1?}");
    let mut recording = recording;
    assert_eq!(recording.child.wait().unwrap().code(), Some(1));
    let last: Vec<String> = recording.lines.iter().collect();
    assert!(last.iter().any(|line| line.starts_with("counterpart: sound is missing from the recording: ")), "{last:?}");
    drop(server);
}

#[test]
fn a_check_before_says_what_is_heard_and_is_on_the_record() {
    let dir = tempfile::tempdir().unwrap();
    for copy in ["a", "b"] {
        std::fs::create_dir(dir.path().join(copy)).unwrap();
    }
    let _server = Server::start(dir.path());
    let feeder = start_feeder(dir.path().join("pipe"));
    let quiet = |at| [noise(60, at), noise(60, at + 1)];
    feeder.send(Told::Play(quiet)).unwrap();
    let mut recording = Recording::start(dir.path(), &["--check"]);
    recording.hears("check: please be quiet");
    recording.hears("check: now one of you");
    feeder.send(Told::Play(|at| [voice(8_000, at), voice(300, at)])).unwrap();
    recording.hears("check: now the other");
    feeder.send(Told::Play(quiet)).unwrap();
    recording.hears("check: this is what was heard");
    let line = recording.lines.recv_timeout(PATIENCE).unwrap();
    let words = line.strip_prefix("ALARM: ").unwrap_or_else(|| panic!("{line}"));
    assert!(words.starts_with("checked before: noise -"), "{words}");
    assert!(words.contains("quiet enough; first voice heard on track 1 at -"), "{words}");
    assert!(words.ends_with("; second voice NOT HEARD; played back"), "{words}");
    let began = Instant::now();
    while recording.status()["position_samples"].as_u64().is_none_or(|position| position == 0) {
        assert!(began.elapsed() < PATIENCE, "it never recorded");
    }
    assert!(counterpart(dir.path()).args(["control", "a", "finish"]).status().unwrap().success());
    assert_eq!(recording.child.wait().unwrap().code(), Some(0));
    let output = counterpart(dir.path()).args(["verify", "--json", "a"]).output().unwrap();
    let verdict: Value = serde_json::from_slice(&output.stdout).unwrap();
    let events = verdict.pointer("/files/0/evidence/events").unwrap().as_array().unwrap();
    let noted = events.iter().any(|event| event["body"].as_str().is_some_and(|body| body.contains(words)));
    assert!(noted, "{events:?}");
}
