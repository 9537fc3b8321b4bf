//! Passing a thing on, which is not normally done: a reason, what in law lets it, and an approver who is not the asker.
//!
//! Not here: copies to the person it is about, who may always have one. Invariant: nothing is passed on without approvals that count at that moment, none
//! of which is the asker's.

use super::approval::{self, Needed};
use super::command::{Command, Deed};
use super::decide::{Draft, Ground, actor, confirmed, day, not_back, place};
use super::event::What;
use super::intake::said;
use super::subject::Subject;
use super::thing::{Hold, Proposal, Thing};
use crate::hex::HoldId;
use crate::name::Account;
use crate::refusal::Refusal;
use crate::staff::Staff;

pub(super) const NEEDED: Needed =
    Needed { deed: Deed::ApproveTransfer, act: rules::Act::Transfer, at_least: 1, signed: false };

pub(super) fn decide(thing: &Thing, command: &Command, ground: &Ground<'_>) -> Result<Vec<Draft>, Refusal> {
    let draft = match command {
        Command::AskTransfer { transfer, basis, words } => {
            if thing.used.contains(transfer) {
                return Err(Refusal::IdUsed { hold: *transfer });
            }
            said(words.receiver.as_ref(), "receiver")?;
            said(words.reason.as_ref(), "reason")?;
            let subject = Subject::transfer(thing, *transfer, thing.number + 1).digest();
            What::TransferAsked { transfer: *transfer, basis: *basis, subject }.with(words)
        }
        Command::ApproveTransfer { transfer, subject } => {
            let proposal = asked(thing, *transfer)?;
            if *subject != proposal.subject {
                return Err(Refusal::SubjectChanged);
            }
            by_another(proposal, ground.actor, ground.staff)?;
            let by = actor(ground)?;
            approval::is_new(proposal, *subject, &NEEDED, by, ground)?;
            let staff_event = ground.staff.number();
            What::TransferApproved { transfer: *transfer, subject: *subject, staff_event }.into()
        }
        Command::Transfer { transfer } => {
            not_back(thing, ground.moment)?;
            let proposal = asked(thing, *transfer)?;
            let blocked = thing.holds.values().filter(|hold| blocks(thing, hold, ground)).count();
            if blocked > 0 {
                return Err(Refusal::Held { holds: blocked });
            }
            let approved = approval::enough(thing, proposal, proposal.subject, &NEEDED, ground)?;
            What::Transferred { transfer: *transfer, approved_by: approved.by, cited: approved.cited }.into()
        }
        _ => return Err(Refusal::NotProposed),
    };
    Ok(vec![draft])
}

pub(super) fn asked(thing: &Thing, transfer: HoldId) -> Result<&Proposal, Refusal> {
    thing.transfers.get(&transfer).ok_or(Refusal::UnknownHold { hold: transfer })
}

/// Whoever approves is not the person who asked.
pub(super) fn by_another(asked: &Proposal, by: Option<&Account>, staff: &Staff) -> Result<(), Refusal> {
    let by = by.ok_or(Refusal::NeedsPerson)?;
    let asker = asked.by.as_ref().and_then(|asker| staff.who(asker));
    match asker.is_none_or(|asker| confirmed(by, staff).is_ok_and(|ours| ours.person == asker.person)) {
        true => Err(Refusal::SamePerson),
        false => Ok(()),
    }
}

/// Whether the rules let a hold block this too. What they do not cover does not.
fn blocks(thing: &Thing, hold: &Hold, ground: &Ground<'_>) -> bool {
    let ruling = || {
        let place = place(thing).ok()?;
        let placed = day(hold.placed_micros, place, ground.book).ok()?;
        ground.book.hold(&rules::Hold { jurisdiction: place, placed, reviewed: None }).ok()
    };
    ruling().is_some_and(|ruling| ruling.blocks().contains(&rules::Act::Transfer))
}
