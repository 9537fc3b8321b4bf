//! Calling other programs: found or not, captured, or shown as they run and read at the same time.
//!
//! Nothing here goes through a shell: arguments are passed as they are.
//! Every child runs in the repository's root.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

/// The cargo that runs this task, in the repository's root.
pub(crate) fn cargo() -> Command {
    program(&std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()))
}

/// A program, in the repository's root.
pub(crate) fn program(name: &str) -> Command {
    let mut command = Command::new(name);
    command.current_dir(crate::repository::root());
    command
}

/// Where a program is on `PATH`.
pub(crate) fn which(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// Runs a command and returns its standard output; an error quotes the last line of what it complained.
pub(crate) fn capture(command: &mut Command) -> anyhow::Result<String> {
    let output = command.output().with_context(|| format!("{} could not be started", name_of(command)))?;
    if !output.status.success() {
        let complaint = String::from_utf8_lossy(&output.stderr);
        let last = complaint.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("no reason given");
        bail!("{} failed ({}): {}", name_of(command), output.status, last.trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether a command succeeds; its output is dropped. A program that does not exist does not succeed.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}

/// A command that was shown as it ran.
pub(crate) struct Shown {
    /// Whether it exited with 0.
    pub(crate) ok: bool,
    /// Everything it printed on either stream, line by line.
    pub(crate) lines: Vec<String>,
}

/// Runs a command without input, passes on what it prints as it prints it, and keeps the lines.
pub(crate) fn show(command: &mut Command) -> anyhow::Result<Shown> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("{} could not be started", name_of(command)))?;
    let stderr = child.stderr.take().context("standard error was not piped")?;
    let stdout = child.stdout.take().context("standard output was not piped")?;
    let complaints = std::thread::spawn(move || pass_on(stderr, std::io::stderr()));
    let mut lines = pass_on(stdout, std::io::stdout());
    lines.extend(complaints.join().unwrap_or_default());
    let status = child.wait().with_context(|| format!("{} was lost", name_of(command)))?;
    Ok(Shown { ok: status.success(), lines })
}

fn pass_on(from: impl Read, mut to: impl Write) -> Vec<String> {
    let mut lines = Vec::new();
    for line in BufReader::new(from).split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line).into_owned();
        // A closed terminal must not stop the tests: the lines are still kept for the summary.
        let _ = writeln!(to, "{line}");
        lines.push(line);
    }
    lines
}

fn name_of(command: &Command) -> String {
    let program = PathBuf::from(command.get_program());
    program.file_name().map_or_else(|| "a program".to_owned(), |name| name.to_string_lossy().into_owned())
}
