//! What a certificate says, from the events; and whether a reader will hold it for one, asked before anything is erased for it.
//!
//! Not making and keeping one (`certifying.rs`). Invariants: it says nothing that the events do not say, in the words that were approved, whatever rules and
//! clocks say since; a moment in it lies no later than clocks agreed on; a draft is what the certificate will be, made by the same code.

use casework::custody::{Approval, Body, Command, Event, Ground, Method as How, Thing, What};
use casework::staff::Staff;
use casework::{Cited, Digest, Moment, Name, ThingId};
use seal::certificate::{
    APPROVERS_MAX, Approver, Certificate, Fault, FaultKind, Method, Search, Store as CertifiedStore, Subject, will_hold,
};

use super::acts::refused;
use super::{Actor, Office};
use crate::error::{Error, Result};
use crate::vault::words::seconds;

/// What a certificate is made of.
pub(super) struct Draft<'a> {
    pub(super) thing: &'a Thing,
    pub(super) history: &'a [Event],
    pub(super) staff: &'a Staff,
}

/// How a destruction began.
pub(super) struct Begun<'a> {
    event: &'a Event,
    subject: Digest,
    earliest_us: i64,
    latest_us: i64,
}

impl Office {
    /// That a certificate of this destruction will hold, if it begins now. `logged_s` is what the log's witnesses say, where it was asked.
    pub(super) async fn can_be_certified(
        &self,
        actor: Option<&Actor>,
        thing: &Thing,
        command: &Command,
        (moment, logged_s): (&Moment, Option<u64>),
    ) -> Result<()> {
        let (staff, mut thing, mut history) = (self.staff().await?, thing.clone(), self.events(thing.id()).await?);
        let ground = Ground { book: &self.book, moment, staff: &staff, actor: actor.map(|actor| &actor.account) };
        for event in casework::custody::decide(&thing, command, &ground).map_err(|refusal| refused(&refusal))? {
            thing.apply(&event).map_err(|refusal| refused(&refusal))?;
            history.push(event);
        }
        self.foresee(&thing, history, &staff, logged_s)
    }

    /// The same once it has begun, of a history that holds: right before what cannot be undone. Of what is destroyed already there is nothing left to
    /// stop. The thing as that history has it.
    pub(super) async fn certifiable(&self, id: ThingId) -> Result<Thing> {
        let mut at = self.db.begin().await?;
        let (people, thing, _) = self.walked_in(&mut at, id).await?;
        let history = self.events_in(&mut at, id).await?;
        if begun(&thing, &history).is_some() {
            self.foresee(&thing, history, people.now(), None)?;
        }
        Ok(thing)
    }

    fn foresee(&self, thing: &Thing, history: Vec<Event>, staff: &Staff, logged_s: Option<u64>) -> Result<()> {
        let earliest_us = begun(thing, &history).map_or(i64::MAX, |begun| begun.earliest_us);
        let history = foreseen(thing, history, self.keyring_copies());
        let certificate = self.draft(&Draft { thing, history: &history, staff }, earliest_us)?;
        will_be_accepted(&certificate, earliest_us, logged_s)
    }

    /// The certificate that these events make, if it is made at a moment that is no earlier than this.
    pub(super) fn draft(&self, of: &Draft<'_>, earliest_us: i64) -> Result<Certificate> {
        let Draft { thing, history, staff } = of;
        let begun = begun(thing, history).ok_or_else(events_lost)?;
        let (subject, cited) = approved(history, begun.subject).ok_or_else(events_lost)?;
        let approvals = thing.destruction().map(|destruction| &destruction.approvals[..]).unwrap_or_default();
        let approvers: Option<Vec<Approver>> =
            approvals.iter().take(APPROVERS_MAX).map(|approval| approver(approval, staff)).collect();
        // What was done before it was not done after it, whichever clock was a little ahead.
        let before = approvals.iter().map(|approval| approval.at_micros).chain([begun.event.at_micros]);
        let destroyed_us = before.fold(earliest_us, i64::max);
        let ordered_by = begun.event.by.as_ref().map_or_else(|| "counterpartd".to_owned(), ToString::to_string);
        let said = by_hand(history);
        Ok(Certificate {
            method: self.method(thing, &subject, history, said.as_ref()),
            subject,
            clause: cited.first().ok_or_else(events_lost)?.clause.clone(),
            unconfirmed: cited.iter().any(|cited| cited.unconfirmed.is_some()),
            held_since_s: seconds(held_since(history).ok_or_else(events_lost)?),
            office: self.config.name.clone(),
            tool: concat!("counterpartd ", env!("CARGO_PKG_VERSION")).to_owned(),
            searched: self.searched(history),
            destroyed_s: seconds(destroyed_us),
            place: said.as_ref().map_or_else(|| self.config.place.clone(), |said| said.place.to_owned()),
            by: said.map_or(ordered_by, |said| said.by.to_owned()),
            no_hold_s: seconds(begun.event.at_micros),
            holds_before: count(history.iter().filter(|event| is_hold(&event.what))),
            time_sources: begun.event.clocks.iter().map(|clock| clock_words(*clock).to_owned()).collect(),
            time_earliest_s: seconds(begun.earliest_us),
            time_latest_s: seconds(begun.latest_us),
            approvers: approvers.ok_or_else(events_lost)?,
        })
    }

    fn method(&self, thing: &Thing, subject: &Subject, history: &[Event], said: Option<&ByHand<'_>>) -> Method {
        if matches!(subject.kept, seal::certificate::Kept::Item { .. }) {
            let standard = said.map(|said| said.standard.unwrap_or("none named"));
            // After a restore the keyring knows that it was destroyed, and not how.
            return Method::Physical {
                method: said
                    .map_or("destroyed by hand or machine; how is not known any more", |said| said.method)
                    .to_owned(),
                standard: standard.unwrap_or("not known").to_owned(),
            };
        }
        let stores = history.iter().filter_map(|event| match &event.what {
            What::ObjectGone { store, .. } => Some(CertifiedStore {
                kind: self.kind_of_store(store).to_owned(),
                place: format!("the office's {store} store"),
            }),
            _ => None,
        });
        let versions = history.iter().map(|event| match &event.what {
            What::ObjectGone { versions, .. } => u64::from(*versions),
            _ => 0,
        });
        Method::Erased {
            stores: stores.collect(),
            key: thing.id().0,
            office_key: u64::from(self.keyring.key_version()),
            key_copies: self.copies_erased(history).unwrap_or(0),
            versions: versions.sum(),
        }
    }

    /// From how many copies of the keyring the key went; what a restore learned from the keyring holds for all of them.
    fn copies_erased(&self, history: &[Event]) -> Option<u64> {
        history.iter().rev().find_map(|event| match event.what {
            What::KeyErased { copies } => Some(u64::from(copies)),
            What::DestructionReplayed { .. } => Some(u64::from(self.keyring_copies())),
            _ => None,
        })
    }

    /// Where was looked, as the events have it: what was configured since was not.
    fn searched(&self, history: &[Event]) -> Vec<Search> {
        let search = |count: u64, what: &str| (count > 0).then(|| Search { count, what: what.to_owned() });
        let stores = history.iter().filter(|event| matches!(event.what, What::ObjectGone { .. }));
        let places = history.iter().filter(|event| matches!(event.what, What::Swept { .. }));
        let all = [
            search(self.copies_erased(history).unwrap_or(0), "keyring copies"),
            search(count(stores), "stores, every version"),
            search(count(places), "folders of journals and copies"),
        ];
        all.into_iter().flatten().collect()
    }

    fn kind_of_store(&self, name: &Name) -> &'static str {
        let at = self.store_names.iter().position(|one| one == name);
        let at = match at {
            Some(0) => Some(&self.config.objects.at),
            _ => self.config.objects.second.as_ref(),
        };
        if at.is_some_and(|at| at.starts_with("s3://")) { "bucket" } else { "folder" }
    }
}

/// What somebody said of how a disc or tape was destroyed.
#[derive(Clone, Copy)]
struct ByHand<'a> {
    method: &'static str,
    by: &'a str,
    place: &'a str,
    standard: Option<&'a str>,
}

fn by_hand(history: &[Event]) -> Option<ByHand<'_>> {
    history.iter().rev().find_map(|event| match &event.what {
        What::ItemDestroyed { method, by, place, standard } => {
            Some(ByHand { method: method.as_str(), by, place, standard: standard.as_deref() })
        }
        _ => None,
    })
}

/// That readers will hold it for a certificate, whose log's witnesses show this moment or a later one.
pub(super) fn will_be_accepted(certificate: &Certificate, earliest_us: i64, logged_s: Option<u64>) -> Result<()> {
    let no_later_s = seconds(earliest_us).min(logged_s.unwrap_or(u64::MAX));
    will_hold(certificate, no_later_s).map_err(|fault| unfit(&fault))
}

/// The event by which the destruction of now began; nothing where its events were lost.
pub(super) fn begun<'a>(thing: &Thing, history: &'a [Event]) -> Option<Begun<'a>> {
    let known = thing.destruction()?.subject;
    let newest = history.iter().rev().find_map(|event| match &event.what {
        What::DestructionStopped { .. } => Some(None),
        What::Destroying { subject, earliest_micros, latest_micros, .. } => {
            Some(Some(Begun { event, subject: *subject, earliest_us: *earliest_micros, latest_us: *latest_micros }))
        }
        _ => None,
    });
    newest.flatten().filter(|begun| known == Some(begun.subject))
}

/// What was approved, and by which rules, in the words in which it was proposed: rules may have changed since.
fn approved(history: &[Event], wanted: Digest) -> Option<(Subject, &[Cited])> {
    let (text, cited) = history.iter().rev().find_map(|event| match &event.what {
        What::DestructionProposed { text, subject, cited } if *subject == wanted => Some((text, cited)),
        _ => None,
    })?;
    let subject = Subject::parse(text).ok().filter(|subject| subject.digest() == wanted.0)?;
    Some((subject, cited.as_slice()))
}

/// Since when it was held, at the latest. The clock of whoever took it in may have been ahead: then the next moment about which clocks agreed.
fn held_since(history: &[Event]) -> Option<i64> {
    let agreed = history.iter().filter(|event| event.clocks.len() >= 2).map(|event| event.at_micros);
    Some(agreed.fold(history.first()?.at_micros, i64::min))
}

/// The events as they will be when all is gone.
fn foreseen(thing: &Thing, mut history: Vec<Event>, copies: u32) -> Vec<Event> {
    let (Some(destruction), Some(last)) = (thing.destruction(), history.last().cloned()) else { return history };
    let is_item = matches!(thing.body(), Some(Body::Physical { .. }));
    let mut whats = Vec::new();
    if is_item && !destruction.is_item_destroyed {
        // Whatever will be said of it is held to what fits before it is taken down.
        let (by, place) = ("somebody".to_owned(), "somewhere".to_owned());
        whats.push(What::ItemDestroyed { method: How::Shredded, by, place, standard: None });
    }
    if !destruction.is_key_erased {
        whats.push(What::KeyErased { copies });
    }
    whats.extend(destruction.stores.iter().map(|store| What::ObjectGone { store: store.clone(), versions: 1 }));
    whats.extend(destruction.places.iter().map(|place| What::Swept { place: place.clone(), removed: 0 }));
    // By this machine's clock: whatever it says, a certificate does not go by it.
    let clocks = vec![casework::Clock::Local];
    history.extend(whats.into_iter().map(|what| Event { what, clocks: clocks.clone(), ..last.clone() }));
    history
}

fn events_lost() -> Error {
    Error::of("the events that say what was destroyed are lost, so no certificate can be made")
        .hint("the keyring's note of the destruction stands; look for a later backup")
}

/// No certificate is made: why not, and what to do.
pub(super) fn unfit(fault: &Fault) -> Error {
    let hint = match fault.kind {
        FaultKind::Persons | FaultKind::Signature => "have it approved again, by two people with keys of their own",
        FaultKind::Times | FaultKind::Contradictory => {
            "see to the clocks of this machine and of the log's witnesses; what lies ahead of them waits until they are there"
        }
        _ => "name and place in office.toml, and the clause of the rule, must fit in one (spec/certificate.md)",
    };
    Error::of(format_args!("no certificate of it would hold: {fault}")).hint(hint).with_code(crate::codes::REFUSED)
}

fn approver(approval: &Approval, staff: &Staff) -> Option<Approver> {
    let standing = staff.who(&approval.by)?;
    Some(Approver {
        account: approval.by.to_string(),
        // Accounts are enrolled with numbers only (`vault/people.rs`).
        person: standing.person.as_str().parse().ok()?,
        key: standing.key.0,
        signature: approval.signature.as_ref()?.0,
        approved_s: seconds(approval.at_micros),
    })
}

fn is_hold(what: &What) -> bool {
    matches!(what, What::Held { .. } | What::Asked { .. } | What::HoldReplayed { .. })
}

fn count(of: impl Iterator) -> u64 {
    of.count() as u64
}

fn clock_words(clock: casework::Clock) -> &'static str {
    match clock {
        casework::Clock::Local => "the office's own clock",
        casework::Clock::Log => "witnesses of the log",
        casework::Clock::Authority => "a time-stamping authority",
        _ => "a time server",
    }
}
