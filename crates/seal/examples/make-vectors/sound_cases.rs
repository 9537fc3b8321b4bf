//! What is done to the sound of full copies: by a stranger, who has to leave the commitments as they are, and by a dishonest
//! recorder, whose frames and samples are not what a verifier takes them for.
//!
//! Not here: ends of the file and STREAMINFO (`container_cases.rs`), derived copies (`derived_cases.rs`).

use crate::book::Book;
use crate::bytes::Item;
use crate::forge::{Forge, FrameParts, renumbered};
use crate::takes::{Take, short};
use seal::{Encoder, EndReason, Format};

pub(crate) fn add(book: &mut Book) {
    changed_frames(book);
    moved_frames(book);
    splices(book);
    replays(book);
    lying_headers(book);
    lying_samples(book);
}

/// Numbers all frames anew.
fn renumber_all(f: &mut Forge) {
    f.parts.frames = f.parts.frames.iter().zip(0..).map(|(frame, at)| renumbered(frame, at)).collect();
}

fn changed_frames(book: &mut Book) {
    let file = Take::plain().make();
    let mut bad = |name, about, with: &dyn Fn(&mut Forge)| {
        let mut changed = file.clone();
        with(&mut changed);
        book.bad("frames", name, "", about, changed.print());
    };
    bad("frames-bit", "One bit of one frame.", &|f| f.frames[7][30] ^= 1);
    bad("frames-checksum", "The last bit of the sound: a frame's CRC-16.", &|f| {
        *f.frames[18].last_mut().expect("a byte") ^= 1
    });
    bad("frames-header-checksum", "One bit of a frame's CRC-8.", &|f| f.frames[1][6] ^= 1);
    bad("frames-silenced", "A frame's sound was replaced by silence, its checksums set right.", &|f| {
        let silence = Encoder::new(f.format).encode(&[0; 320]).expect("the encoder works");
        let sound = FrameParts::parse(&silence);
        f.change_frame(7, |frame| {
            frame.codes[3] = sound.codes[3];
            frame.sound = sound.sound;
        });
    });
    bad("frames-encoded-anew", "The same samples, encoded in another way.", &|f| {
        f.frames[0] = verbatim(&f.pcm[..320], 0)
    });
    let mut moved = file.clone();
    moved.audio(1).sizes[0] += 1;
    moved.audio(1).sizes[1] -= 1;
    let about = "The boundary between two frames was moved by a byte, which the commitment to both does not show.";
    book.bad("frame-header", "frames-boundary", "", about, moved.print());
}

/// A frame of 160 samples on two tracks, stored as they are.
fn verbatim(pcm: &[i32], number: u8) -> Vec<u8> {
    let mut sound = Vec::new();
    for track in 0..2 {
        sound.push(0b0000_0010);
        pcm[track..].iter().step_by(2).for_each(|sample| sound.extend_from_slice(&(*sample as i16).to_be_bytes()));
    }
    FrameParts { codes: [0xff, 0xf8, 0x64, 0x18], number: vec![number], fields: vec![159], sound }.print()
}

fn moved_frames(book: &mut Book) {
    let file = Take::plain().make();
    let mut bad = |reason, attack, name, about, with: &dyn Fn(&mut Forge)| {
        let mut changed = file.clone();
        with(&mut changed);
        book.bad(reason, name, attack, about, changed.print());
    };
    bad("frames", "reorder", "reorder-frames", "Two frames changed places.", &|f| f.frames.swap(6, 7));
    bad("frames", "reorder", "reorder-frames-numbered", "Two frames changed places and were numbered anew.", &|f| {
        f.frames.swap(6, 7);
        renumber_all(f);
    });
    bad("frames", "reorder", "reorder-segments", "Two segments' frames changed places.", &|f| {
        f.frames[..10].rotate_left(5)
    });
    bad(
        "frames",
        "reorder",
        "reorder-segments-numbered",
        "Two segments' frames changed places, numbered anew.",
        &|f| {
            f.frames[..10].rotate_left(5);
            renumber_all(f);
        },
    );
    bad("tree", "reorder", "reorder-leaves", "Two segments changed places in sound and seal.", &|f| {
        f.frames[..10].rotate_left(5);
        renumber_all(f);
        f.body.items.swap(0, 1);
    });
    bad("tree", "duplicate-segment", "duplicate-segment", "A segment is there twice in sound and seal.", &|f| {
        let (item, frames) = (f.body.items[1].clone(), f.frames[5..10].to_vec());
        f.body.items.insert(2, item);
        f.body.leaves += 1;
        f.parts.frames.splice(10..10, frames);
        f.pcm = [&f.pcm[..3_200], &f.pcm[1_600..]].concat();
        renumber_all(f);
        f.follow_frames();
    });
    bad(
        "frames",
        "duplicate-segment",
        "duplicate-over-next",
        "A segment's sound stands over the next one's as well.",
        &|f| {
            f.parts.frames = [&f.frames[..5], &f.frames[..5], &f.frames[10..]].concat();
            renumber_all(f);
        },
    );
    bad("tree", "truncation", "segment-removed", "A segment was taken out of sound and seal.", &|f| {
        f.body.items.remove(1);
        f.body.leaves -= 1;
        f.parts.frames.drain(5..10);
        f.pcm = [&f.pcm[..1_600], &f.pcm[3_200..]].concat();
        renumber_all(f);
        f.end().total -= 800;
        f.follow_frames();
    });
}

fn splices(book: &mut Book) {
    let whole = Take::plain().make();
    let with = |other: &Forge| {
        let mut spliced = whole.clone();
        spliced.parts.frames = [&whole.frames[..10], &other.frames[10..]].concat();
        spliced.audio(2).sizes.clone_from(&other.clone().audio(2).sizes);
        spliced.audio(3).sizes.clone_from(&other.clone().audio(3).sizes);
        spliced
    };
    let leaves_too = |other: &Forge| {
        let mut spliced = with(other);
        let place = spliced.place(2);
        spliced.body.items.splice(place.., other.body.items[other.place(2)..].iter().cloned());
        spliced
    };
    let stranger = Take { number: 9, ..Take::plain() }.make();
    let sibling = Take { nonce: 1, ..Take::plain() }.make();
    let device = Take { device: true, ..Take::plain() };
    let (first, second) = (device.make(), Take { number: 9, ..device }.make());
    let mut bad = |reason, name, about, file: Forge| book.bad(reason, name, "splice", about, file.print());
    bad("frames", "splice-frames", "The second half of the sound is another recording's.", {
        let mut spliced = whole.clone();
        spliced.parts.frames = [&whole.frames[..10], &stranger.frames[10..]].concat();
        spliced
    });
    bad("tree", "splice-leaves", "The second half of sound and seal is another recording's.", leaves_too(&stranger));
    bad("tree", "splice-leaves-sibling", "The same with a recording by the same keys.", leaves_too(&sibling));
    bad("tree", "splice-leaves-checkpoint", "The same with its final checkpoint, which names it.", {
        let mut spliced = leaves_too(&sibling);
        spliced.body.header.clone_from(&sibling.body.header);
        spliced.body.checkpoint.clone_from(&sibling.body.checkpoint);
        spliced
    });
    bad("frames", "splice-one-frame", "One frame is another recording's of the same device and minute.", {
        let mut spliced = first.clone();
        spliced.frames[12].clone_from(&second.frames[12]);
        spliced
    });
    bad(
        "checkpoint",
        "splice-same-device",
        "Half of another recording of the same device and minute, with its end.",
        {
            let mut spliced = first.clone();
            let place = spliced.place(2);
            spliced.body.items.splice(place.., second.body.items[second.place(2)..].iter().cloned());
            spliced.parts.frames = [&first.frames[..10], &second.frames[10..]].concat();
            spliced.body.checkpoint.clone_from(&second.body.checkpoint);
            spliced
        },
    );
}

fn replays(book: &mut Book) {
    let take = Take::new(1, short(16, 2), 2_400);
    let (older, newer) = (Take { samples: 1_600, reason: EndReason::Crash, ..take.clone() }.make(), take.make());
    let mut with_seal_of = |reason, name, attack, about, seal: &Forge, sound: &Forge, info: &Forge| {
        let mut moved = seal.clone();
        moved.parts.frames.clone_from(&sound.frames);
        moved.info.clone_from(&info.info);
        book.bad(reason, name, attack, about, moved.print());
    };
    let replay = "old-seal-replayed";
    let about = "The seal of an earlier end, on a recording that went on.";
    with_seal_of("streaminfo", "replay-earlier-end", replay, about, &older, &newer, &newer);
    with_seal_of("trailing", "replay-earlier-end-streaminfo", replay, about, &older, &newer, &older);
    let about = "The seal of a longer recording, on what was left of it.";
    with_seal_of("truncated", "replay-later-end", replay, about, &newer, &older, &newer);
    let about = "The seal of yesterday's recording, on today's sound.";
    let today = Take { number: 9, ..take.clone() }.make();
    with_seal_of("frames", "seal-moved", "seal-moved", about, &newer, &today, &newer);
    with_seal_of("streaminfo", "seal-moved-streaminfo", "seal-moved", about, &newer, &today, &today);
    let silent = Take { silent: vec![0, 1], ..take }.make();
    let about = "The seal of silence, on a recording of the same length.";
    with_seal_of("frames", "seal-of-silence", "seal-moved", about, &silent, &newer, &silent);
}

fn lying_headers(book: &mut Book) {
    let plain = Take::plain();
    let mut lie = |attack, name, about, at: usize, with: &dyn Fn(&mut FrameParts)| {
        let mut file = plain.make();
        file.change_frame(at, with);
        file.follow_frames();
        file.reseal();
        book.bad("frame-header", name, attack, about, file.print());
    };
    let numbers = "frame-numbers";
    lie(numbers, "frame-number-twice", "A recorder gave two frames one number.", 8, &|f| f.number = vec![7]);
    lie(numbers, "frame-number-jump", "A recorder's last frame claims to be far on.", 18, &|f| {
        f.number = vec![0xc4, 0x80]
    });
    lie(numbers, "frame-number-start", "A recorder's first frame is not number 0.", 0, &|f| f.number = vec![1]);
    lie(numbers, "frame-number-long", "A recorder wrote a number longer than needed.", 3, &|f| {
        f.number = vec![0xc0, 0x83]
    });
    lie(numbers, "frame-number-of-sample", "A recorder's frame claims variable blocks and a sample number.", 5, &|f| {
        (f.codes[1], f.number) = (0xf9, vec![0xcc, 0xa0]);
    });
    lie("", "frame-rate", "A recorder's frame claims another rate.", 6, &|f| f.codes[2] = f.codes[2] & 0xf0 | 5);
    lie("", "frame-rate-unsaid", "A recorder's frame refers to STREAMINFO for its rate.", 6, &|f| f.codes[2] &= 0xf0);
    lie("", "frame-bits-unsaid", "A recorder's frame refers to STREAMINFO for its width.", 6, &|f| f.codes[3] &= 0xf1);
    lie("", "frame-bits", "A recorder's frame claims 24 bits.", 6, &|f| f.codes[3] |= 0x0c);
    lie("", "frame-tracks", "A recorder's frame claims three tracks.", 6, &|f| f.codes[3] = f.codes[3] & 15 | 0x20);
    lie("", "frame-tracks-reserved", "A recorder's frame claims reserved channels.", 6, &|f| {
        f.codes[3] = f.codes[3] & 15 | 0xb0
    });
    lie("", "frame-length", "A recorder's frame claims 192 samples.", 2, &|f| {
        f.codes[2] = f.codes[2] & 15 | 0x10;
        f.fields.clear();
    });
    lie("", "frame-reserved-bit", "A recorder's frame has the reserved bit set.", 9, &|f| f.codes[3] |= 1);
    let mut file = plain.make();
    file.frames[4][6] ^= 0x10;
    file.reseal();
    book.bad("frame-header", "frame-checksum", "", "A recorder committed to a frame with a wrong CRC-8.", file.print());
    let mut file = plain.make();
    file.frames[4] = b"\xff\xf8".to_vec();
    file.follow_frames();
    file.reseal();
    book.bad("frame-header", "frame-stump", "", "A recorder committed to a frame of two bytes.", file.print());
    let mut file = plain.make();
    file.audio(0).sizes.pop();
    file.parts.frames.remove(4);
    file.follow_frames();
    file.reseal();
    book.bad(
        "end",
        "frame-missing",
        numbers,
        "A recorder's segment has one frame fewer than its samples need.",
        file.print(),
    );
    let odd = Format::with_blocks(11_025, 16, 1, 1_102, 11_020).expect("within bounds");
    let mut file = Take::new(2, odd, 2_300).make();
    file.change_frame(1, |frame| {
        let rate = frame.fields.len() - 1;
        frame.fields[rate] ^= 1;
    });
    file.reseal();
    book.bad("frame-header", "frame-rate-field", "", "A recorder's frame claims 11,024 Hz.", file.print());
}

fn lying_samples(book: &mut Book) {
    let plain = Take::plain().make();
    let mut lie = |attack, name, about, with: &dyn Fn(&mut Forge)| {
        let mut file = plain.clone();
        with(&mut file);
        book.deep("track", name, attack, about, &file);
    };
    lie("", "track-other-samples", "A recorder committed to samples its frames do not hold.", &|f| {
        f.pcm[500] += 1;
        f.reseal();
    });
    lie("", "track-last-sample", "The same, for the last sample of the last track only.", &|f| {
        *f.pcm.last_mut().expect("a sample") -= 1;
        f.reseal();
    });
    lie("tracks-swapped", "tracks-swapped-commitments", "A recorder committed to each track as the other.", &|f| {
        f.pcm.chunks_mut(2).for_each(|pair| pair.swap(0, 1));
        f.reseal();
    });
    lie("", "track-checksum", "A recorder committed to a frame with a wrong CRC-16.", &|f| {
        *f.frames[4].last_mut().expect("a byte") ^= 1;
        f.reseal();
    });
    lie("", "track-no-sound", "A recorder committed to frames that hold nothing a decoder knows.", &|f| {
        f.change_frame(4, |frame| frame.sound = vec![0xff; 40]);
        f.follow_frames();
        f.reseal();
    });
    lie("", "track-left-over", "A recorder committed to a frame with a byte left over.", &|f| {
        f.change_frame(4, |frame| frame.sound.push(0));
        f.follow_frames();
        f.reseal();
    });
    let mut swapped = plain.clone();
    for (at, pcm) in plain.pcm.chunks(320).enumerate() {
        let other: Vec<i32> = pcm.chunks(2).flat_map(|pair| [pair[1], pair[0]]).collect();
        let frame = Encoder::new(plain.format).encode(&other).expect("the encoder works");
        swapped.frames[at] = renumbered(&frame, at as u16);
    }
    let about = "The two tracks changed places in every frame.";
    book.bad("frames", "tracks-swapped", "tracks-swapped", about, swapped.print());
    swapped.pcm.chunks_mut(2).for_each(|pair| pair.swap(0, 1));
    let md5 = plain.info[18..].to_vec();
    swapped.follow_frames();
    swapped.info[18..].copy_from_slice(&md5);
    swapped.reseal();
    let about = "A recorder swapped the tracks in frames and commitments and kept the MD5.";
    book.deep("md5", "tracks-swapped-md5", "tracks-swapped", about, &swapped);
    let mut moved = plain.clone();
    let Item::Audio(audio) = &mut moved.parts.body.items[0] else { return };
    audio.commits.swap(1, 2);
    book.bad("tree", "tracks-swapped-leaf", "tracks-swapped", "Two tracks' commitments changed places.", moved.print());
}
