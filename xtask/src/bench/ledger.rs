//! F6: durable appends of the log with their proofs, at growing sizes, and plain inserts into databases on the same disk.
//!
//! The figures come from `crates/ledger/examples/append-rate.rs`, which prints a line of `key=value` pairs for each; here they
//! become the section of the page. PostgreSQL is started for it, in a folder beside, and goes with it; where it is not installed
//! it is left out and that is said. Invariant: a goal is held against the worst of its figures, never the best.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};

use super::table::{Goal, goals};
use crate::repository::target_dir;
use crate::run::{capture, cargo, program, show, which};

pub(super) const TITLE: &str = "F6 · append to the log";
/// Sizes at which it is measured; the last is resumed, not grown.
const SIZES: [&str; 4] = ["1000", "100000", "10000000", "synthetic:100000000"];
const SECONDS: &str = "20";
/// Tessera's published figure on two small cores (its performance page): the log nearest to this one.
const PUBLISHED: &str =
    "Published: Tessera, POSIX files, more than 1,500 appends/s on 2 small cores, about 10,500/s on 7 cores with NVMe.";

/// What one line of the measurement says.
struct Line {
    what: String,
    values: BTreeMap<String, String>,
}

/// Measures and returns the section.
pub(super) fn f6() -> anyhow::Result<String> {
    let built =
        cargo().args(["build", "--release", "--quiet", "--package", "ledger", "--example", "append-rate"]).status()?;
    ensure!(built.success(), "append-rate could not be built");
    let folder = target_dir()?.join("bench").join("ledger");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    let postgres = Postgres::start(&folder.join("postgres"))?;
    let mut measure = program(&target_dir()?.join("release/examples/append-rate").to_string_lossy());
    measure.arg(&folder).arg(SECONDS).args(SIZES);
    if let Some(postgres) = &postgres {
        measure.env("BENCH_POSTGRES", postgres.url());
    }
    let shown = show(&mut measure)?;
    std::fs::remove_dir_all(&folder)?;
    ensure!(shown.ok, "append-rate failed");
    section(&shown.lines.iter().filter_map(|line| Line::parse(line)).collect::<Vec<_>>(), postgres.is_some())
}

fn section(lines: &[Line], with_postgres: bool) -> anyhow::Result<String> {
    let mut text = format!(
        "## {TITLE}\n\n| entries before | appends/s | median | 99 % | CPU an append | alone, median |\n|---:|---:|---:|---:|---:|---:|\n"
    );
    let (mut slowest, mut costs) = (f64::INFINITY, Vec::new());
    let mut latest_ms = 0.0_f64;
    for full in lines.iter().filter(|line| line.what == "append" && line.is("load", "full")) {
        let size = full.text("size")?;
        let alone =
            lines.iter().find(|line| line.what == "append" && line.is("load", "alone") && line.is("size", size));
        let alone_ms = alone.context("a figure is missing")?.number("p50_ms")?;
        let resumed = if full.is("how", "resumed") { " (resumed)" } else { "" };
        let (rate, cpu_us) = (full.number("rate")?, full.number("cpu_us")?);
        let _ = writeln!(
            text,
            "| {size}{resumed} | {rate:.0} | {} ms | {} ms | {cpu_us:.1} µs | {alone_ms:.1} ms |",
            full.text("p50_ms")?,
            full.text("p99_ms")?
        );
        slowest = slowest.min(rate);
        latest_ms = latest_ms.max(full.number("p99_ms")?);
        costs.push(cpu_us);
    }
    text.push_str(
        "\n| peer, plain inserts under a unique index | rows in a commit | clients | rows/s |\n|---|---:|---:|---:|\n",
    );
    for peer in lines.iter().filter(|line| line.what == "peer") {
        let (name, rows) = (peer.text("name")?, peer.text("per_commit")?);
        let _ = writeln!(text, "| {name} | {rows} | {} | {} |", peer.text("clients")?, peer.text("rate")?);
    }
    let ratio = costs.iter().copied().fold(0.0, f64::max) / costs.first().copied().unwrap_or(f64::NAN);
    let restart = |size: &str| {
        lines.iter().find(|line| line.what == "restart" && line.text("size").is_ok_and(|s| s.len() >= size.len()))
    };
    let restart_ms = restart(SIZES[2]).context("there is no restart")?.number("ms")?;
    text.push_str(&goals(&[
        Goal::at_least("durable appends with proof, at the slowest size", slowest, 10_000.0, "/s"),
        Goal::at_most("integrated, 99 % at the slowest size", latest_ms / 1e3, 1.0, "s"),
        Goal::at_most("CPU an append, the dearest size of the first", ratio, 1.5, "×"),
        Goal::at_most("restart at 10,000,000 entries", restart_ms / 1e3, 1.0, "s"),
    ]));
    let _ = write!(text, "\n{PUBLISHED}\n");
    for index in lines.iter().filter(|line| line.what == "index") {
        let _ = write!(
            text,
            "\nThe index of duplicates over the {} entries of the resumed log was built anew in {} s; a log that was grown has it.\n",
            index.text("size")?,
            index.text("s")?
        );
    }
    if !with_postgres {
        text.push_str("\nPostgreSQL is not installed and was left out.\n");
    }
    Ok(text)
}

impl Line {
    fn parse(line: &str) -> Option<Line> {
        let (what, pairs) = line.split_once(' ')?;
        let values = pairs
            .split(' ')
            .map(|pair| pair.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned())))
            .collect::<Option<_>>()?;
        Some(Line { what: what.to_owned(), values })
    }

    fn text(&self, key: &str) -> anyhow::Result<&str> {
        self.values.get(key).map(String::as_str).with_context(|| format!("a line `{}` without {key}", self.what))
    }

    fn number(&self, key: &str) -> anyhow::Result<f64> {
        Ok(self.text(key)?.parse()?)
    }

    fn is(&self, key: &str, value: &str) -> bool {
        self.values.get(key).is_some_and(|other| other == value)
    }
}

/// A server of its own, its data on the disk that is measured; it ends when dropped.
struct Postgres {
    data: PathBuf,
    /// Where its socket is: the name of a socket must be short.
    socket: tempfile::TempDir,
    programs: PathBuf,
}

impl Postgres {
    /// Starts one, or `None` where it is not installed.
    fn start(data: &Path) -> anyhow::Result<Option<Postgres>> {
        let Some(programs) = programs() else { return Ok(None) };
        std::fs::create_dir(data)?;
        let postgres = Postgres { data: data.to_owned(), socket: tempfile::tempdir()?, programs };
        if is_root()? {
            capture(program("chown").arg("postgres").arg(postgres.socket.path()).arg(data))?;
        }
        capture(postgres.as_user("initdb").args(["--auth=trust", "--username=bench", "--pgdata"]).arg(data))?;
        let options = format!("-k {} -c listen_addresses=", postgres.socket.path().display());
        let log = postgres.socket.path().join("log");
        let mut start = postgres.as_user("pg_ctl");
        capture(
            start
                .args(["start", "--wait", "--silent", "--pgdata"])
                .arg(data)
                .arg("--log")
                .arg(log)
                .arg("--options")
                .arg(options),
        )?;
        Ok(Some(postgres))
    }

    fn url(&self) -> String {
        format!("postgres:///postgres?host={}&user=bench", self.socket.path().display())
    }

    /// One of its programs; the server refuses to run as root.
    fn as_user(&self, name: &str) -> Command {
        let path = self.programs.join(name);
        let mut command = match is_root() {
            Ok(true) => {
                let mut command = program("setpriv");
                command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(path);
                command
            }
            _ => program(&path.to_string_lossy()),
        };
        command.current_dir("/");
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // Nothing more is measured; what is left over goes with the folder.
        let _ = capture(self.as_user("pg_ctl").args(["stop", "--mode=immediate", "--pgdata"]).arg(&self.data));
    }
}

fn is_root() -> anyhow::Result<bool> {
    Ok(capture(program("id").arg("-u"))?.trim() == "0")
}

/// The folder of the newest server, as Debian lays it out, or wherever `initdb` is on `PATH`.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok();
    let mut installed: Vec<PathBuf> =
        versions.into_iter().flatten().flatten().map(|version| version.path().join("bin")).collect();
    installed.retain(|folder| folder.join("initdb").is_file());
    installed.sort();
    installed.pop().or_else(|| which("initdb")?.parent().map(Path::to_path_buf))
}
