//! An office's stores, by what its file says: a folder, or a bucket of any S3 service.
//!
//! Not what they do (`vault::store`).
//! Invariants: a store is what it was when the office was made: a folder that is not there is an error, never a new empty one; a store is this
//! office's alone, or nothing is done with it; one that is empty and has no mark is not taken for the one that held what is kept.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use casework::Name;
use casework::custody::Phase;
use vault::keyring::{Keyring, State};
use vault::store::{Bucket, Digest, Folder, Later, Owner, Store, StoreError};
use vault::{OwnError, Vault, own as own_one};

use super::keyring_failed;
use super::record::{thing_of, things_of};
use crate::config::office::ObjectsConfig;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::s3;

/// What the stores are called in events and on certificates.
const NAMES: [&str; 2] = ["main", "second"];

/// Whether a folder is to be made.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    New,
    There,
}

/// Opens them, and says what they are called.
pub(crate) fn open(config: &ObjectsConfig, place: Place) -> Result<(Vault, Vec<Name>)> {
    let named = |at: &str, name: &str| match (store(at, place), place) {
        (Err(err), Place::There) if !at.starts_with("s3://") => Err(Error::of(err.what()).hint(format_args!(
            "mount its disk, or name another place; if it is lost for good: \"counterpartd vault store {name}\""
        ))),
        (opened, _) => opened,
    };
    let main = named(&config.at, NAMES[0])?;
    let second = config.second.as_deref().map(|at| named(at, NAMES[1])).transpose()?;
    Ok((Vault::new(main, second), names(config)))
}

/// The stores, to be opened when something is first asked of them: most of what an office does asks nothing of a store, and none that is away
/// keeps it from that. Neither is marked so; one without the mark of this office is not used.
pub(crate) fn later(config: &ObjectsConfig, keyring: &Keyring) -> (Vault, Vec<Name>) {
    let owner = keyring.owner();
    let later = |at: &String| -> Arc<dyn Store> {
        let at = at.clone();
        let open = move || store(&at, Place::There).map_err(|err| StoreError::Failed { what: err.what().to_owned() });
        Arc::new(Later::new(open, owner))
    };
    (Vault::new(later(&config.at), config.second.as_ref().map(later)), names(config))
}

/// What the stores of an office are called, in their order.
fn names(config: &ObjectsConfig) -> Vec<Name> {
    let count = 1 + usize::from(config.second.is_some());
    NAMES[..count].iter().filter_map(|name| name.parse().ok()).collect()
}

/// Why a store is not there, or is not this office's; `None` for each where all is well.
pub(crate) async fn troubles(config: &ObjectsConfig, keyring: &Keyring) -> Vec<(Name, Option<String>)> {
    let (vault, names) = later(config, keyring);
    let mut troubles = Vec::new();
    for (name, store) in names.into_iter().zip(vault.stores()) {
        troubles.push((name, store.owner().await.err().map(|err| err.to_string())));
    }
    troubles
}

/// Sees to it that each store is this office's, and marks one that has no mark yet; `claimed` as in [`Keys::claimed`](super::Keys).
pub(crate) async fn own(
    (vault, names): (&Vault, &[Name]),
    keyring: &Keyring,
    db: &Db,
    claimed: Option<u64>,
) -> Result<()> {
    let owner = keyring.owner();
    for (name, store) in names.iter().zip(vault.stores()) {
        if matches!(store.owner().await, Ok(Some(found)) if found == owner) {
            continue;
        }
        let known = Known::now(keyring, db, name).await?;
        if claimed.is_none() {
            is_not_emptied(name, &**store, &known.wanted).await?;
        }
        own_one(&**store, &owner, &known.all, claimed)
            .await
            .map_err(|err| Error::of(format_args!("{name}: {err}")).hint(hint(&err)))?;
    }
    Ok(())
}

/// What this office keeps was put into a store that it had marked. One without a mark, in which that is not, is another place: its disk is not
/// mounted, or it was made anew, and then somebody says so.
async fn is_not_emptied(name: &Name, store: &dyn Store, wanted: &BTreeSet<Digest>) -> Result<()> {
    let failed = |err: StoreError| Error::of(format_args!("{name}: {err}")).hint("see to the store, and try again");
    if store.owner().await.map_err(failed)?.is_some() {
        return Ok(());
    }
    let mut absent = 0_u64;
    for digest in wanted {
        absent += u64::from(store.len(digest).await.map_err(failed)?.is_none());
    }
    match absent {
        0 => Ok(()),
        absent => Err(Error::of(format_args!(
            "{name}: no mark says whose the store is, and {absent} of the objects that this office keeps in it are not there"
        ))
        .hint("mount its disk, or name the right place; if it is its new store: --claim-store 0, and then \"vault scrub\"")),
    }
}

/// That a store still shows this office's mark: right before something is removed, for what is not there looks as if it were gone.
pub(crate) async fn is_ours(name: &Name, store: &dyn Store, keyring: &Keyring) -> Result<()> {
    let hint = "its key is erased; mount the right store, and \"vault finish\" goes on";
    match store.owner().await {
        Ok(Some(found)) if found == keyring.owner() => Ok(()),
        Ok(_) => Err(Error::of(format_args!("{name}: this is not the store, for it does not show this office's mark"))
            .hint(hint)),
        Err(err) => Err(Error::of(format_args!("{name}: {err}")).hint(hint)),
    }
}

/// Whether all stores show one mark. Who has no key cannot tell whose it is, and still carries nothing from one office's store into another's.
pub(crate) async fn are_one_offices(vault: &Vault) -> std::result::Result<bool, String> {
    if vault.stores().len() < 2 {
        return Ok(true);
    }
    let mut marks = BTreeSet::new();
    for (name, store) in NAMES.iter().zip(vault.stores()) {
        match store.owner().await {
            Ok(Some(mark)) => drop(marks.insert(mark.to_string())),
            Ok(None) => return Err(format!("{name}: no mark says whose the store is; \"vault scrub\" sees to it")),
            Err(err) => return Err(format!("{name}: {err}")),
        }
    }
    Ok(marks.len() == 1)
}

/// That the store of that number is there at all: on a disk that is not mounted every object is missing, and none is lost.
pub(crate) async fn is_there(config: &ObjectsConfig, number: usize) -> Result<()> {
    let places = [Some(&config.at), config.second.as_ref()];
    let Some((at, name)) = places.into_iter().flatten().zip(NAMES).nth(number) else { return Ok(()) };
    let listed = store(at, Place::There)?.list(None, 1).await;
    listed.map(|_| ()).map_err(|err| Error::of(format_args!("{name}: {err}")).hint("see to the store, and try again"))
}

/// A new office has nothing yet: what lies in a store is another's.
pub(crate) async fn unused(vault: &Vault, names: &[Name]) -> Result<()> {
    for (name, store) in names.iter().zip(vault.stores()) {
        let failed = |err: StoreError| Error::of(format_args!("{name}: {err}")).hint("check the store");
        if store.owner().await.map_err(failed)?.is_some() || !store.list(None, 1).await.map_err(failed)?.is_empty() {
            return Err(Error::of(format_args!("{name}: the store is another office's, or holds something already"))
                .hint("choose an empty place: one store belongs to one office"));
        }
    }
    Ok(())
}

/// That nothing of a restore goes into another office's store.
pub(crate) async fn not_anothers(at: &str, store: &dyn Store, owner: &Owner) -> Result<()> {
    let failed = |err: OwnError| Error::of(format_args!("{at}: {err}")).hint(hint(&err));
    match store.owner().await.map_err(|err| failed(err.into()))? {
        Some(found) if found != *owner => Err(failed(OwnError::Another)),
        _ => Ok(()),
    }
}

fn hint(error: &OwnError) -> String {
    match error {
        OwnError::Another => "name this office's own store in office.toml".to_owned(),
        OwnError::Unmarked { unknown } => {
            format!(
                "if nobody else's things lie in it: --claim-store {unknown}; what belongs to nothing can then be removed"
            )
        }
        OwnError::Store(StoreError::OddOwner) => {
            "if it is this office's, remove \"owner\" beside its objects".to_owned()
        }
        _ => "see to the store, and try again".to_owned(),
    }
}

/// The objects that keyring or events know.
#[derive(Default)]
struct Known {
    all: BTreeSet<Digest>,
    /// Those that should be in the store that is looked at.
    wanted: BTreeSet<Digest>,
}

impl Known {
    /// By keyring and events: a row of a table may have been written by anybody.
    async fn now(keyring: &Keyring, db: &Db, store: &Name) -> Result<Known> {
        let mut known = Known::default();
        let mut kept = BTreeSet::new();
        for entry in keyring.entries().await.map_err(|err| keyring_failed(&err))? {
            let Some((digest, _)) = entry.object() else { continue };
            known.all.insert(Digest::new(digest));
            if matches!(entry.state, State::Kept { .. }) {
                kept.insert(entry.id);
                known.wanted.insert(Digest::new(digest));
            }
        }
        for id in things_of(db).await? {
            let thing = thing_of(db, id).await?;
            let Some(held) = super::named(&thing) else { continue };
            known.all.insert(held.digest);
            let is_wanted = match (thing.phase(), thing.destruction()) {
                (Phase::Kept, _) => true,
                (Phase::Destroying, Some(destruction)) => destruction.stores.contains(store),
                _ => false,
            };
            match is_wanted {
                true => known.wanted.insert(held.digest),
                // Begun, and gone from this store already: its key may be there still.
                false => kept.contains(&id.0) && known.wanted.remove(&held.digest),
            };
        }
        Ok(known)
    }
}

/// Opens one.
pub(crate) fn store(at: &str, place: Place) -> Result<Arc<dyn Store>> {
    let hint = "check the place, who may write there, and AWS_ENDPOINT, AWS_REGION and the key of a bucket";
    if let Some(address) = at.strip_prefix("s3://") {
        let (settings, bucket, prefix) = s3::settings(address)?;
        let bucket = Bucket::open(settings, bucket, prefix);
        return Ok(Arc::new(bucket.map_err(|err| Error::of(format_args!("{at}: {err}")).hint(hint))?));
    }
    let opened = match place {
        Place::New => Folder::make(Path::new(at)),
        Place::There => Folder::open(Path::new(at)),
    };
    Ok(Arc::new(opened.map_err(|err| Error::of(format_args!("{at}: {err}")).hint(hint))?))
}
