//! What one copy's medium does second by second: whether it keeps up, and how long there is room.
//!
//! Not here: its loss (`lane.rs`, `sealer.rs`). Invariants: a medium that stands still for [`BEHIND_TICKS`] with something to do lags,
//! whether writing or flushing; one alarm each, which ends when it has caught up or has room again.

use std::path::Path;

use seal::Format;

use crate::board::Board;
use crate::lane::Lane;
use crate::observe::{Alarm, Observer};

/// Seconds behind after which a medium lags.
const BEHIND_TICKS: u64 = 3;
/// With room for fewer minutes than this a medium is nearly full.
const MINUTES_MIN: u64 = 10;
/// With room for so many more it no longer is.
const MINUTES_MORE: u64 = 2;

/// Looks at one lane each second.
#[derive(Debug, Default)]
pub(crate) struct Lagging {
    moves: u64,
    still_ticks: u64,
}

impl Lagging {
    /// A second has passed; `round` is the flush that was asked for last. What is wrong that was not before, as it goes on the record: never with a
    /// folder, whose name is nobody else's business.
    pub(crate) fn tick(&mut self, lane: &Lane, round: u64, format: Format, board: &Board) -> Vec<&'static str> {
        let backlog = lane.backlog();
        let stands_still = backlog.queued_bytes > 0 && backlog.moves == self.moves;
        self.still_ticks = if stands_still { self.still_ticks + 1 } else { 0 };
        self.moves = backlog.moves;
        let unflushed = round.saturating_sub(backlog.flushed_round);
        let folder = lane.folder();
        let mut new = Vec::new();
        // The round that was asked for just now is not late yet.
        if self.still_ticks >= BEHIND_TICKS || unflushed > BEHIND_TICKS || lane.lags() {
            let alarm = Alarm::CopyLags { folder: folder.to_owned(), bytes: backlog.queued_bytes };
            new.extend((!board.stands(&alarm)).then_some("slow medium"));
            board.alarm(&alarm);
        } else {
            board.clear(|alarm| matches!(alarm, Alarm::CopyLags { folder: of, .. } if of == folder));
        }
        if let Some(room_bytes) = backlog.room_bytes {
            new.extend(look_at_room(folder, room_bytes, format, board).then_some("medium nearly full"));
        }
        new
    }
}

/// Whether there is too little room now, and was enough before.
fn look_at_room(folder: &Path, room_bytes: u64, format: Format, board: &Board) -> bool {
    let second_bytes = u64::from(format.rate_hz()) * u64::from(format.tracks()) * u64::from(format.bits()).div_ceil(8);
    let minutes = room_bytes / (second_bytes * 60).max(1);
    let alarm = Alarm::CopyFills { folder: folder.to_owned(), minutes };
    let stood = board.stands(&alarm);
    if minutes < MINUTES_MIN || stood && minutes < MINUTES_MIN + MINUTES_MORE {
        board.alarm(&alarm);
        return !stood;
    }
    board.cleared(&alarm);
    false
}
