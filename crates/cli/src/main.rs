//! `counterpart`: record, verify, excerpt, redact, recover, inspect, receipts, discs, sticks; the command line.
//!
//! Not a place for logic: what a recording is and whether it holds is `seal`'s, how one is made is
//! `recorder`'s; here are arguments, words and exit codes (`docs/cli.md`). Invariants: standard
//! output is written only by `out.rs`; no command writes over a file; exit codes are 0, 1 and 2.

mod about;
mod args;
mod bell;
mod bits;
mod certificate;
mod check;
mod codes;
mod compare;
mod control;
mod derived;
mod device;
mod disc;
mod error;
mod excerpt;
mod files;
mod hint;
mod holding;
mod inspect;
mod json;
mod keyfile;
mod lines;
mod manual;
mod out;
mod outside;
mod passphrase;
mod quality;
mod reading;
mod receipt;
mod record;
mod recover;
mod redact;
mod rehearse;
mod render;
mod saved;
mod screen;
mod sentence;
mod signals;
mod state;
mod stick;
mod text;
mod time;
mod trust;
mod verify;
mod watcher;
mod when;

fn main() -> std::process::ExitCode {
    args::run()
}
