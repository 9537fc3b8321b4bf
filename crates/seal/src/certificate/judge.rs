//! Judges a certificate file: are the approvals real, does it agree with itself, does a trusted log hold it.
//!
//! Not here: reading (`file.rs`), sentences. Whose keys the approvers' are no certificate can show; it names them. Source:
//! `spec/certificate.md` section 5. Invariants: *in the log* is said only after every check passed; the first fault is the one that is
//! named; nothing here is remembered from one file to the next.

use std::collections::{BTreeMap, BTreeSet};

use super::{Certificate, CertificateFile, Fault, FaultKind, is_approval, moment};
use crate::tlog::{Judged, Policy, Proof, Signed};

/// How far ahead of the log's witnesses a certificate may be, seconds: what an office acts on lies no further apart than half of it.
pub const CLOCKS_APART_S: u64 = 600;

/// What a check of a certificate file came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    outcome: Outcome,
    file: Option<CertificateFile>,
}

/// The outcomes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// Everything holds, and a log of the policy has it.
    Destroyed(Logged),
    /// Everything holds by itself, and there is no proof yet that a log has it.
    NotLogged,
    /// The reader lacks something to judge it by.
    CannotSay(Fault),
    /// It is not what it says.
    NotIntact(Fault),
}

/// Where and since when a log has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logged {
    /// The log's origin.
    pub log: String,
    /// The entry's place in the log, from 0.
    pub index: u64,
    /// It was in the log no later, by the witnesses; seconds since 1970.
    pub no_later_s: u64,
    /// The witnesses of the policy that cosigned.
    pub witnesses: Vec<String>,
}

impl Outcome {
    /// The word for it, everywhere.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Outcome::Destroyed(_) => "destroyed",
            Outcome::NotLogged => "not logged",
            Outcome::CannotSay(_) => "cannot say",
            Outcome::NotIntact(_) => "not intact",
        }
    }

    /// 0 in the log, 1 not intact, 2 nothing can be said.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Outcome::Destroyed(_) => 0,
            Outcome::NotIntact(_) => 1,
            Outcome::NotLogged | Outcome::CannotSay(_) => 2,
        }
    }

    /// Why not, where it is not.
    #[must_use]
    pub fn fault(&self) -> Option<&Fault> {
        match self {
            Outcome::CannotSay(fault) | Outcome::NotIntact(fault) => Some(fault),
            Outcome::Destroyed(_) | Outcome::NotLogged => None,
        }
    }
}

impl Judgement {
    /// The outcome.
    #[must_use]
    pub fn outcome(&self) -> &Outcome {
        &self.outcome
    }

    /// The file, if it reads. Unless the outcome is *destroyed*, what it says is its own word.
    #[must_use]
    pub fn file(&self) -> Option<&CertificateFile> {
        self.file.as_ref()
    }

    /// `destroyed on 2026-11-22, log index 41`, or the word for what it is instead.
    #[must_use]
    pub fn verdict(&self) -> String {
        match (&self.outcome, &self.file) {
            (Outcome::Destroyed(logged), Some(file)) => {
                let day = moment::print_day(moment::day_of(file.certificate.destroyed_s));
                format!("destroyed on {day}, log index {}", logged.index)
            }
            (other, _) => other.name().to_owned(),
        }
    }
}

/// Checks a certificate file in either form by a policy; without a policy, by one that names nobody.
#[must_use]
pub fn verify(bytes: &[u8], policy: Option<&Policy>) -> Judgement {
    let nobody = Policy::default();
    let (file, judged) = match CertificateFile::parse(bytes) {
        Err(fault) => (None, Err(fault)),
        Ok(file) => {
            let judged = judge(&file, policy.unwrap_or(&nobody));
            (Some(file), judged)
        }
    };
    let outcome = match judged {
        Ok(Some(logged)) => Outcome::Destroyed(logged),
        Ok(None) => Outcome::NotLogged,
        Err(fault) if fault.kind.is_cannot_say() => Outcome::CannotSay(fault),
        Err(fault) => Outcome::NotIntact(fault),
    };
    Judgement { outcome, file }
}

fn fault<T>(kind: FaultKind, detail: impl Into<String>) -> Result<T, Fault> {
    Err(Fault::new(kind, detail))
}

fn judge(file: &CertificateFile, policy: &Policy) -> Result<Option<Logged>, Fault> {
    let certificate = &file.certificate;
    by_itself(certificate)?;
    let Some(proof) = &file.proof else { return Ok(None) };
    if !proof.is_for(&file.entry()?.leaf_hash()) {
        let detail = "the proof does not lead from this certificate to the log's checkpoint";
        return fault(FaultKind::NotIncluded, detail);
    }
    let logged = logged(proof, policy, policy.judge(&proof.checkpoint))?;
    not_ahead(certificate, logged.no_later_s)?;
    Ok(Some(logged))
}

/// Whether a reader will hold it for a certificate, once a log has it whose witnesses' clocks show `no_later_s` or later. For whoever
/// writes one: before anything is destroyed that cannot be certified.
///
/// # Errors
/// The fault that every reader would find.
pub fn will_hold(certificate: &Certificate, no_later_s: u64) -> Result<(), Fault> {
    certificate.text()?;
    by_itself(certificate)?;
    not_ahead(certificate, no_later_s)
}

/// What needs neither log nor policy.
fn by_itself(certificate: &Certificate) -> Result<(), Fault> {
    persons(certificate)?;
    let subject = certificate.subject.digest();
    for (number, approver) in (1..).zip(&certificate.approvers) {
        if !is_approval(&approver.key, &subject, &approver.signature) {
            return fault(FaultKind::Signature, format!("the signature of approver {number} does not hold"));
        }
    }
    times(certificate)
}

fn not_ahead(certificate: &Certificate, no_later_s: u64) -> Result<(), Fault> {
    if certificate.destroyed_s <= no_later_s.saturating_add(CLOCKS_APART_S) {
        return Ok(());
    }
    let detail = format!("the log had it by {}, before it says it was made", moment::print(no_later_s));
    fault(FaultKind::Contradictory, detail)
}

/// Two people, each with one key and account of their own.
fn persons(certificate: &Certificate) -> Result<(), Fault> {
    let approvers = &certificate.approvers;
    let persons: BTreeSet<u64> = approvers.iter().map(|approver| approver.person).collect();
    if persons.len() < 2 {
        let detail = match approvers.len() {
            0 => "nobody approved it",
            1 => "one person approved it, and two are needed",
            _ => "all approvals are of one person, and two people are needed",
        };
        return fault(FaultKind::Persons, detail);
    }
    let mut of_key = BTreeMap::new();
    let mut of_account = BTreeMap::new();
    for approver in approvers {
        let same_key = *of_key.entry(approver.key).or_insert(approver.person) == approver.person;
        let same_account = *of_account.entry(&approver.account).or_insert(approver.person) == approver.person;
        if !same_key || !same_account {
            return fault(FaultKind::Persons, "two people are named for one key or one account");
        }
    }
    Ok(())
}

/// What was first must not be said to be later.
fn times(certificate: &Certificate) -> Result<(), Fault> {
    let done = certificate.destroyed_s;
    let last_day = moment::parse_day(&certificate.subject.last_day);
    let says = |what: &str| fault(FaultKind::Times, what);
    if certificate.time_earliest_s > certificate.time_latest_s || certificate.time_earliest_s > done {
        return says("the moments of the sources of time are not in order");
    }
    // In summer the last day ends an hour before midnight in UTC: the day itself may be the same.
    if last_day.is_none_or(|last_day| moment::day_of(certificate.time_earliest_s) < last_day) {
        return says("the term was not over when it was destroyed");
    }
    if certificate.held_since_s > done || certificate.no_hold_s > done {
        return says("it was destroyed before it came, or before the holds were looked at");
    }
    if certificate.approvers.iter().any(|approver| approver.approved_s > done) {
        return says("it was destroyed before it was approved");
    }
    Ok(())
}

/// Whether a log of the policy signed, and a quorum of witnesses with it.
fn logged(proof: &Proof, policy: &Policy, judged: Judged) -> Result<Logged, Fault> {
    let origin = &proof.checkpoint.checkpoint().origin;
    match judged.log {
        None => return fault(FaultKind::UnknownLog, format!("the policy does not name the log {}", shown(origin))),
        Some(Signed::Absent) => {
            return fault(FaultKind::Forged, format!("the key of {} did not sign the checkpoint", shown(origin)));
        }
        Some(Signed::Forged) => {
            return fault(FaultKind::Forged, format!("the signature of {} does not hold", shown(origin)));
        }
        Some(Signed::Holds) => {}
    }
    if let Some(name) = judged.forged.first() {
        return fault(FaultKind::Forged, format!("the cosignature of {} does not hold", shown(name)));
    }
    let Some(no_later_s) = judged.not_after else {
        let detail = match policy.fewest_witnesses() {
            0 => "the policy asks for no witness, and only witnesses say when".to_owned(),
            needed => {
                let there = judged.cosigners.len();
                format!("{there} of its trusted witnesses signed, and at least {needed} are needed")
            }
        };
        return fault(FaultKind::Unwitnessed, detail);
    };
    let witnesses = judged.cosigners.into_iter().map(|(name, _)| name).collect();
    Ok(Logged { log: origin.clone(), index: proof.index, no_later_s, witnesses })
}

/// A name from a file, short enough for a sentence.
fn shown(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(100).collect()
}
