//! Sound that is missing: filler in its place, so that the timeline keeps real time, and what of it a pause leaves out.
//!
//! Not here: how a source knows what it lost (`source/`). Invariants: what is missing before a pause was asked for is filled in, what
//! is missing after it is not; a recording that ends in silence ends with its last sound; nothing is filled in twice, once because it was waited for and once because its source came back.

use std::time::Duration;

use seal::EventKind;

use super::{Conductor, Over};
use crate::pace::Pace;
use crate::source::Loss;

impl Conductor {
    /// Sound that its source says was lost.
    pub(super) fn lost(&mut self, count: u64, why: Loss) -> Result<(), Over> {
        self.listening.count_lost(count);
        let mut count = count;
        if why == Loss::Stalled {
            count -= count.min(std::mem::take(&mut self.filled_ahead));
            self.accounted_until = self.clock.monotonic();
            // Its source says so when it has sound again: nothing more is missing, even if it takes a moment to come.
            self.last_sound = self.accounted_until;
        }
        if self.paused_at.is_some() {
            return Ok(());
        }
        let Some(pausing) = self.pausing.take() else {
            return self.fill(count, why);
        };
        // What was missing before the pause was asked for belongs to the recording.
        let since_asked = self.samples_in(self.clock.monotonic().saturating_sub(pausing.asked_at));
        self.fill(count.min(self.to_block_end(count.saturating_sub(since_asked))), why)?;
        if self.block.is_empty() {
            return self.pause(pausing);
        }
        self.pausing = Some(pausing);
        Ok(())
    }

    /// So many samples of silence in place of sound, with the event that says so.
    fn fill(&mut self, count: u64, why: Loss) -> Result<(), Over> {
        if count == 0 {
            return Ok(());
        }
        if why == Loss::Overrun {
            self.overran(count);
        }
        let (kind, words) = match why {
            Loss::Overrun => (EventKind::Overrun, "the recorder did not take the sound in time"),
            _ => (EventKind::Gap, "the source delivered nothing"),
        };
        let body = self.stamped().with("why", words);
        self.happen(kind, self.position(), count, body, None)?;
        let tracks = usize::from(self.format.tracks());
        let mut rest = count;
        while rest > 0 {
            let now = rest.min((self.room() / tracks) as u64);
            self.block.resize(self.block.len() + now as usize * tracks, 0);
            rest -= now;
            self.send_full_block()?;
        }
        Ok(())
    }

    /// While its source is gone the time still passes: what is missing up to now is filled in before anything else goes on the record.
    pub(super) fn fill_up_to_now(&mut self) -> Result<(), Over> {
        if !self.listening.is_away() || self.paused_at.is_some() || self.pausing.is_some() {
            return Ok(());
        }
        let missing = self.samples_in(self.clock.monotonic().saturating_sub(self.last_sound));
        let count = missing.saturating_sub(self.filled_ahead);
        self.fill(count, Loss::Stalled)?;
        self.filled_ahead += count;
        Ok(())
    }

    pub(super) fn samples_in(&self, time: Duration) -> u64 {
        (time.as_secs_f64() * f64::from(self.format.rate_hz())).round() as u64
    }

    /// How many samples it takes to where a block ends, but at least so many.
    fn to_block_end(&self, at_least: u64) -> u64 {
        let begun = (self.block.len() / usize::from(self.format.tracks())) as u64;
        let block = u64::from(self.format.block_samples());
        begun.saturating_add(at_least).checked_next_multiple_of(block).map_or(at_least, |end| end - begun)
    }

    /// A live source that delivers nothing holds up what waits for its block to fill: what is missing
    /// is filler, and says so.
    pub(super) fn complete_block(&mut self) -> Result<(), Over> {
        let answered = self.waiting.iter().any(|happening| happening.reply.is_some());
        let held_up = self.pausing.is_some() || answered && !self.block.is_empty();
        if self.paused_at.is_some() || !held_up {
            return Ok(());
        }
        let pausing = self.pausing.take();
        // Before a pause all that is missing is filled in: after it nobody could say how much belonged to the recording.
        let quiet = match &pausing {
            Some(asked) if self.pace == Pace::Live => asked.asked_at.saturating_sub(self.accounted_until),
            _ => Duration::ZERO,
        };
        let count = self.to_block_end(self.samples_in(quiet));
        self.fill(count, Loss::Stalled)?;
        self.filled_ahead += count;
        self.accounted_until += Duration::from_secs_f64(count as f64 / f64::from(self.format.rate_hz()));
        pausing.map_or(Ok(()), |pausing| self.pause(pausing))
    }
}
