//! The recorder of a room: a process of its own that goes on whatever becomes of this one; begun, asked how it stands, told what to do, ended, recovered.
//!
//! Not what a meeting's events say (`steps.rs`), nor the recording itself (`counterpart record`). Invariants: it is driven by the program `counterpart` alone, whose answers
//! are read to a bound and waited for within a time, and believed only in the form that `docs/json.md` gives them; each recording has a folder of its own on both media, and
//! none is ever written into a folder that was there.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use casework::{CaseId, Digest, Name};
use serde::Deserialize;

use super::notes::{Notes, Ticket};
use super::program;
use crate::config::recorders::RecorderConfig;
use crate::error::{Error, Result};
use crate::text::visible;
use crate::{clock, codes};

/// An answer over the control socket comes within ten seconds and a half, or not at all.
const ANSWERED: Duration = Duration::from_secs(if cfg!(test) { 5 } else { 15 });
/// A recorder says within this time that it records: a log that is away is waited for three seconds.
const STARTED: Duration = Duration::from_secs(if cfg!(test) { 12 } else { 20 });
/// How long one that is told to go away may take to save what it has.
const ENDED: Duration = Duration::from_secs(if cfg!(test) { 1 } else { 10 });
/// Reading back two slow media of a long recording.
const SAVED: Duration = Duration::from_secs(10 * 60);
/// A recorder says once a second how it stands.
pub(super) const SHOWN: Duration = Duration::from_secs(3);
/// How often it is looked whether something has come about.
pub(super) const LOOKED: Duration = Duration::from_millis(50);
/// Folders of one recording that came to nothing, before somebody should look.
const TRIES_MAX: u32 = 99;

/// How a running recording stands: `counterpart.status/1`, as far as it is shown.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(crate) struct Live {
    schema: String,
    /// Its id.
    pub(crate) recording: String,
    /// `starting`, `recording`, `paused` or `ending`.
    pub(crate) state: String,
    pub(crate) position_samples: u64,
    pub(crate) rate_hz: u32,
    /// The last tenth of a second of each track.
    pub(crate) levels: Vec<Level>,
    /// The office's and the person's.
    pub(crate) copies: Vec<CopyNow>,
    pub(crate) alarms: Vec<Alarm>,
}

/// How loud a track is, decibels below full scale.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
pub(crate) struct Level {
    /// None of perfect silence.
    pub(crate) peak_dbfs: Option<f32>,
    pub(crate) rms_dbfs: Option<f32>,
}

/// How a copy stands.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct CopyNow {
    pub(crate) lag_bytes: u64,
    pub(crate) free_bytes: Option<u64>,
    /// Why it is lost, if it is.
    pub(crate) lost: Option<String>,
}

/// What is wrong now.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Alarm {
    pub(crate) kind: String,
    pub(crate) text: String,
    pub(crate) costs_sound: bool,
}

impl Live {
    /// How much is sealed.
    pub(crate) fn length_s(&self) -> u64 {
        self.position_samples / u64::from(self.rate_hz.max(1))
    }

    /// Whether it takes no sound in just now.
    pub(crate) fn is_paused(&self) -> bool {
        self.state == "paused"
    }

    fn read(text: &str) -> Option<Live> {
        serde_json::from_str::<Live>(text).ok().filter(|live| live.schema == "counterpart.status/1")
    }
}

/// What a recorder, or a recovery, said at its end.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Ended {
    schema: String,
    pub(crate) recording: Digest,
    /// Copy words, and the same as digits.
    pub(crate) words: String,
    pub(crate) digits: String,
    /// Why it ended: `finished`, `crash`, `disk-full`, `source-lost`, `stopped`, `fault`.
    pub(crate) end: String,
    pub(crate) copies: Vec<CopyMade>,
}

/// What became of a copy.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct CopyMade {
    pub(crate) saved: bool,
    pub(crate) why_lost: Option<String>,
}

impl Ended {
    fn read(text: &str) -> Option<Ended> {
        let known = ["counterpart.record/1", "counterpart.recover/1"];
        serde_json::from_str::<Ended>(text).ok().filter(|ended| known.contains(&ended.schema.as_str()))
    }

    /// Whether every copy is saved.
    pub(crate) fn is_whole(&self) -> bool {
        self.copies.len() == 2 && self.copies.iter().all(|copy| copy.saved)
    }
}

/// How the recorder of a recording stands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Standing {
    /// It runs, and says so.
    Live(Live),
    /// It runs, and does not answer: why.
    Silent(String),
    /// It ended by itself or was told to, and said what came of it.
    Ended(Ended),
    /// It ended without a word: what it wrote is to be recovered.
    Broken(String),
}

/// What a recorder is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Pause,
    Resume,
    Entrant,
    Finish,
}

impl Order {
    fn word(self) -> &'static str {
        match self {
            Order::Pause => "pause",
            Order::Resume => "resume",
            Order::Entrant => "entrant",
            Order::Finish => "finish",
        }
    }
}

/// The recorder of one room.
#[derive(Clone, Debug)]
pub(crate) struct Recorder<'a> {
    config: &'a RecorderConfig,
    pub(crate) notes: Notes,
}

impl<'a> Recorder<'a> {
    pub(crate) fn of(config: &'a RecorderConfig, site: &str, room: &str) -> Recorder<'a> {
        Recorder { config, notes: Notes::of(&config.state, site, room) }
    }

    /// Whether it listens to a microphone.
    pub(crate) fn is_microphone(&self) -> bool {
        self.config.is_microphone()
    }

    fn program(&self) -> Result<Command> {
        program::path(self.config.program.as_deref()).map(Command::new)
    }

    /// Begins to record, and says so once it is heard and sealed. Where that fails nothing is left of it.
    pub(super) async fn start(&self, case: CaseId, reference: &Name, number: u32) -> Result<Ticket> {
        if self.notes.now()?.is_some() {
            return Err(Error::of("the room's recorder has another recording under way")
                .hint("end that one first; \"counterpartd room status\" says which")
                .with_code(codes::REFUSED));
        }
        let program = self.program()?;
        let ticket = self.fresh(case, reference, number)?;
        self.notes.begin(&ticket, &format!("appointment = \"{reference}\"\n"))?;
        let begun = self.begun(program, &ticket).await;
        if let Err(error) = begun {
            self.give_up(&ticket).await;
            return Err(error);
        }
        Ok(ticket)
    }

    /// A recording that nobody began under its name: of one that came to nothing the name is not used again.
    fn fresh(&self, case: CaseId, reference: &Name, number: u32) -> Result<Ticket> {
        for (key, folder) in self.config.folders().into_iter().filter(|(key, _)| *key != "state") {
            if !folder.is_dir() {
                return Err(Error::of(format_args!("{}: no medium for {}", folder.display(), in_words(key)))
                    .hint("put the medium in its place, and look at it again"));
            }
        }
        let names = (1..=TRIES_MAX).map(|tries| match tries {
            1 => format!("{reference}-{number}"),
            _ => format!("{reference}-{number}.{tries}"),
        });
        let place = |name: &str| (self.config.office_copy.join(name), self.config.person_copy.join(name));
        let is_free = |name: &String| {
            let (ours, theirs) = place(name);
            let is_there = |path: &Path| path.symlink_metadata().is_ok();
            !self.notes.knows(name) && !is_there(&ours) && !is_there(&theirs)
        };
        let name = { names }.find(is_free).ok_or_else(|| {
            Error::of(format_args!("{reference}-{number}: this recording was begun {TRIES_MAX} times"))
                .hint("see to the recorder, then move its folders away")
        })?;
        let (office_copy, person_copy) = place(&name);
        let at_us = clock::local_us();
        Ok(Ticket { v: 1, case, reference: reference.clone(), number, name, office_copy, person_copy, at_us })
    }

    async fn begun(&self, mut program: Command, ticket: &Ticket) -> Result<()> {
        for folder in [&ticket.office_copy, &ticket.person_copy] {
            std::fs::create_dir(folder).map_err(|err| Error::io(folder, &err))?;
        }
        let (said, lines) = self.notes.voice(ticket)?;
        program.arg("record").arg("--input").arg(&self.config.input);
        if !self.config.is_microphone() {
            program.arg("--realtime");
        }
        program.arg("--copy").arg(&ticket.office_copy).arg("--copy").arg(&ticket.person_copy);
        program.arg("--about").arg(self.notes.about(ticket)).arg("--state").arg(&self.config.state);
        program.args(["--quiet-alarms", "--json"]);
        let outside = [("--log-token", &self.config.log_token), ("--trust", &self.config.trust)];
        program.args(self.config.log.iter().flat_map(|url| ["--log", url]));
        for (flag, file) in outside {
            program.args(file.iter().flat_map(|file| [flag.as_ref(), file.as_os_str()]));
        }
        let pid = program::launch(&mut program, said, lines)?;
        // Its end of the lock is all that is left open: it is known to live by that.
        drop(program);
        self.notes.is_process(ticket, pid)?;
        let live = self.until_it_records(ticket).await?;
        let id = live.recording.parse().map_err(|_| nonsense(&live.recording))?;
        self.notes.is_recording(ticket, id)
    }

    async fn until_it_records(&self, ticket: &Ticket) -> Result<Live> {
        let began = Instant::now();
        loop {
            match self.standing(ticket).await? {
                Standing::Live(live) if live.position_samples > 0 => return Ok(live),
                Standing::Live(_) => {}
                Standing::Silent(why) if began.elapsed() > STARTED => {
                    return Err(Error::of(format_args!("the recorder does not begin: {why}"))
                        .hint("see to the recorder, and try again; nothing is noted as recorded"));
                }
                Standing::Silent(_) => {}
                Standing::Ended(_) | Standing::Broken(_) => {
                    return Err(Error::of(format_args!("the recorder does not begin: {}", self.complaint(ticket)))
                        .hint("see to what it says, and try again; nothing is noted as recorded"));
                }
            }
            if began.elapsed() > STARTED {
                return Err(Error::of("the recorder does not begin: no sound came")
                    .hint("see to the microphone, and try again; nothing is noted as recorded"));
            }
            tokio::time::sleep(LOOKED).await;
        }
    }

    /// What the recorder says is wrong.
    fn complaint(&self, ticket: &Ticket) -> String {
        visible(&program::first_line(&self.notes.lines(ticket)))
    }

    /// Ends what did not begin as it should, and takes its folders away where nothing is in them. What cannot be ended or has begun after all stays under way,
    /// to be settled.
    async fn give_up(&self, ticket: &Ticket) {
        if !self.ended_hard(ticket).await {
            return;
        }
        // Only what is empty goes: whatever a recorder wrote stays, and is settled like any other.
        let is_gone = |folder: &PathBuf| std::fs::remove_dir(folder).is_ok() || !folder.exists();
        if [&ticket.office_copy, &ticket.person_copy].map(is_gone) == [true, true] {
            let _ = self.notes.forget(ticket);
        }
    }

    /// Ends a recorder that does not do as it is told. Whether it is gone.
    pub(super) async fn ended_hard(&self, ticket: &Ticket) -> bool {
        let (notes, ticket) = (self.notes.clone(), ticket.clone());
        let is_gone = tokio::task::spawn_blocking(move || match notes.process(&ticket) {
            Some(pid) if notes.is_alive(&ticket) => program::end(pid, || notes.is_alive(&ticket), ENDED),
            _ => !notes.is_alive(&ticket),
        });
        is_gone.await.unwrap_or(false)
    }

    /// How the recorder of a recording stands.
    pub(crate) async fn standing(&self, ticket: &Ticket) -> Result<Standing> {
        if self.notes.is_alive(ticket) {
            let said = self.control(ticket, &["status", "--json"]).await;
            let why = match said {
                Ok(said) if said.is_done => match Live::read(&said.out) {
                    Some(live) => return Ok(Standing::Live(live)),
                    None => nonsense(&said.out).what().to_owned(),
                },
                Ok(said) => visible(&said.why),
                Err(error) => error.what().to_owned(),
            };
            if self.notes.is_alive(ticket) {
                return Ok(Standing::Silent(why));
            }
        }
        Ok(match self.notes.said(ticket)?.as_deref().and_then(Ended::read) {
            Some(ended) => Standing::Ended(ended),
            None => Standing::Broken(self.complaint(ticket)),
        })
    }

    async fn control(&self, ticket: &Ticket, words: &[&str]) -> Result<program::Said> {
        let mut program = self.program()?;
        // One of the two may be away; the other knows its recording as well.
        let folders = [&ticket.office_copy, &ticket.person_copy];
        let folder = folders.into_iter().find(|folder| folder.is_dir()).unwrap_or(&ticket.office_copy);
        program.arg("control").arg(folder).args(words).arg("--state").arg(&self.config.state);
        program::ask(program, ANSWERED).await
    }

    /// Tells a running recorder to do something, and sees that it does. What is so already is done.
    pub(super) async fn order(&self, ticket: &Ticket, order: Order, reason: &str) -> Result<()> {
        let why = match self.control(ticket, &[order.word(), "--reason", reason]).await {
            Ok(said) if said.is_done => None,
            Ok(said) => Some(visible(&said.why)),
            Err(error) => Some(error.what().to_owned()),
        };
        if why.is_none() && !matches!(order, Order::Pause | Order::Resume) {
            return Ok(());
        }
        match (self.does(ticket, order).await?, why) {
            // It said that it is on the record; how it stands it says once a second.
            (true, _) | (false, None) => Ok(()),
            (false, Some(why)) => Err(Error::of(format_args!("the recorder does not {}: {why}", order.word()))
                .hint("look at how it stands; if it hangs, stop the recording for failed equipment")),
        }
    }

    /// Whether it does what it is told to, as it soon says.
    async fn does(&self, ticket: &Ticket, order: Order) -> Result<bool> {
        let began = Instant::now();
        loop {
            let is_so = match (order, self.standing(ticket).await?) {
                (Order::Pause, Standing::Live(live)) => live.is_paused(),
                (Order::Resume, Standing::Live(live)) => live.state == "recording",
                (Order::Finish, Standing::Live(live)) => live.state == "ending",
                (Order::Finish, Standing::Ended(_)) => true,
                (_, Standing::Silent(_) | Standing::Ended(_) | Standing::Broken(_)) => return Ok(false),
                _ => false,
            };
            if is_so || began.elapsed() > SHOWN {
                return Ok(is_so);
            }
            tokio::time::sleep(LOOKED).await;
        }
    }

    /// Ends a recording, and waits until its copies are saved; one that does not answer is ended all the same, and one that was broken off is recovered.
    pub(super) async fn finish(&self, ticket: &Ticket) -> Result<Ended> {
        let began = Instant::now();
        let mut is_asked = false;
        loop {
            match self.standing(ticket).await? {
                Standing::Ended(ended) => return Ok(ended),
                Standing::Broken(_) => return self.recover(ticket, false).await,
                Standing::Live(_) if !is_asked => {
                    // Where it is refused the next look says why.
                    is_asked = self.order(ticket, Order::Finish, "").await.is_ok();
                }
                // Its socket goes before its last word comes.
                Standing::Silent(_) if is_asked => {}
                Standing::Silent(why) if !self.ended_hard(ticket).await => {
                    return Err(Error::of(format_args!("the recorder does not end: {why}"))
                        .hint("end its process on that machine; then look at the room again"));
                }
                Standing::Live(_) | Standing::Silent(_) => {}
            }
            if began.elapsed() > SAVED {
                return Err(Error::of("the copies are not saved yet")
                    .hint("look at the room again: the recorder goes on saving them"));
            }
            tokio::time::sleep(LOOKED).await;
        }
    }

    /// Finishes a recording that was broken off. `without_missing`: a medium that is away will not come back.
    pub(crate) async fn recover(&self, ticket: &Ticket, without_missing: bool) -> Result<Ended> {
        let folders = [&ticket.office_copy, &ticket.person_copy];
        let mut why = "no copy's folder is there".to_owned();
        for folder in folders.into_iter().filter(|folder| folder.is_dir()) {
            let mut program = self.program()?;
            program.arg("recover").arg(folder).arg("--state").arg(&self.config.state).arg("--json");
            program.args(without_missing.then_some("--give-up-missing"));
            let said = program::ask(program, SAVED).await?;
            // It says what came of it although a copy was not saved.
            if let Some(ended) = Ended::read(&said.out) {
                self.notes.recovered(ticket, &said.out)?;
                return Ok(ended);
            }
            why = said.why;
        }
        Err(Error::of(format_args!("{}: it cannot be recovered: {}", ticket.name, visible(&why)))
            .hint("put the media in their place; \"counterpartd room recover\" tries again"))
    }
}

fn nonsense(text: &str) -> Error {
    let text: String = text.chars().take(80).collect();
    Error::of(format_args!("the recorder's program answers what is no answer: {text}"))
        .hint("see that offices.rooms.recorder.program is counterpart, of the same version as this program")
}

fn in_words(key: &str) -> &'static str {
    if key == "office_copy" { "the office's copy" } else { "the person's copy" }
}
