//! What is done to the seal body: by a stranger, who has to leave the signatures as they are, and by a dishonest recorder, who
//! signs whatever it likes.
//!
//! Not here: the header note (`header_cases.rs`), signatures as such (`key_cases.rs`), the tree (`tree_cases.rs`).

use crate::book::Book;
use crate::bytes::Item;
use crate::forge::Forge;
use crate::takes::Take;

pub(crate) fn add(book: &mut Book) {
    seal_block(book);
    versions(book);
    about_values(book);
}

/// Adds a case made by changing one recording.
pub(crate) fn change(
    book: &mut Book,
    take: &Take,
    (reason, name, attack): (&'static str, &str, &'static str),
    about: &'static str,
    change: impl FnOnce(&mut Forge),
) {
    let mut file = take.make();
    change(&mut file);
    book.bad(reason, name, attack, about, file.print());
}

fn seal_block(book: &mut Book) {
    let rich = Take::rich();
    let mut bad = |name, about, with: &dyn Fn(&mut Forge)| {
        change(book, &rich, ("seal-block", name, ""), about, with);
    };
    bad("seal-trailing", "A byte after the end of the body.", &|f| f.body.tail.push(0));
    bad("seal-cut", "The body ends within the final checkpoint's length.", &|f| {
        f.body.checkpoint.truncate(40);
        f.body.tail.clear();
    });
    bad("seal-leaves-none", "A tree of no leaves.", &|f| f.body.leaves = 0);
    bad("seal-leaves-more", "One leaf more than there is.", &|f| f.body.leaves += 1);
    bad("seal-leaves-fewer", "One leaf fewer than there is.", &|f| f.body.leaves -= 1);
    bad("seal-unknown-entry", "An entry of a type there is not.", &|f| f.body.items.insert(0, Item::Raw(vec![6])));
    bad("seal-derived-entry", "An item of a derived copy in a full one.", &|f| {
        let hidden = f.hidden(1, 1);
        f.body.items[0] = hidden;
    });
    bad("seal-frame-size-zero", "A frame of no bytes.", &|f| f.audio(0).sizes[0] = 0);
    bad("seal-frame-size-large", "A frame larger than any can be.", &|f| f.audio(0).sizes[0] = 64 + 2 * (16 + 340) + 1);
    bad("seal-frames-many", "A segment of more frames than one has.", &|f| f.audio(0).sizes.push(20));
    let text = |at: usize, text: &'static [u8]| {
        move |f: &mut Forge| {
            let texts = f.parts.body.items.iter_mut().filter_map(|item| match item {
                Item::Text(text) => Some(text),
                _ => None,
            });
            texts.into_iter().nth(at).expect("four events").text = text.to_vec();
            f.sign();
        }
    };
    bad("seal-event-text", "An event's text is not lines.", &text(0, b"no key\n"));
    bad("seal-event-open-line", "An event's last line has no end.", &text(1, b"reason: tea"));
    bad("seal-event-control", "An event's text holds a control character.", &text(2, b"reason: \x1b[2J\n"));
    bad("seal-event-c1-control", "An event's text holds U+009B.", &text(2, b"reason: \xc2\x9b2J\n"));
    bad("seal-event-encoding", "An event's text is not UTF-8.", &text(3, b"reason: \xff\n"));
    bad("seal-event-long", "An event's text is longer than it may be.", &|f| {
        let Item::Text(event) = &mut f.parts.body.items[0] else { return };
        event.text = [&b"reason: "[..], &[b'a'; 4_088], b"\n"].concat();
        f.sign();
    });
    bad("seal-event-kind", "An event of a kind there is not.", &|f| {
        let Item::Text(event) = &mut f.parts.body.items[0] else { return };
        event.kind = 16;
        f.sign();
    });
    bad("seal-end-reason", "A reason to end there is not.", &|f| {
        f.end().reason = 7;
        f.sign();
    });
    bad("seal-closing", "The closing acts are not lines.", &|f| {
        f.end().closing = b"agreed".to_vec();
        f.sign();
    });
    bad("seal-about-order", "About fields out of order.", &|f| f.body.about.swap(0, 1));
    bad("seal-about-twice", "An about field twice.", &|f| f.body.about[1].0 = 1);
    bad("seal-about-field", "An about field there is not.", &|f| f.body.about[3].0 = 5);
    bad("seal-about-encoding", "An about value that is not UTF-8.", &|f| f.body.about[3].2[0] = 0xff);
    bad("seal-checkpoint-after-end", "A CHECKPOINT entry after END.", &|f| {
        let note = f.body.checkpoint.clone();
        f.body.items.push(Item::Checkpoint(note));
    });
    bad("seal-evidence-missing", "Time evidence is counted that is not there.", &|f| f.body.tail[1] = 1);
    bad("seal-kind-derived", "A full copy that claims to be a derived one.", &|f| f.body.kind = 2);
}

fn versions(book: &mut Book) {
    let plain = Take::plain();
    let mut bad = |name, about, with: &dyn Fn(&mut Forge)| {
        change(book, &plain, ("version", name, "downgrade"), about, with);
    };
    bad("version-0", "A seal body of version 0.", &|f| f.body.version = 0);
    bad("version-2", "A seal body of version 2.", &|f| f.body.version = 2);
    bad("version-kind", "A seal body of a kind there is not.", &|f| f.body.kind = 3);
    bad("version-header", "A header of version 2, validly signed.", &|f| {
        f.change_header("recording/v1", "recording/v2")
    });
    bad("version-header-0", "A header of version 0, validly signed.", &|f| {
        f.change_header("recording/v1", "recording/v0")
    });
    bad("version-header-strange", "A header of version 2 of which nothing else is as in version 1.", &|f| {
        f.set_header("counterpart/recording/v2\nkeys: 3\n");
    });
    bad("version-key-none", "A recording key of no algorithm.", &|f| f.change_header("key: ed25519", "key: none"));
    bad("version-device-none", "No device, but a name.", &|f| f.change_header("device: none", "device: none room 4"));
    bad("version-key", "A recording key of another algorithm.", &|f| f.change_header("key: ed25519", "key: rsa-512"));
    bad("version-device", "A device key of another algorithm.", &|f| {
        f.change_header("device: none", "device: p256 AAAA room")
    });
    bad("version-anchored", "Not-before evidence of a kind this version does not know.", &|f| {
        f.change_header("checkpoint: none", "checkpoint: example.org/log 12");
    });
    bad("version-co-signature", "A co-signature, which this version has no place for.", &|f| f.body.tail[0] = 1);
}

fn about_values(book: &mut Book) {
    let rich = Take::rich();
    let mut bad = |name, about, with: &dyn Fn(&mut Forge)| change(book, &rich, ("about", name, ""), about, with);
    bad("about-changed", "The parties' names were changed.", &|f| f.body.about[0].2 = b"Eve Example".to_vec());
    bad("about-swapped", "Two values changed places.", &|f| {
        let first = f.body.about[0].2.clone();
        f.body.about[0].2 = std::mem::replace(&mut f.body.about[1].2, first);
    });
    bad("about-missing", "A full copy that leaves a value out.", &|f| drop(f.body.about.remove(2)));
    bad("about-none", "A full copy that leaves out all values.", &|f| f.body.about.clear());
    let plain = Take::plain();
    change(book, &plain, ("about", "about-added", ""), "A value the header does not commit to.", |f| {
        f.body.about.push((1, [0; 32], b"Ada Example".to_vec()));
    });
}
