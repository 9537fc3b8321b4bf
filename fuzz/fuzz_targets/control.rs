//! Any bytes over the control socket of a running recording: the command that is asked, and the status that is told.
//!
//! First byte of an input: even, the rest is a command's line; odd, a status. Promises: a command that is obeyed goes over a line and back
//! as it was, and nothing in it can end a line of the record; a status that is read is told again in the same words.
#![no_main]

use libfuzzer_sys::fuzz_target;
use recorder::control::{Command, REASON_BYTES_MAX};
use recorder::status::Status;

fuzz_target!(|data: &[u8]| {
    let Some((mode, bytes)) = data.split_first() else { return };
    if mode % 2 == 0 {
        let Some(command) = std::str::from_utf8(bytes).ok().and_then(Command::parse) else { return };
        if let Some(fault) = command.fault() {
            assert!(!fault.contains(char::is_control), "{fault:?}");
            return;
        }
        assert!(command.reason.len() <= REASON_BYTES_MAX && !command.reason.contains(char::is_control));
        let line = command.line();
        assert_eq!(line.find('\n'), Some(line.len() - 1), "one line");
        assert_eq!(Command::parse(line.trim_end_matches('\n')), Some(command));
    } else if let Ok(status) = serde_json::from_slice::<Status>(bytes) {
        let finite = status.levels.iter().all(|level| level.peak_dbfs.is_finite() && level.rms_dbfs.is_finite());
        let told = serde_json::to_string(&status).expect("it is plain data");
        let again = serde_json::from_str::<Status>(&told);
        assert!(!finite || again.is_ok_and(|again| again == status), "{told}");
    }
});
