//! What exactly is to be destroyed: the text that two people approve, its digest, and their signatures.
//!
//! Not here: who may approve (crate `casework`) and where keys are kept. Source: `spec/certificate.md` section 2.
//! Invariants: one thing under one rule has one text; it is a run of lines of the certificate; a signature counts only if it is
//! Ed25519 checked strictly.

use ed25519_dalek::{Signer as _, SigningKey};
use sha2::{Digest as _, Sha256};

use super::lines::{self, Lines, put, put_hex};
use super::{Fault, FaultKind};
use crate::RecordingId;
use crate::note::holds;

const FIRST_LINE: &str = "counterpart/destroy/v1\n";

/// One thing, as exactly as it can be named, and the rule by which its time is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// What kind of thing, a word: `recording`, `letter`, `disc`.
    pub thing: String,
    /// The thing's id.
    pub id: [u8; 16],
    /// The recording that it is, or is a copy of.
    pub recording: Option<RecordingId>,
    /// As what it was kept.
    pub kept: Kept,
    /// The rule's name.
    pub rule: String,
    /// The pack that has the rule.
    pub pack: String,
    /// The pack's version.
    pub pack_version: u64,
    /// SHA-256 of the pack's text.
    pub pack_digest: [u8; 32],
    /// The last day of the term, `2026-11-22`.
    pub last_day: String,
}

/// As what a thing was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// As an encrypted object.
    Object {
        /// What its content commits to: of a recording the root of its final checkpoint, else a salted digest.
        commitment: [u8; 32],
        /// SHA-256 of the whole object, its name in the store.
        object: [u8; 32],
        /// The object's length.
        sealed_bytes: u64,
        /// Its content's length.
        plain_bytes: u64,
    },
    /// As a physical item.
    Item {
        /// What it is: "compact disc".
        medium: String,
        /// A salted digest of its label, which may hold words about people.
        label: [u8; 32],
    },
}

impl Subject {
    /// The text that is approved, as `spec/certificate.md` section 2 has it.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = FIRST_LINE.to_owned();
        self.put(&mut text);
        text
    }

    /// The subject of such a text: what was approved once is read as it was approved, whatever the rules say since.
    ///
    /// # Errors
    /// [`FaultKind::Malformed`] for anything that would not print back.
    pub fn parse(text: &str) -> Result<Subject, Fault> {
        let malformed = || Fault::new(FaultKind::Malformed, "it is not the text of a subject");
        let mut from = Lines::of(text.strip_prefix(FIRST_LINE).ok_or_else(malformed)?)?;
        let subject = Subject::take(&mut from)?;
        from.end()?;
        if subject.text() == text { Ok(subject) } else { Err(malformed()) }
    }

    /// SHA-256 of the text: what the approvers sign.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.text()).into()
    }

    /// Its lines.
    pub(super) fn put(&self, text: &mut String) {
        put(text, "thing", &self.thing);
        put_hex(text, "id", &self.id);
        if let Some(recording) = &self.recording {
            put(text, "recording", recording);
        }
        match &self.kept {
            Kept::Object { commitment, object, sealed_bytes, plain_bytes } => {
                put_hex(text, "commitment", commitment);
                put_hex(text, "object", object);
                put(text, "sealed-bytes", sealed_bytes);
                put(text, "plain-bytes", plain_bytes);
            }
            Kept::Item { medium, label } => {
                put(text, "medium", medium);
                put_hex(text, "label", label);
            }
        }
        put(text, "rule", &self.rule);
        put(text, "pack", &self.pack);
        put(text, "pack-version", self.pack_version);
        put_hex(text, "pack-digest", &self.pack_digest);
        put(text, "last-day", &self.last_day);
    }

    /// Reads its lines.
    pub(super) fn take(from: &mut Lines<'_>) -> Result<Subject, Fault> {
        let thing = from.value("thing", lines::word)?;
        let id = from.value("id", lines::id)?;
        let is_recording = from.has("recording");
        let recording =
            is_recording.then(|| from.value("recording", |value| value.parse::<RecordingId>().ok())).transpose()?;
        let kept = match from.has("medium") {
            true => {
                Kept::Item { medium: from.value("medium", lines::words)?, label: from.value("label", lines::digest)? }
            }
            false => Kept::Object {
                commitment: from.value("commitment", lines::digest)?,
                object: from.value("object", lines::digest)?,
                sealed_bytes: from.value("sealed-bytes", lines::number)?,
                plain_bytes: from.value("plain-bytes", lines::number)?,
            },
        };
        Ok(Subject {
            thing,
            id,
            recording,
            kept,
            rule: from.value("rule", lines::word)?,
            pack: from.value("pack", lines::word)?,
            pack_version: from.value("pack-version", lines::number)?,
            pack_digest: from.value("pack-digest", lines::digest)?,
            last_day: from.value("last-day", lines::day)?,
        })
    }
}

/// The public half of an approver's key.
#[must_use]
pub fn approver_key(secret: &[u8; 32]) -> [u8; 32] {
    *SigningKey::from_bytes(secret).verifying_key().as_bytes()
}

/// An approver's signature of a subject: Ed25519 over the 32 bytes of its digest.
#[must_use]
pub fn approve(secret: &[u8; 32], subject_digest: &[u8; 32]) -> [u8; 64] {
    SigningKey::from_bytes(secret).sign(subject_digest).to_bytes()
}

/// Whether it is that key's signature of this subject, checked strictly.
#[must_use]
pub fn is_approval(key: &[u8; 32], subject_digest: &[u8; 32], signature: &[u8; 64]) -> bool {
    holds(subject_digest, signature, key)
}
