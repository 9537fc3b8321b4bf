//! What applied to a case, from which version, and why: the rules of each of its days, and those that its own decisions named.
//!
//! Not how it is put to somebody (`explain.rs`, `http/cases`). Invariants: nothing of it is a word about a person; a case that was decided under older rules
//! is told by the same text for ever, whatever packs came later; what no rule covers is said, never left out.

use casework::Cited;
use casework::case::{Case, Event};
use rules::{Book, Date, Explanation};

use crate::error::{Error, Result};
use crate::office::Office;

/// One appointment, and what the rules of its day say.
pub(crate) struct OfADay {
    /// From 1.
    pub(crate) number: usize,
    pub(crate) day: Date,
    /// What became of it, once that is said.
    pub(crate) outcome: Option<String>,
    pub(crate) explanation: Explanation,
}

/// One event that names the rules that it kept.
pub(crate) struct Decided {
    pub(crate) number: u64,
    pub(crate) at_us: i64,
    /// What it is called.
    pub(crate) word: String,
    pub(crate) cited: Vec<Cited>,
    /// Whether each of these packs is in use here, with that very text.
    pub(crate) is_known: bool,
}

/// All of it.
pub(crate) struct Explained {
    pub(crate) appointments: Vec<OfADay>,
    pub(crate) decided: Vec<Decided>,
}

impl Office {
    /// What applied to a case.
    pub(crate) async fn explained(&self, case: &Case, events: &[Event]) -> Result<Explained> {
        let Some(plan) = case.plan() else {
            return Err(Error::of("there is no such case").hint("look at its reference"));
        };
        let mut appointments = Vec::new();
        for (number, one) in (1..).zip(case.appointments()) {
            let begins = jiff::Timestamp::from_microsecond(one.slot.starts_micros).unwrap_or_default();
            let day = self.book.day_of(begins, plan.jurisdiction);
            let day = day.map_err(|err| Error::of(err).hint("see to the packs of rules that office.toml names"))?;
            let kept = self.kept_of(case, number - 1).await?;
            let asked = rules::Case { meeting: plan.meeting, jurisdiction: plan.jurisdiction, day, kept };
            let outcome = one.outcome.map(|outcome| outcome.to_string());
            appointments.push(OfADay { number, day, outcome, explanation: self.book.explain(&asked) });
        }
        let cites = |event: &&Event| !event.what.cited().is_empty();
        let decided = events.iter().filter(cites).map(|event| decided(event, &self.book)).collect();
        Ok(Explained { appointments, decided })
    }

    /// What the vault keeps of the recordings of one appointment, from 0.
    async fn kept_of(&self, case: &Case, appointment: usize) -> Result<Vec<rules::Thing>> {
        let mut kept = Vec::new();
        let ours = case.recordings().iter().filter(|one| one.appointment == appointment);
        for id in ours.filter_map(|one| one.copies.as_ref()?.thing) {
            let thing = self.thing(id).await?;
            kept.extend(thing.ruled());
        }
        Ok(kept)
    }

    /// The case that somebody means by its reference.
    pub(crate) async fn case_referred_to(&self, reference: &str) -> Result<(Case, Vec<Event>)> {
        let none = || {
            Error::of("no case has that reference").hint("look at it again: three groups of four letters and digits")
        };
        let id = crate::db::cases::referred_to(&self.db, reference).await?.ok_or_else(none)?;
        // The row may have been written by anybody: what counts is the case's own word.
        let (case, events) = self.case_with_events(id).await?;
        match case.plan().is_some_and(|plan| plan.reference.as_str() == reference) {
            true => Ok((case, events)),
            false => Err(none()),
        }
    }
}

fn decided(event: &Event, book: &Book) -> Decided {
    let cited = event.what.cited().to_vec();
    let is_here = |one: &Cited| {
        book.packs().any(|pack| {
            let id = pack.id();
            (id.name.as_str(), id.version, id.digest_hex()) == (one.pack.as_str(), one.version, one.digest.clone())
        })
    };
    let is_known = cited.iter().all(is_here);
    Decided { number: event.number, at_us: event.at_micros, word: event.what.word(), cited, is_known }
}
