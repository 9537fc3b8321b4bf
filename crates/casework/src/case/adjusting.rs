//! Recording as a reasonable adjustment, and looking into what the person is unhappy about.
//!
//! Not here: the request itself (`asking.rs`). Invariants: what an adviser grants takes back a refusal that it overrides; the person, and nobody for
//! them, says that they do without; a complaint that is solved ends no request.

use super::asking::reopened;
use super::because::Because;
use super::command::Command;
use super::decide::{Draft, Ground, day, planned, said};
use super::need::cited;
use super::noted::heard;
use super::refusal::Refusal;
use super::state::{Adjustment, Case};
use super::what::What;

pub(super) fn decide(case: &Case, command: &Command, ground: &Ground<'_>) -> Result<Vec<Draft>, Refusal> {
    let draft: Draft = match command {
        Command::ClaimAdjustment { channel, words } => {
            heard(words, ground)?;
            match case.adjustment {
                Adjustment::NotAsked | Adjustment::Denied => {}
                Adjustment::Claimed | Adjustment::WithAdviser { .. } | Adjustment::Granted { .. } => {
                    return Err(Refusal::AlreadySo);
                }
            }
            What::AdjustmentClaimed { channel: *channel }.with(words)
        }
        Command::AskAdviser { by_day, words } => {
            if matches!(case.adjustment, Adjustment::WithAdviser { .. } | Adjustment::Granted { .. }) {
                return Err(Refusal::AlreadySo);
            }
            if *by_day < day(case, ground.moment.earliest_micros(), ground.book)? {
                return Err(Refusal::BadSlot(Because::BeganBeforeNow));
            }
            let ruling = case.ruling(ground.book);
            let by = ruling.as_ref().ok().and_then(|ruling| ruling.decides_adjustment().ok());
            What::AdviserAsked { by_day: *by_day, cited: cited(by) }.with(words)
        }
        Command::DecideAdjustment { granted, words } => {
            said(words.reason.as_ref(), "reason")?;
            if matches!((case.adjustment, granted), (Adjustment::Granted { .. }, true) | (Adjustment::Denied, false)) {
                return Err(Refusal::AlreadySo);
            }
            return settled(case, What::AdjustmentDecided { granted: *granted }.with(words), *granted, ground);
        }
        Command::CarryAdjustment { from } => {
            if *from == case.id {
                return Err(Refusal::NotNow(Because::OwnCase));
            }
            if case.has_adjustment() {
                return Err(Refusal::AlreadySo);
            }
            return settled(case, What::AdjustmentCarried { from: *from }.into(), true, ground);
        }
        Command::Forgo { channel, words } => {
            heard(words, ground)?;
            if !case.has_adjustment() || case.request().is_some_and(|request| request.is_owed()) {
                return Err(Refusal::NotNow(Because::NotAnAdjustment));
            }
            if planned(case)?.1.is_forgone {
                return Err(Refusal::AlreadySo);
            }
            What::Forgone { channel: *channel }.with(words)
        }
        Command::OfferResolution { words } => {
            said(words.reason.as_ref(), "reason")?;
            What::ResolutionOffered.with(words)
        }
        Command::AnswerResolution { reply, words } => {
            if case.resolution.is_none() {
                return Err(Refusal::NotNow(Because::NoResolution));
            }
            What::ResolutionAnswered { reply: *reply }.with(words)
        }
        other => return Err(Refusal::Stray { deed: other.deed() }),
    };
    Ok(vec![draft])
}

/// A request that was decided otherwise waits again.
fn settled(case: &Case, draft: Draft, granted: bool, ground: &Ground<'_>) -> Result<Vec<Draft>, Refusal> {
    let mut then = case.clone();
    then.adjustment = if granted { Adjustment::Granted { from: None } } else { Adjustment::Denied };
    let (_, now) = planned(case)?;
    let slot = now.slot.clone();
    Ok(std::iter::once(draft).chain(reopened(&then, &slot, ground)).collect())
}
