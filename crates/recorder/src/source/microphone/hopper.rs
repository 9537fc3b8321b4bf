//! A bounded queue between the thread that must not wait and the recorder that may be slow.
//!
//! Invariants: putting never waits; never more bytes are held than its capacity; what did not fit
//! is counted and handed out as a loss at the very place where it is missing; what was put before
//! the source went is handed out before that is said.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::Duration;

use crate::source::Loss;

/// What comes out.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Item {
    /// Bytes of whole instants.
    Sound(Vec<u8>),
    /// Samples of each track that are missing here.
    Lost { count: u64, why: Loss },
    /// Nothing within the time given.
    Nothing,
    /// The source is gone, and why.
    Away(String),
    /// It is there again: what it is, and what is done to its sound if that is new.
    Back { what: String, conversion: Option<String> },
}

#[derive(Debug)]
pub(super) struct Hopper {
    capacity_bytes: usize,
    frame_bytes: usize,
    inside: Mutex<Inside>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Inside {
    queue: VecDeque<Item>,
    held_bytes: usize,
    /// The beginning of an instant whose end has not come yet.
    part: Vec<u8>,
    /// Samples of each track that did not fit since the last that did.
    overrun: u64,
}

impl Hopper {
    pub(super) fn new(capacity_bytes: usize, frame_bytes: usize) -> Self {
        Self { capacity_bytes, frame_bytes: frame_bytes.max(1), inside: Mutex::default(), changed: Condvar::new() }
    }

    /// Bytes of one instant of all tracks.
    pub(super) fn frame_bytes(&self) -> usize {
        self.frame_bytes
    }

    /// Puts bytes in.
    pub(super) fn put(&self, bytes: Vec<u8>) {
        let mut inside = self.lock();
        let mut bytes = if inside.part.is_empty() { bytes } else { [std::mem::take(&mut inside.part), bytes].concat() };
        inside.part = bytes.split_off(bytes.len() / self.frame_bytes * self.frame_bytes);
        if inside.held_bytes + bytes.len() > self.capacity_bytes {
            inside.overrun += (bytes.len() / self.frame_bytes) as u64;
        } else if !bytes.is_empty() {
            inside.declare_overrun();
            inside.held_bytes += bytes.len();
            inside.queue.push_back(Item::Sound(bytes));
        }
        self.changed.notify_one();
    }

    /// Says that so many samples never came, as the clock has shown.
    pub(super) fn lose(&self, count: u64) {
        if count > 0 {
            let mut inside = self.lock();
            inside.declare_overrun();
            inside.lose(count, Loss::Stalled);
            self.changed.notify_one();
        }
    }

    /// Says that the source is gone. The beginning of an instant has no end then.
    pub(super) fn away(&self, why: String) {
        let mut inside = self.lock();
        inside.part.clear();
        inside.declare_overrun();
        inside.queue.push_back(Item::Away(why));
        self.changed.notify_one();
    }

    /// Says that the source is there again.
    pub(super) fn back(&self, what: String, conversion: Option<String>) {
        let mut inside = self.lock();
        inside.declare_overrun();
        inside.queue.push_back(Item::Back { what, conversion });
        self.changed.notify_one();
    }

    /// Takes the next item, waiting so long for it.
    pub(super) fn take(&self, patience: Duration) -> Item {
        let waited = self.changed.wait_timeout_while(self.lock(), patience, |inside| inside.queue.is_empty());
        let mut inside = waited.unwrap_or_else(std::sync::PoisonError::into_inner).0;
        let item = inside.queue.pop_front().unwrap_or(Item::Nothing);
        if let Item::Sound(bytes) = &item {
            inside.held_bytes -= bytes.len();
        }
        item
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        // Nothing here panics half way through a change.
        self.inside.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Inside {
    fn declare_overrun(&mut self) {
        let count = std::mem::take(&mut self.overrun);
        if count > 0 {
            self.lose(count, Loss::Overrun);
        }
    }

    /// Losses that follow each other are one, so a recorder that never takes costs no memory.
    fn lose(&mut self, count: u64, why: Loss) {
        match self.queue.back_mut() {
            Some(Item::Lost { count: before, why: same }) if *same == why => *before = before.saturating_add(count),
            _ => self.queue.push_back(Item::Lost { count, why }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::ZERO;

    #[test]
    fn what_does_not_fit_is_counted_where_it_is_missing() {
        let hopper = Hopper::new(8, 2);
        hopper.put(vec![1; 6]);
        hopper.put(vec![2; 4]);
        hopper.put(vec![3; 6]);
        assert_eq!(hopper.take(NOW), Item::Sound(vec![1; 6]));
        hopper.put(vec![4; 2]);
        hopper.put(vec![5; 12]);
        hopper.away("gone".into());
        assert_eq!(hopper.take(NOW), Item::Lost { count: 5, why: Loss::Overrun });
        assert_eq!(hopper.take(NOW), Item::Sound(vec![4; 2]));
        assert_eq!(hopper.take(NOW), Item::Lost { count: 6, why: Loss::Overrun });
        assert_eq!(hopper.take(NOW), Item::Away("gone".into()));
        assert_eq!(hopper.take(NOW), Item::Nothing);
    }

    #[test]
    fn instants_stay_whole_and_losses_come_before_what_follows_them() {
        let hopper = Hopper::new(100, 4);
        assert_eq!(hopper.take(NOW), Item::Nothing);
        hopper.put(vec![1, 2, 3, 4, 5]);
        hopper.put(vec![6, 7]);
        hopper.lose(70);
        hopper.lose(30);
        hopper.put(vec![8, 9, 10]);
        hopper.away("unplugged".into());
        hopper.lose(1);
        hopper.back("it".into(), None);
        hopper.put(vec![11, 12, 13, 14]);
        assert_eq!(hopper.take(NOW), Item::Sound(vec![1, 2, 3, 4]));
        assert_eq!(hopper.take(NOW), Item::Lost { count: 100, why: Loss::Stalled });
        assert_eq!(hopper.take(NOW), Item::Sound(vec![5, 6, 7, 8]));
        assert_eq!(hopper.take(NOW), Item::Away("unplugged".into()));
        assert_eq!(hopper.take(NOW), Item::Lost { count: 1, why: Loss::Stalled });
        assert_eq!(hopper.take(NOW), Item::Back { what: "it".into(), conversion: None });
        assert_eq!(hopper.take(NOW), Item::Sound(vec![11, 12, 13, 14]));
        assert_eq!(hopper.take(NOW), Item::Nothing);
    }
}
