//! Pure crates stay pure: no files, network, clock, chance, environment, processes, threads or async in their code.
//!
//! Clippy's `disallowed_methods` holds the same line by resolved path, from each pure crate's `clippy.toml`; this rule
//! holds it by word, also where Clippy does not look (imports, types, macros), and asks that the `clippy.toml` exists.
//! Tests and examples beside `src/` are not part of the pure crate.

use super::imports::{Kind, ROOMS};
use super::lexer::{code_only, lines_with};
use super::{Finding, line_of};
use crate::repository::Tree;

/// A word that may not stand in a pure crate's code, and what to do instead.
const FORBIDDEN: &[(&str, &str)] = &[
    ("std::fs", "take bytes or `Read`/`Write` as a parameter"),
    ("std::net", "take bytes or `Read`/`Write` as a parameter"),
    ("std::env", "take the value as a parameter"),
    ("std::process", "leave it to the caller"),
    ("std::thread", "leave it to the caller"),
    ("std::time::SystemTime", "take the time as a parameter"),
    ("SystemTime", "take the time as a parameter"),
    ("Instant", "take the time as a parameter"),
    ("Timestamp::now", "take the time as a parameter"),
    ("Zoned::now", "take the time as a parameter"),
    ("TimeZone::system", "take the time zone as a parameter"),
    ("TimeZone::get", "take the time zone as a parameter"),
    ("async", "keep it synchronous: bytes in, answer out"),
    ("rand", "take the randomness as a parameter"),
    ("OsRng", "take the randomness as a parameter"),
    ("getrandom", "take the randomness as a parameter"),
    ("println!", "return the text"),
    ("eprintln!", "return the text"),
];

/// Parts of the standard library that may not be imported through `use std::{…}` either.
const FORBIDDEN_MODULES: &[&str] = &["fs", "net", "env", "process", "thread"];

/// Dependencies that would bring in what the code may not call.
const FORBIDDEN_DEPENDENCIES: &[&str] = &["rand", "getrandom", "tokio", "async-std", "smol", "reqwest", "sqlx"];

/// The rule.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let pure = ROOMS.iter().filter(|room| room.kind == Kind::Pure);
    pure.flat_map(|room| check_crate(tree, room.folder)).collect()
}

fn check_crate(tree: &Tree, folder: &str) -> Vec<Finding> {
    let manifest_path = format!("{folder}/Cargo.toml");
    let Some(manifest) = tree.text(&manifest_path) else {
        return Vec::new();
    };
    let mut findings = check_dependencies(&manifest_path, manifest);
    let lint_path = format!("{folder}/clippy.toml");
    if !tree.text(&lint_path).is_some_and(|text| text.contains("disallowed-methods")) {
        let todo = "copy crates/seal/clippy.toml: it bans ambient clock, chance and I/O";
        findings.push(Finding::new(&lint_path, 1, "a pure crate without its lint", todo));
    }
    for (path, source) in tree.rust(&format!("{folder}/src/")) {
        findings.extend(check_source(path, &code_only(source)));
    }
    findings
}

fn check_dependencies(path: &str, manifest: &str) -> Vec<Finding> {
    let Ok(table) = toml::from_str::<toml::Table>(manifest) else {
        return Vec::new();
    };
    let Some(dependencies) = table.get("dependencies").and_then(toml::Value::as_table) else {
        return Vec::new();
    };
    let named = dependencies.keys().filter(|name| FORBIDDEN_DEPENDENCIES.contains(&name.as_str()));
    named
        .map(|name| {
            let what = format!("a pure crate depends on {name}");
            Finding::new(path, line_of(manifest, name), what, "move what needs it to a crate that does I/O")
        })
        .collect()
}

fn check_source(path: &str, code: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut seen = Vec::new();
    for (word, todo) in FORBIDDEN {
        for line in lines_with(code, word) {
            if !seen.contains(&(line, *todo)) {
                seen.push((line, *todo));
                findings.push(Finding::new(path, line, format!("`{word}` in a pure crate"), *todo));
            }
        }
    }
    findings.extend(check_grouped_imports(path, code));
    findings
}

/// `use std::{fs, io::Read};` names `std::fs` without writing it.
fn check_grouped_imports(path: &str, code: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (at, opening) in code.match_indices("std::{") {
        let line = code[..at].lines().count().max(1);
        for module in first_level(&code[at + opening.len()..]) {
            if FORBIDDEN_MODULES.contains(&module.as_str()) {
                let what = format!("`std::{module}` in a pure crate");
                findings.push(Finding::new(path, line, what, "take what it gives as a parameter"));
            }
        }
    }
    findings
}

/// The names directly inside a brace that has just been opened.
fn first_level(code: &str) -> Vec<String> {
    let mut names = vec![String::new()];
    let mut depth = 1_usize;
    for c in code.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 1 => names.push(String::new()),
            c if depth == 1 => names.last_mut().into_iter().for_each(|name| name.push(c)),
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    names.iter().map(|name| name.trim().split("::").next().unwrap_or_default().trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::expect;

    const MANIFEST: (&str, &str) = ("crates/seal/Cargo.toml", "[package]\nname='seal'");
    const LINT: (&str, &str) = ("crates/seal/clippy.toml", "disallowed-methods = []");

    #[test]
    fn impure_words_are_found() {
        let table: &[(&str, &[&str])] = &[
            ("//! May say std::fs.\nfn f() { g(\"std::fs\") }", &[]),
            ("use std::fs;", &["crates/seal/src/x.rs:1: `std::fs`"]),
            ("use std::{io, fs::File};", &["`std::fs` in a pure crate"]),
            ("use std::{io::{self, Read}, collections::{fs}};", &[]),
            ("fn f() {\n    std::thread::spawn(g);\n}", &["x.rs:2: `std::thread`"]),
            ("let t = std::time::SystemTime::now();", &["`std::time::SystemTime`"]),
            ("let t = Instant::now();", &["`Instant`"]),
            ("let t = Timestamp::now();", &["`Timestamp::now`"]),
            ("let z = jiff::tz::TimeZone::system();", &["`TimeZone::system`"]),
            ("async fn f() {}", &["`async`"]),
            ("let k = rand::random();", &["`rand`"]),
            ("let k = operand::random();", &[]),
            ("getrandom::fill(&mut k);", &["`getrandom`"]),
            ("std::env::var(x); std::process::exit(1);", &["`std::env`", "`std::process`"]),
            ("println!(x);", &["`println!`"]),
        ];
        for (source, expected) in table {
            expect(check, &[MANIFEST, LINT, ("crates/seal/src/x.rs", source)], expected);
        }
    }

    #[test]
    fn only_pure_crates_are_held_to_it() {
        let source = "use std::fs;";
        expect(check, &[("crates/recorder/Cargo.toml", ""), ("crates/recorder/src/x.rs", source)], &[]);
        expect(check, &[MANIFEST, LINT, ("crates/seal/tests/x.rs", source)], &[]);
    }

    #[test]
    fn the_lint_and_the_manifest_are_looked_at() {
        expect(check, &[MANIFEST], &["crates/seal/clippy.toml:1: a pure crate without its lint"]);
        let manifest = ("crates/seal/Cargo.toml", "[dependencies]\ngetrandom.workspace = true");
        expect(check, &[manifest, LINT], &["crates/seal/Cargo.toml:2: a pure crate depends on getrandom"]);
    }
}
