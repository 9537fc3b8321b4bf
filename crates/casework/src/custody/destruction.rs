//! Destruction, step by step: due, proposed, approved by two, begun, gone from everywhere, certified.
//!
//! Not here: erasing and deleting (`vault`), the certificate (`seal`). Invariants: everything is checked anew when it begins; a hold of any kind blocks every step before
//! that; time is agreed and its earliest moment lies after the term; it is not certified while anything is left.

use super::approval::{self, Needed};
use super::command::{Command, Deed};
use super::decide::{Draft, Ground, actor, agreed, confirmed, instant, not_back, place};
use super::event::{Body, What};
use super::subject::Subject;
use super::thing::{Destruction, Proposal, Thing};
use crate::cited;
use crate::hex::{Digest, Signature};
use crate::moment::Moment;
use crate::name::{Account, Name};
use crate::refusal::Refusal;
use crate::signature;
use crate::staff::Staff;

pub(super) const NEEDED: Needed =
    Needed { deed: Deed::ApproveDestruction, act: rules::Act::Destruction, at_least: 2, signed: true };

pub(super) fn decide(thing: &Thing, command: &Command, ground: &Ground<'_>) -> Result<Vec<Draft>, Refusal> {
    let what = match command {
        Command::NoteDue => note_due(thing, ground)?,
        Command::ProposeDestruction => propose(thing, ground)?,
        Command::ApproveDestruction { subject, signature } => approve(thing, *subject, *signature, ground)?,
        Command::WithdrawApproval => withdraw(thing, ground.actor)?,
        Command::VoidApprovals => void(thing)?,
        Command::BeginDestruction { stores, places } => begin(thing, stores, places, ground)?,
        Command::LogCertificate { log, index } => {
            unlogged(thing)?;
            What::CertificateLogged { log: log.clone(), index: *index }
        }
        Command::ReplayDestruction { erased_at_micros, subject, certificate, stores, places } => {
            What::DestructionReplayed {
                erased_at_micros: *erased_at_micros,
                subject: *subject,
                certificate: *certificate,
                stores: stores.clone(),
                places: places.clone(),
            }
        }
        other => forward(thing, thing.destruction.as_ref().ok_or(Refusal::NotProposed)?, other)?,
    };
    Ok(vec![what.into()])
}

impl Thing {
    /// Until when it is kept, by the rules alone. Holds come on top.
    ///
    /// # Errors
    /// The rules do not cover it, or nothing is known of it; then it is kept.
    pub fn due(&self, book: &rules::Book) -> Result<rules::Decision, Refusal> {
        Ok(book.due(&self.ruled().ok_or(Refusal::Undescribed)?)?)
    }

    /// As rules are asked of it; nothing while it is not described.
    #[must_use]
    pub fn ruled(&self) -> Option<rules::Thing> {
        let kind = self.kind.clone()?;
        Some(rules::Thing { kind, jurisdiction: place(self).ok()?, facts: self.facts_with(&[]) })
    }

    /// Its days as rules are asked by them, with these in the place of what was given.
    pub(super) fn facts_with(&self, others: &[super::word::FactDay]) -> rules::Facts {
        let facts = self.facts.iter().fold(rules::Facts::new(), |facts, (fact, day)| facts.with(*fact, *day));
        others.iter().fold(facts, |facts, one| facts.with(one.fact, one.day))
    }

    /// What exactly would be destroyed now.
    ///
    /// # Errors
    /// The rules do not cover it, or nothing is known of it.
    pub fn subject(&self, book: &rules::Book) -> Result<Subject, Refusal> {
        Subject::destruction(self, &self.due(book)?)
    }

    /// The accounts whose approvals of the destruction count now: of different people, or why they are too few.
    ///
    /// # Errors
    /// Nothing is proposed, it has changed, or too few approve.
    pub fn approvals_in_force(&self, ground: &Ground<'_>) -> Result<Vec<crate::name::Account>, Refusal> {
        let subject = self.subject(ground.book)?.digest();
        let proposal = proposed(self, subject)?;
        Ok(approval::enough(self, proposal, subject, &NEEDED, ground)?.by)
    }
}

/// Due is said of a term by one clock too, for nothing follows from it by itself.
fn note_due(thing: &Thing, ground: &Ground<'_>) -> Result<What, Refusal> {
    let due = thing.due(ground.book)?;
    let (last_day, cited) = (due.last_day(), cited::all(due.applied()));
    if !due.is_over(instant(ground.moment.earliest_micros())) {
        return Err(Refusal::NotDue { last_day, cited });
    }
    if thing.due_noted == Some(last_day) {
        return Err(Refusal::AlreadySo);
    }
    Ok(What::DueNoted { last_day, cited })
}

/// That nothing holds it and clocks agree.
pub(super) fn free(thing: &Thing, moment: &Moment) -> Result<(), Refusal> {
    if !thing.holds.is_empty() {
        return Err(Refusal::Held { holds: thing.holds.len() });
    }
    agreed(moment)?;
    not_back(thing, moment)
}

/// That its certificate is not noted as logged.
pub(super) fn unlogged(thing: &Thing) -> Result<(), Refusal> {
    let is_logged = thing.destruction.as_ref().is_some_and(|destruction| destruction.logged.is_some());
    if is_logged { Err(Refusal::AlreadySo) } else { Ok(()) }
}

/// What is due by agreed time and not held, and the decision that says so.
fn ripe(thing: &Thing, ground: &Ground<'_>) -> Result<(Subject, rules::Decision), Refusal> {
    free(thing, ground.moment)?;
    let due = thing.due(ground.book)?;
    if !due.is_over(instant(ground.moment.earliest_micros())) {
        return Err(Refusal::NotDue { last_day: due.last_day(), cited: cited::all(due.applied()) });
    }
    Ok((Subject::destruction(thing, &due)?, due))
}

fn proposed(thing: &Thing, subject: Digest) -> Result<&Proposal, Refusal> {
    let proposal = thing.proposal.as_ref().ok_or(Refusal::NotProposed)?;
    if proposal.subject == subject { Ok(proposal) } else { Err(Refusal::SubjectChanged) }
}

fn propose(thing: &Thing, ground: &Ground<'_>) -> Result<What, Refusal> {
    let (subject, due) = ripe(thing, ground)?;
    if proposed(thing, subject.digest()).is_ok() {
        return Err(Refusal::AlreadySo);
    }
    let (text, digest) = (subject.text().to_owned(), subject.digest());
    Ok(What::DestructionProposed { text, subject: digest, cited: cited::all(due.applied()) })
}

fn approve(thing: &Thing, subject: Digest, given: Signature, ground: &Ground<'_>) -> Result<What, Refusal> {
    let (current, _) = ripe(thing, ground)?;
    let proposal = proposed(thing, current.digest())?;
    if subject != current.digest() {
        return Err(Refusal::SubjectChanged);
    }
    let by = actor(ground)?;
    signed(subject, &given, Some(by), ground.staff)?;
    approval::is_new(proposal, subject, &NEEDED, by, ground)?;
    Ok(What::DestructionApproved { subject, signature: given, staff_event: ground.staff.number() })
}

/// That an approval is signed by the key of whoever gives it.
pub(super) fn signed(subject: Digest, given: &Signature, by: Option<&Account>, staff: &Staff) -> Result<(), Refusal> {
    let key = &confirmed(by.ok_or(Refusal::NeedsPerson)?, staff)?.key;
    if signature::holds(&subject.0, given, key) { Ok(()) } else { Err(Refusal::BadSignature) }
}

pub(super) fn withdraw(thing: &Thing, by: Option<&Account>) -> Result<What, Refusal> {
    let by = by.ok_or(Refusal::NeedsPerson)?;
    let releases = thing.holds.values().filter_map(|hold| hold.release.as_ref());
    let named = thing.kind_named.iter().chain(thing.facts_named.values());
    let mut all = thing.proposal.iter().chain(thing.transfers.values()).chain(releases).chain(named);
    let has_one = all.any(|one| one.approvals.iter().any(|one| one.by == *by));
    if has_one { Ok(What::ApprovalWithdrawn) } else { Err(Refusal::NotProposed) }
}

/// After a restore nobody knows what happened since: what had begun and left the key whole begins anew.
pub(super) fn void(thing: &Thing) -> Result<What, Refusal> {
    match &thing.destruction {
        None => Ok(What::ApprovalsVoided),
        Some(at) if at.is_key_erased || at.is_item_destroyed => {
            Err(Refusal::DestructionBegan { at_micros: at.began_micros })
        }
        Some(_) => Ok(What::DestructionStopped { hold: None }),
    }
}

fn begin(thing: &Thing, stores: &[Name], places: &[Name], ground: &Ground<'_>) -> Result<What, Refusal> {
    let (subject, due) = ripe(thing, ground)?;
    let proposal = proposed(thing, subject.digest())?;
    let approved = approval::enough(thing, proposal, subject.digest(), &NEEDED, ground)?;
    has_stores(thing, stores)?;
    let mut cited = cited::all(due.applied());
    cited.extend(approved.cited);
    Ok(What::Destroying {
        subject: subject.digest(),
        approved_by: approved.by,
        earliest_micros: ground.moment.earliest_micros(),
        latest_micros: ground.moment.latest_micros(),
        stores: stores.to_vec(),
        places: places.to_vec(),
        cited,
    })
}

/// An object must go from some store, a disc or tape from none.
pub(super) fn has_stores(thing: &Thing, stores: &[Name]) -> Result<(), Refusal> {
    match (&thing.body, stores.is_empty()) {
        (Some(Body::Electronic { .. }), true) => Err(Refusal::Stores { what: "no store is named" }),
        (Some(Body::Physical { .. }), false) => Err(Refusal::OtherBody),
        _ => Ok(()),
    }
}

/// One step after it began.
pub(super) fn forward(thing: &Thing, at: &Destruction, command: &Command) -> Result<What, Refusal> {
    let is_item = matches!(thing.body, Some(Body::Physical { .. }));
    let already = |done: bool| if done { Err(Refusal::AlreadySo) } else { Ok(()) };
    match command {
        Command::EraseKey { copies } => {
            already(at.is_key_erased)?;
            // Label and place are encrypted under the key: they are needed until the item is destroyed.
            if is_item && !at.is_item_destroyed {
                return Err(Refusal::NotGone { what: "the disc or tape".to_owned() });
            }
            Ok(What::KeyErased { copies: *copies })
        }
        // Without the key nobody can read the object: the key goes first, so that a crash between the two leaves nothing readable.
        Command::RemoveObject { .. } | Command::Sweep { .. } if !at.is_key_erased => {
            Err(Refusal::NotGone { what: "the key".to_owned() })
        }
        Command::RemoveObject { store, versions } => {
            already(!at.stores.contains(store))?;
            Ok(What::ObjectGone { store: store.clone(), versions: *versions })
        }
        Command::Sweep { place, removed } => {
            already(!at.places.contains(place))?;
            Ok(What::Swept { place: place.clone(), removed: *removed })
        }
        Command::DestroyItem { method, by, place, standard } => {
            if !is_item {
                return Err(Refusal::OtherBody);
            }
            already(at.is_item_destroyed)?;
            for said in [by, place].into_iter().chain(standard) {
                on_certificate(said)?;
            }
            let (by, place, standard) = (by.clone(), place.clone(), standard.clone());
            Ok(What::ItemDestroyed { method: *method, by, place, standard })
        }
        Command::Certify { certificate } => certify(at, is_item, *certificate),
        _ => Err(Refusal::NotProposed),
    }
}

/// What could not be read back would make a certificate that nobody accepts.
fn on_certificate(said: &str) -> Result<(), Refusal> {
    if seal::certificate::is_words(said) { Ok(()) } else { Err(Refusal::NotWords { said: said.to_owned() }) }
}

fn certify(at: &Destruction, is_item: bool, certificate: Digest) -> Result<What, Refusal> {
    let not_gone = |what: &str| Err(Refusal::NotGone { what: what.to_owned() });
    if is_item && !at.is_item_destroyed {
        return not_gone("the disc or tape");
    }
    if !at.is_key_erased {
        return not_gone("the key");
    }
    if let Some(store) = at.stores.first() {
        return not_gone(&format!("the object in {store}"));
    }
    if let Some(place) = at.places.first() {
        return not_gone(&format!("{place} is not swept"));
    }
    // After a replay the certificate that was made at the time is the one that stands.
    if at.certificate.is_some_and(|known| known != certificate) {
        return Err(Refusal::SubjectChanged);
    }
    Ok(What::Destroyed { certificate })
}
