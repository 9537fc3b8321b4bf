//! What waits for the conductor: pieces of sound, commands, and a request to end.
//!
//! Not here: what any of them means (`conductor.rs`).
//! Invariants: few pieces wait, so a source is held back and memory stays bounded; commands and
//! requests to end never wait behind sound that comes after them.

use std::collections::VecDeque;
use std::sync::mpsc::SyncSender;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use seal::EndReason;

use crate::control::{Command, Verb};
use crate::source::{self, Piece};

/// Pieces that may wait.
const PIECES_MAX: usize = 8;

/// Where the answer to a command goes: a line for a person, or why not.
pub(crate) type Reply = SyncSender<Result<String, String>>;

/// Something for the conductor.
pub(crate) enum Letter {
    Command(Command, Option<Reply>),
    End {
        reason: EndReason,
        why: String,
    },
    Piece(Result<Piece, source::Error>),
    /// Nothing came in that time.
    Nothing,
}

/// A request to end.
struct End {
    reason: EndReason,
    why: String,
    /// Pieces that were here before it, and so belong to the recording.
    pieces_before: usize,
}

#[derive(Default)]
struct Waiting {
    pieces: VecDeque<Result<Piece, source::Error>>,
    commands: VecDeque<(Command, Option<Reply>)>,
    end: Option<End>,
    closed: bool,
    /// How often an end was asked for.
    asks: u32,
    /// What comes after the end is being waited for, and whether anybody had enough of it.
    lingers: bool,
    enough: bool,
}

/// The box itself.
#[derive(Default)]
pub(crate) struct Inbox {
    waiting: Mutex<Waiting>,
    news: Condvar,
    room: Condvar,
}

impl Inbox {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a piece in, waiting for room. False when nobody reads any more.
    pub(crate) fn put_piece(&self, piece: Result<Piece, source::Error>) -> bool {
        let mut waiting = self.lock();
        while waiting.pieces.len() >= PIECES_MAX && !waiting.closed {
            waiting = self.room.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
        if waiting.closed {
            return false;
        }
        waiting.pieces.push_back(piece);
        self.news.notify_one();
        true
    }

    /// Puts a command in. False when nobody reads any more.
    pub(crate) fn put_command(&self, command: Command, reply: Option<Reply>) -> bool {
        let mut waiting = self.lock();
        if waiting.lingers && command.verb == Verb::Finish {
            waiting.enough = true;
            if let Some(reply) = reply {
                // Whoever asked may have gone away meanwhile.
                let _ = reply.try_send(Ok("no more evidence of time is waited for".to_owned()));
            }
            return true;
        }
        if waiting.closed {
            return false;
        }
        waiting.commands.push_back((command, reply));
        self.news.notify_one();
        true
    }

    /// Asks for the end; the first request stands.
    pub(crate) fn put_end(&self, reason: EndReason, why: &str) {
        let mut waiting = self.lock();
        waiting.asks += 1;
        waiting.enough |= waiting.lingers;
        let pieces_before = waiting.pieces.len();
        waiting.end.get_or_insert_with(|| End { reason, why: why.to_owned(), pieces_before });
        self.news.notify_one();
    }

    /// The next thing, waiting so long at most. Commands go first, then sound that was here before a
    /// request to end, then that request.
    pub(crate) fn take(&self, at_most: Duration) -> Letter {
        let mut waiting = self.lock();
        let mut waited = false;
        loop {
            if let Some((command, reply)) = waiting.commands.pop_front() {
                return Letter::Command(command, reply);
            }
            match &mut waiting.end {
                Some(end) if end.pieces_before > 0 => end.pieces_before -= 1,
                _ => {
                    if let Some(End { reason, why, .. }) = waiting.end.take() {
                        return Letter::End { reason, why };
                    }
                }
            }
            if let Some(piece) = waiting.pieces.pop_front() {
                self.room.notify_one();
                return Letter::Piece(piece);
            }
            if waited {
                return Letter::Nothing;
            }
            let (woken, timeout) = self.news.wait_timeout(waiting, at_most).unwrap_or_else(PoisonError::into_inner);
            waiting = woken;
            waited = timeout.timed_out();
        }
    }

    /// From now on whoever asks for the end has had enough of waiting for what comes after it, as has who asked twice.
    pub(crate) fn linger(&self) {
        let mut waiting = self.lock();
        waiting.lingers = true;
        waiting.enough |= waiting.asks > 1;
    }

    /// Whether anybody has had enough.
    pub(crate) fn is_enough(&self) -> bool {
        self.lock().enough
    }

    /// Nobody reads any more: what waits is dropped, and with it every reply channel.
    pub(crate) fn close(&self) {
        let mut waiting = self.lock();
        waiting.closed = true;
        waiting.pieces.clear();
        waiting.commands.clear();
        self.room.notify_all();
    }
}
