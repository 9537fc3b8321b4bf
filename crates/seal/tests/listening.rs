//! Who listens while a file is checked hears the sealed samples, in order, each once, and nothing of what is hidden.
//!
//! Not here: what is made of the sound (`sound`).
//! Invariant: the verdict is the same whether anybody listens or not.
#![allow(clippy::unwrap_used)]

mod support;

use seal::{Format, Mute, Plan, Verdict};
use support::*;

/// What was heard of each track: position and sample.
type Ears = Vec<Vec<(u64, i32)>>;

fn listen(bytes: &[u8]) -> (Verdict, Ears) {
    let mut file = bytes;
    let mut ears: Ears = vec![Vec::new(); 9];
    let verdict = seal::verify_listening(&mut file, None, &mut |_, _| {}, &mut |heard| {
        assert!(heard.track(0).is_none() && heard.track(heard.format().tracks() + 1).is_none());
        for track in 1..=heard.format().tracks() {
            let samples = heard.track(track).unwrap_or_default();
            ears[usize::from(track)].extend((heard.first()..).zip(samples.iter().copied()));
        }
    });
    (verdict, ears)
}

#[test]
fn what_is_heard_is_what_was_sealed() {
    for (rate_hz, bits, tracks, samples) in [(8_000, 16, 1, 20_123), (48_000, 24, 3, 60_000), (11_025, 16, 2, 5)] {
        let format = Format::new(rate_hz, bits, tracks).unwrap();
        let file = recording(format, samples, 1);
        let pcm = sound(format, samples, 1);
        let (verdict, ears) = listen(&file);
        assert_eq!(verdict, check(&file, true));
        for track in 0..usize::from(tracks) {
            let wanted: Vec<(u64, i32)> = (0..).zip(pcm.iter().skip(track).step_by(tracks.into()).copied()).collect();
            assert_eq!(ears[track + 1], wanted, "track {} of {tracks}", track + 1);
        }
    }
}

#[test]
fn what_is_hidden_is_not_heard() {
    let format = Format::new(8_000, 16, 2).unwrap();
    let whole = recording(format, 40_000, 1);
    let mutes = vec![Mute { range: 8_000..16_000, tracks: vec![2] }];
    let plan = Plan { keep: Some(8_000..24_000), mutes, ..Plan::default() };
    let part = derived(&whole, &plan).unwrap();
    let (verdict, ears) = listen(&part);
    assert_eq!(verdict, check(&part, false));
    let (_, all) = listen(&whole);
    assert_eq!(ears[1], all[1][8_000..24_000]);
    assert_eq!(ears[2], all[2][16_000..24_000]);
}

#[test]
fn damage_is_found_all_the_same() {
    let format = Format::new(8_000, 16, 1).unwrap();
    let mut file = recording(format, 40_000, 1);
    let at = file.len() - 500;
    file[at] ^= 1;
    let (verdict, ears) = listen(&file);
    assert_eq!(verdict, check(&file, true));
    assert!(verdict.verified().is_none() && ears[1].len() < 40_000);
}
