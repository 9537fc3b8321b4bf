//! What happened to the ways in which people sign in, as it is on the record: a stream of its own.
//!
//! Not here: what an account may do, whose events are the staff's.
//! Invariant: no secret stands in it, nor anything from which one could be guessed; a key is named as its owner named it.

use serde::{Deserialize, Serialize};

use crate::name::{Account, Person};
use crate::stored::{self, Malformed};

/// One event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// Its number in the stream, from 1.
    pub number: u64,
    /// When, in microseconds since 1970.
    #[serde(rename = "at")]
    pub at_micros: i64,
    /// Who did it. Nobody where an account is not enrolled yet: its name stands in what happened.
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
    /// A one-time link was made.
    LinkMade {
        /// For which account; for whoever sets the office up where none is named.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        account: Option<Account>,
        /// Whose it is to be.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        person: Option<Person>,
    },
    /// By a link, a password and a first key were set.
    SetUp {
        /// Of which account.
        account: Account,
        /// Whose it is said to be.
        person: Person,
        /// The key's name.
        key: String,
    },
    /// A key was added.
    KeyAdded {
        /// Of which account.
        account: Account,
        /// Its name.
        key: String,
    },
    /// A key was taken away, at once.
    KeyRemoved {
        /// Of which account.
        account: Account,
        /// Its name.
        key: String,
    },
    /// The password was changed.
    PasswordChanged {
        /// Of which account.
        account: Account,
    },
    /// All sessions were ended.
    SignedOutEverywhere {
        /// Of which account.
        account: Account,
    },
}
