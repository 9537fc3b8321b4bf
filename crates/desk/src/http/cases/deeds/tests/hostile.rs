//! Bodies that no page of ours sends: never a stop, never a command whose words hold what cannot be seen.
//!
//! Not messages.
//! Invariants: whatever is sent, there is a command or there are messages, and each message is of a field of the form or of none.

use casework::case::{Command, Deed};

use super::chance::Chance;
use super::world::{World, sent};
use crate::http::cases::deeds::{ROWS, filled, read, references, row, shown};
use crate::vault::words::hidden;

const PIECES: &[&str] = &[
    "",
    " ",
    "yes",
    "no",
    "1",
    "2",
    "-1",
    "4294967296",
    "18446744073709551616",
    "9999999999999999999999",
    "person",
    "office",
    "dan",
    "north",
    "0",
    "31",
    "29",
    "2",
    "2027",
    "99999",
    "24:00",
    "14:30",
    "12am",
    "13pm",
    "\u{0}",
    "\r\n",
    "\t",
    "\u{202e}",
    "\u{200d}",
    "\u{feff}",
    "\u{1b}[2J",
    "é",
    "日本",
    "<script>",
    "'; drop",
    "%00",
    "../..",
    "c-2026-0002",
    "c-2026-0003",
    "recorded",
    "telephone",
    "0x10",
    "１２",
    "٣",
];

/// The words of a command hold nothing that cannot be seen but the ends of lines.
fn check_words(command: &Command, world: &World) {
    for (name, value) in &filled(command, &world.known()) {
        assert!(value.split('\n').all(|line| hidden(line).is_none()), "{name}={value:?}");
    }
}

#[test]
fn whatever_is_sent_is_answered() {
    let world = World::new();
    let known = world.known();
    let mut commands = 0;
    for seed in 0..6_000 {
        let mut chance = Chance::new(seed);
        let deed = chance.of(ROWS.iter().map(|row| row.deed).collect::<Vec<_>>().as_slice());
        // A form that is right, with some of it exchanged for anything.
        let right = filled(&Chance::new(seed).command(deed, &known), &known);
        let mut fields: Vec<(String, String)> =
            right.into_iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        for (_, value) in &mut fields {
            match chance.below(12) {
                0 => *value = chance.of(PIECES).to_owned(),
                1 => value.push_str(chance.of(PIECES)),
                2 => *value = value.chars().rev().collect(),
                3 => *value = format!("{}{value}", chance.of(PIECES)),
                _ => {}
            }
        }
        fields.retain(|_| chance.below(16) > 0);
        if chance.below(16) == 0 {
            fields.push((format!("x{seed}"), chance.of(PIECES).to_owned()));
        }
        let form = sent(fields.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        match read(deed, &known, &form) {
            Ok(command) => {
                commands += 1;
                check_words(&command, &world);
            }
            Err(wrong) => {
                assert!(!wrong.is_empty());
                let fields: Vec<_> = row(deed).unwrap().fields().map(|field| field.name).collect();
                for (id, words) in wrong {
                    let is_known = id.is_empty() || fields.iter().any(|name| id.starts_with(name));
                    assert!(is_known && !words.as_str().is_empty(), "{deed}: {id}");
                }
            }
        }
        assert!(!shown(deed, &known, &form).is_empty() || row(deed).unwrap().fields().next().is_none());
    }
    assert!(commands > 1_000, "{commands} commands: most forms stay right");
}

#[test]
fn a_long_body_is_a_message_and_not_a_command() {
    let world = World::new();
    let long = "x".repeat(64 * 1024);
    for row in ROWS {
        for field in row.fields() {
            let form = sent([(field.name, long.as_str())]);
            assert!(read(row.deed, &world.known(), &form).is_err(), "{} {}", row.deed, field.name);
            assert!(references(row.deed, &form).is_empty());
        }
    }
}

#[test]
fn what_comes_twice_is_no_form() {
    let kind = axum::http::HeaderValue::from_static("application/x-www-form-urlencoded");
    let headers = axum::http::HeaderMap::from_iter([(axum::http::header::CONTENT_TYPE, kind)]);
    assert!(crate::http::access::form::Form::parse(&headers, b"reason=a&reason=b").is_none());
}

#[test]
fn the_cases_that_a_form_names_are_looked_up_by_their_references() {
    let form = sent([("adjustment_from", "c-1"), ("follows", " c-2 "), ("case_reference", "c-3")]);
    let found: Vec<String> = references(Deed::Plan, &form).iter().map(ToString::to_string).collect();
    assert_eq!(found, ["c-1", "c-2"]);
    assert!(references(Deed::CarryAdjustment, &sent([("from", "No such")])).is_empty());
}
