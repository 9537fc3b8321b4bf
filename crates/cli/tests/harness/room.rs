//! A room for tests: a real PulseAudio server with a pipe for a microphone, fed in real time with two voices' worth of
//! noise, and an output nobody hears.
//!
//! Not any expectation of a single test. Needs `pulseaudio`. Invariants: nothing sleeps to wait for anything; the
//! feeder's pace is its own clock, and it knows every sample it fed; each wait is given up after [`PATIENCE`].

#![allow(dead_code)]

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::schema;

pub(crate) const RATE_HZ: usize = 8_000;
pub(crate) const TELL_WITHIN: Duration = Duration::from_secs(5);
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
/// The output takes what is played as it is.
const OUTPUT: &str = "format=s16le rate=8000 channels=1";
pub(crate) const PIECE: Duration = Duration::from_millis(25);

/// The two samples of a moment.
pub(crate) type Sound = fn(usize) -> [i16; 2];

pub(crate) fn noise(loudness: i32, at: usize) -> i16 {
    let state = (at as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let value = ((state ^ state >> 29).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 33) as i32;
    (value % (2 * loudness + 1) - loudness).clamp(-32_768, 32_767) as i16
}

/// Words of half a second with a quieter room between them.
pub(crate) fn voice(loudness: i32, at: usize) -> i16 {
    noise(if at % 6_000 < 4_000 { loudness } else { 60 }, at)
}

pub(crate) fn well(at: usize) -> [i16; 2] {
    [voice(4_000, at), voice(3_000, at + 3_000)]
}

/// What the feeder is told.
pub(crate) enum Told {
    Play(Sound),
    Nothing,
    Slowly,
}

/// Who speaks in the room.
pub(crate) struct Feeder {
    tell: Sender<Told>,
    fed: Arc<Mutex<Vec<[i16; 2]>>>,
}

impl Feeder {
    pub(crate) fn start(dir: &Path) -> Feeder {
        Feeder::playing(dir, well)
    }

    /// One that begins with that.
    pub(crate) fn playing(dir: &Path, sound: Sound) -> Feeder {
        let (tell, told) = channel();
        let (pipe, fed) = (dir.join("pipe"), Arc::<Mutex<Vec<_>>>::default());
        let log = Arc::clone(&fed);
        std::thread::spawn(move || feed(&pipe, sound, &told, &log));
        Feeder { tell, fed }
    }

    pub(crate) fn send(&self, told: Told) {
        self.tell.send(told).unwrap();
    }

    /// Every moment that was fed up to now.
    pub(crate) fn fed(&self) -> Vec<[i16; 2]> {
        self.fed.lock().unwrap().clone()
    }

    /// Waits until so many seconds more were fed.
    pub(crate) fn feeds(&self, seconds: usize) {
        let until = self.fed.lock().unwrap().len() + seconds * RATE_HZ;
        let began = Instant::now();
        while self.fed.lock().unwrap().len() < until {
            assert!(began.elapsed() < PATIENCE, "the feeder stands still");
            std::thread::park_timeout(PIECE);
        }
    }
}

fn feed(path: &Path, sound: Sound, told: &Receiver<Told>, log: &Mutex<Vec<[i16; 2]>>) {
    let (mut sound, mut pace): (Option<Sound>, _) = (Some(sound), PIECE);
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
        let samples: Vec<[i16; 2]> = piece.map(sound).collect();
        let bytes: Vec<u8> = samples.iter().flatten().copied().flat_map(i16::to_le_bytes).collect();
        if pipe.as_mut().is_some_and(|pipe| pipe.write_all(&bytes).is_err()) {
            pipe = None;
        } else if pipe.is_some() {
            log.lock().unwrap().extend(samples);
        }
    }
}

pub(crate) struct Server(Child);

impl Server {
    pub(crate) fn start(dir: &Path) -> Server {
        let at = |name: &str| dir.join(name).display().to_string();
        let _ = std::fs::remove_file(dir.join("pipe"));
        let mut command = Command::new("pulseaudio");
        command.args(["-n", "--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1", "--log-level=info"]);
        command.arg("--log-target=stderr").env("HOME", dir).env("XDG_RUNTIME_DIR", dir).env("LC_ALL", "C");
        command.args(["-L", &format!("module-native-protocol-unix socket={} auth-anonymous=1", at("socket"))]);
        command.args(["-L", &format!("module-null-sink sink_name=nobody {OUTPUT}")]);
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

    pub(crate) fn kill(&mut self) {
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
pub(crate) struct Recording {
    dir: PathBuf,
    pub(crate) child: Child,
    pub(crate) lines: Receiver<String>,
}

impl Recording {
    pub(crate) fn start(dir: &Path, flags: &[&str]) -> Recording {
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
    pub(crate) fn hears(&self, words: &str) -> Duration {
        let began = Instant::now();
        let line = self.lines.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("never heard {words:?}"));
        assert!(line.starts_with(words), "{line:?} instead of {words:?}");
        began.elapsed()
    }

    /// The next line.
    pub(crate) fn next(&self) -> String {
        self.lines.recv_timeout(PATIENCE).unwrap()
    }

    pub(crate) fn status(&self) -> Value {
        let output = counterpart(&self.dir).args(["control", "a", "status", "--json"]).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        if !text.is_empty() {
            assert_eq!(schema::check("status", &text, &[]), [""; 0], "{text}");
        }
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// Waits until there is sound on the record.
    pub(crate) fn runs(&self) {
        let began = Instant::now();
        while self.status()["position_samples"].as_u64().is_none_or(|position| position == 0) {
            assert!(began.elapsed() < PATIENCE, "it never recorded");
        }
    }

    /// Ends it by command; its exit code, and every line it said that was not heard yet.
    pub(crate) fn finish(mut self) -> (Option<i32>, Vec<String>) {
        assert!(counterpart(&self.dir).args(["control", "a", "finish"]).status().unwrap().success());
        let code = self.child.wait().unwrap().code();
        (code, self.lines.iter().collect())
    }

    pub(crate) fn standing(&self) -> Vec<String> {
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

pub(crate) fn counterpart(dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_counterpart"));
    command.current_dir(dir).env_clear().env("HOME", dir).env("TZ", "UTC");
    command.env("COUNTERPART_STATE", dir.join("state"));
    command.env("PULSE_SERVER", format!("unix:{}", dir.join("socket").display()));
    command
}

/// A folder with places for two copies.
pub(crate) fn folder() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for copy in ["a", "b"] {
        std::fs::create_dir(dir.path().join(copy)).unwrap();
    }
    dir
}

/// The texts of the events of a kind in copy a.
pub(crate) fn events(dir: &Path, kind: &str) -> Vec<String> {
    let output = counterpart(dir).args(["verify", "--json", "a"]).output().unwrap();
    let verdict: Value = serde_json::from_slice(&output.stdout).unwrap();
    let events = verdict.pointer("/files/0/evidence/events").unwrap().as_array().unwrap();
    let of_kind = events.iter().filter(|event| event["kind"] == kind);
    of_kind.map(|event| event["body"].as_str().unwrap_or_default().to_owned()).collect()
}
