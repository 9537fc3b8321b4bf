//! Totals over many cases: as many appointments were planned as have an outcome or are still to come.
//!
//! Not here: where cases come from. Invariants: each appointment is counted once; the columns add up by construction of the count and are compared all the same,
//! against the number of events that made an appointment (`planned`, `moved`, `continued`), which the caller counts another way.

use std::collections::BTreeMap;
use std::fmt;

use super::state::{Case, Phase};
use super::word::Outcome;

/// How many appointments there are, and what became of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// All that were ever planned, moved ones included.
    pub planned: u64,
    /// Those with an outcome, by outcome.
    pub by_outcome: BTreeMap<Outcome, u64>,
    /// Those that stand, and whose day is not over.
    pub to_come: u64,
    /// Those that are going on, or whose outcome is not said yet, within their day.
    pub under_way: u64,
    /// Those whose time went by without an outcome, whether that was noted or not.
    pub overdue: u64,
    /// Of those with an outcome, how many were overdue before they had it.
    pub of_these_overdue: u64,
    /// Of those with an outcome, how many left somebody without the recording that was owed to them.
    pub of_these_owed: u64,
}

impl Tally {
    /// The totals of these cases at a moment, in microseconds since 1970.
    pub fn of<'c>(cases: impl IntoIterator<Item = &'c Case>, at_micros: i64) -> Self {
        let mut tally = Self::default();
        for case in cases {
            for one in case.appointments() {
                tally.planned += 1;
                let is_overdue = one.is_overdue || (case.phase() == Phase::Planned && one.slot.ends_micros < at_micros);
                match (one.outcome, is_overdue, case.phase()) {
                    (Some(outcome), ..) => {
                        *tally.by_outcome.entry(outcome).or_default() += 1;
                        tally.of_these_overdue += u64::from(one.is_overdue);
                        tally.of_these_owed += u64::from(one.is_owed);
                    }
                    (None, true, _) => tally.overdue += 1,
                    (None, false, Phase::Planned) => tally.to_come += 1,
                    (None, false, _) => tally.under_way += 1,
                }
            }
        }
        tally
    }

    /// Whether every appointment of `planned`, counted elsewhere, is in exactly one column.
    #[must_use]
    pub fn reconciles_with(&self, planned: u64) -> bool {
        let accounted: u64 = self.by_outcome.values().sum();
        self.planned == planned && self.planned == accounted + self.to_come + self.under_way + self.overdue
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} planned", self.planned)?;
        for (outcome, count) in &self.by_outcome {
            write!(f, ", {count} {outcome}")?;
        }
        write!(f, ", {} to come, {} under way, {} overdue", self.to_come, self.under_way, self.overdue)
    }
}
