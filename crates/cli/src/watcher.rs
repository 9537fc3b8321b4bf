//! What a recording says while it runs, handed to whoever shows it: lines, plain lines, or the screen.
//!
//! Not the result (`record.rs`) nor how anything looks (`lines.rs`, `screen/`). Invariants: whoever is told something never waits here, even
//! when nobody reads standard error: showing is a thread's own work, and what it cannot take any more is counted
//! instead; what cost sound is counted in any case.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use recorder::observe::{Alarm, EventNote, Observer, Progress, Stretch};
use recorder::{CommandHandle, PaceHandle, StopHandle};

use crate::error::{Error, Result};
use crate::text;

/// News that may wait to be shown.
const WAITING_MAX: usize = 256;
/// For so long the end of the work waits for its last alarms to be shown.
const PATIENCE: Duration = Duration::from_secs(2);

/// Something to show.
pub(crate) enum News {
    Alarm(Alarm),
    Cleared(Alarm),
    Event(EventNote),
    Progress(Progress),
    /// Something that is no alarm.
    Remark(String),
    Levels(Vec<Stretch>),
    /// The recording runs; by these it is driven.
    Started(Handles),
    /// A person typed a line.
    Typed(String),
    /// Somebody wanted to suspend it, which it is not.
    Suspending,
    /// Answered when everything before it is shown, and nothing is drawn any more.
    Clear(SyncSender<()>),
}

/// By what a running recording is driven.
pub(crate) struct Handles {
    pub(crate) command: CommandHandle,
    pub(crate) stop: StopHandle,
    pub(crate) pace: PaceHandle,
}

/// Watches one recording or recovery.
pub(crate) struct Watcher {
    said: SyncSender<News>,
    shared: Arc<Shared>,
    costs: Mutex<Costs>,
}

/// What was lost of the sound.
#[derive(Clone, Debug, Default)]
pub(crate) struct Costs {
    /// Samples of each track that stand for sound that never came.
    pub(crate) lost_samples: u64,
    /// The kinds of alarm that stood at some time.
    pub(crate) alarms: BTreeSet<&'static str>,
}

#[derive(Default)]
pub(crate) struct Shared {
    /// Of these no more than one waits to be shown, so that they never take an alarm's place.
    progress: AtomicBool,
    levels: AtomicBool,
    /// Alarms there was no place for.
    untold: AtomicU64,
}

impl Shared {
    /// Takes note that something was taken to be shown; alarms that had no place.
    pub(crate) fn took(&self, news: &News) -> u64 {
        match news {
            News::Progress(_) => self.progress.store(false, Ordering::Relaxed),
            News::Levels(_) => self.levels.store(false, Ordering::Relaxed),
            _ => {}
        }
        self.untold.swap(0, Ordering::Relaxed)
    }
}

impl Watcher {
    /// Shows in a thread of its own, by the function given.
    pub(crate) fn new(show: impl FnOnce(&Receiver<News>, &Shared) + Send + 'static) -> Result<Watcher> {
        let (said, heard) = sync_channel(WAITING_MAX);
        let shared = Arc::new(Shared::default());
        let of_thread = Arc::clone(&shared);
        let run = move || show(&heard, &of_thread);
        std::thread::Builder::new().name("watcher".into()).spawn(run).map_err(|err| {
            Error::of(format_args!("no thread can be started: {err}")).hint("end other programs, and try again")
        })?;
        Ok(Watcher { said, shared, costs: Mutex::default() })
    }

    /// The recording runs.
    pub(crate) fn started(&self, handles: Handles) {
        // Nobody shows anything any more; the recording runs all the same.
        let _ = self.said.send(News::Started(handles));
    }

    /// Somebody wanted to suspend it.
    pub(crate) fn suspending(&self) {
        self.say(News::Suspending);
    }

    /// Where lines that a person types go to.
    pub(crate) fn typed(&self) -> impl Fn(String) -> bool + Send + 'static {
        let said = self.said.clone();
        move |line| said.send(News::Typed(line)).is_ok()
    }

    /// Takes away what is drawn, behind the last alarm.
    pub(crate) fn clear(&self) {
        let (done, wait) = sync_channel(1);
        if self.said.try_send(News::Clear(done)).is_ok() {
            // When nobody reads standard error the result does not wait for it.
            let _ = wait.recv_timeout(PATIENCE);
        }
    }

    /// What was lost of the sound up to now.
    pub(crate) fn costs(&self) -> Costs {
        self.costs.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn say(&self, news: News) {
        let is_alarm = matches!(news, News::Alarm(_));
        if self.said.try_send(news).is_err() && is_alarm {
            self.shared.untold.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Says what only its newest counts of, unless one waits already.
    fn say_newest(&self, waits: &AtomicBool, news: News) {
        if !waits.swap(true, Ordering::Relaxed) && self.said.try_send(news).is_err() {
            waits.store(false, Ordering::Relaxed);
        }
    }
}

impl Observer for Watcher {
    fn alarm(&self, alarm: &Alarm) {
        self.costs.lock().unwrap_or_else(PoisonError::into_inner).alarms.insert(alarm.kind());
        self.say(News::Alarm(alarm.clone()));
    }

    fn cleared(&self, alarm: &Alarm) {
        self.say(News::Cleared(alarm.clone()));
    }

    fn event(&self, event: &EventNote) {
        if event.stands_for_lost_sound() {
            self.costs.lock().unwrap_or_else(PoisonError::into_inner).lost_samples += event.count;
        }
        self.say(News::Event(event.clone()));
    }

    fn remark(&self, words: &str) {
        self.say(News::Remark(text::visible(words)));
    }

    fn progress(&self, progress: &Progress) {
        self.say_newest(&self.shared.progress, News::Progress(progress.clone()));
    }

    fn levels(&self, levels: &[Stretch]) {
        self.say_newest(&self.shared.levels, News::Levels(levels.to_vec()));
    }
}
