//! `counterpart.verify-line/1`: the lines of `verify --json-lines`.
//!
//! Not the one document of `--json`, whose files they hold.
//! Invariant: each line holds either a file or the end, never both.

use std::collections::BTreeMap;

use seal::Outcome;
use serde::Serialize;

use super::File;
use crate::check::Checked;

/// One line.
#[derive(Serialize)]
pub(crate) struct VerifyLine {
    schema: &'static str,
    file: Option<File>,
    end: Option<End>,
}

/// What all files together show.
#[derive(Serialize)]
struct End {
    files: usize,
    /// How many files have each outcome, contradictions counted.
    outcomes: BTreeMap<&'static str, u64>,
    identical: Vec<Vec<String>>,
    /// Pairs: a file, and the file that tells another history of the same recording.
    contradictions: Vec<[String; 2]>,
    exit: u8,
}

impl VerifyLine {
    const SCHEMA: &'static str = "counterpart.verify-line/1";

    pub(crate) fn file(checked: &Checked) -> VerifyLine {
        VerifyLine { schema: Self::SCHEMA, file: Some(File::new(checked)), end: None }
    }

    /// `seen`: path, outcome and exit code of each file.
    pub(crate) fn end(
        seen: &[(String, &'static str, u8)],
        identical: &[Vec<usize>],
        contradicted_by: &BTreeMap<usize, usize>,
        exit: u8,
    ) -> VerifyLine {
        let path = |at: &usize| seen[*at].0.clone();
        const OUTCOMES: [Outcome; 6] = [
            Outcome::Complete,
            Outcome::Interrupted,
            Outcome::Excerpt,
            Outcome::Redacted,
            Outcome::NotIntact,
            Outcome::CannotSay,
        ];
        let mut outcomes: BTreeMap<&str, u64> = OUTCOMES.iter().map(|outcome| (outcome.name(), 0)).collect();
        // Those of certificates stand here only where there are any.
        for (_, outcome, _) in seen {
            *outcomes.entry(outcome).or_default() += 1;
        }
        let end = End {
            files: seen.len(),
            outcomes,
            identical: identical.iter().map(|group| group.iter().map(path).collect()).collect(),
            contradictions: contradicted_by.iter().map(|(a, b)| [path(a), path(b)]).collect(),
            exit,
        };
        VerifyLine { schema: Self::SCHEMA, file: None, end: Some(end) }
    }
}
