//! The meeting itself: the room, who is in it, begin, pause, stop, end.
//!
//! Not here: the recorder, which `desk` moves in step with these events; what must be before (`todo.rs`). Invariants: it begins recorded only
//! when nothing of the list is missing, and unrecorded only when nobody is owed a recording; a recording that ended does not begin again.

use super::command::Command;
use super::decide::{Draft, Ground, not_back, planned, said};
use super::event::What;
use super::papers::is_running;
use super::refusal::Refusal;
use super::state::{Case, Held};
use super::todo::{Before, Intent, Todo};
use super::word::{Party, Stop};
use crate::moment::TOLERANCE_MICROS;
use crate::refusal::Refusal as Common;

/// How long before its time a meeting may begin: half a day, so that a day's appointments can be taken in another order.
const EARLY_MICROS_MAX: i64 = 12 * 60 * 60 * 1_000_000;
/// As many of a kind as a room holds.
const PRESENT_MAX: u32 = 100;

pub(super) fn decide(case: &Case, command: &Command, ground: &Ground<'_>) -> Result<Vec<Draft>, Refusal> {
    let draft: Draft = match command {
        Command::Look { check, good, words } => {
            if !good {
                said(words.reason.as_ref(), "reason")?;
            }
            What::Checked { check: *check, good: *good }.with(words)
        }
        Command::Enter { party, words } => return enter(case, *party, words),
        Command::Depart { party } => {
            if !case.present.contains_key(party) {
                return Err(Refusal::NotNow { what: "nobody of that kind is in the room", first: "note who came in" });
            }
            What::Left { party: *party }.into()
        }
        Command::Start { recorded } => start(case, *recorded, ground)?.into(),
        Command::Pause { pause, words } => {
            if !is_running(case) || held(case)?.is_paused {
                return Err(not_running());
            }
            What::Paused { pause: *pause }.with(words)
        }
        Command::Resume => {
            if !is_running(case) || !held(case)?.is_paused {
                return Err(Refusal::NotNow { what: "no recording pauses", first: "nothing is to be done" });
            }
            What::Resumed.into()
        }
        Command::StopRecording { stop, words } => {
            if !is_running(case) {
                return Err(not_running());
            }
            if *stop == Stop::OptedOut {
                return Err(Refusal::NotNow {
                    what: "only the person's own word ends it so",
                    first: "note that the person opts out",
                });
            }
            What::Stopped { stop: *stop }.with(words)
        }
        Command::GoOn { goes_on } => {
            let held = held(case)?;
            if held.stopped.is_none() {
                return Err(Refusal::NotNow { what: "the recording has not stopped", first: "nothing is to be done" });
            }
            What::WentOn { goes_on: *goes_on }.into()
        }
        Command::End { ending, words } => {
            missing(case, Before::End, ground)?;
            What::Ended { ending: *ending }.with(words)
        }
        _ => return Err(Refusal::AlreadySo),
    };
    Ok(vec![draft])
}

fn held(case: &Case) -> Result<&Held, Refusal> {
    case.held.as_ref().ok_or(Refusal::NotNow { what: "it has not begun", first: "begin it" })
}

fn not_running() -> Refusal {
    Refusal::NotNow { what: "nothing is being recorded", first: "nothing is to be done" }
}

/// Whoever comes in is on the record with their name in the private part.
fn enter(case: &Case, party: Party, words: &crate::custody::Words) -> Result<Vec<Draft>, Refusal> {
    said(words.name.as_ref(), "name")?;
    let count = case.present.get(&party).copied().unwrap_or_default();
    if count >= PRESENT_MAX || (party == Party::Person && count > 0) {
        return Err(Refusal::AlreadySo);
    }
    Ok(vec![What::Entered { party }.with(words)])
}

fn start(case: &Case, recorded: bool, ground: &Ground<'_>) -> Result<What, Refusal> {
    not_back(case, ground.moment)?;
    let (_, now) = planned(case)?;
    let until_slot = now.slot.starts_micros.saturating_sub(ground.moment.at_micros());
    if until_slot > EARLY_MICROS_MAX + TOLERANCE_MICROS {
        return Err(Refusal::BadSlot { what: "its time has not come: it can be moved to now, with a cause" });
    }
    for party in [Party::Person, Party::Professional] {
        if !case.present.contains_key(&party) {
            return Err(Refusal::NotNow {
                what: "the person and whoever holds the meeting are not both in the room",
                first: "note who came in",
            });
        }
    }
    let ruling = case.ruling(ground.book);
    let recorded_by = match (case.intent(ruling.as_ref()), recorded) {
        (Intent::Undecided, _) => {
            missing(case, Before::Start, ground)?;
            return Err(Common::NotProposed.into());
        }
        (Intent::Recorded(side), true) => {
            // What no rule covers begins unrecorded or not at all.
            if let Err(refusal) = ruling {
                return Err(refusal.into());
            }
            missing(case, Before::Start, ground)?;
            Some(side)
        }
        (Intent::NotRecorded, false) => None,
        (Intent::NotRecorded, true) => return Err(Refusal::NotToBeRecorded),
        (Intent::Recorded(_), false) => return Err(Refusal::IsToBeRecorded),
    };
    let cited = match (&ruling, recorded_by) {
        (Ok(ruling), Some(_)) => ruling.all().iter().map(|(_, applied)| crate::cited::Cited::from(applied)).collect(),
        _ => Vec::new(),
    };
    Ok(What::Started { recorded_by, cited })
}

/// Refuses while something of the list must be first.
pub(super) fn missing(case: &Case, before: Before, ground: &Ground<'_>) -> Result<(), Refusal> {
    let missing: Vec<Todo> = case.todo(ground.book).into_iter().filter(|todo| todo.before == before).collect();
    if missing.is_empty() { Ok(()) } else { Err(Refusal::NotReady { missing }) }
}
