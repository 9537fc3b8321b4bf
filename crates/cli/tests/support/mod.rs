//! What the end-to-end tests over the real program share: folders, real sound, and the one checker of copies.
//!
//! Not any expectation of a single test. Invariants: nothing sleeps for a fixed time, every wait is for a condition and
//! has a deadline; a tool that is missing fails the test with one line that says which; chance is seeded.

#![allow(clippy::unwrap_used, clippy::panic, dead_code, unreachable_pub)]

pub mod live;
pub mod sound;
pub mod strace;

use std::fmt::Debug;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

pub const RECORDING: &str = "recording.flac";
pub const PART: &str = "recording.flac.part";
/// No condition takes longer, even on a machine that does much else.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Two folders for copies and one for journals.
pub struct Bench {
    root: PathBuf,
    _dir: Option<tempfile::TempDir>,
}

impl Default for Bench {
    fn default() -> Bench {
        let dir = tempfile::tempdir().unwrap();
        // strace compares canonical paths.
        Bench { root: dir.path().canonicalize().unwrap(), _dir: Some(dir) }.made()
    }
}

impl Bench {
    /// A bench at a path that stays when the test ends.
    pub fn at(root: PathBuf) -> Bench {
        Bench { root, _dir: None }.made()
    }

    fn made(self) -> Bench {
        for name in ["a", "b", "state", "home"] {
            std::fs::create_dir_all(self.path(name)).unwrap();
        }
        self
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// Where a copy is when it is finished.
    pub fn copy(&self, side: &str) -> PathBuf {
        self.path(side).join(RECORDING)
    }

    /// The program with these arguments, in a home of its own.
    pub fn counterpart(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_counterpart"));
        command.args(args);
        self.at_home(&mut command);
        command
    }

    /// `record` of that input into both folders.
    pub fn record(&self, input: &str, more: &[&str]) -> Command {
        self.counterpart(&[&["record", "--input", input, "--copy", "a", "--copy", "b"], more].concat())
    }

    pub fn at_home(&self, command: &mut Command) {
        command.current_dir(&self.root).env_clear().env("HOME", self.path("home"));
        command.env("COUNTERPART_STATE", self.path("state")).env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.stdin(Stdio::null());
    }

    /// `recover` of that folder.
    pub fn recover(&self, side: &str) -> Done {
        run(&mut self.counterpart(&["recover", side]))
    }

    /// How many journals there are.
    pub fn journals(&self) -> usize {
        std::fs::read_dir(self.path("state/journals")).map_or(0, Iterator::count)
    }

    /// Both copies are there, equal, and verify with this exit code and outcome.
    pub fn check_both(&self, wanted: &[&str]) -> Result<Checked, String> {
        let [a, b] = ["a", "b"].map(|side| std::fs::read(self.copy(side)));
        let (a, b) = (a.map_err(|err| format!("copy a: {err}"))?, b.map_err(|err| format!("copy b: {err}"))?);
        if a != b {
            return Err(format!("the copies differ ({} and {} bytes)", a.len(), b.len()));
        }
        self.check("a", wanted)
    }

    /// That copy verifies as one of the outcomes wanted, ordinarily and deep.
    pub fn check(&self, side: &str, wanted: &[&str]) -> Result<Checked, String> {
        let done = run(&mut self.counterpart(&["verify", "--deep", "--json", side]));
        let said: Value = serde_json::from_str(&done.out).map_err(|err| format!("verify --json: {err}: {done:?}"))?;
        let file = &said["files"][0];
        let outcome = file["outcome"].as_str().unwrap_or_default().to_owned();
        if done.code != Some(0) || !wanted.contains(&outcome.as_str()) {
            return Err(format!("verify {side}: {outcome:?}, exit {:?}, wanted {wanted:?}: {done:?}", done.code));
        }
        let evidence = file["evidence"].clone();
        let samples = evidence["total_samples"].as_u64().ok_or("no total_samples")?;
        Ok(Checked { outcome, samples, evidence })
    }
}

/// A copy that verified.
#[derive(Debug)]
pub struct Checked {
    pub outcome: String,
    /// Samples of each track.
    pub samples: u64,
    pub evidence: Value,
}

impl Checked {
    /// Whether there is an event of that kind whose text holds `word`.
    pub fn has_event(&self, kind: &str, word: &str) -> bool {
        let events = self.evidence["events"].as_array().cloned().unwrap_or_default();
        events.iter().any(|event| event["kind"] == kind && event["body"].as_str().unwrap_or_default().contains(word))
    }
}

/// A program that ended.
#[derive(Debug, Clone)]
pub struct Done {
    /// None when a signal ended it.
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl From<Output> for Done {
    fn from(output: Output) -> Done {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Done { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
    }
}

impl Done {
    /// The copies that the output calls saved.
    pub fn saved(&self) -> Vec<String> {
        let of_line = |line: &str| line.trim_start().strip_prefix("saved ").map(str::trim_start).map(str::to_owned);
        self.out.lines().filter_map(of_line).collect()
    }

    /// Whether the copy of that side is called saved.
    pub fn says_saved(&self, side: &str) -> bool {
        self.saved().iter().any(|line| line.contains(&format!("/{side}/{RECORDING}")))
    }

    /// What every command that failed owes: one line of what is wrong.
    pub fn one_clear_line(&self) -> Result<(), String> {
        let told: Vec<&str> = self.err.lines().filter(|line| line.starts_with("counterpart: ")).collect();
        let rest = self
            .err
            .lines()
            .filter(|line| !["counterpart: ", "hint: ", "ALARM: ", "ALARM over: "].iter().any(|w| line.starts_with(w)));
        match (told.len(), rest.count()) {
            (1, 0) => Ok(()),
            _ => Err(format!("not one clear line: {self:?}")),
        }
    }
}

/// Runs a program to its end.
pub fn run(command: &mut Command) -> Done {
    match command.output() {
        Ok(output) => output.into(),
        Err(err) => panic!("{} cannot be run: {err}", command.get_program().display()),
    }
}

/// Runs a tool that must succeed without a word on standard error, and gives what it wrote.
pub fn tool(program: &str, args: &[&str]) -> Result<Vec<u8>, String> {
    let output = Command::new(program).args(args).stdin(Stdio::null()).output();
    let output = output.map_err(|err| format!("{program} cannot be run: {err}"))?;
    match output.status.success() && output.stderr.is_empty() {
        true => Ok(output.stdout),
        false => Err(format!("{program} {args:?}: {}: {}", output.status, String::from_utf8_lossy(&output.stderr))),
    }
}

/// Fails with one line when a program is not installed.
pub fn need(programs: &[(&str, &str)]) {
    let path = std::env::var_os("PATH").unwrap_or_default();
    for (program, package) in programs {
        let found = std::env::split_paths(&path).any(|dir| dir.join(program).is_file());
        assert!(found, "this test needs {program}: apt-get install {package}");
    }
}

/// Waits for a condition, looking again at once while it does not hold.
pub fn wait_until<T>(what: &str, mut condition: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = condition() {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "{what}: not within {PATIENCE:?}");
        std::thread::park_timeout(Duration::from_millis(2));
    }
}

/// Runs every job on some threads; fails with every job that failed.
pub fn all<J: Debug + Sync>(workers: usize, jobs: &[J], run: impl Fn(&J) -> Result<(), String> + Sync) {
    let next = AtomicUsize::new(0);
    let failures = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(why) = run(job) {
                        failures.lock().unwrap().push(format!("{job:?}: {why}"));
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    let shown = failures.iter().take(20).map(String::as_str).collect::<Vec<_>>().join("\n");
    assert!(failures.is_empty(), "{} of {} failed:\n{shown}", failures.len(), jobs.len());
}

/// Chance from a seed (splitmix64).
pub struct Chance(pub u64);

impl Chance {
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % end
    }
}

/// The path as text.
pub fn shown(path: &Path) -> &str {
    path.to_str().unwrap()
}
