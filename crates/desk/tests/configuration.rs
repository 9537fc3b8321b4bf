//! `counterpartd configuration`: that the page of the documents is what the program says, and that what it makes is a file that it reads.
//!
//! Not that each key is there or not as it says (the unit tests beside it).
//! Invariant: the page is made by the program, and by nobody else.

#![allow(clippy::unwrap_used, clippy::panic)]

mod harness;

use std::path::Path;

use harness::{run, text};

#[test]
fn the_page_is_what_the_program_says() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/configuration.md");
    let said = run(&["configuration"]);
    assert_eq!(said.status.code(), Some(0), "{}", text(&said.stderr));
    let hint = "make it anew: counterpartd configuration > docs/configuration.md";
    assert!(std::fs::read_to_string(page).unwrap() == text(&said.stdout), "{hint}");
}

#[test]
fn the_schema_is_one_and_refuses_what_the_program_refuses() {
    let said = run(&["configuration", "--schema"]);
    let schema: serde_json::Value = serde_json::from_slice(&said.stdout).unwrap();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    let mut tables = vec![&schema];
    let mut count = 0;
    while let Some(table) = tables.pop() {
        count += 1;
        assert_eq!(table["additionalProperties"], false, "{table}: unknown keys are errors");
        for property in table["properties"].as_object().unwrap().values() {
            tables.extend([property, &property["items"]].into_iter().filter(|inner| inner["properties"].is_object()));
        }
    }
    assert!(count > 10, "{count} tables");
}

#[test]
fn whoever_asks_for_what_is_none_is_told_how() {
    let said = run(&["configuration", "--json"]);
    assert_eq!((said.status.code(), said.stdout.len()), (Some(2), 0));
    assert!(text(&said.stderr).contains("\"counterpartd configuration --help\" shows how"), "{}", text(&said.stderr));
}
