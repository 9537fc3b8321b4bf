//! Any order of acts, openings and old files, held against a model that is a few lines of maps.
//!
//! Not here: faults within an act (`keyring_faults.rs`), single promises (`keyring.rs`).
//! After every step all of the keyring is compared, and what was erased is looked for in every file.
#![allow(clippy::unwrap_used, clippy::panic)]

mod keyring_support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use keyring_support::{OFFICE, Witness, edit, files_with, object_key, places, quick_folder};
use proptest::prelude::*;
use vault::keyring::{Erasure, Head, Keyring, KeyringError, State, Wrapped};

#[derive(Clone, Debug)]
enum Step {
    Add(u8),
    Keep(u8, u8),
    Forget(u8),
    Hold(u8, u8),
    Release(u8, u8),
    Erase(u8, u8),
    Certify(u8, u8),
    Advance(u8, u8),
    Rotate,
    Reopen,
    /// Puts a copy's file aside, in place of what was there.
    SetAside(u8),
    /// Puts that file back where it was.
    PutBack,
    /// Edits a row, or takes one away, in one copy, as a program does that has no office key.
    Edit(u8, u8),
}

/// Edits that are of every row that is there.
const EDITS: [&str; 8] = [
    "UPDATE entry SET state = 'erased', wrapped = NULL, erased_at_us = 5, subject = zeroblob(32), certificate = NULL",
    "UPDATE entry SET state = 'kept', digest = zeroblob(32), sealed_len_bytes = 9 WHERE state = 'pending'",
    "DELETE FROM entry",
    "DELETE FROM hold",
    "UPDATE hold SET standing = 1 - standing",
    "UPDATE hold SET generation = generation + 100",
    "UPDATE keyring SET head_number = 0, head_hash = zeroblob(32)",
    "UPDATE keyring SET generation = generation + 10, mark = randomblob(16)",
];

fn step() -> impl Strategy<Value = Step> {
    let thing = 0_u8..5;
    prop_oneof![
        4 => thing.clone().prop_map(Step::Add),
        4 => (thing.clone(), 0..8_u8).prop_map(|(thing, digest)| Step::Keep(thing, digest / 7)),
        1 => thing.clone().prop_map(Step::Forget),
        2 => (thing.clone(), 0..2_u8).prop_map(|(thing, hold)| Step::Hold(thing, hold)),
        2 => (thing.clone(), 0..2_u8).prop_map(|(thing, hold)| Step::Release(thing, hold)),
        4 => (thing.clone(), 0..8_u8).prop_map(|(thing, subject)| Step::Erase(thing, subject / 7)),
        1 => (thing, 0..2_u8).prop_map(|(thing, digest)| Step::Certify(thing, digest)),
        1 => (0..4_u8, 0..2_u8).prop_map(|(number, hash)| Step::Advance(number, hash)),
        1 => Just(Step::Rotate),
        1 => Just(Step::Reopen),
        1 => (0..2_u8).prop_map(Step::SetAside),
        1 => Just(Step::PutBack),
        2 => (0..2_u8, 0..EDITS.len()).prop_map(|(copy, edit)| Step::Edit(copy, u8::try_from(edit).unwrap())),
    ]
}

/// A thing of the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Modelled {
    Pending,
    Kept(u8),
    Erased(u8, Option<u8>, Option<u8>),
}

#[derive(Default)]
struct Model {
    things: BTreeMap<u8, Modelled>,
    holds: BTreeSet<(u8, u8)>,
    head: Option<(u8, u8)>,
}

const AT_US: i64 = 5;

fn gone(thing: u8, certificate: Option<u8>) -> KeyringError {
    KeyringError::Erased { id: [thing; 16], at_us: AT_US, certificate: certificate.map(|digest| [digest; 32]) }
}

impl Model {
    fn standing(&self, thing: u8) -> usize {
        self.holds.iter().filter(|hold| hold.0 == thing).count()
    }

    /// What must come of a step.
    fn take(&mut self, step: &Step) -> Result<(), KeyringError> {
        let now = |thing: &u8| self.things.get(thing).copied();
        match step {
            Step::Add(thing) if now(thing).is_some() => return Err(KeyringError::Known([*thing; 16])),
            Step::Add(thing) => drop(self.things.insert(*thing, Modelled::Pending)),
            Step::Keep(thing, digest) => match now(thing) {
                None => return Err(KeyringError::Unknown([*thing; 16])),
                Some(Modelled::Pending) => drop(self.things.insert(*thing, Modelled::Kept(*digest))),
                Some(Modelled::Kept(kept)) if kept == *digest => {}
                Some(Modelled::Kept(_)) => return Err(KeyringError::Kept([*thing; 16])),
                Some(Modelled::Erased(_, _, certificate)) => return Err(gone(*thing, certificate)),
            },
            Step::Forget(thing) => match now(thing) {
                None => {}
                Some(Modelled::Kept(_)) => return Err(KeyringError::Kept([*thing; 16])),
                Some(Modelled::Erased(_, _, certificate)) => return Err(gone(*thing, certificate)),
                Some(Modelled::Pending) => self.unless_held(*thing, |model| {
                    model.things.remove(thing);
                })?,
            },
            Step::Hold(thing, hold) => drop(self.holds.insert((*thing, *hold))),
            Step::Release(thing, hold) => drop(self.holds.remove(&(*thing, *hold))),
            Step::Erase(thing, subject) => match now(thing) {
                None => return Err(KeyringError::Unknown([*thing; 16])),
                Some(Modelled::Erased(before, ..)) if before == *subject => {}
                Some(Modelled::Erased(..)) => return Err(KeyringError::OtherErasure([*thing; 16])),
                Some(Modelled::Pending) => self.erase(*thing, *subject, None)?,
                Some(Modelled::Kept(digest)) => self.erase(*thing, *subject, Some(digest))?,
            },
            Step::Certify(thing, digest) => match now(thing) {
                None => return Err(KeyringError::Unknown([*thing; 16])),
                Some(Modelled::Erased(subject, object, None)) => {
                    self.things.insert(*thing, Modelled::Erased(subject, object, Some(*digest)));
                }
                Some(Modelled::Erased(_, _, Some(before))) if before == *digest => {}
                Some(Modelled::Erased(..)) => return Err(KeyringError::OtherErasure([*thing; 16])),
                Some(_) => return Err(KeyringError::NotErased([*thing; 16])),
            },
            Step::Advance(number, hash) => match self.head {
                Some((newest, _)) if newest > *number => {
                    return Err(KeyringError::HeadBehind { newest: newest.into(), given: (*number).into() });
                }
                Some((newest, before)) if newest == *number && before != *hash => {
                    return Err(KeyringError::HeadForked(newest.into()));
                }
                _ => self.head = Some((*number, *hash)),
            },
            Step::Rotate | Step::Reopen | Step::SetAside(_) | Step::PutBack | Step::Edit(..) => {}
        }
        Ok(())
    }

    fn unless_held(&mut self, thing: u8, then: impl FnOnce(&mut Model)) -> Result<(), KeyringError> {
        match self.standing(thing) {
            0 => then(self),
            holds => return Err(KeyringError::Held { id: [thing; 16], holds }),
        }
        Ok(())
    }

    fn erase(&mut self, thing: u8, subject: u8, object: Option<u8>) -> Result<(), KeyringError> {
        self.unless_held(thing, |model| {
            model.things.insert(thing, Modelled::Erased(subject, object, None));
        })
    }
}

/// A keyring in use, with what is to be looked for in its files.
struct Used {
    folder: tempfile::TempDir,
    places: Vec<PathBuf>,
    keyring: Option<Keyring>,
    key: Arc<Witness>,
    /// Wrappings that are in use, by thing.
    live: BTreeMap<u8, Wrapped>,
    aside: Option<PathBuf>,
}

impl Used {
    async fn new() -> Used {
        let folder = quick_folder();
        let inside = folder.path().join("keyring");
        std::fs::create_dir(&inside).unwrap();
        let (places, key) = (places(&inside, 2), Witness::new());
        let keyring = Some(Keyring::create(&places, OFFICE, key.clone()).await.unwrap());
        Used { folder, places, keyring, key, live: BTreeMap::new(), aside: None }
    }

    fn keyring(&self) -> &Keyring {
        self.keyring.as_ref().unwrap()
    }

    fn inside(&self) -> &Path {
        self.places[0].parent().unwrap()
    }

    async fn reopen(&mut self, meanwhile: impl FnOnce(&mut Used)) {
        self.keyring.take().unwrap().close().await;
        meanwhile(self);
        self.keyring = Some(match Keyring::open(&self.places, OFFICE, self.key.clone()).await {
            // Of before a rotation: nothing in it can be believed.
            Err(KeyringError::Superseded(place)) => self.made_anew(&place).await,
            opened => opened.unwrap(),
        });
    }

    /// The keyring, with another copy in the place of this one.
    async fn made_anew(&self, place: &Path) -> Keyring {
        std::fs::remove_file(place).unwrap();
        let other = self.places.iter().find(|other| *other != place).unwrap();
        Keyring::make_copy(other, place, OFFICE, self.key.clone()).await.unwrap()
    }

    /// One copy is edited: refused if anything in it is another now, and the other copy is all that there was.
    async fn edit(&mut self, copy: usize, sql: &str) {
        self.keyring.take().unwrap().close().await;
        let rows = async |place: &Path| {
            let options = sqlx::sqlite::SqliteConnectOptions::new().filename(place);
            let mut connection = sqlx::ConnectOptions::connect(&options).await.unwrap();
            let all = "SELECT group_concat(quote(one) || quote(head_number) || quote(head_hash) || quote(generation)) FROM keyring \
                       UNION ALL SELECT group_concat(quote(thing) || quote(state) || quote(wrapped) || quote(digest) || quote(subject)) FROM entry \
                       UNION ALL SELECT group_concat(quote(thing) || quote(hold) || standing || generation) FROM hold";
            let rows: Vec<Option<String>> = sqlx::query_scalar(all).fetch_all(&mut connection).await.unwrap();
            sqlx::Connection::close(connection).await.unwrap();
            rows
        };
        let place = self.places[copy].clone();
        let (before, other) = (rows(&place).await, std::fs::read(&self.places[1 - copy]).unwrap());
        edit(&place, sql).await;
        let is_changed = rows(&place).await != before;
        let opened = Keyring::open(&self.places, OFFICE, self.key.clone()).await;
        assert_eq!(opened.is_err(), is_changed, "{sql}");
        self.keyring = Some(match opened {
            Ok(keyring) => keyring,
            Err(KeyringError::Changed { place: named, .. }) => {
                assert_eq!(named, place, "{sql}");
                assert!(std::fs::read(&self.places[1 - copy]).unwrap() == other, "{sql}: the other copy was written");
                self.made_anew(&place).await
            }
            Err(error) => panic!("{sql}: {error}"),
        });
    }

    async fn take(&mut self, step: &Step) -> Result<(), KeyringError> {
        match step {
            Step::Add(thing) => {
                self.keyring().add(&[*thing; 16], "letter", &object_key(*thing)).await?;
                self.live.insert(*thing, self.key.last());
            }
            Step::Keep(thing, digest) => self.keyring().keep(&[*thing; 16], &[*digest; 32], 9).await?,
            Step::Forget(thing) => self.keyring().forget_pending(&[*thing; 16]).await?,
            Step::Hold(thing, hold) => self.keyring().hold(&[*thing; 16], &[*hold; 16]).await?,
            Step::Release(thing, hold) => self.keyring().release(&[*thing; 16], &[*hold; 16]).await?,
            Step::Erase(thing, subject) => {
                let erasure = Erasure { at_us: AT_US, subject: [*subject; 32] };
                self.keyring().erase(&[*thing; 16], erasure).await?;
                if let Some(wrapped) = self.live.remove(thing) {
                    assert_eq!(files_with(self.inside(), &wrapped), [] as [&Path; 0]);
                }
            }
            Step::Certify(thing, digest) => self.keyring().note_certificate(&[*thing; 16], &[*digest; 32]).await?,
            Step::Advance(number, hash) => {
                self.keyring().advance(Head { number: (*number).into(), hash: [*hash; 32] }).await?;
            }
            Step::Rotate => {
                let new = Witness::new();
                self.keyring.as_mut().unwrap().rotate(new.clone()).await?;
                for wrapped in std::mem::take(&mut self.live).values() {
                    assert_eq!(files_with(self.inside(), wrapped), [] as [&Path; 0]);
                }
                self.key = new;
            }
            Step::Reopen => self.reopen(|_| ()).await,
            Step::SetAside(number) => self.reopen(|used| used.set_aside((*number).into())).await,
            Step::PutBack => self.reopen(Used::put_back).await,
            Step::Edit(copy, edit) => self.edit((*copy).into(), EDITS[usize::from(*edit)]).await,
        }
        Ok(())
    }

    fn set_aside(&mut self, number: usize) {
        std::fs::copy(&self.places[number], self.folder.path().join("aside")).unwrap();
        self.aside = Some(self.places[number].clone());
    }

    fn put_back(&mut self) {
        if let Some(place) = &self.aside {
            std::fs::copy(self.folder.path().join("aside"), place).unwrap();
        }
    }

    async fn check(&self, model: &Model) {
        let mut seen = BTreeMap::new();
        for entry in self.keyring().entries().await.unwrap() {
            let state = match entry.state {
                State::Pending => Modelled::Pending,
                State::Kept { digest, .. } => Modelled::Kept(digest[0]),
                State::Erased { erasure, object, certificate } => Modelled::Erased(
                    erasure.subject[0],
                    object.map(|(digest, _)| digest[0]),
                    certificate.map(|digest| digest[0]),
                ),
            };
            seen.insert(entry.id[0], state);
        }
        assert_eq!(seen, model.things);
        for thing in 0..5 {
            let got = self.keyring().key(&[thing; 16]).await.map(|key| *key.bytes());
            let right = match model.things.get(&thing) {
                None => Err(KeyringError::Unknown([thing; 16])),
                Some(Modelled::Pending) => Err(KeyringError::Pending([thing; 16])),
                Some(Modelled::Kept(_)) => Ok(*object_key(thing).bytes()),
                Some(Modelled::Erased(_, _, certificate)) => Err(gone(thing, *certificate)),
            };
            assert_eq!(got, right);
            assert_eq!(self.keyring().holds(&[thing; 16]).await.unwrap().len(), model.standing(thing));
        }
        let head = model.head.map(|(number, hash)| Head { number: number.into(), hash: [hash; 32] });
        assert_eq!(self.keyring().head().await.unwrap(), head);
    }
}

/// As many cases as elsewhere, or as `PROPTEST_CASES` says.
fn cases(cases: u32) -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").map_or(cases, |asked| asked.parse().unwrap());
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn any_order_of_acts_ends_as_in_the_model(steps in prop::collection::vec(step(), 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (mut used, mut model) = (Used::new().await, Model::default());
            for step in &steps {
                let generation = used.keyring().generation().await.unwrap();
                assert_eq!(used.take(step).await, model.take(step), "{step:?}");
                assert!(used.keyring().generation().await.unwrap() >= generation);
                used.check(&model).await;
            }
            used.keyring.take().unwrap().close().await;
        });
    }
}
