//! Proofs against the definition, policies as a table, and hostile texts of every kind a log's reader is handed.
//!
//! Not here: other implementations as oracles (crate `ledger`).
//! Invariant: the trees to compare with are built by RFC 6962's own recursion.

#![allow(clippy::unwrap_used)]

use std::convert::Infallible;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use seal::tlog::{
    Checkpoint, Hash, KeyKind, Policy, Proof, Signed, SignedCheckpoint, SignerKey, VerifierKey, consistency_proof,
    empty_root, inclusion_proof, is_consistent, leaf_hash, node_hash, root, root_from_inclusion,
};

/// RFC 6962 section 2.1, word for word.
fn reference(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => empty_root(),
        [one] => *one,
        many => {
            let split = many.len().next_power_of_two() / 2;
            node_hash(&reference(&many[..split]), &reference(&many[split..]))
        }
    }
}

fn leaves(count: u64) -> Vec<Hash> {
    (0..count).map(|n| leaf_hash(&n.to_be_bytes())).collect()
}

fn reader(leaves: &[Hash]) -> impl FnMut(u32, u64) -> Result<Hash, Infallible> + Copy + '_ {
    |level, index| {
        let from = usize::try_from(index << level).unwrap();
        Ok(reference(&leaves[from..from + (1 << level)]))
    }
}

#[test]
fn every_proof_of_small_trees_holds_and_nothing_else_does() {
    let all = leaves(34);
    for size in 1..=all.len() {
        let whole = reference(&all[..size]);
        let n = size as u64;
        assert_eq!(root(n, reader(&all)), Ok(whole));
        for index in 0..size {
            let Ok(mut proof) = inclusion_proof(index as u64, n, reader(&all));
            let lead = |proof: &[Hash], index| root_from_inclusion(&all[index], index as u64, n, proof);
            assert_eq!(lead(&proof, index), Some(whole), "{index} of {size}");
            assert_eq!(root_from_inclusion(&all[index], n, n, &proof), None);
            if index + 1 < size {
                assert_ne!(root_from_inclusion(&all[index], index as u64 + 1, n, &proof), Some(whole), "another place");
            }
            proof.push([0; 32]);
            assert_eq!(lead(&proof, index), None, "longer");
            proof.truncate(proof.len().saturating_sub(2));
            assert!(size == 1 || lead(&proof, index).is_none(), "shorter");
        }
        for old in 0..=size {
            let (o, old_root) = (old as u64, reference(&all[..old]));
            let Ok(proof) = consistency_proof(o, n, reader(&all));
            assert!(is_consistent(o, &old_root, n, &whole, &proof), "{old} in {size}");
            let mut longer = proof.clone();
            longer.push([0; 32]);
            assert!(!is_consistent(o, &old_root, n, &whole, &longer), "longer");
            assert!(!is_consistent(n + 1, &old_root, n, &whole, &proof), "shrinks");
            if old > 0 {
                assert!(!is_consistent(o, &[7; 32], n, &whole, &proof), "another beginning");
                assert!(!is_consistent(o, &old_root, n, &[7; 32], &proof), "another end");
            }
            for at in 0..proof.len() {
                let mut bad = proof.clone();
                bad[at][0] ^= 1;
                assert!(!is_consistent(o, &old_root, n, &whole, &bad), "hash {at} of {old} in {size}");
            }
        }
    }
}

#[test]
fn proofs_of_the_largest_tree_do_not_overflow() {
    let zero = |_: u32, _: u64| Ok::<Hash, Infallible>([0; 32]);
    let Ok(proof) = inclusion_proof(u64::MAX - 1, u64::MAX, zero);
    assert!(root_from_inclusion(&[0; 32], u64::MAX - 1, u64::MAX, &proof).is_some());
    let Ok(proof) = consistency_proof(u64::MAX / 2, u64::MAX, zero);
    assert!(!is_consistent(u64::MAX / 2, &[0; 32], u64::MAX, &[1; 32], &proof));
}

fn key(name: &str, kind: KeyKind, seed: u8) -> SignerKey {
    SignerKey::new(name, kind, &[seed; 32]).unwrap()
}

fn public(name: &str, kind: KeyKind, seed: u8) -> VerifierKey {
    key(name, kind, seed).verifier()
}

/// A log, three witnesses, and a quorum of two of them.
fn policy_text() -> String {
    let mut text = format!("# trusted here\n\nlog {} https://log.example/\n", public("log.example", KeyKind::Log, 1));
    for n in 1..=3 {
        text += &format!("\twitness w{n}  {}\n", public(&format!("witness.example/{n}"), KeyKind::Witness, 10 + n));
    }
    let root = STANDARD.encode(include_bytes!("timestamp/p256-root.cer"));
    text + "group two 2 w1 w2 w3\nquorum two\n" + &format!("authority stamps {root}\n")
}

fn signed(times: &[(u8, u64)]) -> SignedCheckpoint {
    let checkpoint = Checkpoint { origin: "log.example".into(), size: 1, root: [3; 32], extensions: String::new() };
    let mut signed = SignedCheckpoint::sign(checkpoint, &key("log.example", KeyKind::Log, 1));
    for (witness, time_s) in times {
        let line = signed.cosign(&key(&format!("witness.example/{witness}"), KeyKind::Witness, 10 + witness), *time_s);
        signed.add(line);
    }
    signed
}

#[test]
fn a_quorum_gives_both_times() {
    let policy = Policy::parse(&policy_text()).unwrap();
    assert_eq!((policy.fewest_witnesses(), policy.authorities().len()), (2, 1));
    // Times of the witnesses; whether it is a quorum; no earlier, no later.
    type Row<'a> = (&'a [(u8, u64)], bool, Option<u64>, Option<u64>);
    let rows: [Row<'_>; 5] = [
        (&[], false, None, None),
        (&[(1, 50)], false, None, None),
        (&[(1, 50), (3, 60)], true, Some(50), Some(60)),
        (&[(1, 50), (2, 70), (3, 60)], true, Some(60), Some(60)),
        // One liar of three moves neither end past the honest.
        (&[(1, 50), (2, 51), (3, 9_999)], true, Some(51), Some(51)),
    ];
    for (times, quorum, not_before, not_after) in rows {
        let judged = policy.judge(&signed(times));
        assert_eq!((judged.log, judged.quorum), (Some(Signed::Holds), quorum), "{times:?}");
        assert_eq!((judged.not_before, judged.not_after), (not_before, not_after), "{times:?}");
        assert_eq!(judged.holds(), quorum);
    }
    let unknown = signed(&[(4, 50), (5, 50)]);
    assert!(policy.judge(&unknown).cosigners.is_empty(), "keys that the policy does not name");
    assert_eq!(Policy::default().judge(&unknown).log, None, "nobody is trusted by default");
}

#[test]
fn a_quorum_may_be_anybody_a_group_has_too() {
    let (log, witness) = (public("l", KeyKind::Log, 9), public("w", KeyKind::Witness, 1));
    let text = format!("log {log}\nwitness w {witness}\ngroup g any w\nquorum w");
    assert_eq!(Policy::parse(&text).unwrap().fewest_witnesses(), 1);
}

#[test]
fn policies_that_are_wrong_name_the_line() {
    let (log, witness) = (public("l", KeyKind::Log, 1), public("w", KeyKind::Witness, 2));
    let other = public("other", KeyKind::Witness, 2);
    for (text, line, what) in [
        ("log nonsense\nquorum none".to_owned(), 1, "not a log's key"),
        (format!("log {witness}\nquorum none"), 1, "not a log's key"),
        (format!("witness w {log}\nquorum none"), 1, "not a witness's key"),
        (format!("log {log}\nlog {log}\nquorum none"), 2, "the same key"),
        (format!("witness w {witness}\nwitness v {other}\nquorum none"), 2, "the same key as `w`"),
        (format!("witness none {witness}\nquorum none"), 1, "taken"),
        ("quorum w".to_owned(), 1, "not defined"),
        ("quorum none\nquorum none".to_owned(), 2, "second quorum"),
        (String::new(), 0, "no quorum"),
        (format!("witness w {witness}\ngroup g any w\ngroup h any w\nquorum none"), 3, "count twice"),
        (format!("witness w {witness}\ngroup g 2 w\nquorum none"), 2, "cannot ask for 2"),
        (format!("witness w {witness}\ngroup g 0 w\nquorum none"), 2, "cannot ask for 0"),
        (format!("witness w {witness}\ngroup g 01 w\nquorum none"), 2, "not a number"),
        ("group g any\nquorum none".to_owned(), 1, "cannot ask for 1"),
        ("authority a !\nquorum none".to_owned(), 1, "base64"),
        ("authority a MAA=\nquorum none".to_owned(), 1, "certificate"),
        ("quorum none\r".to_owned(), 1, "control character"),
        ("trust everybody".to_owned(), 1, "not a line"),
    ] {
        let error = Policy::parse(&text).unwrap_err();
        assert_eq!(error.line, line, "{text}: {error}");
        assert!(error.to_string().contains(what), "{text}: {error}");
    }
}

#[test]
fn a_proof_prints_back_and_leads_to_its_root() {
    let all = leaves(9);
    let checkpoint =
        Checkpoint { origin: "log.example".into(), size: 9, root: reference(&all), extensions: String::new() };
    let Ok(hashes) = inclusion_proof(4, 9, reader(&all));
    let checkpoint = SignedCheckpoint::sign(checkpoint, &key("log.example", KeyKind::Log, 1));
    for extra in [None, Some(b"more".to_vec())] {
        let proof = Proof { extra, index: 4, hashes: hashes.clone(), checkpoint: checkpoint.clone() };
        assert_eq!(Proof::parse(proof.print().as_bytes()).as_ref(), Some(&proof));
        assert!(proof.is_for(&all[4]) && !proof.is_for(&all[5]));
        assert_eq!(Proof::parse(proof.print().replace("index 4", "index 04").as_bytes()), None);
        assert_eq!(Proof::parse(proof.print().replace("proof@v1", "proof@v2").as_bytes()), None);
    }
}

proptest! {
    #![proptest_config(cases(256))]

    /// Whatever is read prints back; nothing panics.
    #[test]
    fn hostile_texts_end_well(text in "[ -~\u{2014}\n+=/]{0,300}", flips in proptest::collection::vec((0usize..900, any::<u8>()), 0..4)) {
        let good = [policy_text().into_bytes(), signed(&[(1, 5)]).print().into_bytes(), text.into_bytes()];
        for mut bytes in good {
            for (at, value) in &flips {
                let len = bytes.len().max(1);
                if let Some(byte) = bytes.get_mut(at % len) { *byte = *value; }
            }
            if let Some(read) = SignedCheckpoint::parse(&bytes) { prop_assert_eq!(read.print().into_bytes(), bytes.clone()); }
            if let Some(read) = Proof::parse(&bytes) { prop_assert_eq!(read.print().into_bytes(), bytes.clone()); }
            if let Ok(text) = std::str::from_utf8(&bytes) {
                let _ = Policy::parse(text);
                if let Some(key) = VerifierKey::parse(text) { prop_assert_eq!(key.to_string(), text); }
            }
        }
    }
}

/// How many cases; `PROPTEST_CASES` asks for more.
#[allow(clippy::disallowed_methods)] // a test's own setting, not the crate's
fn cases(cases: u32) -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").map_or(cases, |asked| asked.parse().unwrap());
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}
