//! What became of an appointment, said by somebody and never left open.
//!
//! Not here: totals over many cases (`tally.rs`). Invariants: an outcome fits what happened; a recorded meeting is closed only when both sides have what is theirs, or two
//! people say that it cannot be had; what was said is put right by somebody else, and stays on the record; nobody is blamed for a meeting that could not have begun; the
//! office does not lose a request by cancelling.

use super::asking::reopened;
use super::because::Because;
use super::command::Command;
use super::decide::{Draft, Ground, day, has_role, is_another, not_back, planned, said, staff};
use super::meeting::missing;
use super::need::{Before, cited};
use super::noted::heard;
use super::planning::new_slot;
use super::refusal::Refusal;
use super::state::{Case, NotedOf, Phase, Recording};
use super::todo::Intent;
use super::what::What;
use super::word::Outcome;
use crate::cited::Cited;
use crate::refusal::Refusal as Common;
use crate::role::Role;

pub(super) fn decide(case: &Case, command: &Command, ground: &Ground<'_>) -> Result<Vec<Draft>, Refusal> {
    let (_, now) = planned(case)?;
    let draft: Draft = match command {
        Command::NoteOverdue => {
            if now.is_overdue {
                return Err(Refusal::AlreadySo);
            }
            let last = day(case, now.slot.ends_micros, ground.book)?;
            if day(case, ground.moment.earliest_micros(), ground.book)? <= last {
                return Err(Refusal::NotNow(Because::DayNotOver));
            }
            What::Overdue.into()
        }
        Command::Close { outcome, words } => {
            let (owed, cited) = close(case, *outcome, words, ground)?;
            missing(case, Before::Close, ground)?;
            What::Closed { outcome: *outcome, owed, cited }.with(words)
        }
        Command::Cancel { channel, words } => {
            heard(words, ground)?;
            missing(case, Before::Close, ground)?;
            What::Cancelled { channel: *channel }.with(words)
        }
        Command::Continue { outcome, slot, cause, words } => {
            let (_, cited) = close(case, *outcome, words, ground)?;
            said(words.reason.as_ref(), "reason")?;
            new_slot(case, slot, ground)?;
            if slot.office != now.slot.office {
                return Err(Refusal::NotNow(Because::OtherOffice));
            }
            missing_but_another(case, ground)?;
            let (outcome, slot, cause) = (*outcome, slot.clone(), *cause);
            let again = reopened(case, &slot, ground);
            let continued = What::Continued { outcome, slot, cause, cited }.with(words);
            return Ok([continued].into_iter().chain(again).collect());
        }
        Command::CorrectOutcome { outcome, words } => {
            said(words.reason.as_ref(), "reason")?;
            let from = case.outcome().ok_or(Refusal::AlreadySo)?;
            if from == *outcome {
                return Err(Refusal::AlreadySo);
            }
            by_another(case, ground)?;
            let owed = fits(case, *outcome, ground)?;
            What::OutcomeCorrected { from, to: *outcome, owed }.with(words)
        }
        Command::Reopen { words } => What::Reopened { from: closed_unheld(case, words, ground)? }.with(words),
        Command::NoteFollowed { by } => {
            if *by == case.id {
                return Err(Refusal::NotNow(Because::OwnCase));
            }
            if case.followed_by.is_some() {
                return Err(Refusal::AlreadySo);
            }
            What::Followed { by: *by }.into()
        }
        other => return Err(Refusal::Stray { deed: other.deed() }),
    };
    Ok(vec![draft])
}

/// What was said of an appointment that was not held and that nothing stands for.
fn closed_unheld(case: &Case, words: &crate::custody::Words, ground: &Ground<'_>) -> Result<Outcome, Refusal> {
    said(words.reason.as_ref(), "reason")?;
    let from = case.outcome().ok_or(Refusal::AlreadySo)?;
    if case.held.is_some() {
        return Err(Refusal::NotThatOutcome { outcome: from, because: Because::WasHeld });
    }
    if case.followed_by.is_some() {
        return Err(Refusal::NotNow(Because::IsFollowed));
    }
    by_another(case, ground)?;
    Ok(from)
}

/// Whether it may be said, whether a recording stays owed, and the rules that were kept.
fn close(
    case: &Case,
    outcome: Outcome,
    words: &crate::custody::Words,
    ground: &Ground<'_>,
) -> Result<(bool, Vec<Cited>), Refusal> {
    staff(ground)?;
    not_back(case, ground.moment)?;
    let owed = fits(case, outcome, ground)?;
    // Whatever is not the plain course of things is explained.
    let is_plain = outcome == Outcome::Recorded || (outcome == Outcome::NotRecorded && case.held.is_some());
    if !is_plain {
        said(words.reason.as_ref(), "reason")?;
    }
    let ruling = case.ruling(ground.book);
    let rule = ruling.as_ref().ok().and_then(|ruling| ruling.copies().ok());
    let rule = rule.filter(|_| matches!(outcome, Outcome::Recorded | Outcome::RecordedInPart));
    Ok((owed, cited(rule)))
}

/// The new appointment is what the list asks for beside the rest.
fn missing_but_another(case: &Case, ground: &Ground<'_>) -> Result<(), Refusal> {
    let todo = case.todo(ground.book, ground.moment.at_micros());
    let first = |todo: &super::need::Todo| todo.before == Before::Close && todo.need != super::need::Need::Continue;
    let missing: Vec<_> = todo.into_iter().filter(first).collect();
    if missing.is_empty() { Ok(()) } else { Err(Refusal::NotReady { missing }) }
}

fn by_another(case: &Case, ground: &Ground<'_>) -> Result<(), Refusal> {
    match &case.closed_by {
        Some(by) if !is_another(staff(ground)?, by, ground.staff)? => Err(Common::SamePerson.into()),
        Some(_) | None => Ok(()),
    }
}

/// Whether an outcome is what happened; if so, whether the person was owed a recording and has none.
fn fits(case: &Case, outcome: Outcome, ground: &Ground<'_>) -> Result<bool, Refusal> {
    let not = |because| Err(Refusal::NotThatOutcome { outcome, because });
    if case.held.is_none() {
        return not_held(case, outcome, ground);
    }
    debug_assert!(matches!(case.phase, Phase::Ended | Phase::Closed), "a meeting that goes on is not closed");
    match (outcome, was(case)) {
        (Outcome::NotRecorded, Was::NotRecorded) => {
            let ruling = case.ruling(ground.book);
            Ok(case.recordings_now().next().is_some() || case.is_unmet(ruling.as_ref()))
        }
        (Outcome::Recorded, Was::Whole) | (Outcome::RecordedInPart, Was::Part) => Ok(false),
        (Outcome::Moved, _) => not(Because::MovedByNaming),
        (Outcome::NotAttended | Outcome::NotReached, _) => not(Because::WasHeld),
        (Outcome::CancelledByOffice | Outcome::CancelledByPerson, _) => not(Because::WasHeld),
        (Outcome::Recorded | Outcome::RecordedInPart, Was::NotRecorded) => not(Because::WasNotRecorded),
        (Outcome::Recorded | Outcome::NotRecorded, Was::Part) => not(Because::WasRecordedInPart),
        (Outcome::RecordedInPart | Outcome::NotRecorded, Was::Whole) => not(Because::WasRecorded),
    }
}

/// Of a meeting that nobody began in the program.
fn not_held(case: &Case, outcome: Outcome, ground: &Ground<'_>) -> Result<bool, Refusal> {
    let (_, now) = planned(case)?;
    let not = |because| Err(Refusal::NotThatOutcome { outcome, because });
    let earliest = ground.moment.earliest_micros();
    match outcome {
        Outcome::NotAttended | Outcome::NotReached => {
            match (outcome == Outcome::NotReached, case.is_on_the_line()) {
                (false, true) => return not(Because::OnTheLine),
                (true, false) => return not(Because::NotOnTheLine),
                (true, true) | (false, false) => {}
            }
            if earliest < now.slot.ends_micros {
                return not(Because::TimeNotOver);
            }
            if now.person_came {
                return not(Because::PersonCame);
            }
            let todo = case.todo(ground.book, ground.moment.at_micros());
            if todo.iter().any(|todo| todo.before == Before::Start && todo.need.is_offices()) {
                return not(Because::OfficeNotReady);
            }
            Ok(false)
        }
        Outcome::CancelledByOffice => {
            let owed = case.request().is_some_and(super::state::Request::is_owed) || case.has_adjustment();
            let noted = |one: &super::state::Noted| matches!(one.of, NotedOf::Answer { .. } | NotedOf::AnotherDeclined);
            let declined = now.has_declined() && !case.noted.iter().any(noted);
            if owed && !declined { not(Because::Owed) } else { Ok(false) }
        }
        Outcome::CancelledByPerson if case.phase == Phase::Closed => Ok(false),
        Outcome::CancelledByPerson => not(Because::PersonsToCancel),
        Outcome::Moved => not(Because::MovedByNaming),
        // It was held, and nobody pressed the button. Who was to be recorded is owed it, and the team leader says so.
        Outcome::NotRecorded => {
            if earliest < now.slot.starts_micros {
                return not(Because::TimeNotCome);
            }
            let ruling = case.ruling(ground.book);
            let owed = case.intent(ruling.as_ref()) != Intent::NotRecorded;
            if owed && !has_role(Role::TeamLeader, ground)? {
                return not(Because::IsOwedHere);
            }
            Ok(owed)
        }
        Outcome::Recorded | Outcome::RecordedInPart => not(Because::WasNotHeld),
    }
}

enum Was {
    NotRecorded,
    Part,
    Whole,
}

/// What there is of it: whole where a side recorded from the beginning to the end and nobody gave that up.
fn was(case: &Case) -> Was {
    let whole = |one: &Recording| one.from_start && one.stopped.is_none() && !one.is_given_up;
    if case.recordings_now().any(whole) {
        Was::Whole
    } else if case.recordings_now().any(Recording::is_of_use) {
        Was::Part
    } else {
        Was::NotRecorded
    }
}
