//! Turns pieces of sound, commands and the passing of time into blocks and events in their one order.
//!
//! Not here: encoding, sealing, files. Invariants: every block but the last is full; an event leaves
//! after the sound up to its first sample; paused sound moves no position; lost sound moves it by
//! filler of the same length, so that the timeline keeps real time. A pause takes effect at the end
//! of the block being filled, so that no sound before it is dropped: within a tenth of a second while
//! there is sound, within some seconds where a live source has fallen silent.

mod listen;
mod missing;

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::{SendError, SyncSender, TrySendError};
use std::time::Duration;

use seal::{Body, EndReason, EventKind, Format};

use crate::board::Board;
use crate::clock::Clock;
use crate::control::{self, Command, Verb};
use crate::error::Error;
use crate::inbox::{Inbox, Letter, Reply};
use crate::observe::EventNote;
use crate::pace::Pace;
use crate::source::{self, Piece};
use crate::watch::WallWatch;

use listen::Listening;

const TICK: Duration = Duration::from_secs(1);
/// After so long without sound it is not known whether a live source is only late.
const QUIET: Duration = Duration::from_millis(500);

/// After so long without sound what waits for a live block to fill waits no more: before whoever asked
/// is told that nothing was heard.
const COMPLETE_AFTER: Duration = Duration::from_secs(5);

/// Blocks and events that are handed over together at the most.
const BATCH_MAX: usize = 8;

/// What goes down the line to be encoded and sealed.
pub(crate) enum Work {
    /// Interleaved samples of one block.
    Block(Vec<i32>),
    Event(Happening),
    /// A second has passed.
    Tick {
        paused: bool,
    },
    End {
        reason: EndReason,
        closing: Body,
    },
    /// There is nothing to keep.
    Discard(Error),
}

/// An event, and who waits to hear that it is on the record.
pub(crate) struct Happening {
    pub(crate) note: EventNote,
    pub(crate) reply: Option<(Reply, String)>,
}

/// A pause that was asked for.
struct Pausing {
    asked_at: Duration,
    body: Body,
    reply: Option<Reply>,
}

/// Everybody after the conductor is gone: the recording has ended.
pub(crate) struct Over;

impl<T> From<SendError<T>> for Over {
    fn from(_: SendError<T>) -> Over {
        Over
    }
}

/// What the conductor works with.
pub(crate) struct Conductor {
    inbox: Arc<Inbox>,
    out: SyncSender<Vec<Work>>,
    /// What came of one letter, or of a part of it: handed over together, so that the next step wakes once for all of it.
    batch: Vec<Work>,
    clock: Arc<dyn Clock>,
    board: Arc<Board>,
    format: Format,
    pace: Pace,
    /// The block being filled, interleaved.
    block: Vec<i32>,
    /// Samples in the blocks that have left.
    left: u64,
    /// Events that wait for the sound up to their first sample to leave.
    waiting: VecDeque<Happening>,
    /// A pause that waits for its block to fill.
    pausing: Option<Pausing>,
    paused_at: Option<Duration>,
    next_tick: Duration,
    wall: WallWatch,
    listening: Listening,
    last_sound: Duration,
    /// Until when what the source gave or lost is on the record: later than that it is missing, or only late.
    accounted_until: Duration,
    /// Samples that the source will say were lost and that are accounted for already: filled in, or within a pause.
    filled_ahead: u64,
    /// Whether a person said anything that is worth keeping without sound.
    commanded: bool,
    /// When the last command came.
    commanded_at: Duration,
}

impl Conductor {
    pub(crate) fn new(
        inbox: Arc<Inbox>,
        out: SyncSender<Vec<Work>>,
        clock: Arc<dyn Clock>,
        board: Arc<Board>,
        format: Format,
        pace: Pace,
    ) -> Conductor {
        let now = clock.monotonic();
        Conductor {
            wall: WallWatch::new(&*clock),
            listening: Listening::new(format),
            inbox,
            out,
            batch: Vec::new(),
            clock,
            board,
            format,
            pace,
            block: Vec::new(),
            left: 0,
            waiting: VecDeque::new(),
            pausing: None,
            paused_at: None,
            next_tick: now + TICK,
            last_sound: now,
            accounted_until: now,
            filled_ahead: 0,
            commanded: false,
            commanded_at: now,
        }
    }

    /// Works until the recording ends. `described` are the events at sample 0.
    pub(crate) fn run(mut self, described: Vec<(EventKind, String)>) {
        // Over is no failure here: whoever ended the recording knows why.
        let _ = self.work(described).and_then(|()| self.hand_over());
        self.inbox.close();
    }

    fn work(&mut self, described: Vec<(EventKind, String)>) -> Result<(), Over> {
        for (kind, what) in described {
            let body = self.stamped().with("what", &what);
            self.happen(kind, 0, 0, body, None)?;
        }
        loop {
            self.tick_if_due()?;
            self.hand_over()?;
            let until_tick = self.next_tick.saturating_sub(self.clock.monotonic());
            match self.inbox.take(until_tick.min(TICK)) {
                Letter::Nothing | Letter::Piece(Ok(Piece::Waiting)) => {}
                Letter::Command(command, reply) => self.command(&command, reply)?,
                Letter::End { reason, why } => return self.end(reason, &why),
                Letter::Piece(Ok(Piece::Samples(samples))) => self.sound(&samples)?,
                Letter::Piece(Ok(Piece::Lost { count, why })) => self.lost(count, why)?,
                Letter::Piece(Ok(Piece::Away(why))) => self.source_away(&why)?,
                Letter::Piece(Ok(Piece::Back { what, conversion })) => {
                    self.source_back(&what, conversion.as_deref())?
                }
                Letter::Piece(Ok(Piece::End)) => return self.source_ended(),
                Letter::Piece(Ok(Piece::SourceLost(why))) => return self.source_lost(&why),
                Letter::Piece(Err(error)) => return self.source_failed(error),
            }
        }
    }

    fn send(&mut self, work: Work) -> Result<(), Over> {
        self.batch.push(work);
        if self.batch.len() < BATCH_MAX { Ok(()) } else { self.hand_over() }
    }

    fn hand_over(&mut self) -> Result<(), Over> {
        if self.batch.is_empty() {
            return Ok(());
        }
        match self.out.try_send(std::mem::take(&mut self.batch)) {
            Ok(()) => return Ok(()),
            Err(TrySendError::Disconnected(_)) => return Err(Over),
            Err(TrySendError::Full(batch)) => self.batch = batch,
        }
        let before = self.clock.monotonic();
        self.out.send(std::mem::take(&mut self.batch))?;
        let held_up = self.clock.monotonic().saturating_sub(before);
        if held_up >= QUIET && !self.listening.is_away() {
            // The sound of that time waits to be taken: it is not missing.
            self.last_sound += held_up;
            self.accounted_until += held_up;
        }
        Ok(())
    }

    fn position(&self) -> u64 {
        self.left + (self.block.len() / usize::from(self.format.tracks())) as u64
    }

    fn stamped(&self) -> Body {
        Body::new().with("at", &self.clock.local_time().rfc3339())
    }

    /// Puts an event where it belongs: after the sound up to its first sample.
    fn happen(
        &mut self,
        kind: EventKind,
        first: u64,
        count: u64,
        body: Body,
        reply: Option<(Reply, String)>,
    ) -> Result<(), Over> {
        self.waiting.push_back(Happening { note: EventNote { kind, first, count, body }, reply });
        self.send_events()
    }

    fn send_events(&mut self) -> Result<(), Over> {
        while self.waiting.front().is_some_and(|happening| happening.note.first <= self.left) {
            if let Some(happening) = self.waiting.pop_front() {
                self.send(Work::Event(happening))?;
            }
        }
        Ok(())
    }

    // ---- sound ----

    fn sound(&mut self, samples: &[i32]) -> Result<(), Over> {
        self.last_sound = self.clock.monotonic();
        self.accounted_until = self.last_sound;
        self.filled_ahead = 0;
        self.listen(samples)?;
        let mut rest = samples;
        while !rest.is_empty() && self.paused_at.is_none() {
            let (now, later) = rest.split_at(rest.len().min(self.room()));
            self.block.extend_from_slice(now);
            rest = later;
            self.send_full_block()?;
        }
        Ok(())
    }

    /// Interleaved samples the block still takes.
    fn room(&self) -> usize {
        let full = self.format.block_samples() as usize * usize::from(self.format.tracks());
        full - self.block.len()
    }

    fn send_full_block(&mut self) -> Result<(), Over> {
        if self.room() > 0 {
            return Ok(());
        }
        self.send_block()?;
        match self.pausing.take() {
            Some(pausing) => self.pause(pausing),
            None => Ok(()),
        }
    }

    fn send_block(&mut self) -> Result<(), Over> {
        self.left = self.position();
        let capacity = self.block.len();
        let block = std::mem::replace(&mut self.block, Vec::with_capacity(capacity));
        self.send(Work::Block(block))?;
        self.send_events()
    }

    // ---- commands ----

    fn command(&mut self, command: &Command, reply: Option<Reply>) -> Result<(), Over> {
        self.fill_up_to_now()?;
        self.commanded = true;
        self.commanded_at = self.clock.monotonic();
        let mut body = self.stamped();
        if !command.reason.is_empty() {
            body = body.with("reason", &command.reason);
        }
        match command.verb {
            Verb::Pause if self.paused_at.is_some() || self.pausing.is_some() => refuse(reply, control::PAUSED_ALREADY),
            Verb::Pause => {
                let asked_at = self.commanded_at;
                // Sound from a file or a pipe is never missing, only late.
                let quiet = self.pace == Pace::Live && asked_at.saturating_sub(self.accounted_until) >= QUIET;
                let pausing = Pausing { asked_at, body, reply };
                if self.block.is_empty() && !quiet {
                    return self.pause(pausing);
                }
                self.pausing = Some(pausing);
            }
            Verb::Resume if self.pausing.is_some() => refuse(reply, control::JUST_PAUSING),
            Verb::Resume => return self.resume(body, reply),
            Verb::Mark => return self.point(EventKind::Marker, body, reply, "marked"),
            Verb::Entrant => return self.point(EventKind::Entrant, body, reply, "entrant noted"),
            Verb::Finish => {
                let why = if command.reason.is_empty() { "finished by command" } else { &command.reason };
                self.inbox.put_end(EndReason::Finished, why);
                answer(reply, Ok(format!("finishing at {}", self.clock_face(self.position()))));
            }
        }
        Ok(())
    }

    fn pause(&mut self, pausing: Pausing) -> Result<(), Over> {
        self.paused_at = Some(pausing.asked_at);
        self.point(EventKind::Pause, pausing.body, pausing.reply, "paused")
    }

    fn resume(&mut self, body: Body, reply: Option<Reply>) -> Result<(), Over> {
        let Some(since) = self.paused_at.take() else {
            refuse(reply, control::NOT_PAUSED);
            return Ok(());
        };
        let now = self.clock.monotonic();
        self.filled_ahead += self.samples_in(now.saturating_sub(since.max(self.last_sound)));
        self.last_sound = now;
        self.accounted_until = now;
        let seconds = now.saturating_sub(since).as_secs_f64();
        let body = body.with("paused-seconds", &format!("{seconds:.1}"));
        self.point(EventKind::Resume, body, reply, "resumed")
    }

    /// An event at the present sample, answered once it is on the record.
    fn point(&mut self, kind: EventKind, body: Body, reply: Option<Reply>, done: &str) -> Result<(), Over> {
        let first = self.position();
        let words = format!("{done} at {}", self.clock_face(first));
        self.happen(kind, first, 0, body, reply.map(|reply| (reply, words)))
    }

    fn clock_face(&self, sample: u64) -> String {
        let tenths = sample * 10 / u64::from(self.format.rate_hz());
        format!("{}:{:02}.{}", tenths / 600, tenths / 10 % 60, tenths % 10)
    }

    // ---- time ----

    fn tick_if_due(&mut self) -> Result<(), Over> {
        let now = self.clock.monotonic();
        if now < self.next_tick {
            return Ok(());
        }
        self.next_tick = now + TICK;
        if let Some(step_millis) = self.wall.step(&*self.clock) {
            let body = self.stamped().with("step-seconds", &format!("{:+.3}", step_millis as f64 / 1_000.0));
            self.happen(EventKind::ClockStep, self.position(), 0, body, None)?;
        }
        self.look_at_time(now)?;
        let silent_for = now.saturating_sub(self.last_sound);
        if self.pace.is_live() && silent_for.min(now.saturating_sub(self.commanded_at)) >= COMPLETE_AFTER {
            self.complete_block()?;
        }
        self.send(Work::Tick { paused: self.paused_at.is_some() })?;
        Ok(())
    }

    // ---- the end ----

    fn source_ended(&mut self) -> Result<(), Over> {
        if self.position() == 0 && !self.commanded {
            self.send(Work::Discard(Error::NoSound))?;
            return Ok(());
        }
        self.end(EndReason::Finished, "the source ended")
    }

    fn source_lost(&mut self, why: &str) -> Result<(), Over> {
        let body = self.stamped().with("why", why);
        self.happen(EventKind::SourceLost, self.position(), 0, body, None)?;
        self.end(EndReason::SourceLost, why)
    }

    fn source_failed(&mut self, error: source::Error) -> Result<(), Over> {
        if self.position() == 0 && !self.commanded {
            self.send(Work::Discard(Error::Source(error)))?;
            return Ok(());
        }
        self.source_lost(&error.to_string())
    }

    fn end(&mut self, reason: EndReason, why: &str) -> Result<(), Over> {
        self.fill_up_to_now()?;
        if !self.block.is_empty() {
            self.send_block()?;
        }
        if let Some(pausing) = self.pausing.take() {
            self.pause(pausing)?;
        }
        let closing = self.stamped().with("why", why);
        self.send(Work::End { reason, closing })?;
        Ok(())
    }
}

fn answer(reply: Option<Reply>, words: Result<String, String>) {
    if let Some(reply) = reply {
        // Whoever asked may have gone away meanwhile; the command was carried out all the same.
        let _ = reply.try_send(words);
    }
}

fn refuse(reply: Option<Reply>, why: &str) {
    answer(reply, Err(why.to_owned()));
}
