//! What a conductor hears in the sound it hands on, and what it knows of the time it came at: alarms that begin and end.
//!
//! Not here: the arithmetic on samples (`sound::watch`), sound that is missing (`missing.rs`). Invariants: listening changes no sample
//! and no position; a file that is taken in faster than it was spoken raises no alarm; alarms put few events on the record, however often
//! they come and go.

use std::time::Duration;

use seal::EventKind;
use sound::levels::{FLOOR_DBFS, Stretch};
use sound::watch::{Fault, Watch};

use super::{Conductor, Over};
use crate::drift::Drift;
use crate::observe::{Alarm, Observer};
use crate::pace::Pace;

/// After so long without sound a live source is reported.
const NO_SOUND: Duration = Duration::from_secs(3);
/// After so long without its source what is missing goes on the record again: seldom, so that a long absence does not fill the seal.
const ABSENCE_EVERY: Duration = Duration::from_secs(10);
/// An overrun is over when there was no other for so long.
const OVERRUN_OVER: Duration = Duration::from_secs(10);
/// Alarms that go on the record as faults; what comes after them is only told, so that a loose plug cannot fill the seal.
const FAULTS_MAX: usize = 100;

/// What listens.
pub(super) struct Listening {
    watch: Watch,
    drift: Drift,
    missing_sound: bool,
    is_away: bool,
    overrun: Option<(Duration, u64)>,
    faults_noted: usize,
    /// What stood at the last look.
    standing: Vec<Fault>,
}

impl Listening {
    pub(super) fn new(format: seal::Format) -> Listening {
        Listening {
            watch: Watch::new(format.rate_hz(), format.bits(), format.tracks()),
            drift: Drift::new(format.rate_hz()),
            missing_sound: false,
            is_away: false,
            overrun: None,
            faults_noted: 0,
            standing: Vec::new(),
        }
    }

    /// Samples that never came, and are accounted for.
    pub(super) fn count_lost(&mut self, count: u64) {
        self.drift.count_lost(count);
    }

    /// Whether the source said that it is gone.
    pub(super) fn is_away(&self) -> bool {
        self.is_away
    }
}

impl Conductor {
    /// Listens to sound that came now.
    pub(super) fn listen(&mut self, samples: &[i32]) -> Result<(), Over> {
        let count = (samples.len() / usize::from(self.format.tracks())) as u64;
        if self.pace == Pace::Live {
            self.listening.drift.count(self.clock.monotonic(), count);
        }
        if std::mem::take(&mut self.listening.missing_sound) && !self.listening.is_away {
            self.board.clear(|alarm| matches!(alarm, Alarm::NoSound { .. }));
            let body = self.stamped();
            self.happen(EventKind::SourceBack, self.position(), 0, body, None)?;
        }
        if !self.pace.is_live() || !self.listening.watch.hear(samples) {
            return Ok(());
        }
        let levels: Vec<Stretch> = self.listening.watch.levels().collect();
        self.board.levels(&levels);
        // A file has no microphone that could be mended.
        if self.pace == Pace::Live { self.report_faults() } else { Ok(()) }
    }

    fn report_faults(&mut self) -> Result<(), Over> {
        let faults = self.listening.watch.faults();
        if faults == self.listening.standing {
            return Ok(());
        }
        let alarms: Vec<Alarm> = faults.iter().copied().map(Alarm::Sound).collect();
        let new: Vec<Alarm> = faults
            .iter()
            .filter(|fault| !self.listening.standing.contains(fault) && !matches!(fault, Fault::NoVoice { .. }))
            .copied()
            .map(Alarm::Sound)
            .collect();
        self.listening.standing = faults.to_vec();
        self.board.set(|alarm| matches!(alarm, Alarm::Sound(_)), &alarms);
        new.iter().try_for_each(|alarm| self.note_fault(alarm))
    }

    /// Puts what an alarm says on the record.
    fn note_fault(&mut self, alarm: &Alarm) -> Result<(), Over> {
        self.listening.faults_noted += 1;
        if self.listening.faults_noted > FAULTS_MAX {
            return Ok(());
        }
        let body = self.stamped().with("what", &alarm.to_string());
        self.happen(EventKind::Fault, self.position(), 0, body, None)
    }

    /// So many samples were lost because nobody took them in.
    pub(super) fn overran(&mut self, count: u64) {
        let now = self.clock.monotonic();
        let (since, before) = self.listening.overrun.unwrap_or((now, 0));
        self.listening.overrun = Some((since.max(now), before + count));
        self.board.alarm(&Alarm::Overrun { count: before + count });
    }

    /// The source is gone, and looked for.
    pub(super) fn source_away(&mut self, why: &str) -> Result<(), Over> {
        self.listening.is_away = true;
        self.board.alarm(&Alarm::SourceGone { why: why.to_owned() });
        self.board.clear(|alarm| matches!(alarm, Alarm::NoSound { .. }));
        let body = self.stamped().with("why", why);
        self.happen(EventKind::SourceLost, self.position(), 0, body, None)
    }

    /// The source is there again; what was missed in between came before this, as a loss.
    pub(super) fn source_back(&mut self, what: &str, conversion: Option<&str>) -> Result<(), Over> {
        self.listening.is_away = false;
        self.listening.missing_sound = false;
        self.board.clear(|alarm| matches!(alarm, Alarm::SourceGone { .. } | Alarm::NoSound { .. }));
        let body = self.stamped().with("what", what);
        self.happen(EventKind::SourceBack, self.position(), 0, body, None)?;
        match conversion {
            None => Ok(()),
            Some(what) => {
                let body = self.stamped().with("what", what);
                self.happen(EventKind::Conversion, self.position(), 0, body, None)
            }
        }
    }

    /// Looks at what only time shows.
    pub(super) fn look_at_time(&mut self, now: Duration) -> Result<(), Over> {
        let silent_for = now.saturating_sub(self.last_sound);
        self.look_at_absence(silent_for)?;
        let is_quiet = self.pace.is_live() && self.paused_at.is_none() && !self.listening.is_away;
        if is_quiet && silent_for >= NO_SOUND {
            self.board.alarm(&Alarm::NoSound { seconds: silent_for.as_secs() });
            if !std::mem::replace(&mut self.listening.missing_sound, true) {
                let body = self.stamped().with("what", "the source gives no sound");
                self.happen(EventKind::Fault, self.position(), 0, body, None)?;
            }
        }
        if self.listening.overrun.is_some_and(|(at, _)| now.saturating_sub(at) >= OVERRUN_OVER) {
            self.listening.overrun = None;
            self.board.clear(|alarm| matches!(alarm, Alarm::Overrun { .. }));
        }
        // While nothing comes there is another alarm for it.
        if self.pace == Pace::Live && silent_for < Duration::from_secs(1) {
            self.look_at_drift(now)?;
        }
        Ok(())
    }

    /// While nothing comes there are no levels; and while the source is gone its absence goes on the record as it lasts, so that a kill does
    /// not take it away.
    fn look_at_absence(&mut self, silent_for: Duration) -> Result<(), Over> {
        if self.pace.is_live() && silent_for >= NO_SOUND {
            let nothing = Stretch { peak_dbfs: FLOOR_DBFS, rms_dbfs: FLOOR_DBFS, is_flat: true, clips: 0 };
            self.board.levels(&vec![nothing; usize::from(self.format.tracks())]);
        }
        let known = Duration::from_secs_f64(self.filled_ahead as f64 / f64::from(self.format.rate_hz()));
        let wanted = if self.filled_ahead == 0 { NO_SOUND } else { known + ABSENCE_EVERY };
        if silent_for >= wanted { self.fill_up_to_now() } else { Ok(()) }
    }

    fn look_at_drift(&mut self, now: Duration) -> Result<(), Over> {
        let Some(millis) = self.listening.drift.off_millis(now) else {
            self.board.clear(|alarm| matches!(alarm, Alarm::Drift { .. }));
            return Ok(());
        };
        let alarm = Alarm::Drift { millis };
        let stands = self.board.stands(&alarm);
        self.board.alarm(&alarm);
        if stands { Ok(()) } else { self.note_fault(&alarm) }
    }
}
