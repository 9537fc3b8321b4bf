//! What the way through the offsets means, in words' order: same, changed, missing, inserted, moved, repeated.
//!
//! Not here: finding the way (`path.rs`), and which of its runs are in order (`order.rs`). Invariants: stretches of the second sound follow each other and cover it but for moments
//! shorter than [`NOTICED_S`]; what the reference has and the second sound has not is named once.

use super::loudness::{Heard, Judged};
use super::order::{Run, in_order};
use super::path::Path;
use super::print::{BANDS, COLUMNS_PER_SECOND};

/// A difference shorter than this is not told from an encoder's doing.
pub(super) const NOTICED_S: f64 = 0.12;
/// The same at the ends, where encoders add silence; so much of a difference there may be quiet.
const NOTICED_AT_ENDS_S: f64 = 0.3;
/// How much of it may be sound: encoders leave off the last moments.
const NOTICED_SOUND_AT_ENDS_S: f64 = 0.15;
/// Lengths this close are equal.
pub(super) const EQUAL_S: f64 = 0.1;
/// The least sound of which anything can be said.
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
    /// One of them is too short to say anything, or has too little in it to go by: silence, a steady tone.
    TooLittle,
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
    /// Seconds of those in which both have sound, but so far below what is around it, or so little above noise, that it was not judged.
    pub too_quiet_seconds: f64,
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
pub(super) fn name(reference: &Heard<'_>, other: &Heard<'_>, path: &Path) -> Comparison {
    let short = reference.tellable_seconds().min(other.tellable_seconds()) < SHORTEST_S;
    let (runs, chain) = if short { Default::default() } else { in_order(reference, other, path) };
    let gain = gain(reference, other, &runs);
    let mut naming = Naming { reference, other, runs: &runs, chain: &chain, gain, stretches: Vec::new() };
    naming.walk();
    let mut stretches = naming.stretches;
    stretches.sort_by(|x, y| place(x).total_cmp(&place(y)));
    Comparison {
        likeness: likeness(reference, other, short, &runs, &stretches),
        stretches,
        reference_seconds: reference.seconds(),
        other_seconds: other.seconds(),
        same_seconds: seconds(runs.iter().map(Run::length).sum()),
        too_quiet_seconds: seconds(runs.iter().map(|run| too_quiet(reference, other, run)).sum()),
    }
}

/// Columns of a run in which there is sound that was not judged.
fn too_quiet(reference: &Heard<'_>, other: &Heard<'_>, run: &Run) -> i64 {
    let place = |at: i64| usize::try_from(at).unwrap_or(usize::MAX);
    let is = |at: &i64| {
        let (there, here) = (reference.judged(place(at + run.offset)), other.judged(place(*at)));
        there != Judged::Heard && here != Judged::Heard && (there == Judged::TooQuiet || here == Judged::TooQuiet)
    };
    (run.from..run.to).filter(is).count() as i64
}

/// Half decibels that the second sound is louder where both are the same.
fn gain(reference: &Heard<'_>, other: &Heard<'_>, runs: &[Run]) -> f64 {
    let of = |heard: &Heard<'_>, at: i64| {
        let at = usize::try_from(at).ok().filter(|at| heard.loud.get(*at) == Some(&true))?;
        Some(heard.columns[at].levels.iter().map(|level| f64::from(*level)).sum::<f64>() / BANDS as f64)
    };
    let pairs = runs
        .iter()
        .flat_map(|run| (run.from..run.to).filter_map(|at| Some(of(other, at)? - of(reference, at + run.offset)?)));
    let (sum, count) = pairs.fold((0.0, 0u32), |(sum, count), more| (sum + more, count + 1));
    sum / f64::from(count.max(1))
}

/// From how many seconds on a difference is one: of whatever, and of sound.
#[derive(Clone, Copy)]
struct Noticed {
    quiet_s: f64,
    sound_s: f64,
}

struct Naming<'a> {
    reference: &'a Heard<'a>,
    other: &'a Heard<'a>,
    runs: &'a [Run],
    chain: &'a [usize],
    /// Half decibels that the second sound is louder.
    gain: f64,
    stretches: Vec<Stretch>,
}

impl Naming<'_> {
    fn walk(&mut self) {
        let Some((first, last)) = self.chain.first().zip(self.chain.last()) else { return };
        let at_ends = Noticed { quiet_s: NOTICED_AT_ENDS_S, sound_s: NOTICED_SOUND_AT_ENDS_S };
        let within = Noticed { quiet_s: NOTICED_S, sound_s: NOTICED_S };
        let (end_a, end_b) = (self.reference.columns.len() as i64, self.other.columns.len() as i64);
        let (first, last) = (self.runs[*first], self.runs[*last]);
        self.out_of_order();
        self.between((0, first.from + first.offset), (0, first.from), at_ends);
        for at in self.chain {
            let run = self.runs[*at];
            self.stretches.push(Stretch::Same { reference: run.reference(), other: run.other() });
        }
        for pair in self.chain.windows(2) {
            let (p, q) = (self.runs[pair[0]], self.runs[pair[1]]);
            self.between((p.to + p.offset, q.from + q.offset), (p.to, q.from), within);
        }
        self.between((last.to + last.offset, end_a), (last.to, end_b), at_ends);
    }

    /// Runs that are not in the chain: moved, or there already.
    fn out_of_order(&mut self) {
        let loud = &self.other.loud;
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
    fn between(&mut self, a: (i64, i64), b: (i64, i64), noticed: Noticed) {
        let outside: Vec<Run> =
            self.runs.iter().enumerate().filter(|(at, _)| !self.chain.contains(at)).map(|(_, run)| *run).collect();
        let left_a = without(a, outside.iter().map(|run| (run.from + run.offset, run.to + run.offset)));
        let left_b = without(b, outside.iter().map(|run| (run.from, run.to)));
        if let ([a], [b]) = (left_a.as_slice(), left_b.as_slice()) {
            let (lacks, has) = (seconds(a.1 - a.0), seconds(b.1 - b.0));
            let said = self.reference.loud_in(a.0, a.1).max(self.other.loud_in(b.0, b.1)) as i64;
            if lacks.max(has) < noticed.quiet_s && seconds(said) < noticed.sound_s {
                return;
            }
            let equal = (lacks - has).abs() <= EQUAL_S;
            if equal || lacks.min(has) >= noticed.quiet_s.max(lacks.max(has) / 4.0) {
                let silenced = self.is_silenced(*a, *b);
                self.stretches.push(Stretch::Changed { reference: span(a.0, a.1), other: span(b.0, b.1), silenced });
                return;
            }
        }
        // What is left around something that moved is a difference only as far as there is sound in it: its pauses may be anywhere.
        let moved = outside
            .iter()
            .any(|run| run.from < b.1 && run.to > b.0 || run.from + run.offset < a.1 && run.to + run.offset > a.0);
        let noticed = |spans: Vec<(i64, i64)>, heard: &Heard<'_>| -> Vec<(i64, i64)> {
            let says = |(from, to): &(i64, i64)| {
                let said = seconds(heard.loud_in(*from, *to) as i64);
                said >= noticed.sound_s || !moved && seconds(to - from) >= noticed.quiet_s
            };
            spans.into_iter().filter(says).collect()
        };
        for (from, to) in noticed(left_a, self.reference) {
            self.stretches.push(Stretch::Missing { reference: span(from, to), other_s: seconds(b.0) });
        }
        for (from, to) in noticed(left_b, self.other) {
            self.stretches.push(Stretch::Inserted { other: span(from, to), reference_s: seconds(a.0) });
        }
    }

    fn is_silenced(&self, a: (i64, i64), b: (i64, i64)) -> bool {
        let loudness = |print: &Heard<'_>, (from, to): (i64, i64)| {
            let columns = print.columns.get(from.max(0) as usize..to.max(0) as usize).unwrap_or_default();
            let sum: u64 = columns.iter().flat_map(|column| column.levels).map(u64::from).sum();
            sum as f64 / (columns.len().max(1) * BANDS) as f64
        };
        let nothing_loud =
            self.other.loud_in(b.0, b.1) == 0 && self.reference.loud_in(a.0, a.1) as i64 * 10 > a.1 - a.0;
        nothing_loud || loudness(self.other, b) - self.gain + SILENCED_BY < loudness(self.reference, a)
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

fn likeness(reference: &Heard<'_>, other: &Heard<'_>, short: bool, runs: &[Run], stretches: &[Stretch]) -> Likeness {
    if runs.is_empty() {
        return if short { Likeness::TooLittle } else { Likeness::Different };
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
