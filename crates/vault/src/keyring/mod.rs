//! The keyring: the key of each thing, wrapped by the office key, in one or two files apart from everything else.
//!
//! Not here: why something is held or destroyed (casework), ciphertext (`cipher.rs`). Because it is never restored with the rest it
//! also carries the standing holds, what is known of discs and tapes, and the newest event that the event store has shown
//! (`spec/vault.md`, "Keyring").
//! Invariants: a kept key is never lost; a key whose erasure was reported is in no file of the keyring and never comes back; the key of
//! a held thing is not erased; a change is durable in every copy before it is reported; keys are asked for each time, never remembered.

mod acts;
mod change;
mod eras;
mod error;
mod file_key;
mod merge;
mod office_key;
mod overview;
pub mod passphrase;
mod place;
mod purge;
mod rows;
mod shown;
mod table;
mod tag;
mod token_key;
mod token_module;
mod upkeep;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use zeroize::Zeroizing;

use crate::cipher::ObjectKey;
use acts::Act;
use change::Change;
use eras::EventKeys;
pub use error::{KeyringError, OfficeKeyError};
pub use file_key::FileKey;
pub use office_key::{OfficeKey, WRAPPED_LEN_BYTES, Wrapped};
use office_key::{aad, canary_aad, chance, event_key_aad, is_name, row_key_aad, row_key_before_aad};
pub use overview::Overview;
use place::Place;
pub use rows::{Entry, Erasure, Head, State};
use rows::{Meta, Row};
use table::Table;
use tag::RowKey;
pub use token_key::{Token, TokenKey};

/// A thing: 16 bytes of chance.
pub type ThingId = [u8; 16];
/// A hold on a thing.
pub type HoldId = [u8; 16];

/// How long whoever wants one of an office's databases, the keyring or the events, waits for another process that has it. Erasing in a
/// large keyring writes its files anew, and takes longer than any other change.
pub const BUSY_TIMEOUT: Duration = Duration::from_secs(30);

/// In how many files a keyring may lie.
const COPIES_MAX: usize = 2;

/// An open keyring.
pub struct Keyring {
    places: Vec<Place>,
    /// Chance, drawn once: tells this keyring from all others.
    identity: [u8; 16],
    office: String,
    office_key: Arc<dyn OfficeKey>,
    key_version: u32,
    /// What tells events that a holder of the office key wrote.
    event_keys: EventKeys,
}

impl Keyring {
    /// Makes a keyring in one or two new files. Nothing is written over.
    ///
    /// # Errors
    /// [`KeyringError::Exists`], [`KeyringError::Places`], and those of the disk and of the key.
    pub async fn create(
        places: &[PathBuf],
        office: &str,
        office_key: Arc<dyn OfficeKey>,
    ) -> Result<Keyring, KeyringError> {
        let places = in_order(places)?;
        is_of_office(office, &*office_key)?;
        let (meta, row_key) = first_meta(office, places.len(), &*office_key).await?;
        let mut drafts = Vec::with_capacity(places.len());
        for path in &places {
            let draft = Place::make(path).await?;
            let mut table = Table::new(&draft, Arc::clone(&row_key), meta.clone()).await?;
            table.seal().await?;
            table.commit().await.map_err(|(place, error)| place.failed(&error))?;
            drafts.push(draft);
        }
        for (draft, path) in drafts.into_iter().zip(&places) {
            draft.put_in_place(path).await?;
        }
        Keyring::open(&places, office, office_key).await
    }

    /// Opens a keyring with its office key, and makes its copies equal if they are not.
    ///
    /// # Errors
    /// One for each way in which the files are not this office's keyring, or the key is not its key.
    pub async fn open(
        places: &[PathBuf],
        office: &str,
        office_key: Arc<dyn OfficeKey>,
    ) -> Result<Keyring, KeyringError> {
        Keyring::open_with(places, office, office_key, true).await
    }

    async fn open_with(
        places: &[PathBuf],
        office: &str,
        office_key: Arc<dyn OfficeKey>,
        needs_all: bool,
    ) -> Result<Keyring, KeyringError> {
        let paths = in_order(places)?;
        is_of_office(office, &*office_key)?;
        let mut places = Vec::with_capacity(paths.len());
        for path in &paths {
            let place = Place::open(path).await.map_err(|error| match error {
                KeyringError::Missing(gone) if paths.iter().any(|other| other.exists()) => KeyringError::Lost(gone),
                other => other,
            })?;
            place.check_whole().await?;
            places.push(place);
        }
        let metas = metas_of(&places, office).await?;
        let (key_version, row_keys) = opens(&places, &metas, &*office_key).await?;
        let mut alls = Vec::with_capacity(places.len());
        for place in &places {
            place.set_row_keys(&row_keys);
            // Before any copy decides anything in another: all of it is as this program wrote it.
            let all = Table::read(place).await?.all().await?;
            alls.push(all.meta);
        }
        // A crash while a copy is made leaves the new number in one of them.
        let copies = alls.iter().map(|meta| meta.copies).max().expect("one or two");
        if needs_all && usize::from(copies) != places.len() {
            return Err(KeyringError::CopyCount { copies, named: places.len() });
        }
        let newest = alls.iter().max_by_key(|meta| meta.key_version).expect("one or two");
        let event_keys = EventKeys::open(newest, &*office_key).await.map_err(|error| match error {
            OfficeKeyError::DoesNotOpen => places[0].changed(Place::ITSELF),
            other => other.into(),
        })?;
        let identity = newest.keyring;
        let keyring = Keyring { places, identity, office: office.to_owned(), office_key, key_version, event_keys };
        // Copies that differ are made equal, and what an earlier process did not finish is finished.
        keyring.begin().await?;
        purge::purge(&keyring.places).await?;
        Ok(keyring)
    }

    /// Closes the files in order.
    pub async fn close(self) {
        for place in self.places {
            place.close().await;
        }
    }

    /// Announces a thing: its key is stored before its object is.
    ///
    /// # Errors
    /// [`KeyringError::Known`], and those of the disk and of the key.
    pub async fn add(&self, id: &ThingId, kind: &str, key: &ObjectKey) -> Result<(), KeyringError> {
        if kind.is_empty() || kind.len() > 40 || !kind.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-') {
            return Err(KeyringError::BadValue("a kind is a word of a-z and -"));
        }
        let wrapped = self.office_key.wrap(key, &aad(&self.office, id, self.key_version)).await?;
        self.change(&Act::Add { id, kind, wrapped: &wrapped }).await
    }

    /// Says that the object of a pending thing is stored. Every copy's key is opened first.
    ///
    /// # Errors
    /// [`KeyringError::Unknown`], [`KeyringError::Kept`] with another object, [`KeyringError::Erased`].
    pub async fn keep(&self, id: &ThingId, digest: &[u8; 32], sealed_len_bytes: u64) -> Result<(), KeyringError> {
        if i64::try_from(sealed_len_bytes).is_err() {
            return Err(KeyringError::BadValue("no object is that long"));
        }
        for place in &self.places {
            self.key_in(place, id).await?;
        }
        self.change(&Act::Keep { id, digest, sealed_len_bytes }).await
    }

    /// Takes back the announcement of a thing whose object was not stored. One that is not known is no error.
    ///
    /// # Errors
    /// [`KeyringError::Kept`], [`KeyringError::Held`], [`KeyringError::Erased`].
    pub async fn forget_pending(&self, id: &ThingId) -> Result<(), KeyringError> {
        self.change(&Act::Forget { id }).await
    }

    /// The key of a kept thing. Asked of the files each time: what another process erased is not given.
    ///
    /// # Errors
    /// [`KeyringError::Unknown`], [`KeyringError::Pending`], [`KeyringError::Erased`].
    pub async fn key(&self, id: &ThingId) -> Result<ObjectKey, KeyringError> {
        // An erasure in any copy counts.
        for place in &self.places {
            if let Some(State::Pending) = self.entry_in(place, id).await?.map(|entry| entry.state) {
                return Err(KeyringError::Pending(*id));
            }
        }
        let mut key = Err(KeyringError::Unknown(*id));
        for place in &self.places {
            key = Ok(self.key_in(place, id).await?);
        }
        key
    }

    /// What is known of a thing.
    ///
    /// # Errors
    /// [`KeyringError::Unknown`].
    pub async fn entry(&self, id: &ThingId) -> Result<Entry, KeyringError> {
        let first = &self.places[0];
        self.entry_in(first, id).await?.ok_or(KeyringError::Unknown(*id))
    }

    /// Every thing, by id.
    ///
    /// # Errors
    /// Those of the disk.
    pub async fn entries(&self) -> Result<Vec<Entry>, KeyringError> {
        let rows = Table::read(&self.places[0]).await?.rows().await?;
        Ok(rows.into_iter().map(|row| row.entry).collect())
    }

    /// Carries what is known of a disc or tape, which no restore brings back: ciphertext under the thing's own key, so that it goes
    /// with it. What was carried before is replaced.
    ///
    /// # Errors
    /// [`KeyringError::Unknown`], [`KeyringError::Erased`].
    pub async fn carry_item(&self, id: &ThingId, sealed: &[u8]) -> Result<(), KeyringError> {
        self.change(&Act::Item { id, sealed }).await
    }

    /// Sets a hold on a thing, known here or not (a disc has holds too). One that stands already is no error.
    ///
    /// # Errors
    /// Those of the disk.
    pub async fn hold(&self, id: &ThingId, hold: &HoldId) -> Result<(), KeyringError> {
        self.change(&Act::Hold { id, hold }).await
    }

    /// Releases a hold. One that does not stand is no error.
    ///
    /// # Errors
    /// Those of the disk.
    pub async fn release(&self, id: &ThingId, hold: &HoldId) -> Result<(), KeyringError> {
        self.change(&Act::Release { id, hold }).await
    }

    /// The holds that stand on a thing.
    ///
    /// # Errors
    /// Those of the disk.
    pub async fn holds(&self, id: &ThingId) -> Result<Vec<HoldId>, KeyringError> {
        let holds = Table::read(&self.places[0]).await?.holds(Some(id)).await?;
        Ok(holds.into_iter().filter(|hold| hold.is_standing).map(|hold| hold.hold).collect())
    }

    /// Destroys the key of a thing. When this returns, the key is in no file of the keyring; done again by the same act it only
    /// sees to that once more.
    ///
    /// # Errors
    /// [`KeyringError::Held`], [`KeyringError::Unknown`], [`KeyringError::OtherErasure`]; [`KeyringError::NotCleared`] when the key is
    /// out of the tables, and the files could not be cleared of it yet.
    pub async fn erase(&self, id: &ThingId, erasure: Erasure) -> Result<(), KeyringError> {
        self.change(&Act::Erase { id, erasure: &erasure }).await?;
        purge::purge(&self.places).await
    }

    /// [`Keyring::erase`] for many things at the cost of about one: the files are compacted and searched once. One answer for each.
    pub async fn erase_all(&self, acts: &[(ThingId, Erasure)]) -> Vec<Result<(), KeyringError>> {
        let acts: Vec<Act<'_>> = acts.iter().map(|(id, erasure)| Act::Erase { id, erasure }).collect();
        let done = async {
            let answers = self.change_all(&acts).await?;
            let cleared = purge::purge(&self.places).await;
            Ok(answers.into_iter().map(|answer| answer.and(cleared.clone())).collect())
        };
        done.await.unwrap_or_else(|error: KeyringError| vec![Err(error); acts.len()])
    }

    /// Notes the digest of the certificate of an erased thing, once.
    ///
    /// # Errors
    /// [`KeyringError::NotErased`], [`KeyringError::OtherErasure`], [`KeyringError::Unknown`].
    pub async fn note_certificate(&self, id: &ThingId, digest: &[u8; 32]) -> Result<(), KeyringError> {
        self.change(&Act::Certify { id, digest }).await
    }

    /// The newest event that the event store has shown.
    ///
    /// # Errors
    /// Those of the disk.
    pub async fn head(&self) -> Result<Option<Head>, KeyringError> {
        Ok(self.meta().await?.head)
    }

    /// Moves the head on. It never goes back.
    ///
    /// # Errors
    /// [`KeyringError::HeadBehind`], [`KeyringError::HeadForked`].
    pub async fn advance(&self, head: Head) -> Result<(), KeyringError> {
        if i64::try_from(head.number).is_err() {
            return Err(KeyringError::BadValue("no event has that number"));
        }
        self.change(&Act::Advance { head }).await
    }

    /// How many changes the keyring has seen: an old copy restored alone shows by it.
    ///
    /// # Errors
    /// Those of the disk.
    pub async fn generation(&self) -> Result<u64, KeyringError> {
        Ok(self.meta().await?.generation)
    }

    async fn meta(&self) -> Result<Meta, KeyringError> {
        Ok(Table::read(&self.places[0]).await?.meta)
    }

    async fn entry_in(&self, place: &Place, id: &ThingId) -> Result<Option<Entry>, KeyringError> {
        Ok(Table::read(place).await?.row(id).await?.map(|row| row.entry))
    }

    /// The key as one copy has it, pending or kept.
    async fn key_in(&self, place: &Place, id: &ThingId) -> Result<ObjectKey, KeyringError> {
        let (meta, row): (Meta, Option<Row>) = {
            let mut table = Table::read(place).await?;
            let row = table.row(id).await?;
            (table.meta, row)
        };
        let Some(row) = row else { return Err(KeyringError::Unknown(*id)) };
        if let State::Erased { erasure, certificate, .. } = row.entry.state {
            return Err(acts::erased(id, erasure, certificate));
        }
        self.check_version(&meta)?;
        let wrapped = row.wrapped.ok_or_else(|| place.damaged("an entry without its key"))?;
        self.opened(place, id, &wrapped).await
    }

    /// A wrapped key of a copy that is under this office key.
    async fn opened(&self, place: &Place, id: &ThingId, wrapped: &Wrapped) -> Result<ObjectKey, KeyringError> {
        let opened = self.office_key.unwrap(wrapped, &aad(&self.office, id, self.key_version)).await;
        opened.map_err(|error| match error {
            // The office key is the right one, as the canary told at opening.
            OfficeKeyError::DoesNotOpen => place.damaged("a wrapped key"),
            other => other.into(),
        })
    }

    fn check_version(&self, meta: &Meta) -> Result<(), KeyringError> {
        if meta.key_version == self.key_version {
            return Ok(());
        }
        Err(KeyringError::Rotated { needs: meta.key_name.clone() })
    }

    /// One act, in every copy.
    async fn change(&self, act: &Act<'_>) -> Result<(), KeyringError> {
        self.change_all(&[*act]).await?.pop().expect("one act has one answer")
    }

    /// These acts in every copy, one after the other and durable at once; an answer for each, unless nothing was done at all.
    async fn change_all(&self, acts: &[Act<'_>]) -> Result<Vec<Result<(), KeyringError>>, KeyringError> {
        let (mut change, generation) = self.begin().await?;
        let (mut answers, mut is_written) = (Vec::with_capacity(acts.len()), false);
        for act in acts {
            let is_needed = change.decide(act).await;
            if let Ok(true) = is_needed {
                change.write(act, generation).await?;
                is_written = true;
            }
            answers.push(is_needed.map(drop));
        }
        if is_written {
            change.commit(generation).await?;
        } else if acts.iter().zip(&answers).any(|(act, answer)| answer.is_ok() && !matches!(act, Act::Advance { .. })) {
            // What was done already is acknowledged too. (The newest event stands in the row that every change begins with.)
            change.is_whole().await?;
        }
        Ok(answers)
    }

    /// Locks every copy, equal to each other, and the generation that the change will have.
    async fn begin(&self) -> Result<(Change<'_>, u64), KeyringError> {
        let row_key = self.places[0].row_key(self.key_version).expect("set at opening");
        // Once to make the copies equal, once after a rotation, and once more; another process cannot make them differ for long.
        for _ in 0..4 {
            let mut change = Change::begin(&self.places).await?;
            let metas: Vec<Meta> = change.tables().iter().map(|table| table.meta.clone()).collect();
            let newest = metas.iter().max_by_key(|meta| meta.key_version).expect("one or two");
            self.check_version(newest)?;
            let is_equal = metas.iter().all(|meta| meta.mark == newest.mark);
            let generation = newest.generation + 1;
            if !is_equal {
                let generation = merge::level(&mut change, &row_key).await?;
                change.commit(generation).await?;
                purge::purge(&self.places).await?;
            } else if newest.row_key_before.is_some() && usize::from(newest.copies) == self.places.len() {
                // No copy needs it any more, and whoever has the old office key has it.
                change.tables().iter_mut().for_each(|table| table.meta.row_key_before = None);
                change.commit(generation).await?;
            } else {
                return Ok((change, generation));
            }
        }
        Err(KeyringError::Diverged("they do not become equal".to_owned()))
    }
}

/// One or two places, in an order that is the same for every process.
fn in_order(places: &[PathBuf]) -> Result<Vec<PathBuf>, KeyringError> {
    // SQLite keeps its journal beside the file itself, and not beside a link to it: there it is looked at, and cleared.
    let absolute = |path: &PathBuf| {
        if let Ok(real) = std::fs::canonicalize(path) {
            return Some(real);
        }
        let folder = std::fs::canonicalize(place::folder_of(path)).ok()?;
        Some(folder.join(path.file_name()?))
    };
    let mut paths: Vec<PathBuf> = places.iter().map(|path| absolute(path).unwrap_or_else(|| path.clone())).collect();
    paths.sort();
    paths.dedup();
    let is_one_file = |one: &Path, other: &Path| place::is_same_file(one, other);
    let twice = paths.windows(2).any(|pair| is_one_file(&pair[0], &pair[1]));
    if twice || paths.len() != places.len() || !(1..=COPIES_MAX).contains(&paths.len()) {
        return Err(KeyringError::Places);
    }
    Ok(paths)
}

fn is_of_office(office: &str, key: &dyn OfficeKey) -> Result<(), KeyringError> {
    if !is_name(office) {
        return Err(OfficeKeyError::BadName.into());
    }
    match key.office() {
        Some(of) if of != office => {
            Err(OfficeKeyError::OtherOffice { of: of.to_owned(), expected: office.to_owned() }.into())
        }
        _ => Ok(()),
    }
}

/// What a new keyring says of itself, and what makes its rows' tags.
async fn first_meta(office: &str, copies: usize, key: &dyn OfficeKey) -> Result<(Meta, Arc<RowKey>), KeyringError> {
    let keyring = chance()?;
    let canary = new_canary(office, &keyring, 1, key).await?;
    let (row_key, wrapped) = new_row_key(office, &keyring, 1, key).await?;
    let event_key = new_event_key(office, &keyring, 1, key).await?;
    let meta = Meta {
        keyring,
        office: office.to_owned(),
        copies: u8::try_from(copies).expect("one or two"),
        generation: 1,
        mark: chance()?,
        key_version: 1,
        key_name: key.name(),
        canary,
        row_key: wrapped,
        row_key_before: None,
        event_key,
        eras: Vec::new(),
        head: None,
    };
    Ok((meta, Arc::new(RowKey::new(&row_key, 1))))
}

/// A fresh key for the tags of rows, and how the office key keeps it.
async fn new_row_key(
    office: &str,
    keyring: &[u8; 16],
    key_version: u32,
    key: &dyn OfficeKey,
) -> Result<(ObjectKey, Wrapped), KeyringError> {
    let bytes = Zeroizing::new(chance()?);
    let row_key = ObjectKey::new(*bytes);
    let wrapped = key.wrap(&row_key, &row_key_aad(office, keyring, key_version)).await?;
    Ok((row_key, wrapped))
}

/// A fresh key for the tags of events, as the office key keeps it.
async fn new_event_key(
    office: &str,
    keyring: &[u8; 16],
    key_version: u32,
    key: &dyn OfficeKey,
) -> Result<Wrapped, KeyringError> {
    let bytes = Zeroizing::new(chance()?);
    Ok(key.wrap(&ObjectKey::new(*bytes), &event_key_aad(office, keyring, key_version)).await?)
}

async fn new_canary(
    office: &str,
    keyring: &[u8; 16],
    key_version: u32,
    key: &dyn OfficeKey,
) -> Result<Wrapped, KeyringError> {
    let bytes = Zeroizing::new(chance()?);
    Ok(key.wrap(&ObjectKey::new(*bytes), &canary_aad(office, keyring, key_version)).await?)
}

/// What each file says of itself, not authenticated yet: one keyring, this office's, all of its copies.
async fn metas_of(places: &[Place], office: &str) -> Result<Vec<Meta>, KeyringError> {
    let mut metas: Vec<Meta> = Vec::with_capacity(places.len());
    for place in places {
        let meta = table::unchecked_meta(place).await?;
        if meta.office != office {
            let place = place.path().to_owned();
            return Err(KeyringError::OtherOffice { place, office: meta.office, expected: office.to_owned() });
        }
        if metas.first().is_some_and(|first| first.keyring != meta.keyring) {
            return Err(KeyringError::NotCopies(places[0].path().to_owned(), place.path().to_owned()));
        }
        metas.push(meta);
    }
    Ok(metas)
}

/// Tries the key on the newest copy, and says which version of the office key it is, and what makes the tags of each copy.
async fn opens(places: &[Place], metas: &[Meta], key: &dyn OfficeKey) -> Result<(u32, Vec<Arc<RowKey>>), KeyringError> {
    let newest = (0..metas.len()).rev().max_by_key(|number| metas[*number].key_version).expect("one or two");
    let (place, meta) = (&places[newest], &metas[newest]);
    let (office, version) = (&meta.office, meta.key_version);
    let of_rows = |error: OfficeKeyError| match error {
        OfficeKeyError::DoesNotOpen => place.changed(Place::ITSELF),
        other => other.into(),
    };
    match key.unwrap(&meta.canary, &canary_aad(office, &meta.keyring, version)).await {
        Ok(_) => {}
        // It asks for this very key, and what the key is to open is another's.
        Err(OfficeKeyError::DoesNotOpen) if meta.key_name == key.name() => return Err(place.changed(Place::ITSELF)),
        Err(OfficeKeyError::DoesNotOpen) => {
            let (place, needs) = (place.path().to_owned(), meta.key_name.clone());
            return Err(KeyringError::WrongKey { place, needs, given: key.name() });
        }
        Err(other) => return Err(other.into()),
    }
    let row_key = key.unwrap(&meta.row_key, &row_key_aad(office, &meta.keyring, version)).await.map_err(of_rows)?;
    let mut row_keys = vec![Arc::new(RowKey::new(&row_key, version))];
    if let Some(before) = &meta.row_key_before {
        let before = key.unwrap(before, &row_key_before_aad(office, &meta.keyring, version)).await.map_err(of_rows)?;
        row_keys.push(Arc::new(RowKey::new(&before, version.saturating_sub(1))));
    }
    for (place, other) in places.iter().zip(metas) {
        let is_known = row_keys.iter().any(|key| key.key_version() == other.key_version);
        match is_known {
            true => {}
            false if other.key_name == meta.key_name => return Err(place.changed(Place::ITSELF)),
            false => return Err(KeyringError::Superseded(place.path().to_owned())),
        }
    }
    Ok((version, row_keys))
}
