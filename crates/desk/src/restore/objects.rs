//! The objects of a backup, put into the office's stores: each by itself.
//!
//! Not what should be there (`office/restoring.rs`). Invariants: what a store has whole is not written again; what stands there and is not whole goes only
//! once the right bytes are there; an older version that is whole is kept, and is the newest again; an object that the backup has not, or has damaged, keeps none of the others, and is named.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use vault::store::{Digest, Folder, Owner, Store, StoreError};

use crate::backup::{Manifest, Uncopied, copy_over, is_its_own};
use crate::config::office::ObjectsConfig;
use crate::error::{Error, Result};
use crate::office::{ObjectName, stores};
use crate::out;

/// What a backup does not give: why, by the object's digest.
pub(crate) type NotGiven = BTreeMap<String, String>;

/// Puts back what is carried; what could not be had from anywhere.
pub(super) async fn put_back(
    from: &Path,
    manifest: &Manifest,
    config: &ObjectsConfig,
    owner: &Owner,
) -> Result<NotGiven> {
    let backup = Folder::open(&from.join("objects"))
        .map_err(|err| Error::of(err).hint("bring the backup's \"objects\" back whole, or take another backup"))?;
    let mut stores = Vec::new();
    for at in [Some(&config.at), config.second.as_ref()].into_iter().flatten() {
        stores.push((at.as_str(), opened(at, owner).await?));
    }
    let mut not_given: NotGiven = manifest
        .left_out
        .iter()
        .map(|one| (one.digest.clone(), format!("the backup does not have it: {}", one.why)))
        .collect();
    for carried in &manifest.objects {
        let digest: Digest = carried.digest.parse().map_err(|err| Error::of(err).hint("the backup is damaged"))?;
        let named = ObjectName { digest, sealed_len_bytes: carried.len_bytes };
        if let Some(why) = put_one_back(&backup, &named, &stores).await? {
            not_given.insert(carried.digest.clone(), why);
        }
    }
    Ok(not_given)
}

/// A store of the office that stands again, made where it is not there.
async fn opened(at: &str, owner: &Owner) -> Result<Arc<dyn Store>> {
    let is_there = at.starts_with("s3://") || Path::new(at).is_dir();
    let place = if is_there { stores::Place::There } else { stores::Place::New };
    let store = stores::store(at, place)?;
    stores::not_anothers(at, &*store, owner).await?;
    if place == stores::Place::New {
        // What is not in the backup is not in it either; that is said at the end.
        store.claim(owner).await.map_err(failed)?;
    }
    Ok(store)
}

/// One object, into each store that does not have it whole: from the backup, or else from a store that has it. Why it is nowhere, if it is so.
async fn put_one_back(
    backup: &Folder,
    named: &ObjectName,
    stores: &[(&str, Arc<dyn Store>)],
) -> Result<Option<String>> {
    let (mut having, mut lacking) = (Vec::new(), Vec::new());
    for (at, store) in stores {
        if is_whole(&**store, named).await.map_err(failed)? {
            having.push((*at, store));
        } else if matches!(store.uncover(&named.digest, named.sealed_len_bytes).await, Ok(true)) {
            out::notice(&format!("object {}: what had been written over it in {at} is taken away", named.digest));
            having.push((*at, store));
        } else {
            lacking.push(store);
        }
    }
    let mut wrong = None;
    for store in lacking {
        let flaw = match bring(backup, named, &**store).await? {
            None => continue,
            Some(flaw) => flaw,
        };
        let Some((at, other)) = having.first() else {
            wrong = Some(flaw);
            continue;
        };
        match bring(&***other, named, &**store).await? {
            None => out::notice(&format!("object {} came from {at}: {flaw}", named.digest)),
            Some(_) => wrong = Some(flaw),
        }
    }
    Ok(wrong)
}

/// Copies an object out of one store into another. What is wrong with it there, if that is why it was not; then nothing was touched.
async fn bring(from: &dyn Store, named: &ObjectName, to: &dyn Store) -> Result<Option<String>> {
    match copy_over(from, named, to).await {
        Ok(()) => Ok(None),
        Err(Uncopied::From(error)) if is_its_own(&error) => Ok(Some(flaw(&error))),
        Err(error) => Err(failed(error.into_error())),
    }
}

/// What is wrong with an object in a backup.
fn flaw(error: &StoreError) -> String {
    match error {
        StoreError::Missing { .. } => "it is not in the backup, though the backup was made with it".to_owned(),
        StoreError::Unreadable { what, .. } => format!("it is damaged in the backup: {what}"),
        StoreError::Short { .. } => "it is damaged in the backup: it was cut short".to_owned(),
        _ => "it is damaged in the backup: its bytes are others".to_owned(),
    }
}

async fn is_whole(store: &dyn Store, named: &ObjectName) -> std::result::Result<bool, StoreError> {
    let read = async { store.read_whole(&named.digest).await?.of_length(named.sealed_len_bytes)?.check().await };
    match read.await {
        Ok(()) => Ok(true),
        Err(error) if is_its_own(&error) => Ok(false),
        Err(error) => Err(error),
    }
}

fn failed(error: StoreError) -> Error {
    Error::of(error).hint("see to the disk or the store, and restore again")
}
