//! A thing comes in, is used and looked after.
//!
//! Not here: the check of a file (`seal`), finding what is missing or rotten (`vault`). Invariants: what does not verify is not taken in; a day that has not come
//! yet is no fact, nor one before there was any rule; a kind that no rule knows is none; a fact once given is not changed by one person.

use super::command::Command;
use super::decide::{Draft, Ground, day, place};
use super::event::{Body, What};
use super::thing::Thing;
use super::word::{FactDay, Verdict};
use super::words::Words;
use crate::refusal::Refusal;

pub(super) fn decide(thing: &Thing, command: &Command, ground: &Ground<'_>) -> Result<Vec<Draft>, Refusal> {
    let draft = match command {
        Command::Receive { kind, jurisdiction, facts, body, words } => {
            known(kind, ground)?;
            days(facts, *jurisdiction, ground)?;
            ruled(Some(kind), *jurisdiction, given(facts), ground)?;
            body_is_sound(body, words)?;
            let (kind, jurisdiction, body) = (kind.clone(), *jurisdiction, body.clone());
            What::Received { kind, jurisdiction, facts: sorted(facts), body }.with(words)
        }
        Command::Recover { object, sealed_len_bytes } => {
            What::Recovered { object: *object, sealed_len_bytes: *sealed_len_bytes }.into()
        }
        Command::RecoverItem { medium, label, recording, words } => {
            said(words.label.as_ref(), "label")?;
            said(words.place.as_ref(), "place")?;
            What::ItemRecovered { medium: *medium, label: *label, recording: *recording }.with(words)
        }
        Command::Describe { kind, jurisdiction, facts, plain_len_bytes, commitment, verdict, words } => {
            undescribed(thing, false)?;
            known(kind, ground)?;
            days(facts, *jurisdiction, ground)?;
            ruled(Some(kind), *jurisdiction, given(facts), ground)?;
            What::Described {
                kind: kind.clone(),
                jurisdiction: *jurisdiction,
                facts: sorted(facts),
                plain_len_bytes: *plain_len_bytes,
                commitment: commitment.clone(),
                verdict: *verdict,
            }
            .with(words)
        }
        Command::DescribeItem { kind, jurisdiction, facts, words } => {
            undescribed(thing, true)?;
            known(kind, ground)?;
            days(facts, *jurisdiction, ground)?;
            ruled(Some(kind), *jurisdiction, given(facts), ground)?;
            let (kind, jurisdiction) = (kind.clone(), *jurisdiction);
            What::ItemDescribed { kind, jurisdiction, facts: sorted(facts) }.with(words)
        }
        Command::LearnFact { fact } => {
            let place = place(thing)?;
            days(std::slice::from_ref(fact), place, ground)?;
            if thing.facts.contains_key(&fact.fact) {
                return Err(Refusal::FactKnown { fact: fact.fact });
            }
            ruled(thing.kind.as_ref(), place, thing.facts_with(std::slice::from_ref(fact)), ground)?;
            What::FactLearned(*fact).into()
        }
        Command::Verify { verdict } => What::Verified(*verdict).into(),
        Command::Access { how, purpose, range_ms, range_bytes, words } => {
            let (range_ms, range_bytes) = (*range_ms, *range_bytes);
            What::Accessed { how: *how, purpose: *purpose, range_ms, range_bytes }.with(words)
        }
        Command::Copy { way, receipt, words } => {
            said(words.receiver.as_ref(), "receiver")?;
            What::Copied { way: *way, receipt: *receipt }.with(words)
        }
        Command::Move { words } => {
            if !matches!(thing.body, Some(Body::Physical { .. })) {
                return Err(Refusal::OtherBody);
            }
            said(words.place.as_ref(), "new place")?;
            What::Moved.with(words)
        }
        other => health(thing, other)?.into(),
    };
    Ok(vec![draft])
}

/// That the rules know such a kind: a slip of the pen would have nothing checked and nothing ever due.
pub(super) fn known(kind: &rules::Kind, ground: &Ground<'_>) -> Result<(), Refusal> {
    if ground.book.kinds().contains(kind) {
        return Ok(());
    }
    Err(Refusal::UnknownKind { kind: kind.clone(), nearest: ground.book.nearest_kind(kind.as_str()).cloned() })
}

/// That it waits to be described, as an item or as an object.
pub(super) fn undescribed(thing: &Thing, as_item: bool) -> Result<(), Refusal> {
    match (&thing.kind, &thing.body) {
        (Some(_), _) => Err(Refusal::AlreadySo),
        (None, body) if matches!(body, Some(Body::Physical { .. })) != as_item => Err(Refusal::OtherBody),
        _ => Ok(()),
    }
}

/// What a scrub found.
pub(super) fn health(thing: &Thing, command: &Command) -> Result<What, Refusal> {
    if !matches!(thing.body, Some(Body::Electronic { .. })) {
        return Err(Refusal::OtherBody);
    }
    let unwell = |store: &crate::name::Name| match thing.unwell.get(store) {
        Some(_) => Ok(()),
        None => Err(Refusal::StoreWell { store: store.clone() }),
    };
    Ok(match command {
        Command::NoteMissing { store } if thing.unwell.get(store) == Some(&false) => return Err(Refusal::AlreadySo),
        Command::NoteRotten { store } if thing.unwell.get(store) == Some(&true) => return Err(Refusal::AlreadySo),
        Command::NoteMissing { store } => What::Missing { store: store.clone() },
        Command::NoteRotten { store } => What::Rotten { store: store.clone() },
        Command::NoteFound { store } => {
            unwell(store)?;
            What::Found { store: store.clone() }
        }
        Command::NoteRepaired { store, from } => {
            unwell(store)?;
            What::Repaired { store: store.clone(), from: from.clone() }
        }
        _ => return Err(Refusal::NotProposed),
    })
}

fn body_is_sound(body: &Body, words: &Words) -> Result<(), Refusal> {
    match body {
        Body::Electronic { verdict, .. } => verifies(*verdict),
        Body::Physical { .. } => {
            said(words.label.as_ref(), "label")?;
            said(words.place.as_ref(), "place")
        }
    }
}

/// That a check found nothing wrong.
pub(super) fn verifies(verdict: Verdict) -> Result<(), Refusal> {
    match verdict {
        Verdict::NotIntact | Verdict::CannotSay => Err(Refusal::DoesNotVerify { verdict }),
        _ => Ok(()),
    }
}

/// Days in the life of a thing lie behind, by the latest that it can be.
pub(super) fn days(facts: &[FactDay], place: rules::Jurisdiction, ground: &Ground<'_>) -> Result<(), Refusal> {
    let today = day(ground.moment.latest_micros(), place, ground.book)?;
    if let Some(FactDay { fact, day }) = facts.iter().find(|one| one.day > today) {
        return Err(Refusal::FactAhead { fact: *fact, day: *day });
    }
    // A term counts from it: which of the two was meant is not ours to choose.
    let is_doubted = |one: &&FactDay| facts.iter().any(|other| other.fact == one.fact && other.day != one.day);
    match facts.iter().find(is_doubted) {
        Some(FactDay { fact, .. }) => Err(Refusal::FactTwice { fact: *fact }),
        None => Ok(()),
    }
}

/// Facts as rules are asked by them.
fn given(facts: &[FactDay]) -> rules::Facts {
    facts.iter().fold(rules::Facts::new(), |all, one| all.with(one.fact, one.day))
}

/// That the day a rule counts from does not lie before the first such rule: it is a slip of the pen, and nothing would ever be due. Where no rule at
/// all is known, or one that counts from a day not known yet, there is nothing to hold it against.
pub(super) fn ruled(
    kind: Option<&rules::Kind>,
    place: rules::Jurisdiction,
    facts: rules::Facts,
    ground: &Ground<'_>,
) -> Result<(), Refusal> {
    let Some(kind) = kind else { return Ok(()) };
    let rule = rules::RuleName::Retention(kind.clone());
    let asked = rules::Thing { kind: kind.clone(), jurisdiction: place, facts };
    let day = match ground.book.due(&asked) {
        Err(rules::Refusal::NotInForce { name, day, .. }) if name == rule => day,
        _ => return Ok(()),
    };
    match ground.book.known_from(&rule, place) {
        Some(first) if day < first => Err(Refusal::BeforeRules { rule, day, first }),
        _ => Ok(()),
    }
}

/// One day for each fact, in order.
fn sorted(facts: &[FactDay]) -> Vec<FactDay> {
    let by_fact: std::collections::BTreeMap<_, _> = facts.iter().map(|one| (one.fact, *one)).collect();
    by_fact.into_values().collect()
}

/// Words that a command cannot do without.
pub(super) fn said(words: Option<&String>, what: &'static str) -> Result<(), Refusal> {
    if words.is_some_and(|words| !words.trim().is_empty()) { Ok(()) } else { Err(Refusal::NoWords { what }) }
}
