//! Any bytes as a time-stamp token, as an authority's answer, and as an authority's certificate; and any changes to tokens that hold.
//!
//! First byte of an input: 0 a token; 1 an answer; 2 a certificate to trust; else that sound token, changed by what follows: pairs of
//! place and byte. Promises: reading ends; the same answer twice; a changed token gives the same stamp or none; words are one clean line.
#![no_main]

use counterpart_fuzz::input::Input;
use libfuzzer_sys::fuzz_target;
use seal::timestamp::{Authority, ResponseFault, Stamp, TokenFault, request, token_from_response, verify};
use std::sync::LazyLock;

const STAMPED: &[u8] = b"the text that is stamped\n";

macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!("../../crates/seal/tests/timestamp/", $name))
    };
}

const TOKENS: [&[u8]; 6] = [
    fixture!("rsa.token"),
    fixture!("p256.token"),
    fixture!("p384.token"),
    fixture!("crowd.token"),
    fixture!("chain-of-five.token"),
    fixture!("fraction.token"),
];

static TRUSTED: LazyLock<Vec<Authority>> = LazyLock::new(|| {
    let roots: [&[u8]; 3] = [fixture!("rsa-root.cer"), fixture!("p256-root.cer"), fixture!("p384-root.cer")];
    roots.into_iter().filter_map(|root| Authority::new("root", root)).collect()
});

static STAMPS: LazyLock<Vec<Stamp>> =
    LazyLock::new(|| TOKENS.iter().map(|token| judged(token, &TRUSTED).expect("the fixture holds")).collect());

fn judged(token: &[u8], trusted: &[Authority]) -> Result<Stamp, TokenFault> {
    let found = verify(token, STAMPED, trusted);
    assert_eq!(found, verify(token, STAMPED, trusted), "the same answer twice");
    if let Ok(stamp) = &found {
        assert!(stamp.earliest_s <= stamp.time_s && stamp.time_s <= stamp.latest_s);
        assert!(!stamp.signer.contains(char::is_control) && stamp.signer.chars().count() <= 200);
        assert!(token.len() <= 65_535);
    }
    found
}

fuzz_target!(|data: &[u8]| {
    let mut input = Input(data);
    match input.u8() {
        0 => drop(judged(input.0, &TRUSTED)),
        1 => match token_from_response(input.0, STAMPED, 7) {
            Ok(token) => assert!(request(STAMPED, 7).len() < token.len()),
            Err(ResponseFault::Refused(words)) => assert!(!words.contains(char::is_control) && !words.is_empty()),
            Err(_) => {}
        },
        2 => {
            let Some(authority) = Authority::new("any", input.0) else { return };
            let found = judged(TOKENS[1], &[authority]);
            assert!(found.is_err() || found.as_ref().map(|stamp| stamp.time_s) == Ok(STAMPS[1].time_s));
        }
        which => {
            let at = usize::from(which) % TOKENS.len();
            let mut token = TOKENS[at].to_vec();
            for change in input.0.chunks_exact(3).take(64) {
                let place = usize::from(u16::from_be_bytes([change[0], change[1]])) % token.len();
                token[place] = change[2];
            }
            let found = judged(&token, &TRUSTED);
            assert!(found.is_err() || found.as_ref() == Ok(&STAMPS[at]), "{found:?}");
        }
    }
});
