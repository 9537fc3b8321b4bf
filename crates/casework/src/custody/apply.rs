//! What one event makes of a thing.
//!
//! Not here: what a thing is (`thing.rs`), whether an event may be (`decide.rs`). Invariants: only clear parts count; events come in order, without a gap; a
//! hold ends every proposal and approval of a destruction that came before it.

use super::event::{Body, Commitment, Event, What};
use super::thing::{Approval, Destruction, Hold, Phase, Proposal, Thing, Why};
use super::word::Verdict;
use crate::hex::{Digest, Signature};
use crate::refusal::Refusal;

impl Thing {
    /// What one more event makes of it.
    ///
    /// # Errors
    /// It is another thing's, or not the next one.
    pub fn apply(&mut self, event: &Event) -> Result<(), Refusal> {
        if event.thing != self.id {
            return Err(Refusal::OtherThing { expected: self.id, found: event.thing });
        }
        if event.number != self.number + 1 {
            return Err(Refusal::OutOfOrder { expected: self.number + 1, found: event.number });
        }
        match &event.what {
            What::Received { .. }
            | What::Recovered { .. }
            | What::ItemRecovered { .. }
            | What::Described { .. }
            | What::ItemDescribed { .. }
            | What::FactLearned(_) => {
                self.received_micros = self.received_micros.or(Some(event.at_micros));
                self.came_in(&event.what);
            }
            What::KindNamed { .. }
            | What::KindCorrected { .. }
            | What::FactNamed { .. }
            | What::FactCorrected { .. } => self.corrected(event),
            What::Verified(verdict) => self.verdict = Some(*verdict),
            What::Accessed { .. } | What::Copied { .. } | What::Moved => {}
            What::TransferAsked { .. } | What::TransferApproved { .. } | What::Transferred { .. } => {
                self.transferred(event);
            }
            What::Asked { .. } | What::Held { .. } | What::HoldReplayed { .. } => self.held(event),
            What::Answered { .. }
            | What::HoldReviewed { .. }
            | What::ReleaseProposed { .. }
            | What::ReleaseApproved { .. } => self.hold_changed(event),
            What::HoldLapsed { hold, .. } | What::Released { hold, .. } => {
                self.holds.remove(hold);
                self.ended.insert(*hold);
            }
            What::DueNoted { last_day, .. } => self.due_noted = Some(*last_day),
            What::DestructionProposed { .. }
            | What::DestructionApproved { .. }
            | What::ApprovalWithdrawn
            | What::ApprovalsVoided => self.approved(event),
            What::Missing { store } => {
                self.unwell.insert(store.clone(), false);
            }
            What::Rotten { store } => {
                self.unwell.insert(store.clone(), true);
            }
            What::Found { store } | What::Repaired { store, .. } => {
                self.unwell.remove(store);
            }
            _ => self.destroyed(event),
        }
        self.number = event.number;
        self.newest_micros = self.newest_micros.max(Some(event.at_micros));
        if event.clocks.len() >= 2 {
            self.newest_agreed_micros = self.newest_agreed_micros.max(Some(event.at_micros));
        }
        Ok(())
    }

    fn came_in(&mut self, what: &What) {
        match what {
            What::Received { kind, jurisdiction, facts, body } => {
                (self.kind, self.jurisdiction) = (Some(kind.clone()), Some(*jurisdiction));
                self.facts = facts.iter().map(|one| (one.fact, one.day)).collect();
                self.verdict = match body {
                    Body::Electronic { verdict, .. } => Some(*verdict),
                    Body::Physical { .. } => None,
                };
                self.body = Some(body.clone());
                self.phase = Phase::Kept;
            }
            What::Recovered { object, sealed_len_bytes } => {
                self.body = Some(Body::Electronic {
                    object: *object,
                    sealed_len_bytes: *sealed_len_bytes,
                    plain_len_bytes: 0,
                    commitment: Commitment::Salted(Digest([0; 32])),
                    verdict: Verdict::CannotSay,
                });
                self.phase = Phase::Kept;
            }
            What::ItemRecovered { medium, label, recording } => {
                self.body = Some(Body::Physical { medium: *medium, label: *label, recording: *recording });
                self.phase = Phase::Kept;
            }
            What::ItemDescribed { kind, jurisdiction, facts } => {
                (self.kind, self.jurisdiction) = (Some(kind.clone()), Some(*jurisdiction));
                self.facts = facts.iter().map(|one| (one.fact, one.day)).collect();
            }
            What::Described { kind, jurisdiction, facts, plain_len_bytes, commitment, verdict } => {
                (self.kind, self.jurisdiction) = (Some(kind.clone()), Some(*jurisdiction));
                self.facts = facts.iter().map(|one| (one.fact, one.day)).collect();
                self.verdict = Some(*verdict);
                if let Some(Body::Electronic { plain_len_bytes: len, commitment: old, verdict: was, .. }) =
                    &mut self.body
                {
                    (*len, *old, *was) = (*plain_len_bytes, commitment.clone(), *verdict);
                }
            }
            What::FactLearned(one) => {
                self.facts.insert(one.fact, one.day);
            }
            _ => {}
        }
    }

    /// What somebody says was given by mistake, and what is put right.
    fn corrected(&mut self, event: &Event) {
        match &event.what {
            What::KindNamed { subject, staff_event, .. } => {
                let so_far = self.kind_named.take();
                self.kind_named.insert(named(so_far, event, *subject)).add(event, *subject, *staff_event, None);
            }
            What::FactNamed { right, subject, staff_event } => {
                let mut named = named(self.facts_named.remove(&right.fact), event, *subject);
                named.add(event, *subject, *staff_event, None);
                self.facts_named.insert(right.fact, named);
            }
            What::KindCorrected { kind, commitment, verdict, .. } => {
                (self.kind, self.kind_named) = (Some(kind.clone()), None);
                self.has_other_term();
                if let (Some(Body::Electronic { commitment, verdict, .. }), Some((found, result))) =
                    (&mut self.body, commitment.as_ref().zip(*verdict))
                {
                    (*commitment, *verdict) = (found.clone(), result);
                    self.verdict = Some(result);
                }
            }
            What::FactCorrected { right, .. } => {
                self.facts.insert(right.fact, right.day);
                self.facts_named.remove(&right.fact);
                self.has_other_term();
            }
            _ => {}
        }
    }

    /// Its term is another one now: what was proposed, approved or noted under the old one counts no more.
    fn has_other_term(&mut self) {
        (self.proposal, self.due_noted) = (None, None);
    }

    fn transferred(&mut self, event: &Event) {
        match &event.what {
            What::TransferAsked { transfer, subject, .. } => {
                self.used.insert(*transfer);
                let proposal = Proposal { by: event.by.clone(), subject: *subject, approvals: Vec::new() };
                self.transfers.insert(*transfer, proposal);
            }
            What::TransferApproved { transfer, subject, staff_event } => {
                if let Some(proposal) = self.transfers.get_mut(transfer) {
                    proposal.add(event, *subject, *staff_event, None);
                }
            }
            What::Transferred { transfer, .. } => {
                self.transfers.remove(transfer);
            }
            _ => {}
        }
    }

    /// A hold comes: nothing that was proposed or approved before it counts any more.
    fn held(&mut self, event: &Event) {
        let (id, why, review_by) = match &event.what {
            What::Asked { hold, kind, review_by, .. } => (hold, Why::Request(*kind, None), *review_by),
            What::Held { hold, authority, review_by, .. } => (hold, Why::Authority(*authority), *review_by),
            What::HoldReplayed { hold } => (hold, Why::Replayed, None),
            _ => return,
        };
        let hold = Hold {
            why,
            number: event.number,
            placed_micros: event.at_micros,
            reviewed_micros: None,
            review_by,
            release: None,
        };
        self.used.insert(*id);
        self.holds.insert(*id, hold);
        self.proposal = None;
    }

    fn hold_changed(&mut self, event: &Event) {
        let (What::Answered { hold, .. }
        | What::HoldReviewed { hold, .. }
        | What::ReleaseProposed { hold, .. }
        | What::ReleaseApproved { hold, .. }) = &event.what
        else {
            return;
        };
        let Some(hold) = self.holds.get_mut(hold) else { return };
        match &event.what {
            What::Answered { on, .. } => {
                if let Why::Request(_, answered) = &mut hold.why {
                    *answered = Some(*on);
                }
            }
            What::HoldReviewed { review_by, .. } => {
                hold.reviewed_micros = Some(event.at_micros);
                hold.review_by = *review_by;
                hold.release = None;
            }
            What::ReleaseProposed { subject, .. } => {
                hold.release = Some(Proposal { by: event.by.clone(), subject: *subject, approvals: Vec::new() });
            }
            What::ReleaseApproved { subject, staff_event, .. } => {
                if let Some(release) = &mut hold.release {
                    release.add(event, *subject, *staff_event, None);
                }
            }
            _ => {}
        }
    }

    fn approved(&mut self, event: &Event) {
        match &event.what {
            What::DestructionProposed { subject, .. } => {
                self.proposal = Some(Proposal { by: event.by.clone(), subject: *subject, approvals: Vec::new() });
            }
            What::DestructionApproved { subject, signature, staff_event } => {
                if let Some(proposal) = &mut self.proposal {
                    proposal.add(event, *subject, *staff_event, Some(*signature));
                }
            }
            What::ApprovalWithdrawn => {
                let releases = self.holds.values_mut().filter_map(|hold| hold.release.as_mut());
                let all = self.proposal.iter_mut().chain(self.transfers.values_mut()).chain(releases);
                let all = all.chain(&mut self.kind_named).chain(self.facts_named.values_mut());
                all.for_each(|one| one.approvals.retain(|one| Some(&one.by) != event.by.as_ref()));
            }
            What::ApprovalsVoided => {
                self.proposal = None;
                self.kind_named = None;
                self.facts_named.clear();
                self.transfers.clear();
                self.holds.values_mut().for_each(|hold| hold.release = None);
            }
            _ => {}
        }
    }

    fn destroyed(&mut self, event: &Event) {
        if let What::Destroying { stores, places, subject, approved_by, earliest_micros, latest_micros, .. } =
            &event.what
        {
            let proposal = self.proposal.take();
            let approvals = proposal.into_iter().flat_map(|proposal| proposal.approvals);
            self.phase = Phase::Destroying;
            self.destruction = Some(Destruction {
                began_micros: event.at_micros,
                subject: Some(*subject),
                approvals: approvals.filter(|approval| approved_by.contains(&approval.by)).collect(),
                clocks: event.clocks.clone(),
                between_micros: (*earliest_micros, *latest_micros),
                stores: stores.iter().cloned().collect(),
                places: places.iter().cloned().collect(),
                ..Destruction::default()
            });
            return;
        }
        if let What::DestructionReplayed { erased_at_micros, subject, certificate, stores, places } = &event.what {
            self.phase = Phase::Destroying;
            self.holds.clear();
            self.transfers.clear();
            self.proposal = None;
            let known = self.destruction.take().unwrap_or_default();
            self.destruction = Some(Destruction {
                began_micros: *erased_at_micros,
                is_key_erased: true,
                // The key of a disc or tape is erased after the item itself.
                is_item_destroyed: true,
                stores: stores.iter().cloned().collect(),
                places: places.iter().cloned().collect(),
                subject: subject.or(known.subject),
                certificate: certificate.or(known.certificate),
                done_micros: Some(*erased_at_micros),
                ..known
            });
            return;
        }
        let Some(destruction) = &mut self.destruction else { return };
        match &event.what {
            What::DestructionStopped { .. } => {
                self.destruction = None;
                self.phase = Phase::Kept;
            }
            What::KeyErased { .. } => destruction.is_key_erased = true,
            What::ItemDestroyed { .. } => destruction.is_item_destroyed = true,
            What::ObjectGone { store, .. } => {
                destruction.stores.remove(store);
            }
            What::Swept { place, .. } => {
                destruction.places.remove(place);
            }
            What::Destroyed { certificate } => {
                destruction.certificate = Some(*certificate);
                // After a replay it was done when its key was erased, not when that was remembered.
                destruction.done_micros = destruction.done_micros.or(Some(event.at_micros));
                self.phase = Phase::Destroyed;
            }
            What::CertificateLogged { log, index } => destruction.logged = Some((log.clone(), *index)),
            _ => {}
        }
    }
}

/// Those who have said the same so far. Whoever says something else begins anew.
fn named(so_far: Option<Proposal>, event: &Event, subject: Digest) -> Proposal {
    let same = so_far.filter(|named| named.subject == subject);
    same.unwrap_or_else(|| Proposal { by: event.by.clone(), subject, approvals: Vec::new() })
}

impl Proposal {
    fn add(&mut self, event: &Event, subject: Digest, staff_event: u64, signature: Option<Signature>) {
        let Some(by) = event.by.clone() else { return };
        self.approvals.retain(|one| one.by != by);
        self.approvals.push(Approval { by, at_micros: event.at_micros, subject, staff_event, signature });
    }
}
