//! Time-stamp tokens made by OpenSSL, judged here and by OpenSSL: the ones checked in, and ones made afresh.
//!
//! `timestamp/cases.toml` says what must become of each, `timestamp/make.sh` makes them. What is between two cases is for property
//! tests: any change to a token leaves the same stamp or none, and any bytes end in an answer.
//! Invariant: nothing here needs the network; what is made afresh is made with new keys in a folder of its own.
#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use base64::Engine as _;
use proptest::prelude::*;
use seal::timestamp::{Authority, ResponseFault, Stamp, TokenFault, request, token_from_response, verify};
use serde::Deserialize;

const STAMPED: &[u8] = b"the text that is stamped\n";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    stamped: String,
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    token: String,
    trust: Vec<String>,
    over: Option<String>,
    reason: Option<String>,
    signer: Option<String>,
    time_s: Option<i64>,
    widened_s: Option<[i64; 2]>,
    openssl: Option<bool>,
}

/// A folder that make.sh has filled.
struct Made(PathBuf);

impl Made {
    fn checked_in() -> Made {
        Made(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/timestamp"))
    }

    fn token(&self, name: &str) -> Vec<u8> {
        fs::read(self.0.join(format!("{name}.token"))).unwrap()
    }

    fn trusted(&self, names: &[String]) -> Vec<Authority> {
        let read = |name: &String| {
            let certificate = fs::read(self.0.join(format!("{name}.cer"))).unwrap();
            Authority::new(name, &certificate).unwrap()
        };
        names.iter().map(read).collect()
    }

    /// When it was filled, first and last second.
    fn times_s(&self) -> (i64, i64) {
        let text = fs::read_to_string(self.0.join("made.txt")).unwrap();
        let mut times = text.lines().map(|line| line.parse().unwrap());
        (times.next().unwrap(), times.next().unwrap())
    }

    fn judged(&self, case: &Case) -> Result<Stamp, TokenFault> {
        let over = case.over.as_ref().map_or(STAMPED, |text| text.as_bytes());
        verify(&self.token(&case.token), over, &self.trusted(&case.trust))
    }
}

fn table() -> Vec<Case> {
    let text = fs::read_to_string(Made::checked_in().0.join("cases.toml")).unwrap();
    let table: Table = toml::from_str(&text).unwrap();
    assert_eq!(table.stamped.as_bytes(), STAMPED);
    table.case
}

fn called(case: &Case) -> String {
    format!("{} under {:?}", case.token, case.trust)
}

/// Holds every case against a folder.
fn check(made: &Made) {
    for case in table() {
        let judged = made.judged(&case);
        let reason = judged.as_ref().err().map(|fault| fault.name());
        assert_eq!(reason, case.reason.as_deref(), "{}", called(&case));
        let Ok(stamp) = judged else { continue };
        let (first_s, last_s) = case.time_s.map_or(made.times_s(), |time_s| (time_s, time_s));
        assert!((first_s..=last_s).contains(&stamp.time_s), "{}: {stamp:?}", called(&case));
        if let Some([before, after]) = case.widened_s {
            assert_eq!(
                (stamp.earliest_s, stamp.latest_s),
                (stamp.time_s - before, stamp.time_s + after),
                "{}",
                called(&case)
            );
        }
        assert!(case.signer.is_none_or(|signer| signer == stamp.signer), "{stamp:?}");
        assert_eq!(stamp.authority, *case.trust.last().unwrap());
        let own = stamp.policy == "1.2.3.4.6" && stamp.serial == "7fff";
        assert!(own || stamp.policy == "1.2.3.4.5" && stamp.serial.len() == 2, "{stamp:?}");
    }
}

#[test]
fn every_case_is_judged_as_the_table_says() {
    check(&Made::checked_in());
}

#[test]
fn every_fault_is_in_the_table_and_every_file_too() {
    let cases = table();
    for fault in TokenFault::ALL {
        assert!(cases.iter().any(|case| case.reason.as_deref() == Some(fault.name())), "{}", fault.name());
        assert!(!fault.to_string().is_empty());
    }
    for entry in fs::read_dir(Made::checked_in().0).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let used = cases.iter().any(|case| match name.rsplit_once('.') {
            Some((stem, "token")) => case.token == stem,
            Some((stem, "cer")) => case.trust.iter().any(|trust| trust == stem),
            _ => true,
        });
        assert!(used, "{name} is in no case");
    }
}

#[test]
fn tokens_made_afresh_are_judged_the_same_by_openssl() {
    let folder = tempfile::tempdir().unwrap();
    let script = Made::checked_in().0.join("make.sh");
    assert!(Command::new("sh").arg(script).arg(folder.path()).status().unwrap().success());
    let made = Made(folder.path().to_owned());
    check(&made);
    let expected = |case: &Case| case.openssl.unwrap_or(case.reason.is_none());
    let differ = |case: &Case| openssl_accepts(&made, case) != expected(case);
    let differing: Vec<String> = table().iter().filter(|case| differ(case)).map(called).collect();
    assert!(differing.is_empty(), "openssl judges otherwise than the table says: {differing:#?}");
}

fn openssl_accepts(made: &Made, case: &Case) -> bool {
    let (data, trust) = (made.0.join("data"), made.0.join("trust.pem"));
    fs::write(&data, case.over.as_ref().map_or(STAMPED, |text| text.as_bytes())).unwrap();
    let pem = |authority: &Authority| {
        let text = base64::engine::general_purpose::STANDARD.encode(&authority.certificate_der);
        format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
    };
    fs::write(&trust, made.trusted(&case.trust).iter().map(pem).collect::<String>()).unwrap();
    let time_s = case.time_s.unwrap_or(made.times_s().1);
    let mut command = Command::new("openssl");
    command.args(["ts", "-verify", "-token_in", "-attime", &time_s.to_string()]);
    if case.trust.iter().any(|name| !name.ends_with("-root")) {
        command.arg("-partial_chain");
    }
    command.arg("-data").arg(&data).arg("-CAfile").arg(&trust);
    command.arg("-in").arg(made.0.join(format!("{}.token", case.token)));
    command.output().unwrap().status.success()
}

#[test]
fn openssl_answers_our_request_and_only_its_answer_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let run = |arguments: &str| {
        let output = Command::new("openssl").args(arguments.split(' ')).current_dir(folder.path()).output().unwrap();
        assert!(output.status.success(), "{arguments}: {}", String::from_utf8_lossy(&output.stderr));
    };
    let settings = "[req]\ndistinguished_name=dn\nprompt=no\nx509_extensions=x\n[dn]\nCN=Example Authority\n[x]\n\
                    extendedKeyUsage=critical,timeStamping\nkeyUsage=critical,digitalSignature\n[tsa]\nserial=serial\n\
                    signer_cert=a.pem\nsigner_key=a.key\nsigner_digest=sha256\ndefault_policy=1.2.3\ndigests=sha256\n";
    fs::write(at("cnf"), settings).unwrap();
    fs::write(at("serial"), "01\n").unwrap();
    run("req -x509 -config cnf -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout a.key -out a.pem -days 3");
    run("x509 -in a.pem -outform DER -out a.cer");
    let authority = Authority::new("a", &fs::read(at("a.cer")).unwrap()).unwrap();
    for nonce in [0, 1, 0x80, u64::MAX] {
        fs::write(at("query"), request(STAMPED, nonce)).unwrap();
        run("ts -reply -config cnf -section tsa -queryfile query -out reply");
        let reply = fs::read(at("reply")).unwrap();
        let token = token_from_response(&reply, STAMPED, nonce).unwrap();
        assert_eq!(verify(&token, STAMPED, std::slice::from_ref(&authority)).unwrap().policy, "1.2.3");
        assert_eq!(token_from_response(&reply, STAMPED, nonce ^ 1), Err(ResponseFault::OtherRequest));
        assert_eq!(token_from_response(&reply, b"other", nonce), Err(ResponseFault::OtherRequest));
        assert_eq!(token_from_response(&reply[1..], STAMPED, nonce), Err(ResponseFault::Malformed));
    }
    fs::write(at("query"), [&request(STAMPED, 1)[..40], b"damaged"].concat()).unwrap();
    run("ts -reply -config cnf -section tsa -queryfile query -out reply");
    let refused = token_from_response(&fs::read(at("reply")).unwrap(), STAMPED, 1);
    assert!(matches!(&refused, Err(ResponseFault::Refused(words)) if words.contains("wrong form")), "{refused:?}");
}

/// The element with `more` put at the end of its last child's last child, `depth` levels down.
fn appended(element: &[u8], depth: usize, more: &[u8]) -> Vec<u8> {
    let start = |element: &[u8]| if element[1] < 0x80 { 2 } else { 2 + usize::from(element[1] & 0x7f) };
    let end = |element: &[u8]| {
        let size = &element[2..start(element)];
        let value = size.iter().fold(0, |value, byte| value << 8 | usize::from(*byte));
        start(element) + if size.is_empty() { usize::from(element[1]) } else { value }
    };
    let (mut body, mut last) = (element[start(element)..].to_vec(), 0);
    while depth > 0 && last + end(&body[last..]) < body.len() {
        last += end(&body[last..]);
    }
    let changed = if depth == 0 { more.to_vec() } else { appended(&body.split_off(last), depth - 1, more) };
    body.extend(changed);
    let size: Vec<u8> = body.len().to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect();
    let short = vec![body.len() as u8];
    let size = if body.len() < 0x80 { short } else { [&[0x80 | size.len() as u8][..], &size].concat() };
    [&[element[0]][..], &size, &body].concat()
}

#[test]
fn a_token_may_grow_by_what_nobody_signed_up_to_its_limit() {
    let made = Made::checked_in();
    let (token, trusted) = (made.token("p256"), made.trusted(&["p256-root".to_owned()]));
    // ContentInfo, [0], SignedData, the set of signers, the one signer: [1] there is for attributes that nobody signed.
    let grown =
        |len: usize| appended(&token, 4, &[&[0xa1, 0x82, (len >> 8) as u8, len as u8][..], &vec![0; len]].concat());
    let sound = verify(&token, STAMPED, &trusted).unwrap();
    let len = 65_535 - grown(60_000).len() + 60_000;
    for (len, expected) in [(len, Ok(sound)), (len + 1, Err(TokenFault::Malformed))] {
        assert_eq!(verify(&grown(len), STAMPED, &trusted), expected, "{} bytes", grown(len).len());
    }
    let twice = appended(&appended(&token, 4, &[0xa1, 0]), 4, &[0xa1, 0]);
    assert_eq!(verify(&twice, STAMPED, &trusted), Err(TokenFault::Malformed));
}

#[test]
fn in_its_place_every_signed_attribute_counts() {
    let made = Made::checked_in();
    let (token, trusted) = (made.token("crafted"), made.trusted(&["p256-root".to_owned()]));
    let tst_info = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 1, 4];
    let places: Vec<usize> =
        (0..token.len() - 11).filter(|at| token[*at..*at + 11] == tst_info).map(|at| at + 10).collect();
    assert_eq!(places.len(), 2, "the type of the content, and the signed attribute that says it again");
    for place in places {
        let mut bad = token.clone();
        bad[place] = 5;
        assert_eq!(verify(&bad, STAMPED, &trusted), Err(TokenFault::Malformed));
    }
}

fn places(bytes: &[u8], wanted: &[u8]) -> Vec<usize> {
    (0..bytes.len()).filter(|at| bytes[*at..].starts_with(wanted)).collect()
}

#[test]
fn whoever_is_named_as_signer_must_be_the_same_everywhere() {
    let made = Made::checked_in();
    let trusted = made.trusted(&["p256-root".to_owned()]);
    let certificate = fs::read(made.0.join("p256-tsa.cer")).unwrap();
    let at = places(&certificate, &[0xa0, 3, 2, 1, 2])[0] + 5;
    let issuer = b"Example p256 Intermediate".as_slice();
    // In the certificates; then in the SignerInfo; and for `crafted` in the signed attribute too.
    for (name, named) in [("p256", 1), ("old-ess", 1), ("crafted", 2)] {
        let token = made.token(name);
        for wanted in [&certificate[at..at + 4], issuer] {
            let places = places(&token, wanted);
            assert!(places.len() > named, "{name}: {places:?}");
            for place in &places[places.len() - named..] {
                let mut bad = token.clone();
                bad[place + wanted.len() - 1] ^= 1;
                assert_eq!(verify(&bad, STAMPED, &trusted), Err(TokenFault::Certificate), "{name} byte {place}");
            }
        }
    }
    // A certificate that names two algorithms is none.
    let mut bad = certificate.clone();
    let place = *places(&certificate, &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2]).last().unwrap();
    bad[place + 7] = 3;
    assert_eq!(Authority::new("a", &bad), None);
}

#[test]
fn what_is_too_long_is_not_looked_at() {
    let padded = |len: usize| [&[0x30, 0x83, 0, 0xff, 0xfb][..], &vec![0; len - 5]].concat();
    for len in [65_535, 65_536, 1 << 20] {
        assert_eq!(verify(&padded(len), STAMPED, &[]), Err(TokenFault::Malformed));
    }
    assert_eq!(Authority::new("a", &[]), None);
    let unreadable = Authority { name: "a".to_owned(), certificate_der: vec![0x30, 0] };
    let made = Made::checked_in();
    assert_eq!(verify(&made.token("rsa"), STAMPED, &[unreadable]), Err(TokenFault::Authority));
}

type Sound = (Vec<u8>, Vec<Authority>, Stamp);

/// The tokens that hold, and who is trusted for them.
static SOUND: LazyLock<Vec<Sound>> = LazyLock::new(|| {
    let made = Made::checked_in();
    let of = |case: Case| {
        let stamp = made.judged(&case).ok()?;
        Some((made.token(&case.token), made.trusted(&case.trust), stamp))
    };
    table().into_iter().filter_map(of).collect()
});

#[test]
fn no_flipped_bit_gives_another_stamp() {
    let made = Made::checked_in();
    let kinds = ["rsa", "p256", "accurate"].map(|token| table().into_iter().find(|case| case.token == token).unwrap());
    for case in kinds {
        let (token, trusted) = (made.token(&case.token), made.trusted(&case.trust));
        let stamp = made.judged(&case).unwrap();
        for at in 0..token.len() {
            let mut bad = token.clone();
            bad[at] ^= 1 << (at % 8);
            let judged = verify(&bad, STAMPED, &trusted);
            assert!(judged.is_err() || judged == Ok(stamp.clone()), "{} byte {at}: {judged:?}", called(&case));
        }
    }
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn changed_tokens_give_the_same_stamp_or_none(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3_u8), 1..6),
    ) {
        let (token, trusted, stamp) = which.get(&SOUND);
        let mut bad = token.clone();
        for (at, byte, how) in changes {
            let at = at.index(bad.len().max(1));
            match how {
                0 if at < bad.len() => bad[at] = byte,
                1 if at < bad.len() => drop(bad.remove(at)),
                _ => bad.insert(at, byte),
            }
        }
        let judged = verify(&bad, STAMPED, trusted);
        prop_assert!(judged.is_err() || judged == Ok(stamp.clone()));
    }

    #[test]
    fn any_bytes_end_in_an_answer(bytes in prop::collection::vec(any::<u8>(), 0..300), nonce in any::<u64>()) {
        prop_assert_eq!(verify(&bytes, STAMPED, &[]), Err(TokenFault::Malformed));
        prop_assert!(token_from_response(&bytes, STAMPED, nonce).is_err());
        let wrapped = [&[0x30, 0x82, bytes.len().to_be_bytes()[6], bytes.len().to_be_bytes()[7]][..], &bytes].concat();
        prop_assert_eq!(verify(&wrapped, STAMPED, &[]), Err(TokenFault::Malformed));
        prop_assert_eq!(Authority::new("a", &wrapped), None);
    }
}

/// How many cases; `PROPTEST_CASES` asks for more.
fn cases(cases: u32) -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").map_or(cases, |asked| asked.parse().unwrap());
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}
