//! `counterpartd backup`: what an office needs to stand again, carried away while it runs.
//!
//! Not keys, nor the keyring: a stolen backup is ciphertext. Invariants: the events are one moment's; every object that they speak of is in
//! it, held against its digest when it was written and when it was read back, or is named as left out, with the reason; a store that is away
//! is no reason; what a restore believes stands in the manifest with its digest, and the manifest under a tag.

mod log;
mod manifest;
pub(crate) mod snapshot;

use std::fs;
use std::path::{Path, PathBuf};

use casework::ThingId;
use clap::Args;
use sha2::{Digest as _, Sha256};
use vault::keyring::{Head as KeyringHead, KeyringError};
use vault::store::{Folder, Store, StoreError};

use crate::clock::local_us;
use crate::config::office::FILE;
use crate::db::{Db, Place as Events};
use crate::error::{Error, Result};
use crate::office::{DATABASE, ObjectName, Office, Seen, keyring_failed, stores, wanted};
use crate::vault::Place;
use crate::vault::words::instant;
use crate::{codes, files, out};
pub(crate) use log::{CHECKPOINT, LOG, LOG_HEADS, LogFile};
pub(crate) use manifest::{Carried, LeftOut, Manifest, Tagged};

/// Carry an office away while it runs: events, objects and log, without keys
#[derive(Args, Debug)]
pub(crate) struct BackupArgs {
    #[command(flatten)]
    place: Place,
    /// The folder that is made for it
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
    /// The data folder of a log that is carried away too
    #[arg(long, value_name = "DIR")]
    log_data: Option<PathBuf>,
}

/// `counterpartd backup`.
pub(crate) async fn run(args: BackupArgs) -> Result<u8> {
    files::absent(&args.to)?;
    let office = args.place.open().await?;
    office.config.check_outside(&office.folder, &args.to)?;
    fs::create_dir(&args.to).map_err(|err| Error::io(&args.to, &err))?;
    files::private_to_us(&args.to)?;
    let events_file = args.to.join(DATABASE);
    let known = events_into(&office, &events_file).await?;
    let settings = files::read_file(&office.folder.join(FILE))?;
    files::create(&args.to.join(FILE), settings.as_bytes())?;
    // The snapshot says what there is; what is received after it is the next backup's.
    let there = Db::open(&Events::File(events_file.clone())).await?;
    let copy = Office { db: there, seen: Seen::default(), ..office };
    let newest_event = is_sound(&copy, known).await?;
    let objects = carry_objects(&copy, &args.to.join("objects")).await;
    let office_name = copy.config.name.clone();
    copy.db.close().await;
    let (objects, left_out) = objects?;
    let log = match &args.log_data {
        Some(data) => log::carry(data, &args.to.join(LOG))?,
        None => Vec::new(),
    };
    let manifest = Manifest {
        version: manifest::VERSION,
        office: office_name,
        made: instant(local_us()),
        newest_event,
        // After the last look at it: opening a database may write to it.
        events_sha256: sha256_of(&events_file)?,
        settings_sha256: sha256_of(&args.to.join(FILE))?,
        objects,
        left_out,
        log,
    };
    manifest.write(&args.to, &copy.keyring)?;
    copy.keyring.close().await;
    Ok(say(&manifest))
}

/// How it ended: what was left out is told apart from what was carried.
fn say(manifest: &Manifest) -> u8 {
    let (count, bytes) = (manifest.objects.len(), manifest.objects.iter().map(|one| one.len_bytes).sum::<u64>());
    let mut text = format!(
        "{} events, {count} objects of {} MB, {} files of the log; every digest was checked\n",
        manifest.newest_event,
        bytes / 1_000_000,
        manifest.log.len()
    );
    if manifest.left_out.is_empty() {
        return out::result(&text, codes::DONE);
    }
    for one in &manifest.left_out {
        out::notice(&format!("{}: its object {} is not in the backup: {}", one.thing, one.digest, one.why));
    }
    text += &format!(
        "{} objects are not in it, because no store has them whole: keep the backups that have them\n",
        manifest.left_out.len()
    );
    out::result(&text, codes::DISAGREES)
}

/// Writes one moment's events into a new file; the newest that the keyring had seen before.
async fn events_into(office: &Office, to: &Path) -> Result<Option<KeyringHead>> {
    // Before the copy is made: what the keyring has seen by now was told to somebody as done, and is in it.
    let known = office.keyring.head().await.map_err(|err| keyring_failed(&err))?;
    snapshot::take(&office.db, to).await?;
    Ok(known)
}

/// That a restore would believe a copy of the events, and that they are no older than what the keyring had seen before it was made. The number of the newest.
async fn is_sound(copy: &Office, known: Option<KeyringHead>) -> Result<u64> {
    let head = copy.history().await?.map_err(|what| damaged(&what))?;
    copy.check_signatures().await?.map_err(|what| damaged(&what))?;
    copy.is_of_one_age(known).await?;
    Ok(head.number)
}

fn damaged(what: &str) -> Error {
    Error::of(format_args!("the events are damaged: {what}")).hint("bring back an earlier backup")
}

/// SHA-256 of a file, in hexadecimal.
pub(crate) fn sha256_of(path: &Path) -> Result<String> {
    let mut file = fs::File::open(path).map_err(|err| Error::io(path, &err))?;
    let mut hash = Sha256::new();
    std::io::copy(&mut file, &mut hash).map_err(|err| Error::io(path, &err))?;
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

async fn carry_objects(office: &Office, to: &Path) -> Result<(Vec<Carried>, Vec<LeftOut>)> {
    let target = Folder::make(to).map_err(|err| Error::of(err).hint("choose another place for the backup"))?;
    let (mut carried, mut left_out) = (Vec::new(), Vec::new());
    for id in office.things().await? {
        let Some(named) = wanted(&office.thing(id).await?) else { continue };
        let (digest, len_bytes) = (named.digest.to_string(), named.sealed_len_bytes);
        match carry(office, id, &named, &target).await? {
            Came::Whole => carried.push(Carried { digest, len_bytes }),
            // Then it is in no backup, and the keyring says so to every restore.
            Came::Destroyed => {}
            Came::Not(why) => left_out.push(LeftOut { thing: id.to_string(), digest, len_bytes, why }),
        }
        out::progress(&format!("{} objects", carried.len()));
    }
    Ok((carried, left_out))
}

/// What came of carrying one object.
enum Came {
    Whole,
    /// It was destroyed since the snapshot.
    Destroyed,
    /// No store has it whole.
    Not(String),
}

async fn carry(office: &Office, id: ThingId, named: &ObjectName, target: &Folder) -> Result<Came> {
    let (mut why, mut away) = (Vec::new(), None);
    for (number, (store, name)) in office.vault.stores().iter().zip(&office.store_names).enumerate() {
        match copy(&**store, named, target).await {
            Ok(()) => return Ok(Came::Whole),
            Err(Uncopied::To(error)) => {
                return Err(Error::of(error).hint("see to the disk of the backup, and back up again"));
            }
            Err(Uncopied::From(error)) if is_its_own(&error) => {
                if matches!(error, StoreError::Missing { .. }) {
                    // On a disk that is not mounted everything is missing.
                    away = away.or(stores::is_there(&office.config.objects, number).await.err());
                }
                why.push(format!("{name}: {error}"));
            }
            Err(Uncopied::From(error)) => {
                let error = Error::of(format_args!("{name}: {error}"));
                away = away.or(Some(error.hint("see to the stores with \"vault scrub\", and back up again")));
            }
        }
    }
    if matches!(office.keyring.key(&id.0).await, Err(KeyringError::Erased { .. })) {
        return Ok(Came::Destroyed);
    }
    // A store that is away may have it.
    away.map_or_else(|| Ok(Came::Not(why.join("; "))), Err)
}

/// Whether it is the object that is not as it should be, and not its store.
pub(crate) fn is_its_own(error: &StoreError) -> bool {
    matches!(
        error,
        StoreError::Missing { .. }
            | StoreError::Short { .. }
            | StoreError::Rotten { .. }
            | StoreError::Unreadable { .. }
            | StoreError::NotAsAnnounced { .. }
    )
}

/// Why an object was not copied: whose fault it is.
pub(crate) enum Uncopied {
    From(StoreError),
    To(StoreError),
}

impl Uncopied {
    /// What is wrong, on whichever side.
    pub(crate) fn into_error(self) -> StoreError {
        let (Uncopied::From(error) | Uncopied::To(error)) = self;
        error
    }
}

/// Copies one object from a store into another, and reads it back.
pub(crate) async fn copy(from: &dyn Store, named: &ObjectName, to: &dyn Store) -> std::result::Result<(), Uncopied> {
    let mut reading = from.read_whole(&named.digest).await.map_err(Uncopied::From)?;
    let put = to.put(&named.digest, named.sealed_len_bytes, &mut reading).await;
    came(put.map(|_| ()), named, to).await
}

/// As [`copy`], in place of whatever stands there, which goes only once the object is whole.
pub(crate) async fn copy_over(
    from: &dyn Store,
    named: &ObjectName,
    to: &dyn Store,
) -> std::result::Result<(), Uncopied> {
    let mut reading = from.read_whole(&named.digest).await.map_err(Uncopied::From)?;
    let put = to.put_over(&named.digest, named.sealed_len_bytes, &mut reading).await;
    came(put, named, to).await
}

/// What came of writing it: whose fault it is that it is not there.
async fn came(
    put: std::result::Result<(), StoreError>,
    named: &ObjectName,
    to: &dyn Store,
) -> std::result::Result<(), Uncopied> {
    match put {
        Ok(()) => {}
        Err(StoreError::Source(error)) => {
            let inner = error.downcast::<StoreError>();
            return Err(Uncopied::From(inner.unwrap_or_else(StoreError::Source)));
        }
        Err(error @ StoreError::NotAsAnnounced { .. }) => return Err(Uncopied::From(error)),
        Err(error) => return Err(Uncopied::To(error)),
    }
    let read_back = to.read_whole(&named.digest).await.map_err(Uncopied::To)?;
    read_back.check().await.map_err(Uncopied::To)
}
