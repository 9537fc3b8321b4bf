//! What is done to the FLAC file around an untouched seal: metadata, STREAMINFO, the ends of the file.
//!
//! Not here: changes to the seal (`body_cases.rs` and others) and to the sound (`sound_cases.rs`).
//! Invariant: the seal block's content is the writer's, or is signed by a recorder that lies about STREAMINFO only.

use crate::book::Book;
use crate::bytes::{Block, flac};
use crate::forge::Forge;
use crate::honest_cases::{block, comments, cue_sheet, picture, seek_table};
use crate::part_cases::{keep, mute};
use crate::takes::Take;

pub(crate) fn add(book: &mut Book) {
    not_ours(book);
    unfinished(book);
    lying_lengths(book);
    forbidden_blocks(book);
    stream_info(book);
    cut(book);
    extended(book);
}

fn not_ours(book: &mut Book) {
    let file = Take::plain().make();
    let bytes = file.print();
    let mut bad = |reason, name, about, bytes| book.bad(reason, name, "", about, bytes);
    bad("not-flac", "not-flac-text", "A text file.", b"These are the minutes of the meeting.\n".to_vec());
    bad("not-flac", "not-flac-empty", "An empty file.", Vec::new());
    bad("not-flac", "not-flac-wav", "A WAV file.", b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0".to_vec());
    bad("not-flac", "not-flac-cut", "The file ends within STREAMINFO.", bytes[..41].to_vec());
    bad("not-flac", "not-flac-id3", "An ID3v2 tag before `fLaC`.", [&b"ID3\x04\0\0\0\0\0\0"[..], &bytes].concat());
    let mut short = bytes.clone();
    short[7] = 33;
    bad("not-flac", "not-flac-streaminfo", "STREAMINFO claims 33 bytes.", short);
    let first = flac(&[block(4, &comments(&[]).data), block(0, &file.info)]);
    bad("not-flac", "not-flac-order", "STREAMINFO is not the first block.", first);
    let info = block(0, &file.info);
    let ordinary = [flac(&[info.clone(), comments(&["TITLE=Song"])]), file.frames.concat()].concat();
    bad("no-seal", "no-seal-ordinary", "An ordinary FLAC file.", ordinary);
    bad("no-seal", "no-seal-streaminfo-only", "STREAMINFO and no sound.", flac(std::slice::from_ref(&info)));
    let mut lie = flac(&[info.clone(), block(4, &[0; 8])]);
    lie[4 + 38 + 1] = 0xff;
    bad("no-seal", "no-seal-broken", "A block reaches past the end, and no seal stands before it.", lie);
    let seal = |id: &[u8]| block(2, &[id, &file.body.print()].concat());
    let other = [flac(&[info, seal(b"cprt")]), file.frames.concat()].concat();
    bad("no-seal", "no-seal-other-id", "A seal under another application's id.", other);
}

fn unfinished(book: &mut Book) {
    let bytes = Take::plain().unfinished();
    book.bad("unfinished", "unfinished", "", "A recording that is being made, or was broken off.", bytes.clone());
    book.bad("unfinished", "unfinished-cut", "", "The same, cut off within the seal block.", bytes[..300].to_vec());
    let mut file = Take::plain().make();
    file.body.kind = 0;
    let about = "A finished recording whose seal claims to be unfinished.";
    book.bad("unfinished", "unfinished-claimed", "downgrade", about, file.print());
}

/// The file with the length of the metadata block that starts at `at` set.
fn with_length(bytes: &[u8], at: usize, len: usize) -> Vec<u8> {
    let mut out = bytes.to_vec();
    out[at + 1..at + 4].copy_from_slice(&(len as u32).to_be_bytes()[1..]);
    out
}

fn lying_lengths(book: &mut Book) {
    let file = Take::plain().make();
    let bytes = file.print();
    let seal_len = 4 + file.body.print().len();
    let (seal_at, padding_at) = (42, 42 + 4 + seal_len);
    let mut bad = |reason, name, about, bytes| book.bad(reason, name, "metadata-lengths", about, bytes);
    let set = |at, len| with_length(&bytes, at, len);
    bad("metadata", "length-seal-past-end", "The seal block claims to reach past the end.", set(seal_at, 0xff_ffff));
    bad("metadata", "length-padding-past-end", "The padding claims to reach past the end.", set(padding_at, 0xff_ffff));
    bad("metadata", "length-seal-short", "The seal block claims four bytes less.", set(seal_at, seal_len - 4));
    bad(
        "metadata",
        "length-seal-long",
        "The seal block claims the head of the padding too.",
        set(seal_at, seal_len + 4),
    );
    bad("frames", "length-padding-long", "The padding claims the first frames.", set(padding_at, 60 + 100));
    bad(
        "frames",
        "length-padding-short",
        "The padding claims less: its rest stands before the frames.",
        set(padding_at, 40),
    );
    let mut last = bytes.clone();
    last[seal_at] |= 0x80;
    bad("frames", "length-seal-last", "The seal block claims to be the last: the padding becomes sound.", last);
    let mut not_last = bytes.clone();
    not_last[padding_at] &= 0x7f;
    bad("metadata", "length-no-last", "No block claims to be the last: the frames become metadata.", not_last);
    let mut tagged = |name, about, data: Block| {
        let mut lying = file.clone();
        lying.after.insert(0, data);
        bad("metadata", name, about, lying.print());
    };
    let cut = |mut whole: Block, at: usize, value: u8| {
        whole.data[at] = value;
        whole
    };
    let list = comments(&["TITLE=Interview"]);
    tagged("length-vendor", "A comment block's vendor string claims more than there is.", cut(list.clone(), 3, 1));
    tagged("length-comment", "A comment claims more than there is.", cut(list.clone(), 4 + 32 + 4, 200));
    tagged("length-comment-count", "A comment block claims two comments and has one.", cut(list.clone(), 4 + 32, 2));
    tagged("length-comment-rest", "Bytes are left over after the last comment.", cut(list, 4 + 32, 0));
    tagged("length-picture", "A picture claims more than there is.", cut(picture(), 4 + 3, 200));
    tagged(
        "length-picture-rest",
        "Bytes are left over after a picture's data.",
        cut(picture(), 4 + 4 + 9 + 4 + 5 + 16 + 3, 7),
    );
    tagged("length-seek-table", "A seek table of one point and a half.", block(3, &[0; 27]));
    tagged("length-application", "An application block too short for an id.", block(2, b"CPR"));
    tagged("length-cue-sheet", "A cue sheet shorter than its head.", block(5, &[1; 395]));
}

fn forbidden_blocks(book: &mut Book) {
    let file = Take::plain().make();
    let seal = block(2, &[b"CPRT", &file.body.print()[..]].concat());
    let other = Take { number: 9, ..Take::plain() }.make();
    let mut with = |name, attack, about, blocks: Vec<Block>| {
        let mut changed = file.clone();
        changed.parts.after.extend(blocks);
        book.bad("metadata", name, attack, about, changed.print());
    };
    with("metadata-second-seal", "", "The seal block is there twice.", vec![seal]);
    let foreign = block(2, &[b"CPRT", &other.body.print()[..]].concat());
    with("metadata-foreign-seal", "seal-moved", "A second seal block, of another recording.", vec![foreign]);
    with("metadata-second-streaminfo", "", "STREAMINFO is there twice.", vec![block(0, &file.info)]);
    with("metadata-type-7", "", "A block of a type that is reserved.", vec![block(7, b"")]);
    with("metadata-type-127", "", "A block of the type that is forbidden.", vec![block(127, b"")]);
    with("metadata-two-seek-tables", "", "Two seek tables.", vec![seek_table(&[0]), seek_table(&[0])]);
    with("metadata-two-comments", "", "Two comment blocks.", vec![comments(&[]), comments(&[])]);
    with("metadata-seek-table-order", "", "Seek points that do not ascend.", vec![seek_table(&[160, u64::MAX, 160])]);
    with("metadata-cue-sheet", "", "A cue sheet without a track.", vec![cue_sheet(0)]);
    with("metadata-many-blocks", "", "One block more than there may be.", vec![block(1, &[]); 1_022]);
}

fn stream_info(book: &mut Book) {
    let file = Take::plain().make();
    let mut changed = |name, about, at: usize, bits: u8| {
        let mut lying = file.clone();
        lying.info[at] ^= bits;
        book.bad("streaminfo", name, "", about, lying.print());
    };
    changed("streaminfo-block", "STREAMINFO claims another block size.", 1, 1);
    changed("streaminfo-frame-size", "STREAMINFO claims a larger frame than there is.", 9, 1);
    changed("streaminfo-rate", "STREAMINFO claims another rate.", 11, 1);
    changed("streaminfo-total", "STREAMINFO claims other samples in all.", 17, 1);
    changed("streaminfo-total-high", "STREAMINFO claims 2^32 samples more.", 13, 1);
    changed("streaminfo-md5", "STREAMINFO claims another MD5.", 33, 1);
    let excerpt = file.derive(&keep(800..1_600));
    let mut part = |reason, name, about, at: usize, bits: u8| {
        let mut lying = excerpt.clone();
        lying.info[at] ^= bits;
        book.bad(reason, name, "", about, lying.print());
    };
    part("streaminfo", "streaminfo-excerpt-frame-size", "An excerpt that claims a smaller frame than there is.", 6, 1);
    part("md5", "md5-excerpt", "An excerpt that claims another MD5.", 20, 0x40);
    let mut whole = file.derive(&keep(800..1_600));
    whole.info = file.info.clone();
    let about = "An excerpt with STREAMINFO of the full copy, so that a player shows its length.";
    book.bad("streaminfo", "streaminfo-excerpt-of-whole", "excerpt-as-complete", about, whole.print());
    let mut lying = file.derive(&mute(0..800, &[1]));
    lying.info[18..].fill(0);
    book.bad("md5", "md5-redacted-none", "", "A redaction without MD5, which FLAC would allow.", lying.print());
    let mut liar = file.clone();
    liar.info[11] ^= 1;
    liar.reseal();
    let about = "A recorder committed to a STREAMINFO with another rate.";
    book.bad("streaminfo", "streaminfo-committed-rate", "", about, liar.print());
    let mut liar = file.clone();
    liar.info[20] ^= 1;
    liar.reseal();
    book.deep("md5", "md5-committed", "", "A recorder committed to a wrong MD5.", &liar);
}

fn cut(book: &mut Book) {
    let file = Take::plain().make();
    let bytes = file.print();
    let frames: usize = file.frames.iter().map(Vec::len).sum();
    let start = bytes.len() - frames;
    let upto = |frames: usize| start + file.frames[..frames].iter().map(Vec::len).sum::<usize>();
    let mut bad = |reason, name, about, len: usize| book.bad(reason, name, "truncation", about, bytes[..len].to_vec());
    bad("truncated", "cut-last-byte", "The last byte is missing.", bytes.len() - 1);
    bad("truncated", "cut-in-frame", "The file ends within a frame.", upto(7) + 11);
    bad("truncated", "cut-between-frames", "The file ends between two frames of one segment.", upto(8));
    bad("truncated", "cut-between-segments", "The file ends between two segments.", upto(10));
    bad("truncated", "cut-all-sound", "Only the metadata is left.", start);
    bad("metadata", "cut-in-padding", "The file ends within the padding.", start - 3);
    bad("metadata", "cut-in-seal", "The file ends within the seal.", 700);
    bad("metadata", "cut-in-seal-id", "The file ends right after the seal block's id.", 50);
    bad("no-seal", "cut-before-seal-id", "The file ends within the seal block's id.", 49);
    let mut fitted = file.clone();
    fitted.parts.frames.truncate(10);
    fitted.pcm.truncate(1_600 * 2);
    let pcm = fitted.pcm.clone();
    fitted.set_info(&pcm);
    fitted.info[4..10].copy_from_slice(&file.info[4..10]);
    let about = "Cut between segments, with a STREAMINFO to match.";
    book.bad("streaminfo", "cut-with-streaminfo", "truncation", about, fitted.print());
    for (name, part) in [("cut-excerpt", keep(800..2_400)), ("cut-redaction", mute(0..800, &[1]))] {
        let mut part = file.derive(&part);
        part.parts.frames.pop();
        book.bad("truncated", name, "truncation", "The last frame of a part is missing.", part.print());
    }
}

fn extended(book: &mut Book) {
    let file = Take::plain().make();
    let mut bad = |name, about, more: &[u8]| {
        book.bad("trailing", name, "extension", about, [&file.print(), more].concat());
    };
    bad("extended-byte", "A zero byte after the last frame.", &[0]);
    bad("extended-id3", "An ID3v1 tag after the last frame.", &[&b"TAG"[..], &[b' '; 125]].concat());
    let next = crate::forge::renumbered(&file.frames[0], 19);
    bad("extended-frame", "One more frame, numbered as the next.", &next);
    let excerpt = file.derive(&keep(0..800));
    let about = "The next segment's frames put after an excerpt.";
    let longer = [&excerpt.print()[..], &file.frames[5..10].concat()].concat();
    book.bad("trailing", "extended-excerpt", "extension", about, longer);
    book.bad("trailing", "extended-twice", "duplicate-segment", "All sound twice.", twice(&file));
}

fn twice(file: &Forge) -> Vec<u8> {
    let more = file.frames.iter().zip(19..).map(|(frame, number)| crate::forge::renumbered(frame, number));
    [file.print(), more.collect::<Vec<_>>().concat()].concat()
}
