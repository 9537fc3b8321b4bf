//! The one place where a recording is committed to: seals each frame, feeds the lanes, keeps the
//! journal, and decides what the loss of a copy or of the journal means.
//!
//! Not here: writing (`lane.rs`), the end of a copy (`finish.rs`).
//! Invariants: what the writer was given is what the journal says, in the same order; END is durable
//! before anything is signed for it; the final checkpoint is durable before any file shows it; while
//! one copy lives the recording goes on.

pub(crate) mod anchoring;
pub(crate) mod end;

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use seal::{Body, Encoder, EndReason, EventKind, Writer, head_reserve};
use sha2::{Digest as _, Sha256};

use anchoring::Outside;

use crate::board::Board;
use crate::conductor::{Happening, Work};
use crate::control::{self, Server};
use crate::error::Error;
use crate::finish::Outcome;
use crate::journal::{Journal, Record};
use crate::lagging::Lagging;
use crate::lane::Lane;
use crate::observe::{Alarm, CopyProgress, EventNote, Observer, Progress};
use crate::pace::Pace;
use crate::part::Lost;
use crate::pipeline::{SharedClock, Stage};

/// How long a medium may move nothing before its copy is given up.
const STUCK: Duration = Duration::from_secs(30);
/// How long the last flush may take: a slow medium has much to write then, and nothing waits for it.
const LAST_FLUSH: Duration = Duration::from_secs(300);
/// Faults of media and of the recorder itself that go on the record; what comes after them is only told.
const FAULTS_MAX: usize = 100;
/// Bytes after which a flush is asked for before the second is over.
const FLUSH_BYTES: u64 = 32 << 20;

/// A copy: being written, or lost.
enum Slot {
    Writing(Lane),
    Lost(Lost),
}

/// Where the recording stops and why.
struct Stop {
    reason: EndReason,
    closing: Body,
}

/// What stands before the first sample is sealed.
pub(crate) struct Setup {
    pub(crate) writer: Writer,
    pub(crate) journal: Journal,
    pub(crate) control: Server,
    pub(crate) lanes: Vec<Lane>,
    /// Bytes before the first frame in every part.
    pub(crate) reserve_bytes: usize,
    pub(crate) outside: Outside,
}

pub(crate) struct Sealer {
    /// Commands are taken while there is anything to seal.
    control: Option<Server>,
    writer: Writer,
    journal: Journal,
    /// False from the first error on: the journal is held (locked) but no longer written.
    journal_works: bool,
    folders: Vec<PathBuf>,
    slots: Vec<Slot>,
    lagging: Vec<Lagging>,
    reserve_bytes: usize,
    pace: Pace,
    clock: SharedClock,
    observer: Arc<Board>,
    frames: u64,
    frames_bytes: u64,
    events_bytes: u64,
    faults_noted: usize,
    /// Frames that the lanes have not been handed yet: of one batch at the most.
    unfed: Vec<Arc<[u8]>>,
    unflushed_bytes: u64,
    round: u64,
    outside: Outside,
}

impl Sealer {
    pub(crate) fn new(setup: Setup, pace: Pace, clock: SharedClock, observer: Arc<Board>) -> Sealer {
        let Setup { writer, journal, control, lanes, reserve_bytes, outside } = setup;
        Sealer {
            control: Some(control),
            writer,
            journal,
            journal_works: true,
            folders: lanes.iter().map(|lane| lane.folder().to_owned()).collect(),
            lagging: lanes.iter().map(|_| Lagging::default()).collect(),
            slots: lanes.into_iter().map(Slot::Writing).collect(),
            reserve_bytes,
            pace,
            clock,
            observer,
            frames: 0,
            frames_bytes: 0,
            events_bytes: 0,
            faults_noted: 0,
            unfed: Vec::new(),
            unflushed_bytes: 0,
            round: 0,
            outside,
        }
    }

    /// Seals until the end and finishes every copy.
    pub(crate) fn run(mut self, batches: Receiver<Vec<Stage>>) -> Result<Outcome, Error> {
        let sealed = self.seal_all(batches);
        self.observer.over();
        if sealed.is_err() || !self.outside.anchoring.is_wanted() {
            self.control = None;
        }
        match sealed {
            Ok(stop) => self.end(stop),
            Err(error) => Err(self.discard(error)),
        }
    }

    /// Takes the receiver, so that every step before this one ends when sealing does.
    fn seal_all(&mut self, batches: Receiver<Vec<Stage>>) -> Result<Stop, Error> {
        for batch in batches {
            let stop = batch.into_iter().try_for_each(|stage| self.seal(stage));
            self.feed();
            if let ControlFlow::Break(ended) = stop {
                return ended;
            }
        }
        Ok(self.fault("a step of the recorder ended without a word"))
    }

    fn seal(&mut self, stage: Stage) -> ControlFlow<Result<Stop, Error>> {
        let stop = match stage {
            Stage::Frame { frame, pcm } => self.frame(frame, &pcm),
            Stage::Other(Work::Event(happening)) => self.happen(happening),
            Stage::Other(Work::Tick { paused }) => self.tick(paused),
            Stage::Other(Work::End { reason, closing }) => Some(Stop { reason, closing }),
            Stage::Other(Work::Discard(error)) => return ControlFlow::Break(Err(error)),
            Stage::Other(Work::Block(_)) => Some(self.fault("a block came unencoded")),
        };
        stop.map_or(ControlFlow::Continue(()), |stop| ControlFlow::Break(Ok(stop)))
    }

    fn stamped(&self) -> Body {
        Body::new().with("at", &self.clock.local_time().rfc3339())
    }

    fn fault(&self, why: &str) -> Stop {
        Stop { reason: EndReason::Fault, closing: self.stamped().with("why", why) }
    }

    // ---- sound and events ----

    fn frame(&mut self, frame: Vec<u8>, pcm: &[i32]) -> Option<Stop> {
        if let Some(stop) = self.look_at_media() {
            return Some(stop);
        }
        let (frame, checkpoint) = match self.commit(frame, pcm) {
            Ok(committed) => committed,
            Err(error) => return Some(self.fault(&error.to_string())),
        };
        let digest = Sha256::digest(&frame).into();
        let size = frame.len() as u32;
        self.unfed.push(frame.into());
        self.note(&Record::Frame { size, digest });
        if let Some(note) = checkpoint {
            self.note(&Record::Checkpoint { released: false, note });
            self.anchor_state();
        }
        self.carry_anchors();
        self.frames += 1;
        self.frames_bytes += u64::from(size);
        self.unflushed_bytes += u64::from(size);
        if self.unflushed_bytes >= FLUSH_BYTES {
            self.flush();
        }
        None
    }

    /// Commits to a frame; to the same sound stored without compression when the encoder was caught unfaithful.
    fn commit(&mut self, frame: Vec<u8>, pcm: &[i32]) -> Result<(Vec<u8>, Option<String>), seal::Error> {
        match self.writer.push_frame(&frame, Some(pcm)) {
            Ok(checkpoint) => Ok((frame, checkpoint)),
            Err(seal::Error::Encoder(_)) => {
                let stored = Encoder::store(self.writer.format(), self.frames as u32, pcm)?;
                let checkpoint = self.writer.push_frame(&stored, Some(pcm))?;
                Ok((stored, checkpoint))
            }
            Err(error) => Err(error),
        }
    }

    /// Hands the lanes what was sealed since the last time.
    fn feed(&mut self) {
        let frames = std::mem::take(&mut self.unfed);
        if frames.is_empty() {
            return;
        }
        let lanes: Vec<_> = self.lanes().collect();
        let all_full = lanes.iter().all(|lane| lane.is_full());
        for lane in lanes {
            // Where sound waits for nobody, a copy that lags alone is given up rather than all held up.
            let patience = if self.pace == Pace::Live && !all_full { Duration::ZERO } else { STUCK };
            lane.push(&frames, patience);
        }
    }

    fn happen(&mut self, happening: Happening) -> Option<Stop> {
        let Happening { note, reply } = happening;
        let done = self.record_event(note);
        if let Some((reply, words)) = reply {
            let answer = if done.is_none() { Ok(words) } else { Err(control::ENDING.to_owned()) };
            // Whoever asked may have gone away meanwhile; the event stands all the same.
            let _ = reply.try_send(answer);
        }
        done
    }

    fn record_event(&mut self, note: EventNote) -> Option<Stop> {
        if let Err(error) = self.writer.push_event(note.kind, note.first, note.count, &note.body) {
            return Some(self.fault(&error.to_string()));
        }
        self.events_bytes += 64 + note.body.as_str().len() as u64;
        let EventNote { kind, first, count, body } = note.clone();
        self.note(&Record::Event { kind, first, count, body });
        self.observer.event(&note);
        None
    }

    /// An event of the recorder's own at the present position.
    fn own_event(&mut self, kind: EventKind, body: Body) {
        let note = EventNote { kind, first: self.writer.position(), count: 0, body };
        // A seal that has no room for it ends the recording at the next frame anyway.
        let _ = self.record_event(note);
    }

    // ---- the journal ----

    fn note(&mut self, record: &Record) {
        if self.journal_works {
            let done = self.journal.append(record);
            self.journal_did(done);
        }
    }

    fn note_durably(&mut self, record: &Record) {
        if self.journal_works {
            let done = self.journal.append_durably(record);
            self.journal_did(done);
        }
    }

    /// The first error of the journal is its last: what it holds after that is not known.
    fn journal_did(&mut self, done: std::io::Result<()>) {
        let Err(error) = done else { return };
        self.journal_works = false;
        self.observer.alarm(&Alarm::JournalFailed { why: error.to_string() });
        let body = self.stamped().with("what", "the journal failed").with("why", &error.to_string());
        self.own_event(EventKind::Fault, body);
    }

    // ---- the media ----

    fn lanes(&self) -> impl Iterator<Item = &Lane> {
        self.slots.iter().filter_map(|slot| match slot {
            Slot::Writing(lane) => Some(lane),
            Slot::Lost(_) => None,
        })
    }

    /// Notices lost copies and full media; says so when the recording cannot go on.
    fn look_at_media(&mut self) -> Option<Stop> {
        self.notice_losses();
        let unfed_bytes = self.unfed.iter().map(|frame| frame.len() as u64).sum();
        let low = self.lanes().filter(|lane| lane.is_low(unfed_bytes)).count();
        let writing = self.lanes().count();
        if writing == 0 {
            return Some(self.fault("every copy was lost"));
        }
        if low == writing {
            self.observer.alarm(&Alarm::MediaFull);
            let closing = self.stamped().with("why", "the media are full");
            return Some(Stop { reason: EndReason::DiskFull, closing });
        }
        if low > 0 {
            for lane in self.lanes().filter(|lane| lane.is_low(unfed_bytes)) {
                lane.give_up(Lost::full());
            }
            self.notice_losses();
        }
        None
    }

    fn notice_losses(&mut self) {
        for copy in 0..self.slots.len() {
            let lost = match &self.slots[copy] {
                Slot::Writing(lane) => lane.lost(),
                Slot::Lost(_) => None,
            };
            if let Some(lost) = lost {
                self.lose(copy, lost);
            }
        }
    }

    fn lose(&mut self, copy: usize, lost: Lost) {
        let number = (copy + 1).to_string();
        let folder = &self.folders[copy];
        self.observer.clear(|alarm| {
            matches!(alarm, Alarm::CopyLags { folder: of, .. } | Alarm::CopyFills { folder: of, .. } if of == folder)
        });
        self.note(&Record::Medium { copy: copy as u8, why: lost.why.clone() });
        let body = self.stamped().with("copy", &number).with("why", &lost.why);
        self.own_event(EventKind::MediumLost, body);
        self.slots[copy] = Slot::Lost(lost);
    }

    // ---- each second ----

    fn tick(&mut self, paused: bool) -> Option<Stop> {
        if let Some(seconds) = self.observer.beat() {
            self.note_fault(self.stamped().with("what", &format!("nothing was sealed for {seconds} s")));
        }
        let stop = self.look_at_media();
        self.flush();
        self.carry_anchors();
        self.look_at_lags();
        self.observer.progress(&Progress {
            position: self.writer.position(),
            rate_hz: self.writer.format().rate_hz(),
            paused,
            copies: self.copies_progress(),
            anchored: self.outside.progress(self.writer.position(), self.writer.format().rate_hz()),
        });
        stop
    }

    fn look_at_lags(&mut self) {
        if !self.pace.is_live() {
            return;
        }
        let mut new = Vec::new();
        for (copy, (slot, lagging)) in self.slots.iter().zip(&mut self.lagging).enumerate() {
            if let Slot::Writing(lane) = slot {
                let whats = lagging.tick(lane, self.round, self.writer.format(), &self.observer);
                new.extend(whats.into_iter().map(|what| (copy + 1, what)));
            }
        }
        for (copy, what) in new {
            self.note_fault(self.stamped().with("what", what).with("copy", &copy.to_string()));
        }
    }

    /// Puts a fault of a medium, or of the recorder itself, on the record.
    fn note_fault(&mut self, body: Body) {
        self.faults_noted += 1;
        if self.faults_noted <= FAULTS_MAX {
            self.own_event(EventKind::Fault, body);
        }
    }

    fn copies_progress(&self) -> Vec<CopyProgress> {
        let each = self.slots.iter().zip(&self.folders);
        each.map(|(slot, folder)| match slot {
            Slot::Writing(lane) => lane.progress(),
            Slot::Lost(lost) => {
                CopyProgress { folder: folder.clone(), lag_bytes: 0, free_bytes: None, lost: Some(lost.why.clone()) }
            }
        })
        .collect()
    }

    fn flush(&mut self) {
        self.feed();
        self.unflushed_bytes = 0;
        self.round += 1;
        let growth_bytes = self.growth_bytes();
        for lane in self.lanes() {
            lane.flush(self.round, growth_bytes);
        }
        // At the same time, so that no sound waits for two media in turn. What only the journal keeps then is told as
        // missing.
        if self.journal_works {
            let done = self.journal.flush_soon(self.round);
            self.journal_did(done);
        }
    }

    /// What finishing will need on each medium beyond what is there: nothing, unless the seal outgrows
    /// its reserve and the whole file must be written anew.
    fn growth_bytes(&self) -> u64 {
        let head = head_reserve(self.writer.format(), Some(self.writer.position())) as u64 + self.events_bytes;
        if head > self.reserve_bytes as u64 { head + self.frames_bytes } else { 0 }
    }
}
