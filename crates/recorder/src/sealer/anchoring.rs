//! States of the recording on their way to the log, and anchors on their way back onto the record.
//!
//! Not here: the network (`anchor/`). Invariants: a state leaves only once the journal has it durably, for which nothing
//! waits; what an anchor refers to stands in the seal before it; anchors never take the room that sound needs, and
//! where anything about them fails the recording goes on.

use std::sync::Arc;
use std::time::Duration;

use seal::bracket::anchor_body;
use seal::tlog::{Entry, EntryKind, blinded};
use seal::{Format, Kept, Sealed};

use super::Sealer;
use crate::anchor::last::{self, End, Gathered};
use crate::anchor::{Anchoring, Courier, Expected, Submission, fresh_blind};
use crate::finish::TimeEvidence;
use crate::inbox::Inbox;
use crate::journal::Record;
use crate::observe::{Alarm, AnchorProgress, Observer};

/// Bytes of an anchor and of the checkpoint it refers to, about.
const ANCHOR_BYTES: u64 = 2_000;
/// Bytes of a time stamp, at most in practice.
const TIMESTAMP_BYTES: u64 = 16_384;
/// What evidence of the end may take where the file is written anew in any case: less than the margin that is kept free on a medium.
const END_BYTES_MAX: usize = 96 << 10;
/// Once anchors have taken so much of the seal, which has 16 MiB, there is one a minute; and at last none.
const ANCHORS_BYTES_MANY: u64 = 3 << 20;
const ANCHORS_BYTES_MAX: u64 = 6 << 20;
const INTERVAL_MAX: Duration = Duration::from_secs(60);
/// So many intervals without an anchor are too many.
const INTERVALS_LATE: u32 = 3;
/// What is kept in the head of a file for the sound of so long, when it is not known how long it will be.
const HOUR_S: u64 = 3_600;

/// What there is to do with the world outside.
pub(crate) struct Outside {
    pub(crate) anchoring: Anchoring,
    /// What is known of the log.
    pub(crate) expected: Expected,
    /// Carries states to the log, if there is one.
    pub(crate) courier: Option<Courier>,
    /// Whoever drives the recording is heard through it.
    pub(crate) inbox: Arc<Inbox>,
    live: Live,
}

/// How far anchoring is.
#[derive(Default)]
struct Live {
    /// When the next state is due, by the monotonic clock.
    due: Duration,
    /// A state that waits for the journal's disk, and for which round of flushing.
    unflushed: Option<(u64, Submission)>,
    /// Samples under the newest anchored state.
    covered: u64,
    longest_samples: u64,
    anchors: u32,
    bytes: u64,
}

impl Outside {
    pub(crate) fn new(
        anchoring: Anchoring,
        expected: Expected,
        courier: Option<Courier>,
        inbox: Arc<Inbox>,
    ) -> Outside {
        Outside { anchoring, expected, courier, inbox, live: Live::default() }
    }

    /// Bytes to be kept before the frames for all of it.
    pub(crate) fn reserve_bytes(anchoring: &Anchoring, format: Format, samples: Option<u64>) -> u64 {
        let seconds = samples.map_or(HOUR_S, |samples| samples / u64::from(format.rate_hz()));
        let anchors = anchoring.log.as_ref().map_or(0, |_| seconds / anchoring.interval.as_secs().max(1) + 2);
        (anchors * ANCHOR_BYTES).min(ANCHORS_BYTES_MAX) + anchoring.timestamps.len() as u64 * TIMESTAMP_BYTES
    }

    /// How long it is to the next state; none when anchors have had their share of the seal.
    fn interval(&self) -> Option<Duration> {
        match self.live.bytes {
            0..ANCHORS_BYTES_MANY => Some(self.anchoring.interval),
            ANCHORS_BYTES_MANY..ANCHORS_BYTES_MAX => Some(self.anchoring.interval.max(INTERVAL_MAX)),
            _ => None,
        }
    }

    /// How it stands at that sample.
    pub(super) fn progress(&self, position: u64, rate_hz: u32) -> Option<AnchorProgress> {
        let courier = self.courier.as_ref()?;
        let since_seconds = position.saturating_sub(self.live.covered) / u64::from(rate_hz.max(1));
        let late = (self.anchoring.interval * INTERVALS_LATE).as_secs();
        Some(AnchorProgress {
            anchors: self.live.anchors,
            since_seconds,
            is_late: since_seconds > late,
            why_not: courier.doings().why_not,
        })
    }
}

impl Sealer {
    /// A segment was sealed: a state of the recording, which is anchored when it is time.
    pub(super) fn anchor_state(&mut self) {
        let now = self.clock.monotonic();
        let due = self.outside.courier.is_some() && now >= self.outside.live.due;
        let Some(interval) = self.outside.interval().filter(|_| due) else { return };
        self.outside.live.due = now + interval;
        // Without chance or room there is no anchor; the sound goes on.
        let Ok(blind) = fresh_blind() else { return };
        let Ok(Kept { size, text }) = self.writer.keep_checkpoint() else { return };
        let entry = Entry { kind: EntryKind::Recording, commitment: blinded(&blind, &text) };
        let submission = Submission { size, position: self.writer.position(), blind, entry };
        self.add_bytes(text.len() as u64 + 128);
        self.note(&Record::Kept { size, text });
        // What is written by now is durable when the next round is.
        self.outside.live.unflushed = Some((self.round + 1, submission));
    }

    /// Sends what the journal has by now, and puts on the record what came back.
    pub(super) fn carry_anchors(&mut self) {
        let Some(courier) = &self.outside.courier else { return };
        let doings = courier.doings();
        for anchored in courier.fetch() {
            let Submission { size, position, blind, .. } = anchored.submission;
            self.put_anchor(position, &anchor_body(size, &blind, &anchored.proof));
        }
        match doings.fault {
            Some(why) => self.observer.alarm(&Alarm::LogFault { why }),
            None => self.observer.clear(|alarm| matches!(alarm, Alarm::LogFault { .. })),
        }
        if let Some((round, submission)) = self.outside.live.unflushed.take() {
            match self.is_safe(round) {
                true => self.outside.courier.iter().for_each(|courier| courier.send(submission.clone())),
                false => self.outside.live.unflushed = Some((round, submission)),
            }
        }
    }

    /// Whether the journal has on its disk what it was given before that round of flushing. One that failed is gone before anything is
    /// signed, so that nothing has to agree with it.
    fn is_safe(&mut self, round: u64) -> bool {
        if !self.journal_works {
            return true;
        }
        let durable = self.journal.is_durable(round);
        let is_safe = durable.as_ref().is_ok_and(|durable| *durable);
        self.journal_did(durable.map(drop));
        is_safe
    }

    /// Puts an anchor on the record; it covers the sound up to that sample.
    fn put_anchor(&mut self, position: u64, body: &[u8]) {
        let first = self.writer.position();
        if self.writer.push_anchor(first, body).is_err() {
            return;
        }
        self.note(&Record::Anchor { first, body: body.to_vec() });
        self.add_bytes(body.len() as u64 + 16);
        let live = &mut self.outside.live;
        live.anchors += 1;
        live.longest_samples = live.longest_samples.max(position.saturating_sub(live.covered));
        live.covered = live.covered.max(position);
    }

    fn add_bytes(&mut self, bytes: u64) {
        self.outside.live.bytes += bytes;
        self.events_bytes += bytes;
    }
}

/// Takes out what the seal has no room for in the files as they are: no copy may be lost for it.
fn fit(gathered: &mut Gathered, sealed: &Sealed, reserve_bytes: usize) {
    const BESIDES_BYTES: usize = 3;
    // The head of a padding block may be needed too.
    let spare = reserve_bytes.checked_sub(sealed.head_bytes() + 4);
    let mut room = spare.unwrap_or(END_BYTES_MAX);
    let before = gathered.evidence.len();
    gathered.evidence.retain(|(_, content)| {
        let left = room.checked_sub(content.len() + BESIDES_BYTES);
        room = left.unwrap_or(room);
        left.is_some()
    });
    for _ in gathered.evidence.len()..before {
        gathered.missing.push(("the seal".to_owned(), "there was no room for what came".to_owned()));
    }
}

/// Asks about the end, for as long as that may take, and says what came of it.
pub(super) fn gather(
    outside: &Outside,
    sealed: &Sealed,
    reserve_bytes: usize,
    observer: &dyn Observer,
) -> (Gathered, TimeEvidence) {
    let mut gathered = if outside.anchoring.is_wanted() {
        let seconds = outside.anchoring.evidence_wait.as_secs();
        observer.remark(&format!("sealed; evidence of its time is waited for, {seconds} s at the most"));
        outside.inbox.linger();
        let text = sealed.checkpoint_text().to_owned();
        let size = text.lines().nth(1).and_then(|line| line.parse().ok()).expect("the second line is the size");
        let end = End { size, text };
        last::gather(&outside.anchoring, &outside.expected, &end, || outside.inbox.is_enough())
    } else {
        Gathered::default()
    };
    fit(&mut gathered, sealed, reserve_bytes);
    let is = |wanted| gathered.evidence.iter().filter(|(kind, _)| *kind == wanted).count() as u32;
    let live = &outside.live;
    let to_the_end = sealed.total_samples().saturating_sub(live.covered);
    let time = TimeEvidence {
        has_checkpoint: outside.expected.is_from_header(),
        anchors: live.anchors,
        longest_samples: live.longest_samples.max(to_the_end),
        end_is_anchored: is(seal::bracket::EvidenceKind::Anchor) > 0,
        timestamps: is(seal::bracket::EvidenceKind::Token),
        missing: gathered.missing.clone(),
    };
    (gathered, time)
}
