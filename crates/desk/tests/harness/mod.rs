//! The real binary over loopback, in a folder of its own: what every test of the service starts with.
//!
//! Not a client for others to use. Invariants: ports are the system's choice; every process started is ended with its test;
//! waiting ends with the thing waited for, or fails after [`PATIENCE`].

#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::panic, missing_docs)]

pub mod http;

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

pub use http::{Answer, ask};

pub const PATIENCE: Duration = Duration::from_secs(60);
pub const ORIGIN: &str = "log.example/test";

/// Runs a command of the binary to its end.
pub fn run(args: &[&str]) -> Output {
    command(args).output().unwrap()
}

fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_counterpartd"));
    command.args(args).stdin(Stdio::null());
    command
}

/// Standard output of a command that must end with this code.
pub fn expect(args: &[&str], code: i32) -> String {
    let output = run(args);
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{args:?}\n{out}{err}");
    out + &err
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Waits for something to become so.
pub fn eventually<T>(what: &str, mut is_it: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(it) = is_it() {
            return it;
        }
        assert!(began.elapsed() < PATIENCE, "never: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A role that runs. Ended hard when dropped.
pub struct Role {
    child: Child,
    pub address: String,
    _stdout: BufReader<ChildStdout>,
}

impl Role {
    /// Starts it and waits until it says where it listens.
    pub fn start(args: &[&str]) -> Role {
        Role::try_start(args).unwrap_or_else(|output| panic!("{args:?}: {}", text(&output.stderr)))
    }

    /// The same, or how it ended when it refused.
    pub fn try_start(args: &[&str]) -> Result<Role, Output> {
        let mut child = command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let Some(address) = line.trim_end().strip_prefix("listening on http://") else {
            return Err(child.wait_with_output().unwrap());
        };
        let mut stderr = child.stderr.take().unwrap();
        // Read on, so that log lines never fill the pipe.
        std::thread::spawn(move || {
            let mut lines = Vec::new();
            let _ = stderr.read_to_end(&mut lines);
            if std::env::var_os("SHOW_LINES").is_some() {
                eprint!("{}", String::from_utf8_lossy(&lines));
            }
        });
        Ok(Role { child, address: address.to_owned(), _stdout: stdout })
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// The exit code, when it has ended by itself.
    pub fn ended(mut self) -> Option<i32> {
        eventually("the role ends", || self.child.try_wait().unwrap()).code()
    }

    /// Asks it to stop; its exit code.
    pub fn stop(self) -> Option<i32> {
        self.signal(Signal::TERM);
        self.ended()
    }

    /// Ends it without a word.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// The most memory it ever had, bytes.
    pub fn memory_peak_bytes(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches(" kB").trim().parse::<u64>().unwrap() * 1024
    }
}

impl Drop for Role {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A log in its folder, with a token, and with as many witnesses as asked for.
pub struct Site {
    folder: tempfile::TempDir,
    pub token: String,
    pub log_key: String,
}

/// What `init` is asked for.
pub enum Witnessing {
    None,
    Local,
}

impl Site {
    pub fn new(witnessing: &Witnessing) -> Site {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        std::fs::create_dir(path("keys")).unwrap();
        let (data, lock, key) = (path("data"), path("keys/lock"), path("keys/log.key"));
        let mut args = vec!["init", "--data", &data, "--lock", &lock, "--origin", ORIGIN, "--key", &key];
        let (witness_key, witness_state) = (path("keys/witness.key"), path("keys/witness.state"));
        if matches!(witnessing, Witnessing::Local) {
            args.extend(["--witness-key", &witness_key, "--witness-state", &witness_state]);
        }
        let log_key = expect(&args, 0).trim_end().to_owned();
        let token = expect(&["token", "--tokens", &path("keys/tokens"), "--name", "test"], 0).trim_end().to_owned();
        Site { folder, token, log_key }
    }

    pub fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The arguments of `log`, with more behind them.
    pub fn log_args(&self, more: &[&str]) -> Vec<String> {
        let named = [
            ("--data", "data"),
            ("--lock", "keys/lock"),
            ("--key", "keys/log.key"),
            ("--tokens", "keys/tokens"),
            ("--policy", "keys/trust.policy"),
        ];
        let mut args = vec!["log".to_owned()];
        args.extend(named.iter().flat_map(|(flag, name)| [(*flag).to_owned(), self.path(name)]));
        if Path::new(&self.path("keys/witness.key")).exists() {
            args.extend(["--witness-key".into(), self.path("keys/witness.key")]);
            args.extend(["--witness-state".into(), self.path("keys/witness.state")]);
        }
        if !more.contains(&"--listen") {
            args.extend(["--listen".to_owned(), "127.0.0.1:0".to_owned()]);
        }
        args.extend(more.iter().map(|word| (*word).to_owned()));
        args
    }

    pub fn start(&self, more: &[&str]) -> Role {
        let args = self.log_args(more);
        Role::start(&args.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// Standard error and exit code of a log that refuses to start.
    pub fn refused(&self, more: &[&str]) -> (String, Option<i32>) {
        let args = self.log_args(more);
        match Role::try_start(&args.iter().map(String::as_str).collect::<Vec<_>>()) {
            Ok(_) => panic!("it started"),
            Err(output) => (text(&output.stderr), output.status.code()),
        }
    }

    /// Submits an entry.
    pub fn add(&self, log: &Role, number: u64) -> Answer {
        let token = format!("Bearer {}", self.token);
        ask(&log.address, "POST", "/add", &[("Authorization", &token)], &entry(number))
    }

    /// What `check` says, and its exit code.
    pub fn check(&self, log: &str, more: &[&str]) -> (String, Option<i32>) {
        let policy = self.path("keys/trust.policy");
        let mut args = vec!["check", "--log", log, "--policy", &policy];
        args.extend(more);
        let output = run(&args);
        (text(&output.stdout) + &text(&output.stderr), output.status.code())
    }
}

/// An entry, each number another.
pub fn entry(number: u64) -> Vec<u8> {
    let mut bytes = vec![1, 1];
    bytes.extend(number.to_be_bytes());
    bytes.extend([7; 24]);
    bytes
}

/// The proof in an answer, which must be one for this entry.
pub fn proof(answer: &Answer, number: u64) -> seal::tlog::Proof {
    let proof = seal::tlog::Proof::parse(answer.body.as_bytes()).unwrap_or_else(|| panic!("no proof: {answer:?}"));
    assert!(proof.is_for(&seal::tlog::leaf_hash(&entry(number))), "a proof for another entry");
    proof
}

/// A folder with all that is in it.
pub fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
