//! People and their accounts: who is confirmed, which roles they have, whose key is whose.
//!
//! Not here: signing in, passwords and tokens. Which role may do what to a thing is in `custody/rights.rs`. Invariants:
//! - An account counts only once another person, who did not enrol it, confirmed it; the first two persons confirm each other.
//! - A role is given by two different people. It is taken away by one, at once.
//! - Account names, keys and persons of accounts are never used again for something else.

mod again;
mod decide;
mod event;

use std::collections::BTreeMap;

pub use again::History;
pub use decide::{Command, decide};
pub use event::{Event, What};

use crate::hex::PublicKey;
use crate::moment::TOLERANCE_MICROS;
use crate::name::{Account, Person};
use crate::refusal::Refusal;
use crate::role::Role;

/// What an account is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Whose it is. Two accounts of one person are one person.
    pub person: Person,
    /// The public half of the key that this account approves with.
    pub key: PublicKey,
    /// The event that confirmed it.
    pub confirmed: Option<u64>,
    /// Whether it was left, for ever.
    pub has_left: bool,
    /// Each role it has, and the event that gave it.
    pub roles: BTreeMap<Role, u64>,
    enrolled_by: Option<Account>,
}

impl Standing {
    /// Whether the account counts.
    #[must_use]
    pub fn is_confirmed(&self) -> bool {
        self.confirmed.is_some() && !self.has_left
    }

    /// Whether it counts and has that role.
    #[must_use]
    pub fn has(&self, role: Role) -> bool {
        self.is_confirmed() && self.roles.contains_key(&role)
    }

    /// Whether it has counted, and had one of these roles, without a break since event `number` of the staff and until now.
    #[must_use]
    pub fn has_had(&self, roles: &[Role], number: u64) -> bool {
        let since = |event: Option<u64>| event.is_some_and(|event| event <= number);
        !self.has_left && since(self.confirmed) && roles.iter().any(|role| since(self.roles.get(role).copied()))
    }
}

/// A role that somebody proposes to give.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Proposed {
    account: Account,
    role: Role,
    by: Account,
    /// Whether another may still agree to it: the proposer has not lost the right since.
    number: u64,
}

/// Everybody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Staff {
    number: u64,
    newest_micros: Option<i64>,
    accounts: BTreeMap<Account, Standing>,
    proposed: Vec<Proposed>,
    /// Whether there have ever been two confirmed persons.
    is_founded: bool,
}

impl Staff {
    /// Nobody yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The staff that these events made.
    ///
    /// # Errors
    /// They are not numbered from 1 without a gap, or speak of an account that was never enrolled.
    pub fn from_events<'e>(events: impl IntoIterator<Item = &'e Event>) -> Result<Self, Refusal> {
        let mut staff = Self::new();
        events.into_iter().try_for_each(|event| staff.apply(event))?;
        Ok(staff)
    }

    /// The number of the newest event; 0 when there is none.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.number
    }

    /// What an account is, if it ever was enrolled.
    #[must_use]
    pub fn who(&self, account: &Account) -> Option<&Standing> {
        self.accounts.get(account)
    }

    /// Every account, by name.
    pub fn accounts(&self) -> impl Iterator<Item = (&Account, &Standing)> {
        self.accounts.iter()
    }

    /// Whether two confirmed persons have ever been there.
    #[must_use]
    pub fn is_founded(&self) -> bool {
        self.is_founded
    }

    /// What one more event makes of it.
    ///
    /// # Errors
    /// It is not the next one, or speaks of an account that was never enrolled.
    pub fn apply(&mut self, event: &Event) -> Result<(), Refusal> {
        if event.number != self.number + 1 {
            return Err(Refusal::OutOfOrder { expected: self.number + 1, found: event.number });
        }
        match &event.what {
            What::Enrolled { account, person, key } => {
                let standing = Standing {
                    person: person.clone(),
                    key: *key,
                    confirmed: None,
                    has_left: false,
                    roles: BTreeMap::new(),
                    enrolled_by: event.by.clone(),
                };
                self.accounts.insert(account.clone(), standing);
            }
            What::Confirmed { account } => {
                self.of(account)?.confirmed = Some(event.number);
                self.is_founded |= self.persons(Standing::is_confirmed) >= 2;
            }
            What::GrantProposed { account, role } => {
                let by = event.by.clone().ok_or(Refusal::NeedsPerson)?;
                self.proposed.retain(|one| (&one.account, one.role) != (account, *role));
                self.proposed.push(Proposed { account: account.clone(), role: *role, by, number: event.number });
            }
            What::Granted { account, role } => {
                self.proposed.retain(|one| (&one.account, one.role) != (account, *role));
                self.of(account)?.roles.insert(*role, event.number);
            }
            What::Revoked { account, role } => {
                self.of(account)?.roles.remove(role);
                self.proposed.retain(|one| one.by != *account && (&one.account, one.role) != (account, *role));
            }
            What::Left { account } => {
                let standing = self.of(account)?;
                standing.has_left = true;
                standing.roles.clear();
                self.proposed.retain(|one| one.by != *account && one.account != *account);
            }
        }
        self.number = event.number;
        self.newest_micros = self.newest_micros.max(Some(event.at_micros));
        Ok(())
    }

    fn of(&mut self, account: &Account) -> Result<&mut Standing, Refusal> {
        self.accounts.get_mut(account).ok_or_else(|| Refusal::NoAccount { account: account.clone() })
    }

    /// How many different persons there are among the accounts of that kind.
    fn persons(&self, of: impl Fn(&Standing) -> bool) -> usize {
        let persons = self.accounts.values().filter(|one| of(one)).map(|one| &one.person);
        persons.collect::<std::collections::BTreeSet<_>>().len()
    }

    /// By how much a moment lies before the newest event, where that is more than clocks are set now and then.
    fn behind(&self, at_micros: i64) -> Option<i64> {
        let behind = self.newest_micros?.saturating_sub(at_micros);
        (behind > TOLERANCE_MICROS).then_some(behind)
    }
}
