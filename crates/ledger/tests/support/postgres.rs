//! A real PostgreSQL, started for a test and reached through a socket in its own folder.
//!
//! Not the lock in it. Needs Debian's `postgresql`; nothing listens on the network; it does not run as root. Also used by the service's
//! tests. Invariants: each test has a server of its own, which ends with it; a server answers when a call that starts it returns.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::panic)]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The user's password, where one is asked for.
pub const PASSWORD: &str = "a-password-that-must-never-be-shown";

/// A server of its own, stopped when dropped.
pub struct Server {
    folder: tempfile::TempDir,
    settings: Vec<String>,
    child: Child,
}

impl Server {
    /// Starts one that believes whoever comes through its socket.
    pub fn start(settings: &[&str]) -> Server {
        Server::begin(settings, "trust")
    }

    /// Starts one that asks for the password.
    pub fn asking() -> Server {
        Server::begin(&[], "scram-sha-256")
    }

    fn begin(settings: &[&str], auth: &str) -> Server {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("password"), PASSWORD).unwrap();
        // The server does not run as root, and the folder of the test is its user's alone.
        if is_root() {
            run(Command::new("chown").arg("-R").arg("postgres").arg(folder.path()));
        }
        let mut initdb = as_user("initdb");
        initdb.args(["--username=log", "--no-sync", &format!("--auth={auth}")]);
        run(initdb.arg("--pwfile").arg(folder.path().join("password")).arg("-D").arg(folder.path().join("data")));
        let settings: Vec<String> = settings.iter().map(|setting| (*setting).to_owned()).collect();
        let child = serve(folder.path(), &settings);
        Server { folder, settings, child }
    }

    /// Where it is, as this user with this password.
    pub fn url_as(&self, user: &str) -> String {
        let folder = self.folder.path().display().to_string().replace('/', "%2F");
        format!("postgres://{user}@{folder}/postgres")
    }

    /// Where it is.
    pub fn url(&self) -> String {
        self.url_as("log")
    }

    /// Ends it as if by a loss of power (`pg_ctl stop -m immediate`).
    pub fn crash(&mut self) {
        self.signal("QUIT");
        let _ = self.child.wait();
    }

    /// Starts it again after a crash.
    pub fn restart(&mut self) {
        self.child = serve(self.folder.path(), &self.settings);
    }

    /// Stops it and all its processes where they stand: what is asked is not answered.
    pub fn freeze(&self) {
        self.to_all("STOP");
    }

    /// Lets them go on.
    pub fn thaw(&self) {
        self.to_all("CONT");
    }

    fn to_all(&self, signal: &str) {
        let pid = self.child.id().to_string();
        let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
        for process in std::iter::once(pid.as_str()).chain(children.split_whitespace()) {
            let _ = Command::new("kill").args([&format!("-{signal}"), process]).stderr(Stdio::null()).status();
        }
    }

    fn signal(&self, signal: &str) {
        let _ = Command::new("kill").args([format!("-{signal}"), self.child.id().to_string()]).status();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // One that has crashed has no process any more, and its number may be another's.
        if self.child.try_wait().is_ok_and(|ended| ended.is_none()) {
            self.thaw();
            self.crash();
        }
    }
}

/// Starts the server in its folder and waits until it answers.
fn serve(folder: &Path, settings: &[String]) -> Child {
    let mut server = as_user("postgres");
    server.arg("-D").arg(folder.join("data")).arg("-k").arg(folder).args(["-c", "listen_addresses="]);
    for setting in settings {
        server.args(["-c", setting]);
    }
    let mut child = server.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let began = Instant::now();
    loop {
        let mut asked = Command::new(tool("pg_isready"));
        if asked.arg("-q").arg("-h").arg(folder).args(["-U", "log"]).status().unwrap().success() {
            return child;
        }
        assert!(child.try_wait().unwrap().is_none(), "the server has ended");
        assert!(began.elapsed() < Duration::from_secs(60), "the server never answered");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn is_root() -> bool {
    run(Command::new("id").arg("-u")).trim() == "0"
}

fn as_user(program: &str) -> Command {
    let program = tool(program);
    if !is_root() {
        return Command::new(program);
    }
    // Not `runuser`, which stays between and stops itself when its child is stopped.
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--init-groups", "--"]).arg(program);
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
