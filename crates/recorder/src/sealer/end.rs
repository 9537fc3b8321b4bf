//! The end of a recording: lanes closed, END journaled, the seal signed, every copy finished.
//!
//! Not here: what finishing a file means (`finish.rs`). The order is the invariant: the frames are
//! durable, then END, then the final checkpoint; only then does any file show a signature over the
//! whole. The journal goes when every copy that was alive at END is saved.

use std::path::PathBuf;

use seal::bracket::EvidenceKind;
use seal::{Body, EndReason, Sealed};

use super::{LAST_FLUSH, Sealer, Slot, Stop, anchoring};
use crate::error::Error;
use crate::finish::{self, CopyResult, CopyState, Outcome};
use crate::journal::{End, Journal, Record};
use crate::observe::{Alarm, Observer};
use crate::part::{Lost, PartFile};

impl Sealer {
    /// Ends the recording and finishes every copy.
    pub(super) fn end(mut self, stop: Stop) -> Result<Outcome, Error> {
        let parts = self.close_lanes();
        if parts.iter().all(Result::is_err) {
            return Err(self.give_up(parts, &stop));
        }
        self.carry_anchors();
        self.note_durably(&self.end_record(stop.reason, &stop.closing));
        if self.journal_works {
            let read_back = self.journal.check();
            self.journal_did(read_back);
        }
        let Sealer { writer, journal, journal_works, folders, observer, mut outside, control, reserve_bytes, .. } =
            self;
        let (format, asked) = (writer.format(), outside.anchoring.is_wanted());
        let mut journal = if journal_works { Some(journal) } else { abandon(journal, &*observer) };
        let mut sealed = writer.finish(stop.reason, stop.closing.as_str())?;
        release(&mut journal, &sealed, &*observer);
        // From here on nothing is lost by a kill but the evidence that is waited for.
        outside.courier = None;
        let (gathered, time) = anchoring::gather(&outside, &sealed, reserve_bytes, &*observer);
        drop(control);
        attach(&mut journal, &mut sealed, gathered.evidence, &*observer);
        let wanted: Vec<bool> = parts.iter().map(Result::is_ok).collect();
        let states = finish::complete(parts, &sealed);
        let missing =
            wanted.iter().zip(&states).any(|(wanted, state)| *wanted && matches!(state, CopyState::Lost { .. }));
        for (folder, state) in
            folders.iter().zip(&states).zip(&wanted).filter_map(|(copy, wanted)| wanted.then_some(copy))
        {
            if let CopyState::Lost { why } = state {
                observer.alarm(&Alarm::CopyLost { folder: folder.clone(), why: why.clone() });
            }
        }
        let journal_kept =
            if missing { journal.map(|journal| journal.place().to_owned()) } else { clear(journal, &*observer) };
        let copies = folders.into_iter().zip(states).map(|(folder, state)| CopyResult { folder, state }).collect();
        let mut outcome = outcome(copies, &sealed, stop.reason, format, journal_kept)?;
        outcome.time = asked.then_some(time);
        Ok(outcome)
    }

    fn end_record(&self, reason: EndReason, closing: &Body) -> Record {
        Record::End(End { reason, closing: closing.as_str().to_owned(), frames: self.frames })
    }

    /// Every lane written out and flushed.
    fn close_lanes(&mut self) -> Vec<Result<PartFile, Lost>> {
        (0..self.slots.len())
            .map(|copy| match std::mem::replace(&mut self.slots[copy], Slot::Lost(Lost::new("closed"))) {
                Slot::Writing(lane) => lane.close(LAST_FLUSH).inspect_err(|lost| self.lose(copy, lost.clone())),
                Slot::Lost(lost) => Err(lost),
            })
            .collect()
    }

    /// Every copy is lost: says in the journal why, so that a recovery says it too.
    fn give_up(mut self, parts: Vec<Result<PartFile, Lost>>, stop: &Stop) -> Error {
        let losses: Vec<Lost> = parts.into_iter().filter_map(Result::err).collect();
        let full = losses.iter().all(|lost| lost.full);
        let reason = if full { EndReason::DiskFull } else { EndReason::Fault };
        self.note_durably(&self.end_record(reason, &stop.closing));
        Error::AllCopiesLost {
            copies: self.folders.into_iter().zip(losses).map(|(folder, lost)| (folder, lost.why)).collect(),
            journal: Some(self.journal.place().to_owned()),
        }
    }

    /// There is nothing to keep: takes everything away again.
    pub(super) fn discard(mut self, error: Error) -> Error {
        for part in self.close_lanes().into_iter().flatten() {
            part.remove();
        }
        clear(Some(self.journal), &*self.observer);
        error
    }
}

/// A journal that failed could be recovered to a second history: better none. Where it cannot be
/// removed it was emptied; where even that failed, recovery still finds the finished copies first.
fn abandon(journal: Journal, observer: &dyn Observer) -> Option<Journal> {
    clear(Some(journal), observer);
    None
}

/// Makes the final checkpoint durable before any file shows it.
fn release(journal: &mut Option<Journal>, sealed: &Sealed, observer: &dyn Observer) {
    make_known(journal, &Record::Checkpoint { released: true, note: sealed.checkpoint().to_owned() }, observer);
}

/// Puts evidence behind the end, durable in the journal before any file shows it, so that a recovery gives the same bytes.
fn attach(
    journal: &mut Option<Journal>,
    sealed: &mut Sealed,
    evidence: Vec<(EvidenceKind, Vec<u8>)>,
    observer: &dyn Observer,
) {
    for (kind, content) in evidence {
        // A seal without room for it is no reason to lose the copies.
        if sealed.add_evidence(kind, content.clone()).is_err() {
            continue;
        }
        make_known(journal, &Record::Evidence { kind, content }, observer);
    }
}

/// Makes durable what files are going to show. A journal that does not take it goes.
fn make_known(journal: &mut Option<Journal>, record: &Record, observer: &dyn Observer) {
    let Some(mut open) = journal.take() else { return };
    *journal = match open.append_durably(record) {
        Ok(()) => Some(open),
        Err(error) => {
            observer.alarm(&Alarm::JournalFailed { why: error.to_string() });
            abandon(open, observer)
        }
    };
}

/// Removes a journal; its place if it could not be removed.
pub(crate) fn clear(journal: Option<Journal>, observer: &dyn Observer) -> Option<PathBuf> {
    let journal = journal?;
    let place = journal.place().to_owned();
    let error = journal.remove().err()?;
    observer.alarm(&Alarm::JournalLeft { path: place.clone(), why: error.to_string() });
    Some(place)
}

/// The outcome, or the error when no copy was saved.
pub(crate) fn outcome(
    copies: Vec<CopyResult>,
    sealed: &Sealed,
    reason: EndReason,
    format: seal::Format,
    journal_kept: Option<PathBuf>,
) -> Result<Outcome, Error> {
    let digest = copies.iter().find_map(|copy| match &copy.state {
        CopyState::Saved(saved) => Some(saved.digest()),
        CopyState::Lost { .. } => None,
    });
    let Some(digest) = digest else {
        let why = |copy: CopyResult| match copy.state {
            CopyState::Lost { why } => Some((copy.folder, why)),
            CopyState::Saved(_) => None,
        };
        let copies = copies.into_iter().filter_map(why).collect();
        return Err(Error::AllCopiesLost { copies, journal: journal_kept });
    };
    Ok(Outcome {
        id: sealed.id(),
        words: sealed.words(),
        digest,
        reason,
        format,
        total_samples: sealed.total_samples(),
        copies,
        time: None,
        journal_kept,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use seal::{Format, Opening, Secrets, Writer};

    #[test]
    fn a_journal_that_does_not_take_the_checkpoint_is_gone_before_a_file_shows_it() {
        let state = tempfile::tempdir().unwrap();
        let opening = Opening {
            format: Format::new(8_000, 16, 1).unwrap(),
            software: "test".into(),
            start: "2026-01-01T00:00:00+00:00".into(),
            about: Vec::new(),
            checkpoint: None,
            prev: None,
        };
        let secrets = Secrets { signing_key: [1; 32], seed: [2; 32], nonce: [3; 32] };
        let writer = Writer::new(&opening, &secrets, None).unwrap();
        let start = Record::Medium { copy: 0, why: "stands for START".into() };
        let journal = Journal::create(state.path(), writer.id(), &start).unwrap();
        let (path, place) = (journal.path(), journal.place().to_owned());
        drop(journal);
        let journal = Journal::read_only(&place);
        let sealed = writer.finish(EndReason::Finished, "at: then\n").unwrap();
        let mut journal = Some(journal);
        release(&mut journal, &sealed, &crate::observe::Silent);
        assert!(journal.is_none() && !path.exists());
    }
}
