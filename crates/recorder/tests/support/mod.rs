//! What the tests of a recording share: folders, a clock of their own, sound, and the one checker.
//!
//! Not here: any expectation of a single test. The checker revalidates everything there is to know of
//! a set of copies, so every test ends by calling it.

#![allow(clippy::unwrap_used, clippy::panic, dead_code, unreachable_pub)]

pub mod broken;
pub mod cases;
pub mod log;
pub mod tsa;

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use recorder::clock::{Clock, LocalTime};
use recorder::folder::{PART, PART2, RECORDING};
use recorder::observe::{Alarm, EventNote, Observer, Progress};
use recorder::source::memory::Memory;
use recorder::source::{Piece, Shape, Source};
use recorder::{CopyState, Error, FileSource, Outcome, Pace, Session, Settings};
use seal::{AboutField, Check, EventKind, Verified};

/// A clock that stands still until somebody waits; then it is later at once.
pub struct TestClock {
    now: Mutex<Duration>,
    /// When the monotonic clock passes the first, the wall clock jumps by the second (milliseconds).
    pub step: Option<(Duration, i64)>,
}

impl Default for TestClock {
    fn default() -> Self {
        TestClock::new()
    }
}

impl TestClock {
    pub fn new() -> TestClock {
        TestClock { now: Mutex::new(Duration::ZERO), step: None }
    }

    pub fn advance(&self, by: Duration) {
        *self.now.lock().unwrap() += by;
    }
}

impl Clock for TestClock {
    fn monotonic(&self) -> Duration {
        *self.now.lock().unwrap()
    }

    fn local_time(&self) -> LocalTime {
        let now = self.monotonic();
        let step = self.step.filter(|(at, _)| now >= *at).map_or(0, |(_, millis)| millis);
        LocalTime { unix_millis: 1_795_303_004_000 + now.as_millis() as i64 + step, offset_minutes: 60 }
    }

    fn park(&self, at_most: Duration) {
        *self.now.lock().unwrap() += at_most;
    }
}

/// Remembers everything it hears.
#[derive(Default)]
pub struct Notebook {
    heard: Mutex<Heard>,
    news: Condvar,
}

#[derive(Clone, Default)]
pub struct Heard {
    pub alarms: Vec<Alarm>,
    pub cleared: Vec<Alarm>,
    pub events: Vec<EventNote>,
    pub progress: Vec<Progress>,
    pub remarks: Vec<String>,
}

impl Heard {
    pub fn has(&self, kind: EventKind) -> bool {
        self.events.iter().any(|event| event.kind == kind)
    }
}

impl Notebook {
    pub fn heard(&self) -> Heard {
        self.heard.lock().unwrap().clone()
    }

    pub fn alarms(&self) -> Vec<String> {
        self.heard().alarms.iter().map(ToString::to_string).collect()
    }

    /// The events so far as `(kind, first, count)`.
    pub fn events(&self) -> Vec<(EventKind, u64, u64)> {
        self.heard().events.iter().map(|event| (event.kind, event.first, event.count)).collect()
    }

    /// Waits until what was heard is enough.
    pub fn wait_for(&self, what: &str, enough: impl Fn(&Heard) -> bool) {
        let heard = self.heard.lock().unwrap();
        let (heard, timeout) =
            self.news.wait_timeout_while(heard, Duration::from_secs(20), |heard| !enough(heard)).unwrap();
        assert!(!timeout.timed_out(), "never heard {what}; events {:?}, alarms {:?}", heard.events, heard.alarms);
    }

    /// Whether what was heard is enough within that time.
    pub fn hears_within(&self, moment: Duration, enough: impl Fn(&Heard) -> bool) -> bool {
        let heard = self.heard.lock().unwrap();
        enough(&self.news.wait_timeout_while(heard, moment, |heard| !enough(heard)).unwrap().0)
    }

    /// Lets seconds pass until what was heard is enough. The first of them may pass before what was
    /// sent has arrived, so that one alone proves nothing.
    pub fn wait_while_time_passes(&self, clock: &TestClock, what: &str, enough: impl Fn(&Heard) -> bool) {
        for _ in 0..1_000 {
            clock.advance(Duration::from_secs(1));
            let heard = self.heard.lock().unwrap();
            let moment = Duration::from_millis(20);
            if enough(&self.news.wait_timeout_while(heard, moment, |heard| !enough(heard)).unwrap().0) {
                return;
            }
        }
        self.wait_for(what, enough);
    }

    fn hear(&self, note: impl FnOnce(&mut Heard)) {
        note(&mut self.heard.lock().unwrap());
        self.news.notify_all();
    }
}

impl Observer for Notebook {
    fn alarm(&self, alarm: &Alarm) {
        self.hear(|heard| heard.alarms.push(alarm.clone()));
    }
    fn cleared(&self, alarm: &Alarm) {
        self.hear(|heard| heard.cleared.push(alarm.clone()));
    }
    fn event(&self, event: &EventNote) {
        self.hear(|heard| heard.events.push(event.clone()));
    }
    fn remark(&self, words: &str) {
        self.hear(|heard| heard.remarks.push(words.to_owned()));
    }
    fn progress(&self, progress: &Progress) {
        self.hear(|heard| heard.progress.push(progress.clone()));
    }
}

/// A live source: gives what is sent to it, and ends when the sender is dropped.
pub struct Piped {
    shape: Shape,
    pieces: Receiver<Piece>,
}

impl Piped {
    pub fn new(shape: Shape) -> (Sender<Piece>, Piped) {
        let (sender, pieces) = channel();
        (sender, Piped { shape, pieces })
    }

    /// The same, where a piece is sent only once it is asked for: then those before it are in the recorder's hands.
    pub fn by_turns(shape: Shape) -> (SyncSender<Piece>, Piped) {
        let (sender, pieces) = sync_channel(0);
        (sender, Piped { shape, pieces })
    }
}

impl Source for Piped {
    fn shape(&self) -> Shape {
        self.shape
    }
    fn describe(&self) -> String {
        "a pipe of a test".into()
    }
    fn conversion(&self) -> Option<String> {
        Some("none, but said for the test".into())
    }
    fn total_samples(&self) -> Option<u64> {
        None
    }
    fn next(&mut self) -> Result<Piece, recorder::source::Error> {
        Ok(self.pieces.recv().unwrap_or(Piece::End))
    }
}

/// Where a bench stands: a folder that goes away with it, or one that stays.
pub enum Place {
    Temporary(tempfile::TempDir),
    Fixed(PathBuf),
}

impl From<PathBuf> for Place {
    fn from(path: PathBuf) -> Place {
        Place::Fixed(path)
    }
}

/// Two folders, a state folder, a clock and a notebook.
pub struct Bench {
    pub dir: Place,
    pub clock: Arc<TestClock>,
    pub notebook: Arc<Notebook>,
}

impl Bench {
    pub fn new() -> Bench {
        let dir = tempfile::tempdir().unwrap();
        for name in ["a", "b"] {
            std::fs::create_dir(dir.path().join(name)).unwrap();
        }
        let dir = Place::Temporary(dir);
        Bench { dir, clock: Arc::new(TestClock::new()), notebook: Arc::new(Notebook::default()) }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        match &self.dir {
            Place::Temporary(dir) => dir.path().join(name),
            Place::Fixed(dir) => dir.join(name),
        }
    }

    pub fn state(&self) -> PathBuf {
        self.path("state")
    }

    pub fn settings(&self, pace: Pace) -> Settings {
        Settings {
            folders: vec![self.path("a"), self.path("b")],
            state_dir: self.state(),
            software: "recorder tests".into(),
            about: vec![(AboutField::Place, "a room".into())],
            device: None,
            prev: None,
            pace,
            secrets: recorder::fresh_secrets().unwrap(),
            checked: None,
            anchoring: recorder::anchor::Anchoring::default(),
        }
    }

    pub fn start(&self, pace: Pace, source: impl Source + 'static) -> Result<Session, Error> {
        recorder::start(self.settings(pace), Box::new(source), self.clock.clone(), self.notebook.clone())
    }

    pub fn record(&self, source: impl Source + 'static) -> Result<Outcome, Error> {
        self.start(Pace::Fast, source)?.wait()
    }

    pub fn recover(&self, name: &str) -> Result<recorder::Recovered, Error> {
        recorder::recover(&self.path(name), &self.state(), &*self.clock, &*self.notebook)
    }

    /// Journals that are left.
    pub fn journals(&self) -> usize {
        std::fs::read_dir(self.state().join("journals")).map_or(0, Iterator::count)
    }

    /// Checks everything about an outcome whose copies are all saved.
    pub fn check(&self, outcome: &Outcome) -> Verified {
        assert!(outcome.is_whole(), "{outcome:?}");
        let bytes = std::fs::read(outcome.copies[0].path()).unwrap();
        for copy in &outcome.copies {
            assert!(std::fs::read(copy.path()).unwrap() == bytes, "copies differ");
            let CopyState::Saved(saved) = &copy.state else { panic!("lost") };
            assert_eq!((saved.digest(), saved.len_bytes()), (outcome.digest, bytes.len() as u64));
            for name in [PART, PART2] {
                assert!(!copy.folder.join(name).exists(), "{name} is left");
            }
        }
        assert_eq!(self.journals(), 0, "a journal is left");
        let verified = verify(&outcome.copies[0].path());
        assert_eq!(verified.evidence().id, outcome.id);
        assert_eq!(verified.evidence().words, Some(outcome.words));
        assert_eq!(verified.evidence().total_samples, outcome.total_samples);
        assert_eq!(verified.evidence().end, Some(outcome.reason));
        verified
    }
}

/// Verifies a file as deeply as can be.
pub fn verify(path: &Path) -> Verified {
    let mut file = FileSource::new(std::fs::File::open(path).unwrap());
    let verdict = seal::verify(&mut file, Check { deep: true, ..Check::default() }, &mut |_, _| {});
    verdict.verified().unwrap_or_else(|| panic!("{path:?}: {:?}", verdict.findings())).clone()
}

/// The samples of a recording, interleaved, decoded by the recorder's own way in.
pub fn decode(folder: &Path) -> Vec<i32> {
    let mut source = recorder::source::open_file(&folder.join(RECORDING)).unwrap();
    let mut samples = Vec::new();
    loop {
        match source.next().unwrap() {
            Piece::Samples(more) => samples.extend(more),
            Piece::End => return samples,
            other => panic!("{other:?}"),
        }
    }
}

pub fn shape(rate_hz: u32, bits: u8, tracks: u8) -> Shape {
    Shape { rate_hz, bits, tracks }
}

/// Noise of every loudness, the same for the same shape and length.
pub fn noise(shape: Shape, samples: usize) -> Vec<i32> {
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    (0..samples * usize::from(shape.tracks))
        .map(|at| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let loudness = 64 - shape.bits as usize + at / 997 % usize::from(shape.bits);
            (state as i64 >> loudness) as i32
        })
        .collect()
}

pub fn memory(shape: Shape, samples: usize) -> Memory {
    Memory::samples(shape, noise(shape, samples))
}
