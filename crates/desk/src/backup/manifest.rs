//! What a backup says of itself: which files it has, each with its digest, under a tag that only who has the office key can make.
//!
//! Not the copying (`backup.rs`), nor what is done with it (`restore.rs`). Invariants: the manifest is written last, so that a folder without it is no
//! backup; it names every file that a restore believes but for itself and its tag; what was read is not believed before its tag was looked at.

use std::fs;
use std::io::Read as _;
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use vault::keyring::Keyring;

use super::log::LogFile;
use super::sha256_of;
use crate::error::{Error, Result};
use crate::files;
use crate::office::DATABASE;

/// The manifest's name.
const MANIFEST: &str = "backup.json";
/// Where its tag is.
const TAG: &str = "backup.tag";
/// The form of a manifest that is written and read here.
pub(super) const VERSION: u32 = 2;
/// What the tag is over begins with: no event's commitment does.
const DOMAIN: &[u8] = b"counterpart/backup/v2\n";

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
    /// SHA-256 of the office's settings.
    pub(crate) settings_sha256: String,
    pub(crate) objects: Vec<Carried>,
    /// Objects that no store has whole.
    #[serde(default)]
    pub(crate) left_out: Vec<LeftOut>,
    /// Files of the log.
    pub(crate) log: Vec<LogFile>,
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

/// The form alone: an older one has other fields.
#[derive(Deserialize)]
struct Form {
    version: u32,
}

impl Manifest {
    /// Writes it into the backup's folder, its tag first.
    pub(super) fn write(&self, to: &Path, keyring: &Keyring) -> Result<()> {
        let text = serde_json::to_string_pretty(self).map_err(|err| Error::of(err).hint("try again"))? + "\n";
        let over = covered(text.as_bytes());
        let tag = hex(&keyring.event_tag(self.newest_event, &over, &over));
        files::create(&to.join(TAG), format!("{tag}\n").as_bytes())?;
        files::create(&to.join(MANIFEST), text.as_bytes())
    }

    /// Reads a backup's manifest, and holds the events against it; with what its tag is over.
    pub(crate) fn read(from: &Path) -> Result<(Manifest, Tagged)> {
        let path = from.join(MANIFEST);
        if !path.exists() {
            return Err(Error::of(format_args!("{}: not a whole backup: it has no {MANIFEST}", from.display()))
                .hint("name the folder that \"counterpartd backup\" made and finished"));
        }
        let mut bytes = Vec::new();
        // One of a million objects is long.
        vault::regular::open(&path)
            .and_then(|mut file| file.read_to_end(&mut bytes))
            .map_err(|err| Error::io(&path, &err))?;
        let failed = |err: serde_json::Error| {
            Error::of(format_args!("{}: {err}", path.display())).hint("take another backup, or the newer program")
        };
        if serde_json::from_slice::<Form>(&bytes).map_err(failed)?.version < VERSION {
            return Err(Error::of(format_args!(
                "{}: made by an older program, which did not put it under a tag",
                path.display()
            ))
            .hint("take a backup that this program made"));
        }
        let manifest: Manifest = serde_json::from_slice(&bytes).map_err(failed)?;
        let found = sha256_of(&from.join(DATABASE))?;
        if manifest.version != VERSION || found != manifest.events_sha256 {
            return Err(Error::of(format_args!("{}: the events are not those of the manifest", from.display()))
                .hint("the backup is damaged: take another one"));
        }
        let tag = from.join(TAG);
        let tag = fs::read(&tag).map_err(|err| Error::io(&tag, &err))?;
        Ok((manifest.clone(), Tagged { number: manifest.newest_event, over: covered(&bytes), tag }))
    }
}

/// What says who wrote a manifest that was read.
pub(crate) struct Tagged {
    number: u64,
    over: [u8; 32],
    tag: Vec<u8>,
}

impl Tagged {
    /// That a program wrote it which had the office key of that time.
    pub(crate) fn is_ours(&self, keyring: &Keyring) -> Result<()> {
        let tag = unhex(self.tag.trim_ascii_end());
        match tag.is_some_and(|tag| keyring.is_event_tag(self.number, &self.over, &self.over, &tag)) {
            true => Ok(()),
            false => Err(Error::of(format_args!(
                "{MANIFEST}: it, or {TAG} beside it, was not written by a program that had this office's key"
            ))
            .hint("somebody changed this backup, or it is another office's: take another one")),
        }
    }
}

/// What the tag of a manifest is over.
fn covered(text: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update(DOMAIN).chain_update(text).finalize().into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    text.chunks(2).map(|pair| Some(digit(pair.first()?)? << 4 | digit(pair.get(1)?)?)).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_of_many_objects_is_read() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(DATABASE), b"events").unwrap();
        fs::write(folder.path().join(TAG), b"00\n").unwrap();
        let one = |number: u64| Carried { digest: format!("{number:064x}"), len_bytes: number };
        let manifest = Manifest {
            version: VERSION,
            office: "o".to_owned(),
            made: "m".to_owned(),
            newest_event: 7,
            events_sha256: sha256_of(&folder.path().join(DATABASE)).unwrap(),
            settings_sha256: String::new(),
            objects: (0..20_000).map(one).collect(),
            left_out: Vec::new(),
            log: Vec::new(),
        };
        let text = serde_json::to_string_pretty(&manifest).unwrap();
        assert!(text.len() > 1 << 20, "longer than settings may be");
        fs::write(folder.path().join(MANIFEST), text).unwrap();
        assert_eq!(Manifest::read(folder.path()).unwrap().0, manifest);
    }
}
