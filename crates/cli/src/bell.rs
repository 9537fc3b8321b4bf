//! The audible side of an alarm: the terminal's bell, once at its start and again while sound is being lost.
//!
//! Not what an alarm says, nor whether there is one.
//! Invariants: no bell where standard error is no terminal, nor with `--quiet-alarms`; a calm room hears none.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use recorder::observe::Alarm;

/// How often it rings again while sound is being lost.
const AGAIN: Duration = Duration::from_secs(10);

/// Rings, or does not.
pub(crate) struct Bell {
    rings: bool,
    costly: Vec<Alarm>,
    last: Option<Instant>,
}

impl Bell {
    /// A bell for this terminal; silent where it is to be quiet, or there is none.
    pub(crate) fn new(quiet: bool) -> Bell {
        Bell { rings: !quiet && std::io::stderr().is_terminal(), costly: Vec::new(), last: None }
    }

    /// An alarm begins.
    pub(crate) fn ring(&mut self, alarm: &Alarm) {
        if alarm.costs_sound() {
            self.costly.push(alarm.clone());
        }
        self.sound();
    }

    /// An alarm is over.
    pub(crate) fn clear(&mut self, alarm: &Alarm) {
        self.costly.retain(|standing| !standing.is_same(alarm));
    }

    /// Rings again when it is time to.
    pub(crate) fn remind(&mut self) {
        if !self.costly.is_empty() && self.last.is_none_or(|last| last.elapsed() >= AGAIN) {
            self.sound();
        }
    }

    fn sound(&mut self) {
        self.last = Some(Instant::now());
        if self.rings {
            // Nobody is left to hear it when standard error is gone.
            let _ = std::io::stderr().lock().write_all(b"\x07");
        }
    }
}
