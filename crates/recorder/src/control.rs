//! Driving a running recording from another process: one line in, one line out, over a Unix socket.
//!
//! Not here: what a command does (`conductor.rs`). Protocol: `docs/recording.md`, "Control".
//! Invariants: the socket stands in a folder of mode 0700, so only its owner (and root) can speak;
//! "ok" to a pause, resume, mark or entrant means that it is on the record, its reason word for word.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use seal::RecordingId;

use crate::board::Board;
use crate::error::Error;
use crate::folder::canonical;
use crate::inbox::Inbox;
use crate::status::Status;
use crate::{journal, locate, pipeline};

const SOCKET: &str = "control.sock";
/// Holds the socket's path when it could not be in the journal's folder.
const ELSEWHERE: &str = "control";
/// The longest path a Unix socket can have, bytes.
const SOCKET_PATH_BYTES_MAX: usize = 107;
const LINE_BYTES_MAX: u64 = 4_096;
/// Asks how it stands; not a command, because it changes nothing and waits for nothing.
const STATUS: &str = "status";
/// More than every copy and alarm can need.
const STATUS_BYTES_MAX: u64 = 1 << 20;
/// The longest reason, bytes: it fits into an event beside the time.
pub const REASON_BYTES_MAX: usize = 4_000;
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
const LINE_TIMEOUT: Duration = Duration::from_millis(500);
/// Clients that are served at the same time, so that one that says nothing holds nobody up.
const SERVED_AT_ONCE: usize = 4;

// Why a running recording refuses.
pub(crate) const PAUSED_ALREADY: &str = "it is paused already";
pub(crate) const JUST_PAUSING: &str = "it is just being paused";
pub(crate) const NOT_PAUSED: &str = "it is not paused";
const NO_SOUND: &str = "no sound comes; it was heard, and takes effect when sound comes again";
pub(crate) const ENDING: &str = "the recording is ending";
const ENDED: &str = "the recording has ended";

/// What whoever was refused may do.
pub(crate) fn what_to_do(why: &str) -> &'static str {
    match why {
        PAUSED_ALREADY => "resume ends the pause; nothing else is needed",
        JUST_PAUSING => "try again in a second",
        NOT_PAUSED => "nothing is needed: it records",
        NO_SOUND => "do not repeat it; check the microphone or what feeds the recording",
        ENDED | ENDING => "look at its copies: counterpart verify DIR",
        _ => "use the same version of counterpart as the recording does",
    }
}

/// What can be asked of a running recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Stop taking sound in.
    Pause,
    /// Take sound in again.
    Resume,
    /// Set a mark here.
    Mark,
    /// Somebody came in here.
    Entrant,
    /// End the recording.
    Finish,
}

impl Verb {
    /// Every verb.
    pub const ALL: [Verb; 5] = [Verb::Pause, Verb::Resume, Verb::Mark, Verb::Entrant, Verb::Finish];

    /// The word for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Verb::Pause => "pause",
            Verb::Resume => "resume",
            Verb::Mark => "mark",
            Verb::Entrant => "entrant",
            Verb::Finish => "finish",
        }
    }

    /// The verb with that word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Verb> {
        Verb::ALL.into_iter().find(|verb| verb.name() == name)
    }
}

/// A verb and, if a person gave one, the reason for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// What to do.
    pub verb: Verb,
    /// Why, in a person's words; may be empty.
    pub reason: String,
}

impl Command {
    /// The line that says it, with its line feed.
    #[must_use]
    pub fn line(&self) -> String {
        format!("{} {}\n", self.verb.name(), self.reason)
    }

    /// What of its reason cannot go on the record as it stands.
    #[must_use]
    pub fn fault(&self) -> Option<String> {
        let len_bytes = self.reason.len();
        if len_bytes > REASON_BYTES_MAX {
            return Some(format!("the reason is {len_bytes} bytes long, more than {REASON_BYTES_MAX}"));
        }
        self.reason
            .contains(char::is_control)
            .then(|| "the reason has a line break or another control character".into())
    }

    /// The command that a line, without its line feed, asks for.
    #[must_use]
    pub fn parse(line: &str) -> Option<Command> {
        let (verb, reason) = line.split_once(' ').unwrap_or((line, ""));
        Some(Command { verb: Verb::from_name(verb)?, reason: reason.to_owned() })
    }
}

/// Sends a command to the recording that is being made in a copy's folder; its answer, one line.
///
/// # Errors
/// [`Error::Reason`] when the reason cannot go on the record as it stands, [`Error::NotRunning`] when none
/// is being made there, [`Error::Refused`] when the command does not apply now.
pub fn send(folder: &Path, state_dir: &Path, command: &Command) -> Result<String, Error> {
    if let Some(fault) = command.fault() {
        return Err(Error::Reason(fault));
    }
    exchange(folder, state_dir, &command.line(), LINE_BYTES_MAX)
}

/// One line there, the words of one line back.
fn exchange(folder: &Path, state_dir: &Path, line: &str, answer_bytes_max: u64) -> Result<String, Error> {
    let not_running = || Error::NotRunning(folder.to_owned());
    let place = locate::journal_of(&canonical(folder)?, state_dir).ok_or_else(not_running)?;
    let stream = UnixStream::connect(socket_of(&place)).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => not_running(),
        _ => Error::Control(error),
    })?;
    let answer = ask(&stream, line, answer_bytes_max).map_err(Error::Control)?;
    match answer.split_once(' ') {
        Some(("ok", words)) => Ok(words.to_owned()),
        Some(("error", why)) => Err(Error::Refused(why.to_owned())),
        _ => Err(Error::Control(io::Error::other("the recording ended before it answered"))),
    }
}

/// Whether the unfinished recording at that path, a file or a copy's folder, is being made or recovered just now.
/// A recording whose journal is in another state folder cannot be told from one that was broken off.
#[must_use]
pub fn is_running(path: &Path, state_dir: &Path) -> bool {
    let place = match path.is_dir() {
        true => canonical(path).ok().and_then(|folder| locate::journal_of(&folder, state_dir)),
        false => locate::journal_of_file(path, state_dir),
    };
    place.is_some_and(|place| journal::is_held(&place))
}

/// How the recording that is being made in a copy's folder stands.
///
/// # Errors
/// [`Error::NotRunning`] when none is being made there, [`Error::Refused`] when it is of a version that does not tell.
pub fn status(folder: &Path, state_dir: &Path) -> Result<Status, Error> {
    let words = exchange(folder, state_dir, &format!("{STATUS}\n"), STATUS_BYTES_MAX)?;
    serde_json::from_str(&words).map_err(|cause| Error::Control(io::Error::other(cause)))
}

fn ask(mut stream: &UnixStream, line: &str, answer_bytes_max: u64) -> io::Result<String> {
    stream.write_all(line.as_bytes())?;
    // Longer than the other side waits, so that its words arrive.
    read_line_of(stream, ANSWER_TIMEOUT + LINE_TIMEOUT, answer_bytes_max).map_err(|cause| match cause.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => {
            io::Error::new(cause.kind(), "it does not answer; another program may be holding its control socket")
        }
        _ => cause,
    })
}

fn read_line(stream: &UnixStream, within: Duration) -> io::Result<String> {
    read_line_of(stream, within, LINE_BYTES_MAX)
}

/// One line, all of it within that time, however slowly its bytes come. A longer one is no line.
fn read_line_of(stream: &UnixStream, within: Duration, bytes_max: u64) -> io::Result<String> {
    let mut line = String::new();
    let until = Instant::now() + within;
    BufReader::new(Until { stream, until }.take(bytes_max)).read_line(&mut line)?;
    if line.len() as u64 >= bytes_max && !line.ends_with('\n') {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "the line is too long"));
    }
    Ok(line.trim_end_matches('\n').to_owned())
}

/// A stream that gives nothing after a moment.
struct Until<'a> {
    stream: &'a UnixStream,
    until: Instant,
}

impl Read for Until<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let left = self.until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        self.stream.set_read_timeout(Some(left))?;
        (&mut &*self.stream).read(buf)
    }
}

fn socket_of(place: &Path) -> PathBuf {
    match std::fs::read_to_string(place.join(ELSEWHERE)) {
        Ok(path) => PathBuf::from(path),
        Err(_) => place.join(SOCKET),
    }
}

/// Takes away a socket that a killed recording left outside its journal's folder.
pub(crate) fn clear_stale(place: &Path) {
    if !place.join(ELSEWHERE).exists() {
        return;
    }
    let socket = socket_of(place);
    // Only what is ours by name; what cannot be removed harms nobody.
    if socket.file_name().is_some_and(|name| name == SOCKET) {
        let _ = std::fs::remove_file(&socket);
        let _ = socket.parent().map(std::fs::remove_dir);
    }
}

/// The listening end, for as long as the recording runs.
pub(crate) struct Server {
    path: PathBuf,
    /// A folder that was made for the socket alone.
    own_folder: Option<PathBuf>,
    over: Arc<AtomicBool>,
}

impl Server {
    /// Listens in the journal's folder, or, where that path is too long or holds no sockets, in the
    /// user's runtime folder.
    pub(crate) fn start(place: &Path, id: RecordingId, inbox: Arc<Inbox>, board: Arc<Board>) -> io::Result<Server> {
        let near = place.join(SOCKET);
        let fits = near.as_os_str().len() <= SOCKET_PATH_BYTES_MAX;
        let (listener, path, own_folder) = match fits.then(|| UnixListener::bind(&near)) {
            Some(Ok(listener)) => (listener, near, None),
            _ => Server::bind_elsewhere(place, id)?,
        };
        let over = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&over);
        // Without its thread it goes out of scope, and takes away what it made.
        let server = Server { path, own_folder, over };
        for _ in 0..SERVED_AT_ONCE {
            let (listener, seen) = (listener.try_clone()?, Arc::clone(&seen));
            let (inbox, board) = (Arc::clone(&inbox), Arc::clone(&board));
            pipeline::spawn("control", move || serve(&listener, &seen, &inbox, &board))?;
        }
        Ok(server)
    }

    fn bind_elsewhere(place: &Path, id: RecordingId) -> io::Result<(UnixListener, PathBuf, Option<PathBuf>)> {
        let base = std::env::var_os("XDG_RUNTIME_DIR").map_or_else(std::env::temp_dir, PathBuf::from);
        let folder = base.join(format!("counterpart-{}", &id.to_string()[..16]));
        // Made new: a folder that somebody else put there is refused.
        std::fs::DirBuilder::new().mode(0o700).create(&folder)?;
        let path = folder.join(SOCKET);
        let listener = UnixListener::bind(&path)?;
        let text = path.to_str().ok_or_else(|| io::Error::other("the runtime folder's name is not text"))?;
        std::fs::write(place.join(ELSEWHERE), text)?;
        Ok((listener, path, Some(folder)))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Release);
        // Wakes the threads from their wait; when nobody listens any more there is nobody to wake.
        for _ in 0..SERVED_AT_ONCE {
            let _ = UnixStream::connect(&self.path);
        }
        let _ = std::fs::remove_file(&self.path);
        if let Some(folder) = &self.own_folder {
            let _ = std::fs::remove_dir(folder);
        }
    }
}

fn serve(listener: &UnixListener, over: &AtomicBool, inbox: &Inbox, board: &Board) {
    for stream in listener.incoming() {
        if over.load(Ordering::Acquire) {
            return;
        }
        if let Ok(stream) = stream {
            // A client that goes away half-way is its own loss; the next one is served.
            let _ = answer(&stream, inbox, board);
        }
    }
}

fn answer(mut stream: &UnixStream, inbox: &Inbox, board: &Board) -> io::Result<()> {
    stream.set_write_timeout(Some(LINE_TIMEOUT))?;
    let line = match read_line(stream, LINE_TIMEOUT) {
        Ok(line) => Ok(line),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => Err(error.to_string()),
        Err(error) => return Err(error),
    };
    // Whoever gave up waiting was told that nothing was done, and nothing is.
    if is_gone(stream) {
        return Ok(());
    }
    let answer = line.and_then(|line| if line.trim() == STATUS { told(board) } else { obey(&line, inbox) });
    let line = match answer {
        Ok(words) => format!("ok {words}\n"),
        Err(why) => format!("error {why}\n"),
    };
    stream.write_all(line.as_bytes())
}

/// Whether the other end is closed; one that only has no more to say still listens.
fn is_gone(stream: &UnixStream) -> bool {
    let mut asked = [PollFd::new(stream, PollFlags::empty())];
    poll(&mut asked, Some(&Timespec::default())).is_ok() && asked[0].revents().contains(PollFlags::HUP)
}

fn told(board: &Board) -> Result<String, String> {
    serde_json::to_string(&board.status()).map_err(|cause| cause.to_string())
}

/// Hands a command on and waits for what comes of it.
fn obey(line: &str, inbox: &Inbox) -> Result<String, String> {
    let command = Command::parse(line).ok_or("no such command")?;
    if let Some(fault) = command.fault() {
        return Err(fault);
    }
    let (reply, heard) = sync_channel(1);
    let ended = || Err(ENDED.to_owned());
    if !inbox.put_command(command, Some(reply)) {
        return ended();
    }
    heard.recv_timeout(ANSWER_TIMEOUT).unwrap_or_else(|error| match error {
        RecvTimeoutError::Timeout => Err(NO_SOUND.to_owned()),
        RecvTimeoutError::Disconnected => ended(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inbox::Letter;
    use crate::observe::Silent;

    #[test]
    fn a_line_that_trickles_in_has_one_deadline() -> io::Result<()> {
        let (near, mut far) = UnixStream::pair()?;
        let trickle = std::thread::spawn(move || while far.write_all(b"x").is_ok() {});
        let slow = Until { stream: &near, until: Instant::now() }.read(&mut [0; 8]);
        assert_eq!(slow.map_err(|error| error.kind()), Err(io::ErrorKind::TimedOut));
        drop(near);
        assert!(trickle.join().is_ok());
        Ok(())
    }

    #[test]
    fn a_command_survives_its_line() {
        for verb in Verb::ALL {
            for reason in ["", "tea break", "é\u{2028}x"] {
                let command = Command { verb, reason: reason.to_owned() };
                assert_eq!(Command::parse(command.line().trim_end_matches('\n')), Some(command));
            }
        }
        assert_eq!(Command::parse("explode now"), None);
    }

    #[test]
    fn whoever_gave_up_waiting_gets_nothing_done() -> io::Result<()> {
        let (inbox, board) = (Inbox::default(), Board::new(Arc::new(Silent), String::new()));
        let (mut near, far) = UnixStream::pair()?;
        near.write_all(b"pause\n")?;
        drop(near);
        answer(&far, &inbox, &board)?;
        assert!(matches!(inbox.take(Duration::ZERO), Letter::Nothing));
        // One that only says that it has no more to say waits for its answer.
        let (mut near, far) = UnixStream::pair()?;
        near.write_all(b"pause now\n")?;
        near.shutdown(std::net::Shutdown::Write)?;
        assert!(!is_gone(&far));
        Ok(())
    }

    #[test]
    fn clients_that_say_nothing_hold_nobody_up() -> io::Result<()> {
        let dir = tempfile::tempdir()?;
        let (inbox, board) = (Arc::new(Inbox::default()), Arc::new(Board::new(Arc::new(Silent), String::new())));
        let server =
            Server::start(dir.path(), "07".repeat(32).parse().map_err(|_| io::ErrorKind::Other)?, inbox, board)?;
        let silent: Vec<_> =
            (1..SERVED_AT_ONCE).map(|_| UnixStream::connect(&server.path)).collect::<Result<_, _>>()?;
        let began = Instant::now();
        let answer = ask(&UnixStream::connect(&server.path)?, "status\n", STATUS_BYTES_MAX)?;
        assert!(answer.starts_with("ok {") && began.elapsed() < LINE_TIMEOUT, "{answer} after {:?}", began.elapsed());
        drop(silent);
        Ok(())
    }

    #[test]
    fn a_reason_that_would_be_changed_is_refused_on_both_sides() -> io::Result<()> {
        let long = "the reason is 4001 bytes long, more than 4000";
        let control = "the reason has a line break or another control character";
        // What is sent past `send`, and what comes back; a line of its own cannot have a line feed in it.
        let rows: [(String, &str, &str); 4] = [
            ("x".repeat(4_001), long, long),
            (format!("{}x", "\u{e9}".repeat(2_000)), long, long),
            ("a\tb".into(), control, control),
            ("x".repeat(5_000), "the reason is 5000 bytes long, more than 4000", "the line is too long"),
        ];
        let nowhere = Path::new("/nowhere");
        for (reason, sent, served) in rows {
            let command = Command { verb: Verb::Mark, reason };
            assert!(matches!(send(nowhere, nowhere, &command), Err(Error::Reason(why)) if why == sent));
            let (mut near, far) = UnixStream::pair()?;
            near.write_all(command.line().as_bytes())?;
            answer(&far, &Inbox::default(), &Board::new(Arc::new(Silent), String::new()))?;
            assert_eq!(read_line(&near, LINE_TIMEOUT)?, format!("error {served}"));
        }
        let whole = Command { verb: Verb::Mark, reason: "x".repeat(REASON_BYTES_MAX) };
        assert_eq!(whole.fault(), None);
        assert_eq!(Command::parse(whole.line().trim_end()), Some(whole));
        Ok(())
    }
}
