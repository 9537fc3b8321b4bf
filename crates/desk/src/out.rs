//! The only way to standard output and standard error.
//!
//! Nothing here may decide what a command did. Invariants: a closed standard output is a quiet end of the text, never of the
//! work; any other failure to write a result is an error; standard error is best effort.

use std::io::{self, Write};

use crate::codes;
use crate::error::{Error, Result, plain};

/// Writes a result to standard output; the exit code of work that ended with `code`.
pub(crate) fn result(text: &str, code: u8) -> u8 {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(err) if err.kind() != io::ErrorKind::BrokenPipe => {
            let error = Error::of(format_args!("standard output cannot be written: {}", plain(&err)));
            notice(&error.hint("the work itself is done").to_string());
            if code == codes::DONE { codes::COULD_NOT } else { code }
        }
        _ => code,
    }
}

/// Writes a value as one line of JSON to standard output; the exit code of work that ended with `code`.
pub(crate) fn json(value: &serde_json::Value, code: u8) -> u8 {
    result(&format!("{value}\n"), code)
}

/// Writes bytes to standard output as they come.
pub(crate) fn bytes(stdout: &mut io::Stdout, bytes: &[u8]) -> Result<()> {
    stdout.write_all(bytes).and_then(|()| stdout.flush()).map_err(|err| {
        Error::of(format_args!("standard output cannot be written: {}", plain(&err))).hint("name a file with --out")
    })
}

/// Shows how far long work has come, on a terminal only; each text takes the place of the one before.
pub(crate) fn progress(text: &str) {
    use std::io::IsTerminal as _;
    let mut stderr = io::stderr().lock();
    if stderr.is_terminal() {
        // Nobody is left to be told when standard error is gone.
        let _ = write!(stderr, "\r{text}\x1b[K");
    }
}

/// Writes one line to standard error.
pub(crate) fn notice(line: &str) {
    // Nobody is left to be told when standard error is gone; the exit code still tells.
    let _ = io::stderr().lock().write_all(format!("{line}\n").as_bytes());
}
