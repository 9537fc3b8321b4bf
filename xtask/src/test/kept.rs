//! One S3 server for all tests, instead of one for each.
//!
//! Not what the tests need: without it each starts its own (`crates/ceph`), which takes ten seconds of both cores every time.
//! Invariant: it ends when this is dropped, and when this process ends, however it does.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};

use crate::run::cargo;

/// The variable by which `crates/ceph` finds it.
const KEPT: &str = "COUNTERPART_CEPH";

/// A server that runs.
pub(super) struct Ceph {
    program: Child,
    folder: String,
}

impl Ceph {
    /// Starts it and waits until it answers; `None` when it does not.
    pub(super) fn start() -> Option<Ceph> {
        let mut command = cargo();
        command.args(["run", "--quiet", "--package", "ceph", "--example", "kept-ceph"]);
        let mut program = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().ok()?;
        let mut folder = String::new();
        let read = program.stdout.take().map(|out| BufReader::new(out).read_line(&mut folder));
        let ceph = Ceph { program, folder: folder.trim_end().to_owned() };
        (matches!(read, Some(Ok(_))) && !ceph.folder.is_empty()).then_some(ceph)
    }

    /// What a test needs in its environment to find it.
    pub(super) fn environment(&self) -> [(&'static str, &str); 1] {
        [(KEPT, &self.folder)]
    }
}

impl Drop for Ceph {
    fn drop(&mut self) {
        // The end of its input is the order to end.
        self.program.stdin = None;
        let _ = self.program.wait();
    }
}
