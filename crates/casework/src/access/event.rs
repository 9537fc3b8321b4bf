//! What happened to the ways in which people sign in, as it is on the record: a stream of its own.
//!
//! Not here: what an account may do, whose events are the staff's.
//! Invariant: no secret stands in it, nor anything from which one could be guessed; a key is named as its owner named it, and by the digest of its id, a link by the
//! digest by which it is found: so an event says which one it ended. Of a person there stands no more than an id of chance.

use serde::{Deserialize, Serialize};

use crate::hex::{CaseId, Digest, PersonId};
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
        /// The account that made it, enrolled or not; none where the program did when it started.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        made_by: Option<Account>,
        /// Which one it is.
        link: Digest,
    },
    /// By a link, a password and a first key were set.
    SetUp {
        /// Of which account.
        account: Account,
        /// Whose it is said to be.
        person: Person,
        /// The key's name.
        key: String,
        /// Which key it is.
        id: Digest,
        /// By which link.
        link: Digest,
    },
    /// A key was added.
    KeyAdded {
        /// Of which account.
        account: Account,
        /// Its name.
        key: String,
        /// Which one it is.
        id: Digest,
    },
    /// A key was taken away, at once.
    KeyRemoved {
        /// Of which account.
        account: Account,
        /// Its name.
        key: String,
        /// Which one it is.
        id: Digest,
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
    /// Every session and every unused link was ended: an office came back from a backup.
    AllEnded,
    /// The person of a case got an account, with a code that is its second proof.
    PersonAdded {
        /// Which account.
        person: PersonId,
        /// Whose case.
        case: CaseId,
    },
    /// They got another code: the one before is none any more.
    PersonCode {
        /// Which account.
        person: PersonId,
        /// The case in which it was made.
        case: CaseId,
    },
    /// The account was taken away, at once and for ever.
    PersonRemoved {
        /// Which account.
        person: PersonId,
        /// The case in which it was.
        case: CaseId,
    },
    /// The person signed in.
    PersonIn {
        /// With which account.
        person: PersonId,
        /// By which link.
        link: Digest,
    },
    /// All the person's sessions were ended.
    PersonOutEverywhere {
        /// Of which account.
        person: PersonId,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What was written once is read for ever.
    #[test]
    fn every_kind_is_stored_in_its_one_form() {
        let (id, link) = ("07".repeat(32), "09".repeat(32));
        let (person, case) = ("0a".repeat(16), "0b".repeat(16));
        let whats = [
            format!(r#"{{"link-made":{{"link":"{link}"}}}}"#),
            format!(r#"{{"link-made":{{"account":"ben","person":"2","made_by":"anna","link":"{link}"}}}}"#),
            format!(r#"{{"set-up":{{"account":"ben","person":"2","key":"blue","id":"{id}","link":"{link}"}}}}"#),
            format!(r#"{{"key-added":{{"account":"ben","key":"green","id":"{id}"}}}}"#),
            format!(r#"{{"key-removed":{{"account":"ben","key":"green","id":"{id}"}}}}"#),
            r#"{"password-changed":{"account":"ben"}}"#.to_owned(),
            r#"{"signed-out-everywhere":{"account":"ben"}}"#.to_owned(),
            r#""all-ended""#.to_owned(),
            format!(r#"{{"person-added":{{"person":"{person}","case":"{case}"}}}}"#),
            format!(r#"{{"person-code":{{"person":"{person}","case":"{case}"}}}}"#),
            format!(r#"{{"person-removed":{{"person":"{person}","case":"{case}"}}}}"#),
            format!(r#"{{"person-in":{{"person":"{person}","link":"{link}"}}}}"#),
            format!(r#"{{"person-out-everywhere":{{"person":"{person}"}}}}"#),
        ];
        for what in whats {
            let line = format!(r#"{{"v":1,"event":{{"number":3,"at":5,"what":{what}}}}}"#);
            let event = Event::parse(line.as_bytes()).unwrap_or_else(|why| panic!("{line}: {why}"));
            assert_eq!(String::from_utf8(event.bytes()).unwrap(), line);
        }
    }
}
