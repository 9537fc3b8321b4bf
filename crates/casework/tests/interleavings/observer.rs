//! Somebody who reads the record by itself and believes nothing that the crate under test concludes.
//!
//! Invariants that it holds each life to: a held thing is never destroyed; a destroyed one never comes back; approvals are of two different persons,
//! confirmed and in their roles without a break, each over what is destroyed; nothing is destroyed before the term by true time.

use std::collections::{BTreeMap, BTreeSet};

use casework::custody::{Event, What};
use casework::staff::{self, What as Of};
use casework::{Account, HoldId, Role};
use ed25519_dalek::Signature;
use sha2::{Digest as _, Sha256};

use crate::support::{DAY, PEOPLE, key_of};

/// Days on which it may be said to have been made; the last day of fourteen months from each, and the first instant after that in London, where clocks show
/// summer time.
pub(crate) const TERMS: [(&str, &str, i64); 3] = [
    ("2026-07-01", "2027-09-01", 1_819_839_600_000_000),
    ("2026-06-15", "2027-08-15", 1_818_370_800_000_000),
    ("2026-07-20", "2027-09-20", 1_821_481_200_000_000),
];
/// When the longest of them is over.
pub(crate) const TERM_ENDS: i64 = TERMS[2].2;
const KEEPERS: [Role; 3] = [Role::RecordsOfficer, Role::InformationRightsOfficer, Role::PrivacyOfficer];

/// Holds as they stand in the world, whatever any store says.
#[derive(Default)]
pub(crate) struct Observer {
    pub(crate) holds: BTreeSet<HoldId>,
    /// Nothing up to this event of the thing is approved any more: it came out of a backup.
    void_until: u64,
}

impl Observer {
    /// New events are stored at true time `now`; `past` are those before them.
    pub(crate) fn see(&mut self, past: &[Event], new: &[Event], staff: &[staff::Event], now: i64) {
        for (at, event) in new.iter().enumerate() {
            let before: Vec<&Event> = past.iter().chain(&new[..at]).collect();
            self.only_forward(&before, event);
            match &event.what {
                What::Asked { hold, .. } | What::Held { hold, .. } | What::HoldReplayed { hold } => {
                    self.holds.insert(*hold);
                }
                What::HoldLapsed { hold, .. } => {
                    assert!(event.clocks.len() >= 2 && event.behind_micros.is_none(), "a hold ended by one clock");
                    self.lapsed(&before, *hold, now);
                }
                What::Released { hold, approved_by, .. } => {
                    assert!(persons(approved_by).len() >= 2, "released by {approved_by:?}");
                    self.holds.remove(hold);
                }
                What::FactCorrected { right, was, approved_by, .. } => {
                    assert!(persons(approved_by).len() >= 2, "a day put right by {approved_by:?}");
                    assert_eq!(was.to_string(), made(&before), "the day that was given");
                    let has_said = |by: &&Account| {
                        let says =
                            |one: &&Event| matches!(&one.what, What::FactNamed { right: named, .. } if named == right);
                        before.iter().any(|one| one.by.as_ref() == Some(*by) && says(one))
                    };
                    assert_eq!(approved_by.iter().filter(has_said).count(), approved_by.len(), "who did not say so");
                }
                What::Destroying { .. } => self.destroying(&before, event, staff, now),
                What::KeyErased { .. } => assert!(self.holds.is_empty(), "the key of a held thing was erased"),
                _ => {}
            }
        }
    }

    /// The state was restored: what stands in it stands.
    pub(crate) fn restored(&mut self, number: u64, standing: impl Iterator<Item = HoldId>) {
        self.void_until = number;
        self.holds.extend(standing);
    }

    fn lapsed(&mut self, before: &[&Event], hold: HoldId, now: i64) {
        let answered = before.iter().rev().find_map(|event| match &event.what {
            What::Answered { hold: answered, .. } if *answered == hold => Some(event.at_micros),
            _ => None,
        });
        // Forty working days are eight weeks at least; the clock of the answer may have been two days back.
        let answered = answered.expect("a request's hold ended without an answer");
        assert!(now - answered >= 54 * DAY, "a request's hold ended {} days after the answer", (now - answered) / DAY);
        self.holds.remove(&hold);
    }

    /// Once it began nothing but steps forward is on the record, unless it was stopped before the key was erased.
    fn only_forward(&self, before: &[&Event], event: &Event) {
        let mut is_on = false;
        let mut is_erased = false;
        for one in before {
            match one.what {
                What::Destroying { .. } => is_on = true,
                What::DestructionReplayed { .. } => (is_on, is_erased) = (true, true),
                What::DestructionStopped { .. } => is_on = false,
                What::KeyErased { .. } => is_erased = true,
                _ => {}
            }
        }
        let forward = matches!(
            event.what,
            What::KeyErased { .. }
                | What::ItemDestroyed { .. }
                | What::ObjectGone { .. }
                | What::Swept { .. }
                | What::Destroyed { .. }
                | What::CertificateLogged { .. }
                | What::DestructionReplayed { .. }
        );
        let stop = matches!(event.what, What::DestructionStopped { .. });
        assert!(!is_erased || !stop, "stopped after the key was erased");
        assert!(forward || stop || !is_on, "{:?} while it is destroyed", event.what);
        assert!(is_on || !forward || matches!(event.what, What::DestructionReplayed { .. }), "{:?}", event.what);
    }

    fn destroying(&self, before: &[&Event], event: &Event, staff: &[staff::Event], now: i64) {
        let What::Destroying { subject, approved_by, .. } = &event.what else { return };
        assert!(self.holds.is_empty(), "destroyed while held by {:?}", self.holds);
        let (_, last_day, ends) = TERMS.into_iter().find(|(made_on, ..)| *made_on == made(before)).unwrap();
        assert!(now >= ends, "destroyed {} s before the end of the term", (ends - now) / 1_000_000);
        assert!(event.clocks.len() >= 2, "destroyed by one clock");
        assert_eq!(event.behind_micros, None, "destroyed by a clock that was behind");
        let at = before.iter().rposition(|one| matches!(one.what, What::DestructionProposed { .. })).unwrap();
        let is_other = |one: &&Event| matches!(one.what, What::FactCorrected { .. } | What::KindCorrected { .. });
        assert!(!before[at..].iter().any(is_other), "approved under another term");
        let What::DestructionProposed { text, subject: proposed, .. } = &before[at].what else { return };
        let (first, is) = match text.starts_with("counterpart/destroy/v1\nthing: disc\n") {
            true => ("label", "07"),
            false => ("object", "01"),
        };
        assert!(first == "label" || text.starts_with("counterpart/destroy/v1\nthing: recording\n"));
        let digest = Sha256::digest(text);
        assert_eq!((subject.0, proposed.0), (digest.into(), digest.into()), "something else is destroyed");
        assert!(
            text.contains(&format!("{first}: {}\n", is.repeat(32)))
                && text.contains(&format!("last-day: {last_day}\n")),
            "{text}"
        );
        let mut given = BTreeMap::new();
        for one in &before[at..] {
            match &one.what {
                What::DestructionApproved { subject: approved, signature, staff_event }
                    if one.number > self.void_until =>
                {
                    assert_eq!(approved, subject, "an approval of something else");
                    let by = one.by.clone().unwrap();
                    let signature = Signature::from_bytes(&signature.0);
                    key_of(by.as_str()).verifying_key().verify_strict(&subject.0, &signature).unwrap();
                    given.insert(by, (one.at_micros, *staff_event));
                }
                What::ApprovalWithdrawn => drop(given.remove(one.by.as_ref().unwrap())),
                What::ApprovalsVoided | What::Asked { .. } | What::Held { .. } | What::HoldReplayed { .. } => {
                    given.clear();
                }
                _ => {}
            }
        }
        assert!(persons(approved_by).len() >= 2, "approved by {approved_by:?}");
        for by in approved_by {
            let (at, staff_event) = given.get(by).expect("an approval that was given and stands");
            assert!(now - at <= 31 * DAY, "an approval {} days old", (now - at) / DAY);
            assert!(could_all_the_time(by, *staff_event, staff), "{by} could not approve any more");
        }
    }
}

/// The day on which it was made, as it was said last.
fn made(before: &[&Event]) -> String {
    let said = |event: &&Event| match &event.what {
        What::FactCorrected { right, .. } => Some(right.day.to_string()),
        What::Received { facts, .. } | What::Described { facts, .. } | What::ItemDescribed { facts, .. } => {
            Some(facts[0].day.to_string())
        }
        _ => None,
    };
    before.iter().rev().find_map(said).expect("a day from which its term counts")
}

/// Whether an account counted and had one and the same of the roles from that event of the staff until now.
fn could_all_the_time(account: &Account, number: u64, staff: &[staff::Event]) -> bool {
    let mut roles: BTreeSet<Role> = BTreeSet::new();
    let mut counts = false;
    let mut all_the_time: Option<BTreeSet<Role>> = None;
    for (at, event) in (0..).zip(std::iter::once(None).chain(staff.iter().map(Some))) {
        match event.map(|event| &event.what) {
            Some(Of::Confirmed { account: of }) if of == account => counts = true,
            Some(Of::Granted { account: of, role }) if of == account => drop(roles.insert(*role)),
            Some(Of::Revoked { account: of, role }) if of == account => drop(roles.remove(role)),
            Some(Of::Left { account: of }) if of == account => counts = false,
            _ => {}
        }
        if at >= number {
            let now = if counts { roles.clone() } else { BTreeSet::new() };
            all_the_time = Some(all_the_time.map_or(now.clone(), |so_far| &so_far & &now));
        }
    }
    all_the_time.is_some_and(|roles| KEEPERS.iter().any(|role| roles.contains(role)))
}

fn persons(accounts: &[Account]) -> BTreeSet<&'static str> {
    let person = |account: &Account| PEOPLE.iter().find(|(name, ..)| *name == account.as_str()).unwrap().1;
    accounts.iter().map(person).collect()
}
