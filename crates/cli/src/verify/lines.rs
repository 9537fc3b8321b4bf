//! `--json-lines`: a line for each file as soon as it and all before it are done, and one line at the end.
//!
//! Not the one document of `--json`. Invariants: lines stand in the order of the files; of a file that is written only what holds it
//! against the others is kept; what only all files together show (copies, contradictions, exit code) stands in the last line.

use super::kin::{Kin, Standing};
use super::{Work, exit_code};
use crate::{json, out};

/// Writes everything; the exit code.
pub(super) fn run(work: &Work<'_>) -> u8 {
    let (mut standings, mut seen) = (Vec::new(), Vec::new());
    let mut unwritten = 0;
    work.each(|checked| {
        let line = json::text(&json::VerifyLine::file(&checked));
        if unwritten == 0 {
            work.bar.clear();
            // One line on standard error is enough when nothing can be written; the work goes on to its exit code.
            unwritten = out::result(&line, 0);
        }
        standings.push(Standing::of(&checked));
        seen.push((checked.path.to_string_lossy().into_owned(), checked.outcome_name(), checked.exit_code()));
    });
    let kin = Kin::of(&standings);
    for at in kin.contradicted_by.keys() {
        (seen[*at].1, seen[*at].2) = (seal::Outcome::NotIntact.name(), seal::Outcome::NotIntact.exit_code());
    }
    let exit = exit_code(seen.iter().map(|(.., code)| *code));
    if unwritten == 0 {
        let line = json::text(&json::VerifyLine::end(&seen, &kin.identical, &kin.contradicted_by, exit));
        return out::result(&line, exit);
    }
    if exit == 0 { unwritten } else { exit }
}
