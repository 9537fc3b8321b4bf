//! Forged, foreign, replayed and contradictory words of logs and witnesses about when a recording was made.
//!
//! Not here: evidence that holds (`time_cases.rs`), tokens (`stamp_cases.rs`).
//! Invariant: nothing is wrong with any of these recordings but their evidence of time.

use crate::book::{Book, Claims, Said};
use crate::log_forge::{Answer, BEGUN, Log, ORIGIN, OTHER_ORIGIN, all, cosignature, key, line};
use crate::takes::Take;
use crate::time_cases::{Tape, anchored, bracketed, said};
use ed25519_dalek::Signer as _;

pub(crate) fn add(book: &mut Book) {
    headers(book);
    ends(book);
    anchors(book);
    order(book);
    histories(book);
    liars(book);
}

/// A recording with this in its header, and an anchored end.
fn with_header(note: &str) -> Tape {
    let mut tape = Tape::with_header(&Take::plain(), Log::new(ORIGIN, 13), Some(note));
    let answer = tape.end_anchored();
    tape.evidence.push((2, answer.print()));
    tape
}

fn refused(what: &[&str]) -> Vec<String> {
    what.iter().map(|what| (*what).to_owned()).collect()
}

fn headers(book: &mut Book) {
    let log = Log::new(ORIGIN, 10);
    let (text, good) = (log.text(), log.signed(&all(BEGUN)));
    let mut bad = |name, attack, fault: &str, about, note: &str| {
        let claims = Claims { no_earlier: None, refused: refused(&[&format!("header {fault}")]), ..bracketed() };
        book.time("complete", name, attack, about, &with_header(note).file(), claims);
    };
    let about = "The checkpoint in the header is none.";
    bad("time-header-garbage", "", "malformed", about, "a checkpoint");
    let about = "The checkpoint in the header has a size that is spelled otherwise than it would be.";
    bad("time-header-size-spelled", "", "malformed", about, &good.replacen("\n10\n", "\n010\n", 1));
    let about = "The checkpoint in the header has a size beyond all numbers.";
    bad("time-header-size-huge", "", "malformed", about, &good.replacen("\n10\n", "\n18446744073709551616\n", 1));
    let stranger = Log::new("log.example/stranger", 10).signed(&all(BEGUN));
    let about = "A log that the policy does not name.";
    bad("time-header-unknown-log", "wrong-log", "unknown-log", about, &stranger);
    let cosigned = good.lines().skip_while(|line| !line.contains("witness")).map(|line| format!("{line}\n"));
    let unsigned = format!("{text}\n{}", cosigned.collect::<String>());
    let about = "Witnesses cosigned, but the log's own signature is missing.";
    bad("time-header-log-unsigned", "", "forged", about, &unsigned);
    let other = format!("{text}\n{}", line(ORIGIN, 1, &key(ORIGIN), &key("somebody").sign(text.as_bytes()).to_bytes()));
    let about = "Somebody else signed under the log's name and key id.";
    bad("time-header-log-forged", "", "forged", about, &other);
    let own =
        format!("{text}\n{}", line(ORIGIN, 1, &key("somebody"), &key("somebody").sign(text.as_bytes()).to_bytes()));
    let about = "Somebody else signed under the log's name with a key of their own.";
    bad("time-header-log-other-key", "", "forged", about, &own);
    let about = "A second line under the log's key that does not verify.";
    let twice = format!("{good}{}", line(ORIGIN, 1, &key(ORIGIN), &[7; 64]));
    bad("time-header-log-twice", "", "forged", about, &twice);
    let swapped = good.replacen(&cosignature(1, &text, BEGUN + 2), &cosignature(1, "another text\n", BEGUN + 2), 1);
    let about = "A cosignature of another text under a trusted witness's key id, beside two that hold.";
    bad("time-header-cosignature-forged", "", "forged", about, &swapped);
    let about = "One witness where two are asked for.";
    bad("time-header-unwitnessed", "", "unwitnessed", about, &log.signed(&[(0, BEGUN)]));
    let about = "One witness, and another that nobody trusts.";
    bad("time-header-stranger", "untrusted-cosigner", "unwitnessed", about, &log.signed(&[(0, BEGUN), (3, BEGUN)]));
    let about = "One witness twice.";
    bad("time-header-one-twice", "", "unwitnessed", about, &log.signed(&[(0, BEGUN), (0, BEGUN + 1)]));
    let lines = |count| good.clone() + &format!("\u{2014} somebody {}\n", "QUJDREVG").repeat(count);
    let about = "A checkpoint with more signature lines than are read.";
    bad("time-header-lines-many", "", "malformed", about, &lines(61));
    let about = "A checkpoint with a signature line that holds a key id only.";
    bad("time-header-line-empty", "", "malformed", about, &format!("{good}\u{2014} somebody QUJDRA==\n"));
    let about = "A cosignature with a time beyond 2^63.";
    bad("time-header-far-future", "", "forged", about, &log.signed(&[(0, BEGUN), (1, BEGUN), (2, 1 << 63)]));
    good_headers(book);
}

fn good_headers(book: &mut Book) {
    let log = Log::new(ORIGIN, 10);
    let mut good = |name, about, note: &str, time_s, witnesses: &[&'static str]| {
        let no_earlier = Some(Said { time_s: BEGUN + time_s, by: ORIGIN, witnesses: witnesses.to_vec() });
        book.time("complete", name, "", about, &with_header(note).file(), Claims { no_earlier, ..bracketed() });
    };
    let note = log.signed(&[(3, BEGUN), (2, BEGUN + 9), (0, BEGUN + 4)]);
    let lines = log.signed(&all(BEGUN)) + &"\u{2014} somebody QUJDREVG\n".repeat(60);
    good("time-header-lines", "As many signature lines as are read.", &lines, 2, &["a", "b", "c"]);
    good("time-header-two-of-three", "Two witnesses, and one that nobody trusts.", &note, 4, &["a", "c"]);
    let note = log.signed(&[(0, BEGUN), (1, BEGUN + 1), (0, BEGUN + 7), (1, BEGUN + 8)]);
    good("time-header-cosigned-again", "Two witnesses signed twice: the later time counts.", &note, 7, &["a", "b"]);
}

/// A change to the anchor of the end.
type Change<'a> = &'a dyn Fn(&mut Answer, &Tape);

fn ends(book: &mut Book) {
    let mut bad = |name, attack, fault: &str, about, change: Change<'_>| {
        let mut tape = Tape::begun(&Take::plain());
        tape.state(1);
        let mut answer = tape.end_anchored();
        change(&mut answer, &tape);
        tape.evidence.push((2, answer.print()));
        let claims = Claims { no_later: None, refused: refused(&[&format!("end 1 {fault}")]), ..bracketed() };
        book.time("complete", name, attack, about, &tape.file(), claims);
    };
    let about = "The anchor says another size than the state has that was logged.";
    bad("time-end-size-less", "wrong-size", "size", about, &|answer, _| answer.size -= 1);
    let about = "The anchor says the size of an earlier state.";
    bad("time-end-size-of-state", "wrong-size", "size", about, &|answer, _| answer.size = 2);
    let about = "Another blind.";
    bad("time-end-blind", "", "not-included", about, &|answer, _| answer.blind[0] ^= 1);
    let about = "The index of the log's next entry.";
    bad("time-end-index", "", "not-included", about, &|answer, _| answer.index += 1);
    let about = "An index beyond the log's end.";
    bad("time-end-index-beyond", "", "not-included", about, &|answer, _| answer.index = 99);
    let about = "A hash too many in the proof.";
    bad("time-end-hash-more", "", "not-included", about, &|answer, _| answer.hashes.push([0; 32]));
    let about = "A hash too few in the proof.";
    bad("time-end-hash-fewer", "", "not-included", about, &|answer, _| answer.hashes.truncate(1));
    let about = "The checkpoint of another trusted log under the proof.";
    bad("time-end-of-other-log", "wrong-log", "not-included", about, &|answer, _| {
        answer.note = Log::new(OTHER_ORIGIN, 16).signed(&all(BEGUN + 60));
    });
    let about = "A checkpoint of the log before it had the entry.";
    bad("time-end-before-entry", "wrong-size", "not-included", about, &|answer, _| {
        answer.note = Log::new(ORIGIN, 13).signed(&all(BEGUN + 30));
    });
    let about = "One witness where two are asked for.";
    bad("time-end-unwitnessed", "", "unwitnessed", about, &|answer, tape| answer.note = tape.log.signed(&[(1, BEGUN)]));
    let about = "The log's own signature is missing.";
    bad("time-end-log-unsigned", "", "forged", about, &|answer, tape| {
        let text = tape.log.text();
        answer.note = format!("{text}\n{}{}", cosignature(0, &text, BEGUN), cosignature(1, &text, BEGUN));
    });
    bad_bytes(book);
}

fn bad_bytes(book: &mut Book) {
    let mut bad = |name, attack, fault: &str, about, kind: u8, change: &dyn Fn(String) -> String| {
        let mut tape = Tape::begun(&Take::plain());
        let answer = String::from_utf8_lossy(&tape.end_anchored().print()).into_owned();
        tape.evidence.push((kind, change(answer).into_bytes()));
        let claims = Claims { no_later: None, refused: refused(&[&format!("end 1 {fault}")]), ..bracketed() };
        book.time("complete", name, attack, about, &tape.file(), claims);
    };
    bad("time-end-kind-0", "", "unknown-kind", "Evidence of kind 0.", 0, &|text| text);
    bad("time-end-kind-3", "", "unknown-kind", "Evidence of kind 3.", 3, &|text| text);
    bad("time-end-nothing", "", "malformed", "An anchor of no bytes.", 2, &|_| String::new());
    let about = "An anchor with a byte after it.";
    bad("time-end-trailing", "", "malformed", about, 2, &|text| text + "x");
    let about = "An anchor whose index has a leading zero.";
    bad("time-end-index-spelled", "", "malformed", about, 2, &|text| text.replacen("index ", "index 0", 1));
    let about = "An anchor whose size has a sign.";
    bad("time-end-size-spelled", "", "malformed", about, 2, &|text| text.replacen("size: ", "size: +", 1));
    let about = "A proof with more hashes than any log needs.";
    bad("time-end-hashes-many", "", "malformed", about, 2, &|text| {
        text.replacen("\n\n", &format!("\n{}\n", format!("{}=\n", "A".repeat(43)).repeat(65)), 1)
    });
    let mut early = Tape::begun(&Take::plain());
    let state = early.state(1);
    early.end();
    let answer = early.log.answer(&state, &all(BEGUN + 20));
    early.evidence.push((2, answer.print()));
    let claims = Claims { no_later: None, refused: refused(&["end 1 size"]), ..bracketed() };
    let about = "An anchor of the first second, passed off as one of the whole.";
    book.time("complete", "time-end-of-first-state", "wrong-size", about, &early.file(), claims);
}

fn anchors(book: &mut Book) {
    let attack = "replayed-anchor";
    let one = |refusal: &str| Claims {
        anchors: 1,
        no_later: None,
        refused: refused(&[&format!("anchor 1600 {refusal}")]),
        ..bracketed()
    };
    let mut tape = Tape::begun(&Take::plain());
    tape.state(1);
    let foreign = Tape::begun(&Take { number: 9, ..Take::plain() }).state(1);
    let answer = tape.log.answer(&foreign, &all(BEGUN + 20));
    tape.anchor(2, answer.print());
    tape.end();
    let about = "An ANCHOR of another recording.";
    book.time("complete", "time-anchor-of-another", attack, about, &tape.file(), one("not-included"));
    let mut tape = Tape::begun(&Take::plain());
    let state = tape.state(1);
    let answer = tape.log.answer(&state, &all(BEGUN + 20));
    tape.anchor(2, answer.print());
    tape.anchor(3, answer.print());
    tape.end();
    let mut claims =
        Claims { anchors: 2, anchors_held: 1, longest: Some([800, 2_900]), longest_s: Some(20), ..one("") };
    claims.refused = refused(&["anchor 2400 replayed"]);
    let about = "An ANCHOR written down once more.";
    book.time("complete", "time-anchor-twice", attack, about, &tape.file(), claims.clone());
    let mut tape = Tape::begun(&Take::plain());
    let state = tape.state(1);
    let mut answer = tape.log.answer(&state, &all(BEGUN + 20));
    tape.anchor(2, answer.print());
    answer.size = tape.state(3).size;
    tape.anchor(3, answer.print());
    tape.end();
    claims.refused = refused(&["anchor 2400 not-included"]);
    let about = "An ANCHOR written down once more, for a later state.";
    book.time("complete", "time-anchor-for-later-state", attack, about, &tape.file(), claims);
    let mut tape = Tape::begun(&Take::plain());
    let mut answer = tape.log.answer(&tape.clone().state(1), &all(BEGUN + 20));
    answer.size = 5;
    tape.anchor(2, answer.print());
    tape.state(3);
    tape.end();
    let about = "An ANCHOR of a state that is not in the seal, but for one after it.";
    book.time("complete", "time-anchor-before-state", "wrong-size", about, &tape.file(), one("size"));
    let mut tape = Tape::begun(&Take::plain());
    let state = tape.state(1);
    tape.log.origin = "log.example/stranger";
    let answer = tape.log.answer(&state, &all(BEGUN + 20));
    tape.anchor(2, answer.print());
    tape.end();
    let about = "An ANCHOR by a log that the policy does not name.";
    book.time("complete", "time-anchor-unknown-log", "wrong-log", about, &tape.file(), one("unknown-log"));
    let mut tape = Tape::begun(&Take::plain());
    let state = tape.state(1);
    let answer = tape.log.answer(&state, &[(2, BEGUN + 20), (3, BEGUN + 20)]);
    tape.anchor(2, answer.print());
    tape.end();
    let about = "An ANCHOR with one witness, and one that nobody trusts.";
    book.time("complete", "time-anchor-stranger", "untrusted-cosigner", about, &tape.file(), one("unwitnessed"));
}

/// Evidence that holds piece by piece, and cannot all be true.
fn order(book: &mut Book) {
    let attack = "anchor-from-the-future";
    let none = |anchors, what: &[&str]| Claims { anchors, refused: refused(what), ..Claims::default() };
    let mut tape = Tape::begun(&Take::plain());
    let state = tape.state(1);
    let answer = tape.log.answer(&state, &all(BEGUN + 4_000));
    tape.anchor(2, answer.print());
    let answer = tape.end_anchored();
    tape.evidence.push((2, answer.print()));
    let claims = Claims { no_earlier: said(2), ..none(1, &["anchor 1600 contradictory", "end 1 contradictory"]) };
    let about = "An ANCHOR from an hour after the end.";
    book.time("complete", "time-anchor-from-the-future", attack, about, &tape.file(), claims);
    let mut tape = Tape::begun(&Take::plain());
    let end = tape.end();
    let answer = tape.log.answer(&end, &[(0, BEGUN - 29), (2, BEGUN - 40)]);
    tape.evidence.push((2, answer.print()));
    let about = "The end was anchored longer before the beginning than clocks may be apart.";
    let claims = none(0, &["header contradictory", "end 1 contradictory"]);
    book.time("complete", "time-end-before-begin", attack, about, &tape.file(), claims);
    let (mut small, big) = (Log::new(ORIGIN, 13), Log::new(ORIGIN, 40));
    let mut tape = Tape::with_header(&Take::plain(), big.clone(), Some(&big.signed(&all(BEGUN))));
    let state = tape.state(1);
    let answer = small.answer(&state, &all(BEGUN + 20));
    tape.anchor(2, answer.print());
    let answer = tape.end_anchored();
    tape.evidence.push((2, answer.print()));
    let claims = Claims { no_later: said(62), ..none(1, &["header contradictory", "anchor 1600 contradictory"]) };
    let about = "An ANCHOR's entry was in the log before the checkpoint in the header.";
    book.time("complete", "time-anchor-index-below-header", attack, about, &tape.file(), claims);
    let mut tape = Tape::begun(&Take::plain());
    let mut back = tape.log.clone();
    tape.log.grow(3);
    let state = tape.state(1);
    let answer = tape.log.answer(&state, &all(BEGUN + 40));
    tape.anchor(2, answer.print());
    let state = tape.state(3);
    let answer = back.answer(&state, &all(BEGUN + 41));
    tape.anchor(3, answer.print());
    tape.end();
    let claims = Claims { no_earlier: said(2), ..none(2, &["anchor 1600 contradictory", "anchor 2400 contradictory"]) };
    let about = "Two ANCHORs whose entries are in the log in another order than in the recording.";
    book.time("complete", "time-anchors-out-of-order", attack, about, &tape.file(), claims);
}

fn histories(book: &mut Book) {
    let attack = "log-fork";
    let fork = || {
        let mut fork = Log::new(ORIGIN, 13);
        fork.leaves[0] = [9; 32];
        fork
    };
    let mut tape = Tape::with_header(&Take::plain(), fork(), Some(&Log::new(ORIGIN, 16).signed(&all(BEGUN))));
    let end = tape.end();
    let forked = tape.log.answer(&end, &all(BEGUN + 60));
    let mut other = Log::new(OTHER_ORIGIN, 5);
    let honest = other.answer(&end, &all(BEGUN + 63));
    tape.evidence.extend([(2, forked.print()), (2, honest.print())]);
    let no_later = Some(Said { time_s: BEGUN + 65, by: OTHER_ORIGIN, witnesses: vec!["a", "b", "c"] });
    let mut claims = Claims { no_later, ..Claims::default() };
    claims.refused = refused(&["header two-histories", "end 1 two-histories"]);
    let about = "A log signed two roots for one size; another log did not.";
    book.time("complete", "time-two-histories", attack, about, &tape.file(), claims.clone());
    tape.evidence[0].1 = Answer { blind: [1; 32], ..forked }.print();
    claims.refused = refused(&["header two-histories", "end 1 not-included"]);
    let about = "The other history of a log stands in an anchor that is no good besides.";
    book.time("complete", "time-two-histories-aside", attack, about, &tape.file(), claims);
}

/// One witness of three lies about the time: no limit moves beyond what the others say.
fn liars(book: &mut Book) {
    let attack = "lying-witness";
    let log = Log::new(ORIGIN, 10);
    let late = log.signed(&[(0, BEGUN), (1, BEGUN + 2), (2, BEGUN + 99_999)]);
    let about = "One of three witnesses says that the log's checkpoint is of a day later.";
    book.time("complete", "time-witness-late", attack, about, &with_header(&late).file(), bracketed());
    let early = log.signed(&[(0, 5), (1, BEGUN + 2), (2, BEGUN + 5)]);
    let about = "One of three witnesses says that the log's checkpoint is of 1970.";
    book.time("complete", "time-witness-early", attack, about, &with_header(&early).file(), bracketed());
    let mut tape = Tape::anchored(&Take::plain());
    let end = tape.end();
    let answer = tape.log.answer(&end, &[(0, 5), (1, BEGUN + 62), (2, BEGUN + 99_999)]);
    tape.evidence.push((2, answer.print()));
    let about = "Of the three witnesses of the end one is far ahead and one far behind.";
    book.time("complete", "time-witnesses-apart", attack, about, &tape.file(), anchored());
}
