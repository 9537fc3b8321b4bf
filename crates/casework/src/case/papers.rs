//! What is told, sent and agreed: formats, letters, the opt-out, agreements.
//!
//! Not here: writing and sending letters (`desk`), which letters and agreements must be (`todo.rs`). Invariants: a refusal to agree stands on the record beside
//! the agreements; nobody but the person opts out, at any time, and it costs them nothing; each agrees for themselves.

use super::asking::withdrawn;
use super::because::Because;
use super::command::Command;
use super::decide::{Actor, Draft, Ground, planned, said};
use super::event::Who;
use super::need::cited;
use super::noted::heard;
use super::refusal::Refusal;
use super::state::{Case, Phase};
use super::todo::is_unless_opted_out;
use super::what::What;
use super::word::{Channel, Consent, Party, Pause, Stop, Withdrawal};
use crate::custody::Words;
use rules::Side;

pub(super) fn decide(case: &Case, command: &Command, ground: &Ground<'_>) -> Result<Vec<Draft>, Refusal> {
    let draft: Draft = match command {
        Command::ExplainOptOut { channel } => {
            if !is_unless_opted_out(&case.ruling(ground.book)?) {
                return Err(Refusal::NotNow(Because::NotByDefault));
            }
            What::OptOutExplained { channel: *channel }.into()
        }
        Command::OptOut { channel, words } => return opt_out(case, *channel, words, ground),
        Command::OptIn { channel, words } => {
            heard(words, ground)?;
            if !is_unless_opted_out(&case.ruling(ground.book)?) {
                return Err(Refusal::NotNow(Because::NotByDefault));
            }
            if !case.opted_out {
                return Err(Refusal::AlreadySo);
            }
            What::OptedIn { channel: *channel }.with(words)
        }
        Command::ChooseFormat { format, language } => {
            let form = Words { note: Some(format!("{format} {language}")), ..Words::default() };
            What::FormatChosen.with(&form)
        }
        Command::IssueLetter { letter, template, digest, fits, dispatch, words } => {
            said(words.salt.as_ref(), "salt")?;
            if !fits {
                said(words.reason.as_ref(), "reason")?;
            }
            let (letter, template, digest) = (*letter, template.clone(), *digest);
            What::LetterIssued { letter, template, digest, fits: *fits, dispatch: *dispatch }.with(words)
        }
        Command::Agree { who, template, digest, consent, words } => {
            said(words.salt.as_ref(), "salt")?;
            speaks_for(case, *who, ground)?;
            if *consent == Consent::Spoken && !case.is_recorded_now() {
                return Err(Refusal::NotNow(Because::NotHeardAnywhere));
            }
            What::Agreed { who: *who, template: template.clone(), digest: *digest, consent: *consent }.with(words)
        }
        Command::RefuseAgreement { who, words } => return refuse(case, *who, words, ground),
        other => return Err(Refusal::Stray { deed: other.deed() }),
    };
    Ok(vec![draft])
}

/// The person's no to the office's recording, with the rules that let them say it.
pub(super) fn opted_out(case: &Case, channel: Channel, ground: &Ground<'_>) -> What {
    let ruling = case.ruling(ground.book);
    let ruling = ruling.as_ref().ok().filter(|ruling| is_unless_opted_out(ruling));
    What::OptedOut { channel, cited: cited(ruling.and_then(|ruling| ruling.agreement().ok())) }
}

/// The person says no to a recording that the office makes of its own accord, or to any of its that is running. What they record themselves is another matter.
fn opt_out(case: &Case, channel: Channel, words: &Words, ground: &Ground<'_>) -> Result<Vec<Draft>, Refusal> {
    heard(words, ground)?;
    let running = case.running(Some(Side::Office));
    let by_default = case.ruling(ground.book).is_ok_and(|ruling| is_unless_opted_out(&ruling));
    let request = case.request().filter(|one| one.is_owed() && one.asking.device_of == Side::Office);
    if running.is_empty() {
        if !by_default {
            return Err(Refusal::NotNow(Because::NotByDefault));
        }
        if case.opted_out && request.is_none() {
            return Err(Refusal::AlreadySo);
        }
    }
    let mut drafts = vec![opted_out(case, channel, ground).with(words)];
    // Whoever does not want it recorded does not want what they asked for either. Withdrawing it costs nothing.
    drafts.extend(request.map(|request| withdrawn(request, Withdrawal::OwnWish, channel).into()));
    if !running.is_empty() {
        drafts.push(What::Stopped { recordings: running, stop: Stop::OptedOut }.into());
    }
    Ok(drafts)
}

/// Each speaks for themselves: the person and who came with them on the room's screen or noted by whoever holds it; staff in their own name.
fn speaks_for(case: &Case, who: Who, ground: &Ground<'_>) -> Result<(), Refusal> {
    let Who::Present(number) = who else { return Ok(()) };
    let one = case.present.iter().find(|one| one.number == number).ok_or(Refusal::NotNow(Because::NotHere))?;
    let is_theirs = match (ground.actor, &one.account) {
        (Actor::Staff(actor), Some(account)) => actor == account,
        (Actor::Staff(_) | Actor::Person, None) => one.party != Party::Person,
        (Actor::Person, Some(_)) | (Actor::Program, _) => false,
    };
    if is_theirs { Ok(()) } else { Err(Refusal::NotNow(Because::NotTheirs)) }
}

/// The person's no ends what runs. Anybody else's lets it pause: they may go out, and the person chooses.
fn refuse(case: &Case, who: Who, words: &Words, ground: &Ground<'_>) -> Result<Vec<Draft>, Refusal> {
    speaks_for(case, who, ground)?;
    if who == Who::Person {
        heard(words, ground)?;
    }
    let (_, now) = planned(case)?;
    let mut drafts = vec![What::AgreementRefused { who }.with(words)];
    match who {
        Who::Person => {
            if now.agreed == Some(None) {
                return Err(Refusal::AlreadySo);
            }
            let by_default = case.ruling(ground.book).is_ok_and(|ruling| is_unless_opted_out(&ruling));
            if by_default && !case.opted_out {
                drafts.push(opted_out(case, Channel::InPerson, ground).into());
            }
            let running = case.running(None);
            if !running.is_empty() {
                drafts.push(What::Stopped { recordings: running, stop: Stop::AgreementWithdrawn }.into());
            }
        }
        Who::Present(number) => {
            if case.present.iter().any(|one| one.number == number && one.agreed == Some(false)) {
                return Err(Refusal::AlreadySo);
            }
            drafts.extend(pause(case, Pause::Refused));
        }
    }
    Ok(drafts)
}

/// What runs pauses, if it does not yet.
pub(super) fn pause(case: &Case, pause: Pause) -> Option<Draft> {
    let goes = case.phase == Phase::Begun && case.recordings.iter().any(|one| one.runs() && !one.is_paused);
    goes.then(|| What::Paused { pause }.into())
}
