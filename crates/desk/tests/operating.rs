//! The units that come with the program: each line of theirs is one that the program takes, and the guide names every one of them.
//!
//! Not systemd's own judgement, which `systemd-analyze verify` gives.
//! Invariant: a flag that was renamed is renamed here too.

#![allow(clippy::unwrap_used, clippy::panic)]

mod harness;

use std::path::Path;

use harness::Environment;

#[test]
fn every_unit_names_flags_that_there_are() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../contrib/systemd");
    let guide = include_str!("../../../docs/operating.md");
    let mut commands = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let name = path.file_stem().unwrap().to_str().unwrap();
        assert!(guide.contains(name) || name == "counterpartd-log", "{name} is not in docs/operating.md");
        let Some(line) = text.lines().find_map(|line| line.strip_prefix("ExecStart=")) else { continue };
        let after = line.split_once("/usr/local/bin/counterpartd ").unwrap().1;
        let mut words = after.split([' ', '"', '\'']).filter(|word| !word.is_empty());
        let command = words.next().unwrap();
        let help = harness::expect_in(&Environment::new(), &[command, "--help"], 0);
        for flag in words.filter(|word| word.starts_with("--")) {
            let is_there = help.split_whitespace().any(|word| word == flag);
            assert!(is_there, "{}: {command} has no flag {flag}", path.display());
        }
        commands += 1;
    }
    assert_eq!(commands, 4);
}
