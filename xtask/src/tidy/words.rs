//! Words that may not stand in the repository: paths of one machine, and promises to finish later.
//!
//! A path of one machine fails on every other; what is left to do belongs in an issue, where it is seen. The words are
//! put together here from pieces, so that this file does not find itself.

use super::Finding;
use super::lexer::has_word;
use crate::repository::Tree;

const MACHINE_PATHS: &[&str] =
    &[concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/tmp/", "target"), concat!("/tmp/", "wt/")];
const LATER: &[&str] = &[concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];

/// The rule.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    tree.texts().flat_map(|(path, text)| check_text(path, text)).collect()
}

fn check_text(path: &str, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, line) in text.lines().enumerate() {
        for machine in MACHINE_PATHS.iter().filter(|machine| names_path(line, machine)) {
            let what = format!("`{machine}` is a path of one machine");
            findings.push(Finding::new(
                path,
                index + 1,
                what,
                "name it relative to the repository or take it as a parameter",
            ));
        }
        for later in LATER.iter().filter(|later| has_word(line, later)) {
            let what = format!("`{later}` leaves something for later");
            findings.push(Finding::new(path, index + 1, what, "do it now, or open an issue and remove the word"));
        }
    }
    findings
}

/// Whether the line names an absolute path that begins so; `target/work/x` is relative and harmless.
fn names_path(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || "_-./}".contains(c))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::expect;

    #[test]
    fn machine_paths_and_promises_are_found() {
        let later = LATER[0];
        let work = MACHINE_PATHS[0];
        let table: &[(String, &[&str])] = &[
            (format!("x\nread {work}a"), &["a.md:2: "]),
            (format!("\"{work}\""), &["is a path of one machine"]),
            (format!("https://example.org{work}a"), &[]),
            (format!("$here{work}a"), &[]),
            (format!("// {later}: more"), &["a.md:1: "]),
            (format!("{later}S are words"), &[]),
            ("to do".to_owned(), &[]),
        ];
        for (text, expected) in table {
            expect(check, &[("a.md", text)], expected);
        }
    }
}
