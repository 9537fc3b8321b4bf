//! Each invariant in ARCHITECTURE.md names the test that fails when it breaks; this rule asks that the test exists.
//!
//! A test is named as `path/of/file.rs::name` in backticks.
//! The rule knows nothing of what the test proves.

use super::Finding;
use super::lexer::{code_only, has_word};
use crate::repository::Tree;

const ARCHITECTURE: &str = "ARCHITECTURE.md";

/// The rule.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let Some(text) = tree.text(ARCHITECTURE) else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    for (index, line) in text.lines().enumerate() {
        for named in line.split('`').skip(1).step_by(2) {
            let Some((path, test)) = named.split_once(".rs::") else {
                continue;
            };
            if !has_test(tree, &format!("{path}.rs"), test) {
                let what = format!("no test is called {named}");
                findings.push(Finding::new(ARCHITECTURE, index + 1, what, "name the test that proves the invariant"));
            }
        }
    }
    findings
}

fn has_test(tree: &Tree, path: &str, test: &str) -> bool {
    let Some(source) = tree.text(path) else {
        return false;
    };
    code_only(source).lines().any(|line| line.contains("fn ") && has_word(line, test))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::expect;

    #[test]
    fn named_tests_exist() {
        let source = ("crates/a/tests/b.rs", "// fn gone() {}\n#[test]\nfn holds() {}\n");
        let table: &[(&str, &[&str])] = &[
            ("It holds (`crates/a/tests/b.rs::holds`).", &[]),
            ("x\nIt holds (`crates/a/tests/b.rs::hold`).", &["ARCHITECTURE.md:2: no test is called"]),
            ("(`crates/a/tests/b.rs::gone`)", &["no test is called"]),
            ("(`crates/a/tests/c.rs::holds`)", &["no test is called"]),
            ("See `crates/a/tests/b.rs`.", &[]),
        ];
        for (text, expected) in table {
            expect(check, &[source, (ARCHITECTURE, text)], expected);
        }
    }
}
