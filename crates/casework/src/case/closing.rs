//! What became of an appointment, said by somebody and never left open.
//!
//! Not here: totals over many cases (`tally.rs`). Invariants: an outcome fits what happened; a recorded meeting is closed only when both sides have what is theirs;
//! what was said is put right by somebody else, and stays on the record.

use super::command::Command;
use super::decide::{Draft, Ground, day, is_another, not_back, planned, said, staff};
use super::event::What;
use super::meeting::missing;
use super::refusal::Refusal;
use super::state::{Case, Held, Phase};
use super::todo::{Before, is_equipment};
use super::word::Outcome;
use crate::refusal::Refusal as Common;

pub(super) fn decide(case: &Case, command: &Command, ground: &Ground<'_>) -> Result<Vec<Draft>, Refusal> {
    let (_, now) = planned(case)?;
    let draft: Draft = match command {
        Command::NoteOverdue => {
            if now.is_overdue {
                return Err(Refusal::AlreadySo);
            }
            let last = day(case, now.slot.ends_micros, ground.book)?;
            if day(case, ground.moment.earliest_micros(), ground.book)? <= last {
                return Err(Refusal::NotNow { what: "its day is not over", first: "wait until it is" });
            }
            What::Overdue.into()
        }
        Command::Close { outcome, words } => {
            staff(ground)?;
            not_back(case, ground.moment)?;
            fits(case, *outcome, ground)?;
            if needs_reason(*outcome) {
                said(words.reason.as_ref(), "reason")?;
            }
            missing(case, Before::Close, ground)?;
            let ruling = case.ruling(ground.book);
            let rule = ruling.as_ref().ok().and_then(|ruling| ruling.copies().ok());
            let rule = rule.filter(|_| matches!(outcome, Outcome::Recorded | Outcome::RecordedInPart));
            What::Closed { outcome: *outcome, cited: super::todo::cited(rule) }.with(words)
        }
        Command::CorrectOutcome { outcome, words } => {
            said(words.reason.as_ref(), "reason")?;
            let from = case.outcome().ok_or(Refusal::AlreadySo)?;
            if from == *outcome {
                return Err(Refusal::AlreadySo);
            }
            if let Some(closed_by) = &case.closed_by
                && !is_another(staff(ground)?, closed_by, ground.staff)?
            {
                return Err(Common::SamePerson.into());
            }
            fits(case, *outcome, ground)?;
            What::OutcomeCorrected { from, to: *outcome }.with(words)
        }
        _ => return Err(Refusal::AlreadySo),
    };
    Ok(vec![draft])
}

/// Whatever is not the plain course of things is explained.
fn needs_reason(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::RecordedInPart | Outcome::NotAttended | Outcome::CancelledByOffice)
}

fn fits(case: &Case, outcome: Outcome, ground: &Ground<'_>) -> Result<(), Refusal> {
    let (_, now) = planned(case)?;
    let not = |what| Err(Refusal::NotThatOutcome { outcome, what });
    let Some(held) = &case.held else {
        return match outcome {
            Outcome::NotAttended if ground.moment.earliest_micros() < now.slot.starts_micros => {
                not("its time has not come")
            }
            Outcome::NotAttended | Outcome::CancelledByPerson | Outcome::CancelledByOffice => Ok(()),
            Outcome::Moved => not("an appointment is moved by naming the new one"),
            _ => not("it was not held"),
        };
    };
    debug_assert!(matches!(case.phase, Phase::Ended | Phase::Closed), "a meeting that goes on is not closed");
    match (outcome, was(held)) {
        (Outcome::NotRecorded, Was::NotRecorded) => Ok(()),
        (Outcome::Recorded, Was::Whole) if has_copies(case) => Ok(()),
        // A part is all there is where the recording stopped, or where copies of it could not be had.
        (Outcome::RecordedInPart, Was::Part) => Ok(()),
        (Outcome::NotRecorded, Was::Part) if !has_copies(case) => Ok(()),
        (_, Was::NotRecorded) => not("it was not recorded"),
        (Outcome::Recorded, Was::Part) => not("the recording stopped before the meeting ended"),
        (Outcome::Recorded, Was::Whole) => not("no copy of the recording was made"),
        (_, Was::Whole) => not("it was recorded to its end"),
        (_, Was::Part) => not("a part of it was recorded"),
    }
}

enum Was {
    NotRecorded,
    Part,
    Whole,
}

fn was(held: &Held) -> Was {
    match (held.recorded_by, held.stopped) {
        (None, _) => Was::NotRecorded,
        (Some(_), None) => Was::Whole,
        (Some(_), Some(_)) => Was::Part,
    }
}

/// Whether copies were made, or are nobody's to make.
fn has_copies(case: &Case) -> bool {
    let stopped = case.held.as_ref().and_then(|held| held.stopped);
    case.copies.is_some() || !is_equipment(stopped)
}
