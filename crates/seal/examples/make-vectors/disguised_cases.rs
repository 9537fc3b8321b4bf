//! Excerpts and redactions that are passed off as what they are not: as complete, as one, as not redacted.
//!
//! Not here: parts that are simply changed (`derived_cases.rs`). Invariant: who makes these has a part and no secret of the
//! recording, but may sign with keys of their own.

use crate::book::Book;
use crate::derived_cases::change;
use crate::forge::{Forge, commit, renumbered};
use crate::part_cases::{keep, mute};
use crate::takes::{Take, short};
use seal::Encoder;

pub(crate) fn add(book: &mut Book) {
    presented_as_complete(book);
    made_into_a_full_copy(book);
    joined(book);
    hidden_redactions(book);
    guessed_salts(book);
}

fn presented_as_complete(book: &mut Book) {
    let plain = Take::plain().make();
    let attack = "excerpt-as-complete";
    let start = keep(0..1_600);
    let mut bad = |reason, name, about, with: &dyn Fn(&mut Forge)| {
        change(book, (&plain, &start), (reason, name, attack), about, with);
    };
    bad("seal-block", "complete-forged-hidden", "What is hidden was left out of the list.", &|f| {
        f.body.items.remove(2);
    });
    bad("tree", "complete-forged-leaves", "What is hidden was left out, and the leaves counted anew.", &|f| {
        f.body.items.remove(2);
        f.body.leaves = 4;
    });
    bad("tree", "complete-forged-total", "The same, and END's total made to match.", &|f| {
        f.body.items.remove(2);
        f.body.leaves = 4;
        f.end().total = 1_600;
    });
}

/// Makes an excerpt of the first two segments into what looks like a full copy of a shorter recording.
fn as_full(f: &mut Forge) {
    f.body.kind = 1;
    f.body.items.remove(2);
    let end = f.end();
    (end.tag, end.shown, end.total) = (4, 1, 1_600);
    for at in 0..2 {
        let audio = f.audio(at);
        (audio.tag, audio.salts) = (1, Vec::new());
    }
    f.body.leaves = 4;
}

fn made_into_a_full_copy(book: &mut Book) {
    let plain = Take::plain().make();
    let attack = "excerpt-as-complete";
    let start = keep(0..1_600);
    let mut bad = |reason, name, about, with: &dyn Fn(&mut Forge)| {
        change(book, (&plain, &start), (reason, name, attack), about, with);
    };
    bad(
        "tree",
        "complete-forged-full",
        "An excerpt from the start made into a full copy with an invented seed.",
        &|f| {
            as_full(f);
            f.body.seed = [7; 32];
        },
    );
    bad("checkpoint", "complete-forged-signed", "The same, committed to and signed by the forger's own key.", &|f| {
        as_full(f);
        f.seed = [7; 32];
        f.body.seed = f.seed;
        f.key = ed25519_dalek::SigningKey::from_bytes(&[77; 32]);
        f.reseal();
    });
    bad(
        "header",
        "complete-forged-header",
        "The same, with the header signed by the forger's own key as well.",
        &|f| {
            as_full(f);
            f.seed = [7; 32];
            f.body.seed = f.seed;
            f.key = ed25519_dalek::SigningKey::from_bytes(&[77; 32]);
            let text = f.header_text();
            f.set_header(&text);
            f.reseal();
        },
    );
    let device = Take { device: true, ..Take::plain() }.make();
    let about = "The same with the forger's key named in the header: the device did not sign that.";
    change(book, (&device, &start), ("device", "complete-forged-device", attack), about, |f| {
        as_full(f);
        f.seed = [7; 32];
        f.body.seed = f.seed;
        let own = ed25519_dalek::SigningKey::from_bytes(&[77; 32]);
        let line = |key: &ed25519_dalek::SigningKey| {
            use base64::Engine as _;
            base64::engine::general_purpose::STANDARD.encode(key.verifying_key().as_bytes())
        };
        let text = f.header_text().replacen(&line(&f.key), &line(&own), 1);
        f.key = own;
        f.device = Some(ed25519_dalek::SigningKey::from_bytes(&[78; 32]));
        f.set_header(&text);
        f.reseal();
    });
}

/// The items and frames of `second` put after those of `first`, END once.
fn append(first: &Forge, second: &Forge, from: usize) -> Forge {
    let mut file = first.clone();
    file.body.items.truncate(first.place(0) + 1);
    file.body.items.extend_from_slice(&second.body.items[from..]);
    file.parts.frames.extend(second.frames.iter().cloned());
    file.parts.frames = file.parts.frames.iter().zip(0..).map(|(frame, at)| renumbered(frame, at)).collect();
    file.follow_frames();
    file
}

fn joined(book: &mut Book) {
    let plain = Take::plain().make();
    let (first, third) = (plain.derive(&keep(0..800)), plain.derive(&keep(1_600..2_400)));
    let mut bad = |reason, name, about, file: &Forge| book.bad(reason, name, "excerpts-joined", about, file.print());
    let mut cut = append(&first, &third, third.place(0));
    cut.body.leaves -= 1;
    bad("tree", "joined-without-gap", "Two excerpts joined, and nothing said of what lay between.", &cut);
    let mut moved = cut.clone();
    moved.audio(1).first = 800;
    bad("tree", "joined-moved", "The same, and the second moved to where the first ends.", &moved);
    let other = Take { number: 9, ..Take::plain() }.make().derive(&keep(800..1_600));
    let mut two = append(&first, &other, other.place(0));
    two.body.leaves = plain.body.leaves;
    bad("tree", "joined-two-recordings", "Excerpts of two recordings joined.", &two);
    let mut sound = plain.derive(&keep(0..1_600));
    let from_other = other.frames.iter().zip(5..).map(|(frame, at)| renumbered(frame, at));
    let frames: Vec<_> = first.frames.iter().cloned().chain(from_other).collect();
    sound.parts.frames = frames;
    let sizes: Vec<u32> = sound.frames[5..].iter().map(|frame| frame.len() as u32).collect();
    sound.audio(1).sizes = sizes;
    let pcm = sound.pcm_in_file();
    sound.set_info(&pcm);
    bad("frames", "joined-sound", "An excerpt whose second half is another recording's sound.", &sound);
    let bytes = [first.print(), third.print()].concat();
    let about = "One excerpt's file put after another's.";
    book.bad("trailing", "joined-files", "excerpts-joined", about, bytes);
}

fn hidden_redactions(book: &mut Book) {
    let plain = Take::plain().make();
    let muted = mute(800..1_600, &[2]);
    let attack = "redaction-hidden";
    let mut bad = |reason, name, about, with: &dyn Fn(&mut Forge)| {
        change(book, (&plain, &muted), (reason, name, attack), about, with);
    };
    bad(
        "frames",
        "redaction-as-whole",
        "Silenced frames presented as the original ones, with the right salts.",
        &|f| {
            let salts = (0..3).map(|slot| f.salt(2, slot)).collect();
            let audio = f.audio(1);
            (audio.tag, audio.salts) = (17, salts);
        },
    );
    bad("track", "redaction-other-track", "The silenced track is said to be the other one.", &|f| {
        let salt = f.salt(2, 2);
        let audio = f.audio(1);
        (audio.shown, audio.salts) = (2, vec![salt]);
        f.follow_frames();
        let shown = mute(800..1_600, &[2]);
        let honest = Take::plain().make().derive(&shown);
        f.info.clone_from(&honest.info);
    });
    bad("mute", "redaction-not-silent", "The track said to be silenced holds other sound.", &|f| {
        let sound: Vec<i32> = f.pcm[1_600..1_920].iter().enumerate().map(|(at, s)| s + (at as i32 % 2) * 40).collect();
        refill(f, 5, &sound);
    });
    bad("mute", "redaction-one-sample", "The track said to be silenced has one sample that is not zero.", &|f| {
        let mut sound: Vec<i32> = f.pcm[1_600..1_920].chunks(2).flat_map(|pair| [pair[0], 0]).collect();
        sound[319] = 1;
        refill(f, 5, &sound);
    });
    bad("mute", "redaction-not-done", "The track said to be silenced can be heard.", &|f| {
        let sound = f.pcm[1_600..1_920].to_vec();
        refill(f, 5, &sound);
    });
    bad("track", "redaction-shown-changed", "The track that is shown was changed in the same stroke.", &|f| {
        let sound: Vec<i32> = f.pcm[1_600..1_920].chunks(2).flat_map(|pair| [pair[0] + 1, 0]).collect();
        refill(f, 5, &sound);
    });
    bad("frame-header", "redaction-number", "A fresh frame lies about its number.", &|f| {
        f.frames[6] = renumbered(&f.frames[6], 7);
    });
    bad("track", "redaction-no-sound", "A fresh frame does not decode.", &|f| {
        *f.frames[6].last_mut().expect("a byte") ^= 1;
    });
    bad("tree", "redaction-commitment", "A silenced track's commitment was replaced by one to silence.", &|f| {
        let salt = [7; 32];
        f.audio(1).commits[2] = commit(&salt, &[0; 1_600]);
    });
}

/// Puts other samples into a fresh frame; STREAMINFO says what is in the file.
fn refill(f: &mut Forge, at: usize, sound: &[i32]) {
    let frame = Encoder::new(f.format).encode(sound).expect("the encoder works");
    f.frames[at] = renumbered(&frame, at as u16);
    f.follow_frames();
    let mut pcm = f.pcm_in_file();
    pcm[at * 320..at * 320 + 320].copy_from_slice(sound);
    f.set_info(&pcm);
}

fn guessed_salts(book: &mut Book) {
    let take = Take { silent: vec![1], ..Take::new(1, short(16, 2), 1_600) };
    let quiet = take.make();
    let muted = mute(0..800, &[1, 2]);
    let mut bad = |name, about, salt: fn(&Forge) -> [u8; 32]| {
        change(book, (&quiet, &muted), ("track", name, "guessed-salt"), about, |f| {
            let guess = salt(f);
            let audio = f.audio(0);
            (audio.shown, audio.salts) = (2, vec![guess]);
        });
    };
    bad("guess-zero", "The silenced track is guessed to have been silent, under a salt of zeros.", |_| [0; 32]);
    bad("guess-neighbour", "The same under the salt of the same track in the next segment.", |f| f.salt(2, 2));
    bad("guess-other-track", "The same under the salt of the other track.", |f| f.salt(1, 1));
    bad("guess-frames", "The same under the salt of the segment's frames.", |f| f.salt(1, 0));
    let about = "The right salt, which only who has the seed can know: the track really was silent.";
    let mut shown = quiet.derive(&muted);
    let salt = shown.salt(1, 2);
    let audio = shown.audio(0);
    (audio.shown, audio.salts) = (2, vec![salt]);
    book.good("redacted", "guess-right", about, &shown);
}
