//! The lock as a row of a real PostgreSQL, started for the test and reached through a socket in its own folder.
//!
//! Not here: the log above it, except for one life. Needs Debian's `postgresql`; nothing listens on the network.
//! Invariant: each test has a server of its own, which ends with it.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use ledger::{Config, Lock, LockError, Log, Memory, Parts, PostgresLock};
use support::{entry, signer};

/// A server of its own, stopped when dropped.
struct Server {
    folder: tempfile::TempDir,
    child: Child,
}

impl Server {
    fn start(settings: &[&str]) -> Server {
        let folder = tempfile::tempdir().unwrap();
        // The server does not run as root, and the folder of the test is its user's alone.
        let user = run(Command::new("id").arg("-u")).trim() == "0";
        if user {
            run(Command::new("chown").arg("postgres").arg(folder.path()));
        }
        let data = folder.path().join("data");
        run(as_user(user, "initdb").args(["--auth=trust", "--username=log", "--no-sync", "-D"]).arg(&data));
        let mut server = as_user(user, "postgres");
        server.arg("-D").arg(&data).arg("-k").arg(folder.path()).args(["-c", "listen_addresses="]);
        for setting in settings {
            server.args(["-c", setting]);
        }
        let child = server.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        Server { folder, child }
    }

    fn url(&self) -> String {
        let folder = self.folder.path().display().to_string().replace('/', "%2F");
        format!("postgres://log@{folder}/postgres")
    }

    /// Waits until it answers, or says why it is refused.
    async fn lock(&self) -> Result<PostgresLock, LockError> {
        for _ in 0..300 {
            match PostgresLock::open(&self.url()).await {
                Err(LockError::Setup(what)) if !what.contains("= off") => {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                other => return other,
            }
        }
        PostgresLock::open(&self.url()).await
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The server itself is the number in the first line of its file: `runuser` stands before it.
        let pid = std::fs::read_to_string(self.folder.path().join("data/postmaster.pid")).unwrap_or_default();
        if let Some(pid) = pid.lines().next() {
            let _ = Command::new("kill").args(["-QUIT", pid]).status();
        }
        let _ = self.child.wait();
    }
}

fn as_user(is_root: bool, program: &str) -> Command {
    let program = tool(program);
    if !is_root {
        return Command::new(program);
    }
    let mut command = Command::new("runuser");
    command.args(["-u", "postgres", "--"]).arg(program);
    command
}

/// Debian keeps the server's programs by version.
fn tool(name: &str) -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = versions.map(|version| version.path().join("bin").join(name)).collect();
    found.retain(|path| path.exists());
    found.sort();
    found.pop().unwrap_or_else(|| Path::new(name).to_owned())
}

fn run(command: &mut Command) -> String {
    let done = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}; install postgresql"));
    assert!(done.status.success(), "{command:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

#[tokio::test]
async fn a_row_is_a_lock() {
    let server = Server::start(&[]);
    let (one, two) = (server.lock().await.unwrap(), server.lock().await.unwrap());
    assert_eq!(one.load("log").await.unwrap(), None);
    assert!(matches!(one.swap("log", Some(b"x"), b"a").await, Err(LockError::Lost)));
    let (a, b) = tokio::join!(one.swap("log", None, b"a"), two.swap("log", None, b"b"));
    assert_eq!([a, b].iter().filter(|swapped| swapped.is_ok()).count(), 1, "two made the first value");
    let first = one.load("log").await.unwrap().unwrap();
    for round in 0..20 {
        let now = one.load("log").await.unwrap().unwrap();
        let (mine, yours) = (format!("one {round}"), format!("two {round}"));
        let (a, b) =
            tokio::join!(one.swap("log", Some(&now), mine.as_bytes()), two.swap("log", Some(&now), yours.as_bytes()));
        let swapped = [a.is_ok(), b.is_ok()];
        assert_eq!(swapped.iter().filter(|swapped| **swapped).count(), 1, "round {round}");
        let expected = if swapped[0] { mine } else { yours };
        assert_eq!(two.load("log").await.unwrap().unwrap(), expected.as_bytes());
    }
    assert!(matches!(one.swap("log", Some(&first), b"again").await, Err(LockError::Lost)));

    let parts = || Parts {
        objects: Arc::new(Memory::default()),
        lock: Arc::new(one.clone()),
        signer: signer(),
        witnesses: Vec::new(),
    };
    let parts = parts();
    Log::create(&parts).await.unwrap();
    let log = Log::open(Config::default(), parts).await.unwrap();
    assert_eq!(log.append(entry(0)).await.unwrap().index, 0);
    log.close().await;
}

#[tokio::test]
async fn a_server_that_forgets_is_refused() {
    let server = Server::start(&["fsync=off"]);
    let refused = server.lock().await.map(drop);
    assert!(matches!(&refused, Err(LockError::Setup(what)) if what.contains("fsync = off")), "{refused:?}");
}
