//! Any bytes as the journal of a recording that broke off.
//!
//! First byte of an input: 0 the rest is the journal; else the rest is records, type and payload, which get their right length and
//! checksum. Promises: reading ends; what is read prints back byte for byte; whatever is torn off the end takes no more than itself.
#![no_main]

#[path = "../../crates/recorder/src/journal/record.rs"]
#[allow(dead_code)]
mod record;

use counterpart_fuzz::input::Input;
use libfuzzer_sys::fuzz_target;
use record::Record;

fuzz_target!(|data: &[u8]| {
    let mut input = Input(data);
    let journal = if input.u8() == 0 { input.0.to_vec() } else { framed(input) };
    let whole = read(&journal);
    assert!(whole.last().is_none_or(|end| *end <= journal.len()));
    // Torn anywhere, all records that lie before the tear are still there.
    let tear = journal.len() / 2;
    let kept = read(&journal[..tear]);
    assert_eq!(kept, whole.iter().copied().filter(|end| *end <= tear).collect::<Vec<_>>());
});

fn framed(mut input: Input<'_>) -> Vec<u8> {
    let mut journal = Vec::new();
    while !input.is_empty() {
        let kind = input.u8();
        let payload = input.bytes16();
        let start = journal.len();
        journal.extend_from_slice(&(payload.len() as u32).to_be_bytes());
        journal.push(kind);
        journal.extend_from_slice(payload);
        let checksum = crc32fast::hash(&journal[start..]);
        journal.extend_from_slice(&checksum.to_be_bytes());
    }
    journal
}

/// Where each record ends.
fn read(journal: &[u8]) -> Vec<usize> {
    let (mut at, mut ends) = (0, Vec::new());
    while let Some((record, len)) = Record::decode(&journal[at..]) {
        assert_eq!(record.encode()[..], journal[at..at + len]);
        at += len;
        ends.push(at);
    }
    ends
}
