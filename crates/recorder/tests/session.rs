//! A recording from its source to its copies: every shape, every kind of event, every way to end.
//!
//! Not here: media that fail (`media.rs`), recordings that break off (`recovery.rs`).

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use recorder::Pace;
use seal::{EndReason, EventKind};
use support::{Bench, decode, memory, noise, shape};

#[test]
fn every_shape_comes_back_sample_for_sample_in_two_equal_copies() {
    for (rate_hz, bits, tracks, samples) in [
        (8_000, 16, 1, 8_000),
        (8_000, 16, 2, 1),
        (11_025, 16, 3, 20_000),
        (16_000, 16, 2, 16_000 * 3),
        (16_000, 24, 5, 4_799),
        (22_050, 16, 1, 22_050),
        (44_100, 16, 2, 44_099),
        (44_100, 24, 6, 30_000),
        (47_999, 24, 7, 12_345),
        (48_000, 24, 8, 48_000),
    ] {
        let (bench, shape) = (Bench::new(), shape(rate_hz, bits, tracks));
        let outcome = bench.record(memory(shape, samples)).unwrap();
        let verified = bench.check(&outcome);
        assert_eq!(outcome.total_samples, samples as u64);
        assert_eq!(outcome.reason, EndReason::Finished);
        assert!(decode(&bench.path("a")) == noise(shape, samples), "{shape:?}");
        let kinds: Vec<_> = verified.evidence().events.iter().map(|event| event.kind).collect();
        assert_eq!(kinds, [EventKind::Source]);
        assert_eq!(bench.notebook.alarms(), [""; 0]);
    }
}

#[test]
fn real_time_takes_as_long_as_the_sound_by_the_clock() {
    let bench = Bench::new();
    let outcome = bench.start(Pace::RealTime, memory(shape(8_000, 16, 1), 8_000 * 5)).unwrap().wait().unwrap();
    bench.check(&outcome);
    let now = recorder::clock::Clock::monotonic(&*bench.clock);
    assert_eq!(now.as_millis(), 5_000);
    assert!(bench.notebook.heard().progress.len() >= 3);
}
