//! Locks of an office's folder: what one program is in the middle of, another leaves alone.
//!
//! Not those of the databases, which have their own. Invariants: a lock ends with its process; whoever is between keyring and events
//! holds one, so that nobody takes the half of it for what a crash left; nobody waits here for a store, but to destroy what another destroys, nor for
//! what only has a lock's name.

use std::fs::File;
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, flock};
use vault::regular::{self, Links};

use super::Office;
use crate::error::{Error, Result, plain};
use crate::out;

/// Held by whoever takes something in, so that what they announced is not forgotten under them.
const TAKING: &str = "taking.lock";
/// Held by whoever changes keyring and events, from the first of them to the second.
const ACTING: &str = "acting.lock";
/// Held by whoever carries a destruction on.
const DESTROYING: &str = "destroying.lock";
/// Held by whoever makes events of what a scrub saw.
const ADOPTING: &str = "adopting.lock";
/// Held by the scrub that runs on, for as long as it does.
const SCRUBBING: &str = "scrubbing.lock";

/// Takes the lock of the scrub that runs on; `None` when another has it.
pub(crate) fn scrubbing(folder: &Path) -> Result<Option<File>> {
    if_free(folder, SCRUBBING, FlockOperation::NonBlockingLockExclusive)
}

/// Whether a scrub runs on now. Whoever asks keeps none from starting: two may ask at once, and it tries for longer than this takes.
pub(crate) fn is_scrubbed(folder: &Path) -> Result<bool> {
    Ok(if_free(folder, SCRUBBING, FlockOperation::NonBlockingLockShared)?.is_none())
}

/// Takes the lock of the one who makes events of what a scrub saw, if nobody does.
pub(crate) fn adopting(folder: &Path) -> Result<Option<File>> {
    if_free(folder, ADOPTING, FlockOperation::NonBlockingLockExclusive)
}

/// Takes the lock of the one who destroys, if nobody does.
pub(crate) fn nobody_destroys(folder: &Path) -> Result<Option<File>> {
    if_free(folder, DESTROYING, FlockOperation::NonBlockingLockExclusive)
}

/// How long others are waited for who are between keyring and events: moments, but for a disk that hangs.
const WAITED: Duration = Duration::from_secs(60);
/// And for a destruction, which waits for stores and looks through folders.
const WAITED_FOR_STORES: Duration = Duration::from_secs(30 * 60);
/// When it is said that something is waited for.
const SAID_AFTER: Duration = Duration::from_secs(2);

/// How a lock is held.
#[derive(Clone, Copy, Debug)]
enum Lock {
    Shared,
    Alone,
}

impl Lock {
    fn at_once(self) -> FlockOperation {
        match self {
            Lock::Shared => FlockOperation::NonBlockingLockShared,
            Lock::Alone => FlockOperation::NonBlockingLockExclusive,
        }
    }

    fn waiting(self) -> FlockOperation {
        match self {
            Lock::Shared => FlockOperation::LockShared,
            Lock::Alone => FlockOperation::LockExclusive,
        }
    }
}

impl Office {
    /// Takes the lock of those who take something in.
    pub(crate) fn taking(&self) -> Result<File> {
        self.waited_for(TAKING, Lock::Shared, WAITED)
    }

    /// Nobody takes anything in now, for as long as this is held; `None` when somebody does.
    pub(crate) fn nobody_takes(&self) -> Result<Option<File>> {
        self.if_free(TAKING)
    }

    /// Takes the lock of those who change keyring and events; others may do so too.
    pub(crate) fn acting(&self) -> Result<File> {
        self.waited_for(ACTING, Lock::Shared, WAITED)
    }

    /// The same, and nobody else does so meanwhile.
    pub(crate) fn acting_alone(&self) -> Result<File> {
        self.waited_for(ACTING, Lock::Alone, WAITED)
    }

    /// Nobody is between keyring and events now, for as long as this is held; `None` when somebody is.
    pub(crate) fn nobody_acts(&self) -> Result<Option<File>> {
        self.if_free(ACTING)
    }

    /// Takes the lock of the one who destroys, and waits for it: what another destroys meanwhile is seen to its end.
    pub(crate) fn destroying(&self) -> Result<File> {
        self.waited_for(DESTROYING, Lock::Alone, WAITED_FOR_STORES)
    }

    /// Nobody carries a destruction on now, for as long as this is held; `None` when somebody does.
    pub(crate) fn nobody_destroys(&self) -> Result<Option<File>> {
        self.if_free(DESTROYING)
    }

    /// Waits for so long: whoever hangs must not keep everybody from a hold without a word.
    fn waited_for(&self, name: &str, how: Lock, longest: Duration) -> Result<File> {
        let (file, path) = (open_lock(&self.folder, name)?, self.folder.join(name));
        match flock(&file, how.at_once()) {
            Ok(()) => return Ok(file),
            Err(rustix::io::Errno::WOULDBLOCK) => {}
            Err(err) => return Err(Error::io(&path, &err.into())),
        }
        let (says, hears) = mpsc::channel();
        // The kernel wakes who waits, in order, and knows no end of waiting: that is this program's. A thread that waits on ends with the program.
        std::thread::spawn(move || {
            let locked = flock(&file, how.waiting());
            // Nobody listens any more where it took too long: the lock ends with the file.
            let _ = says.send(locked.map(|()| file));
        });
        let began = Instant::now();
        let waited = tokio::task::block_in_place(|| {
            hears.recv_timeout(SAID_AFTER).or_else(|_| {
                out::notice(&format!("note: waiting for another program that holds {}", path.display()));
                hears.recv_timeout(longest.saturating_sub(began.elapsed()))
            })
        });
        match waited {
            Ok(locked) => locked.map_err(|err| Error::io(&path, &err.into())),
            Err(_) => {
                Err(Error::of(format_args!("{}: another program holds this lock and does not end", path.display()))
                    .hint("see which (\"fuser -v FILE\"), end it if it hangs, and try again; nothing was done"))
            }
        }
    }

    fn if_free(&self, name: &str) -> Result<Option<File>> {
        if_free(&self.folder, name, FlockOperation::NonBlockingLockExclusive)
    }
}

fn open_lock(folder: &Path, name: &str) -> Result<File> {
    let path = folder.join(name);
    let opened = regular::open_as(&path, File::options().create(true).append(true).mode(0o600), Links::Follow);
    opened.map_err(|err| match err.kind() {
        io::ErrorKind::InvalidInput => Error::of(format_args!("{}: {}", path.display(), plain(&err)))
            .hint("move it away: every command makes the office's locks anew, and they hold nothing"),
        _ => Error::io(&path, &err),
    })
}

fn if_free(folder: &Path, name: &str, how: FlockOperation) -> Result<Option<File>> {
    let file = open_lock(folder, name)?;
    match flock(&file, how) {
        Ok(()) => Ok(Some(file)),
        Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
        Err(err) => Err(Error::io(&folder.join(name), &err.into())),
    }
}
