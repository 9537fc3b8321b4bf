//! A recording from its start checks to its outcome.
//!
//! Not here: the steps themselves; this is where they are put together.
//! Invariants: nothing is written before every check has passed; the journal's START is durable
//! before any part exists; a start that fails takes away what it made, one that gets no threads makes nothing.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use seal::{AboutField, DeviceKey, EndReason, EventKind, Format, Opening, RecordingId, Secrets, Writer, head_reserve};

use crate::anchor::{Anchoring, Courier, Expected};
use crate::board::Board;
use crate::clock::Clock;
use crate::conductor::Conductor;
use crate::control::{Command, Server};
use crate::crew::{Crew, Spawn};
use crate::error::Error;
use crate::finish::Outcome;
use crate::folder;
use crate::held_up;
use crate::inbox::Inbox;
use crate::journal::{Journal, Record, Start};
use crate::lane::Lane;
use crate::observe::Observer;
use crate::pace::{Pace, Pacer};
use crate::part::PartFile;
use crate::pipeline::{self, BATCHES_MAX};
use crate::sealer::anchoring::Outside;
use crate::sealer::{Sealer, Setup};
use crate::source::Source;
use crate::status::Status;

/// How long a start that fails waits for a medium to let go of its part.
const START_PATIENCE: Duration = Duration::from_secs(5);

/// What a recording is to be.
pub struct Settings {
    /// A folder for each copy, on different media if possible.
    pub folders: Vec<PathBuf>,
    /// Where journals are kept: on this machine's own disk.
    pub state_dir: PathBuf,
    /// Name and version of the software.
    pub software: String,
    /// What the header commits to.
    pub about: Vec<(AboutField, String)>,
    /// The key by which the device vouches for the recording.
    pub device: Option<DeviceKey>,
    /// The recording this one continues, if the caller says so; the recorder itself never does.
    pub prev: Option<RecordingId>,
    /// How fast sound is taken in.
    pub pace: Pace,
    /// Chance for this recording alone: [`fresh_secrets`].
    pub secrets: Secrets,
    /// What a check before the recording found, to be put on the record at its start.
    pub checked: Option<String>,
    /// Who outside is to say when it was made.
    pub anchoring: Anchoring,
}

/// Secrets from the operating system's randomness.
///
/// # Errors
/// [`Error::Randomness`] when it has none.
pub fn fresh_secrets() -> Result<Secrets, Error> {
    let mut secrets = Secrets { signing_key: [0; 32], seed: [0; 32], nonce: [0; 32] };
    for part in [&mut secrets.signing_key, &mut secrets.seed, &mut secrets.nonce] {
        getrandom::fill(part).map_err(|error| Error::Randomness(error.to_string()))?;
    }
    Ok(secrets)
}

/// A recording that is being made.
pub struct Session {
    id: RecordingId,
    inbox: Arc<Inbox>,
    pacer: Arc<Pacer>,
    board: Arc<Board>,
    /// What comes of it; nothing when sealing panicked.
    sealed: Receiver<Result<Outcome, Error>>,
}

/// Ends a recording from anywhere.
#[derive(Clone)]
pub struct StopHandle {
    inbox: Arc<Inbox>,
}

impl StopHandle {
    /// The people recording end it.
    pub fn finish(&self) {
        self.inbox.put_end(EndReason::Finished, "finished");
    }

    /// The system ends it, by a signal for instance.
    pub fn stop(&self, why: &str) {
        self.inbox.put_end(EndReason::Stopped, why);
    }
}

/// Gives commands from anywhere.
#[derive(Clone)]
pub struct CommandHandle {
    inbox: Arc<Inbox>,
}

impl CommandHandle {
    /// Gives it a command; where it is refused, and so that it was carried out, goes to `answered` when it is known.
    ///
    /// False when the recording has ended.
    pub fn give(&self, command: Command, answered: SyncSender<Result<String, String>>) -> bool {
        match command.fault() {
            Some(fault) => answered.try_send(Err(fault)).is_ok(),
            None => self.inbox.put_command(command, Some(answered)),
        }
    }
}

/// Lets go of the pace of a recording in real time.
#[derive(Clone)]
pub struct PaceHandle {
    pacer: Arc<Pacer>,
}

impl PaceHandle {
    /// The rest goes as fast as it can.
    pub fn skip_ahead(&self) {
        self.pacer.skip_ahead();
    }
}

/// Checks everything, then starts recording.
///
/// # Errors
/// Whatever is wrong with the folders, the source or the state folder. Nothing was written over, and
/// nothing is left behind.
pub fn start(
    settings: Settings,
    source: Box<dyn Source>,
    clock: Arc<dyn Clock>,
    observer: Arc<dyn Observer>,
) -> Result<Session, Error> {
    start_with(settings, source, clock, observer, &|name, job| pipeline::spawn(name, job))
}

/// What the recording declares.
fn opening(settings: &Settings, checkpoint: Option<Vec<u8>>, format: Format, clock: &dyn Clock) -> Opening {
    Opening {
        format,
        software: settings.software.clone(),
        start: clock.local_time().rfc3339(),
        about: settings.about.clone(),
        checkpoint,
        prev: settings.prev,
    }
}

fn start_with(
    settings: Settings,
    source: Box<dyn Source>,
    clock: Arc<dyn Clock>,
    observer: Arc<dyn Observer>,
    spawn: Spawn<'_>,
) -> Result<Session, Error> {
    if source.total_samples() == Some(0) {
        return Err(Error::NoSound);
    }
    let shape = source.shape();
    let format = Format::new(shape.rate_hz, shape.bits, shape.tracks)?;
    let reserve_bytes = reserve_bytes(&settings.anchoring, format, source.total_samples());
    let folders = folder::check_all(&settings.folders, reserve_bytes as u64)?;
    folder::check_state(&settings.state_dir, &folders)?;
    let checkpoint = newest_checkpoint(&settings.anchoring, &*observer);
    let opening = opening(&settings, checkpoint.clone(), format, &*clock);
    let writer = Writer::new(&opening, &settings.secrets, settings.device.as_ref())?;
    let head = writer.unfinished_head(reserve_bytes)?;
    let crew = Crew::hire(spawn, settings.anchoring.log.is_some()).map_err(no_thread)?;
    let start = Record::Start(Start {
        secrets: settings.secrets,
        header_note: writer.header_note().to_owned(),
        about: settings.about,
        folders: folders.clone(),
        reserve_bytes: reserve_bytes as u64,
    });
    let state = |cause| Error::State(settings.state_dir.clone(), cause);
    let journal = Journal::create(&settings.state_dir, writer.id(), &start).map_err(state)?;
    drop(start);
    let inbox = Arc::new(Inbox::default());
    let board = Arc::new(Board::new(observer, writer.id().to_string()));
    // From here on whatever fails takes away what was made before it.
    let made = make_parts(&folders, &head).and_then(|parts| {
        match Server::start(journal.place(), writer.id(), Arc::clone(&inbox), Arc::clone(&board)) {
            Ok(control) => Ok((parts, control)),
            Err(cause) => {
                parts.into_iter().for_each(PartFile::remove);
                Err(state(cause))
            }
        }
    });
    let (parts, control) = match made {
        Ok(made) => made,
        Err(error) => {
            // The first error is the one to tell; a journal left behind names no part.
            let _ = journal.remove();
            return Err(error);
        }
    };
    let mut lanes = Vec::new();
    for part in parts {
        match Lane::start(part, format, Arc::clone(&board) as _) {
            Ok(lane) => lanes.push(lane),
            Err(cause) => {
                drop(control);
                take_away(lanes, &folders, journal);
                return Err(no_thread(cause));
            }
        }
    }
    let expected = Expected::new(checkpoint.as_deref(), settings.anchoring.trust.clone());
    let courier = settings.anchoring.log.as_ref().map(|_| Courier::default());
    let outside = Outside::new(settings.anchoring, expected, courier, Arc::clone(&inbox));
    let setup = Setup { writer, journal, control, lanes, reserve_bytes, outside };
    let line = Line { format, pace: settings.pace, inbox, clock, board, checked: settings.checked };
    Ok(line.run(crew, setup, source))
}

/// Bytes before the first frame: for the seal, and for what comes into it from outside.
fn reserve_bytes(anchoring: &Anchoring, format: Format, samples: Option<u64>) -> usize {
    let most = head_reserve(format, Some(u64::MAX / 1_024));
    (head_reserve(format, samples) + Outside::reserve_bytes(anchoring, format, samples) as usize).min(most)
}

/// The log's newest checkpoint, if there is a log and it answers. A recording does not depend on it.
fn newest_checkpoint(anchoring: &Anchoring, observer: &dyn Observer) -> Option<Vec<u8>> {
    let access = anchoring.log.as_ref()?;
    if access.token.is_none() {
        observer.remark("no token was given for the log, which may anchor nothing without one");
    }
    let checkpoint = anchoring.newest_checkpoint(access);
    let said = |why: &String| observer.remark(&format!("the log gave no checkpoint to begin with: {why}"));
    checkpoint.inspect_err(said).ok()
}

/// Takes away what a start made before a thread could not be started. Every folder was without a part
/// when it looked, so the parts are its own.
fn take_away(lanes: Vec<Lane>, folders: &[PathBuf], journal: Journal) {
    for lane in lanes {
        let _ = lane.close(START_PATIENCE).map(PartFile::remove);
    }
    for folder in folders {
        let _ = std::fs::remove_file(folder.join(folder::PART));
    }
    let _ = journal.remove();
}

fn no_thread(_: std::io::Error) -> Error {
    Error::Broken("a thread could not be started")
}

fn make_parts(folders: &[PathBuf], head: &[u8]) -> Result<Vec<PartFile>, Error> {
    let mut parts = Vec::new();
    for folder in folders {
        match PartFile::create(folder, head) {
            Ok(part) => parts.push(part),
            Err(cause) => {
                parts.into_iter().for_each(PartFile::remove);
                return Err(Error::NotWritable(folder.clone(), cause));
            }
        }
    }
    Ok(parts)
}

/// The steps between the source and the seal, and what they share.
struct Line {
    format: Format,
    pace: Pace,
    inbox: Arc<Inbox>,
    clock: Arc<dyn Clock>,
    board: Arc<Board>,
    checked: Option<String>,
}

impl Line {
    /// Sets every hand to its step.
    fn run(self, crew: Crew, setup: Setup, source: Box<dyn Source>) -> Session {
        let Line { format, pace, inbox, clock, board, checked } = self;
        let id = setup.writer.id();
        let outside = &setup.outside;
        if let (Some(access), Some(courier), Some(hand)) = (&outside.anchoring.log, &outside.courier, crew.anchor) {
            hand.set_to(courier.job(access, outside.expected.clone()));
        }
        let sealer = Sealer::new(setup, pace, Arc::clone(&clock), Arc::clone(&board));
        let (to_encoder, work) = sync_channel(BATCHES_MAX);
        let (to_sealer, stages) = sync_channel(BATCHES_MAX);
        let (outcome, sealed) = sync_channel(1);
        crew.seal.set_to(move || {
            // Whoever waits for it may have gone.
            let _ = outcome.send(sealer.run(stages));
        });
        crew.encode.set_to(move || pipeline::encode(format, &work, &to_sealer));
        let mut described = vec![(EventKind::Source, source.describe())];
        described.extend(source.conversion().map(|what| (EventKind::Conversion, what)));
        described.extend(checked.map(|what| (EventKind::Source, what)));
        let shared = Arc::clone(&board);
        let conductor = Conductor::new(Arc::clone(&inbox), to_encoder, Arc::clone(&clock), shared, format, pace);
        crew.conduct.set_to(move || conductor.run(described));
        // Where sound can wait for as long as it takes, nothing is lost by it.
        if pace.is_live() {
            let (watched, by) = (Arc::clone(&board), Arc::clone(&clock));
            crew.watch.set_to(move || held_up::watch(&watched, &*by));
        }
        let pacer = Arc::new(Pacer::new(pace));
        let (to_inbox, held_by) = (Arc::clone(&inbox), Arc::clone(&pacer));
        crew.read.set_to(move || pipeline::read(source, &to_inbox, &held_by, &*clock, format));
        Session { id, inbox, pacer, board, sealed }
    }
}

impl Session {
    /// The recording's id.
    #[must_use]
    pub fn id(&self) -> RecordingId {
        self.id
    }

    /// A handle to end it.
    #[must_use]
    pub fn stop_handle(&self) -> StopHandle {
        StopHandle { inbox: Arc::clone(&self.inbox) }
    }

    /// A handle to give it commands.
    #[must_use]
    pub fn command_handle(&self) -> CommandHandle {
        CommandHandle { inbox: Arc::clone(&self.inbox) }
    }

    /// How it stands.
    #[must_use]
    pub fn status(&self) -> Status {
        self.board.status()
    }

    /// A handle to let go of its pace.
    #[must_use]
    pub fn pace_handle(&self) -> PaceHandle {
        PaceHandle { pacer: Arc::clone(&self.pacer) }
    }

    /// Gives it a command, without waiting for an answer.
    pub fn command(&self, command: Command) {
        self.inbox.put_command(command, None);
    }

    /// Waits for its end and for every copy to be read back.
    ///
    /// # Errors
    /// [`Error::NoSound`] when there was nothing to record, [`Error::AllCopiesLost`] when no copy
    /// could be saved.
    pub fn wait(self) -> Result<Outcome, Error> {
        let outcome = self.sealed.recv();
        self.inbox.close();
        self.board.over();
        self.pacer.skip_ahead();
        outcome.unwrap_or(Err(Error::Broken("sealing ended without a result")))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::clock::SystemClock;
    use crate::observe::Silent;
    use crate::source::Shape;
    use crate::source::memory::Memory;

    fn entries(folder: &std::path::Path) -> usize {
        std::fs::read_dir(folder).map_or(0, Iterator::count)
    }

    #[test]
    fn a_start_that_gets_no_thread_leaves_nothing() {
        let shape = Shape { rate_hz: 8_000, bits: 16, tracks: 1 };
        for missing in 0..6 {
            let dir = tempfile::tempdir().unwrap();
            let [a, b, state] = ["a", "b", "state"].map(|name| dir.path().join(name));
            std::fs::create_dir(&a).unwrap();
            std::fs::create_dir(&b).unwrap();
            let settings = Settings {
                folders: vec![a.clone(), b.clone()],
                state_dir: state.clone(),
                software: "test".into(),
                about: Vec::new(),
                device: None,
                prev: None,
                pace: Pace::Fast,
                secrets: fresh_secrets().unwrap(),
                checked: None,
                anchoring: Anchoring::default(),
            };
            let hired = Cell::new(0);
            let spawn = |name: &str, job: crate::crew::Job| {
                if hired.replace(hired.get() + 1) == missing {
                    return Err(std::io::ErrorKind::WouldBlock.into());
                }
                pipeline::spawn(name, job)
            };
            let source = Box::new(Memory::samples(shape, vec![1; 8_000]));
            let started = start_with(settings, source, Arc::new(SystemClock::new()), Arc::new(Silent), &spawn);
            if missing == 5 {
                assert!(started.unwrap().wait().unwrap().is_whole());
            } else {
                assert!(matches!(started, Err(Error::Broken("a thread could not be started"))));
                assert_eq!((entries(&a), entries(&b), entries(&state)), (0, 0, 0), "without thread {missing}");
            }
        }
    }
}
