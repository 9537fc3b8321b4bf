//! `counterpartd restore`: an office stands again from a backup, and nothing that happened since is undone.
//!
//! Not the replay (`office/restoring.rs`), nor the objects (`restore/objects.rs`). Invariants: nothing is written over, and what is there and newer is refused as such; the office appears
//! under its name only when holds and destructions were replayed and every digest was looked at; keyring and keys come from where they
//! are, never from the backup.

mod objects;

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use vault::keyring::Keyring;

use crate::backup::{LOG, MANIFEST, Manifest, carry_log, sha256_of};
use crate::config::office::{FILE, OfficeConfig};
use crate::db::{Db, events};
use crate::error::{Error, Result};
use crate::office::restoring::{Reconciled, Replayed, agreed_loss};
use crate::office::{DATABASE, Keys, Office, StoreUse, keyring_failed, office_key};
use crate::vault::passphrase;
use crate::{codes, files, out};
pub(crate) use objects::NotGiven;

/// Bring an office back from a backup: holds and destructions since are replayed, and every digest is looked at
#[derive(Args, Debug)]
pub(crate) struct RestoreArgs {
    /// The backup's folder
    #[arg(long, value_name = "DIR")]
    from: PathBuf,
    /// Where the office is to stand; nothing may be there
    #[arg(long, value_name = "DIR")]
    office: PathBuf,
    /// Where the log's data is to stand, if the backup has it; nothing may be there
    #[arg(long, value_name = "DIR")]
    log_data: Option<PathBuf>,
    /// The office is lost, and so many events since the backup with it, if only 0: the number that this command says when it is left out
    #[arg(long, value_name = "NUMBER")]
    events_lost: Option<u64>,
    /// A store has lost the mark that says whose it is: mark it as this office's, although so many objects in it are unknown here
    #[arg(long, value_name = "NUMBER")]
    claim_store: Option<u64>,
    /// The passphrase of the office key, or the token's PIN, in a file; otherwise $COUNTERPART_OFFICE_PASSPHRASE or the terminal
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

/// `counterpartd restore`.
pub(crate) async fn run(args: RestoreArgs) -> Result<u8> {
    let manifest = manifest(&args.from)?;
    nothing_newer(&args.office, &manifest).await?;
    let is_log_there = match &args.log_data {
        Some(data) => is_put_back(&args.from.join(LOG), data)?,
        None => false,
    };
    let keys = Keys {
        passphrase: passphrase(args.passphrase_file.as_deref(), "Passphrase of the office key: ")?,
        keys_lost: None,
        claimed: args.claim_store,
    };
    let draft = draft_of(&args.office)?;
    if draft.exists() {
        // An earlier try that was broken off; it was never an office.
        fs::remove_dir_all(&draft).map_err(|err| Error::io(&draft, &err))?;
    }
    fs::create_dir(&draft).map_err(|err| Error::io(&draft, &err))?;
    files::private_to_us(&draft)?;
    let stood_up = stand_up(&args, &draft, &manifest, &keys).await;
    if matches!(&stood_up, Err(error) if error.code() == codes::REFUSED) {
        // What is left of it goes with the next try; why it was refused is what matters now.
        let _ = fs::remove_dir_all(&draft);
    }
    let (mut office, replayed, reconciled) = stood_up?;
    if let Some(data) = args.log_data.as_ref().filter(|_| !is_log_there) {
        put_log_back(&args.from.join(LOG), data)?;
    }
    office.tell_keyring().await?;
    office.close().await;
    fs::rename(&draft, &args.office).map_err(|err| Error::io(&args.office, &err))?;
    flush_folder_of(&args.office)?;
    let code = if reconciled.missing.is_empty() { codes::DONE } else { codes::DISAGREES };
    Ok(out::result(&told(&manifest, &replayed, &reconciled), code))
}

/// The office as it will be, in a folder of another name.
async fn stand_up(
    args: &RestoreArgs,
    draft: &Path,
    manifest: &Manifest,
    keys: &Keys,
) -> Result<(Office, Replayed, Reconciled)> {
    let not_given = put_back(args, draft, manifest, keys).await?;
    let mut office = Office::open_as_it_is(draft, keys, StoreUse::Now).await?;
    office.is_restoring = true;
    let replayed = office.replay(manifest.newest_event, args.events_lost).await?;
    let reconciled = office.reconcile(&not_given).await?;
    Ok((office, replayed, reconciled))
}

fn told(manifest: &Manifest, replayed: &Replayed, reconciled: &Reconciled) -> String {
    let mut text: String = reconciled.missing.iter().map(|line| format!("{line}\n")).collect();
    text += &format!(
        "{} events of {}; since then {} holds and {} destructions replayed, {} things without their events, {} events lost; {} objects whole, {} not\n",
        manifest.newest_event,
        manifest.made,
        replayed.holds,
        replayed.destructions,
        replayed.recovered,
        replayed.events_lost,
        reconciled.whole,
        reconciled.missing.len()
    );
    if !reconciled.missing.is_empty() {
        text += "what another backup has of it: copy it from there into a store's \"objects\", and \"vault scrub\"; until then \"vault status\" names it\n";
    }
    if replayed.recovered > 0 {
        text += "what has no events is kept, and looked over, until somebody says what it is: \"vault status\" names it, \"vault describe\" is for that\n";
    }
    text
}

fn manifest(from: &Path) -> Result<Manifest> {
    let path = from.join(MANIFEST);
    if !path.exists() {
        return Err(Error::of(format_args!("{}: not a whole backup: it has no {MANIFEST}", from.display()))
            .hint("name the folder that \"counterpartd backup\" made and finished"));
    }
    let manifest: Manifest = serde_json::from_str(&files::read_file(&path)?).map_err(|err| {
        Error::of(format_args!("{}: {err}", path.display())).hint("take another backup, or the newer program")
    })?;
    let found = sha256_of(&from.join(DATABASE))?;
    if manifest.version != 1 || found != manifest.events_sha256 {
        return Err(Error::of(format_args!("{}: the events are not those of the manifest", from.display()))
            .hint("the backup is damaged: take another one"));
    }
    Ok(manifest)
}

/// Whatever stands there stays; when it is newer that is said, for then a restore would be a step back.
async fn nothing_newer(office: &Path, manifest: &Manifest) -> Result<()> {
    if office.symlink_metadata().is_err() {
        return Ok(());
    }
    if let Ok(db) = Db::open(&Office::database(office)).await {
        let mut at = db.begin().await?;
        let head = events::head(&db, &mut at).await?;
        drop(at);
        db.close().await;
        if head.number > manifest.newest_event {
            return Err(Error::of(format_args!(
                "{}: the office there is newer: it has event {}, the backup ends with event {}",
                office.display(),
                head.number,
                manifest.newest_event
            ))
            .hint("keep it; a restore is for an office that is lost")
            .with_code(codes::REFUSED));
        }
    }
    files::absent(office)
}

/// Whether an earlier try, broken off later, put exactly this log there. Anything else that is there is an error.
fn is_put_back(from: &Path, data: &Path) -> Result<bool> {
    let failed = |err| Error::io(data, &err);
    if data.symlink_metadata().is_ok() && is_same(from, data).map_err(failed)? && is_same(data, from).map_err(failed)? {
        return Ok(true);
    }
    files::absent(data).map(|()| false)
}

/// Whether the second folder has all that the first has, byte for byte.
fn is_same(one: &Path, other: &Path) -> std::io::Result<bool> {
    for entry in fs::read_dir(one)? {
        let entry = entry?;
        let (path, twin) = (entry.path(), other.join(entry.file_name()));
        let is_same = match (entry.file_type()?.is_dir(), twin.is_dir()) {
            (true, true) => is_same(&path, &twin)?,
            (false, false) if twin.is_file() => fs::read(&path)? == fs::read(&twin)?,
            _ => false,
        };
        if !is_same {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Under another name until it is whole.
fn put_log_back(from: &Path, data: &Path) -> Result<()> {
    let draft = draft_of(data)?;
    if draft.exists() {
        fs::remove_dir_all(&draft).map_err(|err| Error::io(&draft, &err))?;
    }
    carry_log(from, &draft)?;
    fs::rename(&draft, data).map_err(|err| Error::io(data, &err))?;
    flush_folder_of(data)
}

fn flush_folder_of(path: &Path) -> Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(|err| Error::io(folder, &err))
}

fn draft_of(office: &Path) -> Result<PathBuf> {
    let name = office
        .file_name()
        .ok_or_else(|| Error::of("the folder to be made has no name").hint("name the folder to be made"))?;
    Ok(office.with_file_name(format!(".{}.restoring", name.to_string_lossy())))
}

/// Events, settings and objects, each held against its digest; what of the objects the backup does not give.
async fn put_back(args: &RestoreArgs, draft: &Path, manifest: &Manifest, keys: &Keys) -> Result<NotGiven> {
    let from = &args.from;
    fs::copy(from.join(DATABASE), draft.join(DATABASE)).map_err(|err| Error::io(&draft.join(DATABASE), &err))?;
    fs::File::open(draft.join(DATABASE)).and_then(|file| file.sync_all()).map_err(|err| Error::io(draft, &err))?;
    files::create(&draft.join(FILE), files::read_file(&from.join(FILE))?.as_bytes())?;
    if sha256_of(&draft.join(DATABASE))? != manifest.events_sha256 {
        return Err(Error::of("the events were not copied as they are").hint("see to the disk, and restore again"));
    }
    let config = OfficeConfig::read(draft)?;
    let keyring = Keyring::open(&config.keyring.files, &config.name, office_key(&config.keyring, keys).await?).await;
    let keyring = keyring.map_err(|err| keyring_failed(&err))?;
    let owner = keyring.owner();
    let known = keyring.head().await.map_err(|err| keyring_failed(&err));
    keyring.close().await;
    // Before anything goes into a store that may be in use.
    agreed_loss(known?.map_or(0, |head| head.number), manifest.newest_event, args.events_lost)?;
    objects::put_back(from, manifest, &config.objects, &owner).await
}
