//! Which room may import which: the table of ARCHITECTURE.md as data, held against the manifests.
//!
//! Dependencies and dev-dependencies count alike, because a test that reaches further than its crate hides the same
//! tangle. A crate that is not in the table does not exist yet, and nothing may import a binary.

use super::{Finding, line_of};
use crate::repository::Tree;

/// What kind of crate a room is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// No I/O, no clock, no chance: bytes in, answers out.
    Pure,
    /// Reads and writes the world.
    Io,
    /// A program; nothing imports it.
    Binary,
    /// A page's WebAssembly module; nothing imports it.
    Wasm,
    /// Not part of the product: tasks and fuzz targets.
    Tool,
    /// What tests start: imported as a dev-dependency and never otherwise.
    Peer,
}

/// One crate, present or planned.
pub(super) struct Room {
    pub(super) folder: &'static str,
    pub(super) package: &'static str,
    pub(super) kind: Kind,
    pub(super) may_import: &'static [&'static str],
}

/// The table. A new edge is a new line in ARCHITECTURE.md too, with its reason in DECISIONS.md.
#[rustfmt::skip]
pub(super) const ROOMS: &[Room] = &[
    room("crates/seal", "seal", Kind::Pure, &[]),
    room("crates/sound", "sound", Kind::Pure, &[]),
    room("crates/rules", "rules", Kind::Pure, &[]),
    room("crates/casework", "casework", Kind::Pure, &["rules", "seal"]),
    room("crates/ledger", "ledger", Kind::Io, &["ceph", "seal"]),
    room("crates/vault", "vault", Kind::Io, &["ceph", "seal"]),
    room("crates/recorder", "recorder", Kind::Io, &["rules", "seal", "sound"]),
    room("crates/pages", "pages", Kind::Pure, &[]),
    room("crates/letters", "letters", Kind::Pure, &["rules"]),
    room("crates/desk", "counterpartd", Kind::Binary, &["casework", "ceph", "ledger", "letters", "pages", "rules", "seal", "vault"]),
    room("crates/calls", "counterpart-calls", Kind::Binary, &["recorder", "rules", "seal"]),
    room("crates/cli", "counterpart", Kind::Binary, &["recorder", "seal", "sound"]),
    room("crates/verify-page", "verify-page", Kind::Wasm, &["seal"]),
    room("crates/record-page", "record-page", Kind::Wasm, &["rules", "seal"]),
    room("crates/ceph", "ceph", Kind::Peer, &[]),
    room("xtask", "xtask", Kind::Tool, &[]),
    room("fuzz", "fuzz", Kind::Tool, &["recorder", "rules", "seal", "sound"]),
];

const fn room(folder: &'static str, package: &'static str, kind: Kind, may_import: &'static [&'static str]) -> Room {
    Room { folder, package, kind, may_import }
}

/// The rule.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let manifests = tree.texts().filter_map(|(path, text)| {
        let folder = path.strip_suffix("/Cargo.toml")?;
        Some((folder, path, text))
    });
    manifests.flat_map(|(folder, path, text)| check_manifest(folder, path, text)).collect()
}

fn check_manifest(folder: &str, path: &str, text: &str) -> Vec<Finding> {
    let Some(room) = ROOMS.iter().find(|room| room.folder == folder) else {
        let todo = "add it to ROOMS in xtask/src/tidy/imports.rs and to ARCHITECTURE.md, or remove it";
        return vec![Finding::new(path, 1, format!("no room is planned at {folder}"), todo)];
    };
    let manifest: toml::Table = match toml::from_str(text) {
        Ok(manifest) => manifest,
        Err(error) => {
            return vec![Finding::new(path, 1, format!("not TOML: {}", error.message()), "repair it")];
        }
    };
    let mut findings = Vec::new();
    let name = manifest.get("package").and_then(|package| package.get("name")).and_then(toml::Value::as_str);
    // The fuzz crate's name is the fuzzing tool's affair.
    if name != Some(room.package) && room.folder != "fuzz" {
        let what = format!("the package at {folder} is not called {}", room.package);
        findings.push(Finding::new(path, line_of(text, "name"), what, "give it the name of the import table"));
    }
    for (line, imported, is_for_tests) in imports(&manifest, text) {
        findings
            .extend(forbidden(room, &imported, is_for_tests).map(|(what, todo)| Finding::new(path, line, what, todo)));
    }
    findings
}

/// Why `room` may not import the workspace crate `imported`, and what to do instead.
fn forbidden(room: &Room, imported: &str, is_for_tests: bool) -> Option<(String, String)> {
    let target = ROOMS.iter().find(|room| room.package == imported)?;
    if target.kind == Kind::Peer && !is_for_tests {
        let what = format!("{} imports {imported}, which tests start", room.package);
        return Some((what, "name it among the dev-dependencies".to_owned()));
    }
    if room.may_import.contains(&imported) {
        return None;
    }
    let what = match target.kind {
        Kind::Binary | Kind::Wasm | Kind::Tool => {
            format!("{} imports {imported}, which is a program", room.package)
        }
        Kind::Pure | Kind::Io | Kind::Peer => format!("{} may not import {imported}", room.package),
    };
    let allowed = match room.may_import {
        [] => "nothing of this workspace".to_owned(),
        some => some.join(", "),
    };
    Some((what, format!("it may import {allowed}: move the shared part there, or change the table with its reason")))
}

/// The packages a manifest names in any of its dependency tables, with the line of each, and whether it is for tests only.
fn imports(manifest: &toml::Table, text: &str) -> Vec<(usize, String, bool)> {
    let targets = manifest.get("target").and_then(toml::Value::as_table);
    let per_target = targets.into_iter().flat_map(|targets| targets.values()).filter_map(toml::Value::as_table);
    let tables = std::iter::once(manifest).chain(per_target);
    let mut imports = Vec::new();
    for table in tables {
        for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let Some(dependencies) = table.get(kind).and_then(toml::Value::as_table) else {
                continue;
            };
            for (key, value) in dependencies {
                let package = value.get("package").and_then(toml::Value::as_str).unwrap_or(key);
                imports.push((line_of_key(text, key), package.to_owned(), kind == "dev-dependencies"));
            }
        }
    }
    imports
}

fn line_of_key(text: &str, key: &str) -> usize {
    let is_key = |line: &str| {
        let rest = line.trim_start().strip_prefix(key);
        rest.is_some_and(|rest| rest.starts_with([' ', '.', '=']))
    };
    text.lines().position(is_key).map_or(1, |index| index + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::expect;

    #[test]
    fn manifests_are_held_to_the_table() {
        let table: &[(&str, &str, &[&str])] = &[
            ("crates/seal", "[package]\nname='seal'\n[dependencies]\nsha2.workspace=true", &[]),
            (
                "crates/cli",
                "[package]\nname='counterpart'\n[dependencies]\nseal.workspace=true\nrecorder.workspace=true",
                &[],
            ),
            (
                "crates/seal",
                "[package]\nname='seal'\n[dependencies]\nrecorder.workspace=true",
                &["crates/seal/Cargo.toml:4: seal may not import recorder; it may import nothing"],
            ),
            (
                "crates/seal",
                "[package]\nname='seal'\n[dev-dependencies]\nrules = { workspace = true }",
                &["seal may not import rules"],
            ),
            (
                "crates/ledger",
                "[package]\nname='ledger'\n[target.'cfg(unix)'.dependencies]\nv = { package = \"vault\" }",
                &["ledger may not import vault"],
            ),
            (
                "crates/recorder",
                "[package]\nname='recorder'\n[dependencies]\ncounterpart.workspace=true",
                &["recorder imports counterpart, which is a program"],
            ),
            ("crates/ledger", "[package]\nname='ledger'\n[dev-dependencies]\nceph.workspace=true", &[]),
            (
                "crates/ledger",
                "[package]\nname='ledger'\n[dependencies]\nceph.workspace=true",
                &["crates/ledger/Cargo.toml:4: ledger imports ceph, which tests start; name it among"],
            ),
            (
                "crates/seal",
                "[package]\nname='seal'\n[dev-dependencies]\nceph.workspace=true",
                &["may not import ceph"],
            ),
            ("crates/seal", "[package]\nname='sealed'", &["is not called seal"]),
            ("crates/utils", "[package]\nname='utils'", &["no room is planned at crates/utils"]),
            ("crates/seal", "[package", &["not TOML"]),
        ];
        for (folder, manifest, expected) in table {
            expect(check, &[(&format!("{folder}/Cargo.toml"), manifest)], expected);
        }
    }

    #[test]
    fn the_table_itself_is_sound() {
        for room in ROOMS {
            for name in room.may_import {
                let target = ROOMS.iter().find(|room| room.package == *name);
                let target = target.expect("every import names a room");
                assert!(
                    matches!(target.kind, Kind::Pure | Kind::Io | Kind::Peer),
                    "{} imports the program {name}",
                    room.package
                );
                assert!(
                    room.kind != Kind::Pure || target.kind == Kind::Pure,
                    "pure {} reaches I/O through {name}",
                    room.package
                );
                assert!(!target.may_import.contains(&room.package), "{} and {name} import each other", room.package);
            }
        }
    }
}
