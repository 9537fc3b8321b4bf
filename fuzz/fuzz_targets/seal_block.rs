//! Any bytes as a seal, in a FLAC file that is otherwise as it should be.
//!
//! First byte of an input: 0 the rest is the seal body; 1 and 2 the rest is a header text, which is signed as it stands, and what
//! follows it in a full or derived body; then frames.
//! Promises: every check ends in a verdict that is consistent with itself; memory stays bounded; from what is good, parts can be made.
#![no_main]

use counterpart_fuzz::input::Input;
use counterpart_fuzz::{check_both, derive_and_check, forge};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut input = Input(data);
    let mode = input.u8() % 3;
    let streaminfo: [u8; 34] = input.take(34).try_into().unwrap_or([0; 34]);
    let body = if mode == 0 {
        input.bytes16().to_vec()
    } else {
        let Ok(text) = std::str::from_utf8(input.bytes16()) else { return };
        let note = forge::signed(text);
        let rest = input.bytes16();
        let len = (note.len() as u16).to_be_bytes();
        [&[1, mode][..], &len, note.as_bytes(), rest].concat()
    };
    let frames = input.bytes16();
    let file = forge::sealed(&body, &streaminfo, frames);
    let verdict = check_both(&file);
    let _ = seal::peek(&mut &file[..]);
    if let Some(evidence) = verdict.evidence().filter(|_| verdict.verified().is_some()) {
        let plan = input.plan(evidence.total_samples, evidence.header.format.tracks());
        derive_and_check(&file, &verdict, &plan);
    }
});
