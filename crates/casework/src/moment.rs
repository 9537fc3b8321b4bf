//! When something happens, and who says so: one clock, or several sources that agree.
//!
//! Not here: asking them, which is `desk`'s. Invariants: the earliest moment is never after the latest, and the moment itself lies between them;
//! time is *agreed* only when sources of two different kinds say so, and then nothing that depends on a term being over goes by
//! anything but the earliest moment they allow.

use serde::{Deserialize, Serialize};

/// By how much a moment may lie before an earlier event's without anybody minding: clocks are set a little now and then.
pub const TOLERANCE_MICROS: i64 = 5 * 60 * 1_000_000;

/// What kind of source says what time it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Clock {
    /// This machine's own clock.
    Local,
    /// A log's checkpoint that a quorum of witnesses cosigned.
    Log,
    /// A time-stamping authority (RFC 3161).
    Authority,
    /// A time server whose answers are authenticated.
    Server,
}

/// A moment, in microseconds since 1970, with its bounds and those who say so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    earliest: i64,
    at: i64,
    latest: i64,
    clocks: Vec<Clock>,
}

impl Moment {
    /// What this machine's clock says, and nobody else.
    #[must_use]
    pub fn local(at_micros: i64) -> Self {
        Self { earliest: at_micros, at: at_micros, latest: at_micros, clocks: vec![Clock::Local] }
    }

    /// A moment about which sources agree: none of them says it is before `earliest` or after `latest`. `None` when those are the wrong
    /// way round or nobody is named.
    #[must_use]
    pub fn agreed(earliest_micros: i64, latest_micros: i64, clocks: &[Clock]) -> Option<Self> {
        let mut clocks = clocks.to_vec();
        clocks.sort_unstable();
        clocks.dedup();
        let sound = earliest_micros <= latest_micros && !clocks.is_empty();
        let at = earliest_micros.midpoint(latest_micros);
        sound.then_some(Self { earliest: earliest_micros, at, latest: latest_micros, clocks })
    }

    /// The moment of an event, as far as the event says it. `None` where its clocks are not such as a moment names.
    pub(crate) fn of_event(at_micros: i64, clocks: &[Clock]) -> Option<Self> {
        Self::agreed(at_micros, at_micros, clocks).filter(|moment| moment.clocks == clocks)
    }

    /// The moment an event gets.
    #[must_use]
    pub fn at_micros(&self) -> i64 {
        self.at
    }

    /// The earliest that it can be.
    #[must_use]
    pub fn earliest_micros(&self) -> i64 {
        self.earliest
    }

    /// The latest that it can be.
    #[must_use]
    pub fn latest_micros(&self) -> i64 {
        self.latest
    }

    /// The kinds of sources, each once, in order.
    #[must_use]
    pub fn clocks(&self) -> &[Clock] {
        &self.clocks
    }

    /// Whether sources of two kinds at least say so.
    #[must_use]
    pub fn is_agreed(&self) -> bool {
        self.clocks.len() >= 2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_kinds_agree_and_one_kind_twice_does_not() {
        assert!(!Moment::local(5).is_agreed());
        let table: [(&[Clock], Option<bool>); 5] = [
            (&[], None),
            (&[Clock::Local], Some(false)),
            (&[Clock::Log, Clock::Log], Some(false)),
            (&[Clock::Log, Clock::Local], Some(true)),
            (&[Clock::Server, Clock::Log, Clock::Server], Some(true)),
        ];
        for (clocks, expected) in table {
            assert_eq!(Moment::agreed(1, 9, clocks).map(|moment| moment.is_agreed()), expected, "{clocks:?}");
        }
        assert_eq!(Moment::agreed(9, 1, &[Clock::Log]), None);
        assert_eq!(Moment::agreed(1, 9, &[Clock::Log]).map(|moment| moment.at_micros()), Some(5));
    }
}
