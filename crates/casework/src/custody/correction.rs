//! A kind or a day that was given by mistake, put right: by as many people as a change of a term takes, each of whom names the right one.
//!
//! Not here: which kinds there are and until when each is kept (`rules`), the check of what is kept (`seal`). Invariants: nobody changes alone how long a thing is
//! kept; what is called a recording was checked as one; whatever was proposed or approved about its destruction ends, and no hold does.

use super::approval::{self, Approved, Needed};
use super::command::{Command, Deed};
use super::decide::{Draft, Ground, actor, not_back, place};
use super::event::{Body, Commitment, What};
use super::intake::{days, known, ruled, said, verifies};
use super::subject::Subject;
use super::thing::{Approval, Proposal, Thing};
use super::word::{FactDay, Verdict};
use super::words::Words;
use crate::hex::Digest;
use crate::refusal::Refusal;

pub(super) const KIND: Needed =
    Needed { deed: Deed::CorrectKind, act: rules::Act::RetentionChange, at_least: 2, signed: false };
pub(super) const FACT: Needed =
    Needed { deed: Deed::CorrectFact, act: rules::Act::RetentionChange, at_least: 2, signed: false };

pub(super) fn decide(thing: &Thing, command: &Command, ground: &Ground<'_>) -> Result<Vec<Draft>, Refusal> {
    not_back(thing, ground.moment)?;
    match command {
        Command::CorrectKind { kind, checked, words } => of_kind(thing, kind, checked.as_ref(), words, ground),
        Command::CorrectFact { right, words } => of_fact(thing, *right, words, ground),
        _ => Err(Refusal::NotProposed),
    }
}

fn of_kind(
    thing: &Thing,
    kind: &rules::Kind,
    checked: Option<&(Commitment, Verdict)>,
    words: &Words,
    ground: &Ground<'_>,
) -> Result<Vec<Draft>, Refusal> {
    said(words.reason.as_ref(), "reason")?;
    known(kind, ground)?;
    match &thing.kind {
        None => return Err(Refusal::Undescribed),
        Some(now) if now == kind => return Err(Refusal::AlreadySo),
        Some(_) => {}
    }
    match (&thing.body, checked) {
        (Some(Body::Electronic { .. }), Some((_, verdict))) => verifies(*verdict)?,
        (Some(Body::Physical { .. }), None) => {}
        _ => return Err(Refusal::OtherBody),
    }
    let subject = Subject::kind(thing, kind).digest();
    let enough = said_so(thing, thing.kind_named.as_ref(), subject, &KIND, ground)?;
    let (kind, staff_event) = (kind.clone(), ground.staff.number());
    let mut drafts = vec![What::KindNamed { kind: kind.clone(), subject, staff_event }.with(words)];
    if let Some(Approved { by: approved_by, cited }) = enough {
        let (commitment, verdict) = checked.cloned().unzip();
        drafts.push(What::KindCorrected { kind, commitment, verdict, approved_by, cited }.into());
    }
    Ok(drafts)
}

/// The day that was given stays in the record; from now on rules count from the right one.
fn of_fact(thing: &Thing, right: FactDay, words: &Words, ground: &Ground<'_>) -> Result<Vec<Draft>, Refusal> {
    said(words.reason.as_ref(), "reason")?;
    let place = place(thing)?;
    let was = *thing.facts.get(&right.fact).ok_or(Refusal::FactUnknown { fact: right.fact })?;
    if was == right.day {
        return Err(Refusal::AlreadySo);
    }
    days(&[right], place, ground)?;
    ruled(thing.kind.as_ref(), place, thing.facts_with(&[right]), ground)?;
    let subject = Subject::fact(thing, right).digest();
    let enough = said_so(thing, thing.facts_named.get(&right.fact), subject, &FACT, ground)?;
    let mut drafts = vec![What::FactNamed { right, subject, staff_event: ground.staff.number() }.with(words)];
    if let Some(Approved { by: approved_by, cited }) = enough {
        drafts.push(What::FactCorrected { right, was, approved_by, cited }.into());
    }
    Ok(drafts)
}

/// One more person who says so, behind those who have said the same: `Some` when they are enough. Whoever names something else begins anew.
fn said_so(
    thing: &Thing,
    so_far: Option<&Proposal>,
    subject: Digest,
    needed: &Needed,
    ground: &Ground<'_>,
) -> Result<Option<Approved>, Refusal> {
    let by = actor(ground)?;
    let so_far = so_far.filter(|named| named.subject == subject).cloned();
    let mut proposal = so_far.unwrap_or(Proposal { by: None, subject, approvals: Vec::new() });
    approval::is_new(&proposal, subject, needed, by, ground)?;
    approval::is_another(&proposal, subject, needed, by, ground)?;
    let (staff_event, at_micros) = (ground.staff.number(), ground.moment.at_micros());
    proposal.approvals.retain(|one| one.by != *by);
    proposal.approvals.push(Approval { by: by.clone(), at_micros, subject, staff_event, signature: None });
    match approval::enough(thing, &proposal, subject, needed, ground) {
        Ok(approved) => Ok(Some(approved)),
        Err(Refusal::TooFewApprovals { .. }) => Ok(None),
        Err(other) => Err(other),
    }
}
