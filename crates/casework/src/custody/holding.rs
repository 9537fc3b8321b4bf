//! Holds: of requests, which stand until the answer and some time after, and of those with authority, which stand until two people release them.
//!
//! Not here: that a hold blocks destruction (`destruction.rs`). Invariants: a hold is never refused for want of a rule; a request's hold ends by its answer and the
//! rule's time, by agreed time, and by nothing else; no id is used twice.

use super::approval::{self, Needed};
use super::command::{Command, Deed};
use super::decide::{Draft, Ground, actor, agreed, day, instant, not_back, place};
use super::event::What;
use super::intake::said;
use super::subject::Subject;
use super::thing::{Approval, Hold, Phase, Thing, Why};
use crate::cited::{self, Cited};
use crate::hex::{Digest, HoldId};
use crate::name::Account;
use crate::refusal::Refusal;

pub(super) const NEEDED: Needed =
    Needed { deed: Deed::ApproveRelease, act: rules::Act::HoldRelease, at_least: 2, signed: false };

pub(super) fn decide(thing: &Thing, command: &Command, ground: &Ground<'_>) -> Result<Vec<Draft>, Refusal> {
    let draft = match command {
        Command::Ask { hold, kind, words } => {
            unused(thing, *hold)?;
            let (review_by, cited) = review(thing, None, ground);
            What::Asked { hold: *hold, kind: *kind, review_by, cited }.with(words)
        }
        Command::Answer { hold } => answer(thing, *hold, ground)?,
        Command::LapseHold { hold } => lapse(thing, *hold, ground)?,
        Command::Hold { hold, authority, words } => {
            unused(thing, *hold)?;
            said(words.reason.as_ref(), "reason")?;
            let (review_by, cited) = review(thing, None, ground);
            What::Held { hold: *hold, authority: *authority, review_by, cited }.with(words)
        }
        Command::ReviewHold { hold, words } => {
            said(words.reason.as_ref(), "reason")?;
            let (review_by, cited) = review(thing, Some(standing(thing, *hold)?), ground);
            What::HoldReviewed { hold: *hold, review_by, cited }.with(words)
        }
        Command::ProposeRelease { hold, words } => {
            not_back(thing, ground.moment)?;
            releasable(thing, *hold)?;
            said(words.reason.as_ref(), "reason")?;
            let subject = Subject::release(thing, *hold, thing.number + 1).digest();
            What::ReleaseProposed { hold: *hold, subject }.with(words)
        }
        Command::ApproveRelease { hold, subject } => return release(thing, *hold, *subject, ground),
        Command::ReplayHold { hold } => return Ok(replayed(thing, *hold)?.into_iter().map(Draft::from).collect()),
        _ => return Err(Refusal::NotProposed),
    };
    Ok(vec![draft])
}

pub(super) fn unused(thing: &Thing, hold: HoldId) -> Result<(), Refusal> {
    if thing.used.contains(&hold) { Err(Refusal::IdUsed { hold }) } else { Ok(()) }
}

pub(super) fn standing(thing: &Thing, hold: HoldId) -> Result<&Hold, Refusal> {
    thing.holds.get(&hold).ok_or(Refusal::UnknownHold { hold })
}

/// By when the hold is to be looked at again, if rules say so. A hold that no rule speaks of holds all the same.
fn review(thing: &Thing, hold: Option<&Hold>, ground: &Ground<'_>) -> (Option<rules::Date>, Vec<Cited>) {
    let ruling = || {
        let place = place(thing).ok()?;
        let today = day(ground.moment.at_micros(), place, ground.book).ok()?;
        let placed = hold.map_or(Some(today), |hold| day(hold.placed_micros, place, ground.book).ok())?;
        let reviewed = hold.map(|_| today.max(placed));
        ground.book.hold(&rules::Hold { jurisdiction: place, placed, reviewed }).ok()
    };
    match ruling() {
        Some(ruling) => {
            let applied = std::iter::once(ruling.applied()).chain(ruling.review().applied());
            (Some(ruling.review().last_day()), cited::all(applied))
        }
        None => (None, Vec::new()),
    }
}

/// The day of the answer is the latest that it can be, and never before what has happened: it says how long the hold still stands.
fn answer(thing: &Thing, hold: HoldId, ground: &Ground<'_>) -> Result<Draft, Refusal> {
    match standing(thing, hold)?.why {
        Why::Request(_, None) => {}
        Why::Request(_, Some(_)) => return Err(Refusal::AlreadySo),
        _ => return Err(Refusal::OtherHold { needed: "a request's" }),
    }
    let newest = if ground.moment.is_agreed() { thing.newest_agreed_micros } else { thing.newest_micros };
    let at = newest.map_or(ground.moment.latest_micros(), |newest| newest.max(ground.moment.latest_micros()));
    let on = day(at, place(thing)?, ground.book)?;
    Ok(What::Answered { hold, on }.into())
}

fn lapse(thing: &Thing, hold: HoldId, ground: &Ground<'_>) -> Result<Draft, Refusal> {
    agreed(ground.moment)?;
    not_back(thing, ground.moment)?;
    let answered = match standing(thing, hold)?.why {
        Why::Request(_, Some(answered)) => answered,
        Why::Request(_, None) => return Err(Refusal::RequestOpen { hold }),
        _ => return Err(Refusal::OtherHold { needed: "a request's" }),
    };
    let stands = ground.book.hold_after_answer(answered, place(thing)?)?;
    let cited = cited::all(stands.applied());
    if !stands.is_over(instant(ground.moment.earliest_micros())) {
        return Err(Refusal::HoldStands { last_day: stands.last_day(), cited });
    }
    Ok(What::HoldLapsed { hold, cited }.into())
}

pub(super) fn releasable(thing: &Thing, hold: HoldId) -> Result<&Hold, Refusal> {
    let held = standing(thing, hold)?;
    match held.why {
        Why::Request(_, None) => Err(Refusal::RequestOpen { hold }),
        Why::Request(_, Some(_)) => Err(Refusal::OtherHold { needed: "one that is released" }),
        Why::Authority(_) | Why::Replayed => Ok(held),
    }
}

/// One more approval, and with the last of them the end of the hold.
fn release(thing: &Thing, hold: HoldId, subject: Digest, ground: &Ground<'_>) -> Result<Vec<Draft>, Refusal> {
    not_back(thing, ground.moment)?;
    let proposal = releasable(thing, hold)?.release.clone();
    let mut proposal = proposal.ok_or(Refusal::NotProposed)?;
    if subject != proposal.subject {
        return Err(Refusal::SubjectChanged);
    }
    let by = actor(ground)?;
    approval::is_new(&proposal, subject, &NEEDED, by, ground)?;
    let staff_event = ground.staff.number();
    let at_micros = ground.moment.at_micros();
    proposal.approvals.retain(|one| one.by != *by);
    proposal.approvals.push(Approval { by: by.clone(), at_micros, subject, staff_event, signature: None });
    let mut drafts = vec![What::ReleaseApproved { hold, subject, staff_event }.into()];
    match approval::enough(thing, &proposal, subject, &NEEDED, ground) {
        Ok(approved) => {
            drafts.push(What::Released { hold, approved_by: approved.by, cited: approved.cited }.into());
            Ok(drafts)
        }
        Err(Refusal::TooFewApprovals { .. }) => Ok(drafts),
        Err(refusal) => Err(refusal),
    }
}

impl Thing {
    /// The accounts whose approvals of a hold's release count now: of different people, or why they are too few.
    ///
    /// # Errors
    /// No such hold stands, nothing is proposed, or too few approve.
    pub fn release_in_force(&self, hold: HoldId, ground: &Ground<'_>) -> Result<Vec<Account>, Refusal> {
        let release = standing(self, hold)?.release.as_ref().ok_or(Refusal::NotProposed)?;
        Ok(approval::enough(self, release, release.subject, &NEEDED, ground)?.by)
    }
}

/// A hold that the keyring knows came before whatever the events say: it stops a destruction whose key is not erased.
pub(super) fn replayed(thing: &Thing, hold: HoldId) -> Result<Vec<What>, Refusal> {
    if thing.holds.contains_key(&hold) {
        return Err(Refusal::AlreadySo);
    }
    let replayed = What::HoldReplayed { hold };
    match (&thing.destruction, thing.phase) {
        (Some(destruction), Phase::Destroying) if destruction.is_key_erased || destruction.is_item_destroyed => {
            Err(Refusal::DestructionBegan { at_micros: destruction.began_micros })
        }
        (_, Phase::Destroying) => Ok(vec![What::DestructionStopped { hold: Some(hold) }, replayed]),
        _ => Ok(vec![replayed]),
    }
}
