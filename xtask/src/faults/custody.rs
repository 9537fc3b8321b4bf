//! P9: a held item is never destroyed, and a destroyed one never comes back, in whatever order things happen.
//!
//! Not the simulation itself, which is a test of `casework`: it is run with more seeds, and a seed that fails is printed by it. Invariant: a run of fewer
//! lives than are asked for is an error, and each life's happenings must have happened (the test says so itself).

use anyhow::{Context, ensure};

use super::{Found, Ground};
use crate::run::{cargo, show};
use crate::test::passed_in;

/// How many lives of a thing are simulated.
const LIVES: u64 = 100_000;
const MARK: &str = "figures: ";

pub(super) fn step(_: &Ground) -> anyhow::Result<Found> {
    let mut command = cargo();
    command.args(["test", "--package", "casework", "--test", "interleavings", "--", "--nocapture"]);
    let shown = show(command.env("CASEWORK_SEEDS", LIVES.to_string()).env_remove("CASEWORK_SEED"))?;
    let passed: usize = shown.lines.iter().filter_map(|line| passed_in(line)).sum();
    ensure!(shown.lines.iter().any(|line| line.contains("test result:")), "the simulation could not be built");
    ensure!(passed > 0 || !shown.ok, "the simulation did not run");
    if !shown.ok {
        return Ok(Found { text: "a life broke a promise; its seed is above".to_owned(), held: false });
    }
    let figures = shown.lines.iter().find_map(|line| Some(line.split_once(MARK)?.1));
    let figures = figures.context("the simulation says nothing of itself")?;
    ensure!(lives(figures) == Some(LIVES), "the simulation says `{figures}`, not {LIVES} lives");
    Ok(Found { text: figures.to_owned(), held: true })
}

/// The number at the beginning.
fn lives(figures: &str) -> Option<u64> {
    figures.split_once(" lives of a thing")?.0.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::lives;

    #[test]
    fn lives_are_counted() {
        assert_eq!(lives("100000 lives of a thing, 3 events"), Some(100_000));
        assert_eq!(lives("100000 lives of a log"), None);
    }
}
