//! The command line's behaviour as data: every row of `tests/cmd/*.toml` runs the real binary.
//!
//! Not a place for behaviour of its own: a new case is a row. Invariants: each case has a folder and
//! a home of its own; output that a row does not describe is a failure; nothing sleeps.

#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "harness/case.rs"]
mod case;
#[path = "harness/pattern.rs"]
mod pattern;
#[path = "harness/schema.rs"]
mod schema;
#[path = "harness/setup.rs"]
mod setup;
#[path = "harness/tone.rs"]
mod tone;

use std::path::Path;

#[test]
fn every_row_holds() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cmd");
    let mut tables: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    tables.sort();
    assert!(!tables.is_empty());
    let only = std::env::var("CASE").unwrap_or_default();
    let mut failures = Vec::new();
    for table in tables {
        for case in case::read(&table) {
            let title = format!("{}: {}", table.file_stem().unwrap().display(), case.name);
            if title.contains(&only) {
                failures.extend(case::run(&case).into_iter().map(|failure| format!("{title}\n{failure}")));
            }
        }
    }
    assert!(failures.is_empty(), "{} failed\n\n{}", failures.len(), failures.join("\n\n"));
}

#[test]
fn a_certificate_in_json_is_of_its_schema() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../seal/tests/certificate/recording.json");
    let has =
        ["/certificate/thing = recording".to_owned(), "/certificate/approvers/0/approver_person = \"7\"".to_owned()];
    assert_eq!(schema::check("certificate", &std::fs::read_to_string(path).unwrap(), &has), Vec::<String>::new());
}
