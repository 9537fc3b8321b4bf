//! Two files of a keyring that do not say the same, and items that it carries.
//!
//! Not here: what one opening promises (`keyring.rs`), faults (`keyring_faults.rs`), files that something else wrote into (`keyring_changed.rs`).
//! Invariant: of two copies the one that knows more wins, thing by thing, and what is erased in one is erased.
#![allow(clippy::unwrap_used, clippy::panic)]

mod keyring_support;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use keyring_support::{ERASURE, OFFICE, Witness, files_with, keep, object_key, places, quick_folder};
use vault::keyring::{Head, Keyring, KeyringError};

/// Puts the files of a folder aside, or back.
fn copy(from: &Path, to: &Path) {
    fs::copy(from, to).unwrap();
    fs::set_permissions(to, fs::Permissions::from_mode(0o600)).unwrap();
}

#[tokio::test]
async fn an_old_copy_beside_a_newer_one_brings_nothing_back() {
    for (old_one, new_one) in [(0, 1), (1, 0)] {
        let folder = quick_folder();
        let (places, office_key) = (places(folder.path(), 2), Witness::new());
        let keyring = Keyring::create(&places, OFFICE, office_key.clone()).await.unwrap();
        for number in 0..4 {
            keep(&keyring, number).await.unwrap();
        }
        keyring.add(&[7; 16], "letter", &object_key(7)).await.unwrap();
        keyring.hold(&[1; 16], &[1; 16]).await.unwrap();
        keyring.close().await;
        let aside = folder.path().join("aside");
        copy(&places[old_one], &aside);

        let keyring = Keyring::open(&places, OFFICE, office_key.clone()).await.unwrap();
        keyring.erase(&[0; 16], ERASURE).await.unwrap();
        keyring.release(&[1; 16], &[1; 16]).await.unwrap();
        keyring.hold(&[2; 16], &[2; 16]).await.unwrap();
        keyring.forget_pending(&[7; 16]).await.unwrap();
        keep(&keyring, 8).await.unwrap();
        keyring.advance(Head { number: 3, hash: [3; 32] }).await.unwrap();
        let generation = keyring.generation().await.unwrap();
        keyring.close().await;

        let erased = office_key.all()[3].clone();
        copy(&aside, &places[old_one]);
        fs::remove_file(&aside).unwrap();
        assert_eq!(files_with(folder.path(), &erased), [places[old_one].as_path()], "the old file has it");
        let keyring = Keyring::open(&places, OFFICE, office_key.clone()).await.unwrap();
        assert_eq!(files_with(folder.path(), &erased), [] as [&Path; 0]);
        assert!(matches!(keyring.key(&[0; 16]).await, Err(KeyringError::Erased { .. })));
        assert_eq!(keyring.holds(&[1; 16]).await.unwrap(), [] as [[u8; 16]; 0]);
        assert_eq!(keyring.holds(&[2; 16]).await.unwrap(), [[2; 16]]);
        assert_eq!(keyring.entry(&[7; 16]).await.unwrap_err(), KeyringError::Unknown([7; 16]));
        assert_eq!(keyring.key(&[8; 16]).await.unwrap().bytes(), object_key(8).bytes());
        assert_eq!(keyring.head().await.unwrap(), Some(Head { number: 3, hash: [3; 32] }));
        assert!(keyring.generation().await.unwrap() > generation);
        keyring.close().await;
        // The one that was old has everything by itself.
        fs::remove_file(&places[new_one]).unwrap();
        let keyring = Keyring::make_copy(&places[old_one], &places[new_one], OFFICE, office_key).await.unwrap();
        assert!(matches!(keyring.key(&[0; 16]).await, Err(KeyringError::Erased { .. })));
        assert_eq!(keyring.key(&[8; 16]).await.unwrap().bytes(), object_key(8).bytes());
        keyring.close().await;
    }
}

#[tokio::test]
async fn copies_that_were_used_apart_keep_every_erasure_every_hold_and_every_kept_key() {
    let folder = quick_folder();
    let (places, office_key) = (places(folder.path(), 2), Witness::new());
    let keyring = Keyring::create(&places, OFFICE, office_key.clone()).await.unwrap();
    for number in 0..4 {
        keep(&keyring, number).await.unwrap();
    }
    keyring.close().await;
    // Each half with a new second copy: two keyrings of one name, which then go different ways.
    let apart: Vec<_> = ["a", "b"].iter().map(|name| folder.path().join(name)).collect();
    let one = Keyring::make_copy(&places[0], &apart[0], OFFICE, office_key.clone()).await.unwrap();
    one.erase(&[0; 16], ERASURE).await.unwrap();
    one.hold(&[2; 16], &[1; 16]).await.unwrap();
    one.close().await;
    let other = Keyring::make_copy(&places[1], &apart[1], OFFICE, office_key.clone()).await.unwrap();
    for number in 8..12 {
        keep(&other, number).await.unwrap();
    }
    other.erase(&[1; 16], ERASURE).await.unwrap();
    other.hold(&[3; 16], &[1; 16]).await.unwrap();
    other.close().await;

    let keyring = Keyring::open(&places, OFFICE, office_key.clone()).await.unwrap();
    for erased in [0, 1] {
        assert!(matches!(keyring.key(&[erased; 16]).await, Err(KeyringError::Erased { .. })));
    }
    for held in [2, 3] {
        assert!(matches!(keyring.erase(&[held; 16], ERASURE).await, Err(KeyringError::Held { .. })));
    }
    for kept in [2, 3, 8, 9, 10, 11] {
        assert_eq!(keyring.key(&[kept; 16]).await.unwrap().bytes(), object_key(kept).bytes());
    }
    keyring.close().await;
}

#[tokio::test]
async fn a_file_that_is_replaced_under_an_open_keyring_is_not_used() {
    let folder = quick_folder();
    let (places, ours) = (places(folder.path(), 1), Witness::new());
    let keyring = Keyring::create(&places, OFFICE, ours).await.unwrap();
    keep(&keyring, 1).await.unwrap();
    let other = folder.path().join("other");
    copy(&places[0], &other);
    fs::rename(&other, &places[0]).unwrap();
    for refused in [keyring.key(&[1; 16]).await.err(), keyring.hold(&[1; 16], &[1; 16]).await.err()] {
        assert!(matches!(refused, Some(KeyringError::Failed { .. })), "{refused:?}");
    }
}

#[tokio::test]
async fn what_is_carried_of_an_item_goes_with_its_key() {
    for copies in [1, 2] {
        let folder = quick_folder();
        let (places, office_key) = (places(folder.path(), copies), Witness::new());
        let keyring = Keyring::create(&places, OFFICE, office_key.clone()).await.unwrap();
        let (item, forgotten) = ([1; 16], [2; 16]);
        for id in [item, forgotten] {
            assert_eq!(keyring.carry_item(&id, b"early").await.unwrap_err(), KeyringError::Unknown(id));
            keyring.add(&id, "recording", &object_key(1)).await.unwrap();
            keyring.carry_item(&id, b"cupboard 3").await.unwrap();
        }
        keyring.forget_pending(&forgotten).await.unwrap();
        keyring.keep(&item, &[0; 32], 0).await.unwrap();
        keyring.carry_item(&item, b"cupboard 4").await.unwrap();
        keyring.close().await;

        let keyring = Keyring::open(&places, OFFICE, office_key).await.unwrap();
        assert_eq!(keyring.item(&item).await.unwrap().unwrap(), b"cupboard 4");
        assert_eq!(keyring.items().await.unwrap().into_iter().collect::<Vec<_>>(), [item], "what is forgotten is");
        keyring.erase(&item, ERASURE).await.unwrap();
        assert_eq!(keyring.item(&item).await.unwrap(), None);
        assert!(matches!(keyring.carry_item(&item, b"late").await, Err(KeyringError::Erased { .. })));
        for place in &places {
            let bytes = fs::read(place).unwrap();
            assert!(!bytes.windows(8).any(|window| window == b"cupboard"), "{}", place.display());
        }
        keyring.close().await;
    }
}

#[tokio::test]
async fn of_two_copies_the_newer_says_where_an_item_lies() {
    for older in 0..2 {
        let folder = quick_folder();
        let (places, office_key) = (places(folder.path(), 2), Witness::new());
        let keyring = Keyring::create(&places, OFFICE, office_key.clone()).await.unwrap();
        let [moved, erased] = [[1; 16], [2; 16]];
        for id in [moved, erased] {
            keyring.add(&id, "recording", &object_key(id[0])).await.unwrap();
            keyring.carry_item(&id, b"old").await.unwrap();
            keyring.keep(&id, &[0; 32], 0).await.unwrap();
        }
        keyring.close().await;
        let aside = fs::read(&places[older]).unwrap();
        let keyring = Keyring::open(&places, OFFICE, office_key.clone()).await.unwrap();
        keyring.carry_item(&moved, b"new").await.unwrap();
        keyring.erase(&erased, ERASURE).await.unwrap();
        keyring.close().await;
        fs::write(&places[older], aside).unwrap();
        Keyring::open(&places, OFFICE, office_key.clone()).await.unwrap().close().await;
        // Each of them says so by itself, as the other's copy.
        for place in &places {
            let alone = folder.path().join("alone");
            let keyring = Keyring::make_copy(place, &alone, OFFICE, office_key.clone()).await.unwrap();
            assert_eq!(keyring.item(&moved).await.unwrap().unwrap(), b"new", "{older}: {}", place.display());
            assert_eq!(keyring.item(&erased).await.unwrap(), None, "{older}: {}", place.display());
            keyring.close().await;
            fs::remove_file(&alone).unwrap();
        }
    }
}

/// Two copies that were used apart, one of which erased what is held in the other: nobody decides that but people.
#[tokio::test]
async fn an_erasure_that_did_not_know_of_a_hold_destroys_nothing() {
    for hold_was_known in [false, true] {
        let folder = quick_folder();
        let (places, office_key) = (places(folder.path(), 2), Witness::new());
        let keyring = Keyring::create(&places, OFFICE, office_key.clone()).await.unwrap();
        keep(&keyring, 1).await.unwrap();
        if hold_was_known {
            keyring.hold(&[1; 16], &[7; 16]).await.unwrap();
        }
        keyring.close().await;
        let apart: Vec<_> = ["a", "b"].iter().map(|name| folder.path().join(name)).collect();
        let one = Keyring::make_copy(&places[0], &apart[0], OFFICE, office_key.clone()).await.unwrap();
        one.release(&[1; 16], &[7; 16]).await.unwrap();
        one.erase(&[1; 16], ERASURE).await.unwrap();
        one.close().await;
        if !hold_was_known {
            let other = Keyring::make_copy(&places[1], &apart[1], OFFICE, office_key.clone()).await.unwrap();
            other.hold(&[1; 16], &[7; 16]).await.unwrap();
            other.close().await;
        }
        let before = fs::read(&places[1]).unwrap();
        match Keyring::open(&places, OFFICE, office_key.clone()).await {
            // It was released before it was erased, and the other is only old.
            Ok(keyring) => {
                assert!(hold_was_known);
                assert!(matches!(keyring.key(&[1; 16]).await, Err(KeyringError::Erased { .. })));
                keyring.close().await;
            }
            Err(KeyringError::Diverged(what)) => {
                assert_eq!((hold_was_known, what.as_str()), (false, "a thing is erased in one, and held in the other"));
                assert!(fs::read(&places[1]).unwrap() == before, "the copy with the key is as it was");
            }
            Err(other) => panic!("{other}"),
        }
    }
}
