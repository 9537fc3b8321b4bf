//! What the rules say about recording one kind of meeting on one day, aspect by aspect.
//!
//! Not here: the aspects and their words (`recording.rs`), choosing the rule (`book.rs`). Nor doing anything about it.
//! Invariants: a ruling has no public constructor and says at least one thing; every answer names its rule, version, digest, clause and
//! source; of what no version covers there is a refusal that names it, never an answer.

use jiff::civil::Date;

use crate::book::{Asked, Book};
use crate::decision::{Applied, applied, unconfirmed};
use crate::jurisdiction::Jurisdiction;
use crate::name::RuleName;
use crate::recording::{Aspect, Meeting, Said};
use crate::refusal::Refusal;
use crate::rule::Value;

/// What one rule answers, and the rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer<'a, T> {
    /// What it says; never nothing.
    pub says: &'a [T],
    /// The rule that says so.
    pub applied: &'a Applied,
}

/// What the rules say about recording a kind of meeting on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordingRuling {
    meeting: Meeting,
    jurisdiction: Jurisdiction,
    day: Date,
    said: Vec<(Said, Applied)>,
    /// Of every other aspect, why nothing is said.
    refused: Vec<(Aspect, Refusal)>,
}

impl RecordingRuling {
    /// The kind of meeting.
    #[must_use]
    pub fn meeting(&self) -> Meeting {
        self.meeting
    }

    /// Where it is.
    #[must_use]
    pub fn jurisdiction(&self) -> Jurisdiction {
        self.jurisdiction
    }

    /// The day whose rules these are.
    #[must_use]
    pub fn day(&self) -> Date {
        self.day
    }

    /// All that is said, with the rule each rests on, in the order of the aspects.
    #[must_use]
    pub fn all(&self) -> &[(Said, Applied)] {
        &self.said
    }

    /// The aspects of which nothing is said, each with why.
    #[must_use]
    pub fn not_covered(&self) -> &[(Aspect, Refusal)] {
        &self.refused
    }

    /// The rules that are not confirmed, each with the reason.
    pub fn unconfirmed(&self) -> impl Iterator<Item = (&Applied, &str)> {
        self.said.iter().flat_map(|(_, applied)| unconfirmed(std::slice::from_ref(applied)))
    }

    pub(crate) fn said(&self, aspect: Aspect) -> Result<(&Said, &Applied), Refusal> {
        let found = self.said.iter().find(|(said, _)| said.aspect() == aspect);
        found.map(|(said, applied)| (said, applied)).ok_or_else(|| self.nothing(aspect))
    }

    pub(crate) fn nothing(&self, aspect: Aspect) -> Refusal {
        let refused = self.refused.iter().find(|(other, _)| *other == aspect).map(|(_, refusal)| refusal.clone());
        refused.unwrap_or_else(|| not_in_force(aspect, self))
    }
}

impl Book {
    /// What the rules say about recording `meeting` on `day`.
    ///
    /// # Errors
    /// No version of any pack says anything about it. Of what only some aspects are covered, the others are refused one by one.
    pub fn recording(
        &self,
        day: Date,
        meeting: Meeting,
        jurisdiction: Jurisdiction,
    ) -> Result<RecordingRuling, Refusal> {
        let mut ruling = RecordingRuling { meeting, jurisdiction, day, said: Vec::new(), refused: Vec::new() };
        for aspect in Aspect::ALL.iter().copied() {
            let found = self.select(&RuleName::Recording(aspect, meeting), jurisdiction, Asked::On(day)).ok();
            let said = found.as_ref().and_then(|found| match &found.rule.value {
                Value::Recording(said) => Some((said.clone(), applied(found))),
                _ => None,
            });
            match said {
                Some(said) => ruling.said.push(said),
                // Whether other days have such a rule is not said: a later version would change the words of what was decided before it.
                None => ruling.refused.push((aspect, not_in_force(aspect, &ruling))),
            }
        }
        if ruling.said.is_empty() {
            Err(Refusal::NothingOnRecording { meeting, jurisdiction, day })
        } else {
            Ok(ruling)
        }
    }
}

fn not_in_force(aspect: Aspect, ruling: &RecordingRuling) -> Refusal {
    let name = RuleName::Recording(aspect, ruling.meeting);
    Refusal::NotInForce { name, jurisdiction: ruling.jurisdiction, day: ruling.day }
}
