//! When, where and by whom: plan, room, whoever holds it, and everything by which an appointment becomes another one.
//!
//! Not here: which rooms are free, which the caller has looked up in the same transaction. Invariants: an appointment is planned before it begins; a
//! move is never the person's loss, and keeps the old one with its cause; another office is offered for want of a room only after this one was tried; nobody takes an
//! offer that they did not see.

use super::appointment::{Another, Appointment};
use super::asking::reopened;
use super::because::Because;
use super::command::Command;
use super::decide::{Draft, Ground, has_role, planned, said, staff};
use super::event::Slot;
use super::need::cited;
use super::noted::heard;
use super::papers::pause;
use super::refusal::Refusal;
use super::state::{Case, Phase};
use super::what::What;
use super::word::{Answer, Attempt, Cause, Channel, Pause};
use crate::custody::{Words, confirmed};
use crate::moment::{Moment, TOLERANCE_MICROS};
use crate::name::Account;
use crate::refusal::Refusal as Common;
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
    match command {
        Command::AssignRoom { room, is_private } => {
            if now.room.as_ref().is_some_and(|one| one.name == *room && one.is_private == *is_private) {
                return Err(Refusal::AlreadySo);
            }
            let assigned = What::RoomAssigned { room: room.clone(), is_private: *is_private }.into();
            Ok(pause(case, Pause::Room).into_iter().chain([assigned]).collect())
        }
        Command::LoseRoom { words } => {
            said(words.reason.as_ref(), "reason")?;
            let room = now.room.as_ref().ok_or(Refusal::NotNow(Because::NoRoom))?.name.clone();
            let lost = What::RoomLost { room }.with(words);
            Ok(pause(case, Pause::Room).into_iter().chain([lost]).collect())
        }
        Command::SayContent { content, words } => say_content(case, now, *content, words, ground),
        Command::Acknowledge { words } => {
            said(words.reason.as_ref(), "reason")?;
            if now.escalated != Some(false) {
                return Err(Refusal::NotNow(Because::NotEscalated));
            }
            Ok(vec![What::Acknowledged.with(words)])
        }
        Command::Swap { to, words } => {
            said(words.reason.as_ref(), "reason")?;
            if now.slot.staff == *to {
                return Err(Refusal::AlreadySo);
            }
            holds_meetings(to, ground)?;
            let swapped = What::Swapped { from: now.slot.staff.clone(), to: to.clone() }.with(words);
            Ok(pause(case, Pause::Staff).into_iter().chain([swapped]).collect())
        }
        Command::Try { attempt, found, words } => {
            said(words.reason.as_ref(), "reason")?;
            Ok(vec![What::Tried { attempt: *attempt, found: *found }.with(words)])
        }
        Command::Offer { slot, cause } => offer(case, slot, *cause, ground),
        Command::AnswerOffer { offer, accepted, channel, words } => {
            answer(case, *offer, *accepted, *channel, words, ground)
        }
        Command::Move { slot, cause, words } => move_it(case, now, slot, *cause, words, ground),
        Command::AskAnother { channel, words } => {
            heard(words, ground)?;
            if now.another == Some(Another::Asked) {
                return Err(Refusal::AlreadySo);
            }
            Ok(vec![What::AnotherAsked { channel: *channel }.with(words)])
        }
        Command::DeclineAnother { channel, words } => {
            heard(words, ground)?;
            if now.another == Some(Another::Declined) {
                return Err(Refusal::AlreadySo);
            }
            Ok(vec![What::AnotherDeclined { channel: *channel }.with(words)])
        }
        other => Err(Refusal::Stray { deed: other.deed() }),
    }
}

/// Who is in the meeting, or is to hold it, says it for themselves.
fn say_content(
    case: &Case,
    now: &Appointment,
    content: bool,
    words: &Words,
    ground: &Ground<'_>,
) -> Result<Vec<Draft>, Refusal> {
    let account = staff(ground)?;
    let is_there = case.present.iter().any(|one| one.account.as_ref() == Some(account));
    if now.slot.staff != *account && !is_there {
        return Err(Refusal::NotYourCase { staff: now.slot.staff.clone() });
    }
    let mut drafts = vec![What::ContentSaid { content }.with(words)];
    if !content {
        let ruling = case.ruling(ground.book);
        let by = ruling.as_ref().ok().and_then(|ruling| ruling.decides_unease().ok());
        drafts.push(What::Escalated { cited: cited(by) }.into());
    }
    Ok(drafts)
}

fn answer(
    case: &Case,
    number: u64,
    accepted: bool,
    channel: Channel,
    words: &Words,
    ground: &Ground<'_>,
) -> Result<Vec<Draft>, Refusal> {
    let (_, now) = planned(case)?;
    let offer = now.offered().ok_or(Refusal::NotNow(Because::NothingOffered))?;
    if offer.number != number {
        return Err(Common::SubjectChanged.into());
    }
    heard(words, ground)?;
    let answer = if accepted { Answer::Accepted } else { Answer::Declined };
    let mut drafts = vec![What::OfferAnswered { offer: number, answer, channel: Some(channel) }.with(words)];
    if accepted {
        is_ahead(&offer.slot, ground.moment)?;
        holds_meetings(&offer.slot.staff, ground)?;
        drafts.push(What::Moved { slot: offer.slot.clone(), cause: offer.cause }.into());
        drafts.extend(reopened(case, &offer.slot, ground));
    }
    Ok(drafts)
}

fn move_it(
    case: &Case,
    now: &Appointment,
    slot: &Slot,
    cause: Cause,
    words: &Words,
    ground: &Ground<'_>,
) -> Result<Vec<Draft>, Refusal> {
    said(words.reason.as_ref(), "reason")?;
    staff(ground)?;
    new_slot(case, slot, ground)?;
    if slot.office != now.slot.office {
        return Err(Refusal::NotNow(Because::OtherOffice));
    }
    // Whoever was to hold it does not move away that it was not held.
    if ground.moment.earliest_micros() > now.slot.ends_micros && !has_role(Role::TeamLeader, ground)? {
        return Err(Refusal::BadSlot(Because::AfterItsTime));
    }
    let mut drafts: Vec<Draft> = lapsed(now).into_iter().collect();
    drafts.push(What::Moved { slot: slot.clone(), cause }.with(words));
    drafts.extend(reopened(case, slot, ground));
    Ok(drafts)
}

/// An offer that nobody answered, and in whose place another comes.
fn lapsed(now: &Appointment) -> Option<Draft> {
    let offer = now.offered()?.number;
    Some(What::OfferAnswered { offer, answer: Answer::Lapsed, channel: None }.into())
}

fn plan(case: &Case, command: &Command, ground: &Ground<'_>) -> Result<Vec<Draft>, Refusal> {
    let Command::Plan { reference, meeting, jurisdiction, business, slot, adjustment_from, follows, words } = command
    else {
        return Err(Refusal::Stray { deed: command.deed() });
    };
    said(words.name.as_ref(), "name")?;
    is_ahead(slot, ground.moment)?;
    holds_meetings(&slot.staff, ground)?;
    let follows_itself = follows.as_ref().is_some_and(|follows| follows.case == case.id);
    if *adjustment_from == Some(case.id) || follows_itself {
        return Err(Refusal::NotNow(Because::OwnCase));
    }
    let planned = What::Planned {
        reference: reference.clone(),
        meeting: *meeting,
        jurisdiction: *jurisdiction,
        business: business.clone(),
        slot: slot.clone(),
        adjustment_from: *adjustment_from,
        follows: follows.clone(),
    };
    Ok(vec![planned.with(words)])
}

/// Another time or office. Recording that must be had is no reason to send somebody away before this office was tried.
fn offer(case: &Case, slot: &Slot, cause: Cause, ground: &Ground<'_>) -> Result<Vec<Draft>, Refusal> {
    let (_, now) = planned(case)?;
    new_slot(case, slot, ground)?;
    let ruling = case.ruling(ground.book);
    let mut rule = None;
    if slot.office != now.slot.office && cause == Cause::Room {
        for attempt in Attempt::ALL {
            match now.tried.get(attempt) {
                Some(false) => {}
                Some(true) => return Err(Refusal::NotNow(Because::RoomFound)),
                None => return Err(Refusal::NotTried { attempt: *attempt }),
            }
        }
        rule = ruling.as_ref().ok().and_then(|ruling| ruling.no_room().ok());
    }
    let offered = What::Offered { slot: slot.clone(), cause, cited: cited(rule) }.into();
    Ok(lapsed(now).into_iter().chain([offered]).collect())
}

/// A slot that can stand in the place of the one that does.
pub(super) fn new_slot(case: &Case, slot: &Slot, ground: &Ground<'_>) -> Result<(), Refusal> {
    let (_, now) = planned(case)?;
    is_ahead(slot, ground.moment)?;
    holds_meetings(&slot.staff, ground)?;
    let is_same = (slot.starts_micros, &slot.office) == (now.slot.starts_micros, &now.slot.office);
    if is_same && case.phase == Phase::Planned {
        return Err(Refusal::BadSlot(Because::SameAppointment));
    }
    Ok(())
}

fn is_ahead(slot: &Slot, moment: &Moment) -> Result<(), Refusal> {
    let length = slot.ends_micros.saturating_sub(slot.starts_micros);
    let ahead = slot.starts_micros.saturating_sub(moment.earliest_micros());
    let because = if length <= 0 {
        Because::EndsBeforeBeginning
    } else if length > LENGTH_MICROS_MAX {
        Because::TooLong
    } else if ahead < -TOLERANCE_MICROS {
        Because::BeganBeforeNow
    } else if ahead > AHEAD_MICROS_MAX {
        Because::TooFarAhead
    } else {
        return Ok(());
    };
    Err(Refusal::BadSlot(because))
}

fn holds_meetings(account: &Account, ground: &Ground<'_>) -> Result<(), Refusal> {
    let standing = confirmed(account, ground.staff)?;
    let may = [Role::Interviewer, Role::TeamLeader];
    if may.iter().any(|role| standing.has(*role)) {
        return Ok(());
    }
    Err(Refusal::NotYours { account: account.clone(), roles: may.to_vec() })
}
