//! Excerpts and redactions verify, say exactly what is missing, and give nothing away.
//!
//! Not here: attacks on them (`attacks.rs`), any plan of any recording (`properties.rs`).
//! Invariant: every derived file goes through the checker once more, and from it parts are made again.
#![allow(clippy::unwrap_used)]

mod support;

use seal::{AboutField, Body, Encoder, EndReason, EventKind, Format, Hidden, Mute, Outcome, Plan, What, Writer};
use support::*;

const SECOND: u64 = 8_000;

fn original(tracks: u8) -> Vec<u8> {
    let format = Format::new(8_000, 16, tracks).unwrap();
    let mut writer = Writer::new(&opening_with_about(format), &secrets(1), Some(&device())).unwrap();
    let mut encoder = Encoder::new(format);
    let pcm = sound(format, 10 * 8_000 + 123, 1);
    let cut = 4 * 8_000 * usize::from(tracks);
    let mut frames = push_all(&mut writer, &mut encoder, &pcm[..cut]);
    let body = Body::new().with("reason", "somebody came in");
    writer.push_event(EventKind::Entrant, 4 * SECOND, 0, &body).unwrap();
    frames.extend(push_all(&mut writer, &mut encoder, &pcm[cut..]));
    file(&writer.finish(EndReason::Finished, "party: agreed\n").unwrap(), &frames)
}

fn removed(from: u64, to: u64) -> Hidden {
    Hidden { range: from..to, what: What::Removed }
}

#[test]
fn an_excerpt_is_widened_to_segments_and_lists_what_is_removed() {
    let whole = original(2);
    let end = 10 * SECOND + 123;
    for (keep, shown, hidden) in [
        (0..end, end, vec![]),
        (0..1, SECOND, vec![removed(SECOND, end)]),
        (3 * SECOND + 5..4 * SECOND + 1, 2 * SECOND, vec![removed(0, 3 * SECOND), removed(5 * SECOND, end)]),
        (10 * SECOND..end + 99, 123, vec![removed(0, 10 * SECOND)]),
    ] {
        let excerpt = derived(&whole, &Plan { keep: Some(keep.clone()), ..Plan::default() }).unwrap();
        let verdict = check(&excerpt, false);
        assert_eq!((verdict.findings(), verdict.outcome()), (&[][..], Outcome::Excerpt), "{keep:?}");
        let evidence = verdict.evidence().unwrap();
        assert_eq!((evidence.shown_samples, &evidence.hidden), (shown, &hidden), "{keep:?}");
        assert_eq!(evidence.words, check(&whole, false).evidence().unwrap().words);
        assert_eq!(evidence.about, []);
        assert_eq!(evidence.closing, None);
    }
}

#[test]
fn a_redaction_mutes_tracks_and_keeps_the_rest_provable() {
    let whole = original(2);
    let mutes = vec![
        Mute { range: SECOND + 10..SECOND + 20, tracks: vec![2] },
        Mute { range: 3 * SECOND..5 * SECOND, tracks: vec![] },
    ];
    let plan = Plan { mutes, reveal: vec![AboutField::Parties], ..Plan::default() };
    let verdict = check(&derived(&whole, &plan).unwrap(), false);
    assert_eq!((verdict.findings(), verdict.outcome()), (&[][..], Outcome::Redacted));
    let evidence = verdict.evidence().unwrap();
    let muted = |from: u64, to: u64, tracks: &[u8]| Hidden {
        range: from * SECOND..to * SECOND,
        what: What::Muted(tracks.to_vec()),
    };
    assert_eq!(evidence.hidden, [muted(1, 2, &[2]), muted(3, 5, &[1, 2])]);
    assert_eq!(evidence.events[0].body, None, "what was said of a silenced moment is withheld");
    assert_eq!(evidence.about, [(AboutField::Parties, "Ada Example; Office of Examples".to_owned())]);
    assert_eq!(evidence.closing.as_deref(), Some("party: agreed\n"));
}

#[test]
fn parts_can_be_made_of_parts() {
    let whole = original(3);
    let mute = |from, to, track| Mute { range: from * SECOND..to * SECOND, tracks: vec![track] };
    let first = Plan { keep: Some(SECOND..9 * SECOND), mutes: vec![mute(2, 4, 1)], ..Plan::default() };
    let first = derived(&whole, &first).unwrap();
    let second = Plan { keep: Some(2 * SECOND..6 * SECOND), mutes: vec![mute(3, 6, 3)], ..Plan::default() };
    let verdict = check(&derived(&first, &second).unwrap(), false);
    assert_eq!((verdict.findings(), verdict.outcome()), (&[][..], Outcome::Redacted));
    let what: Vec<_> = verdict.evidence().unwrap().hidden.iter().map(|h| (h.range.clone(), h.what.clone())).collect();
    let at = |from: u64, to: u64| from * SECOND..to * SECOND;
    assert_eq!(
        what,
        [
            (at(0, 2), What::Removed),
            (at(2, 3), What::Muted(vec![1])),
            (at(3, 4), What::Muted(vec![1, 3])),
            (at(4, 6), What::Muted(vec![3])),
            (6 * SECOND..10 * SECOND + 123, What::Removed),
        ]
    );
}

#[test]
fn plans_that_show_nothing_are_refused() {
    let whole = original(1);
    let keep = |range| Plan { keep: Some(range), ..Plan::default() };
    let mute = |range, track| Plan { mutes: vec![Mute { range, tracks: vec![track] }], ..Plan::default() };
    for plan in [keep(5..5), keep(90_000..99_000), mute(0..5, 2), mute(0..5, 0), mute(5..5, 1)] {
        assert!(derived(&whole, &plan).is_err(), "{plan:?}");
    }
    let middle = derived(&whole, &keep(3 * SECOND..4 * SECOND)).unwrap();
    assert!(derived(&middle, &keep(0..SECOND)).is_err(), "what was removed cannot be kept");
}

#[test]
fn nothing_secret_is_in_a_part() {
    let whole = original(2);
    let plan =
        Plan { keep: Some(0..SECOND), mutes: vec![Mute { range: 0..SECOND, tracks: vec![1] }], ..Plan::default() };
    let part = derived(&whole, &plan).unwrap();
    let holds = |bytes: &[u8], needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
    let seed = secrets(1).seed;
    assert!(holds(&whole, &seed) && !holds(&part, &seed));
    for text in ["Ada Example", "somebody came in", "agreed"] {
        assert!(holds(&whole, text.as_bytes()) && !holds(&part, text.as_bytes()), "{text}");
    }
}

#[test]
fn a_moment_silenced_track_by_track_is_withheld_like_one_silenced_at_once() {
    let whole = original(2);
    let mute =
        |track| Plan { mutes: vec![Mute { range: 3 * SECOND..5 * SECOND, tracks: vec![track] }], ..Plan::default() };
    let first = derived(&whole, &mute(1)).unwrap();
    let second = derived(&first, &mute(2)).unwrap();
    let verdict = check(&second, false);
    assert_eq!((verdict.findings(), verdict.outcome()), (&[][..], Outcome::Redacted));
    assert!(check(&first, false).evidence().unwrap().events[0].body.is_some(), "one voice is still heard");
    assert_eq!(verdict.evidence().unwrap().events[0].body, None);
    assert!(!second.windows(16).any(|window| window == b"somebody came in"));
}
