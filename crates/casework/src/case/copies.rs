//! The copies of a recording: made alike, looked at on the spot, in the hands of both sides, the office's in the vault.
//!
//! Not here: making and reading them (`recorder`, `seal`), keeping them (`vault`). Invariants: copies are alike, by their digests or by somebody's ear; none is
//! handed over that was not looked at; each side says for itself that it has its own; who does not want theirs need not take it.

use std::collections::BTreeSet;

use super::because::Because;
use super::command::Command;
use super::decide::{Actor, Draft, Ground};
use super::event::SidesCopy;
use super::need::cited;
use super::noted::heard;
use super::recording::over;
use super::refusal::Refusal;
use super::state::{Case, Copies, Recording};
use super::todo::is_good;
use super::what::What;
use super::word::Carrier;
use crate::custody::Verdict;
use crate::hex::Digest;
use crate::refusal::Refusal as Common;
use rules::{Medium, Side};

pub(super) fn decide(case: &Case, command: &Command, ground: &Ground<'_>) -> Result<Vec<Draft>, Refusal> {
    let draft: Draft = match command {
        Command::MakeCopies { recording, id, copies, compared } => {
            let one = over(case, *recording)?;
            on_allowed_media(case, copies, ground)?;
            make(one, *id, copies, *compared)?.into()
        }
        Command::CheckCopy { recording, side, verdict } => {
            let one = over(case, *recording)?;
            let copies = made(one, *side)?;
            own_side(*side, ground)?;
            let is_sealed = copies.id.is_some();
            // Of what is sealed, a check says more than that a file is unchanged.
            if is_sealed && *verdict == Verdict::Unchanged {
                return Err(Refusal::NotNow(Because::Unchecked));
            }
            What::CopyChecked { recording: *recording, side: *side, verdict: *verdict }.into()
        }
        Command::HandOver { recording, side, receipt, words } => {
            let copies = made(over(case, *recording)?, *side)?;
            own_side(*side, ground)?;
            if copies.handed_over.contains_key(side) {
                return Err(Refusal::AlreadySo);
            }
            if !is_checked(copies, *side) {
                return Err(Refusal::NotNow(Because::Unchecked));
            }
            if *side == Side::Person && matches!(ground.actor, Actor::Staff(_)) {
                if receipt.is_none() {
                    return Err(Refusal::NotNow(Because::NoReceipt));
                }
                super::decide::said(words.salt.as_ref(), "salt")?;
            }
            What::HandedOver { recording: *recording, side: *side, receipt: *receipt }.with(words)
        }
        Command::RefuseCopy { recording, channel, words } => {
            heard(words, ground)?;
            let copies = made(over(case, *recording)?, Side::Person)?;
            if copies.is_refused || copies.handed_over.contains_key(&Side::Person) {
                return Err(Refusal::AlreadySo);
            }
            What::CopyRefused { recording: *recording, channel: *channel }.with(words)
        }
        Command::Keep { recording, thing } => {
            let copies = made(over(case, *recording)?, Side::Office)?;
            if copies.thing.is_some() {
                return Err(Refusal::AlreadySo);
            }
            if !is_checked(copies, Side::Office) {
                return Err(Refusal::NotNow(Because::Unchecked));
            }
            What::Kept { recording: *recording, thing: *thing }.into()
        }
        other => return Err(Refusal::Stray { deed: other.deed() }),
    };
    Ok(vec![draft])
}

/// Nobody says for the office what it has, and the person looks at their own.
fn own_side(side: Side, ground: &Ground<'_>) -> Result<(), Refusal> {
    let is_theirs = side == Side::Person || !matches!(ground.actor, Actor::Person);
    if is_theirs { Ok(()) } else { Err(Refusal::NotNow(Because::NotTheirs)) }
}

/// Where the rules name what copies may be on, they are on that.
fn on_allowed_media(case: &Case, copies: &[SidesCopy], ground: &Ground<'_>) -> Result<(), Refusal> {
    let ruling = case.ruling(ground.book);
    let Some(media) = ruling.as_ref().ok().and_then(|ruling| ruling.media().ok()) else { return Ok(()) };
    let allowed = |carrier: Carrier| match carrier {
        Carrier::File => false,
        Carrier::Cassette => media.says.contains(&Medium::Cassette),
        Carrier::Cd => media.says.contains(&Medium::Cd),
    };
    match copies.iter().all(|copy| allowed(copy.carrier)) {
        true => Ok(()),
        false => Err(Refusal::NotSo { cited: cited(Some(media)) }),
    }
}

/// Both sides' at once; or again for who has none yet, alike to the one that is in somebody's hands.
fn make(one: &Recording, id: Option<Digest>, copies: &[SidesCopy], compared: bool) -> Result<What, Refusal> {
    let sides: BTreeSet<Side> = copies.iter().map(|copy| copy.side).collect();
    if copies.is_empty() || sides.len() != copies.len() {
        return Err(Refusal::NotNow(Because::OneEach));
    }
    let old = one.copies.clone().unwrap_or_default();
    if old.thing.is_some() || sides.iter().any(|side| old.handed_over.contains_key(side)) {
        return Err(Refusal::NotNow(Because::InHands));
    }
    let kept: Vec<&SidesCopy> = old.made.iter().filter(|copy| old.handed_over.contains_key(&copy.side)).collect();
    let all: Vec<&SidesCopy> = kept.iter().copied().chain(copies).collect();
    if !Side::ALL.iter().all(|side| all.iter().any(|copy| copy.side == *side)) {
        return Err(Refusal::NotNow(Because::BothSides));
    }
    if copies.iter().any(|copy| copy.carrier == Carrier::File && copy.digest.is_none()) {
        return Err(Common::NoWords { what: "digest of the file" }.into());
    }
    // What the office's own recorder made is sealed, and has an id.
    if one.side == Side::Office && id.is_none() {
        return Err(Common::NoWords { what: "id of the recording" }.into());
    }
    let digests: BTreeSet<Digest> = all.iter().filter_map(|copy| copy.digest).collect();
    if digests.len() > 1 || (!kept.is_empty() && old.id != id) {
        return Err(Refusal::CopiesDiffer);
    }
    if all.iter().any(|copy| copy.digest.is_none()) && !compared {
        return Err(Refusal::NotNow(Because::NotCompared));
    }
    Ok(What::CopiesMade { recording: one.number, id, copies: copies.to_vec(), compared })
}

fn made(one: &Recording, side: Side) -> Result<&Copies, Refusal> {
    let has = |copies: &&Copies| copies.made.iter().any(|copy| copy.side == side);
    one.copies.as_ref().filter(has).ok_or(Refusal::NotNow(Because::NotMade))
}

fn is_checked(copies: &Copies, side: Side) -> bool {
    copies.checked.get(&side).is_some_and(|verdict: &Verdict| is_good(*verdict))
}
