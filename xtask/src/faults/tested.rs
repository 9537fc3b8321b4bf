//! Promises that tests of the product try: the tests are run, and what they print of themselves is read and judged.
//!
//! Not the tests themselves: whether a fault fired is asserted there, by each of them. Invariants: a step whose tests did not run, or
//! whose tests tried less than is said here, did not hold; lines that begin with `figures: ` are what a test has to say.

use anyhow::ensure;

use super::{Found, Ground};
use crate::run::{cargo, show};
use crate::test::passed_in;
use crate::vectors;

/// What marks a line of figures.
const MARK: &str = "figures: ";

/// How many lives of a log are simulated.
const LIVES: u64 = 10_000;

/// Tests of one package, and what they must have tried at least.
struct Trial {
    /// Arguments of `cargo test` that choose them.
    chosen: &'static [&'static str],
    /// How many tests there are at least.
    tests: usize,
    /// Words, and how often at least what they name was tried: the sum of the numbers before them.
    tried: &'static [(&'static str, u64)],
}

pub(super) fn kills(_: &Ground) -> anyhow::Result<Found> {
    judge(&[Trial {
        chosen: &["-p", "counterpart", "--test", "kills"],
        tests: 2,
        tried: &[("kills", 200), ("flushes held up", 3)],
    }])
}

pub(super) fn injection(_: &Ground) -> anyhow::Result<Found> {
    judge(&[Trial {
        chosen: &["-p", "counterpart", "--test", "injection"],
        tests: 4,
        tried: &[("faults", 500), ("real short writes", 48)],
    }])
}

pub(super) fn media(_: &Ground) -> anyhow::Result<Found> {
    judge(&[Trial {
        chosen: &["-p", "counterpart", "--test", "media"],
        tests: 9,
        tried: &[("MiB of tmpfs filled", 384), ("s to the alarm", 0)],
    }])
}

pub(super) fn alarms(_: &Ground) -> anyhow::Result<Found> {
    judge(&[
        Trial { chosen: &["-p", "counterpart", "--test", "alarms"], tests: 2, tried: &[("faults of a microphone", 7)] },
        Trial { chosen: &["-p", "sound", "--test", "hour"], tests: 1, tried: &[("s of two voices", 3_600)] },
    ])
}

pub(super) fn attacks(_: &Ground) -> anyhow::Result<Found> {
    let mut found = judge(&[
        Trial {
            chosen: &["-p", "seal", "--test", "attacks"],
            tests: 6,
            tried: &[("bits flipped", 100_000), ("lengths cut to", 10_000), ("splices", 800)],
        },
        Trial { chosen: &["-p", "seal", "--test", "vectors"], tests: 3, tried: &[("vectors", 100)] },
        Trial {
            chosen: &["-p", "counterpart", "--test", "flips"],
            tests: 2,
            tried: &[("truncations", 300), ("bits flipped", 100)],
        },
    ])?;
    let checked = vectors::check()?;
    ensure!(checked.cases > 0, "there is no vector");
    found.text += &format!(
        "\nsecond reader: {} vectors, {} of them judged otherwise than expected",
        checked.cases, checked.wrong
    );
    found.held &= checked.wrong == 0;
    Ok(found)
}

pub(super) fn ed25519(_: &Ground) -> anyhow::Result<Found> {
    judge(&[Trial {
        chosen: &["-p", "seal", "--lib", "public_vectors"],
        tests: 3,
        tried: &[("valid", 88), ("invalid Wycheproof", 63), ("RFC 8032 vectors", 3), ("small-order signatures", 3_136)],
    }])
}

pub(super) fn log(_: &Ground) -> anyhow::Result<Found> {
    judge(&[
        Trial { chosen: &["-p", "ledger", "--test", "simulation"], tests: 1, tried: &[("lives of a log", LIVES)] },
        Trial { chosen: &["-p", "ledger", "--test", "faults"], tests: 4, tried: &[] },
        Trial { chosen: &["-p", "ledger", "--test", "witnesses"], tests: 7, tried: &[] },
        Trial { chosen: &["-p", "ledger", "--test", "folder"], tests: 2, tried: &[] },
        Trial { chosen: &["-p", "ledger", "--test", "stores"], tests: 8, tried: &[] },
        Trial { chosen: &["-p", "ledger", "--test", "audit"], tests: 3, tried: &[] },
        // All of them: the test of a fork runs an example, which is built with the whole.
        Trial { chosen: &["-p", "counterpartd"], tests: 25, tried: &[] },
    ])
}

/// At every call that writes, where the tests by themselves try some.
pub(super) fn office(_: &Ground) -> anyhow::Result<Found> {
    let trial = Trial {
        chosen: &["-p", "counterpartd", "--test", "vault_faults"],
        tests: 13,
        tried: &[
            ("faults in a take", 100),
            ("kills in a destruction", 150),
            ("faults in holds", 100),
            ("kills in a change of the office key", 50),
            ("kills in backups and restores", 100),
        ],
    };
    judge_with(&[trial], ("COUNTERPART_TEST_POINTS", "all"))
}

fn judge(trials: &[Trial]) -> anyhow::Result<Found> {
    judge_with(trials, ("LEDGER_SEEDS", &LIVES.to_string()))
}

/// With a setting that the tests know.
fn judge_with(trials: &[Trial], setting: (&str, &str)) -> anyhow::Result<Found> {
    let (mut texts, mut held) = (Vec::new(), true);
    for trial in trials {
        let (text, is_held) = run(trial, setting)?;
        texts.push(text);
        held &= is_held;
    }
    Ok(Found { text: texts.join("\n"), held })
}

fn run(trial: &Trial, setting: (&str, &str)) -> anyhow::Result<(String, bool)> {
    let shown = show(cargo().arg("test").args(trial.chosen).args(["--", "--nocapture"]).env(setting.0, setting.1))?;
    let passed: usize = shown.lines.iter().filter_map(|line| passed_in(line)).sum();
    let ran = shown.lines.iter().any(|line| line.contains("test result:"));
    ensure!(ran, "the tests of {:?} could not be built", trial.chosen);
    let figures = figures(&shown.lines);
    let name = trial.chosen.last().copied().unwrap_or_default();
    let mut text = format!("{name}: {passed} tests passed");
    for line in &figures {
        text += &format!("\n  {line}");
    }
    ensure!(passed > 0 || !shown.ok, "no test of `{name}` ran");
    ensure!(passed >= trial.tests || !shown.ok, "{passed} tests of `{name}` ran, and there were {}", trial.tests);
    if shown.ok {
        for (words, least) in trial.tried {
            let tried = tried(&figures, words);
            ensure!(tried.is_some_and(|tried| tried >= *least as f64), "`{name}` says {tried:?} {words}, not {least}");
        }
    }
    Ok((text, shown.ok))
}

/// What follows the mark, wherever in a line it stands: the runner may have written before it.
fn figures(lines: &[String]) -> Vec<&str> {
    lines.iter().filter_map(|line| line.split_once(MARK)).map(|(_, figures)| figures).collect()
}

/// The sum of the numbers that stand before these words; `None` when the words stand nowhere.
fn tried(figures: &[&str], words: &str) -> Option<f64> {
    let before = |line: &&str| -> Option<f64> {
        let (before, _) = line.split_once(&format!(" {words}"))?;
        before.rsplit(' ').next()?.replace(',', "").parse().ok()
    };
    figures.iter().filter_map(before).fold(None, |sum, number| Some(sum.unwrap_or(0.0) + number))
}

#[cfg(test)]
mod tests {
    use super::{figures, tried};

    #[test]
    fn figures_are_read_and_summed() {
        let lines = ["test a ... figures: 1,200 faults, every one fired", "noise 7 faults", "figures: 30 faults"]
            .map(str::to_owned);
        let figures = figures(&lines);
        assert_eq!(figures, ["1,200 faults, every one fired", "30 faults"]);
        assert_eq!(tried(&figures, "faults"), Some(1_230.0));
        assert_eq!(tried(&figures, "kills"), None);
    }
}
