//! Runs contenders in turn, round by round, and keeps what each took.
//!
//! Wall time is taken here, around the process, because `time` counts in hundredths of a second; CPU time and peak memory
//! come from one more run of each under Debian's `time`. A warm-up round is thrown away. Nothing is averaged: medians only.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, ensure};

/// One side of a comparison: a name, and how to make the command for a round (the previous output removed first).
pub(super) struct Contender<'a> {
    pub(super) name: String,
    pub(super) command: Box<dyn Fn() -> anyhow::Result<Command> + 'a>,
}

impl<'a> Contender<'a> {
    pub(super) fn new(name: &str, command: impl Fn() -> anyhow::Result<Command> + 'a) -> Self {
        Self { name: name.to_owned(), command: Box::new(command) }
    }
}

/// What one contender took.
#[derive(Clone, Debug)]
pub(super) struct Measured {
    pub(super) name: String,
    /// Wall time of each round.
    pub(super) rounds_s: Vec<f64>,
    /// User and system time of one run.
    pub(super) cpu_s: f64,
    /// Peak memory of one run.
    pub(super) memory_mib: f64,
}

impl Measured {
    /// A figure somebody else published.
    pub(super) fn published(name: &str, seconds: f64, memory_mib: f64) -> Self {
        Self { name: name.to_owned(), rounds_s: vec![seconds], cpu_s: seconds, memory_mib }
    }

    pub(super) fn median_s(&self) -> f64 {
        median(&self.rounds_s)
    }

    /// The median over rounds of this one's time divided by the other's; of the medians where rounds do not pair up.
    pub(super) fn times(&self, other: &Self) -> f64 {
        if self.rounds_s.len() != other.rounds_s.len() {
            return self.median_s() / other.median_s();
        }
        let ratios: Vec<f64> = self.rounds_s.iter().zip(&other.rounds_s).map(|(ours, theirs)| ours / theirs).collect();
        median(&ratios)
    }
}

/// Runs every contender once a round, in order, and measures.
pub(super) fn interleaved(contenders: &[Contender<'_>], rounds: usize, folder: &Path) -> anyhow::Result<Vec<Measured>> {
    let mut measured = Vec::new();
    for contender in contenders {
        println!("measuring {}", contender.name);
        let (cpu_s, memory_mib) = costs(contender, folder)?;
        measured.push(Measured { name: contender.name.clone(), rounds_s: Vec::new(), cpu_s, memory_mib });
    }
    for _ in 0..rounds {
        for (contender, measured) in contenders.iter().zip(&mut measured) {
            measured.rounds_s.push(wall_s(contender)?);
        }
    }
    Ok(measured)
}

fn wall_s(contender: &Contender<'_>) -> anyhow::Result<f64> {
    let mut command = (contender.command)()?;
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let began = Instant::now();
    let status = command.status().with_context(|| format!("{} could not be started", contender.name))?;
    let took = began.elapsed();
    ensure!(status.success(), "{} failed ({status})", contender.name);
    Ok(took.as_secs_f64())
}

/// CPU seconds and peak MiB of one run; it also warms the file cache for the rounds.
fn costs(contender: &Contender<'_>, folder: &Path) -> anyhow::Result<(f64, f64)> {
    let inner = (contender.command)()?;
    let report = folder.join("time.txt");
    let mut command = Command::new("/usr/bin/time");
    command.args(["-f", "%U %S %M", "-o"]).arg(&report).arg(inner.get_program()).args(inner.get_args());
    for (name, value) in inner.get_envs() {
        command.env(name, value.unwrap_or_default());
    }
    command.stdin(Stdio::null()).stdout(Stdio::null());
    let output = command.stderr(Stdio::piped()).output().context("Debian's package `time` is not installed")?;
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(output.status.success(), "{} failed: {}", contender.name, complaint.trim());
    parse_costs(&std::fs::read_to_string(&report)?)
}

fn parse_costs(report: &str) -> anyhow::Result<(f64, f64)> {
    let line = report.lines().last().unwrap_or_default();
    let numbers = line.split(' ').map(str::parse).collect::<Result<Vec<f64>, _>>();
    match numbers.as_deref() {
        Ok([user_s, system_s, memory_kib]) => Ok((user_s + system_s, memory_kib / 1024.0)),
        _ => anyhow::bail!("`time` wrote `{line}`"),
    }
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => f64::NAN,
        length if length % 2 == 1 => sorted[middle],
        _ => f64::midpoint(sorted[middle - 1], sorted[middle]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_do_not_mind_one_slow_round() {
        assert_eq!(median(&[3.0, 1.0, 100.0]), 3.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 100.0]), 3.0);
        assert!(median(&[]).is_nan());
    }

    #[test]
    fn ratios_are_taken_round_by_round() {
        let of = |rounds_s: &[f64]| Measured { rounds_s: rounds_s.to_vec(), ..Measured::published("x", 0.0, 0.0) };
        // The machine was twice as slow in the second round and four times in the third: the ratio stays.
        assert_eq!(of(&[2.0, 4.0, 8.0]).times(&of(&[1.0, 2.0, 4.0])), 2.0);
        assert_eq!(of(&[2.0, 4.0, 6.0]).times(&of(&[8.0])), 0.5);
    }

    #[test]
    fn what_time_reports_is_read() {
        assert_eq!(parse_costs("1.50 0.25 2048\n").unwrap(), (1.75, 2.0));
        assert_eq!(parse_costs("Command exited\n1 2 1024\n").unwrap(), (3.0, 1.0));
        assert!(parse_costs("").is_err());
    }
}
