//! What the vault promises: what is taken in comes back by any range, and what is not as it was given is neither kept nor given out.
//!
//! Not here: the ciphertext itself (`cipher.rs`), what stores promise (`stores.rs`), ranges and lengths by chance
//! (`vault_properties.rs`).
//! Invariant: a fault that a test asks for is seen to have happened.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;
mod vault_support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use support::list;
use vault::cipher::{CHUNK_LEN_BYTES, CipherError, HEAD_LEN_BYTES, SEALED_LEN_BYTES, sealed_len};
use vault::store::{Digest, Memory, Store, StoreError};
use vault::{Found, Held, Vault, VaultError};
use vault_support::*;

/// Lengths around the ends of chunks and of the pieces in which a thing is read.
const LENGTHS: [usize; 14] = [
    0, 1, 65_535, 65_536, 65_537, 131_072, 983_040, 1_048_575, 1_048_576, 1_048_577, 1_114_112, 2_097_151, 2_097_152,
    2_097_153,
];

#[tokio::test]
async fn every_length_comes_back_from_every_store() {
    let root = tempfile::tempdir().unwrap();
    for (name, vault) in vaults(root.path()) {
        for len in LENGTHS {
            let given = plain(len);
            let held = take(&vault, given.clone()).await.unwrap();
            assert_eq!(Some(held.sealed_len_bytes), sealed_len(len as u64), "{name}, {len}");
            assert_eq!((held.id, held.kind.as_str()), (ID, "recording"));
            let object = vault.open(&held, &key(1)).await.unwrap();
            assert_eq!((object.len_bytes(), object.is_empty()), (len as u64, len == 0), "{name}");
            assert!(*object.read(0..len as u64).await.unwrap() == given, "{name}, {len}");
            for at in [0, 1, len / 2, len.saturating_sub(1), len] {
                let at = at.min(len);
                assert!(*object.read(at as u64..len as u64).await.unwrap() == given[at..], "{name}, {at} of {len}");
                assert!(*object.read(0..at as u64).await.unwrap() == given[..at], "{name}, {at} of {len}");
            }
            let beyond = object.read(0..len as u64 + 1).await;
            assert!(matches!(beyond, Err(VaultError::Range { len_bytes }) if len_bytes == len as u64), "{name}, {len}");
            #[allow(clippy::reversed_empty_ranges)]
            let backwards = object.read(1..0).await;
            assert!(matches!(backwards, Err(VaultError::Range { .. })), "{name}, {len}");
            let stores = vault.stores().len();
            assert_eq!(vault.look(&held.digest, held.sealed_len_bytes).await.unwrap(), vec![Found::Whole; stores]);
        }
    }
}

#[tokio::test]
async fn taking_the_same_again_keeps_the_same() {
    let root = tempfile::tempdir().unwrap();
    for (name, vault) in vaults(root.path()) {
        let held = take(&vault, plain(70_000)).await.unwrap();
        assert_eq!(take(&vault, plain(70_000)).await.unwrap(), held, "{name}");
        assert_eq!(list(&*vault.stores()[0]).await, [held.digest], "{name}");
    }
}

#[tokio::test]
async fn a_thing_is_read_no_more_often_than_is_needed() {
    let root = tempfile::tempdir().unwrap();
    for (name, vault) in vaults(root.path()) {
        let counted = Fickle::new(plain(2_100_000), usize::MAX, 0, Mood::Fails);
        take_any(&vault, counted.clone()).await.unwrap();
        assert_eq!(counted.begun(), passes(name, &vault), "{name}");
    }
}

#[tokio::test]
async fn what_changes_while_it_is_read_is_kept_nowhere() {
    let root = tempfile::tempdir().unwrap();
    for (name, vault) in vaults(root.path()) {
        for pass in 1..=passes(name, &vault) {
            for at in [0, 65_536, 2_097_152] {
                let fickle = Fickle::new(plain(2_100_000), pass, at, Mood::Changes);
                let error = take_any(&vault, fickle.clone()).await.unwrap_err();
                assert!(matches!(error, VaultError::Changed), "{name}, pass {pass}, {at}: {error}");
                assert!(fickle.happened(), "{name}, pass {pass}, {at}");
                assert_none(&vault, &format!("{name}, pass {pass}, {at}")).await;
            }
        }
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_kept_nowhere() {
    let root = tempfile::tempdir().unwrap();
    for (name, vault) in vaults(root.path()) {
        for pass in 1..=passes(name, &vault) {
            for at in [0, 65_536, 2_097_152] {
                let fickle = Fickle::new(plain(2_100_000), pass, at, Mood::Fails);
                let error = take_any(&vault, fickle.clone()).await.unwrap_err();
                assert!(
                    matches!(&error, VaultError::Plain(why) if why.to_string() == "the disk is old"),
                    "{name}: {error}"
                );
                assert!(fickle.happened(), "{name}, pass {pass}, {at}");
                assert_none(&vault, &format!("{name}, pass {pass}, {at}")).await;
            }
        }
    }
}

/// What may become of an object.
type Damage = fn(&[u8]) -> Option<Vec<u8>>;

fn flip(bytes: &[u8], at: usize) -> Option<Vec<u8>> {
    let mut bytes = bytes.to_vec();
    bytes[at] ^= 1;
    Some(bytes)
}

/// Where a chunk begins.
const fn chunk(number: usize) -> usize {
    HEAD_LEN_BYTES + number * SEALED_LEN_BYTES
}

/// Of an object of four chunks, what can be seen of each by opening it and reading its first, second and last byte.
#[rustfmt::skip]
const DAMAGES: [(&str, Damage); 11] = [
    ("lost", |_| None),
    ("its magic flipped", |bytes| flip(bytes, 0)),
    ("its salt flipped", |bytes| flip(bytes, 30)),
    ("its first chunk flipped", |bytes| flip(bytes, chunk(0))),
    ("its second chunk's tag flipped", |bytes| flip(bytes, chunk(2) - 1)),
    ("its last byte flipped", |bytes| flip(bytes, bytes.len() - 1)),
    ("cut to nothing", |_| Some(Vec::new())),
    ("cut to its head", |bytes| Some(bytes[..HEAD_LEN_BYTES].to_vec())),
    ("cut at a chunk's end", |bytes| Some(bytes[..chunk(2)].to_vec())),
    ("a byte short", |bytes| Some(bytes[..bytes.len() - 1].to_vec())),
    ("two chunks swapped", |bytes| {
        Some([&bytes[..chunk(0)], &bytes[chunk(1)..chunk(2)], &bytes[chunk(0)..chunk(1)], &bytes[chunk(2)..]].concat())
    }),
];
const FOUR_CHUNKS: usize = 3 * CHUNK_LEN_BYTES + 5;

#[tokio::test]
async fn a_store_that_gives_back_something_else_keeps_nothing() {
    let longer: Damage = |bytes| Some([bytes, &[0; 9]].concat());
    for (name, damage) in DAMAGES.into_iter().chain([("lengthened", longer)]) {
        for (lying, is_first) in [
            (Witness::lying(damage), true),
            (Witness::lying(damage).naming_last(), true),
            (Witness::lying(damage), false),
        ] {
            let (lying, honest) = (Arc::new(lying), Arc::new(Memory::new()));
            let vault = match is_first {
                true => Vault::new(lying.clone(), Some(honest)),
                false => Vault::new(honest, Some(lying.clone())),
            };
            let error = take(&vault, plain(FOUR_CHUNKS)).await.unwrap_err();
            assert!(matches!(error, VaultError::ReadBack), "{name}: {error}");
            assert_eq!(lying.lies(), 1, "{name}");
            assert_none(&vault, name).await;
        }
    }
}

#[tokio::test]
async fn what_stood_there_before_is_believed_only_when_it_is_whole() {
    let memory = Memory::new();
    let vault = Vault::new(Arc::new(memory.clone()), None);
    let held = take(&vault, plain(FOUR_CHUNKS)).await.unwrap();
    let whole = memory.read(&held.digest, 0..held.sealed_len_bytes).await.unwrap();
    memory.replace(&held.digest, flip(&whole, 200));
    let error = take(&vault, plain(FOUR_CHUNKS)).await.unwrap_err();
    assert!(matches!(error, VaultError::ReadBack), "{error}");
    assert_eq!(list(&memory).await, [held.digest], "it is not this call's to remove");
}

#[tokio::test]
async fn it_opens_only_as_what_it_is() {
    let vault = Vault::new(Arc::new(Memory::new()), None);
    let held = take(&vault, plain(FOUR_CHUNKS)).await.unwrap();
    let last = CipherError::Chunk { number: 3 };
    let another = CipherError::Chunk { number: 2 };
    let cases = [
        ("another key", 9, held.clone(), last),
        ("another id", 1, Held { id: [6; 16], ..held.clone() }, last),
        ("another kind", 1, Held { kind: "letter".to_owned(), ..held.clone() }, last),
        (
            "a length that none has",
            1,
            Held { sealed_len_bytes: HEAD_LEN_BYTES as u64, ..held.clone() },
            CipherError::Length,
        ),
        ("a chunk less", 1, Held { sealed_len_bytes: chunk(3) as u64, ..held.clone() }, another),
        ("a byte less", 1, Held { sealed_len_bytes: held.sealed_len_bytes - 1, ..held.clone() }, last),
    ];
    for (name, seed, held, right) in cases {
        let error = vault.open(&held, &key(seed)).await.map(|_| ()).unwrap_err();
        assert!(matches!(&error, VaultError::Cipher(error) if *error == right), "{name}: {error}");
    }
    let longer = Held { sealed_len_bytes: held.sealed_len_bytes + 1, ..held.clone() };
    let error = vault.open(&longer, &key(1)).await.map(|_| ()).unwrap_err();
    assert!(matches!(error, VaultError::Store(StoreError::Short { .. })), "{error}");
    let elsewhere = Held { digest: Digest::of(b"elsewhere"), ..held };
    let error = vault.open(&elsewhere, &key(1)).await.map(|_| ()).unwrap_err();
    assert!(matches!(error, VaultError::Store(StoreError::Missing { .. })), "{error}");
}

/// Bytes of which each lies in another chunk.
const PLACES: [u64; 4] = [0, 65_536, 131_072, 196_608];

#[tokio::test]
async fn nothing_damaged_is_given_out_and_the_second_store_helps() {
    for (name, damage) in DAMAGES {
        let (main, second) = (Memory::new(), Memory::new());
        let vault = Vault::new(Arc::new(main.clone()), Some(Arc::new(second.clone())));
        let given = plain(FOUR_CHUNKS);
        let held = take(&vault, given.clone()).await.unwrap();
        let whole = main.read(&held.digest, 0..held.sealed_len_bytes).await.unwrap();
        main.replace(&held.digest, damage(&whole));
        let object = vault.open(&held, &key(1)).await.unwrap();
        assert!(*object.read(0..FOUR_CHUNKS as u64).await.unwrap() == given, "{name}: the second store has it");
        second.replace(&held.digest, damage(&whole));
        assert_damaged(&vault, &held, &given, name).await;
        second.replace(&held.digest, Some(whole));
        let object = vault.open(&held, &key(1)).await.unwrap();
        assert!(*object.read(0..FOUR_CHUNKS as u64).await.unwrap() == given, "{name}: whole again");
    }
}

/// Each byte is either right or an error; at least one of them, or all of it together, is an error.
async fn assert_damaged(vault: &Vault, held: &Held, given: &[u8], name: &str) {
    let Ok(object) = vault.open(held, &key(1)).await else { return };
    assert!(object.read(0..given.len() as u64).await.is_err(), "{name}: all of it");
    let mut refused = 0;
    for at in PLACES {
        match object.read(at..at + 1).await {
            Ok(byte) => assert_eq!(*byte, [given[at as usize]], "{name}: byte {at}"),
            Err(_) => refused += 1,
        }
    }
    assert!(refused > 0, "{name}");
}

#[tokio::test]
async fn what_one_store_lacks_is_read_from_the_other_even_in_part() {
    let (main, second) = (Memory::new(), Memory::new());
    let vault = Vault::new(Arc::new(main.clone()), Some(Arc::new(second.clone())));
    let given = plain(FOUR_CHUNKS);
    let held = take(&vault, given.clone()).await.unwrap();
    let whole = main.read(&held.digest, 0..held.sealed_len_bytes).await.unwrap();
    main.replace(&held.digest, flip(&whole, chunk(1)));
    second.replace(&held.digest, flip(&whole, chunk(2)));
    let object = vault.open(&held, &key(1)).await.unwrap();
    for at in PLACES {
        assert_eq!(*object.read(at..at + 1).await.unwrap(), [given[at as usize]], "byte {at}");
    }
    let error = object.read(0..given.len() as u64).await.unwrap_err();
    assert!(matches!(error, VaultError::Cipher(CipherError::Chunk { number: 1 })), "the first store's error: {error}");
}

#[tokio::test]
#[allow(clippy::single_range_in_vec_init)] // One range is what is meant.
async fn no_more_is_fetched_than_the_chunks_that_are_needed() {
    let store = Arc::new(Witness::honest());
    let vault = Vault::new(store.clone(), None);
    let len = 20 * CHUNK_LEN_BYTES as u64 + 7;
    let held = take(&vault, plain(20 * CHUNK_LEN_BYTES + 7)).await.unwrap();
    store.fetched();
    let object = vault.open(&held, &key(1)).await.unwrap();
    let last = chunk(20) as u64;
    assert_eq!(store.fetched(), [0..HEAD_LEN_BYTES as u64, last..held.sealed_len_bytes], "the head and the last chunk");
    let (size, sealed) = (CHUNK_LEN_BYTES as u64, |number: usize| chunk(number) as u64);
    for (range, right) in [
        (0..1, vec![sealed(0)..sealed(1)]),
        (size - 1..size, vec![sealed(0)..sealed(1)]),
        (size..size + 1, vec![sealed(1)..sealed(2)]),
        (size - 1..size + 1, vec![sealed(0)..sealed(2)]),
        (5 * size..9 * size, vec![sealed(5)..sealed(9)]),
        (20 * size..len, vec![sealed(20)..held.sealed_len_bytes]),
        (3..3, vec![]),
        (len..len, vec![]),
        (0..len, vec![sealed(0)..held.sealed_len_bytes]),
    ] {
        let read = object.read(range.clone()).await.unwrap();
        assert_eq!(read.len() as u64, range.end - range.start);
        assert_eq!(store.fetched(), right, "{range:?}");
    }
}

#[tokio::test]
async fn what_is_missing_or_rotten_is_found_and_repaired_from_a_whole_one() {
    use Found::{Missing, Rotten, Whole};
    let states = [Whole, Missing, Rotten];
    for (one, other) in states.iter().flat_map(|one| states.iter().map(move |other| (*one, *other))) {
        for number in [0, 1] {
            let stores = [Memory::new(), Memory::new()];
            let vault = Vault::new(Arc::new(stores[0].clone()), Some(Arc::new(stores[1].clone())));
            let held = take(&vault, plain(FOUR_CHUNKS)).await.unwrap();
            let (digest, len) = (held.digest, held.sealed_len_bytes);
            let whole = stores[0].read(&digest, 0..len).await.unwrap();
            for (store, state) in stores.iter().zip([one, other]) {
                match state {
                    Missing => store.replace(&digest, None),
                    Rotten => store.replace(&digest, flip(&whole, 99)),
                    _ => {}
                }
            }
            let found = vec![one, other];
            assert_eq!(vault.look(&digest, len).await.unwrap(), found);
            let repaired = vault.repair(&digest, len, number).await;
            if found[1 - number] == Whole {
                assert_eq!(repaired.unwrap(), 1 - number, "{found:?}, {number}");
                assert_eq!(vault.look(&digest, len).await.unwrap()[number], Whole, "{found:?}, {number}");
                assert_eq!(vault.look(&digest, len).await.unwrap()[1 - number], Whole, "{found:?}, {number}");
            } else {
                let error = repaired.unwrap_err();
                assert!(matches!(error, VaultError::NoSource), "{found:?}, {number}: {error}");
                assert_eq!(vault.look(&digest, len).await.unwrap(), found, "{number}: nothing is touched");
            }
        }
    }
}

#[tokio::test]
async fn an_older_version_that_is_whole_is_the_object_again() {
    let stores = [Memory::new(), Memory::new()];
    let vault = Vault::new(Arc::new(stores[0].clone()), Some(Arc::new(stores[1].clone())));
    let held = take(&vault, plain(FOUR_CHUNKS)).await.unwrap();
    let (digest, len) = (held.digest, held.sealed_len_bytes);
    // In the other store alone, beneath what somebody wrote over it.
    stores[0].replace(&digest, None);
    stores[1].cover(&digest, vec![1]);
    stores[1].cover(&digest, vec![2; 99]);
    assert_eq!(vault.look(&digest, len).await.unwrap(), [Found::Missing, Found::Rotten]);
    assert_eq!(vault.repair(&digest, len, 0).await.unwrap(), 1);
    assert_eq!(vault.look(&digest, len).await.unwrap(), [Found::Whole; 2]);
    for number in [0, 1] {
        stores[number].cover(&digest, vec![3]);
        assert_eq!(vault.repair(&digest, len, number).await.unwrap(), number, "its own older version");
        assert_eq!(vault.look(&digest, len).await.unwrap(), [Found::Whole; 2]);
    }
}

/// Whole when it is looked at, and another when it is read again to be written.
#[tokio::test]
async fn what_is_rotten_stays_until_the_right_bytes_are_there() {
    static READ: AtomicUsize = AtomicUsize::new(0);
    let source = Arc::new(Witness::honest());
    let rotten = Memory::new();
    let vault = Vault::new(Arc::new(rotten.clone()), Some(source.clone()));
    let held = take(&vault, plain(FOUR_CHUNKS)).await.unwrap();
    let (digest, len) = (held.digest, held.sealed_len_bytes);
    rotten.replace(&digest, Some(vec![7; 9]));
    source.lie(|whole| match READ.fetch_add(1, Ordering::SeqCst) {
        0 => Some(whole.to_vec()),
        _ => flip(whole, 99),
    });
    vault.repair(&digest, len, 0).await.unwrap_err();
    assert_eq!(READ.load(Ordering::SeqCst), 2, "it was read again, and rotten then");
    assert_eq!(rotten.read(&digest, 0..9).await.unwrap(), [7; 9]);
}

#[tokio::test]
async fn looking_counts_and_repair_needs_another_store() {
    let memory = Memory::new();
    let vault = Vault::new(Arc::new(memory.clone()), None);
    let held = take(&vault, plain(FOUR_CHUNKS)).await.unwrap();
    let (digest, len) = (held.digest, held.sealed_len_bytes);
    assert_eq!(vault.look(&digest, len + 1).await.unwrap(), [Found::Rotten], "other than the catalogue says");
    for number in [0, 1] {
        assert!(matches!(vault.repair(&digest, len, number).await, Err(VaultError::NoSource)));
        assert_eq!(vault.look(&digest, len).await.unwrap(), [Found::Whole]);
    }
    let lying = Arc::new(Witness::honest());
    let vault = Vault::new(lying.clone(), Some(Arc::new(memory)));
    lying.lie(|_| Some(vec![1]));
    let error = vault.repair(&digest, len, 0).await.unwrap_err();
    assert!(matches!(error, VaultError::ReadBack), "a repair is looked at: {error}");
}

#[tokio::test]
async fn what_is_removed_is_gone_from_every_store() {
    let root = tempfile::tempdir().unwrap();
    for (name, vault) in vaults(root.path()) {
        let held = take(&vault, plain(70_000)).await.unwrap();
        let other = take_any(&vault, Arc::new(plain(70_001))).await.unwrap();
        let gone = vault.remove(&held.digest).await.unwrap();
        assert_eq!(gone.iter().map(|one| one.versions).collect::<Vec<_>>(), vec![1; vault.stores().len()], "{name}");
        let error = vault.open(&held, &key(1)).await.map(|_| ()).unwrap_err();
        assert!(matches!(error, VaultError::Store(StoreError::Missing { .. })), "{name}: {error}");
        for store in vault.stores() {
            assert_eq!(list(&**store).await, [other.digest], "{name}");
        }
        let again = vault.remove(&held.digest).await.unwrap();
        assert!(again.iter().all(|one| one.versions == 0), "{name}");
    }
}

#[tokio::test]
async fn what_a_store_must_keep_is_said() {
    let memory = Memory::new();
    let vault = Vault::new(Arc::new(memory.clone()), None);
    let held = take(&vault, plain(10)).await.unwrap();
    memory.lock(&held.digest, true).await.unwrap();
    let error = vault.remove(&held.digest).await.unwrap_err();
    assert!(matches!(error, VaultError::Store(StoreError::Locked { .. })), "{error}");
    assert!(vault.open(&held, &key(1)).await.is_ok());
}
