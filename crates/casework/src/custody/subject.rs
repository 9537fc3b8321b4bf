//! What exactly is approved, as a text that people can read and a digest that approvals name.
//!
//! Not here: collecting approvals (`approval.rs`). Invariants: the same thing under the same rules has the same text; any change of what would be
//! destroyed, or of why, changes the digest; a digest of one act is never that of another.

use seal::certificate::{self, Kept};
use sha2::{Digest as _, Sha256};

use super::event::{Body, Commitment};
use super::thing::Thing;
use super::word::FactDay;
use crate::hex::{Digest, HoldId};
use crate::refusal::Refusal;

const RELEASE: &str = "counterpart/release/v1\n";
const TRANSFER: &str = "counterpart/transfer/v1\n";
const KIND: &str = "counterpart/kind/v1\n";
const FACT: &str = "counterpart/fact/v1\n";

/// What exactly is approved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    text: String,
    digest: Digest,
}

impl Subject {
    fn new(first_line: &str, lines: &str) -> Self {
        let text = format!("{first_line}{lines}");
        let digest = Digest(Sha256::digest(&text).into());
        Self { text, digest }
    }

    /// The text, a line each, the first of them saying which act it is.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its digest. Who approves a destruction signs these 32 bytes.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// The destruction of this thing under this decision: the text of `spec/certificate.md` section 2.
    pub(super) fn destruction(thing: &Thing, due: &rules::Decision) -> Result<Self, Refusal> {
        let certified = certified(thing, due)?;
        Ok(Self { text: certified.text(), digest: Digest(certified.digest()) })
    }

    /// The release of this hold, as it stands after `number` events of it.
    pub(super) fn release(thing: &Thing, hold: HoldId, number: u64) -> Self {
        Self::new(RELEASE, &format!("thing: {}\nhold: {hold}\nplaced: {number}\n", thing.id))
    }

    /// This transfer, to whom and why being in the event of that number.
    pub(super) fn transfer(thing: &Thing, transfer: HoldId, number: u64) -> Self {
        Self::new(TRANSFER, &format!("thing: {}\ntransfer: {transfer}\nasked: {number}\n", thing.id))
    }

    /// That this thing, which is called what it is called now, is of that kind.
    pub(super) fn kind(thing: &Thing, kind: &rules::Kind) -> Self {
        let now = thing.kind.as_ref().map_or("", rules::Kind::as_str);
        Self::new(KIND, &format!("thing: {}\nfrom: {now}\nto: {kind}\n", thing.id))
    }

    /// That a day of this thing, which was given as it was, is that one.
    pub(super) fn fact(thing: &Thing, right: FactDay) -> Self {
        let FactDay { fact, day } = right;
        let was = thing.facts.get(&fact).map(ToString::to_string).unwrap_or_default();
        Self::new(FACT, &format!("thing: {}\nfact: {fact}\nfrom: {was}\nto: {day}\n", thing.id))
    }
}

impl Thing {
    /// What exactly would be destroyed now, as a certificate has it.
    ///
    /// # Errors
    /// The rules do not cover it, or nothing is known of it.
    pub fn certified(&self, book: &rules::Book) -> Result<certificate::Subject, Refusal> {
        certified(self, &self.due(book)?)
    }
}

fn certified(thing: &Thing, due: &rules::Decision) -> Result<certificate::Subject, Refusal> {
    let kind = thing.kind.as_ref().ok_or(Refusal::Undescribed)?.as_str();
    let body = thing.body.as_ref().ok_or(Refusal::Undescribed)?;
    let rule = due.applied().first().ok_or(Refusal::Undescribed)?;
    Ok(certificate::Subject {
        thing: word(kind, body).to_owned(),
        id: thing.id.0,
        recording: recording(body),
        kept: kept(body),
        rule: rule.what.clone(),
        pack: rule.pack.name.clone(),
        pack_version: u64::from(rule.pack.version),
        pack_digest: rule.pack.digest_hex().parse::<Digest>().map_err(|_| Refusal::Undescribed)?.0,
        last_day: due.last_day().to_string(),
    })
}

/// The last day of the term in a text of what is to be destroyed, if it is the very text of this thing and that its digest. Which rule it was is
/// held against the kind alone.
pub(super) fn last_day_of(thing: &Thing, text: &str, digest: Digest) -> Option<rules::Date> {
    let line = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    let (kind, body) = (thing.kind.as_ref()?, thing.body.as_ref()?);
    let ours = certificate::Subject {
        thing: word(kind.as_str(), body).to_owned(),
        id: thing.id.0,
        recording: recording(body),
        kept: kept(body),
        rule: rules::RuleName::Retention(kind.clone()).to_string(),
        pack: line("pack")?.to_owned(),
        pack_version: line("pack-version")?.parse().ok()?,
        pack_digest: line("pack-digest")?.parse::<Digest>().ok()?.0,
        last_day: line("last-day")?.to_owned(),
    };
    let is_ours = ours.text() == text && Digest(ours.digest()) == digest;
    ours.last_day.parse().ok().filter(|_| is_ours)
}

/// The recording that it is, or is a copy of.
fn recording(body: &Body) -> Option<seal::RecordingId> {
    let recording = match body {
        Body::Electronic { commitment: Commitment::Recording { id, .. }, .. } => Some(id),
        Body::Electronic { .. } => None,
        Body::Physical { recording, .. } => recording.as_ref(),
    };
    recording.and_then(|id| id.to_string().parse().ok())
}

/// What kind of thing, in the certificate's few words. Offices have more kinds than a certificate has.
fn word<'a>(kind: &'a str, body: &'a Body) -> &'a str {
    match body {
        Body::Physical { medium, .. } => medium.as_str(),
        Body::Electronic { commitment: Commitment::Recording { .. }, .. } => "recording",
        Body::Electronic { .. } if matches!(kind, "letter" | "agreement") => kind,
        Body::Electronic { .. } => "attachment",
    }
}

fn kept(body: &Body) -> Kept {
    match body {
        Body::Electronic { object, sealed_len_bytes, plain_len_bytes, commitment, .. } => Kept::Object {
            commitment: match commitment {
                Commitment::Recording { root, .. } => root.0,
                Commitment::Salted(digest) => digest.0,
            },
            object: object.0,
            sealed_bytes: *sealed_len_bytes,
            plain_bytes: *plain_len_bytes,
        },
        Body::Physical { medium, label, .. } => Kept::Item { medium: medium.to_string(), label: label.0 },
    }
}
