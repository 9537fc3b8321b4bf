//! The ways in of people whose cases are here: which accounts there are, which case each may see, what ended their codes and sessions, which links were used.
//!
//! Not staff's (`ways.rs`), nor the rows in which they are kept (`desk`). Invariants: what an event ended comes back by no row that somebody puts back; an account that was taken
//! away has no case; whoever asks for mail in another's name keeps them from nothing: while one link is out that can be used, no other is sent.

use std::collections::{BTreeMap, BTreeSet};

use super::event::{Event, What};
use super::{HOUR, MINUTE, Terms, is_within};
use crate::hex::{CaseId, Digest, PersonId};
use crate::name::Account;
use crate::refusal::Refusal;

/// How long a person's session lasts. There is nothing that they would have to be fresh for.
pub const PERSON_TERMS: Terms = Terms { idle_micros: 15 * MINUTE, whole_micros: 2 * HOUR, fresh_micros: 0 };
/// How long a link in a mail holds.
pub const PERSON_LINK_MICROS: i64 = 15 * MINUTE;
/// How long a link is the one to use, so that no other is sent: less than it holds, so that there is always one that holds for a while.
const MAIL_APART_MICROS: i64 = 10 * MINUTE;
/// For how long mails to one address are counted.
pub const MAILS_FORGOTTEN_MICROS: i64 = HOUR;
/// The most mails to one address in that time. Strangers alone come to six of them.
const MAILS_MAX: usize = 10;
/// For how long it is known that a link was used: much longer than any holds.
const USED_MICROS: i64 = 24 * HOUR;

/// An account's ways in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonWay {
    /// The cases that it may see.
    pub cases: BTreeSet<CaseId>,
    /// The event that set its code.
    pub code: Digest,
    /// The event before which every session has ended.
    pub sessions: Digest,
    /// Who of the staff made that code.
    pub by: Option<Account>,
}

/// Everybody's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Persons {
    ways: BTreeMap<PersonId, PersonWay>,
    by_case: BTreeMap<CaseId, PersonId>,
    /// Links that were used, and when.
    used: BTreeMap<Digest, i64>,
    /// The event before which every link has ended.
    links: Digest,
}

impl Default for Persons {
    fn default() -> Self {
        Self { ways: BTreeMap::new(), by_case: BTreeMap::new(), used: BTreeMap::new(), links: Digest([0; 32]) }
    }
}

impl Persons {
    /// An account's, while it is there.
    #[must_use]
    pub fn of(&self, person: PersonId) -> Option<&PersonWay> {
        self.ways.get(&person)
    }

    /// The account that may see this case.
    #[must_use]
    pub fn who_sees(&self, case: CaseId) -> Option<PersonId> {
        self.by_case.get(&case).copied()
    }

    /// Whether that link was used.
    #[must_use]
    pub fn is_used(&self, link: &Digest) -> bool {
        self.used.contains_key(link)
    }

    /// The event before which every link has ended.
    #[must_use]
    pub fn links(&self) -> &Digest {
        &self.links
    }

    /// What an event makes of them.
    pub(super) fn apply(&mut self, event: &Event, mark: Digest) -> Result<(), Refusal> {
        match &event.what {
            What::PersonAdded { person, case } => {
                if self.ways.contains_key(person) || self.who_sees(*case).is_some() {
                    return Err(Refusal::NoPerson { person: *person });
                }
                let cases = BTreeSet::from([*case]);
                let way = PersonWay { cases, code: mark, sessions: mark, by: event.by.clone() };
                self.ways.insert(*person, way);
                self.by_case.insert(*case, *person);
            }
            What::PersonCode { person, .. } => {
                let way = self.known(*person)?;
                (way.code, way.sessions, way.by) = (mark, mark, event.by.clone());
            }
            What::PersonRemoved { person, .. } => {
                self.known(*person)?;
                self.ways.remove(person);
                self.by_case.retain(|_, whose| whose != person);
            }
            What::PersonIn { person, link } => {
                self.known(*person)?;
                self.used.retain(|_, used| event.at_micros.saturating_sub(*used) < USED_MICROS);
                self.used.insert(*link, event.at_micros);
            }
            What::PersonOutEverywhere { person } => self.known(*person)?.sessions = mark,
            What::AllEnded => {
                self.links = mark;
                self.ways.values_mut().for_each(|way| way.sessions = mark);
            }
            _ => {}
        }
        Ok(())
    }

    fn known(&mut self, person: PersonId) -> Result<&mut PersonWay, Refusal> {
        self.ways.get_mut(&person).ok_or(Refusal::NoPerson { person })
    }
}

/// Whether a link that was mailed then may be used now.
#[must_use]
pub fn person_link_holds(made_micros: i64, now_micros: i64) -> bool {
    is_within(made_micros, PERSON_LINK_MICROS, now_micros)
}

/// A link that somebody asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// When.
    pub made_micros: i64,
    /// Whether it was used.
    pub is_used: bool,
}

/// Whether one more mail may go to an address for which these links were made.
#[must_use]
pub fn is_mail_due(asked: &[Asked], now_micros: i64) -> bool {
    let is_out = |one: &Asked| !one.is_used && is_within(one.made_micros, MAIL_APART_MICROS, now_micros);
    let counts = |one: &&Asked| is_within(one.made_micros, MAILS_FORGOTTEN_MICROS, now_micros);
    !asked.iter().any(is_out) && asked.iter().filter(counts).count() < MAILS_MAX
}

#[cfg(test)]
mod tests {
    use super::super::Ways;
    use super::*;

    const ANN: PersonId = PersonId([1; 16]);
    const BOB: PersonId = PersonId([2; 16]);
    const ONE: CaseId = CaseId([7; 16]);
    const TWO: CaseId = CaseId([8; 16]);

    fn after(whats: &[What]) -> Result<Ways, Refusal> {
        let mut ways = Ways::default();
        for (number, what) in (1..).zip(whats) {
            let by = match what {
                What::PersonAdded { .. } => Some("dan".parse().unwrap()),
                What::PersonCode { .. } => Some("lea".parse().unwrap()),
                _ => None,
            };
            let event = Event { number, at_micros: 0, by, what: what.clone() };
            ways.apply(&event, Digest([u8::try_from(number).unwrap(); 32]))?;
        }
        Ok(ways)
    }

    #[test]
    fn what_an_event_ended_is_gone() {
        let link = Digest([9; 32]);
        let all = [
            What::PersonAdded { person: ANN, case: ONE },
            What::PersonIn { person: ANN, link },
            What::PersonOutEverywhere { person: ANN },
            What::PersonCode { person: ANN, case: ONE },
            What::AllEnded,
            What::PersonRemoved { person: ANN, case: ONE },
        ];
        let table =
            [(1, 1, 1, false, 0), (2, 1, 1, true, 0), (3, 1, 3, true, 0), (4, 4, 4, true, 0), (5, 4, 5, true, 5)];
        for (events, code, sessions, is_used, links) in table {
            let ways = after(&all[..events]).unwrap();
            let digest = |number: u8| Digest([number; 32]);
            let by = Some((if code == 1 { "dan" } else { "lea" }).parse().unwrap());
            let cases = BTreeSet::from([ONE]);
            let way = PersonWay { cases, code: digest(code), sessions: digest(sessions), by };
            assert_eq!(ways.persons().of(ANN), Some(&way), "after {events}");
            assert_eq!(ways.persons().is_used(&link), is_used, "after {events}");
            assert_eq!(ways.persons().links(), &digest(links), "after {events}");
            assert_eq!(ways.persons().who_sees(ONE), Some(ANN));
        }
        let gone = after(&all).unwrap();
        assert_eq!((gone.persons().of(ANN), gone.persons().who_sees(ONE)), (None, None));
        assert!(gone.persons().is_used(&link));
    }

    #[test]
    fn a_case_is_one_persons_and_an_account_that_is_gone_does_nothing() {
        let added = |person, case| What::PersonAdded { person, case };
        for wrong in [
            &[added(ANN, ONE), added(BOB, ONE)][..],
            &[added(ANN, ONE), added(ANN, TWO)],
            &[What::PersonCode { person: ANN, case: ONE }],
            &[What::PersonIn { person: ANN, link: Digest([1; 32]) }],
            &[What::PersonOutEverywhere { person: ANN }],
            &[added(ANN, ONE), What::PersonRemoved { person: BOB, case: ONE }],
        ] {
            assert!(after(wrong).is_err(), "{wrong:?}");
        }
        let again = [added(ANN, ONE), What::PersonRemoved { person: ANN, case: ONE }, added(BOB, ONE)];
        assert_eq!(after(&again).unwrap().persons().who_sees(ONE), Some(BOB));
    }

    #[test]
    fn it_is_known_for_a_day_that_a_link_was_used() {
        let mut persons = Persons::default();
        let event = |at_micros, what| Event { number: 1, at_micros, by: None, what };
        let used = |byte| What::PersonIn { person: ANN, link: Digest([byte; 32]) };
        persons.apply(&event(0, What::PersonAdded { person: ANN, case: ONE }), Digest([1; 32])).unwrap();
        persons.apply(&event(0, used(3)), Digest([2; 32])).unwrap();
        persons.apply(&event(USED_MICROS - 1, used(4)), Digest([3; 32])).unwrap();
        assert!(persons.is_used(&Digest([3; 32])) && persons.is_used(&Digest([4; 32])));
        persons.apply(&event(USED_MICROS, used(5)), Digest([4; 32])).unwrap();
        assert!(!persons.is_used(&Digest([3; 32])) && persons.is_used(&Digest([4; 32])));
    }

    #[test]
    fn a_link_holds_a_quarter_of_an_hour_and_mails_are_apart() {
        for (made, now, holds) in [(0, 0, true), (0, 899, true), (0, 900, false), (301, 0, false)] {
            assert_eq!(person_link_holds(made * 1_000_000, now * 1_000_000), holds, "{made} {now}");
        }
        let asked = |made: i64, is_used| Asked { made_micros: made * MINUTE, is_used };
        let spaced = |is_used| (0..10).map(|n| asked(n * 5, is_used)).collect::<Vec<_>>();
        let table: [(&[Asked], i64, bool); 8] = [
            (&[], 0, true),
            (&[asked(0, false)], 9, false),
            (&[asked(0, false)], 10, true),
            // Whoever used theirs gets another one at once.
            (&[asked(0, true)], 1, true),
            (&[asked(0, true), asked(1, false)], 2, false),
            (&spaced(true)[..9], 46, true),
            (&spaced(true), 46, false),
            (&spaced(true), 60, true),
        ];
        for (links, now, due) in table {
            assert_eq!(is_mail_due(links, now * MINUTE), due, "{links:?} {now}");
        }
    }

    /// A stranger who asks at any pace: at each moment the newest link was sent less than ten minutes ago, so that the person has one that holds.
    #[test]
    fn no_stranger_leaves_a_person_without_a_link() {
        let mut sent: Vec<Asked> = Vec::new();
        for now in 0..(5 * 60) {
            if is_mail_due(&sent, now * MINUTE) {
                sent.push(Asked { made_micros: now * MINUTE, is_used: false });
            }
            assert!(sent.iter().any(|one| person_link_holds(one.made_micros, (now + 4) * MINUTE)), "minute {now}");
        }
        assert_eq!(sent.len(), 30);
    }
}
