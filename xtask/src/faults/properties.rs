//! Every property test of the workspace with a fresh seed and many cases: `cargo xtask test` draws the same few each time.
//!
//! Not here: any property. They are found in the sources, so that a new one is tried without being listed. Invariants: the seed is
//! printed before anything runs, and `PROPTEST_RNG_SEED` and `PROPTEST_CASES` set it and the number; a property that would not draw
//! as many as were asked for, or that did not run, is an error.

use std::fmt::Write;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, ensure};

use super::{Found, Ground};
use crate::repository::{Tree, root};
use crate::run::{cargo, show};
use crate::test::{SEED_VARIABLE, passed_in};

const CASES_VARIABLE: &str = "PROPTEST_CASES";
/// So many of each property when nobody asks for another number.
const CASES: u32 = 1_000;
/// How a block of properties begins, at the beginning of a line.
const BLOCKS: [&str; 2] = ["proptest! {", "proptest::proptest! {"];
/// Its first line: the number may be overruled.
const CONFIG: &str = "#![proptest_config(cases(";

/// The properties of one file of tests.
#[derive(Debug, PartialEq)]
struct Target {
    package: String,
    test: String,
    properties: Vec<String>,
}

pub(super) fn step(_: &Ground) -> anyhow::Result<Found> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos() as u64;
    let seed = asked(SEED_VARIABLE, now)?;
    let cases = asked(CASES_VARIABLE, CASES)?;
    println!("{SEED_VARIABLE}={seed}, {CASES_VARIABLE}={cases}");
    let targets = find(&Tree::read(&root())?)?;
    let (mut text, mut held) =
        (String::from("| properties of | number | cases of each | |\n|---|---:|---:|---|\n"), true);
    for target in &targets {
        let ok = run(target, seed, cases)?;
        held &= ok;
        let (Target { package, test, properties }, word) = (target, if ok { "held" } else { "**broken**" });
        writeln!(text, "| `{package}`, `{test}` | {} | {cases} | {word} |", properties.len())?;
    }
    let properties: usize = targets.iter().map(|target| target.properties.len()).sum();
    writeln!(text, "\n{properties} properties × {cases} cases, seed {seed}.")?;
    if !held {
        writeln!(text, "Again: {SEED_VARIABLE}={seed} {CASES_VARIABLE}={cases} cargo xtask faults properties")?;
    }
    Ok(Found { text, held })
}

/// What a variable says, if it is set.
fn asked<T: std::str::FromStr>(variable: &str, otherwise: T) -> anyhow::Result<T> {
    match std::env::var(variable) {
        Ok(text) => text.parse().ok().with_context(|| format!("{variable} is `{text}`, which is no such number")),
        Err(_) => Ok(otherwise),
    }
}

/// Whether all of them held.
fn run(target: &Target, seed: u64, cases: u32) -> anyhow::Result<bool> {
    let mut command = cargo();
    command.args(["test", "--quiet", "--package", &target.package, "--test", &target.test, "--", "--exact"]);
    command.args(&target.properties).env(SEED_VARIABLE, seed.to_string()).env(CASES_VARIABLE, cases.to_string());
    let shown = show(&mut command)?;
    let passed: usize = shown.lines.iter().filter_map(|line| passed_in(line)).sum();
    let Target { package, test, properties } = target;
    ensure!(!shown.ok || passed == properties.len(), "{package}, {test}: {passed} ran of {}", properties.len());
    // A program that was not built has no result to read.
    ensure!(shown.lines.iter().any(|line| passed_in(line).is_some()), "{package}, {test}: nothing ran");
    Ok(shown.ok)
}

/// Every property test, by the file it is in.
fn find(tree: &Tree) -> anyhow::Result<Vec<Target>> {
    let mut targets = Vec::new();
    for (path, text) in tree.rust("crates/") {
        let blocks = text.matches("proptest! {").count();
        if blocks == 0 {
            continue;
        }
        let parts: Vec<&str> = path.split('/').collect();
        let [_, folder, "tests", file] = parts.as_slice() else {
            anyhow::bail!("{path}: a property test belongs in a file in `tests/`, where it is found");
        };
        let properties = properties(text);
        let ready = text.matches(CONFIG).count();
        ensure!(
            ready == blocks && !properties.is_empty(),
            "{path}: every `proptest! {{` begins with `{CONFIG}NUMBER))]`"
        );
        let manifest = tree.text(&format!("crates/{folder}/Cargo.toml")).context("a crate has a Cargo.toml")?;
        let manifest: toml::Table = manifest.parse()?;
        let package = manifest["package"]["name"].as_str().context("a crate has a name")?.to_owned();
        targets.push(Target { package, test: file.trim_end_matches(".rs").to_owned(), properties });
    }
    ensure!(!targets.is_empty(), "no property test was found");
    Ok(targets)
}

/// The functions in a file's blocks.
fn properties(text: &str) -> Vec<String> {
    let (mut inside, mut names) = (false, Vec::new());
    for line in text.lines() {
        inside = (inside || BLOCKS.contains(&line)) && line != "}";
        let name = line.strip_prefix("    fn ").and_then(|rest| rest.split_once('('));
        names.extend(name.filter(|_| inside).map(|(name, _)| name.to_owned()));
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: (&str, &str) = ("crates/a/Cargo.toml", "[package]\nname = \"b\"\n");

    #[test]
    fn properties_are_found_and_others_are_not() {
        let block =
            "proptest! {\n    #![proptest_config(cases(9))]\n\n    #[test]\n    fn one(a in 1..2) {\n    }\n}\n";
        let text = format!("fn helper() {{}}\n{block}    fn other() {{}}\nproptest::{}", block.replace("one", "two"));
        let found = find(&Tree::of(&[MANIFEST, ("crates/a/tests/c.rs", &text)])).unwrap();
        let properties = vec!["one".to_owned(), "two".to_owned()];
        assert_eq!(found, [Target { package: "b".to_owned(), test: "c".to_owned(), properties }]);
    }

    #[test]
    fn what_could_not_be_run_with_more_cases_is_an_error() {
        let good = "proptest! {\n    #![proptest_config(cases(9))]\n    fn one(a in 1..2) {\n    }\n}\n";
        for (name, path, text) in [
            ("where it is not looked for", "crates/a/src/c.rs", good),
            ("a number of its own", "crates/a/tests/c.rs", "proptest! {\n    fn one(a in 1..2) {\n    }\n}\n"),
            ("none at all", "crates/a/tests/c.rs", "fn one() {}"),
        ] {
            assert!(find(&Tree::of(&[MANIFEST, (path, text)])).is_err(), "{name}");
        }
    }

    #[test]
    fn those_of_this_workspace_are_found() {
        let found = find(&Tree::read(&root()).unwrap()).unwrap();
        assert!(found.iter().any(|target| target.package == "seal" && target.properties.len() >= 3), "{found:?}");
    }
}
