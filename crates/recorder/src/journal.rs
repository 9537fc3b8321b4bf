//! The journal of one recording: an append-only file in the state folder, never on the media.
//!
//! It holds the signing key while the recording is unfinished, so its folder is 0700 and it is 0600.
//! Not here: what the records mean to a recovery (`recover.rs`).
//! Invariants: START is durable before anything is made on a medium; the journal is locked for as
//! long as somebody may append to it; what was torn off at the end is cut before anything is
//! appended; it goes away only after its secrets were written over.

mod record;

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use rustix::fs::{FlockOperation, OFlags};
use seal::RecordingId;
use zeroize::Zeroizing;

pub(crate) use record::{End, Record, Start};

use crate::flusher::Flusher;
use crate::naming::sync_dir;

const JOURNALS: &str = "journals";
const JOURNAL: &str = "journal";

/// Digits of the id in a folder's name: enough to be its own, short enough for a socket's path.
const NAME_DIGITS: usize = 32;

/// How long the lock of a journal is waited for: far longer than it takes to ask whether it is held.
const ASKED_FOR: Duration = Duration::from_millis(200);

/// The folder of that recording's journal.
pub(crate) fn place(state_dir: &Path, id: RecordingId) -> PathBuf {
    state_dir.join(JOURNALS).join(&id.to_string()[..NAME_DIGITS])
}

/// Every journal folder there is, in the order of their names.
pub(crate) fn places(state_dir: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(state_dir.join(JOURNALS)) else { return Vec::new() };
    let mut found: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    found.sort();
    found
}

/// Whether there is a journal in that folder.
pub(crate) fn is_there(place: &Path) -> bool {
    place.join(JOURNAL).is_file()
}

/// Takes away what a kill left of the folder of a journal that is gone itself.
pub(crate) fn sweep(place: &Path) {
    if place.is_dir() && !is_there(place) {
        // Nothing in it means anything without the journal; what cannot be removed harms nobody.
        let _ = std::fs::remove_dir_all(place);
    }
}

/// When the journal in that folder was last added to.
pub(crate) fn changed_at(place: &Path) -> Option<SystemTime> {
    place.join(JOURNAL).metadata().and_then(|meta| meta.modified()).ok()
}

/// Whether somebody holds the journal in that folder. It is held for no longer than it takes to ask.
pub(crate) fn is_held(place: &Path) -> bool {
    let Ok(file) = File::open(place.join(JOURNAL)) else { return false };
    rustix::fs::flock(&file, FlockOperation::NonBlockingLockShared) == Err(rustix::io::Errno::WOULDBLOCK)
}

/// Takes the lock of a journal. Whoever only asks whether it is held holds it for a moment: that is waited for.
fn lock(file: &File) -> Result<(), Unopened> {
    let until = Instant::now() + ASKED_FOR;
    loop {
        match rustix::fs::flock(file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => return Ok(()),
            Err(rustix::io::Errno::WOULDBLOCK) if Instant::now() < until => std::thread::yield_now(),
            Err(rustix::io::Errno::WOULDBLOCK) => return Err(Unopened::Held),
            Err(error) => return Err(Unopened::Io(error.into())),
        }
    }
}

/// The first record of a journal, without locking it.
pub(crate) fn peek_start(place: &Path) -> Option<Start> {
    let mut head = Zeroizing::new(Vec::new());
    File::open(place.join(JOURNAL)).ok()?.take(1 << 21).read_to_end(&mut head).ok()?;
    match Record::decode(&head)? {
        (Record::Start(start), _) => Some(start),
        _ => None,
    }
}

/// The whole records at the start of `bytes`, and where they end.
fn decode_all(bytes: &[u8]) -> (Vec<Record>, usize) {
    let mut records = Vec::new();
    let mut whole = 0;
    while let Some((record, length)) = Record::decode(&bytes[whole..]) {
        records.push(record);
        whole += length;
    }
    (records, whole)
}

/// Whether a checkpoint that a file may show stands after the first damage. What a kill tears off has
/// nothing after it.
fn shows_more(tail: &[u8]) -> bool {
    (1..tail.len()).any(|at| record::is_released_checkpoint(&tail[at..]))
}

/// Why a journal could not be taken up again.
pub(crate) enum Unopened {
    /// There is none.
    Missing,
    /// Somebody holds it: the recording runs, or another recovery does.
    Held,
    /// It was damaged before a checkpoint that a file may show.
    Damaged,
    /// Reading or locking failed.
    Io(io::Error),
}

/// A journal open and locked.
pub(crate) struct Journal {
    file: File,
    place: PathBuf,
    start_bytes: usize,
    /// While a recording is made: nothing waits for the journal's disk.
    flusher: Option<Flusher>,
    /// Records that are in it, as far as the system said.
    records: u64,
}

impl Journal {
    /// Makes the folder and the journal with START, all of it durable.
    pub(crate) fn create(state_dir: &Path, id: RecordingId, start: &Record) -> io::Result<Journal> {
        let place = place(state_dir, id);
        DirBuilder::new().recursive(true).mode(0o700).create(state_dir.join(JOURNALS))?;
        DirBuilder::new().mode(0o700).create(&place)?;
        let made = Journal::write_start(&place, start);
        if made.is_err() {
            // Some of its secrets may have reached the disk.
            if let Ok(file) = OpenOptions::new().write(true).open(place.join(JOURNAL)) {
                let _ = wipe(&file, start.encode().len());
            }
            let _ = std::fs::remove_file(place.join(JOURNAL));
            let _ = std::fs::remove_dir(&place);
        }
        made
    }

    fn write_start(place: &Path, start: &Record) -> io::Result<Journal> {
        let file = OpenOptions::new().read(true).append(true).create_new(true).mode(0o600).open(place.join(JOURNAL))?;
        rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive)?;
        let bytes = start.encode();
        (&file).write_all(&bytes)?;
        file.sync_all()?;
        for ancestor in place.ancestors().take(3) {
            sync_dir(ancestor)?;
        }
        // The state folder may be new as well; the folder it is in may be beyond us.
        let _ = place.ancestors().nth(3).map(sync_dir);
        let flusher = Some(Flusher::start(file.try_clone()?)?);
        Ok(Journal { file, place: place.to_owned(), start_bytes: bytes.len(), flusher, records: 1 })
    }

    /// Locks a journal that was left behind, reads it, and cuts its torn tail off.
    pub(crate) fn reopen(place: &Path) -> Result<(Journal, Vec<Record>), Unopened> {
        let path = place.join(JOURNAL);
        let mut file = OpenOptions::new().read(true).append(true).open(&path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => Unopened::Missing,
            _ => Unopened::Io(error),
        })?;
        lock(&file)?;
        // Whoever held it may have finished and removed it between the two steps above.
        if file.metadata().map_err(Unopened::Io)?.nlink() == 0 {
            return Err(Unopened::Missing);
        }
        let mut bytes = Zeroizing::new(Vec::new());
        file.read_to_end(&mut bytes).map_err(Unopened::Io)?;
        let Some((Record::Start(_), start_bytes)) = Record::decode(&bytes) else {
            // A kill or a power cut in the wiping: without START nothing can be signed and no record means anything
            // any more. What is left of the secrets is written over when it goes.
            let start_bytes = bytes.len().min(record::RECORD_BYTES_MAX);
            return Ok((Journal { file, place: place.to_owned(), start_bytes, flusher: None, records: 0 }, Vec::new()));
        };
        let (records, whole) = decode_all(&bytes);
        if shows_more(&bytes[whole..]) {
            return Err(Unopened::Damaged);
        }
        if whole < bytes.len() {
            file.set_len(whole as u64).and_then(|()| file.sync_all()).map_err(Unopened::Io)?;
        }
        let count = records.len() as u64;
        Ok((Journal { file, place: place.to_owned(), start_bytes, flusher: None, records: count }, records))
    }

    /// One that takes no more records, as when its disk fails.
    #[cfg(test)]
    pub(crate) fn read_only(place: &Path) -> Journal {
        let Ok(file) = File::open(place.join(JOURNAL)) else { unreachable!("the test made it") };
        Journal { file, place: place.to_owned(), start_bytes: 0, flusher: None, records: 0 }
    }

    /// The journal's folder.
    pub(crate) fn place(&self) -> &Path {
        &self.place
    }

    /// The journal's own path.
    pub(crate) fn path(&self) -> PathBuf {
        self.place.join(JOURNAL)
    }

    /// Adds a record; a kill of the process afterwards does not lose it, a power cut may.
    pub(crate) fn append(&mut self, record: &Record) -> io::Result<()> {
        self.file.write_all(&record.encode())?;
        self.records += 1;
        Ok(())
    }

    /// Makes everything appended until now durable, without waiting for it; tells the error of an earlier time.
    pub(crate) fn flush_soon(&self, round: u64) -> io::Result<()> {
        let Some(flusher) = &self.flusher else { return Ok(()) };
        flusher.done()?;
        flusher.ask(round);
        Ok(())
    }

    /// Whether everything appended before that round was asked for is durable, without waiting for it.
    pub(crate) fn is_durable(&self, round: u64) -> io::Result<bool> {
        self.flusher.as_ref().map_or(Ok(true), |flusher| Ok(flusher.done()? >= round))
    }

    /// Adds a record and makes it durable.
    pub(crate) fn append_durably(&mut self, record: &Record) -> io::Result<()> {
        // The system tells an error of the medium once: to whichever flush comes first.
        self.flusher.as_ref().map_or(Ok(()), Flusher::wait)?;
        self.append(record)?;
        self.file.sync_data()
    }

    /// Reads everything back, in case a write lied: each record must be there.
    pub(crate) fn check(&self) -> io::Result<()> {
        let mut from = io::BufReader::new(File::open(self.path())?);
        let mut count = 0;
        let mut bytes = Zeroizing::new(Vec::new());
        loop {
            bytes.clear();
            (&mut from).take(record::HEAD_BYTES as u64).read_to_end(&mut bytes)?;
            if bytes.is_empty() && count == self.records {
                return Ok(());
            }
            let rest_bytes = record::rest_bytes(&bytes).unwrap_or(0);
            (&mut from).take(rest_bytes as u64).read_to_end(&mut bytes)?;
            if Record::decode(&bytes).is_none() {
                return Err(io::Error::other("it does not read back as it was written"));
            }
            count += 1;
        }
    }

    /// Writes over the secrets, empties the journal and removes it and its folder. Where the name
    /// cannot be removed the journal is empty all the same, so that nothing can be signed from it.
    pub(crate) fn remove(self) -> io::Result<()> {
        let wiped = wipe(&self.file, self.start_bytes);
        std::fs::remove_file(self.path())?;
        std::fs::remove_dir_all(&self.place)?;
        self.place.parent().map_or(Ok(()), sync_dir)?;
        wiped
    }
}

/// Writes over the start of a journal, then empties it; through the open file, whatever became of its name.
fn wipe(file: &File, start_bytes: usize) -> io::Result<()> {
    // In append mode Linux ignores the offset of a write.
    rustix::fs::fcntl_setfl(file, OFlags::empty())?;
    let written = file.write_all_at(&vec![0; start_bytes], 0).and_then(|()| file.sync_data());
    let emptied = file.set_len(0).and_then(|()| file.sync_data());
    written.and(emptied)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use seal::{EndReason, Secrets};

    fn start() -> Record {
        Record::Start(Start {
            secrets: Secrets { signing_key: [0x5A; 32], seed: [2; 32], nonce: [3; 32] },
            header_note: "note\n".into(),
            about: Vec::new(),
            folders: vec![PathBuf::from("/a")],
            reserve_bytes: 100,
        })
    }

    fn id() -> RecordingId {
        "11".repeat(32).parse().unwrap()
    }

    #[test]
    fn a_torn_tail_is_cut_and_the_journal_goes_on() {
        let state = tempfile::tempdir().unwrap();
        let mut journal = Journal::create(state.path(), id(), &start()).unwrap();
        journal.append(&Record::Frame { size: 5, digest: [1; 32] }).unwrap();
        journal.append(&Record::Medium { copy: 0, why: "pulled".into() }).unwrap();
        let path = journal.path();
        drop(journal);
        let whole = std::fs::metadata(&path).unwrap().len();
        OpenOptions::new().write(true).open(&path).unwrap().set_len(whole - 3).unwrap();

        let (mut journal, records) = Journal::reopen(&place(state.path(), id())).ok().unwrap();
        assert_eq!(records.len(), 2);
        let end = End { reason: EndReason::Crash, closing: String::new(), frames: 1 };
        journal.append_durably(&Record::End(end.clone())).unwrap();
        drop(journal);
        let (_held, records) = Journal::reopen(&place(state.path(), id())).ok().unwrap();
        assert!(matches!(&records[2], Record::End(read) if *read == end));
    }

    #[test]
    fn one_holder_at_a_time_and_nothing_left_after() {
        let state = tempfile::tempdir().unwrap();
        let journal = Journal::create(state.path(), id(), &start()).unwrap();
        let place = journal.place().to_owned();
        assert!(matches!(Journal::reopen(&place), Err(Unopened::Held)));
        let mode = std::fs::metadata(journal.path()).unwrap().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(std::fs::metadata(&place).unwrap().mode() & 0o777, 0o700);
        let copy = state.path().join("second name");
        std::fs::hard_link(journal.path(), &copy).unwrap();
        journal.remove().unwrap();
        assert!(!place.exists());
        assert_eq!(std::fs::read(copy).unwrap(), b"");
        assert!(matches!(Journal::reopen(&place), Err(Unopened::Missing)));
    }

    #[test]
    fn a_journal_that_cannot_be_removed_is_emptied_all_the_same() {
        let state = tempfile::tempdir().unwrap();
        let journal = Journal::create(state.path(), id(), &start()).unwrap();
        let away = state.path().join("away");
        std::fs::rename(journal.path(), &away).unwrap();
        assert!(journal.remove().is_err());
        assert_eq!(std::fs::read(away).unwrap(), b"");
    }

    #[test]
    fn a_wiped_journal_has_no_records_whatever_stands_after() {
        let state = tempfile::tempdir().unwrap();
        let mut journal = Journal::create(state.path(), id(), &start()).unwrap();
        journal.append(&Record::Checkpoint { released: true, note: "c".into() }).unwrap();
        let (path, place, length) = (journal.path(), journal.place().to_owned(), start().encode().len());
        drop(journal);
        let file = OpenOptions::new().write(true).open(&path).unwrap();
        file.write_all_at(&vec![0; length], 0).unwrap();
        for cut in [path.metadata().unwrap().len(), 0] {
            file.set_len(cut).unwrap();
            let (_, records) = Journal::reopen(&place).ok().unwrap();
            assert!(records.is_empty());
        }
    }

    /// A power cut tears the wiping itself: any of its bytes may be there, and a checkpoint behind them.
    #[test]
    fn a_journal_that_was_wiped_in_part_has_no_records_and_is_wiped_whole() {
        let start_bytes = start().encode().len();
        for wiped in [0..1, 0..70, 6..7, 64..start_bytes, start_bytes - 1..start_bytes] {
            let state = tempfile::tempdir().unwrap();
            let mut journal = Journal::create(state.path(), id(), &start()).unwrap();
            journal.append(&Record::Checkpoint { released: true, note: "c".into() }).unwrap();
            let (path, place) = (journal.path(), journal.place().to_owned());
            drop(journal);
            let mut bytes = std::fs::read(&path).unwrap();
            for byte in &mut bytes[wiped.clone()] {
                *byte ^= 0xFF;
            }
            std::fs::write(&path, &bytes).unwrap();
            let (journal, records) = Journal::reopen(&place).ok().unwrap();
            assert!(records.is_empty(), "{wiped:?}");
            assert!(journal.start_bytes >= start_bytes, "{wiped:?}");
            journal.remove().unwrap();
        }
    }
}
