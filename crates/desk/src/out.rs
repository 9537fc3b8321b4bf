//! The only way to standard output and standard error.
//!
//! Nothing here may decide what a command did. Invariants: a closed standard output is a quiet end of the text, never of the
//! work; any other failure to write a result is an error; standard error is best effort.

use std::io::{self, Write};

use crate::codes;
use crate::error::{Error, plain};

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

/// Writes one line to standard error.
pub(crate) fn notice(line: &str) {
    // Nobody is left to be told when standard error is gone; the exit code still tells.
    let _ = io::stderr().lock().write_all(format!("{line}\n").as_bytes());
}
