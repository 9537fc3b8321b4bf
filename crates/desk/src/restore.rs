//! `counterpartd restore`: an office stands again from a backup, and nothing that happened since is undone.
//!
//! Not the replay (`office/restoring.rs`), nor the objects (`restore/objects.rs`). Invariants: nothing is written over, and what is there and newer is refused as such; the office appears
//! under its name only when holds and destructions were replayed and every digest was looked at; keyring and keys come from where they
//! are, never from the backup.

mod log;
mod objects;

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use vault::keyring::Keyring;

use crate::backup::{LOG, Manifest, Tagged, sha256_of, snapshot};
use crate::config::office::{FILE, OfficeConfig};
use crate::db::{Db, Place, events};
use crate::error::{Error, Result};
use crate::office::restoring::{Reconciled, Replayed, agreed_loss};
use crate::office::{DATABASE, Keys, Office, StoreUse, Written, keyring_failed, office_key};
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
    /// An office.toml that you vouch for, instead of the one in the backup
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
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
    let (manifest, tagged) = Manifest::read(&args.from)?;
    nothing_newer(&args.office, &manifest).await?;
    let settings = settings(&args, &manifest)?;
    let log = args.from.join(LOG);
    let (is_log_there, flaws) = match &args.log_data {
        Some(data) => (log::is_put_back(&log, data, &manifest.log)?, log::flaws(&log, &manifest.log)?),
        None => (false, Vec::new()),
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
    files::create(&draft.join(FILE), settings.as_bytes())?;
    let stood_up = stand_up(&args, &draft, (&manifest, &tagged), &keys).await;
    if matches!(&stood_up, Err(error) if error.code() == codes::REFUSED) {
        // What is left of it goes with the next try; why it was refused is what matters now.
        let _ = fs::remove_dir_all(&draft);
    }
    let (mut office, replayed, reconciled) = stood_up?;
    if let Some(data) = args.log_data.as_ref().filter(|_| !is_log_there) {
        log::put_back(&log, data, &manifest.log)?;
    }
    office.tell_keyring().await?;
    office.close().await;
    fs::rename(&draft, &args.office).map_err(|err| Error::io(&args.office, &err))?;
    flush_folder_of(&args.office)?;
    stands(&args.office).await?;
    let is_all = reconciled.missing.is_empty() && flaws.is_empty();
    let code = if is_all { codes::DONE } else { codes::DISAGREES };
    Ok(out::result(&told(&manifest, &replayed, &reconciled, &flaws), code))
}

/// The office as it will be, in a folder of another name.
async fn stand_up(
    args: &RestoreArgs,
    draft: &Path,
    (manifest, tagged): (&Manifest, &Tagged),
    keys: &Keys,
) -> Result<(Office, Replayed, Reconciled)> {
    let not_given = put_back(args, draft, (manifest, tagged), keys).await?;
    let mut office = Office::open_as_it_is(draft, keys, StoreUse::Now).await?;
    office.restoring = Some(Written::default());
    let replayed = office.replay(manifest.newest_event, args.events_lost).await?;
    let reconciled = office.reconcile(&not_given).await?;
    Ok((office, replayed, reconciled))
}

fn told(manifest: &Manifest, replayed: &Replayed, reconciled: &Reconciled, log_flaws: &[String]) -> String {
    let mut text: String = reconciled.missing.iter().chain(log_flaws).map(|line| format!("{line}\n")).collect();
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
    if !log_flaws.is_empty() {
        text += &format!(
            "{} of {} files of the log could not be put back: \"counterpartd check\" says what they were of; take them from another backup\n",
            log_flaws.len(),
            manifest.log.len()
        );
    }
    if replayed.has_accounts && replayed.events_lost > 0 {
        text += "keys and passwords of people who sign in are as they were then, and what was taken away since holds again: have each of them look at their keys and change the password, before anybody else signs in\n";
    }
    if replayed.recovered > 0 {
        text += "what has no events is kept, and looked over, until somebody says what it is: \"vault status\" names it, \"vault describe\" is for that\n";
    }
    text
}

/// The settings of the office that is to stand: those that somebody vouches for, or the backup's own. A backup lies where others may write, and until
/// the keyring is open nobody can tell who wrote it; so no code is run because a backup names it.
fn settings(args: &RestoreArgs, manifest: &Manifest) -> Result<String> {
    if let Some(settings) = &args.settings {
        return files::read_file(settings);
    }
    let path = args.from.join(FILE);
    let text = files::read_file(&path)?;
    if sha256_of(&path)? != manifest.settings_sha256 {
        return Err(Error::of(format_args!("{}: it is not the one that was carried away", path.display())).hint(
            "the backup was changed: take another one, or give an office.toml that you vouch for with --settings",
        ));
    }
    if OfficeConfig::names_token(&text) {
        return Err(Error::of(format_args!(
            "{}: it names a token's module, and no code is run because a backup says so",
            path.display()
        ))
        .hint("read it, and give it, or another one that you vouch for, with --settings")
        .with_code(codes::REFUSED));
    }
    Ok(text)
}

/// Whatever stands there stays; when it is newer that is said, for then a restore would be a step back.
async fn nothing_newer(office: &Path, manifest: &Manifest) -> Result<()> {
    if office.symlink_metadata().is_err() {
        return Ok(());
    }
    let there = match OfficeConfig::read(office) {
        Ok(config) => Office::database(office, &config),
        Err(_) => Place::File(office.join(DATABASE)),
    };
    if let Ok(db) = Db::open(&there).await {
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

/// The office stands under its name: its database is no restore's any more.
async fn stands(office: &Path) -> Result<()> {
    let mut db = Db::open(&Office::database(office, &OfficeConfig::read(office)?)).await?;
    let stands = db.stands().await;
    db.close().await;
    stands
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

/// Events and objects, each held against its digest; what of the objects the backup does not give.
async fn put_back(
    args: &RestoreArgs,
    draft: &Path,
    (manifest, tagged): (&Manifest, &Tagged),
    keys: &Keys,
) -> Result<NotGiven> {
    let from = &args.from;
    fs::copy(from.join(DATABASE), draft.join(DATABASE)).map_err(|err| Error::io(&draft.join(DATABASE), &err))?;
    fs::File::open(draft.join(DATABASE)).and_then(|file| file.sync_all()).map_err(|err| Error::io(draft, &err))?;
    if sha256_of(&draft.join(DATABASE))? != manifest.events_sha256 {
        return Err(Error::of("the events were not copied as they are").hint("see to the disk, and restore again"));
    }
    let config = OfficeConfig::read(draft)?;
    let keyring = Keyring::open(&config.keyring.files, &config.name, office_key(&config.keyring, keys).await?).await;
    let keyring = keyring.map_err(|err| keyring_failed(&err))?;
    let owner = keyring.owner();
    let known = keyring.head().await.map_err(|err| keyring_failed(&err));
    let is_ours = tagged.is_ours(&keyring);
    keyring.close().await;
    is_ours?;
    // Before anything goes into a store that may be in use.
    agreed_loss(known?.map_or(0, |head| head.number), manifest.newest_event, args.events_lost)?;
    let place = Office::database(draft, &config);
    if matches!(place, Place::Server(_)) {
        snapshot::put_back(&draft.join(DATABASE), &place).await?;
        fs::remove_file(draft.join(DATABASE)).map_err(|err| Error::io(&draft.join(DATABASE), &err))?;
    }
    objects::put_back(from, manifest, &config.objects, &owner).await
}
