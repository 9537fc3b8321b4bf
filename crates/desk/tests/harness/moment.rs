//! A hand in the events' file while a command runs: what it changes for a moment, and puts back.
//!
//! Not edits of an office that rests (`office.rs`). Invariants: a command is known to wait before anything is changed under it; a hand writes without
//! the office key; nothing is timed.

use std::io::Read as _;
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

use super::eventually;
use super::office::{Bureau, Said};

/// `clock_nanosleep`: how a program waits for another's transaction. Nothing else of ours sleeps.
const SLEEPS: &str = "230";
/// `flock`.
const WAITS_FOR_LOCK: &str = "73";

/// A command that runs.
pub struct Begun {
    child: Child,
    /// What it said on standard error, as far as that was read.
    said: String,
}

impl Begun {
    pub fn of(mut command: Command) -> Begun {
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        Begun { child, said: String::new() }
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Whether one of its threads is in that call, by the kernel's word.
    fn is_in(&self, call: &str) -> bool {
        let read = |path: std::path::PathBuf| std::fs::read_to_string(path).unwrap_or_default();
        let threads = std::fs::read_dir(format!("/proc/{}/task", self.child.id())).into_iter().flatten();
        threads.filter_map(Result::ok).any(|thread| read(thread.path().join("syscall")).split(' ').next() == Some(call))
    }

    /// Until it waits for somebody's transaction.
    pub fn waits_to_write(&self) {
        eventually("it waits for the events", || self.is_in(SLEEPS).then_some(()));
    }

    /// Until it waits for one of the office's locks.
    pub fn waits_for_a_lock(&self) {
        eventually("it waits for a lock", || self.is_in(WAITS_FOR_LOCK).then_some(()));
    }

    /// Until it says this.
    pub fn says(&mut self, words: &str) {
        let stderr = self.child.stderr.as_mut().unwrap();
        while !self.said.contains(words) {
            let mut byte = [0];
            stderr.read_exact(&mut byte).unwrap();
            self.said.push(char::from(byte[0]));
        }
    }

    /// It does nothing more until it is to go on.
    pub fn stop(&self) {
        kill_process(self.pid(), Signal::STOP).unwrap();
    }

    pub fn go_on(&self) {
        kill_process(self.pid(), Signal::CONT).unwrap();
    }

    pub fn ended(self) -> Said {
        Said::of(self.child.wait_with_output().unwrap())
    }
}

/// One connection to the events, with a transaction or without.
pub struct Hand {
    connection: SqliteConnection,
    runtime: tokio::runtime::Runtime,
}

impl Hand {
    pub fn in_events(bureau: &Bureau) -> Hand {
        Hand::in_file(&bureau.path("office/events.sqlite")).unwrap()
    }

    /// The same in another file of events, if it is there.
    pub fn in_file(path: &str) -> Option<Hand> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let options = SqliteConnectOptions::new().filename(path);
        let connection = runtime.block_on(SqliteConnection::connect_with(&options)).ok()?;
        Some(Hand { connection, runtime })
    }

    /// How many there are; `None` where that cannot be asked yet.
    pub fn counts(&mut self, sql: &str) -> Option<i64> {
        let asked = sqlx::query_scalar(sqlx::AssertSqlSafe(sql.to_owned())).fetch_one(&mut self.connection);
        self.runtime.block_on(asked).ok()
    }

    /// How many rows it changed.
    pub fn does(&mut self, sql: &str) -> u64 {
        let done = sqlx::query(sqlx::AssertSqlSafe(sql.to_owned())).execute(&mut self.connection);
        self.runtime.block_on(done).unwrap().rows_affected()
    }

    /// Changes one row now, and nobody writes until it is put back by [`Hand::lets_go`].
    pub fn changes(&mut self, sql: &str) {
        assert_eq!(self.does(sql), 1, "{sql}");
        self.does("BEGIN IMMEDIATE");
    }

    /// Puts it right again.
    pub fn lets_go(mut self, sql: &str) {
        assert_eq!(self.does(sql), 1, "{sql}");
        self.does("COMMIT");
    }
}

/// Holds one of the office's locks, as anybody can who may open its file.
pub fn held(bureau: &Bureau, lock: &str) -> std::fs::File {
    let file = std::fs::File::open(bureau.path(&format!("office/{lock}"))).unwrap();
    rustix::fs::flock(&file, rustix::fs::FlockOperation::LockShared).unwrap();
    file
}
