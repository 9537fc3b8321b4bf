//! What staff note as the person's word: that it is not yet the person's, what makes it so, and what undoes it.
//!
//! Not here: what each of those words does (`asking.rs`, `papers.rs`, `planning.rs`, `meeting.rs`, `copies.rs`, `closing.rs`). Invariants: of what costs the person something, one member of staff alone
//! is never believed: the person confirms it, or somebody else of the staff who says from where they know; disowned, it is as if it had not been said.

use super::appointment::Another;
use super::because::Because;
use super::command::Command;
use super::decide::{Actor, Draft, Ground, is_another};
use super::event::{By, Event, Who};
use super::refusal::Refusal;
use super::state::{Asked, Case, Noted, NotedOf, Phase};
use super::what::What;
use super::word::{Answer, Stop};
use crate::custody::Words;
use crate::name::Account;
use crate::refusal::Refusal as Common;
use rules::Side;

pub(super) fn decide(case: &Case, command: &Command, ground: &Ground<'_>) -> Result<Vec<Draft>, Refusal> {
    match command {
        Command::Tell { about, channel, words } => {
            if !case.to_tell.contains_key(about) {
                return Err(Refusal::NotNow(Because::NothingToTell));
            }
            Ok(vec![What::Told { about: *about, channel: *channel }.with(words)])
        }
        Command::Confirm { of, words } => {
            let all = together(case, *of)?;
            vouched(&all[0].by, words, ground)?;
            let mut drafts = vec![What::Confirmed { of: *of }.with(words)];
            drafts.extend(all[1..].iter().map(|one| What::Confirmed { of: one.number }.into()));
            Ok(drafts)
        }
        Command::Disown { of, words } => {
            let all = together(case, *of)?;
            vouched(&all[0].by, words, ground)?;
            if all.iter().any(|one| one.of == NotedOf::Cancelled) && case.followed_by.is_some() {
                return Err(Refusal::NotNow(Because::IsFollowed));
            }
            let mut drafts = Vec::new();
            // Nobody is recorded on a word that was not theirs.
            let running = case.running(Some(Side::Office));
            if all.iter().any(|one| one.of == NotedOf::OptIn) && !running.is_empty() {
                drafts.push(What::Stopped { recordings: running, stop: Stop::OptedOut }.into());
            }
            drafts.push(What::Disowned { of: *of }.with(words));
            drafts.extend(all[1..].iter().map(|one| What::Disowned { of: one.number }.into()));
            Ok(drafts)
        }
        other => Err(Refusal::Stray { deed: other.deed() }),
    }
}

/// What was noted in one go, the one that is named first.
fn together(case: &Case, of: u64) -> Result<Vec<&Noted>, Refusal> {
    let first = case.noted.iter().find(|one| one.number == of).ok_or(Refusal::NotNow(Because::NothingNoted))?;
    let next = |one: &&Noted| one.number == of + 1 && one.by == first.by;
    Ok(std::iter::once(first).chain(case.noted.iter().filter(next)).collect())
}

/// The person themselves; or another member of staff than whoever noted it, who says from where they know.
fn vouched(by: &Account, words: &Words, ground: &Ground<'_>) -> Result<(), Refusal> {
    let Actor::Staff(account) = ground.actor else { return Ok(()) };
    heard(words, ground)?;
    if is_another(account, by, ground.staff)? { Ok(()) } else { Err(Common::SamePerson.into()) }
}

/// What staff note for the person has a reason, or the reference of the call or letter.
pub(super) fn heard(words: &Words, ground: &Ground<'_>) -> Result<(), Refusal> {
    match ground.actor {
        Actor::Staff(_) => super::decide::said(words.reference.as_ref().or(words.reason.as_ref()), "reason"),
        Actor::Person | Actor::Program => Ok(()),
    }
}

impl Case {
    /// Puts down what only the person can mean and staff have said.
    pub(super) fn note(&mut self, event: &Event) {
        self.outdate(&event.what);
        let By::Staff(by) = &event.by else { return };
        let before = |number: u64| {
            let found = self.requests.iter().find(|one| one.number == number);
            found.map_or(Asked::Open, |one| one.asked.clone())
        };
        let of = match &event.what {
            What::Withdrawn { request, .. } => NotedOf::Withdrawal { request: *request, before: before(*request) },
            What::Asked { changes: Some(of), .. } => NotedOf::Change { of: *of, before: before(*of) },
            What::OptedOut { .. } => NotedOf::OptOut,
            What::OptedIn { .. } => NotedOf::OptIn,
            What::OfferAnswered { offer, answer: Answer::Accepted | Answer::Declined, .. } => {
                NotedOf::Answer { offer: *offer }
            }
            What::AgreementRefused { who: Who::Person } => {
                NotedOf::AgreementRefused { before: self.appointment().and_then(|now| now.agreed) }
            }
            What::Forgone { .. } => NotedOf::Forgone,
            What::AnotherDeclined { .. } => NotedOf::AnotherDeclined,
            What::Cancelled { .. } => NotedOf::Cancelled,
            What::CopyRefused { recording, .. } => NotedOf::CopyRefused { recording: *recording },
            What::WentOn { .. } => NotedOf::WentOn,
            _ => return,
        };
        self.noted.push(Noted { number: event.number, by: by.clone(), of });
    }

    /// What somebody says after it makes some of it void.
    fn outdate(&mut self, what: &What) {
        self.noted.retain(|one| match (&one.of, what) {
            (NotedOf::Withdrawal { .. }, What::Asked { .. })
            | (NotedOf::OptOut | NotedOf::OptIn, What::OptedIn { .. } | What::OptedOut { .. })
            | (NotedOf::AnotherDeclined, What::AnotherAsked { .. } | What::AnotherDeclined { .. })
            | (NotedOf::AgreementRefused { .. }, What::Agreed { who: Who::Person, .. } | What::Moved { .. })
            | (NotedOf::Cancelled, What::Reopened { .. })
            | (NotedOf::WentOn, What::WentOn { .. } | What::StartUndone | What::RecordingStarted { .. }) => false,
            (NotedOf::Change { .. }, What::Asked { changes, .. }) => changes.is_none(),
            (NotedOf::Change { .. }, What::Withdrawn { .. }) => false,
            (NotedOf::CopyRefused { recording }, What::HandedOver { recording: other, side, .. }) => {
                recording != other || *side != Side::Person
            }
            _ => true,
        });
    }

    /// As if it had not been said.
    pub(super) fn disown(&mut self, of: u64) {
        let Some(at) = self.noted.iter().position(|one| one.number == of) else { return };
        let noted = self.noted.remove(at);
        let mut restore = |number: u64, before: Asked| {
            if let Some(one) = self.requests.iter_mut().find(|one| one.number == number) {
                one.asked = before;
            }
        };
        let Some(now) = self.appointments.last_mut() else { return };
        match noted.of {
            NotedOf::Withdrawal { request, before } => restore(request, before),
            NotedOf::Change { of: old, before } => {
                restore(of, Asked::Changed);
                restore(old, before);
            }
            NotedOf::OptOut => self.opted_out = false,
            NotedOf::OptIn => self.opted_out = true,
            // A moved appointment does not move back by itself: its time may be over. The person is to be offered another.
            NotedOf::Answer { .. } | NotedOf::AnotherDeclined => now.another = Some(Another::Asked),
            NotedOf::AgreementRefused { before } => now.agreed = before,
            NotedOf::Forgone => now.is_forgone = false,
            NotedOf::Cancelled => {
                now.outcome = None;
                self.phase = Phase::Planned;
            }
            NotedOf::CopyRefused { recording } => {
                let copies = self.recordings.iter_mut().find(|one| one.number == recording);
                if let Some(copies) = copies.and_then(|one| one.copies.as_mut()) {
                    copies.is_refused = false;
                }
            }
            NotedOf::WentOn => {
                if let Some(held) = &mut self.held {
                    held.goes_on = None;
                }
            }
        }
    }
}
