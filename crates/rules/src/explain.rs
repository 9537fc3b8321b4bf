//! What applied to a case, from which version, and why: the material of an explanation that a person can read years later.
//!
//! Not here: where a case comes from, and in which words or language it is put to somebody.
//! Invariants: an explanation holds only what the book answers, answers and refusals both; the same packs and case give the same text, and
//! packs that came later than the case's days change nothing in it.

use std::fmt;

use jiff::civil::Date;

use crate::book::Book;
use crate::decision::Applied;
use crate::facts::Thing;
use crate::jurisdiction::Jurisdiction;
use crate::recording::Meeting;
use crate::refusal::Refusal;

/// A meeting, and what is kept of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// The kind of meeting.
    pub meeting: Meeting,
    /// Where it is.
    pub jurisdiction: Jurisdiction,
    /// The day whose rules are asked about.
    pub day: Date,
    /// What is kept of it.
    pub kept: Vec<Thing>,
}

/// One question and what the rules say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A rule applies.
    Applies {
        /// The rule.
        applied: Box<Applied>,
        /// Why this one.
        why: String,
    },
    /// No rule does.
    Refused(Refusal),
}

/// All that the rules say of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    entries: Vec<Entry>,
}

impl Explanation {
    /// Question by question: the aspects of recording first, then each thing that is kept with the rules its term rests on.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The rules that are not confirmed, each with the reason.
    pub fn unconfirmed(&self) -> impl Iterator<Item = (&Applied, &str)> {
        self.entries.iter().filter_map(|entry| match entry {
            Entry::Applies { applied, .. } => Some((&**applied, applied.unconfirmed.as_deref()?)),
            Entry::Refused(_) => None,
        })
    }
}

impl Book {
    /// What applies to `case`, from which version, and why. What is not covered stands in it as refused.
    #[must_use]
    pub fn explain(&self, case: &Case) -> Explanation {
        let mut entries = Vec::new();
        match self.recording(case.day, case.meeting, case.jurisdiction) {
            Ok(ruling) => {
                for (_, applied) in ruling.all() {
                    let pack = self.packs().find(|pack| *pack.id() == applied.pack);
                    let began = pack.expect("a rule that applies stands in a pack of this book").from();
                    let why = format!(
                        "asked about {}; {} began on {began}, and no later one had begun by then",
                        case.day, applied.pack
                    );
                    entries.push(Entry::Applies { applied: Box::new(applied.clone()), why });
                }
                entries.extend(ruling.not_covered().iter().map(|(_, refusal)| Entry::Refused(refusal.clone())));
            }
            Err(refusal) => entries.push(Entry::Refused(refusal)),
        }
        for thing in &case.kept {
            match self.due(thing) {
                Ok(decision) => {
                    let (fact, began) = decision.began();
                    let steps: Vec<_> = decision.steps().iter().map(ToString::to_string).collect();
                    let mut why = Some(steps.join(" "));
                    entries.extend(decision.applied().iter().map(|applied| {
                        // The steps tell of all the rules at once, and are told with the first.
                        let why =
                            why.take().unwrap_or_else(|| format!("asked for by that count from {fact} on {began}"));
                        Entry::Applies { applied: Box::new(applied.clone()), why }
                    }));
                }
                Err(refusal) => entries.push(Entry::Refused(refusal)),
            }
        }
        Explanation { entries }
    }
}

impl fmt::Display for Entry {
    /// Some lines without a line break at the end; only the first is not set in.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (applied, why) = match self {
            Entry::Applies { applied, why } => (applied, why),
            Entry::Refused(refusal) => return write!(f, "not covered: {refusal}"),
        };
        let Applied { what, value, pack, source, clause, valid, unconfirmed } = &**applied;
        writeln!(f, "{what}: {value}")?;
        writeln!(f, "  {pack}, sha256 {}, in force {valid}", pack.digest_hex())?;
        writeln!(f, "  {clause} of {} ({})", source.title, source.authority.as_str())?;
        write!(f, "  why: {why}")?;
        if let Some(reason) = unconfirmed {
            write!(f, "\n  unconfirmed: {reason}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.entries.iter().try_for_each(|entry| writeln!(f, "{entry}"))
    }
}
