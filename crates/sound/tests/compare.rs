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
    let higher: Vec<f32> = (0..10 * RATE_HZ).map(|at| (at as f32 * 0.5).sin()).collect();
    let noisy: Vec<f32> = tone.iter().zip(babble(3, 10.0)).map(|(tone, noise)| tone + noise * 1e-3).collect();
    for (name, a, b, likeness) in [
        ("nothing", &[][..], &[][..], Likeness::TooLittle),
        ("too short", &sound[..8_000], &sound[..8_000], Likeness::TooLittle),
        ("silence against silence", &silence, &silence, Likeness::TooLittle),
        ("silence against sound", &silence, &sound, Likeness::TooLittle),
        ("sound against silence", &sound, &silence, Likeness::TooLittle),
        ("a tone against itself", &tone, &noisy, Likeness::TooLittle),
        ("a tone against another", &tone, &higher, Likeness::TooLittle),
        ("a tone against sound", &tone, &sound, Likeness::TooLittle),
        ("other sound", &sound, &babble(3, 10.0)[..], Likeness::Different),
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

fn softer(samples: &[f32], by_db: f32) -> Vec<f32> {
    samples.iter().map(|sample| sample * 10f32.powf(-by_db / 20.0)).collect()
}

/// The one difference, if that is all there is and it is a stretch in place of another.
fn only_change(comparison: &Comparison) -> Option<(Span, bool)> {
    match differences(comparison)[..] {
        [Stretch::Changed { reference, silenced, .. }] => Some((reference, silenced)),
        _ => None,
    }
}

#[test]
fn a_far_voice_between_near_ones_is_judged() {
    let (near, far, stranger) = (babble(5, 20.0), babble(6, 10.0), babble(7, 10.0));
    for by_db in [21.0, 24.0, 30.0, 40.0] {
        let with = |voice: &[f32]| [&near[..], &softer(voice, by_db), &near[..sample(12.0)]].concat();
        let whole = with(&far);
        assert_eq!(compared(&whole, &softer(&whole, 6.0)).likeness, Likeness::Same, "-{by_db} dB");
        for (other, silent) in [(stranger.clone(), false), (vec![0.0; far.len()], true)] {
            let comparison = compared(&whole, &with(&other));
            let (place, silenced) = only_change(&comparison).unwrap();
            // Beside a near voice, some of a second of one far below it is not heard.
            let off_s = (place.from_s - 20.0).abs().max((place.to_s - 30.0).abs());
            let off_max_s = if by_db > 32.0 { 1.0 } else { 0.3 };
            assert!(off_s < off_max_s && silenced == silent, "-{by_db} dB: {comparison:?}");
        }
    }
}

#[test]
fn a_loud_end_does_not_make_the_rest_unheard() {
    let (sound, stranger, loud) = (babble(8, 60.0), babble(9, 5.0), babble(10, 15.0));
    let changed = [&sound[..sample(30.0)], &stranger, &sound[sample(35.0)..]].concat();
    for by_db in [18.0, 24.0, 30.0] {
        let with = |sound: &[f32]| [softer(sound, by_db), loud.clone()].concat();
        let comparison = compared(&with(&sound), &with(&changed));
        let (place, silenced) = only_change(&comparison).unwrap();
        assert!(is_near(place, 30.0, 35.0) && !silenced, "-{by_db} dB: {comparison:?}");
    }
}

#[test]
fn a_long_pause_in_both_is_the_same() {
    let sound = babble(11, 30.0);
    for (name, pause) in [("silence", vec![0.0; sample(45.0)]), ("noise", softer(&noise(45.0), 60.0))] {
        let whole = [&pause[..sample(15.0)], &sound[..sample(15.0)], &pause, &sound[sample(15.0)..], &pause].concat();
        let comparison = compared(&whole, &softer(&whole, 3.0));
        assert_eq!(
            (comparison.likeness, differences(&comparison).len()),
            (Likeness::Same, 0),
            "{name}: {comparison:?}"
        );
        let shorter = [&whole[..sample(40.0)], &whole[sample(50.0)..]].concat();
        let seconds: f64 = match differences(&compared(&whole, &shorter))[..] {
            [Stretch::Missing { reference, .. }] => reference.seconds(),
            _ => panic!("{name}"),
        };
        assert!((seconds - 10.0).abs() < 0.3, "{name}: {seconds}");
    }
}

fn noise(seconds: f64) -> Vec<f32> {
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    let next = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..sample(seconds)).map(next).collect()
}

#[test]
fn what_was_too_quiet_to_judge_is_counted() {
    let (sound, hiss) = (babble(12, 20.0), noise(20.0));
    let spoken = [&sound[..], &vec![0.0; sample(10.0)]].concat();
    let comparison = compared(&spoken, &spoken);
    assert!(comparison.too_quiet_seconds < 1.0, "{comparison:?}");
    let hissing = [&sound[..], &softer(&hiss[..sample(10.0)], 50.0)].concat();
    let comparison = compared(&hissing, &hissing);
    assert_eq!(comparison.likeness, Likeness::Same);
    // Where the hiss begins it is not yet known for noise.
    assert!((6.0..10.5).contains(&comparison.too_quiet_seconds), "{comparison:?}");
}

#[test]
fn at_the_ends_silence_may_differ_and_sound_may_not() {
    let (sound, stranger, silence) = (babble(13, 15.0), babble(14, 0.25), vec![0.0; sample(0.25)]);
    let (head, tail) = (sample(0.25), sound.len() - sample(0.25));
    for (name, other, likeness) in [
        ("silence before", [&silence[..], &sound].concat(), Likeness::Same),
        ("silence after", [&sound[..], &silence].concat(), Likeness::Same),
        ("sound before", [&stranger[..], &sound].concat(), Likeness::Whole),
        ("sound after", [&sound[..], &stranger].concat(), Likeness::Whole),
        ("the beginning gone", sound[head..].to_vec(), Likeness::Part),
        ("the end gone", sound[..tail].to_vec(), Likeness::Part),
        ("another beginning", [&stranger[..], &sound[head..]].concat(), Likeness::Differs),
        ("another end", [&sound[..tail], &stranger].concat(), Likeness::Differs),
        ("the beginning silenced", [&silence[..], &sound[head..]].concat(), Likeness::Differs),
    ] {
        let comparison = compared(&sound, &other);
        assert_eq!(comparison.likeness, likeness, "{name}: {comparison:?}");
    }
}

#[test]
fn sound_that_repeats_itself_is_compared_in_order() {
    let sound = babble(15, 6.0).repeat(100);
    let other: Vec<f32> = sound.iter().zip(noise(600.0)).map(|(sample, noise)| sample * 0.7 + noise * 1e-4).collect();
    let comparison = compared(&sound, &other);
    assert_eq!((comparison.likeness, differences(&comparison).len()), (Likeness::Same, 0), "{comparison:?}");
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
