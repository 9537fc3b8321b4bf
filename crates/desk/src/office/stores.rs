//! An office's stores, by what its file says: a folder, or a bucket of any S3 service.
//!
//! Not what they do (`vault::store`).
//! Invariants: a store is what it was when the office was made: a folder that is not there is an error, never a new empty one; a store is this
//! office's alone, or nothing is done with it.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use casework::Name;
use vault::keyring::Keyring;
use vault::store::{Bucket, Digest, Folder, Owner, Store, StoreError};
use vault::{OwnError, Vault, own as own_one};

use super::keyring_failed;
use crate::config::office::ObjectsConfig;
use crate::db::{Db, things};
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
    let count = 1 + usize::from(second.is_some());
    let names = NAMES[..count].iter().filter_map(|name| name.parse().ok()).collect();
    Ok((Vault::new(main, second), names))
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
        let known = known(keyring, db).await?;
        own_one(&**store, &owner, &known, claimed)
            .await
            .map_err(|err| Error::of(format_args!("{name}: {err}")).hint(hint(&err)))?;
    }
    Ok(())
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
async fn known(keyring: &Keyring, db: &Db) -> Result<BTreeSet<Digest>> {
    let entries = keyring.entries().await.map_err(|err| keyring_failed(&err))?;
    let objects = entries.iter().filter_map(|entry| Some(Digest::new(entry.object()?.0)));
    let rows = things::all(db).await?;
    let named = rows.values().filter_map(|row| row.object.as_ref()?.parse().ok());
    Ok(objects.chain(named).collect())
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
