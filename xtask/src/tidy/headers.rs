//! Every source file opens by saying what it is: three lines of `//!` in Rust, two of comment or docstring in scripts.
//!
//! It can only count lines. Whether they say what the file is, what it is not and what always holds
//! is the reviewer's.

use super::Finding;
use crate::repository::Tree;

/// Lines of `//!` with words in them at the top of a Rust file.
const RUST_LINES_MIN: usize = 3;
/// Lines of comment or docstring with words in them after a script's `#!` line.
const SCRIPT_LINES_MIN: usize = 2;

/// The rule.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    tree.texts().filter_map(|(path, text)| check_file(path, text)).collect()
}

fn check_file(path: &str, text: &str) -> Option<Finding> {
    let ours = ["crates/", "xtask/", "fuzz/"].iter().any(|folder| path.starts_with(folder));
    let first = text.lines().next().unwrap_or_default();
    let (lines, wanted, mark) = if path.ends_with(".rs") && ours {
        (rust_header_lines(text), RUST_LINES_MIN, "`//!`")
    } else if path.ends_with(".py") {
        (python_header_lines(text), SCRIPT_LINES_MIN, "`#` or docstring")
    } else if path.ends_with(".sh") || (first.starts_with("#!/") && first.contains("sh")) {
        (comment_lines(text), SCRIPT_LINES_MIN, "`#`")
    } else {
        return None;
    };
    let what = format!("opens with {lines} lines of {mark}, not {wanted}");
    (lines < wanted).then(|| Finding::new(path, 1, what, "say what it is, what it is not, and what always holds"))
}

fn rust_header_lines(text: &str) -> usize {
    let header = text.lines().map_while(|line| line.strip_prefix("//!"));
    header.filter(|line| !line.trim().is_empty()).count()
}

fn comment_lines(text: &str) -> usize {
    let header = without_shebang(text).map_while(|line| line.strip_prefix('#'));
    header.filter(|line| !line.trim().is_empty()).count()
}

fn python_header_lines(text: &str) -> usize {
    let mut lines = without_shebang(text).skip_while(|line| line.trim().is_empty());
    let Some(quoted) = lines.next().and_then(|line| line.strip_prefix("\"\"\"")) else {
        return comment_lines(text);
    };
    if quoted.contains("\"\"\"") {
        return 1;
    }
    let rest = lines.take_while(|line| !line.trim_start().starts_with("\"\"\""));
    std::iter::once(quoted).chain(rest).filter(|line| !line.trim().is_empty()).count()
}

fn without_shebang(text: &str) -> impl Iterator<Item = &str> {
    text.lines().skip(usize::from(text.starts_with("#!/")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::expect;

    #[test]
    fn headers_are_counted() {
        let table: &[(&str, &str, &[&str])] = &[
            ("crates/a/src/b.rs", "//! A.\n//!\n//! B.\n//! C.\nfn f() {}", &[]),
            ("crates/a/src/b.rs", "//! A.\n//!\n//! B.\n", &["b.rs:1: opens with 2 lines"]),
            ("xtask/src/b.rs", "fn f() {}\n//! late", &["opens with 0 lines"]),
            ("fuzz/fuzz_targets/b.rs", "#![no_main]", &["opens with 0 lines"]),
            ("a.py", "#!/usr/bin/env python3\n\"\"\"What.\n\nWhat not.\n\"\"\"\n", &[]),
            ("a.py", "# What.\n# What not.\n", &[]),
            ("a.py", "\"\"\"What.\"\"\"\nimport os\n", &["a.py:1: opens with 1 lines"]),
            ("a.sh", "#!/bin/sh\nset -eu\n", &["opens with 0 lines"]),
            (".ci/run", "#!/usr/bin/env bash\n# What.\n", &["opens with 1 lines"]),
            (".ci/run", "#!/usr/bin/env bash\n# What.\n# What not.\n", &[]),
            ("README.md", "words", &[]),
        ];
        for (path, text, expected) in table {
            expect(check, &[(path, text)], expected);
        }
    }
}
