//! Signals of the system as requests to a recording: Ctrl-C finishes it, Ctrl-Z does nothing, the others stop it.
//!
//! Not what ending means (`recorder`). Invariants: from the moment this exists no such signal kills the program between
//! two writes, and none suspends it, because people would go on speaking; a SIGHUP that was ignored before (nohup)
//! stays ignored.

use std::io;

use recorder::StopHandle;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGTSTP};
use signal_hook::iterator::Signals;

use crate::files;

/// What is said to Ctrl-Z.
pub(crate) const NOT_SUSPENDED: &str = "a recording is not suspended; to pause it: p, or counterpart control DIR pause";

/// Signals that are caught and wait to be heard.
pub(crate) struct Caught(Signals);

impl Caught {
    pub(crate) fn new() -> io::Result<Caught> {
        Signals::new(wanted().into_iter().chain([SIGTSTP])).map(Caught)
    }

    /// Passes every signal on, from a thread of its own that ends with the program; `suspending` is for what nobody is suspended by.
    pub(crate) fn pass_on(self, stop: StopHandle, suspending: impl Fn() + Send + 'static) -> io::Result<()> {
        let Caught(mut signals) = self;
        let listen = move || {
            for signal in signals.forever() {
                match signal {
                    SIGTSTP => suspending(),
                    SIGINT => stop.finish(),
                    SIGHUP => stop.stop("SIGHUP"),
                    _ => stop.stop("SIGTERM"),
                }
            }
        };
        std::thread::Builder::new().name("signals".into()).spawn(listen).map(drop)
    }
}

/// From now on, whoever ends a command that makes files leaves no half-made ones behind.
pub(crate) fn clean_up() {
    // Without it a killed command leaves files that end in .part, and says so the next time.
    let Ok(mut signals) = Signals::new(wanted()) else { return };
    let listen = move || {
        if let Some(signal) = signals.forever().next() {
            files::abandon(|| {
                let _ = signal_hook::low_level::emulate_default_handler(signal);
            });
        }
    };
    let _ = std::thread::Builder::new().name("signals".into()).spawn(listen);
}

/// Those that end a program.
fn wanted() -> Vec<i32> {
    let mut wanted = vec![SIGINT, SIGTERM];
    if !is_ignored(SIGHUP) {
        wanted.push(SIGHUP);
    }
    wanted
}

/// Whether this process was started with a signal ignored. Where the system does not say, it was not.
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    mask >> (signal - 1) & 1 == 1
}
