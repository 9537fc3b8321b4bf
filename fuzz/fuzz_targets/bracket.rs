//! A recording made beside a log that says anything and has it signed, and what that proves about when it was made.
//!
//! An input is a header's checkpoint, steps while recording (sound, states, anchors, changes to either), and evidence after the end.
//! Promises: no evidence changes a verdict; nobody is believed without a policy; a limit is a witness's time, and its piece is not refused;
//! what holds and what is refused add up; a part's limits are the whole's.
#![no_main]

use counterpart_fuzz::input::Input;
use counterpart_fuzz::witnessed::{Log, ORIGIN, POLICY};
use counterpart_fuzz::{check, derive_and_check, opening, secrets};
use libfuzzer_sys::fuzz_target;
use seal::bracket::{Bracket, EvidenceKind, Limit, Place};
use seal::tlog::Policy;
use seal::{Check, Encoder, EndReason, Format, Opening, Plan, Writer};
use std::sync::LazyLock;

/// Anything said later than this is said by an input.
const SECONDS_MAX: u64 = 1 << 20;

static FORMAT: LazyLock<Format> =
    LazyLock::new(|| Format::with_blocks(8_000, 16, 1, 4_000, 8_000).expect("the shape is within bounds"));

/// Times of witnesses, small and close together more often than not.
fn times(input: &mut Input<'_>) -> Vec<(u8, u64)> {
    let (who, base) = (input.u8(), u64::from(input.u8()));
    let far = if who & 0x80 == 0 { 1 } else { 4_000 };
    (0..4)
        .filter(|number| who >> number & 1 == 0)
        .map(|number| (number, (base + u64::from(number) * 3) * far))
        .collect()
}

/// Some bytes of `body` replaced; seldom more than one.
fn change(input: &mut Input<'_>, body: &mut [u8]) {
    let how = input.u8();
    for _ in 0..how.saturating_sub(0xf0) {
        let (at, value) = (usize::from(input.u16()), input.u8());
        if let Some(byte) = body.get_mut(at) {
            *byte = value;
        }
    }
}

/// The head and the frames.
fn made(input: &mut Input<'_>) -> Vec<u8> {
    let mut log = Log::of_size(1 + input.u8() % 8);
    let mut header = log.signed(&times(input)).print().into_bytes();
    change(input, &mut header);
    let checkpoint = (input.u8() % 8 != 0).then_some(header);
    let mut writer = Writer::new(&Opening { checkpoint, ..opening(*FORMAT) }, &secrets(), None).expect("within limits");
    let (mut encoder, mut frames) = (Encoder::new(*FORMAT), Vec::new());
    let (mut states, mut bodies) = (Vec::new(), vec![Vec::new()]);
    for _ in 0..input.u8() % 24 {
        match input.u8() % 8 {
            0 | 1 => states.extend(writer.keep_checkpoint().ok()),
            2 | 3 => {
                let Some(state) = states.get(usize::from(input.u8()) % states.len().max(1)) else { continue };
                let mut body = log.anchor(state.size, &state.text, &times(input));
                change(input, &mut body);
                bodies.push(body);
                let _ = writer.push_anchor(writer.position(), &bodies[bodies.len() - 1]);
            }
            4 => {
                let body = &bodies[usize::from(input.u8()) % bodies.len()];
                let _ = writer.push_anchor(0, body);
            }
            5 => {
                log = Log {
                    origin: if input.u8() % 2 == 0 { ORIGIN } else { "other.example" },
                    ..Log::of_size(input.u8() % 20)
                }
            }
            seconds => {
                for _ in 0..4 * seconds {
                    let frame = encoder.encode(&[0; 4_000]).expect("silence fits");
                    writer.push_frame(&frame, None).expect("the frame is the encoder's own");
                    frames.extend(frame);
                }
            }
        }
    }
    let mut sealed = writer.finish(EndReason::Finished, "").expect("the closing is lines");
    let (size, text) = (seal_size(sealed.checkpoint_text()), sealed.checkpoint_text().to_owned());
    for _ in 0..input.u8() % 4 {
        let (kind, mut body) = match input.u8() % 4 {
            0 => (EvidenceKind::Token, input.take(40).to_vec()),
            1 => (EvidenceKind::Anchor, bodies[usize::from(input.u8()) % bodies.len()].clone()),
            _ => (EvidenceKind::Anchor, log.anchor(size, &text, &times(input))),
        };
        change(input, &mut body);
        let _ = sealed.add_evidence(kind, body);
    }
    let mut file = sealed.head(sealed.head_bytes()).expect("the head is as long as it needs");
    file.extend(frames);
    file
}

fn seal_size(text: &str) -> u64 {
    text.lines().nth(1).and_then(|size| size.parse().ok()).expect("a checkpoint has a size")
}

fn bracket(file: &[u8], policy: Option<&Policy>) -> Bracket {
    let judge = || seal::verify(&mut &*file, Check { trust: policy, ..Check::default() }, &mut |_, _| {});
    let verdict = judge();
    assert_eq!(judge(), verdict, "a check has no memory");
    assert_eq!(verdict.outcome(), check(file, false).outcome(), "evidence changes no verdict");
    verdict.verified().expect("only evidence was tampered with").evidence().time.clone()
}

fn is_sound(limit: &Limit, time: &Bracket) {
    assert!(limit.by == ORIGIN && limit.witnesses.len() >= 2 && limit.time_s <= SECONDS_MAX);
    assert!(time.refused.iter().all(|refused| refused.place != limit.place || matches!(limit.place, Place::Anchor(_))));
}

fuzz_target!(|data: &[u8]| {
    let file = made(&mut Input(data));
    let time = bracket(&file, Some(&POLICY));
    let limits = time.no_earlier.iter().chain(&time.no_later).chain(time.last_anchor.iter().map(|(_, limit)| limit));
    limits.for_each(|limit| is_sound(limit, &time));
    let anchors = time.refused.iter().filter(|refused| matches!(refused.place, Place::Anchor(_))).count() as u32;
    assert_eq!(time.anchors, time.anchors_held + anchors + time.refused_more as u32);
    assert!(time.live.is_some() || time.anchors_held == 0);
    if let (Some(from), Some(to)) = (&time.no_earlier, &time.no_later) {
        assert!(from.time_s <= to.time_s + 30, "limits that contradict each other");
    }
    let nobody = bracket(&file, None);
    assert_eq!((&nobody.no_earlier, &nobody.no_later, nobody.anchors_held, &nobody.live), (&None, &None, 0, &None));
    let verdict = check(&file, true);
    if let Some((part, _)) = derive_and_check(&file, &verdict, &Plan { keep: Some(0..9_000), ..Plan::default() }) {
        let part = bracket(&part, Some(&POLICY));
        assert_eq!(part.anchors_held, 0);
        if anchors == 0 && time.refused.is_empty() {
            assert_eq!((part.no_earlier, part.no_later), (time.no_earlier, time.no_later));
        }
    }
});
