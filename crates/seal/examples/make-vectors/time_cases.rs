//! When a recording was made: what logs and witnesses prove, and what only looks as if they did.
//!
//! Not here: how a log answers (`log_forge.rs`), attacks on its word (`time_attack_cases.rs`), tokens (`stamp_cases.rs`).
//! Invariant: nothing is wrong with any of these files but, perhaps, their evidence of time.

use crate::book::{Book, Claims, Said};
use crate::bytes::{Item, Text};
use crate::forge::{Forge, root};
use crate::log_forge::{Answer, BEGUN, Log, ORIGIN, State, all};
use crate::part_cases::{keep, mute};
use crate::takes::Take;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as B64;
use seal::{EndReason, Format};

/// A recording being made beside a log.
#[derive(Clone)]
pub(crate) struct Tape {
    pub(crate) forge: Forge,
    pub(crate) log: Log,
    pub(crate) evidence: Vec<(u8, Vec<u8>)>,
}

impl Tape {
    /// A recording that begins with this checkpoint in its header.
    pub(crate) fn with_header(take: &Take, log: Log, note: Option<&str>) -> Tape {
        let mut forge = take.make();
        if let Some(note) = note {
            forge.change_header("checkpoint: none", &format!("checkpoint: {}", B64.encode(note)));
        }
        Tape { forge, log, evidence: Vec::new() }
    }

    /// A recording begun at [`BEGUN`]; the log has ten entries then, and thirteen when it is asked next.
    pub(crate) fn begun(take: &Take) -> Tape {
        let log = Log::new(ORIGIN, 10);
        let note = log.signed(&all(BEGUN));
        let mut tape = Tape::with_header(take, log, Some(&note));
        tape.log.grow(3);
        tape
    }

    fn place(&self, segment: usize) -> usize {
        let sound = |(_, item): &(usize, &Item)| matches!(item, Item::Audio(_) | Item::End(_));
        let mut places = self.forge.body.items.iter().enumerate().filter(sound).map(|(at, _)| at);
        places.nth(segment).expect("there are that many segments")
    }

    /// Gives out a checkpoint before a segment, and keeps it in the seal.
    pub(crate) fn state(&mut self, segment: usize) -> State {
        let at = self.place(segment);
        self.forge.recommit();
        let size = 1 + self.forge.body.items[..at].iter().map(Item::leaves).sum::<u64>();
        let note = self.forge.checkpoint(size, &root(&self.forge.leaves()[..size as usize]));
        self.forge.body.items.insert(at, Item::Checkpoint(note.clone()));
        State { size, text: text_of(&note) }
    }

    /// Writes an ANCHOR down before a segment.
    pub(crate) fn anchor(&mut self, segment: usize, body: Vec<u8>) {
        let at = self.place(segment);
        let sound = |item: &Item| if let Item::Audio(audio) = item { audio.count.into() } else { 0 };
        let first = self.forge.body.items[..at].iter().map(sound).sum();
        let anchor = Text { tag: 3, kind: 0, first, count: 0, hash: [0; 32], text: body };
        self.forge.body.items.insert(at, Item::Text(anchor));
    }

    /// Ends the recording: nothing but evidence comes after this.
    pub(crate) fn end(&mut self) -> State {
        self.forge.reseal();
        State { size: self.forge.body.leaves.into(), text: text_of(&self.forge.body.checkpoint) }
    }

    /// Ends it and has the end anchored, a minute after the beginning.
    pub(crate) fn end_anchored(&mut self) -> Answer {
        let end = self.end();
        self.log.answer(&end, &all(BEGUN + 60))
    }

    /// Two anchors while it is made: of 800 samples, and of 2,400.
    pub(crate) fn anchored(take: &Take) -> Tape {
        let mut tape = Tape::begun(take);
        for (at, time_s) in [(1, 20), (3, 47)] {
            let state = tape.state(at);
            let answer = tape.log.answer(&state, &all(BEGUN + time_s));
            tape.anchor(at + 1, answer.print());
        }
        tape
    }

    /// The file.
    pub(crate) fn file(&self) -> Forge {
        let mut file = self.forge.clone();
        file.body.tail = vec![0, self.evidence.len() as u8];
        for (kind, content) in &self.evidence {
            file.body.tail.push(*kind);
            file.body.tail.extend_from_slice(&(content.len() as u16).to_be_bytes());
            file.body.tail.extend_from_slice(content);
        }
        file
    }
}

fn text_of(note: &[u8]) -> String {
    let note = String::from_utf8_lossy(note);
    note[..note.find("\n\n").expect("a note has an empty line") + 1].to_owned()
}

/// The word of [`ORIGIN`] and its three witnesses.
pub(crate) fn said(time_s: u64) -> Option<Said> {
    Some(Said { time_s: BEGUN + time_s, by: ORIGIN, witnesses: vec!["a", "b", "c"] })
}

/// What [`Tape::begun`] with an anchored end proves.
pub(crate) fn bracketed() -> Claims {
    Claims { no_earlier: said(2), no_later: said(62), ..Claims::default() }
}

/// What [`Tape::anchored`] with an anchored end proves.
pub(crate) fn anchored() -> Claims {
    let live = Claims { anchors: 2, anchors_held: 2, longest: Some([800, 2_400]), longest_s: Some(27), ..bracketed() };
    Claims { no_later: said(62), ..live }
}

pub(crate) fn add(book: &mut Book) {
    limits(book);
    live(book);
    parts(book);
    faster(book);
}

fn limits(book: &mut Book) {
    let mut both = Tape::begun(&Take::plain());
    let answer = both.end_anchored();
    book.time(
        "complete",
        "time-begun",
        "",
        "Nothing but the checkpoint in its header.",
        &both.file(),
        Claims { no_later: None, ..bracketed() },
    );
    both.evidence.push((2, answer.print()));
    book.time(
        "complete",
        "time-bracketed",
        "",
        "A checkpoint in the header and an anchored end.",
        &both.file(),
        bracketed(),
    );
    let mut bad = both.file();
    bad.frames[2][40] ^= 1;
    let about = "One bit of one frame of a recording with a bracket, which therefore proves nothing about time.";
    book.bad("frames", "time-frame-bit", "", about, bad.print());
    let mut ended = Tape::with_header(&Take::plain(), Log::new(ORIGIN, 13), None);
    let answer = ended.end_anchored();
    ended.evidence.push((2, answer.print()));
    let about = "No checkpoint in the header, but an anchored end.";
    book.time("complete", "time-ended", "", about, &ended.file(), Claims { no_earlier: None, ..bracketed() });
    let text = String::from_utf8_lossy(&answer.print()).replacen("index ", "extra bW9yZQ==\nindex ", 1);
    ended.evidence[0].1 = text.into_bytes();
    let about = "A proof with a line of extra data.";
    book.time("complete", "time-extra", "", about, &ended.file(), Claims { no_earlier: None, ..bracketed() });
    let mut many = Tape::begun(&Take::plain());
    let end = many.end();
    for at in 0..16 {
        let answer = many.log.answer(&end, &all(BEGUN + 75 - at));
        many.evidence.push((2, answer.print()));
    }
    book.time(
        "complete",
        "time-sixteen",
        "",
        "Sixteen anchors of the end, the last the earliest.",
        &many.file(),
        bracketed(),
    );
    many.evidence.push(many.evidence[0].clone());
    book.bad("seal-block", "seal-evidence-many", "", "Seventeen pieces of evidence of time.", many.file().print());
    let mut apart = Tape::begun(&Take::plain());
    let end = apart.end();
    let early = apart.log.answer(&end, &[(0, BEGUN - 28), (2, BEGUN - 40)]);
    apart.evidence.push((2, early.print()));
    let claims = Claims {
        no_earlier: said(2),
        no_later: Some(Said { time_s: BEGUN - 28, by: ORIGIN, witnesses: vec!["a", "c"] }),
        longest: Some([0, 2_900]),
        longest_s: Some(0),
        too_much: Some([0, 2_900]),
        ..Claims::default()
    };
    let about = "Clocks that disagree by as much as they may, which leaves no time for any sound.";
    book.time("complete", "time-clocks-apart", "", about, &apart.file(), claims);
}

fn live(book: &mut Book) {
    let mut tape = Tape::anchored(&Take::plain());
    let answer = tape.end_anchored();
    tape.evidence.push((2, answer.print()));
    let about = "Anchored twice while it was made, the longest stretch in the middle.";
    book.time("complete", "time-anchored", "", about, &tape.file(), anchored());
    tape.evidence.clear();
    let about = "Anchored while it was made, but not at its end.";
    let claims = Claims { no_later: None, ..anchored() };
    book.time("complete", "time-anchored-not-at-end", "", about, &tape.file(), claims);
    let mut crashed = Tape::anchored(&Take { reason: EndReason::Crash, ..Take::plain() });
    let answer = crashed.end_anchored();
    crashed.evidence.push((2, answer.print()));
    let about = "Anchored while it was made, and broken off.";
    book.time("interrupted", "time-anchored-interrupted", "", about, &crashed.file(), anchored());
    let mut late = Tape::begun(&Take::plain());
    let states = [late.state(1), late.state(2)];
    let answers = [late.log.answer(&states[1], &all(BEGUN + 25)), late.log.answer(&states[0], &all(BEGUN + 40))];
    answers.iter().for_each(|answer| late.anchor(3, answer.print()));
    late.end();
    let about = "Two answers came late, the second one first.";
    let claims = Claims {
        anchors: 2,
        anchors_held: 2,
        longest: Some([1_600, 2_900]),
        longest_s: Some(40),
        ..Claims { no_later: None, ..bracketed() }
    };
    book.time("complete", "time-anchored-late", "", about, &late.file(), claims);
    let mut gap = Tape::begun(&Take::plain());
    let state = gap.state(3);
    let answer = gap.log.answer(&state, &all(BEGUN + 50));
    gap.anchor(4, answer.print());
    let answer = gap.end_anchored();
    gap.evidence.push((2, answer.print()));
    let claims = Claims { anchors: 1, anchors_held: 1, longest: Some([0, 2_400]), longest_s: Some(50), ..bracketed() };
    book.time("complete", "time-anchored-gap", "", "Anchored once only, late: a gap before it.", &gap.file(), claims);
}

fn parts(book: &mut Book) {
    let mut tape = Tape::anchored(&Take::plain());
    let answer = tape.end_anchored();
    tape.evidence.push((2, answer.print()));
    let whole = tape.file();
    let shown = |anchors| Claims { anchors, ..bracketed() };
    let about = "An excerpt carries the bracket of the whole.";
    book.time("excerpt", "time-excerpt", "", about, &whole.derive(&keep(800..2_400)), shown(1));
    let about = "An excerpt that shows both anchors, which it cannot hold to anything.";
    book.time("excerpt", "time-excerpt-all", "", about, &whole.derive(&keep(0..2_900)), shown(2));
    let about = "A redaction carries the bracket of the whole.";
    book.time("redacted", "time-redacted", "", about, &whole.derive(&mute(800..900, &[2])), shown(2));
}

/// Thirty-eight seconds of silence.
pub(crate) fn long() -> Take {
    Take {
        silent: vec![0],
        ..Take::new(7, Format::with_blocks(8_000, 16, 1, 4_000, 8_000).expect("within bounds"), 304_000)
    }
}

fn faster(book: &mut Book) {
    let attack = "faster-than-time";
    let mut quick = Tape::begun(&long());
    let end = quick.end();
    let answer = quick.log.answer(&end, &all(BEGUN + 7));
    quick.evidence.push((2, answer.print()));
    let claims = Claims { no_later: said(9), ..bracketed() };
    let slow = "Thirty-eight seconds of sound sealed in seven: a second more than clocks can make of it.";
    let whole = Some([0, 304_000]);
    let fast = Claims { too_much: whole, longest: whole, longest_s: Some(7), ..claims };
    book.time("complete", "time-faster", attack, slow, &quick.file(), fast);
    let mut fits = Tape::begun(&long());
    let end = fits.end();
    let answer = fits.log.answer(&end, &all(BEGUN + 8));
    fits.evidence.push((2, answer.print()));
    let about = "Thirty-eight seconds of sound sealed in eight, which clocks may make of them.";
    book.time(
        "complete",
        "time-just-slow-enough",
        "",
        about,
        &fits.file(),
        Claims { no_later: said(10), ..bracketed() },
    );
    // An anchor of nothing, written down late, would stand between the header and the anchor that comes too early.
    let mut tape = Tape::begun(&long());
    let (nothing, much) = (tape.state(0), tape.state(37));
    let answers = [tape.log.answer(&nothing, &all(BEGUN + 4)), tape.log.answer(&much, &all(BEGUN + 5))];
    answers.iter().for_each(|answer| tape.anchor(37, answer.print()));
    let mut claims =
        Claims { anchors: 2, anchors_held: 2, longest: Some([0, 296_000]), longest_s: Some(4), ..bracketed() };
    (claims.no_later, claims.too_much) = (None, Some([0, 296_000]));
    tape.end();
    let about = "Much sound anchored at once, and an anchor of nothing to hide that.";
    book.time("complete", "time-faster-hidden", attack, about, &tape.file(), claims.clone());
    // An ANCHOR says itself after how many samples it stands.
    let mut lying = Tape::begun(&long());
    let first = lying.state(1);
    let answer = lying.log.answer(&first, &all(BEGUN + 4));
    lying.anchor(1, answer.print());
    let place = lying.forge.body.items.iter().position(|item| matches!(item, Item::Text(_))).expect("an anchor");
    if let Item::Text(anchor) = &mut lying.forge.parts.body.items[place] {
        anchor.first = 304_000;
    }
    let much = lying.state(37);
    let answer = lying.log.answer(&much, &all(BEGUN + 8));
    lying.anchor(37, answer.print());
    lying.end();
    claims.too_much = Some([8_000, 296_000]);
    (claims.longest, claims.longest_s) = (Some([8_000, 296_000]), Some(4));
    let about = "An anchor claims to stand behind the sound that comes after it too fast.";
    book.time("complete", "time-faster-displaced", attack, about, &lying.file(), claims);
}
