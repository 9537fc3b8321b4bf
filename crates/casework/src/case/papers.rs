//! What is told, sent and agreed: formats, letters, the opt-out, agreements.
//!
//! Not here: writing and sending letters (`desk`), which letters and agreements must be (`todo.rs`). Invariants: a refusal to agree stands on the record beside
//! the agreements; nobody but the person opts out, and it costs them nothing.

use super::command::Command;
use super::decide::{Draft, Ground, planned, said};
use super::event::What;
use super::refusal::Refusal;
use super::state::{Case, Phase};
use super::todo::{Intent, cited, is_unless_opted_out};
use super::word::{Consent, Party, Stop};

pub(super) fn decide(case: &Case, command: &Command, ground: &Ground<'_>) -> Result<Vec<Draft>, Refusal> {
    let draft: Draft = match command {
        Command::ExplainOptOut { channel } => {
            let ruling = case.ruling(ground.book)?;
            if !is_unless_opted_out(&ruling) {
                return Err(not_by_default());
            }
            What::OptOutExplained { channel: *channel }.into()
        }
        Command::OptOut { words } => return opt_out(case, words, ground),
        Command::ChooseFormat { format, language } => {
            if case.reads == (*format, *language) {
                return Err(Refusal::AlreadySo);
            }
            What::FormatChosen { format: *format, language: *language }.into()
        }
        Command::IssueLetter { letter, template, digest, format, language, dispatch, words } => {
            said(words.salt.as_ref(), "salt")?;
            let issued = What::LetterIssued {
                letter: *letter,
                template: template.clone(),
                digest: *digest,
                format: *format,
                language: *language,
                dispatch: *dispatch,
            };
            issued.with(words)
        }
        Command::Agree { party, template, digest, consent, words } => {
            said(words.salt.as_ref(), "salt")?;
            speaks_on_recording(case, *consent)?;
            let agreed = What::Agreed { party: *party, template: template.clone(), digest: *digest, consent: *consent };
            agreed.with(words)
        }
        Command::RefuseAgreement { party, words } => return refuse(case, *party, words),
        _ => return Err(Refusal::AlreadySo),
    };
    Ok(vec![draft])
}

fn not_by_default() -> Refusal {
    Refusal::NotNow {
        what: "the office does not record such meetings of its own accord",
        first: "if somebody asked to record, note that the request is withdrawn",
    }
}

/// The person says no to a recording that the office makes of its own accord, or to any that is running.
fn opt_out(case: &Case, words: &crate::custody::Words, ground: &Ground<'_>) -> Result<Vec<Draft>, Refusal> {
    if case.opted_out {
        return Err(Refusal::AlreadySo);
    }
    let is_running = is_running(case);
    let ruling = case.ruling(ground.book);
    let by_default = ruling.as_ref().is_ok_and(is_unless_opted_out);
    if case.phase == Phase::Begun && !is_running {
        return Err(Refusal::NotNow { what: "nothing is recorded", first: "nothing is to be done" });
    }
    if case.phase == Phase::Planned {
        let asked = matches!(case.intent(ruling.as_ref()), Intent::Undecided)
            || case.request().is_some_and(|request| request.asked == super::state::Asked::Accepted);
        if asked {
            return Err(Refusal::NotNow {
                what: "a request to record stands",
                first: "note that the request is withdrawn, then that the person opts out",
            });
        }
        if !by_default {
            return Err(not_by_default());
        }
    }
    let rule = ruling.as_ref().ok().and_then(|ruling| ruling.agreement().ok()).filter(|_| by_default);
    let mut drafts = vec![What::OptedOut { cited: cited(rule) }.with(words)];
    if is_running {
        drafts.push(What::Stopped { stop: Stop::OptedOut }.into());
    }
    Ok(drafts)
}

/// Somebody who refuses while it runs ends the recording with that.
fn refuse(case: &Case, party: Party, words: &crate::custody::Words) -> Result<Vec<Draft>, Refusal> {
    let (_, now) = planned(case)?;
    if now.agreed.get(&party) == Some(&None) {
        return Err(Refusal::AlreadySo);
    }
    let mut drafts = vec![What::AgreementRefused { party }.with(words)];
    if is_running(case) {
        drafts.push(What::Stopped { stop: Stop::AgreementWithdrawn }.into());
    }
    Ok(drafts)
}

/// What is agreed to aloud is agreed to while it is recorded.
fn speaks_on_recording(case: &Case, consent: Consent) -> Result<(), Refusal> {
    if consent == Consent::Spoken && !is_running(case) {
        return Err(Refusal::NotNow {
            what: "nothing is recorded on which it could be heard",
            first: "begin the recording first",
        });
    }
    Ok(())
}

/// Whether a recording is going on or pauses.
pub(super) fn is_running(case: &Case) -> bool {
    case.held.as_ref().is_some_and(|held| held.recorded_by.is_some() && held.stopped.is_none() && held.ended.is_none())
}
