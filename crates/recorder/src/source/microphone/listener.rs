//! The thread that takes what the server sends, and looks for the source when it went away.
//!
//! Not here: the conversation (`server.rs`), the arithmetic of what is missing (`pace.rs`). Invariants: a source is found again by its name, never
//! another in its place; its sound is asked for in the shape it had, and what the server does for that is said; the thread ends soon
//! after its microphone does, whatever the server does.

use std::io;
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use pulseaudio::protocol::SampleSpec;

use super::hopper::Hopper;
use super::pace::{Pace, Ruling};
use super::server::{Link, Message};
use super::{Shape, bits, conversion, described};
use crate::source::Error;

/// How often a source that went away is looked for.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// By what a microphone ends its thread.
#[derive(Debug, Default)]
pub(super) struct Lifeline {
    inside: Mutex<Line>,
    cut: Condvar,
}

#[derive(Debug, Default)]
struct Line {
    is_cut: bool,
    /// A second handle on the connection, so that waiting for sound ends.
    socket: Option<UnixStream>,
}

impl Lifeline {
    fn lock(&self) -> MutexGuard<'_, Line> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the thread.
    pub(super) fn cut(&self) {
        let mut line = self.lock();
        line.is_cut = true;
        if let Some(socket) = line.socket.take() {
            // It may fail because the server went first; then nothing waits for it either.
            let _ = socket.shutdown(Shutdown::Both);
        }
        self.cut.notify_all();
    }

    fn is_cut(&self) -> bool {
        self.lock().is_cut
    }

    /// Holds on to a connection; the thread goes on unless it was cut before.
    fn hold(&self, link: &Link) -> io::Result<()> {
        let socket = link.handle()?;
        let mut line = self.lock();
        if line.is_cut {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        line.socket = Some(socket);
        Ok(())
    }

    /// Waits so long, or until it is cut.
    fn wait(&self, at_most: Duration) {
        let waited = self.cut.wait_timeout_while(self.lock(), at_most, |line| !line.is_cut);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }
}

/// What the thread works with.
pub(super) struct Listener {
    socket: PathBuf,
    name: String,
    spec: SampleSpec,
    /// What is done to the sound, as was said last.
    conversion: Option<String>,
    hopper: Arc<Hopper>,
    lifeline: Arc<Lifeline>,
    pace: Pace,
    began: Instant,
    held: Vec<Vec<u8>>,
    /// The source is there again, which is said once it is known what was missed.
    back: Option<(String, Option<String>)>,
}

impl Listener {
    pub(super) fn new(
        socket: &Path,
        name: &str,
        spec: SampleSpec,
        conversion: Option<String>,
        hopper: &Arc<Hopper>,
        lifeline: &Arc<Lifeline>,
    ) -> Self {
        Self {
            socket: socket.to_owned(),
            name: name.to_owned(),
            spec,
            conversion,
            hopper: Arc::clone(hopper),
            lifeline: Arc::clone(lifeline),
            pace: Pace::new(spec.sample_rate),
            began: Instant::now(),
            held: Vec::new(),
            back: None,
        }
    }

    /// Starts the thread on a stream that the server has agreed to send.
    pub(super) fn start(self, link: Link, channel: u32) -> Result<(), Error> {
        let gone = |cause| Error::server(format!("the connection broke: {cause}"));
        self.lifeline.hold(&link).map_err(gone)?;
        let run = move || self.run(link, channel);
        std::thread::Builder::new().name("microphone".into()).spawn(run).map_err(gone)?;
        Ok(())
    }

    fn run(mut self, mut link: Link, mut channel: u32) {
        loop {
            let why = self.fill(link, channel);
            if self.lifeline.is_cut() {
                return;
            }
            self.release();
            self.hopper.away(why);
            self.pace.away();
            let Some(found) = self.look() else { return };
            (link, channel) = found;
        }
    }

    /// Takes what the server sends until it sends no more, and says why.
    fn fill(&mut self, mut link: Link, channel: u32) -> String {
        loop {
            let asked = self.began.elapsed();
            let message = match link.message() {
                Ok(message) => message,
                Err(why) => return why,
            };
            match message {
                Message::Sound { channel: to, bytes } if to == channel => {
                    let now = self.began.elapsed();
                    self.take(now, now.saturating_sub(asked), bytes);
                }
                Message::Ended { channel: of } if of == channel => {
                    return "the sound server took the source away".into();
                }
                Message::Sound { .. } | Message::Ended { .. } | Message::Other => {}
            }
        }
    }

    fn take(&mut self, now: Duration, waited: Duration, bytes: Vec<u8>) {
        let count = (bytes.len() / self.hopper.frame_bytes()) as u64;
        match self.pace.take(now, waited, count) {
            Ruling::Pass => self.hand_on(0, bytes),
            Ruling::Hold => self.held.push(bytes),
            Ruling::Missing(missing) => self.hand_on(missing, bytes),
        }
    }

    /// Hands on what is held, because nothing more will come by which to know how much is missing before it.
    fn release(&mut self) {
        if !self.held.is_empty()
            && let Ruling::Missing(missing) = self.pace.settle()
        {
            self.hand_on(missing, Vec::new());
        }
    }

    /// Hands on what is held and these bytes, after so many samples that are missing.
    fn hand_on(&mut self, missing: u64, bytes: Vec<u8>) {
        self.hopper.lose(missing);
        if let Some((what, conversion)) = self.back.take() {
            self.hopper.back(what, conversion);
        }
        for held in std::mem::take(&mut self.held) {
            self.hopper.put(held);
        }
        self.hopper.put(bytes);
    }

    /// Looks for the source until it is there again, or the microphone is no more.
    fn look(&mut self) -> Option<(Link, u32)> {
        while !self.lifeline.is_cut() {
            // Why it cannot be had yet was said when it went; only that it is there is news.
            if let Ok(found) = self.look_once() {
                return Some(found);
            }
            self.lifeline.wait(LOOK_EVERY);
        }
        None
    }

    fn look_once(&mut self) -> Result<(Link, u32), Error> {
        let gone = |cause: io::Error| Error::server(cause.to_string());
        let mut link = Link::connect(&self.socket)?;
        self.lifeline.hold(&link).map_err(gone)?;
        let found = link.source(Some(&self.name))?;
        let stream = link.record_as(&found, self.spec)?;
        let shape = Shape { rate_hz: self.spec.sample_rate, bits: bits(self.spec.format), tracks: self.spec.channels };
        let now = conversion(found.spec, self.spec);
        let news = (now != self.conversion).then(|| now.clone().unwrap_or_else(|| "none any more".to_owned()));
        self.conversion = now;
        self.back = Some((described(&found, shape), news));
        Ok((link, stream.channel))
    }
}
