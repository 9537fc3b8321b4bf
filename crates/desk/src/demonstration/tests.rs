//! That the lives of a demonstration can be told at any moment, and that each state is among them: in memory, by the rules alone.
//!
//! Not the office that is made of them (`tests/desk_demonstration.rs`).
//! Invariant: the moments are not those of the machine that runs the tests.

use std::collections::BTreeSet;

use casework::case::{Before, By, Case, Need, Outcome, Phase, Tally};
use casework::{Account, Digest, Name, PublicKey};
use jiff::Timestamp;
use rules::Book;

use super::world::{Deed, Sound, Sources, Step, World, staffed};
use super::{lives, making, to_come};
use crate::error::Result;

/// Numbers instead of chance.
#[derive(Default)]
struct Counted(u64);

impl Sources for Counted {
    fn chance(&mut self) -> Result<[u8; 32]> {
        self.0 += 1;
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&self.0.to_be_bytes());
        Ok(bytes)
    }

    fn reference(&mut self) -> Result<Name> {
        self.0 += 1;
        Ok(format!("example-{}", self.0).parse().unwrap())
    }

    fn sound(&mut self, _: &str) -> Result<Sound> {
        let digest = Digest(self.chance()?);
        Ok(Sound { id: digest, digest, bytes: Vec::new() })
    }
}

fn key(account: &Account) -> Result<PublicKey> {
    let mut secret = [9; 32];
    secret[..account.as_str().len().min(32)]
        .copy_from_slice(&account.as_str().as_bytes()[..account.as_str().len().min(32)]);
    Ok(crate::office::Actor::of(account.clone(), zeroize::Zeroizing::new(secret)).public_key())
}

fn told(now: &str, book: &Book) -> (Vec<Case>, Vec<Step>) {
    let now_us = now.parse::<Timestamp>().unwrap().as_microsecond();
    let mut sources = Counted::default();
    let staff = staffed(making::began(now_us), key).unwrap();
    let mut world = World::new(now_us, book, staff, &mut sources);
    let adjusted = lives::tell(&mut world).unwrap_or_else(|err| panic!("{now}: {err}"));
    to_come::tell(&mut world, &adjusted).unwrap_or_else(|err| panic!("{now}: {err}"));
    let steps = world.in_order();
    assert!(steps.iter().all(|step| step.at_us <= now_us && step.at_us > making::began(now_us)), "{now}");
    (world.cases, steps)
}

/// What must be among thirty cases, whatever the hour.
fn is_whole(now: &str, book: &Book) {
    let (cases, steps) = told(now, book);
    let now_us = now.parse::<Timestamp>().unwrap().as_microsecond();
    assert_eq!(cases.len(), 30, "{now}");
    let phases: BTreeSet<Phase> = cases.iter().map(Case::phase).collect();
    assert_eq!(phases.len(), 4, "{now}: {phases:?}");
    let outcomes: BTreeSet<Outcome> =
        cases.iter().flat_map(|case| case.appointments().iter().filter_map(|one| one.outcome)).collect();
    assert_eq!(outcomes.len(), Outcome::ALL.len(), "{now}: {outcomes:?}");
    let needs: BTreeSet<Need> = cases.iter().flat_map(|case| case.todo(book, now_us)).map(|one| one.need).collect();
    for need in [
        Need::DecideRequest,
        Need::SecondLook,
        Need::DecideAdjustment,
        Need::AskPerson,
        Need::AnswerOffer,
        Need::MakeCopies(1),
        Need::Close,
        Need::PlanAgain,
    ] {
        assert!(needs.contains(&need), "{now}: {need}");
    }
    assert!(cases.iter().any(|case| case.appointment().unwrap().is_overdue), "{now}");
    assert!(cases.iter().any(|case| !case.appointment().unwrap().swapped_from.is_empty()), "{now}");
    assert!(cases.iter().any(|case| case.followed_by().is_some()), "{now}");
    let is_ready = |case: &&Case| {
        case.phase() == Phase::Ended && !case.todo(book, now_us).iter().any(|one| one.before == Before::Close)
    };
    assert_eq!(cases.iter().filter(is_ready).count(), 1, "{now}: handed over, and what became of it is not said");
    let planned = steps.iter().filter(|step| matches!(step.deed, Deed::Plan(_))).count();
    assert_eq!(planned, 30, "{now}");
    let appointments: usize = cases.iter().map(|case| case.appointments().len()).sum();
    assert!(Tally::of(&cases, now_us).reconciles_with(appointments as u64), "{now}");
    assert!(steps.iter().any(|step| step.by == By::Person) && steps.iter().any(|step| step.by == By::Program));
}

#[test]
fn every_state_is_there_at_any_hour_of_any_day() {
    let book = Book::built_in().unwrap();
    for day in ["2026-09-14", "2026-10-25", "2026-11-23", "2026-12-25", "2027-02-28", "2027-03-29", "2028-02-29"] {
        for hour in ["00:00:00", "08:59:59", "09:40:00", "10:35:07", "15:00:00", "17:30:00", "23:59:59"] {
            is_whole(&format!("{day}T{hour}Z"), &book);
        }
    }
    // A fortnight, so that each weekday is today, and each neighbour of a weekend.
    let first = "2027-06-07T09:05:00Z".parse::<Timestamp>().unwrap();
    for days in 0..14 {
        let now = first.checked_add(jiff::SignedDuration::from_hours(25 * days)).unwrap();
        is_whole(&now.to_string(), &book);
    }
}

#[test]
fn an_opt_out_is_told_under_the_rules_that_know_one() {
    let book = Book::built_in().unwrap();
    let (cases, _) = told("2026-11-23T12:00:00Z", &book);
    assert!(cases.iter().filter(|case| case.has_opted_out()).count() >= 2);
    let (cases, _) = told("2026-06-01T12:00:00Z", &book);
    assert_eq!(cases.iter().filter(|case| case.has_opted_out()).count(), 0, "there was none before");
}
