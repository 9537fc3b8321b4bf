//! Any sounds through what listens: the comparison by ear, the quality, the watch.
//!
//! First byte of an input: rate and width; then the pieces of two sounds, each a byte of kind and what it needs: noise, a tone, silence, the
//! input's own bytes, or a stretch of what came before. Promises: listening ends; stretches lie within the sounds, in order; facts are
//! within their bounds; whatever the pieces in which sound comes, the facts are the same; a sound is never different from itself.
#![no_main]

use counterpart_fuzz::input::Input;
use libfuzzer_sys::fuzz_target;
use sound::compare::{Comparison, Likeness, Print, Printer, Span, Stretch, compare};
use sound::quality::Meter;
use sound::watch::Watch;

/// Both sounds together: some seconds at every rate.
const SAMPLES_MAX: usize = 150_000;
const ROUNDING_S: f64 = 0.05;

fuzz_target!(|data: &[u8]| {
    let mut input = Input(data);
    let shape = input.u8();
    let rate_hz = [8_000, 11_025, 16_000, 22_050, 44_100, 47_999, 48_000, 12_345][usize::from(shape & 7)];
    let bits = if shape & 8 == 0 { 16 } else { 24 };
    let mut reference = Vec::new();
    pieces(&mut input, rate_hz, bits, &mut reference, SAMPLES_MAX / 2);
    // The second sound begins as a copy that its pieces may draw on.
    let mut other = reference.clone();
    let begins = if shape & 16 == 0 { reference.len() } else { 0 };
    let room = begins + SAMPLES_MAX / 2;
    pieces(&mut input, rate_hz, bits, &mut other, room);
    let other = &other[begins..];
    measure(&reference, rate_hz, bits);
    measure(other, rate_hz, bits);
    let (first, second) = (print(&reference, rate_hz, bits), print(other, rate_hz, bits));
    consistent(&compare(&first, &second), &first, &second);
    consistent(&compare(&second, &first), &second, &first);
    let with_itself = compare(&first, &first);
    assert!(with_itself.stretches.iter().all(|stretch| !matches!(stretch, Stretch::Changed { .. })));
});

/// Appends sound, piece by piece.
fn pieces(input: &mut Input<'_>, rate_hz: u32, bits: u8, to: &mut Vec<i32>, most: usize) {
    let limit = 1i32 << (bits - 1);
    for _ in 0..input.u8() % 12 {
        let (kind, len) = (input.u8(), usize::from(input.u16()) * 2);
        let len = len.min(most.saturating_sub(to.len()));
        let loud = i64::from(limit) >> (kind >> 4);
        let start = to.len();
        let fit = |value: i64| value.clamp(-i64::from(limit), i64::from(limit) - 1) as i32;
        match kind % 6 {
            0 => to.extend((0..len).map(|at| fit(noise(at as u64 ^ u64::from(kind) << 20) % loud.max(1)))),
            1 => {
                let period = 2 + usize::from(input.u8());
                to.extend((0..len).map(|at| fit((at % period) as i64 * 2 * loud / period as i64 - loud)));
            }
            2 => to.extend(std::iter::repeat_n(0, len)),
            3 => to.extend(input.bytes16().iter().map(|byte| (i32::from(*byte) - 128) << (bits - 8))),
            4 => to.extend(std::iter::repeat_n(if kind & 16 == 0 { limit - 1 } else { -limit }, len)),
            _ => {
                let from = (usize::from(input.u16()) * start) >> 16;
                let again: Vec<i32> = to[from..start.min(from + len)].to_vec();
                to.extend(again.into_iter().map(|value| fit(i64::from(value) * i64::from(1 + (kind >> 4)) / 4)));
            }
        }
        to.truncate(most.max(start));
        // A second of a mumble between pieces, now and then.
        if kind & 8 != 0 {
            let rest = most.saturating_sub(to.len()).min(rate_hz as usize / 4);
            to.extend((0..rest).map(|at| fit(noise(at as u64) % 90 * (1 + (at as i64 / 700) % 9))));
        }
    }
}

fn noise(at: u64) -> i64 {
    let state = at.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (((state ^ state >> 29).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 33) as i64) - (1 << 30)
}

fn print(samples: &[i32], rate_hz: u32, bits: u8) -> Print {
    let mut printer = Printer::new(rate_hz).expect("a rate that can be recorded");
    let scale = 1.0 / (1i32 << (bits - 1)) as f32;
    for block in samples.chunks(4_001) {
        printer.push(&block.iter().map(|sample| *sample as f32 * scale).collect::<Vec<_>>());
    }
    let print = printer.finish();
    assert!((print.seconds() - samples.len() as f64 / f64::from(rate_hz)).abs() < 0.02);
    print
}

fn measure(samples: &[i32], rate_hz: u32, bits: u8) {
    let (mut whole, mut parts) = (Meter::new(rate_hz, bits), Meter::new(rate_hz, bits));
    whole.push(samples);
    samples.chunks(997).for_each(|part| parts.push(part));
    let (facts, again) = (whole.facts(), parts.facts());
    assert_eq!((facts.samples, facts.clipped_runs), (again.samples, again.clipped_runs));
    assert_eq!((facts.speech_seconds, facts.quiet_seconds), (again.speech_seconds, again.quiet_seconds));
    assert!((0.0..=1.0).contains(&facts.speech_share()) && facts.digital_silence_seconds <= facts.seconds + ROUNDING_S);
    assert!(facts.quiet_seconds <= facts.seconds + ROUNDING_S);
    let levels = [facts.loudness_lufs, facts.noise_floor_dbfs, facts.peak_dbfs];
    assert!(levels.into_iter().flatten().all(|level| level.is_finite() && level < 30.0), "{facts:?}");
    let mut watch = Watch::new(rate_hz, bits, 1);
    for part in samples.chunks(997) {
        watch.hear(part);
    }
    assert!(watch.levels().all(|level| level.peak_dbfs.is_finite() && level.rms_dbfs.is_finite()));
}

/// Stretches lie within both sounds; those of the second follow each other.
fn consistent(comparison: &Comparison, reference: &Print, other: &Print) {
    let within = |span: &Span, print: &Print| {
        assert!(span.from_s.is_finite() && span.from_s >= -ROUNDING_S && span.to_s + ROUNDING_S >= span.from_s);
        assert!(span.to_s <= print.seconds() + ROUNDING_S, "{span:?} of {}", print.seconds());
    };
    let mut reached = 0.0;
    for stretch in &comparison.stretches {
        match stretch {
            Stretch::Same { reference: first, other: second }
            | Stretch::Changed { reference: first, other: second, .. }
            | Stretch::Moved { reference: first, other: second }
            | Stretch::Repeated { reference: first, other: second } => {
                within(first, reference);
                within(second, other);
                assert!(second.from_s + ROUNDING_S >= reached, "{stretch:?} begins before {reached}");
                reached = second.to_s;
            }
            Stretch::Missing { reference: span, .. } => within(span, reference),
            Stretch::Inserted { other: span, .. } => within(span, other),
            _ => {}
        }
    }
    if comparison.likeness == Likeness::Different {
        assert!(!comparison.stretches.iter().any(|stretch| matches!(stretch, Stretch::Same { .. })));
    }
}
