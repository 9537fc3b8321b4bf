//! One row: its fields, and how it is run.
//!
//! Fields (all but `name` and `args` may be left out): `setup` (`setup.rs`), `args`, `stdin` (a file of the case),
//! `env`, `closed` (standard output is closed before the program starts), `full` (it is a full disk), `exit`, `stdout` and
//! `stderr` (`pattern.rs`; left out means: nothing is written), `json` (standard output is one
//! document of that schema), `json_lines` (every line of it is one), `has` (`pointer = value` of that document, or of the list of
//! those lines), `files` (these and no others
//! are there at the end, besides what setup made), `same` (pairs that are equal byte for byte).

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde::Deserialize;

use crate::{pattern, schema, setup};

#[derive(Deserialize)]
struct Table {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    pub(crate) name: String,
    #[serde(default)]
    setup: Vec<String>,
    args: Vec<String>,
    stdin: Option<String>,
    #[serde(default)]
    env: BTreeMap<String, String>,
    #[serde(default)]
    closed: bool,
    #[serde(default)]
    full: bool,
    #[serde(default)]
    exit: i32,
    stdout: Option<String>,
    stderr: Option<String>,
    json: Option<String>,
    json_lines: Option<String>,
    #[serde(default)]
    has: Vec<String>,
    #[serde(default)]
    files: Vec<String>,
    #[serde(default)]
    same: Vec<[String; 2]>,
}

pub(crate) fn read(path: &Path) -> Vec<Case> {
    let text = fs::read_to_string(path).unwrap();
    toml::from_str::<Table>(&text).unwrap_or_else(|err| panic!("{}: {err}", path.display())).case
}

/// Runs a row; each failure is a text.
pub(crate) fn run(case: &Case) -> Vec<String> {
    let dir = tempfile::tempdir().unwrap();
    for line in &case.setup {
        setup::run(line, dir.path());
    }
    let before = contents(dir.path());
    let output = start(case, dir.path());
    let after = contents(dir.path());
    let mut failures = said(case, &output);
    for (path, bytes) in &before {
        if after.get(path) != Some(bytes) {
            failures.push(format!("{} was changed or removed", path.display()));
        }
    }
    let new: BTreeSet<String> =
        after.keys().filter(|path| !before.contains_key(*path)).map(|path| path.display().to_string()).collect();
    if new != case.files.iter().cloned().collect() {
        failures.push(format!("new files: {new:?}"));
    }
    for [a, b] in &case.same {
        if fs::read(dir.path().join(a)).unwrap_or_default() != fs::read(dir.path().join(b)).unwrap() {
            failures.push(format!("{a} and {b} differ"));
        }
    }
    failures
}

fn said(case: &Case, output: &Output) -> Vec<String> {
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let mut failures = Vec::new();
    if output.status.code() != Some(case.exit) {
        failures.push(format!("exit {:?} instead of {}", output.status.code(), case.exit));
    }
    let mut wrong = |stream: &str, text: &str, pattern: Option<&str>| {
        if let Err(why) = pattern::check(text, pattern.unwrap_or_default()) {
            failures.push(format!("{stream}: {why}"));
        }
    };
    if case.json.is_none() && case.json_lines.is_none() {
        wrong("stdout", &stdout, case.stdout.as_deref());
    }
    wrong("stderr", &stderr, case.stderr.as_deref());
    if let Some(name) = &case.json_lines {
        failures.extend(stdout.lines().flat_map(|line| schema::check(name, line, &[])));
        let list = format!("[{}]", stdout.lines().collect::<Vec<_>>().join(","));
        failures.extend(schema::check_values(&list, &case.has));
    }
    if let Some(name) = &case.json {
        failures.extend(schema::check(name, &stdout, &case.has));
    }
    if !failures.is_empty() {
        failures.push(format!("-- stdout\n{stdout}-- stderr\n{stderr}"));
    }
    failures
}

fn start(case: &Case, dir: &Path) -> Output {
    let mut command = counterpart(dir);
    command.args(&case.args).envs(&case.env);
    command.stdin(case.stdin.as_ref().map_or_else(Stdio::null, |name| fs::File::open(dir.join(name)).unwrap().into()));
    if case.closed {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        command.stdout(writer);
    }
    if case.full {
        command.stdout(fs::File::create("/dev/full").unwrap());
    }
    command.output().unwrap()
}

/// The program, in a folder and a home of its own.
pub(crate) fn counterpart(dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_counterpart"));
    command.current_dir(dir).env_clear();
    command.env("HOME", dir.join(".home")).env("COUNTERPART_STATE", dir.join(".state")).env("TZ", "UTC");
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command
}

/// Every file below a folder by its relative path; hidden ones (home, state) are no result.
fn contents(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.file_name().unwrap().as_encoded_bytes().starts_with(b".") {
                continue;
            } else if path.is_dir() {
                folders.push(path);
            } else {
                let bytes = fs::symlink_metadata(&path).unwrap().is_file().then(|| fs::read(&path).unwrap());
                all.insert(path.strip_prefix(dir).unwrap().to_owned(), bytes.unwrap_or_default());
            }
        }
    }
    all
}
