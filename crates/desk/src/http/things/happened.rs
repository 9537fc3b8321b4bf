//! What happened to a thing, one line for each event, as people read it.
//!
//! Not what happened (`casework::custody`), nor who sees it (its view). Invariant: a line has no words of anybody's but names in clear: those stand
//! beside it as far as they may be seen.

use casework::Account;
use casework::custody::{Entry, How, What};
use pages::cases::Happened;
use pages::wording::{self, Language, Words};

use super::words;
use crate::http::cases::deeds::{Listed as _, moments::said_day};
use crate::http::cases::lines::{clauses, field_name};

/// How moments are put in words.
pub(super) struct Telling<'a> {
    pub(super) language: Language,
    pub(super) when: &'a dyn Fn(i64) -> String,
}

impl Telling<'_> {
    /// Entries as a page has them, the newest first.
    pub(super) fn history(&self, entries: &[Entry<'_>]) -> Vec<Happened> {
        entries.iter().rev().map(|entry| self.one(entry)).collect()
    }

    fn one(&self, entry: &Entry<'_>) -> Happened {
        let event = entry.event;
        let by = event.by.as_ref().map(ToString::to_string);
        let program = || wording::case_program(self.language).as_str().to_owned();
        let kept_back = entry.is_kept_back.then(|| {
            let said = wording::words_kept_back(self.language).as_str().to_owned();
            (wording::words_reason(self.language), said)
        });
        let words = entry.words.iter().map(|(field, said)| (field_name(*field), (*said).to_owned()));
        Happened {
            number: event.number,
            when: (self.when)(event.at_micros),
            who: Words::said(self.language, by.unwrap_or_else(program)),
            what: self.line(&event.what),
            words: words.chain(kept_back).collect(),
            drawn: None,
            is_closed: entry.is_closed,
            clauses: clauses(event.what.cited()),
        }
    }

    /// The line of an event.
    fn line(&self, what: &What) -> Words {
        let l = self.language;
        match what {
            What::Received { .. } => wording::kept_received(l),
            What::Recovered { .. } | What::ItemRecovered { .. } => wording::kept_recovered(l),
            What::Described { .. } | What::ItemDescribed { .. } => wording::kept_described(l),
            What::KindNamed { kind, .. } => wording::kept_kind_named(l, &words::kind(Some(kind), l)),
            What::KindCorrected { kind, .. } => wording::kept_kind_corrected(l, &words::kind(Some(kind), l)),
            What::FactLearned(fact) => wording::kept_fact_learned(l, fact.fact.label(l).as_str(), &said_day(fact.day)),
            What::FactNamed { right, .. } => {
                wording::kept_fact_named(l, right.fact.label(l).as_str(), &said_day(right.day))
            }
            What::FactCorrected { right, .. } => {
                wording::kept_fact_corrected(l, right.fact.label(l).as_str(), &said_day(right.day))
            }
            What::Verified(verdict) => wording::kept_verified(l, verdict.label(l).as_str()),
            What::Accessed { how: How::Listened, purpose, range_ms, .. } => {
                wording::kept_listened(l, stretch(*range_ms, l).as_str(), purpose.label(l).as_str())
            }
            What::Accessed { how: How::Looked, purpose, .. } => wording::kept_looked(l, purpose.label(l).as_str()),
            What::Copied { way, .. } => wording::kept_copied(l, way.label(l).as_str()),
            What::Moved => wording::kept_moved(l),
            What::TransferAsked { basis, .. } => wording::kept_transfer_asked(l, basis.label(l).as_str()),
            What::TransferApproved { .. } => wording::kept_transfer_approved(l),
            What::Transferred { approved_by, .. } => wording::kept_transferred(l, &names(approved_by)),
            other => self.held(other),
        }
    }

    fn held(&self, what: &What) -> Words {
        let l = self.language;
        match what {
            What::Asked { kind, .. } => wording::kept_asked(l, kind.label(l).as_str()),
            What::Answered { on, .. } => wording::kept_answered(l, &said_day(*on)),
            What::HoldLapsed { .. } => wording::kept_hold_lapsed(l),
            What::Held { authority, .. } => wording::kept_held(l, authority.label(l).as_str()),
            What::HoldReviewed { .. } => wording::kept_hold_reviewed(l),
            What::ReleaseProposed { .. } => wording::kept_release_proposed(l),
            What::ReleaseApproved { .. } => wording::kept_release_approved(l),
            What::Released { approved_by, .. } => wording::kept_released(l, &names(approved_by)),
            What::HoldReplayed { .. } => wording::kept_hold_replayed(l),
            What::Missing { store } => wording::kept_missing(l, store.as_str()),
            What::Found { store } => wording::kept_found(l, store.as_str()),
            What::Rotten { store } => wording::kept_rotten(l, store.as_str()),
            What::Repaired { store, from } => wording::kept_repaired(l, store.as_str(), from.as_str()),
            other => self.destroyed(other),
        }
    }

    fn destroyed(&self, what: &What) -> Words {
        let l = self.language;
        match what {
            What::DueNoted { last_day, .. } => wording::kept_due(l, &said_day(*last_day)),
            What::DestructionProposed { .. } => wording::kept_proposed(l),
            What::DestructionApproved { .. } => wording::kept_approved(l),
            What::ApprovalWithdrawn => wording::kept_withdrawn(l),
            What::ApprovalsVoided => wording::kept_voided(l),
            What::Destroying { approved_by, .. } => wording::kept_destroying(l, &names(approved_by)),
            What::DestructionStopped { .. } => wording::kept_stopped(l),
            What::KeyErased { copies } => wording::kept_key_erased(l, &copies.to_string()),
            What::ObjectGone { store, .. } => wording::kept_object_gone(l, store.as_str()),
            What::Swept { place, removed } => wording::kept_swept(l, place.as_str(), &removed.to_string()),
            What::ItemDestroyed { method, by, place, .. } => {
                wording::kept_item_destroyed(l, method.label(l).as_str(), by, place)
            }
            What::Destroyed { .. } => wording::kept_destroyed(l),
            What::CertificateLogged { index, .. } => wording::kept_logged(l, &index.to_string()),
            // All others were asked before; a destruction that is replayed stands by itself.
            _ => wording::kept_destruction_replayed(l),
        }
    }
}

/// A stretch of a recording in words.
pub(super) fn stretch(range_ms: Option<(u64, u64)>, language: Language) -> Words {
    match range_ms {
        None => wording::kept_stretch_all(language),
        Some((from, until)) => wording::kept_stretch(language, &clock(from), &clock(until)),
    }
}

/// A time in a recording: 1:02:03, or 2:03.
pub(super) fn clock(ms: u64) -> String {
    let seconds = ms / 1000;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours == 0 { format!("{minutes}:{seconds:02}") } else { format!("{hours}:{minutes:02}:{seconds:02}") }
}

fn names(accounts: &[Account]) -> String {
    accounts.iter().map(Account::as_str).collect::<Vec<_>>().join(", ")
}
