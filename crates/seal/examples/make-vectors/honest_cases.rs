//! Full copies in which nothing is wrong: complete, interrupted, of every shape, with every kind of entry and of tag.
//!
//! Not here: excerpts and redactions (`part_cases.rs`).
//! Invariant: nothing in these files contradicts the specification.

use crate::book::{Book, Claims};
use crate::bytes::{Block, Item, Text};
use crate::takes::{Take, short};
use seal::{EndReason, EventKind, Format};

pub(crate) fn add(book: &mut Book) {
    shapes(book);
    contents(book);
    ends(book);
    tags(book);
}

fn shapes(book: &mut Book) {
    let mut shape = |name, about, format: Result<Format, _>, samples| {
        let format = format.expect("within bounds");
        book.good("complete", name, about, &Take::new(2, format, samples).make());
    };
    shape("complete-mono", "One track, a second and a bit.", Format::new(8_000, 16, 1), 9_000);
    shape("complete-stereo", "Two tracks.", Format::new(8_000, 16, 2), 8_800);
    shape("complete-whole-segment", "The sound ends where a segment does.", Format::new(8_000, 16, 1), 8_000);
    shape("complete-24-bit", "Three tracks of 24 bits.", Ok(short(24, 3)), 1_700);
    shape("complete-8-tracks", "Eight tracks.", Ok(short(16, 8)), 1_000);
    shape("complete-48-khz", "48,000 Hz, where a segment has twelve frames.", Format::new(48_000, 16, 1), 14_000);
    shape("complete-11025-hz", "A rate without a code of its own.", Format::new(11_025, 16, 1), 5_000);
    shape("complete-12-khz", "A rate that a frame header can say in kHz.", Format::new(12_000, 24, 1), 2_500);
    shape("complete-one-sample", "A single sample.", Ok(short(16, 1)), 1);
    let many = Format::with_blocks(8_000, 16, 1, 16, 160);
    shape("complete-two-byte-numbers", "More than 128 frames: their numbers take two bytes.", many, 2_200);
    let wide = Format::with_blocks(8_000, 16, 1, 16, 16 * 255);
    shape("complete-255-frames", "A segment of 255 frames.", wide, 4_100);
}

fn contents(book: &mut Book) {
    let mut good = |name, about, take: &Take| book.good("complete", name, about, &take.make());
    good("complete-rich", "A device, all about values, events and closing acts.", &Take::rich());
    good("complete-device", "A device signed the header.", &Take { device: true, ..Take::plain() });
    let kinds = EventKind::ALL.iter().enumerate();
    let events = kinds.map(|(at, kind)| (*kind, at as u64 * 50, at as u64, kind.name())).collect();
    good("complete-all-events", "An event of every kind.", &Take { events, ..Take::plain() });
    good("complete-continued", "It continues another recording.", &Take { prev: true, ..Take::plain() });
    good("complete-nothing", "Finished before the first sample.", &Take { samples: 0, ..Take::plain() });
    let quick = Format::with_blocks(8_000, 16, 1, 40, 40).expect("within bounds");
    let entry = Take::new(3, quick, 61 * 40 + 7);
    good("complete-checkpoint", "More than 60 segments: one of the checkpoints given out is in it.", &entry);
    let mut anchored = Take::plain().make();
    let anchor = Text { tag: 3, kind: 0, first: 800, count: 0, hash: [0; 32], text: b"any\0bytes\xff".to_vec() };
    anchored.body.items.insert(1, Item::Text(anchor));
    anchored.reseal();
    let claims = Claims { anchors: 1, refused: vec!["anchor 800 malformed".into()], ..Claims::default() };
    book.time("complete", "complete-anchor", "", "An ANCHOR leaf between two segments.", &anchored, claims);
    let mut filled = Take::plain().make();
    let late = Text { tag: 2, kind: 6, first: 2_900, count: 5_000, hash: [0; 32], text: Vec::new() };
    filled.body.items.insert(4, Item::Text(late));
    filled.reseal();
    book.good(
        "complete",
        "complete-event-at-end",
        "An event at the very end, its range beyond it, without a text.",
        &filled,
    );
    let mut repeated = Take::plain().make();
    let leaves = repeated.leaves();
    for (place, size) in [(2, 3), (1, 2), (0, 1)] {
        let note = repeated.checkpoint(size, &crate::forge::root(&leaves[..size as usize]));
        repeated.body.items.insert(place, Item::Checkpoint(note));
    }
    book.good("complete", "complete-checkpoints-anywhere", "Checkpoints over one, two and three leaves.", &repeated);
}

fn ends(book: &mut Book) {
    for reason in EndReason::ALL.iter().filter(|reason| **reason != EndReason::Finished) {
        let name = format!("interrupted-{}", reason.name());
        let about = "All that is there holds, and END says why there is no more.";
        book.good("interrupted", &name, about, &Take { reason: *reason, ..Take::plain() }.make());
    }
    let nothing = Take { samples: 0, reason: EndReason::Crash, ..Take::plain() };
    book.good("interrupted", "interrupted-nothing", "Broken off before the first sample.", &nothing.make());
}

pub(crate) fn block(kind: u8, data: &[u8]) -> Block {
    Block { kind, data: data.to_vec() }
}

/// A VORBIS_COMMENT as `metaflac --set-tag` leaves it.
pub(crate) fn comments(list: &[&str]) -> Block {
    let sized = |text: &str| [&(text.len() as u32).to_le_bytes()[..], text.as_bytes()].concat();
    let mut data = sized("reference libFLAC 1.4.3 20230623");
    data.extend_from_slice(&(list.len() as u32).to_le_bytes());
    list.iter().for_each(|text| data.extend_from_slice(&sized(text)));
    block(4, &data)
}

/// A PICTURE with a tiny image.
pub(crate) fn picture() -> Block {
    let sized = |text: &[u8]| [&(text.len() as u32).to_be_bytes()[..], text].concat();
    let mut data = 3u32.to_be_bytes().to_vec();
    data.extend(sized(b"image/png"));
    data.extend(sized(b"cover"));
    data.extend_from_slice(&[0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 24, 0, 0, 0, 0]);
    data.extend(sized(b"\x89PNG\r\n\x1a\n"));
    block(6, &data)
}

/// A SEEKTABLE with these first fields.
pub(crate) fn seek_table(points: &[u64]) -> Block {
    let point = |first: &u64| [&first.to_be_bytes()[..], &[0; 8], &160u16.to_be_bytes()].concat();
    block(3, &points.iter().flat_map(point).collect::<Vec<u8>>())
}

/// A CUESHEET of nothing but its lead-out.
pub(crate) fn cue_sheet(tracks: u8) -> Block {
    let mut data = vec![0; 396];
    data[395] = tracks;
    data.extend_from_slice(&[0; 36]);
    block(5, &data)
}

fn tags(book: &mut Book) {
    let mut tagged = |name, about, change: &dyn Fn(&mut Vec<Block>, &mut Vec<Block>)| {
        let mut file = Take::plain().make();
        let parts = &mut file.parts;
        change(&mut parts.before, &mut parts.after);
        book.good("complete", name, about, &file);
    };
    tagged("tags-comments", "Tags were added after sealing.", &|_, after| {
        after.insert(0, comments(&["TITLE=Interview", "DATE=2026-11-21"]));
    });
    tagged("tags-every-kind", "A block of every kind was added, some of them before the seal.", &|before, after| {
        before.extend([seek_table(&[0, 160, u64::MAX, u64::MAX]), picture(), block(2, b"ABCDmore")]);
        after.extend([comments(&[]), cue_sheet(1), picture(), block(1, &[]), block(2, b"CPRU")]);
    });
    tagged("tags-padding-changed", "The padding is no longer empty, and there is more of it.", &|_, after| {
        after[0].data[7] = 1;
        after.push(block(1, &[0; 300]));
    });
    tagged("tags-padding-removed", "The padding was removed.", &|_, after| after.clear());
    tagged(
        "tags-seek-table-odd",
        "A seek table of placeholders only, and one point that names no frame.",
        &|_, after| {
            after.insert(0, seek_table(&[u64::MAX, 12_345_678, u64::MAX]));
        },
    );
    tagged("tags-most-blocks", "As many metadata blocks as there may be.", &|_, after| {
        after.resize(1_022, block(1, &[]));
    });
}
