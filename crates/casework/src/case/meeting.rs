//! The meeting itself: the room, who is in it, begin, incidents, end.
//!
//! Not here: recording while it goes on (`recording.rs`), the recorder, which `desk` moves in step with these events, what must be before (`todo.rs`). Invariants: it begins
//! recorded only when nothing of the list is missing, and unrecorded only when nobody is owed a recording, on the day whose rules are asked; whoever leaves is never
//! kept by what is missing.

use super::because::Because;
use super::command::Command;
use super::decide::{Draft, Ground, day, is_another, not_back, planned, said, staff};
use super::need::{Before, Todo};
use super::noted::heard;
use super::papers::pause;
use super::refusal::Refusal;
use super::state::{Case, Held};
use super::todo::Intent;
use super::what::What;
use super::word::{Ending, Incident, Party, Pause, Stop};
use crate::cited::Cited;
use crate::custody::{Words, confirmed};
use crate::moment::TOLERANCE_MICROS;
use crate::name::Account;
use crate::refusal::Refusal as Common;
use rules::{Agreement, RecordingRuling};

/// As many as a room holds.
const PRESENT_MAX: usize = 100;

pub(super) fn decide(case: &Case, command: &Command, ground: &Ground<'_>) -> Result<Vec<Draft>, Refusal> {
    match command {
        Command::Look { check, good, devices, words } => {
            if !good {
                said(words.reason.as_ref(), "reason")?;
            }
            let checked = What::Checked { check: *check, good: *good, devices: devices.clone() }.with(words);
            let heard = !good && *check == super::word::Check::NobodyElseHeard;
            let paused = heard.then(|| pause(case, Pause::Room)).flatten();
            Ok(paused.into_iter().chain([checked]).collect())
        }
        Command::Enter { party, account, words } => enter(case, *party, account.as_ref(), words, ground),
        Command::Depart { present } => {
            let one = case.present.iter().find(|one| one.number == *present);
            let one = one.ok_or(Refusal::NotNow(Because::NotHere))?;
            let away = (one.party == Party::Person).then(|| pause(case, Pause::Away)).flatten();
            Ok(away.into_iter().chain([What::Left { present: *present }.into()]).collect())
        }
        Command::Start { recorded } => Ok(vec![start(case, *recorded, ground)?.into()]),
        Command::GoOn { goes_on, channel, words } => {
            heard(words, ground)?;
            if !case.recordings_now().any(|one| one.stopped.is_some()) {
                return Err(Refusal::NotNow(Because::HasNotStopped));
            }
            if held(case)?.goes_on == Some(*goes_on) {
                return Err(Refusal::AlreadySo);
            }
            Ok(vec![What::WentOn { goes_on: *goes_on, channel: *channel }.with(words)])
        }
        Command::NoteIncident { incident, words } => {
            said(words.reason.as_ref(), "reason")?;
            let others = *incident == Incident::OthersHeard;
            let paused = others.then(|| pause(case, Pause::Room)).flatten();
            let mut drafts: Vec<Draft> = paused.into_iter().collect();
            drafts.push(What::IncidentNoted { incident: *incident }.with(words));
            if *incident == Incident::Unease {
                let ruling = case.ruling(ground.book);
                let by = ruling.as_ref().ok().and_then(|ruling| ruling.decides_unease().ok());
                drafts.push(What::Escalated { cited: super::need::cited(by) }.into());
            }
            Ok(drafts)
        }
        Command::End { ending, ended_micros, words } => end(case, *ending, *ended_micros, words, ground),
        Command::UndoStart { words } => undo(case, words, ground),
        other => Err(Refusal::Stray { deed: other.deed() }),
    }
}

fn held(case: &Case) -> Result<&Held, Refusal> {
    case.held.as_ref().ok_or(Refusal::NotNow(Because::NotBegun))
}

/// Whoever comes in is on the record, staff by their account, everybody else with their name in the private part.
fn enter(
    case: &Case,
    party: Party,
    account: Option<&Account>,
    words: &Words,
    ground: &Ground<'_>,
) -> Result<Vec<Draft>, Refusal> {
    let (_, now) = planned(case)?;
    let is_staff = matches!(party, Party::Professional | Party::Colleague);
    if is_staff != account.is_some() {
        return Err(Refusal::NotNow(Because::NamesStaff));
    }
    match account {
        Some(account) => {
            confirmed(account, ground.staff)?;
            if (party == Party::Professional) != (now.slot.staff == *account) {
                return Err(Refusal::NotNow(Because::NotTheHolder));
            }
        }
        None => said(words.name.as_ref(), "name")?,
    }
    on_the_day(case, ground)?;
    let is_there = |one: &super::appointment::Present| {
        (party == Party::Person && one.party == Party::Person) || (is_staff && one.account.as_ref() == account)
    };
    if case.present.len() >= PRESENT_MAX || case.present.iter().any(is_there) {
        return Err(Refusal::AlreadySo);
    }
    // Who has not signed is not recorded: it pauses until they have, or have gone.
    let signs = |ruling: &RecordingRuling| ruling.agreement().is_ok_and(|rule| rule.says.contains(&Agreement::Signed));
    let unsigned = party != Party::Person && !is_staff && case.ruling(ground.book).is_ok_and(|ruling| signs(&ruling));
    let paused = unsigned.then(|| pause(case, Pause::Entrant)).flatten();
    let entered = What::Entered { present: now.entered + 1, party, account: account.cloned() }.with(words);
    Ok(paused.into_iter().chain([entered]).collect())
}

/// The rules are those of the appointment's day: on another, it is another appointment.
fn on_the_day(case: &Case, ground: &Ground<'_>) -> Result<(), Refusal> {
    let (_, now) = planned(case)?;
    if case.held.is_some() {
        return Ok(());
    }
    let is_that = day(case, ground.moment.at_micros(), ground.book)? == day(case, now.slot.starts_micros, ground.book)?;
    if is_that { Ok(()) } else { Err(Refusal::BadSlot(Because::OtherDay)) }
}

fn start(case: &Case, recorded: bool, ground: &Ground<'_>) -> Result<What, Refusal> {
    not_back(case, ground.moment)?;
    let (_, now) = planned(case)?;
    on_the_day(case, ground)?;
    let is_there = |party: Party| case.present.iter().any(|one| one.party == party);
    let holder = case.present.iter().any(|one| one.account.as_ref() == Some(&now.slot.staff));
    if !is_there(Party::Person) || !holder {
        return Err(Refusal::NotNow(Because::NotBoth));
    }
    let ruling = case.ruling(ground.book);
    let sides = match (case.intent(ruling.as_ref()), recorded) {
        (Intent::Recorded(_), false) => return Err(Refusal::IsToBeRecorded),
        (Intent::NotRecorded, true) => return Err(Refusal::NotToBeRecorded),
        (Intent::Recorded(sides), true) => sides.into_iter().collect(),
        // Undecided, the list says so.
        (Intent::NotRecorded, false) | (Intent::Undecided(_), _) => Vec::new(),
    };
    missing(case, Before::Start, ground)?;
    let cited = kept(case, ruling, recorded)?;
    Ok(What::Started { recorded_by: sides, cited })
}

/// The rules that were kept. What no rule covers is recorded as an adjustment or not at all.
pub(super) fn kept(
    case: &Case,
    ruling: Result<RecordingRuling, rules::Refusal>,
    recorded: bool,
) -> Result<Vec<Cited>, Refusal> {
    match ruling {
        Ok(ruling) if recorded => Ok(ruling.all().iter().map(|(_, applied)| Cited::from(applied)).collect()),
        Err(refusal) if recorded && !case.has_adjustment() => Err(refusal.into()),
        Ok(_) | Err(_) => Ok(Vec::new()),
    }
}

fn end(
    case: &Case,
    ending: Ending,
    ended_micros: Option<i64>,
    words: &Words,
    ground: &Ground<'_>,
) -> Result<Vec<Draft>, Refusal> {
    let held = held(case)?;
    if ending == Ending::Finished {
        missing(case, Before::End, ground)?;
        if ended_micros.is_none() && !case.present.iter().any(|one| one.party == Party::Person) {
            return Err(Refusal::NotNow(Because::PersonAway));
        }
    }
    if let Some(ended) = ended_micros {
        said(words.reason.as_ref(), "reason")?;
        let latest = ground.moment.latest_micros().saturating_add(TOLERANCE_MICROS);
        if ended < held.started_micros || ended > latest {
            return Err(Refusal::NotNow(Because::EndOutside));
        }
    }
    let ruling = case.ruling(ground.book);
    let spoken = ruling.as_ref().ok().and_then(|ruling| ruling.agreement().ok());
    let spoken = spoken.is_some_and(|rule| rule.says.contains(&Agreement::SpokenOnRecording));
    let unheard = spoken && case.recordings_now().any(|one| !one.agreed_aloud);
    Ok(vec![What::Ended { ending, ended_micros, unheard }.with(words)])
}

/// It had begun by mistake, and somebody else than whoever began it says so. What was recorded till then is kept or given up like any recording.
fn undo(case: &Case, words: &Words, ground: &Ground<'_>) -> Result<Vec<Draft>, Refusal> {
    said(words.reason.as_ref(), "reason")?;
    if let Some(by) = &held(case)?.started_by
        && !is_another(staff(ground)?, by, ground.staff)?
    {
        return Err(Common::SamePerson.into());
    }
    let recordings: Vec<u32> = case.recordings_now().map(|one| one.number).collect();
    let mut drafts = Vec::new();
    if !recordings.is_empty() {
        drafts.push(What::Stopped { recordings, stop: Stop::Mistaken }.into());
    }
    drafts.push(What::StartUndone.with(words));
    Ok(drafts)
}

/// Refuses while something of the list must be first.
pub(super) fn missing(case: &Case, before: Before, ground: &Ground<'_>) -> Result<(), Refusal> {
    let todo = case.todo(ground.book, ground.moment.at_micros());
    let missing: Vec<Todo> = todo.into_iter().filter(|todo| todo.before == before).collect();
    if missing.is_empty() { Ok(()) } else { Err(Refusal::NotReady { missing }) }
}
