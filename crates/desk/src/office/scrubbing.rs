//! One object looked at in every store, noted, and repaired where it can be: for `vault scrub` and for the role that scrubs on.
//!
//! Not which object is next, nor how often (`scrub.rs`, `vault/keeping.rs`). It has no key and needs none: a digest says whether bytes are right.
//! Invariants: nothing is noted or written of what is not kept at that moment; what is brought back is brought back while nobody destroys; an
//! object that is missing because its store is away is no finding; what is destroyed is read no further.

use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use casework::custody::Command;
use casework::{Name, ThingId};
use rules::Book;
use tokio::time::Instant;
use vault::store::{Store, StoreError};
use vault::{Found, Vault, VaultError};

use super::record::thing_of;
use super::{ObjectName, Office, findings, locks, opening, stores, wanted};
use crate::clock::local_us;
use crate::config::office::OfficeConfig;
use crate::config::rate::Rate;
use crate::db::{Db, scrubs};
use crate::error::Error;

/// How often it is asked whether what is being read is destroyed meanwhile.
const ASKED_EVERY: Duration = Duration::from_secs(2);
/// How long is waited before it is asked again whether anybody still destroys.
const DESTROYED_MEANWHILE: Duration = Duration::from_millis(200);
/// How much may be read at once after a time in which less was read.
const SAVED_UP: Duration = Duration::from_secs(1);

/// Why nothing can be said of an object.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// A store is away or does not answer: later it may.
    Store(String),
    /// The office cannot be read or written.
    Office(Error),
    /// An event that it is looked at by is not believed: nothing is noted of this thing, and others go on.
    Thing(Error),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Trouble {
        if error.is_of_row() { Trouble::Thing(error) } else { Trouble::Office(error) }
    }
}

/// How quickly is read.
#[derive(Debug)]
pub(crate) struct Pace {
    rate: Option<Rate>,
    began: Instant,
    read_bytes: u64,
}

impl Pace {
    /// At most so quickly; as quickly as it goes where nothing is said.
    pub(crate) fn new(rate: Option<Rate>) -> Pace {
        Pace { rate, began: Instant::now(), read_bytes: 0 }
    }

    /// Waits until so much more may have been read.
    async fn read(&mut self, bytes: u64) {
        let Some(rate) = self.rate else { return };
        self.read_bytes += bytes;
        let due = Duration::from_secs_f64(self.read_bytes as f64 / rate.bytes as f64);
        let spent = self.began.elapsed();
        if spent > due + SAVED_UP {
            *self = Pace::new(self.rate);
        }
        tokio::time::sleep(due.saturating_sub(spent)).await;
    }
}

/// What a look saw, before anything is done about it.
#[derive(Debug)]
pub(crate) struct Looked {
    named: ObjectName,
    found: Vec<Found>,
    bytes: u64,
    /// Nobody destroys while this is held: where something is to be repaired.
    _alone: Option<File>,
}

impl Looked {
    /// Read, of all stores together.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }
}

/// What is worth telling of an object in one store.
#[derive(Debug)]
pub(crate) enum Finding {
    /// It was rotten or missing, and is whole again.
    Repaired { store: Name, from: Name },
    /// It is rotten or missing, and stays so.
    Left {
        store: Name,
        is_missing: bool,
        why: String,
        /// Nobody has seen it before.
        is_new: bool,
        /// Nobody knows what its disk holds: this process writes there no more.
        is_last: bool,
    },
    /// It was found unwell before, and is whole now by somebody else's doing.
    WholeAgain { store: Name },
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Finding::Repaired { store, from } if store == from => {
                write!(f, "repaired in {store} from an older version of it there")
            }
            Finding::Repaired { store, from } => write!(f, "repaired in {store} from {from}"),
            Finding::Left { store, is_missing, why, .. } => {
                write!(f, "{} in {store}, and not repaired: {why}", if *is_missing { "missing" } else { "rotten" })
            }
            Finding::WholeAgain { store } => write!(f, "whole again in {store}"),
        }
    }
}

/// An office as a scrub sees it: its events and its stores, and no key.
pub(crate) struct Scrubber {
    folder: PathBuf,
    config: OfficeConfig,
    book: Book,
    pub(crate) db: Db,
    vault: Vault,
    names: Vec<Name>,
}

impl Scrubber {
    /// Opens it.
    pub(crate) async fn open(folder: &Path) -> Result<Scrubber, Error> {
        let config = OfficeConfig::read(folder)?;
        let book = opening::book(&config.rules)?;
        let (vault, names) = stores::open(&config.objects, stores::Place::There)?;
        let db = Db::open(&Office::database(folder, &config)).await?;
        Ok(Scrubber { folder: folder.to_owned(), config, book, db, vault, names })
    }

    /// Reads an object in every store; `None` when the thing is not kept, or no more when that was done.
    pub(crate) async fn look(&self, id: ThingId, pace: &mut Pace) -> Result<Option<Looked>, Trouble> {
        let Some(named) = self.kept(id).await? else { return Ok(None) };
        let (mut found, mut bytes) = (Vec::new(), 0);
        for (number, store) in self.vault.stores().iter().enumerate() {
            let seen = tokio::select! {
                seen = look_at(&**store, &named, pace, &mut bytes) => seen,
                // An open file of what is removed would keep its bytes on the disk.
                kept = self.until_not_kept(id) => return kept.map(|()| None),
            };
            let seen = seen.map_err(|err| self.away(number, &err))?;
            if seen == Found::Missing {
                self.is_there(number).await?;
            }
            found.push(seen);
        }
        if self.is_one_file(&named, &found).await? {
            found[1] = Found::Rotten;
        }
        let is_well = found.iter().all(|found| *found == Found::Whole);
        let alone = match is_well {
            true => None,
            false => {
                let alone = self.alone().await?;
                self.are_one_offices().await?;
                Some(alone)
            }
        };
        Ok(Some(Looked { named, found, bytes, _alone: alone }))
    }

    /// Writes down what was seen, and repairs what can be. `None` when the thing is kept no more: then nothing was done.
    pub(crate) async fn settle(
        &self,
        id: ThingId,
        looked: &Looked,
        is_role: bool,
    ) -> Result<Option<Vec<Finding>>, Trouble> {
        // What was destroyed since is missing rightly, and nothing is brought back.
        if self.kept(id).await? != Some(looked.named) {
            return Ok(None);
        }
        let mut findings = Vec::new();
        let was_whole = scrubs::last_of(&self.db, id).await?.as_deref() == Some("whole")
            && thing_of(&self.db, id).await?.unwell().is_empty();
        for (number, (found, store)) in looked.found.iter().zip(&self.names).enumerate() {
            if *found != Found::Whole {
                findings.extend(self.mend(id, &looked.named, number).await?);
            } else if !was_whole && self.act(id, Command::NoteFound { store: store.clone() }).await? {
                findings.push(Finding::WholeAgain { store: store.clone() });
            }
        }
        let repairs = findings.iter().filter(|finding| matches!(finding, Finding::Repaired { .. })).count();
        let look = scrubs::Look {
            thing: id.to_string(),
            looked_us: local_us(),
            found: worst(&findings).to_owned(),
            bytes: i64::try_from(looked.bytes).unwrap_or(i64::MAX),
        };
        scrubs::note(&self.db, &look, i64::try_from(repairs).unwrap_or(i64::MAX), is_role).await?;
        Ok(Some(findings))
    }

    /// Whether both stores have one file between them (a hard link): whole as it is, the second is no second, and is written anew.
    async fn is_one_file(&self, named: &ObjectName, found: &[Found]) -> Result<bool, Trouble> {
        let [main, second] = self.vault.stores() else { return Ok(false) };
        if found != [Found::Whole, Found::Whole] {
            return Ok(false);
        }
        let ours = main.file(&named.digest).await.map_err(|err| self.away(0, &err))?;
        let theirs = second.file(&named.digest).await.map_err(|err| self.away(1, &err))?;
        Ok(ours.is_some() && ours == theirs)
    }

    /// Lets go of the events in order.
    pub(crate) async fn close(self) {
        self.db.close().await;
    }

    /// Looks once more where an object was not whole, now that nobody destroys or repairs, and repairs it there.
    async fn mend(&self, id: ThingId, named: &ObjectName, number: usize) -> Result<Option<Finding>, Trouble> {
        let (store, name) = (&self.vault.stores()[number], self.names[number].clone());
        let seen = look_at(&**store, named, &mut Pace::new(None), &mut 0).await;
        let is_shared = number == 1 && self.is_one_file(named, &[Found::Whole; 2]).await?;
        let is_missing = match seen.map_err(|err| self.away(number, &err))? {
            Found::Whole if is_shared => false,
            // It was put right between the two looks, by somebody else or by another scrub.
            Found::Whole => {
                let is_new = self.act(id, Command::NoteFound { store: name.clone() }).await?;
                return Ok(is_new.then_some(Finding::WholeAgain { store: name }));
            }
            found => found == Found::Missing,
        };
        let note = match is_missing {
            true => Command::NoteMissing { store: name.clone() },
            false => Command::NoteRotten { store: name.clone() },
        };
        let is_new = self.act(id, note).await?;
        match self.vault.repair(&named.digest, named.sealed_len_bytes, number).await {
            // Both names may lead to one place, by a mount: then there is still one copy.
            Ok(_) if is_shared && self.is_one_file(named, &[Found::Whole; 2]).await? => {
                let why = "it is one file with the other store's, whatever is written".to_owned();
                Ok(Some(Finding::Left { store: name, is_missing, why, is_new, is_last: false }))
            }
            Ok(from) => {
                let from = self.names[from].clone();
                self.act(id, Command::NoteRepaired { store: name.clone(), from: from.clone() }).await?;
                Ok(Some(Finding::Repaired { store: name, from }))
            }
            Err(err) => {
                let is_last = matches!(err, VaultError::Store(StoreError::Poisoned { .. }));
                Ok(Some(Finding::Left { store: name, is_missing, why: err.to_string(), is_new, is_last }))
            }
        }
    }

    /// The object of a thing that is to be there now, whether or not anybody knows what it is: also of one whose destruction began and may be stopped.
    async fn kept(&self, id: ThingId) -> Result<Option<ObjectName>, Error> {
        Ok(wanted(&thing_of(&self.db, id).await?))
    }

    /// Notes it; whether that is new.
    async fn act(&self, id: ThingId, command: Command) -> Result<bool, Error> {
        findings::note(&self.db, &self.book, id, &Office::local_moment(), &command).await
    }

    /// Ends when a thing is kept no more, or when that cannot be known.
    async fn until_not_kept(&self, id: ThingId) -> Result<(), Trouble> {
        loop {
            tokio::time::sleep(ASKED_EVERY).await;
            if self.kept(id).await?.is_none() {
                return Ok(());
            }
        }
    }

    /// Waits until nobody destroys. Nobody waits for this one longer than an object takes to be written anew.
    async fn alone(&self) -> Result<File, Error> {
        let mut is_first = true;
        loop {
            if let Some(alone) = locks::nobody_destroys(&self.folder)? {
                return Ok(alone);
            }
            if std::mem::take(&mut is_first) {
                tracing::debug!("somebody destroys; waiting");
            }
            tokio::time::sleep(DESTROYED_MEANWHILE).await;
        }
    }

    /// That a store is there at all: on a disk that is not mounted every object is missing, and none is lost.
    async fn is_there(&self, number: usize) -> Result<(), Trouble> {
        stores::is_there(&self.config.objects, number).await.map_err(|err| Trouble::Store(err.what().to_owned()))
    }

    /// Nothing of one office is written into another's store, nor missed there.
    async fn are_one_offices(&self) -> Result<(), Trouble> {
        match stores::are_one_offices(&self.vault).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(Trouble::Office(
                Error::of("main and second show the marks of two offices: one of them belongs to another office")
                    .hint("name this office's own stores in office.toml"),
            )),
            Err(err) => Err(Trouble::Store(err)),
        }
    }

    fn away(&self, number: usize, err: &StoreError) -> Trouble {
        Trouble::Store(format!("{}: {err}", self.names[number]))
    }
}

/// The worst of what was found, in one word.
fn worst(findings: &[Finding]) -> &'static str {
    let is = |wanted: fn(&Finding) -> bool| findings.iter().any(wanted);
    match () {
        () if is(|finding| matches!(finding, Finding::Left { is_missing: true, .. })) => "missing",
        () if is(|finding| matches!(finding, Finding::Left { .. })) => "rotten",
        () if is(|finding| matches!(finding, Finding::Repaired { .. })) => "repaired",
        () => "whole",
    }
}

/// Reads an object whole in one store, no quicker than it may be.
async fn look_at(store: &dyn Store, named: &ObjectName, pace: &mut Pace, bytes: &mut u64) -> Result<Found, StoreError> {
    let wrong = |error: StoreError| match error {
        StoreError::Missing { .. } => Ok(Found::Missing),
        StoreError::Short { .. } | StoreError::Rotten { .. } | StoreError::Unreadable { .. } => Ok(Found::Rotten),
        other => Err(other),
    };
    let read = async {
        let mut reading = store.read_whole(&named.digest).await?.of_length(named.sealed_len_bytes)?;
        while let Some(piece) = reading.next().await? {
            let len_bytes = piece.len() as u64;
            *bytes += len_bytes;
            pace.read(len_bytes).await;
        }
        Ok(())
    };
    match read.await {
        Ok(()) => Ok(Found::Whole),
        Err(error) => wrong(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn no_more_is_read_in_any_second_than_the_rate() {
        let began = Instant::now();
        let mut pace = Pace::new(Some(Rate { bytes: 1000 }));
        for _ in 0..10 {
            pace.read(500).await;
        }
        assert_eq!(began.elapsed().as_millis(), 5000);
        // An hour in which nothing was read is not made up for.
        tokio::time::sleep(Duration::from_secs(3600)).await;
        pace.read(500).await;
        let began = Instant::now();
        for _ in 0..10 {
            pace.read(500).await;
        }
        assert_eq!(began.elapsed().as_millis(), 5000);
    }
}
