//! What happened to accounts.
//!
//! Not here: whether it may happen (`decide.rs`), what follows (`mod.rs`).
//! Invariant: nothing in it is private; a person is an id.

use serde::{Deserialize, Serialize};

use crate::hex::PublicKey;
use crate::moment::Clock;
use crate::name::{Account, Person};
use crate::role::Role;
use crate::stored::{self, Malformed};

/// One event of the staff.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// Its number among the staff's events, from 1.
    pub number: u64,
    /// When, in microseconds since 1970.
    #[serde(rename = "at")]
    pub at_micros: i64,
    /// Who says that it was then.
    pub clocks: Vec<Clock>,
    /// By how much it lies before an earlier event, where that is more than clocks are set now and then.
    #[serde(rename = "behind", default, skip_serializing_if = "Option::is_none")]
    pub behind_micros: Option<i64>,
    /// Who did it; `None` is whoever set the system up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Account>,
    /// What.
    pub what: What,
}

impl Event {
    /// The bytes to be stored and committed to.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        stored::print(self)
    }

    /// The event that was stored.
    ///
    /// # Errors
    /// The bytes are damaged or of a later version.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        stored::parse(bytes)
    }
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum What {
    /// A person was given an account.
    Enrolled {
        /// Its name.
        account: Account,
        /// Whose.
        person: Person,
        /// The key it approves with.
        key: PublicKey,
    },
    /// Another person says that the account is that person's.
    Confirmed {
        /// Which account.
        account: Account,
    },
    /// Somebody proposes to give a role.
    GrantProposed {
        /// To whom.
        account: Account,
        /// Which.
        role: Role,
    },
    /// Somebody else agreed, and the role is given.
    Granted {
        /// To whom.
        account: Account,
        /// Which.
        role: Role,
    },
    /// A role was taken away.
    Revoked {
        /// From whom.
        account: Account,
        /// Which.
        role: Role,
    },
    /// The account is used no more.
    Left {
        /// Which.
        account: Account,
    },
}
