//! What is done to checkpoints, the tree under them and END: by strangers and by a dishonest recorder.
//!
//! Not here: leaves whose sound was moved (`sound_cases.rs`), derived copies (`derived_cases.rs`).
//! Invariant: the frames in the file are those the seal lists, unless a case is about where the recording ends.

use crate::body_cases::change;
use crate::book::Book;
use crate::bytes::{Item, Text};
use crate::forge::{Forge, RECORDING, commit, node, note, root, sha};
use crate::takes::{Take, short};
use ed25519_dalek::SigningKey;
use seal::EndReason;

pub(crate) fn add(book: &mut Book) {
    checkpoints(book);
    histories(book);
    trees(book);
    ends(book);
    lying_ends(book);
}

fn checkpoints(book: &mut Book) {
    let plain = Take::plain();
    let mut bad = |reason, attack, name, about, with: &dyn Fn(&mut Forge)| {
        change(book, &plain, (reason, name, attack), about, with);
    };
    bad("checkpoint", "", "checkpoint-signature", "The final checkpoint is signed by another key.", &|f| {
        f.body.checkpoint = note(&checkpoint_text(f), &[(RECORDING, &SigningKey::from_bytes(&[77; 32]))]);
    });
    bad("checkpoint", "", "checkpoint-empty", "The final checkpoint is missing.", &|f| f.body.checkpoint.clear());
    bad("checkpoint", "", "checkpoint-extension", "The final checkpoint has a fourth line.", &|f| {
        f.body.checkpoint = note(&(checkpoint_text(f) + "more\n"), &[(RECORDING, &f.key)]);
    });
    bad("checkpoint", "", "checkpoint-zero", "The size has a leading zero.", &|f| {
        let text = checkpoint_text(f).replacen("\n6\n", "\n06\n", 1);
        f.body.checkpoint = note(&text, &[(RECORDING, &f.key)]);
    });
    bad("checkpoint", "", "checkpoint-second-signature", "The final checkpoint is signed twice.", &|f| {
        f.body.checkpoint = note(&checkpoint_text(f), &[(RECORDING, &f.key), (RECORDING, &f.key)]);
    });
    bad("checkpoint", "", "checkpoint-entry-signature", "A CHECKPOINT entry that is signed by another key.", &|f| {
        let note = note(&checkpoint_text(f), &[(RECORDING, &SigningKey::from_bytes(&[77; 32]))]);
        f.body.items.insert(1, Item::Checkpoint(note));
    });
    bad("checkpoint", "", "checkpoint-entry-garbage", "A CHECKPOINT entry that is no note.", &|f| {
        f.body.items.insert(1, Item::Checkpoint(b"hello".to_vec()));
    });
    let other = Take { number: 9, ..Take::plain() }.make();
    bad("checkpoint", "header-swap", "checkpoint-of-another", "The final checkpoint of another recording.", &|f| {
        f.body.checkpoint = other.body.checkpoint.clone();
    });
    bad("checkpoint", "header-swap", "header-of-another", "The header note of another recording.", &|f| {
        f.body.header = other.body.header.clone();
    });
    let sibling = Take { nonce: 1, ..Take::plain() }.make();
    bad(
        "checkpoint",
        "header-swap",
        "header-of-sibling",
        "The header note of another recording by the same key.",
        &|f| {
            f.body.header = sibling.body.header.clone();
        },
    );
    bad(
        "tree",
        "header-swap",
        "header-and-checkpoint-of-sibling",
        "Header and final checkpoint of another recording.",
        &|f| {
            f.body.header = sibling.body.header.clone();
            f.body.checkpoint = sibling.body.checkpoint.clone();
        },
    );
    for (name, size) in [("checkpoint-size-less", 5), ("checkpoint-size-more", 7), ("checkpoint-size-zero", 0)] {
        bad("tree", "checkpoint-size", name, "The final checkpoint names another size and this root.", &|f| {
            f.body.checkpoint = f.checkpoint(size, &root(&f.leaves()));
        });
    }
    bad(
        "tree",
        "checkpoint-size",
        "checkpoint-earlier",
        "A checkpoint given out while recording stands at the end.",
        &|f| {
            f.body.checkpoint = f.given_out[2].clone().into_bytes();
        },
    );
}

/// The final checkpoint's text.
pub(crate) fn checkpoint_text(f: &Forge) -> String {
    let note = String::from_utf8_lossy(&f.body.checkpoint).into_owned();
    note[..note.find("\n\n").expect("a note has an empty line") + 1].to_owned()
}

fn histories(book: &mut Book) {
    let plain = Take::plain();
    let mut bad = |name, about, with: &dyn Fn(&mut Forge)| {
        change(book, &plain, ("two-histories", name, "two-histories"), about, with);
    };
    bad("history-root", "A CHECKPOINT entry over other leaves.", &|f| {
        let note = f.checkpoint(2, &[0x5a; 32]);
        f.body.items.insert(1, Item::Checkpoint(note));
    });
    bad("history-size", "A CHECKPOINT entry over more leaves than stand before it.", &|f| {
        let note = f.given_out[1].clone().into_bytes();
        f.body.items.insert(1, Item::Checkpoint(note));
    });
    bad("history-segment", "The first segment was made anew after a checkpoint over it was given out.", &|f| {
        let early = f.given_out[0].clone().into_bytes();
        f.body.items.insert(1, Item::Checkpoint(early));
        let other = Take { nonce: 1, ..Take::plain() }.make();
        f.parts.frames.splice(..5, other.frames[..5].iter().cloned());
        f.pcm[..1_600].copy_from_slice(&other.pcm[..1_600]);
        f.follow_frames();
        f.reseal();
    });
    let whole = plain.make();
    let shorter = Take { samples: 1_600, ..Take::plain() }.make();
    let about = "One recording with two ends: each file is good by itself.";
    book.pair(false, ["two-ends-a", "two-ends-b"], "two-histories", about, [&whole, &shorter]);
    let sibling = Take { nonce: 1, ..Take::plain() }.make();
    let first = Take { padding: 100, ..Take::plain() }.make();
    let about = "Two recordings by one recording key: each file is good by itself.";
    book.pair(false, ["one-key-a", "one-key-b"], "two-histories", about, [&first, &sibling]);
    let (one, two) = (Take { device: true, ..plain }, Take { device: true, number: 9, ..Take::plain() });
    let about = "Two recordings by one device: nothing is wrong with that.";
    book.pair(true, ["one-device-a", "one-device-b"], "", about, [&one.make(), &two.make()]);
}

fn trees(book: &mut Book) {
    let rich = Take::rich();
    let mut bad =
        |attack, name, about, with: &dyn Fn(&mut Forge)| change(book, &rich, ("tree", name, attack), about, with);
    bad("", "tree-event-text", "An event's text was changed.", &|f| {
        let Item::Text(event) = &mut f.parts.body.items[0] else { return };
        event.text = b"reason: another microphone\n".to_vec();
    });
    bad("", "tree-event-kind", "An event's kind was changed.", &|f| {
        let Item::Text(event) = &mut f.parts.body.items[0] else { return };
        event.kind = 4;
    });
    bad("", "tree-event-range", "A gap's range was made shorter.", &|f| {
        let Some(Item::Text(gap)) = f.parts.body.items.iter_mut().rfind(|i| matches!(i, Item::Text(t) if t.kind == 6))
        else {
            return;
        };
        gap.count = 1;
    });
    bad("", "tree-event-removed", "An event was taken out.", &|f| {
        f.body.items.remove(0);
        f.body.leaves -= 1;
        f.end().events -= 1;
    });
    bad("", "tree-event-added", "An event was put in.", &|f| {
        let event = Text { tag: 2, kind: 4, first: 0, count: 0, hash: [0; 32], text: b"reason: x\n".to_vec() };
        f.body.items.insert(0, Item::Text(event));
        f.body.leaves += 1;
        f.end().events += 1;
    });
    bad("reorder", "tree-event-moved", "Two leaves changed places.", &|f| f.body.items.swap(0, 1));
    bad("", "tree-closing", "The closing acts were changed.", &|f| f.end().closing = b"party: refused\n".to_vec());
    bad("", "tree-end-reason", "END's reason was changed.", &|f| f.end().reason = 2);
    bad("", "tree-commitment", "The commitment to a track was changed.", &|f| f.audio(1).commits[2][5] ^= 1);
    bad("", "tree-root", "A recorder signed another root.", &|f| {
        f.body.checkpoint = f.checkpoint(f.body.leaves.into(), &[7; 32]);
    });
    bad("leaf-node-confusion", "tree-no-prefix", "A recorder hashed its leaves without a prefix.", &|f| {
        let leaves = bare_leaves(f, None);
        f.body.checkpoint = f.checkpoint(leaves.len() as u64, &root(&leaves));
    });
    bad("leaf-node-confusion", "tree-leaf-as-node", "A recorder hashed its leaves under the prefix of nodes.", &|f| {
        let leaves = bare_leaves(f, Some(1));
        f.body.checkpoint = f.checkpoint(leaves.len() as u64, &root(&leaves));
    });
    bad("leaf-node-confusion", "tree-node-as-leaf", "A recorder hashed nodes under the prefix of leaves.", &|f| {
        let mut level = f.leaves();
        let count = level.len() as u64;
        while level.len() > 1 {
            level = level.chunks(2).map(|two| if let [a, b] = two { sha(&[&[0], a, b]) } else { two[0] }).collect();
        }
        f.body.checkpoint = f.checkpoint(count, &level[0]);
    });
    bad("leaf-node-confusion", "tree-doubled-last", "A recorder filled the tree up by doubling its last leaf.", &|f| {
        let mut leaves = f.leaves();
        let count = leaves.len() as u64;
        leaves.resize(leaves.len().next_power_of_two(), leaves[leaves.len() - 1]);
        f.body.checkpoint = f.checkpoint(count, &root(&leaves));
    });
    bad("leaf-node-confusion", "tree-unbalanced", "A recorder hashed a chain and not a tree.", &|f| {
        let leaves = f.leaves();
        let chain = leaves[1..].iter().fold(leaves[0], |top, leaf| node(&top, leaf));
        f.body.checkpoint = f.checkpoint(leaves.len() as u64, &chain);
    });
    let about = "Another seed than the recording's, to open commitments with.";
    change(book, &Take::plain(), ("tree", "tree-other-seed", "guessed-salt"), about, |f| f.body.seed[0] ^= 1);
}

/// The leaves' hashes under another prefix.
fn bare_leaves(f: &Forge, prefix: Option<u8>) -> Vec<[u8; 32]> {
    let prefix: Vec<u8> = prefix.into_iter().collect();
    let mut hashes = vec![sha(&[&prefix, &f.record(0, 0, 0, 0, &[])])];
    let mut position = 0;
    for item in &f.body.items {
        let record = f.record_of(item, hashes.len() as u64, position);
        hashes.extend(record.map(|record| sha(&[&prefix, &record])));
        position += if let Item::Audio(audio) = item { u64::from(audio.count) } else { 0 };
    }
    hashes
}

fn ends(book: &mut Book) {
    let plain = Take::plain();
    let mut bad = |reason, attack, name, about, with: &dyn Fn(&mut Forge)| {
        change(book, &plain, (reason, name, attack), about, with);
    };
    bad("tree", "end-removed", "end-removed", "END was taken out, the count of leaves made to match.", &|f| {
        f.body.items.pop();
        f.body.leaves -= 1;
    });
    bad("end", "end-removed", "end-never", "A recorder signed a tree without END.", &|f| {
        f.body.items.pop();
        f.sign();
    });
    bad("end", "end-removed", "end-given-out", "Cut after a segment, with the checkpoint given out there.", &|f| {
        f.body.items.truncate(2);
        f.body.leaves = 3;
        f.parts.frames.truncate(10);
        f.pcm.truncate(3_200);
        f.follow_frames();
        f.body.checkpoint = f.given_out[1].clone().into_bytes();
    });
    bad("end", "end-removed", "end-twice", "A recorder signed two ENDs.", &|f| {
        let end = f.body.items.last().expect("END").clone();
        f.body.items.push(end);
        f.reseal();
    });
    bad("end", "end-removed", "end-early", "A recorder put END before the last segment.", &|f| {
        let end = f.body.items.pop().expect("END");
        f.body.items.insert(3, end);
        f.recommit();
        f.end().total = 2_900;
        f.sign();
    });
    bad(
        "tree",
        "end-removed",
        "end-replaced",
        "END of a recording that was finished instead of one that broke off.",
        &|f| {
            let crash = Take { reason: EndReason::Crash, ..Take::plain() }.make();
            f.body.checkpoint = crash.body.checkpoint.clone();
        },
    );
}

fn lying_ends(book: &mut Book) {
    let plain = Take::plain();
    let mut bad = |reason, attack, name, about, with: &dyn Fn(&mut Forge)| {
        change(book, &plain, (reason, name, attack), about, with);
    };
    bad("end", "", "end-total-more", "A recorder's END claims more samples.", &|f| {
        f.end().total += 1;
        f.sign();
    });
    bad("end", "", "end-total-less", "A recorder's END claims fewer samples.", &|f| {
        f.end().total -= 800;
        f.sign();
    });
    bad("end", "", "end-events", "A recorder's END claims an event there is not.", &|f| {
        f.end().events = 1;
        f.sign();
    });
    bad("end", "", "end-event-beyond", "A recorder put an event after the end of the sound.", &|f| {
        let event = Text { tag: 2, kind: 4, first: 2_901, count: 0, hash: [0; 32], text: Vec::new() };
        f.body.items.insert(0, Item::Text(event));
        f.reseal();
    });
    bad("end", "", "end-anchor-beyond", "A recorder put an anchor after the end of the sound.", &|f| {
        let anchor = Text { tag: 3, kind: 0, first: u64::MAX, count: 0, hash: [0; 32], text: Vec::new() };
        f.body.items.insert(4, Item::Text(anchor));
        f.reseal();
    });
    bad("end", "", "end-segment-empty", "A recorder's segment of no samples and no frames.", &|f| {
        let mut empty = f.audio(0).clone();
        (empty.count, empty.sizes) = (0, Vec::new());
        f.body.items.insert(4, Item::Audio(empty));
        f.reseal();
    });
    bad("end", "", "end-segment-count", "A recorder's segment claims more samples than a segment has.", &|f| {
        f.audio(0).count = 801;
        f.sign();
    });
    let salt = plain.make().salt(5, 0);
    bad("streaminfo", "", "end-streaminfo", "END commits to another STREAMINFO.", &|f| {
        f.end().info = commit(&salt, &[0; 34]);
        f.sign();
    });
    let quick = Take::new(1, short(16, 1), 1_700);
    change(book, &quick, ("end", "end-short-segment", ""), "A recorder's short segment stands in the middle.", |f| {
        let last = f.place(2);
        f.body.items.swap(last, last - 1);
        let short = f.parts.frames.remove(10);
        f.parts.frames.insert(5, short);
        f.parts.frames =
            f.parts.frames.iter().zip(0..).map(|(frame, at)| crate::forge::renumbered(frame, at)).collect();
        f.follow_frames();
        f.reseal();
    });
}
