//! What is done to the items of excerpts and redactions, and parts of what a dishonest recorder made.
//!
//! Not here: what is done to any sealed file (`container_cases.rs`), parts passed off as something else (`disguised_cases.rs`),
//! honest parts (`part_cases.rs`).

use crate::book::Book;
use crate::bytes::{Item, covering};
use crate::forge::{Forge, FrameParts, commit, node, renumbered, root, sha};
use crate::part_cases::{keep, mute};
use crate::takes::Take;
use seal::{AboutField, Plan};

pub(crate) fn add(book: &mut Book) {
    malformed(book);
    openings(book);
    places(book);
    foreign_seals(book);
    dishonest_originals(book);
    far_away(book);
}

/// Adds a case made by changing a part of `whole`.
pub(crate) fn change(
    book: &mut Book,
    (whole, plan): (&Forge, &Plan),
    (reason, name, attack): (&'static str, &str, &'static str),
    about: &'static str,
    change: impl FnOnce(&mut Forge),
) {
    let mut file = whole.derive(plan);
    change(&mut file);
    book.bad(reason, name, attack, about, file.print());
}

fn malformed(book: &mut Book) {
    let rich = Take::rich().make();
    let (middle, muted) = (keep(800..1_600), mute(0..800, &[2]));
    let first_hidden =
        |f: &Forge| f.body.items.iter().position(|item| matches!(item, Item::Hidden { .. })).expect("one");
    let mut bad = |name, about, plan: &Plan, with: &dyn Fn(&mut Forge)| {
        change(book, (&rich, plan), ("seal-block", name, ""), about, with);
    };
    bad("hidden-none", "HIDDEN for no leaves.", &middle, &|f| {
        let at = first_hidden(f);
        f.body.items.insert(at, Item::Hidden { leaves: 0, hashes: Vec::new() });
    });
    bad("hidden-twice", "HIDDEN next to HIDDEN.", &middle, &|f| {
        let whole = Take::rich().make();
        let at = first_hidden(f);
        let Item::Hidden { leaves, .. } = f.body.items[at] else { return };
        let two = [whole.hidden(1, 1), whole.hidden(2, u64::from(leaves) - 1)];
        f.body.items.splice(at..=at, two);
    });
    bad("hidden-end", "HIDDEN covers END.", &middle, &|f| {
        let whole = Take::rich().make();
        let at = f.body.items.len() - 2;
        let start = 1 + f.body.items[..at].iter().map(Item::leaves).sum::<u64>();
        let all = whole.hidden(start, u64::from(f.body.leaves) - start);
        f.body.items.splice(at.., [all]);
    });
    bad("hidden-not-maximal", "HIDDEN with a hash for each leaf.", &middle, &|f| {
        let leaves = Take::rich().make().leaves();
        let at = f.body.items.len() - 2;
        let start = 1 + f.body.items[..at].iter().map(Item::leaves).sum::<u64>();
        let Item::Hidden { leaves: count, hashes } = &mut f.parts.body.items[at] else { return };
        *hashes = leaves[start as usize..start as usize + *count as usize].to_vec();
        assert!(hashes.len() > covering(start, u64::from(*count)).len());
    });
    bad("fresh-all-shown", "FRESH in which every track is shown.", &muted, &|f| {
        let salt = f.salt(2, 2);
        let audio = f.audio(0);
        audio.shown = 3;
        audio.salts.push(salt);
    });
    bad("fresh-track-beyond", "FRESH that shows a track there is not.", &muted, &|f| f.audio(0).shown |= 4);
    bad("end-shown-twice", "END shown neither yes nor no.", &middle, &|f| f.end().shown = 2);
    bad("part-full-entry", "An entry of a full copy in a derived one.", &middle, &|f| {
        let at = f.place(0);
        let Item::Audio(audio) = &mut f.parts.body.items[at] else { return };
        (audio.tag, audio.salts) = (1, Vec::new());
    });
    bad("part-checkpoint-entry", "A CHECKPOINT entry in a derived copy.", &middle, &|f| {
        let note = f.body.checkpoint.clone();
        f.body.items.insert(0, Item::Checkpoint(note));
    });
    bad("part-kind-full", "A derived copy that claims to be a full one.", &middle, &|f| f.body.kind = 1);
}

fn openings(book: &mut Book) {
    let rich = Take::rich().make();
    let reveal = Plan { reveal: vec![AboutField::Parties], ..keep(800..1_600) };
    let mut bad = |reason, name, about, with: &dyn Fn(&mut Forge)| {
        change(book, (&rich, &reveal), (reason, name, ""), about, with);
    };
    bad("about", "part-about-changed", "An excerpt with other parties.", &|f| f.body.about[0].2[0] = b'E');
    bad("about", "part-about-salt", "An excerpt with another salt for the parties.", &|f| f.body.about[0].1[0] ^= 1);
    bad("about", "part-about-other-field", "The parties' names revealed as the place.", &|f| f.body.about[0].0 = 2);
    bad("tree", "part-closing", "An excerpt with other closing acts.", &|f| f.end().closing[0] = b'q');
    bad("tree", "part-event-text", "An excerpt with another text for an event.", &|f| {
        let shown = f.parts.body.items.iter_mut().find_map(|item| match item {
            Item::Text(text) if text.tag == 19 => Some(text),
            _ => None,
        });
        shown.expect("an event is shown").text = b"reason: somebody else\n".to_vec();
    });
    bad("tree", "part-event-range", "An event moved to another sample.", &|f| {
        let Some(Item::Text(text)) = f.parts.body.items.iter_mut().find(|item| matches!(item, Item::Text(_))) else {
            return;
        };
        text.first += 1;
    });
    bad("frames", "part-salt", "Another salt for the frames.", &|f| f.audio(0).salts[0][0] ^= 1);
    bad("track", "part-track-salt", "Another salt for a track.", &|f| f.audio(0).salts[2][0] ^= 1);
    bad("tree", "part-commitment", "Another commitment to the frames.", &|f| f.audio(0).commits[0][0] ^= 1);
    bad("tree", "part-hidden", "Another hash for what is hidden.", &|f| {
        let Some(Item::Hidden { hashes, .. }) = f.parts.body.items.first_mut() else { return };
        hashes[0][0] ^= 1;
    });
    bad("tree", "part-end", "END's commitment to STREAMINFO was changed.", &|f| f.end().info[0] ^= 1);
    bad("frames", "part-frame", "One bit of one frame.", &|f| f.frames[2][40] ^= 1);
    bad("frame-header", "part-number", "A frame has the number it had in the original.", &|f| {
        f.frames[0] = renumbered(&f.frames[0], 5);
    });
    bad("frames", "part-number-checksum", "A frame's CRC-8 is wrong, so that it cannot be renumbered.", &|f| {
        f.frames[1][6] ^= 1;
    });
    bad("track", "part-checksum", "A frame's CRC-16, which renumbering sets right, is wrong.", &|f| {
        *f.frames[1].last_mut().expect("a byte") ^= 1;
    });
    bad("frames", "part-number-unreadable", "A frame's number is coded as nothing can be.", &|f| {
        let mut frame = FrameParts::parse(&f.frames[1]);
        frame.number = vec![0x81];
        f.frames[1] = frame.print();
    });
}

fn places(book: &mut Book) {
    let plain = Take::plain().make();
    let middle = keep(800..1_600);
    let mut bad = |reason, attack, name, about, plan: &Plan, with: &dyn Fn(&mut Forge)| {
        change(book, (&plain, plan), (reason, name, attack), about, with);
    };
    bad("tree", "frame-numbers", "part-moved", "A shown segment claims to be from another place.", &middle, &|f| {
        f.audio(0).first = 1_600;
    });
    bad("tree", "reorder", "part-swapped", "Two shown segments changed places.", &keep(0..1_600), &|f| {
        f.body.items.swap(0, 1);
        f.frames.rotate_left(5);
        f.parts.frames = f.parts.frames.iter().zip(0..).map(|(frame, at)| renumbered(frame, at)).collect();
        f.follow_frames();
    });
    bad("tree", "", "part-total", "END claims a longer original.", &middle, &|f| f.end().total += 800);
    bad("tree", "", "part-count", "The last segment claims a sample less.", &keep(2_400..2_900), &|f| {
        f.audio(0).count -= 1
    });
    bad("tree", "duplicate-segment", "part-twice", "A shown segment is there twice.", &keep(2_400..2_900), &|f| {
        let at = f.place(0);
        let item = f.body.items[at].clone();
        f.body.items.insert(at, item);
        f.body.leaves += 1;
        let more = f.frames.iter().zip(4..).map(|(frame, at)| renumbered(frame, at)).collect::<Vec<_>>();
        f.parts.frames.extend(more);
        f.follow_frames();
    });
    bad(
        "tree",
        "leaf-node-confusion",
        "part-node-as-leaf",
        "Two leaves hidden as if they were one.",
        &keep(0..800),
        &|f| {
            let leaves = Take::plain().make().leaves();
            let at = 1;
            let mut hashes = vec![node(&leaves[2], &leaves[3])];
            hashes.push(leaves[4]);
            f.body.items[at] = Item::Hidden { leaves: 2, hashes: vec![node(&hashes[0], &hashes[1])] };
            f.body.leaves -= 1;
        },
    );
    bad(
        "seal-block",
        "leaf-node-confusion",
        "part-leaf-as-node",
        "Leaves hidden one by one where a node covers them.",
        &keep(0..800),
        &|f| {
            let leaves = Take::plain().make().leaves();
            f.body.items[1] = Item::Hidden { leaves: 3, hashes: leaves[2..5].to_vec() };
        },
    );
}

/// Other seals put around the items of a part.
fn foreign_seals(book: &mut Book) {
    let plain = Take::plain().make();
    let middle = keep(800..1_600);
    let mut bad = |reason, attack, name, about, plan: &Plan, with: &dyn Fn(&mut Forge)| {
        change(book, (&plain, plan), (reason, name, attack), about, with);
    };
    let older = Take { samples: 1_600, ..Take::plain() }.make();
    bad("tree", "checkpoint-size", "part-checkpoint-size", "The final checkpoint of a shorter end.", &middle, &|f| {
        f.body.checkpoint.clone_from(&older.body.checkpoint);
    });
    bad("tree", "checkpoint-size", "part-checkpoint-early", "A checkpoint given out while recording.", &middle, &|f| {
        f.body.checkpoint = plain.given_out[1].clone().into_bytes();
    });
    let other = Take { number: 9, ..Take::plain() }.make();
    bad(
        "checkpoint",
        "header-swap",
        "part-header-of-another",
        "The header note of another recording.",
        &middle,
        &|f| {
            f.body.header.clone_from(&other.body.header);
        },
    );
    bad("version", "downgrade", "part-version", "A derived copy of version 0.", &middle, &|f| f.body.version = 0);
    let mut rich = Take::rich();
    rich.events.truncate(2);
    let (rich, all) = (rich.make(), keep(0..2_900));
    change(book, (&rich, &all), ("tree", "part-event-removed", ""), "An event was taken out and not hidden.", |f| {
        f.body.items.remove(0);
        f.body.leaves -= 1;
        f.end().events -= 1;
    });
}

fn dishonest_originals(book: &mut Book) {
    let start = keep(0..800);
    let mut lie = |plan: &Plan, reason, attack, name, about, with: &dyn Fn(&mut Forge)| {
        // The library makes no part of what does not hold: the part is made first, then the lie is signed.
        let (mut whole, mut part) = (Take::plain().make(), Take::plain().make().derive(plan));
        with(&mut whole);
        copy_seal(&whole, &mut part);
        book.bad(reason, name, attack, about, part.print());
    };
    lie(&start, "track", "", "part-track-lie", "A recorder committed to other samples than its frames hold.", &|f| {
        f.pcm[5] += 1;
        f.reseal();
    });
    lie(
        &start,
        "end",
        "",
        "part-end-total",
        "A recorder's END claims that the sound ends before what is shown does.",
        &|f| {
            f.end().total = 700;
            f.sign();
        },
    );
    lie(&keep(0..2_900), "end", "", "part-end-events", "A recorder's END claims events, and none is hidden.", &|f| {
        f.end().events = 2;
        f.sign();
    });
    lie(
        &keep(0..2_900),
        "end",
        "",
        "part-end-longer",
        "A recorder's END claims more sound, and none is hidden.",
        &|f| {
            f.end().total += 1;
            f.sign();
        },
    );
    lie(&start, "frame-header", "frame-numbers", "part-frame-rate", "A recorder's frames claim another rate.", &|f| {
        f.change_frame(2, |frame| frame.codes[2] = frame.codes[2] & 0xf0 | 5);
        f.follow_frames();
        f.reseal();
    });
    lie(&start, "frame-header", "", "part-frame-reserved", "A recorder's frame has the reserved bit set.", &|f| {
        f.change_frame(2, |frame| frame.codes[3] |= 1);
        f.reseal();
    });
    lie(
        &start,
        "frames",
        "frame-numbers",
        "part-frame-number",
        "A recorder committed to a frame with another number.",
        &|f| {
            f.change_frame(2, |frame| frame.number = vec![3]);
            f.reseal();
        },
    );
}

/// A frame whose number has more bits than a frame's number can have, in a recording that claims to be that long.
fn far_away(book: &mut Book) {
    const FIRST: u64 = 429_496_730 * 800;
    let whole = Take::plain().make();
    let mut file = whole.derive(&keep(2_400..2_900));
    file.body.items[0] = Item::Hidden { leaves: 1, hashes: vec![[7; 32]] };
    file.body.leaves = 4;
    // FIRST / 160 is 2^31 + 2: seven bytes in the scheme that numbers are coded by, were it not for the limit.
    let original = |frame: &[u8], place: u8| {
        let mut frame = FrameParts::parse(frame);
        frame.number = vec![0xfe, 0x82, 0x80, 0x80, 0x80, 0x80, 0x82 + place];
        frame.print()
    };
    let frames: Vec<u8> = file.frames.iter().zip(0..).flat_map(|(frame, place)| original(frame, place)).collect();
    let salt = file.salt(2, 0);
    let audio = file.audio(0);
    (audio.first, audio.commits[0], audio.salts[0]) = (FIRST, commit(&salt, &frames), salt);
    file.end().total = FIRST + 500;
    let leaf = |item: &Item, index| sha(&[&[0], &file.record_of(item, index, 0).expect("a leaf")]);
    let header = file.leaf(0, 0, 0, 0, &[]);
    let leaves = [header, [7; 32], leaf(&file.body.items[1], 2), leaf(&file.body.items[2], 3)];
    file.body.checkpoint = file.checkpoint(4, &root(&leaves));
    let about = "A recorder committed to frames with numbers of 32 bits, which a frame cannot have.";
    book.bad("frames", "part-number-too-large", "frame-numbers", about, file.print());
}

/// Takes over what a part carries of its original's seal, hidden leaves and frames included.
fn copy_seal(whole: &Forge, part: &mut Forge) {
    let mut index = 1u64;
    let mut place = 0;
    for at in 0..part.body.items.len() {
        let mut item = part.body.items[at].clone();
        let leaves = item.leaves();
        let source = whole.body.items.get(index as usize - 1);
        match (&mut item, source) {
            (Item::Hidden { .. }, _) => item = whole.hidden(index, leaves),
            (Item::Audio(audio), Some(Item::Audio(source))) => {
                audio.commits.clone_from(&source.commits);
                let from = audio.first as usize / 160;
                for frame in 0..audio.sizes.len() {
                    part.parts.frames[place + frame] = renumbered(&whole.frames[from + frame], (place + frame) as u16);
                }
                place += audio.sizes.len();
            }
            (Item::End(end), Some(Item::End(source))) => {
                (end.total, end.events, end.info) = (source.total, source.events, source.info);
            }
            _ => {}
        }
        part.body.items[at] = item;
        index += leaves;
    }
    part.body.checkpoint.clone_from(&whole.body.checkpoint);
    part.follow_frames();
}
