//! The board on which a recording's alarms hang, and how it stands besides: for whoever asks, at any moment.
//!
//! Not here: what raises or clears an alarm, how one is shown. Invariants: of one thing one alarm hangs here, and its observer hears of it
//! once however often it is raised again; looking never waits for the recording.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sound::levels::Stretch;

use crate::observe::{Alarm, CopyProgress, EventNote, Observer, Progress};
use crate::status::{AlarmStatus, CopyStatus, Level, Status};

/// Stands between a recording and who watches it.
pub(crate) struct Board {
    observer: Arc<dyn Observer>,
    inside: Mutex<Inside>,
    /// Signs of life of the sealing.
    beats: AtomicU64,
    is_over: AtomicBool,
}

#[derive(Default)]
struct Inside {
    standing: Vec<Alarm>,
    progress: Option<Progress>,
    levels: Vec<Stretch>,
    recording: String,
    /// Of each track: samples that stand for sound that never came.
    lost_samples: u64,
    last_event: Option<String>,
}

impl Board {
    pub(crate) fn new(observer: Arc<dyn Observer>, recording: String) -> Board {
        let inside = Mutex::new(Inside { recording, ..Inside::default() });
        Board { observer, inside, beats: AtomicU64::new(0), is_over: AtomicBool::new(false) }
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        // Nothing here panics half way through a change.
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends every alarm that the condition picks out.
    pub(crate) fn clear(&self, over: impl Fn(&Alarm) -> bool) {
        let cleared: Vec<Alarm> = self.lock().standing.extract_if(.., |alarm| over(alarm)).collect();
        for alarm in cleared {
            self.observer.cleared(&alarm);
        }
    }

    /// Whether there hangs one about the same thing.
    pub(crate) fn stands(&self, alarm: &Alarm) -> bool {
        self.lock().standing.iter().any(|standing| standing.is_same(alarm))
    }

    /// What stands now of those that the condition picks out is exactly this.
    pub(crate) fn set(&self, of: impl Fn(&Alarm) -> bool, now: &[Alarm]) {
        self.clear(|alarm| of(alarm) && !now.iter().any(|stays| stays.is_same(alarm)));
        for alarm in now {
            self.alarm(alarm);
        }
    }

    /// A sign of life of the sealing; for how many seconds it was held up before, if that was an alarm.
    pub(crate) fn beat(&self) -> Option<u64> {
        self.beats.fetch_add(1, Ordering::Relaxed);
        let held_up = self.lock().standing.iter().find_map(|alarm| match alarm {
            Alarm::HeldUp { seconds } => Some(*seconds),
            _ => None,
        });
        if held_up.is_some() {
            self.clear(|alarm| matches!(alarm, Alarm::HeldUp { .. }));
        }
        held_up
    }

    /// Signs of life up to now.
    pub(crate) fn beats(&self) -> u64 {
        self.beats.load(Ordering::Relaxed)
    }

    /// Nothing more is sealed.
    pub(crate) fn over(&self) {
        self.is_over.store(true, Ordering::Relaxed);
    }

    /// Whether nothing more is sealed.
    pub(crate) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }

    /// How it stands.
    pub(crate) fn status(&self) -> Status {
        let inside = self.lock();
        let progress = inside.progress.as_ref();
        Status {
            recording: inside.recording.clone(),
            state: match progress {
                _ if self.is_over() => "ending",
                None => "starting",
                Some(progress) if progress.paused => "paused",
                Some(_) => "recording",
            }
            .to_owned(),
            position_samples: progress.map_or(0, |progress| progress.position),
            rate_hz: progress.map_or(0, |progress| progress.rate_hz),
            lost_samples: inside.lost_samples,
            levels: inside.levels.iter().map(Level::new).collect(),
            copies: progress.map_or_else(Vec::new, |progress| progress.copies.iter().map(copy_status).collect()),
            alarms: inside.standing.iter().map(AlarmStatus::new).collect(),
            last_event: inside.last_event.clone(),
            anchored: progress.and_then(|progress| progress.anchored.clone()),
        }
    }
}

fn copy_status(copy: &CopyProgress) -> CopyStatus {
    CopyStatus {
        folder: copy.folder.to_string_lossy().into_owned(),
        lag_bytes: copy.lag_bytes as u64,
        free_bytes: copy.free_bytes,
        lost: copy.lost.clone(),
    }
}

impl Observer for Board {
    fn alarm(&self, alarm: &Alarm) {
        {
            let mut inside = self.lock();
            if let Some(standing) = inside.standing.iter_mut().find(|standing| standing.is_same(alarm)) {
                standing.clone_from(alarm);
                return;
            }
            inside.standing.push(alarm.clone());
        }
        self.observer.alarm(alarm);
    }

    fn cleared(&self, alarm: &Alarm) {
        self.clear(|standing| standing.is_same(alarm));
    }

    fn levels(&self, levels: &[Stretch]) {
        self.lock().levels = levels.to_vec();
        self.observer.levels(levels);
    }

    fn event(&self, event: &EventNote) {
        {
            let mut inside = self.lock();
            inside.last_event = Some(event.kind.name().to_owned());
            if event.stands_for_lost_sound() {
                inside.lost_samples += event.count;
            }
        }
        self.observer.event(event);
    }

    fn remark(&self, words: &str) {
        self.observer.remark(words);
    }

    fn progress(&self, progress: &Progress) {
        self.lock().progress = Some(progress.clone());
        self.observer.progress(progress);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::observe::Fault;

    #[derive(Default)]
    struct Heard(Mutex<Vec<String>>);

    impl Observer for Heard {
        fn alarm(&self, alarm: &Alarm) {
            self.0.lock().unwrap().push(format!("+{alarm}"));
        }
        fn cleared(&self, alarm: &Alarm) {
            self.0.lock().unwrap().push(format!("-{}", alarm.kind()));
        }
    }

    #[test]
    fn one_alarm_for_one_thing_until_it_is_over() {
        let heard = Arc::new(Heard::default());
        let board = Board::new(Arc::clone(&heard) as _, "id".into());
        let dead = |track| Alarm::Sound(Fault::DeadTrack { track });
        let of_sound = |alarm: &Alarm| matches!(alarm, Alarm::Sound(_));
        board.alarm(&Alarm::NoSound { seconds: 3 });
        board.alarm(&Alarm::NoSound { seconds: 4 });
        board.set(of_sound, &[dead(1), dead(2)]);
        board.set(of_sound, &[dead(2)]);
        assert_eq!(board.status().alarms.len(), 2);
        assert_eq!(board.status().alarms[0].text, "no sound for 4 s");
        board.cleared(&Alarm::NoSound { seconds: 0 });
        board.cleared(&Alarm::NoSound { seconds: 0 });
        board.set(of_sound, &[]);
        assert!(board.status().alarms.is_empty());
        let said = heard.0.lock().unwrap().join("\n");
        let words = |track| format!("+track {track} is dead: not even its room is heard");
        let expected = ["+no sound for 3 s", &words(1), &words(2), "-dead-track", "-no-sound", "-dead-track"];
        assert_eq!(said, expected.join("\n"));
    }
}
