//! `cargo xtask vectors`: makes the test vectors; with `--check`, proves that they are what the generator makes and
//! that the second reader gives every one of them the verdict and reason that `vectors/manifest.toml` expects.
//!
//! The first reader, ours, is held to the same manifest by a test of the `seal` crate.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use serde::Deserialize;

use crate::TaskResult;
use crate::repository::{root, target_dir};
use crate::run::{cargo, program, show};

const FOLDER: &str = "vectors";
const MANIFEST: &str = "manifest.toml";
const READER: &str = "spec/reader/verify.py";
/// Whose word on time counts in all of them.
const POLICY: &str = "trust.policy";
/// Files in the folder that people write, not the generator.
const BY_HAND: &[&str] = &["README.md"];

/// One vector and what every reader must say of it, shown alone or with the others named.
#[derive(Deserialize)]
struct Case {
    file: String,
    verdict: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    deep: bool,
    /// Vectors given in the same call; what two histories are is seen only side by side.
    #[serde(default)]
    with: Vec<String>,
    about: String,
    /// What it proves about when it was made; without, nothing.
    time: Option<Time>,
}

/// What a file proves about when it was made.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Time {
    no_earlier: Option<Said>,
    no_later: Option<Said>,
    anchors: u32,
    anchors_held: u32,
    longest: Option<[u64; 2]>,
    longest_s: Option<u64>,
    too_much: Option<[u64; 2]>,
    refused: Vec<String>,
}

/// One end of the bracket, and on whose word.
#[derive(Clone, Debug, PartialEq, Deserialize)]
struct Said {
    time_s: u64,
    by: String,
    witnesses: Vec<String>,
}

#[derive(Deserialize)]
struct Manifest {
    case: Vec<Case>,
}

/// One line of the second reader's output.
#[derive(Deserialize)]
struct Answer {
    file: PathBuf,
    verdict: String,
    #[serde(default)]
    reason: Option<String>,
    #[serde(default)]
    time: Option<Time>,
}

/// What a check found.
pub(crate) struct Checked {
    pub(crate) cases: usize,
    /// Cases, or files, that are not as they should be; each was printed.
    pub(crate) wrong: usize,
}

/// Makes or checks the vectors.
pub(crate) fn task(arguments: &[String]) -> TaskResult {
    let [only_check] = crate::flags(arguments, ["--check"])?;
    if !only_check {
        generate(&root().join(FOLDER))?;
        return Ok(true);
    }
    let checked = check()?;
    println!("vectors: {} cases, {} not as expected", checked.cases, checked.wrong);
    Ok(checked.wrong == 0)
}

/// Regenerates into a folder of its own, compares, and asks the second reader.
pub(crate) fn check() -> anyhow::Result<Checked> {
    let folder = root().join(FOLDER);
    let fresh = target_dir()?.join("xtask").join("vectors");
    if fresh.exists() {
        std::fs::remove_dir_all(&fresh).context("the last run's vectors cannot be removed")?;
    }
    std::fs::create_dir_all(&fresh)?;
    generate(&fresh)?;
    let mut complaints = differences(&files_in(&folder)?, &files_in(&fresh)?);
    let text = std::fs::read_to_string(folder.join(MANIFEST)).context("vectors/manifest.toml cannot be read")?;
    let manifest: Manifest = toml::from_str(&text).context("vectors/manifest.toml is not a list of [[case]]")?;
    complaints.extend(unlisted(&manifest.case, files_in(&folder)?.keys()));
    for case in &manifest.case {
        complaints.extend(disagreement(case, &ask_reader(case)?));
    }
    for complaint in &complaints {
        println!("{complaint}");
    }
    Ok(Checked { cases: manifest.case.len(), wrong: complaints.len() })
}

fn generate(folder: &Path) -> anyhow::Result<()> {
    let mut command = cargo();
    command.args(["run", "--quiet", "--package", "seal", "--example", "make-vectors", "--"]).arg(folder);
    ensure!(show(&mut command)?.ok, "the generator failed");
    Ok(())
}

type Files = BTreeMap<String, Vec<u8>>;

fn files_in(folder: &Path) -> anyhow::Result<Files> {
    let mut files = Files::new();
    let entries = std::fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))?;
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type()?.is_file() && !BY_HAND.contains(&name.as_str()) {
            files.insert(name, std::fs::read(entry.path())?);
        }
    }
    Ok(files)
}

/// What is checked in and what the generator makes, side by side.
fn differences(checked_in: &Files, fresh: &Files) -> Vec<String> {
    let names: BTreeSet<&String> = checked_in.keys().chain(fresh.keys()).collect();
    let complaint = |name: &String| match (checked_in.get(name), fresh.get(name)) {
        (Some(old), Some(new)) if old == new => None,
        (Some(_), Some(_)) => Some("is not what the generator makes; run `cargo xtask vectors`"),
        (Some(_), None) => Some("is not made by the generator; make it there, or remove it"),
        (None, _) => Some("is made by the generator and not checked in; run `cargo xtask vectors`"),
    };
    names.iter().filter_map(|name| Some(format!("{FOLDER}/{name}: {}", complaint(name)?))).collect()
}

/// Files without a case, cases without a file, cases without a sentence.
fn unlisted<'a>(cases: &[Case], files: impl Iterator<Item = &'a String>) -> Vec<String> {
    let files: BTreeSet<&str> = files.map(String::as_str).filter(|name| ![MANIFEST, POLICY].contains(name)).collect();
    let listed: BTreeSet<&str> = cases.iter().map(|case| case.file.as_str()).collect();
    let missing = listed.difference(&files).map(|name| format!("{FOLDER}/{MANIFEST}: {name} does not exist"));
    let silent = cases.iter().filter(|case| case.about.trim().is_empty());
    let silent = silent.map(|case| format!("{FOLDER}/{MANIFEST}: {} does not say what it is about", case.file));
    let extra = files.difference(&listed).map(|name| format!("{FOLDER}/{name}: has no case in {MANIFEST}"));
    missing.chain(silent).chain(extra).collect()
}

/// The second reader's answers for one case: a call of its own, because files in one call are compared with each other.
fn ask_reader(case: &Case) -> anyhow::Result<Vec<Answer>> {
    let mut reader = program("python3");
    reader.arg(READER).args(case.deep.then_some("--deep"));
    reader.args(["--trust", &format!("{FOLDER}/{POLICY}")]);
    reader.args(std::iter::once(&case.file).chain(&case.with).map(|file| format!("{FOLDER}/{file}")));
    // Its exit code says that some file is not intact, which is what most vectors are for.
    let output = reader.output().context("python3 could not be started")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let answers = text.lines().map(|line| serde_json::from_str(line).with_context(|| format!("not an answer: {line}")));
    let answers: Vec<Answer> = answers.collect::<anyhow::Result<_>>()?;
    let complaint = String::from_utf8_lossy(&output.stderr);
    ensure!(!answers.is_empty(), "the second reader said nothing: {}", complaint.trim());
    Ok(answers)
}

/// What to say when the second reader's answer is not the one expected, or missing.
fn disagreement(case: &Case, answers: &[Answer]) -> Option<String> {
    let name = Some(std::ffi::OsStr::new(&case.file));
    let Some(answer) = answers.iter().find(|answer| answer.file.file_name() == name) else {
        return Some(format!("{FOLDER}/{}: the second reader did not answer", case.file));
    };
    let Case { file, verdict, reason, .. } = case;
    let said = answer.reason.as_deref().unwrap_or_default();
    if answer.verdict != *verdict || said != reason {
        return Some(format!(
            "{FOLDER}/{file}: expected `{verdict}` ({reason}), the second reader says `{}` ({said})",
            answer.verdict
        ));
    }
    let nothing = answer.time.as_ref().map(|time| Time { anchors: time.anchors, ..Time::default() });
    let expected = if case.time.is_some() { &case.time } else { &nothing };
    (answer.time != *expected)
        .then(|| format!("{FOLDER}/{file}: expected of time {expected:?}, the second reader says {:?}", answer.time))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(file: &str, verdict: &str, reason: &str) -> Case {
        let [file, verdict, reason] = [file, verdict, reason].map(str::to_owned);
        Case { file, verdict, reason, deep: false, with: Vec::new(), about: "One thing.".to_owned(), time: None }
    }

    #[test]
    fn each_way_to_differ_is_said() {
        let files = |pairs: &[(&str, &str)]| -> Files {
            pairs.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())).collect()
        };
        let old = files(&[("same", "1"), ("changed", "1"), ("gone", "1")]);
        let new = files(&[("same", "1"), ("changed", "2"), ("new", "1")]);
        let said = differences(&old, &new).join("\n");
        assert_eq!(said.lines().count(), 3, "{said}");
        assert!(
            said.contains("changed: is not what")
                && said.contains("gone: is not made")
                && said.contains("new: is made")
        );
    }

    #[test]
    fn each_file_has_its_case() {
        let files = ["a.flac", "b.flac", MANIFEST].map(str::to_owned);
        let mut cases = vec![case("a.flac", "complete", ""), case("c.flac", "complete", "")];
        cases[0].about = String::new();
        let said = unlisted(&cases, files.iter()).join("\n");
        assert_eq!(said.lines().count(), 3, "{said}");
        assert!(said.contains("c.flac does not exist") && said.contains("a.flac does not say"));
        assert!(said.contains("b.flac: has no case"));
    }

    #[test]
    fn the_second_reader_must_agree() {
        let answer: Answer =
            serde_json::from_str(r#"{"file":"vectors/a.flac","verdict":"complete","reason":null}"#).unwrap();
        let answers = [answer];
        let table = [
            (case("a.flac", "complete", ""), ""),
            (case("a.flac", "interrupted", ""), "says `complete`"),
            (case("a.flac", "complete", "torn"), "expected `complete` (torn)"),
            (case("b.flac", "complete", ""), "did not answer"),
        ];
        for (case, expected) in table {
            let said = disagreement(&case, &answers).unwrap_or_default();
            assert_eq!(said.is_empty(), expected.is_empty(), "{said}");
            assert!(said.contains(expected), "{said}");
        }
    }

    #[test]
    fn the_second_reader_must_agree_about_time() {
        let time = Time { anchors: 1, refused: vec!["anchor 800 size".to_owned()], ..Time::default() };
        let answer = |time: Option<Time>| {
            let (file, verdict) = (PathBuf::from("vectors/a.flac"), "complete".to_owned());
            Answer { file, verdict, reason: None, time }
        };
        let with = |time: Option<Time>| Case { time, ..case("a.flac", "complete", "") };
        let disagree = |expected: Option<Time>, said: Option<Time>| disagreement(&with(expected), &[answer(said)]);
        assert_eq!(disagree(Some(time.clone()), Some(time.clone())), None);
        assert_eq!(
            disagree(None, Some(Time { anchors: 1, ..Time::default() })),
            None,
            "anchors that nothing is said of"
        );
        assert!(disagree(None, Some(time.clone())).is_some(), "what was not expected");
        assert!(disagree(Some(time.clone()), None).is_some(), "no answer");
        assert!(disagree(Some(time.clone()), Some(Time { anchors_held: 1, ..time })).is_some(), "another answer");
    }
}
