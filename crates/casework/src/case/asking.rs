//! Asking to record: the request and its decision.
//!
//! Not here: adjustments (`adjusting.rs`), letters and agreements (`papers.rs`). Invariants: the answer is yes unless a rule of the meeting's day bears out a ground, in the
//! words of two people; an adjustment is refused for nothing but what is barred for everybody; only the person's own word withdraws a request, and what the office
//! does to the appointment never does.

use rules::{Device, Doing, Notice, Occasion, RecordingRuling, Side};

use super::appointment::Appointment;
use super::because::Because;
use super::command::Command;
use super::decide::{Draft, Ground as Outside, day, is_another, not_back, planned, said, staff};
use super::event::{Asking, Slot};
use super::need::cited;
use super::noted::heard;
use super::papers::opted_out;
use super::refusal::Refusal;
use super::state::{Adjustment, Asked, Case, NotedOf, Phase, Request};
use super::todo::{asks_agreement, is_unless_opted_out};
use super::what::What;
use super::word::{Check, Ground, Stop, Withdrawal};
use crate::cited::Cited;
use crate::custody::{Words, confirmed};
use crate::refusal::Refusal as Common;
use crate::role::Role;

pub(super) fn decide(case: &Case, command: &Command, outside: &Outside<'_>) -> Result<Vec<Draft>, Refusal> {
    match command {
        Command::Ask { asking, words } => ask(case, asking, words, outside),
        Command::ChangeRequest { request, asking, words } => {
            let old = named(case, *request)?;
            if !old.is_owed() {
                return Err(nothing_asked());
            }
            heard(words, outside)?;
            // What runs is what was asked for: it ends by a word of its own, and not by another request.
            if case.sides_running().contains(&old.asking.device_of) {
                return Err(Refusal::NotNow(Because::RequestStands));
            }
            if old.asking == *asking {
                return Err(Refusal::AlreadySo);
            }
            is_asked_for(asking)?;
            let changes = Some(*request);
            let since_micros = old.since_micros;
            Ok(vec![What::Asked { asking: asking.clone(), since_micros, changes }.with(words)])
        }
        Command::Accept { request } => {
            not_back(case, outside.moment)?;
            let request = open(case, *request)?;
            let cited = allowed(case, request, outside)?;
            Ok(vec![What::Accepted { request: request.number, cited }.into()])
        }
        Command::ProposeRefusal { request, ground, words } => {
            said(words.reason.as_ref(), "reason")?;
            staff(outside)?;
            let request = refusable(case, *request, *ground)?;
            let cited = borne_out(case, request, *ground, outside)?;
            Ok(vec![What::RefusalProposed { request: request.number, ground: *ground, cited }.with(words)])
        }
        Command::ApproveRefusal { request, ground } => Ok(vec![approve(case, *request, *ground, outside)?.into()]),
        Command::Withdraw { request, why, channel, words } => {
            let request = named(case, *request)?;
            if !request.is_owed() {
                return Err(nothing_asked());
            }
            heard(words, outside)?;
            let mut drafts = vec![withdrawn(request, *why, *channel).with(words)];
            // Where the office would record all the same, whoever wants its recording no more is not recorded by it.
            let by_default = case.ruling(outside.book).is_ok_and(|ruling| is_unless_opted_out(&ruling));
            let to_come = case.phase != Phase::Ended;
            if request.asking.device_of == Side::Office && by_default && !case.opted_out && to_come {
                drafts.push(opted_out(case, *channel, outside).into());
            }
            let running = case.running(Some(request.asking.device_of));
            if !running.is_empty() {
                drafts.push(What::Stopped { recordings: running, stop: Stop::OptedOut }.into());
            }
            Ok(drafts)
        }
        other => Err(Refusal::Stray { deed: other.deed() }),
    }
}

pub(super) fn withdrawn(request: &Request, why: Withdrawal, channel: super::word::Channel) -> What {
    What::Withdrawn { request: request.number, why, channel }
}

fn nothing_asked() -> Refusal {
    Refusal::NotNow(Because::NoRequest)
}

/// The request that stands, if it is the one that is named.
fn named(case: &Case, number: u64) -> Result<&Request, Refusal> {
    let request = case.request().ok_or_else(nothing_asked)?;
    if request.number == number { Ok(request) } else { Err(Common::SubjectChanged.into()) }
}

fn open(case: &Case, number: u64) -> Result<&Request, Refusal> {
    let request = named(case, number)?;
    if request.is_open() { Ok(request) } else { Err(nothing_asked()) }
}

/// Whatever waits for a decision; and what was accepted, where something was found on the day itself that nobody knew.
fn refusable(case: &Case, number: u64, ground: Ground) -> Result<&Request, Refusal> {
    let request = named(case, number)?;
    match (&request.asked, ground) {
        (Asked::Open | Asked::RefusalProposed { was_accepted: false, .. }, _)
        | (
            Asked::Accepted | Asked::RefusalProposed { was_accepted: true, .. },
            Ground::Device | Ground::AgreementRefused,
        ) => Ok(request),
        (Asked::Accepted | Asked::RefusalProposed { .. }, _) => Err(Refusal::NotNow(Because::NothingNew)),
        (Asked::Refused { .. } | Asked::Withdrawn { .. } | Asked::Changed, _) => Err(nothing_asked()),
    }
}

fn is_asked_for(asking: &Asking) -> Result<(), Refusal> {
    if asking.doing == Doing::TakeNotes {
        return Err(Refusal::NotNow(Because::NotesNeedNoRequest));
    }
    if asking.device_of == Side::Office && !asking.devices.is_empty() {
        return Err(Refusal::NotNow(Because::OfficeNeedsNoDevice));
    }
    Ok(())
}

/// A request comes in at any time before the meeting ends, and again after a refusal or a withdrawal: what changed is the person's to say.
fn ask(case: &Case, asking: &Asking, words: &Words, outside: &Outside<'_>) -> Result<Vec<Draft>, Refusal> {
    if case.request().is_some_and(Request::is_owed) {
        return Err(Refusal::NotNow(Because::RequestStands));
    }
    is_asked_for(asking)?;
    // Whoever said so before has given notice, however often they change their mind.
    let first = case.requests.iter().map(|one| one.since_micros).min();
    let since_micros = first.unwrap_or(i64::MAX).min(outside.moment.earliest_micros());
    let mut drafts = vec![What::Asked { asking: asking.clone(), since_micros, changes: None }.with(words)];
    let ruling = case.ruling(outside.book);
    if let Ok(ruling) = &ruling
        && is_unless_opted_out(ruling)
        && asking.device_of == Side::Office
        && asking.doing == Doing::RecordSound
    {
        // Nobody has to decide what the rules do by themselves: the person only takes back their no.
        let cited = cited(ruling.office_records().ok());
        drafts.push(What::Accepted { request: case.number + 1, cited }.into());
        if case.opted_out {
            drafts.push(What::OptedIn { channel: asking.channel }.into());
        }
    }
    Ok(drafts)
}

/// The rules that say yes, as those of the meeting's day have it.
fn allowed(case: &Case, request: &Request, outside: &Outside<'_>) -> Result<Vec<Cited>, Refusal> {
    let ruling = case.ruling(outside.book);
    if case.has_adjustment() {
        // Where the rules are silent, the adjustment alone says yes; only what is barred for everybody is barred.
        let Ok(ruling) = &ruling else { return Ok(Vec::new()) };
        return match bars(request, ruling) {
            Some(cited) => Err(Refusal::NotSo { cited }),
            None => Ok(cited(ruling.decides_adjustment().ok())),
        };
    }
    let ruling = ruling?;
    let found = devices_found(case);
    if let Some(cited) = bars(request, &ruling).or_else(|| refuses_device(request, &found, &ruling)) {
        return Err(Refusal::NotSo { cited });
    }
    let mut yes = permits(request, &ruling)?;
    yes.extend(cited(ruling.decides_request().ok()));
    Ok(yes)
}

/// Whether it may be done with the device of that side.
fn permits(request: &Request, ruling: &RecordingRuling) -> Result<Vec<Cited>, Refusal> {
    let doing = request.asking.doing;
    if request.asking.device_of == Side::Office
        && let Ok(records) = ruling.office_records()
    {
        let does = records.says.iter().any(|one| *one != Occasion::Never);
        return match (does, doing) {
            (false, _) => Err(Refusal::NotSo { cited: cited(Some(records)) }),
            (true, Doing::RecordSound) => Ok(cited(Some(records))),
            (true, _) => Err(Refusal::NotToBeRecorded),
        };
    }
    // Of the office's recorder nothing is said: what the person may record, the office may record for them.
    let may = ruling.person_may()?;
    if may.says.contains(&doing) { Ok(cited(Some(may))) } else { Err(Refusal::NotToBeRecorded) }
}

/// The rules that bear out a ground.
fn borne_out(case: &Case, request: &Request, ground: Ground, outside: &Outside<'_>) -> Result<Vec<Cited>, Refusal> {
    // Whoever does not agree to be recorded is not recorded against their own word, adjustment or not.
    if !matches!(ground, Ground::Barred | Ground::AgreementRefused) {
        if matches!(case.adjustment, Adjustment::Claimed | Adjustment::WithAdviser { .. }) {
            return Err(Refusal::NotNow(Because::AdviserHasNotAnswered));
        }
        if case.has_adjustment() {
            return Err(Refusal::IsAdjustment);
        }
    }
    let ruling = match case.ruling(outside.book) {
        Ok(ruling) => ruling,
        Err(_) if ground == Ground::NoRule => return Ok(Vec::new()),
        Err(_) if ground == Ground::AgreementRefused && has_refused(case, request, false) => return Ok(Vec::new()),
        Err(refusal) => return Err(refusal.into()),
    };
    let is_offices = request.asking.device_of == Side::Office;
    let found = match ground {
        Ground::SameDay => {
            let notice = ruling.notice().ok().filter(|notice| notice.says.contains(&Notice::OnTheDayMayBeRefused));
            let same_day = case.is_same_day(request, outside.book)?;
            notice.filter(|_| same_day).map(|notice| cited(Some(notice)))
        }
        Ground::Device => refuses_device(request, &devices_found(case), &ruling),
        Ground::Barred => bars(request, &ruling),
        Ground::OfficeDoesNot => {
            let records = ruling.office_records().ok().filter(|records| records.says.contains(&Occasion::Never));
            records.filter(|_| is_offices).map(|records| cited(Some(records)))
        }
        Ground::NoRule => {
            let is_said = matches!(permits(request, &ruling), Ok(_) | Err(Refusal::NotSo { .. }));
            (!is_said).then(Vec::new)
        }
        Ground::AgreementRefused => {
            has_refused(case, request, asks_agreement(&ruling)).then(|| cited(ruling.agreement().ok()))
        }
    };
    found.ok_or_else(|| Refusal::NoGround { ground, cited: cited(ruling.person_may().ok()) })
}

/// Whether the person did not agree, in their own word, to what the rules ask them for or to the office's recording them.
fn has_refused(case: &Case, request: &Request, asked: bool) -> bool {
    let refused = case.appointment().is_some_and(|now| now.agreed == Some(None));
    let noted = case.noted.iter().any(|one| matches!(one.of, NotedOf::AgreementRefused { .. }));
    refused && !noted && (asked || request.asking.device_of == Side::Office)
}

/// What was found of the person's device on the spot, where it was not as it should be.
fn devices_found(case: &Case) -> Vec<Device> {
    let seen = case.appointment().and_then(|now| now.checks.get(&Check::Device));
    seen.filter(|seen| !seen.good).map(|seen| seen.devices.clone()).unwrap_or_default()
}

/// The rule that bars it for everybody.
fn bars(request: &Request, ruling: &RecordingRuling) -> Option<Vec<Cited>> {
    let barred = ruling.barred().ok()?;
    let doing: Doing = request.asking.doing;
    barred.says.contains(&doing).then(|| cited(Some(barred)))
}

/// The rule that does not allow the person's device, as they said it is or as it was found to be.
fn refuses_device(request: &Request, found: &[Device], ruling: &RecordingRuling) -> Option<Vec<Cited>> {
    let refused = ruling.devices_refused().ok()?;
    let is_refused = |device: &Device| refused.says.contains(device);
    let theirs = request.asking.device_of == Side::Person;
    (theirs && request.asking.devices.iter().chain(found).any(is_refused)).then(|| cited(Some(refused)))
}

/// No, when a second person finds the same, on what holds now.
fn approve(case: &Case, number: u64, ground: Ground, outside: &Outside<'_>) -> Result<What, Refusal> {
    not_back(case, outside.moment)?;
    let request = named(case, number)?;
    if !request.is_owed() {
        return Err(nothing_asked());
    }
    let Asked::RefusalProposed { by, ground: proposed, .. } = &request.asked else {
        return Err(Common::NotProposed.into());
    };
    if *proposed != ground {
        return Err(Common::SubjectChanged.into());
    }
    if !is_another(staff(outside)?, by, outside.staff)? {
        return Err(Common::SamePerson.into());
    }
    // Both count now: who has left, or decides nothing any more, has not said no with anybody.
    let proposer = confirmed(by, outside.staff)?;
    if ![Role::Interviewer, Role::TeamLeader].into_iter().any(|role| proposer.has(role)) {
        return Err(Common::NotProposed.into());
    }
    let cited = borne_out(case, request, ground, outside)?;
    Ok(What::Refused { request: request.number, ground, proposed_by: by.clone(), cited })
}

/// What was decided for one day, and does not hold for another, waits for a decision again.
pub(super) fn reopened(case: &Case, slot: &Slot, outside: &Outside<'_>) -> Option<Draft> {
    let request = case.request()?;
    let mut then = case.clone();
    then.appointments.push(Appointment::new(slot.clone(), None));
    let holds = match &request.asked {
        Asked::Accepted => allowed(&then, request, outside).is_ok(),
        Asked::Refused { ground } | Asked::RefusalProposed { ground, .. } => {
            borne_out(&then, request, *ground, outside).is_ok()
        }
        Asked::Open | Asked::Withdrawn { .. } | Asked::Changed => true,
    };
    (!holds).then(|| What::RequestReopened { request: request.number }.into())
}

impl Case {
    /// Whether the office knew only on the day of the appointment that stands, or later, that the person wants to record.
    ///
    /// # Errors
    /// The case is not planned, or no calendar covers the day.
    pub fn is_same_day(&self, request: &Request, book: &rules::Book) -> Result<bool, Refusal> {
        let (_, now) = planned(self)?;
        Ok(day(self, request.since_micros, book)? >= day(self, now.slot.starts_micros, book)?)
    }
}
