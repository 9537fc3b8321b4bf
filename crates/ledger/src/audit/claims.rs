//! The signed checkpoints that a side serves, and what is wrong with their lines.
//!
//! Not here: holding them against entries (`mod.rs`). Invariants: only what a log of the policy signed becomes a claim; each note
//! that does not is named with the reason.

use seal::tlog::{Cosigned, KeyKind, Policy, SignatureLine, Signed, SignedCheckpoint, VerifierKey};

use super::report::{Kind, Report};
use crate::objects::ReadSide;
use crate::start::NOTE_BYTES_MAX;

/// A checkpoint to be held against the tree, and where it comes from.
#[derive(Clone, Debug)]
pub(super) struct Claim {
    pub(super) from: String,
    pub(super) signed: SignedCheckpoint,
}

/// What one side says of itself.
#[derive(Default)]
pub(super) struct Notes {
    /// `checkpoint` and `pending`, as far as they can be read.
    pub(super) read: Vec<Claim>,
}

impl Notes {
    /// Reads both of a side.
    pub(super) async fn of(source: &dyn ReadSide, prefix: &str, report: &mut Report) -> Notes {
        let mut notes = Notes::default();
        for name in ["checkpoint", "pending"] {
            let path = format!("{prefix}{name}");
            match source.read(name, NOTE_BYTES_MAX).await {
                // A mirror need not have `pending`, nor a log without witnesses that was just begun a `checkpoint`.
                Ok(None) => {}
                Err(error) => report.find_error(path, &error),
                Ok(Some(note)) => match SignedCheckpoint::parse(&note) {
                    Some(signed) => notes.read.push(Claim { from: path, signed }),
                    None => report.find(Kind::Damaged, path, None, "it is not a signed checkpoint"),
                },
            }
        }
        notes
    }

    /// Entries of the newest, whoever signed it.
    pub(super) fn size(&self) -> u64 {
        self.read.iter().map(|claim| claim.signed.checkpoint().size).max().unwrap_or_default()
    }

    /// The note of that name.
    pub(super) fn named(&self, name: &str) -> Option<&SignedCheckpoint> {
        self.read.iter().find(|claim| claim.from.ends_with(name)).map(|claim| &claim.signed)
    }

    /// Those that the log signed, with the others named.
    pub(super) fn claims(self, policy: &Policy, report: &mut Report) -> Vec<Claim> {
        for claim in &self.read {
            judge_lines(claim, policy, report);
            // `pending` is what is not yet witnessed.
            if claim.from.ends_with("checkpoint") && !policy.judge(&claim.signed).quorum {
                report.find(Kind::NoQuorum, &claim.from, None, "the policy's quorum of witnesses is not there");
            }
        }
        self.read.into_iter().filter(|claim| is_signed(claim, policy, report)).collect()
    }
}

/// Signature lines that do not verify. Those of nobody the policy knows are passed over, unless they once were of somebody it knows.
fn judge_lines(claim: &Claim, policy: &Policy, report: &mut Report) {
    for witness in policy.judge(&claim.signed).forged {
        report.find(Kind::Forged, &claim.from, None, format!("the cosignature of {witness} does not verify"));
    }
    let parties = || policy.logs().iter().chain(policy.witnesses());
    let mut passed = Vec::new();
    for line in claim.signed.lines() {
        if parties().any(|party| line.is_under(&party.key)) {
            continue;
        }
        match parties().find(|party| was_under(line, &party.key, &claim.signed)) {
            Some(party) => {
                let what =
                    format!("the line of {} was changed: its name or key id is not {}'s", line.name(), party.name);
                report.find(Kind::Damaged, &claim.from, None, what);
            }
            None => passed.push(line.name()),
        }
    }
    if !passed.is_empty() {
        let what = format!("passed over, because the policy does not name their keys: lines of {}", passed.join(", "));
        report.note(&claim.from, what);
    }
}

/// Whether a line that is not under this key was so, before its name or key id was changed: no signature covers those.
fn was_under(line: &SignatureLine, key: &VerifierKey, signed: &SignedCheckpoint) -> bool {
    let put_right = line.put_under(key);
    // The sixth character holds the end of the key id and the beginning of the signature: one change there is in both.
    if line.name() == key.name() && blob_begins(line) == blob_begins(&put_right) {
        return true;
    }
    let mut alone = signed.clone();
    alone.keep(|_| false);
    alone.add(put_right);
    match key.kind() {
        KeyKind::Log => alone.signed_by(key) == Signed::Holds,
        KeyKind::Witness => matches!(alone.cosigned_by(key), Cosigned::At(_)),
    }
}

/// The first five characters of what stands behind the name: 30 bits of the key id.
fn blob_begins(line: &SignatureLine) -> String {
    line.to_string().rsplit(' ').next().unwrap_or_default().chars().take(5).collect()
}

/// Whether a log of the policy signed it; if not, it is named.
pub(super) fn is_signed(claim: &Claim, policy: &Policy, report: &mut Report) -> bool {
    let origin = &claim.signed.checkpoint().origin;
    let (kind, what) = match policy.judge(&claim.signed).log {
        Some(Signed::Holds) => return true,
        Some(Signed::Forged) => (Kind::Forged, "the log's signature does not verify".to_owned()),
        Some(Signed::Absent) => (Kind::Unsigned, "the log did not sign it".to_owned()),
        None => (Kind::OtherLog, format!("it is of {origin}, a log that the policy does not name")),
    };
    report.find(kind, &claim.from, None, what);
    false
}

/// The claim of the most entries; of several, the one with the most signatures.
pub(super) fn newest(claims: &[Claim]) -> Option<&Claim> {
    claims.iter().max_by_key(|claim| (claim.signed.checkpoint().size, claim.signed.lines().len()))
}
