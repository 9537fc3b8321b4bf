//! Why there is no decision: what the rules, the facts or the calendar do not cover.
//!
//! Not here: packs that are wrong (`error.rs`).
//! Invariant: a refusal names exactly what is missing, so that somebody can bring it. Nothing that waits for the decision may happen.

use std::fmt;

use jiff::civil::Date;

use crate::jurisdiction::Jurisdiction;
use crate::name::{Fact, OfficeName, RuleName};
use crate::recording::Meeting;

/// Why there is no decision.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// No pack has such a rule there. The packs' keeper adds one, or the thing is of another kind.
    NoRule {
        /// Which rule.
        name: RuleName,
        /// Where.
        jurisdiction: Jurisdiction,
    },
    /// There is such a rule, but not for that day. The packs' keeper extends it.
    NotInForce {
        /// Which rule.
        name: RuleName,
        /// Where.
        jurisdiction: Jurisdiction,
        /// The day in question.
        day: Date,
    },
    /// The rule counts from a fact that is not given. The caller brings it.
    MissingFact {
        /// Which rule.
        name: RuleName,
        /// Which fact.
        fact: Fact,
    },
    /// Two facts contradict each other. The caller puts them right.
    Contradiction(String),
    /// The count of working days came to a day whose holidays are not known. The packs' keeper adds them.
    NoHolidays {
        /// The first such day.
        day: Date,
    },
    /// No version of any pack says anything about recording such a meeting there on that day. The packs' keeper adds what holds.
    NothingOnRecording {
        /// Which kind of meeting.
        meeting: Meeting,
        /// Where.
        jurisdiction: Jurisdiction,
        /// The day in question.
        day: Date,
    },
    /// A count asks for the closures of an office that no pack knows. The caller leaves the office out, or the packs' keeper adds it.
    NoOffice {
        /// Which office.
        office: OfficeName,
    },
    /// The count left the calendar. The caller's day is wrong.
    BeyondCalendar {
        /// What is counted: a span, or a rule by its name.
        what: String,
        /// What was counted from.
        from: Date,
    },
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::NoRule { name, jurisdiction } => write!(f, "no pack has a rule {name} for {jurisdiction}"),
            Refusal::NotInForce { name, jurisdiction, day } => {
                write!(f, "no rule {name} for {jurisdiction} was in force on {day}")
            }
            Refusal::MissingFact { name, fact } => write!(f, "{name} counts from `{fact}`, and that day is not given"),
            Refusal::Contradiction(what) => f.write_str(what),
            Refusal::NoHolidays { day } => write!(f, "the bank holidays of {day} are not known"),
            Refusal::NothingOnRecording { meeting, jurisdiction, day } => {
                write!(f, "no pack says anything about recording a {meeting} in {jurisdiction} on {day}")
            }
            Refusal::NoOffice { office } => write!(f, "no pack has a closure or an extra day of the office {office}"),
            Refusal::BeyondCalendar { what, from } => write!(f, "{what} from {from}: the calendar ends before"),
        }
    }
}

impl std::error::Error for Refusal {}
