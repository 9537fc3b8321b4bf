//! That the places which an office's file names do not lie in each other where they must not.
//!
//! Not whether anything is there. Invariants: it is the folder that counts and not its spelling: links, `..` and folders mounted twice are one
//! place; what does not exist yet is held against where it would be.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Component, Path, PathBuf};

use ledger::lies_inside;

use super::office::{FILE, OfficeConfig};
use super::recorders::{self, RecorderConfig};

/// What is wrong, and what to do.
pub(crate) type Wrong = (String, &'static str);

/// Holds the places against each other; they are whole paths by now.
pub(super) fn check(config: &OfficeConfig, office: &Path) -> Result<(), Wrong> {
    stores(config)?;
    keys(config, office)?;
    sweeps(config, office)?;
    recorders(config, office)
}

/// Two stores are two only where neither is in the other: one disk's fault is not to be both's.
fn stores(config: &OfficeConfig) -> Result<(), Wrong> {
    let (main, Some(second)) = (&config.objects.at, &config.objects.second) else { return Ok(()) };
    let is_one = match (bucket(main), bucket(second)) {
        (Some(main), Some(second)) => is_prefix(main, second) || is_prefix(second, main),
        (None, None) => holds(Path::new(main), Path::new(second)) || holds(Path::new(second), Path::new(main)),
        _ => false,
    };
    match is_one {
        true => Err((
            format!("objects.second: {second} is the same place as objects.at, or one lies in the other"),
            "a second store is another folder or bucket, best on another disk",
        )),
        false => Ok(()),
    }
}

/// What a backup or a store carries away must not open what is in it.
fn keys(config: &OfficeConfig, office: &Path) -> Result<(), Wrong> {
    let hint = "keep keyring and key elsewhere, best on another disk";
    for file in config.keyring.files.iter().chain(&config.keyring.key) {
        let shown = file.display();
        if holds(office, file) {
            return Err((format!("keyring: {shown}: it lies in the office's folder, which backups carry away"), hint));
        }
        if folders(config).any(|store| holds(store, file)) {
            return Err((format!("keyring: {shown}: it lies in a store"), hint));
        }
    }
    Ok(())
}

/// A sweep looks through all of a folder, and removes files from it.
fn sweeps(config: &OfficeConfig, office: &Path) -> Result<(), Wrong> {
    let home = std::env::var_os("HOME").filter(|home| !home.is_empty());
    let home = home.as_deref().map(Path::new);
    for sweep in &config.sweep {
        let wrong = |what: &str| {
            Err((
                format!("sweep.folder: {}: {what}", sweep.folder.display()),
                "name the folder where recorders leave journals and copies, and nothing else",
            ))
        };
        let files = config.keyring.files.iter().chain(&config.keyring.key);
        if files.into_iter().any(|file| holds(&sweep.folder, file)) {
            return wrong("the keyring or its key lies in it");
        }
        if holds(&sweep.folder, office) || holds(office, &sweep.folder) {
            return wrong("it is the office's folder, or one lies in the other");
        }
        if folders(config).any(|store| holds(&sweep.folder, store) || holds(store, &sweep.folder)) {
            return wrong("it is a store, or one lies in the other");
        }
        if home.is_some_and(|home| holds(&sweep.folder, home)) {
            return wrong("it is a home folder, or has one in it");
        }
    }
    Ok(())
}

/// What is recorded lies where nobody takes it for something else, the person's copies by themselves: their medium goes home with them.
fn recorders(config: &OfficeConfig, office: &Path) -> Result<(), Wrong> {
    let all: Vec<(String, &RecorderConfig)> = recorders::of(&config.offices).collect();
    let is_one = |one: &Path, other: &Path| holds(one, other) || holds(other, one);
    for (at, (room, recorder)) in all.iter().enumerate() {
        for (key, folder) in recorder.folders() {
            let wrong = |what: &str| {
                Err((
                    format!("offices.rooms.recorder.{key}: {room}: {}: {what}", folder.display()),
                    "name three folders apart from the office and from each other: the copies' on two media, the state on this machine's own disk",
                ))
            };
            if is_one(folder, office) || folders(config).any(|store| is_one(folder, store)) {
                return wrong("it is the office's folder or a store, or one lies in the other");
            }
            if config.keyring.files.iter().chain(&config.keyring.key).any(|file| holds(folder, file)) {
                return wrong("the keyring or its key lies in it");
            }
            if recorder.folders().iter().any(|(other, path)| *other != key && is_one(path, folder)) {
                return wrong("another of its folders is the same, or one lies in the other");
            }
            let theirs = |(_, other): &(String, &RecorderConfig)| {
                let shared =
                    other.folders().into_iter().filter(|(one, _)| key == "person_copy" || *one == "person_copy");
                shared.into_iter().any(|(_, path)| is_one(path, folder))
            };
            if let Some((other, _)) = all[..at].iter().find(|one| theirs(one)) {
                return wrong(&format!("a person's copies and something of {other} would lie in one place"));
            }
        }
    }
    Ok(())
}

/// What an office is to give out, or to be opened with, lies neither in what backups carry away and others may read, nor among the keyring's files.
pub(super) fn outside(config: &OfficeConfig, office: &Path, to: &Path) -> Result<(), Wrong> {
    let hint = "name a place outside the office and its stores, best on another disk";
    let wrong = |what: &str| Err((format!("{}: it would lie {what}", to.display()), hint));
    if holds(office, to) {
        return wrong("in the office's folder, and be lost with it");
    }
    if folders(config).any(|store| holds(store, to)) {
        return wrong("in a store, and be lost with it");
    }
    if config.keyring.files.iter().any(|file| is_beside(file, to)) {
        return wrong("among the keyring's own files");
    }
    Ok(())
}

/// Whether it is a file of the keyring, or in a folder of it: what lies in the same folder and begins with its name.
fn is_beside(keyring: &Path, to: &Path) -> bool {
    let (Some(folder), Some(name)) = (keyring.parent(), keyring.file_name()) else { return false };
    let is_its = |path: &Path| {
        let begins = path.file_name().is_some_and(|its| its.as_encoded_bytes().starts_with(name.as_encoded_bytes()));
        begins && path.parent().is_some_and(|parent| holds(folder, parent) && holds(parent, folder))
    };
    let whole = std::path::absolute(to).unwrap_or_else(|_| to.to_owned());
    whole.ancestors().any(is_its)
}

/// The same where no office is named, by what lies there: an office's file, or the mark of a store.
pub(crate) fn outside_any(to: &Path) -> Result<(), Wrong> {
    let whole = std::path::absolute(to).unwrap_or_else(|_| to.to_owned());
    // The folder that it is made in, by its own name: a link may lead into an office.
    let folder = whole.parent().unwrap_or(&whole);
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let hint = "name a place outside the office and its stores, best on another disk";
    for above in folder.ancestors() {
        let what = match above {
            _ if above.join(FILE).is_file() => "in an office's folder",
            _ if above.join("owner").is_file() && above.join("objects").is_dir() => "in a store",
            _ => continue,
        };
        return Err((format!("{}: it would lie {what}, which backups carry away", to.display()), hint));
    }
    Ok(())
}

/// Stores that are folders.
fn folders(config: &OfficeConfig) -> impl Iterator<Item = &Path> {
    let places = std::iter::once(&config.objects.at).chain(&config.objects.second);
    places.filter(|at| bucket(at).is_none()).map(Path::new)
}

fn bucket(at: &str) -> Option<&str> {
    at.strip_prefix("s3://").map(|at| at.trim_end_matches('/'))
}

fn is_prefix(outer: &str, inner: &str) -> bool {
    inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether one is the other, or lies in it.
fn holds(outer: &Path, inner: &Path) -> bool {
    let id = |path: &Path| path.metadata().ok().map(|meta| (meta.dev(), meta.ino()));
    let is_outer = |at: &Path| id(at).is_some_and(|found| id(outer) == Some(found));
    // A folder that is mounted in two places has two paths and one number.
    lies_inside(inner, outer) || straight(inner).ancestors().any(is_outer)
}

/// The path without `..`: what is beside a folder is not in it for being named by way of it.
fn straight(path: &Path) -> PathBuf {
    let mut straight = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir if straight.components().next().is_some() => {
                // A link's parent is that of where it leads.
                straight = straight.canonicalize().unwrap_or(straight);
                straight.pop();
            }
            part => straight.push(part),
        }
    }
    straight
}
