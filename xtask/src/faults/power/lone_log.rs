//! A transparency log for one recording: the recorder's test log, run as a program (`crates/recorder/examples/lone-log.rs`).
//!
//! Not the product's log, and kept nowhere.
//! Invariant: it ends with the value that stands for it.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, ensure};

use crate::repository::target_dir;
use crate::run::cargo;

pub(super) struct LoneLog {
    child: Child,
    pub(super) url: String,
    pub(super) policy: String,
}

impl LoneLog {
    /// What it takes submissions by.
    pub(super) const TOKEN: &str = "a-token";

    pub(super) fn start() -> anyhow::Result<LoneLog> {
        let built = cargo().args(["build", "--quiet", "--package", "recorder", "--example", "lone-log"]).status()?;
        ensure!(built.success(), "the log could not be built");
        let mut command = Command::new(target_dir()?.join("debug/examples/lone-log"));
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().context("the log cannot be started")?;
        let said = child.stdout.take().context("the log says nothing")?;
        let lines: Vec<String> = BufReader::new(said)
            .lines()
            .take_while(|line| line.as_ref().is_ok_and(|line| !line.is_empty()))
            .collect::<Result<_, _>>()?;
        let (url, policy) = lines.split_first().context("the log does not say where it is")?;
        Ok(LoneLog { child, url: url.clone(), policy: policy.join("\n") + "\n" })
    }
}

impl Drop for LoneLog {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        // It ends of itself once nobody holds its standard input.
        let _ = self.child.wait();
    }
}
