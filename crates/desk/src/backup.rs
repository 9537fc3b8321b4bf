//! `counterpartd backup`: what an office needs to stand again, carried away while it runs.
//!
//! Not keys, nor the keyring: a stolen backup is ciphertext. Invariants: the events are one moment's; every object that they speak of is in
//! it, held against its digest when it was written and when it was read back, or is named as left out, with the reason; a store that is away
//! is no reason; the manifest is written last, so that a folder without it is no backup; of a log the checkpoint is read before the tiles,
//! which only grow.

use std::fs;
use std::path::{Path, PathBuf};

use casework::ThingId;
use clap::Args;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use vault::keyring::KeyringError;
use vault::store::{Folder, Store, StoreError};

use crate::clock::local_us;
use crate::config::office::FILE;
use crate::db::events;
use crate::error::{Error, Result, plain};
use crate::office::history::has_tag;
use crate::office::{DATABASE, ObjectName, Office, Seen, stores, wanted};
use crate::vault::Place;
use crate::vault::words::instant;
use crate::{codes, files, out};

/// The manifest's name.
pub(crate) const MANIFEST: &str = "backup.json";
/// Where a log's files lie in a backup.
pub(crate) const LOG: &str = "log";
/// What a log's files are called that move on: read first, written last.
const LOG_HEADS: [&str; 2] = ["checkpoint", "pending"];

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

/// What is in a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    /// The form of this manifest.
    pub(crate) version: u32,
    pub(crate) office: String,
    /// When it was made, by this machine's clock.
    pub(crate) made: String,
    /// The newest event in it.
    pub(crate) newest_event: u64,
    /// SHA-256 of the file of events.
    pub(crate) events_sha256: String,
    pub(crate) objects: Vec<Carried>,
    /// Objects that no store has whole.
    #[serde(default)]
    pub(crate) left_out: Vec<LeftOut>,
    /// Files of the log.
    pub(crate) log_files: u64,
}

/// One object in a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Carried {
    pub(crate) digest: String,
    pub(crate) len_bytes: u64,
}

/// One object that should be in a backup and is not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LeftOut {
    pub(crate) thing: String,
    pub(crate) digest: String,
    pub(crate) len_bytes: u64,
    /// What each store has instead.
    pub(crate) why: String,
}

/// `counterpartd backup`.
pub(crate) async fn run(args: BackupArgs) -> Result<u8> {
    files::absent(&args.to)?;
    let office = args.place.open().await?;
    office.config.check_outside(&office.folder, &args.to)?;
    fs::create_dir(&args.to).map_err(|err| Error::io(&args.to, &err))?;
    files::private_to_us(&args.to)?;
    let events_file = args.to.join(DATABASE);
    let manifest_events = snapshot(&office, &events_file).await?;
    let settings = files::read_file(&office.folder.join(FILE))?;
    files::create(&args.to.join(FILE), settings.as_bytes())?;
    // The snapshot says what there is; what is received after it is the next backup's.
    let there = crate::db::Db::open(&events_file).await?;
    let copy = Office { db: there, seen: Seen::default(), ..office };
    let objects = carry_objects(&copy, &args.to.join("objects")).await;
    let office_name = copy.config.name.clone();
    copy.close().await;
    let (objects, left_out) = objects?;
    let log_files = match &args.log_data {
        Some(data) => carry_log(data, &args.to.join(LOG))?,
        None => 0,
    };
    let manifest = Manifest {
        version: 1,
        office: office_name,
        made: instant(local_us()),
        newest_event: manifest_events,
        // After the last look at it: opening a database may write to it.
        events_sha256: sha256_of(&events_file)?,
        objects,
        left_out,
        log_files,
    };
    let text = serde_json::to_string_pretty(&manifest).map_err(|err| Error::of(err).hint("try again"))?;
    files::create(&args.to.join(MANIFEST), format!("{text}\n").as_bytes())?;
    Ok(say(&manifest))
}

/// How it ended: what was left out is told apart from what was carried.
fn say(manifest: &Manifest) -> u8 {
    let (count, bytes) = (manifest.objects.len(), manifest.objects.iter().map(|one| one.len_bytes).sum::<u64>());
    let mut text = format!(
        "{} events, {count} objects of {} MB, {} files of the log; every digest was checked\n",
        manifest.newest_event,
        bytes / 1_000_000,
        manifest.log_files
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

/// Writes one moment's events into a new file; the number of the newest.
async fn snapshot(office: &Office, to: &Path) -> Result<u64> {
    // What a restore would refuse is no backup.
    office.check_signatures().await?.map_err(|what| damaged(&what))?;
    // An empty file is filled where it stands; one of SQLite's own making could be read by everybody.
    files::create(to, b"")?;
    let path = to.to_str().ok_or_else(|| Error::of("the backup's path is not text").hint("choose another place"))?;
    sqlx::query("VACUUM INTO $1").bind(path).execute(office.db.pool()).await.map_err(|err| office.db.failed(&err))?;
    let file = fs::File::open(to).map_err(|err| Error::io(to, &err))?;
    file.sync_all().map_err(|err| Error::io(to, &err))?;
    let copy = crate::db::Db::open(to).await?;
    let head = events::check_chain(&copy, |row| has_tag(row, &office.keyring)).await?;
    copy.close().await;
    Ok(head.map_err(|what| damaged(&what))?.number)
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
    match to.put(&named.digest, named.sealed_len_bytes, &mut reading).await {
        Ok(_) => {}
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

/// Copies a log's folder: its heads are read before everything else and written after it.
pub(crate) fn carry_log(from: &Path, to: &Path) -> Result<u64> {
    let mut heads = Vec::new();
    for name in LOG_HEADS {
        match fs::read(from.join(name)) {
            Ok(bytes) => heads.push((name, bytes)),
            Err(err) if err.kind() == std::io::ErrorKind::NotFound => {}
            Err(err) => return Err(Error::io(&from.join(name), &err)),
        }
    }
    if heads.is_empty() {
        return Err(Error::of(format_args!("{}: no log's data", from.display()))
            .hint("name the folder given to \"counterpartd log --data\""));
    }
    let mut count = copy_tree(from, to)?;
    for (name, bytes) in heads {
        files::create(&to.join(name), &bytes)?;
        count += 1;
    }
    Ok(count)
}

fn copy_tree(from: &Path, to: &Path) -> Result<u64> {
    fs::create_dir(to).map_err(|err| Error::io(to, &err))?;
    let mut count = 0;
    let entries = fs::read_dir(from).map_err(|err| Error::io(from, &err))?;
    for entry in entries {
        let entry = entry.map_err(|err| Error::io(from, &err))?;
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type().map_err(|err| Error::io(&path, &err))?;
        let is_head = LOG_HEADS.iter().any(|name| entry.file_name() == *name);
        // Drafts are in folders that begin with a dot.
        let is_draft = entry.file_name().to_string_lossy().starts_with('.');
        if kind.is_dir() && !is_draft {
            count += copy_tree(&path, &target)?;
        } else if kind.is_file() && !is_head && !is_draft {
            match fs::read(&path) {
                Ok(bytes) => files::create(&target, &bytes)?,
                // A partial tile goes when its full one is there; the full one is copied or not needed by the head.
                Err(err) if err.kind() == std::io::ErrorKind::NotFound => continue,
                Err(err) => {
                    return Err(Error::of(format_args!("{}: {}", path.display(), plain(&err)))
                        .hint("see to the disk, and back up again"));
                }
            }
            count += 1;
        }
    }
    Ok(count)
}
