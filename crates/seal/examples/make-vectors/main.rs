//! `cargo run -p seal --example make-vectors -- FOLDER`: makes the test vectors and their manifest.
//!
//! One file a case. Each is a recording made by the library's writer with known secrets; for most of them a small forge, which
//! shares no code with the library, then plays a stranger with a hex editor or a recorder that lies and signs.
//! Not here: whether any reader agrees (`tests/vectors.rs`, `spec/reader/`). Invariant: the same bytes on every run.
#![allow(clippy::disallowed_methods)]

mod body_cases;
mod book;
mod bytes;
mod container_cases;
mod derived_cases;
mod disguised_cases;
mod forge;
mod header_cases;
mod honest_cases;
mod key_cases;
mod log_forge;
mod part_cases;
mod sound_cases;
mod stamp_cases;
mod stamp_forge;
mod takes;
mod time_attack_cases;
mod time_cases;
mod tree_cases;

use book::Book;
use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    let [folder] = &arguments[..] else {
        eprintln!("error: one argument is needed\nhint: make-vectors FOLDER");
        return ExitCode::from(2);
    };
    let mut book = Book::default();
    honest_cases::add(&mut book);
    part_cases::add(&mut book);
    container_cases::add(&mut book);
    body_cases::add(&mut book);
    header_cases::add(&mut book);
    key_cases::add(&mut book);
    tree_cases::add(&mut book);
    sound_cases::add(&mut book);
    derived_cases::add(&mut book);
    disguised_cases::add(&mut book);
    time_cases::add(&mut book);
    time_attack_cases::add(&mut book);
    stamp_cases::add(&mut book);
    match book.write(&PathBuf::from(folder)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}: {error}\nhint: name a folder that exists and can be written", folder.display());
            ExitCode::from(2)
        }
    }
}
