//! The threads of a recording's four steps and of the one that watches over them, hired before anything of it is made
//! and given their work when all of it is ready.
//!
//! Not here: what they do (`session.rs` hands it out). Invariants: when one of them cannot be started none stays, and
//! nothing was made yet; a hand that gets no work goes home.

use std::io;
use std::sync::mpsc::{SyncSender, sync_channel};

/// What a thread does, once.
pub(crate) type Job = Box<dyn FnOnce() + Send>;

/// How a thread is started: by name.
pub(crate) type Spawn<'a> = &'a dyn Fn(&str, Job) -> io::Result<()>;

/// A thread that waits for its work.
pub(crate) struct Hand(SyncSender<Job>);

impl Hand {
    fn hire(name: &str, spawn: Spawn<'_>) -> io::Result<Hand> {
        let (give, take) = sync_channel::<Job>(1);
        let wait = move || {
            if let Ok(job) = take.recv() {
                job();
            }
        };
        spawn(name, Box::new(wait))?;
        Ok(Hand(give))
    }

    /// Gives it its work.
    pub(crate) fn set_to(self, job: impl FnOnce() + Send + 'static) {
        // There is room for one, and it waits for nothing else.
        let _ = self.0.send(Box::new(job));
    }
}

/// A thread for each step between the source and the seal, and one that watches.
pub(crate) struct Crew {
    pub(crate) seal: Hand,
    pub(crate) encode: Hand,
    pub(crate) conduct: Hand,
    pub(crate) read: Hand,
    pub(crate) watch: Hand,
    /// Only where there is a log to carry states to.
    pub(crate) anchor: Option<Hand>,
}

impl Crew {
    /// Starts them all, or none.
    pub(crate) fn hire(spawn: Spawn<'_>, anchors: bool) -> io::Result<Crew> {
        Ok(Crew {
            seal: Hand::hire("seal", spawn)?,
            encode: Hand::hire("encode", spawn)?,
            conduct: Hand::hire("conduct", spawn)?,
            read: Hand::hire("read", spawn)?,
            watch: Hand::hire("watch", spawn)?,
            anchor: anchors.then(|| Hand::hire("anchor", spawn)).transpose()?,
        })
    }
}
