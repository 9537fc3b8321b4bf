//! What this program notes of a room's recorder beside its journals, so that it finds it again: one folder a recording, and which of them is under way.
//!
//! Not the case's events, which alone say what happened. Invariants: a note is durable before what it is of begins; no name of anybody is in one, only the case's
//! reference; one process at a time does anything in a room; a recorder lives exactly as long as the lock of its `said` is held, whatever became of whoever
//! started it.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use casework::{CaseId, Digest, Name};
use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};
use vault::regular;

use crate::error::{Error, Result};
use crate::files;

/// Which recording is under way, or was when this program ended.
const NOW: &str = "now";
const TICKET: &str = "ticket.json";
const SAID: &str = "said";
const LINES: &str = "lines";
const ABOUT: &str = "about.toml";
const RECOVERED: &str = "recovered";
const PID: &str = "pid";
/// A note for each copy that is on its way into the vault.
const KEEPING: &str = "keeping";
const ID: &str = "recording";
/// How long another that does something in the room is waited for.
const WAITED: Duration = Duration::from_secs(20);
/// How often it is looked whether it is done.
const LOOKED: Duration = Duration::from_millis(50);

/// One recording in a room, as it was begun.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ticket {
    /// The version of this form.
    pub(super) v: u8,
    /// Of which case.
    pub(crate) case: CaseId,
    /// What people call it.
    pub(crate) reference: Name,
    /// The recording's number in the case.
    pub(crate) number: u32,
    /// What its folders are called.
    pub(crate) name: String,
    /// The folder of the office's copy.
    pub(crate) office_copy: PathBuf,
    /// The folder of the person's.
    pub(crate) person_copy: PathBuf,
    /// When it was begun, microseconds since 1970.
    pub(crate) at_us: i64,
}

/// The notes of one room.
#[derive(Clone, Debug)]
pub(crate) struct Notes {
    folder: PathBuf,
}

impl Notes {
    /// Those of a room whose recorder keeps its state there.
    pub(crate) fn of(state: &Path, site: &str, room: &str) -> Notes {
        Notes { folder: state.join("rooms").join(site).join(room) }
    }

    /// The room, for one who does something in it; others wait for a while.
    pub(super) async fn alone(&self) -> Result<File> {
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.folder);
        made.map_err(|err| Error::io(&self.folder, &err))?;
        let path = self.folder.join("lock");
        let file = File::options().create(true).append(true).mode(0o600).open(&path);
        let file = file.map_err(|err| Error::io(&path, &err))?;
        let began = Instant::now();
        loop {
            match flock(&file, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => return Ok(file),
                Err(rustix::io::Errno::WOULDBLOCK) if began.elapsed() < WAITED => tokio::time::sleep(LOOKED).await,
                Err(rustix::io::Errno::WOULDBLOCK) => {
                    return Err(Error::of("somebody else is doing something with this room's recorder")
                        .hint("look again in a moment"));
                }
                Err(err) => return Err(Error::io(&path, &err.into())),
            }
        }
    }

    /// The recording that is under way.
    pub(super) fn now(&self) -> Result<Option<Ticket>> {
        let path = self.folder.join(NOW);
        match read(&path)? {
            None => Ok(None),
            Some(name) => self.ticket(name.trim_end()).map(Some),
        }
    }

    /// What is noted of a recording with this name.
    pub(crate) fn named(&self, name: &str) -> Result<Ticket> {
        let is_name = !name.is_empty() && !name.contains('/') && !name.starts_with('.') && self.knows(name);
        match is_name {
            true => self.ticket(name),
            false => Err(Error::of(format_args!("{name}: nothing was recorded here under that name"))
                .hint("name it as its folders are called: the case's reference and the recording's number")),
        }
    }

    /// What is noted of one.
    fn ticket(&self, name: &str) -> Result<Ticket> {
        let path = self.folder.join(name).join(TICKET);
        let wrong = || {
            Error::of(format_args!("{}: not a note that this program made", path.display()))
                .hint("see to the recorder's state folder; what it recorded is in the folders of the copies")
        };
        let text = read(&path)?.ok_or_else(wrong)?;
        let ticket: Ticket = serde_json::from_str(&text).map_err(|_| wrong())?;
        if ticket.v == 1 && ticket.name == name { Ok(ticket) } else { Err(wrong()) }
    }

    /// What is noted of a recording of a case: the newest, for of those before it none came into the case.
    pub(crate) fn of_recording(&self, case: CaseId, number: u32) -> Result<Option<Ticket>> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(err) => return Err(Error::io(&self.folder, &err)),
        };
        let mut newest: Option<Ticket> = None;
        for entry in entries {
            let entry = entry.map_err(|err| Error::io(&self.folder, &err))?;
            let name = entry.file_name();
            let (true, Some(name)) = (entry.path().join(TICKET).exists(), name.to_str()) else { continue };
            let ticket = self.ticket(name)?;
            let is_later = newest.as_ref().is_none_or(|newest| newest.at_us < ticket.at_us);
            if (ticket.case, ticket.number) == (case, number) && is_later {
                newest = Some(ticket);
            }
        }
        Ok(newest)
    }

    /// Whether a recording was ever begun under this name.
    pub(super) fn knows(&self, name: &str) -> bool {
        self.folder.join(name).symlink_metadata().is_ok()
    }

    /// Notes one that is to be begun, and that it is under way.
    pub(super) fn begin(&self, ticket: &Ticket, about: &str) -> Result<()> {
        let folder = self.folder.join(&ticket.name);
        let made = fs::DirBuilder::new().mode(0o700).create(&folder);
        made.map_err(|err| Error::io(&folder, &err))?;
        files::create(&folder.join(ABOUT), about.as_bytes())?;
        let text = serde_json::to_string(ticket).map_err(|err| Error::of(err).hint("report this"))?;
        whole(&folder.join(TICKET), text.as_bytes())?;
        whole(&self.folder.join(NOW), ticket.name.as_bytes())
    }

    /// It is not under way any more.
    pub(super) fn over(&self) -> Result<()> {
        remove(&self.folder.join(NOW))
    }

    /// Nothing ever came of it.
    pub(super) fn forget(&self, ticket: &Ticket) -> Result<()> {
        self.over()?;
        let folder = self.folder.join(&ticket.name);
        fs::remove_dir_all(&folder).map_err(|err| Error::io(&folder, &err))
    }

    /// Notes that the office's copy is being taken into the vault; whoever does it has the note for itself.
    pub(super) fn keeps(&self, ticket: &Ticket) -> Result<File> {
        let folder = self.folder.join(KEEPING);
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder);
        made.map_err(|err| Error::io(&folder, &err))?;
        let path = folder.join(&ticket.name);
        let failed = |err: io::Error| Error::io(&path, &err);
        let file = File::options().create(true).append(true).mode(0o600).open(&path).map_err(failed)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => {
                return Err(
                    Error::of("somebody else is just putting this copy into the vault").hint("look again in a moment")
                );
            }
            Err(err) => return Err(failed(err.into())),
        }
        File::open(&folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
        Ok(file)
    }

    /// It is kept, or was not: in either case the events say so by now.
    pub(super) fn kept(&self, ticket: &Ticket) -> Result<()> {
        remove(&self.folder.join(KEEPING).join(&ticket.name))
    }

    /// What was being taken into the vault when somebody broke off.
    pub(super) fn left_keeping(&self) -> Result<Vec<(Ticket, File)>> {
        let folder = self.folder.join(KEEPING);
        let Ok(entries) = fs::read_dir(&folder) else { return Ok(Vec::new()) };
        let mut left = Vec::new();
        for entry in entries.flatten() {
            let Ok(file) = File::open(entry.path()) else { continue };
            let name = entry.file_name();
            let is_left = flock(&file, FlockOperation::NonBlockingLockExclusive).is_ok();
            if let (true, Some(name)) = (is_left, name.to_str()) {
                left.push((self.ticket(name)?, file));
            }
        }
        Ok(left)
    }

    /// Where the recorder says what came of it, locked for as long as it lives; and where it writes its lines.
    pub(super) fn voice(&self, ticket: &Ticket) -> Result<(File, File)> {
        let open = |name| {
            let path = self.file(ticket, name);
            let file = File::options().create(true).append(true).read(true).mode(0o600).open(&path);
            file.map_err(|err| Error::io(&path, &err))
        };
        let (said, lines) = (open(SAID)?, open(LINES)?);
        // Whoever looks whether it lives has it for a moment.
        flock(&said, FlockOperation::LockExclusive).map_err(|err| Error::io(&self.file(ticket, SAID), &err.into()))?;
        Ok((said, lines))
    }

    /// Whether its recorder lives: whoever is just starting it counts.
    pub(super) fn is_alive(&self, ticket: &Ticket) -> bool {
        let Ok(file) = File::open(self.file(ticket, SAID)) else { return false };
        flock(&file, FlockOperation::NonBlockingLockShared).is_err()
    }

    /// What it said when it ended, or what a recovery said since.
    pub(super) fn said(&self, ticket: &Ticket) -> Result<Option<String>> {
        match read(&self.file(ticket, RECOVERED))? {
            Some(text) => Ok(Some(text)),
            None => Ok(read(&self.file(ticket, SAID))?.filter(|text| !text.is_empty())),
        }
    }

    /// Its lines on standard error.
    pub(super) fn lines(&self, ticket: &Ticket) -> String {
        read(&self.file(ticket, LINES)).ok().flatten().unwrap_or_default()
    }

    pub(super) fn about(&self, ticket: &Ticket) -> PathBuf {
        self.file(ticket, ABOUT)
    }

    /// Notes what a recovery said; a later one's word counts.
    pub(super) fn recovered(&self, ticket: &Ticket, text: &str) -> Result<()> {
        let path = self.file(ticket, RECOVERED);
        remove(&path)?;
        whole(&path, text.as_bytes())
    }

    /// Notes which process it is.
    pub(super) fn is_process(&self, ticket: &Ticket, pid: u32) -> Result<()> {
        files::create(&self.file(ticket, PID), pid.to_string().as_bytes())
    }

    pub(super) fn process(&self, ticket: &Ticket) -> Option<u32> {
        read(&self.file(ticket, PID)).ok().flatten()?.parse().ok()
    }

    /// Notes the id of what is recorded.
    pub(super) fn is_recording(&self, ticket: &Ticket, id: Digest) -> Result<()> {
        files::create(&self.file(ticket, ID), id.to_string().as_bytes())
    }

    /// That id, where it is known.
    pub(super) fn recording(&self, ticket: &Ticket) -> Option<Digest> {
        read(&self.file(ticket, ID)).ok().flatten()?.parse().ok()
    }

    fn file(&self, ticket: &Ticket, name: &str) -> PathBuf {
        self.folder.join(&ticket.name).join(name)
    }
}

/// A small text that is there, or none.
fn read(path: &Path) -> Result<Option<String>> {
    match regular::open(path) {
        Err(err) if err.kind() == io::ErrorKind::NotFound => Ok(None),
        opened => files::read_from(path, opened).map(Some),
    }
}

/// Makes a file whole or not at all: half a note would keep everybody from the room.
fn whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut draft = files::draft(path)?;
    draft.file().write_all(bytes).map_err(|err| Error::io(path, &err))?;
    draft.keep(path)
}

/// Removes a file, if it is there, for good.
fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(()),
        other => other.map_err(|err| Error::io(path, &err))?,
    }
    let folder = path.parent().unwrap_or(Path::new("/"));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|err| Error::io(folder, &err))
}
