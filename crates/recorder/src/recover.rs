//! Finishes a recording that broke off: reads the journal, replays it, signs, and makes every copy.
//!
//! Not here: reading frames (`recover/replay.rs`), writing copies (`recover/rebuild.rs`).
//! Invariants: a recording that runs is refused; what is signed follows from the journal alone, so a
//! recovery that was itself killed can be run again and gives the same bytes; where signing could
//! make a second history nothing is signed; a finished copy is never written to, and while one lies in a
//! folder nothing is signed that differs from it: its bytes are copied.

mod finished;
mod rebuild;
mod replay;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use seal::{Body, Check, EndReason};

use crate::clock::Clock;
use crate::control;
use crate::error::Error;
use crate::file_source::FileSource;
use crate::finish::{self, CopyResult, CopyState, Outcome};
use crate::folder::{self, PART, RECORDING};
use crate::journal::{self, End, Journal, Record, Start, Unopened};
use crate::locate;
use crate::observe::Observer;
use crate::sealer::end::{clear, outcome};

use finished::Finished;
use replay::Replayed;

/// What a recovery found and did.
#[derive(Clone, Debug)]
pub struct Recovered {
    /// The recording and its copies.
    pub outcome: Outcome,
    /// What was done to make every copy whole.
    pub done: Done,
    /// Frames (blocks of a tenth of a second; shorter above 46,080 Hz) the journal knows that no medium has any more.
    pub frames_missing: u64,
}

/// What a recovery did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// Nothing: every copy it could reach was whole before.
    Nothing,
    /// A finished copy was there; the others were made from it and nothing was signed.
    Copied,
    /// What was safe was sealed.
    Sealed,
}

/// Finishes the recording of which that folder holds a copy.
///
/// # Errors
/// [`Error::Running`] while it is being made; [`Error::NoJournal`] when the state folder does not know
/// it; [`Error::WillNotSign`] when what is on the media and in the journal does not agree;
/// [`Error::MediumAway`] when sound is missing that a medium may hold which is not in its place.
pub fn recover(
    folder: &Path,
    state_dir: &Path,
    clock: &dyn Clock,
    observer: &dyn Observer,
) -> Result<Recovered, Error> {
    recover_from(folder, state_dir, clock, observer, Away::Refuse)
}

/// What to do about a medium that is not in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Away {
    /// Sign nothing that it could complete, and write nothing where it should be.
    Refuse,
    /// It will not come back: sign what is there, and write its copy into its folder if there is one.
    GiveUp,
}

/// As [`recover`](recover()), saying what to do about a medium that is not in its place.
///
/// # Errors
/// As [`recover`](recover()).
pub fn recover_from(
    folder: &Path,
    state_dir: &Path,
    clock: &dyn Clock,
    observer: &dyn Observer,
    away: Away,
) -> Result<Recovered, Error> {
    let canonical = folder::canonical(folder)?;
    let Some(place) = locate::journal_of(&canonical, state_dir) else {
        return without_journal(&canonical, state_dir);
    };
    let (journal, records) = match Journal::reopen(&place) {
        Ok(opened) => opened,
        Err(Unopened::Held) => return Err(Error::Running(folder.to_owned())),
        Err(Unopened::Missing) => return without_journal(&canonical, state_dir),
        Err(Unopened::Damaged) => {
            let why = "the journal is damaged before a checkpoint that was given out".to_owned();
            return Err(Error::WillNotSign(place, why));
        }
        Err(Unopened::Io(cause)) => return Err(Error::State(place, cause)),
    };
    control::clear_stale(&place);
    let mut records = records.into_iter();
    match records.next() {
        Some(Record::Start(start)) => finish_it(&canonical, start, records.collect(), journal, clock, observer, away),
        // Its wiping had begun: once the copy here proves whole, all that is left is to take it away.
        _ if canonical.join(RECORDING).exists() => {
            let whole = without_journal(&canonical, state_dir)?;
            clear(Some(journal), observer);
            Ok(whole)
        }
        _ => Err(Error::JournalUnreadable(journal.path())),
    }
}

fn finish_it(
    folder: &Path,
    start: Start,
    records: Vec<Record>,
    mut journal: Journal,
    clock: &dyn Clock,
    observer: &dyn Observer,
    away: Away,
) -> Result<Recovered, Error> {
    let targets = targets(&start, folder);
    let sources = rebuild::open_sources(&targets, &start);
    let replayed = replay::replay(&start, &records, &sources).map_err(|why| Error::WillNotSign(journal.path(), why))?;
    let finished = Finished::find(&targets, replayed.writer.id());
    let finished = finished.map_err(|why| Error::WillNotSign(journal.path(), why))?;
    if must_copy(&finished, &replayed).map_err(|why| Error::WillNotSign(journal.path(), why))? {
        return copy_it(targets, &finished, &replayed, journal, observer);
    }
    let empty = away_from(&targets, &replayed, away)?;
    let unwritten = |place: &Path, cause| Error::State(place.to_owned(), cause);
    let end = decide_end(&replayed, clock).map_err(|why| Error::WillNotSign(journal.path(), why))?;
    if replayed.end.as_ref() != Some(&end) {
        let done = journal.append_durably(&Record::End(end.clone()));
        done.map_err(|cause| unwritten(journal.place(), cause))?;
    }
    let format = replayed.writer.format();
    let mut sealed = replayed.writer.finish(end.reason, &end.closing)?;
    match &replayed.released {
        Some(note) if note != sealed.checkpoint() => {
            return Err(Error::WillNotSign(journal.path(), "a checkpoint that was given out is another".into()));
        }
        // The journal had it before any file did; so a copy that was finished has it too.
        Some(_) => {
            for (kind, content) in replayed.evidence {
                sealed.add_evidence(kind, content)?;
            }
        }
        None => {
            let record = Record::Checkpoint { released: true, note: sealed.checkpoint().to_owned() };
            let done = journal.append_durably(&record);
            done.map_err(|cause| unwritten(journal.place(), cause))?;
        }
    }
    let states = rebuild::write_copies(&targets, &empty, &sources, &replayed.frames, start.reserve_bytes, &sealed);
    let journal_kept = keep_or_clear(journal, &states, &replayed.media_lost, observer);
    let copies = targets.into_iter().zip(states).map(|(folder, state)| CopyResult { folder, state }).collect();
    let outcome = outcome(copies, &sealed, end.reason, format, journal_kept)?;
    Ok(Recovered { outcome, done: Done::Sealed, frames_missing: replayed.frames_missing })
}

/// Which folders hold nothing of a recording that has sound: their media are not in their place, and what is written there
/// would land on another. Where such a medium may hold sound that is missing, nothing may be signed without it.
fn away_from(targets: &[PathBuf], replayed: &Replayed, away: Away) -> Result<Vec<bool>, Error> {
    let has_sound = replayed.frames_missing > 0 || !replayed.frames.is_empty();
    if away == Away::GiveUp || !has_sound {
        return Ok(vec![false; targets.len()]);
    }
    let id = replayed.writer.id();
    let empty: Vec<bool> = targets.iter().map(|folder| !rebuild::holds(folder, id)).collect();
    let waited_for = |copy: &usize| empty[*copy] && !replayed.media_lost.contains(copy);
    // What was in flight when it broke off is on no medium.
    let in_flight = u64::from(replayed.writer.format().blocks_per_segment());
    let refused = replayed.frames_missing > in_flight || empty.iter().all(|empty| *empty);
    match (0..targets.len()).find(waited_for) {
        Some(copy) if refused => Err(Error::MediumAway(targets[copy].clone())),
        _ => Ok(empty),
    }
}

/// Whether a finished copy shows an end that signing now would not come to of itself.
fn must_copy(finished: &Finished, replayed: &Replayed) -> Result<bool, String> {
    let all_there = replayed.end.as_ref().is_some_and(|end| end.frames == replayed.frames.len() as u64);
    match (finished.checkpoint(), &replayed.released) {
        (Some(shown), Some(note)) if shown != note => Err("a finished copy shows another end than the journal".into()),
        (Some(_), Some(_)) => Ok(!all_there),
        // The journal is older than the copy, or failed before the end: nothing is signed twice.
        (Some(_), None) => Ok(true),
        (None, _) => Ok(false),
    }
}

/// Makes every copy like the finished one; nothing is signed.
fn copy_it(
    targets: Vec<PathBuf>,
    finished: &Finished,
    replayed: &Replayed,
    mut journal: Journal,
    observer: &dyn Observer,
) -> Result<Recovered, Error> {
    if let (Some(shown), None) = (finished.checkpoint(), &replayed.released) {
        // Should the journal stay and the finished copy go, it still forbids another end.
        let done = journal.append_durably(&Record::Checkpoint { released: true, note: shown.to_owned() });
        done.map_err(|cause| Error::State(journal.place().to_owned(), cause))?;
    }
    let there = finished.stands_in(&targets);
    let states = finished.copy_to(&targets);
    let made = there.iter().zip(&states).any(|(there, state)| !there && matches!(state, CopyState::Saved(_)));
    let done = if made { Done::Copied } else { Done::Nothing };
    let journal_kept = keep_or_clear(journal, &states, &replayed.media_lost, observer);
    let copies = targets.into_iter().zip(states).map(|(folder, state)| CopyResult { folder, state }).collect();
    Ok(Recovered { outcome: finished.outcome(copies, journal_kept)?, done, frames_missing: 0 })
}

/// Removes the journal when it is done with; its place if it stays.
fn keep_or_clear(
    journal: Journal,
    states: &[CopyState],
    media_lost: &BTreeSet<usize>,
    observer: &dyn Observer,
) -> Option<PathBuf> {
    let is_lost = |state: &CopyState| matches!(state, CopyState::Lost { .. });
    // A copy that was lost while recording is on the record as lost: it does not hold the journal.
    let missing = states.iter().enumerate().any(|(copy, state)| is_lost(state) && !media_lost.contains(&copy));
    match missing || states.iter().all(is_lost) {
        true => Some(journal.place().to_owned()),
        false => clear(Some(journal), observer),
    }
}

/// The folders a copy belongs into: those of START, and the one that was named in the place of one
/// that is not there any more.
fn targets(start: &Start, folder: &Path) -> Vec<PathBuf> {
    let mut targets = start.folders.clone();
    if !targets.iter().any(|target| target == folder) {
        match targets.iter_mut().find(|target| !target.is_dir()) {
            Some(gone) => *gone = folder.to_owned(),
            None => targets.push(folder.to_owned()),
        }
    }
    targets
}

/// END as the journal has it, or as it must be now.
fn decide_end(replayed: &Replayed, clock: &dyn Clock) -> Result<End, String> {
    let frames = replayed.frames.len() as u64;
    let reason = match &replayed.end {
        Some(end) if end.frames == frames => return Ok(end.clone()),
        Some(_) if replayed.released.is_some() => {
            return Err("the recording was signed with more sound than the media have now".into());
        }
        Some(end) if end.reason != EndReason::Finished => end.reason,
        _ => EndReason::Crash,
    };
    let closing = Body::new().with("at", &clock.local_time().rfc3339()).with("why", "recovered after breaking off");
    let closing = match replayed.frames_missing {
        0 => closing,
        missing => closing.with("frames-missing", &missing.to_string()),
    };
    Ok(End { reason, closing: closing.as_str().to_owned(), frames })
}

/// No journal knows the folder: either the recording in it is whole, or nothing can be done.
fn without_journal(folder: &Path, state_dir: &Path) -> Result<Recovered, Error> {
    let path = folder.join(RECORDING);
    let Ok(file) = std::fs::File::open(&path) else {
        return Err(match folder.join(PART).exists() {
            true => Error::NoJournal { folder: folder.to_owned(), state: state_dir.to_owned() },
            false => Error::NothingToRecover(folder.to_owned()),
        });
    };
    let not_whole = |why: &str| Error::NotWhole(path.clone(), why.to_owned());
    let verdict = seal::verify(&mut FileSource::new(file), Check::default(), &mut |_, _| {});
    let verified = verdict.verified().ok_or_else(|| {
        not_whole(verdict.findings().first().map_or("it does not verify", |finding| finding.detail.as_str()))
    })?;
    let evidence = verified.evidence();
    let (Some(words), Some(reason)) = (evidence.words, evidence.end) else {
        return Err(not_whole("it says nothing of its end"));
    };
    journal::sweep(&journal::place(state_dir, evidence.id));
    let saved = finish::read_whole(&path).map_err(|cause| not_whole(&cause.to_string()))?;
    let outcome = Outcome {
        id: evidence.id,
        words,
        digest: saved.digest(),
        reason,
        format: evidence.header.format,
        total_samples: evidence.total_samples,
        copies: vec![CopyResult { folder: folder.to_owned(), state: CopyState::Saved(saved) }],
        time: None,
        journal_kept: None,
    };
    Ok(Recovered { outcome, done: Done::Nothing, frames_missing: 0 })
}
