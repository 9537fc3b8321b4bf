//! Whether approvals count: of different people, of exactly this, by whoever may now and could all the time, not too old.
//!
//! Not here: what is approved (`subject.rs`). Invariants: an approval is judged anew each time something depends on it; two accounts of one person are one
//! person; what needs two people needs two whatever a pack says.

use std::collections::BTreeSet;

use super::command::Deed;
use super::decide::{Ground, day, place};
use super::rights;
use super::thing::{Approval, Proposal, Thing};
use crate::cited::{self, Cited};
use crate::hex::Digest;
use crate::moment::TOLERANCE_MICROS;
use crate::name::{Account, Person};
use crate::refusal::Refusal;
use crate::signature;
use crate::staff::Staff;

/// For so many days an approval counts; then whoever gave it may have forgotten what it was.
pub const APPROVAL_DAYS: i64 = 30;

const APPROVAL_MICROS_MAX: i64 = APPROVAL_DAYS * 24 * 60 * 60 * 1_000_000;
const APPROVAL_TOO_OLD: i64 = APPROVAL_MICROS_MAX + 1;
/// The bounds of a moment, which no event has, are never so far apart.
const SPREAD_MICROS_MAX: i64 = 60 * 60 * 1_000_000;

/// What an act needs.
pub(super) struct Needed {
    /// The command by which it is approved.
    pub(super) deed: Deed,
    /// The act, as rules call it.
    pub(super) act: rules::Act,
    /// So many at least, whatever the rules say.
    pub(super) at_least: u8,
    /// Whether an approval is a signature.
    pub(super) signed: bool,
}

/// Enough approvals.
pub(super) struct Approved {
    pub(super) by: Vec<Account>,
    pub(super) cited: Vec<Cited>,
}

/// The approvals that count, if enough different people gave one.
pub(super) fn enough(
    thing: &Thing,
    proposal: &Proposal,
    subject: Digest,
    needed: &Needed,
    ground: &Ground<'_>,
) -> Result<Approved, Refusal> {
    let place = place(thing)?;
    let today = day(ground.moment.at_micros(), place, ground.book)?;
    let rule = ground.book.approvals(needed.act, today, place)?;
    let cited = cited::all([rule.applied()]);
    let (mut persons, mut by, mut void) = (BTreeSet::<&Person>::new(), Vec::new(), Vec::new());
    for approval in &proposal.approvals {
        match person(approval, subject, needed, ground) {
            Ok(person) if persons.insert(person) => by.push(approval.by.clone()),
            Ok(_) => void.push(format!("{}: another account of the same person", approval.by)),
            Err(why) => void.push(format!("{}: {why}", approval.by)),
        }
    }
    let needed = rule.people().max(needed.at_least);
    if by.len() >= usize::from(needed) {
        return Ok(Approved { by, cited });
    }
    let found = u8::try_from(by.len()).unwrap_or(u8::MAX);
    Err(Refusal::TooFewApprovals { needed, found, void, cited })
}

/// Whose approval it is, if it counts now.
pub(super) fn person<'a>(
    approval: &Approval,
    subject: Digest,
    needed: &Needed,
    ground: &Ground<'a>,
) -> Result<&'a Person, &'static str> {
    let person = giver(approval, subject, needed, ground.staff)?;
    let age = ground.moment.latest_micros().saturating_sub(approval.at_micros);
    if age > APPROVAL_MICROS_MAX {
        return Err("too old");
    }
    if age < -TOLERANCE_MICROS {
        return Err("given by a clock that was ahead");
    }
    Ok(person)
}

/// Whose approval it is, if it counts at whatever time.
fn giver<'a>(
    approval: &Approval,
    subject: Digest,
    needed: &Needed,
    staff: &'a Staff,
) -> Result<&'a Person, &'static str> {
    let standing = staff.who(&approval.by).ok_or("no such account")?;
    let row = rights::of(needed.deed).ok_or("nobody may")?;
    if approval.subject != subject {
        return Err("of something else");
    }
    if !standing.is_confirmed() {
        return Err("the account does not count any more");
    }
    if !standing.has_had(row.roles, approval.staff_event) {
        return Err("the role was taken away");
    }
    let holds = |given: &crate::hex::Signature| signature::holds(&subject.0, given, &standing.key);
    if needed.signed && !approval.signature.as_ref().is_some_and(holds) {
        return Err("the signature does not hold");
    }
    Ok(&standing.person)
}

/// Whether an approval counts at about that time, with room for how far apart clocks may have been then.
pub(super) fn counts_surely(
    approval: &Approval,
    subject: Digest,
    needed: &Needed,
    at_micros: i64,
    staff: &Staff,
) -> bool {
    let age = at_micros.saturating_sub(approval.at_micros);
    (0..APPROVAL_MICROS_MAX - SPREAD_MICROS_MAX).contains(&age) && giver(approval, subject, needed, staff).is_ok()
}

/// Whether those were enough different people whose approvals, each looked at when it was given, counted at about that time.
pub(super) fn were_enough(
    proposal: &Proposal,
    approved_by: &[Account],
    needed: &Needed,
    at_micros: i64,
    staff: &Staff,
) -> Result<(), Refusal> {
    let unsigned = Needed { signed: false, ..*needed };
    let (mut persons, mut void) = (BTreeSet::<&Person>::new(), Vec::new());
    for by in approved_by {
        let given = proposal.approvals.iter().find(|one| one.by == *by).ok_or("did not approve");
        let given = given.and_then(|one| match at_micros.saturating_sub(one.at_micros) {
            APPROVAL_TOO_OLD.. => Err("too old"),
            _ => giver(one, proposal.subject, &unsigned, staff),
        });
        match given {
            Ok(person) if persons.insert(person) => {}
            Ok(_) => void.push(format!("{by}: another account of the same person")),
            Err(why) => void.push(format!("{by}: {why}")),
        }
    }
    if void.is_empty() && persons.len() >= usize::from(needed.at_least) {
        return Ok(());
    }
    let found = u8::try_from(persons.len()).unwrap_or(u8::MAX);
    Err(Refusal::TooFewApprovals { needed: needed.at_least, found, void, cited: Vec::new() })
}

/// Refuses the word of a person who has said so by another account: it would count for nothing, and nobody would be told.
pub(super) fn is_another(
    proposal: &Proposal,
    subject: Digest,
    needed: &Needed,
    actor: &Account,
    ground: &Ground<'_>,
) -> Result<(), Refusal> {
    let ours = ground.staff.who(actor).map(|standing| &standing.person);
    let others = proposal.approvals.iter().filter(|one| one.by != *actor);
    let mut persons = others.filter_map(|one| person(one, subject, needed, ground).ok());
    if persons.any(|person| Some(person) == ours) { Err(Refusal::SamePerson) } else { Ok(()) }
}

/// Refuses an approval that would add nothing: this account's, of the same, while it counts.
pub(super) fn is_new(
    proposal: &Proposal,
    subject: Digest,
    needed: &Needed,
    actor: &Account,
    ground: &Ground<'_>,
) -> Result<(), Refusal> {
    let ours = proposal.approvals.iter().find(|one| one.by == *actor);
    let counts = ours.is_some_and(|one| person(one, subject, needed, ground).is_ok());
    if counts { Err(Refusal::AlreadySo) } else { Ok(()) }
}
