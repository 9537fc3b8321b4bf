//! Comparing sounds whose difference is known to the sample.
//!
//! Not here: real voices and real encoders (`cargo xtask comparison`).
//! Invariant: nothing is random but by a seed that the test prints when it fails.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

use proptest::prelude::*;
use sound::compare::{Comparison, Likeness, Print, Printer, Span, Stretch, compare};

const RATE_HZ: usize = 8_000;

/// Something like speech: tones that come and go with noise between, never the same twice.
fn babble(seed: u64, seconds: f64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1 << 24) as f32
    };
    let mut samples = Vec::new();
    while samples.len() < (seconds * RATE_HZ as f64) as usize {
        let length = RATE_HZ / 20 + (next() * RATE_HZ as f32 / 5.0) as usize;
        let tones: Vec<(f32, f32)> = (0..6).map(|_| (200.0 + next() * 2_800.0, next() * 0.1)).collect();
        let hiss = next() * 0.05;
        for at in 0..length {
            let envelope = (at as f32 / length as f32 * std::f32::consts::PI).sin();
            let turn = at as f32 / RATE_HZ as f32 * std::f32::consts::TAU;
            let tone: f32 = tones.iter().map(|(hz, loud)| (turn * hz).sin() * loud).sum();
            samples.push((tone + (next() - 0.5) * hiss) * envelope);
        }
    }
    samples.truncate((seconds * RATE_HZ as f64) as usize);
    samples
}

fn print(samples: &[f32]) -> Print {
    let mut printer = Printer::new(RATE_HZ as u32).unwrap();
    samples.chunks(999).for_each(|chunk| printer.push(chunk));
    printer.finish()
}

fn compared(a: &[f32], b: &[f32]) -> Comparison {
    compare(&print(a), &print(b))
}

/// What is not the same.
fn differences(comparison: &Comparison) -> Vec<Stretch> {
    comparison.stretches.iter().copied().filter(|stretch| !matches!(stretch, Stretch::Same { .. })).collect()
}

/// How many cases; `PROPTEST_CASES` asks for more.
fn cases(cases: u32) -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").map_or(cases, |asked| asked.parse().unwrap());
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

#[test]
fn how_samples_are_handed_over_does_not_matter() {
    let sound = babble(1, 3.0);
    let whole = print(&sound);
    for chunk in [1, 7, 80, 4_096, 24_000] {
        let mut printer = Printer::new(RATE_HZ as u32).unwrap();
        sound.chunks(chunk).for_each(|chunk| printer.push(chunk));
        assert!(printer.finish() == whole, "{chunk}");
    }
    assert_eq!(whole.seconds(), 3.0);
}

#[test]
fn a_rate_is_known_or_refused() {
    for rate_hz in [8_000, 11_025, 22_050, 37_801, 44_100, 48_000, 192_000] {
        let mut printer = Printer::new(rate_hz).unwrap();
        printer.push(&vec![0.1; rate_hz as usize * 2]);
        assert_eq!(printer.finish().seconds(), 2.0, "{rate_hz}");
    }
    assert!(Printer::new(0).is_err());
}

#[test]
fn what_says_nothing_is_never_called_the_same() {
    let (sound, silence) = (babble(2, 10.0), vec![0.0; 10 * RATE_HZ]);
    let tone: Vec<f32> = (0..10 * RATE_HZ).map(|at| (at as f32 * 0.3).sin()).collect();
    for (name, a, b, likeness) in [
        ("nothing", &[][..], &[][..], Likeness::TooShort),
        ("too short", &sound[..8_000], &sound[..8_000], Likeness::TooShort),
        ("silence against sound", &silence, &sound, Likeness::Different),
        ("other sound", &sound, &babble(3, 10.0)[..], Likeness::Different),
        ("a tone against sound", &tone, &sound, Likeness::Different),
    ] {
        assert_eq!(compared(a, b).likeness, likeness, "{name}");
    }
}

/// The sample at a moment.
fn sample(seconds: f64) -> usize {
    (seconds * RATE_HZ as f64) as usize
}

/// Whether both ends are where they belong, to 0.3 s.
fn is_near(span: Span, from_s: f64, to_s: f64) -> bool {
    (span.from_s - from_s).abs() < 0.3 && (span.to_s - to_s).abs() < 0.3
}

/// A cut is named with its place, and from the other side what was put in.
fn check_cut(seed: u64, at: f64, length: f64) {
    let sound = babble(seed, 15.0);
    let cut = [&sound[..sample(at)], &sound[sample(at + length)..]].concat();
    let there = compared(&sound, &cut);
    match differences(&there)[..] {
        [Stretch::Missing { reference, .. }] => assert!(is_near(reference, at, at + length), "{there:?}"),
        _ => panic!("{there:?}"),
    }
    let back = compared(&cut, &sound);
    match differences(&back)[..] {
        [Stretch::Inserted { other, .. }] => assert!(is_near(other, at, at + length), "{back:?}"),
        _ => panic!("{back:?}"),
    }
}

/// By chance the sound goes on alike beyond its ends for a tenth of a second; moments claimed from both sides are not out of order.
#[test]
fn cuts_whose_ends_are_alike_are_cuts() {
    for (seed, at, length) in [
        (1_531_576_312_805_930_085, 4.779_466_788_095_153, 2.654_575_456_110_008),
        (5_065_580_636_420_582_401, 8.516_840_488_188_532, 1.892_069_778_002_105),
    ] {
        check_cut(seed, at, length);
    }
}

#[test]
fn what_is_said_twice_in_a_row_is_repeated() {
    let sound = babble(4, 15.0);
    for (from, to) in [(3.0, 4.5), (6.2, 9.0), (5.0, 12.0)] {
        let again = compared(&sound, &[&sound[..sample(to)], &sound[sample(from)..]].concat());
        match differences(&again)[..] {
            [Stretch::Repeated { reference, other }] => {
                assert!(is_near(reference, from, to) && is_near(other, to, 2.0 * to - from), "{again:?}");
            }
            _ => panic!("{again:?}"),
        }
    }
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn louder_or_softer_is_the_same(seed in 1u64.., gain in 0.1f32..1.5) {
        let sound = babble(seed, 12.0);
        let other: Vec<f32> = sound.iter().map(|sample| sample * gain).collect();
        prop_assert_eq!(compared(&sound, &other).likeness, Likeness::Same);
    }

    #[test]
    fn a_cut_is_found_where_it_is(seed in 1u64.., at in 3.0f64..9.0, length in 0.5f64..3.0) {
        check_cut(seed, at, length);
    }

    #[test]
    fn what_was_put_in_is_found_where_it_is(seed in 1u64.., at in 3.0f64..9.0, length in 0.5f64..3.0) {
        let (sound, stranger) = (babble(seed, 15.0), babble(seed ^ 0xffff, length));
        let there = compared(&sound, &[&sound[..sample(at)], &stranger, &sound[sample(at)..]].concat());
        match differences(&there)[..] {
            [Stretch::Inserted { other, .. }] => prop_assert!(is_near(other, at, at + length), "{there:?}"),
            _ => prop_assert!(false, "{there:?}"),
        }
    }

    #[test]
    fn another_sound_is_never_the_same(one in 1u64..1 << 40, two in 1u64..1 << 40) {
        prop_assume!(one != two);
        let comparison = compared(&babble(one, 10.0), &babble(two, 10.0));
        prop_assert_eq!(comparison.likeness, Likeness::Different);
        prop_assert_eq!(comparison.same_seconds, 0.0);
    }

    #[test]
    fn every_moment_of_the_second_sound_is_named(
        seed in 1u64..,
        pieces in prop::collection::vec((0.0f64..10.0, 0.2f64..4.0, any::<bool>()), 1..5),
    ) {
        let (sound, foreign) = (babble(seed, 14.0), babble(seed ^ 0xffff, 14.0));
        let piece = |(at, length, own): &(f64, f64, bool)| {
            let from = if *own { &sound } else { &foreign };
            from[(at * 8e3) as usize..((at + length) * 8e3) as usize].to_vec()
        };
        let other: Vec<f32> = pieces.iter().flat_map(piece).collect();
        let comparison = compared(&sound, &other);
        let own: f64 = pieces.iter().filter(|(_, _, own)| *own).map(|(_, length, _)| length).sum();
        prop_assert!(comparison.same_seconds <= own + 0.3, "{} of {own} in {comparison:?}", comparison.same_seconds);
        for stretch in &comparison.stretches {
            if let Stretch::Same { reference, other } | Stretch::Moved { reference, other } = stretch {
                prop_assert!((reference.seconds() - other.seconds()).abs() < 0.01);
                prop_assert!(other.to_s <= comparison.other_seconds && reference.to_s <= comparison.reference_seconds);
            }
        }
    }
}
