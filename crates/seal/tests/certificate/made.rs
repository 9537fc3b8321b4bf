//! Certificates that hold, a log with a witness that has them, and whom to trust.
//!
//! Not a second writer: the library's own, so that only what is judged is tried. Not a real office, log or person.
//! Invariant: the same in every run, for the files beside it are made of these.

use std::convert::Infallible;

use seal::certificate::{
    Approver, Certificate, CertificateFile, Kept, Method, Search, Store, Subject, approve, approver_key,
};
use seal::tlog::{
    Checkpoint, Hash, KeyKind, Policy, Proof, SignedCheckpoint, SignerKey, inclusion_proof, leaf_hash, node_hash,
};

/// 2026-11-22T09:30:00Z
pub(crate) const DONE_S: u64 = 1_795_339_800;
/// When the witnesses signed.
pub(crate) const WITNESSED_S: u64 = DONE_S + 90;

pub(crate) fn subject() -> Subject {
    Subject {
        thing: "recording".into(),
        id: [0x11; 16],
        recording: Some("22".repeat(32).parse().unwrap()),
        kept: Kept::Object {
            commitment: [0x33; 32],
            object: [0x44; 32],
            sealed_bytes: 48_134_562,
            plain_bytes: 48_122_226,
        },
        rule: "retention.consultation-recording".into(),
        pack: "custody".into(),
        pack_version: 1,
        pack_digest: [0x55; 32],
        last_day: "2026-11-21".into(),
    }
}

pub(crate) fn approver(person: u64, subject: &Subject) -> Approver {
    let secret = [u8::try_from(person).unwrap(); 32];
    Approver {
        account: format!("records-{person}"),
        person,
        key: approver_key(&secret),
        signature: approve(&secret, &subject.digest()),
        approved_s: DONE_S - 3_600 - person,
    }
}

/// Of a recording in two stores.
pub(crate) fn of_recording() -> Certificate {
    let subject = subject();
    let store = |kind: &str, place: &str| Store { kind: kind.into(), place: place.into() };
    let search = |count, what: &str| Search { count, what: what.into() };
    Certificate {
        clause: "S4-14: kept for at most 14 months".into(),
        unconfirmed: true,
        held_since_s: DONE_S - 36_000_000,
        office: "Example Assessment Centre".into(),
        method: Method::Erased {
            stores: vec![store("folder", "the office's own machine"), store("bucket", "another site")],
            key: [0x66; 16],
            office_key: 3,
            key_copies: 2,
            versions: 3,
        },
        tool: "counterpartd 0.1.0".into(),
        searched: vec![search(2, "keyring copies"), search(2, "stores"), search(4, "folders")],
        destroyed_s: DONE_S,
        place: "the office's own machine".into(),
        by: "records-7".into(),
        no_hold_s: DONE_S - 2,
        holds_before: 1,
        time_sources: vec!["system clock".into(), "log checkpoint".into()],
        time_earliest_s: DONE_S - 40,
        time_latest_s: DONE_S - 3,
        approvers: vec![approver(7, &subject), approver(9, &subject)],
        subject,
    }
}

/// Of a disc.
pub(crate) fn of_disc() -> Certificate {
    let kept = Kept::Item { medium: "compact disc".into(), label: [0x77; 32] };
    let subject = Subject { thing: "disc".into(), kept, recording: None, ..subject() };
    Certificate {
        method: Method::Physical { method: "shredded".into(), standard: "BS EN 15713:2023".into() },
        searched: vec![Search { count: 1, what: "bins of shreds".into() }],
        approvers: vec![approver(7, &subject), approver(9, &subject)],
        subject,
        ..of_recording()
    }
}

pub(crate) fn key(name: &str, kind: KeyKind, seed: u8) -> SignerKey {
    SignerKey::new(name, kind, &[seed; 32]).unwrap()
}

/// Trusts `log.example` and asks for both of two witnesses.
pub(crate) fn policy() -> Policy {
    Policy::parse(&policy_text("log.example", 1)).unwrap()
}

pub(crate) fn policy_text(log: &str, seed: u8) -> String {
    let witness = |n: u8| key(&format!("witness.example/{n}"), KeyKind::Witness, 10 + n).verifier();
    format!(
        "log {}\nwitness w1 {}\nwitness w2 {}\ngroup both all w1 w2\nquorum both\n",
        key(log, KeyKind::Log, seed).verifier(),
        witness(1),
        witness(2)
    )
}

/// The certificate as entry 2 of a log of 5, cosigned by so many witnesses.
pub(crate) fn logged_by(certificate: Certificate, witnesses: u8, witnessed_s: u64) -> CertificateFile {
    let mut file = CertificateFile { certificate, salt: [0x88; 32], proof: None };
    let leaves: Vec<Hash> = (0..5_u64)
        .map(|n| if n == 2 { file.entry().unwrap().leaf_hash() } else { leaf_hash(&n.to_be_bytes()) })
        .collect();
    let pair = |at: usize| node_hash(&leaves[at], &leaves[at + 1]);
    let four = node_hash(&pair(0), &pair(2));
    let read = |level: u32, index: u64| {
        let at = usize::try_from(index << level).unwrap();
        Ok::<Hash, Infallible>(match level {
            0 => leaves[at],
            1 => pair(at),
            _ => four,
        })
    };
    let Ok(hashes) = inclusion_proof(2, 5, read);
    let root = node_hash(&four, &leaves[4]);
    let checkpoint = Checkpoint { origin: "log.example".into(), size: 5, root, extensions: String::new() };
    let mut checkpoint = SignedCheckpoint::sign(checkpoint, &key("log.example", KeyKind::Log, 1));
    for n in 1..=witnesses {
        let line = checkpoint.cosign(&key(&format!("witness.example/{n}"), KeyKind::Witness, 10 + n), witnessed_s);
        checkpoint.add(line);
    }
    file.proof = Some(Proof { extra: None, index: 2, hashes, checkpoint });
    file
}

pub(crate) fn logged(certificate: Certificate) -> CertificateFile {
    logged_by(certificate, 2, WITNESSED_S)
}
