//! Any bytes as a policy, a log's signed checkpoint, a proof, or a key.
//!
//! First byte of an input: 0 a policy; 1 a signed checkpoint; 2 a proof; 3 a key, public or secret; else a line of a signature.
//! Promises: what parses prints back byte for byte; a policy is whole or an error with its line; nobody is believed whose key it lacks.
#![no_main]

use counterpart_fuzz::input::Input;
use counterpart_fuzz::witnessed;
use libfuzzer_sys::fuzz_target;
use seal::tlog::{
    Checkpoint, Cosigned, Policy, Proof, SignatureLine, Signed, SignedCheckpoint, SignerKey, VerifierKey,
    root_from_inclusion,
};

fuzz_target!(|data: &[u8]| {
    let mut input = Input(data);
    let which = input.u8();
    let text = std::str::from_utf8(input.0);
    match (which, text) {
        (0, Ok(text)) => policy(text),
        (1, _) => checkpoint(input.0),
        (2, _) => proof(input.0),
        (3, Ok(text)) => key(text),
        (_, Ok(text)) => {
            if let Some(line) = SignatureLine::parse(text) {
                assert_eq!(line.to_string(), text);
                assert!(!line.name().is_empty());
            }
        }
        _ => {}
    }
});

fn policy(text: &str) {
    let policy = match Policy::parse(text) {
        Ok(policy) => policy,
        Err(error) => {
            assert!(error.line <= text.split('\n').count() && !error.what.is_empty() && !error.what.contains('\n'));
            return;
        }
    };
    assert_eq!(Policy::parse(text).as_ref(), Ok(&policy), "the same policy twice");
    assert!(policy.fewest_witnesses() <= policy.witnesses().len());
    assert_eq!(policy.asks_for_witnesses(), policy.fewest_witnesses() > 0);
    for party in policy.logs().iter().chain(policy.witnesses()) {
        assert_eq!(VerifierKey::parse(&party.key.to_string()).as_ref(), Some(&party.key));
    }
    let signed = witnessed::Log::of_size(7).signed(&[(0, 5), (1, 6), (2, 7)]);
    let judged = policy.judge(&signed);
    assert!(judged.cosigners.iter().all(|(name, _)| policy.witnesses().iter().any(|party| party.name == *name)));
    assert_eq!(judged.not_before.is_some(), judged.quorum && policy.asks_for_witnesses());
    assert_eq!(judged.not_before.is_some(), judged.not_after.is_some());
}

fn checkpoint(bytes: &[u8]) {
    let Some(signed) = SignedCheckpoint::parse(bytes) else { return };
    assert_eq!(signed.print().as_bytes(), bytes);
    assert!((1..=64).contains(&signed.lines().len()) && bytes.len() <= 16_384);
    assert_eq!(Checkpoint::parse(&signed.checkpoint().text()).as_ref(), Some(signed.checkpoint()));
    let judged = witnessed::POLICY.judge(&signed);
    assert_eq!(judged, witnessed::POLICY.judge(&signed), "the same answer twice");
    for party in witnessed::POLICY.witnesses() {
        let cosigned = signed.cosigned_by(&party.key) != Cosigned::Absent;
        assert!(cosigned || judged.cosigners.iter().all(|(name, _)| *name != party.name));
        assert_eq!(signed.signed_by(&party.key), Signed::Absent, "a witness's line is no log's");
    }
    let mut again = signed.clone();
    for line in signed.lines() {
        again.add(line.clone());
    }
    assert!(again.lines().len() <= signed.lines().len(), "no line twice");
}

fn proof(bytes: &[u8]) {
    let Some(proof) = Proof::parse(bytes) else { return };
    assert_eq!(proof.print().as_bytes(), bytes);
    assert!(proof.hashes.len() <= 64 && bytes.len() <= 16_384);
    let size = proof.checkpoint.checkpoint().size;
    for leaf in [[0; 32], [7; 32]] {
        let root = root_from_inclusion(&leaf, proof.index, size, &proof.hashes);
        assert_eq!(proof.is_for(&leaf), root == Some(proof.checkpoint.checkpoint().root));
        assert!(root.is_none() || proof.index < size);
    }
}

fn key(text: &str) {
    if let Some(key) = VerifierKey::parse(text) {
        assert_eq!(key.to_string(), text);
    }
    if let Some(key) = SignerKey::parse(text) {
        assert_eq!(*key.print(), text);
        assert_eq!(VerifierKey::parse(&key.verifier().to_string()), Some(key.verifier()));
    }
}
