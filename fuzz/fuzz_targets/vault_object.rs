//! Any bytes as an object of the vault; or an object that holds, and changes to it.
//!
//! First byte of an input: 0 the rest is an object; else changes to one of so many bytes, or a cut. The reader is included as it stands:
//! the rest of its crate is databases and services.
//! Promises: a length is that of exactly one plaintext; chunks and ranges lie within the object; what opens in its place is what was
//! there; what was changed anywhere, cut or lengthened does not open as a whole.
#![no_main]

#[allow(dead_code, unreachable_pub)]
#[path = "../../crates/vault/src/cipher.rs"]
mod cipher;

use cipher::{HEAD_LEN_BYTES, Label, ObjectKey, Opening, SALT_LEN_BYTES, Sealing, plain_len, sealed_len};
use counterpart_fuzz::input::Input;
use libfuzzer_sys::fuzz_target;

const LABEL: Label<'static> = Label { kind: "recording", id: &[5; 16] };

fn key() -> ObjectKey {
    ObjectKey::new([1; 32])
}

fuzz_target!(|data: &[u8]| {
    let mut input = Input(data);
    match input.u8() {
        0 => drop(read(input.0)),
        chunks => {
            let given = vec![chunks; usize::from(chunks % 4) * 65_536 + usize::from(input.u16())];
            let (mut object, mut sealing) = Sealing::begin(&key(), &[2; SALT_LEN_BYTES], LABEL);
            sealing.write(&given, &mut object).expect("it is short");
            sealing.finish(&mut object).expect("it is short");
            let whole = object.clone();
            change(&mut object, &mut input);
            let read = read(&object);
            assert!(object == whole || read.is_none(), "a changed object opened");
            assert!(object != whole || read.as_deref() == Some(&given[..]), "it does not come back");
        }
    }
});

fn change(object: &mut Vec<u8>, input: &mut Input<'_>) {
    while !input.is_empty() && !object.is_empty() {
        let (what, at) = (input.u8(), usize::from(input.u16()) * 5 % object.len());
        match what % 4 {
            0 => object[at] ^= input.u8(),
            1 => object.truncate(at),
            2 => object.push(input.u8()),
            _ => object.swap(at, at / 2),
        }
    }
}

/// All of it, the last chunk first, as the vault reads; `None` where any of it is refused.
fn read(object: &[u8]) -> Option<Vec<u8>> {
    let len_bytes = object.len() as u64;
    let known = plain_len(len_bytes).ok();
    assert!(known.is_none_or(|plain| sealed_len(plain) == Some(len_bytes)));
    let opening = Opening::begin(&key(), object.first_chunk::<HEAD_LEN_BYTES>()?, len_bytes, LABEL).ok()?;
    assert_eq!(Some(opening.plain_len_bytes()), known);
    let (last, whole) = (opening.last_chunk(), opening.span(0..u64::MAX));
    assert_eq!(opening.sealed_range(last).end, len_bytes);
    assert!(whole.len_bytes == opening.plain_len_bytes() && whole.sealed.end <= len_bytes && whole.chunks.end <= last + 1);
    let chunk = |number: u64| {
        let range = opening.sealed_range(number);
        let range = usize::try_from(range.start).ok()?..usize::try_from(range.end).ok()?;
        opening.open(number, &mut object[range].to_vec()).map(<[u8]>::to_vec).ok()
    };
    chunk(last)?;
    (0..=last).map(chunk).collect::<Option<Vec<_>>>().map(|chunks| chunks.concat())
}
