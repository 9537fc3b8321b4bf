//! Events of the staff decided again when they are read, and what each account was at which time.
//!
//! Not here: what may be (`decide.rs`). Invariants: an event is read only where the very same is decided on the staff as it was before it; what an account
//! may have done is asked of what it was then, never of what it is now.

use std::collections::BTreeMap;

use super::{Command, Event, Staff, Standing, What, decide};
use crate::moment::Moment;
use crate::name::Account;
use crate::refusal::Refusal;

/// The staff as it is, and what it was after each of its events.
#[derive(Clone, Debug, Default)]
pub struct History {
    now: Staff,
    /// Of each account what it was from which event on.
    accounts: BTreeMap<Account, Vec<(u64, Standing)>>,
}

impl History {
    /// Nobody yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// One more event, if it is what follows from a command that might be given then.
    ///
    /// # Errors
    /// Why nobody could have decided it, or that something else would have been decided.
    pub fn read(&mut self, event: &Event) -> Result<(), Refusal> {
        if event.number != self.now.number + 1 {
            return Err(Refusal::OutOfOrder { expected: self.now.number + 1, found: event.number });
        }
        let undecided = |what| Refusal::Undecided { what };
        let moment = Moment::of_event(event.at_micros, &event.clocks).ok_or(undecided("its clocks are none"))?;
        let decided = decide(&self.now, &command(&event.what), event.by.as_ref(), &moment)?;
        if decided.as_slice() != std::slice::from_ref(event) {
            return Err(undecided("something else follows there"));
        }
        self.now.apply(event)?;
        let account = account(&event.what);
        if let Some(standing) = self.now.accounts.get(account) {
            self.accounts.entry(account.clone()).or_default().push((event.number, standing.clone()));
        }
        Ok(())
    }

    /// The staff as it is.
    #[must_use]
    pub fn now(&self) -> &Staff {
        &self.now
    }

    /// What these accounts were after so many events.
    #[must_use]
    pub(crate) fn at<'a>(&self, number: u64, accounts: impl Iterator<Item = &'a Account>) -> Staff {
        let mut then = Staff { number: number.min(self.now.number), ..Staff::new() };
        for account in accounts {
            let all = self.accounts.get(account).map(Vec::as_slice).unwrap_or_default();
            let known = all.partition_point(|(since, _)| *since <= number);
            if let Some((_, standing)) = known.checked_sub(1).and_then(|last| all.get(last)) {
                then.accounts.insert(account.clone(), standing.clone());
            }
        }
        then
    }
}

/// The command that it came of.
fn command(what: &What) -> Command {
    match what.clone() {
        What::Enrolled { account, person, key } => Command::Enrol { account, person, key },
        What::Confirmed { account } => Command::Confirm { account },
        What::GrantProposed { account, role } | What::Granted { account, role } => Command::Grant { account, role },
        What::Revoked { account, role } => Command::Revoke { account, role },
        What::Left { account } => Command::Leave { account },
    }
}

/// Of whom it speaks.
fn account(what: &What) -> &Account {
    match what {
        What::Enrolled { account, .. }
        | What::Confirmed { account }
        | What::GrantProposed { account, .. }
        | What::Granted { account, .. }
        | What::Revoked { account, .. }
        | What::Left { account } => account,
    }
}
