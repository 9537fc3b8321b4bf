//! Any bytes as a certificate of destruction; any changes to one that a log has.
//!
//! First byte of an input: 0 the rest is a file; else one of the files that hold, and changes to it.
//! Promises: what reads prints back byte for byte in text, and the JSON is of the same certificate; twice the same judgement; of what was
//! changed nothing is *destroyed* but the very certificate that the log has.
#![no_main]

use counterpart_fuzz::input::Input;
use libfuzzer_sys::fuzz_target;
use seal::certificate::{CertificateFile, FILE_BYTES_MAX, Outcome, TEXT_BYTES_MAX, is_certificate, verify};
use seal::tlog::Policy;
use std::sync::LazyLock;

const HOLD: [&[u8]; 3] = [
    include_bytes!("../../crates/seal/tests/certificate/recording.certificate"),
    include_bytes!("../../crates/seal/tests/certificate/recording.json"),
    include_bytes!("../../crates/seal/tests/certificate/disc.certificate"),
];

static POLICY: LazyLock<Policy> = LazyLock::new(|| {
    Policy::parse(include_str!("../../crates/seal/tests/certificate/trust.policy")).expect("the policy reads")
});

fuzz_target!(|data: &[u8]| {
    let mut input = Input(data);
    match input.u8() {
        0 => look_at(input.0),
        which => {
            let mut bytes = HOLD[usize::from(which) % HOLD.len()].to_vec();
            while !input.is_empty() && !bytes.is_empty() {
                change(&mut bytes, &mut input);
            }
            look_at(&bytes);
        }
    }
});

fn change(bytes: &mut Vec<u8>, input: &mut Input<'_>) {
    let (how, at) = (input.u8(), usize::from(input.u16()) % bytes.len());
    match how % 4 {
        0 => bytes[at] ^= input.u8(),
        1 => bytes.insert(at, input.u8()),
        2 => drop(bytes.drain(at..(at + 1 + usize::from(input.u8())).min(bytes.len()))),
        _ => {
            let piece = input.bytes16();
            bytes.splice(at..at, piece.iter().copied());
        }
    }
}

fn look_at(bytes: &[u8]) {
    let judgement = verify(bytes, Some(&POLICY));
    assert_eq!(judgement, verify(bytes, Some(&POLICY)), "the same judgement twice");
    assert!(!matches!(verify(bytes, None).outcome(), Outcome::Destroyed(_)), "nobody is trusted by default");
    let exit = judgement.outcome().exit_code();
    assert_eq!(exit == 0, judgement.verdict().starts_with("destroyed on "));
    if let Some(fault) = judgement.outcome().fault() {
        assert!(!fault.detail.contains('\n') && !fault.detail.is_empty());
    }
    let Some(file) = judgement.file() else {
        assert!(exit != 0);
        return;
    };
    assert!(bytes.len() <= FILE_BYTES_MAX);
    let (text, json) = (file.text().expect("what reads prints"), file.json().expect("what reads prints"));
    assert!(file.certificate.text().expect("what reads prints").len() <= TEXT_BYTES_MAX);
    if bytes.starts_with(b"counterpart/") {
        assert_eq!(text.as_bytes(), bytes);
    }
    for form in [&text, &json] {
        assert!(is_certificate(form.as_bytes()));
        assert_eq!(CertificateFile::parse(form.as_bytes()).as_ref(), Ok(file));
    }
    if exit == 0 {
        let known = HOLD.iter().filter_map(|hold| CertificateFile::parse(hold).ok());
        assert!(known.into_iter().any(|known| known.certificate == file.certificate && known.salt == file.salt));
    }
}
