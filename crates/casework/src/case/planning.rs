//! When, where and by whom: plan, room, whoever holds it, and everything by which an appointment becomes another one.
//!
//! Not here: which rooms are free, which the caller has looked up in the same transaction. Invariants: an appointment is planned before it begins; a
//! move is never the person's loss, and keeps the old one with its cause; another office is offered only after this one was tried.

use super::command::Command;
use super::decide::{Draft, Ground, planned, said, staff};
use super::event::{Slot, What};
use super::refusal::Refusal;
use super::state::{Adjustment, Case};
use super::todo::cited;
use super::word::{Attempt, Cause};
use crate::custody::confirmed;
use crate::moment::{Moment, TOLERANCE_MICROS};
use crate::role::Role;

/// No appointment is longer than a day.
const LENGTH_MICROS_MAX: i64 = 24 * 60 * 60 * 1_000_000;
/// How far ahead anybody plans: five years.
const AHEAD_MICROS_MAX: i64 = 5 * 366 * LENGTH_MICROS_MAX;

pub(super) fn decide(case: &Case, command: &Command, ground: &Ground<'_>) -> Result<Vec<Draft>, Refusal> {
    if let Command::Plan { .. } = command {
        return plan(case, command, ground);
    }
    let (_, now) = planned(case)?;
    let draft: Draft = match command {
        Command::AssignRoom { room, is_private } => {
            if now.room.as_ref().is_some_and(|one| one.name == *room && one.is_private == *is_private) {
                return Err(Refusal::AlreadySo);
            }
            What::RoomAssigned { room: room.clone(), is_private: *is_private }.into()
        }
        Command::LoseRoom { words } => {
            said(words.reason.as_ref(), "reason")?;
            let none = Refusal::NotNow { what: "it has no room", first: "nothing is to be done" };
            let room = now.room.as_ref().ok_or(none)?.name.clone();
            What::RoomLost { room }.with(words)
        }
        Command::SayContent { content, words } => {
            let mut drafts = vec![What::ContentSaid { content: *content }.with(words)];
            if !content {
                let ruling = case.ruling(ground.book);
                let by = ruling.as_ref().ok().and_then(|ruling| ruling.decides_unease().ok());
                drafts.push(What::Escalated { cited: cited(by) }.into());
            }
            return Ok(drafts);
        }
        Command::Swap { to, words } => {
            said(words.reason.as_ref(), "reason")?;
            if now.slot.staff == *to {
                return Err(Refusal::AlreadySo);
            }
            holds_meetings(to, ground)?;
            What::Swapped { from: now.slot.staff.clone(), to: to.clone() }.with(words)
        }
        Command::Try { attempt, found, words } => {
            said(words.reason.as_ref(), "reason")?;
            What::Tried { attempt: *attempt, found: *found }.with(words)
        }
        Command::Offer { slot, cause } => offer(case, slot, *cause, ground)?,
        Command::AnswerOffer { accepted, words } => {
            let none = Refusal::NotNow { what: "nothing is offered", first: "offer another time or office first" };
            let (slot, cause) = now.offered.clone().ok_or(none)?;
            let mut drafts = vec![What::OfferAnswered { accepted: *accepted }.with(words)];
            if *accepted {
                is_ahead(&slot, ground.moment)?;
                drafts.push(What::Moved { slot, cause }.into());
            }
            return Ok(drafts);
        }
        Command::Move { slot, cause, words } => {
            said(words.reason.as_ref(), "reason")?;
            staff(ground)?;
            new_slot(case, slot, ground)?;
            if slot.office != now.slot.office {
                return Err(Refusal::NotNow {
                    what: "another office is the person's to choose",
                    first: "offer it, and note the answer",
                });
            }
            What::Moved { slot: slot.clone(), cause: *cause }.with(words)
        }
        _ => return Err(Refusal::AlreadySo),
    };
    Ok(vec![draft])
}

fn plan(case: &Case, command: &Command, ground: &Ground<'_>) -> Result<Vec<Draft>, Refusal> {
    let Command::Plan { reference, meeting, jurisdiction, business, slot, adjustment_from, words } = command else {
        return Err(Refusal::AlreadySo);
    };
    said(words.name.as_ref(), "name")?;
    is_ahead(slot, ground.moment)?;
    holds_meetings(&slot.staff, ground)?;
    if *adjustment_from == Some(case.id) {
        return Err(Refusal::NotNow {
            what: "an adjustment carries over from another case",
            first: "name the case that has it",
        });
    }
    let planned = What::Planned {
        reference: reference.clone(),
        meeting: *meeting,
        jurisdiction: *jurisdiction,
        business: business.clone(),
        slot: slot.clone(),
        adjustment_from: *adjustment_from,
    };
    Ok(vec![planned.with(words)])
}

/// Another time or office. Recording that must be had is no reason to send somebody away before this office was tried.
fn offer(case: &Case, slot: &Slot, cause: Cause, ground: &Ground<'_>) -> Result<Draft, Refusal> {
    let (_, now) = planned(case)?;
    new_slot(case, slot, ground)?;
    let ruling = case.ruling(ground.book);
    let mut rule = None;
    if slot.office != now.slot.office {
        for attempt in Attempt::ALL {
            match now.tried.get(attempt) {
                Some(false) => {}
                Some(true) => {
                    return Err(Refusal::NotNow {
                        what: "a room was found in this office",
                        first: "offer that room, or note why it cannot be had",
                    });
                }
                None => return Err(Refusal::NotTried { attempt: *attempt }),
            }
        }
        rule = ruling.as_ref().ok().and_then(|ruling| ruling.no_room().ok());
    }
    Ok(What::Offered { slot: slot.clone(), cause, cited: cited(rule) }.into())
}

fn new_slot(case: &Case, slot: &Slot, ground: &Ground<'_>) -> Result<(), Refusal> {
    let (_, now) = planned(case)?;
    is_ahead(slot, ground.moment)?;
    holds_meetings(&slot.staff, ground)?;
    let is_same = (slot.starts_micros, &slot.office) == (now.slot.starts_micros, &now.slot.office);
    if is_same { Err(Refusal::BadSlot { what: "that is the appointment that stands" }) } else { Ok(()) }
}

fn is_ahead(slot: &Slot, moment: &Moment) -> Result<(), Refusal> {
    let length = slot.ends_micros.saturating_sub(slot.starts_micros);
    let ahead = slot.starts_micros.saturating_sub(moment.at_micros());
    let what = if length <= 0 {
        "it ends before it begins"
    } else if length > LENGTH_MICROS_MAX {
        "it is longer than a day"
    } else if ahead < -TOLERANCE_MICROS {
        "it began before now, and a meeting is planned before it begins"
    } else if ahead > AHEAD_MICROS_MAX {
        "it is more than five years ahead"
    } else {
        return Ok(());
    };
    Err(Refusal::BadSlot { what })
}

fn holds_meetings(account: &crate::name::Account, ground: &Ground<'_>) -> Result<(), Refusal> {
    let standing = confirmed(account, ground.staff)?;
    let may = [Role::Interviewer, Role::TeamLeader];
    if may.iter().any(|role| standing.has(*role)) {
        return Ok(());
    }
    Err(Refusal::NotYours { account: account.clone(), roles: may.to_vec() })
}

impl Case {
    /// Whether recording is a reasonable adjustment as things stand.
    pub(super) fn has_adjustment(&self) -> bool {
        matches!(self.adjustment, Adjustment::Granted { .. })
    }
}
