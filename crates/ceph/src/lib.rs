//! A real S3 server for tests: Ceph's object gateway over one store in memory, on loopback, in a folder of its own.
//!
//! Not part of the product: crates have it among their dev-dependencies only. Needs Debian's `ceph-mon`, `ceph-osd`, `radosgw` and
//! `ceph-common`; works as root and as an ordinary user.
//! Invariants: every daemon ends with the test that started it, also when that is killed, and its folder with it; nothing
//! listens beyond loopback; one server serves a whole test binary ([`Ceph::shared`]), or all of them where somebody keeps one and
//! names its folder in [`KEPT`] (`examples/kept-ceph.rs`); so nobody counts on a bucket's name ([`Gateway::new_name`]), and a
//! test that stops or kills a gateway has one of its own ([`Ceph::gateway`]).
#![allow(clippy::unwrap_used, clippy::panic)] // Only tests run it, and a test that cannot begin has failed.

mod gateway;
mod keeper;
mod road;

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

pub use gateway::{Answer, Gateway};
use keeper::Keeper;
pub use road::{Manner, Road};

/// The one user's access key. It may do anything with its own buckets.
pub const ACCESS_KEY: &str = "TESTACCESSKEY";
/// Its secret.
pub const SECRET_KEY: &str = "a-secret-that-must-never-be-shown";
/// Any region will do; signatures need one.
pub const REGION: &str = "us-east-1";

/// The variable that names the folder of a cluster which somebody keeps for many test binaries.
pub const KEPT: &str = "COUNTERPART_CEPH";
/// The file in that folder that says where its gateway listens.
const GATEWAY: &str = "gateway";

/// A gateway listens after this time at the latest.
const PATIENCE: Duration = Duration::from_secs(90);
/// How often a cluster is started before it is given up.
const STARTS: u32 = 3;
/// How long one step of a start may take, seconds.
const STEP_S: &str = "40";

/// A running cluster: one monitor, one store in memory, and a gateway. Ends when dropped.
pub struct Ceph {
    folder: Arc<Folder>,
    main: Gateway,
}

/// The cluster's folder, and who starts and ends its processes.
pub(crate) struct Folder {
    path: PathBuf,
    keeper: Keeper,
}

impl Ceph {
    /// The one cluster of this test binary: the one that is kept for it, or its own, started by whoever asks first and ended
    /// with the process.
    pub fn shared() -> &'static Ceph {
        static SHARED: OnceLock<Ceph> = OnceLock::new();
        SHARED.get_or_init(|| std::env::var_os(KEPT).map_or_else(Ceph::start, |folder| Ceph::kept(folder.into())))
    }

    /// The cluster somebody else started and ends. What this process adds to it ends with this process.
    fn kept(path: PathBuf) -> Ceph {
        let port = std::fs::read_to_string(path.join(GATEWAY)).unwrap().parse().unwrap();
        let folder = Arc::new(Folder { keeper: Keeper::start(), path });
        Ceph { main: Gateway::kept(Arc::clone(&folder), port), folder }
    }

    /// What [`KEPT`] has to be for others to share this one.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder.path
    }

    /// A cluster of its own. Takes about ten seconds.
    ///
    /// # Panics
    /// When none comes up.
    #[must_use]
    pub fn start() -> Ceph {
        // A port may be taken by somebody else between the choice and its use; then nothing comes up, and another is tried.
        (0..STARTS)
            .find_map(|_| Ceph::try_start())
            .expect("a cluster comes up; its programs say why not when run by hand")
    }

    fn try_start() -> Option<Ceph> {
        let path = tempfile::Builder::new().prefix("ceph-").tempdir().unwrap().keep();
        let folder = Arc::new(Folder { keeper: Keeper::removing(&path), path });
        folder.start_monitor();
        if !(folder.start_store() && folder.make_user()) {
            return None;
        }
        let main = Gateway::start(Arc::clone(&folder));
        // The first object makes the pools of all, which takes seconds: nobody's test should wait for it.
        main.make_bucket("first");
        assert_eq!(main.ask("PUT", "/first/object", &[], b"first").status, 200);
        std::fs::write(folder.path.join(GATEWAY), main.port().to_string()).unwrap();
        Some(Ceph { folder, main })
    }

    /// The gateway that everybody shares: not to be stopped.
    #[must_use]
    pub fn main(&self) -> &Gateway {
        &self.main
    }

    /// Another gateway to the same buckets, for who wants to stop or kill it. Ends when dropped.
    #[must_use]
    pub fn gateway(&self) -> Gateway {
        Gateway::start(Arc::clone(&self.folder))
    }
}

impl Folder {
    fn file(&self, name: &str) -> String {
        self.path.join(name).to_str().unwrap().to_owned()
    }

    /// What every program of Ceph is told first.
    fn configured(&self) -> [String; 2] {
        ["-c".to_owned(), self.file("ceph.conf")]
    }

    fn start_monitor(&self) {
        let port = free_port();
        std::fs::write(self.file("ceph.conf"), configuration(&self.path, port)).unwrap();
        let map = self.file("monmap");
        let address = format!("[v1:127.0.0.1:{port}]");
        run(Command::new("monmaptool").args(["--create", "--fsid", FSID, "--addv", "a", &address, &map]));
        run(Command::new("ceph-mon").args(self.configured()).args(["--mkfs", "-i", "a", "--monmap", &map]));
        self.daemon("mon", "ceph-mon", &["-f", "-i", "a"]);
    }

    fn start_store(&self) -> bool {
        if !answers(within("ceph").args(self.configured()).args(["osd", "create"])) {
            return false;
        }
        std::fs::create_dir(self.file("osd")).unwrap();
        run(Command::new("ceph-osd").args(self.configured()).args(["--mkfs", "-i", "0", "--osd-uuid", FSID]));
        // On a busy machine it may ask before it has the monitor's map, is refused ("wrong fsid"), and ends.
        let [flag, file] = self.configured();
        self.keeper.restarted(&self.file("osd.out"), "ceph-osd", &[&flag, &file, "-f", "-i", "0"]);
        true
    }

    /// It answers when the store is there, for it makes the pools.
    fn make_user(&self) -> bool {
        let keys = ["--access-key", ACCESS_KEY, "--secret-key", SECRET_KEY];
        let user = ["user", "create", "--uid", "tester", "--display-name", "Tester"];
        answers(within("radosgw-admin").args(self.configured()).args(user).args(keys))
    }

    /// Starts a daemon; its process id.
    fn daemon(&self, name: &str, program: &str, args: &[&str]) -> u32 {
        let configured = self.configured();
        let args: Vec<&str> = configured.iter().map(String::as_str).chain(args.iter().copied()).collect();
        self.keeper.daemon(&self.file(&format!("{name}.out")), program, &args)
    }
}

/// One cluster is never shown to another, so that they may all have the same name.
const FSID: &str = "6f1c6f2e-52f4-4f0a-9d0e-3f0f3d2b9a11";

fn configuration(folder: &Path, port: u16) -> String {
    let folder = folder.display();
    format!(
        "[global]\n\
         fsid = {FSID}\n\
         mon initial members = a\n\
         mon host = v1:127.0.0.1:{port}\n\
         public addr = 127.0.0.1\n\
         cluster addr = 127.0.0.1\n\
         ms bind msgr2 = false\n\
         auth cluster required = none\n\
         auth service required = none\n\
         auth client required = none\n\
         run dir = {folder}\n\
         admin socket = {folder}/$name.$pid.asok\n\
         log file = {folder}/$name.log\n\
         crash dir = {folder}\n\
         mon data = {folder}/mon\n\
         mon data avail warn = 1\n\
         mon data avail crit = 1\n\
         mon allow pool size one = true\n\
         mon osd initial require min compat client = luminous\n\
         osd data = {folder}/osd\n\
         osd objectstore = memstore\n\
         memstore device bytes = 4294967296\n\
         osd crush chooseleaf type = 0\n\
         osd pool default size = 1\n\
         osd pool default min size = 1\n\
         osd pool default pg num = 1\n\
         osd pool default pgp num = 1\n\
         rgw data = {folder}/rgw\n\
         rgw enable apis = s3\n\
         rgw thread pool size = 64\n"
    )
}

/// A port nobody listens on now.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Runs a program to its end; what it said on standard output.
fn run(command: &mut Command) -> String {
    let packages = "apt-get install ceph-mon ceph-osd radosgw ceph-common";
    let done = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}; {packages}"));
    let (out, err) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{command:?}: {out}{err}");
    out.into_owned()
}

/// A program that is ended after a time, and when this process is.
fn within(program: &str) -> Command {
    let mut command = Command::new("setpriv");
    let with_parent = ["--pdeathsig", "KILL", "--"];
    command.args(with_parent).args(["timeout", STEP_S, "setpriv"]).args(with_parent).arg(program);
    command
}

/// Whether a program that asks the cluster got an answer. It may have to be asked twice: the monitor must lead first.
fn answers(command: &mut Command) -> bool {
    (0..2).any(|_| command.output().is_ok_and(|done| done.status.success()))
}

/// Waits for something to become so.
fn eventually(what: &str, mut is_it: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_it() {
        assert!(began.elapsed() < PATIENCE, "never: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}
