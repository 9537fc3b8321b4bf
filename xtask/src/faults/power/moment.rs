//! When the power goes: anywhere in time, between any two calls, and more often where it matters.
//!
//! Not what is lost then (`disc.rs`).
//! Invariant: a moment lies between the first call and a little after the last.

use super::chance::Chance;
use super::trace::{Op, What};

/// After the last call, microseconds.
const AFTER: u64 = 50_000;

/// Beginnings and ends of calls, in order, and where to look closer.
pub(super) struct Moments {
    all: Vec<u64>,
    /// Those from the end of the sound on, and those before it begins.
    ending: Vec<u64>,
    beginning: Vec<u64>,
    /// Flushes: just before one returns most is at stake.
    flushed: Vec<u64>,
}

impl Moments {
    /// `sound` is when the sound began and ended.
    pub(super) fn new(ops: &[Op], sound: (u64, u64)) -> Moments {
        let mut all: Vec<u64> = ops.iter().flat_map(|op| [op.begin, op.end]).filter(|at| *at != u64::MAX).collect();
        all.sort_unstable();
        all.dedup();
        all.extend(all.last().map(|last| last + AFTER));
        let flushes = ops.iter().filter(|op| matches!(op.what, What::Flush { .. }) && op.end != u64::MAX);
        let at_least_one = |some: Vec<u64>| if some.is_empty() { all.clone() } else { some };
        Moments {
            ending: at_least_one(all.iter().copied().filter(|at| *at >= sound.1).collect()),
            beginning: at_least_one(all.iter().copied().filter(|at| *at <= sound.0).collect()),
            flushed: flushes.map(|op| op.end - 1).collect(),
            all,
        }
    }

    pub(super) fn draw(&self, chance: &mut Chance) -> u64 {
        match chance.below(10) {
            0..=2 => self.all[0] + chance.below(self.all[self.all.len() - 1] - self.all[0]),
            3..=4 => between(&self.all, chance),
            5..=7 => between(&self.ending, chance),
            8 => between(&self.beginning, chance),
            _ if self.flushed.is_empty() => between(&self.all, chance),
            _ => *chance.of(&self.flushed),
        }
    }
}

/// Somewhere between two that follow each other.
fn between(moments: &[u64], chance: &mut Chance) -> u64 {
    let at = chance.below(moments.len() as u64) as usize;
    let next = moments.get(at + 1).copied().unwrap_or(moments[at] + 1);
    moments[at] + chance.below((next - moments[at]).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_gap_between_two_calls_is_met() {
        let op = |begin, end| Op { begin, end, what: What::Flush { path: "f".into() } };
        // One never returned.
        let ops = [op(100, 200), op(300, 400), op(500, u64::MAX)];
        let moments = Moments::new(&ops, (250, 350));
        let drawn: Vec<u64> = (0..2_000).map(|seed| moments.draw(&mut Chance::new(seed))).collect();
        for gap in [100..200, 200..300, 300..400, 400..500, 500..500 + AFTER] {
            assert!(drawn.iter().any(|at| gap.contains(at)), "{gap:?}");
        }
        assert!(drawn.iter().all(|at| (100..=500 + AFTER).contains(at)) && drawn.contains(&199));
    }
}
