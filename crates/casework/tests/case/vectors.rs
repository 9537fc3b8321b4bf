//! Stored events of cases in version 1, one of every kind: what was written once must be read for ever.
//!
//! `events-1.jsonl` has two lines for each: the clear part and, behind `private: `, the private one. A later form of an event must come with an upgrade that still reads
//! this file; a new kind adds lines at its place. Invariant: nothing of the private part stands in the clear one.

use casework::case::Event;
use casework::custody::Private;

use crate::samples::{event, samples, without_drawing};

const STORED: &str = include_str!("events-1.jsonl");

#[test]
fn what_was_stored_of_cases_is_read_and_printed_as_it_was() {
    let lines: Vec<&str> = STORED.lines().collect();
    let mut today = Vec::new();
    for (pair, (number, what)) in lines.chunks(2).zip((1..).zip(samples())) {
        let private = pair[1].strip_prefix("private: ").unwrap();
        let read = Event::join(pair[0].as_bytes(), Some(private.as_bytes())).unwrap();
        assert_eq!(read, without_drawing(event(number, what)));
        assert!(!pair[0].contains("CANARY"), "{}", pair[0]);
        assert_eq!(Event::join(pair[0].as_bytes(), None).unwrap().private, Private::Closed);
    }
    for (number, what) in (1..).zip(samples()) {
        let (clear, private) = without_drawing(event(number, what)).split();
        today.push(String::from_utf8(clear).unwrap());
        today.push(format!("private: {}", String::from_utf8(private.unwrap()).unwrap()));
    }
    assert_eq!(today.join("\n") + "\n", STORED);
}
