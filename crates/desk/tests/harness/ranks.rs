//! Whether two sets of times are told apart: by their ranks, and by their medians.
//!
//! Not measuring.
//! Invariant: what is called a difference is both hardly chance and large, so that a machine that does other things too makes none.

/// How far from chance the ranks must be: about one in a million.
const FAR: f64 = 4.9;
/// From which part of the median on a difference counts.
const LARGE: f64 = 0.15;

/// Two sets, held against each other.
pub struct Compared {
    pub one: Spread,
    pub other: Spread,
    /// By how many deviations the sum of the ranks is off what chance gives.
    pub z: f64,
}

/// A median, and between what half of them lie.
#[derive(Clone, Copy, Debug)]
pub struct Spread {
    pub median: f64,
    pub low: f64,
    pub high: f64,
}

impl Spread {
    fn of(times: &[f64]) -> Spread {
        let mut sorted = times.to_vec();
        sorted.sort_by(f64::total_cmp);
        let at = |part: usize| sorted[(sorted.len() - 1) * part / 4];
        Spread { median: at(2), low: at(1), high: at(3) }
    }
}

impl Compared {
    /// The test of Mann and Whitney, by its normal approximation; ties have the mean of their ranks.
    pub fn of(one: &[f64], other: &[f64]) -> Compared {
        assert!(one.len() > 20 && other.len() > 20);
        let mut all: Vec<(f64, bool)> =
            one.iter().map(|time| (*time, true)).chain(other.iter().map(|time| (*time, false))).collect();
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (mut sum, mut at) = (0.0, 0);
        while at < all.len() {
            let same = all[at..].iter().take_while(|(time, _)| *time == all[at].0).count();
            let rank = (2 * at + same + 1) as f64 / 2.0;
            sum += rank * all[at..at + same].iter().filter(|(_, is_one)| *is_one).count() as f64;
            at += same;
        }
        let (n, m) = (one.len() as f64, other.len() as f64);
        let z = (sum - n * (n + m + 1.0) / 2.0) / (n * m * (n + m + 1.0) / 12.0).sqrt();
        Compared { one: Spread::of(one), other: Spread::of(other), z }
    }

    pub fn are_told_apart(&self) -> bool {
        let (one, other) = (self.one.median, self.other.median);
        self.z.abs() > FAR && (one - other).abs() > LARGE * one.min(other)
    }
}

impl std::fmt::Display for Compared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (one, other) = (self.one, self.other);
        write!(
            f,
            "{:.0} us ({:.0} to {:.0}) and {:.0} us ({:.0} to {:.0}), z = {:.1}",
            one.median, one.low, one.high, other.median, other.low, other.high, self.z
        )
    }
}
