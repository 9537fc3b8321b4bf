//! Runs of one offset, and which of them stand in the same order in both sounds.
//!
//! Not here: what the others are called (`stretches.rs`). At a cut or an insertion the way through the offsets (`path.rs`) holds on to
//! an offset for some columns more than it should, because by chance they are alike; two runs then claim the same moments of the
//! reference. Invariant: in the chain every moment of the reference belongs to one run, the one that it fits better; what was said
//! twice is a run of its own, outside the chain.

use super::loudness::Heard;
use super::path::Path;
use super::print::BANDS;
use super::stretches::{EQUAL_S, NOTICED_S, Span, columns, seconds, span};

/// Sound that two runs in order both claim: shorter than this it was alike by chance, from here on it was said twice.
const SAID_TWICE_S: f64 = 0.5;

/// Columns of the second sound at one offset.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Run {
    pub(super) offset: i64,
    pub(super) from: i64,
    pub(super) to: i64,
}

impl Run {
    pub(super) fn length(&self) -> i64 {
        self.to - self.from
    }

    pub(super) fn reference(&self) -> Span {
        span(self.from + self.offset, self.to + self.offset)
    }

    pub(super) fn other(&self) -> Span {
        span(self.from, self.to)
    }

    fn begin(&self) -> i64 {
        self.from + self.offset
    }

    fn end(&self) -> i64 {
        self.to + self.offset
    }
}

/// The runs, and by their place in it those that are in order and cover the most.
pub(super) fn in_order(reference: &Heard<'_>, other: &Heard<'_>, path: &Path) -> (Vec<Run>, Vec<usize>) {
    let mut runs = runs(path);
    let chain = longest_in_order(&runs);
    let loud = &other.loud;
    let mut twice = Vec::new();
    for pair in chain.windows(2) {
        let (p, q) = (runs[pair[0]], runs[pair[1]]);
        let claimed = q.begin().max(p.begin())..p.end().min(q.end());
        let again = claimed.start - q.offset..claimed.end - q.offset;
        let said = again.clone().filter(|at| loud.get(*at as usize).copied().unwrap_or(false)).count();
        let split = if seconds(said as i64) >= SAID_TWICE_S {
            twice.push(Run { offset: q.offset, from: again.start, to: again.end });
            claimed.end
        } else if claimed.is_empty() {
            continue;
        } else {
            best_split(reference, other, (&p, &q), claimed)
        };
        runs[pair[0]].to = split - p.offset;
        runs[pair[1]].from = split - q.offset;
    }
    let chain: Vec<Run> = chain.into_iter().map(|at| runs[at]).filter(|run| run.length() > 0).collect();
    runs.extend(twice);
    runs.retain(|run| run.length() > 0);
    runs.sort_unstable_by_key(|run| run.from);
    let chain = (0..runs.len()).filter(|at| chain.contains(&runs[*at])).collect();
    (runs, chain)
}

fn runs(path: &Path) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for (at, offset) in (0..).zip(path) {
        let Some(offset) = *offset else { continue };
        match runs.last_mut() {
            // An encoder's grid may shift an offset by a column or two: that is no cut.
            Some(run) if run.to == at && (run.offset - offset).abs() <= 2 => run.to = at + 1,
            _ => runs.push(Run { offset, from: at, to: at + 1 }),
        }
    }
    runs.retain(|run| seconds(run.length()) >= NOTICED_S);
    runs
}

/// Which runs, one after the other in both sounds, cover the most; by their place in `runs`.
fn longest_in_order(runs: &[Run]) -> Vec<usize> {
    let noticed = columns(NOTICED_S);
    let mut best: Vec<(i64, Option<usize>)> = Vec::with_capacity(runs.len());
    for (at, run) in runs.iter().enumerate() {
        let before = (0..at).filter_map(|earlier| {
            let (before, covered) = (&runs[earlier], best[earlier].0);
            let goes_on = run.begin() >= before.begin() + noticed && run.end() >= before.end() + noticed;
            let follows = before.end() <= run.begin() + columns(EQUAL_S);
            (goes_on || follows).then_some((covered - (before.end() - run.begin()).max(0), earlier))
        });
        let (covered, before) = before.max().map_or((0, None), |(covered, before)| (covered, Some(before)));
        best.push((covered + run.length(), before));
    }
    let mut at = (0..runs.len()).max_by_key(|at| best[*at].0);
    let mut chain = Vec::new();
    while let Some(here) = at {
        chain.push(here);
        at = best[here].1;
    }
    chain.reverse();
    chain
}

/// The moment of the reference up to which it fits the first of two runs that both claim it, and from which the second.
fn best_split(reference: &Heard<'_>, other: &Heard<'_>, (p, q): (&Run, &Run), claimed: std::ops::Range<i64>) -> i64 {
    let (fit_p, fit_q) = (Fit::of(reference, other, p), Fit::of(reference, other, q));
    let (mut so_far, mut best) = (0, (0, claimed.start));
    for there in claimed {
        so_far += fit_p.off(there) - fit_q.off(there);
        best = best.min((so_far, there + 1));
    }
    best.1
}

/// How a run's columns lie to the reference's.
struct Fit<'a> {
    reference: &'a Heard<'a>,
    other: &'a Heard<'a>,
    offset: i64,
    /// What the second sound's bands have more than the reference's in this run: gain, filters.
    more: [i64; BANDS],
}

impl<'a> Fit<'a> {
    fn of(reference: &'a Heard<'a>, other: &'a Heard<'a>, run: &Run) -> Self {
        let mut fit = Fit { reference, other, offset: run.offset, more: [0; BANDS] };
        for band in 0..BANDS {
            let both =
                (run.begin()..run.end()).filter_map(|there| fit.levels(there, band)).filter(|(a, b)| *a > 0 && *b > 0);
            let (sum, count) = both.fold((0, 0), |(sum, count), (a, b)| (sum + b - a, count + 1));
            fit.more[band] = sum / count.max(1);
        }
        fit
    }

    /// Of a column of the reference and of the one in the second sound that the run holds for the same.
    fn levels(&self, there: i64, band: usize) -> Option<(i64, i64)> {
        let level =
            |print: &Heard<'_>, at: i64| Some(i64::from(print.columns.get(usize::try_from(at).ok()?)?.levels[band]));
        level(self.reference, there).zip(level(self.other, there - self.offset))
    }

    /// How far they are from each other, half decibels times bands.
    fn off(&self, there: i64) -> i64 {
        let off = |band| self.levels(there, band).map_or(0, |(a, b)| (b - self.more[band] - a).abs());
        (0..BANDS).map(off).sum()
    }
}
