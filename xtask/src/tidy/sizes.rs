//! How long files and functions may be, and how big what is checked in.
//!
//! The limits are ratchets: what is over a limit today is listed in `xtask/ratchets.toml` with its present size and its
//! reason, may not grow, and its entry must come down when it shrinks. Debt is a list, so it can be read.

use serde::Deserialize;

use super::lexer::code_only;
use super::{Finding, line_of};
use crate::repository::Tree;

const RATCHETS: &str = "xtask/ratchets.toml";
const FILE_LINES_MAX: usize = 600;
const FUNCTION_LINES_MAX: usize = 70;

/// Whole files or folders with a limit of their own, in lines, and why.
const LINES_MAX: &[(&str, usize, &str)] = &[
    ("README.md", 80, "a newcomer reads it standing up"),
    ("ARCHITECTURE.md", 300, "it is read whole or not at all"),
    ("spec/reader/verify.py", 500, "a second reader must be small enough to be audited in an hour"),
    ("spec/reader/timestamp.py", 400, "a second reader must be small enough to be audited in an hour"),
    ("spec/reader/log.py", 350, "a second reader must be small enough to be audited in an hour"),
];

/// Folders whose every file, lists of them excepted, has a limit in bytes, and why.
const BYTES_MAX: &[(&str, usize, &str)] = &[
    ("vectors/", 40_000, "a vector shows one thing"),
    ("assets/interview/interview.flac", 300_000, "a clone must stay small"),
];

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Ratchets {
    #[serde(default)]
    file: Vec<Ratchet>,
    #[serde(default)]
    function: Vec<Ratchet>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ratchet {
    path: String,
    /// The function's name; empty for a file.
    #[serde(default)]
    name: String,
    lines_max: usize,
    reason: String,
}

/// The rule.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let listed = tree.text(RATCHETS).unwrap_or_default();
    let ratchets: Ratchets = match toml::from_str(listed) {
        Ok(ratchets) => ratchets,
        Err(error) => {
            return vec![Finding::new(RATCHETS, 1, format!("not readable: {}", error.message()), "repair it")];
        }
    };
    let mut findings = check_fixed(tree);
    let files: Vec<Sized> = tree.texts().filter(|(path, _)| is_source(path)).map(sized_file).collect();
    findings.extend(check_ratcheted(&files, FILE_LINES_MAX, &ratchets.file, listed));
    let functions: Vec<Sized> = tree.rust("").flat_map(|(path, source)| sized_functions(path, source)).collect();
    findings.extend(check_ratcheted(&functions, FUNCTION_LINES_MAX, &ratchets.function, listed));
    findings
}

/// A file or function with its length.
#[derive(Debug, PartialEq)]
struct Sized {
    path: String,
    name: String,
    line: usize,
    lines: usize,
}

impl Sized {
    fn is(&self, ratchet: &Ratchet) -> bool {
        self.path == ratchet.path && self.name == ratchet.name
    }

    fn called(&self) -> String {
        if self.name.is_empty() { "the file".to_owned() } else { format!("`{}`", self.name) }
    }
}

fn is_source(path: &str) -> bool {
    [".rs", ".py", ".sh", ".js", ".ts"].iter().any(|ending| path.ends_with(ending))
}

fn sized_file((path, text): (&str, &str)) -> Sized {
    Sized { path: path.to_owned(), name: String::new(), line: 1, lines: text.lines().count() }
}

/// Every `fn` with a body, from the line of its `fn` to the line of its closing brace. rustfmt's shape is relied on only
/// for a body opening before the next `;`.
fn sized_functions(path: &str, source: &str) -> Vec<Sized> {
    let code = code_only(source);
    let mut functions = Vec::new();
    for (at, word) in code.match_indices("fn ") {
        if code[..at].chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '_') {
            continue;
        }
        let rest = &code[at + word.len()..];
        let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        let Some(length) = body_end(rest) else {
            continue;
        };
        let line = 1 + code[..at].matches('\n').count();
        let lines = 1 + rest[..length].matches('\n').count();
        functions.push(Sized { path: path.to_owned(), name, line, lines });
    }
    functions
}

/// Where the body that opens in `code` before any `;` ends.
fn body_end(code: &str) -> Option<usize> {
    let mut braces = 0_usize;
    let mut brackets = 0_usize;
    for (at, c) in code.char_indices() {
        match c {
            '(' | '[' => brackets += 1,
            ')' | ']' => brackets = brackets.saturating_sub(1),
            ';' if braces == 0 && brackets == 0 => return None,
            '{' => braces += 1,
            '}' if braces <= 1 => return (braces == 1).then_some(at),
            '}' => braces -= 1,
            _ => {}
        }
    }
    None
}

/// The second reader's own tests are not what an auditor has to read.
fn is_reader(path: &str) -> bool {
    path.ends_with(".py") && !path.contains("/test_")
}

fn check_fixed(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (place, lines_max, why) in LINES_MAX {
        let lines: usize = tree
            .texts()
            .filter(|(path, _)| path.starts_with(place) && (path == place || is_reader(path)))
            .map(|(_, text)| text.lines().count())
            .sum();
        if lines > *lines_max {
            let what = format!("{lines} lines, over its {lines_max}");
            findings.push(Finding::new(place, 1, what, format!("shorten it: {why}")));
        }
    }
    for (place, bytes_max, why) in BYTES_MAX {
        for (path, bytes) in tree.files().filter(|(path, _)| path.starts_with(place) && !path.ends_with(".toml")) {
            if bytes.len() > *bytes_max {
                let what = format!("{} bytes, over its {bytes_max}", bytes.len());
                findings.push(Finding::new(path, 1, what, format!("make it smaller: {why}")));
            }
        }
    }
    findings
}

fn check_ratcheted(all: &[Sized], lines_max: usize, ratchets: &[Ratchet], listed: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for sized in all {
        let ratchet = ratchets.iter().find(|ratchet| sized.is(ratchet));
        let ceiling = ratchet.map_or(lines_max, |ratchet| ratchet.lines_max.max(lines_max));
        if sized.lines > ceiling {
            let what = format!("{} is {} lines long, over its {ceiling}", sized.called(), sized.lines);
            findings.push(Finding::new(
                &sized.path,
                sized.line,
                what,
                "split it where the domain has a name for a part",
            ));
        }
    }
    for ratchet in ratchets {
        let present = all.iter().filter(|sized| sized.is(ratchet)).map(|sized| sized.lines).max();
        let line =
            line_of(listed, &format!("\"{}\"", if ratchet.name.is_empty() { &ratchet.path } else { &ratchet.name }));
        if let Some((what, todo)) = check_ratchet(ratchet, present, lines_max) {
            findings.push(Finding::new(RATCHETS, line, what, todo));
        }
    }
    findings
}

/// What is wrong with a ratchet itself: it points at nothing, is no longer needed, hangs too high, or gives no reason.
fn check_ratchet(ratchet: &Ratchet, present: Option<usize>, lines_max: usize) -> Option<(String, String)> {
    let Some(present) = present else {
        return Some((format!("{} {} does not exist", ratchet.path, ratchet.name), "remove the entry".to_owned()));
    };
    if present <= lines_max {
        return Some((format!("{} {} is within the limit", ratchet.path, ratchet.name), "remove the entry".to_owned()));
    }
    if ratchet.lines_max * 10 > present * 11 {
        let what = format!("allows {} lines where there are {present}", ratchet.lines_max);
        return Some((what, format!("lower lines_max to {present}")));
    }
    let bare = ratchet.reason.trim().is_empty();
    bare.then(|| ("an entry without its reason".to_owned(), "say why it may be this long".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::expect;

    fn file_of(lines: usize) -> String {
        "x\n".repeat(lines)
    }

    fn function_of(lines: usize) -> String {
        format!("fn long() {{\n{}}}\n", "    x();\n".repeat(lines - 2))
    }

    #[test]
    fn files_are_held_to_their_ratchets() {
        let ratchet = |max: usize| format!("[[file]]\npath = \"a.rs\"\nlines_max = {max}\nreason = \"a table\"");
        let no_reason = "[[file]]\npath = \"a.rs\"\nlines_max = 700\nreason = \" \"".to_owned();
        let table: &[(usize, String, &[&str])] = &[
            (600, String::new(), &[]),
            (601, String::new(), &["a.rs:1: the file is 601 lines long, over its 600"]),
            (700, ratchet(700), &[]),
            (701, ratchet(700), &["over its 700"]),
            (700, ratchet(780), &["ratchets.toml:2: allows 780 lines where there are 700; lower lines_max to 700"]),
            (600, ratchet(700), &["is within the limit; remove the entry"]),
            (700, no_reason, &["without its reason"]),
            (1, "[[file]]\npath = \"b.rs\"\nlines_max = 700\nreason = \"r\"".to_owned(), &["b.rs  does not exist"]),
            (1, "[[files]]".to_owned(), &["not readable"]),
        ];
        for (lines, ratchets, expected) in table {
            expect(check, &[("a.rs", &file_of(*lines)), (RATCHETS, ratchets)], expected);
        }
    }

    #[test]
    fn functions_are_held_to_their_ratchets() {
        let ratchet = "[[function]]\npath = \"a.rs\"\nname = \"long\"\nlines_max = 75\nreason = \"one table\"";
        let table: &[(usize, &str, &[&str])] = &[
            (70, "", &[]),
            (71, "", &["a.rs:1: `long` is 71 lines long, over its 70"]),
            (75, ratchet, &[]),
            (76, ratchet, &["over its 75"]),
            (70, ratchet, &["a.rs long is within the limit"]),
        ];
        for (lines, ratchets, expected) in table {
            expect(check, &[("a.rs", &function_of(*lines)), (RATCHETS, ratchets)], expected);
        }
    }

    #[test]
    fn only_functions_with_a_body_are_measured() {
        let source =
            "trait T {\n    fn a(x: [u8; 4]);\n    fn b() {\n        \"}\";\n    }\n}\nconst F: fn (u8) = g;\n";
        let found = sized_functions("a.rs", source);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].name.as_str(), found[0].line, found[0].lines), ("b", 3, 3));
    }

    #[test]
    fn papers_vectors_and_the_interview_have_their_own_limits() {
        let table: &[(&str, String, &[&str])] = &[
            ("README.md", file_of(80), &[]),
            ("README.md", file_of(81), &["README.md:1: 81 lines, over its 80"]),
            ("ARCHITECTURE.md", file_of(301), &["301 lines, over its 300"]),
            ("spec/reader/verify.py", file_of(501), &["spec/reader/verify.py:1: 501 lines, over its 500"]),
            ("spec/reader/test_verify.py", file_of(501), &[]),
            ("vectors/a.flac", "x".repeat(40_000), &[]),
            ("vectors/a.flac", "x".repeat(40_001), &["vectors/a.flac:1: 40001 bytes, over its 40000"]),
            ("assets/interview/interview.flac", "x".repeat(300_001), &["300001 bytes"]),
        ];
        for (path, text, expected) in table {
            expect(check, &[(path, text)], expected);
        }
    }
}
