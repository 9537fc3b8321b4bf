//! What the way through the offsets means, in words' order: same, changed, missing, inserted, moved, repeated.
//!
//! Not here: finding the way (`path.rs`), and which of its runs are in order (`order.rs`). Invariants: stretches of the second sound follow each other and cover it but for moments
//! shorter than [`NOTICED_S`]; what the reference has and the second sound has not is named once.

use super::order::{Run, in_order};
use super::path::Path;
use super::print::{BANDS, COLUMNS_PER_SECOND, Print};

/// A difference shorter than this is not told from an encoder's doing.
pub(super) const NOTICED_S: f64 = 0.12;
/// The same at the ends, where encoders add silence and leave off the last moments.
const NOTICED_AT_ENDS_S: f64 = 0.3;
/// Lengths this close are equal.
pub(super) const EQUAL_S: f64 = 0.1;
/// The shortest sound of which anything can be said.
const SHORTEST_S: f64 = 2.0;
/// Half decibels that a silenced stretch lies below the reference's.
const SILENCED_BY: f64 = 40.0;

/// From and to, in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Span {
    /// Where it begins.
    pub from_s: f64,
    /// Where it ends.
    pub to_s: f64,
}

impl Span {
    /// How long it is.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        self.to_s - self.from_s
    }
}

/// A stretch of the second sound, or of the reference where the second sound lacks it.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Stretch {
    /// Both sound the same here.
    Same {
        /// In the reference.
        reference: Span,
        /// In the second sound.
        other: Span,
    },
    /// The second sound has something else in place of this.
    Changed {
        /// In the reference.
        reference: Span,
        /// In the second sound.
        other: Span,
        /// Whether what it has is silence where the reference has sound.
        silenced: bool,
    },
    /// The second sound lacks this.
    Missing {
        /// In the reference.
        reference: Span,
        /// Where it would be in the second sound, s.
        other_s: f64,
    },
    /// The reference lacks this.
    Inserted {
        /// In the second sound.
        other: Span,
        /// Where it would be in the reference, s.
        reference_s: f64,
    },
    /// The same sound, but at another place among the rest.
    Moved {
        /// In the reference.
        reference: Span,
        /// In the second sound.
        other: Span,
    },
    /// The same sound once more.
    Repeated {
        /// In the reference.
        reference: Span,
        /// In the second sound.
        other: Span,
    },
}

/// What can be said of the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Likeness {
    /// The same sound from end to end.
    Same,
    /// The second sound is one stretch of the reference.
    Part,
    /// The reference is one stretch of the second sound.
    Whole,
    /// The same sound with differences.
    Differs,
    /// No moment of one was found in the other.
    Different,
    /// One of them is too short to say anything.
    TooShort,
}

/// What came of comparing two sounds.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// The whole in one word.
    pub likeness: Likeness,
    /// Everything, in the second sound's order.
    pub stretches: Vec<Stretch>,
    /// Length of the reference, s.
    pub reference_seconds: f64,
    /// Length of the second sound, s.
    pub other_seconds: f64,
    /// Seconds of the second sound that are the reference's, wherever.
    pub same_seconds: f64,
}

pub(super) fn span(from: i64, to: i64) -> Span {
    Span { from_s: seconds(from), to_s: seconds(to) }
}

pub(super) fn seconds(columns: i64) -> f64 {
    columns as f64 / COLUMNS_PER_SECOND as f64
}

pub(super) fn columns(seconds: f64) -> i64 {
    (seconds * COLUMNS_PER_SECOND as f64) as i64
}

/// Names what a way means.
pub(super) fn name(reference: &Print, other: &Print, path: &Path) -> Comparison {
    let short = reference.seconds().min(other.seconds()) < SHORTEST_S;
    let (runs, chain) = if short { Default::default() } else { in_order(reference, other, path) };
    let mut naming = Naming { reference, other, runs: &runs, chain: &chain, stretches: Vec::new() };
    naming.walk();
    let mut stretches = naming.stretches;
    stretches.sort_by(|x, y| place(x).total_cmp(&place(y)));
    Comparison {
        likeness: likeness(reference, other, short, &runs, &stretches),
        stretches,
        reference_seconds: reference.seconds(),
        other_seconds: other.seconds(),
        same_seconds: seconds(runs.iter().map(Run::length).sum()),
    }
}

struct Naming<'a> {
    reference: &'a Print,
    other: &'a Print,
    runs: &'a [Run],
    chain: &'a [usize],
    stretches: Vec<Stretch>,
}

impl Naming<'_> {
    fn walk(&mut self) {
        let Some((first, last)) = self.chain.first().zip(self.chain.last()) else { return };
        let (end_a, end_b) = (self.reference.columns.len() as i64, self.other.columns.len() as i64);
        let (first, last) = (self.runs[*first], self.runs[*last]);
        self.out_of_order();
        self.between((0, first.from + first.offset), (0, first.from), NOTICED_AT_ENDS_S);
        for at in self.chain {
            let run = self.runs[*at];
            self.stretches.push(Stretch::Same { reference: run.reference(), other: run.other() });
        }
        for pair in self.chain.windows(2) {
            let (p, q) = (self.runs[pair[0]], self.runs[pair[1]]);
            self.between((p.to + p.offset, q.from + q.offset), (p.to, q.from), NOTICED_S);
        }
        self.between((last.to + last.offset, end_a), (last.to, end_b), NOTICED_AT_ENDS_S);
    }

    /// Runs that are not in the chain: moved, or there already.
    fn out_of_order(&mut self) {
        let loud = self.other.loud();
        for (at, run) in self.runs.iter().enumerate() {
            if self.chain.contains(&at) {
                continue;
            }
            // The pauses around it could belong anywhere: what moved is what was said.
            let is_loud = |column: &i64| loud.get(*column as usize).copied().unwrap_or(false);
            let Some(from) = (run.from..run.to).find(is_loud) else { continue };
            let to = (from..run.to).rev().find(is_loud).map_or(run.to, |last| last + 1);
            let run = Run { from, to, ..*run };
            let (from, to) = (run.from + run.offset, run.to + run.offset);
            let twice: i64 = self
                .chain
                .iter()
                .map(|at| {
                    let run = self.runs[*at];
                    (to.min(run.to + run.offset) - from.max(run.from + run.offset)).max(0)
                })
                .sum();
            let (reference, other) = (run.reference(), run.other());
            self.stretches.push(if twice * 2 > to - from {
                Stretch::Repeated { reference, other }
            } else {
                Stretch::Moved { reference, other }
            });
        }
    }

    /// What lies between two runs of the chain, in the reference and in the second sound.
    fn between(&mut self, a: (i64, i64), b: (i64, i64), noticed_s: f64) {
        let outside: Vec<Run> =
            self.runs.iter().enumerate().filter(|(at, _)| !self.chain.contains(at)).map(|(_, run)| *run).collect();
        let left_a = without(a, outside.iter().map(|run| (run.from + run.offset, run.to + run.offset)));
        let left_b = without(b, outside.iter().map(|run| (run.from, run.to)));
        if let ([a], [b]) = (left_a.as_slice(), left_b.as_slice()) {
            let (lacks, has) = (seconds(a.1 - a.0), seconds(b.1 - b.0));
            if lacks.max(has) < noticed_s {
                return;
            }
            let equal = (lacks - has).abs() <= EQUAL_S;
            if equal || lacks.min(has) >= noticed_s.max(lacks.max(has) / 4.0) {
                let silenced = self.is_silenced(*a, *b);
                self.stretches.push(Stretch::Changed { reference: span(a.0, a.1), other: span(b.0, b.1), silenced });
                return;
            }
        }
        // What is left around something that moved is a difference only as far as there is sound in it: its pauses may be anywhere.
        let moved = outside
            .iter()
            .any(|run| run.from < b.1 && run.to > b.0 || run.from + run.offset < a.1 && run.to + run.offset > a.0);
        let noticed = |spans: Vec<(i64, i64)>, loud: &[bool]| -> Vec<(i64, i64)> {
            let says = |(from, to): &(i64, i64)| {
                let columns = loud.get((*from).max(0) as usize..(*to).max(0) as usize).unwrap_or_default();
                let said = if moved { columns.iter().filter(|loud| **loud).count() as i64 } else { to - from };
                seconds(said) >= noticed_s
            };
            spans.into_iter().filter(says).collect()
        };
        for (from, to) in noticed(left_a, &self.reference.loud()) {
            self.stretches.push(Stretch::Missing { reference: span(from, to), other_s: seconds(b.0) });
        }
        for (from, to) in noticed(left_b, &self.other.loud()) {
            self.stretches.push(Stretch::Inserted { other: span(from, to), reference_s: seconds(a.0) });
        }
    }

    fn is_silenced(&self, a: (i64, i64), b: (i64, i64)) -> bool {
        let loudness = |print: &Print, (from, to): (i64, i64)| {
            let columns = print.columns.get(from.max(0) as usize..to.max(0) as usize).unwrap_or_default();
            let sum: u64 = columns.iter().flat_map(|column| column.levels).map(u64::from).sum();
            sum as f64 / (columns.len().max(1) * BANDS) as f64
        };
        loudness(self.other, b) + SILENCED_BY < loudness(self.reference, a)
    }
}

/// A stretch without others, in order.
fn without(whole: (i64, i64), others: impl Iterator<Item = (i64, i64)>) -> Vec<(i64, i64)> {
    let mut others: Vec<_> = others.filter(|(from, to)| *from < whole.1 && *to > whole.0).collect();
    others.sort_unstable();
    let (mut left, mut at) = (Vec::new(), whole.0);
    for (from, to) in others {
        if from > at {
            left.push((at, from));
        }
        at = at.max(to);
    }
    if at < whole.1 || left.is_empty() && whole.0 >= whole.1 {
        left.push((at, whole.1.max(at)));
    }
    left
}

/// Where in the second sound it stands.
fn place(stretch: &Stretch) -> f64 {
    match stretch {
        Stretch::Same { other, .. }
        | Stretch::Changed { other, .. }
        | Stretch::Inserted { other, .. }
        | Stretch::Moved { other, .. }
        | Stretch::Repeated { other, .. } => other.from_s,
        Stretch::Missing { other_s, .. } => *other_s,
    }
}

fn likeness(reference: &Print, other: &Print, short: bool, runs: &[Run], stretches: &[Stretch]) -> Likeness {
    if runs.is_empty() {
        return if short { Likeness::TooShort } else { Likeness::Different };
    }
    let at_ends = |from: f64, to: f64, whole: f64| from < NOTICED_AT_ENDS_S || to > whole - NOTICED_AT_ENDS_S;
    let (mut part, mut whole) = (false, false);
    for stretch in stretches {
        match stretch {
            Stretch::Same { .. } => {}
            Stretch::Missing { reference: span, .. } if at_ends(span.from_s, span.to_s, reference.seconds()) => {
                part = true
            }
            Stretch::Inserted { other: span, .. } if at_ends(span.from_s, span.to_s, other.seconds()) => whole = true,
            _ => return Likeness::Differs,
        }
    }
    match (part, whole) {
        (false, false) => Likeness::Same,
        (true, false) => Likeness::Part,
        (false, true) => Likeness::Whole,
        (true, true) => Likeness::Differs,
    }
}
