//! The terminal while it is drawn on: entered, and given back as it was.
//!
//! Not what is drawn. Invariants: it is given back when this goes out of scope and when the drawing or the main thread panics; every
//! write that fails is forgotten, because a terminal that is gone must not end a recording.

use std::io::{self, Stderr, Write};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::cursor::{Hide, Show};
use crossterm::execute;
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use ratatui::Frame;
use ratatui::backend::CrosstermBackend;

/// Whether the terminal is not as it was.
static ENTERED: AtomicBool = AtomicBool::new(false);
static HOOK: Once = Once::new();

/// A terminal that is drawn on.
pub(super) struct Terminal {
    inner: ratatui::Terminal<CrosstermBackend<Stderr>>,
}

impl Terminal {
    pub(super) fn enter() -> io::Result<Terminal> {
        HOOK.call_once(give_back_when_panicking);
        ENTERED.store(true, Ordering::Release);
        let entered = enable_raw_mode()
            .and_then(|()| execute!(io::stderr(), EnterAlternateScreen, Hide))
            .and_then(|()| ratatui::Terminal::new(CrosstermBackend::new(io::stderr())));
        match entered {
            Ok(inner) => Ok(Terminal { inner }),
            Err(error) => {
                give_back();
                Err(error)
            }
        }
    }

    pub(super) fn draw(&mut self, draw: impl FnOnce(&mut Frame<'_>)) {
        // It also looks whether the terminal has another size now.
        let _ = self.inner.draw(draw);
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        give_back();
    }
}

fn give_back() {
    if ENTERED.swap(false, Ordering::AcqRel) {
        let _ = execute!(io::stderr(), LeaveAlternateScreen, Show);
        let _ = disable_raw_mode();
        let _ = io::stderr().flush();
    }
}

/// Threads of the recorder that panic end the recording in order; those that would leave the terminal behind give it back.
fn give_back_when_panicking() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if matches!(std::thread::current().name(), Some("main" | "watcher")) {
            give_back();
        }
        before(info);
    }));
}
