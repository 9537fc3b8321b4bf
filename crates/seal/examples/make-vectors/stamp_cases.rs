//! What time-stamp authorities prove about the end of a recording, and what only looks as if they did.
//!
//! Not here: how they stamp (`stamp_forge.rs`), logs and witnesses (`time_cases.rs`).
//! Invariant: nothing is wrong with any of these recordings but their evidence of time.

use crate::book::{Book, Claims, Said};
use crate::log_forge::{BEGUN, Log, ORIGIN, all, policy};
use crate::stamp_forge::{Certificate, SERVER, Token};
use crate::takes::Take;
use crate::time_cases::{Tape, bracketed};

/// A quarter of a minute after the end, which is a minute after the beginning.
const STAMPED: &str = "20261122093115Z";

pub(crate) fn add(book: &mut Book) {
    // The other root is of a certificate that signs none, which is found out only when it is asked to.
    let of_stamps = Certificate { subject: "Stamps Root", issuer: "Stamps Root", ..Certificate::authority() };
    book.policy = policy(&[("root", Certificate::root().print()), ("stamps-root", of_stamps.print())]);
    good(book);
    bad(book, &of_stamps);
    beside_logs(book);
}

/// What a token proves that is as wide as a second.
fn stamped(time_s: u64) -> Option<Said> {
    Some(Said { time_s: BEGUN + time_s, by: "root", witnesses: Vec::new() })
}

fn recording(token: impl FnOnce(&str) -> Vec<u8>) -> Tape {
    let mut tape = Tape::begun(&Take::plain());
    let end = tape.end();
    tape.evidence.push((1, token(&end.text)));
    tape
}

fn good(book: &mut Book) {
    let tape = recording(|text| Token::over(text, STAMPED).print());
    let claims = Claims { no_later: stamped(76), ..bracketed() };
    book.time("complete", "time-stamped", "", "A time stamp over the end.", &tape.file(), claims);
    let alone = Certificate { subject: "Stamps Root", issuer: "Stamps Root", ..Certificate::authority() };
    let tape = recording(|text| Token::over(text, STAMPED).by(alone).print());
    let no_later = stamped(76).map(|said| Said { by: "stamps-root", ..said });
    let about = "A time stamp by an authority that the policy names itself.";
    book.time("complete", "time-stamped-directly", "", about, &tape.file(), Claims { no_later, ..bracketed() });
}

fn bad(book: &mut Book, of_stamps: &Certificate) {
    let mut bad = |fault: &str, name, attack, about, token: &dyn Fn(Token) -> Vec<u8>| {
        let tape = recording(|text| token(Token::over(text, STAMPED)));
        let claims = Claims { no_later: None, refused: vec![format!("end 1 {fault}")], ..bracketed() };
        book.time("complete", name, attack, about, &tape.file(), claims);
    };
    let good = Certificate::authority();
    bad("malformed", "time-stamp-garbage", "", "A token of bytes.", &|_| b"a token".to_vec());
    bad("malformed", "time-stamp-trailing", "", "A token with a byte after it.", &|token| {
        [token.print(), vec![0]].concat()
    });
    let old = |token| Token { old_digest: true, ..token }.print();
    bad("algorithm", "time-stamp-sha-1", "", "A token signed over SHA-1.", &old);
    let other = |token| Token { over: b"another text\n".to_vec(), ..token }.print();
    bad("imprint", "time-stamp-over-another", "stamp-over-something-else", "A token over something else.", &other);
    let state = |token: Token| Token { over: [&token.over[..], b"\n"].concat(), ..token }.print();
    bad("imprint", "time-stamp-over-more", "stamp-over-something-else", "A token over the text and a line.", &state);
    let named = Certificate { years: (20, 41), ..good.clone() };
    let named = |token| Token { named: named.clone(), ..token }.print();
    bad("certificate", "time-stamp-certificate", "", "A token that names another certificate than it brings.", &named);
    let forged = |token| Token { key: "somebody", ..token }.print();
    bad("signature", "time-stamp-forged", "", "A token that somebody else signed.", &forged);
    let server = Certificate { purpose: Some(SERVER), ..good.clone() };
    let server = |token: Token| token.by(server.clone()).print();
    bad("usage", "time-stamp-by-server", "wrong-purpose", "A token signed by a web server's certificate.", &server);
    let unknown = Certificate { issuer: "Unknown Root", ..good.clone() };
    let unknown = |token: Token| token.by(unknown.clone()).print();
    bad("authority", "time-stamp-unknown", "", "A token of an authority under a root that nobody trusts.", &unknown);
    let past = Certificate { years: (20, 26), ..good.clone() };
    let past = |token: Token| token.by(past.clone()).print();
    let attack = "expired-authority";
    bad("expired", "time-stamp-expired", attack, "A token of an authority that had expired by then.", &past);
    let yet = Certificate { years: (27, 40), ..good.clone() };
    let yet = |token: Token| token.by(yet.clone()).print();
    bad("expired", "time-stamp-not-yet", attack, "A token of an authority that was not to be used before later.", &yet);
    let below = Certificate { issuer: of_stamps.subject, ..good };
    let below = |token: Token| token.by(below.clone()).print();
    bad(
        "constraints",
        "time-stamp-below-authority",
        "",
        "A token under a certificate that may sign no others.",
        &below,
    );
}

/// Tokens and logs together.
fn beside_logs(book: &mut Book) {
    let mut tape = recording(|text| Token::over(text, STAMPED).print());
    let end = tape.end();
    let answer = tape.log.answer(&end, &all(BEGUN + 90));
    tape.evidence.push((2, answer.print()));
    let claims = Claims { no_later: stamped(76), ..bracketed() };
    let about = "A time stamp over the end, and an anchor of it that came later.";
    book.time("complete", "time-stamped-and-anchored", "", about, &tape.file(), claims);
    let early = recording(|text| Token::over(text, "20261122092930Z").print());
    let refused = ["header contradictory", "end 1 contradictory"].map(str::to_owned).to_vec();
    let about = "A time stamp from before the checkpoint in the header.";
    let attack = "stamp-before-begin";
    book.time(
        "complete",
        "time-stamp-before-begin",
        attack,
        about,
        &early.file(),
        Claims { refused, ..Claims::default() },
    );
    let mut none = Tape::with_header(&Take::plain(), Log::new(ORIGIN, 3), None);
    let end = none.end();
    none.evidence.push((1, Token::over(&end.text, STAMPED).print()));
    let claims = Claims { no_earlier: None, no_later: stamped(76), ..bracketed() };
    book.time("complete", "time-stamped-only", "", "A time stamp over the end, and no log.", &none.file(), claims);
}
