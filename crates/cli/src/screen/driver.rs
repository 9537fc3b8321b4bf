//! A person's wishes, passed on to the recording, and its answers.
//!
//! Not keys (`keys.rs`), nor what a command does (`recorder`).
//! Invariants: passing on never waits; every wish that was not granted is answered in words.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use recorder::control::{Command, Verb};

use crate::text;
use crate::watcher::Handles;

/// Answers that may wait.
const ANSWERS_MAX: usize = 16;

/// What a person wants of the recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    Pause,
    Resume,
    Mark(String),
    Entrant(String),
    Finish,
    SkipAhead,
}

impl Wish {
    /// Whether it is the recording's end.
    pub(crate) fn ends(&self) -> bool {
        *self == Wish::Finish
    }
}

/// Drives one recording, once it runs.
pub(crate) struct Driver {
    handles: Option<Handles>,
    answer: SyncSender<Result<String, String>>,
    answered: Receiver<Result<String, String>>,
}

impl Default for Driver {
    fn default() -> Self {
        let (answer, answered) = sync_channel(ANSWERS_MAX);
        Driver { handles: None, answer, answered }
    }
}

impl Driver {
    pub(crate) fn take(&mut self, handles: Handles) {
        self.handles = Some(handles);
    }

    /// Passes a wish on.
    pub(crate) fn wish(&self, wish: Wish) {
        let Some(handles) = &self.handles else { return };
        let (verb, reason) = match wish {
            Wish::Finish => return handles.stop.finish(),
            Wish::SkipAhead => return handles.pace.skip_ahead(),
            Wish::Pause => (Verb::Pause, String::new()),
            Wish::Resume => (Verb::Resume, String::new()),
            Wish::Mark(words) => (Verb::Mark, words),
            Wish::Entrant(words) => (Verb::Entrant, words),
        };
        if !handles.command.give(Command { verb, reason }, self.answer.clone()) {
            let _ = self.answer.try_send(Err("the recording has ended".to_owned()));
        }
    }

    /// The rest of a file goes as fast as it can.
    pub(crate) fn skip_ahead(&self) {
        self.wish(Wish::SkipAhead);
    }

    /// What the recording answered since the last time.
    pub(crate) fn answers(&self) -> impl Iterator<Item = String> {
        self.answered.try_iter().map(|answer| match answer {
            Ok(words) => text::visible(&words),
            Err(why) => format!("not done: {}", text::visible(&why)),
        })
    }
}
