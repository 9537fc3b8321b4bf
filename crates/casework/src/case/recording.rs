//! Recording while the meeting goes on: begin again, pause, stop; and what two people say of a recording of which no more can be had.
//!
//! Not here: the recorder, which `desk` moves in step with these events; the first beginning (`meeting.rs`). Invariants: nothing is recorded again without all that a first
//! beginning takes; nobody stops one for another's word; one person alone gives up none.

use super::because::Because;
use super::command::Command;
use super::decide::{Actor, Draft, Ground, is_another, not_back, said, staff};
use super::meeting::{kept, missing};
use super::need::{Before, List};
use super::refusal::Refusal;
use super::state::{Case, Recording};
use super::todo::Intent;
use super::what::What;
use super::word::{Party, Stop};
use crate::refusal::Refusal as Common;

pub(super) fn decide(case: &Case, command: &Command, ground: &Ground<'_>) -> Result<Vec<Draft>, Refusal> {
    let draft: Draft = match command {
        Command::StartRecording => begin(case, ground)?.into(),
        Command::Pause { pause, words } => {
            if !case.recordings.iter().any(|one| one.runs() && !one.is_paused) {
                return Err(Refusal::NotNow(Because::NothingRecorded));
            }
            What::Paused { pause: *pause }.with(words)
        }
        Command::Resume => resume(case, ground)?.into(),
        Command::StopRecording { side, stop, words } => {
            let recordings = case.running(*side);
            if recordings.is_empty() {
                return Err(Refusal::NotNow(Because::NothingRecorded));
            }
            may_stop(case, *stop)?;
            if let Actor::Staff(_) = ground.actor {
                said(words.reason.as_ref(), "reason")?;
            }
            What::Stopped { recordings, stop: *stop }.with(words)
        }
        Command::GiveUp { recording, words } => {
            said(words.reason.as_ref(), "reason")?;
            let one = over(case, *recording)?;
            let account = staff(ground)?;
            match &one.give_up_by {
                Some(by) if is_another(account, by, ground.staff)? => {
                    What::GivenUp { recording: *recording, proposed_by: by.clone() }.with(words)
                }
                Some(_) => return Err(Common::SamePerson.into()),
                None => What::GiveUpProposed { recording: *recording }.with(words),
            }
        }
        other => return Err(Refusal::Stray { deed: other.deed() }),
    };
    Ok(vec![draft])
}

/// A recording that has ended and that nobody gave up.
pub(super) fn over(case: &Case, number: u32) -> Result<&Recording, Refusal> {
    let one = case.recordings.iter().find(|one| one.number == number && one.is_over);
    let one = one.ok_or(Refusal::NotNow(Because::NoSuchRecording))?;
    if one.is_given_up { Err(Refusal::NotNow(Because::IsGivenUp)) } else { Ok(one) }
}

fn begin(case: &Case, ground: &Ground<'_>) -> Result<What, Refusal> {
    not_back(case, ground.moment)?;
    let ruling = case.ruling(ground.book);
    if let Intent::Undecided(_) = case.intent(ruling.as_ref()) {
        missing(case, Before::End, ground)?;
    }
    let sides = case.to_be_recorded(ruling.as_ref());
    if sides.is_empty() {
        return Err(Refusal::NotNow(Because::NothingMore));
    }
    // Whoever said that they go on without is not recorded because a recorder works again: they ask anew, or say that they do not go on.
    if case.held.as_ref().is_some_and(|held| held.goes_on == Some(true)) {
        return Err(Refusal::NotNow(Because::NothingMore));
    }
    missing(case, Before::Recording, ground)?;
    let cited = kept(case, ruling, true)?;
    Ok(What::RecordingStarted { recorded_by: sides.into_iter().collect(), cited })
}

/// It goes on when everything is there that a beginning takes: the room, whoever holds it, and nobody in it who has not agreed.
fn resume(case: &Case, ground: &Ground<'_>) -> Result<What, Refusal> {
    if !case.recordings.iter().any(|one| one.runs() && one.is_paused) {
        return Err(Refusal::NotNow(Because::NothingPauses));
    }
    if !case.present.iter().any(|one| one.party == Party::Person) {
        return Err(Refusal::NotNow(Because::PersonAway));
    }
    let holder = case.appointment().map(|now| &now.slot.staff);
    if !case.present.iter().any(|one| one.account.as_ref() == holder && one.account.is_some()) {
        return Err(Refusal::NotNow(Because::NotBoth));
    }
    let ruling = case.ruling(ground.book);
    let mut list = List(Vec::new());
    let when = (ground.book, ground.moment.at_micros());
    case.before_recording(ruling.as_ref(), &case.sides_running(), Before::Recording, when, &mut list);
    if list.0.is_empty() { Ok(What::Resumed) } else { Err(Refusal::NotReady { missing: list.0 }) }
}

/// An opt-out is the person's; a withdrawn agreement is that of somebody who refused and is there; a mistake is undone with the beginning.
fn may_stop(case: &Case, stop: Stop) -> Result<(), Refusal> {
    match stop {
        Stop::OptedOut => Err(Refusal::NotNow(Because::OnlyThePerson)),
        Stop::Mistaken => Err(Refusal::NotNow(Because::WasHeld)),
        Stop::AgreementWithdrawn if !case.present.iter().any(|one| one.agreed == Some(false)) => {
            Err(Refusal::NotNow(Because::NobodyRefuses))
        }
        Stop::AgreementWithdrawn | Stop::EquipmentFailed | Stop::NoMedium => Ok(()),
    }
}
