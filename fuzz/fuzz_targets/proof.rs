//! Excerpts and redactions: made by any chain of plans, changed anywhere, or brought along.
//!
//! First byte of an input: 0 the rest is a file; else a base recording, plans, and changes to the last part.
//! Promises: what verifies can be derived from again and verifies again; a part in which any byte was changed does not verify.
#![no_main]

use counterpart_fuzz::input::Input;
use counterpart_fuzz::{BASES, check, check_both, derive_and_check};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut input = Input(data);
    match input.u8() {
        0 => brought_along(input),
        base => made(&BASES[usize::from(base) % BASES.len()], input),
    }
});

fn brought_along(input: Input<'_>) {
    let (file, mut rest) = input.0.split_at(input.0.len().saturating_sub(16));
    for file in [file, input.0] {
        let verdict = check_both(file);
        let Some(evidence) = verdict.verified().map(seal::Verified::evidence) else { continue };
        let plan = Input(std::mem::take(&mut rest)).plan(evidence.total_samples, evidence.header.format.tracks());
        derive_and_check(file, &verdict, &plan);
    }
}

fn made(base: &[u8], mut input: Input<'_>) {
    let mut file = base.to_vec();
    let mut verdict = check(&file, true);
    assert!(verdict.verified().is_some());
    for _ in 0..1 + input.u8() % 3 {
        let (total, tracks) = {
            let evidence = verdict.evidence().expect("it verified");
            (evidence.total_samples, evidence.header.format.tracks())
        };
        let plan = input.plan(total, tracks);
        if let Some(part) = derive_and_check(&file, &verdict, &plan) {
            (file, verdict) = part;
        }
    }
    let mut changed = file.clone();
    while !input.is_empty() {
        let at = ((u64::from(input.u16()) * changed.len() as u64) >> 16) as usize;
        changed[at] ^= input.u8();
    }
    // The bases have neither padding nor tags, so every byte counts.
    if changed != file {
        assert!(check_both(&changed).verified().is_none(), "a changed part verifies");
    }
}
