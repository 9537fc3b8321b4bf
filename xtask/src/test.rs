//! `cargo xtask test`: installs what the tests need and runs all of them, in one order, on any machine.
//!
//! A step that fails does not stop the next one, so that one run shows everything that is wrong. The last lines are
//! the list of steps with their times and one line of summary; they are kept in the target folder too, for `.ci/run`.

mod kept;
mod licences;
mod tools;
mod wasm;

use std::fmt::Write;
use std::time::{Duration, Instant};

use anyhow::Context;

use crate::run::{Shown, cargo, program, show, succeeds, which};
use crate::{TaskResult, comparison, repository, tidy, vectors, web};

/// What a step that passed has to say.
#[derive(Default)]
struct Passed {
    /// How many single tests it ran; most steps are no tests in this sense.
    tests: usize,
    /// A remark for the list, such as what was skipped and why.
    note: String,
}

type Step = (&'static str, fn() -> anyhow::Result<Passed>);

const STEPS: &[Step] = &[
    ("tools", || tools::install().map(noted)),
    ("format", || shown_ok(cargo().args(["fmt", "--all", "--check"]))),
    ("clippy", || shown_ok(cargo().args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))),
    ("tidy", tidy_step),
    ("web", || web::check().map(noted)),
    ("tests", tests_step),
    ("doc-tests", doc_tests_step),
    ("webassembly", || wasm::build_seal().map(noted)),
    ("licences", || licences::check().map(noted)),
    ("deny", deny_step),
    ("second-reader", second_reader_step),
    ("vectors", vectors_step),
    ("comparison", || Ok(Passed { tests: comparison::test()?, note: String::new() })),
    ("documentation", documentation_step),
];

/// Where property tests begin to draw. One place for all runs, unless the caller names another: whether a change may land is not
/// for chance to say. `cargo xtask faults properties` draws afresh.
const SEED: &str = "20261122";
/// The variable that says so to `proptest`.
pub(crate) const SEED_VARIABLE: &str = "PROPTEST_RNG_SEED";

/// The variable that names axe's script to the tests of pages.
const AXE_VARIABLE: &str = "COUNTERPART_AXE";

/// Where the summary of the last run is kept, below the target folder.
const SUMMARY: &str = "xtask/test-summary.txt";

/// Runs every step, or those that are named, and prints what came of it.
pub(crate) fn task(arguments: &[String]) -> TaskResult {
    let steps = chosen(arguments)?;
    let mut finished = Vec::new();
    for (index, (name, step)) in steps.iter().enumerate() {
        println!("\n=== {}/{} {name}", index + 1, steps.len());
        let began = Instant::now();
        let outcome = step().map_err(|error| format!("{error:#}"));
        if let Err(reason) = &outcome {
            println!("{name} failed: {reason}");
        }
        finished.push(Finished { name, took: began.elapsed(), outcome });
    }
    let summary = summarise(&finished);
    print!("\n{summary}");
    keep(&summary)?;
    Ok(finished.iter().all(|step| step.outcome.is_ok()))
}

/// What `cargo xtask bench` needs beyond what the tests need.
pub(crate) fn install_for_bench() -> anyhow::Result<()> {
    tools::install_missing(tools::FOR_BENCH).map(drop)
}

fn chosen(names: &[String]) -> anyhow::Result<Vec<&'static Step>> {
    let known = || STEPS.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    if let Some(unknown) = names.iter().find(|name| !STEPS.iter().any(|(step, _)| step == name)) {
        anyhow::bail!("there is no step `{unknown}`; there are: {}", known());
    }
    Ok(STEPS.iter().filter(|(name, _)| names.is_empty() || names.iter().any(|chosen| chosen == name)).collect())
}

struct Finished {
    name: &'static str,
    took: Duration,
    outcome: Result<Passed, String>,
}

fn summarise(finished: &[Finished]) -> String {
    let mut text = String::from("steps:\n");
    for Finished { name, took, outcome } in finished {
        let (word, remark) = match outcome {
            Ok(Passed { tests: 0, note }) => ("ok", note.clone()),
            Ok(Passed { tests, note }) => ("ok", format!("{tests} tests  {note}")),
            Err(reason) => ("FAILED", reason.clone()),
        };
        let line = format!("  {name:<14} {word:<7} {:>6.1} s  {remark}", took.as_secs_f64());
        let _ = writeln!(text, "{}", line.trim_end());
    }
    let tests: usize = finished.iter().filter_map(|step| step.outcome.as_ref().ok()).map(|passed| passed.tests).sum();
    let failed: Vec<&str> = finished.iter().filter(|step| step.outcome.is_err()).map(|step| step.name).collect();
    let passed = finished.len() - failed.len();
    let _ = match failed.as_slice() {
        [] => writeln!(text, "test: {passed} steps passed"),
        failed => writeln!(text, "test: {passed} steps passed, {} failed: {}", failed.len(), failed.join(", ")),
    };
    // In the words of Cargo's own runner, so that whatever reads those reads this; a failed step counts as one.
    let word = if failed.is_empty() { "ok" } else { "FAILED" };
    let took: f64 = finished.iter().map(|step| step.took.as_secs_f64()).sum();
    let failed = failed.len();
    let _ = writeln!(text, "test result: {word}. {tests} passed; {failed} failed; 0 ignored; finished in {took:.2}s");
    text
}

fn keep(summary: &str) -> anyhow::Result<()> {
    let file = repository::target_dir()?.join(SUMMARY);
    std::fs::create_dir_all(file.parent().context("the summary has a folder")?)?;
    std::fs::write(&file, summary).with_context(|| format!("{} cannot be written", file.display()))
}

fn noted(note: String) -> Passed {
    Passed { tests: 0, note }
}

fn tidy_step() -> anyhow::Result<Passed> {
    anyhow::ensure!(tidy::task(&[])?, "house rules are broken; each line above says what to do");
    Ok(Passed::default())
}

fn tests_step() -> anyhow::Result<Passed> {
    let mut command = cargo();
    if succeeds(cargo().args(["nextest", "--version"])) {
        command.args(["nextest", "run", "--workspace", "--no-fail-fast", "--no-tests", "pass"]);
        command.args(["--status-level", "fail", "--final-status-level", "fail"]);
    } else {
        command.args(["test", "--workspace", "--no-fail-fast", "--lib", "--bins", "--tests", "--examples"]);
    }
    if std::env::var_os(SEED_VARIABLE).is_none() {
        command.env(SEED_VARIABLE, SEED);
    }
    let axe = web::axe()?;
    if let Some(axe) = axe.as_ref().filter(|_| std::env::var_os(AXE_VARIABLE).is_none()) {
        command.env(AXE_VARIABLE, axe);
    }
    let ceph = kept::Ceph::start();
    if let Some(ceph) = &ceph {
        command.envs(ceph.environment());
    }
    let mut passed = counted(&show(&mut command)?)?;
    let mut notes = Vec::new();
    if ceph.is_none() {
        notes.push("no S3 server was kept for all of them: each started its own");
    }
    if axe.is_none() {
        notes.push("axe looked over no page: `cargo xtask test tools` installs it");
    }
    passed.note = notes.join("; ");
    Ok(passed)
}

fn doc_tests_step() -> anyhow::Result<Passed> {
    counted(&show(cargo().args(["test", "--workspace", "--doc", "--quiet"]))?)
}

fn deny_step() -> anyhow::Result<Passed> {
    if which("cargo-deny").is_none() {
        return Ok(noted("skipped: cargo-deny is not installed (licences were checked above)".to_owned()));
    }
    shown_ok(cargo().args(["deny", "--offline", "check", "licenses", "bans", "sources"]))
}

fn second_reader_step() -> anyhow::Result<Passed> {
    let arguments = ["-B", "-m", "unittest", "discover", "-s", "spec/reader", "-p", "test_*.py"];
    let mut passed = counted(&show(program("python3").args(arguments))?)?;
    let clocks = ["-B", "crates/rules/tests/reckon.py", "--check"];
    passed.tests += counted(&show(program("python3").args(clocks))?)?.tests;
    Ok(passed)
}

fn vectors_step() -> anyhow::Result<Passed> {
    let checked = vectors::check()?;
    anyhow::ensure!(checked.wrong == 0, "{} of {} cases differ", checked.wrong, checked.cases);
    Ok(Passed { tests: checked.cases, note: String::new() })
}

fn documentation_step() -> anyhow::Result<Passed> {
    shown_ok(cargo().args(["doc", "--workspace", "--no-deps", "--quiet"]).env("RUSTDOCFLAGS", "-D warnings"))
}

fn shown_ok(command: &mut std::process::Command) -> anyhow::Result<Passed> {
    anyhow::ensure!(show(command)?.ok, "see above");
    Ok(Passed::default())
}

/// How many tests a test runner says it ran; an error when one of them failed.
fn counted(shown: &Shown) -> anyhow::Result<Passed> {
    let tests = shown.lines.iter().filter_map(|line| passed_in(line)).sum();
    anyhow::ensure!(shown.ok, "see above; {tests} tests passed");
    Ok(Passed { tests, note: String::new() })
}

/// The count in `test result: ok. 17 passed; …` (cargo), `Summary [ 1s] 17 tests run: 17 passed, …` (nextest) or
/// `Ran 17 tests in 1s` (Python).
pub(crate) fn passed_in(line: &str) -> Option<usize> {
    let line = line.trim_start();
    if let Some((count, _)) = line.strip_prefix("Ran ").and_then(|rest| rest.split_once(" test")) {
        return count.parse().ok();
    }
    let is_count = line.starts_with("test result:") || line.starts_with("Summary [");
    let (before, _) = line.split_once(" passed").filter(|_| is_count)?;
    before.rsplit(' ').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_chosen_by_name_in_their_own_order() {
        let names = |arguments: &[&str]| -> Option<Vec<&str>> {
            let arguments: Vec<String> = arguments.iter().map(|name| (*name).to_owned()).collect();
            Some(chosen(&arguments).ok()?.iter().map(|(name, _)| *name).collect())
        };
        assert_eq!(names(&[]).unwrap().len(), STEPS.len());
        assert_eq!(names(&["tidy", "format"]).unwrap(), ["format", "tidy"]);
        assert_eq!(names(&["tidy", "forma"]), None);
    }

    #[test]
    fn counts_are_read_from_either_runner() {
        let table = [
            ("test result: ok. 17 passed; 0 failed; 0 ignored;", Some(17)),
            ("     Summary [   0.012s] 5 tests run: 5 passed, 0 skipped", Some(5)),
            ("     Summary [   0.012s] 5 tests run: 4 passed, 1 failed, 0 skipped", Some(4)),
            ("Ran 12 tests in 0.034s", Some(12)),
            ("Ran 1 test in 0.034s", Some(1)),
            ("they passed", None),
            ("running 17 tests", None),
        ];
        for (line, expected) in table {
            assert_eq!(passed_in(line), expected, "for {line}");
        }
    }

    #[test]
    fn the_summary_ends_with_one_line_that_says_it_all() {
        let step = |name, outcome| Finished { name, took: Duration::from_millis(1_500), outcome };
        let good = || Ok(Passed { tests: 3, note: String::new() });
        let text = summarise(&[step("a", good()), step("b", good())]);
        assert_eq!(text.lines().last(), Some("test result: ok. 6 passed; 0 failed; 0 ignored; finished in 3.00s"));
        let text = summarise(&[step("a", good()), step("b", Err("why".to_owned()))]);
        assert!(text.contains("  b              FAILED     1.5 s  why"), "{text}");
        assert!(text.contains("test: 1 steps passed, 1 failed: b"), "{text}");
        assert_eq!(text.lines().last(), Some("test result: FAILED. 3 passed; 1 failed; 0 ignored; finished in 3.00s"));
    }
}
