//! What members of staff may be.
//!
//! Not here: what each may do (`custody/rights.rs`), who is what (`staff.rs`).
//! Invariant: each has one word, in events and on the command line.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A role. What is not given to a role in the table is refused to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Holds meetings and makes recordings.
    Interviewer,
    /// Answers for interviewers.
    TeamLeader,
    /// Advises on cases.
    Adviser,
    /// Answers requests for information and for people's own data.
    InformationRightsOfficer,
    /// Keeps things, and destroys them when they are due.
    RecordsOfficer,
    /// Looks after people's data.
    PrivacyOfficer,
    /// Looks at what was done, never at content.
    Auditor,
    /// Runs the system: people and roles, no content, no keys.
    Administrator,
}

impl Role {
    /// All of them.
    pub const ALL: [Role; 8] = [
        Role::Interviewer,
        Role::TeamLeader,
        Role::Adviser,
        Role::InformationRightsOfficer,
        Role::RecordsOfficer,
        Role::PrivacyOfficer,
        Role::Auditor,
        Role::Administrator,
    ];

    /// Its word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Interviewer => "interviewer",
            Role::TeamLeader => "team-leader",
            Role::Adviser => "adviser",
            Role::InformationRightsOfficer => "information-rights-officer",
            Role::RecordsOfficer => "records-officer",
            Role::PrivacyOfficer => "privacy-officer",
            Role::Auditor => "auditor",
            Role::Administrator => "administrator",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|role| role.as_str() == text);
        found.ok_or_else(|| format!("`{text}` is not a role known here"))
    }
}
