//! What the ciphertext of an object promises: any range comes back, and nothing that was changed, moved or cut comes back at all.
//!
//! Not here: stores and keyrings. The oracle is another library, called by the letter of `spec/vault.md`.
//! Invariant: every change a store could make is tried at each kind of place.
#![allow(clippy::unwrap_used, clippy::panic)]

use aes_gcm::aead::{Aead as _, KeyInit as _};
use proptest::prelude::*;
use vault::cipher::*;

const ID: [u8; 16] = [5; 16];
const LABEL: Label<'static> = Label { kind: "recording", id: &ID };

fn key(seed: u8) -> ObjectKey {
    ObjectKey::new([seed; 32])
}

fn plain(len: usize) -> Vec<u8> {
    (0..len).map(|at| (at * 31 + at / 251) as u8).collect()
}

fn seal(plain: &[u8], piece: usize, label: Label<'_>) -> Vec<u8> {
    let (mut out, mut sealing) = Sealing::begin(&key(1), &[2; SALT_LEN_BYTES], label);
    for piece in plain.chunks(piece.max(1)) {
        sealing.write(piece, &mut out).unwrap();
    }
    sealing.finish(&mut out).unwrap();
    out
}

fn begin(sealed: &[u8], key: &ObjectKey, label: Label<'_>) -> Result<Opening, CipherError> {
    let head = sealed.first_chunk().ok_or(CipherError::Length)?;
    Opening::begin(key, head, sealed.len() as u64, label)
}

/// A reader that reads everything, the last chunk first.
fn open(sealed: &[u8], key: &ObjectKey, label: Label<'_>) -> Result<Vec<u8>, CipherError> {
    let opening = begin(sealed, key, label)?;
    let chunk = |number: u64| {
        let range = opening.sealed_range(number);
        let mut bytes = sealed[range.start as usize..range.end as usize].to_vec();
        opening.open(number, &mut bytes).map(<[u8]>::to_vec)
    };
    chunk(opening.last_chunk())?;
    (0..=opening.last_chunk()).map(chunk).collect::<Result<Vec<_>, _>>().map(|chunks| chunks.concat())
}

/// `spec/vault.md`, word for word.
fn by_the_letter(plain: &[u8]) -> Vec<u8> {
    let mut chunk_key = [0; 32];
    let info = [&b"counterpart/vault/v1\nrecording\n"[..], &ID].concat();
    hkdf::Hkdf::<sha2::Sha256>::new(Some(&[2; 32]), &[1; 32]).expand(&info, &mut chunk_key).unwrap();
    let cipher = aes_gcm::Aes256Gcm::new(&chunk_key.into());
    let mut out = [&b"counterpart/vault/v1\n"[..], &[2; 32]].concat();
    let mut chunks: Vec<&[u8]> = plain.chunks(65_536).collect();
    if chunks.is_empty() {
        chunks.push(&[]);
    }
    for (number, chunk) in chunks.iter().enumerate() {
        let mut nonce = [0; 12];
        nonce[3..11].copy_from_slice(&(number as u64).to_be_bytes());
        nonce[11] = u8::from(number == chunks.len() - 1);
        out.extend(cipher.encrypt(&nonce.into(), *chunk).unwrap());
    }
    out
}

/// Lengths around the ends of chunks.
const LENGTHS: [usize; 9] = [0, 1, 65_535, 65_536, 65_537, 131_071, 131_072, 131_073, 200_000];

#[test]
fn another_library_writes_the_same_bytes() {
    for len in LENGTHS {
        let plain = plain(len);
        let sealed = seal(&plain, 7_001, LABEL);
        assert!(sealed == by_the_letter(&plain), "{len} bytes");
        assert_eq!(sealed_len(len as u64), Some(sealed.len() as u64));
        assert_eq!(plain_len(sealed.len() as u64), Ok(len as u64));
        assert_eq!(open(&sealed, &key(1), LABEL).unwrap(), plain);
    }
}

#[test]
fn what_was_moved_cut_or_is_anothers_does_not_open() {
    let sealed = seal(&plain(200_000), 65_536, LABEL);
    let chunk = |number: usize| {
        let begin = HEAD_LEN_BYTES + number * SEALED_LEN_BYTES;
        begin..(begin + SEALED_LEN_BYTES).min(sealed.len())
    };
    let swapped = [&sealed[..chunk(0).start], &sealed[chunk(1)], &sealed[chunk(0)], &sealed[chunk(2).start..]].concat();
    let repeated = [&sealed[..chunk(1).end], &sealed[chunk(1).start..]].concat();
    let without = [&sealed[..chunk(1).start], &sealed[chunk(2).start..]].concat();
    let cut_at_a_chunk = sealed[..chunk(1).end].to_vec();
    let lengthened = [&sealed[..], &[0; 17]].concat();
    let newer = [b"counterpart/vault/v2\n", &sealed[21..]].concat();
    let chunk_0 = Err(CipherError::Chunk { number: 0 });
    for (name, changed, right) in [
        ("swapped", swapped, chunk_0),
        ("repeated", repeated, Err(CipherError::Chunk { number: 4 })),
        ("without one", without, Err(CipherError::Chunk { number: 2 })),
        ("cut at a chunk's end", cut_at_a_chunk, Err(CipherError::Chunk { number: 1 })),
        ("lengthened", lengthened, Err(CipherError::Chunk { number: 3 })),
        ("cut to its head", sealed[..HEAD_LEN_BYTES].to_vec(), Err(CipherError::Length)),
        ("cut within a tag", sealed[..HEAD_LEN_BYTES + 15].to_vec(), Err(CipherError::Length)),
        ("of a newer version", newer, Err(CipherError::NotAnObject)),
    ] {
        assert_eq!(open(&changed, &key(1), LABEL).map(|_| ()), right, "{name}");
    }
    let last = Err(CipherError::Chunk { number: 3 });
    let other = [6; 16];
    assert_eq!(open(&sealed, &key(9), LABEL).map(|_| ()), last);
    assert_eq!(open(&sealed, &key(1), Label { id: &other, ..LABEL }).map(|_| ()), last);
    assert_eq!(open(&sealed, &key(1), Label { kind: "letter", ..LABEL }).map(|_| ()), last);
}

#[test]
fn lengths_that_no_object_has_are_known() {
    let mut known = 0;
    for len in 0..3 * SEALED_LEN_BYTES as u64 {
        if let Ok(plain) = plain_len(len) {
            assert_eq!(sealed_len(plain), Some(len));
            known += 1;
        }
    }
    assert_eq!(known, 3 * CHUNK_LEN_BYTES - HEAD_LEN_BYTES, "one length for each object that is shorter");
    assert_eq!(sealed_len(PLAIN_LEN_BYTES_MAX + 1), None);
    assert_eq!(plain_len(u64::MAX), Err(CipherError::Length));
}

/// As many cases as elsewhere, or as `PROPTEST_CASES` says.
fn cases(cases: u32) -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").map_or(cases, |asked| asked.parse().unwrap());
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases(128))]

    #[test]
    fn any_range_comes_back(len in 0_usize..200_000, piece in 1_usize..100_000, begin in 0_u64..210_000, of in 0_u64..210_000) {
        let plain = plain(len);
        let sealed = seal(&plain, piece, LABEL);
        let opening = begin_of(&sealed);
        let span = opening.span(begin..begin.saturating_add(of));
        let fetched = &sealed[span.sealed.start as usize..span.sealed.end as usize];
        let mut out = Vec::new();
        for number in span.chunks.clone() {
            let within = opening.sealed_range(number);
            let mut bytes = fetched[(within.start - span.sealed.start) as usize..(within.end - span.sealed.start) as usize].to_vec();
            out.extend_from_slice(opening.open(number, &mut bytes).unwrap());
        }
        let range: Vec<u8> = out.into_iter().skip(span.skip_bytes).take(span.len_bytes as usize).collect();
        let right: Vec<u8> = plain.into_iter().skip(begin as usize).take(of as usize).collect();
        prop_assert!(range == right);
        prop_assert!(span.chunks.end - span.chunks.start <= of / CHUNK_LEN_BYTES as u64 + 2, "no more is fetched than needed");
    }

    #[test]
    fn any_changed_byte_is_noticed(len in 0_usize..140_000, at in any::<prop::sample::Index>(), bit in 0_u8..8) {
        let mut sealed = seal(&plain(len), 9_000, LABEL);
        let at = at.index(sealed.len());
        sealed[at] ^= 1 << bit;
        prop_assert!(open(&sealed, &key(1), LABEL).is_err(), "byte {at}");
    }

    #[test]
    fn any_cut_is_noticed(len in 0_usize..140_000, at in any::<prop::sample::Index>()) {
        let sealed = seal(&plain(len), 9_000, LABEL);
        let at = at.index(sealed.len());
        prop_assert!(open(&sealed[..at], &key(1), LABEL).is_err(), "cut to {at}");
    }
}

fn begin_of(sealed: &[u8]) -> Opening {
    begin(sealed, &key(1), LABEL).unwrap()
}
