//! The keyring's promises, in one file and in two: what is kept, what is erased, what is refused, and how two copies become one.
//!
//! Not here: any order of acts (`keyring_properties.rs`), two files that differ (`keyring_copies.rs`), faults (`keyring_faults.rs`), tokens (`keyring_token.rs`).
//! Where bytes are to be gone they are first seen to be there.
#![allow(clippy::unwrap_used, clippy::panic)]

mod keyring_support;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;

use keyring_support::{DIGEST, ERASURE, OFFICE, Witness, files_with, keep, object_key, places, quick_folder, refusal};
use vault::keyring::{Erasure, FileKey, Head, Keyring, KeyringError, OfficeKey as _, OfficeKeyError, State};

#[tokio::test]
async fn a_key_comes_back_until_it_is_erased() {
    for copies in [1, 2] {
        let folder = quick_folder();
        let (places, office_key) = (places(folder.path(), copies), Witness::new());
        let keyring = Keyring::create(&places, OFFICE, office_key.clone()).await.unwrap();
        let id = [1; 16];
        keyring.add(&id, "recording", &object_key(1)).await.unwrap();
        assert_eq!(keyring.key(&id).await.unwrap_err(), KeyringError::Pending(id));
        keyring.keep(&id, &DIGEST, 99).await.unwrap();
        keyring.keep(&id, &DIGEST, 99).await.unwrap();
        assert_eq!(keyring.keep(&id, &DIGEST, 98).await.unwrap_err(), KeyringError::Kept(id));
        assert_eq!(keyring.add(&id, "letter", &object_key(1)).await.unwrap_err(), KeyringError::Known(id));
        assert_eq!(keyring.key(&id).await.unwrap().bytes(), object_key(1).bytes());
        keyring.close().await;

        let keyring = Keyring::open(&places, OFFICE, office_key.clone()).await.unwrap();
        assert_eq!(keyring.key(&id).await.unwrap().bytes(), object_key(1).bytes());
        keyring.erase(&id, ERASURE).await.unwrap();
        keyring.erase(&id, Erasure { at_us: 0, ..ERASURE }).await.unwrap();
        let other = Erasure { subject: [6; 32], ..ERASURE };
        assert_eq!(keyring.erase(&id, other).await.unwrap_err(), KeyringError::OtherErasure(id));
        let gone = KeyringError::Erased { id, at_us: ERASURE.at_us, certificate: None };
        assert_eq!(keyring.key(&id).await.unwrap_err(), gone);
        assert_eq!(keyring.keep(&id, &DIGEST, 99).await.unwrap_err(), gone);
        assert_eq!(keyring.forget_pending(&id).await.unwrap_err(), gone);
        assert_eq!(keyring.add(&id, "recording", &object_key(1)).await.unwrap_err(), KeyringError::Known(id));
        keyring.note_certificate(&id, &[7; 32]).await.unwrap();
        assert_eq!(keyring.note_certificate(&id, &[8; 32]).await.unwrap_err(), KeyringError::OtherErasure(id));
        keyring.close().await;

        let keyring = Keyring::open(&places, OFFICE, office_key).await.unwrap();
        let erased = State::Erased { erasure: ERASURE, object: Some((DIGEST, 99)), certificate: Some([7; 32]) };
        assert_eq!(keyring.entry(&id).await.unwrap().state, erased);
        assert_eq!(keyring.entries().await.unwrap().len(), 1);
        keyring.close().await;
    }
}

/// A list is told what each question would be told.
#[tokio::test]
async fn an_overview_says_of_each_thing_what_the_keyring_says() {
    for copies in [1, 2] {
        let folder = quick_folder();
        let (places, office_key) = (places(folder.path(), copies), Witness::new());
        let keyring = Keyring::create(&places, OFFICE, office_key.clone()).await.unwrap();
        for number in 1..=4 {
            keep(&keyring, number).await.unwrap();
        }
        keyring.add(&[5; 16], "letter", &object_key(5)).await.unwrap();
        keyring.erase(&[2; 16], ERASURE).await.unwrap();
        keyring.hold(&[3; 16], &[9; 16]).await.unwrap();
        keyring.hold(&[4; 16], &[9; 16]).await.unwrap();
        keyring.release(&[4; 16], &[9; 16]).await.unwrap();
        let (overview, asked) = (keyring.overview().await.unwrap(), office_key.unwraps());
        for number in 0..=6 {
            let id = [number; 16];
            assert_eq!(overview.entry(&id), keyring.entry(&id).await.ok().as_ref(), "{number}");
            assert_eq!(overview.holds(&id), keyring.holds(&id).await.unwrap(), "{number}");
        }
        for number in 0..=6 {
            let told = overview.key(&[number; 16]).await.map(|key| *key.bytes());
            let is_kept = matches!(number, 1 | 3 | 4);
            assert_eq!(told.is_ok(), is_kept, "{number}");
            assert_eq!(told, keyring.key(&[number; 16]).await.map(|key| *key.bytes()), "{number}");
        }
        let asked = office_key.unwraps() - asked;
        assert_eq!(asked, 3 * (1 + copies), "the office key is asked once for a key that both copies have alike");
        // It is of its moment; the keyring is of now.
        keyring.erase(&[1; 16], ERASURE).await.unwrap();
        assert_eq!(overview.key(&[1; 16]).await.unwrap().bytes(), object_key(1).bytes());
        assert!(matches!(keyring.overview().await.unwrap().key(&[1; 16]).await, Err(KeyringError::Erased { .. })));
        drop(overview);
        keyring.close().await;
    }
}

#[tokio::test]
async fn what_is_pending_can_be_forgotten_or_erased() {
    let folder = quick_folder();
    let keyring = Keyring::create(&places(folder.path(), 1), OFFICE, Witness::new()).await.unwrap();
    let id = [1; 16];
    keyring.add(&id, "letter", &object_key(1)).await.unwrap();
    keyring.hold(&id, &[1; 16]).await.unwrap();
    assert_eq!(keyring.forget_pending(&id).await.unwrap_err(), KeyringError::Held { id, holds: 1 });
    keyring.release(&id, &[1; 16]).await.unwrap();
    keyring.forget_pending(&id).await.unwrap();
    keyring.forget_pending(&id).await.unwrap();
    assert_eq!(keyring.entry(&id).await.unwrap_err(), KeyringError::Unknown(id));
    keyring.add(&id, "letter", &object_key(1)).await.unwrap();
    keyring.erase(&id, ERASURE).await.unwrap();
    keep(&keyring, 2).await.unwrap();
    assert_eq!(keyring.forget_pending(&[2; 16]).await.unwrap_err(), KeyringError::Kept([2; 16]));
    for unknown in [
        keyring.key(&[9; 16]).await.unwrap_err(),
        keyring.keep(&[9; 16], &DIGEST, 1).await.unwrap_err(),
        keyring.erase(&[9; 16], ERASURE).await.unwrap_err(),
        keyring.note_certificate(&[9; 16], &DIGEST).await.unwrap_err(),
    ] {
        assert_eq!(unknown, KeyringError::Unknown([9; 16]));
    }
    assert_eq!(keyring.note_certificate(&[2; 16], &DIGEST).await.unwrap_err(), KeyringError::NotErased([2; 16]));
    let too_long = keyring.add(&[3; 16], "Recording", &object_key(1)).await.unwrap_err();
    assert!(matches!(too_long, KeyringError::BadValue(_)));
    keyring.close().await;
}

#[tokio::test]
async fn an_erased_key_is_in_no_file() {
    for copies in [1, 2] {
        let folder = quick_folder();
        let (places, office_key) = (places(folder.path(), copies), Witness::new());
        let keyring = Keyring::create(&places, OFFICE, office_key.clone()).await.unwrap();
        let mut wrapped = Vec::new();
        for number in 0..100 {
            keyring.add(&[number; 16], "recording", &object_key(number)).await.unwrap();
            wrapped.push(office_key.last());
        }
        for number in [0, 50, 51, 99] {
            let in_files = files_with(folder.path(), &wrapped[usize::from(number)]);
            assert!(places.iter().all(|place| in_files.contains(place)), "{in_files:?}");
            keyring.erase(&[number; 16], ERASURE).await.unwrap();
            assert_eq!(files_with(folder.path(), &wrapped[usize::from(number)]), [] as [&Path; 0]);
        }
        // The neighbours are all there.
        for number in (1..99).filter(|number| ![50, 51].contains(number)) {
            keyring.keep(&[number; 16], &DIGEST, 99).await.unwrap();
            assert_eq!(keyring.key(&[number; 16]).await.unwrap().bytes(), object_key(number).bytes());
        }
        keyring.close().await;
    }
}

#[tokio::test]
async fn what_lies_at_the_end_of_a_long_journal_is_overwritten_too() {
    let folder = quick_folder();
    let (places, office_key) = (places(folder.path(), 1), Witness::new());
    let keyring = Keyring::create(&places, OFFICE, office_key.clone()).await.unwrap();
    keep(&keyring, 1).await.unwrap();
    // As a journal is after a change of many pages: its header zeroed, old pages far behind what the next changes write.
    let journal = folder.path().join("one.keyring-journal");
    let long = [fs::read(&journal).unwrap(), vec![7; 3 << 20], office_key.last().bytes().to_vec()].concat();
    fs::write(&journal, &long).unwrap();
    keyring.erase(&[1; 16], ERASURE).await.unwrap();
    assert_eq!(files_with(folder.path(), &office_key.last()), [] as [&Path; 0]);
    assert_eq!(fs::metadata(&journal).unwrap().len(), long.len() as u64, "overwritten where it lies, not given back");
    keyring.close().await;
}

#[tokio::test]
async fn an_erasure_is_not_reported_while_the_key_is_in_any_file() {
    let folder = quick_folder();
    let (places, office_key) = (places(folder.path(), 2), Witness::new());
    let keyring = Keyring::create(&places, OFFICE, office_key.clone()).await.unwrap();
    keep(&keyring, 1).await.unwrap();
    let left = folder.path().join("two.keyring-shm");
    fs::write(&left, [&[0; 5000], &office_key.last().bytes()[..]].concat()).unwrap();
    for _ in 0..2 {
        let refused = keyring.erase(&[1; 16], ERASURE).await.unwrap_err();
        let reason = "its bytes were found".to_owned();
        assert_eq!(refused, KeyringError::NotCleared { place: left.clone(), reason });
        // Not destroyed yet, and not given out either.
        assert!(matches!(keyring.key(&[1; 16]).await, Err(KeyringError::Erased { .. })));
    }
    keyring.close().await;
    let refused = refusal(Keyring::open(&places, OFFICE, office_key.clone()).await);
    assert!(matches!(refused, KeyringError::NotCleared { .. }), "{refused}");
    fs::remove_file(&left).unwrap();
    let keyring = Keyring::open(&places, OFFICE, office_key).await.unwrap();
    keyring.erase(&[1; 16], ERASURE).await.unwrap();
    keyring.close().await;
}

#[tokio::test]
async fn many_are_erased_at_once_and_each_has_its_answer() {
    let folder = quick_folder();
    let office_key = Witness::new();
    let keyring = Keyring::create(&places(folder.path(), 2), OFFICE, office_key.clone()).await.unwrap();
    for number in 0..4 {
        keep(&keyring, number).await.unwrap();
    }
    keyring.hold(&[1; 16], &[1; 16]).await.unwrap();
    let answers = keyring.erase_all(&[0, 1, 2, 9].map(|number| ([number; 16], ERASURE))).await;
    let held = Err(KeyringError::Held { id: [1; 16], holds: 1 });
    assert_eq!(answers, [Ok(()), held, Ok(()), Err(KeyringError::Unknown([9; 16]))]);
    // The first wrappings are those of the canary and of what makes the tags of rows and events.
    for (number, wrapped) in office_key.all()[3..].iter().enumerate() {
        assert_eq!(files_with(folder.path(), wrapped).is_empty(), [0, 2].contains(&number), "{number}");
    }
    keyring.close().await;
}

#[tokio::test]
async fn a_held_key_is_not_erased() {
    let folder = quick_folder();
    let (places, office_key) = (places(folder.path(), 2), Witness::new());
    let keyring = Keyring::create(&places, OFFICE, office_key.clone()).await.unwrap();
    let id = [1; 16];
    keep(&keyring, 1).await.unwrap();
    for hold in [[1; 16], [2; 16], [1; 16]] {
        keyring.hold(&id, &hold).await.unwrap();
    }
    assert_eq!(keyring.holds(&id).await.unwrap(), [[1; 16], [2; 16]]);
    keyring.release(&id, &[1; 16]).await.unwrap();
    keyring.release(&id, &[3; 16]).await.unwrap();
    keyring.close().await;
    let keyring = Keyring::open(&places, OFFICE, office_key).await.unwrap();
    assert_eq!(keyring.erase(&id, ERASURE).await.unwrap_err(), KeyringError::Held { id, holds: 1 });
    assert_eq!(keyring.key(&id).await.unwrap().bytes(), object_key(1).bytes());
    keyring.release(&id, &[2; 16]).await.unwrap();
    keyring.erase(&id, ERASURE).await.unwrap();
    // A disc that is no object here.
    keyring.hold(&[7; 16], &[1; 16]).await.unwrap();
    assert_eq!(keyring.holds(&[7; 16]).await.unwrap(), [[1; 16]]);
    keyring.close().await;
}

#[tokio::test]
async fn the_head_never_goes_back() {
    let folder = quick_folder();
    let keyring = Keyring::create(&places(folder.path(), 1), OFFICE, Witness::new()).await.unwrap();
    let head = |number, hash| Head { number, hash: [hash; 32] };
    assert_eq!(keyring.head().await.unwrap(), None);
    keyring.advance(head(5, 1)).await.unwrap();
    keyring.advance(head(5, 1)).await.unwrap();
    assert_eq!(keyring.advance(head(5, 2)).await.unwrap_err(), KeyringError::HeadForked(5));
    let behind = KeyringError::HeadBehind { newest: 5, given: 4 };
    assert_eq!(keyring.advance(head(4, 1)).await.unwrap_err(), behind);
    keyring.advance(head(9, 3)).await.unwrap();
    assert_eq!(keyring.head().await.unwrap(), Some(head(9, 3)));
    assert_eq!(keyring.generation().await.unwrap(), 3, "one more with each change, and with no other call");
    keyring.close().await;
}

#[tokio::test]
async fn two_openings_see_each_other_at_once() {
    let folder = quick_folder();
    let (places, office_key) = (places(folder.path(), 2), Witness::new());
    let one = Keyring::create(&places, OFFICE, office_key.clone()).await.unwrap();
    let turned: Vec<_> = places.iter().rev().cloned().collect();
    let mut other = Keyring::open(&turned, OFFICE, office_key.clone()).await.unwrap();
    let all = |keyring: Arc<Keyring>, from: u8| async move {
        for number in from..from + 20 {
            keep(&keyring, number).await.unwrap();
        }
        keyring
    };
    let (one, two) = (Arc::new(one), Arc::new(Keyring::open(&places, OFFICE, office_key.clone()).await.unwrap()));
    let (one, two) = (tokio::spawn(all(one, 0)), tokio::spawn(all(two, 20)));
    let (one, two) = (one.await.unwrap(), two.await.unwrap());
    assert_eq!(other.entries().await.unwrap().len(), 40);
    one.erase(&[5; 16], ERASURE).await.unwrap();
    assert!(matches!(two.key(&[5; 16]).await, Err(KeyringError::Erased { .. })));
    // After a change of the office key by another opening this one gives nothing more.
    let new = Witness::new();
    other.rotate(new.clone()).await.unwrap();
    let needs = KeyringError::Rotated { needs: new.name() };
    assert_eq!(two.key(&[6; 16]).await.unwrap_err(), needs);
    assert_eq!(two.hold(&[6; 16], &[1; 16]).await.unwrap_err(), needs);
    // Nor may it write an event, whose tag would be the old key's.
    assert_eq!(two.is_current().await.unwrap_err(), needs);
    other.is_current().await.unwrap();
    assert_eq!(other.key(&[6; 16]).await.unwrap().bytes(), object_key(6).bytes());
}

#[tokio::test]
async fn a_new_office_key_takes_every_key_and_leaves_nothing_of_the_old() {
    for copies in [1, 2] {
        let folder = quick_folder();
        let (places, old, new) = (places(folder.path(), copies), Witness::new(), Witness::new());
        let mut keyring = Keyring::create(&places, OFFICE, old.clone()).await.unwrap();
        for number in 0..20 {
            keep(&keyring, number).await.unwrap();
        }
        keyring.erase(&[0; 16], ERASURE).await.unwrap();
        keyring.hold(&[1; 16], &[1; 16]).await.unwrap();
        assert!(old.all()[4..].iter().all(|wrapped| files_with(folder.path(), wrapped).len() >= copies));
        let same = keyring.rotate(old.clone()).await.unwrap_err();
        assert!(matches!(same, KeyringError::BadValue(_)), "{same}");
        keyring.rotate(new.clone()).await.unwrap();
        for wrapped in old.all() {
            assert_eq!(files_with(folder.path(), &wrapped), [] as [&Path; 0]);
        }
        keep(&keyring, 20).await.unwrap();
        keyring.close().await;
        let refused = refusal(Keyring::open(&places, OFFICE, old.clone()).await);
        let (place, needs, given) = (places[0].clone(), new.name(), old.name());
        assert_eq!(refused, KeyringError::WrongKey { place, needs, given });
        let keyring = Keyring::open(&places, OFFICE, new).await.unwrap();
        for number in 1..=20 {
            assert_eq!(keyring.key(&[number; 16]).await.unwrap().bytes(), object_key(number).bytes());
        }
        assert!(matches!(keyring.key(&[0; 16]).await, Err(KeyringError::Erased { .. })));
        assert_eq!(keyring.holds(&[1; 16]).await.unwrap().len(), 1);
        keyring.close().await;
    }
}

/// Whoever has an old office key, and a copy of the keyring of its days, makes tags for events of those days, whose hashes the head has.
#[tokio::test]
async fn the_tags_of_events_are_others_under_each_office_key() {
    for copies in [1, 2] {
        let folder = quick_folder();
        let places = places(folder.path(), copies);
        let keys = [Witness::new(), Witness::new(), Witness::new(), Witness::new()];
        let mut keyring = Keyring::create(&places, OFFICE, keys[0].clone()).await.unwrap();
        let (commitment, hash) = ([1; 32], [2; 32]);
        let tags = |keyring: &Keyring| [1, 5, 6, 9, 10].map(|number| keyring.event_tag(number, &commitment, &hash));
        let mut seen = vec![(tags(&keyring), keyring.event_row_tag(b"row"))];
        assert_eq!(keyring.newest_before(), 0);
        // The second key's time sees no event.
        for (key, newest) in keys[1..].iter().zip([5, 5, 9]) {
            keyring.advance(Head { number: newest, hash: [7; 32] }).await.unwrap();
            keyring.rotate(key.clone()).await.unwrap();
            seen.push((tags(&keyring), keyring.event_row_tag(b"row")));
            assert_eq!(keyring.newest_before(), newest);
        }
        keyring.close().await;
        let keyring = Keyring::open(&places, OFFICE, keys[3].clone()).await.unwrap();
        assert_eq!((tags(&keyring), keyring.event_row_tag(b"row")), seen[3]);
        // Up to 5 by the first, up to 9 by the third, then by the last.
        let [first, _, third, last] = [0, 1, 2, 3].map(|key: usize| seen[key].0);
        assert_eq!(seen[3].0, [first[0], first[1], third[2], third[3], last[4]]);
        for (at, number) in [1, 5, 6, 9, 10].into_iter().enumerate() {
            let right = |tag: &[u8; 32]| keyring.is_event_tag(number, &commitment, &hash, tag);
            let whose: Vec<bool> = seen.iter().map(|(tags, _)| right(&tags[at])).collect();
            let wanted = [[true; 4], [true; 4], [false, false, true, true], [false, false, true, true]];
            assert_eq!(whose, wanted.get(at).copied().unwrap_or([false, false, false, true]), "{number}");
        }
        assert!(seen[..3].iter().all(|(_, row)| !keyring.is_event_row_tag(b"row", row)));
        assert!(keyring.is_event_row_tag(b"row", &seen[3].1));
        keyring.close().await;
    }
}

#[tokio::test]
async fn what_is_not_this_offices_whole_keyring_is_refused_in_one_line() {
    let folder = quick_folder();
    let at = |name: &str| folder.path().join(name);
    let (ours, theirs) = (Witness::new(), Arc::new(FileKey::generate("Office of Others").unwrap()));
    let (one, two) = (at("one"), at("two"));
    Keyring::create(&[one.clone(), two.clone()], OFFICE, ours.clone()).await.unwrap().close().await;
    Keyring::create(&[at("theirs")], "Office of Others", theirs.clone()).await.unwrap().close().await;
    Keyring::create(&[at("stranger")], OFFICE, ours.clone()).await.unwrap().close().await;
    let both = [one.clone(), two.clone()];

    let said = |error: KeyringError| {
        let line = error.to_string().replace(&format!("{}/", folder.path().display()), "");
        assert!(!line.contains('\n'), "{line}");
        line
    };
    let open = async |places: &[&str]| {
        let places: Vec<_> = places.iter().map(|name| at(name)).collect();
        said(refusal(Keyring::open(&places, OFFICE, ours.clone()).await))
    };
    assert_eq!(open(&["nowhere"]).await, "nowhere: there is no keyring");
    assert_eq!(open(&["one", "nowhere"]).await, "nowhere: this copy of the keyring is gone");
    assert_eq!(open(&["one"]).await, "the keyring has 2 copies, and 1 were named");
    assert_eq!(
        open(&["one", "theirs"]).await,
        "theirs: the keyring of \"Office of Others\", not of \"Office of Testing\""
    );
    assert_eq!(open(&["one", "stranger"]).await, "one and stranger are not copies of one keyring");
    let places_line = "a keyring lies in one or two files, each in a place of its own";
    for wrong in [&["one", "one"][..], &["one", "two", "stranger"], &[]] {
        assert_eq!(open(wrong).await, places_line);
    }
    std::os::unix::fs::symlink(&one, at("link")).unwrap();
    fs::hard_link(&one, at("hard")).unwrap();
    for wrong in [["one", "link"], ["one", "hard"]] {
        assert_eq!(open(&wrong).await, places_line);
    }
    fs::remove_file(at("hard")).unwrap();

    let wrong_office = said(refusal(Keyring::open(&both, OFFICE, theirs.clone()).await));
    assert_eq!(wrong_office, "office key: made for \"Office of Others\", not for \"Office of Testing\"");
    let other_key = Witness::new();
    let wrong_key = said(refusal(Keyring::open(&both, OFFICE, other_key.clone()).await));
    assert_eq!(wrong_key, format!("one: this keyring needs the {}, not the {}", ours.name(), other_key.name()));
    let exists = said(refusal(Keyring::create(&both, OFFICE, ours.clone()).await));
    assert_eq!(exists, "one exists already");

    for (name, bytes) in [("text", b"not a keyring".to_vec()), ("empty", Vec::new()), ("long", vec![0; 9000])] {
        fs::write(at(name), bytes).unwrap();
        assert_eq!(open(&[name]).await, format!("{name}: this is not a keyring"));
    }
    fs::create_dir(at("folder")).unwrap();
    assert_eq!(open(&["folder"]).await, "folder: this is not a keyring");
    fs::set_permissions(&one, fs::Permissions::from_mode(0o640)).unwrap();
    assert_eq!(open(&["one", "two"]).await, "one: others on this machine may read this keyring");
    fs::set_permissions(&one, fs::Permissions::from_mode(0o600)).unwrap();
    let sound = fs::read(&two).unwrap();
    let mut newer = sound.clone();
    newer[63] = 3;
    fs::write(&two, &newer).unwrap();
    assert_eq!(open(&["one", "two"]).await, "two: a newer program made this keyring (version 3)");
    fs::write(&two, &sound).unwrap();
    Keyring::open(&both, OFFICE, ours.clone()).await.unwrap().close().await;
}

#[tokio::test]
async fn a_damaged_file_is_not_taken_for_a_wrong_key() {
    let folder = quick_folder();
    let (places, ours) = (places(folder.path(), 1), Witness::new());
    let keyring = Keyring::create(&places, OFFICE, ours.clone()).await.unwrap();
    keep(&keyring, 1).await.unwrap();
    let entry = ours.last();
    keyring.close().await;
    let sound = fs::read(&places[0]).unwrap();
    let canary = ours.all()[0].clone();
    for (part, is_an_entry) in [(canary.bytes(), false), (entry.bytes(), true)] {
        let at = sound.windows(60).position(|window| window == part).unwrap();
        let mut bytes = sound.clone();
        bytes[at + 20] ^= 1;
        fs::write(&places[0], &bytes).unwrap();
        match refusal(Keyring::open(&places, OFFICE, ours.clone()).await) {
            KeyringError::Damaged { .. } => assert!(!is_an_entry),
            KeyringError::Changed { what, .. } => {
                assert_eq!((is_an_entry, what), (true, format!("the entry of {}", "01".repeat(16))));
            }
            other => panic!("{other}"),
        }
    }
    // A file cut short, and a page that is no page.
    for damage in [&sound[..sound.len() - 4096], &[&sound[..4096], &vec![0xff; sound.len() - 4096][..]].concat()] {
        fs::write(&places[0], damage).unwrap();
        let damaged = refusal(Keyring::open(&places, OFFICE, ours.clone()).await);
        assert!(matches!(damaged, KeyringError::Damaged { .. }), "{damaged}");
    }
}

#[tokio::test]
async fn a_key_file_opens_only_with_its_passphrase() {
    let folder = quick_folder();
    let file = folder.path().join("office.key");
    let key = FileKey::generate(OFFICE).unwrap();
    key.write(&file, "one horse".into()).unwrap();
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(key.write(&file, "x".into()).unwrap_err(), OfficeKeyError::Exists(file.clone()));
    let read = FileKey::read(&file, "one horse".into()).unwrap();
    assert_eq!((read.name(), read.office()), (key.name(), Some(OFFICE)));
    let wrapped = key.wrap(&object_key(1), b"a").await.unwrap();
    assert_eq!(read.unwrap(&wrapped, b"a").await.unwrap().bytes(), object_key(1).bytes());
    assert_eq!(read.unwrap(&wrapped, b"b").await.unwrap_err(), OfficeKeyError::DoesNotOpen);

    let refused = |passphrase: &str| FileKey::read(&file, passphrase.into()).map(drop).unwrap_err();
    assert_eq!(refused("two horses"), OfficeKeyError::WrongPassphrase(file.clone()));
    fs::set_permissions(&file, fs::Permissions::from_mode(0o604)).unwrap();
    assert_eq!(refused("one horse"), OfficeKeyError::Exposed(file.clone()));
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    let sound = fs::read(&file).unwrap();
    let mut flipped = sound.clone();
    *flipped.last_mut().unwrap() ^= 1;
    for damage in [&sound[..sound.len() - 1], &sound[..60], b"text", b"", &flipped, &[&sound[..], b"x"].concat()] {
        fs::write(&file, damage).unwrap();
        assert_eq!(refused("one horse"), OfficeKeyError::Damaged(file.clone()), "{} bytes", damage.len());
    }
    fs::remove_file(&file).unwrap();
    assert_eq!(refused("one horse"), OfficeKeyError::Missing(file.clone()));
    // A pipe is not waited for.
    rustix::fs::mknodat(rustix::fs::CWD, &file, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    assert_eq!(refused("one horse"), OfficeKeyError::Damaged(file.clone()));
    for name in ["", " ", "a\nb", &"x".repeat(101)] {
        assert_eq!(FileKey::generate(name).map(drop).unwrap_err(), OfficeKeyError::BadName);
    }
}
