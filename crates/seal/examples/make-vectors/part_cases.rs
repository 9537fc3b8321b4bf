//! Excerpts and redactions in which nothing is wrong.
//!
//! Not here: what is done to them (`derived_cases.rs`).
//! Invariant: nothing in these files contradicts the specification.

use crate::book::Book;
use crate::bytes::Item;
use crate::takes::{Take, short};
use seal::{AboutField, EndReason, Format, Mute, Plan};
use std::ops::Range;

/// A plan that keeps a range of samples.
pub(crate) fn keep(range: Range<u64>) -> Plan {
    Plan { keep: Some(range), ..Plan::default() }
}

/// A plan that silences tracks in a range of samples.
pub(crate) fn mute(range: Range<u64>, tracks: &[u8]) -> Plan {
    Plan { mutes: vec![Mute { range, tracks: tracks.to_vec() }], ..Plan::default() }
}

pub(crate) fn add(book: &mut Book) {
    excerpts(book);
    redactions(book);
}

fn excerpts(book: &mut Book) {
    let rich = Take::rich().make();
    let mut good = |name, about, plan| book.good("excerpt", name, about, &rich.derive(&plan));
    good("excerpt-start", "The first segment.", keep(0..1));
    good("excerpt-middle", "Two segments from the middle, renumbered from 0.", keep(900..1_700));
    good("excerpt-end", "The last segment, which is short.", keep(2_500..2_900));
    good("excerpt-all", "Nothing is hidden, but the seed is gone.", keep(0..2_900));
    let reveal = vec![AboutField::Parties, AboutField::Agreement];
    good(
        "excerpt-revealing",
        "Two about values and the closing acts are revealed.",
        Plan { reveal, ..keep(800..1_600) },
    );
    let twice = rich.derive(&keep(800..2_900)).derive(&keep(1_600..2_400));
    book.good("excerpt", "excerpt-of-excerpt", "An excerpt of an excerpt.", &twice);
    let crash = Take { reason: EndReason::Crash, ..Take::plain() }.make();
    book.good(
        "excerpt",
        "excerpt-of-interrupted",
        "An excerpt of an interrupted recording.",
        &crash.derive(&keep(0..800)),
    );
    let many = Take::new(4, Format::with_blocks(8_000, 16, 1, 16, 160).expect("within bounds"), 2_400).make();
    let late = many.derive(&keep(1_920..2_240));
    book.good(
        "excerpt",
        "excerpt-two-byte-numbers",
        "Frames from 120 on, whose numbers took one and two bytes.",
        &late,
    );
    let mut nothing = rich.derive(&keep(0..1));
    let leaves = nothing.body.leaves;
    let end = nothing.body.items.pop().expect("END");
    nothing.body.items = vec![rich.hidden(1, u64::from(leaves) - 2), end];
    nothing.frames.clear();
    nothing.set_info(&[]);
    book.good("excerpt", "excerpt-of-nothing", "All sound and all events are hidden.", &nothing);
    let mut parts = rich.derive(&keep(0..1));
    let third = rich.derive(&keep(1_600..1_700));
    merge(&mut parts, &third, &rich);
    book.good("excerpt", "excerpt-two-places", "Two stretches of one recording with one hidden between them.", &parts);
}

/// Adds to an excerpt of the first segment one of the third: what lies between stays hidden.
fn merge(parts: &mut crate::forge::Forge, third: &crate::forge::Forge, whole: &crate::forge::Forge) {
    let (a, b) = (parts.place(0), third.place(0));
    let mut items = parts.body.items[..=a].to_vec();
    let leaves = |items: &[Item]| items.iter().map(Item::leaves).sum::<u64>();
    let start = 1 + leaves(&items);
    items.push(whole.hidden(start, 1 + leaves(&third.body.items[..b]) - start));
    items.extend_from_slice(&third.body.items[b..]);
    parts.body.items = items;
    let more = third.frames.iter().zip(5..).map(|(frame, number)| crate::forge::renumbered(frame, number));
    parts.parts.frames.extend(more);
    parts.follow_frames();
}

fn redactions(book: &mut Book) {
    let rich = Take::rich().make();
    let mut good = |name, about, plan| book.good("redacted", name, about, &rich.derive(&plan));
    good("redacted-one-track", "The second track is silenced in one segment.", mute(800..900, &[2]));
    good(
        "redacted-all-tracks",
        "Every track is silenced in two segments, and the events there withheld.",
        mute(900..1_700, &[]),
    );
    good("redacted-to-the-end", "A track is silenced from the middle to the end.", mute(1_600..2_900, &[1]));
    let both = Plan { keep: Some(800..2_400), ..mute(1_600..1_700, &[1]) };
    good("redacted-excerpt", "An excerpt in which a track is silenced.", both);
    let twice = rich.derive(&mute(0..800, &[1])).derive(&mute(0..1_600, &[2]));
    book.good("redacted", "redacted-twice", "A redaction of a redaction.", &twice);
    let three = Take::new(5, short(24, 3), 1_700).make();
    book.good(
        "redacted",
        "redacted-24-bit",
        "One of three tracks of 24 bits is silenced.",
        &three.derive(&mute(0..1_700, &[2])),
    );
    let mono = Take::new(6, short(16, 1), 1_700).make();
    book.good("redacted", "redacted-mono", "The only track is silenced.", &mono.derive(&mute(800..801, &[1])));
    let quiet = Take { silent: vec![1], ..Take::plain() }.make();
    book.good(
        "redacted",
        "redacted-silence",
        "The silenced track was silent anyway, which nobody can tell.",
        &quiet.derive(&mute(0..800, &[2])),
    );
}
