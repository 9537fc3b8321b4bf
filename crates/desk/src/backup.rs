//! `counterpartd backup`: what an office needs to stand again, carried away while it runs.
//!
//! Not keys, nor the keyring: a stolen backup is ciphertext. Invariants: the events are one moment's; every object that they speak of is in
//! it, and was held against its digest when it was written and when it was read back; the manifest is written last, so that a folder without
//! it is no backup; of a log the checkpoint is read before the tiles, which only grow.

use std::fs;
use std::path::{Path, PathBuf};

use casework::custody::Phase;
use clap::Args;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use vault::keyring::KeyringError;
use vault::store::{Digest, Folder, Store};

use crate::clock::local_us;
use crate::config::office::FILE;
use crate::db::events;
use crate::error::{Error, Result, plain};
use crate::office::{DATABASE, Office, held};
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

/// `counterpartd backup`.
pub(crate) async fn run(args: BackupArgs) -> Result<u8> {
    files::absent(&args.to)?;
    let office = args.place.open().await?;
    fs::create_dir(&args.to).map_err(|err| Error::io(&args.to, &err))?;
    files::private_to_us(&args.to)?;
    let events_file = args.to.join(DATABASE);
    let manifest_events = snapshot(&office, &events_file).await?;
    let settings = files::read_file(&office.folder.join(FILE))?;
    files::create(&args.to.join(FILE), settings.as_bytes())?;
    // The snapshot says what there is; what is received after it is the next backup's.
    let there = crate::db::Db::open(&events_file).await?;
    let copy = Office { db: there, ..office };
    let objects = carry_objects(&copy, &args.to.join("objects")).await;
    let office_name = copy.config.name.clone();
    copy.close().await;
    let objects = objects?;
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
        log_files,
    };
    let text = serde_json::to_string_pretty(&manifest).map_err(|err| Error::of(err).hint("try again"))?;
    files::create(&args.to.join(MANIFEST), format!("{text}\n").as_bytes())?;
    let (count, bytes) = (manifest.objects.len(), manifest.objects.iter().map(|one| one.len_bytes).sum::<u64>());
    Ok(out::result(
        &format!(
            "{} events, {count} objects of {} MB, {log_files} files of the log; every digest was checked\n",
            manifest.newest_event,
            bytes / 1_000_000
        ),
        codes::DONE,
    ))
}

/// Writes one moment's events into a new file; the number of the newest.
async fn snapshot(office: &Office, to: &Path) -> Result<u64> {
    files::create(to, b"")?;
    fs::remove_file(to).map_err(|err| Error::io(to, &err))?;
    let path = to.to_str().ok_or_else(|| Error::of("the backup's path is not text").hint("choose another place"))?;
    sqlx::query("VACUUM INTO $1").bind(path).execute(office.db.pool()).await.map_err(|err| office.db.failed(&err))?;
    let file = fs::File::open(to).map_err(|err| Error::io(to, &err))?;
    file.sync_all().map_err(|err| Error::io(to, &err))?;
    let copy = crate::db::Db::open(to).await?;
    let head = events::check_chain(&copy).await?;
    copy.close().await;
    let head = head.map_err(|what| {
        Error::of(format_args!("the events are damaged: {what}")).hint("bring back an earlier backup")
    })?;
    Ok(head.number)
}

/// SHA-256 of a file, in hexadecimal.
pub(crate) fn sha256_of(path: &Path) -> Result<String> {
    let mut file = fs::File::open(path).map_err(|err| Error::io(path, &err))?;
    let mut hash = Sha256::new();
    std::io::copy(&mut file, &mut hash).map_err(|err| Error::io(path, &err))?;
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

async fn carry_objects(office: &Office, to: &Path) -> Result<Vec<Carried>> {
    let failed = |err: vault::store::StoreError| {
        Error::of(err).hint("see to the stores with \"vault scrub\", and back up again")
    };
    let target = Folder::make(to).map_err(failed)?;
    let mut carried = Vec::new();
    for id in office.things().await? {
        let thing = office.thing(id).await?;
        let Some(held) = held(&thing).filter(|_| thing.phase() == Phase::Kept) else { continue };
        match carry(office, &held.digest, held.sealed_len_bytes, &target).await {
            Ok(()) => {}
            // It was destroyed since the snapshot: then it is in no backup, and the keyring says so to every restore.
            Err(_) if matches!(office.keyring.key(&id.0).await, Err(KeyringError::Erased { .. })) => continue,
            Err(err) => return Err(failed(err)),
        }
        carried.push(Carried { digest: held.digest.to_string(), len_bytes: held.sealed_len_bytes });
        out::progress(&format!("{} objects", carried.len()));
    }
    Ok(carried)
}

async fn carry(
    office: &Office,
    digest: &Digest,
    len_bytes: u64,
    target: &Folder,
) -> std::result::Result<(), vault::store::StoreError> {
    let mut first = None;
    for store in office.vault.stores() {
        match copy(&**store, digest, len_bytes, target).await {
            Ok(()) => return Ok(()),
            Err(error) => first = first.or(Some(error)),
        }
    }
    Err(first.unwrap_or(vault::store::StoreError::Missing { digest: *digest }))
}

/// Copies one object from a store into another, and reads it back.
pub(crate) async fn copy(
    from: &dyn Store,
    digest: &Digest,
    len_bytes: u64,
    to: &dyn Store,
) -> std::result::Result<(), vault::store::StoreError> {
    let mut reading = from.read_whole(digest).await?;
    to.put(digest, len_bytes, &mut reading).await?;
    to.read_whole(digest).await?.check().await
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
