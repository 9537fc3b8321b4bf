//! A kind that was named by mistake, put right: by as many people as a change of a term takes, each of whom names the right one.
//!
//! Not here: which kinds there are (`rules`), the check of what is kept (`seal`). Invariants: nobody changes alone how long a thing is kept; what is called
//! a recording was checked as one; whatever was proposed or approved about its destruction ends.

use super::approval::{self, Needed};
use super::command::{Command, Deed};
use super::decide::{Draft, Ground, actor, not_back};
use super::event::{Body, What};
use super::intake::{known, said};
use super::subject::Subject;
use super::thing::{Approval, Proposal, Thing};
use super::word::Verdict;
use crate::hex::Digest;
use crate::refusal::Refusal;

const NEEDED: Needed = Needed { deed: Deed::CorrectKind, act: rules::Act::RetentionChange, at_least: 2, signed: false };

pub(super) fn decide(thing: &Thing, command: &Command, ground: &Ground<'_>) -> Result<Vec<Draft>, Refusal> {
    let Command::CorrectKind { kind, checked, words } = command else { return Err(Refusal::NotProposed) };
    not_back(thing, ground.moment)?;
    said(words.reason.as_ref(), "reason")?;
    known(kind, ground)?;
    match &thing.kind {
        None => return Err(Refusal::Undescribed),
        Some(now) if now == kind => return Err(Refusal::AlreadySo),
        Some(_) => {}
    }
    match (&thing.body, checked) {
        (Some(Body::Electronic { .. }), Some((_, verdict @ (Verdict::NotIntact | Verdict::CannotSay)))) => {
            return Err(Refusal::DoesNotVerify { verdict: *verdict });
        }
        (Some(Body::Electronic { .. }), Some(_)) | (Some(Body::Physical { .. }), None) => {}
        _ => return Err(Refusal::OtherBody),
    }
    let (by, subject) = (actor(ground)?, Subject::kind(thing, kind).digest());
    let mut proposal = of(thing, subject);
    approval::is_new(&proposal, subject, &NEEDED, by, ground)?;
    let (staff_event, at_micros) = (ground.staff.number(), ground.moment.at_micros());
    proposal.approvals.retain(|one| one.by != *by);
    proposal.approvals.push(Approval { by: by.clone(), at_micros, subject, staff_event, signature: None });
    let mut drafts = vec![What::KindNamed { kind: kind.clone(), subject, staff_event }.with(words)];
    match approval::enough(thing, &proposal, subject, &NEEDED, ground) {
        Ok(approved) => {
            let (commitment, verdict) = checked.clone().unzip();
            let (approved_by, cited) = (approved.by, approved.cited);
            let kind = kind.clone();
            drafts.push(What::KindCorrected { kind, commitment, verdict, approved_by, cited }.into());
            Ok(drafts)
        }
        Err(Refusal::TooFewApprovals { .. }) => Ok(drafts),
        Err(other) => Err(other),
    }
}

/// Those who have named this kind so far. Whoever names another one begins anew.
fn of(thing: &Thing, subject: Digest) -> Proposal {
    match &thing.kind_named {
        Some(named) if named.subject == subject => named.clone(),
        _ => Proposal { by: None, subject, approvals: Vec::new() },
    }
}
