//! `vault keyring`, `store`: what was lost of the keyring or of the stores is made anew, by somebody who knows that it is lost.
//!
//! Not what fills it again: the other copy of the keyring does at once, the other store by a scrub. Invariants: nothing is made but by its own command, for
//! a disk that is not mounted looks like one that is lost; nothing is written over; an older copy of the keyring is not taken for the newest.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use ledger::lies_inside;
use vault::keyring::Keyring;
use vault::store::{Folder, Owner, Store as _, StoreError};

use super::Place;
use crate::config::office::OfficeConfig;
use crate::db::{Db, events};
use crate::error::{Error, Result};
use crate::office::{Office, keyring_failed, office_key};
use crate::{codes, out};

/// Make a second copy of the keyring from the one that is there: in place of one that is lost, or of a disk that was replaced
#[derive(Args, Debug)]
pub(crate) struct KeyringArgs {
    #[command(flatten)]
    place: Place,
    /// Where it is to lie; without it where office.toml names a file that is not there
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
    /// Take the copy that is left although it is older than the events, because no newer one is left
    #[arg(long)]
    older: bool,
}

/// Make a store's folder anew that is lost for good; "vault scrub" then fills it from the other store
#[derive(Args, Debug)]
pub(crate) struct StoreArgs {
    #[command(flatten)]
    place: Place,
    /// Which store
    which: Which,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Which {
    Main,
    Second,
}

/// `vault keyring`.
pub(crate) async fn keyring(args: KeyringArgs) -> Result<u8> {
    let config = OfficeConfig::read(&args.place.office)?;
    let (from, to) = from_and_to(&config, args.to.as_deref())?;
    if lies_inside(&to, &args.place.office) {
        return Err(Error::of(format_args!(
            "{}: it lies in the office's folder, which backups carry away",
            to.display()
        ))
        .hint("keep it elsewhere, best on another disk"));
    }
    let keys = args.place.keys()?;
    let key = office_key(&config.keyring, &keys).await?;
    let known = Keyring::look_at(&from, &config.name, key.clone()).await.map_err(|err| keyring_failed(&err))?;
    let db = Db::open(&Office::database(&args.place.office, &config)).await?;
    let mut at = db.begin().await?;
    let newest = events::head(&db, &mut at).await?.number;
    drop(at);
    db.close().await;
    let seen = known.map_or(0, |head| head.number);
    if seen < newest && !args.older {
        return Err(Error::of(format_args!(
            "{}: this copy has seen event {seen}, and the newest is {newest}: it is an older one",
            from.display()
        ))
        .hint("find a newer one; if none is left: --older, and then every command says how many keys are lost")
        .with_code(codes::REFUSED));
    }
    let made = Keyring::make_copy(&from, &to, &config.name, key).await.map_err(|err| keyring_failed(&err))?;
    let things = made.entries().await.map_err(|err| keyring_failed(&err))?.len();
    made.close().await;
    let next = match config.keyring.files.contains(&to) {
        true => "",
        false => "; write its place into keyring.files of office.toml",
    };
    let text = format!(
        "{}: a second copy, of {things} things{next}\na lost disk has keys that open with the office key: find and destroy it, or change the key with \"vault rotate\"\n",
        to.display()
    );
    Ok(out::result(&text, codes::DONE))
}

/// Whose this office's stores are.
async fn owner(config: &OfficeConfig, place: &Place) -> Result<Owner> {
    let key = office_key(&config.keyring, &place.keys()?).await?;
    let keyring = Keyring::open(&config.keyring.files, &config.name, key).await.map_err(|err| keyring_failed(&err))?;
    let owner = keyring.owner();
    keyring.close().await;
    Ok(owner)
}

/// The copy that is there, and where the other is to lie.
fn from_and_to(config: &OfficeConfig, to: Option<&Path>) -> Result<(PathBuf, PathBuf)> {
    let is_there = |file: &&PathBuf| file.symlink_metadata().is_ok();
    let (there, gone): (Vec<&PathBuf>, Vec<&PathBuf>) = config.keyring.files.iter().partition(is_there);
    let absolute = |path: &Path| std::path::absolute(path).map_err(|err| Error::io(path, &err));
    match (&there[..], &gone[..], to) {
        ([from], _, Some(to)) => Ok(((*from).clone(), absolute(to)?)),
        ([from], [gone], None) => Ok(((*from).clone(), (*gone).clone())),
        ([], ..) => Err(Error::of("no copy of the keyring is where office.toml says").hint("mount its disk")),
        ([_], ..) => Err(Error::of("the keyring has one copy, and no other is named").hint("name a place with --to")),
        _ => Err(Error::of("both copies of the keyring are there")
            .hint("move the one away that is damaged or to be replaced")
            .with_code(codes::REFUSED)),
    }
}

/// `vault store`.
pub(crate) async fn store(args: StoreArgs) -> Result<u8> {
    let config = OfficeConfig::read(&args.place.office)?;
    let objects = config.objects.clone();
    let (at, other) = match args.which {
        Which::Main => (Some(objects.at), objects.second),
        Which::Second => (objects.second, Some(objects.at)),
    };
    let at = at.ok_or_else(|| Error::of("the office has one store").hint("name the second in objects.second first"))?;
    if at.starts_with("s3://") {
        return Err(Error::of(format_args!("{at}: a bucket is not made here")).hint("make it where it is kept"));
    }
    let folder = Path::new(&at);
    if Folder::open(folder).is_ok() {
        return Err(Error::of(format_args!("{at}: the store is there"))
            .hint("what is missing in it is repaired by \"vault scrub\"")
            .with_code(codes::REFUSED));
    }
    let owner = owner(&config, &args.place).await?;
    let failed = |err: StoreError| {
        Error::of(format_args!("{at}: {err}")).hint("a store is made in a folder that is empty, or not there yet")
    };
    // The mark says that it was made on purpose: an empty one without it is taken for a disk that is not there.
    Folder::make(folder).map_err(failed)?.claim(&owner).await.map_err(failed)?;
    let next = match other {
        Some(other) => format!("\"vault scrub\" fills it from {other}"),
        None => format!("copy a backup's \"objects/.\" into {at}/objects; what is in no backup is lost"),
    };
    Ok(out::result(&format!("{at}: a new store, and empty; {next}\n"), codes::DONE))
}
