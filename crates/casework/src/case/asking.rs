//! Asking to record: the request, its decision, the adviser, and what the person is unhappy about.
//!
//! Not here: letters and agreements (`papers.rs`). Invariants: the answer is yes unless a rule of the meeting's day bears out a ground, in the words of
//! two people; an adjustment is refused for nothing but what is barred for everybody; only the person's own word withdraws a request.

use rules::{Device, Doing, Notice, Occasion, RecordingRuling, Side};

use super::command::Command;
use super::decide::{Draft, Ground as Outside, day, is_another, not_back, planned, said, staff};
use super::event::{Asking, What};
use super::refusal::Refusal;
use super::state::{Adjustment, Asked, Case, Request};
use super::todo::cited;
use super::word::Ground;
use crate::cited::Cited;
use crate::refusal::Refusal as Common;

pub(super) fn decide(case: &Case, command: &Command, outside: &Outside<'_>) -> Result<Vec<Draft>, Refusal> {
    let draft: Draft = match command {
        Command::Ask { asking, words } => ask(case, asking, outside)?.with(words),
        Command::Accept => accept(case, outside)?.into(),
        Command::ProposeRefusal { ground, words } => {
            said(words.reason.as_ref(), "reason")?;
            staff(outside)?;
            let request = open(case)?;
            let cited = borne_out(case, request, *ground, outside)?;
            What::RefusalProposed { ground: *ground, cited }.with(words)
        }
        Command::ApproveRefusal { ground } => approve(case, *ground, outside)?.into(),
        Command::Withdraw { why, words } => {
            match case.request().map(|request| &request.asked) {
                Some(Asked::Open | Asked::RefusalProposed { .. } | Asked::Accepted) => {}
                _ => return Err(nothing_asked()),
            }
            What::Withdrawn { why: *why }.with(words)
        }
        Command::AskAdviser { by_day, words } => {
            match case.adjustment {
                Adjustment::WithAdviser { .. } | Adjustment::Granted { .. } => return Err(Refusal::AlreadySo),
                _ => {}
            }
            let ruling = case.ruling(outside.book);
            let by = ruling.as_ref().ok().and_then(|ruling| ruling.decides_adjustment().ok());
            What::AdviserAsked { by_day: *by_day, cited: cited(by) }.with(words)
        }
        Command::DecideAdjustment { granted, words } => {
            said(words.reason.as_ref(), "reason")?;
            if !matches!(case.adjustment, Adjustment::WithAdviser { .. } | Adjustment::Claimed) {
                return Err(Refusal::NotNow {
                    what: "nobody asked the adviser",
                    first: "ask, with what the adviser should know",
                });
            }
            What::AdjustmentDecided { granted: *granted }.with(words)
        }
        Command::OfferResolution { words } => {
            said(words.reason.as_ref(), "reason")?;
            What::ResolutionOffered.with(words)
        }
        Command::AnswerResolution { reply, words } => {
            if case.resolution.is_none() {
                return Err(Refusal::NotNow { what: "nothing was offered", first: "offer it first" });
            }
            What::ResolutionAnswered { reply: *reply }.with(words)
        }
        _ => return Err(nothing_asked()),
    };
    Ok(vec![draft])
}

fn nothing_asked() -> Refusal {
    Refusal::NotNow { what: "no request to record stands", first: "note the request first, if there is one" }
}

fn open(case: &Case) -> Result<&Request, Refusal> {
    case.request().filter(|request| request.is_open()).ok_or_else(nothing_asked)
}

/// A request comes in at any time before the meeting, and again after a refusal or a withdrawal: what changed is the person's to say.
fn ask(case: &Case, asking: &Asking, outside: &Outside<'_>) -> Result<What, Refusal> {
    if let Some(Request { asked: Asked::Open | Asked::RefusalProposed { .. } | Asked::Accepted, .. }) = case.request() {
        return Err(Refusal::NotNow {
            what: "a request to record stands already",
            first: "look at it, or note that it is withdrawn",
        });
    }
    if asking.device_of == Side::Office && !asking.devices.is_empty() {
        return Err(Refusal::NotNow {
            what: "the office's recorder needs no device of the person's",
            first: "leave the devices out",
        });
    }
    let (_, now) = planned(case)?;
    let asked_on = day(case, outside.moment.at_micros(), outside.book)?;
    let same_day = asked_on >= day(case, now.slot.starts_micros, outside.book)?;
    Ok(What::Asked { asking: asking.clone(), same_day })
}

/// Yes, as the rules of the meeting's day have it.
fn accept(case: &Case, outside: &Outside<'_>) -> Result<What, Refusal> {
    not_back(case, outside.moment)?;
    let request = open(case)?;
    let ruling = case.ruling(outside.book)?;
    if let Some(cited) = bars(request, &ruling).or_else(|| refuses_device(request, &ruling)) {
        return Err(Refusal::NotSo { cited });
    }
    let may = ruling.person_may()?;
    if !may.says.contains(&request.asking.doing) {
        return Err(Refusal::NotToBeRecorded);
    }
    let decides = ruling.decides_request().ok();
    let cited = cited(Some(may)).into_iter().chain(cited(decides)).collect();
    Ok(What::Accepted { cited })
}

/// The rules that bear out a ground.
fn borne_out(case: &Case, request: &Request, ground: Ground, outside: &Outside<'_>) -> Result<Vec<Cited>, Refusal> {
    if matches!(case.adjustment, Adjustment::Claimed | Adjustment::WithAdviser { .. }) {
        return Err(Refusal::NotNow {
            what: "it is claimed as a reasonable adjustment, and the adviser has not answered",
            first: "ask the adviser",
        });
    }
    if case.has_adjustment() && ground != Ground::Barred {
        return Err(Refusal::IsAdjustment);
    }
    let ruling = match case.ruling(outside.book) {
        Ok(ruling) => ruling,
        Err(_) if ground == Ground::NoRule => return Ok(Vec::new()),
        Err(refusal) => return Err(refusal.into()),
    };
    let yes = ruling.person_may().ok();
    let found = match ground {
        Ground::SameDay => {
            let notice = ruling.notice().ok().filter(|notice| notice.says.contains(&Notice::OnTheDayMayBeRefused));
            notice.filter(|_| request.same_day).map(|notice| cited(Some(notice)))
        }
        Ground::Device => refuses_device(request, &ruling),
        Ground::Barred => bars(request, &ruling),
        Ground::OfficeDoesNot => {
            let records = ruling.office_records().ok();
            let does = records.is_some_and(|records| records.says.iter().any(|one| *one != Occasion::Never));
            (request.asking.device_of == Side::Office && !does).then(|| cited(records))
        }
        Ground::NoRule => yes.is_none_or(|yes| !yes.says.contains(&request.asking.doing)).then(Vec::new),
    };
    found.ok_or_else(|| Refusal::NoGround { ground, cited: cited(yes) })
}

/// The rule that bars it for everybody.
fn bars(request: &Request, ruling: &RecordingRuling) -> Option<Vec<Cited>> {
    let barred = ruling.barred().ok()?;
    let doing: Doing = request.asking.doing;
    barred.says.contains(&doing).then(|| cited(Some(barred)))
}

/// The rule that does not allow the person's device.
fn refuses_device(request: &Request, ruling: &RecordingRuling) -> Option<Vec<Cited>> {
    let refused = ruling.devices_refused().ok()?;
    let is_refused = |device: &Device| refused.says.contains(device);
    let theirs = request.asking.device_of == Side::Person;
    (theirs && request.asking.devices.iter().any(is_refused)).then(|| cited(Some(refused)))
}

/// No, when a second person finds the same, on what holds now.
fn approve(case: &Case, ground: Ground, outside: &Outside<'_>) -> Result<What, Refusal> {
    not_back(case, outside.moment)?;
    let request = open(case)?;
    let Asked::RefusalProposed { by, ground: proposed } = &request.asked else {
        return Err(Common::NotProposed.into());
    };
    if *proposed != ground {
        return Err(Common::SubjectChanged.into());
    }
    if !is_another(staff(outside)?, by, outside.staff)? {
        return Err(Common::SamePerson.into());
    }
    let cited = borne_out(case, request, ground, outside)?;
    Ok(What::Refused { ground, proposed_by: by.clone(), cited })
}
