//! What is shown of a thing, line by line: where it stands and what is next, what it is, what holds it, what is proposed.
//!
//! Not what may be seen: words come out of a view (`casework::custody`).
//! Invariants: nothing here is decided by; it is said by which rule, and how its last day was found.

use casework::custody::{Body, Entry, Field, Hold, Phase, Standing, Thing, Why};
use casework::{Cited, Refusal};
use pages::cases::{Colour, Fact, Known};
use pages::wording::{self, Words};

use super::words;
use crate::access::Desk;
use crate::http::access::answers::LANGUAGE;
use crate::http::cases::deeds::{Listed as _, moments::said_day};

/// Where a thing stands, and the colour of that.
pub(super) fn state(standing: &Standing) -> (Words, Colour) {
    let l = LANGUAGE;
    match standing {
        Standing::Held { .. } => (wording::thing_state_held(l), Colour::Blue),
        Standing::Due { .. } => (wording::thing_state_due(l), Colour::Yellow),
        Standing::Ready { .. } => (wording::thing_state_ready(l), Colour::Red),
        Standing::Destroying { .. } => (wording::thing_state_destroying(l), Colour::Red),
        Standing::Destroyed { .. } => (wording::thing_state_destroyed(l), Colour::Grey),
        _ => (wording::thing_state_kept(l), Colour::Green),
    }
}

/// What is next.
pub(super) fn next(thing: &Thing, standing: &Standing, when: &dyn Fn(i64) -> String) -> Words {
    let l = LANGUAGE;
    match standing {
        Standing::Kept { until: Ok(until) } => wording::thing_next_kept(l, &said_day(*until)),
        Standing::Kept { until: Err(why) } => wording::thing_next_no_end(l, &why.what()),
        Standing::Held { .. } => wording::thing_next_held(l),
        Standing::Due { since, waits: Refusal::TooFewApprovals { needed, found, .. } } => {
            wording::thing_next_proposed(l, &said_day(*since), &found.to_string(), &needed.to_string())
        }
        Standing::Due { since, .. } => wording::thing_next_due(l, &said_day(*since)),
        Standing::Ready { since } => wording::thing_next_ready(l, &said_day(*since)),
        Standing::Destroying { since_micros } => {
            let is_item = matches!(thing.body(), Some(Body::Physical { .. }));
            match is_item && thing.destruction().is_some_and(|destruction| !destruction.is_item_destroyed) {
                true => wording::thing_next_destroying_item(l, &when(*since_micros)),
                false => wording::thing_next_destroying(l, &when(*since_micros)),
            }
        }
        Standing::Destroyed { at_micros, .. } => wording::thing_next_destroyed(l, &when(*at_micros)),
        _ => Words::said(l, standing.to_string()),
    }
}

/// The rules by which it is kept so long.
pub(super) fn clauses(desk: &Desk, thing: &Thing) -> Vec<String> {
    let due = thing.due(&desk.office.book);
    let applied: Vec<Cited> = due.iter().flat_map(|due| due.applied()).map(Cited::from).collect();
    crate::http::cases::lines::clauses(&applied)
}

/// What it is.
pub(super) fn what(desk: &Desk, thing: &Thing, entries: &[Entry<'_>]) -> Known {
    let l = LANGUAGE;
    let mut facts = vec![fact(wording::thing_fact_kind(l), vec![words::kind(thing.kind(), l)])];
    for field in [Field::Title, Field::Label, Field::Place] {
        facts.extend(newest(entries, field).map(|said| fact(crate::http::cases::lines::field_name(field), vec![said])));
    }
    match thing.body() {
        Some(Body::Physical { medium, recording, .. }) => {
            facts.push(fact(wording::thing_fact_medium(l), vec![medium.label(l).as_str().to_owned()]));
            facts.extend(recording.map(|id| fact(wording::thing_fact_recording(l), vec![id.to_string()])));
        }
        Some(Body::Electronic { plain_len_bytes, commitment, .. }) => {
            if thing.kind().is_some() {
                facts.push(fact(wording::thing_fact_length(l), vec![size(*plain_len_bytes)]));
            }
            if let casework::custody::Commitment::Recording { id, .. } = commitment {
                facts.push(fact(wording::thing_fact_recording(l), vec![id.to_string()]));
            }
        }
        None => {}
    }
    facts.extend(
        thing.verdict().map(|found| fact(wording::thing_fact_verdict(l), vec![found.label(l).as_str().to_owned()])),
    );
    if let Ok(due) = thing.due(&desk.office.book) {
        facts.push(fact(wording::thing_fact_until(l), vec![said_day(due.last_day())]));
        facts.push(fact(wording::thing_fact_how(l), due.steps().iter().map(ToString::to_string).collect()));
    }
    let unwell = thing.unwell().iter().map(|(store, is_rotten)| match is_rotten {
        true => wording::thing_unwell_rotten(l, store.as_str()).as_str().to_owned(),
        false => wording::thing_unwell_missing(l, store.as_str()).as_str().to_owned(),
    });
    let unwell: Vec<String> = unwell.collect();
    if !unwell.is_empty() {
        facts.push(Fact {
            tag: Some((wording::case_recorder_trouble(l), Colour::Red)),
            ..fact(wording::thing_fact_unwell(l), unwell)
        });
    }
    Known { title: wording::thing_part_what(l), facts }
}

/// What holds it.
pub(super) fn holds(thing: &Thing, when: &dyn Fn(i64) -> String, approved: &[(casework::HoldId, (u64, u8))]) -> Known {
    let l = LANGUAGE;
    let one = |(id, hold): (&casework::HoldId, &Hold)| {
        let mut lines = vec![wording::thing_hold_since(l, &when(hold.placed_micros)).as_str().to_owned()];
        lines.extend(hold.review_by.map(|day| wording::thing_hold_review(l, &said_day(day)).as_str().to_owned()));
        let release = approved.iter().find(|(of, _)| of == id).map(|(_, count)| count);
        lines.extend(release.map(|(found, needed)| {
            wording::thing_hold_release(l, &found.to_string(), &needed.to_string()).as_str().to_owned()
        }));
        fact(why(hold), lines)
    };
    let mut facts: Vec<Fact> = thing.holds().iter().map(one).collect();
    if facts.is_empty() {
        facts.push(fact(wording::thing_part_holds(l), vec![wording::thing_holds_none(l).as_str().to_owned()]));
    }
    Known { title: wording::thing_part_holds(l), facts }
}

/// Why a hold stands.
pub(super) fn why(hold: &Hold) -> Words {
    let l = LANGUAGE;
    match hold.why {
        Why::Request(kind, None) => wording::thing_hold_request(l, kind.label(l).as_str()),
        Why::Request(kind, Some(day)) => wording::thing_hold_answered(l, kind.label(l).as_str(), &said_day(day)),
        Why::Authority(authority) => wording::thing_hold_authority(l, authority.label(l).as_str()),
        Why::Replayed => wording::thing_hold_replayed(l),
    }
}

/// What is proposed to be destroyed, and who approves it.
pub(super) fn proposed(thing: &Thing) -> Option<Known> {
    let proposal = thing.proposal().filter(|_| thing.phase() == Phase::Kept)?;
    let l = LANGUAGE;
    let mut by: Vec<String> = proposal.approvals.iter().map(|one| one.by.to_string()).collect();
    if by.is_empty() {
        by.push(wording::thing_fact_approved_none(l).as_str().to_owned());
    }
    let facts = vec![
        fact(wording::thing_fact_approved(l), by),
        fact(wording::thing_fact_digest(l), vec![proposal.subject.to_string()]),
    ];
    Some(Known { title: wording::thing_part_proposed(l), facts })
}

fn fact(key: Words, lines: Vec<String>) -> Fact {
    Fact { key, lines, tag: None, act: None }
}

/// The newest words of a field that somebody sees.
pub(super) fn newest(entries: &[Entry<'_>], field: Field) -> Option<String> {
    let said = |entry: &Entry<'_>| entry.words.iter().find(|(of, _)| *of == field).map(|(_, said)| (*said).to_owned());
    entries.iter().rev().find_map(said)
}

/// A length as people read it.
fn size(bytes: u64) -> String {
    match bytes {
        0..10_000 => format!("{bytes} bytes"),
        10_000..10_000_000 => format!("{} kB", bytes / 1_000),
        _ => format!("{} MB", bytes / 1_000_000),
    }
}

/// Where it stands, in one line of a list.
pub(super) fn in_short(thing: &Thing, standing: &Standing) -> String {
    let l = LANGUAGE;
    let words = match standing {
        Standing::Held { by } => wording::things_holds(l, &by.len().to_string()),
        Standing::Kept { until: Ok(until) } => wording::things_until(l, &said_day(*until)),
        Standing::Due { since, .. } | Standing::Ready { since } => wording::things_since(l, &said_day(*since)),
        _ => next(thing, standing, &|at| crate::http::access::home::day(at)),
    };
    words.as_str().to_owned()
}
