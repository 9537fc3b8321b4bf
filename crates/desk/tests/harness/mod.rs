//! The real binary over loopback, in a folder of its own: what every test of the service starts with.
//!
//! Not a client for others to use. Invariants: ports are the system's choice; every process started is ended with its test;
//! waiting ends with the thing waited for, or fails after [`PATIENCE`].

#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::panic, missing_docs)]

pub mod authenticator;
pub mod browser;
pub mod cells;
pub mod desk;
pub mod flac;
pub mod hands;
pub mod http;
pub mod line;
pub mod load;
pub mod matrix;
pub mod moment;
pub mod office;
pub mod persons;
#[path = "../../../ledger/tests/support/postgres.rs"]
pub mod postgres;
pub mod ranks;
pub mod shop;
pub mod stub;
pub mod ways;

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

pub use http::{Answer, ask};

pub const PATIENCE: Duration = Duration::from_secs(60);
pub const ORIGIN: &str = "log.example/test";

/// What a program finds in its environment beside what the test has.
pub type Environment = Vec<(&'static str, String)>;

/// A clock of its own for a program, by Debian's `faketime`, but for what it measures time with. Its library without its program: that one makes a
/// semaphore named after its process, and fails where one of the same number was killed.
pub const OWN_CLOCK: [(&str, &str); 2] =
    [("LD_PRELOAD", "/usr/$LIB/faketime/libfaketimeMT.so.1"), ("FAKETIME_DONT_FAKE_MONOTONIC", "1")];

/// This machine's clock, off by so much, as `faketime` writes it.
pub fn off_by(off: &str) -> impl Iterator<Item = (&'static str, &str)> {
    OWN_CLOCK.into_iter().chain([("FAKETIME", off)])
}

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
    expect_in(&Environment::new(), args, code)
}

/// The same, with this in its environment.
pub fn expect_in(environment: &Environment, args: &[&str], code: i32) -> String {
    let output = command(args).envs(environment.iter().cloned()).output().unwrap();
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
    lines: Arc<Mutex<String>>,
    stdout: BufReader<ChildStdout>,
}

impl Role {
    /// Starts it and waits until it says where it listens.
    pub fn start(args: &[&str]) -> Role {
        Role::try_start(args).unwrap_or_else(|output| panic!("{args:?}: {}", text(&output.stderr)))
    }

    /// The same, or how it ended when it refused.
    pub fn try_start(args: &[&str]) -> Result<Role, Output> {
        Role::try_start_in(&Environment::new(), args)
    }

    /// The same, with this in its environment.
    pub fn try_start_in(environment: &Environment, args: &[&str]) -> Result<Role, Output> {
        let mut command = command(args);
        let mut child =
            command.envs(environment.iter().cloned()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let Some(address) = line.trim_end().strip_prefix("listening on http://") else {
            return Err(child.wait_with_output().unwrap());
        };
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let lines = Arc::new(Mutex::new(String::new()));
        let its = Arc::clone(&lines);
        // Read on, so that log lines never fill the pipe.
        std::thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                if std::env::var_os("SHOW_LINES").is_some() {
                    eprintln!("{line}");
                }
                *its.lock().unwrap() += &(line + "\n");
            }
        });
        Ok(Role { child, address: address.to_owned(), lines, stdout })
    }

    /// Its next line on standard output.
    pub fn line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        line
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Its log lines so far.
    pub fn lines(&self) -> String {
        self.lines.lock().unwrap().clone()
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
    /// Where its data and its lock are, as they are named to the commands.
    pub stored: String,
    pub locked: String,
    /// What its log finds in its environment.
    pub environment: Environment,
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
        Site::named(witnessing, ORIGIN)
    }

    /// The same, under another name.
    pub fn named(witnessing: &Witnessing, origin: &str) -> Site {
        Site::build("", "", Environment::new(), witnessing, origin)
    }

    /// One with data and lock at these places; in its own folder where they are empty.
    pub fn at(data: &str, lock: &str, environment: Environment, witnessing: &Witnessing) -> Site {
        Site::build(data, lock, environment, witnessing, ORIGIN)
    }

    fn build(data: &str, lock: &str, environment: Environment, witnessing: &Witnessing, origin: &str) -> Site {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let place = |named: &str, name: &str| if named.is_empty() { path(name) } else { named.to_owned() };
        std::fs::create_dir(path("keys")).unwrap();
        let (stored, locked, key) = (place(data, "data"), place(lock, "keys/lock"), path("keys/log.key"));
        let mut args = vec!["init", "--data", &stored, "--lock", &locked, "--origin", origin, "--key", &key];
        let (witness_key, witness_state) = (path("keys/witness.key"), path("keys/witness.state"));
        if matches!(witnessing, Witnessing::Local) {
            args.extend(["--witness-key", &witness_key, "--witness-state", &witness_state]);
        }
        let log_key = expect_in(&environment, &args, 0).trim_end().to_owned();
        let token = expect(&["token", "--tokens", &path("keys/tokens"), "--name", "test"], 0).trim_end().to_owned();
        Site { folder, stored, locked, environment, token, log_key }
    }

    pub fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The arguments of `log`, with more behind them.
    pub fn log_args(&self, more: &[&str]) -> Vec<String> {
        let named = [("--key", "keys/log.key"), ("--tokens", "keys/tokens"), ("--policy", "keys/trust.policy")];
        let mut args = ["log", "--data", &self.stored, "--lock", &self.locked].map(str::to_owned).to_vec();
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
        self.try_start(more).unwrap_or_else(|output| panic!("{more:?}: {}", text(&output.stderr)))
    }

    /// Starts it, or says how it ended when it refused.
    pub fn try_start(&self, more: &[&str]) -> Result<Role, Output> {
        let args = self.log_args(more);
        Role::try_start_in(&self.environment, &args.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// Standard error and exit code of a log that refuses to start.
    pub fn refused(&self, more: &[&str]) -> (String, Option<i32>) {
        match self.try_start(more) {
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

/// Writes a file for its owner alone.
pub fn write_secret(path: &str, text: &str) {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
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

/// Takes entries out of an index of the events' file, as whoever has the file can: its table stays as it is. The columns are a, b, c and so on, and then the row's
/// own number; how many were taken out.
pub fn out_of_the_index(database: &str, index: &str, which: &str) -> u64 {
    let columns = if index == "case_now_room" { "a, b, c, d" } else { "a, b, c" };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut gone = 0;
        let as_a_table = format!(
            "PRAGMA writable_schema = ON; INSERT INTO sqlite_schema SELECT 'table', 'entries', 'entries', rootpage, \
             'CREATE TABLE entries ({columns}, PRIMARY KEY ({columns})) WITHOUT ROWID' FROM sqlite_schema WHERE name = '{index}'"
        );
        let taken_out = format!("DELETE FROM entries WHERE {which}");
        let as_before = "PRAGMA writable_schema = ON; DELETE FROM sqlite_schema WHERE name = 'entries'".to_owned();
        for sql in [as_a_table, taken_out, as_before] {
            // Each anew: what the tables are is read when a file is opened.
            let options = sqlx::sqlite::SqliteConnectOptions::new().filename(database);
            let mut connection = sqlx::ConnectOptions::connect(&options).await.unwrap();
            let sql = sqlx::raw_sql(sqlx::AssertSqlSafe(sql));
            gone += sqlx::Executor::execute(&mut connection, sql).await.unwrap().rows_affected();
            sqlx::Connection::close(connection).await.unwrap();
        }
        // The table's row of the schema came and went.
        gone - 2
    })
}
