//! The only way to standard output and standard error.
//!
//! Nothing here may decide what a command did. Invariants: a closed standard output is a quiet end
//! of the text, never of the work, and never changes the exit code; any other failure to write a
//! result is an error; standard error is best effort and can never bring the program down.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use crate::error::{Error, plain};

/// Writes a result to standard output; the exit code of work that ended with `code`.
pub(crate) fn result(text: &str, code: u8) -> u8 {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(err) if err.kind() != io::ErrorKind::BrokenPipe => {
            let error = Error::of(format_args!("standard output cannot be written: {}", plain(&err)));
            notice(&error.hint("the work itself is done").to_string());
            if code == 0 { 2 } else { code }
        }
        _ => code,
    }
}

/// Writes one line to standard error.
pub(crate) fn notice(line: &str) {
    // Nobody is left to be told when standard error is gone; the exit code still tells.
    let _ = io::stderr().lock().write_all(format!("{line}\n").as_bytes());
}

/// A line on a terminal's standard error that is drawn over until it is cleared. Nothing elsewhere.
pub(crate) struct Progress {
    shown: bool,
    terminal: bool,
    next: Instant,
}

/// Short work stays silent.
const QUIET_FIRST: Duration = Duration::from_millis(700);
const REDRAW: Duration = Duration::from_millis(200);

impl Progress {
    pub(crate) fn new() -> Progress {
        Progress { shown: false, terminal: io::stderr().is_terminal(), next: Instant::now() + QUIET_FIRST }
    }

    /// Shows `line` if it is time to.
    pub(crate) fn show(&mut self, line: impl FnOnce() -> String) {
        if self.terminal && Instant::now() >= self.next {
            self.next = Instant::now() + REDRAW;
            self.shown = true;
            let _ = io::stderr().lock().write_all(format!("\r\x1b[K{}", line()).as_bytes());
        }
    }

    /// Takes the line away, before anything else is written.
    pub(crate) fn clear(&mut self) {
        if std::mem::take(&mut self.shown) {
            let _ = io::stderr().lock().write_all(b"\r\x1b[K");
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}
