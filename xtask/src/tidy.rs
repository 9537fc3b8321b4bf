//! `cargo xtask tidy`: the house rules that Cargo and Clippy cannot hold.
//!
//! A rule is a pure function from the files of the repository to findings; a finding is one line that says where, what
//! is wrong, and what to do. Each rule has a table of trees that break it, so that a rule that cannot fail is noticed.

mod headers;
mod imports;
mod invariants;
mod lexer;
mod manifests;
mod purity;
mod sizes;
mod words;

use std::fmt;

use crate::TaskResult;
use crate::repository::{Tree, root};

/// One breach of one rule.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    path: String,
    line: usize,
    what: String,
    todo: String,
}

impl Finding {
    fn new(path: &str, line: usize, what: impl Into<String>, todo: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, what: what.into(), todo: todo.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}; {}", self.path, self.line, self.what, self.todo)
    }
}

const RULES: &[fn(&Tree) -> Vec<Finding>] =
    &[imports::check, purity::check, headers::check, sizes::check, manifests::check, words::check, invariants::check];

/// Prints every finding; all is well when there is none.
pub(crate) fn task(arguments: &[String]) -> TaskResult {
    let [] = crate::flags(arguments, [])?;
    let tree = Tree::read(&root())?;
    let mut findings: Vec<Finding> = RULES.iter().flat_map(|rule| rule(&tree)).collect();
    findings.sort();
    for finding in &findings {
        println!("{finding}");
    }
    let files = tree.files().count();
    match findings.len() {
        0 => println!("tidy: {files} files, nothing to do"),
        count => println!("tidy: {files} files, {count} to put right"),
    }
    Ok(findings.is_empty())
}

/// The first line (from 1) of `text` that contains `needle`, or 1.
fn line_of(text: &str, needle: &str) -> usize {
    text.lines().position(|line| line.contains(needle)).map_or(1, |index| index + 1)
}

/// Runs a rule over a tree and compares what it found with the lines expected, for the rules' own tests.
#[cfg(test)]
#[track_caller]
fn expect(rule: fn(&Tree) -> Vec<Finding>, files: &[(&str, &str)], expected: &[&str]) {
    let found: Vec<String> = rule(&Tree::of(files)).iter().map(ToString::to_string).collect();
    assert_eq!(found.len(), expected.len(), "found {found:#?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.contains(expected), "`{found}` does not contain `{expected}`");
    }
}
