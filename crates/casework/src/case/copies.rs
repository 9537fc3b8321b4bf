//! The copies: made alike, looked at on the spot, in the hands of both sides, the office's in the vault.
//!
//! Not here: making and reading them (`recorder`, `seal`), keeping them (`vault`). Invariants: copies that can be compared are alike; none is
//! handed over that was not looked at; who does not want theirs need not take it.

use std::collections::BTreeSet;

use super::command::Command;
use super::decide::Draft;
use super::event::{SidesCopy, What};
use super::refusal::Refusal;
use super::state::{Case, Copies};
use super::todo::is_good;
use super::word::Carrier;
use crate::custody::Verdict;
use crate::hex::Digest;
use crate::refusal::Refusal as Common;
use rules::Side;

pub(super) fn decide(case: &Case, command: &Command) -> Result<Vec<Draft>, Refusal> {
    let draft: Draft = match command {
        Command::MakeCopies { recording, copies } => make(case, *recording, copies)?.into(),
        Command::CheckCopy { side, verdict } => {
            made(case, *side)?;
            What::CopyChecked { side: *side, verdict: *verdict }.into()
        }
        Command::HandOver { side, words } => hand_over(case, *side)?.with(words),
        Command::RefuseCopy { words } => {
            let copies = made(case, Side::Person)?;
            if copies.is_refused || copies.handed_over.contains(&Side::Person) {
                return Err(Refusal::AlreadySo);
            }
            What::CopyRefused.with(words)
        }
        Command::Keep { thing } => {
            let copies = made(case, Side::Office)?;
            if copies.thing.is_some() {
                return Err(Refusal::AlreadySo);
            }
            if !is_checked(copies, Side::Office) {
                return Err(unchecked());
            }
            What::Kept { thing: *thing }.into()
        }
        _ => return Err(Refusal::AlreadySo),
    };
    Ok(vec![draft])
}

fn make(case: &Case, recording: Option<Digest>, copies: &[SidesCopy]) -> Result<What, Refusal> {
    if case.held.as_ref().is_none_or(|held| held.recorded_by.is_none()) {
        return Err(Refusal::NotNow { what: "nothing was recorded", first: "say what became of the meeting" });
    }
    if case.copies.as_ref().is_some_and(|copies| !copies.handed_over.is_empty() || copies.thing.is_some()) {
        return Err(Refusal::NotNow {
            what: "a copy is in somebody's hands already",
            first: "what is handed over is not made again",
        });
    }
    let sides: BTreeSet<Side> = copies.iter().map(|copy| copy.side).collect();
    if copies.is_empty() || sides.len() != copies.len() {
        return Err(Refusal::NotNow { what: "each side has one copy", first: "name each side once" });
    }
    for copy in copies {
        match (copy.carrier, copy.digest) {
            (Carrier::File, Some(_)) | (Carrier::Cassette | Carrier::Cd, _) => {}
            (Carrier::File, None) => return Err(Common::NoWords { what: "digest of the file" }.into()),
        }
    }
    let digests: BTreeSet<Digest> = copies.iter().filter_map(|copy| copy.digest).collect();
    if digests.len() > 1 {
        return Err(Refusal::CopiesDiffer);
    }
    Ok(What::CopiesMade { recording, copies: copies.to_vec() })
}

fn made(case: &Case, side: Side) -> Result<&Copies, Refusal> {
    let has = |copies: &&Copies| copies.made.iter().any(|copy| copy.side == side);
    let none = Refusal::NotNow { what: "that side's copy is not made", first: "make the copies" };
    case.copies.as_ref().filter(has).ok_or(none)
}

fn is_checked(copies: &Copies, side: Side) -> bool {
    copies.checked.get(&side).is_some_and(|verdict: &Verdict| is_good(*verdict))
}

fn unchecked() -> Refusal {
    Refusal::NotNow {
        what: "that copy is not checked, or did not hold",
        first: "check it; make the copies again if it does not hold",
    }
}

fn hand_over(case: &Case, side: Side) -> Result<What, Refusal> {
    let copies = made(case, side)?;
    if copies.handed_over.contains(&side) {
        return Err(Refusal::AlreadySo);
    }
    if !is_checked(copies, side) {
        return Err(unchecked());
    }
    Ok(What::HandedOver { side })
}
