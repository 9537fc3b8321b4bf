//! Every dependency is declared once, in the root manifest, with a comment that says what it is for.
//!
//! The comment stands at the end of the line or alone on the line above. Our own crates need none: ARCHITECTURE.md says
//! what they are. A member that names a version by itself hides a dependency from whoever reads the root.

use super::Finding;
use super::imports::ROOMS;
use crate::repository::Tree;

const ROOT: &str = "Cargo.toml";

/// The rule.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = tree.text(ROOT).map(check_root).unwrap_or_default();
    let members = tree.texts().filter(|(path, _)| path.ends_with("/Cargo.toml") && !path.starts_with("fuzz/"));
    findings.extend(members.flat_map(|(path, text)| check_member(path, text)));
    findings
}

fn check_root(text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut inside = false;
    let mut above = "";
    for (index, line) in text.lines().enumerate() {
        if line.starts_with('[') {
            inside = line.trim() == "[workspace.dependencies]";
        }
        if let Some(name) = dependency_on(line).filter(|name| inside && !is_ours(name))
            && !has_comment(line)
            && !is_reason(above)
        {
            let what = format!("{name} is depended on without a reason");
            findings.push(Finding::new(ROOT, index + 1, what, "say what it is for in a comment on its line"));
        }
        above = line;
    }
    findings
}

/// The name a line of a dependency table gives, if it gives one.
fn dependency_on(line: &str) -> Option<&str> {
    let name = line.split(['=', '.', ' ']).next()?;
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
    (is_name && line.contains('=')).then_some(name)
}

fn is_ours(name: &str) -> bool {
    ROOMS.iter().any(|room| room.package == name)
}

/// Whether a comment with words follows what the line says; a `#` inside quotes is none.
fn has_comment(line: &str) -> bool {
    let mut quoted = false;
    for (at, c) in line.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '#' if !quoted => return line[at + 1..].chars().any(char::is_alphabetic),
            _ => {}
        }
    }
    false
}

/// A comment alone on its line that is not the heading of a group (`# --- group ---`).
fn is_reason(line: &str) -> bool {
    line.starts_with('#') && !line.contains("---")
}

fn check_member(path: &str, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut inside = false;
    for (index, line) in text.lines().enumerate() {
        if line.starts_with('[') {
            inside = line.trim().ends_with("dependencies]");
        }
        let Some(name) = dependency_on(line).filter(|_| inside) else {
            continue;
        };
        if !line.contains("workspace = true") && !line.contains("workspace=true") {
            let what = format!("{name} is declared outside the root manifest");
            let todo = "declare it in the root's [workspace.dependencies] and write `.workspace = true` here";
            findings.push(Finding::new(path, index + 1, what, todo));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::expect;

    #[test]
    fn dependencies_give_their_reason() {
        let table: &[(&str, &[&str])] = &[
            ("sha2 = \"0.10\" # SHA-256", &[]),
            ("# SHA-256\nsha2 = \"0.10\"", &[]),
            ("sha2 = \"0.10\"", &["Cargo.toml:2: sha2 is depended on without a reason"]),
            ("# --- hashes ---\nsha2 = \"0.10\"", &["Cargo.toml:3: sha2"]),
            ("sha2 = { version = \"0.10 # no\" }", &["sha2"]),
            ("sha2 = \"0.10\" #", &["sha2"]),
            ("seal = { path = \"crates/seal\" }", &[]),
            ("a.version = \"1\" # why\n[profile.dev]\nopt-level = 1", &[]),
        ];
        for (lines, expected) in table {
            expect(check, &[(ROOT, &format!("[workspace.dependencies]\n{lines}"))], expected);
        }
    }

    #[test]
    fn members_declare_nothing_themselves() {
        let table: &[(&str, &[&str])] = &[
            ("[dependencies]\nsha2.workspace = true\n[lints]\nworkspace = true", &[]),
            ("[dev-dependencies]\nsha2 = { workspace = true, features = [] }", &[]),
            ("[dependencies]\nsha2 = \"0.10\"", &["crates/a/Cargo.toml:2: sha2 is declared outside"]),
            ("[dev-dependencies]\nb = { path = \"../b\" }", &["b is declared outside"]),
        ];
        for (manifest, expected) in table {
            expect(check, &[("crates/a/Cargo.toml", manifest)], expected);
        }
    }
}
