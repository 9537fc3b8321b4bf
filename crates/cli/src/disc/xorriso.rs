//! Calls of xorriso, the program that makes images and burns discs.
//!
//! Nothing it says is taken as proof: what it made is read back and judged here. Invariants: it runs in English, in UTC
//! and without its user's settings, so that the same input gives the same image; when it is missing, one line says so.

use std::ffi::OsStr;
use std::io;
use std::process::{Command, Output, Stdio};

use crate::error::{Error, Result, plain};

/// Runs it to its end.
pub(crate) fn run(args: &[&OsStr]) -> Result<Output> {
    let mut command = Command::new("xorriso");
    command.arg("-no_rc").args(args).stdin(Stdio::null()).env_clear();
    command.env("LC_ALL", "C").env("TZ", "UTC").env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.output().map_err(|err| match err.kind() {
        io::ErrorKind::NotFound => Error::of("xorriso is not installed; discs are made with it")
            .hint("install the package xorriso (on Debian and Ubuntu: apt-get install xorriso), or use a stick"),
        _ => Error::of(format_args!("xorriso cannot be run: {}", plain(&err))).hint("check that it is installed well"),
    })
}

/// The first thing it complains about, in one line.
pub(crate) fn complaint(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    let graves = [": FATAL : ", ": FAILURE : ", ": SORRY : "];
    let found = text.lines().find_map(|line| graves.iter().find_map(|grave| Some(line.split_once(grave)?.1.trim())));
    found.map_or_else(|| format!("xorriso ended with {}", output.status), |found| format!("xorriso says: {found}"))
}
