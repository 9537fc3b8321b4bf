//! Which ways in there are now, as the events of signing in have it: keys that were not taken away, the password that was set last, the links that nobody used.
//!
//! Not the rows in which they are kept (`desk`). Invariant: what an event ended is not here any more, and comes back by another event only: whatever row somebody
//! puts back, it is held against this.

use std::collections::{BTreeMap, BTreeSet};

use super::event::{Event, What};
use super::persons::Persons;
use crate::hex::Digest;
use crate::name::Account;
use crate::refusal::Refusal;

/// An account's ways in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// Its keys, each by the digest of its id.
    pub keys: BTreeSet<Digest>,
    /// The event that set its password.
    pub password: Digest,
    /// The event before which every session has ended.
    pub sessions: Digest,
}

/// Everybody's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ways {
    number: u64,
    accounts: BTreeMap<Account, Way>,
    /// By the account that each is for; whoever sets the office up has one that is for none.
    links: BTreeMap<Option<Account>, Digest>,
    persons: Persons,
}

impl Ways {
    /// The number of the newest event; 0 when there is none.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.number
    }

    /// An account's, where it was ever set up.
    #[must_use]
    pub fn of(&self, account: &Account) -> Option<&Way> {
        self.accounts.get(account)
    }

    /// Whether a link was neither used nor taken back.
    #[must_use]
    pub fn has_link(&self, account: Option<&Account>, link: &Digest) -> bool {
        self.links.get(&account.cloned()) == Some(link)
    }

    /// Those of the people whose cases are here.
    #[must_use]
    pub fn persons(&self) -> &Persons {
        &self.persons
    }

    /// What one more event makes of them. `mark` is the commitment to it, which no other event has, nor ever will have.
    ///
    /// # Errors
    /// It is not the next one, or speaks of an account that was never set up.
    pub fn apply(&mut self, event: &Event, mark: Digest) -> Result<(), Refusal> {
        if event.number != self.number + 1 {
            return Err(Refusal::OutOfOrder { expected: self.number + 1, found: event.number });
        }
        match &event.what {
            What::LinkMade { account, link, .. } => {
                self.links.insert(account.clone(), *link);
            }
            What::SetUp { account, id, link, .. } => {
                self.links.retain(|_, open| open != link);
                let way = Way { keys: BTreeSet::from([*id]), password: mark, sessions: mark };
                self.accounts.insert(account.clone(), way);
            }
            What::KeyAdded { account, id, .. } => {
                self.known(account)?.keys.insert(*id);
            }
            What::KeyRemoved { account, id, .. } => {
                self.known(account)?.keys.remove(id);
            }
            What::PasswordChanged { account } => {
                let way = self.known(account)?;
                (way.password, way.sessions) = (mark, mark);
            }
            What::SignedOutEverywhere { account } => self.known(account)?.sessions = mark,
            What::AllEnded => {
                self.links.clear();
                self.accounts.values_mut().for_each(|way| way.sessions = mark);
                self.persons.apply(event, mark)?;
            }
            What::PersonAdded { .. }
            | What::PersonCode { .. }
            | What::PersonRemoved { .. }
            | What::PersonIn { .. }
            | What::PersonOutEverywhere { .. } => self.persons.apply(event, mark)?,
        }
        self.number = event.number;
        Ok(())
    }

    fn known(&mut self, account: &Account) -> Result<&mut Way, Refusal> {
        self.accounts.get_mut(account).ok_or_else(|| Refusal::NoAccount { account: account.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(byte: u8) -> Digest {
        Digest([byte; 32])
    }

    /// The events, each with its number for a mark.
    fn after(whats: &[What]) -> Ways {
        let mut ways = Ways::default();
        for (number, what) in (1..).zip(whats) {
            let event = Event { number, at_micros: 0, by: None, what: what.clone() };
            ways.apply(&event, digest(u8::try_from(number).unwrap())).unwrap();
        }
        ways
    }

    fn anna() -> Account {
        "anna".parse().unwrap()
    }

    fn made(account: Option<Account>, link: u8) -> What {
        What::LinkMade { account, person: None, made_by: None, link: digest(link) }
    }

    fn set_up(id: u8, link: u8) -> What {
        let person = "1".parse().unwrap();
        What::SetUp { account: anna(), person, key: "blue".to_owned(), id: digest(id), link: digest(link) }
    }

    #[test]
    fn what_an_event_ended_is_gone() {
        let added = What::KeyAdded { account: anna(), key: "green".to_owned(), id: digest(101) };
        let removed = What::KeyRemoved { account: anna(), key: "blue".to_owned(), id: digest(100) };
        let changed = What::PasswordChanged { account: anna() };
        let out = What::SignedOutEverywhere { account: anna() };
        let all = [made(None, 200), set_up(100, 200), added, removed, changed, out, What::AllEnded];
        let table: [(usize, &[u8], u8, u8); 6] = [
            (2, &[100], 2, 2),
            (3, &[100, 101], 2, 2),
            (4, &[101], 2, 2),
            (5, &[101], 5, 5),
            (6, &[101], 5, 6),
            (7, &[101], 5, 7),
        ];
        for (events, keys, password, sessions) in table {
            let ways = after(&all[..events]);
            let keys = keys.iter().map(|key| digest(*key)).collect();
            let expected = Way { keys, password: digest(password), sessions: digest(sessions) };
            assert_eq!(ways.of(&anna()), Some(&expected), "after {events}");
            assert_eq!(ways.number(), events as u64);
        }
    }

    #[test]
    fn a_link_holds_until_it_is_used_or_another_takes_its_place() {
        let is_open = |whats: &[What], account: Option<&Account>, link| after(whats).has_link(account, &digest(link));
        let (ours, anna) = (anna(), Some(anna()));
        assert!(is_open(&[made(anna.clone(), 1)], Some(&ours), 1));
        assert!(!is_open(&[made(anna.clone(), 1)], None, 1));
        assert!(!is_open(&[made(anna.clone(), 1), made(anna.clone(), 2)], Some(&ours), 1));
        assert!(is_open(&[made(anna.clone(), 1), made(None, 2)], Some(&ours), 1));
        assert!(!is_open(&[made(anna.clone(), 1), set_up(9, 1)], Some(&ours), 1));
        assert!(!is_open(&[made(None, 1), set_up(9, 1)], None, 1));
        assert!(!is_open(&[made(anna, 1), What::AllEnded], Some(&ours), 1));
    }

    #[test]
    fn an_event_out_of_order_or_of_nobody_is_none() {
        let mut ways = after(&[made(None, 1)]);
        let before = ways.clone();
        let event = |number, what| Event { number, at_micros: 0, by: None, what };
        assert!(ways.apply(&event(1, made(None, 2)), digest(1)).is_err());
        assert!(ways.apply(&event(3, made(None, 2)), digest(1)).is_err());
        assert!(ways.apply(&event(2, What::PasswordChanged { account: anna() }), digest(1)).is_err());
        assert_eq!(ways, before);
    }
}
